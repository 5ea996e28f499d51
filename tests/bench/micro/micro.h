/* What bench-micro measures, a file a subject. Each makes what it needs only if one of its figures is wanted. */
#ifndef TESTS_BENCH_MICRO_MICRO_H
#define TESTS_BENCH_MICRO_MICRO_H

#include "state/base/bytes.h"
#include "tests/bench/lib/figure.h"

void micro_keccak(struct figures *figures);
void micro_recover(struct figures *figures);
void micro_rlp(struct figures *figures);
void micro_abi(struct figures *figures);
void micro_json(struct figures *figures);
void micro_exec(struct figures *figures);
void micro_trie(struct figures *figures);
void micro_flat(struct figures *figures);

/* ---- limits that several have ---- */

/* ctx: a struct micro_copy. */
struct micro_copy {
    mm_bytes from;
    uint8_t *to;
};
void micro_run_copy(void *ctx, size_t ops);
/* ctx: a size_t, how many permutations an operation is. */
void micro_run_permutations(void *ctx, size_t ops);
/* ctx: a struct tx that is signed. */
void micro_run_recover(void *ctx, size_t ops);

/* Keeps the compiler from leaving out what nobody looks at. */
static inline void micro_keep(const void *result)
{
    __asm__ volatile("" : : "g"(result) : "memory");
}

#endif
