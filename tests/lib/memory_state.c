#include "tests/lib/memory_state.h"

#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"

struct memory_slot {
    mm_hash32 key;
    mm_u256 value;
};

struct memory_account {
    mm_addr addr;
    mm_hash32 key;
    struct account account;
    uint8_t *code; /* owned */
    size_t code_len;
    struct memory_slot *slots; /* owned */
    size_t slot_count;
    struct node_table nodes;
    struct memory_account *next;
};

void memory_state_fini(struct memory_state *state)
{
    for (struct memory_account *account = state->accounts; account != NULL;) {
        struct memory_account *next = account->next;
        node_table_fini(&account->nodes);
        free(account->code);
        free(account->slots);
        free(account);
        account = next;
    }
    *state = (struct memory_state){ 0 };
}

static struct memory_account *find(const struct memory_state *state, const mm_hash32 *key)
{
    struct memory_account *account = state->accounts;
    while (account != NULL && !mm_hash_equal(&account->key, key))
        account = account->next;
    return account;
}

static struct memory_slot *find_slot(const struct memory_account *account, const mm_hash32 *key)
{
    for (size_t i = 0; i < account->slot_count; i++) {
        if (mm_hash_equal(&account->slots[i].key, key))
            return &account->slots[i];
    }
    return NULL;
}

/* ---- the view ---- */

static mm_err view_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    const struct memory_account *found = find(ctx, addr_key);
    *account = found != NULL ? found->account : account_none();
    return found != NULL ? MM_OK : MM_ERR_NOT_FOUND;
}

static mm_err view_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                        const mm_hash32 *slot_key)
{
    const struct memory_account *account = find(ctx, addr_key);
    const struct memory_slot *slot = account != NULL ? find_slot(account, slot_key) : NULL;
    *value = slot != NULL ? slot->value : (mm_u256){ { 0 } };
    return MM_OK;
}

static mm_err view_code(void *ctx, struct mm_arena *arena, mm_bytes *code,
                        const mm_hash32 *code_hash)
{
    const struct memory_state *state = ctx;
    for (const struct memory_account *account = state->accounts; account != NULL;
         account = account->next) {
        if (mm_hash_equal(&account->account.code_hash, code_hash))
            return mm_arena_copy(arena, code, mm_bytes_from(account->code, account->code_len));
    }
    return MM_ERR_NOT_FOUND;
}

struct exec_view memory_state_view(struct memory_state *state)
{
    return (struct exec_view){ state, view_account, view_slot, view_code };
}

/* ---- changes ---- */

static void set_slot(struct memory_account *account, const mm_hash32 *key, const mm_u256 *value)
{
    struct memory_slot *slot = find_slot(account, key);
    if (slot == NULL) {
        account->slots = realloc(account->slots, (account->slot_count + 1) * sizeof *slot);
        MM_ASSERT(account->slots != NULL);
        slot = &account->slots[account->slot_count++];
        slot->key = *key;
    }
    slot->value = *value;
    if (u256_is_zero(value))
        *slot = account->slots[--account->slot_count];
}

/* Leaves are the RLP of the value without leading zeros (yellow paper, section 4.1). */
static void update_trie(struct memory_account *account, const struct exec_account_change *change)
{
    struct mm_buf buf;
    struct trie_update *updates = calloc(change->slot_count, sizeof *updates);
    uint8_t(*leaves)[33] = calloc(change->slot_count, sizeof *leaves);
    MM_ASSERT(updates != NULL && leaves != NULL);
    for (size_t i = 0; i < change->slot_count; i++) {
        const struct exec_slot_change *slot = &change->slots[i];
        updates[i].key = mm_bytes_hash(&slot->key);
        if (u256_is_zero(&slot->after))
            continue;
        mm_buf_init(&buf, sizeof leaves[i]);
        rlp_add_u256(&buf, &slot->after);
        MM_ASSERT(mm_buf_err(&buf) == MM_OK);
        memcpy(leaves[i], buf.ptr, buf.len);
        updates[i].value = mm_bytes_from(leaves[i], buf.len);
        mm_buf_fini(&buf);
    }
    account->account.storage_root = node_table_update(
        &account->nodes, &account->account.storage_root, updates, change->slot_count);
    free(updates);
    free(leaves);
}

static struct memory_account *find_or_add(struct memory_state *state,
                                          const struct exec_account_change *change)
{
    struct memory_account *account = find(state, &change->key);
    if (account == NULL) {
        account = calloc(1, sizeof *account);
        MM_ASSERT(account != NULL);
        account->addr = change->addr;
        account->key = change->key;
        account->account = account_none();
        account->next = state->accounts;
        state->accounts = account;
    }
    return account;
}

void memory_state_apply(struct memory_state *state, const struct exec_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        struct memory_account *account = find_or_add(state, change);
        const mm_hash32 root = account->account.storage_root;
        account->account = change->after;
        account->account.storage_root = root;
        if (change->has_new_code) {
            account->code = realloc(account->code, change->code.len + 1);
            MM_ASSERT(account->code != NULL);
            memcpy(account->code, change->code.ptr, change->code.len);
            account->code_len = change->code.len;
        }
        for (size_t j = 0; j < change->slot_count; j++)
            set_slot(account, &change->slots[j].key, &change->slots[j].after);
        if (change->slot_count > 0)
            update_trie(account, change);
    }
}

/* ---- questions ---- */

static const struct memory_account *find_addr(const struct memory_state *state, const mm_addr *addr)
{
    const mm_hash32 key = keccak256(mm_bytes_addr(addr));
    return find(state, &key);
}

static mm_hash32 slot_key(const mm_u256 *slot)
{
    const mm_hash32 word = u256_to_hash(slot);
    return keccak256(mm_bytes_hash(&word));
}

struct account memory_state_account(const struct memory_state *state, const mm_addr *addr)
{
    const struct memory_account *account = find_addr(state, addr);
    return account != NULL ? account->account : account_none();
}

mm_hash32 memory_state_storage_root(const struct memory_state *state, const mm_addr *addr)
{
    return memory_state_account(state, addr).storage_root;
}

mm_u256 memory_state_slot(const struct memory_state *state, const mm_addr *addr,
                          const mm_u256 *slot)
{
    const struct memory_account *account = find_addr(state, addr);
    const mm_hash32 key = slot_key(slot);
    const struct memory_slot *found = account != NULL ? find_slot(account, &key) : NULL;
    return found != NULL ? found->value : (mm_u256){ { 0 } };
}

mm_err memory_state_prove(const struct memory_state *state, struct mm_arena *arena,
                          struct trie_proof *proof, const mm_addr *addr, const mm_u256 *slot)
{
    struct node_table none = { 0 };
    const struct memory_account *account = find_addr(state, addr);
    struct node_table nodes = account != NULL ? account->nodes : none;
    const struct trie_reader reader = node_table_reader(&nodes);
    const mm_hash32 root = memory_state_storage_root(state, addr);
    const mm_hash32 key = slot_key(slot);
    return trie_prove(arena, proof, &reader, &root, mm_bytes_hash(&key));
}
