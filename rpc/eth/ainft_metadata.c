/* ainft_metadata: a token as its collection has it at a block, composed of what its views give: owner, URI, traits as the
 * `attributes` that marketplaces read, specification, history, credits. What the file at the URI says besides, its reader adds;
 * what both say, the chain decides (ERC-7496). */
#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "contracts-native/ainft/layout.h"
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

struct composing {
    struct eth_request *r;
    struct eth_execution x;
    mm_hash32 addr_key; /* of the collection */
    mm_u256 token;
};

/* One view of the collection; values are in the arena. */
static bool ask(struct composing *c, struct abi_value *values, const char *signature,
                const char *results, const struct abi_value *args)
{
    struct eth_request *r = c->r;
    struct abi_signature function;
    struct abi_signature types;
    struct exec_outcome outcome;
    abi_signature_init(&function, signature);
    abi_signature_init(&types, results);
    ETH_TRY(r, abi_encode(r->arena, &c->x.message.input, abi_selector(&function), function.types,
                          function.count, args));
    ETH_TRY(r, exec_call(c->x.exec, &outcome, &c->x.message));
    if (outcome.verdict != TX_OK)
        return eth_fail_call(r, &c->x, &outcome);
    if (outcome.status != EXEC_OK)
        return eth_fail_exec(r, &outcome);
    if (abi_decode(values, outcome.output, types.types, types.count, ABI_CALLDATA) != ABI_OK)
        return eth_fail(r, ETH_SERVER_ERROR, "the account is no AINFT collection");
    return true;
}

static bool slot_value(struct composing *c, mm_u256 *word, const mm_u256 *slot)
{
    const mm_hash32 bytes = u256_to_hash(slot);
    const mm_hash32 key = keccak256(mm_bytes_hash(&bytes));
    ETH_TRY(c->r, c->x.exec_view.slot(c->x.exec_view.ctx, word, &c->addr_key, &key));
    return true;
}

/* ---- attributes ---- */

/* A name in storage, AINFT_NAME_BYTES_MAX at most; a longer one is none of ours and is cut. */
static bool read_name(struct composing *c, uint8_t name[AINFT_NAME_BYTES_MAX], size_t *len,
                      const mm_u256 *slot)
{
    const mm_u256 first = storage_data_slot(slot);
    mm_u256 word;
    if (!slot_value(c, &word, slot))
        return false;
    *len = (size_t)(word.limb[0] & 0xff) >> 1;
    if ((word.limb[0] & 1) == 0) {
        u256_to_be32(name, &word);
        return true;
    }
    *len = word.limb[0] >> 1 < AINFT_NAME_BYTES_MAX ? (size_t)(word.limb[0] >> 1)
                                                    : (size_t)AINFT_NAME_BYTES_MAX;
    for (size_t i = 0; i * ABI_WORD < *len; i++) {
        const mm_u256 at = layout_word(&first, i);
        if (!slot_value(c, &word, &at))
            return false;
        u256_to_be32(name + i * ABI_WORD, &word);
    }
    return true;
}

static void add_value(struct json_writer *w, uint64_t kind, const mm_u256 *word)
{
    static const mm_u256 exact = { { UINT64_C(1) << 53, 0, 0, 0 } }; /* what a double holds */
    char decimal[U256_DECIMAL_MAX + 1];
    uint8_t bytes[ABI_WORD];
    u256_to_be32(bytes, word);
    json_key(w, "value");
    if (kind == AINFT_TRAIT_UINT && u256_compare(word, &exact) <= 0) {
        json_add_u64(w, word->limb[0]);
    } else if (kind == AINFT_TRAIT_UINT) {
        u256_to_decimal(decimal, word);
        json_add_text(w, decimal);
    } else if (kind == AINFT_TRAIT_BOOL) {
        json_add_bool(w, !u256_is_zero(word));
    } else if (kind == AINFT_TRAIT_STRING) {
        json_add_string(w, mm_bytes_from(bytes, strnlen((const char *)bytes, ABI_WORD)));
    } else {
        json_add_data(w, MM_BYTES_OF(bytes));
    }
}

static bool add_attribute(struct composing *c, const mm_u256 *key)
{
    const mm_u256 def = layout_at(LAYOUT_TRAIT_DEFS, key);
    const mm_u256 name_slot = layout_word(&def, 3);
    const mm_u256 value_slot = layout_trait_value(&c->token, key);
    uint8_t name[AINFT_NAME_BYTES_MAX];
    size_t len;
    mm_u256 kind;
    mm_u256 value;
    if (!read_name(c, name, &len, &name_slot) || !slot_value(c, &kind, &def) ||
        !slot_value(c, &value, &value_slot))
        return false;
    json_open_object(&c->r->w);
    json_key(&c->r->w, "trait_type");
    json_add_string(&c->r->w, mm_bytes_from(name, len));
    add_value(&c->r->w, kind.limb[0] & 0xff, &value);
    json_close_object(&c->r->w);
    return true;
}

