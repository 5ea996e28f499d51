#include "state/chain/header.h"

#include "state/base/limits.h"
#include "state/crypto/keccak.h"
#include "tests/unit/state/chain/given.h"

TestSuite(header, .init = open_arena, .fini = close_arena);

/* Something else in every field. */
static struct header example(unsigned field_count)
{
    struct header header = { .field_count = field_count,
                             .difficulty = u256_from_u64(0x20000),
                             .number = 1,
                             .gas_limit = 30000000,
                             .gas_used = 21000,
                             .timestamp = 1700000000,
                             .extra_len = 3 };
    memset(&header.parent_hash, 1, sizeof header.parent_hash);
    memset(&header.ommers_hash, 2, sizeof header.ommers_hash);
    memset(&header.coinbase, 3, sizeof header.coinbase);
    memset(&header.state_root, 4, sizeof header.state_root);
    memset(&header.tx_root, 5, sizeof header.tx_root);
    memset(&header.receipts_root, 6, sizeof header.receipts_root);
    memset(&header.bloom, 7, sizeof header.bloom);
    memset(header.extra, 8, 3);
    memset(&header.prev_randao, 9, sizeof header.prev_randao);
    memset(header.nonce, 10, sizeof header.nonce);
    if (field_count >= HEADER_FIELDS_LONDON)
        header.base_fee = u256_from_u64(1000000000);
    if (field_count >= HEADER_FIELDS_SHANGHAI)
        memset(&header.withdrawals_root, 11, sizeof header.withdrawals_root);
    if (field_count >= HEADER_FIELDS_CANCUN) {
        header.blob_gas_used = 12;
        header.excess_blob_gas = 13;
        memset(&header.parent_beacon_root, 14, sizeof header.parent_beacon_root);
    }
    if (field_count >= HEADER_FIELDS_PRAGUE)
        memset(&header.requests_hash, 15, sizeof header.requests_hash);
    return header;
}

static mm_bytes encoded(const struct header *header)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 8192);
    header_encode(&buf, header);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static const unsigned FIELD_COUNTS[] = { 15, 16, 17, 20, 21 };

Test(header, of_every_fork_survives_encoding)
{
    for (size_t i = 0; i < MM_COUNT_OF(FIELD_COUNTS); i++) {
        const struct header header = example(FIELD_COUNTS[i]);
        const mm_bytes raw = encoded(&header);
        struct rlp r = rlp_over(raw);
        struct header read;
        header_read(&r, &read);
        cr_assert_eq(rlp_finish(&r), RLP_OK);
        cr_assert_eq(memcmp(&read, &header, sizeof header), 0);
        const mm_hash32 hash = header_hash(&header);
        const mm_hash32 expected = keccak256(raw);
        cr_assert(mm_hash_equal(&hash, &expected));
    }
}

Test(header, with_the_longest_fields_has_a_hash)
{
    struct header header = example(21);
    header.extra_len = HEADER_EXTRA_MAX;
    memset(&header.difficulty, 0xff, sizeof header.difficulty);
    memset(&header.base_fee, 0xff, sizeof header.base_fee);
    header.number = header.gas_limit = header.gas_used = header.timestamp = UINT64_MAX;
    header.blob_gas_used = header.excess_blob_gas = UINT64_MAX;
    const mm_hash32 hash = header_hash(&header);
    const mm_hash32 expected = keccak256(encoded(&header));
    cr_assert(mm_hash_equal(&hash, &expected));
}

Test(header, with_a_field_count_that_no_fork_has_is_refused)
{
    const mm_bytes raw = encoded(&(struct header){ .field_count = 21 });
    for (size_t count = 0; count <= 23; count++) {
        struct rlp whole = rlp_over(raw);
        struct rlp fields = rlp_read_list(&whole);
        struct mm_buf buf;
        mm_buf_init(&buf, 8192);
        const size_t list = rlp_open_list(&buf);
        for (size_t i = 0; i < count; i++) {
            if (rlp_more(&fields))
                mm_buf_add(&buf, rlp_read_raw(&fields));
            else
                rlp_add_u64(&buf, 0);
        }
        rlp_close_list(&buf, list);
        struct rlp r = rlp_over(mm_buf_bytes(&buf));
        struct header header;
        header_read(&r, &header);
        const bool is_known = (count >= 15 && count <= 17) || count == 20 || count == 21;
        if (is_known)
            cr_assert_eq(r.verdict, RLP_OK);
        else
            cr_assert_eq(r.verdict, count > 21 ? RLP_TRAILING : RLP_MISSING, "%zu fields", count);
        cr_assert_eq(header.field_count, is_known ? count : 0);
        mm_buf_fini(&buf);
    }
}

