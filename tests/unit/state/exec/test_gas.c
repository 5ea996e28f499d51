/* The price of a store: the table of cases in EIP-3529 (what EIP-2200 became), and what the host makes of it. */
#include "tests/unit/state/exec/puppets.h"

/* EIP-3529, "Test cases": gas used by the stores alone (its figures less 6 for two PUSH1 a store), on a warm slot. */
static const struct {
    uint64_t used;
    int64_t refund;
    uint64_t original;
    uint64_t stores[3];
    size_t count;
} cases[] = {
    { 200, 0, 0, { 0, 0 }, 2 },        { 20100, 0, 0, { 0, 1 }, 2 },
    { 20100, 19900, 0, { 1, 0 }, 2 },  { 20100, 0, 0, { 1, 2 }, 2 },
    { 20100, 0, 0, { 1, 1 }, 2 },      { 3000, 4800, 1, { 0, 0 }, 2 },
    { 3000, 2800, 1, { 0, 1 }, 2 },    { 3000, 0, 1, { 0, 2 }, 2 },
    { 3000, 4800, 1, { 2, 0 }, 2 },    { 3000, 0, 1, { 2, 3 }, 2 },
    { 3000, 2800, 1, { 2, 1 }, 2 },    { 3000, 0, 1, { 2, 2 }, 2 },
    { 3000, 4800, 1, { 1, 0 }, 2 },    { 3000, 0, 1, { 1, 2 }, 2 },
    { 200, 0, 1, { 1, 1 }, 2 },        { 40100, 19900, 0, { 1, 0, 1 }, 3 },
    { 5900, 7600, 1, { 0, 1, 0 }, 3 },
};

Test(gas, of_stores_is_that_of_the_cases_in_eip_3529)
{
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        const mm_u256 original = u256_from_u64(cases[i].original);
        mm_u256 current = original;
        uint64_t used = 0;
        int64_t refund = 0;
        for (size_t j = 0; j < cases[i].count; j++) {
            const mm_u256 next = u256_from_u64(cases[i].stores[j]);
            const struct gas_sstore gas = gas_sstore(&original, &current, &next);
            used += gas.cost;
            refund += gas.refund;
            current = next;
        }
        cr_assert_eq(used, cases[i].used, "case %zu: %llu", i, (unsigned long long)used);
        cr_assert_eq(refund, cases[i].refund, "case %zu: %lld", i, (long long)refund);
    }
}

/* ---- the same through a transaction: the case in slot 9, which is cold ---- */

static size_t case_in_work;

static enum exec_status play_case(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    for (size_t i = 0; i < cases[case_in_work].count; i++)
        HOST_TRY(store(host, 9, cases[case_in_work].stores[i]));
    return EXEC_OK;
}

static enum exec_status set_original(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    return store(host, 9, cases[case_in_work].original);
}

Test(gas, of_stores_in_a_transaction_is_refunded_up_to_a_fifth)
{
    for (case_in_work = 0; case_in_work < MM_COUNT_OF(cases); case_in_work++) {
        struct stage stage;
        stage_init(&stage, set_original, NULL, NULL);
        (void)stage_seal(&stage);
        stage.items[0].call = play_case;
        const struct exec_outcome outcome = stage_run(&stage);
        const uint64_t used = ENTRY_GAS + GAS_COLD_SLOT + cases[case_in_work].used;
        const uint64_t most = used / GAS_REFUND_QUOTIENT;
        const uint64_t refund = (uint64_t)cases[case_in_work].refund;
        cr_assert_eq(outcome.status, EXEC_OK);
        cr_assert_eq(outcome.gas_refunded, refund < most ? refund : most, "case %zu", case_in_work);
        cr_assert_eq(outcome.gas_used, used - outcome.gas_refunded, "case %zu", case_in_work);
        stage_fini(&stage);
    }
}

/* EIP-2200's original value is the transaction's, not the block's. */
static enum exec_status clear_then_set(struct host *host, mm_bytes input, mm_bytes *output)
{
    uint64_t now;
    (void)input, (void)output;
    HOST_TRY(load(host, 1, &now));
    return store(host, 1, now == 0 ? 7 : 0);
}

Test(gas, the_original_value_is_that_before_the_transaction)
{
    struct stage stage;
    stage_init(&stage, clear_then_set, NULL, NULL);
    struct exec_outcome outcome = stage_run(&stage); /* 5 to 0 */
    cr_assert_eq(outcome.gas_used + outcome.gas_refunded,
                 ENTRY_GAS + GAS_COLD_SLOT + GAS_SSTORE_RESET);
    cr_assert_eq(outcome.gas_refunded, GAS_SSTORE_CLEAR_REFUND);
    outcome = stage_run(&stage); /* 0 to 7: in the same block, but another transaction */
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_SLOT + GAS_SSTORE_SET);
    outcome = stage_run(&stage); /* 7 to 0 */
    cr_assert_eq(outcome.gas_refunded, GAS_SSTORE_CLEAR_REFUND);
    stage_fini(&stage);
}

/* ---- the sentry ---- */

