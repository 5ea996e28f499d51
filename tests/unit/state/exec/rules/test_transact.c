/* A transaction: each rule at its limit, and where the wei go. */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/unit/state/exec/rules/robot_suite.h"

enum { GWEI = 1000000000, BLOCK_GAS = 5000000 };

static const mm_addr coinbase = { { 0xc0, 0x1b } };
static const struct exec_block block = { .number = 1,
                                         .gas_limit = BLOCK_GAS,
                                         .base_fee = { { GWEI } },
                                         .coinbase = coinbase,
                                         .chain_id = 1 };

static struct exec *exec;

static void open_robot(void)
{
    robot_begin();
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &robot_natives, &block),
                 MM_OK);
}

TestSuite(exec_transact, .init = open_robot, .fini = robot_end);

static struct tx payment(void)
{
    return (struct tx){ .type = TX_DYNAMIC_FEE,
                        .has_chain_id = true,
                        .chain_id = { { 1 } },
                        .max_fee = { { 3ull * GWEI } },
                        .priority_fee = { { GWEI } },
                        .gas_limit = 21000,
                        .to = POOR,
                        .sender = RICH };
}

static enum tx_verdict verdict_of(const struct tx *tx, uint64_t gas_left)
{
    struct exec_outcome outcome;
    struct exec_changes before;
    struct exec_changes after;
    cr_assert_eq(exec_changes(exec, &before), MM_OK);
    cr_assert_eq(exec_transact(exec, &outcome, tx, gas_left), MM_OK);
    cr_assert_eq(exec_changes(exec, &after), MM_OK);
    if (outcome.verdict != TX_OK) {
        cr_assert_eq(before.count, after.count, "what is refused changes nothing");
        cr_assert_eq(outcome.gas_used, 0);
    }
    return outcome.verdict;
}

static void edit(enum edit_kind kind, const mm_addr *addr, mm_u256 value)
{
    const struct edit change = { .kind = kind, .addr = *addr, .value = value };
    cr_assert_eq(exec_apply_edits(exec, &change, 1), MM_OK);
}

/* The account as the block leaves it. */
static struct account account_of(const mm_addr *addr)
{
    struct exec_changes changes;
    cr_assert_eq(exec_changes(exec, &changes), MM_OK);
    for (size_t i = 0; i < changes.count; i++) {
        if (mm_addr_equal(&changes.accounts[i].addr, addr))
            return changes.accounts[i].after;
    }
    return memory_state_account(&robot.chain.state, addr);
}

Test(exec_transact, gas_limit_fits_what_is_left_of_the_block)
{
    struct tx tx = payment();
    cr_assert_eq(verdict_of(&tx, 20999), TX_BLOCK_GAS);
    cr_assert_eq(verdict_of(&tx, 21000), TX_OK);
}

Test(exec_transact, nonces_go_one_by_one)
{
    struct tx tx = payment();
    tx.nonce = 1;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NONCE_TOO_HIGH);
    for (tx.nonce = 0; tx.nonce < 3; tx.nonce++) {
        cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_OK);
        cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NONCE_TOO_LOW);
        cr_assert_eq(account_of(&RICH).nonce, tx.nonce + 1);
    }
    edit(EDIT_NONCE, &RICH, u256_from_u64(UINT64_MAX - 1));
    tx.nonce = UINT64_MAX - 1;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_OK);
    tx.nonce = UINT64_MAX;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NONCE_MAX);
}

Test(exec_transact, an_account_with_code_sends_nothing)
{
    struct tx tx = payment();
    tx.sender = ROBOT;
    tx.nonce = 1;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_SENDER_HAS_CODE);
}

Test(exec_transact, the_fee_cap_is_the_base_fee_at_least)
{
    struct tx tx = payment();
    tx.priority_fee = u256_from_u64(0);
    tx.max_fee = u256_from_u64(GWEI - 1);
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_FEE_BELOW_BASE);
    tx.max_fee = u256_from_u64(GWEI);
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_OK);
}