static bool add_attributes(struct composing *c)
{
    struct abi_value keys;
    if (!ask(c, &keys, "traitKeys()", "bytes32[]", NULL))
        return false;
    json_key(&c->r->w, "attributes");
    json_open_array(&c->r->w);
    for (size_t i = 0; i < keys.bytes.len / ABI_WORD; i++) {
        const mm_u256 key = abi_array_at(&keys, i);
        if (!add_attribute(c, &key))
            return false;
    }
    json_close_array(&c->r->w);
    return true;
}

/* ---- the rest ---- */

static void add_addr(struct json_writer *w, const char *key, const struct abi_value *value)
{
    const mm_addr addr = u256_to_addr(&value->word);
    eth_add_addr_member(w, key, &addr);
}

static void add_hash(struct json_writer *w, const char *key, const struct abi_value *value)
{
    const mm_hash32 hash = u256_to_hash(&value->word);
    eth_add_hash_member(w, key, &hash);
}

static bool add_specification(struct composing *c, const struct abi_value *token)
{
    struct json_writer *w = &c->r->w;
    struct abi_value values[4];
    if (!ask(c, values, "specification(uint256)", "string,bytes32,uint64,uint64", token))
        return false;
    json_key(w, "specification");
    json_open_object(w);
    json_key(w, "uri");
    json_add_string(w, values[0].bytes);
    add_hash(w, "digest", &values[1]);
    eth_add_quantity_member(w, "version", values[2].word.limb[0]);
    eth_add_quantity_member(w, "updatedAt", values[3].word.limb[0]);
    json_close_object(w);
    return true;
}

static bool add_history(struct composing *c, const struct abi_value *token)
{
    struct json_writer *w = &c->r->w;
    struct abi_value length;
    struct abi_value head;
    if (!ask(c, &length, "historyLength(uint256)", "uint256", token) ||
        !ask(c, &head, "historyHead(uint256)", "bytes32", token))
        return false;
    json_key(w, "history");
    json_open_object(w);
    eth_add_u256_member(w, "length", &length.word);
    add_hash(w, "head", &head);
    json_close_object(w);
    return true;
}

static bool compose(struct composing *c)
{
    struct json_writer *w = &c->r->w;
    const struct abi_value token = abi_word(&c->token);
    struct abi_value owner;
    struct abi_value value;
    if (!ask(c, &owner, "ownerOf(uint256)", "address", &token))
        return false;
    eth_add_addr_member(w, "collection", &c->x.message.to);
    eth_add_u256_member(w, "tokenId", &c->token);
    add_addr(w, "owner", &owner);
    if (!ask(c, &value, "getAgentWallet(uint256)", "address", &token))
        return false;
    add_addr(w, "agentWallet", &value);
    if (!ask(c, &value, "tokenURI(uint256)", "string", &token))
        return false;
    json_key(w, "tokenURI");
    json_add_string(w, value.bytes);
    if (!add_attributes(c) || !add_specification(c, &token) || !add_history(c, &token) ||
        !ask(c, &value, "tokenCredit(uint256)", "uint256", &token))
        return false;
    eth_add_u256_member(w, "tokenCredit", &value.word);
    return true;
}

/* The block that all of it is about; the executor reads its state. */
static bool add_block(struct composing *c)
{
    struct header header;
    mm_hash32 hash;
    ETH_TRY(c->r, ledger_header(c->r->view, &header, &hash, c->x.env.number));
    eth_add_quantity_member(&c->r->w, "blockNumber", c->x.env.number);
    eth_add_hash_member(&c->r->w, "blockHash", &hash);
    return true;
}

bool handle_ainft_metadata(struct eth_request *r)
{
    const struct eth_call_object object = { .has_to = true, .to = r->args[0].addr };
    struct composing c = { .r = r, .token = r->args[1].quantity };
    struct eth_block_ref ref = r->args[2].block;
    if (ref.kind == ETH_BLOCK_PENDING)
        ref.kind = ETH_BLOCK_LATEST;
    if (!eth_execution_begin(r, &c.x, &object, &ref, NULL))
        return false;
    c.addr_key = key_memo_addr(r->keys, &r->args[0].addr);
    json_open_object(&r->w);
    const bool ok = compose(&c) && add_block(&c);
    if (ok)
        json_close_object(&r->w);
    eth_execution_end(&c.x);
    return ok;
}
