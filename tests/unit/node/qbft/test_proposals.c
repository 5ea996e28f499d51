/* R2: what a proposal must have. Member 2 is told, at height 1, where places begin with member 0. */
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

TestSuite(proposal, .init = open_council, .fini = close_council);

/* Of this round by its proposer, whose block it is, with what a later round needs when nobody prepared. */
static struct qbft_message proposal_of(uint64_t round)
{
    const size_t proposer = (size_t)(round % 4);
    struct qbft_message message = { .code = QBFT_PROPOSAL };
    message.block = council_block(council, HEARER, proposer);
    message.vote = council_vote(council, proposer, QBFT_PROPOSAL, 1, round, &message.block->hash);
    for (size_t i = 0; round > 0 && i < 3; i++)
        message.changes[message.change_count++] = council_change(council, i, 1, round, NULL, NULL);
    return message;
}

/* The same block that a quorum prepared in an earlier round, with the proof of it. */
static struct qbft_message reproposal_of(uint64_t round, uint64_t prepared)
{
    struct qbft_message message = proposal_of(round);
    qbft_block_unref(message.block);
    message.block = council_block(council, HEARER, (size_t)(prepared % 4));
    const mm_hash32 *hash = &message.block->hash;
    message.vote = council_vote(council, (size_t)(round % 4), QBFT_PROPOSAL, 1, round, hash);
    message.changes[1] = council_change(council, 1, 1, round, &prepared, hash);
    for (size_t i = 0; i < 3; i++)
        message.prepares.items[message.prepares.count++] =
            council_vote(council, i, QBFT_PREPARE, 1, prepared, hash);
    return message;
}

/* Whether the hearer prepares it; the message is given up. */
static bool is_taken(struct qbft_message *message)
{
    const size_t before = council_count_sent(council, HEARER, QBFT_PREPARE);
    (void)council_tell(council, HEARER, message);
    const bool taken = council_count_sent(council, HEARER, QBFT_PREPARE) > before;
    if (taken)
        cr_assert_eq(council_status(council, HEARER).round, message->vote.round);
    qbft_message_fini(message);
    return taken;
}

static void sign_again(struct qbft_message *message, size_t signer)
{
    message->vote = council_vote(council, signer, QBFT_PROPOSAL, message->vote.height,
                                 message->vote.round, &message->vote.digest);
}

/* All else is right: a block of its own, and the quorum for a later round. */
Test(proposal, is_taken_from_the_proposer_of_its_round_alone)
{
    for (uint64_t round = 0; round < 4; round++) {
        for (size_t signer = 0; signer < 4; signer++) {
            struct qbft_message message = proposal_of(round);
            qbft_block_unref(message.block);
            message.block = council_block(council, HEARER, signer);
            message.vote.digest = message.block->hash;
            sign_again(&message, signer);
            if (signer != round)
                cr_assert_not(is_taken(&message), "of %zu in round %llu", signer,
                              (unsigned long long)round);
            else
                qbft_message_fini(&message);
        }
    }
    struct qbft_message message = proposal_of(0);
    cr_assert(is_taken(&message));
}

Test(proposal, of_its_own_is_checked_like_any_other)
{
    council->builds_invalid = true;
    council_give(council, 0, &(struct qbft_event){ .kind = QBFT_PENDING, .flag = true });
    cr_assert_eq(council_count_sent(council, 0, QBFT_PROPOSAL), 1);
    cr_assert_eq(council_count_sent(council, 0, QBFT_PREPARE), 0);
    cr_assert_not(council_status(council, 0).is_proposed);
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(council_status(council, 0).round, 1, "the round goes on without one");
}

Test(proposal, of_the_first_round_has_no_justification)
{
    struct qbft_message message = proposal_of(0);
    message.changes[message.change_count++] = council_change(council, 1, 1, 0, NULL, NULL);
    cr_assert_not(is_taken(&message));
    message = proposal_of(0);
    message.prepares.items[message.prepares.count++] =
        council_vote(council, 1, QBFT_PREPARE, 1, 0, &message.block->hash);
    cr_assert_not(is_taken(&message));
}

Test(proposal, has_a_block_that_its_signer_built)
{
    struct qbft_message message = proposal_of(0);
    qbft_block_unref(message.block);
    message.block = council_block(council, HEARER, 3);
    message.vote.digest = message.block->hash;
    sign_again(&message, 0);
    cr_assert_not(is_taken(&message));
}

