/* What a block did: net changes, in order of keys, and nothing that came out as it was. */
#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/unit/state/exec/rules/robot_suite.h"

static struct exec *exec;
static const struct script nothing;
static const struct exec_block block = { .number = 1, .gas_limit = 100000000, .chain_id = 1 };

static void open_robot(void)
{
    robot_begin();
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &robot_natives, &block),
                 MM_OK);
}

TestSuite(exec_changes, .init = open_robot, .fini = robot_end);

static void edit(enum edit_kind kind, const mm_addr *addr, uint64_t slot, uint64_t value)
{
    const struct edit change = { kind, *addr, u256_from_u64(slot), u256_from_u64(value) };
    cr_assert_eq(exec_apply_edits(exec, &change, 1), MM_OK);
}

static void run(const struct script *s)
{
    static uint64_t nonce;
    struct exec_outcome outcome;
    const struct tx tx = {
        .sender = RICH, .nonce = nonce++, .to = ROBOT, .data = script_bytes(s), .gas_limit = 1000000
    };
    cr_assert_eq(exec_transact(exec, &outcome, &tx, block.gas_limit), MM_OK);
    cr_assert_eq(outcome.status, EXEC_OK);
}

static struct exec_changes changes(void)
{
    struct exec_changes result;
    cr_assert_eq(exec_changes(exec, &result), MM_OK);
    for (size_t i = 0; i < result.count; i++) {
        const struct exec_account_change *change = &result.accounts[i];
        const mm_hash32 key = keccak256(mm_bytes_addr(&change->addr));
        cr_assert(mm_hash_equal(&key, &change->key));
        if (i > 0)
            cr_assert_lt(memcmp(result.accounts[i - 1].key.b, change->key.b, 32), 0);
        for (size_t j = 0; j < change->slot_count; j++) {
            const mm_hash32 word = u256_to_hash(&change->slots[j].slot);
            const mm_hash32 slot_key = keccak256(mm_bytes_hash(&word));
            cr_assert(mm_hash_equal(&slot_key, &change->slots[j].key));
            cr_assert(!u256_equal(&change->slots[j].before, &change->slots[j].after));
            if (j > 0)
                cr_assert_lt(memcmp(change->slots[j - 1].key.b, change->slots[j].key.b, 32), 0);
        }
    }
    return result;
}

static const struct exec_account_change *change_of(const struct exec_changes *all,
                                                   const mm_addr *addr)
{
    for (size_t i = 0; i < all->count; i++) {
        if (mm_addr_equal(&all->accounts[i].addr, addr))
            return &all->accounts[i];
    }
    return NULL;
}

Test(exec_changes, what_was_only_looked_at_is_not_there)
{
    struct script s = { .len = 0 };
    script_load(&s, 100);
    script_load(&s, 7);
    script_code_len(&s, &POOR);
    script_code_len(&s, &NOBODY);
    script_call(&s, &NOBODY, 0, &nothing);
    run(&s);
    const struct exec_changes all = changes();
    cr_assert_eq(all.count, 1, "the sender's nonce alone");
    cr_assert_eq(all.accounts[0].before.nonce + 1, all.accounts[0].after.nonce);
    cr_assert(mm_addr_equal(&all.accounts[0].addr, &RICH));
}

Test(exec_changes, what_comes_back_to_its_old_value_is_not_there)
{
    struct script s = { .len = 0 };
    script_store(&s, 100, 2);
    script_store(&s, 7, 2);
    run(&s);
    cr_assert_eq(change_of(&(struct exec_changes){ changes().accounts, changes().count }, &ROBOT)
                     ->slot_count,
                 2);
    s.len = 0;
    script_store(&s, 100, 1);
    run(&s);
    struct exec_changes all = changes();
    const struct exec_account_change *robots = change_of(&all, &ROBOT);
    cr_assert_eq(robots->slot_count, 1);
    cr_assert_eq(robots->slots[0].slot.limb[0], 7);
    cr_assert_eq(robots->slots[0].before.limb[0], 0);
    cr_assert_eq(robots->slots[0].after.limb[0], 2);
    s.len = 0;
    script_store(&s, 7, 0);
    run(&s);
    all = changes();
    cr_assert_null(change_of(&all, &ROBOT));
    edit(EDIT_BALANCE, &POOR, 0, 2);
    edit(EDIT_BALANCE, &POOR, 0, 1);
    all = changes();
    cr_assert_null(change_of(&all, &POOR));
}

