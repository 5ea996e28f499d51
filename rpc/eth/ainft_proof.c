/* ainft_getProof: where an AINFT collection keeps what is asked for, with the proof of each slot, in one answer.
 *
 *     ainft_getProof(collection, token, { traits: ["level"], kinds: ["chat"], rules: ["mint"], history: [0, 1] }, block)
 *
 * The answer is that of eth_getProof for these slots, with their names, and the block that it is about. Any verifier of
 * eth_getProof checks it; the names are a convenience that a careful reader derives himself (contracts-native/ainft/layout.h). */
#include <stdio.h>

#include "contracts-native/ainft/layout.h"
#include "rpc/eth/handlers.h"
#include "state/codec/hex.h"

enum { SLOTS_MAX = 1024, NAME_MAX = 96, KEY_TEXT = 2 + 64 };

struct slots {
    struct eth_request *r;
    mm_u256 token;
    struct json *keys;
    struct json *names;
    size_t count;
    bool is_full;
};

static void add(struct slots *s, const mm_u256 *slot, const char *name, mm_bytes about)
{
    const mm_hash32 key = u256_to_hash(slot);
    char *text = mm_arena_alloc(s->r->arena, KEY_TEXT);
    char *shown = mm_arena_alloc(s->r->arena, NAME_MAX);
    s->is_full = s->is_full || s->count == SLOTS_MAX || text == NULL || shown == NULL;
    if (s->is_full)
        return;
    struct mm_buf hex = mm_buf_over(text, KEY_TEXT);
    hex_add_data(&hex, mm_bytes_hash(&key));
    const int len = snprintf(shown, NAME_MAX, "%s%s%.*s", name, about.len > 0 ? "." : "",
                             (int)(about.len < 64 ? about.len : 64), (const char *)about.ptr);
    s->keys[s->count] = (struct json){ .kind = JSON_STRING, .text = mm_bytes_from(text, KEY_TEXT) };
    s->names[s->count++] =
        (struct json){ .kind = JSON_STRING, .text = mm_bytes_from(shown, (size_t)len) };
}

/* What every answer has. */
static void add_token(struct slots *s)
{
    const struct mm_bytes none = { NULL, 0 };
    const mm_u256 owners = u256_from_u64(2);
    const mm_u256 owner = storage_at_word(&s->token, &owners);
    const mm_u256 wallet = layout_at(LAYOUT_AGENT_WALLET, &s->token);
    const mm_u256 credit = layout_at(LAYOUT_TOKEN_CREDIT, &s->token);
    const mm_u256 spec = layout_at(LAYOUT_SPECS, &s->token);
    const mm_u256 version = layout_word(&spec, 1);
    const mm_u256 history = layout_at(LAYOUT_HISTORY, &s->token);
    add(s, &owner, "owner", none);
    add(s, &wallet, "agentWallet", none);
    add(s, &credit, "tokenCredit", none);
    add(s, &spec, "specification.digest", none);
    add(s, &version, "specification.version", none);
    add(s, &history, "history.length", none);
}

/* ---- by name ---- */

static void add_trait(struct slots *s, mm_bytes name)
{
    const mm_u256 key = layout_id(name);
    const mm_u256 slot = layout_trait_value(&s->token, &key);
    add(s, &slot, "trait", name);
}

static void add_kind(struct slots *s, mm_bytes name)
{
    const mm_u256 kind = layout_id(name);
    const mm_u256 slot = layout_at2(LAYOUT_STATS, &s->token, &kind);
    add(s, &slot, "stats", name);
}

static void add_rule(struct slots *s, mm_bytes name)
{
    const mm_u256 target = layout_id(name);
    const mm_u256 slot = layout_at(LAYOUT_RULES, &target);
    const mm_u256 version = layout_word(&slot, 1);
    add(s, &slot, "rule", name);
    add(s, &version, "rule.version", name);
}

static bool add_names(struct slots *s, const struct json *what, const char *key,
                      void (*one)(struct slots *s, mm_bytes name))
{
    const struct json *list = what == NULL ? NULL : json_find(what, key);
    if (list == NULL)
        return true;
    if (list->kind != JSON_ARRAY)
        return eth_fail(s->r, ETH_INVALID_PARAMS, "%s: must be a list of names", key);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != JSON_STRING)
            return eth_fail(s->r, ETH_INVALID_PARAMS, "%s: must be a list of names", key);
        one(s, list->items[i].text);
    }
    return true;
}

