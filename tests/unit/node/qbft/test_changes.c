/* R5 to R8: time that runs out, rounds that are joined, blocks that others decided; and what a restart must not undo. */
#include <criterion/criterion.h>

#include "council.h"

enum { HEARER = 2 };

static void change(struct council *council, size_t signer, uint64_t round)
{
    const struct qbft_message message = {
        .code = QBFT_ROUND_CHANGE, .change = council_change(council, signer, 1, round, NULL, NULL)
    };
    cr_assert(council_tell(council, HEARER, &message));
}

static uint64_t round_of(const struct council *council)
{
    return council_status(council, HEARER).round;
}

Test(qbft, a_round_is_joined_when_more_than_may_lie_are_beyond_it_and_the_smallest_of_theirs)
{
    struct council *council = council_new(4);
    change(council, 0, 7);
    cr_assert_eq(round_of(council), 0, "one may lie");
    change(council, 1, 5);
    cr_assert_eq(round_of(council), 5);
    struct qbft_message said;
    cr_assert(council_last(council, HEARER, QBFT_ROUND_CHANGE, &said));
    cr_assert_eq(said.change.round, 5);
    qbft_message_fini(&said);
    change(council, 1, 4);
    change(council, 3, 4);
    cr_assert_eq(round_of(council), 5, "never back");
    council_free(council);
}

Test(qbft, one_validator_cannot_pull_the_others_into_a_round_however_often_it_says_so)
{
    struct council *council = council_new(4);
    for (uint64_t round = 1; round < 40; round++)
        change(council, 3, round * 1000);
    cr_assert_eq(round_of(council), 0);
    council_free(council);
}

Test(qbft, a_claim_to_have_prepared_needs_its_block_and_a_quorum)
{
    struct council *council = council_new(4);
    struct qbft_block *block = council_block(council, HEARER, 0);
    const uint64_t prepared = 0;
    struct qbft_message message = { .code = QBFT_ROUND_CHANGE };
    for (size_t signer = 0; signer < 2; signer++) {
        message.change = council_change(council, signer, 1, 3, &prepared, &block->hash);
        message.block = NULL;
        message.prepares.count = 0;
        cr_assert(council_tell(council, HEARER, &message));
        message.block = block;
        for (size_t i = 0; i < 2; i++)
            message.prepares.items[message.prepares.count++] =
                council_vote(council, i, QBFT_PREPARE, 1, 0, &block->hash);
        cr_assert(council_tell(council, HEARER, &message));
    }
    cr_assert_eq(round_of(council), 0);
    for (size_t signer = 0; signer < 2; signer++) {
        message.change = council_change(council, signer, 1, 3, &prepared, &block->hash);
        message.prepares.items[2] = council_vote(council, 3, QBFT_PREPARE, 1, 0, &block->hash);
        message.prepares.count = 3;
        cr_assert(council_tell(council, HEARER, &message));
    }
    cr_assert_eq(round_of(council), 3);
    qbft_block_unref(block);
    council_free(council);
}

Test(qbft, what_was_not_due_runs_no_timer)
{
    struct council *council = council_new(4);
    council_wait(council, 3600000);
    cr_assert_eq(council->mail_count, 0);
    cr_assert_eq(round_of(council), 0);
    council_free(council);
}

Test(qbft, what_others_say_of_a_height_makes_it_due)
{
    struct council *council = council_new(4);
    change(council, 0, 1);
    cr_assert(council_status(council, HEARER).is_due);
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(round_of(council), 1);
    council_free(council);
}

