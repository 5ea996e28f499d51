/* Candidates: made, verified elsewhere, found again, committed, dropped; and that nothing of them is in the database before. */
#include <criterion/criterion.h>
#include <signal.h>

#include "node/import/chain_internal.h"
#include "state/base/heap.h"
#include "state/store/kv_internal.h"
#include "tests/unit/node/import/council.h"

static struct council council;
static struct dev_chain *const builder = &council.nodes[0];
static struct dev_chain *const voter = &council.nodes[1];
static const struct ledger_note NOTE = { "settings", MM_BYTES_LIT("s") };

static void begin(void)
{
    council_begin(&council, DEV_MEMORY);
}

static void end(void)
{
    council_end(&council);
}

TestSuite(candidate, .init = begin, .fini = end);

Test(candidate, says_what_it_is)
{
    struct chain_candidate *candidate = council_build_some(builder);
    const struct header *header = chain_candidate_header(candidate);
    const mm_hash32 hash = header_hash(header);
    cr_assert_eq(header->number, 1);
    cr_assert_eq(header->timestamp, COUNCIL_TIME);
    cr_assert(mm_addr_equal(&header->coinbase, &builder->addrs[DEV_PEOPLE]));
    cr_assert(mm_hash_equal(&hash, chain_candidate_hash(candidate)));
    cr_assert_eq(chain_candidate_tx_count(candidate), 4);
    cr_assert_eq(chain_candidate_validators(candidate)->count, COUNCIL);
    const mm_bytes encoded = council_encoded(candidate);
    cr_assert_eq(encoded.ptr, council_encoded(candidate).ptr, "encoded once");
    cr_assert_eq(chain_find_candidate(builder->chain, &hash), candidate);
    chain_drop(builder->chain, candidate);
    cr_assert_null(chain_find_candidate(builder->chain, &hash));
}

Test(candidate, that_was_built_is_verified_equal_by_another_chain)
{
    struct block_refusal refusal;
    for (uint64_t number = 1; number <= 5; number++) {
        struct chain_candidate *built =
            number == 1 ? council_build_some(builder) : council_build(builder);
        const mm_bytes encoded = council_encoded(built);
        struct chain_candidate *verified = council_verify(voter, &refusal, encoded);
        cr_assert_not_null(verified);
        cr_assert(mm_hash_equal(chain_candidate_hash(built), chain_candidate_hash(verified)));
        cr_assert(mm_bytes_equal(encoded, council_encoded(verified)));
        cr_assert_eq(chain_candidate_tx_count(built), chain_candidate_tx_count(verified));
        council_commit(builder, built);
        council_commit(voter, verified);
        mm_hash32 heads[2];
        cr_assert_eq(council_head(builder, &heads[0]), number);
        cr_assert_eq(council_head(voter, &heads[1]), number);
        cr_assert(mm_hash_equal(&heads[0], &heads[1]));
    }
    cr_assert_eq(dev_chain_check(builder, CHAIN_CHECK_REPLAY), 0);
    cr_assert_eq(dev_chain_check(voter, CHAIN_CHECK_REPLAY), 0);
}

Test(candidate, of_many_transactions_is_verified)
{
    struct block_refusal refusal;
    for (size_t i = 0; i < DEV_PENDING_MAX; i++)
        dev_chain_mint(builder, i % DEV_PEOPLE, 0);
    struct chain_candidate *built = council_build(builder);
    cr_assert_eq(chain_candidate_tx_count(built), DEV_PENDING_MAX);
    struct chain_candidate *verified = council_verify(voter, &refusal, council_encoded(built));
    cr_assert_not_null(verified);
    council_commit(voter, verified);
}