Test(exec_transact, funds_cover_the_fee_cap_and_the_value)
{
    struct tx tx = payment();
    const uint64_t cost = 21000 * 3ull * GWEI + 7;
    tx.sender = POOR;
    tx.to = NOBODY;
    tx.value = u256_from_u64(7);
    edit(EDIT_BALANCE, &POOR, u256_from_u64(cost - 1));
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NO_FUNDS);
    edit(EDIT_BALANCE, &POOR, u256_from_u64(cost));
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_OK);
    tx.nonce = 1;
    tx.max_fee = (mm_u256){ { 0, 0, 0, UINT64_MAX } };
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_FEE_TOO_LARGE);
}

/* Of several reasons the first in the order that clients know is given. */
Test(exec_transact, the_first_reason_counts)
{
    struct tx tx = payment();
    tx.sender = ROBOT; /* has code, and nonce 1 */
    tx.max_fee = (mm_u256){ { 0, 0, 0, UINT64_MAX } };
    tx.value = (mm_u256){ { 0, 0, 0, UINT64_MAX } };
    cr_assert_eq(verdict_of(&tx, 1), TX_BLOCK_GAS);
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NONCE_TOO_LOW);
    tx.nonce = 2;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_NONCE_TOO_HIGH);
    tx.nonce = 1;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_SENDER_HAS_CODE);
    tx.sender = NOBODY;
    tx.nonce = 0;
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_FEE_TOO_LARGE);
    tx.max_fee = u256_from_u64(1);
    cr_assert_eq(verdict_of(&tx, BLOCK_GAS), TX_FEE_BELOW_BASE);
}

/* What leaves the sender: value, and the gas used at the effective price. The coinbase gets what is above the base fee; the base
 * fee is burnt (EIP-1559). */
Test(exec_transact, the_wei_add_up)
{
    const uint64_t caps[][2] = { { 3, 1 }, { 3, 3 }, { 1, 0 }, { 2, 1 }, { 1, 1 } }; /* gwei */
    for (size_t i = 0; i < MM_COUNT_OF(caps); i++) {
        struct tx tx = payment();
        struct exec_outcome outcome;
        const uint64_t tip = caps[i][1] < caps[i][0] - 1 ? caps[i][1] : caps[i][0] - 1;
        tx.nonce = i;
        tx.max_fee = u256_from_u64(caps[i][0] * GWEI);
        tx.priority_fee = u256_from_u64(caps[i][1] * GWEI);
        tx.gas_limit = 30000;
        tx.value = u256_from_u64(5);
        const mm_u256 rich = account_of(&RICH).balance;
        const mm_u256 poor = account_of(&POOR).balance;
        const mm_u256 paid = account_of(&coinbase).balance;
        cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
        cr_assert_eq(outcome.gas_used, 21000);
        cr_assert_eq(outcome.gas_price.limb[0], (1 + tip) * GWEI);
        const mm_u256 rich_now = account_of(&RICH).balance;
        const mm_u256 lost = u256_wrapping_sub(&rich, &rich_now);
        cr_assert_eq(lost.limb[0], 21000 * (1 + tip) * GWEI + 5);
        cr_assert_eq(account_of(&POOR).balance.limb[0], poor.limb[0] + 5);
        cr_assert_eq(account_of(&coinbase).balance.limb[0], paid.limb[0] + 21000 * tip * GWEI);
    }
}