/* Whoever ran on alone could be so far ahead that the others, when all of them are needed, would never meet it. */
Test(qbft, nobody_goes_further_than_a_round_beyond_a_quorum)
{
    struct council *council = council_new(4);
    council_kill(council, 3);
    council_pending(council, true);
    council_drop(council);
    council_wait(council, 100 * QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(round_of(council), 1, "nobody says that they are there too");
    change(council, 0, 1);
    council_wait(council, 100 * QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(round_of(council), 1, "two are no quorum");
    change(council, 1, 5); /* which is as far, and more */
    council_wait(council, 2 * QBFT_BASE_TIMEOUT_MS - 1);
    cr_assert_eq(round_of(council), 1, "its time begins now");
    council_wait(council, 1);
    cr_assert_eq(round_of(council), 2);
    council_free(council);
}

Test(qbft, a_restart_in_a_round_that_began_with_a_proposal_waits_for_nobody)
{
    struct council *council = council_new(4);
    struct qbft_message proposal = { .code = QBFT_PROPOSAL };
    proposal.block = council_block(council, HEARER, 1);
    proposal.vote = council_vote(council, 1, QBFT_PROPOSAL, 1, 1, &proposal.block->hash);
    for (size_t i = 0; i < 3; i++)
        proposal.changes[proposal.change_count++] =
            council_change(council, i == 2 ? 3 : i, 1, 1, NULL, NULL);
    cr_assert(council_tell(council, HEARER, &proposal));
    cr_assert_eq(round_of(council), 1);
    council_kill(council, HEARER);
    council_revive(council, HEARER);
    council_wait(council, 2 * QBFT_BASE_TIMEOUT_MS);
    cr_assert_eq(round_of(council), 2, "or all would wait, after a power cut");
    qbft_message_fini(&proposal);
    council_free(council);
}

static bool is_same(const struct letter *a, const struct letter *b)
{
    return a->from == b->from && a->code == b->code && a->len == b->len &&
           memcmp(a->bytes, b->bytes, a->len) == 0;
}

Test(qbft, own_messages_are_said_again_byte_for_byte)
{
    enum { OFTEN_MS = 300 }; /* before the round is over */
    struct council *council = council_new(4);
    council->options.resend_ms = OFTEN_MS;
    for (size_t i = 0; i < 4; i++) {
        council_kill(council, i);
        council_revive(council, i);
    }
    council_pending(council, true);
    council_deliver_code(council, QBFT_PROPOSAL);
    council_drop(council);
    const size_t sent = council->mail_count;
    cr_assert_eq(sent, 1 + 4, "a proposal, and everyone's PREPARE");
    council_wait(council, OFTEN_MS - 1);
    cr_assert_eq(council->mail_count, sent);
    council_wait(council, 1);
    cr_assert_eq(council->mail_count, 2 * sent);
    for (size_t i = 0; i < sent; i++) {
        size_t again = sent;
        while (again < 2 * sent && !is_same(&council->mail[i], &council->mail[again]))
            again++;
        cr_assert_lt(again, 2 * sent);
    }
    council_free(council);
}

Test(qbft, only_what_can_matter_now_or_soon_is_wanted)
{
    struct council *council = council_new(4);
    const struct qbft *machine = council->members[HEARER].machine;
    const uint64_t ahead = QBFT_ROUNDS_AHEAD;
    cr_assert(qbft_wants(machine, QBFT_PREPARE, 1, 0));
    cr_assert(qbft_wants(machine, QBFT_COMMIT, 1, ahead));
    cr_assert_not(qbft_wants(machine, QBFT_COMMIT, 1, ahead + 1));
    cr_assert(qbft_wants(machine, QBFT_ROUND_CHANGE, 1, UINT64_MAX), "kept whatever its round");
    cr_assert(qbft_wants(machine, QBFT_PREPARE, 2, ahead));
    cr_assert_not(qbft_wants(machine, QBFT_PREPARE, 2, ahead + 1));
    cr_assert_not(qbft_wants(machine, QBFT_PROPOSAL, 3, 0));
    cr_assert(qbft_wants(machine, QBFT_DECIDED, 1, 0));
    cr_assert_not(qbft_wants(machine, QBFT_DECIDED, 2, 0));
    change(council, 0, 5);
    change(council, 1, 5);
    cr_assert(qbft_wants(machine, QBFT_PREPARE, 1, 4), "that round is over here, not everywhere");
    cr_assert(qbft_wants(machine, QBFT_ROUND_CHANGE, 1, 4));
    council_free(council);
}

static struct qbft_message decided(struct council *council, struct qbft_block *block,
                                   const size_t *signers, size_t count)
{
    struct qbft_message message = { .code = QBFT_DECIDED, .block = block };
    for (size_t i = 0; i < count; i++)
        message.certificate.seals[message.certificate.seal_count++] =
            council_vote(council, signers[i], QBFT_COMMIT, 1, 0, &block->hash).signature;
    return message;
}

Test(qbft, a_block_that_a_quorum_sealed_is_imported_in_any_round)
{
    static const size_t quorum[] = { 0, 1, 3 };
    static const size_t few[] = { 0, 1 };
    static const size_t doubled[] = { 0, 1, 1 };
    static const size_t unordered[] = { 3, 1, 0 };
    struct council *council = council_new(4);
    struct qbft_block *block = council_block(council, HEARER, 0);
    const struct member *hearer = &council->members[HEARER];
    change(council, 0, 5);
    change(council, 1, 5);
    struct qbft_message message = decided(council, block, few, 2);
    cr_assert(council_tell(council, HEARER, &message));
    message = decided(council, block, doubled, 3);
    cr_assert(council_tell(council, HEARER, &message));
    message = decided(council, block, unordered, 3);
    cr_assert(council_tell(council, HEARER, &message));
    cr_assert_eq(hearer->head, 0);
    council->invalid = block->hash;
    message = decided(council, block, quorum, 3);
    cr_assert(council_tell(council, HEARER, &message));
    cr_assert_eq(hearer->head, 0, "a block that is not valid here");
    council->invalid = (mm_hash32){ { 0 } };
    cr_assert(council_tell(council, HEARER, &message));
    cr_assert_eq(hearer->head, 1);
    cr_assert_eq(council_status(council, HEARER).height, 2);
    cr_assert_eq(round_of(council), 0);
    qbft_block_unref(block);
    council_free(council);
}

Test(qbft, messages_of_the_next_height_wait_for_it)
{
    struct council *council = council_new(4);
    council_kill(council, 3);
    council_pending(council, true);
    /* 0 to 2 decide; the observer hears nothing of height 1 but of height 2. */
    struct member *late = &council->members[4];
    struct qbft *machine = late->machine;
    late->machine = NULL;
    council_pending(council, false);
    council_deliver(council);
    cr_assert_eq(council->members[0].head, 1);
    const size_t first_of_next = council->mail_count;
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    cr_assert_eq(council->members[0].head, 2);
    late->machine = machine;
    for (size_t i = first_of_next; i < council->mail_count; i++) {
        struct qbft_message message;
        enum rlp_verdict verdict;
        const struct letter *letter = &council->mail[i];
        cr_assert(qbft_message_decode(&message, letter->code,
                                      mm_bytes_from(letter->bytes, letter->len), &verdict));
        (void)council_tell(council, 4, &message);
        qbft_message_fini(&message);
    }
    cr_assert_eq(late->head, 0);
    const struct member *other = &council->members[0];
    const struct qbft_message message = { .code = QBFT_DECIDED,
                                          .block = other->chain[1],
                                          .certificate = other->certificates[1] };
    cr_assert(council_tell(council, 4, &message));
    cr_assert_eq(late->head, 2, "the kept ones decide the next");
    council_free(council);
}

/* ---- restarts ---- */

Test(qbft, after_a_restart_nothing_else_is_signed_for_the_same_round)
{
    struct council *council = council_new(4);
    struct qbft_message proposals[2] = { { .code = QBFT_PROPOSAL }, { .code = QBFT_PROPOSAL } };
    for (size_t i = 0; i < 2; i++) {
        proposals[i].block = council_block(council, HEARER, 0);
        proposals[i].vote =
            council_vote(council, 0, QBFT_PROPOSAL, 1, 0, &proposals[i].block->hash);
    }
    cr_assert(council_tell(council, HEARER, &proposals[0]));
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_PREPARE), 1);
    council_kill(council, HEARER);
    council_revive(council, HEARER);
    cr_assert(council_tell(council, HEARER, &proposals[1]));
    struct qbft_message said;
    for (size_t i = 0; i < council->mail_count; i++) {
        enum rlp_verdict verdict;
        const struct letter *letter = &council->mail[i];
        if (letter->from != HEARER || letter->code != QBFT_PREPARE)
            continue;
        cr_assert(qbft_message_decode(&said, letter->code,
                                      mm_bytes_from(letter->bytes, letter->len), &verdict));
        cr_assert(mm_hash_equal(&said.vote.digest, &proposals[0].block->hash));
    }
    /* Nor does it commit to what others prepared meanwhile. */
    for (size_t i = 0; i < 4; i++) {
        const struct qbft_message prepare = { .code = QBFT_PREPARE,
                                              .vote = council_vote(council, i, QBFT_PREPARE, 1, 0,
                                                                   &proposals[1].block->hash) };
        if (i != HEARER)
            cr_assert(council_tell(council, HEARER, &prepare));
    }
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_COMMIT), 0);
    for (size_t i = 0; i < 2; i++)
        qbft_message_fini(&proposals[i]);
    council_free(council);
}

