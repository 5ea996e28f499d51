/* Creation of native accounts: address, nonce, code, costs, and what stands in its way. */
#include <criterion/criterion.h>

#include "state/base/limits.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "tests/unit/state/exec/rules/robot_suite.h"

static const struct script nothing;

TestSuite(exec_create, .init = robot_begin, .fini = robot_end);

static struct account account_of(const mm_addr *addr)
{
    test_chain_seal(&robot.chain);
    return memory_state_account(&robot.chain.state, addr);
}

Test(exec_create, gives_an_account_at_creates_address_with_code_and_nonce_1)
{
    for (uint64_t nonce = 1; nonce < 4; nonce++) {
        struct script inner = { .len = 0 };
        struct script s = { .len = 0 };
        script_store(&inner, 1, 77);
        script_create(&s, &inner);
        const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &s, 1000000);
        const mm_addr addr = address_of_create(&ROBOT, nonce);
        cr_assert_eq(outcome.status, EXEC_OK);
        cr_assert_arr_eq(outcome.output.ptr + 12, addr.b, 20);
        const struct account created = account_of(&addr);
        uint8_t marker[EXEC_MARKER_BYTES];
        exec_marker(marker, ROBOT_MODULE, ROBOT_VERSION);
        const mm_hash32 code_hash = keccak256(MM_BYTES_OF(marker));
        cr_assert_eq(created.nonce, 1);
        cr_assert(mm_hash_equal(&created.code_hash, &code_hash));
        cr_assert_eq(account_of(&ROBOT).nonce, nonce + 1);
        const mm_u256 slot = u256_from_u64(1);
        cr_assert_eq(memory_state_slot(&robot.chain.state, &addr, &slot).limb[0], 77);
        /* It runs. */
        struct script load = { .len = 0 };
        script_load(&load, 1);
        const struct exec_outcome ran = robot_send(&robot, &addr, 0, &load, 1000000);
        cr_assert_eq(robot_word(&ran, 0), 77);
    }
}

Test(exec_create, costs_32000_and_200_a_byte_of_code)
{
    struct script s = { .len = 0 };
    script_create(&s, &nothing);
    cr_assert_eq(robot_cost(&robot, &s), 32000 + 5 * 200);
    const uint64_t fixed = intrinsic_gas(script_bytes(&s)) + GAS_DISPATCH;
    /* A 64th stays behind: the child must find its 1 000 in what is left. */
    struct exec_outcome outcome = robot_call(&robot, &s, fixed + 32000 + 1015);
    cr_assert_eq(outcome.status, EXEC_OK);
    outcome = robot_call(&robot, &s, fixed + 32000 + 1014);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
    outcome = robot_call(&robot, &s, fixed + 31999);
    cr_assert_eq(outcome.status, EXEC_OUT_OF_GAS);
}

Test(exec_create, the_new_account_is_warm_and_its_creator_is_the_caller)
{
    struct script inner = { .len = 0 };
    struct script s = { .len = 0 };
    const mm_addr addr = address_of_create(&ROBOT, 1);
    script_create(&s, &inner);
    script_code_len(&s, &addr);
    cr_assert_eq(robot_cost(&robot, &s), 32000 + 1000 + 100);
    /* The constructor sees the code that is to be, as the account it makes. */
    struct script looks = { .len = 0 };
    script_code_len(&looks, &addr);
    script_ask(&looks);
    script_revert(&looks);
    s.len = 0;
    script_create(&s, &looks);
    const struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
    cr_assert_eq(outcome.status, EXEC_REVERT);
}

Test(exec_create, a_constructor_that_fails_leaves_nothing_but_the_creators_failure)
{
    static const enum exec_status ends[] = { EXEC_REVERT, EXEC_OUT_OF_GAS };
    for (size_t i = 0; i < MM_COUNT_OF(ends); i++) {
        struct script inner = { .len = 0 };
        struct script s = { .len = 0 };
        struct script outer = { .len = 0 };
        script_store(&inner, 1, 1);
        script_end(&inner, ends[i]);
        script_create(&s, &inner);
        script_call(&outer, &ROBOT, 0, &s);
        const struct exec_outcome outcome = robot_send(&robot, &ROBOT, 0, &outer, 1000000);
        cr_assert_eq(robot_word(&outcome, 0), ends[i]);
        const mm_addr addr = address_of_create(&ROBOT, 1);
        const struct account left = account_of(&addr);
        cr_assert(account_is_empty(&left));
        cr_assert_eq(account_of(&ROBOT).nonce, 1);
    }
}

