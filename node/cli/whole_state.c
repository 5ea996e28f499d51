#include "node/cli/whole_state.h"

#include <stdlib.h>

#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/trie/stream.h"

/* ---- the index ---- */

enum { CELLS_FIRST = 16, ELEMENTS_FIRST = 4 };
#define NOT_FOUND UINT32_MAX

static size_t cell_of(const struct whole_index *index, const mm_hash32 *key)
{
    uint64_t word;
    memcpy(&word, key->b, sizeof word); /* a hash spreads well enough */
    return (size_t)word & (index->cell_count - 1);
}

static const mm_hash32 *key_at(const void *elements, size_t size, uint32_t place)
{
    return (const mm_hash32 *)(const void *)((const uint8_t *)elements + size * place);
}

static uint32_t find(const struct whole_index *index, const void *elements, size_t size,
                     const mm_hash32 *key)
{
    if (index->cell_count == 0)
        return NOT_FOUND;
    for (size_t i = cell_of(index, key);; i = (i + 1) & (index->cell_count - 1)) {
        if (index->cells[i] == 0)
            return NOT_FOUND;
        if (mm_hash_equal(key_at(elements, size, index->cells[i] - 1), key))
            return index->cells[i] - 1;
    }
}

static void place(struct whole_index *index, const mm_hash32 *key, uint32_t at)
{
    size_t i = cell_of(index, key);
    while (index->cells[i] != 0)
        i = (i + 1) & (index->cell_count - 1);
    index->cells[i] = at + 1;
}

/* Room for one more than `count`: at most half of the cells are used. */
static mm_err reserve(struct whole_index *index, const void *elements, size_t size, size_t count)
{
    if (2 * (count + 1) <= index->cell_count)
        return MM_OK;
    const size_t cell_count = index->cell_count == 0 ? CELLS_FIRST : 2 * index->cell_count;
    uint32_t *cells = mm_heap_zeroed(cell_count, sizeof *cells);
    if (cells == NULL || count >= NOT_FOUND - 1) {
        mm_heap_free(cells);
        return MM_ERR_NO_MEMORY;
    }
    mm_heap_free(index->cells);
    *index = (struct whole_index){ .cells = cells, .cell_count = cell_count };
    for (uint32_t i = 0; i < count; i++)
        place(index, key_at(elements, size, i), i);
    return MM_OK;
}

/* ---- changes ---- */

static mm_err account_for(struct whole_state *state, struct whole_account **out,
                          const mm_addr *addr, const mm_hash32 *key)
{
    const size_t size = sizeof *state->accounts;
    const uint32_t found = find(&state->by_key, state->accounts, size, key);
    if (found != NOT_FOUND) {
        *out = &state->accounts[found];
        return MM_OK;
    }
    if (state->count == state->capacity) {
        struct whole_account *accounts =
            mm_heap_grow(state->accounts, &state->capacity, ELEMENTS_FIRST, size);
        if (accounts == NULL)
            return MM_ERR_NO_MEMORY;
        state->accounts = accounts;
    }
    MM_TRY(reserve(&state->by_key, state->accounts, size, state->count));
    *out = &state->accounts[state->count];
    **out = (struct whole_account){ .key = *key, .addr = *addr };
    place(&state->by_key, key, (uint32_t)state->count++);
    return MM_OK;
}

static mm_err set_slot(struct whole_account *account, const struct exec_slot_change *change)
{
    account->live_slots += u256_is_zero(&change->before) && !u256_is_zero(&change->after);
    account->live_slots -= !u256_is_zero(&change->before) && u256_is_zero(&change->after);
    const size_t size = sizeof *account->slots;
    const uint32_t found = find(&account->by_key, account->slots, size, &change->key);
    if (found != NOT_FOUND) {
        account->slots[found].value = change->after;
        return MM_OK;
    }
    if (account->slot_count == account->slot_capacity) {
        struct whole_slot *slots =
            mm_heap_grow(account->slots, &account->slot_capacity, ELEMENTS_FIRST, size);
        if (slots == NULL)
            return MM_ERR_NO_MEMORY;
        account->slots = slots;
    }
    MM_TRY(reserve(&account->by_key, account->slots, size, account->slot_count));
    account->slots[account->slot_count] =
        (struct whole_slot){ .key = change->key, .slot = change->slot, .value = change->after };
    place(&account->by_key, &change->key, (uint32_t)account->slot_count++);
    return MM_OK;
}

static mm_err add_code(struct whole_state *state, mm_bytes code)
{
    const mm_hash32 hash = keccak256(code);
    if (whole_state_code(state, &hash).ptr != NULL)
        return MM_OK;
    struct whole_code *codes =
        mm_heap_resize(state->codes, (state->code_count + 1) * sizeof *state->codes);
    if (codes == NULL)
        return MM_ERR_NO_MEMORY;
    state->codes = codes;
    uint8_t *bytes = mm_heap_alloc(code.len);
    if (bytes == NULL)
        return MM_ERR_NO_MEMORY;
    if (code.len > 0)
        memcpy(bytes, code.ptr, code.len);
    codes[state->code_count++] =
        (struct whole_code){ .hash = hash, .bytes = bytes, .len = code.len };
    return MM_OK;
}

