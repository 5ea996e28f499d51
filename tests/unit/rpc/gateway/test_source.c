/* What a request reads twice in a row is read once from the store. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/gateway/source.h"
#include "state/base/heap.h"
#include "tests/unit/rpc/gateway/house.h"

TestSuite(gateway_source, .init = house_open, .fini = house_close, .timeout = 60);

static uint8_t bytes[1 << 20];

static struct cid put(size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(i * 7 + (i >> 10));
    return house_put(CID_RAW, mm_bytes_from(bytes, len));
}

static mm_err get(struct source *source, const struct cid *cid)
{
    const struct block_source blocks = source_blocks(source);
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    const mm_err err = blocks.get(blocks.context, &block, cid);
    cr_expect(err != MM_OK || memcmp(block.ptr, bytes, block.len) == 0);
    mm_buf_fini(&block);
    return err;
}

Test(gateway_source, hands_a_large_block_over_once_more)
{
    struct source *source = source_new(house.content);
    const struct cid cid = put(SOURCE_KEPT_BYTES_MIN);
    cr_assert_eq(get(source, &cid), MM_OK);
    house_spoil(&cid, MM_BYTES_LIT("the store has it no more"));
    cr_assert_eq(get(source, &cid), MM_OK);
    cr_assert_eq(get(source, &cid), MM_ERR_CORRUPT);
    source_free(source);
}

Test(gateway_source, keeps_no_small_block_and_none_when_told)
{
    struct source *source = source_new(house.content);
    const struct cid small = put(SOURCE_KEPT_BYTES_MIN - 1);
    cr_assert_eq(get(source, &small), MM_OK);
    house_spoil(&small, MM_BYTES_LIT("x"));
    cr_assert_eq(get(source, &small), MM_ERR_CORRUPT);
    const struct cid large = put(SOURCE_KEPT_BYTES_MIN);
    source_keep_no_more(source);
    cr_assert_eq(get(source, &large), MM_OK);
    house_spoil(&large, MM_BYTES_LIT("x"));
    cr_assert_eq(get(source, &large), MM_ERR_CORRUPT);
    source_free(source);
}

Test(gateway_source, does_without_what_it_could_not_keep)
{
    const struct cid cid = put(SOURCE_KEPT_BYTES_MIN);
    size_t failures = 0;
    for (size_t allocations = 0; allocations < 12; allocations++) {
        mm_heap_fail_after(allocations);
        struct source *source = source_new(house.content);
        const mm_err err = source == NULL ? MM_ERR_NO_MEMORY : get(source, &cid);
        mm_heap_fail_after(SIZE_MAX);
        cr_expect(err == MM_OK || err == MM_ERR_NO_MEMORY);
        failures += err != MM_OK;
        cr_expect(source == NULL || get(source, &cid) == MM_OK);
        source_free(source);
    }
    cr_expect_lt(failures, 12);
}

Test(gateway_source, lets_large_files_through_as_they_are)
{
    const size_t len = sizeof bytes;
    const struct cid block = put(len);
    const struct cid file = house_large_file(mm_bytes_from(bytes, len)); /* four leaves */
    const struct cid roots[] = { block, file };
    for (size_t i = 0; i < MM_COUNT_OF(roots); i++) {
        const struct house_entry entry = { "file", roots[i] };
        const struct cid directory = house_directory(&entry, 1);
        struct reply replies[] = { house_get(&roots[i], "", ""), house_get(&directory, "/file", ""),
                                   house_get(&directory, "/file?filename=a.png", "") };
        for (size_t j = 0; j < MM_COUNT_OF(replies); j++) {
            cr_expect_eq(replies[j].status, 200);
            cr_expect(replies[j].ok && replies[j].body_len == len &&
                      memcmp(replies[j].body, bytes, len) == 0);
            reply_free(&replies[j]);
        }
        struct reply part = house_get(&directory, "/file", "Range: bytes=262140-900000\r\n");
        cr_expect_eq(part.status, 206);
        cr_expect(part.body_len == 637861 && memcmp(part.body, bytes + 262140, 637861) == 0);
        reply_free(&part);
    }
}
