#include <criterion/criterion.h>

#include "p2p/content/cid.h"
#include "p2p/content/varint.h"
#include "tests/lib/random.h"

static const char V0[] = "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH";
static const char V1[] = "bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4y";

static enum cid_verdict verdict_of(const char *text)
{
    struct cid cid;
    return cid_parse(&cid, mm_bytes_str(text));
}

#define DECODE(...)                                                                                \
    decode((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
static enum cid_verdict decode(const uint8_t *bytes, size_t len)
{
    struct cid cid;
    return cid_decode(&cid, (mm_bytes){ bytes, len });
}

Test(varint, has_one_form_for_each_value)
{
    static const uint64_t values[] = { 0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, INT64_MAX };
    for (size_t i = 0; i < MM_COUNT_OF(values); i++) {
        uint8_t bytes[VARINT_BYTES_MAX];
        uint64_t value;
        const size_t len = varint_put(bytes, values[i]);
        cr_assert_eq(len, varint_bytes(values[i]));
        cr_assert_eq(varint_read(&value, (mm_bytes){ bytes, len }), len);
        cr_assert_eq(value, values[i]);
        cr_assert_eq(varint_read(&value, (mm_bytes){ bytes, len - 1 }), 0);
    }
}

Test(varint, multiformats_refuses_padding_and_ten_bytes)
{
    uint64_t value;
    bool shortest = true;
    cr_assert_eq(varint_read(&value, MM_BYTES_LIT("\x80\x00")), 0);
    cr_assert_eq(varint_read_padded(&value, &shortest, MM_BYTES_LIT("\x81\x00")), 2);
    cr_assert(value == 1 && !shortest);
    uint8_t largest[VARINT_BYTES_MAX];
    cr_assert_eq(varint_put(largest, UINT64_MAX), 10);
    cr_assert_eq(varint_read(&value, MM_BYTES_OF(largest)), 0);
    cr_assert_eq(varint_read_padded(&value, &shortest, MM_BYTES_OF(largest)), 10);
    cr_assert_eq(value, UINT64_MAX);
    cr_assert_eq(varint_read_padded(&value, &shortest,
                                    MM_BYTES_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")),
                 0);
}

Test(multibase, gives_back_what_it_wrote_in_every_base)
{
    static const enum multibase bases[] = { MULTIBASE_BASE16, MULTIBASE_BASE32, MULTIBASE_BASE36,
                                            MULTIBASE_BASE58BTC, MULTIBASE_BASE64URL };
    struct test_random random = { 1 };
    for (size_t round = 0; round < 3000; round++) {
        uint8_t bytes[MULTIBASE_BYTES_MAX], back[MULTIBASE_BYTES_MAX];
        const size_t len = round < 1000 ? round % 257 : test_random_below(&random, 50);
        test_random_fill(&random, bytes, len);
        for (size_t zeros = test_random_below(&random, 4); zeros > 0 && zeros <= len; zeros--)
            bytes[zeros - 1] = 0;
        for (size_t i = 0; i < MM_COUNT_OF(bases); i++) {
            char text[MULTIBASE_TEXT_MAX];
            size_t back_len;
            const size_t text_len = multibase_encode(text, bases[i], (mm_bytes){ bytes, len });
            cr_assert_eq(multibase_decode(back, &back_len, mm_bytes_from(text, text_len)),
                         MULTIBASE_OK);
            cr_assert(mm_bytes_equal((mm_bytes){ bytes, len }, (mm_bytes){ back, back_len }));
        }
    }
}

Test(multibase, refuses_what_no_encoder_writes)
{
    uint8_t out[MULTIBASE_BYTES_MAX];
    size_t len;
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("f0")), MULTIBASE_NOT_CANONICAL);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("ba")), MULTIBASE_NOT_CANONICAL);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("bab")),
                 MULTIBASE_NOT_CANONICAL); /* left-over bits */
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("baa======")), MULTIBASE_BAD_CHARACTER);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("uAB")), MULTIBASE_NOT_CANONICAL);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("z0")), MULTIBASE_BAD_CHARACTER);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("B")), MULTIBASE_UNKNOWN);
    cr_assert_eq(multibase_decode(out, &len, MM_BYTES_LIT("")), MULTIBASE_UNKNOWN);
    char longest[3000];
    memset(longest, '1', sizeof longest);
    static const char prefixes[] = "fbkzu";
    for (size_t i = 0; i < 5; i++) {
        longest[0] = prefixes[i];
        memset(longest + 1, i == 1 || i == 4 ? 'a' : '9', sizeof longest - 1);
        cr_assert_eq(multibase_decode(out, &len, MM_BYTES_OF(longest)), MULTIBASE_TOO_LONG);
        cr_assert_eq(len, 0);
    }
}

