/* A step on four states with AVX2. A rotation is two shifts and an OR, but by whole bytes, which one shuffle does. */
#include "state/crypto/keccak_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define KECCAK_INLINE static inline __attribute__((always_inline)) TARGET
#define KECCAK_KEEP(state) ((void)0)

enum { STATES = 4 };

typedef __m256i word;

KECCAK_INLINE word word_of(uint64_t constant)
{
    return _mm256_set1_epi64x((long long)constant);
}

KECCAK_INLINE word word_xor(word a, word b)
{
    return _mm256_xor_si256(a, b);
}

KECCAK_INLINE word word_xor3(word a, word b, word c)
{
    return word_xor(a, word_xor(b, c)); /* theta has the same b ^ c for five words */
}

KECCAK_INLINE word word_rotate(word a, int by)
{
    const word by_8 = _mm256_setr_epi8(7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, //
                                       7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14);
    const word by_56 = _mm256_setr_epi8(1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8, //
                                        1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8);
    if (by == 8)
        return _mm256_shuffle_epi8(a, by_8);
    if (by == 56)
        return _mm256_shuffle_epi8(a, by_56);
    return _mm256_or_si256(_mm256_slli_epi64(a, by), _mm256_srli_epi64(a, 64 - by));
}

KECCAK_INLINE word word_chi(word a, word b, word c)
{
    return word_xor(a, _mm256_andnot_si256(b, c));
}

#include "state/crypto/keccak_round.h"

KECCAK_INLINE void add_word(uint64_t *words, word keep, word input)
{
    const word old = _mm256_and_si256(_mm256_load_si256((const __m256i *)words), keep);
    _mm256_store_si256((__m256i *)words, word_xor(old, input));
}

KECCAK_INLINE word four_bytes_from(const uint8_t *const blocks[STATES], size_t at, unsigned state)
{
    return _mm256_loadu_si256((const __m256i_u *)(blocks[state] + at));
}

/* Words i … i + 3 of each block. They are read by block and used by word: a transposition of 4 by 4. */
KECCAK_INLINE void add_four_words(struct keccak_states *states, word keep,
                                  const uint8_t *const blocks[STATES], size_t i)
{
    const word b0 = four_bytes_from(blocks, 8 * i, 0);
    const word b1 = four_bytes_from(blocks, 8 * i, 1);
    const word b2 = four_bytes_from(blocks, 8 * i, 2);
    const word b3 = four_bytes_from(blocks, 8 * i, 3);
    const word even01 = _mm256_unpacklo_epi64(b0, b1); /* words 0 and 2 of blocks 0 and 1 */
    const word odd01 = _mm256_unpackhi_epi64(b0, b1);
    const word even23 = _mm256_unpacklo_epi64(b2, b3);
    const word odd23 = _mm256_unpackhi_epi64(b2, b3);
    add_word(states->word[i], keep, _mm256_permute2x128_si256(even01, even23, 0x20));
    add_word(states->word[i + 1], keep, _mm256_permute2x128_si256(odd01, odd23, 0x20));
    add_word(states->word[i + 2], keep, _mm256_permute2x128_si256(even01, even23, 0x31));
    add_word(states->word[i + 3], keep, _mm256_permute2x128_si256(odd01, odd23, 0x31));
}

KECCAK_INLINE long long word_at(const uint8_t *block, size_t i)
{
    long long value;
    memcpy(&value, block + 8 * i, sizeof value);
    return value;
}

TARGET void keccak_absorb_avx2(struct keccak_states *states,
                               const uint8_t *const blocks[KECCAK_STATES_MAX], unsigned kept)
{
    const word bits = _mm256_setr_epi64x(1, 2, 4, 8);
    const word keep = _mm256_cmpeq_epi64(_mm256_and_si256(word_of(kept), bits), bits);
    for (size_t i = 0; i < 16; i += 4)
        add_four_words(states, keep, blocks, i);
    add_word(states->word[16], keep,
             _mm256_setr_epi64x(word_at(blocks[0], 16), word_at(blocks[1], 16),
                                word_at(blocks[2], 16), word_at(blocks[3], 16)));
    for (size_t i = KECCAK_RATE_LANES; i < 25; i++)
        add_word(states->word[i], keep, _mm256_setzero_si256());
}

TARGET void keccak_step_avx2(struct keccak_states *states,
                             const uint8_t *const blocks[KECCAK_STATES_MAX], unsigned kept)
{
    word a[25];
    keccak_absorb_avx2(states, blocks, kept);
    for (size_t i = 0; i < 25; i++)
        a[i] = _mm256_load_si256((const __m256i *)states->word[i]);
    all_rounds(a);
    for (size_t i = 0; i < 25; i++)
        _mm256_store_si256((__m256i *)states->word[i], a[i]);
}

#endif
