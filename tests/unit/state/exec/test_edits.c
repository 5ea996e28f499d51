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
    struct edit edit = { .kind = (enum edit_kind)(EDIT_CHAIN_ID + 1) };
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

Test(edits, refuse_senders_that_are_not_ascending)
{
    static const uint64_t indexes[][3] = { { 0, 1, 7 }, { 1, 1, 2 }, { 2, 1, 3 } };
    struct mm_arena arena;
    struct mm_buf buf;
    const struct edit *read = NULL;
    size_t count = 0;
    mm_arena_init(&arena, SIZE_MAX);
    mm_buf_init(&buf, 1 << 12);
    for (size_t i = 0; i < MM_COUNT_OF(indexes); i++) {
        struct edit edits[3];
        for (size_t j = 0; j < 3; j++)
            edits[j] = (struct edit){ .kind = EDIT_SENDER, .slot = u256_from_u64(indexes[i][j]) };
        mm_buf_reset(&buf);
        edits_encode(&buf, edits, 3);
        cr_assert_eq(edits_decode(&arena, &read, &count, mm_buf_bytes(&buf)),
                     i == 0 ? MM_OK : MM_ERR_CORRUPT);
    }
    struct edit far = { .kind = EDIT_SENDER, .slot = { { 0, 1 } } };
    mm_buf_reset(&buf);
    edits_encode(&buf, &far, 1);
    cr_assert_eq(edits_decode(&arena, &read, &count, mm_buf_bytes(&buf)), MM_ERR_CORRUPT);
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

Test(edits, say_what_the_header_has_by_the_last_of_each_kind)
{
    const struct edit edits[] = {
        { .kind = EDIT_BASE_FEE, .value = u256_from_u64(5) },
        { .kind = EDIT_BALANCE, .value = u256_from_u64(6) },
        { .kind = EDIT_PREV_RANDAO, .value = u256_from_u64(7) },
        { .kind = EDIT_BASE_FEE, .value = u256_from_u64(8) },
    };
    struct header_overrides overrides = edits_overrides(edits, 2);
    cr_assert(overrides.has_base_fee && !overrides.has_gas_limit && !overrides.has_prev_randao);
    cr_assert_eq(overrides.base_fee.limb[0], 5);
    overrides = edits_overrides(edits, MM_COUNT_OF(edits));
    cr_assert_eq(overrides.base_fee.limb[0], 8);
    cr_assert(overrides.has_prev_randao && overrides.prev_randao.b[31] == 7);
}

/* The placeholder must be that of the sender who is named, and without a name the signature counts. */
Test(edits, name_senders_only_of_transactions_with_their_placeholder)
{
    struct mm_arena arena;
    const mm_addr alice = { { 1 } };
    const mm_addr nobody = { { 0 } };
    const struct edit edits[] = {
        { .kind = EDIT_BALANCE },
        { .kind = EDIT_SENDER, .addr = alice, .slot = u256_from_u64(1) },
        { .kind = EDIT_SENDER, .addr = nobody, .slot = u256_from_u64(3) },
    };
    struct tx txs[4];
    mm_arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < 4; i++) {
        struct tx made = { .type = (enum tx_type)(i % 3),
                           .has_chain_id = true,
                           .chain_id = u256_from_u64(31337),
                           .gas_limit = 21000 };
        cr_assert(tx_sign_as(&arena, &made, i == 3 ? &nobody : &alice));
        cr_assert_eq(tx_decode(&arena, &txs[i], made.raw, NULL), TX_OK);
        cr_assert_eq(tx_check(&txs[i], 31337), TX_OK);
        cr_assert(mm_hash_equal(&txs[i].hash, &made.hash));
    }
    struct edit_senders senders = { edits, MM_COUNT_OF(edits), 0 };
    cr_assert(edits_sender(&senders, &txs[0], 0) != TX_OK ||
              !mm_addr_equal(&txs[0].sender, &alice));
    cr_assert_not(txs[0].is_impersonated);
    cr_assert_eq(edits_sender(&senders, &txs[1], 1), TX_OK);
    cr_assert(txs[1].is_impersonated && mm_addr_equal(&txs[1].sender, &alice));
    (void)edits_sender(&senders, &txs[2], 2);
    cr_assert_not(txs[2].is_impersonated);
    cr_assert_eq(edits_sender(&senders, &txs[3], 3), TX_OK);
    cr_assert(txs[3].is_impersonated && mm_addr_equal(&txs[3].sender, &nobody));
    senders.next = 0;
    cr_assert_eq(edits_sender(&senders, &txs[3], 1), TX_SENDER, "another's placeholder");
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
