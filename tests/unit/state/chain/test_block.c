#include "state/chain/block.h"

#include "state/base/limits.h"
#include "tests/unit/state/chain/given.h"

TestSuite(block, .init = open_arena, .fini = close_arena);

static struct tx signed_tx(enum tx_type type, uint64_t nonce)
{
    struct tx tx = { .type = type,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(31337),
                     .nonce = nonce,
                     .max_fee = u256_from_u64(100),
                     .gas_limit = 21000 };
    struct secp_secret *secret = key_of(7);
    cr_assert(tx_sign(&arena, &tx, secret));
    secp_secret_free(secret);
    return tx;
}

static struct tx *signed_txs(size_t count)
{
    static const enum tx_type types[] = { TX_LEGACY, TX_ACCESS_LIST, TX_DYNAMIC_FEE };
    struct tx *txs = MM_ARENA_ARRAY(&arena, struct tx, count);
    for (size_t i = 0; i < count; i++)
        txs[i] = signed_tx(types[i % MM_COUNT_OF(types)], i);
    return txs;
}

static mm_bytes encoded(unsigned field_count, const struct tx *txs, size_t tx_count)
{
    const struct header header = { .field_count = field_count, .number = 5 };
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX * 2);
    block_encode(&buf, &header, txs, tx_count);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    cr_assert_eq(mm_buf_bytes(&buf).len, block_encoded_len(&header, txs, tx_count));
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

/* Header, list of transactions as given, and two more items. */
static mm_bytes assembled(mm_bytes txs, mm_bytes ommers, mm_bytes withdrawals)
{
    const struct header header = { .field_count = HEADER_FIELDS_CANCUN };
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 1 << 20);
    const size_t block = rlp_open_list(&buf);
    header_encode(&buf, &header);
    mm_buf_add(&buf, txs);
    mm_buf_add(&buf, ommers);
    mm_buf_add(&buf, withdrawals);
    rlp_close_list(&buf, block);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static struct block_problem refused(mm_bytes raw)
{
    struct block block;
    struct block_problem problem;
    cr_assert_not(block_decode(&arena, &block, raw, &problem));
    cr_assert(block.txs == NULL && block.tx_count == 0 && block.header.field_count == 0);
    cr_assert(problem.rlp != RLP_OK || problem.tx != TX_OK);
    return problem;
}

Test(block, with_any_number_of_transactions_survives_encoding)
{
    static const size_t counts[] = { 0, 1, 2, 3, 63, 64, 65, 200 };
    for (size_t i = 0; i < MM_COUNT_OF(counts); i++) {
        const struct tx *txs = signed_txs(counts[i]);
        const mm_bytes raw = encoded(HEADER_FIELDS_CANCUN, txs, counts[i]);
        struct block block;
        struct block_problem problem;
        cr_assert(block_decode(&arena, &block, raw, &problem));
        cr_assert(problem.rlp == RLP_OK && problem.tx == TX_OK);
        const mm_hash32 hash = header_hash(&block.header);
        cr_assert(mm_hash_equal(&hash, &block.hash));
        cr_assert_eq(block.tx_count, counts[i]);
        cr_assert(block_has_only_txs(&block));
        for (size_t j = 0; j < counts[i]; j++) {
            cr_assert(mm_hash_equal(&block.txs[j].hash, &txs[j].hash));
            cr_assert(mm_bytes_equal(block.txs[j].raw, txs[j].raw));
            cr_assert_eq(block.txs[j].nonce, j);
        }
        cr_assert(mm_bytes_equal(encoded(HEADER_FIELDS_CANCUN, block.txs, block.tx_count),
                                 encoded(HEADER_FIELDS_CANCUN, txs, counts[i])));
    }
}

Test(block, does_not_borrow_from_the_callers_bytes)
{
    const struct tx *txs = signed_txs(3);
    const mm_bytes raw = encoded(HEADER_FIELDS_CANCUN, txs, 3);
    uint8_t *copy = mm_arena_alloc(&arena, raw.len);
    memcpy(copy, raw.ptr, raw.len);
    struct block block;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &block, mm_bytes_from(copy, raw.len), &problem));
    memset(copy, 0xff, raw.len);
    cr_assert(mm_bytes_equal(block.txs[2].raw, txs[2].raw));
    cr_assert(block_has_only_txs(&block));
}