Test(qbft, a_restart_goes_on_in_the_round_where_it_was)
{
    struct council *council = council_new(4);
    council_kill(council, 0);
    council_pending(council, true);
    for (uint64_t s = 1; s < 8; s *= 2) {
        council_wait(council, s * QBFT_BASE_TIMEOUT_MS);
        council_deliver_code(council, QBFT_ROUND_CHANGE);
    }
    cr_assert_eq(round_of(council), 3);
    council_kill(council, HEARER);
    council_drop(council);
    council_revive(council, HEARER);
    cr_assert_eq(round_of(council), 3);
    struct qbft_message said;
    cr_assert(council_last(council, HEARER, QBFT_ROUND_CHANGE, &said));
    cr_assert_eq(said.change.round, 3);
    qbft_message_fini(&said);
    council_free(council);
}

Test(qbft, without_its_record_a_validator_signs_nothing_until_a_height_was_decided)
{
    struct council *council = council_new(4);
    struct member *member = &council->members[HEARER];
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    const uint64_t head = member->head;
    cr_assert_geq(head, 1);
    council_kill(council, HEARER);
    member->record[0] ^= 1; /* damaged */
    council_revive(council, HEARER);
    cr_assert_not(council_status(council, HEARER).can_sign);
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    cr_assert_gt(member->head, head, "the others decide without it");
    cr_assert(council_status(council, HEARER).can_sign);
    council_free(council);
}