Test(exec_transact, a_failure_is_paid_for_and_keeps_the_nonce)
{
    struct script s = { .len = 0 };
    struct exec_outcome outcome;
    script_store(&s, 1, 1);
    script_log(&s, 1, 1);
    script_end(&s, EXEC_OUT_OF_GAS);
    struct tx tx = payment();
    tx.to = ROBOT;
    tx.value = u256_from_u64(9);
    tx.data = script_bytes(&s);
    tx.gas_limit = 100000;
    const mm_u256 rich = account_of(&RICH).balance;
    cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
    cr_assert_eq(outcome.verdict, TX_OK);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    cr_assert_eq(outcome.gas_used, 100000);
    cr_assert_eq(outcome.log_count, 0);
    const mm_u256 rich_now = account_of(&RICH).balance;
    cr_assert_eq(u256_wrapping_sub(&rich, &rich_now).limb[0], 100000ull * 2 * GWEI);
    cr_assert_eq(account_of(&RICH).nonce, 1);
    cr_assert_eq(account_of(&ROBOT).balance.limb[0], ROBOT_FUNDS);
    cr_assert_eq(account_of(&coinbase).balance.limb[0], 100000ull * GWEI);
}

/* EIP-3529: a fifth of what was used, at most. */
Test(exec_transact, refunds_are_a_fifth_at_most)
{
    struct script s = { .len = 0 };
    struct exec_outcome outcome;
    script_store(&s, 100, 0);
    struct tx tx = payment();
    tx.to = ROBOT;
    tx.data = script_bytes(&s);
    tx.gas_limit = 100000;
    uint64_t gross = intrinsic_gas(tx.data) + 700 + 5000;
    cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
    cr_assert_gt(gross / 5, 4800);
    cr_assert_eq(outcome.gas_refunded, 4800);
    cr_assert_eq(outcome.gas_used, gross - 4800);
    s.len = 0;
    script_store(&s, 5, 1);
    script_store(&s, 5, 0);
    tx.nonce = 1;
    tx.data = script_bytes(&s);
    gross = intrinsic_gas(tx.data) + 700 + 22100 + 100;
    const mm_u256 rich = account_of(&RICH).balance;
    cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
    cr_assert_lt(gross / 5, 19900);
    cr_assert_eq(outcome.gas_refunded, gross / 5);
    cr_assert_eq(outcome.gas_used, gross - gross / 5);
    const mm_u256 rich_now = account_of(&RICH).balance;
    cr_assert_eq(u256_wrapping_sub(&rich, &rich_now).limb[0], outcome.gas_used * 2 * GWEI);
}

Test(exec_transact, a_balance_stops_at_the_largest_number)
{
    struct tx tx = payment();
    struct exec_outcome outcome;
    const mm_u256 most = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    edit(EDIT_BALANCE, &coinbase, most);
    cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
    const mm_u256 now = account_of(&coinbase).balance;
    cr_assert(u256_equal(&now, &most));
}

Test(exec_transact, an_access_list_counts_and_warms)
{
    const mm_hash32 slots[] = { { { [31] = 100 } } };
    const struct tx_access list[] = { { ROBOT, slots, 1 } };
    struct script s = { .len = 0 };
    struct exec_outcome outcome;
    script_load(&s, 100);
    struct tx tx = payment();
    tx.to = ROBOT;
    tx.data = script_bytes(&s);
    tx.gas_limit = 100000;
    tx.access_list = list;
    tx.access_count = 1;
    cr_assert_eq(exec_transact(exec, &outcome, &tx, BLOCK_GAS), MM_OK);
    cr_assert_eq(outcome.gas_used, intrinsic_gas(tx.data) + 2400 + 1900 + 700 + 100);
}

/* ---- calls that leave nothing behind ---- */

static struct exec_outcome call(struct exec_message message)
{
    struct exec_outcome outcome;
    struct exec_changes changes;
    cr_assert_eq(exec_call(exec, &outcome, &message), MM_OK);
    cr_assert_eq(exec_changes(exec, &changes), MM_OK);
    cr_assert_eq(changes.count, 0, "a call leaves nothing behind");
    return outcome;
}

