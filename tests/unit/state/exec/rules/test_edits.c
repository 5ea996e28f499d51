/* Edits as bytes, and what they do. */
#include "state/exec/edits.h"

#include <criterion/criterion.h>

#include "tests/unit/state/exec/rules/robot.h"

static struct mm_arena arena;
static struct mm_buf buf;

static void open_arena(void)
{
    mm_arena_init(&arena, 4 << 20);
    mm_buf_init(&buf, 1 << 20);
}

static void close_arena(void)
{
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

TestSuite(exec_edits, .init = open_arena, .fini = close_arena);

static const mm_u256 most = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };

static bool is_same(const struct edit *a, const struct edit *b)
{
    return a->kind == b->kind && mm_addr_equal(&a->addr, &b->addr) &&
           u256_equal(&a->slot, &b->slot) && u256_equal(&a->value, &b->value);
}

Test(exec_edits, come_back_as_they_were_written)
{
    const struct edit edits[] = {
        { EDIT_BALANCE, { { 1 } }, { { 0 } }, most },
        { EDIT_NONCE, { { 2 } }, { { 0 } }, { { UINT64_MAX } } },
        { EDIT_SLOT, { { 3 } }, most, { { 0 } } },
        { EDIT_SLOT, { { 4 } }, { { 0 } }, { { 7 } } },
    };
    for (size_t count = 0; count <= MM_COUNT_OF(edits); count++) {
        const struct edit *decoded;
        size_t decoded_count;
        mm_buf_reset(&buf);
        edits_encode(&buf, edits, count);
        cr_assert_eq(edits_decode(&arena, &decoded, &decoded_count, mm_buf_bytes(&buf)), MM_OK);
        cr_assert_eq(decoded_count, count);
        for (size_t i = 0; i < count; i++)
            cr_assert(is_same(&decoded[i], &edits[i]));
        for (size_t len = 0; len < mm_buf_bytes(&buf).len; len++) {
            cr_assert_eq(edits_decode(&arena, &decoded, &decoded_count,
                                      mm_bytes_from(mm_buf_bytes(&buf).ptr, len)),
                         MM_ERR_CORRUPT);
            cr_assert(decoded == NULL && decoded_count == 0);
        }
        mm_buf_add_byte(&buf, 0x80);
        cr_assert_eq(edits_decode(&arena, &decoded, &decoded_count, mm_buf_bytes(&buf)),
                     MM_ERR_CORRUPT);
    }
}

/* One edit of these parts, with so many more items in it. */
static mm_err decode_one(uint64_t kind, const mm_u256 *value, size_t more)
{
    const struct edit *decoded;
    size_t count;
    const mm_addr addr = { { 1 } };
    const mm_u256 zero = { { 0 } };
    mm_buf_reset(&buf);
    const size_t list = rlp_open_list(&buf);
    const size_t item = rlp_open_list(&buf);
    rlp_add_u64(&buf, kind);
    rlp_add_addr(&buf, &addr);
    rlp_add_u256(&buf, &zero);
    rlp_add_u256(&buf, value);
    for (size_t i = 0; i < more; i++)
        rlp_add_u64(&buf, 0);
    rlp_close_list(&buf, item);
    rlp_close_list(&buf, list);
    return edits_decode(&arena, &decoded, &count, mm_buf_bytes(&buf));
}

Test(exec_edits, of_unknown_kind_or_too_large_are_refused)
{
    const mm_u256 fits = { { UINT64_MAX } };
    const mm_u256 above = { { 0, 1 } };
    for (uint64_t kind = 0; kind <= EDIT_CHAIN_ID; kind++)
        cr_assert_eq(decode_one(kind, &fits, 0), MM_OK);
    cr_assert_eq(decode_one(EDIT_CHAIN_ID + 1, &fits, 0), MM_ERR_CORRUPT);
    cr_assert_eq(decode_one(EDIT_BALANCE, &above, 0), MM_OK);
    cr_assert_eq(decode_one(EDIT_SLOT, &above, 0), MM_OK);
    cr_assert_eq(decode_one(EDIT_BASE_FEE, &above, 0), MM_OK);
    cr_assert_eq(decode_one(EDIT_PREV_RANDAO, &above, 0), MM_OK);
    cr_assert_eq(decode_one(EDIT_NONCE, &above, 0), MM_ERR_CORRUPT);
    cr_assert_eq(decode_one(EDIT_GAS_LIMIT, &above, 0), MM_ERR_CORRUPT);
    cr_assert_eq(decode_one(EDIT_BALANCE, &fits, 1), MM_ERR_CORRUPT);
    const struct edit *decoded;
    size_t count;
    cr_assert_eq(edits_decode(&arena, &decoded, &count, MM_BYTES_LIT("\x80")), MM_ERR_CORRUPT);
    cr_assert_eq(edits_decode(&arena, &decoded, &count, MM_BYTES_LIT("\xc1\x80")), MM_ERR_CORRUPT);
}

