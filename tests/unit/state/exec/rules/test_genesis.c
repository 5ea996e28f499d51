/* Block 0: accounts, code, slots, natives that set themselves up, and what is refused with which words. */
#include "state/exec/genesis_run.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "tests/unit/state/exec/rules/robot.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 4 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(exec_genesis, .init = open_arena, .fini = close_arena);

static const struct json *json_of(const char *text)
{
    const struct json_options options = { .unique_keys = true };
    struct json *value = MM_ARENA_NEW(&arena, struct json);
    cr_assert_eq(json_parse(&arena, value, mm_bytes_str(text), &options, NULL), JSON_OK);
    return value;
}

static mm_err run(struct exec_changes *changes, const struct genesis_account *account,
                  struct mm_reason *reason)
{
    const struct genesis genesis = { .chain_id = 1,
                                     .gas_limit = 1000000,
                                     .accounts = account,
                                     .account_count = account == NULL ? 0 : 1 };
    return exec_genesis(&arena, changes, &genesis, &robot_natives, reason);
}

static void refused(const struct genesis_account *account, const char *words)
{
    struct exec_changes changes;
    struct mm_reason reason = { "" };
    char expected[400];
    char addr[ADDRESS_TEXT + 1];
    address_to_text(addr, &account->addr);
    (void)snprintf(expected, sizeof expected, "alloc.%s.%s", addr, words);
    cr_assert_eq(run(&changes, account, &reason), MM_ERR_INVALID);
    cr_assert_str_eq(reason.text, expected);
    cr_assert_eq(changes.count, 0);
    cr_assert_eq(run(&changes, account, NULL), MM_ERR_INVALID);
}

Test(exec_genesis, of_nobody_is_nothing)
{
    struct exec_changes changes;
    cr_assert_eq(run(&changes, NULL, NULL), MM_OK);
    cr_assert_eq(changes.count, 0);
}

Test(exec_genesis, an_account_has_what_it_is_given)
{
    struct exec_changes changes;
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, ROBOT_MODULE + 1, ROBOT_VERSION);
    const struct genesis_slot slots[] = { { { { 1 } }, { { 2 } } }, { { { 3 } }, { { 4 } } } };
    const struct genesis_account account = { .addr = POOR,
                                             .balance = { { 5, 6, 7, 8 } },
                                             .nonce = 9,
                                             .code = MM_BYTES_OF(marker),
                                             .slots = slots,
                                             .slot_count = 2 };
    cr_assert_eq(run(&changes, &account, NULL), MM_OK);
    cr_assert_eq(changes.count, 1);
    const struct exec_account_change *change = &changes.accounts[0];
    cr_assert(!change->existed && change->exists && change->has_new_code);
    cr_assert(u256_equal(&change->after.balance, &account.balance));
    cr_assert_eq(change->after.nonce, 9);
    cr_assert(mm_bytes_equal(change->code, account.code));
    const mm_hash32 code_hash = keccak256(account.code);
    cr_assert(mm_hash_equal(&change->after.code_hash, &code_hash));
    cr_assert_eq(change->slot_count, 2);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(change->slots[i].after.limb[0], change->slots[i].slot.limb[0] + 1);
}

Test(exec_genesis, code_that_is_no_marker_of_the_table_is_refused)
{
    static const char words[] =
        "code: there is no bytecode interpreter; only native contracts run here";
    struct genesis_account account = { .addr = POOR, .code = MM_BYTES_LIT("\x60\x00") };
    refused(&account, words);
    account.code = MM_BYTES_LIT("\xef\x4d\x4d\xff\x01");
    refused(&account, words);
}

Test(exec_genesis, a_native_sets_itself_up_with_nonce_1_its_code_and_its_storage)
{
    struct exec_changes changes;
    const struct genesis_account account = {
        .addr = POOR,
        .balance = { { 5 } },
        .native = json_of("{\"contract\": \"robot\", \"store\": 77}"),
    };
    cr_assert_eq(run(&changes, &account, NULL), MM_OK);
    cr_assert_eq(changes.count, 1);
    const struct exec_account_change *change = &changes.accounts[0];
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, ROBOT_MODULE, ROBOT_VERSION);
    cr_assert(mm_bytes_equal(change->code, MM_BYTES_OF(marker)));
    cr_assert_eq(change->after.nonce, 1);
    cr_assert_eq(change->after.balance.limb[0], 5);
    cr_assert_eq(change->slot_count, 1);
    cr_assert_eq(change->slots[0].after.limb[0], 77);
}

Test(exec_genesis, a_native_is_known_by_name)
{
    struct genesis_account account = { .addr = POOR };
    static const char words[] = "native.contract: no contract of that name";
    account.native = json_of("{\"contract\": \"robo\"}");
    refused(&account, words);
    account.native = json_of("{}");
    refused(&account, words);
    account.native = json_of("{\"contract\": 7}");
    refused(&account, words);
}

Test(exec_genesis, each_native_of_the_table_is_found)
{
    for (size_t i = 0; i < robot_natives.count; i++) {
        char text[100];
        uint8_t marker[EXEC_MARKER_BYTES];
        struct exec_changes changes;
        const struct exec_native *native = &robot_natives.items[i];
        (void)snprintf(text, sizeof text, "{\"contract\": \"%s\"}", native->name);
        const struct genesis_account account = { .addr = POOR, .native = json_of(text) };
        cr_assert_eq(run(&changes, &account, NULL), MM_OK);
        exec_marker(marker, native->module, native->version);
        cr_assert(mm_bytes_equal(changes.accounts[0].code, MM_BYTES_OF(marker)));
    }
}

Test(exec_genesis, without_memory_is_an_error)
{
    const struct genesis_slot slots[] = { { { { 1 } }, { { 2 } } } };
    const struct genesis_account accounts[] = {
        { .addr = POOR, .balance = { { 5 } }, .slots = slots, .slot_count = 1 },
        { .addr = RICH, .native = json_of("{\"contract\": \"robot\", \"store\": 77}") },
    };
    const struct genesis genesis = { .accounts = accounts, .account_count = 2 };
    size_t failures = 0;
    for (size_t bytes = 0; bytes < 16384; bytes += 16) {
        struct mm_arena small;
        struct exec_changes changes;
        mm_arena_init(&small, bytes);
        const mm_err err = exec_genesis(&small, &changes, &genesis, &robot_natives, NULL);
        cr_assert(err == MM_OK ? changes.count == 2 : err == MM_ERR_NO_MEMORY, "%zu: %s", bytes,
                  mm_err_text(err));
        failures += err != MM_OK;
        mm_arena_fini(&small);
    }
    cr_assert(failures > 100 && failures < 1000, "%zu", failures);
}

Test(exec_genesis, what_a_native_refuses_is_said_in_its_words)
{
    char text[100];
    for (int status = EXEC_REVERT; status < EXEC_FAULT; status++) {
        (void)snprintf(text, sizeof text, "{\"contract\": \"robot\", \"status\": %d}", status);
        const struct genesis_account account = { .addr = POOR, .native = json_of(text) };
        refused(&account, "native.status: as asked");
    }
    (void)snprintf(text, sizeof text, "{\"contract\": \"robot\", \"status\": %d}", EXEC_FAULT);
    const struct genesis_account account = { .addr = POOR, .native = json_of(text) };
    struct exec_changes changes;
    cr_assert_eq(run(&changes, &account, NULL), MM_ERR_IO, "a disk is no one's bad key");
}
