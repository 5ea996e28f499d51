/* Votes: who may cast them, what they say no to, when the set changes, and what is left of them. */
#include <criterion/criterion.h>

#include "tests/unit/contracts-native/validators/fixture.h"

static struct fixture f;

static struct exec_outcome propose(size_t from, size_t candidate, bool add)
{
    const mm_addr addr = fixture_person(candidate);
    return fixture_send(&f, from, "propose(address,bool)", &addr, add);
}

static void expect_vote(size_t from, size_t candidate, bool add)
{
    const struct exec_outcome outcome = propose(from, candidate, add);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.log_count, 1, "it decided something");
}

static void expect_decision(size_t from, size_t candidate, bool add)
{
    const struct exec_outcome outcome = propose(from, candidate, add);
    const mm_addr voter = fixture_person(from);
    const mm_addr addr = fixture_person(candidate);
    const mm_u256 words[] = { u256_from_addr(&voter), u256_from_addr(&addr) };
    const mm_hash32 topics[] = { u256_to_hash(&words[0]), u256_to_hash(&words[1]) };
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.log_count, 2);
    const struct log *voted = &outcome.logs[0];
    cr_assert_eq(voted->topic_count, 3);
    cr_assert(mm_hash_equal(&voted->topics[0], &validators_events[VALIDATORS_VOTED].hash));
    cr_assert(mm_hash_equal(&voted->topics[1], &topics[0]));
    cr_assert(mm_hash_equal(&voted->topics[2], &topics[1]));
    cr_assert(voted->data.len == ABI_WORD && voted->data.ptr[31] == add);
    const struct log *changed = &outcome.logs[1];
    const enum validators_event event = add ? VALIDATORS_ADDED : VALIDATORS_REMOVED;
    cr_assert_eq(changed->topic_count, 2);
    cr_assert(mm_hash_equal(&changed->topics[0], &validators_events[event].hash));
    cr_assert(mm_hash_equal(&changed->topics[1], &topics[1]));
    cr_assert_eq(changed->data.len, 0);
}

static void expect_refused(size_t from, size_t candidate, bool add, enum validators_error error)
{
    const struct exec_outcome outcome = propose(from, candidate, add);
    cr_assert(fixture_is_error(&outcome, error), "from %zu for %zu", from, candidate);
    cr_assert_eq(outcome.log_count, 0);
}

static size_t count_of(const char *signature, size_t candidate, bool add)
{
    static const struct abi_type addresses = { .kind = ABI_ADDRESS, .bytes = 20, .is_array = true };
    const mm_addr addr = fixture_person(candidate);
    struct abi_value value;
    const struct exec_outcome outcome = fixture_call(&f, signature, &addr, add);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(abi_decode(&value, outcome.output, &addresses, 1, ABI_MEMORY), ABI_OK);
    return value.bytes.len / ABI_WORD;
}

static size_t votes(size_t candidate, bool add)
{
    return count_of("votes(address,bool)", candidate, add);
}

static uint64_t number(const char *signature, size_t candidate)
{
    const mm_addr addr = fixture_person(candidate);
    const struct exec_outcome outcome = fixture_call(&f, signature, &addr, false);
    cr_assert_eq(outcome.output.len, ABI_WORD);
    return u256_from_be32(outcome.output.ptr).limb[0];
}

static bool is_validator(size_t person)
{
    return number("isValidator(address)", person) == 1;
}

Test(votes, of_a_quorum_add_a_validator)
{
    fixture_begin(&f, 4);
    cr_assert_eq(number("quorum()", 0), 3);
    expect_vote(2, 9, true);
    expect_vote(0, 9, true);
    cr_assert_eq(votes(9, true), 2);
    cr_assert_not(is_validator(9));
    expect_decision(3, 9, true);
    cr_assert(is_validator(9));
    cr_assert_eq(count_of("validators()", 0, false), 5);
    cr_assert_eq(number("quorum()", 0), 4);
    cr_assert_eq(votes(9, true), 0, "spent");
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(count_of("votesOf(address)", i, false), 0);
    fixture_end(&f);
}

Test(votes, of_a_quorum_remove_a_validator_who_may_vote_too)
{
    fixture_begin(&f, 4);
    expect_vote(1, 1, false);
    expect_vote(0, 1, false);
    expect_decision(2, 1, false);
    cr_assert_not(is_validator(1));
    cr_assert_eq(count_of("validators()", 0, false), 3);
    expect_refused(1, 9, true, VALIDATORS_NOT_A_VALIDATOR);
    fixture_end(&f);
}

