/* Which block a parameter means: numbers, tags, hashes, and the objects of EIP-1898. */
#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

/* With instant finality the head is safe and final. */
static const struct {
    const char *tag;
    struct eth_block_ref ref;
} TAGS[] = {
    { "latest", { .kind = ETH_BLOCK_LATEST } },   { "pending", { .kind = ETH_BLOCK_PENDING } },
    { "safe", { .kind = ETH_BLOCK_LATEST } },     { "finalized", { .kind = ETH_BLOCK_LATEST } },
    { "earliest", { .kind = ETH_BLOCK_NUMBER } },
};

enum { HASH_TEXT = 66 };

static const char *read_text(struct eth_block_ref *out, mm_bytes text, bool hash_too)
{
    for (size_t i = 0; i < MM_COUNT_OF(TAGS); i++) {
        if (mm_bytes_equal(text, mm_bytes_str(TAGS[i].tag))) {
            *out = TAGS[i].ref;
            return NULL;
        }
    }
    if (hash_too && text.len == HASH_TEXT) {
        out->kind = ETH_BLOCK_HASH;
        return hex_read_hash(&out->hash, text) ? NULL : eth_hex_reason_data(text);
    }
    out->kind = ETH_BLOCK_NUMBER;
    return hex_read_u64(&out->number, text) ? NULL : eth_hex_reason_number(text, 64);
}

static const struct json *given(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value == NULL || value->kind == JSON_NULL ? NULL : value;
}

/* EIP-1898; null is "not given", as in go-ethereum. requireCanonical asks for nothing more: every block known here is canonical. */
static const char *read_object(struct eth_block_ref *out, const struct json *object)
{
    const struct json *number = given(object, "blockNumber");
    const struct json *hash = given(object, "blockHash");
    if (number != NULL && hash != NULL)
        return "cannot specify both BlockHash and BlockNumber, choose one or the other";
    if (number != NULL)
        return eth_read_block(out, number, false);
    if (hash == NULL)
        return "neither blockHash nor blockNumber";
    out->kind = ETH_BLOCK_HASH;
    return eth_read_hash(&out->hash, hash);
}

const char *eth_read_block(struct eth_block_ref *out, const struct json *value, bool hash_too)
{
    *out = (struct eth_block_ref){ .kind = ETH_BLOCK_LATEST };
    if (value->kind == JSON_STRING)
        return read_text(out, value->text, hash_too);
    if (value->kind == JSON_OBJECT && hash_too)
        return read_object(out, value);
    return "block is not a hex string or tag";
}

const char *eth_read_height(struct eth_block_ref *out, const struct json *value)
{
    mm_u256 number;
    const bool is_text = value->kind == JSON_STRING;
    if ((value->kind == JSON_NUMBER || is_text) && u256_from_decimal(&number, value->text) &&
        u256_fits_u64(&number)) {
        *out = (struct eth_block_ref){ .kind = ETH_BLOCK_NUMBER, .number = number.limb[0] };
        return NULL;
    }
    return eth_read_block(out, value, false);
}

bool eth_find_block(struct eth_request *r, uint64_t *block_num, bool *found,
                    const struct eth_block_ref *ref)
{
    *block_num = ledger_head(r->view);
    *found = true;
    switch (ref->kind) {
    case ETH_BLOCK_LATEST:
        return true;
    case ETH_BLOCK_PENDING:
        ++*block_num;
        return true;
    case ETH_BLOCK_NUMBER:
        *found = ref->number <= *block_num;
        *block_num = ref->number;
        return true;
    case ETH_BLOCK_HASH:
        break;
    }
    const mm_err err = ledger_find_block(r->view, block_num, &ref->hash);
    *found = err == MM_OK;
    return err == MM_OK || err == MM_ERR_NOT_FOUND || eth_fail_world(r, err);
}

bool eth_find_state(struct eth_request *r, uint64_t *block_num, uint64_t *state_num,
                    const struct eth_block_ref *ref)
{
    bool found;
    if (!eth_find_block(r, block_num, &found, ref))
        return false;
    if (!found && ref->kind == ETH_BLOCK_HASH)
        return eth_fail(r, ETH_UNKNOWN_HASH, "header for hash not found");
    if (!found)
        return eth_fail(r, ETH_SERVER_ERROR, "header not found");
    const bool is_open = ref->kind == ETH_BLOCK_LATEST || ref->kind == ETH_BLOCK_PENDING;
    *state_num = is_open ? ledger_latest(r->view) : *block_num;
    return *state_num >= ledger_begins(r->backend->ledger) || eth_fail_world(r, MM_ERR_PRUNED);
}

bool eth_block_env(struct eth_request *r, struct exec_block *env, const struct eth_block_ref *ref,
                   uint64_t block_num)
{
    if (ref->kind == ETH_BLOCK_PENDING) {
        const struct header *head = ledger_head_header(r->view);
        const struct ledger_next next = ledger_next(r->view);
        struct backend_settings settings;
        r->backend->settings(r->backend->ctx, &settings);
        const uint64_t now = r->backend->now(r->backend->ctx);
        *env = (struct exec_block){
            .number = block_num,
            .timestamp = now > head->timestamp ? now : head->timestamp,
            .gas_limit = next.gas_limit,
            .base_fee = next.base_fee,
            .coinbase = settings.coinbase,
            .prev_randao = next.prev_randao,
            .chain_id = eth_chain_id(r),
        };
        return true;
    }
    struct header old;
    const struct header *header = ledger_head_header(r->view);
    if (block_num != header->number) {
        mm_hash32 hash;
        ETH_TRY(r, ledger_header(r->view, &old, &hash, block_num));
        header = &old;
    }
    *env = (struct exec_block){
        .number = header->number,
        .timestamp = header->timestamp,
        .gas_limit = header->gas_limit,
        .base_fee = header->base_fee,
        .coinbase = header->coinbase,
        .prev_randao = header->prev_randao,
        .chain_id = eth_chain_id(r),
    };
    return true;
}
