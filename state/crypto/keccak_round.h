/* One round of Keccak-f[1600] (The Keccak reference 3.0, section 1.2) and all 24, written once for every implementation: a text
 * to be included by the .c file that has said what a word is.
 *
 *     word                  one 64-bit word of one state, or the same word of several states side by side
 *     word_of(u)            the constant u in each of them          word_xor(a, b)       a ^ b
 *     word_rotate(a, by)    a rotated to the left                   word_xor3(a, b, c)   a ^ b ^ c
 *     word_chi(a, b, c)     a ^ (~b & c)
 *     KECCAK_INLINE         static inline __attribute__((always_inline, target(…)))
 *     KECCAK_KEEP(state)    nothing, or what keeps the state where it is between rounds
 *
 * Two rounds are written out, from a to e and back, so that no word is ever moved: rho and pi are in which one is read and by
 * how much it is rotated. The arrays have constant indices only; the compiler keeps them in registers and stack slots. */
#include "state/crypto/keccak_internal.h"

/* chi on one row. */
KECCAK_INLINE void row(word *e, word b0, word b1, word b2, word b3, word b4)
{
    e[0] = word_chi(b0, b1, b2);
    e[1] = word_chi(b1, b2, b3);
    e[2] = word_chi(b2, b3, b4);
    e[3] = word_chi(b3, b4, b0);
    e[4] = word_chi(b4, b0, b1);
}

/* The parity of column x. */
KECCAK_INLINE word column(const word *a, unsigned x)
{
    return word_xor3(word_xor3(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]);
}

/* The word at index i, in column x, after theta, which adds the parities of the columns beside it. */
#define MIXED(i, x) word_xor3(a[i], c[((x) + 4) % 5], r[((x) + 1) % 5])

/* theta, rho, pi, chi, iota. Row y of e reads, at column x, the word that pi puts there. */
KECCAK_INLINE void do_round(word e[25], const word a[25], uint64_t constant)
{
    const word c[5] = { column(a, 0), column(a, 1), column(a, 2), column(a, 3), column(a, 4) };
    const word r[5] = { word_rotate(c[0], 1), word_rotate(c[1], 1), word_rotate(c[2], 1),
                        word_rotate(c[3], 1), word_rotate(c[4], 1) };
    // clang-format off
    row(e + 0, MIXED(0, 0), word_rotate(MIXED(6, 1), 44), word_rotate(MIXED(12, 2), 43),
        word_rotate(MIXED(18, 3), 21), word_rotate(MIXED(24, 4), 14));
    e[0] = word_xor(e[0], word_of(constant));
    row(e + 5, word_rotate(MIXED(3, 3), 28), word_rotate(MIXED(9, 4), 20), word_rotate(MIXED(10, 0), 3),
        word_rotate(MIXED(16, 1), 45), word_rotate(MIXED(22, 2), 61));
    row(e + 10, word_rotate(MIXED(1, 1), 1), word_rotate(MIXED(7, 2), 6), word_rotate(MIXED(13, 3), 25),
        word_rotate(MIXED(19, 4), 8), word_rotate(MIXED(20, 0), 18));
    row(e + 15, word_rotate(MIXED(4, 4), 27), word_rotate(MIXED(5, 0), 36), word_rotate(MIXED(11, 1), 10),
        word_rotate(MIXED(17, 2), 15), word_rotate(MIXED(23, 3), 56));
    row(e + 20, word_rotate(MIXED(2, 2), 62), word_rotate(MIXED(8, 3), 55), word_rotate(MIXED(14, 4), 39),
        word_rotate(MIXED(15, 0), 41), word_rotate(MIXED(21, 1), 2));
    // clang-format on
}
#undef MIXED

KECCAK_INLINE void all_rounds(word a[25])
{
    word e[25];
    for (unsigned i = 0; i < KECCAK_ROUNDS; i += 2) {
        KECCAK_KEEP(a);
        do_round(e, a, KECCAK_ROUND_CONSTANTS[i]);
        KECCAK_KEEP(e);
        do_round(a, e, KECCAK_ROUND_CONSTANTS[i + 1]);
    }
}