Test(cid, v0_and_v1_name_the_same_block)
{
    struct cid v0, v1, back;
    cr_assert_eq(cid_parse(&v0, mm_bytes_str(V0)), CID_OK);
    cr_assert_eq(cid_parse(&v1, mm_bytes_str(V1)), CID_OK);
    cr_assert(cid_same_block(&v0, &v1) && !cid_equal(&v0, &v1));
    const struct cid raised = cid_as_v1(&v0);
    cr_assert(cid_equal(&raised, &v1));
    cr_assert(cid_as_v0(&back, &v1) && cid_equal(&back, &v0));
    v1.codec = CID_RAW;
    cr_assert(!cid_as_v0(&back, &v1));
}

Test(cid, is_read_in_every_base_and_written_back)
{
    struct cid cid, again;
    cr_assert_eq(cid_parse(&cid, mm_bytes_str(V1)), CID_OK);
    static const enum multibase bases[] = { MULTIBASE_BASE16, MULTIBASE_BASE32, MULTIBASE_BASE36,
                                            MULTIBASE_BASE58BTC, MULTIBASE_BASE64URL };
    for (size_t i = 0; i < MM_COUNT_OF(bases); i++) {
        char text[CID_TEXT_MAX + 1];
        const size_t len = cid_to_text(text, &cid, bases[i]);
        cr_assert_eq(cid_parse(&again, mm_bytes_from(text, len)), CID_OK);
        cr_assert(cid_equal(&cid, &again));
    }
}

Test(cid, the_longest_identity_cid_has_a_text)
{
    struct cid cid = { .version = 1,
                       .codec = (uint64_t)1 << 62,
                       .hash = { .code = MULTIHASH_IDENTITY, .len = 128 } };
    memset(cid.hash.digest, 0xff, 128);
    char text[CID_TEXT_MAX + 1];
    const size_t len = cid_to_text(text, &cid, MULTIBASE_BASE16);
    struct cid again;
    cr_assert_eq(cid_parse(&again, mm_bytes_from(text, len)), CID_OK);
    cr_assert(cid_equal(&cid, &again));
}

Test(cid, text_that_is_no_cid_is_refused_by_name)
{
    cr_assert_eq(verdict_of(""), CID_EMPTY);
    cr_assert_eq(verdict_of("b"), CID_EMPTY);
    cr_assert_eq(verdict_of("Xabc"), CID_BAD_BASE);
    cr_assert_eq(verdict_of("BAFYBEIF7ZTNHQ65LUMVVTR4EKCWD2IFWGM3AWQ4ZFR3SRH462RWYINLB4Y"),
                 CID_BAD_BASE);
    cr_assert_eq(verdict_of("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ0"), CID_BAD_TEXT);
    cr_assert_eq(verdict_of("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ"),
                 CID_BAD_BASE); /* 45 characters */
    cr_assert_eq(verdict_of("bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4"),
                 CID_BAD_TEXT);
    cr_assert_eq(verdict_of("bafybeif7ztnhq65lumvvtr4ekcwd2ifwgm3awq4zfr3srh462rwyinlb4yaa"),
                 CID_TRAILING_BYTES);
    /* the v0 bytes with a prefix in front */
    cr_assert_eq(verdict_of("zQmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"), CID_BAD_VERSION);
    /* sha1 */
    cr_assert_eq(verdict_of("f01551114e861e452cfd84dca9a176258c3d06e020a0c93d8"), CID_UNSUPPORTED);
    /* the gateway probe: an empty identity CID */
    cr_assert_eq(verdict_of("bafkqaaa"), CID_OK);
}

