/* genesis.json of a test network: the built-in one, rewritten. */
#include "node/genesis_default.h"
#include "node/testnet/testnet_internal.h"
#include "state/codec/json.h"
#include "state/crypto/address.h"

/* 1 000 ether: votes cost gas. */
#define VALIDATOR_WEI "0x3635c9adc5dea00000"

struct rewriting {
    struct json_writer w;
    const mm_addr *validators;
    size_t count;
    uint64_t block_period_ms;
};

static void add_member(struct json_writer *w, const struct json_member *member)
{
    json_key_bytes(w, member->key);
    json_add_value(w, &member->value);
}

static void add_addr(struct json_writer *w, const mm_addr *addr)
{
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, addr);
    json_add_text(w, text);
}

static void add_config(struct rewriting *r, const struct json *config)
{
    struct json_writer *w = &r->w;
    json_open_object(w);
    for (size_t i = 0; i < config->count; i++) {
        if (!mm_bytes_equal(config->members[i].key, MM_BYTES_LIT("qbft")))
            add_member(w, &config->members[i]);
    }
    json_key(w, "qbft");
    json_open_object(w);
    json_key(w, "blockperiodmilliseconds");
    json_add_u64(w, r->block_period_ms);
    json_key(w, "requesttimeoutseconds");
    json_add_u64(w, 1);
    json_close_object(w);
    json_close_object(w);
}

static bool is_validators(const struct json *account)
{
    const struct json *native = json_find(account, "native");
    const struct json *contract = native == NULL ? NULL : json_find(native, "contract");
    return contract != NULL && json_is_text(contract, "validators");
}

static void add_validators(struct rewriting *r)
{
    struct json_writer *w = &r->w;
    json_open_object(w);
    json_key(w, "native");
    json_open_object(w);
    json_key(w, "contract");
    json_add_text(w, "validators");
    json_key(w, "validators");
    json_open_array(w);
    for (size_t i = 0; i < r->count; i++)
        add_addr(w, &r->validators[i]);
    json_close_array(w);
    json_close_object(w);
    json_close_object(w);
}

static void add_funds(struct rewriting *r)
{
    char text[ADDRESS_TEXT + 1];
    for (size_t i = 0; i < r->count; i++) {
        address_to_text(text, &r->validators[i]);
        json_key(&r->w, text);
        json_open_object(&r->w);
        json_key(&r->w, "balance");
        json_add_text(&r->w, VALIDATOR_WEI);
        json_close_object(&r->w);
    }
}

static void add_alloc(struct rewriting *r, const struct json *alloc)
{
    json_open_object(&r->w);
    for (size_t i = 0; i < alloc->count; i++) {
        if (is_validators(&alloc->members[i].value)) {
            json_key_bytes(&r->w, alloc->members[i].key);
            add_validators(r);
        } else {
            add_member(&r->w, &alloc->members[i]);
        }
    }
    add_funds(r);
    json_close_object(&r->w);
}

static void rewrite(struct rewriting *r, const struct json *genesis)
{
    json_open_object(&r->w);
    for (size_t i = 0; i < genesis->count; i++) {
        const struct json_member *member = &genesis->members[i];
        if (mm_bytes_equal(member->key, MM_BYTES_LIT("config"))) {
            json_key(&r->w, "config");
            add_config(r, &member->value);
        } else if (mm_bytes_equal(member->key, MM_BYTES_LIT("alloc"))) {
            json_key(&r->w, "alloc");
            add_alloc(r, &member->value);
        } else if (mm_bytes_equal(member->key, MM_BYTES_LIT("coinbase"))) {
            json_key(&r->w, "coinbase");
            add_addr(&r->w, &r->validators[0]);
        } else {
            add_member(&r->w, member);
        }
    }
    json_close_object(&r->w);
}

mm_err testnet_make_genesis(struct mm_arena *arena, struct mm_buf *out, const mm_addr *validators,
                            size_t count, uint64_t block_period_ms, struct mm_reason *reason)
{
    struct json genesis;
    const struct json_options options = { .unique_keys = true };
    struct rewriting r = { json_writer_over(out), validators, count, block_period_ms };
    if (json_parse(arena, &genesis, genesis_default(), &options, reason) != JSON_OK)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    rewrite(&r, &genesis);
    const mm_err err = mm_buf_err(out);
    return err == MM_OK ? MM_OK : mm_fail(reason, err, "out of memory");
}