/* ---- entries ---- */

static void add_entry(struct slots *s, uint64_t number)
{
    char text[24];
    const mm_u256 index = u256_from_u64(number);
    const mm_u256 array = layout_at(LAYOUT_HISTORY, &s->token);
    const mm_u256 hash = storage_array_slot(&array, &index);
    const mm_u256 entry = layout_at2(LAYOUT_ENTRIES, &s->token, &index);
    const int len = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    add(s, &hash, "history", mm_bytes_from(text, (size_t)len));
    add(s, &entry, "entry", mm_bytes_from(text, (size_t)len));
}

static bool add_entries(struct slots *s, const struct json *what)
{
    const struct json *list = what == NULL ? NULL : json_find(what, "history");
    if (list == NULL)
        return true;
    if (list->kind != JSON_ARRAY)
        return eth_fail(s->r, ETH_INVALID_PARAMS, "history: must be a list of numbers");
    for (size_t i = 0; i < list->count; i++) {
        uint64_t number;
        const char *reason = eth_read_count(&number, &list->items[i]);
        if (reason != NULL)
            return eth_fail(s->r, ETH_INVALID_PARAMS, "history: %s", reason);
        add_entry(s, number);
    }
    return true;
}

/* ---- the answer ---- */

static bool is_known(mm_bytes key)
{
    static const char *const keys[] = { "traits", "kinds", "rules", "history" };
    for (size_t i = 0; i < MM_COUNT_OF(keys); i++) {
        if (mm_bytes_equal(key, mm_bytes_str(keys[i])))
            return true;
    }
    return false;
}

static bool choose(struct slots *s, const struct json *what)
{
    for (size_t i = 0; what != NULL && i < what->count; i++) {
        if (!is_known(what->members[i].key))
            return eth_fail(s->r, ETH_INVALID_PARAMS, "%.*s: not traits, kinds, rules or history",
                            (int)(what->members[i].key.len < 40 ? what->members[i].key.len : 40),
                            (const char *)what->members[i].key.ptr);
    }
    add_token(s);
    if (!add_names(s, what, "traits", add_trait) || !add_names(s, what, "kinds", add_kind) ||
        !add_names(s, what, "rules", add_rule) || !add_entries(s, what))
        return false;
    return !s->is_full || eth_fail(s->r, ETH_INVALID_PARAMS, "too many slots (max 1024)");
}

static bool add_block(struct eth_request *r, const struct eth_block_ref *block)
{
    struct eth_block_ref ref = *block;
    uint64_t block_num;
    uint64_t state_num;
    struct header header;
    mm_hash32 hash;
    if (ref.kind == ETH_BLOCK_PENDING)
        ref.kind = ETH_BLOCK_LATEST;
    if (!eth_find_state(r, &block_num, &state_num, &ref))
        return false;
    ETH_TRY(r, ledger_header(r->view, &header, &hash, block_num));
    eth_add_quantity_member(&r->w, "blockNumber", block_num);
    eth_add_hash_member(&r->w, "blockHash", &hash);
    eth_add_hash_member(&r->w, "stateRoot", &header.state_root);
    return true;
}

bool handle_ainft_get_proof(struct eth_request *r)
{
    struct slots s = { .r = r,
                       .token = r->args[1].quantity,
                       .keys = MM_ARENA_ARRAY(r->arena, struct json, SLOTS_MAX),
                       .names = MM_ARENA_ARRAY(r->arena, struct json, SLOTS_MAX) };
    if (s.keys == NULL || s.names == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    if (!choose(&s, r->args[2].is_given ? r->args[2].json : NULL))
        return false;
    const struct json keys = { .kind = JSON_ARRAY, .count = s.count, .items = s.keys };
    const struct json names = { .kind = JSON_ARRAY, .count = s.count, .items = s.names };
    json_open_object(&r->w);
    if (!add_block(r, &r->args[3].block) ||
        !eth_prove(r, &r->args[0].addr, &keys, &r->args[3].block))
        return false;
    json_key(&r->w, "names");
    json_add_value(&r->w, &names);
    json_close_object(&r->w);
    return true;
}
