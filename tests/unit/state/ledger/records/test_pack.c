/* Packs: items in one value, each found without the others, and none found in bytes that are no pack. */
#include <criterion/criterion.h>

#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"
#include "tests/lib/random.h"

static struct mm_buf buf;

static void open_buf(void)
{
    mm_buf_init(&buf, 1 << 20);
}

static void close_buf(void)
{
    mm_buf_fini(&buf);
}

TestSuite(ledger_pack, .init = open_buf, .fini = close_buf);

Test(ledger_pack, is_a_count_the_ends_and_the_data)
{
    const size_t ends[] = { 3, 3, 0x0104 };
    uint8_t data[0x0104];
    memset(data, 7, sizeof data);
    pack_encode(&buf, MM_BYTES_OF(data), ends, 3);
    static const uint8_t head[] = { 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 1, 4 };
    cr_assert_eq(mm_buf_bytes(&buf).len, sizeof head + sizeof data);
    cr_assert_arr_eq(mm_buf_bytes(&buf).ptr, head, sizeof head);
}

Test(ledger_pack, gives_back_every_item_at_every_count)
{
    struct test_random random = { 92 };
    for (size_t count = 0; count <= PACK_ITEMS; count++) {
        uint8_t data[PACK_ITEMS * 20];
        size_t ends[PACK_ITEMS];
        size_t end = 0;
        size_t read;
        mm_bytes item;
        test_random_fill(&random, data, sizeof data);
        for (size_t i = 0; i < count; i++)
            ends[i] = end += test_random_below(&random, 20);
        mm_buf_reset(&buf);
        pack_encode(&buf, mm_bytes_from(data, end), ends, count);
        const mm_bytes packed = mm_buf_bytes(&buf);
        cr_assert_eq(pack_count(packed, &read), MM_OK);
        cr_assert_eq(read, count);
        for (size_t i = 0; i < count; i++) {
            const size_t from = i == 0 ? 0 : ends[i - 1];
            cr_assert_eq(pack_item(packed, &item, i), MM_OK);
            cr_assert(mm_bytes_equal(item, mm_bytes_from(data + from, ends[i] - from)));
        }
        for (size_t i = count; i < count + 3; i++) {
            cr_assert_eq(pack_item(packed, &item, i), MM_ERR_NOT_FOUND);
            cr_assert_eq(item.len, 0);
        }
    }
}

static void put_words(const uint32_t *words, size_t count, size_t data_len)
{
    mm_buf_reset(&buf);
    for (size_t i = 0; i < count; i++) {
        uint8_t word[4];
        mm_put_be32(word, words[i]);
        mm_buf_add(&buf, MM_BYTES_OF(word));
    }
    mm_buf_add_zeros(&buf, data_len);
}

Test(ledger_pack, with_too_many_items_or_too_few_bytes_is_corrupt)
{
    static const uint32_t words[PACK_ITEMS + 2] = { 0 };
    uint32_t claimed[PACK_ITEMS + 2] = { 0 };
    size_t count;
    mm_bytes item;
    for (uint32_t items = 0; items < PACK_ITEMS + 2; items++) {
        claimed[0] = items;
        for (size_t len = 0; len < PACK_ITEMS + 2; len++) {
            put_words(claimed, len + 1, 0);
            const bool is_legal = items <= PACK_ITEMS && len >= items;
            cr_assert_eq(pack_count(mm_buf_bytes(&buf), &count), is_legal ? MM_OK : MM_ERR_CORRUPT);
            cr_assert_eq(count, is_legal ? items : 0);
        }
    }
    cr_assert_eq(pack_count((mm_bytes){ NULL, 0 }, &count), MM_ERR_CORRUPT);
    put_words(words, 1, 0);
    for (size_t len = 0; len < 4; len++) {
        const mm_bytes cut = mm_bytes_from(mm_buf_bytes(&buf).ptr, len);
        cr_assert_eq(pack_count(cut, &count), MM_ERR_CORRUPT);
        cr_assert_eq(pack_item(cut, &item, 0), MM_ERR_CORRUPT);
    }
    claimed[0] = 2;
    put_words(claimed, 3, 0);
    for (size_t len = 4; len < 12; len++)
        cr_assert_eq(pack_item(mm_bytes_from(mm_buf_bytes(&buf).ptr, len), &item, 0),
                     MM_ERR_CORRUPT);
}

Test(ledger_pack, whose_ends_go_back_or_past_the_data_is_corrupt)
{
    mm_bytes item;
    const uint32_t words[] = { 4, 5, 4, 10, 11 };
    put_words(words, MM_COUNT_OF(words), 10);
    const mm_bytes packed = mm_buf_bytes(&buf);
    cr_assert_eq(pack_item(packed, &item, 0), MM_OK);
    cr_assert_eq(item.len, 5);
    cr_assert_eq(pack_item(packed, &item, 1), MM_ERR_CORRUPT);
    cr_assert_eq(item.len, 0);
    cr_assert_eq(pack_item(packed, &item, 2), MM_OK);
    cr_assert_eq(item.len, 6);
    cr_assert_eq(pack_item(packed, &item, 3), MM_ERR_CORRUPT);
}
