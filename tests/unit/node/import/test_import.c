/* Blocks that others decided: a chain of several validators, whose set changes, taken over by another node. */
#include <criterion/criterion.h>

#include "node/import/chain_internal.h"
#include "state/store/kv_internal.h"
#include "tests/unit/node/import/council.h"

enum { BLOCKS = 12 };

static struct council council;
static struct dev_chain *const source = &council.nodes[0];
static struct dev_chain *const sink = &council.nodes[1];
static struct mm_arena arena;
static struct chain_decided decided[BLOCKS]; /* blocks 1, 2 … of the source */
static mm_hash32 hashes[BLOCKS + 1];

static const mm_addr *validator(size_t number)
{
    return &source->addrs[DEV_PEOPLE + number];
}

/* Votes of the first three in block 3 add validator 4, those in block 6 remove validator 1. */
static void votes_of(uint64_t number)
{
    for (size_t i = 0; i < 3; i++) {
        if (number == 3)
            dev_chain_vote(source, i, validator(4), true);
    }
    for (size_t i = 1; i < 5; i++) {
        if (number == 6)
            dev_chain_vote(source, i, validator(1), false);
    }
}

static void make(uint64_t number)
{
    struct chain_decided *made = &decided[number - 1];
    dev_chain_mint(source, number % DEV_PEOPLE, 1);
    dev_chain_pay(source, 9, 3, number);
    votes_of(number);
    struct chain_candidate *candidate = council_build(source);
    made->certificate = dev_chain_certificate(source, chain_candidate_header(candidate));
    cr_assert_eq(mm_arena_copy(&arena, &made->block, council_encoded(candidate)), MM_OK);
    hashes[number] = *chain_candidate_hash(candidate);
    cr_assert_eq(chain_commit(source->chain, candidate, &made->certificate, NULL, 0), MM_OK);
}

static void begin_over(enum dev_store store)
{
    mm_arena_init(&arena, SIZE_MAX);
    council_begin(&council, store);
    (void)council_head(source, &hashes[0]);
    for (uint64_t number = 1; number <= BLOCKS; number++)
        make(number);
    cr_assert_eq(chain_validators(source->chain)->count, COUNCIL);
    cr_assert_not(validators_has(chain_validators(source->chain), validator(1)));
}

static void begin(void)
{
    begin_over(DEV_MEMORY);
}

static void end(void)
{
    council_end(&council);
    mm_arena_fini(&arena);
}

TestSuite(import, .init = begin, .fini = end);

static struct block_refusal import(size_t from, size_t count, size_t expected)
{
    struct block_refusal refusal;
    size_t imported = SIZE_MAX;
    cr_assert_eq(chain_import(sink->chain, &imported, &refusal, decided + from, count), MM_OK);
    cr_assert_eq(imported, expected, "%zu of %zu: %s", imported, count,
                 block_verdict_text(refusal.verdict));
    return refusal;
}

static void expect_head(uint64_t number)
{
    mm_hash32 head;
    cr_assert_eq(council_head(sink, &head), number);
    cr_assert(mm_hash_equal(&head, &hashes[number]));
}

static void expect_same(void)
{
    const mm_hash32 sets[] = { validators_commitment(chain_validators(source->chain)),
                               validators_commitment(chain_validators(sink->chain)) };
    expect_head(BLOCKS);
    cr_assert(mm_hash_equal(&sets[0], &sets[1]));
    cr_assert_eq(dev_chain_check(sink, CHAIN_CHECK_REPLAY), 0);
}

Test(import, takes_a_whole_chain_at_once)
{
    cr_assert_eq(import(0, BLOCKS, BLOCKS).verdict, BLOCK_OK);
    expect_same();
}

Test(import, takes_a_chain_block_by_block)
{
    for (size_t i = 0; i < BLOCKS; i++)
        cr_assert_eq(import(i, 1, 1).verdict, BLOCK_OK);
    expect_same();
}

Test(import, takes_nothing_when_nothing_is_given)
{
    cr_assert_eq(import(0, 0, 0).verdict, BLOCK_OK);
    expect_head(0);
}

/* A proposal that was verified is what is decided then; another one of the height goes. */
Test(import, takes_up_a_candidate_that_is_there)
{
    struct block_refusal refusal;
    const struct chain_candidate *candidate = council_verify(sink, &refusal, decided[0].block);
    cr_assert_not_null(candidate);
    const mm_hash32 other = *chain_candidate_hash(council_build(sink));
    cr_assert_eq(import(0, 2, 2).verdict, BLOCK_OK);
    expect_head(2);
    cr_assert_null(chain_find_candidate(sink->chain, &hashes[1]));
    cr_assert_null(chain_find_candidate(sink->chain, &other));
    cr_assert_eq(dev_chain_check(sink, CHAIN_CHECK_REPLAY), 0);
}