static enum exec_status store_same(struct host *host, mm_bytes input, mm_bytes *output)
{
    uint64_t value;
    (void)input, (void)output;
    HOST_TRY(load(host, 1, &value)); /* warm from here on */
    return store(host, 1, value);
}

Test(gas, no_store_with_2300_or_less)
{
    struct stage stage;
    stage_init(&stage, store_same, NULL, NULL);
    stage.gas_limit = ENTRY_GAS + GAS_COLD_SLOT + GAS_SSTORE_SENTRY;
    struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    cr_assert_eq(outcome.gas_used, stage.gas_limit);
    stage.gas_limit++;
    outcome = stage_run(&stage);
    cr_assert_eq(outcome.status, EXEC_OK);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_SLOT + GAS_WARM_ACCESS);
    stage_fini(&stage);
}

/* ---- accesses, logs ---- */

static enum exec_status load_twice(struct host *host, mm_bytes input, mm_bytes *output)
{
    uint64_t value;
    (void)input, (void)output;
    HOST_TRY(load(host, 1, &value));
    return load(host, 1, &value);
}

Test(gas, a_slot_is_cold_once_and_not_at_all_with_an_access_list)
{
    struct stage stage;
    const mm_hash32 slots[] = { { { [31] = 1 } }, { { [31] = 8 } } };
    const struct tx_access access = { PUPPET[0], slots, 2 };
    stage_init(&stage, load_twice, NULL, NULL);
    struct exec_outcome outcome = stage_run(&stage);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_SLOT + GAS_WARM_ACCESS);
    outcome = stage_run(&stage);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_COLD_SLOT + GAS_WARM_ACCESS,
                 "cold again in the next transaction");
    stage.access_list = &access;
    stage.access_count = 1;
    outcome = stage_run(&stage);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + 2400 + 2 * 1900 + 2 * GAS_WARM_ACCESS);
    stage_fini(&stage);
}

static const mm_addr *looked_at;

static enum exec_status look_at_code(struct host *host, mm_bytes input, mm_bytes *output)
{
    size_t len;
    (void)input, (void)output;
    HOST_TRY(host_code_len(host, &len, looked_at));
    const size_t expected =
        mm_addr_equal(looked_at, &PUPPET[1]) || mm_addr_equal(looked_at, &PUPPET[0])
            ? EXEC_MARKER_BYTES
            : 0;
    cr_assert_eq(len, expected);
    return host_code_len(host, &len, looked_at);
}

Test(gas, sender_recipient_and_coinbase_are_warm_and_others_are_not)
{
    const struct {
        const mm_addr *addr;
        uint64_t first;
    } looks[] = { { &RICH, GAS_WARM_ACCESS },     { &PUPPET[0], GAS_WARM_ACCESS },
                  { &COINBASE, GAS_WARM_ACCESS }, { &PUPPET[1], GAS_COLD_ACCOUNT },
                  { &OTHER, GAS_COLD_ACCOUNT },   { &NOBODY, GAS_COLD_ACCOUNT } };
    for (size_t i = 0; i < MM_COUNT_OF(looks); i++) {
        struct stage stage;
        looked_at = looks[i].addr;
        stage_init(&stage, look_at_code, NULL, NULL);
        struct exec_outcome outcome = stage_run(&stage);
        cr_assert_eq(outcome.gas_used, ENTRY_GAS + looks[i].first + GAS_WARM_ACCESS, "%zu", i);
        const struct tx_access access = { *looks[i].addr, NULL, 0 };
        stage.access_list = &access;
        stage.access_count = 1;
        outcome = stage_run(&stage);
        cr_assert_eq(outcome.gas_used, ENTRY_GAS + 2400 + 2 * GAS_WARM_ACCESS);
        stage_fini(&stage);
    }
}

static size_t topic_count;
static size_t data_len;

static enum exec_status write_log(struct host *host, mm_bytes input, mm_bytes *output)
{
    static const mm_hash32 topics[LOG_TOPICS_MAX] = { { { 1 } }, { { 2 } }, { { 3 } }, { { 4 } } };
    static const uint8_t data[100] = { 7 };
    (void)input, (void)output;
    return host_log(host, topics, topic_count, mm_bytes_from(data, data_len));
}

Test(gas, of_logs_is_375_each_and_a_topic_and_8_a_byte)
{
    struct stage stage;
    stage_init(&stage, write_log, NULL, NULL);
    for (topic_count = 0; topic_count <= LOG_TOPICS_MAX; topic_count++) {
        for (data_len = 0; data_len <= 100; data_len += 50) {
            const struct exec_outcome outcome = stage_run(&stage);
            cr_assert_eq(outcome.gas_used, ENTRY_GAS + 375 + 375 * topic_count + 8 * data_len);
            cr_assert_eq(outcome.log_count, 1);
            cr_assert_eq(outcome.logs[0].topic_count, topic_count);
            cr_assert_eq(outcome.logs[0].data.len, data_len);
            cr_assert(mm_addr_equal(&outcome.logs[0].addr, &PUPPET[0]));
        }
    }
    stage_fini(&stage);
}
