/* Keccak-f[1600] on one state, in 64-bit words. The text of keccak_round.h is compiled twice: BMI has and-not and a rotation
 * into another register, which chi and rho consist of. */
#include "state/crypto/keccak_internal.h"

#define KECCAK_INLINE static inline __attribute__((always_inline))

/* gcc would hold more of the state in registers than there are and move half of it to and fro; told that somebody may look at
 * the array between two rounds, it uses a word where it stands, and needs 390 instructions for two rounds instead of 550.
 * clang does better alone. */
#if defined(__clang__)
#define KECCAK_KEEP(state) ((void)0)
#else
#define KECCAK_KEEP(state) __asm__ volatile("" : : "r"(state) : "memory")
#endif

typedef uint64_t word;

KECCAK_INLINE word word_of(uint64_t constant)
{
    return constant;
}

KECCAK_INLINE word word_xor(word a, word b)
{
    return a ^ b;
}

KECCAK_INLINE word word_xor3(word a, word b, word c)
{
    return a ^ (b ^ c); /* theta has the same b ^ c for five words */
}

KECCAK_INLINE word word_rotate(word a, unsigned by)
{
    return a << by | a >> (64 - by);
}

KECCAK_INLINE word word_chi(word a, word b, word c)
{
    return a ^ (~b & c);
}

#include "state/crypto/keccak_round.h"

const uint64_t KECCAK_ROUND_CONSTANTS[KECCAK_ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static void permute_any(uint64_t state[25])
{
    all_rounds(state);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static void permute_bmi(uint64_t state[25])
{
    all_rounds(state);
}
#endif

void keccak_f1600(uint64_t state[25])
{
#if defined(__x86_64__)
    /* One load and a bit test; the branch is always predicted. */
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        permute_bmi(state);
        return;
    }
#endif
    permute_any(state);
}
