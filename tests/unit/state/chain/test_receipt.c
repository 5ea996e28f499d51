#include "state/chain/receipt.h"

#include "tests/unit/state/chain/given.h"

TestSuite(receipt, .init = open_arena, .fini = close_arena);

static struct receipt example(enum tx_type type, size_t log_count)
{
    struct receipt receipt = { .type = type, .ok = true, .cumulative_gas = 123456 };
    struct log *logs = MM_ARENA_ARRAY(&arena, struct log, log_count);
    for (size_t i = 0; i < log_count; i++) {
        logs[i].addr.b[0] = (uint8_t)i;
        logs[i].topic_count = i % (LOG_TOPICS_MAX + 1);
        for (size_t j = 0; j < logs[i].topic_count; j++)
            logs[i].topics[j].b[31] = (uint8_t)(i + j);
        logs[i].data = mm_bytes_from(logs[i].addr.b, i % 21);
    }
    receipt.logs = logs;
    receipt.log_count = log_count;
    receipt_bloom(&receipt.bloom, logs, log_count);
    return receipt;
}

Test(receipt, bloom_has_address_and_topics_of_each_log_and_nothing_else)
{
    for (size_t log_count = 0; log_count < 60; log_count++) {
        const struct receipt receipt = example(TX_LEGACY, log_count);
        struct bloom expected = { { 0 } };
        for (size_t i = 0; i < log_count; i++) {
            bloom_add(&expected, mm_bytes_addr(&receipt.logs[i].addr));
            for (size_t j = 0; j < receipt.logs[i].topic_count; j++)
                bloom_add(&expected, mm_bytes_hash(&receipt.logs[i].topics[j]));
        }
        cr_assert_eq(memcmp(&expected, &receipt.bloom, sizeof expected), 0, "%zu logs", log_count);
    }
}

static mm_bytes encoded(const struct receipt *receipt)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 1 << 20);
    receipt_encode(&buf, receipt);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static enum rlp_verdict decode(mm_bytes raw)
{
    struct receipt receipt;
    const enum rlp_verdict verdict = receipt_decode(&arena, &receipt, raw);
    if (verdict != RLP_OK)
        cr_assert(receipt.logs == NULL && receipt.log_count == 0 && receipt.cumulative_gas == 0);
    return verdict;
}

Test(receipt, of_every_type_and_with_any_logs_survives_encoding)
{
    for (int type = TX_LEGACY; type <= TX_SET_CODE; type++) {
        for (size_t log_count = 0; log_count < 40; log_count++) {
            struct receipt receipt = example((enum tx_type)type, log_count);
            receipt.ok = log_count % 2 == 0;
            const mm_bytes raw = encoded(&receipt);
            struct receipt read;
            cr_assert_eq(receipt_decode(&arena, &read, raw), RLP_OK);
            cr_assert_eq(read.type, receipt.type);
            cr_assert_eq(read.ok, receipt.ok);
            cr_assert_eq(read.cumulative_gas, receipt.cumulative_gas);
            cr_assert_eq(memcmp(&read.bloom, &receipt.bloom, sizeof read.bloom), 0);
            cr_assert_eq(read.log_count, log_count);
            for (size_t i = 0; i < log_count; i++) {
                cr_assert(mm_addr_equal(&read.logs[i].addr, &receipt.logs[i].addr));
                cr_assert(mm_bytes_equal(read.logs[i].data, receipt.logs[i].data));
                cr_assert_eq(read.logs[i].topic_count, receipt.logs[i].topic_count);
            }
            cr_assert(mm_bytes_equal(encoded(&read), raw));
        }
    }
}

Test(receipt, from_before_byzantium_has_a_state_root)
{
    struct receipt receipt = example(TX_LEGACY, 1);
    receipt.has_post_state = true;
    memset(&receipt.post_state, 7, sizeof receipt.post_state);
    struct receipt read;
    cr_assert_eq(receipt_decode(&arena, &read, encoded(&receipt)), RLP_OK);
    cr_assert(read.has_post_state && !read.ok);
    cr_assert(mm_hash_equal(&read.post_state, &receipt.post_state));
}

Test(receipt, its_bloom_has_addresses_and_topics_but_not_data)
{
    const struct receipt receipt = example(TX_LEGACY, 5);
    for (size_t i = 0; i < receipt.log_count; i++) {
        cr_assert(bloom_may_have(&receipt.bloom, mm_bytes_addr(&receipt.logs[i].addr)));
        for (size_t j = 0; j < receipt.logs[i].topic_count; j++)
            cr_assert(bloom_may_have(&receipt.bloom, mm_bytes_hash(&receipt.logs[i].topics[j])));
    }
    cr_assert_not(bloom_may_have(&receipt.bloom, receipt.logs[3].data));
}

Test(receipt, cut_short_or_with_a_byte_more_is_refused)
{
    const struct receipt receipt = example(TX_DYNAMIC_FEE, 3);
    const mm_bytes raw = encoded(&receipt);
    cr_assert_eq(decode(mm_bytes_from(NULL, 0)), RLP_MISSING);
    for (size_t len = 0; len < raw.len; len++)
        cr_assert_neq(decode(mm_bytes_from(raw.ptr, len)), RLP_OK);
    uint8_t *longer = mm_arena_alloc(&arena, raw.len + 1);
    memcpy(longer, raw.ptr, raw.len);
    longer[raw.len] = 0xc0;
    cr_assert_eq(decode(mm_bytes_from(longer, raw.len + 1)), RLP_TRAILING);
}

static enum rlp_verdict decode_with(mm_bytes status, size_t topic_count)
{
    static const uint8_t zeros[BLOOM_BYTES];
    struct mm_buf buf;
    mm_buf_init(&buf, 4096);
    const size_t list = rlp_open_list(&buf);
    rlp_add_string(&buf, status);
    rlp_add_u64(&buf, 1);
    rlp_add_string(&buf, MM_BYTES_OF(zeros));
    const size_t logs = rlp_open_list(&buf);
    const size_t log = rlp_open_list(&buf);
    rlp_add_string(&buf, mm_bytes_from(zeros, 20));
    const size_t topics = rlp_open_list(&buf);
    for (size_t i = 0; i < topic_count; i++)
        rlp_add_string(&buf, mm_bytes_from(zeros, 32));
    rlp_close_list(&buf, topics);
    rlp_add_string(&buf, mm_bytes_from(zeros, 0));
    rlp_close_list(&buf, log);
    rlp_close_list(&buf, logs);
    rlp_close_list(&buf, list);
    const enum rlp_verdict verdict = decode(mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return verdict;
}

Test(receipt, status_is_nothing_one_or_a_root)
{
    cr_assert_eq(decode_with(unhex(""), 0), RLP_OK);
    cr_assert_eq(decode_with(unhex("01"), 0), RLP_OK);
    cr_assert_eq(decode_with(unhex("00"), 0), RLP_WRONG_SIZE);
    cr_assert_eq(decode_with(unhex("02"), 0), RLP_WRONG_SIZE);
    cr_assert_eq(decode_with(unhex("0101"), 0), RLP_WRONG_SIZE);
}

Test(receipt, a_log_has_at_most_four_topics)
{
    cr_assert_eq(decode_with(unhex("01"), 4), RLP_OK);
    cr_assert_eq(decode_with(unhex("01"), 5), RLP_TRAILING);
}