Test(exec_transact, a_call_has_its_limits_too)
{
    struct exec_message message = { .from = POOR, .to = ROBOT, .gas_limit = 21700 };
    cr_assert_eq(call(message).verdict, TX_OK);
    cr_assert_eq(call(message).gas_used, 21700);
    message.gas_limit = 21000;
    cr_assert_eq(call(message).status, EXEC_OUT_OF_GAS);
    message.gas_limit = 20999;
    cr_assert_eq(call(message).verdict, TX_INTRINSIC_GAS);
    message.gas_limit = 21700;
    message.value = u256_from_u64(1);
    cr_assert_eq(call(message).verdict, TX_OK);
    message.value = u256_from_u64(2);
    cr_assert_eq(call(message).verdict, TX_NO_FUNDS);
    message.value = u256_from_u64(0);
    message.gas_price = u256_from_u64(1);
    cr_assert_eq(call(message).verdict, TX_NO_FUNDS);
    message.from = RICH;
    cr_assert_eq(call(message).verdict, TX_OK);
    cr_assert_eq(call(message).gas_price.limb[0], 1);
    message.gas_price = (mm_u256){ { 0, 0, 0, UINT64_MAX } };
    cr_assert_eq(call(message).verdict, TX_NO_FUNDS);
    message.gas_price = (mm_u256){ { 0 } };
    message.value = (mm_u256){ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    cr_assert_eq(call(message).verdict, TX_NO_FUNDS);
}

Test(exec_transact, a_call_undoes_all_it_did)
{
    struct script s = { .len = 0 };
    struct script inner = { .len = 0 };
    script_store(&inner, 1, 1);
    script_store(&s, 1, 1);
    script_store(&s, 100, 0);
    script_log(&s, 1, 1);
    script_call(&s, &NOBODY, 1, &(struct script){ .len = 0 });
    script_create(&s, &inner);
    const struct exec_message message = { .from = RICH,
                                          .to = ROBOT,
                                          .value = { { 3 } },
                                          .input = script_bytes(&s),
                                          .gas_limit = 1000000 };
    const struct exec_outcome first = call(message);
    const struct exec_outcome second = call(message);
    cr_assert_eq(first.status, EXEC_OK);
    cr_assert_eq(first.log_count, 1);
    cr_assert_eq(first.gas_used, second.gas_used);
    cr_assert(mm_bytes_equal(first.output, second.output));
}

Test(exec_transact, an_account_with_foreign_code_is_invalid)
{
    /* No genesis gives such an account: the table is smaller than the one it was made with. */
    static const struct exec_natives none = { NULL, 0 };
    struct exec_outcome outcome;
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &none, &block), MM_OK);
    const struct exec_message message = { .from = RICH, .to = ROBOT, .gas_limit = 50000 };
    cr_assert_eq(exec_call(exec, &outcome, &message), MM_OK);
    cr_assert_eq(outcome.status, EXEC_INVALID);
    cr_assert_eq(outcome.gas_used, 50000);
}

Test(exec_transact, markers_name_module_and_version)
{
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, ROBOT_MODULE, ROBOT_VERSION);
    static const uint8_t expected[] = { 0xef, 0x4d, 0x4d, ROBOT_MODULE, ROBOT_VERSION };
    cr_assert_arr_eq(marker, expected, sizeof marker);
    cr_assert_eq(exec_native_of(&robot_natives, MM_BYTES_OF(marker)), &robot_natives.items[2]);
    for (size_t i = 0; i < robot_natives.count; i++) {
        uint8_t each[EXEC_MARKER_BYTES];
        exec_marker(each, robot_natives.items[i].module, robot_natives.items[i].version);
        cr_assert_eq(exec_native_of(&robot_natives, MM_BYTES_OF(each)), &robot_natives.items[i]);
    }
    for (size_t i = 0; i < sizeof marker; i++) {
        uint8_t bent[EXEC_MARKER_BYTES];
        memcpy(bent, marker, sizeof bent);
        bent[i] ^= 0x80;
        cr_assert_null(exec_native_of(&robot_natives, MM_BYTES_OF(bent)));
    }
    const uint8_t longer[] = { 0xef, 0x4d, 0x4d, ROBOT_MODULE, ROBOT_VERSION, 0 };
    cr_assert_null(exec_native_of(&robot_natives, MM_BYTES_OF(longer)));
    cr_assert_null(exec_native_of(&robot_natives, mm_bytes_from(marker, 4)));
    cr_assert_null(exec_native_of(&robot_natives, (mm_bytes){ NULL, 0 }));
}

