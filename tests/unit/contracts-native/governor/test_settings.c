/* What the factory gives a governor, and that only a proposal changes it. */
#include "tests/unit/contracts-native/governor/proposal.h"

static const char *const create = "createCollection((string,string,string,address,string,string,"
                                  "uint256,uint48,uint32,uint256,uint8,uint48,address,uint64))";

/* A collection voted in these ways. */
static struct exec_outcome create_with(struct fixture *f, uint64_t period, uint64_t percent)
{
    return send_to(f, CREATOR, &f->factory, create,
                   ABI_VALUES({ .bytes = { NULL, 0 } }, text("n"), text("s"), text(""),
                              person(f, CREATOR), text("c"), text("c"), abi_u64(1), abi_u64(0),
                              abi_u64(period), abi_u64(0), abi_u64(percent), abi_u64(0), abi_u64(0),
                              abi_u64(0)));
}

Test(governor_settings, are_those_of_the_factory)
{
    struct fixture f;
    fixture_init(&f);
    cr_assert_eq(ask_governor(&f, "votingDelay()", NULL), DELAY);
    cr_assert_eq(ask_governor(&f, "votingPeriod()", NULL), PERIOD);
    cr_assert_eq(ask_governor(&f, "proposalThreshold()", NULL), 1);
    cr_assert_eq(ask_governor(&f, "quorumNumerator()", NULL), 4);
    cr_assert_eq(ask_governor(&f, "quorumDenominator()", NULL), 100);
    cr_assert_eq(ask_governor(&f, "timelockDelay()", NULL), TIMELOCK);
    cr_assert_eq(ask_governor(&f, "proposalGuardianUntil()", NULL), 2000000000);
    cr_assert_eq(ask_governor(&f, "proposalNeedsQueuing(uint256)", ABI_VALUES(abi_u64(0))), 1);
    const struct exec_outcome token = call_to(&f, STRANGER, &f.governor, "token()", NULL);
    const mm_u256 word = word_of(&token, 0);
    const mm_addr collection = u256_to_addr(&word);
    cr_assert(mm_addr_equal(&collection, &f.collection));
    const struct exec_outcome name = call_to(&f, STRANGER, &f.governor, "name()", NULL);
    cr_assert_eq(word_of(&name, 1).limb[0], 14);
    cr_assert(
        mm_bytes_equal(mm_bytes_from(name.output.ptr + 64, 14), MM_BYTES_LIT("Muses governor")));
    fixture_fini(&f);
}

Test(governor_settings, a_vote_that_takes_no_time_or_more_than_all_are_refused)
{
    struct fixture f;
    fixture_init(&f);
    const struct exec_outcome period = create_with(&f, 0, 4);
    expect_revert(&f, &period, "GovernorInvalidVotingPeriod(uint256)", ABI_VALUES(abi_u64(0)));
    const struct exec_outcome quorum = create_with(&f, 1, 101);
    expect_revert(&f, &quorum, "GovernorInvalidQuorumFraction(uint256,uint256)",
                  ABI_VALUES(abi_u64(101), abi_u64(100)));
    expect_ok(create_with(&f, 1, 100));
    fixture_fini(&f);
}

Test(governor_settings, answers_to_the_interfaces_that_it_has)
{
    static const struct {
        uint32_t id;
        bool has;
    } cases[] = { { 0x01ffc9a7, true },  { 0xcdbdfcee, true },  { 0x65455a86, true },
                  { 0x4e2312e0, false }, { 0x80ac58cd, false }, { 0xffffffff, false } };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        mm_u256 word = { { 0 } };
        word.limb[3] = (uint64_t)cases[i].id << 32;
        cr_expect_eq(ask_governor(&f, "supportsInterface(bytes4)", ABI_VALUES(abi_word(&word))),
                     cases[i].has, "%08x", cases[i].id);
    }
    fixture_fini(&f);
}

