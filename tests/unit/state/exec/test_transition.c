/* A transaction as a whole: what is checked first, who pays whom, and what is left. */
#include "tests/unit/state/exec/puppets.h"

enum { BASE_FEE = 1000, PRICE = 1300 };

struct
try {
    struct stage stage;
    struct exec *exec;
    struct tx tx;
    uint64_t block_gas;
};

static enum exec_status succeed(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)host, (void)input, (void)output;
    return EXEC_OK;
}

static void try_init(struct try *t)
{
    const struct exec_block block = {
        .number = 1, .gas_limit = 1000000, .base_fee = u256_from_u64(BASE_FEE), .coinbase = COINBASE
    };
    stage_init(&t->stage, succeed, NULL, NULL);
    cr_assert_eq(
        exec_new(&t->stage.chain.arena, &t->exec, &t->stage.chain.view, &t->stage.natives, &block),
        MM_OK);
    t->stage.chain.exec = t->exec;
    t->block_gas = 1000000;
    t->tx = (struct tx){
        .type = TX_DYNAMIC_FEE,
        .max_fee = u256_from_u64(2000),
        .priority_fee = u256_from_u64(PRICE - BASE_FEE),
        .gas_limit = 50000,
        .to = PUPPET[0],
        .sender = RICH,
    };
}

static enum tx_verdict try_it(struct try *t)
{
    struct exec_outcome outcome;
    cr_assert_eq(exec_transact(t->exec, &outcome, &t->tx, t->block_gas), MM_OK);
    return outcome.verdict;
}

static void expect_nothing_changed(struct try *t)
{
    struct exec_changes changes;
    cr_assert_eq(exec_changes(t->exec, &changes), MM_OK);
    cr_assert_eq(changes.count, 0);
    stage_fini(&t->stage);
}

Test(transition, refuses_by_the_rule_that_is_broken)
{
    struct try t;
    try_init(&t);
    t.block_gas = 49999;
    cr_assert_eq(try_it(&t), TX_BLOCK_GAS);
    t.block_gas = 50000;
    t.tx.nonce = 1;
    cr_assert_eq(try_it(&t), TX_NONCE_TOO_HIGH);
    t.tx.nonce = 0;
    t.tx.max_fee = u256_from_u64(BASE_FEE - 1);
    cr_assert_eq(try_it(&t), TX_FEE_BELOW_BASE);
    t.tx.max_fee = u256_from_u64(BASE_FEE);
    t.tx.sender = NOBODY;
    cr_assert_eq(try_it(&t), TX_NO_FUNDS);
    t.tx.sender = PUPPET[1];
    t.tx.nonce = 1;
    cr_assert_eq(try_it(&t), TX_SENDER_HAS_CODE);
    t.tx.nonce = 0;
    cr_assert_eq(try_it(&t), TX_NONCE_TOO_LOW);
    t.tx.sender = RICH;
    memset(&t.tx.max_fee, 0xff, sizeof t.tx.max_fee);
    cr_assert_eq(try_it(&t), TX_FEE_TOO_LARGE);
    expect_nothing_changed(&t);
}

/* EIP-1559: the balance must bear the fee cap, though less is taken. */
Test(transition, asks_for_the_fee_cap_and_takes_the_price)
{
    struct try t;
    try_init(&t);
    const mm_u256 cap = u256_from_u64(50000ull * 2000 + 7);
    struct edit edit = { .kind = EDIT_BALANCE,
                         .addr = NOBODY,
                         .value = u256_from_u64(50000ull * 2000 + 6) };
    cr_assert_eq(exec_apply_edits(t.exec, &edit, 1), MM_OK);
    t.tx.sender = NOBODY;
    t.tx.value = u256_from_u64(7);
    cr_assert_eq(try_it(&t), TX_NO_FUNDS);
    edit.value = cap;
    cr_assert_eq(exec_apply_edits(t.exec, &edit, 1), MM_OK);
    cr_assert_eq(try_it(&t), TX_OK);
    test_chain_seal(&t.stage.chain);
    cr_assert_eq(stage_balance(&t.stage, &NOBODY), 50000ull * 2000 - ENTRY_GAS * (uint64_t)PRICE);
    stage_fini(&t.stage);
}

