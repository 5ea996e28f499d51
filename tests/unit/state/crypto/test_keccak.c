#include "state/crypto/keccak.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak_internal.h"

static uint8_t message[4096];

/* Bytes without a pattern the sponge could share; xorshift, so that every run sees the same. */
static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void fill_message(void)
{
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(next_random() >> 24);
}

static void assert_hash(mm_hash32 hash, const char *expected)
{
    char text[65] = { 0 };
    hex_encode(text, mm_bytes_hash(&hash));
    cr_assert_str_eq(text, expected);
}

/* Published: the Keccak team's known answers of the third round, and the values every Ethereum client knows. */
Test(keccak, gives_the_published_hashes)
{
    assert_hash(keccak256(mm_bytes_str("")),
                "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_hash(keccak256(mm_bytes_str("abc")),
                "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_hash(keccak256(MM_BYTES_LIT("\xcc")),
                "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
    assert_hash(keccak256(mm_bytes_str("The quick brown fox jumps over the lazy dog")),
                "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
    assert_hash(keccak256(mm_bytes_str("The quick brown fox jumps over the lazy dog.")),
                "578951e24efd62a3d63a86f7cd19aaa53c898fe287d2552133220370240b572d");
    assert_hash(keccak256(mm_bytes_str("Transfer(address,address,uint256)")),
                "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

Test(keccak, constants_are_the_hashes_they_are_named_for)
{
    const mm_hash32 of_nothing = keccak256((mm_bytes){ NULL, 0 });
    const mm_hash32 of_string = keccak256(MM_BYTES_LIT("\x80"));
    const mm_hash32 of_list = keccak256(MM_BYTES_LIT("\xc0"));
    cr_assert(mm_hash_equal(&KECCAK_EMPTY, &of_nothing));
    cr_assert(mm_hash_equal(&KECCAK_EMPTY_TRIE, &of_string));
    cr_assert(mm_hash_equal(&KECCAK_EMPTY_LIST, &of_list));
}

/* SHA3-256 is the same sponge with another first padding byte, so OpenSSL's checks ours at every length. */
static mm_hash32 sha3_by_our_sponge(mm_bytes input)
{
    struct keccak k;
    keccak_init(&k);
    keccak_update(&k, input);
    ((uint8_t *)k.lane)[k.filled] ^= 0x06;
    ((uint8_t *)k.lane)[KECCAK_RATE_BYTES - 1] ^= 0x80;
    keccak_f1600(k.lane);
    mm_hash32 hash;
    memcpy(hash.b, k.lane, sizeof hash.b);
    return hash;
}

Test(keccak, sponge_agrees_with_openssl_sha3_at_every_length)
{
    fill_message();
    for (size_t len = 0; len <= 1000; len++) {
        const mm_hash32 ours = sha3_by_our_sponge(mm_bytes_from(message, len));
        mm_hash32 theirs;
        unsigned size = 0;
        cr_assert_eq(EVP_Digest(message, len, theirs.b, &size, EVP_sha3_256(), NULL), 1);
        cr_assert(mm_hash_equal(&ours, &theirs), "length %zu", len);
    }
}

Test(keccak, final_pads_as_the_sponge_does)
{
    /* What the test above cannot see: the padding byte of keccak_final, beside, at and past the end of a block. */
    fill_message();
    for (size_t len = 0; len <= 300; len++) {
        uint8_t padded[3 * KECCAK_RATE_BYTES] = { 0 };
        memcpy(padded, message, len);
        const size_t blocks = len / KECCAK_RATE_BYTES + 1;
        padded[len] ^= 0x01;
        padded[blocks * KECCAK_RATE_BYTES - 1] ^= 0x80;
        struct keccak k;
        keccak_init(&k);
        keccak_update(&k, mm_bytes_from(padded, blocks * KECCAK_RATE_BYTES));
        cr_assert_eq(k.filled, 0);
        const mm_hash32 hash = keccak256(mm_bytes_from(message, len));
        cr_assert_eq(memcmp(hash.b, k.lane, sizeof hash.b), 0, "length %zu", len);
    }
}

Test(keccak, pieces_of_any_size_give_the_hash_of_the_whole)
{
    fill_message();
    for (size_t len = 0; len <= 300; len++) {
        const mm_hash32 whole = keccak256(mm_bytes_from(message, len));
        for (int round = 0; round < 20; round++) {
            struct keccak k;
            keccak_init(&k);
            for (size_t at = 0; at < len;) {
                size_t piece = (size_t)(next_random() % 160);
                piece = piece < len - at ? piece : len - at;
                keccak_update(&k, mm_bytes_from(message + at, piece));
                at += piece;
            }
            keccak_update(&k, (mm_bytes){ NULL, 0 });
            const mm_hash32 pieces = keccak_final(&k);
            cr_assert(mm_hash_equal(&whole, &pieces), "length %zu", len);
        }
    }
}

Test(keccak, pair_is_the_hash_of_both_behind_each_other)
{
    fill_message();
    for (size_t cut = 0; cut <= 280; cut++) {
        const mm_hash32 whole = keccak256(mm_bytes_from(message, 280));
        const mm_hash32 pair =
            keccak256_pair(mm_bytes_from(message, cut), mm_bytes_from(message + cut, 280 - cut));
        cr_assert(mm_hash_equal(&whole, &pair));
    }
}

/* Whatever implementation stands behind it: counts that fill its lanes and counts that do not, lengths alike and mixed. */
Test(keccak, many_at_once_give_the_hashes_of_each)
{
    fill_message();
    enum { COUNT_MAX = 40 };
    mm_bytes inputs[COUNT_MAX];
    mm_hash32 out[COUNT_MAX + 1];
    for (size_t count = 0; count <= COUNT_MAX; count++) {
        for (int mixed = 0; mixed < 2; mixed++) {
            for (size_t i = 0; i < count; i++) {
                const size_t len = mixed ? (size_t)(next_random() % 700) : 100 + count * 7;
                inputs[i] = mm_bytes_from(message + next_random() % 3000, len);
            }
            memset(out, 0xee, sizeof out);
            keccak256_many(out, inputs, count);
            for (size_t i = 0; i < count; i++) {
                const mm_hash32 one = keccak256(inputs[i]);
                cr_assert(mm_hash_equal(&out[i], &one), "%zu of %zu", i, count);
            }
            cr_assert_eq(out[count].b[0], 0xee);
        }
    }
}