Test(proposal, signs_the_block_that_it_carries)
{
    struct qbft_message message = proposal_of(0);
    message.vote.digest.b[5] ^= 1;
    sign_again(&message, 0);
    cr_assert_not(is_taken(&message));
}

Test(proposal, has_a_block_of_its_height_on_the_head)
{
    struct qbft_message message = proposal_of(0);
    const mm_hash32 elsewhere = { { 9 } };
    qbft_block_unref(message.block);
    message.block = stub_validator_block(1, &elsewhere, &council->members[0].addr, 1, 0);
    message.vote.digest = message.block->hash;
    sign_again(&message, 0);
    cr_assert_not(is_taken(&message), "on another parent");
    message = proposal_of(0);
    qbft_block_unref(message.block);
    message.block =
        stub_validator_block(2, &council->domain.genesis_hash, &council->members[0].addr, 1, 0);
    message.vote.digest = message.block->hash;
    sign_again(&message, 0);
    cr_assert_not(is_taken(&message), "of another height");
}

Test(proposal, of_an_invalid_block_is_not_taken)
{
    struct qbft_message message = proposal_of(0);
    council->invalid = message.block->hash;
    cr_assert_not(is_taken(&message));
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_PREPARE), 0);
}

Test(proposal, of_a_later_round_needs_a_quorum_that_changed_to_it)
{
    struct qbft_message message = proposal_of(3);
    message.change_count = 2;
    cr_assert_not(is_taken(&message), "too few");
    message = proposal_of(3);
    message.changes[2] = message.changes[1];
    cr_assert_not(is_taken(&message), "one twice");
    message = proposal_of(3);
    message.changes[2] = council_change(council, 4, 1, 3, NULL, NULL);
    cr_assert_not(is_taken(&message), "a stranger");
    message = proposal_of(3);
    message.changes[2] = council_change(council, 2, 1, 4, NULL, NULL);
    cr_assert_not(is_taken(&message), "to another round");
    message = proposal_of(3);
    message.changes[2] = council_change(council, 2, 2, 3, NULL, NULL);
    cr_assert_not(is_taken(&message), "of another height");
    message = proposal_of(3);
    cr_assert(is_taken(&message));
}

Test(proposal, of_a_later_round_where_nobody_prepared_has_a_new_block_and_no_prepares)
{
    struct qbft_message message = proposal_of(1);
    message.prepares.items[message.prepares.count++] =
        council_vote(council, 0, QBFT_PREPARE, 1, 0, &message.block->hash);
    cr_assert_not(is_taken(&message));
    message = proposal_of(1);
    qbft_block_unref(message.block);
    message.block = council_block(council, HEARER, 0);
    message.vote.digest = message.block->hash;
    sign_again(&message, 1);
    cr_assert_not(is_taken(&message), "an old one that nobody prepared");
}

Test(proposal, of_what_was_prepared_is_taken_with_its_proof_whoever_built_it)
{
    struct qbft_message message = reproposal_of(3, 1);
    cr_assert(is_taken(&message));
}

Test(proposal, of_what_was_prepared_needs_a_quorum_of_prepares_of_that_round_and_block)
{
    const mm_hash32 other = { { 4 } };
    struct qbft_message message = reproposal_of(3, 1);
    message.prepares.count = 2;
    cr_assert_not(is_taken(&message), "too few");
    message = reproposal_of(3, 1);
    message.prepares.count = 0;
    cr_assert_not(is_taken(&message), "none");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = message.prepares.items[0];
    cr_assert_not(is_taken(&message), "one twice");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = council_vote(council, 4, QBFT_PREPARE, 1, 1, &message.block->hash);
    cr_assert_not(is_taken(&message), "of a stranger");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = council_vote(council, 2, QBFT_PREPARE, 1, 0, &message.block->hash);
    cr_assert_not(is_taken(&message), "of another round");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = council_vote(council, 2, QBFT_PREPARE, 1, 1, &other);
    cr_assert_not(is_taken(&message), "of another block");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = council_vote(council, 2, QBFT_PREPARE, 2, 1, &message.block->hash);
    cr_assert_not(is_taken(&message), "of another height");
    message = reproposal_of(3, 1);
    message.prepares.items[2] = council_vote(council, 2, QBFT_COMMIT, 1, 1, &message.block->hash);
    cr_assert_not(is_taken(&message), "a signature for something else");
}