Test(governor_settings, are_nobodys_to_set)
{
    static const char *const setters[] = { "setVotingDelay(uint48)", "setVotingPeriod(uint32)",
                                           "setProposalThreshold(uint256)",
                                           "setTimelockDelay(uint48)",
                                           "updateQuorumNumerator(uint256)" };
    struct fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < MM_COUNT_OF(setters); i++)
        govern_refused(&f, CREATOR, setters[i], ABI_VALUES(abi_u64(7)),
                       "GovernorOnlyExecutor(address)", ABI_VALUES(person(&f, CREATOR)));
    const struct abi_value empty[] = { { .bytes = { NULL, 0 } }, { .bytes = { NULL, 0 } } };
    govern_refused(&f, CREATOR, "tryCalls(address[],bytes[])", empty,
                   "GovernorOnlyExecutor(address)", ABI_VALUES(person(&f, CREATOR)));
    fixture_fini(&f);
}

Test(governor_settings, change_by_a_proposal)
{
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "slower");
    add_call(&p, &f.governor, "setVotingDelay(uint48)", ABI_VALUES(abi_u64(UINT64_C(1) << 40)));
    add_call(&p, &f.governor, "setVotingPeriod(uint32)", ABI_VALUES(abi_u64(UINT32_MAX)));
    add_call(&p, &f.governor, "setProposalThreshold(uint256)", ABI_VALUES(abi_u64(2)));
    add_call(&p, &f.governor, "setTimelockDelay(uint48)", ABI_VALUES(abi_u64(UINT64_C(1) << 45)));
    add_call(&p, &f.governor, "updateQuorumNumerator(uint256)", ABI_VALUES(abi_u64(60)));
    const struct abi_value before = abi_u64(f.chain.block.timestamp);
    carry_out(&p);
    cr_assert_eq(ask_governor(&f, "votingDelay()", NULL), UINT64_C(1) << 40);
    cr_assert_eq(ask_governor(&f, "votingPeriod()", NULL), UINT32_MAX);
    cr_assert_eq(ask_governor(&f, "proposalThreshold()", NULL), 2);
    cr_assert_eq(ask_governor(&f, "timelockDelay()", NULL), UINT64_C(1) << 45);
    cr_assert_eq(ask_governor(&f, "quorumNumerator()", NULL), 60);
    cr_assert_eq(ask_governor(&f, "quorumNumerator(uint256)", &before), 4);
    fixture_fini(&f);
}

Test(governor_settings, what_no_governor_may_have_is_refused_when_it_is_proposed)
{
    struct fixture f;
    governed(&f);
    struct proposal p = proposal_new(&f, "never");
    add_call(&p, &f.governor, "updateQuorumNumerator(uint256)", ABI_VALUES(abi_u64(101)));
    govern_refused(&f, ALICE, PROPOSE, to_propose(&p),
                   "GovernorInvalidQuorumFraction(uint256,uint256)",
                   ABI_VALUES(abi_u64(101), abi_u64(100)));
    struct proposal q = proposal_new(&f, "at once");
    add_call(&q, &f.governor, "setVotingPeriod(uint32)", ABI_VALUES(abi_u64(0)));
    govern_refused(&f, ALICE, PROPOSE, to_propose(&q), "GovernorInvalidVotingPeriod(uint256)",
                   ABI_VALUES(abi_u64(0)));
    fixture_fini(&f);
}

/* ---- what it does not take ---- */

Test(governor_settings, it_takes_no_tokens_and_no_ether)
{
    struct fixture f;
    governed(&f);
    refused(&f, ALICE, "safeTransferFrom(address,address,uint256)",
            ABI_VALUES(person(&f, ALICE), abi_addr(&f.governor), abi_u64(1)),
            "GovernorDisabledDeposit()", NULL);
    const struct exec_message gift = {
        .from = f.people[ALICE], .to = f.governor, .value = u256_from_u64(1), .gas_limit = 100000
    };
    cr_assert_eq(test_chain_transact(&f.chain, &gift).status, EXEC_REVERT);
    fixture_fini(&f);
}
