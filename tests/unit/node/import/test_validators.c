/* The validator set follows the votes of blocks: in the headers, in the chain at hand, after restarts and on the way back. */
#include <criterion/criterion.h>

#include "node/import/chain_internal.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/seal_alone.h"

static struct dev_chain dev;
static const mm_addr NEWCOMER = { { 0xaa, 0xbb } };
static const struct ledger_note NOTE = { "settings", MM_BYTES_LIT("s") };

/* The set that the head commits to is the chain's. */
static void expect_set(size_t count, bool has_newcomer)
{
    const struct validator_set *set = chain_validators(dev.chain);
    const mm_hash32 commitment = validators_commitment(set);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    cr_assert_eq(set->count, count);
    cr_assert_eq(validators_has(set, &NEWCOMER), has_newcomer);
    cr_assert_eq(memcmp(ledger_head_header(view)->extra, commitment.b, MM_EXTRA_BYTES), 0);
    ledger_release(view);
}

static void add_newcomer(void)
{
    dev_chain_vote(&dev, 0, &NEWCOMER, true);
    (void)dev_chain_block(&dev);
}

static uint64_t head(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const uint64_t number = ledger_head(view);
    ledger_release(view);
    return number;
}

Test(chain_validators, follow_votes_and_survive_restarts)
{
    dev_chain_init_council(&dev, DEV_ROCKSDB, 1, 0);
    dev_chain_mint(&dev, 1, 2);
    (void)dev_chain_block(&dev);
    expect_set(1, false);
    add_newcomer();
    expect_set(2, true);
    dev_chain_come_back(&dev); /* executes it again */
    cr_assert_eq(dev.opened.replayed, 2);
    expect_set(2, true);
    dev_chain_flush(&dev);
    dev_chain_come_back(&dev);
    cr_assert_eq(dev.opened.replayed, 0);
    expect_set(2, true);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(chain_validators, that_need_others_make_no_block_alone)
{
    struct chain_block block;
    dev_chain_init_council(&dev, DEV_MEMORY, 1, 0);
    cr_assert(chain_seals_alone(dev.chain));
    add_newcomer();
    cr_assert_not(chain_seals_alone(dev.chain));
    dev_chain_pay(&dev, 0, 1, 1);
    const struct chain_proposal proposal = { .timestamp = 1800000000,
                                             .source = dev_chain_source(&dev) };
    cr_assert_eq(seal_alone(dev.chain, &block, &proposal), MM_ERR_BUSY);
    cr_assert_eq(dev.offered, 0);
    cr_assert_eq(head(), 1);
    dev_chain_fini(&dev);
    /* A set of one, which is another. */
    dev_chain_init_council(&dev, DEV_MEMORY, 1, 3);
    cr_assert_not(chain_seals_alone(dev.chain));
    dev_chain_fini(&dev);
}

/* Half of a quorum of votes changes storage of the account, and no set. */
Test(chain_validators, stay_while_votes_are_open)
{
    dev_chain_init_council(&dev, DEV_MEMORY, 1, 0);
    dev_chain_send(&dev, 0, &DEV_VALIDATORS_ACCOUNT, 0, (mm_bytes){ NULL, 0 }); /* reverts */
    (void)dev_chain_block(&dev);
    expect_set(1, false);
    dev_chain_edit(&dev, EDIT_BALANCE, &DEV_VALIDATORS_ACCOUNT, 0, 5);
    (void)dev_chain_block(&dev);
    expect_set(1, false);
    dev_chain_fini(&dev);
}

Test(chain_validators, go_back_with_the_chain)
{
    dev_chain_init_council(&dev, DEV_ROCKSDB, 1, 0);
    cr_assert_eq(chain_take_snapshot(dev.chain, 1, MM_BYTES_LIT(""), &NOTE), MM_OK);
    add_newcomer();
    cr_assert_eq(chain_take_snapshot(dev.chain, 2, MM_BYTES_LIT(""), &NOTE), MM_OK);
    cr_assert_eq(chain_revert(dev.chain, 2, &NOTE), MM_OK);
    expect_set(2, true);
    cr_assert_eq(chain_revert(dev.chain, 1, &NOTE), MM_OK);
    dev_chain_read_nonces(&dev);
    expect_set(1, false);
    add_newcomer();
    expect_set(2, true);
    cr_assert_eq(chain_reset(dev.chain, &NOTE), MM_OK);
    dev_chain_read_nonces(&dev);
    expect_set(1, false);
    add_newcomer();
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

/* ---- a header that commits to something else ---- */

static mm_err offer_nothing(void *ctx, struct block_run *run)
{
    (void)ctx, (void)run;
    return MM_OK;
}

/* A block that is right but for its extraData, which `byte` changes. */
static void execute_with(struct executed *executed, struct mm_arena *arena, uint8_t byte)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct execution execution = { .natives = chain_natives(dev.chain),
                                         .view = view,
                                         .arena = arena,
                                         .timestamp = 1800000000,
                                         .gas_limit = ledger_head_header(view)->gas_limit,
                                         .offer = offer_nothing };
    cr_assert_eq(chain_execute(executed, &execution), MM_OK);
    executed->result.header.extra[7] ^= byte;
    ledger_release(view);
}

static mm_err replay(const struct executed *executed, struct mm_arena *arena,
                     struct mm_reason *reason)
{
    const struct header *header = &executed->result.header;
    const struct block block = { .header = *header, .hash = header_hash(header) };
    const struct certificate certificate = dev_chain_certificate(&dev, header);
    return chain_replay_block(chain_ledger(dev.chain), chain_natives(dev.chain), arena, &block,
                              &certificate, (mm_bytes){ NULL, 0 }, reason);
}

Test(chain_validators, that_a_header_does_not_commit_to_are_noticed_when_it_is_executed_again)
{
    struct mm_arena arena;
    struct mm_reason reason = { "" };
    struct executed executed;
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init_council(&dev, DEV_MEMORY, 1, 0);
    execute_with(&executed, &arena, 1);
    cr_assert_eq(replay(&executed, &arena, &reason), MM_ERR_CORRUPT);
    cr_assert_not_null(strstr(reason.text, "another validator set"), "%s", reason.text);
    execute_with(&executed, &arena, 0);
    cr_assert_eq(replay(&executed, &arena, &reason), MM_OK, "%s", reason.text);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}

Test(chain_validators, that_a_header_does_not_commit_to_are_found_by_db_check)
{
    struct mm_arena arena;
    struct executed executed;
    mm_arena_init(&arena, SIZE_MAX);
    dev_chain_init_council(&dev, DEV_MEMORY, 1, 0);
    execute_with(&executed, &arena, 1);
    const struct block_result *result = &executed.result;
    const struct certificate certificate = dev_chain_certificate(&dev, &result->header);
    const struct ledger_block block = { .header = &result->header,
                                        .hash = header_hash(&result->header),
                                        .certificate = &certificate,
                                        .changes = &result->changes,
                                        .nodes = executed.nodes };
    cr_assert_eq(ledger_store(chain_ledger(dev.chain), &block), MM_OK);
    cr_assert_eq(ledger_apply(chain_ledger(dev.chain), &block), MM_OK);
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_STATE), 1);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}
