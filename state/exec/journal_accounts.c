/* Accounts in the journal: found by address, loaded once, changed. */
#include "state/crypto/keccak.h"
#include "state/exec/journal_internal.h"

/* By the address itself: it is looked up several times a call, and hashed only when it is loaded. */
static size_t place_of(const struct journal *journal, const mm_addr *addr, size_t capacity)
{
    uint64_t words[JOURNAL_KEYS] = { 0 };
    memcpy(words, addr->b, sizeof addr->b);
    return journal_place(journal, words, capacity);
}

static bool grow_accounts(struct journal *journal)
{
    const size_t capacity = 2 * journal->table_capacity;
    struct journal_account **table =
        MM_ARENA_ARRAY(journal->arena, struct journal_account *, capacity);
    if (table == NULL)
        return journal_fail(journal, MM_ERR_NO_MEMORY);
    for (struct journal_account *account = journal->accounts; account != NULL;
         account = account->next) {
        size_t place = place_of(journal, &account->addr, capacity);
        while (table[place] != NULL)
            place = (place + 1) & (capacity - 1);
        table[place] = account;
    }
    journal->table = table;
    journal->table_capacity = capacity;
    return true;
}

static struct journal_account *load_account(struct journal *journal, const mm_addr *addr)
{
    struct journal_account *account = MM_ARENA_NEW(journal->arena, struct journal_account);
    if (account == NULL) {
        (void)journal_fail(journal, MM_ERR_NO_MEMORY);
        return NULL;
    }
    account->addr = *addr;
    account->key = key_memo_addr(journal->view.keys, addr);
    account->before = account_none();
    const mm_err err = journal->view.account(journal->view.ctx, &account->before, &account->key);
    if (err == MM_ERR_NOT_FOUND) {
        account->before = account_none();
    } else if (err != MM_OK) {
        (void)journal_fail(journal, err);
        return NULL;
    } else {
        account->existed = true;
    }
    account->now = account->before;
    account->next = journal->accounts;
    journal->accounts = account;
    journal->account_count++;
    return account;
}

struct journal_account *journal_account(struct journal *journal, const mm_addr *addr)
{
    if (journal->fault != MM_OK)
        return NULL;
    size_t place = place_of(journal, addr, journal->table_capacity);
    while (journal->table[place] != NULL) {
        if (mm_addr_equal(&journal->table[place]->addr, addr))
            return journal->table[place];
        place = (place + 1) & (journal->table_capacity - 1);
    }
    struct journal_account *account = load_account(journal, addr);
    if (account == NULL)
        return NULL;
    journal->table[place] = account;
    if (2 * journal->account_count > journal->table_capacity && !grow_accounts(journal))
        return NULL;
    return account;
}

bool journal_code(struct journal *journal, struct journal_account *account, mm_bytes *code)
{
    *code = (mm_bytes){ NULL, 0 };
    if (!account_has_code(&account->now))
        return true;
    if (!account->has_code_bytes) {
        const mm_err err = journal->view.code(journal->view.ctx, journal->arena, &account->code,
                                              &account->now.code_hash);
        if (err != MM_OK) /* an account names its code: one that is not there was lost */
            return journal_fail(journal, err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err);
        account->has_code_bytes = true;
    }
    *code = account->code;
    return true;
}

bool journal_set_account(struct journal *journal, struct journal_account *account,
                         const struct account *now)
{
    struct journal_undo *undo = journal_record(journal, UNDO_ACCOUNT);
    if (undo == NULL)
        return false;
    undo->as.account.account = account;
    undo->as.account.old = account->now;
    account->now = *now;
    return true;
}

bool journal_set_code(struct journal *journal, struct journal_account *account, mm_bytes code)
{
    struct journal_undo *undo = journal_record(journal, UNDO_CODE);
    if (undo == NULL)
        return false;
    undo->as.code.account = account;
    undo->as.code.old = account->code;
    undo->as.code.had_bytes = account->has_code_bytes;
    undo->as.code.had_new_code = account->has_new_code;
    undo->as.code.old_hash = account->now.code_hash;
    if (mm_arena_copy(journal->arena, &account->code, code) != MM_OK)
        return journal_fail(journal, MM_ERR_NO_MEMORY);
    account->has_code_bytes = true;
    account->has_new_code = true;
    account->now.code_hash = keccak256(code);
    return true;
}
