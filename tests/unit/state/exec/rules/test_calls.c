/* Calls between accounts: value, gas, depth, what is undone and what is handed back. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/exec/exec_internal.h"
#include "tests/unit/state/exec/rules/robot_suite.h"

static const struct script nothing;

TestSuite(exec_calls, .init = robot_begin, .fini = robot_end);

static uint64_t balance_of(const mm_addr *addr)
{
    test_chain_seal(&robot.chain);
    return memory_state_account(&robot.chain.state, addr).balance.limb[0];
}

Test(exec_calls, a_call_knows_itself_its_caller_its_value_and_its_block)
{
    struct script inner = { .len = 0 };
    struct script s = { .len = 0 };
    script_ask(&inner);
    script_ask(&s);
    struct exec_outcome outcome = robot_send(&robot, &ROBOT, 7, &s, 1000000);
    static const uint64_t expected[] = { 0, 0, 7, 1, TEST_CHAIN_BLOCK_GAS, 31337 };
    cr_assert_eq(robot_words(&outcome), 6);
    for (size_t i = 2; i < 6; i++)
        cr_assert_eq(robot_word(&outcome, i), expected[i]);
    cr_assert_arr_eq(outcome.output.ptr + 12, ROBOT.b, 20);
    cr_assert_arr_eq(outcome.output.ptr + 44, RICH.b, 20);

    struct script outer = { .len = 0 };
    struct script store = { .len = 0 };
    script_store(&store, 1, 5);
    script_call(&outer, &OTHER, 3, &store);
    outcome = robot_send(&robot, &ROBOT, 0, &outer, 1000000);
    cr_assert_eq(robot_word(&outcome, 0), EXEC_OK);
    cr_assert_eq(balance_of(&OTHER), 3);
    cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS + 7 - 3);
    const mm_u256 slot = u256_from_u64(1);
    cr_assert_eq(memory_state_slot(&robot.chain.state, &OTHER, &slot).limb[0], 5,
                 "storage of the account that was called");
    cr_assert_eq(memory_state_slot(&robot.chain.state, &ROBOT, &slot).limb[0], 0);
}

Test(exec_calls, output_of_the_callee_reaches_the_caller)
{
    struct script inner = { .len = 0 };
    struct script s = { .len = 0 };
    script_load(&inner, 100);
    script_call(&s, &ROBOT, 0, &inner);
    struct script reverts = inner;
    script_revert(&reverts);
    script_call(&s, &ROBOT, 0, &reverts);
    struct script burns = inner;
    script_end(&burns, EXEC_OUT_OF_GAS);
    script_call(&s, &ROBOT, 0, &burns);
    const struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
    static const uint64_t expected[] = { EXEC_OK, 1, EXEC_REVERT, 1, EXEC_OUT_OF_GAS, 0 };
    cr_assert_eq(robot_words(&outcome), 6);
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(robot_word(&outcome, i), expected[i], "word %zu", i);
}

/* 9 000 for value, of which 2 300 are the callee's; 25 000 more when it did not exist. */
Test(exec_calls, value_costs_9000_and_25000_more_to_an_account_that_is_not_there)
{
    const struct {
        const mm_addr *to;
        uint64_t value;
        uint64_t cost;
    } cases[] = {
        { &POOR, 0, 2600 },
        { &NOBODY, 0, 2600 },
        { &POOR, 1, 2600 + 9000 - 2300 },
        { &NOBODY, 1, 2600 + 9000 + 25000 - 2300 },
        { &RICH, 1, 100 + 9000 - 2300 },
        { &ROBOT, 0, 100 + 700 },
        { &ROBOT, 1, 100 + 9000 + 700 - 2300 },
    };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        struct script s = { .len = 0 };
        script_call(&s, cases[i].to, cases[i].value, &nothing);
        cr_assert_eq(robot_cost(&robot, &s), cases[i].cost, "case %zu", i);
    }
}

