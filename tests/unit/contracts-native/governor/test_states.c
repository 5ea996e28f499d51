/* From state to state: what is possible in which, and nothing else. */
#include "tests/unit/contracts-native/governor/proposal.h"

#define STATE(name) (UINT64_C(1) << GOVERNOR_##name)

static const char *const CAST = "castVote(uint256,uint8)";

Test(governor_states, a_proposal_goes_from_pending_to_executed)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    const uint64_t now = f.chain.block.timestamp;
    cr_assert_eq(state_of(&p), GOVERNOR_PENDING);
    cr_assert_eq(ask_governor(&f, "proposalSnapshot(uint256)", &p.id), now + DELAY);
    cr_assert_eq(ask_governor(&f, "proposalDeadline(uint256)", &p.id), now + DELAY + PERIOD);
    seconds_pass(&f, DELAY);
    cr_assert_eq(state_of(&p), GOVERNOR_PENDING); /* at the snapshot itself */
    seconds_pass(&f, 1);
    cr_assert_eq(state_of(&p), GOVERNOR_ACTIVE);
    vote(&p, ALICE, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD - 1);
    cr_assert_eq(state_of(&p), GOVERNOR_ACTIVE); /* in the deadline's second */
    seconds_pass(&f, 1);
    cr_assert_eq(state_of(&p), GOVERNOR_SUCCEEDED);
    queue(&p);
    cr_assert_eq(state_of(&p), GOVERNOR_QUEUED);
    cr_assert_eq(ask_governor(&f, "proposalEta(uint256)", &p.id),
                 f.chain.block.timestamp + TIMELOCK);
    seconds_pass(&f, TIMELOCK);
    execute(&p);
    cr_assert_eq(state_of(&p), GOVERNOR_EXECUTED);
    fixture_fini(&f);
}

Test(governor_states, of_what_nobody_proposed_there_is_no_state)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    const struct exec_outcome hashed = call_to(&f, STRANGER, &f.governor, HASH, to_act(&p));
    const mm_u256 id = word_of(&hashed, 0);
    static const char *const functions[] = { QUEUE, EXECUTE, CANCEL };
    for (size_t i = 0; i < MM_COUNT_OF(functions); i++)
        govern_refused(&f, ALICE, functions[i], to_act(&p), "GovernorNonexistentProposal(uint256)",
                       ABI_VALUES(abi_word(&id)));
    govern_refused(&f, ALICE, "state(uint256)", ABI_VALUES(abi_u64(7)),
                   "GovernorNonexistentProposal(uint256)", ABI_VALUES(abi_u64(7)));
    govern_refused(&f, ALICE, CAST, ABI_VALUES(abi_u64(7), abi_u64(1)),
                   "GovernorNonexistentProposal(uint256)", ABI_VALUES(abi_u64(7)));
    fixture_fini(&f);
}

Test(governor_states, the_same_cannot_be_proposed_again)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    not_in_state(&p, ALICE, PROPOSE, to_propose(&p), 0);
    fixture_fini(&f);
}

Test(governor_states, votes_are_cast_while_it_is_active_alone)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    const struct abi_value ballot[] = { p.id, abi_u64(GOVERNOR_FOR) };
    not_in_state(&p, ALICE, CAST, ballot, STATE(ACTIVE));
    next_block(&f);
    vote(&p, ALICE, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD);
    not_in_state(&p, BOB, CAST, ballot, STATE(ACTIVE));
    queue(&p);
    not_in_state(&p, BOB, CAST, ballot, STATE(ACTIVE));
    fixture_fini(&f);
}

