/* The sponge around the permutation: blocks of 136 bytes are XORed into the state, the last one padded with 0x01 … 0x80. */
#include "state/crypto/keccak.h"

#include <stdatomic.h>

#include "state/base/assert.h"
#include "state/crypto/keccak_internal.h"

/* Lanes are little-endian words of the input; the state is used as bytes and as words, which is the same only then. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are read as the host's words");
_Static_assert(sizeof((struct keccak *)0)->lane == 200, "Keccak-f[1600] has 200 bytes of state");

const mm_hash32 KECCAK_EMPTY = { { 0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                                   0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                                   0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70 } };
const mm_hash32 KECCAK_EMPTY_TRIE = { { 0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                        0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                        0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                        0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21 } };
const mm_hash32 KECCAK_EMPTY_LIST = { { 0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a,
                                        0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
                                        0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13,
                                        0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47 } };

static void absorb_block(uint64_t lane[25], const uint8_t *block)
{
    for (size_t i = 0; i < KECCAK_RATE_LANES; i++) {
        uint64_t word;
        memcpy(&word, block + 8 * i, sizeof word);
        lane[i] ^= word;
    }
    keccak_f1600(lane);
}

static void xor_bytes(struct keccak *k, const uint8_t *bytes, size_t len)
{
    uint8_t *state = (uint8_t *)k->lane + k->filled;
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t a;
        uint64_t b;
        memcpy(&a, state + i, sizeof a);
        memcpy(&b, bytes + i, sizeof b);
        a ^= b;
        memcpy(state + i, &a, sizeof a);
    }
    for (; i < len; i++)
        state[i] ^= bytes[i];
    k->filled += len;
}

void keccak_init(struct keccak *k)
{
    memset(k, 0, sizeof *k);
}

void keccak_update(struct keccak *k, mm_bytes piece)
{
    MM_ASSERT(k->filled < KECCAK_RATE_BYTES);
    const uint8_t *at = piece.ptr;
    size_t left = piece.len;
    if (k->filled + left < KECCAK_RATE_BYTES) {
        xor_bytes(k, at, left);
        return;
    }
    if (k->filled > 0) {
        const size_t room = KECCAK_RATE_BYTES - k->filled;
        xor_bytes(k, at, room);
        keccak_f1600(k->lane);
        k->filled = 0;
        at += room;
        left -= room;
    }
    for (; left >= KECCAK_RATE_BYTES; at += KECCAK_RATE_BYTES, left -= KECCAK_RATE_BYTES)
        absorb_block(k->lane, at);
    xor_bytes(k, at, left);
}

mm_hash32 keccak_final(struct keccak *k)
{
    MM_ASSERT(k->filled < KECCAK_RATE_BYTES);
    uint8_t *state = (uint8_t *)k->lane;
    state[k->filled] ^= 0x01;
    state[KECCAK_RATE_BYTES - 1] ^= 0x80;
    keccak_f1600(k->lane);
    mm_hash32 hash;
    memcpy(hash.b, k->lane, sizeof hash.b);
    return hash;
}

mm_hash32 keccak256(mm_bytes input)
{
    struct keccak k;
    keccak_init(&k);
    keccak_update(&k, input);
    return keccak_final(&k);
}

mm_hash32 keccak256_pair(mm_bytes first, mm_bytes second)
{
    struct keccak k;
    keccak_init(&k);
    keccak_update(&k, first);
    keccak_update(&k, second);
    return keccak_final(&k);
}

/* ---- many ---- */

static void many_scalar(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = keccak256(inputs[i]);
}

#if defined(__x86_64__)
/* How many are faster alone was measured (docs/decisions/0020-multi-buffer-keccak.md): a step of AVX2 takes as long as two and
 * a bit of the scalar permutation, one of AVX-512 on four states as long as one. */
static void many_avx2(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    static const struct keccak_side side = { .step = keccak_step_avx2,
                                             .states = 4,
                                             .alone_max = 2 };
    keccak_many_side(&side, out, inputs, count);
}

static void many_avx512(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    static const struct keccak_side side = { .step = keccak_step_avx512_8,
                                             .states = 8,
                                             .narrow_step = keccak_step_avx512_4,
                                             .narrow_states = 4,
                                             .alone_max = 1 };
    keccak_many_side(&side, out, inputs, count);
}
#endif

typedef void many_fn(mm_hash32 *out, const mm_bytes *inputs, size_t count);

static const struct {
    const char *name;
    many_fn *many; /* NULL: not for this architecture */
} ways[KECCAK_WAYS] = {
    [KECCAK_SCALAR] = { "scalar", many_scalar },
#if defined(__x86_64__)
    [KECCAK_AVX2] = { "AVX2", many_avx2 },
    [KECCAK_AVX512] = { "AVX-512", many_avx512 },
#else
    [KECCAK_AVX2] = { "AVX2", NULL },
    [KECCAK_AVX512] = { "AVX-512", NULL },
#endif
};

const char *keccak_way_name(enum keccak_way way)
{
    MM_ASSERT(way < KECCAK_WAYS);
    return ways[way].name;
}

bool keccak_way_runs(enum keccak_way way)
{
    switch (way) {
    case KECCAK_SCALAR:
        return true;
#if defined(__x86_64__)
    case KECCAK_AVX2:
        return __builtin_cpu_supports("avx2") != 0;
    case KECCAK_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
    case KECCAK_AVX2:
    case KECCAK_AVX512:
        return false;
#endif
    case KECCAK_WAYS:
        break;
    }
    MM_UNREACHABLE();
}

void keccak256_many_by(enum keccak_way way, mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    MM_ASSERT(keccak_way_runs(way));
    ways[way].many(out, inputs, count);
}

/* NULL before the first call. Threads may race to choose; they choose the same, and a pointer is stored whole. */
static many_fn *_Atomic chosen;

void keccak_use(enum keccak_way way)
{
    MM_ASSERT(keccak_way_runs(way));
    atomic_store_explicit(&chosen, ways[way].many, memory_order_relaxed);
}

void keccak256_many(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    if (atomic_load_explicit(&chosen, memory_order_relaxed) == NULL) {
        enum keccak_way way = KECCAK_WAYS - 1; /* the widest that this processor runs */
        while (!keccak_way_runs(way))
            way--;
        keccak_use(way);
    }
    atomic_load_explicit(&chosen, memory_order_relaxed)(out, inputs, count);
}
