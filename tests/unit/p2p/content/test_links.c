#include <criterion/criterion.h>

#include "p2p/content/links.h"

struct told {
    size_t count;
    size_t stop_after;
    uint8_t last[4]; /* last byte of each digest */
};

static bool hear(void *context, const struct cid *cid)
{
    struct told *told = context;
    cr_assert_lt(told->count, sizeof told->last);
    told->last[told->count++] = cid->hash.digest[cid->hash.len - 1];
    return told->count != told->stop_after;
}

static enum links_verdict links(struct told *told, enum cid_codec codec, mm_bytes block)
{
    const struct cid cid = { .version = 1, .codec = codec };
    told->count = 0;
    return content_links(&cid, block, &(struct links_listener){ told, hear });
}

#define CID_OF(byte) "\x01\x55\x00\x01" byte
#define CBOR_LINK(byte) "\xd8\x2a\x46\x00" CID_OF(byte)

Test(links, of_dag_pb_are_its_hashes)
{
    struct told told = { 0 };
    const mm_bytes block =
        MM_BYTES_LIT("\x12\x07\x0a\x05" CID_OF("a") "\x12\x07\x0a\x05" CID_OF("b") "\x0a\x00");
    cr_assert_eq(links(&told, CID_DAG_PB, block), LINKS_OK);
    cr_assert(told.count == 2 && memcmp(told.last, "ab", 2) == 0);
    told.stop_after = 1;
    cr_assert_eq(links(&told, CID_DAG_PB, block), LINKS_STOPPED);
    cr_assert_eq(told.count, 1);
    cr_assert_eq(links(&told, CID_DAG_PB, MM_BYTES_LIT("\x12\x00")), LINKS_MALFORMED);
    cr_assert_eq(links(&told, CID_RAW, block), LINKS_OK);
    cr_assert_eq(told.count, 0);
}

Test(links, of_dag_cbor_are_found_at_any_depth)
{
    struct told told = { 0 };
#define CBOR(literal) links(&told, CID_DAG_CBOR, MM_BYTES_LIT(literal))
    cr_assert_eq(CBOR(CBOR_LINK("a")), LINKS_OK);
    cr_assert_eq(told.count, 1);
    cr_assert_eq(CBOR("\xa2\x61"
                      "a\x82" CBOR_LINK("x") "\xf6\x61"
                                             "b\x81\xa1\x61"
                                             "c" CBOR_LINK("y")),
                 LINKS_OK);
    cr_assert(told.count == 2 && memcmp(told.last, "xy", 2) == 0);
    cr_assert_eq(CBOR("\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00"), LINKS_OK); /* 1.0 */
    cr_assert_eq(CBOR(""), LINKS_MALFORMED);
    cr_assert_eq(CBOR("\xa0\xa0"), LINKS_MALFORMED);
    cr_assert_eq(CBOR("\x82\x01"), LINKS_MALFORMED);
    cr_assert_eq(CBOR("\x9f\xff"), LINKS_MALFORMED);                 /* of indefinite length */
    cr_assert_eq(CBOR("\x18\x01"), LINKS_MALFORMED);                 /* not the shortest */
    cr_assert_eq(CBOR("\xc1\x01"), LINKS_MALFORMED);                 /* another tag */
    cr_assert_eq(CBOR("\xd8\x2a\x01"), LINKS_MALFORMED);             /* a link that is a number */
    cr_assert_eq(CBOR("\xd8\x2a\x45" CID_OF("a")), LINKS_MALFORMED); /* without the zero byte */
    cr_assert_eq(CBOR("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"), LINKS_MALFORMED);
    static uint8_t deep[100000];
    memset(deep, 0x81, sizeof deep);
    deep[sizeof deep - 1] = 0x80;
    cr_assert_eq(links(&told, CID_DAG_CBOR, MM_BYTES_OF(deep)), LINKS_OK);
}

Test(links, of_dag_json_are_found_at_any_depth)
{
    struct told told = { 0 };
#define JSON(literal) links(&told, CID_DAG_JSON, MM_BYTES_LIT(literal))
    cr_assert_eq(JSON("{\"/\":\"bafkqaalb\"}"), LINKS_OK);
    cr_assert_eq(told.count, 1);
    cr_assert_eq(told.last[0], 'a');
    cr_assert_eq(JSON("{\"a\":[1,{\"/\":\"bafkqaalb\"},[]],\"b\":{\"c\":{\"/\":\"bafkqaalc\"}},\"/"
                      "\":\"not alone\"}"),
                 LINKS_OK);
    cr_assert(told.count == 2 && memcmp(told.last, "ab", 2) == 0);
    cr_assert_eq(JSON("{\"/\":{\"bytes\":\"AQ\"}}"), LINKS_OK);
    cr_assert_eq(told.count, 0);
    cr_assert_eq(JSON("7"), LINKS_OK);
    cr_assert_eq(JSON("{\"/\":\"no cid\"}"), LINKS_MALFORMED);
    cr_assert_eq(JSON("{"), LINKS_MALFORMED);
}
