/* The journal against a model of it: whole states on a stack. */
#include <criterion/criterion.h>

#include "state/exec/journal.h"
#include "tests/lib/random.h"

enum { ACCOUNTS = 5, SLOTS = 6, DEPTH_MAX = 24, LOGS_MAX = 64 };

struct model {
    uint64_t balances[ACCOUNTS];
    uint64_t slots[ACCOUNTS][SLOTS];
    bool warm_accounts[ACCOUNTS];
    bool warm_slots[ACCOUNTS][SLOTS];
    uint8_t codes[ACCOUNTS]; /* 0: none */
    int64_t refund;
    size_t log_count;
};

static mm_err nothing_there(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    (void)ctx, (void)addr_key;
    *account = account_none();
    return MM_ERR_NOT_FOUND;
}

static mm_err no_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key, const mm_hash32 *key)
{
    (void)ctx, (void)addr_key, (void)key;
    *value = (mm_u256){ { 0 } };
    return MM_OK;
}

static mm_err no_code(void *ctx, struct mm_arena *arena, mm_bytes *code, const mm_hash32 *hash)
{
    (void)ctx, (void)arena, (void)hash;
    *code = (mm_bytes){ NULL, 0 };
    return MM_ERR_NOT_FOUND;
}

static const struct exec_view empty = { NULL, nothing_there, no_slot, no_code };

static mm_addr addr_of(size_t index)
{
    return (mm_addr){ { (uint8_t)(index + 1) } };
}

static void compare(struct journal *journal, const struct model *model)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const mm_addr addr = addr_of(i);
        struct journal_account *account = journal_account(journal, &addr);
        mm_bytes code;
        cr_assert_not_null(account);
        cr_assert_eq(account->now.balance.limb[0], model->balances[i]);
        cr_assert_eq(account->warm_tx == journal->tx, model->warm_accounts[i]);
        cr_assert(journal_code(journal, account, &code));
        cr_assert_eq(code.len, model->codes[i] != 0 ? 1 : 0);
        cr_assert(code.len == 0 || code.ptr[0] == model->codes[i]);
        for (size_t j = 0; j < SLOTS; j++) {
            const mm_u256 number = u256_from_u64(j);
            const struct journal_slot *slot = journal_slot(journal, account, &number);
            cr_assert_eq(slot->now.limb[0], model->slots[i][j]);
            cr_assert_eq(slot->warm_tx == journal->tx, model->warm_slots[i][j]);
        }
    }
    cr_assert_eq(journal->refund, model->refund);
    cr_assert_eq(journal->log_count, model->log_count);
}

static void change(struct journal *journal, struct model *model, struct test_random *random)
{
    const size_t which = test_random_below(random, ACCOUNTS);
    const size_t number = test_random_below(random, SLOTS);
    const uint64_t value = test_random_below(random, 4);
    const mm_addr addr = addr_of(which);
    const mm_u256 slot_number = u256_from_u64(number);
    const mm_u256 word = u256_from_u64(value);
    struct journal_account *account = journal_account(journal, &addr);
    struct journal_slot *slot = journal_slot(journal, account, &slot_number);
    struct account now = account->now;
    bool was_cold;
    const uint8_t code = (uint8_t)(value + 1);
    const struct log log = { .addr = addr, .topic_count = 0 };
    switch (test_random_below(random, 7)) {
    case 0:
        now.balance = word;
        cr_assert(journal_set_account(journal, account, &now));
        model->balances[which] = value;
        return;
    case 1:
        cr_assert(journal_set_slot(journal, slot, &word));
        model->slots[which][number] = value;
        return;
    case 2:
        cr_assert(journal_warm_account(journal, account, &was_cold));
        cr_assert_eq(was_cold, !model->warm_accounts[which]);
        model->warm_accounts[which] = true;
        return;
    case 3:
        cr_assert(journal_warm_slot(journal, slot, &was_cold));
        cr_assert_eq(was_cold, !model->warm_slots[which][number]);
        model->warm_slots[which][number] = true;
        return;
    case 4:
        cr_assert(journal_add_refund(journal, (int64_t)value));
        model->refund += (int64_t)value;
        return;
    case 5:
        cr_assert(journal_set_code(journal, account, mm_bytes_from(&code, 1)));
        model->codes[which] = code;
        return;
    default:
        if (model->log_count == LOGS_MAX)
            return;
        cr_assert(journal_add_log(journal, &log));
        model->log_count++;
        return;
    }
}

