/* What an executor has come across: for those who ask about an execution and not for its result. */
#include "state/exec/exec_internal.h"

mm_err exec_account(struct exec *exec, struct account *account, const mm_addr *addr)
{
    const struct journal_account *entry = journal_account(&exec->journal, addr);
    *account = account_none();
    if (entry == NULL)
        return exec->journal.fault;
    *account = entry->now;
    return MM_OK;
}

/* In the order of first access; the journal has them newest first. */
static mm_err slots_of(struct mm_arena *arena, struct tx_access *access,
                       const struct journal_account *account)
{
    size_t count = 0;
    for (const struct journal_slot *slot = account->slots; slot != NULL; slot = slot->next)
        count += slot->was_accessed;
    mm_hash32 *slots = MM_ARENA_ARRAY(arena, mm_hash32, count);
    if (slots == NULL)
        return MM_ERR_NO_MEMORY;
    size_t at = count;
    for (const struct journal_slot *slot = account->slots; slot != NULL; slot = slot->next) {
        if (slot->was_accessed)
            slots[--at] = u256_to_hash(&slot->slot);
    }
    access->slots = slots;
    access->slot_count = count;
    return MM_OK;
}

mm_err exec_accesses(struct exec *exec, struct mm_arena *arena, struct tx_access **accesses,
                     size_t *count)
{
    const struct journal *journal = &exec->journal;
    size_t most = 0;
    *accesses = NULL;
    *count = 0;
    for (const struct journal_account *a = journal->accounts; a != NULL; a = a->next)
        most += a->was_accessed;
    struct tx_access *made = MM_ARENA_ARRAY(arena, struct tx_access, most);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    size_t at = most;
    for (const struct journal_account *a = journal->accounts; a != NULL; a = a->next) {
        if (!a->was_accessed)
            continue;
        made[--at].addr = a->addr;
        MM_TRY(slots_of(arena, &made[at], a));
    }
    *accesses = made;
    *count = most;
    return MM_OK;
}

mm_err exec_forget_storage(struct exec *exec, const mm_addr *addr)
{
    struct journal_account *account = journal_account(&exec->journal, addr);
    if (account == NULL)
        return exec->journal.fault;
    account->is_storage_forgotten = true;
    return MM_OK;
}
