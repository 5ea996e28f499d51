/* Keccak-f[1600] (The Keccak reference 3.0, section 1.2), one state, 64-bit words.
 *
 * Two rounds are written out, from a to e and back, so that no lane is ever moved: rho and pi are in which name is read and
 * by how much it is rotated. The arrays have constant indices only; the compiler keeps them in registers and stack slots.
 * The same text is compiled twice: BMI has and-not and a rotation into another register, which chi and rho consist of. */
#include "state/crypto/keccak_internal.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

const uint64_t KECCAK_ROUND_CONSTANTS[KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

ALWAYS_INLINE uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

/* chi on one row. */
ALWAYS_INLINE void chi(uint64_t *e, uint64_t b0, uint64_t b1, uint64_t b2, uint64_t b3, uint64_t b4)
{
    e[0] = b0 ^ (~b1 & b2);
    e[1] = b1 ^ (~b2 & b3);
    e[2] = b2 ^ (~b3 & b4);
    e[3] = b3 ^ (~b4 & b0);
    e[4] = b4 ^ (~b0 & b1);
}

/* theta, rho, pi, chi, iota. Row y of e reads, at column x, the lane that pi puts there. */
ALWAYS_INLINE void do_round(uint64_t e[25], const uint64_t a[25], uint64_t constant)
{
    const uint64_t c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    const uint64_t c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    const uint64_t c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    const uint64_t c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    const uint64_t c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    const uint64_t d0 = c4 ^ rotate(c1, 1);
    const uint64_t d1 = c0 ^ rotate(c2, 1);
    const uint64_t d2 = c1 ^ rotate(c3, 1);
    const uint64_t d3 = c2 ^ rotate(c4, 1);
    const uint64_t d4 = c3 ^ rotate(c0, 1);

    chi(e + 0, a[0] ^ d0, rotate(a[6] ^ d1, 44), rotate(a[12] ^ d2, 43), rotate(a[18] ^ d3, 21),
        rotate(a[24] ^ d4, 14));
    e[0] ^= constant;
    chi(e + 5, rotate(a[3] ^ d3, 28), rotate(a[9] ^ d4, 20), rotate(a[10] ^ d0, 3),
        rotate(a[16] ^ d1, 45), rotate(a[22] ^ d2, 61));
    chi(e + 10, rotate(a[1] ^ d1, 1), rotate(a[7] ^ d2, 6), rotate(a[13] ^ d3, 25),
        rotate(a[19] ^ d4, 8), rotate(a[20] ^ d0, 18));
    chi(e + 15, rotate(a[4] ^ d4, 27), rotate(a[5] ^ d0, 36), rotate(a[11] ^ d1, 10),
        rotate(a[17] ^ d2, 15), rotate(a[23] ^ d3, 56));
    chi(e + 20, rotate(a[2] ^ d2, 62), rotate(a[8] ^ d3, 55), rotate(a[14] ^ d4, 39),
        rotate(a[15] ^ d0, 41), rotate(a[21] ^ d1, 2));
}

ALWAYS_INLINE void permute(uint64_t lane[25])
{
    uint64_t a[25];
    uint64_t e[25];
    memcpy(a, lane, sizeof a);
    for (unsigned i = 0; i < KECCAK_ROUNDS; i += 2) {
        do_round(e, a, KECCAK_ROUND_CONSTANTS[i]);
        do_round(a, e, KECCAK_ROUND_CONSTANTS[i + 1]);
    }
    memcpy(lane, a, sizeof a);
}

static void permute_any(uint64_t lane[25])
{
    permute(lane);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t lane[25])
{
    permute(lane);
}
#endif

void keccak_f1600(uint64_t lane[25])
{
#if defined(__x86_64__)
    /* One load and a bit test; the branch is always predicted. */
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        permute_bmi(lane);
        return;
    }
#endif
    permute_any(lane);
}
