/* What each state access costs (docs/GAS.md): cold and warm, to the unit, and one unit less is not enough. */
#include <criterion/criterion.h>

#include "tests/unit/state/exec/rules/robot_suite.h"

TestSuite(exec_costs, .init = robot_begin, .fini = robot_end);

/* Costs so much, runs on exactly that, and is out of gas with one unit less. */
static void check_cost(const struct script *s, uint64_t cost)
{
    const uint64_t fixed = intrinsic_gas(script_bytes(s)) + GAS_DISPATCH;
    cr_assert_eq(robot_cost(&robot, s), cost, "%lu", (unsigned long)robot_cost(&robot, s));
    struct exec_outcome outcome = robot_call(&robot, s, fixed + cost);
    cr_assert_eq(outcome.status, EXEC_OK);
    outcome = robot_call(&robot, s, fixed + cost - 1);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    cr_assert_eq(outcome.gas_used, fixed + cost - 1);
    cr_assert_eq(outcome.output.len, 0);
}

Test(exec_costs, a_load_is_2100_cold_and_100_warm)
{
    struct script s = { .len = 0 };
    script_load(&s, 100);
    check_cost(&s, 2100);
    script_load(&s, 100);
    check_cost(&s, 2200);
    script_load(&s, 5);
    check_cost(&s, 4300);
    const struct exec_outcome outcome = robot_call(&robot, &s, 100000);
    cr_assert_eq(robot_word(&outcome, 0), 1);
    cr_assert_eq(robot_word(&outcome, 1), 1);
    cr_assert_eq(robot_word(&outcome, 2), 0);
}

/* EIP-3529's table: original value, up to three values stored, gas and refund of the stores on a warm slot. */
struct sstore_case {
    uint64_t original;
    uint64_t values[3];
    size_t count;
    uint64_t gas;
    uint64_t refund;
};

static const struct sstore_case sstore_cases[] = {
    { 0, { 0, 0 }, 2, 200, 0 },        { 0, { 0, 1 }, 2, 20100, 0 },
    { 0, { 1, 0 }, 2, 20100, 19900 },  { 0, { 1, 2 }, 2, 20100, 0 },
    { 0, { 1, 1 }, 2, 20100, 0 },      { 1, { 0, 0 }, 2, 3000, 4800 },
    { 1, { 0, 1 }, 2, 3000, 2800 },    { 1, { 0, 2 }, 2, 3000, 0 },
    { 1, { 2, 0 }, 2, 3000, 4800 },    { 1, { 2, 3 }, 2, 3000, 0 },
    { 1, { 2, 1 }, 2, 3000, 2800 },    { 1, { 2, 2 }, 2, 3000, 0 },
    { 1, { 1, 0 }, 2, 3000, 4800 },    { 1, { 1, 2 }, 2, 3000, 0 },
    { 1, { 1, 1 }, 2, 200, 0 },        { 0, { 1, 0, 1 }, 3, 40100, 19900 },
    { 1, { 0, 1, 0 }, 3, 5900, 7600 },
};

Test(exec_costs, stores_cost_and_refund_as_eip_3529s_table_says)
{
    for (size_t i = 0; i < MM_COUNT_OF(sstore_cases); i++) {
        const struct sstore_case *c = &sstore_cases[i];
        struct script s = { .len = 0 };
        const uint64_t slot = c->original == 0 ? 5 : 100;
        script_load(&s, slot); /* warm from here on */
        for (size_t j = 0; j < c->count; j++)
            script_store(&s, slot, c->values[j]);
        const struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
        const uint64_t gross = outcome.gas_used + outcome.gas_refunded;
        cr_assert_eq(outcome.status, EXEC_OK);
        cr_assert_eq(robot_gas(&outcome, &s), 2100 + c->gas, "case %zu", i);
        cr_assert_eq(outcome.gas_refunded, c->refund < gross / 5 ? c->refund : gross / 5,
                     "case %zu", i);
    }
    /* The pure table, without the cap on refunds. */
    for (size_t i = 0; i < MM_COUNT_OF(sstore_cases); i++) {
        const struct sstore_case *c = &sstore_cases[i];
        const mm_u256 original = u256_from_u64(c->original);
        mm_u256 now = original;
        uint64_t gas = 0;
        int64_t refund = 0;
        for (size_t j = 0; j < c->count; j++) {
            const mm_u256 next = u256_from_u64(c->values[j]);
            const struct gas_sstore step = gas_sstore(&original, &now, &next);
            gas += step.cost;
            refund += step.refund;
            now = next;
        }
        cr_assert_eq(gas, c->gas, "case %zu", i);
        cr_assert_eq(refund, (int64_t)c->refund, "case %zu", i);
    }
}

Test(exec_costs, a_cold_store_pays_2100_more)
{
    struct script s = { .len = 0 };
    script_store(&s, 5, 1);
    check_cost(&s, 22100);
    s.len = 0;
    script_store(&s, 100, 2);
    check_cost(&s, 5000);
}