mm_err whole_state_apply(struct whole_state *state, const struct exec_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        struct whole_account *account;
        MM_TRY(account_for(state, &account, &change->addr, &change->key));
        account->account = change->after;
        if (change->has_new_code)
            MM_TRY(add_code(state, change->code));
        for (size_t k = 0; k < change->slot_count; k++)
            MM_TRY(set_slot(account, &change->slots[k]));
        /* An account that is empty otherwise stays as long as it has storage (exec/changes.c). */
        account->exists = !account_is_empty(&account->account) || account->live_slots > 0;
    }
    return MM_OK;
}

void whole_state_fini(struct whole_state *state)
{
    for (size_t i = 0; i < state->count; i++) {
        mm_heap_free(state->accounts[i].slots);
        mm_heap_free(state->accounts[i].by_key.cells);
    }
    for (size_t i = 0; i < state->code_count; i++)
        mm_heap_free(state->codes[i].bytes);
    mm_heap_free(state->accounts);
    mm_heap_free(state->by_key.cells);
    mm_heap_free(state->codes);
    *state = (struct whole_state){ .count = 0 };
}

/* ---- reading ---- */

mm_bytes whole_state_code(const struct whole_state *state, const mm_hash32 *hash)
{
    for (size_t i = 0; i < state->code_count; i++)
        if (mm_hash_equal(&state->codes[i].hash, hash))
            return mm_bytes_from(state->codes[i].bytes, state->codes[i].len);
    return (mm_bytes){ NULL, 0 };
}

static const struct whole_account *find_account(const struct whole_state *state,
                                                const mm_hash32 *key)
{
    const uint32_t found = find(&state->by_key, state->accounts, sizeof *state->accounts, key);
    return found == NOT_FOUND || !state->accounts[found].exists ? NULL : &state->accounts[found];
}

static mm_err view_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    const struct whole_account *found = find_account(ctx, addr_key);
    if (found == NULL)
        return MM_ERR_NOT_FOUND;
    *account = found->account;
    /* What the root is, nobody asks before the end; whether there is storage, the executor does. */
    account->storage_root = found->live_slots == 0 ? KECCAK_EMPTY_TRIE : (mm_hash32){ { 0 } };
    return MM_OK;
}

static mm_err view_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                        const mm_hash32 *slot_key)
{
    const struct whole_account *account = find_account(ctx, addr_key);
    *value = u256_from_u64(0);
    if (account == NULL)
        return MM_OK;
    const uint32_t found = find(&account->by_key, account->slots, sizeof *account->slots, slot_key);
    if (found != NOT_FOUND)
        *value = account->slots[found].value;
    return MM_OK;
}

static mm_err view_code(void *ctx, struct mm_arena *arena, mm_bytes *code,
                        const mm_hash32 *code_hash)
{
    (void)arena;
    *code = whole_state_code(ctx, code_hash);
    return code->ptr == NULL ? MM_ERR_NOT_FOUND : MM_OK;
}

struct exec_view whole_state_view(struct whole_state *state)
{
    return (struct exec_view){
        .ctx = state, .account = view_account, .slot = view_slot, .code = view_code
    };
}

/* ---- the root ---- */

/* Accounts and slots both begin with their key. */
static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_hash32));
}

static mm_err storage_root(struct whole_account *account, struct trie_stream *stream)
{
    if (account->slot_count > 0)
        qsort(account->slots, account->slot_count, sizeof *account->slots, by_key);
    for (size_t i = 0; i < account->slot_count; i++) {
        struct mm_buf value;
        if (u256_is_zero(&account->slots[i].value))
            continue;
        mm_buf_init(&value, 64);
        rlp_add_u256(&value, &account->slots[i].value);
        mm_err err = mm_buf_err(&value);
        if (err == MM_OK)
            err = trie_stream_add(stream, mm_bytes_hash(&account->slots[i].key),
                                  mm_buf_bytes(&value));
        mm_buf_fini(&value);
        MM_TRY(err);
    }
    return trie_stream_finish(stream, &account->account.storage_root);
}

static mm_err state_root(struct whole_state *state, struct trie_stream *storage,
                         struct trie_stream *accounts, mm_hash32 *root)
{
    for (size_t i = 0; i < state->count; i++) {
        struct whole_account *account = &state->accounts[i];
        struct mm_buf value;
        if (!account->exists)
            continue;
        MM_TRY(storage_root(account, storage));
        mm_buf_init(&value, 256);
        account_encode(&value, &account->account);
        mm_err err = mm_buf_err(&value);
        if (err == MM_OK)
            err = trie_stream_add(accounts, mm_bytes_hash(&account->key), mm_buf_bytes(&value));
        mm_buf_fini(&value);
        MM_TRY(err);
    }
    return trie_stream_finish(accounts, root);
}

mm_err whole_state_root(struct whole_state *state, mm_hash32 *root)
{
    struct trie_stream *storage = trie_stream_new(NULL);
    struct trie_stream *accounts = trie_stream_new(NULL);
    mm_err err = MM_ERR_NO_MEMORY;
    if (state->count > 0)
        qsort(state->accounts, state->count, sizeof *state->accounts, by_key);
    if (storage != NULL && accounts != NULL)
        err = state_root(state, storage, accounts, root);
    trie_stream_free(storage);
    trie_stream_free(accounts);
    return err;
}