Test(exec_changes, each_field_alone_is_a_change)
{
    edit(EDIT_BALANCE, &POOR, 0, 2);
    edit(EDIT_NONCE, &OTHER, 0, 2);
    edit(EDIT_SLOT, &ROBOT, 3, 4);
    const struct exec_changes all = changes();
    cr_assert_eq(all.count, 3);
    const struct exec_account_change *change = change_of(&all, &POOR);
    cr_assert(change->existed && change->exists && change->slot_count == 0);
    cr_assert_eq(change->before.balance.limb[0], 1);
    cr_assert_eq(change->after.balance.limb[0], 2);
    change = change_of(&all, &OTHER);
    cr_assert_eq(change->before.nonce, 1);
    cr_assert_eq(change->after.nonce, 2);
    cr_assert(!change->has_new_code && change->code.len == 0);
    change = change_of(&all, &ROBOT);
    cr_assert_eq(change->slot_count, 1);
    cr_assert(mm_hash_equal(&change->before.storage_root, &change->after.storage_root));
}

/* EIP-161. */
Test(exec_changes, an_account_that_becomes_empty_is_gone_and_one_that_gets_something_is_there)
{
    edit(EDIT_BALANCE, &POOR, 0, 0);
    edit(EDIT_BALANCE, &NOBODY, 0, 1);
    const struct exec_changes all = changes();
    cr_assert_eq(all.count, 2);
    cr_assert(change_of(&all, &POOR)->existed && !change_of(&all, &POOR)->exists);
    cr_assert(!change_of(&all, &NOBODY)->existed && change_of(&all, &NOBODY)->exists);
}

Test(exec_changes, an_account_with_nothing_but_storage_is_there)
{
    edit(EDIT_SLOT, &NOBODY, 1, 0);
    struct exec_changes all = changes();
    cr_assert_eq(all.count, 0);
    edit(EDIT_SLOT, &NOBODY, 1, 1);
    all = changes();
    cr_assert_eq(all.count, 1);
    cr_assert(!all.accounts[0].existed && all.accounts[0].exists);
}

/* Whether it was the last slot, only the storage trie knows. */
Test(exec_changes, an_account_that_had_nothing_but_storage_is_not_given_up_here)
{
    const struct edit only_storage = { EDIT_SLOT, NOBODY, { { 1 } }, { { 1 } } };
    test_chain_edit(&robot.chain, &only_storage);
    cr_assert_eq(exec_new(&robot.chain.arena, &exec, &robot.chain.view, &robot_natives, &block),
                 MM_OK);
    edit(EDIT_BALANCE, &NOBODY, 0, 5);
    edit(EDIT_BALANCE, &NOBODY, 0, 0);
    cr_assert_eq(changes().count, 0);
    edit(EDIT_SLOT, &NOBODY, 1, 0);
    const struct exec_changes all = changes();
    cr_assert_eq(all.count, 1);
    cr_assert(all.accounts[0].existed && all.accounts[0].exists);
    cr_assert_eq(all.accounts[0].slot_count, 1);
}

Test(exec_changes, memory_that_ends_is_an_error)
{
    size_t failures = 0;
    for (size_t bytes = 0; bytes < 16384; bytes += 16) {
        struct mm_arena small;
        struct exec *made;
        struct exec_changes all;
        const struct edit edits[] = { { EDIT_SLOT, ROBOT, { { 1 } }, { { 1 } } },
                                      { EDIT_SLOT, ROBOT, { { 2 } }, { { 1 } } },
                                      { EDIT_BALANCE, POOR, { { 0 } }, { { 9 } } } };
        mm_arena_init(&small, bytes);
        mm_err err = exec_new(&small, &made, &robot.chain.view, &robot_natives, &block);
        if (err == MM_OK)
            err = exec_apply_edits(made, edits, MM_COUNT_OF(edits));
        if (err == MM_OK)
            err = exec_changes(made, &all);
        cr_assert(err == MM_OK ? all.count == 2 : err == MM_ERR_NO_MEMORY);
        failures += err != MM_OK;
        mm_arena_fini(&small);
    }
    cr_assert(failures > 100 && failures < 1000, "%zu", failures);
}

Test(exec_changes, a_created_account_brings_its_code)
{
    struct script s = { .len = 0 };
    script_create(&s, &nothing);
    run(&s);
    const struct exec_changes all = changes();
    size_t created = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (!all.accounts[i].has_new_code)
            continue;
        uint8_t marker[EXEC_MARKER_BYTES];
        exec_marker(marker, ROBOT_MODULE, ROBOT_VERSION);
        cr_assert(mm_bytes_equal(all.accounts[i].code, MM_BYTES_OF(marker)));
        cr_assert(!all.accounts[i].existed && all.accounts[i].exists);
        created++;
    }
    cr_assert_eq(created, 1);
}

Test(exec_changes, many_slots_and_accounts_come_sorted)
{
    for (uint64_t i = 0; i < 100; i++) {
        mm_addr addr = { { (uint8_t)i, 9 } };
        edit(EDIT_BALANCE, &addr, 0, i + 1);
        edit(EDIT_SLOT, &OTHER, i, i + 1);
    }
    const struct exec_changes all = changes();
    cr_assert_eq(all.count, 101);
    cr_assert_eq(change_of(&all, &OTHER)->slot_count, 100);
}
