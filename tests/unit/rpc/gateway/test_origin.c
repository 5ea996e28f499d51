/* Host names that are roots. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "rpc/gateway/origin.h"

static const char V0[] = "QmWvY6FaqFMS89YAQ9NAPjVP4WZKA1qbHbicc9HeSKQTgt";

static struct cid cid_of(const char *text)
{
    struct cid cid;
    cr_assert_eq(cid_parse(&cid, mm_bytes_str(text)), CID_OK);
    return cid;
}

/* A CID with a digest of this function and length. */
static struct cid made(uint64_t codec, uint64_t function, uint8_t len)
{
    struct cid cid = { .codec = codec, .version = 1, .hash = { .code = function, .len = len } };
    memset(cid.hash.digest, 0xa5, len);
    return cid;
}

static enum origin_verdict parse(const char *host)
{
    struct cid cid;
    return origin_parse(&cid, mm_bytes_str(host));
}

Test(origin, writes_a_cid_in_lower_case_and_at_most_63_characters)
{
    char label[ORIGIN_LABEL_MAX + 1];
    struct cid cid = cid_of(V0);
    cr_assert(origin_label(label, &cid));
    cr_expect_eq(label[0], 'b');
    cr_expect_eq(strlen(label), 59);
    cid = made(CID_DAG_JSON, MULTIHASH_BLAKE2B_256, 32);
    cr_assert(origin_label(label, &cid));
    cr_expect_eq(label[0], 'k', "%s", label);
    cr_expect_leq(strlen(label), 63);
    struct cid again = cid_of(label);
    cr_expect(cid_equal(&cid, &again));
    cid = made(CID_RAW, MULTIHASH_SHA2_512, 64);
    cr_expect_not(origin_label(label, &cid));
    cr_expect_str_empty(label);
}

Test(origin, reads_back_what_it_wrote)
{
    const struct cid cids[] = { cid_of(V0), made(CID_DAG_JSON, MULTIHASH_BLAKE2B_256, 32),
                                cid_of("bafkqaaa") };
    for (size_t i = 0; i < MM_COUNT_OF(cids); i++) {
        char label[ORIGIN_LABEL_MAX + 1];
        char host[200];
        struct cid read;
        cr_assert(origin_label(label, &cids[i]));
        static const char *const ends[] = { ".ipfs.localhost", ".ipfs.localhost:8080",
                                            ".IPFS.LocalHost.", ".ipfs.localhost.:1" };
        for (size_t j = 0; j < MM_COUNT_OF(ends); j++) {
            (void)snprintf(host, sizeof host, "%s%s", label, ends[j]);
            cr_expect_eq(origin_parse(&read, mm_bytes_str(host)), ORIGIN_OK, "%s", host);
            cr_expect(cid_same_block(&read, &cids[i]));
            cr_expect_eq(read.codec, cids[i].codec);
        }
        for (char *at = label; *at != '\0'; at++)
            *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        (void)snprintf(host, sizeof host, "%s.ipfs.localhost", label);
        cr_expect_eq(parse(host), ORIGIN_OK, "%s", host);
    }
}

Test(origin, knows_a_cid_that_is_written_in_another_way)
{
    char text[CID_TEXT_MAX + 1];
    char host[CID_TEXT_MAX + 30];
    const struct cid v1 = made(CID_RAW, MULTIHASH_SHA2_256, 32);
    static const enum multibase bases[] = { MULTIBASE_BASE36, MULTIBASE_BASE58BTC,
                                            MULTIBASE_BASE16 };
    for (size_t i = 0; i < MM_COUNT_OF(bases); i++) {
        (void)cid_to_text(text, &v1, bases[i]);
        (void)snprintf(host, sizeof host, "%s.ipfs.localhost:80", text);
        cr_expect_eq(parse(host), ORIGIN_OTHER, "%s", host);
    }
    (void)snprintf(host, sizeof host, "%s.ipfs.localhost", V0);
    cr_expect_eq(parse(host), ORIGIN_OTHER);
    /* Too long for a label, and so without an origin of its own. */
    const struct cid long_one = made(CID_RAW, MULTIHASH_SHA2_512, 64);
    (void)cid_to_text(text, &long_one, MULTIBASE_BASE36);
    (void)snprintf(host, sizeof host, "%s.ipfs.localhost", text);
    cr_expect_eq(parse(host), ORIGIN_OTHER);
}

Test(origin, leaves_other_hosts_alone)
{
    static const char *const none[] = { "",
                                        "localhost",
                                        "localhost:8080",
                                        "127.0.0.1:8080",
                                        "[::1]",
                                        "ipfs.localhost",
                                        ".ipfs.localhost",
                                        "bafkqaaa.ipfs.localhost.example",
                                        "bafkqaaa.xipfs.localhost",
                                        "bafkqaaa.localhost",
                                        "bafkqaaa.ipfs.example" };
    static const char *const bad[] = { "x.ipfs.localhost", "a.bafkqaaa.ipfs.localhost",
                                       "bafkqaa.ipfs.localhost", "www.ipfs.localhost:8080" };
    for (size_t i = 0; i < MM_COUNT_OF(none); i++)
        cr_expect_eq(parse(none[i]), ORIGIN_NONE, "%s", none[i]);
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        cr_expect_eq(parse(bad[i]), ORIGIN_BAD, "%s", bad[i]);
}
