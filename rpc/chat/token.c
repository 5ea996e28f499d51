/* A token at a block: who owns it, who speaks for it, what it is specified to be, and what a script may know. */
#include <stdio.h>

#include "rpc/chat/chat_internal.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"

static bool fail(struct mm_reason *reason, const char *what)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "%s", what);
    return false;
}

/* ---- facts ---- */

struct facts {
    struct mm_arena *arena;
    struct chat_token *token;
    bool no_memory;
};

static void add_fact(struct facts *f, mm_bytes name, mm_bytes text, bool is_number, uint64_t number)
{
    struct chat_token *token = f->token;
    struct persona_fact *fact = &token->facts[token->fact_count];
    if (token->fact_count == CHAT_FACTS_MAX)
        return;
    *fact = (struct persona_fact){ .is_number = is_number, .number = number };
    f->no_memory = f->no_memory || mm_arena_copy(f->arena, &fact->name, name) != MM_OK ||
                   mm_arena_copy(f->arena, &fact->text, text) != MM_OK;
    token->fact_count++;
}

static void add_text(struct facts *f, const char *name, mm_bytes text)
{
    add_fact(f, mm_bytes_str(name), text, false, 0);
}

/* What is above 64 bits is shown and not reckoned with. */
static void add_number(struct facts *f, const char *name, const mm_u256 *number)
{
    char text[U256_DECIMAL_MAX + 1];
    u256_to_decimal(text, number);
    add_fact(f, mm_bytes_str(name), mm_bytes_str(text), u256_fits_u64(number), number->limb[0]);
}

static void add_u64(struct facts *f, const char *name, uint64_t number)
{
    const mm_u256 wide = u256_from_u64(number);
    add_number(f, name, &wide);
}

/* 0x7099…79C8: as people say it. */
static void add_addr(struct facts *f, const char *name, const mm_addr *addr, const char *nobody)
{
    char text[ADDRESS_TEXT + 1];
    char brief[32];
    address_to_text(text, addr);
    (void)snprintf(brief, sizeof brief, "%.6s…%s", text, text + ADDRESS_TEXT - 4);
    add_text(f, name, mm_bytes_str(mm_addr_is_zero(addr) ? nobody : brief));
}

static void add_attribute(struct facts *f, const struct json *attribute)
{
    const struct json *name = json_find(attribute, "trait_type");
    const struct json *value = json_find(attribute, "value");
    uint64_t number;
    if (name == NULL || value == NULL)
        return;
    const bool is_number = json_u64(&number, value);
    if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
        add_fact(f, name->text, value->kind == JSON_TRUE ? MM_BYTES_LIT("yes") : MM_BYTES_LIT("no"),
                 true, value->kind == JSON_TRUE);
    else
        add_fact(f, name->text, value->text, is_number, is_number ? number : 0);
}

/* ---- ainft_metadata ---- */

static bool read_addr(mm_addr *out, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_addr(out, value->text);
}

static bool read_number(mm_u256 *out, const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value != NULL && value->kind == JSON_STRING && hex_read_u256(out, value->text);
}

bool chat_ask_metadata(struct chat *chat, struct mm_arena *arena, struct json *out,
                       const mm_addr *collection, const mm_u256 *id, uint64_t block_num,
                       struct mm_reason *reason)
{
    uint8_t memory[256];
    struct mm_buf params = mm_buf_over(memory, sizeof memory);
    mm_buf_add_text(&params, "[\"");
    hex_add_data(&params, mm_bytes_addr(collection));
    mm_buf_add_text(&params, "\",\"");
    hex_add_u256(&params, id);
    if (block_num == UINT64_MAX)
        mm_buf_add_text(&params, "\",\"latest\"]");
    else
        mm_buf_printf(&params, "\",\"0x%llx\"]", (unsigned long long)block_num);
    return chat_ask(chat, arena, out, "ainft_metadata", mm_buf_bytes(&params), NULL, reason);
}

static bool take_metadata(struct facts *f, const struct json *metadata)
{
    struct chat_token *token = f->token;
    const struct json *spec = json_find(metadata, "specification");
    const struct json *history = json_find(metadata, "history");
    const struct json *attributes = json_find(metadata, "attributes");
    const struct json *uri = spec == NULL ? NULL : json_find(spec, "uri");
    const struct json *digest = spec == NULL ? NULL : json_find(spec, "digest");
    mm_u256 number;
    if (history == NULL || attributes == NULL || uri == NULL || digest == NULL ||
        !read_addr(&token->owner, metadata, "owner") ||
        !read_addr(&token->service, metadata, "agentWallet") ||
        !hex_read_hash(&token->spec_digest, digest->text) || !read_number(&number, spec, "version"))
        return false;
    token->spec_uri = uri->text;
    token->spec_version = number.limb[0];
    add_u64(f, "version", token->spec_version);
    if (!read_number(&number, history, "length"))
        return false;
    add_number(f, "history", &number);
    if (!read_number(&number, metadata, "tokenCredit"))
        return false;
    add_number(f, "credits", &number);
    return true;
}

