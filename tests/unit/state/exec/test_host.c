/* What a contract may do, and what it may not. */
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "state/exec/exec_internal.h"
#include "tests/unit/state/exec/puppets.h"

/* ---- static frames ---- */

static enum exec_status wanted_static(struct host *host, mm_bytes input, mm_bytes *output)
{
    static const mm_hash32 topic = { { 1 } };
    enum exec_status result;
    uint64_t value;
    mm_addr created;
    (void)input;
    cr_assert_eq(store(host, 1, 5), EXEC_STATIC, "even to the value it has");
    cr_assert_eq(host_log(host, &topic, 1, (mm_bytes){ NULL, 0 }), EXEC_STATIC);
    cr_assert_eq(call(host, &result, &OTHER, 1), EXEC_STATIC);
    cr_assert_eq(host_create(host, &created, output, 0x70, 1, NULL, NULL), EXEC_STATIC);
    HOST_TRY(load(host, 1, &value));
    cr_assert_eq(value, 5);
    /* What it calls is static as well. */
    HOST_TRY(call(host, &result, &PUPPET[1], 0));
    cr_assert_eq(result, EXEC_STATIC);
    return EXEC_OK;
}

static enum exec_status store_one(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    return store(host, 1, 6);
}

Test(host, a_static_frame_changes_nothing_nor_do_those_it_calls)
{
    struct stage stage;
    struct exec *exec = NULL;
    const struct exec_block block = { .number = 1 };
    stage_init(&stage, wanted_static, store_one, NULL);
    cr_assert_eq(exec_new(&stage.chain.arena, &exec, &stage.chain.view, &stage.natives, &block),
                 MM_OK);
    journal_begin_tx(&exec->journal);
    const struct frame_call frame = { .caller = RICH, .to = PUPPET[0], .is_static = true };
    uint64_t gas = 1000000;
    mm_bytes output;
    cr_assert_eq(frame_run(exec, &frame, &gas, &output), EXEC_OK);
    struct exec_changes changes;
    cr_assert_eq(exec_changes(exec, &changes), MM_OK);
    cr_assert_eq(changes.count, 0);
    stage_fini(&stage);
}

/* ---- creation ---- */

static mm_addr made;
static bool construct_reverts;
static uint64_t construct_seen;

static enum exec_status construct(struct host *child, const void *args, mm_bytes *output)
{
    (void)output;
    construct_seen = *(const uint64_t *)args;
    cr_assert(mm_addr_equal(host_caller(child), &PUPPET[0]));
    HOST_TRY(store(child, 3, construct_seen));
    return construct_reverts ? EXEC_REVERT : EXEC_OK;
}

static enum exec_status create_one(struct host *host, mm_bytes input, mm_bytes *output)
{
    static const uint64_t argument = 42;
    (void)input;
    HOST_TRY(host_create(host, &made, output, 0x71, 1, construct, &argument));
    return EXEC_OK;
}

Test(host, creates_an_account_where_create_would)
{
    struct stage stage;
    construct_reverts = false;
    stage_init(&stage, create_one, NULL, NULL);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_OK);
    const mm_addr expected = address_of_create(&PUPPET[0], 1);
    cr_assert(mm_addr_equal(&made, &expected));
    const struct account account = memory_state_account(&stage.chain.state, &made);
    cr_assert_eq(account.nonce, 1);
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, 0x71, 1);
    const mm_hash32 hash = keccak256(MM_BYTES_OF(marker));
    cr_assert(mm_hash_equal(&account.code_hash, &hash));
    cr_assert_eq(stage_slot(&stage, &made, 3).limb[0], 42);
    cr_assert_eq(memory_state_account(&stage.chain.state, &PUPPET[0]).nonce, 2);
    cr_assert_eq(outcome.gas_used, ENTRY_GAS + GAS_CREATE + GAS_CREATE_BYTE * EXEC_MARKER_BYTES +
                                       GAS_COLD_SLOT + GAS_SSTORE_SET);
    stage_fini(&stage);
}

Test(host, a_constructor_that_reverts_leaves_nothing)
{
    struct stage stage;
    construct_reverts = true;
    stage_init(&stage, create_one, NULL, NULL);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_REVERT);
    const mm_addr expected = address_of_create(&PUPPET[0], 1);
    const struct account account = memory_state_account(&stage.chain.state, &expected);
    cr_assert(account_is_empty(&account));
    cr_assert_eq(memory_state_account(&stage.chain.state, &PUPPET[0]).nonce, 1);
    cr_assert_lt(outcome.gas_used, stage.gas_limit, "unused gas is given back");
    stage_fini(&stage);
}

Test(host, does_not_create_over_what_is_there)
{
    struct stage stage;
    construct_reverts = false;
    stage_init(&stage, create_one, NULL, NULL);
    /* EIP-684: a nonce is enough. */
    const struct edit edit = { .kind = EDIT_NONCE,
                               .addr = address_of_create(&PUPPET[0], 1),
                               .value = u256_from_u64(1) };
    test_chain_edit(&stage.chain, &edit);
    const struct exec_outcome outcome = stage_seal(&stage);
    cr_assert_eq(outcome.status, EXEC_COLLISION);
    cr_assert_eq(outcome.gas_used, stage.gas_limit);
    stage_fini(&stage);
}

/* A balance that was sent ahead stays with the new account. */
Test(host, creates_over_a_mere_balance)
{
    struct stage stage;
    construct_reverts = false;
    stage_init(&stage, create_one, NULL, NULL);
    const mm_addr where = address_of_create(&PUPPET[0], 1);
    const struct edit edit = { .kind = EDIT_BALANCE, .addr = where, .value = u256_from_u64(9) };
    test_chain_edit(&stage.chain, &edit);
    cr_assert_eq(stage_seal(&stage).status, EXEC_OK);
    cr_assert_eq(stage_balance(&stage, &where), 9);
    stage_fini(&stage);
}

/* ---- the world ---- */

static enum exec_status fail_inside(struct host *host, mm_bytes input, mm_bytes *output)
{
    (void)input, (void)output;
    return host_fail(host, MM_ERR_NO_MEMORY);
}

static enum exec_status hide_failure(struct host *host, mm_bytes input, mm_bytes *output)
{
    enum exec_status result;
    (void)input, (void)output;
    (void)call(host, &result, &PUPPET[1], 0);
    return EXEC_OK; /* as a careless module would */
}

Test(host, a_failure_of_the_world_cannot_be_hidden)
{
    struct stage stage;
    struct exec *exec = NULL;
    const struct exec_block block = { .number = 1, .gas_limit = 1000000 };
    struct exec_outcome outcome;
    stage_init(&stage, hide_failure, fail_inside, NULL);
    cr_assert_eq(exec_new(&stage.chain.arena, &exec, &stage.chain.view, &stage.natives, &block),
                 MM_OK);
    const struct exec_message message = { .from = RICH, .to = PUPPET[0], .gas_limit = 500000 };
    cr_assert_eq(exec_call(exec, &outcome, &message), MM_ERR_NO_MEMORY);
    stage_fini(&stage);
}