Test(candidate, has_no_more_transactions_than_were_asked_for)
{
    struct chain_candidate *built = NULL;
    for (size_t i = 0; i < 6; i++)
        dev_chain_mint(builder, i % 2, 0);
    const struct chain_proposal proposal = { .timestamp = COUNCIL_TIME,
                                             .source = dev_chain_source(builder),
                                             .txs_max = 4 };
    cr_assert_eq(chain_build(builder->chain, &built, &proposal), MM_OK);
    cr_assert_eq(chain_candidate_tx_count(built), 4);
    struct block_refusal refusal;
    cr_assert_not_null(council_verify(voter, &refusal, council_encoded(built)));
}

struct mined {
    mm_addr senders[8];
    uint64_t nonces[8];
    size_t count;
};

static void note_mined(void *ctx, const mm_addr *sender, uint64_t nonce)
{
    struct mined *mined = ctx;
    mined->senders[mined->count] = *sender;
    mined->nonces[mined->count++] = nonce;
}

Test(candidate, that_is_committed_says_what_nonces_its_senders_have)
{
    static const size_t from[] = { 0, 0, 0, 1, 0 };
    struct mined mined = { .count = 0 };
    const struct chain_senders senders = { .ctx = &mined, .mined = note_mined };
    chain_know_senders(builder->chain, &senders);
    for (size_t i = 0; i < MM_COUNT_OF(from); i++)
        dev_chain_mint(builder, from[i], 0);
    struct chain_candidate *candidate = council_build(builder);
    cr_assert_eq(mined.count, 0, "it is in no chain yet");
    council_commit(builder, candidate);
    cr_assert_eq(mined.count, 3, "once for those that follow each other");
    cr_assert(mm_addr_equal(&mined.senders[0], &builder->addrs[0]));
    cr_assert_eq(mined.nonces[0], 3);
    cr_assert(mm_addr_equal(&mined.senders[1], &builder->addrs[1]));
    cr_assert_eq(mined.nonces[1], 1);
    cr_assert(mm_addr_equal(&mined.senders[2], &builder->addrs[0]));
    cr_assert_eq(mined.nonces[2], 4);
}

Test(candidate, owns_its_transactions)
{
    struct block_refusal refusal;
    struct chain_candidate *candidate = council_build_some(builder);
    /* What they were built from is something else now. */
    memset(mm_arena_alloc(&builder->arena, 1 << 16), 0xff, 1 << 16);
    mm_bytes encoded = council_encoded(candidate);
    uint8_t *copy = malloc(encoded.len);
    memcpy(copy, encoded.ptr, encoded.len);
    struct chain_candidate *verified =
        council_verify(voter, &refusal, mm_bytes_from(copy, encoded.len));
    cr_assert_not_null(verified);
    memset(copy, 0xff, encoded.len);
    cr_assert_null(council_verify(voter, &refusal, mm_bytes_from(copy, encoded.len)));
    cr_assert(mm_bytes_equal(encoded, council_encoded(verified)));
    free(copy);
    council_commit(builder, candidate);
    council_commit(voter, verified);
    cr_assert_eq(dev_chain_check(builder, CHAIN_CHECK_REPLAY), 0);
    cr_assert_eq(dev_chain_check(voter, CHAIN_CHECK_REPLAY), 0);
}

Test(candidate, that_is_committed_drops_the_others_of_its_height)
{
    struct chain_candidate *first = council_build_some(builder);
    struct chain_candidate *second = council_build(builder);
    const mm_hash32 hashes[] = { *chain_candidate_hash(first), *chain_candidate_hash(second) };
    mm_hash32 head;
    cr_assert_not(mm_hash_equal(&hashes[0], &hashes[1]));
    cr_assert_eq(chain_find_candidate(builder->chain, &hashes[0]), first);
    cr_assert_eq(chain_find_candidate(builder->chain, &hashes[1]), second);
    council_commit(builder, second);
    cr_assert_null(chain_find_candidate(builder->chain, &hashes[0]));
    cr_assert_null(chain_find_candidate(builder->chain, &hashes[1]));
    cr_assert_eq(council_head(builder, &head), 1);
    cr_assert(mm_hash_equal(&head, &hashes[1]));
}