Test(block, has_withdrawals_from_shanghai_on)
{
    struct block block;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &block, encoded(HEADER_FIELDS_LONDON, NULL, 0), &problem));
    cr_assert_eq(block.withdrawals.len, 0);
    cr_assert_not(block_has_only_txs(&block));
    cr_assert(block_decode(&arena, &block, encoded(HEADER_FIELDS_SHANGHAI, NULL, 0), &problem));
    cr_assert_eq(block.withdrawals.len, 1);
}

Test(block, cut_short_or_with_a_byte_more_is_refused)
{
    const mm_bytes raw = encoded(HEADER_FIELDS_CANCUN, signed_txs(3), 3);
    cr_assert_eq(refused(mm_bytes_from(NULL, 0)).rlp, RLP_MISSING);
    for (size_t len = 0; len < raw.len; len++)
        (void)refused(mm_bytes_from(raw.ptr, len));
    uint8_t *longer = mm_arena_alloc(&arena, raw.len + 1);
    memcpy(longer, raw.ptr, raw.len);
    longer[raw.len] = 0;
    cr_assert_eq(refused(mm_bytes_from(longer, raw.len + 1)).rlp, RLP_TRAILING);
}

static mm_bytes list_of(mm_bytes items)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 1 << 20);
    rlp_add_list_header(&buf, items.len);
    mm_buf_add(&buf, items);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

static mm_bytes string_of(mm_bytes content)
{
    struct mm_buf buf;
    mm_bytes copy;
    mm_buf_init(&buf, 1 << 20);
    rlp_add_string(&buf, content);
    cr_assert_eq(mm_arena_copy(&arena, &copy, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_fini(&buf);
    return copy;
}

Test(block, a_typed_transaction_is_a_string_and_a_legacy_one_a_list)
{
    const mm_bytes empty = unhex("c0");
    const struct tx legacy = signed_tx(TX_LEGACY, 0);
    const struct tx typed = signed_tx(TX_DYNAMIC_FEE, 0);
    struct block block;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &block, assembled(list_of(legacy.raw), empty, empty), &problem));
    cr_assert(block_decode(&arena, &block, assembled(list_of(string_of(typed.raw)), empty, empty),
                           &problem));
    problem = refused(assembled(list_of(string_of(legacy.raw)), empty, empty));
    cr_assert_eq(problem.rlp, RLP_OK);
    cr_assert_eq(problem.tx, TX_TYPE_UNKNOWN);
    problem = refused(assembled(list_of(typed.raw), empty, empty)); /* 0x02, then a list */
    cr_assert_eq(problem.tx, TX_RLP);
    problem = refused(assembled(list_of(unhex("80")), empty, empty));
    cr_assert_eq(problem.tx, TX_EMPTY);
}

Test(block, says_which_transaction_is_wrong)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 20);
    mm_buf_add(&buf, signed_tx(TX_LEGACY, 0).raw);
    mm_buf_add(&buf, signed_tx(TX_LEGACY, 1).raw);
    mm_buf_add(&buf, unhex("c0"));
    const struct block_problem problem =
        refused(assembled(list_of(mm_buf_bytes(&buf)), unhex("c0"), unhex("c0")));
    cr_assert_eq(problem.rlp, RLP_OK);
    cr_assert_eq(problem.tx, TX_RLP);
    cr_assert_eq(problem.tx_index, 2);
    mm_buf_fini(&buf);
}

