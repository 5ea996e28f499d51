/* Blocks from outside that are not quite right: each is refused by the rule it breaks. */
#include <criterion/criterion.h>

#include "state/trie/ordered.h"
#include "tests/unit/node/import/council.h"

static struct council council;
static struct dev_chain *const builder = &council.nodes[0];
static struct dev_chain *const voter = &council.nodes[1];
static struct mm_arena arena;
static struct mm_buf buf;
static struct block good; /* what the builder made, decoded */

/* Block 2, so that its parent is not genesis. */
static void begin(void)
{
    struct block_problem problem;
    struct block_refusal refusal;
    council_begin(&council, DEV_MEMORY);
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&buf, SIZE_MAX);
    struct chain_candidate *first = council_build_some(builder);
    council_commit(voter, council_verify(voter, &refusal, council_encoded(first)));
    council_commit(builder, first);
    const mm_bytes encoded = council_encoded(council_build_some(builder));
    cr_assert(block_decode(&arena, &good, encoded, &problem));
}

static void end(void)
{
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
    council_end(&council);
}

TestSuite(verify, .init = begin, .fini = end);

static struct block_refusal verdict_of(const struct header *header, const struct tx *txs,
                                       size_t tx_count)
{
    struct block_refusal refusal;
    mm_buf_reset(&buf);
    block_encode(&buf, header, txs, tx_count);
    struct chain_candidate *candidate = council_verify(voter, &refusal, mm_buf_bytes(&buf));
    if (candidate != NULL)
        chain_drop(voter->chain, candidate);
    return refusal;
}

/* ---- header ---- */

static void expect_field(const struct header *header, enum block_verdict verdict,
                         enum header_verdict rule, const char *field)
{
    const struct block_refusal refusal = verdict_of(header, good.txs, good.tx_count);
    cr_expect_eq(refusal.verdict, verdict, "%s: %s", field, block_verdict_text(refusal.verdict));
    cr_expect_eq(refusal.header, rule, "%s: %s", field, header_verdict_text(refusal.header));
}