Test(transition, burns_the_base_fee_and_tips_the_coinbase)
{
    struct try t;
    try_init(&t);
    const mm_u256 before = memory_state_account(&t.stage.chain.state, &RICH).balance;
    t.tx.value = u256_from_u64(5);
    cr_assert_eq(try_it(&t), TX_OK);
    test_chain_seal(&t.stage.chain);
    const mm_u256 after = memory_state_account(&t.stage.chain.state, &RICH).balance;
    const mm_u256 paid = u256_wrapping_sub(&before, &after);
    cr_assert_eq(paid.limb[0], ENTRY_GAS * (uint64_t)PRICE + 5);
    cr_assert_eq(stage_balance(&t.stage, &COINBASE), ENTRY_GAS * (uint64_t)(PRICE - BASE_FEE));
    cr_assert_eq(stage_balance(&t.stage, &PUPPET[0]), 1005);
    stage_fini(&t.stage);
}

/* EIP-161: nothing is paid, so the coinbase does not come into being. */
Test(transition, without_a_tip_makes_no_coinbase)
{
    struct try t;
    try_init(&t);
    t.tx.priority_fee = u256_from_u64(0);
    cr_assert_eq(try_it(&t), TX_OK);
    struct exec_changes changes;
    cr_assert_eq(exec_changes(t.exec, &changes), MM_OK);
    cr_assert_eq(changes.count, 1, "the sender alone");
    cr_assert(mm_addr_equal(&changes.accounts[0].addr, &RICH));
    stage_fini(&t.stage);
}

Test(transition, of_a_call_leaves_nothing_behind)
{
    struct try t;
    struct exec_outcome outcome;
    try_init(&t);
    struct exec_message message = {
        .from = RICH, .to = OTHER, .value = u256_from_u64(5), .gas_limit = 21000
    };
    cr_assert_eq(exec_call(t.exec, &outcome, &message), MM_OK);
    cr_assert_eq(outcome.verdict, TX_OK);
    cr_assert_eq(outcome.gas_used, 21000);
    message.gas_limit = 20999;
    cr_assert_eq(exec_call(t.exec, &outcome, &message), MM_OK);
    cr_assert_eq(outcome.verdict, TX_INTRINSIC_GAS);
    message.gas_limit = 21000;
    message.from = NOBODY;
    cr_assert_eq(exec_call(t.exec, &outcome, &message), MM_OK);
    cr_assert_eq(outcome.verdict, TX_NO_FUNDS);
    message.value = u256_from_u64(0);
    message.gas_price = u256_from_u64(1);
    cr_assert_eq(exec_call(t.exec, &outcome, &message), MM_OK);
    cr_assert_eq(outcome.verdict, TX_NO_FUNDS);
    expect_nothing_changed(&t);
}

/* Wei neither appears nor goes but by the base fee, whatever fails. */
Test(transition, keeps_the_sum_of_all_balances_less_what_is_burnt)
{
    struct try t;
    try_init(&t);
    const mm_addr people[] = { RICH, OTHER, COINBASE, PUPPET[0], PUPPET[1], PUPPET[2], NOBODY };
    mm_u256 before = { { 0 } };
    mm_u256 after = { { 0 } };
    for (size_t i = 0; i < MM_COUNT_OF(people); i++) {
        const struct account account = memory_state_account(&t.stage.chain.state, &people[i]);
        before = u256_wrapping_add(&before, &account.balance);
    }
    uint64_t burnt = 0;
    for (uint64_t i = 0; i < 20; i++) {
        struct exec_outcome outcome;
        t.tx.to = people[i % MM_COUNT_OF(people)];
        t.tx.value = u256_from_u64(i * 100);
        t.tx.nonce = i;
        cr_assert_eq(exec_transact(t.exec, &outcome, &t.tx, t.block_gas), MM_OK);
        cr_assert_eq(outcome.verdict, TX_OK);
        burnt += outcome.gas_used * BASE_FEE;
    }
    test_chain_seal(&t.stage.chain);
    for (size_t i = 0; i < MM_COUNT_OF(people); i++) {
        const struct account account = memory_state_account(&t.stage.chain.state, &people[i]);
        after = u256_wrapping_add(&after, &account.balance);
    }
    const mm_u256 gone = u256_wrapping_sub(&before, &after);
    const mm_u256 expected = u256_from_u64(burnt);
    cr_assert(u256_equal(&gone, &expected));
    stage_fini(&t.stage);
}
