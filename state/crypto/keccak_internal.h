/* What the files of Keccak share: the permutation, and the shape of an implementation that hashes many inputs.
 *
 *     keccak.c            sponge: padding, pieces, the choice of an implementation
 *     keccak_f1600.c      the permutation on one state, in plain 64-bit C
 *     keccak_<isa>.c      (each on its own) keccak256_many on several states side by side, with that instruction set
 *
 * A side-by-side implementation is one function of the type below and one line in choose_many of keccak.c; it may assume
 * nothing about the inputs, and hands what does not fill its lanes to keccak256_many_scalar. */
#ifndef STATE_CRYPTO_KECCAK_INTERNAL_H
#define STATE_CRYPTO_KECCAK_INTERNAL_H

#include "state/crypto/keccak.h"

/* Keccak[c = 512]: of the 200 bytes of the state, 136 take input. */
enum { KECCAK_RATE_BYTES = 136, KECCAK_RATE_LANES = KECCAK_RATE_BYTES / 8, KECCAK_ROUNDS = 24 };

extern const uint64_t KECCAK_ROUND_CONSTANTS[KECCAK_ROUNDS];

/* Keccak-f[1600] in place; lane[x + 5 * y]. */
void keccak_f1600(uint64_t lane[25]);

typedef void keccak_many_fn(mm_hash32 *out, const mm_bytes *inputs, size_t count);

keccak_many_fn keccak256_many_scalar;

#endif