Test(qbft, without_its_record_a_validator_writes_none_that_says_it_signed_nothing)
{
    struct council *council = council_new(4);
    struct member *member = &council->members[HEARER];
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    council_pending(council, true);
    council_deliver_code(council, QBFT_PROPOSAL); /* the hearer prepares it */
    council_drop(council);
    council_kill(council, HEARER);
    member->record[0] ^= 1; /* damaged */
    council_revive(council, HEARER);
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    council_deliver_code(council, QBFT_ROUND_CHANGE);
    cr_assert_eq(round_of(council), 1, "it follows the others");
    council_kill(council, HEARER);
    council_revive(council, HEARER);
    cr_assert_not(council_status(council, HEARER).can_sign, "what it signed is still not known");
    council_free(council);
}

Test(qbft, a_validator_that_lags_signs_nothing)
{
    struct council *council = council_new(4);
    council_give(council, HEARER, &(struct qbft_event){ .kind = QBFT_LAGGING, .flag = true });
    council_pending(council, true);
    council_pending(council, false);
    council_deliver(council);
    cr_assert_eq(council_count_sent(council, HEARER, QBFT_PREPARE), 0);
    cr_assert_eq(council->members[HEARER].head, council->members[0].head);
    council_free(council);
}

Test(qbft, every_cut_of_a_record_is_damage)
{
    struct council *council = council_new(4);
    council_pending(council, true);
    council_pending(council, false);
    council_deliver_code(council, QBFT_PROPOSAL);
    council_deliver_code(council, QBFT_PREPARE);
    const struct member *member = &council->members[HEARER];
    struct qbft_options options = council->options;
    options.has_key = true;
    options.self = member->addr;
    for (size_t len = 0; len < member->record_len; len++) {
        struct qbft *machine = NULL;
        cr_assert_eq(qbft_new(&machine, &options), MM_OK);
        cr_assert_not(
            qbft_restore(machine, mm_bytes_from(member->record, len), council_find_block, council));
        qbft_free(machine);
    }
    council_free(council);
}

static bool is_wanted(uint64_t height, uint64_t round)
{
    const struct qbft_status status = { .height = 7, .round = 3 };
    const struct qbft_message message = { .code = QBFT_ROUND_CHANGE,
                                          .change = { .height = height, .round = round } };
    return qbft_status_wants(&status, &message);
}

/* Who is behind in rounds may be linked only with those who are ahead: without their relaying it never learns that it has company. */
Test(qbft, messages_of_rounds_that_are_over_here_are_wanted_for_who_is_in_them)
{
    cr_assert(is_wanted(7, 3));
    cr_assert(is_wanted(7, 4));
    cr_assert(is_wanted(7, 2));
    cr_assert(is_wanted(8, 0));
    cr_assert_not(is_wanted(6, 3));
    cr_assert_not(is_wanted(9, 0));
}
