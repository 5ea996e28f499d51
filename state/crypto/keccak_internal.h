/* What the files of Keccak share.
 *
 *     keccak.c            sponge: padding, pieces; which implementation hashes many inputs
 *     keccak_round.h      a round of the permutation, for words of any width
 *     keccak_f1600.c      the permutation on one state, in plain 64-bit C
 *     keccak_side.c       inputs of any lengths on several states: who is where, padding, the last ones left over
 *     keccak_avx2.c       a step of keccak_side.c on 4 states, with AVX2
 *     keccak_avx512_4.c   the same with AVX-512, whose rotations and functions of three operands halve the instructions
 *     keccak_avx512_8.c   on 8 states
 *
 * Another instruction set is a step (one file), a struct keccak_side and a line in the table of keccak.c. */
#ifndef STATE_CRYPTO_KECCAK_INTERNAL_H
#define STATE_CRYPTO_KECCAK_INTERNAL_H

#include "state/crypto/keccak.h"

/* Keccak[c = 512]: of the 200 bytes of the state, 136 take input. */
enum { KECCAK_RATE_BYTES = 136, KECCAK_RATE_LANES = KECCAK_RATE_BYTES / 8, KECCAK_ROUNDS = 24 };

extern const uint64_t KECCAK_ROUND_CONSTANTS[KECCAK_ROUNDS];

/* Keccak-f[1600] in place; state[x + 5 * y]. */
void keccak_f1600(uint64_t state[25]);

/* ---- side by side ---- */

enum { KECCAK_STATES_MAX = 8 };

/* Word i of state s is word[i][s]: a register holds one word of several states. */
struct keccak_states {
    _Alignas(64) uint64_t word[25][KECCAK_STATES_MAX];
};

/* For each of the first states, as many as the step has: cleared unless its bit in `kept` is set, XORed with the 136 bytes at its
 * block, permuted. The blocks need no alignment. */
typedef void keccak_step_fn(struct keccak_states *states,
                            const uint8_t *const blocks[KECCAK_STATES_MAX], unsigned kept);

struct keccak_side {
    keccak_step_fn *step;
    keccak_step_fn *narrow_step; /* NULL or one that takes less time, for narrow_states at most */
    unsigned states;             /* that `step` takes, at most */
    unsigned narrow_states;
    unsigned alone_max; /* so many are faster one after the other, by keccak_f1600 */
};

void keccak_many_side(const struct keccak_side *side, mm_hash32 *out, const mm_bytes *inputs,
                      size_t count);

#if defined(__x86_64__)
keccak_step_fn keccak_step_avx2;
keccak_step_fn keccak_step_avx512_4;
keccak_step_fn keccak_step_avx512_8;
/* The first half of keccak_step_avx2, all but the permutation; also for AVX-512. */
keccak_step_fn keccak_absorb_avx2;
#endif

/* ---- implementations of keccak256_many ---- */

enum keccak_way { KECCAK_SCALAR, KECCAK_AVX2, KECCAK_AVX512, KECCAK_WAYS };

const char *keccak_way_name(enum keccak_way way);
/* Whether this build has it and this processor runs it; KECCAK_SCALAR always. */
bool keccak_way_runs(enum keccak_way way);
/* keccak256_many in a given way, which must run. */
void keccak256_many_by(enum keccak_way way, mm_hash32 *out, const mm_bytes *inputs, size_t count);
/* From now on keccak256_many is done in that way, which must run; for tests and benchmarks. */
void keccak_use(enum keccak_way way);

#endif
