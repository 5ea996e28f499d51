/* Storage that no transaction makes, but hardhat_setStorageAt does: an answer that says so, and never the end of the process. */
#include "contracts-native/ainft/layout.h"
#include "tests/lib/random.h"
#include "tests/unit/contracts-native/governor/proposal.h"

static const mm_u256 all_ones = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };

static void set(struct fixture *f, const mm_addr *addr, const mm_u256 *slot, const mm_u256 *value)
{
    const struct edit edit = { .kind = EDIT_SLOT, .addr = *addr, .slot = *slot, .value = *value };
    test_chain_edit(&f->chain, &edit);
}

static void ends(const struct exec_outcome *outcome, const char *what)
{
    cr_assert(outcome->status == EXEC_OK || outcome->status == EXEC_REVERT ||
                  outcome->status == EXEC_OUT_OF_GAS,
              "%s: %d", what, outcome->status);
}

/* Everything that reads or writes: of the governor, and of the collection's votes. */
static void use_all(struct proposal *p)
{
    static const char *const views[] = {
        "name()",          "votingDelay()",     "votingPeriod()",     "proposalThreshold()",
        "timelockDelay()", "token()",           "proposalGuardian()", "proposalGuardianUntil()",
        "eip712Domain()",  "quorumNumerator()", "CLOCK_MODE()",
    };
    static const char *const of_number[] = {
        "state(uint256)",
        "proposalSnapshot(uint256)",
        "proposalDeadline(uint256)",
        "proposalProposer(uint256)",
        "proposalEta(uint256)",
        "proposalVotes(uint256)",
        "quorum(uint256)",
        "quorumNumerator(uint256)",
    };
    static const char *const acts[] = { QUEUE, EXECUTE, CANCEL };
    struct fixture *f = p->f;
    struct exec_outcome outcome;
    for (size_t i = 0; i < MM_COUNT_OF(views); i++) {
        outcome = call_to(f, BOB, &f->governor, views[i], NULL);
        ends(&outcome, views[i]);
    }
    for (size_t i = 0; i < MM_COUNT_OF(of_number); i++) {
        outcome = call_to(f, BOB, &f->governor, of_number[i], &p->id);
        ends(&outcome, of_number[i]);
    }
    outcome = govern(f, BOB, "castVote(uint256,uint8)", ABI_VALUES(p->id, abi_u64(1)));
    ends(&outcome, "castVote");
    for (size_t i = 0; i < MM_COUNT_OF(acts); i++) {
        outcome = govern(f, BOB, acts[i], to_act(p));
        ends(&outcome, acts[i]);
    }
    struct proposal other = rule_change(f, "spec", "caller == owner");
    outcome = govern(f, ALICE, PROPOSE, to_propose(&other));
    ends(&outcome, PROPOSE);
    outcome = send(f, ALICE, "delegate(address)", ABI_VALUES(person(f, BOB)));
    ends(&outcome, "delegate");
    outcome = send(f, ALICE, "transferFrom(address,address,uint256)",
                   ABI_VALUES(person(f, ALICE), person(f, BOB), abi_u64(1)));
    ends(&outcome, "transferFrom");
}

/* Its slots, those of the proposal among them. */
static size_t slots_of(mm_u256 slots[32], const struct proposal *p)
{
    const mm_u256 proposals = u256_from_u64(4);
    const mm_u256 votes = u256_from_u64(9);
    const mm_u256 quorum = u256_from_u64(10);
    size_t count = 0;
    for (uint64_t i = 0; i <= 12; i++)
        slots[count++] = u256_from_u64(i);
    slots[count] = storage_at_word(&p->id.word, &proposals);
    slots[count + 1] = layout_word(&slots[count], 1);
    count += 2;
    slots[count] = storage_at_word(&p->id.word, &votes);
    for (size_t i = 1; i < 3; i++)
        slots[count + i] = layout_word(&slots[count], i);
    count += 3;
    slots[count++] = storage_data_slot(&quorum);
    return count;
}

Test(governor_edited_storage, every_slot_of_it_may_be_anything)
{
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct test_random random = { seed };
        mm_u256 slots[32];
        struct fixture f;
        governed(&f);
        struct proposal p = rule_change(&f, "spec", "true");
        pass(&p);
        queue(&p);
        seconds_pass(&f, TIMELOCK);
        const size_t count = slots_of(slots, &p);
        for (size_t i = 0; i < count; i++) {
            mm_u256 word = all_ones;
            test_chain_seal(&f.chain);
            const mm_u256 before = memory_state_slot(&f.chain.state, &f.governor, &slots[i]);
            if (seed > 0)
                test_random_fill(&random, &word, sizeof word);
            set(&f, &f.governor, &slots[i], &word);
            use_all(&p);
            set(&f, &f.governor, &slots[i], &before);
        }
        fixture_fini(&f);
    }
}

Test(governor_edited_storage, votes_that_cannot_be_are_neither_added_nor_taken)
{
    struct fixture f;
    governed(&f);
    struct proposal p = rule_change(&f, "spec", "true");
    propose(&p, ALICE);
    const mm_u256 slot = layout_votes(&f.people[ALICE]);
    const mm_u256 total = layout_total_votes();
    const mm_u256 slots[] = { slot, storage_data_slot(&slot), total, storage_data_slot(&total),
                              layout_delegate(&f.people[ALICE]) };
    for (size_t i = 0; i < MM_COUNT_OF(slots); i++) {
        test_chain_seal(&f.chain);
        const mm_u256 before = memory_state_slot(&f.chain.state, &f.collection, &slots[i]);
        set(&f, &f.collection, &slots[i], &all_ones);
        use_all(&p);
        set(&f, &f.collection, &slots[i], &before);
    }
    fixture_fini(&f);
}

Test(governor_edited_storage, a_checkpoint_of_the_future_takes_no_other_behind_it)
{
    struct fixture f;
    governed(&f);
    const mm_u256 slot = layout_votes(&f.people[ALICE]);
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 first = storage_data_slot(&slot);
    const mm_u256 word = { { UINT64_C(3) << 48 | UINT64_C(4000000000), 0, 0, 0 } };
    set(&f, &f.collection, &slot, &one);
    set(&f, &f.collection, &first, &word);
    refused(&f, ALICE, "delegate(address)", ABI_VALUES(person(&f, BOB)),
            "CheckpointUnorderedInsertion()", NULL);
    const mm_u256 endless = all_ones;
    set(&f, &f.collection, &slot, &endless);
    refused(&f, ALICE, "delegate(address)", ABI_VALUES(person(&f, BOB)), "Panic(uint256)",
            ABI_VALUES(abi_u64(0x41)));
    fixture_fini(&f);
}