Test(exec_calls, value_moves_and_stays_only_when_the_call_succeeds)
{
    struct script good = { .len = 0 };
    script_call(&good, &POOR, 10, &nothing);
    script_call(&good, &NOBODY, 20, &nothing);
    struct script reverts = good;
    script_revert(&reverts);
    struct script outer = { .len = 0 };
    script_call(&outer, &ROBOT, 0, &reverts);
    struct exec_outcome outcome = robot_send(&robot, &ROBOT, 5, &outer, 1000000);
    cr_assert_eq(robot_word(&outcome, 0), EXEC_REVERT);
    cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS + 5);
    cr_assert_eq(balance_of(&POOR), 1);
    cr_assert_eq(balance_of(&NOBODY), 0);
    outcome = robot_send(&robot, &ROBOT, 5, &reverts, 1000000);
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS + 5);
    outcome = robot_send(&robot, &ROBOT, 5, &good, 1000000);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS + 10 - 30);
    cr_assert_eq(balance_of(&POOR), 11);
    cr_assert_eq(balance_of(&NOBODY), 20);
}

Test(exec_calls, more_than_one_has_cannot_be_sent_and_the_gas_comes_back)
{
    for (uint64_t over = 0; over < 2; over++) {
        struct script s = { .len = 0 };
        script_call(&s, &POOR, ROBOT_FUNDS + over, &nothing);
        const struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
        cr_assert_eq(robot_word(&outcome, 0), over == 0 ? EXEC_OK : EXEC_NO_FUNDS);
        cr_assert_eq(robot_gas(&outcome, &s), 2600 + 9000 - 2300);
    }
    /* To oneself: one must have it all the same. */
    for (uint64_t over = 0; over < 2; over++) {
        struct script s = { .len = 0 };
        script_call(&s, &ROBOT, ROBOT_FUNDS + over, &nothing);
        const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 1000000);
        cr_assert_eq(robot_word(&outcome, 0), over == 0 ? EXEC_OK : EXEC_NO_FUNDS);
        cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS);
    }
}

Test(exec_calls, nobody_has_more_than_2_to_the_256_wei)
{
    const struct edit edit = { .kind = EDIT_BALANCE,
                               .addr = POOR,
                               .value = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } } };
    test_chain_edit(&robot.chain, &edit);
    struct script s = { .len = 0 };
    script_call(&s, &POOR, 1, &nothing);
    const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 1000000);
    cr_assert_eq(robot_word(&outcome, 0), EXEC_NO_FUNDS);
    cr_assert_eq(balance_of(&ROBOT), ROBOT_FUNDS);
    cr_assert_eq(balance_of(&POOR), UINT64_MAX);
}

/* EIP-150: a callee gets all but a 64th; what it does not use comes back. */
Test(exec_calls, a_64th_stays_with_the_caller)
{
    struct script burn = { .len = 0 };
    struct script s = { .len = 0 };
    script_end(&burn, EXEC_OUT_OF_GAS);
    script_call(&s, &OTHER, 0, &burn);
    const uint64_t fixed = intrinsic_gas(script_bytes(&s)) + GAS_DISPATCH + 2600;
    for (uint64_t left = 6400; left < 6600; left++) {
        const struct exec_outcome outcome = robot_call(&robot, &s, fixed + left);
        cr_assert_eq(outcome.status, EXEC_OK);
        cr_assert_eq(outcome.gas_used, fixed + left - left / 64, "%lu", (unsigned long)left);
    }
    /* With value the stipend is on top, and burnt too. */
    struct script paid = { .len = 0 };
    script_call(&paid, &OTHER, 1, &burn);
    const uint64_t fixed_paid = intrinsic_gas(script_bytes(&paid)) + GAS_DISPATCH + 2600 + 9000;
    const struct exec_outcome outcome = robot_call(&robot, &paid, fixed_paid + 6400);
    cr_assert_eq(outcome.gas_used, fixed_paid + 6400 - 100);
}

Test(exec_calls, the_stipend_runs_a_callee_when_the_caller_has_nothing_left)
{
    struct script inner = { .len = 0 };
    script_log(&inner, 0, 100); /* 375 + 800 */
    struct script s = { .len = 0 };
    script_call(&s, &OTHER, 1, &inner);
    const uint64_t fixed = intrinsic_gas(script_bytes(&s)) + GAS_DISPATCH + 2600 + 9000;
    const struct exec_outcome outcome = robot_call(&robot, &s, fixed);
    cr_assert_eq(robot_word(&outcome, 0), EXEC_OK);
    cr_assert_eq(outcome.gas_used, fixed - (2300 - 700 - 1175));
    cr_assert_eq(outcome.log_count, 1);
}

