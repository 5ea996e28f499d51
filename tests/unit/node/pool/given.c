#include "tests/unit/node/pool/given.h"

#include <stdlib.h>

void given_init(struct given *given)
{
    dev_chain_init(&given->dev, DEV_MEMORY, 16);
    given->pool = pool_new(chain_ledger(given->dev.chain));
    cr_assert_not_null(given->pool);
}

void given_fini(struct given *given)
{
    pool_free(given->pool);
    dev_chain_fini(&given->dev);
}

static mm_u256 milli_gwei(uint64_t amount)
{
    return u256_from_u64(amount * 1000000);
}

static struct tx signed_tx(struct given *given, size_t from, struct tx *tx)
{
    struct tx decoded;
    tx->has_chain_id = true;
    tx->chain_id = u256_from_u64(31337);
    tx->type = TX_DYNAMIC_FEE;
    cr_assert(tx_sign(&given->dev.arena, tx, given->dev.people[from]));
    cr_assert_eq(tx_decode(&given->dev.arena, &decoded, tx->raw, NULL), TX_OK);
    decoded.sender = given->dev.addrs[from];
    return decoded;
}

struct tx given_tx(struct given *given, size_t from, uint64_t nonce, uint64_t max_fee, uint64_t tip)
{
    struct tx tx = {
        .nonce = nonce,
        .max_fee = milli_gwei(max_fee),
        .priority_fee = milli_gwei(tip),
        .gas_limit = 100000,
        .to = given->dev.addrs[(from + 1) % DEV_PEOPLE],
        .data = MM_BYTES_LIT("data"),
    };
    return signed_tx(given, from, &tx);
}

struct tx given_large_tx(struct given *given, size_t from, uint64_t nonce, size_t data_len)
{
    struct tx tx = {
        .nonce = nonce,
        .max_fee = milli_gwei(2000),
        .priority_fee = milli_gwei(1),
        .gas_limit = 1000000,
        .to = given->dev.addrs[0],
        .data = mm_bytes_from(calloc(1, data_len), data_len),
    };
    uint8_t *data = (uint8_t *)(uintptr_t)tx.data.ptr;
    const struct tx decoded = signed_tx(given, from, &tx);
    free(data);
    return decoded;
}

struct submit_outcome given_add(struct given *given, const struct tx *tx, bool *is_ready)
{
    struct submit_outcome outcome;
    pool_add(given->pool, &outcome, tx, is_ready);
    cr_assert(mm_hash_equal(&outcome.hash, &tx->hash));
    return outcome;
}

bool given_taken(struct given *given, size_t from, uint64_t nonce, uint64_t max_fee, uint64_t tip)
{
    bool is_ready;
    const struct tx tx = given_tx(given, from, nonce, max_fee, tip);
    cr_assert_eq(given_add(given, &tx, &is_ready).verdict, SUBMIT_OK);
    return is_ready;
}

enum submit_verdict given_refused(struct given *given, size_t from, uint64_t nonce,
                                  uint64_t max_fee, uint64_t tip)
{
    bool is_ready;
    const struct tx tx = given_tx(given, from, nonce, max_fee, tip);
    const struct submit_outcome outcome = given_add(given, &tx, &is_ready);
    cr_assert_not(is_ready);
    return outcome.verdict;
}

struct pool_batch given_batch(struct given *given, uint64_t base_fee)
{
    struct pool_batch batch;
    const mm_u256 fee = milli_gwei(base_fee);
    cr_assert_eq(pool_take(given->pool, &batch, &fee), MM_OK);
    return batch;
}