Test(candidate, whose_parent_is_no_longer_the_head_is_never_committed, .signal = SIGABRT)
{
    council_commit(builder, council_build(builder));
    struct chain_candidate *candidate = council_build(builder);
    const struct certificate certificate =
        dev_chain_certificate(builder, chain_candidate_header(candidate));
    cr_assert_eq(dev_chain_rewind_ledger(builder, 0), MM_OK); /* behind the chain's back */
    cr_assert_neq(chain_commit(builder->chain, candidate, &certificate, NULL, 0), MM_OK);
}

Test(candidate, is_not_executed_twice)
{
    struct block_refusal refusal;
    const mm_bytes encoded = council_encoded(council_build_some(builder));
    struct chain_candidate *verified = council_verify(voter, &refusal, encoded);
    cr_assert_not_null(verified);
    cr_assert_eq(council_verify(voter, &refusal, encoded), verified);
    cr_assert_not_null(council_verify(builder, &refusal, encoded), "its own, too");
}

/* The hash is the header's: what comes along with it is looked at all the same. */
Test(candidate, is_not_found_by_a_block_with_its_header_and_another_body)
{
    struct mm_arena arena;
    struct mm_buf buf;
    struct block block;
    struct block_problem problem;
    struct block_refusal refusal;
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&buf, SIZE_MAX);
    const mm_bytes encoded = council_encoded(council_build_some(builder));
    cr_assert_not_null(council_verify(voter, &refusal, encoded));
    cr_assert(block_decode(&arena, &block, encoded, &problem));
    block_encode(&buf, &block.header, block.txs, block.tx_count - 1);
    cr_assert_null(council_verify(voter, &refusal, mm_buf_bytes(&buf)));
    cr_assert_eq(refusal.verdict, BLOCK_TX_ROOT);
    struct tx txs[4];
    memcpy(txs, block.txs, sizeof txs);
    txs[1] = block.txs[2];
    mm_buf_reset(&buf);
    block_encode(&buf, &block.header, txs, 4);
    cr_assert_null(council_verify(voter, &refusal, mm_buf_bytes(&buf)));
    cr_assert_eq(refusal.verdict, BLOCK_TX_ROOT);
    block.ommers = MM_BYTES_LIT("\xc1\x80");
    mm_buf_reset(&buf);
    block_encode_whole(&buf, &block);
    cr_assert_null(council_verify(voter, &refusal, mm_buf_bytes(&buf)));
    cr_assert_eq(refusal.verdict, BLOCK_BODY);
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

Test(candidate, makes_room_for_younger_ones)
{
    mm_hash32 hashes[CHAIN_CANDIDATES_MAX + 3];
    for (size_t i = 0; i < MM_COUNT_OF(hashes); i++) {
        struct chain_candidate *candidate = NULL;
        const struct chain_proposal proposal = { .timestamp = COUNCIL_TIME + i,
                                                 .source = dev_chain_source(builder) };
        cr_assert_eq(chain_build(builder->chain, &candidate, &proposal), MM_OK);
        hashes[i] = *chain_candidate_hash(candidate);
        for (size_t j = 0; j <= i; j++)
            cr_assert_eq(chain_find_candidate(builder->chain, &hashes[j]) != NULL,
                         j + CHAIN_CANDIDATES_MAX > i);
    }
    /* A refused block takes nobody's place. */
    struct block_refusal refusal;
    cr_assert_null(council_verify(builder, &refusal, MM_BYTES_LIT("\xc0")));
    cr_assert_not_null(chain_find_candidate(builder->chain, &hashes[3]));
    council_commit(builder, chain_find_candidate(builder->chain, &hashes[4]));
    mm_hash32 head;
    cr_assert_eq(council_head(builder, &head), 1);
    cr_assert(mm_hash_equal(&head, &hashes[4]));
}

