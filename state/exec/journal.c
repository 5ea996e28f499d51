#include "state/exec/journal.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"

__extension__ typedef unsigned __int128 u128;

enum { TABLE_CAPACITY_MIN = 16, LOG_CAPACITY_MIN = 8 };

enum undo_kind {
    UNDO_ACCOUNT,
    UNDO_CODE,
    UNDO_SLOT,
    UNDO_WARM_ACCOUNT,
    UNDO_WARM_SLOT,
    UNDO_REFUND
};

struct journal_undo {
    struct journal_undo *older;
    enum undo_kind kind;
    union {
        struct {
            struct journal_account *account;
            struct account old;
        } account;
        struct {
            struct journal_account *account;
            mm_bytes old;
            bool had_bytes;
            bool had_new_code;
            mm_hash32 old_hash;
        } code;
        struct {
            struct journal_slot *slot;
            mm_u256 old;
        } slot;
        struct {
            uint32_t *mark;
            uint32_t old;
        } warm;
        int64_t refund;
    } as;
};

static bool fault(struct journal *journal, mm_err err)
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

/* Both halves of the product: each bit of the operands moves many of the result. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    const u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static size_t place_of_words(const struct journal *journal, const uint64_t words[JOURNAL_KEYS],
                             size_t capacity)
{
    const uint64_t *keys = journal->keys;
    const uint64_t low = fold(words[0] ^ keys[0], words[1] ^ keys[1]);
    const uint64_t high = fold(words[2] ^ keys[2], words[3] ^ keys[3]);
    return (size_t)fold(low ^ keys[3], high ^ keys[0]) & (capacity - 1);
}

mm_err journal_init(struct journal *journal, struct mm_arena *arena, const struct exec_view *view)
{
    *journal = (struct journal){ .arena = arena, .view = *view };
    journal->table = MM_ARENA_ARRAY(arena, struct journal_account *, TABLE_CAPACITY_MIN);
    if (journal->table == NULL)
        return MM_ERR_NO_MEMORY;
    journal->table_capacity = TABLE_CAPACITY_MIN;
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

static struct journal_undo *record(struct journal *journal, enum undo_kind kind)
{
    struct journal_undo *undo = mm_arena_alloc(journal->arena, sizeof *undo);
    if (undo == NULL) {
        (void)fault(journal, MM_ERR_NO_MEMORY);
        return NULL;
    }
    undo->older = journal->undo;
    undo->kind = kind;
    journal->undo = undo;
    return undo;
}

/* ---- accounts ---- */

/* By the address itself: it is looked up several times a call, and hashed only when it is loaded. */
static size_t place_of(const struct journal *journal, const mm_addr *addr, size_t capacity)
{
    uint64_t words[JOURNAL_KEYS] = { 0 };
    memcpy(words, addr->b, sizeof addr->b);
    return place_of_words(journal, words, capacity);
}

static bool grow_accounts(struct journal *journal)
{
    const size_t capacity = 2 * journal->table_capacity;
    struct journal_account **table =
        MM_ARENA_ARRAY(journal->arena, struct journal_account *, capacity);
    if (table == NULL)
        return fault(journal, MM_ERR_NO_MEMORY);
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
        (void)fault(journal, MM_ERR_NO_MEMORY);
        return NULL;
    }
    account->addr = *addr;
    account->key = key_memo_addr(journal->view.keys, addr);
    account->before = account_none();
    const mm_err err = journal->view.account(journal->view.ctx, &account->before, &account->key);
    if (err == MM_ERR_NOT_FOUND) {
        account->before = account_none();
    } else if (err != MM_OK) {
        (void)fault(journal, err);
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
            return fault(journal, err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err);
        account->has_code_bytes = true;
    }
    *code = account->code;
    return true;
}

bool journal_set_account(struct journal *journal, struct journal_account *account,
                         const struct account *now)
{
    struct journal_undo *undo = record(journal, UNDO_ACCOUNT);
    if (undo == NULL)
        return false;
    undo->as.account.account = account;
    undo->as.account.old = account->now;
    account->now = *now;
    return true;
}

bool journal_set_code(struct journal *journal, struct journal_account *account, mm_bytes code)
{
    struct journal_undo *undo = record(journal, UNDO_CODE);
    if (undo == NULL)
        return false;
    undo->as.code.account = account;
    undo->as.code.old = account->code;
    undo->as.code.had_bytes = account->has_code_bytes;
    undo->as.code.had_new_code = account->has_new_code;
    undo->as.code.old_hash = account->now.code_hash;
    if (mm_arena_copy(journal->arena, &account->code, code) != MM_OK)
        return fault(journal, MM_ERR_NO_MEMORY);
    account->has_code_bytes = true;
    account->has_new_code = true;
    account->now.code_hash = keccak256(code);
    return true;
}

/* ---- slots ---- */

static size_t slot_place(const struct journal *journal, const mm_u256 *slot, size_t capacity)
{
    return place_of_words(journal, slot->limb, capacity);
}

