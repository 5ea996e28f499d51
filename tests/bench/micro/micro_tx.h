/* Signed mints, as many as a body or a batch has. */
#ifndef TESTS_BENCH_MICRO_MICRO_TX_H
#define TESTS_BENCH_MICRO_MICRO_TX_H

#include "state/base/arena.h"
#include "tests/bench/lib/mint.h"

enum { MICRO_CHAIN_ID = 31337 };

/* In the arena, nonces from 0; each with its raw bytes, hash and sender. */
struct tx *micro_sign(struct mm_arena *arena, size_t count);

#endif
