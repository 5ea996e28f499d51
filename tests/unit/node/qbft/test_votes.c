/* Which votes count, and which are not even kept. Member 2 is told, at height 1. */
#include <criterion/criterion.h>

#include "council.h"

enum { HEARER = 2 };

static struct council *council;

static void open_council(void)
{
    council = council_new(4);
}

static void close_council(void)
{
    council_free(council);
}

TestSuite(votes, .init = open_council, .fini = close_council);

static void vote(size_t signer, enum qbft_code code, uint64_t height, uint64_t round,
                 const mm_hash32 *digest)
{
    const struct qbft_message message = {
        .code = code, .vote = council_vote(council, signer, code, height, round, digest)
    };
    cr_assert(council_tell(council, HEARER, &message));
}

/* A new block of the round's proposer, with the quorum that a later round needs. */
static struct qbft_block *propose(uint64_t round)
{
    const size_t proposer = (size_t)(round % 4);
    struct qbft_message message = { .code = QBFT_PROPOSAL };
    message.block = council_block(council, HEARER, proposer);
    message.vote = council_vote(council, proposer, QBFT_PROPOSAL, 1, round, &message.block->hash);
    for (size_t i = 0; round > 0 && i < 3; i++)
        message.changes[message.change_count++] = council_change(council, i, 1, round, NULL, NULL);
    cr_assert(council_tell(council, HEARER, &message));
    return message.block;
}

/* Votes are kept by round modulo ROUNDS_KEPT: those of round 0 lie where those of round 9 go. */
Test(votes, of_an_earlier_round_do_not_decide_a_later_one)
{
    enum { LATER = QBFT_ROUNDS_AHEAD + 1 };
    const size_t proposer = LATER % 4;
    struct qbft_message message = { .code = QBFT_PROPOSAL };
    message.block = council_block(council, HEARER, proposer);
    const mm_hash32 *hash = &message.block->hash;
    vote(0, QBFT_COMMIT, 1, 0, hash);
    vote(3, QBFT_COMMIT, 1, 0, hash);
    message.vote = council_vote(council, proposer, QBFT_PROPOSAL, 1, LATER, hash);
    for (size_t i = 0; i < 3; i++)
        message.changes[message.change_count++] = council_change(council, i, 1, LATER, NULL, NULL);
    cr_assert(council_tell(council, HEARER, &message));
    vote(0, QBFT_PREPARE, 1, LATER, hash);
    vote(1, QBFT_PREPARE, 1, LATER, hash);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 1);
    cr_assert_eq(council_status(council, HEARER).commits, 1, "its own");
    cr_assert_eq(council->members[HEARER].head, 0);
    vote(0, QBFT_COMMIT, 1, LATER, hash);
    vote(1, QBFT_COMMIT, 1, LATER, hash);
    cr_assert_eq(council->members[HEARER].head, 1);
    cr_assert_eq(council->members[HEARER].certificates[1].seal_count, 3);
    qbft_message_fini(&message);
}

Test(votes, too_many_rounds_ahead_are_dropped_and_drive_none_out)
{
    const mm_hash32 other = { { 4 } };
    struct qbft_block *block = propose(0);
    vote(0, QBFT_PREPARE, 1, 0, &block->hash);
    vote(0, QBFT_PREPARE, 1, QBFT_ROUNDS_AHEAD + 1, &other);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 0);
    vote(1, QBFT_PREPARE, 1, 0, &block->hash);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 1);
    qbft_block_unref(block);
}

Test(votes, eight_rounds_ahead_are_kept)
{
    enum { LATER = QBFT_ROUNDS_AHEAD };
    const size_t proposer = LATER % 4;
    struct qbft_message message = { .code = QBFT_PROPOSAL };
    message.block = council_block(council, HEARER, proposer);
    const mm_hash32 *hash = &message.block->hash;
    vote(0, QBFT_PREPARE, 1, LATER, hash);
    vote(1, QBFT_PREPARE, 1, LATER, hash);
    message.vote = council_vote(council, proposer, QBFT_PROPOSAL, 1, LATER, hash);
    for (size_t i = 0; i < 3; i++)
        message.changes[message.change_count++] = council_change(council, i, 1, LATER, NULL, NULL);
    cr_assert(council_tell(council, HEARER, &message));
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 1);
    qbft_message_fini(&message);
}

/* What is kept for the next height has one place a validator and round. */
Test(votes, beyond_the_next_height_are_dropped_and_drive_none_out)
{
    const mm_hash32 parent = council->domain.genesis_hash;
    const mm_hash32 other = { { 4 } };
    struct qbft_block *first = stub_validator_block(1, &parent, &council->members[0].addr, 1, 1000);
    struct qbft_block *second =
        stub_validator_block(2, &first->hash, &council->members[1].addr, 2, 1001);
    for (uint64_t height = 3; height < 6; height++)
        vote(0, QBFT_PREPARE, height, 0, &other);
    vote(0, QBFT_PREPARE, 2, 0, &second->hash);
    vote(1, QBFT_PREPARE, 2, 0, &second->hash);
    struct qbft_message message = { .code = QBFT_PROPOSAL, .block = second };
    message.vote = council_vote(council, 1, QBFT_PROPOSAL, 2, 0, &second->hash);
    cr_assert(council_tell(council, HEARER, &message));
    message = (struct qbft_message){ .code = QBFT_DECIDED, .block = first };
    for (size_t i = 0; i < 3; i++)
        message.certificate.seals[message.certificate.seal_count++] =
            council_vote(council, i, QBFT_COMMIT, 1, 0, &first->hash).signature;
    cr_assert(council_tell(council, HEARER, &message));
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 1, "all of height 2 was there");
    qbft_block_unref(first);
    qbft_block_unref(second);
}

/* ---- heads ---- */

static void give_head(uint64_t height)
{
    const struct qbft_height head = { .height = height, .set = council->set };
    council_give(council, HEARER, &(struct qbft_event){ .kind = QBFT_HEAD, .head = &head });
}

Test(votes, are_not_lost_to_a_head_that_is_of_the_past_or_known)
{
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    council_drop(council);
    const uint64_t height = council_status(council, HEARER).height;
    cr_assert_geq(height, 2);
    const mm_hash32 other = { { 4 } };
    struct qbft_message change = { .code = QBFT_ROUND_CHANGE };
    for (size_t i = 0; i < 2; i++) {
        change.change = council_change(council, i, height, 3, NULL, NULL);
        cr_assert(council_tell(council, HEARER, &change));
    }
    vote(0, QBFT_PREPARE, height, 3, &other);
    for (uint64_t head = height; head > 0; head--) {
        give_head(head);
        cr_assert_eq(council_status(council, HEARER).height, height);
        cr_assert_eq(council_status(council, HEARER).round, 3);
    }
    vote(0, QBFT_PREPARE, height, 3, &(mm_hash32){ { 5 } });
    cr_assert_eq(council->members[HEARER].evidence_count, 1, "the first vote is still there");
}
