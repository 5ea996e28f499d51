/* Slots in the journal: found by number, loaded once, changed. */
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/exec/journal_internal.h"

static size_t slot_place(const struct journal *journal, const mm_u256 *slot, size_t capacity)
{
    return journal_place(journal, slot->limb, capacity);
}

static bool grow_slots(struct journal *journal, struct journal_account *account)
{
    const size_t capacity =
        account->slot_capacity == 0 ? JOURNAL_TABLE_MIN : 2 * account->slot_capacity;
    struct journal_slot **table = MM_ARENA_ARRAY(journal->arena, struct journal_slot *, capacity);
    if (table == NULL)
        return journal_fail(journal, MM_ERR_NO_MEMORY);
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
        (void)journal_fail(journal, MM_ERR_NO_MEMORY);
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
            (void)journal_fail(journal, err);
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
    struct journal_undo *undo = journal_record(journal, UNDO_SLOT);
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
