/* Edits: encoding, and what they do to a state. */
#include "tests/lib/random.h"
#include "tests/unit/state/exec/puppets.h"

Test(edits, read_what_they_wrote)
{
    struct test_random random = { 92 };
    struct edit edits[20];
    struct mm_buf buf;
    struct mm_arena arena;
    mm_buf_init(&buf, 1 << 16);
    mm_arena_init(&arena, SIZE_MAX);
    for (int round = 0; round < 200; round++) {
        const size_t count = test_random_below(&random, MM_COUNT_OF(edits));
        const struct edit *read = NULL;
        size_t read_count = 0;
        for (size_t i = 0; i < count; i++) {
            edits[i] = (struct edit){ .kind = (enum edit_kind)test_random_below(&random, 3) };
            test_random_fill(&random, &edits[i].addr, sizeof edits[i].addr);
            test_random_fill(&random, &edits[i].value, edits[i].kind == EDIT_NONCE ? 8 : 32);
            if (edits[i].kind == EDIT_SLOT)
                test_random_fill(&random, &edits[i].slot, 32);
        }
        mm_buf_reset(&buf);
        edits_encode(&buf, edits, count);
        cr_assert_eq(edits_decode(&arena, &read, &read_count, mm_buf_bytes(&buf)), MM_OK);
        cr_assert_eq(read_count, count);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(read[i].kind, edits[i].kind);
            cr_assert(mm_addr_equal(&read[i].addr, &edits[i].addr));
            cr_assert(u256_equal(&read[i].value, &edits[i].value));
            cr_assert(u256_equal(&read[i].slot, &edits[i].slot));
        }
        /* Not one byte less. */
        if (buf.len > 1)
            cr_assert_eq(
                edits_decode(&arena, &read, &read_count, mm_bytes_from(buf.ptr, buf.len - 1)),
                MM_ERR_CORRUPT);
        mm_arena_reset(&arena);
    }
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

Test(edits, refuse_an_unknown_kind_and_a_nonce_above_64_bits)
{
    struct mm_arena arena;
    struct mm_buf buf;
    const struct edit *read = NULL;
    size_t count = 0;
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&buf, 1 << 12);
    struct edit edit = { .kind = (enum edit_kind)3 };
    edits_encode(&buf, &edit, 1);
    cr_assert_eq(edits_decode(&arena, &read, &count, mm_buf_bytes(&buf)), MM_ERR_CORRUPT);
    edit = (struct edit){ .kind = EDIT_NONCE, .value = { { 0, 1 } } };
    mm_buf_reset(&buf);
    edits_encode(&buf, &edit, 1);
    cr_assert_eq(edits_decode(&arena, &read, &count, mm_buf_bytes(&buf)), MM_ERR_CORRUPT);
    cr_assert_null(read);
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

static struct exec_changes apply(struct stage *stage, const struct edit *edits, size_t count)
{
    const struct exec_block block = { .number = 1 };
    struct exec *exec = NULL;
    struct exec_changes changes;
    cr_assert_eq(exec_new(&stage->chain.arena, &exec, &stage->chain.view, &stage->natives, &block),
                 MM_OK);
    cr_assert_eq(exec_apply_edits(exec, edits, count), MM_OK);
    cr_assert_eq(exec_changes(exec, &changes), MM_OK);
    return changes;
}

Test(edits, of_one_thing_count_by_the_last_of_them)
{
    struct stage stage;
    stage_init(&stage, NULL, NULL, NULL);
    const struct edit edits[] = {
        { .kind = EDIT_BALANCE, .addr = NOBODY, .value = u256_from_u64(5) },
        { .kind = EDIT_NONCE, .addr = NOBODY, .value = u256_from_u64(9) },
        { .kind = EDIT_BALANCE, .addr = NOBODY, .value = u256_from_u64(6) },
    };
    const struct exec_changes changes = apply(&stage, edits, MM_COUNT_OF(edits));
    cr_assert_eq(changes.count, 1);
    cr_assert_eq(changes.accounts[0].after.balance.limb[0], 6);
    cr_assert_eq(changes.accounts[0].after.nonce, 9);
    cr_assert_not(changes.accounts[0].existed);
    cr_assert(changes.accounts[0].exists);
    stage_fini(&stage);
}

Test(edits, that_end_where_they_began_change_nothing)
{
    struct stage stage;
    stage_init(&stage, NULL, NULL, NULL);
    const struct edit edits[] = {
        { .kind = EDIT_SLOT, .addr = PUPPET[0], .slot = { { 1 } }, .value = { { 8 } } },
        { .kind = EDIT_SLOT, .addr = PUPPET[0], .slot = { { 1 } }, .value = { { 5 } } },
        { .kind = EDIT_BALANCE, .addr = PUPPET[1], .value = { { 1000 } } },
        { .kind = EDIT_BALANCE, .addr = NOBODY, .value = { { 0 } } },
    };
    cr_assert_eq(apply(&stage, edits, MM_COUNT_OF(edits)).count, 0);
    stage_fini(&stage);
}

Test(edits, of_a_slot_make_an_account_that_has_nothing_else)
{
    struct stage stage;
    stage_init(&stage, NULL, NULL, NULL);
    const struct edit edit = {
        .kind = EDIT_SLOT, .addr = NOBODY, .slot = { { 1 } }, .value = { { 8 } }
    };
    const struct exec_changes changes = apply(&stage, &edit, 1);
    cr_assert_eq(changes.count, 1);
    cr_assert(changes.accounts[0].exists);
    cr_assert_eq(changes.accounts[0].slot_count, 1);
    stage_fini(&stage);
}

/* Genesis and blocks hand their changes on in the order of hashed keys. */
Test(edits, come_out_in_the_order_of_their_keys)
{
    struct stage stage;
    struct edit edits[60];
    stage_init(&stage, NULL, NULL, NULL);
    for (size_t i = 0; i < MM_COUNT_OF(edits); i++)
        edits[i] = (struct edit){ .kind = i % 2 == 0 ? EDIT_SLOT : EDIT_BALANCE,
                                  .addr = { { 0x77, (uint8_t)(i % 6) } },
                                  .slot = u256_from_u64(i),
                                  .value = u256_from_u64(i + 1) };
    const struct exec_changes changes = apply(&stage, edits, MM_COUNT_OF(edits));
    cr_assert_eq(changes.count, 6);
    for (size_t i = 0; i < changes.count; i++) {
        const struct exec_account_change *change = &changes.accounts[i];
        cr_assert(i == 0 || memcmp(changes.accounts[i - 1].key.b, change->key.b, 32) < 0);
        for (size_t j = 1; j < change->slot_count; j++)
            cr_assert_lt(memcmp(change->slots[j - 1].key.b, change->slots[j].key.b, 32), 0);
    }
    stage_fini(&stage);
}
