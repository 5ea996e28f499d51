/* A pool over a development chain, and transactions of its people at any nonce and fee. */
#ifndef TESTS_UNIT_NODE_POOL_GIVEN_H
#define TESTS_UNIT_NODE_POOL_GIVEN_H

#include <criterion/criterion.h>

#include "node/pool/pool.h"
#include "tests/lib/dev_chain.h"

struct given {
    struct dev_chain dev;
    struct pool *pool;
};

void given_init(struct given *given);
void given_fini(struct given *given);

/* Fees in milli-gwei. Valid until the next block of dev. */
struct tx given_tx(struct given *given, size_t from, uint64_t nonce, uint64_t max_fee,
                   uint64_t tip);
/* With data of so many bytes. */
struct tx given_large_tx(struct given *given, size_t from, uint64_t nonce, size_t data_len);
struct submit_outcome given_add(struct given *given, const struct tx *tx, bool *is_ready);
/* Adds one of these fees that must be taken; whether it is ready. */
bool given_taken(struct given *given, size_t from, uint64_t nonce, uint64_t max_fee, uint64_t tip);
enum submit_verdict given_refused(struct given *given, size_t from, uint64_t nonce,
                                  uint64_t max_fee, uint64_t tip);
struct pool_batch given_batch(struct given *given, uint64_t base_fee);

#endif