static void edit(enum edit_kind kind, const mm_addr *addr, mm_u256 value)
{
    const struct edit change = { .kind = kind, .addr = *addr, .value = value };
    test_chain_edit(&robot.chain, &change);
}

/* EIP-684; money alone is no collision. */
Test(exec_create, an_address_with_a_nonce_is_taken_and_one_with_money_is_not)
{
    const mm_addr addr = address_of_create(&ROBOT, 1);
    struct script s = { .len = 0 };
    script_create(&s, &nothing);
    edit(EDIT_BALANCE, &addr, u256_from_u64(5));
    struct exec_outcome outcome = robot_call(&robot, &s, 1000000);
    cr_assert_eq(outcome.status, EXEC_OK);
    edit(EDIT_NONCE, &addr, u256_from_u64(1));
    outcome = robot_call(&robot, &s, 1000000);
    cr_assert_eq(outcome.status, EXEC_COLLISION);
    cr_assert_eq(outcome.gas_used, 1000000);
}

Test(exec_create, an_address_with_code_is_taken)
{
    struct script s = { .len = 0 };
    script_create(&s, &nothing);
    cr_assert_eq(robot_send(&robot, &ROBOT, 0, &s, 1000000).status, EXEC_OK);
    const mm_addr addr = address_of_create(&ROBOT, 1);
    edit(EDIT_NONCE, &addr, u256_from_u64(0));
    edit(EDIT_NONCE, &ROBOT, u256_from_u64(1));
    cr_assert_eq(robot_call(&robot, &s, 1000000).status, EXEC_COLLISION);
}

/* EIP-2681. */
Test(exec_create, a_nonce_that_is_used_up_creates_nothing)
{
    struct script s = { .len = 0 };
    script_create(&s, &nothing);
    edit(EDIT_NONCE, &ROBOT, u256_from_u64(UINT64_MAX - 1));
    cr_assert_eq(robot_call(&robot, &s, 1000000).status, EXEC_OK);
    edit(EDIT_NONCE, &ROBOT, u256_from_u64(UINT64_MAX));
    cr_assert_eq(robot_call(&robot, &s, 1000000).status, EXEC_COLLISION);
}

Test(exec_create, frames_that_are_too_deep_create_nothing)
{
    for (size_t calls = MM_CALL_DEPTH_MAX - 3; calls < MM_CALL_DEPTH_MAX; calls++) {
        struct script s = { .len = 0 };
        script_create(&s, &nothing);
        for (size_t i = 0; i < calls; i++) {
            struct script outer = { .len = 0 };
            script_call(&outer, &ROBOT, 0, &s);
            s = outer;
        }
        const mm_addr addr = address_of_create(&ROBOT, account_of(&ROBOT).nonce);
        cr_assert_eq(robot_send(&robot, &ROBOT, 0, &s, 100000000).status, EXEC_OK);
        cr_assert_eq(account_of(&addr).nonce, calls + 1 < MM_CALL_DEPTH_MAX ? 1 : 0, "%zu", calls);
    }
}

/* A constructor is a frame: it counts. */
Test(exec_create, a_constructor_may_call_as_deep_as_a_call_may)
{
    for (size_t above = MM_CALL_DEPTH_MAX - 4; above < MM_CALL_DEPTH_MAX - 1; above++) {
        struct script inner = { .len = 0 };
        struct script s = { .len = 0 };
        struct script store = { .len = 0 };
        script_store(&store, 200 + above, 1);
        script_call(&inner, &OTHER, 0, &store);
        script_create(&s, &inner);
        for (size_t i = 0; i < above; i++) {
            struct script outer = { .len = 0 };
            script_call(&outer, &ROBOT, 0, &s);
            s = outer;
        }
        cr_assert_eq(robot_send(&robot, &ROBOT, 0, &s, 100000000).status, EXEC_OK);
        test_chain_seal(&robot.chain);
        const mm_u256 slot = u256_from_u64(200 + above);
        cr_assert_eq(memory_state_slot(&robot.chain.state, &OTHER, &slot).limb[0],
                     above + 2 < MM_CALL_DEPTH_MAX ? 1 : 0, "%zu", above);
    }
}
