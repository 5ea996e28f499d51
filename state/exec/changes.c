/* What a block did to the state: the journal's entries whose value is another than before, in order of their keys. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/exec/exec_internal.h"

static int by_slot_key(const void *a, const void *b)
{
    return memcmp(((const struct exec_slot_change *)a)->key.b,
                  ((const struct exec_slot_change *)b)->key.b, 32);
}

static int by_account_key(const void *a, const void *b)
{
    return memcmp(((const struct exec_account_change *)a)->key.b,
                  ((const struct exec_account_change *)b)->key.b, 32);
}

static mm_err slot_changes(struct exec *exec, struct exec_account_change *change,
                           const struct journal_account *account)
{
    if (account->slot_count == 0)
        return MM_OK;
    struct exec_slot_change *slots =
        mm_arena_alloc(exec->arena, account->slot_count * sizeof *slots);
    if (slots == NULL)
        return MM_ERR_NO_MEMORY;
    size_t count = 0;
    for (const struct journal_slot *slot = account->slots; slot != NULL; slot = slot->next) {
        if (!u256_equal(&slot->before, &slot->now))
            slots[count++] =
                (struct exec_slot_change){ slot->key, slot->slot, slot->before, slot->now };
    }
    if (count > 1)
        qsort(slots, count, sizeof *slots, by_slot_key);
    change->slots = slots;
    change->slot_count = count;
    return MM_OK;
}

static bool is_same(const struct account *a, const struct account *b)
{
    return a->nonce == b->nonce && u256_equal(&a->balance, &b->balance) &&
           mm_hash_equal(&a->code_hash, &b->code_hash);
}

/* Genesis and edits can give storage to an account that is empty otherwise, and it stays as long as it has any. Whether the
 * last slot went, only the storage trie knows: ledger_state_root has the last word. */
static bool has_storage(const struct journal_account *account)
{
    if (!mm_hash_equal(&account->before.storage_root, &KECCAK_EMPTY_TRIE))
        return true;
    for (const struct journal_slot *slot = account->slots; slot != NULL; slot = slot->next) {
        if (!u256_is_zero(&slot->now))
            return true;
    }
    return false;
}

mm_err exec_changes(struct exec *exec, struct exec_changes *changes)
{
    *changes = (struct exec_changes){ 0 };
    struct exec_account_change *items =
        MM_ARENA_ARRAY(exec->arena, struct exec_account_change, exec->journal.account_count);
    if (items == NULL)
        return MM_ERR_NO_MEMORY;
    size_t count = 0;
    for (const struct journal_account *account = exec->journal.accounts; account != NULL;
         account = account->next) {
        struct exec_account_change *change = &items[count];
        *change = (struct exec_account_change){
            .addr = account->addr,
            .key = account->key,
            .existed = account->existed,
            .exists = !account_is_empty(&account->now) || has_storage(account),
            .before = account->before,
            .after = account->now,
            .has_new_code = account->has_new_code,
            .code = account->has_new_code ? account->code : (mm_bytes){ NULL, 0 },
        };
        MM_TRY(slot_changes(exec, change, account));
        if (change->slot_count > 0 || change->existed != change->exists ||
            !is_same(&change->before, &change->after))
            count++;
        else
            *change = (struct exec_account_change){ 0 };
    }
    if (count > 1)
        qsort(items, count, sizeof *items, by_account_key);
    *changes = (struct exec_changes){ items, count };
    return MM_OK;
}
