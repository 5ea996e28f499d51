/* Votes: what each weighs, once, by whom and by whose signature. */
#include "state/crypto/keccak.h"
#include "tests/unit/contracts-native/governor/proposal.h"

static const char *const CAST = "castVote(uint256,uint8)";
static const char *const BY_SIG = "castVoteBySig(uint256,uint8,address,bytes)";
static const char *const EXTENDED =
    "castVoteWithReasonAndParamsBySig(uint256,uint8,address,string,bytes,bytes)";

/* Proposed by ALICE and open for votes. */
static struct proposal open_vote(struct fixture *f)
{
    governed(f);
    struct proposal p = rule_change(f, "spec", "true");
    propose(&p, ALICE);
    next_block(f);
    return p;
}

static uint64_t sum_of(struct proposal *p, enum governor_support support)
{
    const struct exec_outcome outcome =
        call_to(p->f, STRANGER, &p->f->governor, "proposalVotes(uint256)", &p->id);
    return word_of(&outcome, (size_t)support).limb[0];
}

Test(governor_ballots, are_counted_with_the_votes_of_their_voters)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    vote(&p, ALICE, GOVERNOR_AGAINST);
    vote(&p, BOB, GOVERNOR_ABSTAIN);
    cr_assert_eq(sum_of(&p, GOVERNOR_AGAINST), 3);
    cr_assert_eq(sum_of(&p, GOVERNOR_FOR), 0);
    cr_assert_eq(sum_of(&p, GOVERNOR_ABSTAIN), 1);
    cr_assert_eq(ask_governor(&f, "hasVoted(uint256,address)", ABI_VALUES(p.id, person(&f, BOB))),
                 1);
    cr_assert_eq(
        ask_governor(&f, "hasVoted(uint256,address)", ABI_VALUES(p.id, person(&f, SERVICE))), 0);
    fixture_fini(&f);
}

Test(governor_ballots, nobody_votes_twice)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    vote(&p, ALICE, GOVERNOR_AGAINST);
    govern_refused(&f, ALICE, CAST, ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR)),
                   "GovernorAlreadyCastVote(address)", ABI_VALUES(person(&f, ALICE)));
    fixture_fini(&f);
}

Test(governor_ballots, who_has_no_votes_changes_nothing)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    const struct exec_outcome outcome =
        governed_ok(&f, STRANGER, CAST, ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR)));
    cr_assert_eq(word_of(&outcome, 0).limb[0], 0);
    cr_assert_eq(sum_of(&p, GOVERNOR_FOR), 0);
    seconds_pass(&f, PERIOD);
    cr_assert_eq(state_of(&p), GOVERNOR_DEFEATED);
    fixture_fini(&f);
}

Test(governor_ballots, there_are_three_kinds_of_them)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    govern_refused(&f, ALICE, CAST, ABI_VALUES(p.id, abi_u64(3)), "GovernorInvalidVoteType()",
                   NULL);
    fixture_fini(&f);
}

Test(governor_ballots, weigh_what_they_did_when_the_vote_began)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    (void)done(&f, ALICE, "transferFrom(address,address,uint256)",
               ABI_VALUES(person(&f, ALICE), person(&f, STRANGER), abi_u64(1)));
    (void)done(&f, ALICE, "delegate(address)", ABI_VALUES(person(&f, STRANGER)));
    vote(&p, ALICE, GOVERNOR_FOR);
    vote(&p, STRANGER, GOVERNOR_AGAINST);
    cr_assert_eq(sum_of(&p, GOVERNOR_FOR), 3);
    cr_assert_eq(sum_of(&p, GOVERNOR_AGAINST), 0);
    fixture_fini(&f);
}