Test(candidate, is_none_where_an_empty_block_is_not_wanted)
{
    struct chain_candidate *candidate = NULL;
    const struct chain_proposal proposal = { .source = dev_chain_source(builder),
                                             .skip_empty = true };
    cr_assert_eq(chain_build(builder->chain, &candidate, &proposal), MM_ERR_NOT_FOUND);
    cr_assert_null(candidate);
}

/* ---- dev control ---- */

Test(candidate, goes_when_dev_control_changes_what_it_stands_on)
{
    struct block_refusal refusal;
    const mm_hash32 hash = *chain_candidate_hash(council_build_some(builder));
    const mm_bytes foreign = council_encoded(council_build(voter));
    dev_chain_edit(builder, EDIT_BALANCE, &DEV_COLLECTION, 0, 7);
    cr_assert_null(chain_find_candidate(builder->chain, &hash));
    cr_assert_null(council_verify(builder, &refusal, foreign));
    cr_assert_eq(refusal.verdict, BLOCK_EDITED);
}

Test(candidate, goes_when_the_chain_goes_back)
{
    cr_assert_eq(chain_take_snapshot(builder->chain, 1, MM_BYTES_LIT(""), &NOTE), MM_OK);
    council_commit(builder, council_build(builder));
    mm_hash32 hash = *chain_candidate_hash(council_build(builder));
    cr_assert_eq(chain_revert(builder->chain, 1, &NOTE), MM_OK);
    cr_assert_null(chain_find_candidate(builder->chain, &hash));
    hash = *chain_candidate_hash(council_build(builder));
    cr_assert_eq(chain_reset(builder->chain, &NOTE), MM_OK);
    cr_assert_null(chain_find_candidate(builder->chain, &hash));
    council_commit(builder, council_build(builder));
}

/* Its record is no part of a block on the wire. */
Test(candidate, with_something_of_dev_control_in_it_is_refused_elsewhere)
{
    const mm_addr stranger = { { 0xed } };
    struct block_refusal refusal;
    const struct edit fee = { .kind = EDIT_BASE_FEE, .value = u256_from_u64(12345) };
    cr_assert_eq(chain_edit(builder->chain, &fee, 1), MM_OK);
    cr_assert_null(council_verify(voter, &refusal, council_encoded(council_build(builder))));
    cr_assert_eq(refusal.verdict, BLOCK_HEADER);
    cr_assert_eq(refusal.header, HEADER_BASE_FEE);
    cr_assert_eq(chain_reset(builder->chain, &NOTE), MM_OK);

    dev_chain_edit(builder, EDIT_BALANCE, &stranger, 0, 5);
    cr_assert_null(council_verify(voter, &refusal, council_encoded(council_build(builder))));
    cr_assert_eq(refusal.verdict, BLOCK_STATE_ROOT);
    cr_assert_eq(chain_reset(builder->chain, &NOTE), MM_OK);

    struct tx tx = { .type = TX_DYNAMIC_FEE,
                     .has_chain_id = true,
                     .chain_id = u256_from_u64(31337),
                     .max_fee = u256_from_u64(100000000000),
                     .gas_limit = 100000,
                     .to = stranger };
    cr_assert(tx_sign_as(&builder->arena, &tx, &builder->addrs[0]));
    cr_assert_eq(tx_decode(&builder->arena, &builder->pending[0], tx.raw, NULL), TX_OK);
    builder->pending[0].sender = builder->addrs[0];
    builder->pending[0].is_impersonated = true;
    builder->pending_count = 1;
    struct chain_candidate *built = council_build(builder);
    cr_assert_null(council_verify(voter, &refusal, council_encoded(built)));
    cr_assert_eq(refusal.verdict, BLOCK_TX);
    cr_assert_eq(refusal.tx_index, 0);
    council_commit(builder, built); /* at home it is one */
    cr_assert_eq(dev_chain_check(builder, CHAIN_CHECK_REPLAY), 0);
}