Test(governor_states, only_what_succeeded_is_queued_and_once)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    not_in_state(&p, ALICE, QUEUE, to_act(&p), STATE(SUCCEEDED));
    next_block(&f);
    not_in_state(&p, ALICE, QUEUE, to_act(&p), STATE(SUCCEEDED));
    vote(&p, ALICE, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD);
    queue(&p);
    not_in_state(&p, ALICE, QUEUE, to_act(&p), STATE(SUCCEEDED));
    struct proposal lost = rule_change(&f, "spec", "false");
    propose(&lost, ALICE);
    next_block(&f);
    vote(&lost, ALICE, GOVERNOR_AGAINST);
    vote(&lost, BOB, GOVERNOR_FOR);
    seconds_pass(&f, PERIOD);
    cr_assert_eq(state_of(&lost), GOVERNOR_DEFEATED);
    not_in_state(&lost, ALICE, QUEUE, to_act(&lost), STATE(SUCCEEDED));
    not_in_state(&lost, ALICE, EXECUTE, to_act(&lost), STATE(QUEUED));
    fixture_fini(&f);
}

Test(governor_states, what_was_decided_waits_for_the_timelock_and_is_done_once)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    pass(&p);
    not_in_state(&p, ALICE, EXECUTE, to_act(&p), STATE(QUEUED));
    queue(&p);
    const uint64_t eta = f.chain.block.timestamp + TIMELOCK;
    seconds_pass(&f, TIMELOCK - 1);
    govern_refused(&f, ALICE, EXECUTE, to_act(&p), "GovernorUnmetDelay(uint256,uint256)",
                   ABI_VALUES(p.id, abi_u64(eta)));
    seconds_pass(&f, 1);
    execute(&p);
    not_in_state(&p, ALICE, EXECUTE, to_act(&p), STATE(QUEUED));
    fixture_fini(&f);
}

/* ---- calling off ---- */

static const uint64_t ALIVE =
    STATE(PENDING) | STATE(ACTIVE) | STATE(DEFEATED) | STATE(SUCCEEDED) | STATE(QUEUED);

static void may_not_cancel(struct proposal *p, enum person who)
{
    govern_refused(p->f, who, CANCEL, to_act(p), "GovernorUnableToCancel(uint256,address)",
                   ABI_VALUES(p->id, person(p->f, who)));
}

static void cancel(struct proposal *p, enum person who)
{
    (void)governed_ok(p->f, who, CANCEL, to_act(p));
    cr_assert_eq(state_of(p), GOVERNOR_CANCELED);
}

Test(governor_cancel, the_proposer_may_until_the_vote_begins)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    may_not_cancel(&p, STRANGER);
    cancel(&p, ALICE);
    struct proposal q = rule_change(&f, "spec", "false");
    propose(&q, ALICE);
    next_block(&f);
    may_not_cancel(&q, ALICE);
    fixture_fini(&f);
}

Test(governor_cancel, the_guardian_may_as_long_as_it_is_not_done)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    pass(&p);
    queue(&p);
    cancel(&p, BOB);
    not_in_state(&p, BOB, CANCEL, to_act(&p), ALIVE);
    not_in_state(&p, ALICE, EXECUTE, to_act(&p), STATE(QUEUED));
    struct proposal q = rule_change(&f, "spec", "false");
    carry_out(&q);
    not_in_state(&q, BOB, CANCEL, to_act(&q), ALIVE);
    fixture_fini(&f);
}

Test(governor_cancel, the_guardian_may_not_after_his_term_and_the_proposer_may_then)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    struct proposal q = rule_change(&f, "spec", "false");
    pass(&p);
    propose(&q, ALICE);
    seconds_pass(&f, 2000000000 - f.chain.block.timestamp);
    cancel(&q, BOB); /* in its last second */
    seconds_pass(&f, 1);
    const struct exec_outcome guardian =
        call_to(&f, STRANGER, &f.governor, "proposalGuardian()", NULL);
    const mm_u256 nobody = word_of(&guardian, 0);
    cr_assert(u256_is_zero(&nobody));
    may_not_cancel(&p, BOB);
    may_not_cancel(&p, STRANGER);
    cancel(&p, ALICE);
    fixture_fini(&f);
}