/* ---- the other views ---- */

static bool ask_views(struct chat *chat, struct facts *f, const mm_addr *collection,
                      const mm_u256 *id, const mm_addr *asker, struct mm_reason *reason)
{
    struct chat_token *token = f->token;
    const mm_hash32 kind_hash = keccak256(MM_BYTES_LIT("chat"));
    const mm_u256 kind = u256_from_hash(&kind_hash);
    struct abi_value values[4];
    if (!chat_view(chat, f->arena, values, "string", collection, token->block_num, "name()", NULL,
                   reason))
        return false;
    token->name = values[0].bytes;
    if (!chat_view(chat, f->arena, values, "address", collection, token->block_num, "credit()",
                   NULL, reason))
        return false;
    token->credit = u256_to_addr(&values[0].word);
    if (!chat_view(chat, f->arena, values, "uint64,uint64,uint64,uint64", collection,
                   token->block_num, "historyStats(uint256,bytes32)",
                   ABI_VALUES(abi_word(id), abi_word(&kind)), reason))
        return false;
    add_u64(f, "chats", values[0].word.limb[0]);
    add_u64(f, "turns", values[1].word.limb[0]);
    add_u64(f, "talkers", values[2].word.limb[0]);
    if (!chat_view(chat, f->arena, values, "uint64", collection, token->block_num,
                   "historyCountBy(uint256,bytes32,address)",
                   ABI_VALUES(abi_word(id), abi_word(&kind), abi_addr(asker)), reason))
        return false;
    add_u64(f, "visits", values[0].word.limb[0]);
    return true;
}

static bool find_head(struct chat *chat, struct mm_arena *arena, uint64_t *block_num,
                      struct mm_reason *reason)
{
    struct json result;
    return chat_ask(chat, arena, &result, "eth_blockNumber", MM_BYTES_LIT("[]"), NULL, reason) &&
           ((result.kind == JSON_STRING && hex_read_u64(block_num, result.text)) ||
            fail(reason, "no block number"));
}

bool chat_token_read(struct chat *chat, struct mm_arena *arena, struct chat_token *out,
                     const mm_addr *collection, const mm_u256 *id, const mm_addr *asker,
                     uint64_t block_num, struct mm_reason *reason)
{
    struct facts f = { .arena = arena, .token = out };
    struct json metadata;
    *out = (struct chat_token){ .block_num = block_num };
    if (block_num == UINT64_MAX && !find_head(chat, arena, &out->block_num, reason))
        return false;
    if (!chat_ask_metadata(chat, arena, &metadata, collection, id, out->block_num, reason))
        return false;
    if (!take_metadata(&f, &metadata))
        return fail(reason, "the account is no AINFT collection");
    if (!ask_views(chat, &f, collection, id, asker, reason))
        return false;
    add_number(&f, "token", id);
    add_text(&f, "collection", out->name);
    add_u64(&f, "block", out->block_num);
    add_u64(&f, "chain", chat_chain_id(chat));
    add_addr(&f, "owner", &out->owner, "nobody");
    add_addr(&f, "visitor", asker, "somebody");
    add_u64(&f, "isOwner", mm_addr_equal(&out->owner, asker));
    /* Traits last: of two facts with one name the first is found. */
    const struct json *attributes = json_find(&metadata, "attributes");
    for (size_t i = 0; i < attributes->count; i++)
        add_attribute(&f, &attributes->items[i]);
    return !f.no_memory || fail(reason, "out of memory");
}

bool chat_token_credits_of(struct chat *chat, struct mm_arena *arena, mm_u256 *out,
                           const struct chat_token *token, const mm_addr *who,
                           struct mm_reason *reason)
{
    struct abi_value balance;
    *out = u256_from_u64(0);
    if (!chat_view(chat, arena, &balance, "uint256", &token->credit, token->block_num,
                   "balanceOf(address)", ABI_VALUES(abi_addr(who)), reason))
        return false;
    *out = balance.word;
    return true;
}