Test(import, keeps_what_comes_before_a_block_that_is_refused)
{
    decided[7].certificate.seal_count--;
    const struct block_refusal refusal = import(0, BLOCKS, 7);
    cr_assert_eq(refusal.verdict, BLOCK_CERTIFICATE);
    cr_assert_eq(refusal.certificate, CERTIFICATE_TOO_FEW);
    expect_head(7);
    decided[7].certificate.seal_count++;
    cr_assert_eq(import(7, BLOCKS - 7, BLOCKS - 7).verdict, BLOCK_OK);
    expect_same();
}

Test(import, takes_no_gap_and_nothing_twice)
{
    cr_assert_eq(import(1, 1, 0).header, HEADER_NUMBER);
    cr_assert_eq(import(0, 2, 2).verdict, BLOCK_OK);
    cr_assert_eq(import(1, 1, 0).header, HEADER_NUMBER);
    cr_assert_eq(import(3, 1, 0).header, HEADER_NUMBER);
    expect_head(2);
}

/* ---- certificates ---- */

static void expect_certificate(const struct certificate *certificate,
                               enum certificate_verdict verdict)
{
    const struct certificate kept = decided[0].certificate;
    decided[0].certificate = *certificate;
    const struct block_refusal refusal = import(0, 1, 0);
    cr_expect_eq(refusal.verdict, BLOCK_CERTIFICATE);
    cr_expect_eq(refusal.certificate, verdict, "%s", certificate_verdict_text(refusal.certificate));
    decided[0].certificate = kept;
}

Test(import, takes_no_block_without_the_seals_of_a_quorum)
{
    const struct certificate good = decided[0].certificate;
    const struct secp_secret *stranger = source->people[DEV_PEOPLE + 7];
    const struct seal_domain domain = chain_seal_domain(source->chain);
    const mm_hash32 digest = seal_commit_digest(&domain, 1, 0, &hashes[1]);
    struct certificate bad = good;
    cr_assert_eq(good.seal_count, 3);
    bad.seal_count = 0;
    expect_certificate(&bad, CERTIFICATE_TOO_FEW);
    bad = good, bad.seals[1] = good.seals[0];
    expect_certificate(&bad, CERTIFICATE_ORDER);
    bad = good, bad.seals[0] = good.seals[1], bad.seals[1] = good.seals[0];
    expect_certificate(&bad, CERTIFICATE_ORDER);
    bad = good, bad.seals[2] = secp_sign(stranger, &digest);
    expect_certificate(&bad, CERTIFICATE_STRANGER);
    bad = good, bad.round = 1; /* then they signed something else */
    expect_certificate(&bad, CERTIFICATE_STRANGER);
    expect_certificate(&decided[1].certificate, CERTIFICATE_STRANGER);
    memset(&bad.seals[0], 0xff, sizeof bad.seals[0].r);
    expect_certificate(&bad, CERTIFICATE_SIGNATURE);
    expect_head(0);
}

/* From block 4 on five validators seal, four of them; from block 7 on validator 1 is none of them. */
Test(import, asks_for_the_seals_of_the_set_of_each_height)
{
    const struct certificate good[] = { decided[3].certificate, decided[6].certificate };
    const struct seal_domain domain = chain_seal_domain(source->chain);
    cr_assert_eq(decided[2].certificate.seal_count, 3);
    cr_assert_eq(good[0].seal_count, 4);
    decided[3].certificate.seal_count = 3;
    cr_assert_eq(import(0, BLOCKS, 3).certificate, CERTIFICATE_TOO_FEW);
    decided[3].certificate = good[0];
    const mm_hash32 digest = seal_commit_digest(&domain, 7, 0, &hashes[7]);
    for (size_t i = 0; i < decided[6].certificate.seal_count; i++)
        decided[6].certificate.seals[i] = secp_sign(source->people[DEV_PEOPLE + 1], &digest);
    cr_assert_eq(import(3, BLOCKS - 3, 3).certificate, CERTIFICATE_STRANGER);
    decided[6].certificate = good[1];
    cr_assert_eq(import(6, BLOCKS - 6, BLOCKS - 6).verdict, BLOCK_OK);
    expect_same();
}

