/* Goal: each implementation of keccak256_many gives the hash of each input, whatever stands beside it.
 * Method: each is forced and compared with keccak256, which test_keccak.c holds against OpenSSL. What this processor does not run is
 * skipped. Inputs are allocated to the byte, so that the address sanitizer sees a read beside one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak_internal.h"

enum { COUNT_MAX = 320 };

/* xorshift, so that every run sees the same. */
static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

struct batch {
    mm_bytes inputs[COUNT_MAX];
    void *blocks[COUNT_MAX];
    size_t count;
};

/* One more input, at an address that is a multiple of nothing. */
static void add(struct batch *batch, size_t len)
{
    cr_assert_lt(batch->count, COUNT_MAX);
    const size_t offset = next_random() % 16;
    uint8_t *block = malloc(offset + len + (offset + len == 0));
    cr_assert_not_null(block);
    for (size_t i = 0; i < len; i++)
        block[offset + i] = (uint8_t)(next_random() >> 24);
    batch->blocks[batch->count] = block;
    batch->inputs[batch->count++] = mm_bytes_from(len == 0 ? NULL : block + offset, len);
}

/* Hashes the batch and empties it. */
static void check(struct batch *batch, enum keccak_way way)
{
    mm_hash32 out[COUNT_MAX + 1];
    memset(out, 0xee, sizeof out);
    const mm_hash32 untouched = out[COUNT_MAX];
    keccak256_many_by(way, out, batch->inputs, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const mm_hash32 alone = keccak256(batch->inputs[i]);
        cr_assert(mm_hash_equal(&out[i], &alone), "%zu of %zu, length %zu", i, batch->count,
                  batch->inputs[i].len);
    }
    cr_assert(mm_hash_equal(&out[batch->count], &untouched));
    for (size_t i = 0; i < batch->count; i++)
        free(batch->blocks[i]);
    batch->count = 0;
}

static void skip_unless_it_runs(enum keccak_way way)
{
    if (keccak_way_runs(way))
        return;
    (void)fprintf(stderr, "SKIPPED: no %s here\n", keccak_way_name(way));
    cr_skip_test("no %s", keccak_way_name(way));
}

static void check_every_length(enum keccak_way way)
{
    struct batch batch = { .count = 0 };
    skip_unless_it_runs(way);
    for (size_t len = 0; len <= 300; len++) {
        for (size_t i = 0; i < 11; i++)
            add(&batch, len);
        check(&batch, way);
    }
    for (size_t len = 0; len <= 300; len++)
        add(&batch, len);
    check(&batch, way);
    for (size_t len = 301; len-- > 0;)
        add(&batch, len);
    check(&batch, way);
}

static void check_any_counts_and_lengths(enum keccak_way way)
{
    struct batch batch = { .count = 0 };
    skip_unless_it_runs(way);
    for (size_t round = 0; round < 10; round++) {
        for (size_t count = 0; count <= 40; count++) {
            for (size_t i = 0; i < count; i++)
                add(&batch, next_random() % 2001);
            check(&batch, way);
        }
    }
}

/* Every state ends at the border of a block, one before and one after, in every order that chance finds. */
static void check_block_borders(enum keccak_way way)
{
    static const size_t borders[] = { 0, 1, 134, 135, 136, 137, 271, 272, 273, 407, 408, 409 };
    struct batch batch = { .count = 0 };
    skip_unless_it_runs(way);
    for (size_t round = 0; round < 300; round++) {
        const size_t count = 1 + round % 20;
        for (size_t i = 0; i < count; i++)
            add(&batch, borders[next_random() % (sizeof borders / sizeof *borders)]);
        check(&batch, way);
    }
}

/* A long one keeps its state while the others come and go, and is the one left over. */
static void check_a_long_one_among_short_ones(enum keccak_way way)
{
    struct batch batch = { .count = 0 };
    skip_unless_it_runs(way);
    for (size_t place = 0; place < 20; place++) {
        for (size_t i = 0; i < 20; i++)
            add(&batch, i == place ? 50000 : next_random() % 300);
        check(&batch, way);
    }
}

/* The hashes that every Ethereum client knows, as in test_keccak.c. */
static void check_published_hashes(enum keccak_way way)
{
    static const struct {
        const char *text;
        const char *hash;
    } published[] = {
        { "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470" },
        { "abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45" },
        { "\xcc", "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a" },
        { "The quick brown fox jumps over the lazy dog",
          "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15" },
        { "The quick brown fox jumps over the lazy dog.",
          "578951e24efd62a3d63a86f7cd19aaa53c898fe287d2552133220370240b572d" },
        { "Transfer(address,address,uint256)",
          "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef" },
    };
    enum { PUBLISHED = sizeof published / sizeof *published, TIMES = 3 };
    mm_bytes inputs[TIMES * PUBLISHED];
    mm_hash32 out[TIMES * PUBLISHED];
    skip_unless_it_runs(way);
    for (size_t i = 0; i < TIMES * PUBLISHED; i++)
        inputs[i] = mm_bytes_str(published[i % PUBLISHED].text);
    keccak256_many_by(way, out, inputs, TIMES * PUBLISHED);
    for (size_t i = 0; i < TIMES * PUBLISHED; i++) {
        char text[65] = { 0 };
        hex_encode(text, mm_bytes_hash(&out[i]));
        cr_assert_str_eq(text, published[i % PUBLISHED].hash);
    }
}

#define EACH_WAY(name, check)                                                                      \
    Test(keccak_many, name##_scalar)                                                               \
    {                                                                                              \
        check(KECCAK_SCALAR);                                                                      \
    }                                                                                              \
    Test(keccak_many, name##_avx2)                                                                 \
    {                                                                                              \
        check(KECCAK_AVX2);                                                                        \
    }                                                                                              \
    Test(keccak_many, name##_avx512)                                                               \
    {                                                                                              \
        check(KECCAK_AVX512);                                                                      \
    }

EACH_WAY(every_length_is_hashed_right, check_every_length)
EACH_WAY(any_counts_and_lengths_are_hashed_right, check_any_counts_and_lengths)
EACH_WAY(ends_at_the_borders_of_blocks_are_hashed_right, check_block_borders)
EACH_WAY(a_long_one_among_short_ones_is_hashed_right, check_a_long_one_among_short_ones)
EACH_WAY(published_hashes_are_given, check_published_hashes)

Test(keccak_many, the_way_of_all_calls_can_be_set)
{
    const mm_bytes inputs[] = { MM_BYTES_LIT("a"), MM_BYTES_LIT("b"), MM_BYTES_LIT("c") };
    for (enum keccak_way way = KECCAK_SCALAR; way < KECCAK_WAYS; way++) {
        mm_hash32 out[3];
        if (!keccak_way_runs(way))
            continue;
        keccak_use(way);
        keccak256_many(out, inputs, 3);
        for (size_t i = 0; i < 3; i++) {
            const mm_hash32 alone = keccak256(inputs[i]);
            cr_assert(mm_hash_equal(&out[i], &alone));
        }
    }
}
