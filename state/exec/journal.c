#include "state/exec/journal.h"

#include "state/base/assert.h"
#include "state/exec/journal_internal.h"

enum { LOG_CAPACITY_MIN = 8 };

bool journal_fail(struct journal *journal, mm_err err)
{
    if (journal->fault == MM_OK)
        journal->fault = err;
    return false;
}

/* Accounts and slots are named from outside (an access list has thousands in a transaction), so a place in the tables must not
 * be one that a stranger can work out: names that were chosen for one place would make each look-up a walk past all of them.
 * What is not known outside, and differs from run to run, is where memory lies. The places alone depend on it, and no result
 * depends on the places. */
static void choose_keys(struct journal *journal)
{
    uint64_t state = (uint64_t)(uintptr_t)journal->table ^ (uint64_t)(uintptr_t)&journal->tx << 20;
    for (size_t i = 0; i < JOURNAL_KEYS; i++) {
        state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
        uint64_t key = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
        journal->keys[i] = key ^ key >> 31;
    }
}

mm_err journal_init(struct journal *journal, struct mm_arena *arena, const struct exec_view *view)
{
    *journal = (struct journal){ .arena = arena, .view = *view };
    journal->table = MM_ARENA_ARRAY(arena, struct journal_account *, JOURNAL_TABLE_MIN);
    if (journal->table == NULL)
        return MM_ERR_NO_MEMORY;
    journal->table_capacity = JOURNAL_TABLE_MIN;
    choose_keys(journal);
    return MM_OK;
}

void journal_begin_tx(struct journal *journal)
{
    journal->tx++;
    journal->undo = NULL;
    journal->refund = 0;
    journal->logs = NULL;
    journal->log_count = 0;
    journal->log_capacity = 0;
}

/* ---- undo ---- */

struct journal_checkpoint journal_checkpoint(const struct journal *journal)
{
    return (struct journal_checkpoint){ journal->undo, journal->log_count };
}

static void put_back(struct journal *journal, const struct journal_undo *undo)
{
    switch (undo->kind) {
    case UNDO_ACCOUNT:
        undo->as.account.account->now = undo->as.account.old;
        return;
    case UNDO_CODE:
        undo->as.code.account->code = undo->as.code.old;
        undo->as.code.account->has_code_bytes = undo->as.code.had_bytes;
        undo->as.code.account->has_new_code = undo->as.code.had_new_code;
        undo->as.code.account->now.code_hash = undo->as.code.old_hash;
        return;
    case UNDO_SLOT:
        undo->as.slot.slot->now = undo->as.slot.old;
        return;
    case UNDO_WARM_ACCOUNT:
    case UNDO_WARM_SLOT:
        *undo->as.warm.mark = undo->as.warm.old;
        return;
    case UNDO_REFUND:
        journal->refund = undo->as.refund;
        return;
    }
    MM_UNREACHABLE();
}

void journal_revert(struct journal *journal, struct journal_checkpoint checkpoint)
{
    while (journal->undo != checkpoint.undo) {
        MM_ASSERT(journal->undo !=
                  NULL); /* a checkpoint of this transaction, not reverted past already */
        put_back(journal, journal->undo);
        journal->undo = journal->undo->older;
    }
    MM_ASSERT(checkpoint.log_count <= journal->log_count);
    journal->log_count = checkpoint.log_count;
}

struct journal_undo *journal_record(struct journal *journal, enum undo_kind kind)
{
    struct journal_undo *undo = mm_arena_alloc(journal->arena, sizeof *undo);
    if (undo == NULL) {
        (void)journal_fail(journal, MM_ERR_NO_MEMORY);
        return NULL;
    }
    undo->older = journal->undo;
    undo->kind = kind;
    journal->undo = undo;
    return undo;
}

/* ---- what belongs to the transaction ---- */

static bool warm(struct journal *journal, uint32_t *mark, enum undo_kind kind, bool *was_cold)
{
    *was_cold = *mark != journal->tx;
    if (!*was_cold)
        return true;
    struct journal_undo *undo = journal_record(journal, kind);
    if (undo == NULL)
        return false;
    undo->as.warm.mark = mark;
    undo->as.warm.old = *mark;
    *mark = journal->tx;
    return true;
}

bool journal_warm_account(struct journal *journal, struct journal_account *account, bool *was_cold)
{
    account->was_accessed = true;
    return warm(journal, &account->warm_tx, UNDO_WARM_ACCOUNT, was_cold);
}

bool journal_warm_slot(struct journal *journal, struct journal_slot *slot, bool *was_cold)
{
    slot->was_accessed = true;
    return warm(journal, &slot->warm_tx, UNDO_WARM_SLOT, was_cold);
}

bool journal_add_refund(struct journal *journal, int64_t refund)
{
    if (refund == 0)
        return true;
    struct journal_undo *undo = journal_record(journal, UNDO_REFUND);
    if (undo == NULL)
        return false;
    undo->as.refund = journal->refund;
    journal->refund += refund;
    return true;
}

bool journal_add_log(struct journal *journal, const struct log *log)
{
    if (journal->log_count == journal->log_capacity) {
        const size_t capacity =
            journal->log_capacity == 0 ? LOG_CAPACITY_MIN : 2 * journal->log_capacity;
        struct log *logs =
            mm_arena_grow(journal->arena, journal->logs, journal->log_capacity * sizeof *logs,
                          capacity * sizeof *logs);
        if (logs == NULL)
            return journal_fail(journal, MM_ERR_NO_MEMORY);
        journal->logs = logs;
        journal->log_capacity = capacity;
    }
    struct log *copy = &journal->logs[journal->log_count];
    *copy = *log;
    if (mm_arena_copy(journal->arena, &copy->data, log->data) != MM_OK)
        return journal_fail(journal, MM_ERR_NO_MEMORY);
    journal->log_count++;
    return true;
}