/* Sealed by all, and wrong all the same. */
Test(import, takes_no_block_that_gives_another_state_whoever_sealed_it)
{
    struct block block;
    struct block_problem problem;
    struct mm_buf buf;
    mm_buf_init(&buf, SIZE_MAX);
    cr_assert(block_decode(&arena, &block, decided[0].block, &problem));
    cr_assert_eq(chain_reset(source->chain, &(struct ledger_note){ "n", { NULL, 0 } }), MM_OK);
    block.header.state_root.b[0] ^= 1;
    block_encode_whole(&buf, &block);
    decided[0] =
        (struct chain_decided){ mm_buf_bytes(&buf), dev_chain_certificate(source, &block.header) };
    cr_assert_eq(import(0, 1, 0).verdict, BLOCK_STATE_ROOT);
    decided[0].block.len--;
    cr_assert_eq(import(0, 1, 0).verdict, BLOCK_ENCODING);
    expect_head(0);
    mm_buf_fini(&buf);
}

Test(import, takes_nothing_where_dev_control_was_at_work)
{
    dev_chain_edit(sink, EDIT_BALANCE, &DEV_COLLECTION, 0, 7);
    cr_assert_eq(import(0, 1, 0).verdict, BLOCK_EDITED);
}

Test(import, leaves_the_rest_when_the_ledger_wants_a_flush)
{
    dev_chain_fini(sink);
    dev_chain_init_council(sink, DEV_ROCKSDB, COUNCIL, 1);
    dev_chain_close(sink);
    sink->tail_bytes_max = 1; /* after each block */
    cr_assert_eq(dev_chain_open(sink, NULL), MM_OK);
    for (size_t i = 0; i < BLOCKS; i++) {
        cr_assert_eq(import(i, BLOCKS - i, 1).verdict, BLOCK_OK);
        dev_chain_flush(sink);
    }
    expect_same();
}

/* ---- the disk ---- */

static struct kv_ops failing;
static const struct kv_ops *real_ops;
static size_t writes;
static size_t synced;
static size_t failing_write; /* counted from 1; 0: none */
static uint64_t shown_at_sync;

static mm_err fail_write(struct kv *kv, const struct kv_batch *batch, enum kv_durability durability)
{
    mm_hash32 head;
    if (durability == KV_SYNCED) {
        synced++;
        shown_at_sync = council_head(sink, &head);
    }
    return ++writes == failing_write ? MM_ERR_IO : real_ops->write(kv, batch, durability);
}

static void watch_writes(size_t failing_at)
{
    real_ops = sink->kv->ops;
    failing = *real_ops;
    failing.write = fail_write;
    sink->kv->ops = &failing;
    writes = 0;
    synced = 0;
    failing_write = failing_at;
}

Test(import, syncs_once_and_shows_nothing_before)
{
    watch_writes(0);
    cr_assert_eq(import(0, BLOCKS, BLOCKS).verdict, BLOCK_OK);
    cr_assert_eq(writes, BLOCKS + 1);
    cr_assert_eq(synced, 1);
    cr_assert_eq(shown_at_sync, 0);
    expect_head(BLOCKS);
}

/* A view that was taken before goes on seeing its block, and so does a flush that runs in between. */
Test(import, leaves_older_views_as_they_were)
{
    cr_assert_eq(import(0, 2, 2).verdict, BLOCK_OK);
    struct ledger_view *view = ledger_acquire(chain_ledger(sink->chain));
    cr_assert(ledger_rotate(chain_ledger(sink->chain)));
    cr_assert_eq(import(2, 4, 4).verdict, BLOCK_OK);
    cr_assert_eq(ledger_flush(chain_ledger(sink->chain)), MM_OK);
    struct validator_set set;
    cr_assert_eq(ledger_head(view), 2);
    cr_assert_eq(chain_validators_at(view, &set, 2), MM_OK);
    cr_assert_eq(set.count, COUNCIL);
    ledger_release(view);
    cr_assert_eq(import(6, BLOCKS - 6, BLOCKS - 6).verdict, BLOCK_OK);
    expect_same();
}

Test(import_on_disk, comes_back_whole_after_any_write_that_fails)
{
    begin_over(DEV_ROCKSDB);
    for (size_t nth = 1; nth <= BLOCKS + 1; nth++) {
        struct block_refusal refusal;
        size_t imported;
        mm_hash32 head;
        dev_chain_fini(sink);
        dev_chain_init_council(sink, DEV_ROCKSDB, COUNCIL, 1);
        watch_writes(nth);
        cr_assert_eq(chain_import(sink->chain, &imported, &refusal, decided, BLOCKS), MM_ERR_IO);
        cr_assert_eq(council_head(sink, &head), 0, "nothing is shown");
        sink->kv->ops = real_ops;
        dev_chain_come_back(sink);
        expect_head(nth - 1); /* what reached the disk, in order */
        cr_assert_eq(dev_chain_check(sink, CHAIN_CHECK_STATE), 0);
        cr_assert_eq(import(nth - 1, BLOCKS - nth + 1, BLOCKS - nth + 1).verdict, BLOCK_OK);
        expect_same();
    }
    end();
}
