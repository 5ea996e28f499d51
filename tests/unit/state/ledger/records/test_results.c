/* Rows of results, places and slot values: read back as they were written, refused when they are something else. */
#include <criterion/criterion.h>

#include "state/ledger/ledger_internal.h"

static struct mm_arena arena;
static struct mm_buf buf;

static void open_both(void)
{
    mm_arena_init(&arena, 4 << 20);
    mm_buf_init(&buf, 1 << 20);
}

static void close_both(void)
{
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

TestSuite(ledger_results, .init = open_both, .fini = close_both);

static const struct log logs[] = {
    { .addr = { { 1 } }, .topic_count = 0, .data = MM_BYTES_LIT("no topics") },
    { .addr = { { 2 } }, .topic_count = 1, .topics = { { { 3 } } } },
    { .addr = { { 4 } },
      .topic_count = LOG_TOPICS_MAX,
      .topics = { { { 5 } }, { { 6 } }, { { 7 } }, { { 8 } } },
      .data = MM_BYTES_LIT("x") },
};

static void encode(size_t log_count, bool ok)
{
    const struct tx tx = { .sender = { { 0xaa, 0xbb } } };
    const struct tx_result result = {
        .receipt = { .ok = ok, .cumulative_gas = 1 << 30, .logs = logs, .log_count = log_count },
        .gas_used = 12345,
        .gas_price = { { 1, 2, 3, 4 } },
    };
    mm_buf_reset(&buf);
    record_result_encode(&buf, &tx, &result, 77);
}

Test(ledger_results, come_back_as_they_were)
{
    for (size_t count = 0; count <= MM_COUNT_OF(logs); count++) {
        struct ledger_tx tx = { .gas_used = 0 };
        encode(count, count % 2 == 1);
        cr_assert_eq(record_result_decode(&arena, &tx, mm_buf_bytes(&buf)), MM_OK);
        cr_assert_eq(tx.ok, count % 2 == 1);
        cr_assert_eq(tx.gas_used, 12345);
        cr_assert(u256_equal(&tx.gas_price, &(mm_u256){ { 1, 2, 3, 4 } }));
        cr_assert_eq(tx.cumulative_gas, 1 << 30);
        cr_assert_eq(tx.first_log, 77);
        cr_assert(mm_addr_equal(&tx.tx.sender, &(mm_addr){ { 0xaa, 0xbb } }));
        cr_assert_eq(tx.log_count, count);
        for (size_t i = 0; i < count; i++) {
            cr_assert(mm_addr_equal(&tx.logs[i].addr, &logs[i].addr));
            cr_assert_eq(tx.logs[i].topic_count, logs[i].topic_count);
            for (size_t j = 0; j < logs[i].topic_count; j++)
                cr_assert(mm_hash_equal(&tx.logs[i].topics[j], &logs[i].topics[j]));
            cr_assert(mm_bytes_equal(tx.logs[i].data, logs[i].data));
        }
    }
}

Test(ledger_results, cut_short_or_followed_by_something_are_corrupt)
{
    struct ledger_tx tx;
    encode(MM_COUNT_OF(logs), true);
    const mm_bytes whole = mm_buf_bytes(&buf);
    for (size_t len = 0; len < whole.len; len++)
        cr_assert_eq(record_result_decode(&arena, &tx, mm_bytes_from(whole.ptr, len)),
                     MM_ERR_CORRUPT);
    mm_buf_add_byte(&buf, 0x80);
    cr_assert_eq(record_result_decode(&arena, &tx, mm_buf_bytes(&buf)), MM_ERR_CORRUPT);
}

/* A row with one log of so many topics, with more items in the log, in the list of logs, in the row. */
static mm_err decode_shape(size_t topics, size_t more_in_log, size_t more_strings,
                           size_t more_in_row)
{
    struct ledger_tx tx;
    const mm_hash32 topic = { { 1 } };
    const mm_addr addr = { { 2 } };
    mm_buf_reset(&buf);
    const size_t row = rlp_open_list(&buf);
    for (uint64_t i = 1; i <= 4; i++)
        rlp_add_u64(&buf, i);
    rlp_add_addr(&buf, &addr);
    rlp_add_u64(&buf, 0);
    const size_t list = rlp_open_list(&buf);
    const size_t log = rlp_open_list(&buf);
    rlp_add_addr(&buf, &addr);
    const size_t topic_list = rlp_open_list(&buf);
    for (size_t i = 0; i < topics; i++)
        rlp_add_hash(&buf, &topic);
    rlp_close_list(&buf, topic_list);
    rlp_add_string(&buf, MM_BYTES_LIT("data"));
    for (size_t i = 0; i < more_in_log; i++)
        rlp_add_u64(&buf, 1);
    rlp_close_list(&buf, log);
    for (size_t i = 0; i < more_strings; i++)
        rlp_add_u64(&buf, 1); /* a log is a list */
    rlp_close_list(&buf, list);
    for (size_t i = 0; i < more_in_row; i++)
        rlp_add_u64(&buf, 1);
    rlp_close_list(&buf, row);
    return record_result_decode(&arena, &tx, mm_buf_bytes(&buf));
}

Test(ledger_results, of_another_shape_are_corrupt)
{
    for (size_t topics = 0; topics < 7; topics++)
        cr_assert_eq(decode_shape(topics, 0, 0, 0),
                     topics <= LOG_TOPICS_MAX ? MM_OK : MM_ERR_CORRUPT);
    cr_assert_eq(decode_shape(1, 1, 0, 0), MM_ERR_CORRUPT);
    cr_assert_eq(decode_shape(1, 0, 1, 0), MM_ERR_CORRUPT);
    cr_assert_eq(decode_shape(1, 0, 0, 1), MM_ERR_CORRUPT);
}

Test(ledger_results, without_memory_for_logs_say_so)
{
    struct mm_arena none;
    struct ledger_tx tx;
    mm_arena_init(&none, 16);
    encode(1, true);
    cr_assert_eq(record_result_decode(&none, &tx, mm_buf_bytes(&buf)), MM_ERR_NO_MEMORY);
    mm_arena_fini(&none);
}

Test(ledger_results, places_are_twelve_bytes)
{
    uint8_t bytes[13] = { 0 };
    static const uint8_t expected[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xa1, 0xb2, 0xc3, 0xd4 };
    uint64_t block_num;
    size_t index;
    record_place_encode(bytes, 0x0102030405060708, 0xa1b2c3d4);
    cr_assert_arr_eq(bytes, expected, sizeof expected);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        const mm_err err = record_place_decode(&block_num, &index, mm_bytes_from(bytes, len));
        cr_assert_eq(err, len == 12 ? MM_OK : MM_ERR_CORRUPT);
        cr_assert_eq(block_num, len == 12 ? 0x0102030405060708 : 0);
        cr_assert_eq(index, len == 12 ? 0xa1b2c3d4 : 0);
    }
}

Test(ledger_results, slots_have_no_leading_zeros)
{
    uint8_t out[32];
    for (unsigned bits = 0; bits <= 256; bits++) {
        mm_u256 value = { { 0 } };
        if (bits > 0)
            value.limb[(bits - 1) / 64] = UINT64_C(1) << (bits - 1) % 64;
        const mm_bytes bytes = record_slot(out, &value);
        mm_u256 read;
        cr_assert_eq(bytes.len, (bits + 7) / 8);
        cr_assert(bytes.len == 0 || bytes.ptr[0] != 0);
        cr_assert(u256_from_be(&read, bytes));
        cr_assert(u256_equal(&read, &value));
    }
}