Test(exec_costs, a_store_needs_more_than_2300_whatever_it_costs)
{
    struct script s = { .len = 0 };
    script_load(&s, 100);
    script_store(&s, 100, 1); /* nothing changes: 100 */
    const uint64_t fixed = intrinsic_gas(script_bytes(&s)) + GAS_DISPATCH + 2100;
    struct exec_outcome outcome = robot_call(&robot, &s, fixed + 2300);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    cr_assert_eq(outcome.gas_used, fixed + 2300);
    outcome = robot_call(&robot, &s, fixed + 2301);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.gas_used, fixed + 100);
}

Test(exec_costs, a_log_is_375_and_375_a_topic_and_8_a_byte)
{
    for (size_t topics = 0; topics <= LOG_TOPICS_MAX; topics++) {
        for (size_t len = 0; len < 70; len += 23) {
            struct script s = { .len = 0 };
            script_log(&s, topics, len);
            check_cost(&s, 375 + 375 * topics + 8 * len);
        }
    }
}

Test(exec_costs, looking_at_an_account_is_2600_cold_and_100_warm)
{
    struct script s = { .len = 0 };
    script_code_len(&s, &OTHER);
    check_cost(&s, 2600);
    script_code_len(&s, &OTHER);
    script_code_len(&s, &NOBODY);
    script_code_len(&s, &POOR);
    check_cost(&s, 2600 + 100 + 2600 + 2600);
    const struct exec_outcome outcome = robot_call(&robot, &s, 100000);
    static const uint64_t lens[] = { EXEC_MARKER_BYTES, EXEC_MARKER_BYTES, 0, 0 };
    for (size_t i = 0; i < MM_COUNT_OF(lens); i++)
        cr_assert_eq(robot_word(&outcome, i), lens[i]);
}

Test(exec_costs, sender_recipient_and_coinbase_are_warm_from_the_start)
{
    const mm_addr coinbase = { { 0xc0 } };
    struct script s = { .len = 0 };
    script_code_len(&s, &RICH);
    script_code_len(&s, &ROBOT);
    script_code_len(&s, &coinbase);
    check_cost(&s, 300);
}

Test(exec_costs, the_access_list_is_warm_and_paid_for_in_advance)
{
    const mm_hash32 slots[] = { { { [31] = 100 } }, { { [31] = 6 } } };
    const struct tx_access list[] = { { OTHER, NULL, 0 }, { ROBOT, slots, 2 } };
    struct script s = { .len = 0 };
    script_code_len(&s, &OTHER);
    script_load(&s, 100);
    script_load(&s, 6);
    script_load(&s, 7);
    const struct exec_message message = { .from = RICH,
                                          .to = ROBOT,
                                          .input = script_bytes(&s),
                                          .gas_limit = 100000,
                                          .access_list = list,
                                          .access_count = 2 };
    const struct exec_outcome outcome = test_chain_call(&robot.chain, &message);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(robot_gas(&outcome, &s), 2 * 2400 + 2 * 1900 + 100 + 100 + 100 + 2100);
}

/* What is warm, and a slot's original value, end with the transaction; what is stored does not. */
Test(exec_costs, each_transaction_starts_cold)
{
    struct script s = { .len = 0 };
    script_load(&s, 100);
    script_code_len(&s, &OTHER);
    script_store(&s, 101, 2);
    struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 100000);
    cr_assert_eq(robot_gas(&outcome, &s), 2100 + 2600 + 5000);
    s.len = 0;
    script_load(&s, 100);
    script_code_len(&s, &OTHER);
    script_store(&s, 101, 0); /* original is 2 now: cleared, not put back */
    outcome = robot_send(&robot, &ROBOT, 0, &s, 100000);
    cr_assert_eq(robot_gas(&outcome, &s), 2100 + 2600 + 5000);
    cr_assert_eq(outcome.gas_refunded, 4800);
    s.len = 0;
    script_store(&s, 101, 1); /* the value of the block before is nothing special */
    outcome = robot_send(&robot, &ROBOT, 0, &s, 100000);
    cr_assert_eq(robot_gas(&outcome, &s), 22100);
    cr_assert_eq(outcome.gas_refunded, 0);
}

/* EIP-2929: what a reverted frame warmed is cold again; its refunds are gone. */
Test(exec_costs, a_reverted_call_leaves_nothing_warm_and_no_refund)
{
    struct script inner = { .len = 0 };
    struct script s = { .len = 0 };
    script_load(&inner, 100);
    script_code_len(&inner, &POOR);
    script_store(&inner, 100, 0);
    script_revert(&inner);
    script_call(&s, &ROBOT, 0, &inner);
    script_load(&s, 100);
    script_code_len(&s, &POOR);
    const struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
    cr_assert_eq(robot_gas(&outcome, &s), 100 + 700 + 2100 + 2600 + 2900 + 2100 + 2600);
    cr_assert_eq(outcome.gas_refunded, 0);
    cr_assert_eq(robot_word(&outcome, 2), 1, "the slot is as before");
}