Test(governor_ballots, a_quorum_is_a_share_of_all_votes_at_that_time)
{
    struct fixture f;
    governed(&f);
    struct proposal setting = proposal_new(&f, "half");
    add_call(&setting, &f.governor, "updateQuorumNumerator(uint256)", ABI_VALUES(abi_u64(50)));
    carry_out(&setting);
    next_block(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    next_block(&f);
    const struct abi_value snapshot = abi_u64(ask_governor(&f, "proposalSnapshot(uint256)", &p.id));
    cr_assert_eq(ask_governor(&f, "quorum(uint256)", &snapshot), 2);
    vote(&p, BOB, GOVERNOR_FOR); /* one of four */
    seconds_pass(&f, PERIOD);
    cr_assert_eq(state_of(&p), GOVERNOR_DEFEATED);
    struct proposal q = rule_change(&f, "spec", "false");
    (void)done(&f, ALICE, "transferFrom(address,address,uint256)",
               ABI_VALUES(person(&f, ALICE), person(&f, SERVICE), abi_u64(1)));
    next_block(&f);
    propose(&q, ALICE);
    next_block(&f);
    vote(&q, BOB, GOVERNOR_FOR);
    vote(&q, SERVICE, GOVERNOR_ABSTAIN); /* abstaining takes part */
    seconds_pass(&f, PERIOD);
    cr_assert_eq(state_of(&q), GOVERNOR_SUCCEEDED);
    fixture_fini(&f);
}

Test(governor_ballots, another_quorum_is_for_votes_that_begin_later)
{
    struct fixture f;
    governed(&f);
    struct proposal earlier = rule_change(&f, "spec", "true");
    struct proposal setting = proposal_new(&f, "nearly all");
    add_call(&setting, &f.governor, "updateQuorumNumerator(uint256)", ABI_VALUES(abi_u64(90)));
    propose(&earlier, ALICE);
    next_block(&f);
    vote(&earlier, BOB, GOVERNOR_FOR); /* one of four: enough for four percent */
    seconds_pass(&f, PERIOD);
    carry_out(&setting);
    next_block(&f);
    cr_assert_eq(state_of(&earlier), GOVERNOR_SUCCEEDED);
    fixture_fini(&f);
}

Test(governor_ballots, as_many_for_as_against_is_not_enough)
{
    struct fixture f;
    governed(&f);
    (void)mint_to(&f, BOB);
    (void)mint_to(&f, BOB);
    next_block(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    next_block(&f);
    vote(&p, ALICE, GOVERNOR_FOR);
    vote(&p, BOB, GOVERNOR_AGAINST);
    seconds_pass(&f, PERIOD);
    cr_assert_eq(state_of(&p), GOVERNOR_DEFEATED);
    fixture_fini(&f);
}

Test(governor_ballots, of_the_future_there_is_neither_quorum_nor_vote)
{
    struct fixture f;
    governed(&f);
    const struct abi_value now = abi_u64(f.chain.block.timestamp);
    govern_refused(&f, ALICE, "quorum(uint256)", &now, "ERC5805FutureLookup(uint256,uint48)",
                   ABI_VALUES(now, now));
    govern_refused(&f, ALICE, "getVotes(address,uint256)", ABI_VALUES(person(&f, ALICE), now),
                   "ERC5805FutureLookup(uint256,uint48)", ABI_VALUES(now, now));
    fixture_fini(&f);
}

/* ---- with words ---- */

static bool is_event(const struct log *log, const char *text)
{
    struct abi_signature event;
    abi_signature_init(&event, text);
    return mm_hash_equal(&log->topics[0], &event.hash);
}

Test(governor_ballots, a_reason_and_params_are_told_in_the_event)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    const struct exec_outcome reason =
        governed_ok(&f, ALICE, "castVoteWithReason(uint256,uint8,string)",
                    ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR), text("why not")));
    cr_assert(is_event(&reason.logs[0], "VoteCast(address,uint256,uint8,uint256,string)"));
    const struct exec_outcome params =
        governed_ok(&f, BOB, "castVoteWithReasonAndParams(uint256,uint8,string,bytes)",
                    ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR), text(""), text("p")));
    cr_assert(is_event(&params.logs[0],
                       "VoteCastWithParams(address,uint256,uint8,uint256,string,bytes)"));
    const struct exec_outcome none =
        governed_ok(&f, SERVICE, "castVoteWithReasonAndParams(uint256,uint8,string,bytes)",
                    ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR), text("r"), text("")));
    cr_assert(is_event(&none.logs[0], "VoteCast(address,uint256,uint8,uint256,string)"));
    fixture_fini(&f);
}