#define EXPECT_HEADER(rule, change)                                                                \
    do {                                                                                           \
        struct header h = good.header;                                                             \
        change;                                                                                    \
        expect_field(&h, BLOCK_HEADER, rule, #change);                                             \
    } while (0)

#define EXPECT_FIELD(verdict, change)                                                              \
    do {                                                                                           \
        struct header h = good.header;                                                             \
        change;                                                                                    \
        expect_field(&h, verdict, HEADER_OK, #change);                                             \
    } while (0)

Test(verify, refuses_each_field_of_the_header_by_its_rule)
{
    EXPECT_FIELD(BLOCK_OK, (void)h);
    EXPECT_HEADER(HEADER_PARENT, h.parent_hash.b[5] ^= 1);
    EXPECT_HEADER(HEADER_DIFFICULTY, h.ommers_hash.b[5] ^= 1);
    EXPECT_FIELD(BLOCK_COINBASE, h.coinbase.b[5] ^= 1);
    EXPECT_FIELD(BLOCK_STATE_ROOT, h.coinbase = builder->addrs[DEV_PEOPLE + 2]); /* its tips */
    EXPECT_FIELD(BLOCK_STATE_ROOT, h.state_root.b[5] ^= 1);
    EXPECT_FIELD(BLOCK_TX_ROOT, h.tx_root.b[5] ^= 1);
    EXPECT_FIELD(BLOCK_RECEIPTS_ROOT, h.receipts_root.b[5] ^= 1);
    EXPECT_FIELD(BLOCK_BLOOM, h.bloom.b[5] ^= 1);
    EXPECT_HEADER(HEADER_DIFFICULTY, h.difficulty = u256_from_u64(1));
    EXPECT_HEADER(HEADER_NUMBER, h.number++);
    EXPECT_HEADER(HEADER_NUMBER, h.number--);
    EXPECT_HEADER(HEADER_GAS_LIMIT, h.gas_limit += h.gas_limit / 1024);
    EXPECT_FIELD(BLOCK_OK, h.gas_limit += h.gas_limit / 1024 - 1); /* the builder's choice */
    EXPECT_FIELD(BLOCK_GAS_USED, h.gas_used++);
    EXPECT_FIELD(BLOCK_GAS_USED, h.gas_used = 0);
    EXPECT_HEADER(HEADER_GAS_USED, h.gas_used = h.gas_limit + 1);
    EXPECT_HEADER(HEADER_TIMESTAMP, h.timestamp--);
    EXPECT_FIELD(BLOCK_OK, h.timestamp++); /* the builder's choice; consensus bounds it */
    EXPECT_FIELD(BLOCK_VALIDATORS, h.extra[5] ^= 1);
    EXPECT_HEADER(HEADER_EXTRA, h.extra_len--);
    EXPECT_HEADER(HEADER_EXTRA, h.extra_len++);
    EXPECT_HEADER(HEADER_RANDAO, h.prev_randao.b[5] ^= 1);
    EXPECT_HEADER(HEADER_DIFFICULTY, h.nonce[7] ^= 1);
    EXPECT_HEADER(HEADER_BASE_FEE, h.base_fee = u256_from_u64(1));
    EXPECT_HEADER(HEADER_EMPTY_FIELDS, h.withdrawals_root.b[5] ^= 1);
    EXPECT_HEADER(HEADER_EMPTY_FIELDS, h.blob_gas_used = 131072);
    EXPECT_HEADER(HEADER_EMPTY_FIELDS, h.excess_blob_gas = 1);
    EXPECT_HEADER(HEADER_EMPTY_FIELDS, h.parent_beacon_root.b[5] ^= 1);
    EXPECT_HEADER(HEADER_FIELDS, h.field_count = HEADER_FIELDS_PRAGUE);
    EXPECT_HEADER(HEADER_FIELDS, h.field_count = HEADER_FIELDS_LONDON);
}

Test(verify, refuses_what_does_not_follow_the_head)
{
    struct block_refusal refusal;
    mm_buf_reset(&buf);
    block_encode(&buf, &good.header, good.txs, good.tx_count);
    council_commit(voter, council_verify(voter, &refusal, mm_buf_bytes(&buf)));
    cr_assert_null(council_verify(voter, &refusal, mm_buf_bytes(&buf)), "it is the head");
    cr_assert_eq(refusal.header, HEADER_NUMBER);
}

/* ---- transactions ---- */

static void expect_of(const struct header *header, const struct tx *txs, size_t count,
                      enum block_verdict verdict, enum tx_verdict rule, size_t index)
{
    const struct block_refusal refusal = verdict_of(header, txs, count);
    cr_expect_eq(refusal.verdict, verdict, "%s", block_verdict_text(refusal.verdict));
    cr_expect_eq(refusal.tx, rule, "%s", tx_verdict_text(refusal.tx));
    cr_expect_eq(refusal.tx_index, index);
    cr_expect_eq(refusal.is_executed, verdict != BLOCK_TX_ROOT);
}

/* With a header that is for them. */
static void expect_txs(const struct tx *txs, size_t count, enum block_verdict verdict,
                       enum tx_verdict rule, size_t index)
{
    mm_bytes items[8];
    struct header header = good.header;
    cr_assert_leq(count, MM_COUNT_OF(items));
    for (size_t i = 0; i < count; i++)
        items[i] = txs[i].raw;
    cr_assert_eq(trie_ordered_root(&arena, &header.tx_root, items, count), MM_OK);
    expect_of(&header, txs, count, verdict, rule, index);
}

/* With another header: nothing says that its signer knows them. */
static void expect_others(const struct tx *txs, size_t count)
{
    expect_of(&good.header, txs, count, BLOCK_TX_ROOT, TX_OK, 0);
}

static void signed_again(struct tx *tx)
{
    cr_assert(tx_sign(&arena, tx, builder->people[0]));
}

Test(verify, refuses_transactions_that_are_not_those_of_the_header)
{
    enum { COUNT = 4, FIRST = 0, PAYMENT = 1, VOTE = 2, LAST = 3 };
    struct tx txs[COUNT + 1];
    const size_t size = COUNT * sizeof *txs;
    cr_assert_eq(good.tx_count, COUNT);

    expect_others(good.txs, COUNT - 1);
    expect_others(NULL, 0);
    memcpy(txs, good.txs, size);
    txs[PAYMENT] = good.txs[VOTE];
    txs[VOTE] = good.txs[PAYMENT];
    expect_others(txs, COUNT);
    txs[FIRST] = good.txs[LAST]; /* of one sender */
    expect_others(txs, COUNT);
    expect_txs(txs, COUNT, BLOCK_TX, TX_NONCE_TOO_HIGH, FIRST);
    memcpy(txs, good.txs, size);
    txs[COUNT] = good.txs[FIRST];
    expect_others(txs, COUNT + 1);
    expect_txs(txs, COUNT + 1, BLOCK_TX, TX_NONCE_TOO_LOW, COUNT);
    txs[COUNT] = dev_chain_tx(builder, 5, 0, &builder->addrs[1], 1, (mm_bytes){ NULL, 0 });
    expect_others(txs, COUNT + 1);
    expect_txs(txs, COUNT + 1, BLOCK_GAS_USED, TX_OK, 0);
}

Test(verify, refuses_transactions_that_this_chain_does_not_admit)
{
    const struct tx first = { .has_chain_id = true,
                              .chain_id = u256_from_u64(31337),
                              .nonce = 2,
                              .max_fee = u256_from_u64(100000000000),
                              .gas_limit = 100000,
                              .to = builder->addrs[1] };
    struct tx tx = first;
    signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_GAS_USED, TX_OK, 0);
    tx = first, tx.chain_id = u256_from_u64(31338), signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_WRONG_CHAIN, 0);
    tx = first, tx.has_chain_id = false, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_UNPROTECTED, 0);
    tx = first, tx.creates = true, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_CREATES, 0);
    tx = first, tx.gas_limit = 20999, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_INTRINSIC_GAS, 0);
    tx = first, tx.nonce = 3, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_NONCE_TOO_HIGH, 0);
    tx = first, tx.max_fee = u256_from_u64(1), signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_FEE_BELOW_BASE, 0);
    tx = first, tx.value = (mm_u256){ { 0, 1 << 20 } }, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_NO_FUNDS, 0);
    tx = first, tx.gas_limit = good.header.gas_limit + 1, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_BLOCK_GAS, 0);
    tx = first, tx.type = TX_DYNAMIC_FEE, tx.priority_fee = (mm_u256){ { 0, 1 } },
    signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_TIP_ABOVE_CAP, 0);
    tx = first, tx.type = TX_BLOB, signed_again(&tx);
    expect_txs(&tx, 1, BLOCK_TX, TX_TYPE_NOT_SUPPORTED, 0);
}