Test(cid, bytes_that_are_no_cid_are_refused_by_name)
{
    cr_assert_eq(decode(NULL, 0), CID_EMPTY);
    cr_assert_eq(DECODE(0x00, 0x55, 0x00, 0x00), CID_BAD_VERSION);
    cr_assert_eq(DECODE(0x02, 0x55, 0x00, 0x00), CID_BAD_VERSION);
    cr_assert_eq(DECODE(0x03, 0x55, 0x00, 0x00), CID_BAD_VERSION);
    cr_assert_eq(DECODE(0x81, 0x00, 0x55, 0x00, 0x00), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01, 0xd5, 0x00, 0x00, 0x00), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01, 0x55, 0x80, 0x00, 0x00), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01, 0x55, 0x00, 0x80, 0x00), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01, 0x55), CID_BAD_VARINT);
    cr_assert_eq(DECODE(0x01, 0x55, 0x12, 0x20, 0x00), CID_TRUNCATED);
    cr_assert_eq(DECODE(0x12, 0x20, 0x00), CID_TRUNCATED);
    cr_assert_eq(DECODE(0x01, 0x55, 0x12, 0x01, 0x00), CID_BAD_DIGEST);
    cr_assert_eq(DECODE(0x01, 0x55, 0x00, 0x81, 0x01), CID_BAD_DIGEST); /* 129 bytes of identity */
    cr_assert_eq(DECODE(0x01, 0x55, 0x00, 0x01, 0xaa, 0xbb), CID_TRAILING_BYTES);
    cr_assert_eq(DECODE(0x01, 0x55, 0x11, 0x01, 0xaa, 0xbb), CID_TRAILING_BYTES);
    cr_assert_eq(DECODE(0x01, 0x55, 0x11, 0x01, 0xaa), CID_UNSUPPORTED);
    cr_assert_eq(DECODE(0x01, 0x55, 0x00, 0x01, 0xaa), CID_OK);
}

Test(cid, the_front_of_a_section_is_measured)
{
    struct cid cid;
    size_t used;
    cr_assert_eq(cid_decode_front(&cid, &used, MM_BYTES_LIT("\x01\x55\x00\x02hiblock")), CID_OK);
    cr_assert_eq(used, 6);
    cr_assert_eq(cid_decode_front(&cid, &used, MM_BYTES_LIT("\x01\x55\x11\x02hiblock")),
                 CID_UNSUPPORTED);
    cr_assert_eq(used, 6);
    cr_assert_eq(cid_decode_front(&cid, &used, MM_BYTES_LIT("\x01\x55\x12\x02hiblock")),
                 CID_BAD_DIGEST);
    cr_assert_eq(used, 0);
}

Test(multihasher, agrees_on_parts_and_refuses_other_bytes)
{
    struct multihasher *hasher = multihasher_new();
    static const uint64_t codes[] = { MULTIHASH_SHA2_256, MULTIHASH_SHA2_512, MULTIHASH_BLAKE2B_256,
                                      MULTIHASH_IDENTITY };
    const mm_bytes whole = MM_BYTES_LIT("hello world");
    const mm_bytes parts[] = { MM_BYTES_LIT("hel"), MM_BYTES_LIT(""), MM_BYTES_LIT("lo world") };
    for (size_t i = 0; i < MM_COUNT_OF(codes); i++) {
        struct multihash one, three;
        cr_assert_eq(multihasher_digest(hasher, &one, codes[i], &whole, 1), MM_OK);
        cr_assert_eq(multihasher_digest(hasher, &three, codes[i], parts, 3), MM_OK);
        cr_assert(multihash_equal(&one, &three));
        cr_assert_eq(multihasher_check(hasher, &one, whole), MM_OK);
        cr_assert_eq(multihasher_check(hasher, &one, MM_BYTES_LIT("hello worle")), MM_ERR_CORRUPT);
    }
    struct multihash none;
    cr_assert_eq(multihasher_digest(hasher, &none, 0x11, &whole, 1), MM_ERR_INVALID);
    const uint8_t long_content[129] = { 0 };
    const mm_bytes too_long = MM_BYTES_OF(long_content);
    cr_assert_eq(multihasher_digest(hasher, &none, MULTIHASH_IDENTITY, &too_long, 1),
                 MM_ERR_INVALID);
    /* RFC 7693 has blake2b-512 only; this is b2sum -l 256 of "hello world" */
    cr_assert_eq(multihasher_digest(hasher, &none, MULTIHASH_BLAKE2B_256, &whole, 1), MM_OK);
    cr_assert_eq(memcmp(none.digest, "\x25\x6c\x83\xb2\x97\x11\x4d\x20", 8), 0);
    multihasher_free(hasher);
}