/* A call in a call in a call: the frames there may be, and one more. */
Test(exec_calls, frames_go_as_deep_as_the_limit)
{
    struct script s = { .len = 0 };
    script_load(&s, 100);
    for (size_t depth = 0; depth < MM_CALL_DEPTH_MAX; depth++) {
        struct script outer = { .len = 0 };
        script_call(&outer, &ROBOT, 0, &s);
        s = outer;
        const struct exec_outcome outcome = robot_call(&robot, &s, 100000000);
        cr_assert_eq(outcome.status, EXEC_OK);
        /* The second word is what the call's output began with: its own callee's status. */
        if (depth == 0)
            cr_assert_eq(robot_word(&outcome, 1), 1);
        else
            cr_assert_eq(robot_word(&outcome, 1), EXEC_OK);
    }
    /* Now MM_CALL_DEPTH_MAX calls below the outermost frame: the last of them is one too many. */
    struct script bottom = { .len = 0 };
    script_call(&bottom, &ROBOT, 1, &nothing);
    for (size_t depth = 0; depth + 1 < MM_CALL_DEPTH_MAX; depth++) {
        struct script outer = { .len = 0 };
        script_call(&outer, &ROBOT, 0, &bottom);
        bottom = outer;
    }
    const struct exec_outcome outcome = robot_call(&robot, &bottom, 100000000);
    cr_assert_eq(outcome.status, EXEC_OK);
    /* 63 calls of 800; the last costs 100 and 9 000 less the stipend, which the caller keeps. */
    cr_assert_eq(robot_gas(&outcome, &bottom), 63 * 800 + 100 + 9000 - 2300);
}

Test(exec_calls, logs_of_a_reverted_call_are_gone_and_the_others_stay_in_order)
{
    struct script lost = { .len = 0 };
    struct script kept = { .len = 0 };
    struct script s = { .len = 0 };
    script_log(&lost, 4, 4);
    script_revert(&lost);
    for (size_t i = 0; i < 9; i++) /* more than the list holds at first */
        script_log(&kept, 2, i);
    script_log(&s, 1, 1);
    script_call(&s, &OTHER, 0, &lost);
    script_call(&s, &OTHER, 0, &kept);
    script_log(&s, 3, 3);
    const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 1000000);
    cr_assert_eq(outcome.log_count, 11);
    for (size_t i = 0; i < 11; i++) {
        const struct log *log = &outcome.logs[i];
        const bool is_own = i == 0 || i == 10;
        cr_assert(mm_addr_equal(&log->addr, is_own ? &ROBOT : &OTHER));
        cr_assert_eq(log->topic_count, i == 0 ? 1 : i == 10 ? 3 : 2);
        cr_assert_eq(log->data.len, i == 0 ? 1 : i == 10 ? 3 : i - 1);
        cr_assert_eq(log->topics[0].b[0], 1);
        for (size_t j = 0; j < log->data.len && j < 2; j++)
            cr_assert_eq(log->data.ptr[j], j == 0 ? 0xda : 0x7a);
    }
    cr_assert_eq(robot_send(&robot, &ROBOT, 0, &nothing, 100000).log_count, 0);
}

/* Statically, through the frame's own door: nothing public makes a static call yet. */
static enum exec_status run_static(const struct script *s, uint64_t value, mm_bytes *output)
{
    struct exec *exec;
    const struct exec_block block = { .gas_limit = 1000000 };
    uint64_t gas = 1000000;
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &robot_natives, &block),
                 MM_OK);
    journal_begin_tx(&exec->journal);
    const struct frame_call call = { .caller = RICH,
                                     .to = ROBOT,
                                     .input = script_bytes(s),
                                     .value = u256_from_u64(value),
                                     .is_static = true };
    return frame_run(exec, &call, &gas, output);
}