/* ---- bytes ---- */

static bool is_builders_choice(mm_bytes encoded)
{
    struct block block;
    struct block_problem problem;
    const struct mm_arena_mark mark = mm_arena_mark(&arena);
    cr_assert(block_decode(&arena, &block, encoded, &problem));
    const bool is = block.header.timestamp > good.header.timestamp ||
                    block.header.gas_limit != good.header.gas_limit;
    mm_arena_rewind(&arena, mark);
    return is;
}

/* Whatever bit is turned round: it is refused, or it is one of the two fields that the builder chooses. */
Test(verify, takes_no_block_with_a_bit_that_is_wrong)
{
    struct block_refusal refusal;
    size_t choices = 0;
    mm_buf_reset(&buf);
    block_encode(&buf, &good.header, good.txs, good.tx_count);
    const size_t len = mm_buf_bytes(&buf).len;
    uint8_t *bytes = mm_arena_alloc(&arena, len);
    memcpy(bytes, mm_buf_bytes(&buf).ptr, len);
    for (size_t bit = 0; bit < 8 * len; bit += 3) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct chain_candidate *candidate =
            council_verify(voter, &refusal, mm_bytes_from(bytes, len));
        if (candidate != NULL) {
            cr_assert(is_builders_choice(mm_bytes_from(bytes, len)), "bit %zu", bit);
            chain_drop(voter->chain, candidate);
            choices++;
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    cr_assert_gt(choices, 0);
    cr_assert_lt(choices, 64);
    cr_assert_not_null(council_verify(voter, &refusal, mm_bytes_from(bytes, len)));
}

Test(verify, takes_no_block_that_is_cut_or_has_more_behind_it)
{
    struct block_refusal refusal;
    mm_buf_reset(&buf);
    block_encode(&buf, &good.header, good.txs, good.tx_count);
    mm_buf_add(&buf, MM_BYTES_LIT("\x80"));
    const mm_bytes longer = mm_buf_bytes(&buf);
    cr_assert_null(council_verify(voter, &refusal, longer));
    cr_assert_eq(refusal.verdict, BLOCK_ENCODING);
    cr_assert_eq(refusal.rlp, RLP_TRAILING);
    for (size_t len = 0; len < longer.len - 1; len++) {
        cr_assert_null(council_verify(voter, &refusal, mm_bytes_from(longer.ptr, len)));
        cr_assert_eq(refusal.verdict, BLOCK_ENCODING);
    }
    uint8_t *large = mm_arena_zeroed(&arena, 1, MM_BLOCK_BYTES_MAX + 1);
    cr_assert_null(council_verify(voter, &refusal, mm_bytes_from(large, MM_BLOCK_BYTES_MAX + 1)));
    cr_assert_eq(refusal.rlp, RLP_TOO_LARGE);
}

/* ---- words ---- */

Test(verdicts, have_words_of_their_own)
{
    for (int i = BLOCK_OK; i <= BLOCK_VALIDATORS; i++) {
        cr_assert_str_neq(block_verdict_text((enum block_verdict)i), "unknown block verdict");
        for (int j = BLOCK_OK; j < i; j++)
            cr_assert_str_neq(block_verdict_text((enum block_verdict)i),
                              block_verdict_text((enum block_verdict)j));
    }
}

static void expect_words(struct block_refusal refusal, const char *words)
{
    struct mm_reason reason = { "" };
    block_refusal_describe(&reason, &refusal);
    cr_expect_str_eq(reason.text, words);
}

Test(verdicts, say_what_stands_behind_them)
{
    expect_words(
        (struct block_refusal){ .verdict = BLOCK_TX, .tx = TX_NONCE_TOO_LOW, .tx_index = 3 },
        "has transaction 3, which is refused: nonce too low");
    expect_words((struct block_refusal){ .verdict = BLOCK_HEADER, .header = HEADER_PARENT },
                 "does not follow from its parent: wrong parent hash");
    expect_words(
        (struct block_refusal){ .verdict = BLOCK_CERTIFICATE, .certificate = CERTIFICATE_TOO_FEW },
        "is not sealed by the validators: fewer seals than the quorum");
    expect_words((struct block_refusal){ .verdict = BLOCK_BLOOM },
                 "gives another bloom than its header says");
}
