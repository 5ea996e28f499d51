/* The rules between a header and its parent. */
#include "state/chain/header.h"

#include "state/base/limits.h"
#include "state/crypto/keccak.h"

enum {
    GAS_LIMIT_DIVISOR = 1024,
    BASE_FEE_CHANGE_DIVISOR = 8,  /* EIP-1559: BASE_FEE_MAX_CHANGE_DENOMINATOR */
    ELASTICITY = 2,               /* EIP-1559: ELASTICITY_MULTIPLIER */
    INITIAL_BASE_FEE = 1000000000 /* EIP-1559: of the first block that has one */
};

const char *header_verdict_text(enum header_verdict verdict)
{
    switch (verdict) {
    case HEADER_OK:
        return "ok";
    case HEADER_FIELDS:
        return "wrong set of header fields";
    case HEADER_NUMBER:
        return "number is not the parent's plus one";
    case HEADER_PARENT:
        return "wrong parent hash";
    case HEADER_TIMESTAMP:
        return "timestamp before the parent's";
    case HEADER_GAS_LIMIT:
        return "gas limit too low or too far from the parent's";
    case HEADER_GAS_USED:
        return "gas used above the gas limit";
    case HEADER_BASE_FEE:
        return "wrong base fee";
    case HEADER_DIFFICULTY:
        return "difficulty, nonce or ommers not empty";
    case HEADER_RANDAO:
        return "wrong prevRandao";
    case HEADER_EXTRA:
        return "extra data is not a validator commitment";
    case HEADER_EMPTY_FIELDS:
        return "withdrawals, blob fields or beacon root not empty";
    }
    return "unknown header verdict";
}

/* base_fee * distance / target / 8, the highest value when a product that no real header has does not fit. */
static mm_u256 fee_delta(const mm_u256 *base_fee, uint64_t distance, uint64_t target)
{
    static const mm_u256 highest = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    const mm_u256 distance_256 = u256_from_u64(distance);
    const mm_u256 target_256 = u256_from_u64(target);
    const mm_u256 divisor = u256_from_u64(BASE_FEE_CHANGE_DIVISOR);
    mm_u256 delta;
    if (!u256_mul(&delta, base_fee, &distance_256))
        return highest;
    u256_divmod(&delta, NULL, &delta, &target_256);
    u256_divmod(&delta, NULL, &delta, &divisor);
    return delta;
}

mm_u256 header_next_base_fee(const struct header *parent)
{
    if (parent->field_count < HEADER_FIELDS_LONDON)
        return u256_from_u64(INITIAL_BASE_FEE);
    const uint64_t target = parent->gas_limit / ELASTICITY;
    if (parent->gas_used == target || target == 0)
        return parent->base_fee;
    const bool rises = parent->gas_used > target;
    const uint64_t distance = rises ? parent->gas_used - target : target - parent->gas_used;
    mm_u256 delta = fee_delta(&parent->base_fee, distance, target);
    mm_u256 next;
    if (!rises) {
        if (!u256_sub(&next, &parent->base_fee, &delta))
            next = u256_from_u64(0);
        return next;
    }
    if (u256_is_zero(&delta))
        delta = u256_from_u64(1);
    if (!u256_add(&next, &parent->base_fee, &delta))
        next = parent->base_fee;
    return next;
}

/* EIP-1559: less than 1/1024 of the parent's away from it. */
static bool gas_limit_follows(uint64_t limit, uint64_t parent_limit)
{
    const uint64_t distance = limit > parent_limit ? limit - parent_limit : parent_limit - limit;
    return limit >= HEADER_GAS_LIMIT_MIN && distance < parent_limit / GAS_LIMIT_DIVISOR;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

/* EIP-3675: what proof of work left behind. */
static bool has_no_work(const struct header *header)
{
    return u256_is_zero(&header->difficulty) && is_zero(header->nonce, sizeof header->nonce) &&
           mm_hash_equal(&header->ommers_hash, &KECCAK_EMPTY_LIST);
}

/* EIP-4895, EIP-4844, EIP-4788: fields of a beacon chain that this chain does not have. */
static bool has_empty_fields(const struct header *header)
{
    return mm_hash_equal(&header->withdrawals_root, &KECCAK_EMPTY_TRIE) &&
           header->blob_gas_used == 0 && header->excess_blob_gas == 0 &&
           is_zero(header->parent_beacon_root.b, sizeof header->parent_beacon_root.b);
}

static enum header_verdict check_inherited(const struct header *header, const struct header *parent,
                                           const mm_hash32 *parent_hash,
                                           const struct header_overrides *overrides)
{
    const bool is_limit =
        overrides->has_gas_limit
            ? header->gas_limit == overrides->gas_limit && header->gas_limit >= HEADER_GAS_LIMIT_MIN
            : gas_limit_follows(header->gas_limit, parent->gas_limit);
    if (!is_limit)
        return HEADER_GAS_LIMIT;
    if (header->gas_used > header->gas_limit)
        return HEADER_GAS_USED;
    const mm_u256 base_fee =
        overrides->has_base_fee ? overrides->base_fee : header_next_base_fee(parent);
    if (!u256_equal(&header->base_fee, &base_fee))
        return HEADER_BASE_FEE;
    if (!has_no_work(header))
        return HEADER_DIFFICULTY;
    const mm_hash32 randao =
        overrides->has_prev_randao ? overrides->prev_randao : keccak256(mm_bytes_hash(parent_hash));
    return mm_hash_equal(&header->prev_randao, &randao) ? HEADER_OK : HEADER_RANDAO;
}

enum header_verdict header_check(const struct header *header, const struct header *parent,
                                 const mm_hash32 *parent_hash)
{
    const struct header_overrides none = { .has_base_fee = false };
    return header_check_with(header, parent, parent_hash, &none);
}

enum header_verdict header_check_with(const struct header *header, const struct header *parent,
                                      const mm_hash32 *parent_hash,
                                      const struct header_overrides *overrides)
{
    if (header->field_count != HEADER_FIELDS_CANCUN)
        return HEADER_FIELDS;
    if (parent->number == UINT64_MAX || header->number != parent->number + 1)
        return HEADER_NUMBER;
    if (!mm_hash_equal(&header->parent_hash, parent_hash))
        return HEADER_PARENT;
    if (header->timestamp < parent->timestamp)
        return HEADER_TIMESTAMP;
    const enum header_verdict inherited = check_inherited(header, parent, parent_hash, overrides);
    if (inherited != HEADER_OK)
        return inherited;
    if (header->extra_len != MM_EXTRA_BYTES)
        return HEADER_EXTRA;
    if (!has_empty_fields(header))
        return HEADER_EMPTY_FIELDS;
    return HEADER_OK;
}