static void is_of_the_wrong_chain(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    (void)tx;
    cr_assert_eq(verdict, TX_WRONG_CHAIN);
    ((struct dev_chain *)ctx)->offered++;
}

Test(candidate, has_no_transaction_that_names_the_chain_id_of_before)
{
    struct block_refusal refusal;
    struct chain_candidate *built;
    struct chain_candidate *voted = council_build(voter);
    struct chain_proposal proposal = { .timestamp = COUNCIL_TIME };
    dev_chain_mint(builder, 0, 3);
    chain_set_tx_chain_id(builder->chain, 777);
    proposal.source = dev_chain_source(builder);
    proposal.source.tried = is_of_the_wrong_chain;
    cr_assert_eq(chain_build(builder->chain, &built, &proposal), MM_OK);
    cr_assert_eq(builder->offered, builder->pending_count);
    cr_assert_eq(chain_candidate_tx_count(built), 0);
    cr_assert_null(council_verify(builder, &refusal, council_encoded(voted)));
    cr_assert_eq(refusal.verdict, BLOCK_EDITED, "the others know nothing of it");
    chain_set_tx_chain_id(builder->chain, 31337);
    cr_assert_not_null(council_verify(builder, &refusal, council_encoded(voted)));
    council_commit(builder, council_build(builder));
}

struct knowing {
    mm_addr sender;
    size_t asked;
};

static bool know(void *ctx, mm_addr *sender, const mm_hash32 *tx_hash)
{
    struct knowing *knowing = ctx;
    (void)tx_hash;
    knowing->asked++;
    *sender = knowing->sender;
    return sender->b[0] != 0;
}

Test(candidate, takes_senders_from_who_knows_them_and_recovers_the_others)
{
    struct knowing knowing = { .asked = 0 };
    const struct chain_senders senders = { &knowing, know };
    struct block_refusal refusal;
    chain_know_senders(voter->chain, &senders);
    struct chain_candidate *built = council_build_some(builder);
    const size_t count = chain_candidate_tx_count(built);
    struct chain_candidate *verified = council_verify(voter, &refusal, council_encoded(built));
    cr_assert_not_null(verified);
    cr_assert_eq(knowing.asked, count, "nobody was known");
    chain_drop(voter->chain, verified);
    knowing.sender = builder->addrs[7]; /* what is known is believed: it shows in the state */
    cr_assert_null(council_verify(voter, &refusal, council_encoded(built)));
    cr_assert_neq(refusal.verdict, BLOCK_OK);
}

/* ---- the database ---- */

static struct kv_ops counting;
static const struct kv_ops *real_ops;
static size_t writes;
static size_t failing_write; /* counted from 1; 0: none */

static mm_err count_write(struct kv *kv, const struct kv_batch *batch,
                          enum kv_durability durability)
{
    return ++writes == failing_write ? MM_ERR_IO : real_ops->write(kv, batch, durability);
}

static void count_writes(struct dev_chain *node, size_t failing)
{
    real_ops = node->kv->ops;
    counting = *real_ops;
    counting.write = count_write;
    node->kv->ops = &counting;
    writes = 0;
    failing_write = failing;
}

Test(candidate, is_in_no_database_before_it_is_committed_and_then_by_one_write)
{
    struct block_refusal refusal;
    count_writes(voter, 0);
    struct chain_candidate *built = council_build_some(builder);
    struct chain_candidate *verified = council_verify(voter, &refusal, council_encoded(built));
    (void)council_build(voter);
    cr_assert_eq(writes, 0);
    council_commit(voter, verified);
    cr_assert_eq(writes, 1);
}

