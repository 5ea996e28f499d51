#include <criterion/criterion.h>

#include "p2p/content/car.h"

#define HEADER_V1 "\x1a\xa2\x65roots\x81\xd8\x2a\x46\x00\x01\x55\x00\x01r\x67version\x01"
#define SECTION                                                                                    \
    "\x08\x01\x55\x00\x02hi\x00\x01" /* an identity CID of "hi"; the block is two bytes */
#define PRAGMA_V2 "\x0a\xa1\x67version\x02"

/* All blocks of a CAR handed over in pieces; the last verdict. */
static enum car_verdict feed(mm_bytes car, size_t piece, size_t *blocks)
{
    struct car_reader *reader = car_reader_new();
    enum car_verdict verdict = CAR_MORE;
    *blocks = 0;
    for (size_t at = 0; at < car.len && verdict == CAR_MORE; at += piece) {
        mm_bytes in = { car.ptr + at, car.len - at < piece ? car.len - at : piece };
        struct cid cid;
        mm_bytes block;
        while ((verdict = car_feed(reader, &cid, &block, &in)) == CAR_BLOCK)
            ++*blocks;
        cr_assert(verdict != CAR_MORE || in.len == 0);
    }
    if (verdict == CAR_MORE)
        verdict = car_finish(reader);
    else
        cr_assert_eq(car_finish(reader), verdict);
    car_reader_free(reader);
    return verdict;
}

static enum car_verdict verdict_of(mm_bytes car)
{
    size_t blocks, same;
    const enum car_verdict verdict = feed(car, car.len, &blocks);
    for (size_t piece = 1; piece < 8; piece++) {
        cr_assert_eq(feed(car, piece, &same), verdict);
        cr_assert_eq(same, blocks);
    }
    return verdict;
}
#define CAR(literal) verdict_of(MM_BYTES_LIT(literal))

Test(car, each_rule_has_its_verdict)
{
    cr_assert_eq(CAR(HEADER_V1), CAR_OK);
    cr_assert_eq(CAR(HEADER_V1 SECTION SECTION), CAR_OK);
    cr_assert_eq(CAR("\x1c"), CAR_TRUNCATED);
    cr_assert_eq(CAR("\x9c\x00"), CAR_BAD_VARINT);
    cr_assert_eq(CAR("\x00"), CAR_BAD_HEADER);
    cr_assert_eq(CAR("\x81\x80\x80\x01"), CAR_TOO_LARGE);
    cr_assert_eq(CAR("\x02\x81\x01"), CAR_BAD_HEADER);            /* a list */
    cr_assert_eq(CAR("\x0a\xa1\x67version\x01"), CAR_BAD_HEADER); /* no roots */
    cr_assert_eq(CAR("\x11\xa2\x65roots\x80\x67version\x01"), CAR_OK);
    cr_assert_eq(CAR("\x11\xa2\x65roots\x80\x67version\x03"), CAR_BAD_VERSION);
    cr_assert_eq(CAR("\x11\xa2\x65roots\x80\x65roots\x80\x00\x00"), CAR_BAD_HEADER);
    cr_assert_eq(CAR("\x12\xa2\x65roots\x80\x67version\x18\x01"),
                 CAR_BAD_HEADER); /* not the shortest form */
    cr_assert_eq(CAR(HEADER_V1 "\x00"), CAR_BAD_SECTION);
    cr_assert_eq(CAR(HEADER_V1 "\x01x"), CAR_BAD_SECTION);
    cr_assert_eq(CAR(HEADER_V1 "\x81\x82\x80\x01"), CAR_TOO_LARGE);
    cr_assert_eq(CAR(HEADER_V1 SECTION "\x08\x01"), CAR_TRUNCATED);
    cr_assert_eq(CAR(HEADER_V1 "\x80"), CAR_TRUNCATED);
}

#define U64(byte) byte "\x00\x00\x00\x00\x00\x00\x00"
#define V2(offset, size) PRAGMA_V2 U64("\x00") U64("\x00") U64(offset) U64(size) U64("\x00")

Test(car, v2_is_a_v1_at_an_offset)
{
    cr_assert_eq(CAR(V2("\x33", "\x24") HEADER_V1 SECTION), CAR_OK);
    cr_assert_eq(CAR(V2("\x35", "\x24") "pa" HEADER_V1 SECTION "an index, not looked at"), CAR_OK);
    cr_assert_eq(CAR(V2("\x33", "\x23") HEADER_V1 SECTION),
                 CAR_TRUNCATED); /* the section passes the data's end */
    cr_assert_eq(CAR(V2("\x33", "\x1c") HEADER_V1 SECTION), CAR_TRUNCATED);
    cr_assert_eq(CAR(V2("\x33", "\x25") HEADER_V1 SECTION),
                 CAR_TRUNCATED); /* the data ends early */
    cr_assert_eq(CAR(V2("\x32", "\x24") HEADER_V1 SECTION), CAR_BAD_HEADER); /* inside the header */
    cr_assert_eq(CAR(V2("\x33", "\x40") PRAGMA_V2), CAR_BAD_VERSION);
    cr_assert_eq(CAR(PRAGMA_V2 "\x00"), CAR_TRUNCATED);
}

Test(car, nothing_behind_the_data_of_a_v2_is_a_block)
{
    size_t blocks;
    cr_assert_eq(feed(MM_BYTES_LIT(V2("\x33", "\x23") HEADER_V1 SECTION), 1000, &blocks),
                 CAR_TRUNCATED);
    cr_assert_eq(blocks, 0);
    cr_assert_eq(feed(MM_BYTES_LIT(V2("\x33", "\x1b") HEADER_V1 SECTION), 1000, &blocks), CAR_OK);
    cr_assert_eq(blocks, 0); /* it stands where an index would */
}

Test(car, hands_out_roots_cids_and_blocks)
{
    struct car_reader *reader = car_reader_new();
    mm_bytes in = MM_BYTES_LIT(HEADER_V1 SECTION);
    struct cid cid;
    mm_bytes block;
    cr_assert_eq(car_feed(reader, &cid, &block, &in), CAR_BLOCK);
    cr_assert(mm_bytes_equal(block, MM_BYTES_LIT("\x00\x01")));
    cr_assert(cid.codec == CID_RAW && cid.hash.len == 2);
    size_t count;
    const struct cid *roots = car_roots(reader, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(roots[0].hash.digest[0], 'r');
    car_reader_free(reader);
}