Test(header, extra_data_above_its_maximum_is_refused)
{
    struct header header = example(20);
    header.extra_len = HEADER_EXTRA_MAX;
    const mm_bytes raw = encoded(&header);
    struct rlp whole = rlp_over(raw);
    struct rlp fields = rlp_read_list(&whole);
    struct mm_buf buf;
    mm_buf_init(&buf, 8192);
    const size_t list = rlp_open_list(&buf);
    static const uint8_t longer[HEADER_EXTRA_MAX + 1];
    for (int i = 0; rlp_more(&fields); i++) {
        const mm_bytes item = rlp_read_raw(&fields);
        if (i == 12)
            rlp_add_string(&buf, MM_BYTES_OF(longer));
        else
            mm_buf_add(&buf, item);
    }
    rlp_close_list(&buf, list);
    struct rlp r = rlp_over(mm_buf_bytes(&buf));
    header_read(&r, &header);
    cr_assert_eq(r.verdict, RLP_TOO_LARGE);
    mm_buf_fini(&buf);
}

static uint64_t next_fee(uint64_t fee, uint64_t limit, uint64_t used)
{
    struct header parent = example(20);
    parent.base_fee = u256_from_u64(fee);
    parent.gas_limit = limit;
    parent.gas_used = used;
    const mm_u256 next = header_next_base_fee(&parent);
    cr_assert(u256_fits_u64(&next));
    return next.limb[0];
}

Test(header, base_fee_moves_by_an_eighth_at_most)
{
    cr_assert_eq(next_fee(1000000000, 20000000, 10000000), 1000000000);
    cr_assert_eq(next_fee(1000000000, 20000000, 9000000), 987500000);
    cr_assert_eq(next_fee(1000000000, 20000000, 11000000), 1012500000);
    cr_assert_eq(next_fee(1000000000, 20000000, 0), 875000000);
    cr_assert_eq(next_fee(1000000000, 20000000, 20000000), 1125000000);
}

Test(header, base_fee_rises_by_one_at_least_and_stays_at_what_an_eighth_cannot_lower)
{
    cr_assert_eq(next_fee(7, 20000000, 20000000), 8);
    cr_assert_eq(next_fee(0, 20000000, 10000001), 1);
    cr_assert_eq(next_fee(7, 20000000, 0), 7);
    cr_assert_eq(next_fee(0, 20000000, 0), 0);
}

Test(header, base_fee_of_impossible_parents_is_still_a_number)
{
    struct header parent = example(20);
    memset(&parent.base_fee, 0xff, sizeof parent.base_fee);
    parent.base_fee.limb[0] -= 5;
    parent.gas_limit = 2;
    parent.gas_used = UINT64_MAX;
    const mm_u256 next = header_next_base_fee(&parent);
    cr_assert(u256_equal(&next, &parent.base_fee));
    cr_assert_eq(next_fee(7, 1, 1), 7); /* a target of zero */
    parent.gas_limit = UINT64_MAX;
    parent.gas_used = 0;
    (void)header_next_base_fee(&parent);
    parent = example(15);
    const mm_u256 first = header_next_base_fee(&parent);
    cr_assert_eq(first.limb[0], 1000000000); /* EIP-1559: London's first block */
}

struct family {
    struct header parent;
    mm_hash32 parent_hash;
    struct header child;
};

/* A child that keeps every rule; a test breaks one. */
static struct family family(void)
{
    struct family f = { .parent = example(20) };
    f.parent.gas_limit = 1024000;
    f.parent_hash = header_hash(&f.parent);
    f.child = (struct header){ .field_count = 20,
                               .parent_hash = f.parent_hash,
                               .ommers_hash = KECCAK_EMPTY_LIST,
                               .number = 2,
                               .gas_limit = 1024000,
                               .timestamp = f.parent.timestamp,
                               .extra_len = MM_EXTRA_BYTES,
                               .prev_randao = keccak256(mm_bytes_hash(&f.parent_hash)),
                               .base_fee = header_next_base_fee(&f.parent),
                               .withdrawals_root = KECCAK_EMPTY_TRIE };
    return f;
}

