#include "tests/bench/micro/micro_tx.h"

#include "state/base/assert.h"
#include "state/crypto/secp.h"

struct tx *micro_sign(struct mm_arena *arena, size_t count)
{
    static const uint8_t key[32] = { [31] = 7 };
    struct secp_secret *secret = secp_secret_new(key);
    struct tx *txs = MM_ARENA_ARRAY(arena, struct tx, count);
    MM_ASSERT(secret != NULL && txs != NULL);
    const mm_addr to = secp_secret_addr(secret);
    for (size_t i = 0; i < count; i++) {
        uint8_t *data = mm_arena_alloc(arena, MINT_DATA_BYTES);
        MM_ASSERT(data != NULL);
        txs[i] = mint_tx(MICRO_CHAIN_ID, i, mint_data(data, &to, i));
        MM_ASSERT(tx_sign(arena, &txs[i], secret));
    }
    secp_secret_free(secret);
    return txs;
}