Test(exec_calls, a_static_call_reads_and_changes_nothing)
{
    struct script s = { .len = 0 };
    mm_bytes output;
    script_load(&s, 100);
    script_code_len(&s, &OTHER);
    script_call(&s, &OTHER, 0, &nothing);
    cr_assert_eq(run_static(&s, 0, &output), EXEC_OK);
    for (int i = 0; i < 4; i++) {
        struct script changes = { .len = 0 };
        if (i == 0)
            script_store(&changes, 1, 1);
        else if (i == 1)
            script_log(&changes, 0, 0);
        else if (i == 2)
            script_call(&changes, &OTHER, 1, &nothing);
        else
            script_create(&changes, &nothing);
        cr_assert_eq(run_static(&changes, 0, &output), EXEC_STATIC);
        cr_assert_eq(output.len, 0);
        struct script outer = { .len = 0 }; /* and so in a call of its own */
        script_call(&outer, &OTHER, 0, &changes);
        cr_assert_eq(run_static(&outer, 0, &output), EXEC_OK);
        cr_assert_eq(output.ptr[31], EXEC_STATIC);
    }
}

Test(exec_calls, each_way_to_fail_takes_all_gas_but_a_revert)
{
    static const enum exec_status ends[] = { EXEC_OUT_OF_GAS, EXEC_STATIC,    EXEC_DEPTH,
                                             EXEC_NO_FUNDS,   EXEC_COLLISION, EXEC_INVALID };
    for (size_t i = 0; i < MM_COUNT_OF(ends); i++) {
        struct script s = { .len = 0 };
        script_store(&s, 1, 1);
        script_end(&s, ends[i]);
        const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 123456);
        cr_assert_eq(outcome.status, ends[i]);
        cr_assert_eq(outcome.gas_used, 123456);
        cr_assert_eq(outcome.output.len, 0);
    }
    struct script s = { .len = 0 };
    script_store(&s, 1, 1);
    script_load(&s, 1);
    script_revert(&s);
    const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 123456);
    cr_assert_eq(outcome.gas_used, intrinsic_gas(script_bytes(&s)) + 700 + 22100 + 100);
    cr_assert_eq(robot_words(&outcome), 1);
    cr_assert_eq(outcome.gas_refunded, 0);
    test_chain_seal(&robot.chain);
    const mm_u256 slot = u256_from_u64(1);
    cr_assert_eq(memory_state_slot(&robot.chain.state, &ROBOT, &slot).limb[0], 0);
}

/* The script, called through `depth` contracts: the world's failure comes out, and ends the execution for good. */
static void expect_fault(struct script s, size_t depth, mm_err expected)
{
    for (size_t i = 0; i < depth; i++) {
        struct script outer = { .len = 0 };
        script_call(&outer, &ROBOT, 0, &s);
        s = outer;
    }
    struct exec *exec;
    struct exec_outcome outcome;
    const struct exec_block block = { .gas_limit = 1000000 };
    const struct exec_message message = {
        .from = RICH, .to = ROBOT, .input = script_bytes(&s), .gas_limit = 1000000
    };
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &robot_natives, &block),
                 MM_OK);
    cr_assert_eq(exec_call(exec, &outcome, &message), expected);
    cr_assert_eq(exec_call(exec, &outcome, &message), expected, "and ends it for good");
}

/* The first failure is the one that is told, whatever the contract makes of it. */
Test(exec_calls, a_contract_cannot_hide_that_the_world_failed)
{
    for (size_t depth = 0; depth < 3; depth++) {
        struct script s = { .len = 0 };
        script_swallow(&s, MM_ERR_NO_SPACE);
        script_swallow(&s, MM_ERR_IO);
        if (depth == 2)
            script_revert(&s);
        expect_fault(s, depth, MM_ERR_NO_SPACE);
    }
}

/* A disk that fails inside a call is no status of a receipt. */
Test(exec_calls, a_failing_world_ends_everything)
{
    for (size_t depth = 0; depth < 3; depth++) {
        struct script s = { .len = 0 };
        script_fail(&s, MM_ERR_IO);
        expect_fault(s, depth, MM_ERR_IO);
    }
}