Test(exec_edits, without_memory_say_so)
{
    const struct edit written[8] = { { EDIT_BALANCE, { { 1 } }, { { 0 } }, { { 1 } } } };
    const struct edit *decoded;
    size_t count;
    struct mm_arena small;
    edits_encode(&buf, written, MM_COUNT_OF(written));
    mm_arena_init(&small, 256);
    cr_assert_eq(edits_decode(&small, &decoded, &count, mm_buf_bytes(&buf)), MM_ERR_NO_MEMORY);
    cr_assert(decoded == NULL && count == 0);
    mm_arena_fini(&small);
}

Test(exec_edits, the_later_one_wins_and_each_changes_its_own_field)
{
    struct robot robot;
    struct exec *exec;
    struct exec_changes changes;
    const struct exec_block block = { .gas_limit = 1 };
    const struct edit edits[] = {
        { EDIT_BALANCE, POOR, { { 0 } }, { { 5 } } }, { EDIT_NONCE, POOR, { { 0 } }, { { 6 } } },
        { EDIT_SLOT, POOR, { { 7 } }, { { 8 } } },    { EDIT_BALANCE, POOR, { { 0 } }, most },
        { EDIT_NONCE, POOR, { { 0 } }, { { 9 } } },   { EDIT_SLOT, POOR, { { 7 } }, { { 10 } } },
    };
    robot_init(&robot);
    cr_assert_eq(exec_new(&arena, &exec, &robot.chain.view, &robot_natives, &block), MM_OK);
    cr_assert_eq(exec_apply_edits(exec, NULL, 0), MM_OK);
    cr_assert_eq(exec_apply_edits(exec, edits, MM_COUNT_OF(edits)), MM_OK);
    cr_assert_eq(exec_changes(exec, &changes), MM_OK);
    cr_assert_eq(changes.count, 1);
    const struct exec_account_change *change = &changes.accounts[0];
    cr_assert(mm_addr_equal(&change->addr, &POOR));
    cr_assert(u256_equal(&change->after.balance, &most));
    cr_assert_eq(change->after.nonce, 9);
    cr_assert_eq(change->slot_count, 1);
    cr_assert_eq(change->slots[0].slot.limb[0], 7);
    cr_assert_eq(change->slots[0].after.limb[0], 10);
    robot_fini(&robot);
}

static mm_err no_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    (void)ctx, (void)addr_key;
    *account = account_none();
    return MM_ERR_IO;
}

Test(exec_edits, an_account_that_cannot_be_read_is_not_edited)
{
    const struct exec_view view = { .account = no_account };
    const struct exec_block block = { .gas_limit = 1 };
    const struct edit edit = { EDIT_BALANCE, POOR, { { 0 } }, { { 1 } } };
    struct exec *exec;
    cr_assert_eq(exec_new(&arena, &exec, &view, &robot_natives, &block), MM_OK);
    cr_assert_eq(exec_apply_edits(exec, &edit, 1), MM_ERR_IO);
}

Test(exec_edits, a_world_that_fails_is_heard)
{
    size_t failures = 0;
    struct robot robot;
    robot_init(&robot);
    for (size_t bytes = 512; bytes < 8192; bytes += 64) {
        struct mm_arena small;
        struct exec *exec;
        const struct exec_block block = { .gas_limit = 1 };
        const struct edit edits[] = { { EDIT_SLOT, POOR, { { 7 } }, { { 8 } } },
                                      { EDIT_BALANCE, OTHER, { { 0 } }, { { 8 } } },
                                      { EDIT_NONCE, RICH, { { 0 } }, { { 8 } } } };
        mm_arena_init(&small, bytes);
        mm_err err = exec_new(&small, &exec, &robot.chain.view, &robot_natives, &block);
        if (err == MM_OK)
            err = exec_apply_edits(exec, edits, MM_COUNT_OF(edits));
        cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY);
        failures += err != MM_OK;
        mm_arena_fini(&small);
    }
    cr_assert(failures > 5 && failures < 115, "%zu", failures);
    robot_fini(&robot);
}