static enum header_verdict check(const struct family *f)
{
    return header_check(&f->child, &f->parent, &f->parent_hash);
}

#define EXPECT_AFTER(change, verdict)                                                              \
    do {                                                                                           \
        struct family f = family();                                                                \
        change;                                                                                    \
        cr_expect_eq(check(&f), verdict, "%s: %s", #change, header_verdict_text(check(&f)));       \
    } while (0)

Test(header, a_child_that_keeps_every_rule_is_taken)
{
    EXPECT_AFTER((void)0, HEADER_OK);
    EXPECT_AFTER(f.child.timestamp += 1000000, HEADER_OK);
    EXPECT_AFTER(f.child.gas_used = f.child.gas_limit, HEADER_OK);
    EXPECT_AFTER(f.child.gas_limit += 999, HEADER_OK);
    EXPECT_AFTER(f.child.gas_limit -= 999, HEADER_OK);
}

Test(header, a_child_that_breaks_a_rule_gets_that_rules_verdict)
{
    EXPECT_AFTER(f.child.field_count = 17, HEADER_FIELDS);
    EXPECT_AFTER(f.child.field_count = 21, HEADER_FIELDS);
    EXPECT_AFTER(f.child.number = 1, HEADER_NUMBER);
    EXPECT_AFTER(f.child.number = 3, HEADER_NUMBER);
    EXPECT_AFTER((f.parent.number = UINT64_MAX, f.child.number = 0), HEADER_NUMBER);
    EXPECT_AFTER(f.child.parent_hash.b[0] ^= 1, HEADER_PARENT);
    EXPECT_AFTER(f.child.timestamp--, HEADER_TIMESTAMP);
    EXPECT_AFTER(f.child.gas_limit += 1000, HEADER_GAS_LIMIT);
    EXPECT_AFTER(f.child.gas_limit -= 1000, HEADER_GAS_LIMIT);
    EXPECT_AFTER((f.parent.gas_limit = 5001, f.child.gas_limit = 4999), HEADER_GAS_LIMIT);
    EXPECT_AFTER(f.child.gas_used = f.child.gas_limit + 1, HEADER_GAS_USED);
    EXPECT_AFTER(f.child.base_fee.limb[0]++, HEADER_BASE_FEE);
    EXPECT_AFTER(f.child.base_fee.limb[3] = 1, HEADER_BASE_FEE);
    EXPECT_AFTER(f.child.difficulty.limb[0] = 1, HEADER_DIFFICULTY);
    EXPECT_AFTER(f.child.nonce[7] = 1, HEADER_DIFFICULTY);
    EXPECT_AFTER(f.child.ommers_hash = KECCAK_EMPTY, HEADER_DIFFICULTY);
    EXPECT_AFTER(f.child.prev_randao.b[31] ^= 1, HEADER_RANDAO);
    EXPECT_AFTER(f.child.extra_len = 31, HEADER_EXTRA);
    EXPECT_AFTER(f.child.extra_len = 33, HEADER_EXTRA);
    EXPECT_AFTER(f.child.withdrawals_root = KECCAK_EMPTY, HEADER_EMPTY_FIELDS);
    EXPECT_AFTER(f.child.blob_gas_used = 1, HEADER_EMPTY_FIELDS);
    EXPECT_AFTER(f.child.excess_blob_gas = 1, HEADER_EMPTY_FIELDS);
    EXPECT_AFTER(f.child.parent_beacon_root.b[0] = 1, HEADER_EMPTY_FIELDS);
}

static enum header_verdict check_with(const struct family *f, struct header_overrides overrides)
{
    return header_check_with(&f->child, &f->parent, &f->parent_hash, &overrides);
}

Test(header, a_child_has_what_dev_control_said_and_nothing_else_instead)
{
    struct family f = family();
    const struct header_overrides fee = { .has_base_fee = true, .base_fee = { { 77 } } };
    const struct header_overrides limit = { .has_gas_limit = true, .gas_limit = 9000000 };
    const struct header_overrides low = { .has_gas_limit = true, .gas_limit = 4999 };
    const struct header_overrides randao = { .has_prev_randao = true,
                                             .prev_randao = { { 1, 2, 3 } } };
    cr_assert_eq(check_with(&f, fee), HEADER_BASE_FEE, "the parent's is wrong then");
    f.child.base_fee = fee.base_fee;
    cr_assert_eq(check_with(&f, fee), HEADER_OK);
    cr_assert_eq(check(&f), HEADER_BASE_FEE);
    f = family();
    cr_assert_eq(check_with(&f, limit), HEADER_GAS_LIMIT);
    f.child.gas_limit = limit.gas_limit;
    cr_assert_eq(check_with(&f, limit), HEADER_OK);
    cr_assert_eq(check(&f), HEADER_GAS_LIMIT);
    f.child.gas_used = limit.gas_limit + 1;
    cr_assert_eq(check_with(&f, limit), HEADER_GAS_USED);
    f = family();
    f.child.gas_limit = low.gas_limit;
    cr_assert_eq(check_with(&f, low), HEADER_GAS_LIMIT);
    f = family();
    cr_assert_eq(check_with(&f, randao), HEADER_RANDAO);
    f.child.prev_randao = randao.prev_randao;
    cr_assert_eq(check_with(&f, randao), HEADER_OK);
    cr_assert_eq(check(&f), HEADER_RANDAO);
}

Test(header, every_verdict_has_a_text_of_its_own)
{
    for (int i = HEADER_OK; i <= HEADER_EMPTY_FIELDS; i++) {
        for (int j = HEADER_OK; j < i; j++)
            cr_assert_str_neq(header_verdict_text((enum header_verdict)i),
                              header_verdict_text((enum header_verdict)j));
        cr_assert_str_neq(header_verdict_text((enum header_verdict)i), "unknown header verdict");
    }
}

/* The bits recomputed from the definition: from the pairs of bytes 0-1, 2-3 and 4-5 of the hash. */
Test(bloom, sets_the_three_bits_that_the_hash_names)
{
    const mm_bytes item = MM_BYTES_LIT("mintmark");
    const mm_hash32 hash = keccak256(item);
    struct bloom expected = { { 0 } };
    for (size_t i = 0; i < 6; i += 2) {
        const unsigned bit = (hash.b[i] * 256U + hash.b[i + 1]) & 2047;
        expected.b[255 - bit / 8] |= (uint8_t)(1U << (bit % 8));
    }
    struct bloom bloom = { { 0 } };
    bloom_add(&bloom, item);
    cr_assert_eq(memcmp(&bloom, &expected, sizeof bloom), 0);
}

Test(bloom, of_many_items_is_that_of_each)
{
    uint8_t texts[200];
    mm_bytes items[200];
    for (size_t i = 0; i < 200; i++) {
        texts[i] = (uint8_t)i;
        items[i] = mm_bytes_from(&texts[i], 1);
    }
    for (size_t count = 0; count <= 200; count++) {
        struct bloom together = { { 0 } };
        struct bloom one_by_one = { { 0 } };
        bloom_add_all(&together, items, count);
        for (size_t i = 0; i < count; i++)
            bloom_add(&one_by_one, items[i]);
        cr_assert_eq(memcmp(&together, &one_by_one, sizeof together), 0, "%zu items", count);
    }
}

Test(bloom, has_what_was_added_or_merged_and_not_what_was_not)
{
    struct bloom bloom = { { 0 } };
    struct bloom other = { { 0 } };
    bloom_add(&bloom, MM_BYTES_LIT("one"));
    bloom_add(&other, MM_BYTES_LIT("two"));
    cr_assert(bloom_may_have(&bloom, MM_BYTES_LIT("one")));
    cr_assert_not(bloom_may_have(&bloom, MM_BYTES_LIT("two")));
    bloom_merge(&bloom, &other);
    cr_assert(bloom_may_have(&bloom, MM_BYTES_LIT("one")));
    cr_assert(bloom_may_have(&bloom, MM_BYTES_LIT("two")));
    cr_assert_not(bloom_may_have(&bloom, MM_BYTES_LIT("three")));
}
