/* The sender of a transaction: the hash that was signed, the recovery, the hash that is the address. */
#include <secp256k1_recovery.h>

#include "state/base/assert.h"
#include "tests/bench/micro/micro.h"
#include "tests/bench/micro/micro_tx.h"

/* The library's recovery alone, of the same signature. */
static void run_library(void *ctx, size_t ops)
{
    const struct tx *tx = ctx;
    const mm_hash32 digest = tx_signing_hash(tx);
    uint8_t compact[64];
    secp256k1_ecdsa_recoverable_signature signature;
    memcpy(compact, tx->signature.r.b, 32);
    memcpy(compact + 32, tx->signature.s.b, 32);
    MM_ASSERT(secp256k1_ecdsa_recoverable_signature_parse_compact(
                  secp256k1_context_static, &signature, compact, tx->signature.parity) == 1);
    for (size_t i = 0; i < ops; i++) {
        secp256k1_pubkey key;
        MM_ASSERT(secp256k1_ecdsa_recover(secp256k1_context_static, &key, &signature, digest.b) ==
                  1);
    }
}

void micro_recover(struct figures *figures)
{
    struct mm_arena arena;
    if (!figures_want(figures, "recover"))
        return;
    mm_arena_init(&arena, 1 << 20);
    struct tx *tx = micro_sign(&arena, 1);
    figures_add(figures, &(struct figure){ .name = "recover",
                                           .counted_steps = 50,
                                           .work = { micro_run_recover, tx },
                                           .limit = "the library's recovery",
                                           .limit_work = { run_library, tx } });
    mm_arena_fini(&arena);
}