Test(block, ommers_and_withdrawals_are_lists_and_seen_when_not_empty)
{
    const mm_bytes empty = unhex("c0");
    cr_assert_eq(refused(assembled(empty, unhex("80"), empty)).rlp, RLP_NOT_A_LIST);
    cr_assert_eq(refused(assembled(empty, empty, unhex("80"))).rlp, RLP_NOT_A_LIST);
    cr_assert_eq(refused(assembled(empty, empty, unhex("c0c0"))).rlp, RLP_TRAILING);
    cr_assert_eq(refused(assembled(empty, empty, unhex(""))).rlp, RLP_MISSING);
    struct block block;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &block, assembled(empty, unhex("c101"), empty), &problem));
    cr_assert_not(block_has_only_txs(&block));
    cr_assert(block_decode(&arena, &block, assembled(empty, empty, unhex("c101")), &problem));
    cr_assert_not(block_has_only_txs(&block));
}

Test(block, above_its_largest_size_is_refused)
{
    static uint8_t data[100000];
    struct tx *txs = MM_ARENA_ARRAY(&arena, struct tx, 30);
    struct secp_secret *secret = key_of(7);
    for (size_t i = 0; i < 30; i++) {
        txs[i] =
            (struct tx){ .type = TX_DYNAMIC_FEE, .has_chain_id = true, .data = MM_BYTES_OF(data) };
        cr_assert(tx_sign(&arena, &txs[i], secret));
    }
    secp_secret_free(secret);
    struct block block;
    struct block_problem problem;
    cr_assert(block_decode(&arena, &block, encoded(HEADER_FIELDS_CANCUN, txs, 20), &problem));
    cr_assert_eq(refused(encoded(HEADER_FIELDS_CANCUN, txs, 22)).rlp, RLP_TOO_LARGE);
}

Test(block, a_transaction_above_its_largest_size_is_refused_within_it)
{
    static uint8_t large[MM_TX_BYTES_MAX + 1] = { TX_DYNAMIC_FEE };
    struct mm_buf buf;
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    const struct header header = { .field_count = HEADER_FIELDS_CANCUN };
    for (size_t less = 0; less < 2; less++) {
        struct block block;
        struct block_problem problem;
        mm_buf_reset(&buf);
        const size_t whole = rlp_open_list(&buf);
        header_encode(&buf, &header);
        const size_t list = rlp_open_list(&buf);
        rlp_add_string(&buf, mm_bytes_from(large, sizeof large - less));
        rlp_close_list(&buf, list);
        mm_buf_add(&buf, unhex("c0c0"));
        rlp_close_list(&buf, whole);
        cr_assert_not(block_decode(&arena, &block, mm_buf_bytes(&buf), &problem));
        cr_assert_eq(problem.tx, less == 0 ? TX_TOO_LARGE : TX_RLP);
    }
    mm_buf_fini(&buf);
}

Test(block, a_list_of_tiny_items_does_not_make_it_allocate_for_each)
{
    static uint8_t
        items[1 << 20]; /* each byte an item: no room for a million transactions is made */
    struct mm_arena small;
    mm_arena_init(&small, 96 << 20);
    struct block block;
    struct block_problem problem;
    struct mm_buf buf;
    const struct header header = { .field_count = HEADER_FIELDS_CANCUN };
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    const size_t whole = rlp_open_list(&buf);
    header_encode(&buf, &header);
    rlp_add_list_header(&buf, sizeof items);
    mm_buf_add(&buf, MM_BYTES_OF(items));
    mm_buf_add(&buf, unhex("c0c0"));
    rlp_close_list(&buf, whole);
    cr_assert_not(block_decode(&small, &block, mm_buf_bytes(&buf), &problem));
    cr_assert_eq(problem.rlp, RLP_OK);
    cr_assert_eq(problem.tx, TX_TYPE_UNKNOWN);
    mm_buf_fini(&buf);
    mm_arena_fini(&small);
}

Test(block, without_memory_it_is_refused)
{
    const mm_bytes raw = encoded(HEADER_FIELDS_CANCUN, signed_txs(3), 3);
    for (size_t room = 0; room < 1 << 14; room += 64) {
        struct mm_arena small;
        struct block block;
        struct block_problem problem;
        mm_arena_init(&small, room);
        if (!block_decode(&small, &block, raw, &problem))
            cr_assert(problem.rlp == RLP_OK && problem.tx == TX_NO_MEMORY);
        mm_arena_fini(&small);
    }
}
