/* A step on four states with AVX-512 in registers of 256 bits: three of them are worked on in a cycle, so that a step takes no
 * longer than one state in general registers, and half as long as with AVX2. */
#include "state/crypto/keccak_internal.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512vl")))
#define KECCAK_INLINE static inline __attribute__((always_inline)) TARGET
#define KECCAK_KEEP(state) ((void)0)

/* Tables of three inputs for vpternlogq: bit 4a + 2b + c is the result. */
enum { TABLE_XOR3 = 0x96, TABLE_CHI = 0xd2 };

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
    return _mm256_ternarylogic_epi64(a, b, c, TABLE_XOR3);
}

KECCAK_INLINE word word_chi(word a, word b, word c)
{
    return _mm256_ternarylogic_epi64(a, b, c, TABLE_CHI);
}

/* A macro, because the instruction has the number in it. */
#define word_rotate(a, by) _mm256_rol_epi64(a, by)

#include "state/crypto/keccak_round.h"

TARGET void keccak_step_avx512_4(struct keccak_states *states,
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