Test(candidate, is_committed_with_notes_in_the_same_write)
{
    struct mm_arena arena;
    mm_bytes value;
    const struct ledger_note notes[] = { { "one", MM_BYTES_LIT("1") },
                                         { "two", MM_BYTES_LIT("2") } };
    struct chain_candidate *built = council_build_some(builder);
    const struct certificate certificate =
        dev_chain_certificate(builder, chain_candidate_header(built));
    mm_arena_init(&arena, SIZE_MAX);
    count_writes(builder, 0);
    cr_assert_eq(chain_commit(builder->chain, built, &certificate, notes, 2), MM_OK);
    cr_assert_eq(writes, 1);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(ledger_note(chain_ledger(builder->chain), &arena, &value, notes[i].name),
                     MM_OK);
        cr_assert(mm_bytes_equal(value, notes[i].value));
    }
    mm_arena_fini(&arena);
}

Test(candidates_on_disk, are_gone_after_a_crash_without_a_trace)
{
    struct block_refusal refusal;
    mm_hash32 genesis;
    mm_hash32 head;
    council_begin(&council, DEV_ROCKSDB);
    (void)council_head(voter, &genesis);
    struct chain_candidate *built = council_build_some(builder);
    const mm_hash32 hash = *chain_candidate_hash(built);
    const mm_bytes encoded = council_encoded(built);
    cr_assert_not_null(council_verify(voter, &refusal, encoded));
    dev_chain_come_back(voter);
    cr_assert_eq(voter->opened.replayed, 0);
    cr_assert_eq(council_head(voter, &head), 0);
    cr_assert(mm_hash_equal(&head, &genesis));
    cr_assert_null(chain_find_candidate(voter->chain, &hash));
    cr_assert_eq(dev_chain_check(voter, CHAIN_CHECK_REPLAY), 0);
    council_commit(voter, council_verify(voter, &refusal, encoded));
    dev_chain_come_back(voter);
    cr_assert_eq(voter->opened.replayed, 1);
    cr_assert_eq(council_head(voter, &head), 1);
    cr_assert(mm_hash_equal(&head, &hash));
    council_end(&council);
}

/* The one write of a commit fails: the block is not there, neither now nor after coming back. */
Test(candidates_on_disk, are_not_there_when_their_write_failed)
{
    council_begin(&council, DEV_ROCKSDB);
    struct chain_candidate *built = council_build_some(builder);
    const struct certificate certificate =
        dev_chain_certificate(builder, chain_candidate_header(built));
    mm_hash32 head;
    count_writes(builder, 1);
    cr_assert_eq(chain_commit(builder->chain, built, &certificate, NULL, 0), MM_ERR_IO);
    cr_assert_eq(council_head(builder, &head), 0);
    builder->kv->ops = real_ops;
    dev_chain_come_back(builder);
    cr_assert_eq(council_head(builder, &head), 0);
    cr_assert_eq(dev_chain_check(builder, CHAIN_CHECK_REPLAY), 0);
    council_end(&council);
}

/* ---- memory ---- */

#ifdef MINTMARK_CHECKED /* mm_heap_fail_after is of these builds alone */

Test(candidate, needs_memory_and_says_so)
{
    struct block_refusal refusal;
    struct chain_candidate *candidate = NULL;
    struct chain_candidate *built = council_build_some(builder);
    const mm_bytes encoded = council_encoded(built);
    size_t failures = 0;
    for (size_t successes = 0;; successes++) {
        mm_heap_fail_after(successes);
        const mm_err err = chain_verify(voter->chain, &candidate, &refusal, encoded);
        mm_heap_fail_after(SIZE_MAX);
        if (err == MM_OK)
            break;
        cr_assert(err == MM_ERR_NO_MEMORY || err == MM_ERR_LIMIT, "%s", mm_err_text(err));
        cr_assert_eq(refusal.verdict, BLOCK_OK, "its builder is not to blame");
        cr_assert_null(candidate);
        failures++;
    }
    cr_assert_gt(failures, 5);
    cr_assert(mm_hash_equal(chain_candidate_hash(built), chain_candidate_hash(candidate)));
    council_commit(voter, candidate);
}

#endif
