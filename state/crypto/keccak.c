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

void keccak256_many_scalar(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = keccak256(inputs[i]);
}

/* The widest implementation this processor runs. */
static keccak_many_fn *choose_many(void)
{
    return keccak256_many_scalar;
}

void keccak256_many(mm_hash32 *out, const mm_bytes *inputs, size_t count)
{
    /* Threads may race to choose; they choose the same, and a pointer is stored whole. */
    static keccak_many_fn *_Atomic chosen;
    keccak_many_fn *many = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (many == NULL) {
        many = choose_many();
        atomic_store_explicit(&chosen, many, memory_order_relaxed);
    }
    many(out, inputs, count);
}