Test(proposal, names_what_was_prepared_last)
{
    const mm_hash32 other = { { 4 } };
    const uint64_t later = 2;
    struct qbft_message message = reproposal_of(3, 1);
    message.changes[2] = council_change(council, 2, 1, 3, &later, &other);
    cr_assert_not(is_taken(&message));
}

/* A quorum prepared the block in that very round, and still nobody who changed to this one says so. */
Test(proposal, is_of_a_block_that_a_validator_which_changed_names)
{
    const mm_hash32 other = { { 4 } };
    const uint64_t prepared = 1;
    struct qbft_message message = reproposal_of(3, 1);
    message.changes[1] = council_change(council, 1, 1, 3, &prepared, &other);
    cr_assert_not(is_taken(&message));
}

Test(proposal, with_a_claim_to_have_prepared_in_its_own_round_is_not_taken)
{
    const uint64_t own = 3;
    struct qbft_message message = reproposal_of(3, 1);
    message.changes[2] = council_change(council, 2, 1, 3, &own, &message.block->hash);
    cr_assert_not(is_taken(&message));
}

/* Or its proposer could have everyone execute as many blocks as it makes up. */
Test(proposal, that_comes_after_another_of_its_round_is_not_looked_at_even_if_that_was_invalid)
{
    struct qbft_message first = proposal_of(0);
    council->invalid = first.vote.digest;
    cr_assert_not(is_taken(&first));
    struct qbft_message second = proposal_of(0);
    cr_assert_not(mm_hash_equal(&second.vote.digest, &council->invalid));
    cr_assert_not(is_taken(&second));
    struct qbft_message next = proposal_of(1);
    cr_assert(is_taken(&next));
}

/* And it may sign the same one without end, or have it come with ever other bodies. */
Test(proposal, that_is_invalid_is_executed_once_however_often_it_is_said)
{
    struct qbft_message message = proposal_of(0);
    council->invalid = message.vote.digest;
    for (size_t i = 0; i < 3; i++)
        (void)council_tell(council, HEARER, &message);
    cr_assert_eq(council->members[HEARER].looks, 1);
    qbft_message_fini(&message);
}

Test(proposal, of_a_round_before_one_that_was_invalid_is_not_executed)
{
    struct qbft_message later = proposal_of(3);
    council->invalid = later.vote.digest;
    cr_assert_not(is_taken(&later));
    struct qbft_message earlier = proposal_of(2);
    cr_assert_not(is_taken(&earlier));
    cr_assert_eq(council->members[HEARER].looks, 1);
    later = proposal_of(3);
    cr_assert_not(is_taken(&later), "and that one still is the one of its round");
    later = proposal_of(4);
    cr_assert(is_taken(&later));
}

/* Who passes it on may have changed its body, or clocks differ: it is not its proposer's fault. */
Test(proposal, that_could_not_be_executed_is_taken_when_it_can)
{
    struct qbft_message message = proposal_of(0);
    council->members[HEARER].is_shut = true;
    (void)council_tell(council, HEARER, &message);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_PREPARE), 0);
    council->members[HEARER].is_shut = false;
    cr_assert(is_taken(&message));
}

Test(proposal, is_taken_once_in_a_round_and_a_second_one_is_evidence)
{
    struct qbft_message first = proposal_of(0);
    cr_assert(is_taken(&first));
    struct qbft_message second = proposal_of(0);
    cr_assert_not(is_taken(&second));
    const struct member *hearer = &council->members[HEARER];
    cr_assert_eq(hearer->evidence_count, 1);
    cr_assert_eq(hearer->evidence.code, QBFT_PROPOSAL);
    cr_assert_not(
        mm_hash_equal(&hearer->evidence.votes[0].digest, &hearer->evidence.votes[1].digest));
    struct qbft_message third = proposal_of(0);
    cr_assert_not(is_taken(&third));
    cr_assert_eq(hearer->evidence_count, 1, "said once");
}

Test(proposal, of_a_round_that_is_over_is_not_taken)
{
    struct qbft_message later = proposal_of(3);
    struct qbft_message earlier = proposal_of(0);
    cr_assert(is_taken(&later));
    cr_assert_not(is_taken(&earlier));
}

Test(proposal, signed_for_another_chain_is_worth_nothing)
{
    struct qbft_message message = proposal_of(0);
    council->domain.genesis_hash.b[0] ^= 1;
    sign_again(&message, 0);
    council->domain.genesis_hash.b[0] ^= 1;
    /* With the stub the signature does not verify; with secp256k1 it would recover a stranger. */
    cr_assert_not(is_taken(&message));
}