/* ---- by signature ---- */

static mm_bytes ballot_signature(struct proposal *p, enum person signer, enum person voter,
                                 uint64_t nonce)
{
    const struct abi_value words[] = {
        id_of("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)"), p->id,
        abi_u64(GOVERNOR_FOR), person(p->f, voter), abi_u64(nonce)
    };
    const mm_u256 hash = hash_words(words, MM_COUNT_OF(words));
    return sign_for(p->f, signer, "Muses governor", &p->f->governor, &hash);
}

Test(governor_ballots, a_signature_is_a_vote_once)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    const struct abi_value args[] = { p.id, abi_u64(GOVERNOR_FOR), person(&f, ALICE),
                                      abi_bytes(ballot_signature(&p, ALICE, ALICE, 0)) };
    (void)governed_ok(&f, STRANGER, BY_SIG, args);
    cr_assert_eq(sum_of(&p, GOVERNOR_FOR), 3);
    cr_assert_eq(ask_governor(&f, "nonces(address)", ABI_VALUES(person(&f, ALICE))), 1);
    govern_refused(&f, STRANGER, BY_SIG, args, "GovernorInvalidSignature(address)",
                   ABI_VALUES(person(&f, ALICE)));
    fixture_fini(&f);
}

Test(governor_ballots, what_somebody_else_signed_or_for_another_vote_is_refused)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    const mm_bytes good = ballot_signature(&p, ALICE, ALICE, 0);
    const mm_bytes bad[] = {
        ballot_signature(&p, BOB, ALICE, 0),
        ballot_signature(&p, ALICE, ALICE, 1),
        ballot_signature(&p, ALICE, BOB, 0),
        mm_bytes_from(good.ptr, good.len - 1),
        { NULL, 0 },
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++)
        govern_refused(
            &f, STRANGER, BY_SIG,
            ABI_VALUES(p.id, abi_u64(GOVERNOR_FOR), person(&f, ALICE), abi_bytes(bad[i])),
            "GovernorInvalidSignature(address)", ABI_VALUES(person(&f, ALICE)));
    govern_refused(&f, STRANGER, BY_SIG,
                   ABI_VALUES(p.id, abi_u64(GOVERNOR_AGAINST), person(&f, ALICE), abi_bytes(good)),
                   "GovernorInvalidSignature(address)", ABI_VALUES(person(&f, ALICE)));
    cr_assert_eq(ask_governor(&f, "nonces(address)", ABI_VALUES(person(&f, ALICE))), 0);
    fixture_fini(&f);
}

Test(governor_ballots, a_signature_covers_reason_and_params)
{
    struct fixture f;
    struct proposal p = open_vote(&f);
    const struct abi_value words[] = {
        id_of("ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,"
              "string reason,bytes params)"),
        p.id,
        abi_u64(GOVERNOR_FOR),
        person(&f, ALICE),
        abi_u64(0),
        id_of("because"),
        id_of("p"),
    };
    const mm_u256 hash = hash_words(words, MM_COUNT_OF(words));
    const mm_bytes signature = sign_for(&f, ALICE, "Muses governor", &f.governor, &hash);
    struct abi_value args[] = { p.id,      abi_u64(GOVERNOR_FOR), person(&f, ALICE), text("other"),
                                text("p"), abi_bytes(signature) };
    govern_refused(&f, STRANGER, EXTENDED, args, "GovernorInvalidSignature(address)",
                   ABI_VALUES(person(&f, ALICE)));
    args[3] = text("because");
    (void)governed_ok(&f, STRANGER, EXTENDED, args);
    cr_assert_eq(sum_of(&p, GOVERNOR_FOR), 3);
    fixture_fini(&f);
}