Test(votes, of_one_validator_alone_decide)
{
    fixture_begin(&f, 1);
    expect_decision(0, 5, true);
    cr_assert_eq(number("quorum()", 0), 2);
    expect_vote(0, 0, false);
    expect_decision(5, 0, false);
    cr_assert(is_validator(5) && !is_validator(0));
    expect_refused(5, 5, false, VALIDATORS_LAST_VALIDATOR);
    fixture_end(&f);
}

Test(votes, are_refused_by_the_rule_they_break)
{
    const mm_addr nobody = { { 0 } };
    fixture_begin(&f, 3);
    expect_refused(7, 8, true, VALIDATORS_NOT_A_VALIDATOR);
    expect_refused(0, 8, false, VALIDATORS_NOT_A_VALIDATOR);
    expect_refused(0, 1, true, VALIDATORS_ALREADY_A_VALIDATOR);
    const struct exec_outcome outcome = fixture_send(&f, 0, "propose(address,bool)", &nobody, true);
    cr_assert(fixture_is_error(&outcome, VALIDATORS_INVALID_VALIDATOR));
    expect_vote(0, 8, true);
    expect_refused(0, 8, true, VALIDATORS_ALREADY_VOTED);
    fixture_end(&f);
}

Test(votes, never_make_more_validators_than_there_may_be)
{
    fixture_begin(&f, MM_VALIDATORS_MAX);
    expect_refused(0, MM_VALIDATORS_MAX, true, VALIDATORS_SET_FULL);
    fixture_end(&f);
    /* One place is left, and two candidates have votes. */
    fixture_begin(&f, MM_VALIDATORS_MAX - 1);
    for (size_t i = 0; i < 9; i++) {
        expect_vote(i, 20, true);
        expect_vote(i, 21, true);
    }
    expect_decision(9, 20, true);
    expect_refused(9, 21, true, VALIDATORS_SET_FULL);
    cr_assert_eq(votes(21, true), 9, "they wait for a place");
    fixture_end(&f);
}

Test(votes, of_who_was_removed_count_no_more)
{
    fixture_begin(&f, 4);
    expect_vote(3, 9, true);
    expect_vote(3, 10, true);
    expect_vote(0, 9, true);
    for (size_t i = 0; i < 2; i++)
        expect_vote(i, 3, false);
    expect_decision(2, 3, false);
    cr_assert_eq(votes(9, true), 1);
    cr_assert_eq(votes(10, true), 0);
    cr_assert_eq(count_of("votesOf(address)", 3, false), 0);
    /* Back in the set, it begins without votes. */
    expect_vote(0, 3, true);
    expect_decision(1, 3, true);
    cr_assert_eq(votes(9, true), 1);
    expect_vote(3, 9, true);
    fixture_end(&f);
}

/* Four validators, quorum 3, two votes for person 9; then there are three of them, and two are a quorum. */
Test(votes, that_have_become_enough_are_counted_when_one_is_cast_again)
{
    fixture_begin(&f, 4);
    expect_vote(0, 9, true);
    expect_vote(1, 9, true);
    expect_refused(0, 9, true, VALIDATORS_ALREADY_VOTED);
    for (size_t i = 0; i < 2; i++)
        expect_vote(i, 3, false);
    expect_decision(2, 3, false);
    cr_assert_not(is_validator(9));
    const struct exec_outcome outcome = propose(0, 9, true);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.log_count, 1, "the vote was cast before");
    cr_assert(is_validator(9));
    fixture_end(&f);
}

Test(votes, can_be_withdrawn)
{
    const mm_addr candidate = fixture_person(9);
    fixture_begin(&f, 4);
    expect_vote(0, 9, true);
    expect_vote(1, 9, true);
    struct exec_outcome outcome = fixture_send(&f, 0, "withdraw(address,bool)", &candidate, true);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.log_count, 1);
    cr_assert(mm_hash_equal(&outcome.logs[0].topics[0],
                            &validators_events[VALIDATORS_VOTE_WITHDRAWN].hash));
    cr_assert_eq(votes(9, true), 1);
    expect_vote(2, 9, true);
    outcome = fixture_send(&f, 0, "withdraw(address,bool)", &candidate, true);
    cr_assert(fixture_is_error(&outcome, VALIDATORS_VOTE_NOT_FOUND));
    outcome = fixture_send(&f, 9, "withdraw(address,bool)", &candidate, true);
    cr_assert(fixture_is_error(&outcome, VALIDATORS_NOT_A_VALIDATOR));
    fixture_end(&f);
}

static mm_addr stranger(size_t number)
{
    return (mm_addr){ { [0] = 0xee, [19] = (uint8_t)number } };
}

