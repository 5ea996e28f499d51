#include <string.h>

#include "state/base/assert.h"
#include "state/chain/tx.h"
#include "state/crypto/keccak_internal.h"
#include "tests/bench/micro/micro.h"

void micro_run_copy(void *ctx, size_t ops)
{
    struct micro_copy *copy = ctx;
    for (size_t i = 0; i < ops; i++) {
        memcpy(copy->to, copy->from.ptr, copy->from.len);
        micro_keep(copy->to);
    }
}

void micro_run_permutations(void *ctx, size_t ops)
{
    const size_t *count = ctx;
    uint64_t state[25] = { 1 };
    for (size_t i = 0; i < ops * *count; i++)
        keccak_f1600(state);
    micro_keep(state);
}

void micro_run_recover(void *ctx, size_t ops)
{
    struct tx *tx = ctx;
    for (size_t i = 0; i < ops; i++)
        MM_ASSERT(tx_recover(tx, SECP_LOW_S) == TX_OK);
}
