/* The file's object, and the header of block 0. */
#include "state/chain/genesis_internal.h"
#include "state/crypto/keccak.h"

enum {
    BASE_FEE_DEFAULT = 1000000000, /* EIP-1559: INITIAL_BASE_FEE */
    REQUEST_TIMEOUT_DEFAULT_MS = 1000,
};

static mm_err read_timestamp(struct genesis_reader *reader, const struct genesis_place *at,
                             const struct json *value)
{
    return genesis_read_u64(reader, at, &reader->genesis->timestamp, value);
}

static mm_err read_gas_limit(struct genesis_reader *reader, const struct genesis_place *at,
                             const struct json *value)
{
    MM_TRY(genesis_read_u64(reader, at, &reader->genesis->gas_limit, value));
    if (reader->genesis->gas_limit < HEADER_GAS_LIMIT_MIN)
        return genesis_refuse(reader, at, "below 5000");
    return MM_OK;
}

/* Execution counts in 64 bits of wei per gas; 18 ether a gas is above any use. */
static mm_err read_base_fee(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    uint64_t fee;
    MM_TRY(genesis_read_u64(reader, at, &fee, value));
    reader->genesis->base_fee = u256_from_u64(fee);
    return MM_OK;
}

static mm_err read_coinbase(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    if (value->kind != JSON_STRING)
        return genesis_refuse(reader, at, "not an address");
    return genesis_address(reader, at, &reader->genesis->coinbase, value->text, false);
}

static mm_err read_mix_hash(struct genesis_reader *reader, const struct genesis_place *at,
                            const struct json *value)
{
    return genesis_read_hash(reader, at, &reader->genesis->prev_randao, value);
}

static mm_err read_extra(struct genesis_reader *reader, const struct genesis_place *at,
                         const struct json *value)
{
    mm_bytes extra;
    MM_TRY(genesis_read_data(reader, at, &extra, value));
    if (extra.len == 0)
        return MM_OK;
    if (extra.len != MM_EXTRA_BYTES)
        return genesis_refuse(reader, at, "not a validator commitment of 32 bytes");
    memcpy(reader->genesis->extra, extra.ptr, extra.len);
    reader->genesis->has_extra = true;
    return MM_OK;
}

static const struct genesis_field FILE_FIELDS[] = {
    { "config", genesis_read_config },      { "alloc", genesis_read_alloc },
    { "timestamp", read_timestamp },        { "gasLimit", read_gas_limit },
    { "baseFeePerGas", read_base_fee },     { "coinbase", read_coinbase },
    { "mixHash", read_mix_hash },           { "extraData", read_extra },
    { "nonce", genesis_read_zero },         { "difficulty", genesis_read_zero },
    { "number", genesis_read_zero },        { "gasUsed", genesis_read_zero },
    { "parentHash", genesis_read_zero },    { "blobGasUsed", genesis_read_zero },
    { "excessBlobGas", genesis_read_zero }, { "parentBeaconBlockRoot", genesis_read_zero },
};

mm_err genesis_read_object(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *object, const struct genesis_field *fields,
                           size_t field_count)
{
    if (object->kind != JSON_OBJECT)
        return genesis_refuse(reader, at, "not an object");
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        const struct genesis_place place = { at, member->key };
        size_t known = 0;
        while (known < field_count && !mm_bytes_equal(member->key, mm_bytes_str(fields[known].key)))
            known++;
        if (known == field_count)
            return genesis_refuse(reader, &place, "unknown key");
        MM_TRY(fields[known].read(reader, &place, &member->value));
    }
    return MM_OK;
}

static mm_err read_file(struct genesis_reader *reader, const struct json *file)
{
    static const char *const required[] = { "config", "gasLimit" };
    MM_TRY(genesis_read_object(reader, NULL, file, FILE_FIELDS, MM_COUNT_OF(FILE_FIELDS)));
    for (size_t i = 0; i < MM_COUNT_OF(required); i++) {
        const struct genesis_place place = { NULL, mm_bytes_str(required[i]) };
        if (json_find(file, required[i]) == NULL)
            return genesis_refuse(reader, &place, "missing");
    }
    return MM_OK;
}

mm_err genesis_parse(struct mm_arena *arena, struct genesis *genesis, mm_bytes text,
                     struct mm_reason *reason)
{
    const struct json_options options = { .unique_keys = true };
    struct json *file = MM_ARENA_NEW(arena, struct json);
    *genesis = (struct genesis){ .base_fee = u256_from_u64(BASE_FEE_DEFAULT),
                                 .qbft.request_timeout_ms = REQUEST_TIMEOUT_DEFAULT_MS };
    struct genesis_reader reader = { .arena = arena, .genesis = genesis, .reason = reason };
    mm_err err = MM_ERR_INVALID;
    if (file == NULL) {
        err = genesis_no_memory(&reader, NULL);
    } else {
        switch (json_parse(arena, file, text, &options, reason)) {
        case JSON_OK:
            err = read_file(&reader, file);
            break;
        case JSON_NO_MEMORY:
            err = genesis_no_memory(&reader, NULL);
            break;
        case JSON_SYNTAX:
        case JSON_BAD_UTF8:
        case JSON_TOO_DEEP:
        case JSON_DUPLICATE:
            break; /* the reason has line and column */
        }
    }
    if (err != MM_OK)
        *genesis = (struct genesis){ .chain_id = 0 };
    return err;
}

void genesis_header(struct header *header, const struct genesis *genesis,
                    const mm_hash32 *state_root, const mm_hash32 *validators_commitment)
{
    *header = (struct header){ .field_count = HEADER_FIELDS_CANCUN,
                               .ommers_hash = KECCAK_EMPTY_LIST,
                               .coinbase = genesis->coinbase,
                               .state_root = *state_root,
                               .tx_root = KECCAK_EMPTY_TRIE,
                               .receipts_root = KECCAK_EMPTY_TRIE,
                               .gas_limit = genesis->gas_limit,
                               .timestamp = genesis->timestamp,
                               .extra_len = MM_EXTRA_BYTES,
                               .prev_randao = genesis->prev_randao,
                               .base_fee = genesis->base_fee,
                               .withdrawals_root = KECCAK_EMPTY_TRIE };
    memcpy(header->extra, validators_commitment->b, sizeof validators_commitment->b);
}