/* One validator floods; removing it costs no more than a full ballot. */
Test(votes, of_one_validator_are_bounded)
{
    fixture_begin(&f, 4);
    for (size_t i = 0; i < VALIDATORS_VOTES_MAX; i++) {
        const mm_addr candidate = stranger(i);
        const struct exec_outcome outcome =
            fixture_send(&f, 3, "propose(address,bool)", &candidate, true);
        cr_assert_eq(outcome.status, EXEC_OK);
    }
    expect_refused(3, 9, true, VALIDATORS_TOO_MANY_VOTES);
    expect_vote(0, 3, false);
    expect_vote(1, 3, false);
    const mm_addr flooder = fixture_person(3);
    const struct exec_outcome outcome =
        fixture_send(&f, 2, "propose(address,bool)", &flooder, false);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_lt(outcome.gas_used, 500000);
    cr_assert_eq(count_of("votesOf(address)", 3, false), 0);
    fixture_end(&f);
}

Test(votes, that_decide_need_no_room_in_a_full_ballot)
{
    fixture_begin(&f, 2);
    expect_vote(1, 9, true);
    for (size_t i = 0; i < VALIDATORS_VOTES_MAX; i++) {
        const mm_addr candidate = stranger(i);
        (void)fixture_send(&f, 0, "propose(address,bool)", &candidate, true);
    }
    expect_decision(0, 9, true);
    fixture_end(&f);
}

Test(votes, are_listed_by_proposal)
{
    static const struct abi_type columns[] = {
        { .kind = ABI_ADDRESS, .bytes = 20, .is_array = true },
        { .kind = ABI_BOOL, .bytes = 1, .is_array = true },
        { .kind = ABI_UINT, .bytes = 32, .is_array = true },
    };
    struct abi_value values[3];
    fixture_begin(&f, 5);
    expect_vote(1, 9, true);
    expect_vote(0, 4, false);
    expect_vote(0, 9, true);
    expect_vote(3, 4, false);
    expect_vote(3, 9, true);
    expect_vote(3, 10, true);
    const struct exec_outcome outcome = fixture_call(&f, "proposals()", &VALIDATORS_ACCOUNT, false);
    cr_assert_eq(abi_decode(values, outcome.output, columns, 3, ABI_MEMORY), ABI_OK);
    static const struct {
        size_t candidate;
        bool add;
        uint64_t votes;
    } expected[] = { { 4, false, 2 }, { 9, true, 3 }, { 10, true, 1 } };
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(values[i].bytes.len, MM_COUNT_OF(expected) * ABI_WORD);
    for (size_t i = 0; i < MM_COUNT_OF(expected); i++) {
        const mm_addr addr = fixture_person(expected[i].candidate);
        const mm_u256 word = abi_array_at(&values[0], i);
        const mm_addr listed = u256_to_addr(&word);
        cr_assert(mm_addr_equal(&listed, &addr));
        cr_assert_eq(abi_array_at(&values[1], i).limb[0], expected[i].add);
        cr_assert_eq(abi_array_at(&values[2], i).limb[0], expected[i].votes);
    }
    fixture_end(&f);
}

Test(votes, leave_nothing_when_the_gas_ends_in_the_middle)
{
    const mm_addr candidate = fixture_person(9);
    fixture_begin(&f, 4);
    expect_vote(0, 9, true);
    expect_vote(1, 9, true);
    const mm_hash32 before = memory_state_storage_root(&f.chain.state, &VALIDATORS_ACCOUNT);
    struct abi_signature function;
    struct exec_message message = { .from = fixture_person(2), .to = VALIDATORS_ACCOUNT };
    abi_signature_init(&function, "propose(address,bool)");
    cr_assert_eq(abi_encode(&f.arena, &message.input, abi_selector(&function), function.types, 2,
                            ABI_VALUES(abi_addr(&candidate), abi_bool(true))),
                 MM_OK);
    size_t refused = 0;
    for (message.gas_limit = 22000;; message.gas_limit += 1000) {
        const struct exec_outcome outcome = test_chain_transact(&f.chain, &message);
        cr_assert_eq(outcome.verdict, TX_OK);
        const enum exec_status status = outcome.status;
        test_chain_seal(&f.chain);
        if (status == EXEC_OK)
            break;
        cr_assert_eq(status, EXEC_OUT_OF_GAS);
        const mm_hash32 after = memory_state_storage_root(&f.chain.state, &VALIDATORS_ACCOUNT);
        cr_assert(mm_hash_equal(&before, &after));
        refused++;
    }
    cr_assert_gt(refused, 20);
    cr_assert(is_validator(9));
    fixture_end(&f);
}
