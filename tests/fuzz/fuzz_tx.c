/* A transaction that decodes is canonical: encoded from its fields it has the same bytes, so no second form of it can be read.
 * Recovering a sender from anything that decodes, checking it and pricing it must be possible. */
#include <stdlib.h>

#include "state/base/limits.h"
#include "state/chain/tx.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mm_bytes raw = mm_bytes_from(data, size);
    struct mm_arena arena;
    struct tx tx;
    enum rlp_verdict why;
    mm_arena_init(&arena, 16 << 20);
    const enum tx_verdict verdict = tx_decode(&arena, &tx, raw, &why);
    REQUIRE((verdict == TX_RLP) == (why != RLP_OK));
    if (verdict == TX_OK) {
        struct mm_buf buf;
        mm_buf_init(&buf, MM_TX_BYTES_MAX);
        tx_encode(&buf, &tx);
        REQUIRE(mm_bytes_equal(mm_buf_bytes(&buf), raw));
        mm_buf_fini(&buf);
        const uint64_t chain_id = tx.chain_id.limb[0];
        const enum tx_verdict admitted = tx_check(&tx, chain_id);
        const mm_u256 price = tx_gas_price(&tx, &tx.priority_fee);
        REQUIRE(u256_compare(&price, &tx.max_fee) <= 0);
        const enum tx_verdict any = tx_recover(&tx, SECP_ANY_S);
        REQUIRE((any == TX_OK) == !mm_addr_is_zero(&tx.sender));
        const enum tx_verdict low = tx_recover(&tx, SECP_LOW_S);
        REQUIRE(low == any || low == TX_HIGH_S);
        REQUIRE(admitted != TX_OK || low != TX_HIGH_S);
    } else {
        REQUIRE(tx.raw.len == 0 && tx.data.len == 0 && tx.access_count == 0);
    }
    mm_arena_fini(&arena);
    return 0;
}
