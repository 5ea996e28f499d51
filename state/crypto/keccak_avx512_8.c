/* A step on eight states with AVX-512: the 25 words stand in 25 of the 32 registers. */
#include "state/crypto/keccak_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define KECCAK_INLINE static inline __attribute__((always_inline)) TARGET
#define KECCAK_KEEP(state) ((void)0)

/* Tables of three inputs for vpternlogq: bit 4a + 2b + c is the result. */
enum { TABLE_XOR3 = 0x96, TABLE_CHI = 0xd2, STATES = 8 };

typedef __m512i word;

KECCAK_INLINE word word_of(uint64_t constant)
{
    return _mm512_set1_epi64((long long)constant);
}

KECCAK_INLINE word word_xor(word a, word b)
{
    return _mm512_xor_si512(a, b);
}

KECCAK_INLINE word word_xor3(word a, word b, word c)
{
    return _mm512_ternarylogic_epi64(a, b, c, TABLE_XOR3);
}

KECCAK_INLINE word word_chi(word a, word b, word c)
{
    return _mm512_ternarylogic_epi64(a, b, c, TABLE_CHI);
}

/* A macro, because the instruction has the number in it. */
#define word_rotate(a, by) _mm512_rol_epi64(a, by)

#include "state/crypto/keccak_round.h"

/* Eight words of each block. They are read by block and used by word: a transposition of 8 by 8, by pairs of words (unpack),
 * then twice by pairs of 128 bits: 0x88 takes the even ones of both operands, 0xdd the odd ones. */
KECCAK_INLINE void transpose(word out[8], const uint8_t *const blocks[STATES], size_t at)
{
    word b[STATES];
    word even[STATES / 2]; /* words 0, 2, 4, 6 of two blocks */
    word odd[STATES / 2];
    for (unsigned s = 0; s < STATES; s++)
        b[s] = _mm512_loadu_si512(blocks[s] + at);
    for (unsigned s = 0; s < STATES / 2; s++) {
        even[s] = _mm512_unpacklo_epi64(b[2 * s], b[2 * s + 1]);
        odd[s] = _mm512_unpackhi_epi64(b[2 * s], b[2 * s + 1]);
    }
    for (unsigned i = 0; i < 2; i++) {
        const word *half = i == 0 ? even : odd;
        const word w04_low = _mm512_shuffle_i64x2(half[0], half[1], 0x88);
        const word w26_low = _mm512_shuffle_i64x2(half[0], half[1], 0xdd);
        const word w04_high = _mm512_shuffle_i64x2(half[2], half[3], 0x88);
        const word w26_high = _mm512_shuffle_i64x2(half[2], half[3], 0xdd);
        out[i] = _mm512_shuffle_i64x2(w04_low, w04_high, 0x88);
        out[i + 2] = _mm512_shuffle_i64x2(w26_low, w26_high, 0x88);
        out[i + 4] = _mm512_shuffle_i64x2(w04_low, w04_high, 0xdd);
        out[i + 6] = _mm512_shuffle_i64x2(w26_low, w26_high, 0xdd);
    }
}

KECCAK_INLINE long long word_at(const uint8_t *block, size_t i)
{
    long long value;
    memcpy(&value, block + 8 * i, sizeof value);
    return value;
}

TARGET void keccak_step_avx512_8(struct keccak_states *states,
                                 const uint8_t *const blocks[KECCAK_STATES_MAX], unsigned kept)
{
    word a[25];
    word input[17];
    transpose(input, blocks, 0);
    transpose(input + 8, blocks, 64);
    input[16] =
        _mm512_setr_epi64(word_at(blocks[0], 16), word_at(blocks[1], 16), word_at(blocks[2], 16),
                          word_at(blocks[3], 16), word_at(blocks[4], 16), word_at(blocks[5], 16),
                          word_at(blocks[6], 16), word_at(blocks[7], 16));
    for (size_t i = 0; i < 25; i++)
        a[i] = _mm512_maskz_load_epi64((__mmask8)kept, states->word[i]);
    for (size_t i = 0; i < KECCAK_RATE_LANES; i++)
        a[i] = word_xor(a[i], input[i]);
    all_rounds(a);
    for (size_t i = 0; i < 25; i++)
        _mm512_store_si512(states->word[i], a[i]);
}

#endif