Test(journal, puts_everything_back_to_any_checkpoint)
{
    struct test_random random = { 91 };
    for (int round = 0; round < 200; round++) {
        struct mm_arena arena;
        struct journal journal;
        struct model stack[DEPTH_MAX] = { { .refund = 0 } };
        struct journal_checkpoint checkpoints[DEPTH_MAX];
        mm_arena_init(&arena, SIZE_MAX);
        cr_assert_eq(journal_init(&journal, &arena, &empty), MM_OK);
        size_t depth = 0;
        journal_begin_tx(&journal);
        for (int step = 0; step < 300; step++) {
            const uint64_t what = test_random_below(&random, 20);
            if (what == 0 && depth + 1 < DEPTH_MAX) {
                checkpoints[depth] = journal_checkpoint(&journal);
                stack[depth + 1] = stack[depth];
                depth++;
            } else if (what == 1 && depth > 0) {
                depth -= 1 + test_random_below(&random, depth); /* over several at once, too */
                journal_revert(&journal, checkpoints[depth]);
                compare(&journal, &stack[depth]);
            } else if (what == 2 &&
                       depth > 0) { /* a call that went well: its changes are its caller's */
                stack[depth - 1] = stack[depth];
                depth--;
            } else if (what == 3 && depth == 0) {
                struct model *now = &stack[0];
                journal_begin_tx(&journal);
                memset(now->warm_accounts, 0, sizeof now->warm_accounts);
                memset(now->warm_slots, 0, sizeof now->warm_slots);
                now->refund = 0;
                now->log_count = 0;
            } else {
                change(&journal, &stack[depth], &random);
            }
        }
        compare(&journal, &stack[depth]);
        mm_arena_fini(&arena);
    }
}

static mm_err failing_view(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    (void)ctx, (void)addr_key;
    *account = account_none();
    return MM_ERR_IO;
}

Test(journal, refuses_everything_after_the_world_failed)
{
    struct mm_arena arena;
    struct journal journal;
    struct exec_view view = empty;
    const mm_addr addr = addr_of(0);
    mm_arena_init(&arena, SIZE_MAX);
    view.account = failing_view;
    cr_assert_eq(journal_init(&journal, &arena, &view), MM_OK);
    journal_begin_tx(&journal);
    cr_assert_null(journal_account(&journal, &addr));
    cr_assert_eq(journal.fault, MM_ERR_IO);
    journal.view.account = nothing_there;
    cr_assert_null(journal_account(&journal, &addr), "the fault stays");
    mm_arena_fini(&arena);
}

Test(journal, says_that_the_arena_is_full)
{
    struct mm_arena arena;
    struct journal journal;
    mm_arena_init(&arena, 16 << 10);
    cr_assert_eq(journal_init(&journal, &arena, &empty), MM_OK);
    journal_begin_tx(&journal);
    size_t made = 0;
    for (size_t i = 0; i < 1000; i++) {
        mm_addr addr = { { 1, (uint8_t)(i >> 8), (uint8_t)i } };
        if (journal_account(&journal, &addr) == NULL)
            break;
        made++;
    }
    cr_assert_lt(made, 1000);
    cr_assert_neq(journal.fault, MM_OK);
    mm_arena_fini(&arena);
}

/* An access list names what it likes: none of it may make finding the rest slow. What was chosen for one place of a table that
 * hashes in a way that is known would take minutes here. */
Test(journal, is_not_slowed_down_by_names_that_were_chosen_for_it, .timeout = 60)
{
    enum { CHOSEN = 200000 };
    struct mm_arena arena;
    struct journal journal;
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(journal_init(&journal, &arena, &empty), MM_OK);
    journal_begin_tx(&journal);
    const mm_addr addr = addr_of(0);
    struct journal_account *account = journal_account(&journal, &addr);
    for (uint64_t i = 0; i < CHOSEN; i++) {
        const mm_u256 slot = { { i << 32, i, 0, i << 32 } };
        const mm_u256 other = { { 0, i + 1, i, 0 } };
        mm_addr chosen = { { 0 } };
        const uint64_t word = i + 1;
        const uint32_t upper = (uint32_t)i;
        memcpy(chosen.b + 4, &upper, sizeof upper); /* in the first word, and again in the last */
        memcpy(chosen.b + 16, &upper, sizeof upper);
        memcpy(chosen.b + 8, &word, 3);
        cr_assert_not_null(journal_slot(&journal, account, &slot));
        cr_assert_not_null(journal_slot(&journal, account, &other));
        cr_assert_not_null(journal_account(&journal, &chosen));
    }
    mm_arena_fini(&arena);
}