Test(exec_transact, an_executor_without_memory_is_none)
{
    size_t failures = 0;
    for (size_t bytes = 0; bytes < 4096; bytes += 16) {
        struct mm_arena small;
        struct exec *made;
        mm_arena_init(&small, bytes);
        const mm_err err = exec_new(&small, &made, &robot.chain.view, &robot_natives, &block);
        cr_assert(err == MM_OK ? made != NULL : err == MM_ERR_NO_MEMORY && made == NULL);
        failures += err != MM_OK;
        mm_arena_fini(&small);
    }
    cr_assert(failures > 10 && failures < 250, "%zu", failures);
}

/* A view that has lost what the given call reads. */
static struct exec_view whole;
static mm_err lost;

static mm_err lose_code(void *ctx, struct mm_arena *arena, mm_bytes *code, const mm_hash32 *hash)
{
    (void)ctx, (void)arena, (void)hash;
    *code = (mm_bytes){ NULL, 0 };
    return lost;
}

static mm_err lose_account(void *ctx, struct account *account, const mm_hash32 *key)
{
    static mm_hash32 hidden;
    const mm_addr addr = NOBODY;
    hidden = keccak256(mm_bytes_addr(&addr));
    if (!mm_hash_equal(key, &hidden))
        return whole.account(ctx, account, key);
    *account = account_none();
    return lost;
}

static mm_err lose_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key, const mm_hash32 *key)
{
    (void)ctx, (void)addr_key, (void)key;
    *value = (mm_u256){ { 0 } };
    return lost;
}

static mm_err run_over(struct exec_view view, const struct tx *tx)
{
    struct exec_outcome outcome;
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &view, &robot_natives, &block), MM_OK);
    return exec_transact(exec, &outcome, tx, BLOCK_GAS);
}

Test(exec_transact, whatever_cannot_be_read_is_the_worlds_failure)
{
    struct script s = { .len = 0 };
    const mm_hash32 slot = { { [31] = 100 } };
    const struct tx_access list[] = { { ROBOT, &slot, 1 }, { NOBODY, NULL, 0 } };
    struct exec_view view = whole = robot.chain.view;
    lost = MM_ERR_IO;
    /* The sender's account, the sender's code, the recipient, its code. */
    struct tx tx = payment();
    view.account = lose_account;
    tx.sender = NOBODY;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    tx = payment();
    tx.to = NOBODY;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    tx.to = POOR;
    tx.gas_limit = 200000;
    tx.access_list = list + 1;
    tx.access_count = 1;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    view = whole;
    view.code = lose_code;
    tx = payment();
    tx.sender = ROBOT;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    tx = payment();
    tx.to = ROBOT;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    /* A slot of the access list, of a load, of a store; an account or its code that a contract looks at. */
    view = whole;
    view.slot = lose_slot;
    tx.gas_limit = 200000;
    tx.access_list = list;
    tx.access_count = 1;
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    tx.access_count = 0;
    script_load(&s, 100);
    tx.data = script_bytes(&s);
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    s.len = 0;
    script_store(&s, 100, 5);
    tx.data = script_bytes(&s);
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    view = whole;
    view.account = lose_account;
    s.len = 0;
    script_code_len(&s, &NOBODY);
    tx.data = script_bytes(&s);
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    s.len = 0;
    script_call(&s, &NOBODY, 0, &(struct script){ .len = 0 });
    tx.data = script_bytes(&s);
    cr_assert_eq(run_over(view, &tx), MM_ERR_IO);
    cr_assert_eq(run_over(whole, &tx), MM_OK);
}
