/* Calls between contracts: what a failed one undoes, what it costs, how deep they go, and where the wei is. */
#include "state/base/limits.h"
#include "tests/unit/state/exec/puppets.h"

static const mm_hash32 topic = { { 1 } };

static enum exec_status log_here(struct host *host)
{
    return host_log(host, &topic, 1, (mm_bytes){ NULL, 0 });
}

/* ---- undo ---- */

static enum exec_status inner_ending;

static enum exec_status change_and_end(struct host *host, mm_bytes input, mm_bytes *output)
{
    enum exec_status result;
    (void)input;
    HOST_TRY(store(host, 1, 0)); /* a refund of 4 800 */
    HOST_TRY(store(host, 2, 7));
    HOST_TRY(log_here(host));
    HOST_TRY(call(host, &result, &OTHER, 100));
    cr_assert_eq(result, EXEC_OK);
    *output = MM_BYTES_LIT("said");
    return inner_ending;
}

static enum exec_status seen_result;
static bool is_output_seen;

static enum exec_status call_it(struct host *host, mm_bytes input, mm_bytes *output)
{
    const mm_u256 none = { { 0 } };
    mm_bytes answer;
    (void)input, (void)output;
    HOST_TRY(store(host, 2, 1));
    HOST_TRY(log_here(host));
    HOST_TRY(host_call(host, &seen_result, &answer, &PUPPET[1], &none, (mm_bytes){ NULL, 0 }));
    is_output_seen = mm_bytes_equal(answer, MM_BYTES_LIT("said"));
    HOST_TRY(log_here(host));
    return EXEC_OK;
}

Test(calls, a_call_that_ends_well_leaves_its_changes)
{
    struct stage stage;
    inner_ending = EXEC_OK;
    stage_init(&stage, call_it, change_and_end, NULL);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(seen_result, EXEC_OK);
    cr_assert(is_output_seen);
    cr_assert_eq(outcome.log_count, 3);
    cr_assert_eq(outcome.gas_refunded, GAS_SSTORE_CLEAR_REFUND);
    cr_assert_eq(stage_slot(&stage, &PUPPET[1], 1).limb[0], 0);
    cr_assert_eq(stage_slot(&stage, &PUPPET[1], 2).limb[0], 7);
    cr_assert_eq(stage_balance(&stage, &PUPPET[1]), 900);
    stage_fini(&stage);
}

static void expect_undone(enum exec_status ending, bool has_output)
{
    struct stage stage;
    inner_ending = ending;
    stage_init(&stage, call_it, change_and_end, NULL);
    const uint64_t before = stage_balance(&stage, &OTHER);
    const struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.status, EXEC_OK, "its caller goes on");
    cr_assert_eq(seen_result, ending);
    cr_assert_eq(is_output_seen, has_output);
    cr_assert_eq(outcome.log_count, 2, "its caller's own");
    cr_assert_eq(outcome.gas_refunded, 0);
    test_chain_seal(&stage.chain);
    cr_assert_eq(stage_slot(&stage, &PUPPET[0], 2).limb[0], 1);
    cr_assert_eq(stage_slot(&stage, &PUPPET[1], 1).limb[0], 5);
    cr_assert_eq(stage_slot(&stage, &PUPPET[1], 2).limb[0], 0);
    cr_assert_eq(stage_balance(&stage, &PUPPET[1]), 1000);
    cr_assert_eq(stage_balance(&stage, &OTHER), before);
    stage_fini(&stage);
}

Test(calls, a_reverted_call_is_undone_and_its_data_is_seen)
{
    expect_undone(EXEC_REVERT, true);
}

Test(calls, a_failed_call_is_undone_and_says_nothing)
{
    expect_undone(EXEC_OUT_OF_GAS, false);
    expect_undone(EXEC_INVALID, false);
    expect_undone(EXEC_COLLISION, false);
}

Test(calls, a_transaction_that_reverts_changes_nothing_but_nonce_and_fee)
{
    struct stage stage;
    inner_ending = EXEC_REVERT;
    stage_init(&stage, change_and_end, NULL, NULL);
    const struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.status, EXEC_REVERT);
    cr_assert(mm_bytes_equal(outcome.output, MM_BYTES_LIT("said")));
    cr_assert_eq(outcome.log_count, 0);
    cr_assert_eq(outcome.gas_refunded, 0);
    test_chain_seal(&stage.chain);
    cr_assert_eq(stage_slot(&stage, &PUPPET[0], 1).limb[0], 5);
    cr_assert_eq(stage_balance(&stage, &PUPPET[0]), 1000);
    cr_assert_eq(memory_state_account(&stage.chain.state, &RICH).nonce, 1);
    stage_fini(&stage);
}

/* ---- what is warm is undone, too ---- */

static enum exec_status warm_and_revert(struct host *host, mm_bytes input, mm_bytes *output)
{
    uint64_t value;
    size_t len;
    (void)input, (void)output;
    HOST_TRY(load(host, 1, &value));
    HOST_TRY(host_code_len(host, &len, &OTHER));
    return EXEC_REVERT;
}