static bool grow_slots(struct journal *journal, struct journal_account *account)
{
    const size_t capacity =
        account->slot_capacity == 0 ? TABLE_CAPACITY_MIN : 2 * account->slot_capacity;
    struct journal_slot **table = MM_ARENA_ARRAY(journal->arena, struct journal_slot *, capacity);
    if (table == NULL)
        return fault(journal, MM_ERR_NO_MEMORY);
    for (struct journal_slot *slot = account->slots; slot != NULL; slot = slot->next) {
        size_t place = slot_place(journal, &slot->slot, capacity);
        while (table[place] != NULL)
            place = (place + 1) & (capacity - 1);
        table[place] = slot;
    }
    account->slot_table = table;
    account->slot_capacity = capacity;
    return true;
}

/* Where the slot stands in the table, or would. */
static size_t find_slot(const struct journal *journal, const struct journal_account *account,
                        const mm_u256 *number)
{
    size_t place = slot_place(journal, number, account->slot_capacity);
    while (account->slot_table[place] != NULL &&
           !u256_equal(&account->slot_table[place]->slot, number))
        place = (place + 1) & (account->slot_capacity - 1);
    return place;
}

void journal_expect(struct journal *journal, const struct journal_account *account,
                    const mm_u256 *slots, size_t count)
{
    mm_hash32 words[JOURNAL_AHEAD];
    mm_hash32 keys[JOURNAL_AHEAD];
    mm_bytes inputs[JOURNAL_AHEAD] = { { NULL, 0 } };
    size_t new_count = 0;
    MM_ASSERT(count <= JOURNAL_AHEAD);
    for (size_t i = 0; i < count; i++) {
        if (account->slot_capacity > 0 &&
            account->slot_table[find_slot(journal, account, &slots[i])] != NULL)
            continue;
        journal->ahead[new_count].slot = slots[i];
        words[new_count] = u256_to_hash(&slots[i]);
        inputs[new_count] = mm_bytes_hash(&words[new_count]);
        new_count++;
    }
    keccak256_many(keys, inputs, new_count);
    for (size_t i = 0; i < new_count; i++)
        journal->ahead[i].key = keys[i];
    journal->ahead_count = new_count;
}

static mm_hash32 key_of_slot(const struct journal *journal, const mm_u256 *number)
{
    for (size_t i = 0; i < journal->ahead_count; i++) {
        if (u256_equal(&journal->ahead[i].slot, number))
            return journal->ahead[i].key;
    }
    return key_memo_slot(journal->view.keys, number);
}

static struct journal_slot *load_slot(struct journal *journal, struct journal_account *account,
                                      const mm_u256 *number)
{
    struct journal_slot *slot = MM_ARENA_NEW(journal->arena, struct journal_slot);
    if (slot == NULL) {
        (void)fault(journal, MM_ERR_NO_MEMORY);
        return NULL;
    }
    slot->slot = *number;
    slot->key = key_of_slot(journal, number);
    /* An account without storage has nothing to look up. */
    if (!account->is_storage_forgotten &&
        !mm_hash_equal(&account->before.storage_root, &KECCAK_EMPTY_TRIE)) {
        const mm_err err =
            journal->view.slot(journal->view.ctx, &slot->before, &account->key, &slot->key);
        if (err != MM_OK) {
            (void)fault(journal, err);
            return NULL;
        }
    }
    slot->now = slot->before;
    slot->original = slot->before;
    slot->next = account->slots;
    account->slots = slot;
    account->slot_count++;
    return slot;
}

struct journal_slot *journal_slot(struct journal *journal, struct journal_account *account,
                                  const mm_u256 *number)
{
    if (journal->fault != MM_OK)
        return NULL;
    if (2 * (account->slot_count + 1) > account->slot_capacity && !grow_slots(journal, account))
        return NULL;
    const size_t place = find_slot(journal, account, number);
    if (account->slot_table[place] == NULL)
        account->slot_table[place] = load_slot(journal, account, number);
    return account->slot_table[place];
}

bool journal_set_slot(struct journal *journal, struct journal_slot *slot, const mm_u256 *value)
{
    (void)journal_original(journal,
                           slot); /* remembered before the first write of the transaction */
    struct journal_undo *undo = record(journal, UNDO_SLOT);
    if (undo == NULL)
        return false;
    undo->as.slot.slot = slot;
    undo->as.slot.old = slot->now;
    slot->now = *value;
    return true;
}

mm_u256 journal_original(struct journal *journal, struct journal_slot *slot)
{
    if (slot->original_tx != journal->tx) {
        slot->original_tx = journal->tx;
        slot->original = slot->now;
    }
    return slot->original;
}

/* ---- what belongs to the transaction ---- */

static bool warm(struct journal *journal, uint32_t *mark, enum undo_kind kind, bool *was_cold)
{
    *was_cold = *mark != journal->tx;
    if (!*was_cold)
        return true;
    struct journal_undo *undo = record(journal, kind);
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
    struct journal_undo *undo = record(journal, UNDO_REFUND);
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
            return fault(journal, MM_ERR_NO_MEMORY);
        journal->logs = logs;
        journal->log_capacity = capacity;
    }
    struct log *copy = &journal->logs[journal->log_count];
    *copy = *log;
    if (mm_arena_copy(journal->arena, &copy->data, log->data) != MM_OK)
        return fault(journal, MM_ERR_NO_MEMORY);
    journal->log_count++;
    return true;
}