static enum exec_status call_twice(struct host *host, mm_bytes input, mm_bytes *output)
{
    enum exec_status result;
    (void)input, (void)output;
    HOST_TRY(call(host, &result, &PUPPET[1], 0));
    return call(host, &result, &PUPPET[1], 0);
}

/* EIP-2929: "When a context reverts, access warming effects are reverted to their state before the context." */
Test(calls, what_a_reverted_call_warmed_is_cold_again)
{
    struct stage stage;
    stage_init(&stage, call_twice, warm_and_revert, NULL);
    const struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_ACCOUNT + GAS_WARM_ACCESS +
                                       2 * (GAS_DISPATCH + GAS_COLD_SLOT + GAS_COLD_ACCOUNT));
    stage_fini(&stage);
}

/* ---- gas of the frame ---- */

static enum exec_status burn_all(struct host *host, mm_bytes input, mm_bytes *output)
{
    uint64_t value;
    (void)input, (void)output;
    for (uint64_t slot = 0;; slot++)
        HOST_TRY(load(host, slot, &value));
}

static enum exec_status call_burner(struct host *host, mm_bytes input, mm_bytes *output)
{
    enum exec_status result;
    (void)input, (void)output;
    HOST_TRY(call(host, &result, &PUPPET[1], 0));
    cr_assert_eq(result, EXEC_OUT_OF_GAS);
    return EXEC_OK;
}

/* EIP-150 */
Test(calls, keep_a_64th_of_the_gas_back)
{
    struct stage stage;
    stage_init(&stage, call_burner, burn_all, NULL);
    const struct exec_outcome outcome = stage_run(&stage);
    const uint64_t left = stage.gas_limit - ENTRY_GAS - GAS_COLD_ACCOUNT;
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.gas_used, stage.gas_limit - left / 64);
    stage_fini(&stage);
}

Test(calls, out_of_gas_at_the_top_takes_all_of_it)
{
    struct stage stage;
    stage_init(&stage, burn_all, NULL, NULL);
    const struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    cr_assert_eq(outcome.gas_used, stage.gas_limit);
    stage_fini(&stage);
}

/* ---- value ---- */

static const mm_addr *payee;
static uint64_t amount;

static enum exec_status pay_someone(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    return call(host, &seen_result, payee, amount);
}

static uint64_t gas_of_payment(const mm_addr *to, uint64_t wei)
{
    struct stage stage;
    payee = to;
    amount = wei;
    stage_init(&stage, pay_someone, NULL, NULL);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(seen_result, EXEC_OK);
    cr_assert_eq(stage_balance(&stage, &PUPPET[0]), 1000 - wei);
    stage_fini(&stage);
    return outcome.gas_used - ENTRY_GAS;
}

Test(calls, with_value_cost_9000_less_the_stipend_and_25000_for_a_new_account)
{
    cr_assert_eq(gas_of_payment(&OTHER, 0), GAS_COLD_ACCOUNT);
    cr_assert_eq(gas_of_payment(&OTHER, 10), GAS_COLD_ACCOUNT + 9000 - 2300);
    cr_assert_eq(gas_of_payment(&NOBODY, 10), GAS_COLD_ACCOUNT + 9000 + 25000 - 2300);
    cr_assert_eq(gas_of_payment(&NOBODY, 0), GAS_COLD_ACCOUNT, "no value, no account (EIP-161)");
}

Test(calls, of_more_than_there_is_fail_and_the_caller_goes_on)
{
    struct stage stage;
    payee = &OTHER;
    amount = 1001;
    stage_init(&stage, pay_someone, NULL, NULL);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(seen_result, EXEC_NO_FUNDS);
    cr_assert_eq(stage_balance(&stage, &PUPPET[0]), 1000);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_ACCOUNT + 9000 - 2300);
    stage_fini(&stage);
}

static enum exec_status see_value(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    cr_assert_eq(host_value(host)->limb[0], 33);
    cr_assert(mm_addr_equal(host_caller(host), &RICH));
    cr_assert(mm_addr_equal(host_self(host), &PUPPET[0]));
    return EXEC_OK;
}

Test(calls, of_a_transaction_carry_its_value)
{
    struct stage stage;
    stage_init(&stage, see_value, NULL, NULL);
    stage.value = 33;
    cr_assert_eq(stage_seal(&stage).status, EXEC_OK);
    cr_assert_eq(stage_balance(&stage, &PUPPET[0]), 1033);
    stage_fini(&stage);
}

/* ---- depth ---- */

static unsigned frames;
static enum exec_status deepest;

static enum exec_status call_self(struct host *host, mm_bytes input, mm_bytes *output)
{
    enum exec_status result;
    (void)input, (void)output;
    frames++;
    HOST_TRY(call(host, &result, &PUPPET[0], 0));
    if (result != EXEC_OK)
        deepest = result;
    return EXEC_OK;
}

Test(calls, are_64_deep_at_most)
{
    struct stage stage;
    frames = 0;
    stage_init(&stage, call_self, NULL, NULL);
    stage.gas_limit = 30000000;
    cr_assert_eq(stage_run(&stage).status, EXEC_OK);
    cr_assert_eq(frames, MM_CALL_DEPTH_MAX);
    cr_assert_eq(deepest, EXEC_DEPTH);
    stage_fini(&stage);
}
