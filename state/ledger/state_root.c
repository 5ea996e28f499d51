/* From changes of the flat state to the state root: storage tries first, all hashed together, then the account trie. */
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"

/* Reads nodes of one trie through a view. state NULL: an empty ledger. */
struct node_source {
    struct ledger_state *state;
    const mm_hash32 *addr_key;
};

static mm_err read_node(void *ctx, struct mm_arena *arena, struct trie_stored *stored,
                        mm_bytes path)
{
    const struct node_source *source = ctx;
    const struct ledger_key key = key_node(source->addr_key, path);
    mm_bytes value;
    *stored = (struct trie_stored){ .since = 0 };
    MM_TRY(view_read_node(source->state, key_bytes(&key), &value, &stored->since));
    return mm_arena_copy(arena, &stored->node, value);
}

static struct trie *open_trie(struct mm_arena *arena, struct ledger_state *state,
                              const mm_hash32 *addr_key, const mm_hash32 *root)
{
    struct node_source *source = MM_ARENA_NEW(arena, struct node_source);
    if (source == NULL)
        return NULL;
    *source = (struct node_source){ state, addr_key };
    const struct trie_reader reader = { source, read_node };
    return trie_new(arena, &reader, root);
}

static mm_err apply_slots(struct mm_arena *arena, struct trie *trie,
                          const struct exec_account_change *change)
{
    struct trie_update *updates = MM_ARENA_ARRAY(arena, struct trie_update, change->slot_count);
    if (updates == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < change->slot_count; i++) {
        const struct exec_slot_change *slot = &change->slots[i];
        updates[i].key = mm_bytes_hash(&slot->key);
        if (u256_is_zero(&slot->after))
            continue; /* a slot of zero is not in the trie */
        uint8_t word[32];
        const mm_bytes bytes = record_slot(word, &slot->after);
        uint8_t *encoded = mm_arena_alloc(arena, 33);
        if (encoded == NULL)
            return MM_ERR_NO_MEMORY;
        size_t len = 0;
        if (bytes.len != 1 || bytes.ptr[0] >= 0x80)
            encoded[len++] = (uint8_t)(0x80 + bytes.len);
        memcpy(encoded + len, bytes.ptr, bytes.len);
        updates[i].value = mm_bytes_from(encoded, len + bytes.len);
    }
    return trie_apply(trie, updates, change->slot_count);
}

static mm_err storage_roots(struct ledger_state *state, struct mm_arena *arena,
                            struct ledger_nodes *nodes, struct exec_changes *changes)
{
    struct trie **tries = MM_ARENA_ARRAY(arena, struct trie *, changes->count);
    size_t *owners = MM_ARENA_ARRAY(arena, size_t, changes->count);
    if (tries == NULL || owners == NULL)
        return MM_ERR_NO_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        struct exec_account_change *change = &changes->accounts[i];
        change->after.storage_root = change->before.storage_root;
        if (change->slot_count == 0)
            continue;
        struct trie *trie = open_trie(arena, state, &change->key, &change->before.storage_root);
        if (trie == NULL)
            return MM_ERR_NO_MEMORY;
        MM_TRY(apply_slots(arena, trie, change));
        tries[count] = trie;
        owners[count] = i;
        count++;
    }
    MM_TRY(trie_hash_all(tries, count));
    for (size_t i = 0; i < count; i++) {
        struct exec_account_change *change = &changes->accounts[owners[i]];
        struct node_change *node_change = &nodes->tries[nodes->count++];
        change->after.storage_root = trie_root(tries[i]);
        /* Its last slot may have been all that an otherwise empty account had. */
        change->exists = !account_is_empty(&change->after) ||
                         !mm_hash_equal(&change->after.storage_root, &KECCAK_EMPTY_TRIE);
        node_change->addr_key = &change->key;
        MM_TRY(trie_changes(tries[i], &node_change->changes, &node_change->count));
    }
    return MM_OK;
}

static mm_err account_root(struct ledger_state *state, struct mm_arena *arena, mm_hash32 *root,
                           struct ledger_nodes *nodes, const mm_hash32 *old_root,
                           const struct exec_changes *changes)
{
    struct trie_update *updates = MM_ARENA_ARRAY(arena, struct trie_update, changes->count);
    struct trie *trie = open_trie(arena, state, NULL, old_root);
    if (updates == NULL || trie == NULL)
        return MM_ERR_NO_MEMORY;
    struct mm_buf encoded;
    mm_buf_init(&encoded, 256);
    mm_err err = MM_OK;
    for (size_t i = 0; i < changes->count && err == MM_OK; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        updates[i].key = mm_bytes_hash(&change->key);
        if (!change->exists)
            continue;
        mm_buf_reset(&encoded);
        account_encode(&encoded, &change->after);
        err = mm_buf_err(&encoded);
        if (err == MM_OK)
            err = mm_arena_copy(arena, &updates[i].value, mm_buf_bytes(&encoded));
    }
    mm_buf_fini(&encoded);
    MM_TRY(err);
    MM_TRY(trie_apply(trie, updates, changes->count));
    MM_TRY(trie_hash_all(&trie, 1));
    *root = trie_root(trie);
    struct node_change *node_change = &nodes->tries[nodes->count++];
    return trie_changes(trie, &node_change->changes, &node_change->count);
}

static mm_err roots(struct ledger_state *state, struct mm_arena *arena, mm_hash32 *root,
                    struct ledger_nodes **nodes, const mm_hash32 *old_root,
                    struct exec_changes *changes)
{
    struct ledger_nodes *made = MM_ARENA_NEW(arena, struct ledger_nodes);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    made->tries = MM_ARENA_ARRAY(arena, struct node_change, changes->count + 1);
    if (made->tries == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(storage_roots(state, arena, made, changes));
    MM_TRY(account_root(state, arena, root, made, old_root, changes));
    *nodes = made;
    return MM_OK;
}

mm_err ledger_state_root(struct ledger_view *view, struct mm_arena *arena, mm_hash32 *root,
                         struct ledger_nodes **nodes, struct exec_changes *changes)
{
    struct ledger_state state;
    ledger_state_init(&state, view, view->head);
    *nodes = NULL;
    *root = view->header.state_root;
    const mm_err err = roots(&state, arena, root, nodes, &view->header.state_root, changes);
    ledger_state_fini(&state);
    return err;
}

mm_err ledger_genesis_nodes(struct mm_arena *arena, mm_hash32 *root, struct ledger_nodes **nodes,
                            struct exec_changes *changes)
{
    *root = KECCAK_EMPTY_TRIE;
    *nodes = NULL;
    return roots(NULL, arena, root, nodes, &KECCAK_EMPTY_TRIE, changes);
}

mm_err ledger_genesis_root(struct mm_arena *arena, mm_hash32 *root, struct exec_changes *changes)
{
    struct ledger_nodes *nodes = NULL;
    return ledger_genesis_nodes(arena, root, &nodes, changes);
}

/* ---- proofs ---- */

uint64_t ledger_proof_window(const struct ledger *ledger)
{
    return ledger->proof_window;
}

uint64_t ledger_proofs_from(const struct ledger_view *view)
{
    const uint64_t window = view->ledger->proof_window;
    const uint64_t by_window = view->head > window ? view->head - window : 0;
    return by_window > view->pin->proofs_from ? by_window : view->pin->proofs_from;
}

/* Edits that wait have no trie yet: above the head, the head is proven. */
static bool has_trie(const struct ledger_state *state)
{
    return state->block_num >= state->view->head ||
           state->block_num >= ledger_proofs_from(state->view);
}

static mm_err prove(struct ledger_state *state, struct mm_arena *arena, struct trie_proof *proof,
                    const mm_hash32 *addr_key, const mm_hash32 *root, const mm_hash32 *key)
{
    *proof = (struct trie_proof){ 0 };
    if (!has_trie(state))
        return MM_ERR_LIMIT;
    struct node_source source = { state, addr_key };
    const struct trie_reader reader = { &source, read_node };
    return trie_prove(arena, proof, &reader, root, mm_bytes_hash(key));
}

mm_err ledger_prove_account(struct ledger_state *state, struct mm_arena *arena,
                            struct trie_proof *proof, const mm_hash32 *state_root,
                            const mm_hash32 *addr_key)
{
    return prove(state, arena, proof, NULL, state_root, addr_key);
}

mm_err ledger_prove_slot(struct ledger_state *state, struct mm_arena *arena,
                         struct trie_proof *proof, const mm_hash32 *addr_key,
                         const mm_hash32 *storage_root, const mm_hash32 *slot_key)
{
    return prove(state, arena, proof, addr_key, storage_root, slot_key);
}

mm_err ledger_range_walk(struct ledger_state *state, struct mm_arena *arena,
                         const mm_hash32 *addr_key, const mm_hash32 *root,
                         const struct trie_bounds *bounds, const struct trie_leaf_sink *sink)
{
    struct node_source source = { state, addr_key };
    const struct trie_reader reader = { &source, read_node };
    return has_trie(state) ? trie_range_walk(arena, &reader, root, bounds, sink) : MM_ERR_LIMIT;
}

mm_err ledger_range_prove(struct ledger_state *state, struct mm_arena *arena,
                          struct trie_range_proof *proof, const mm_hash32 *addr_key,
                          const mm_hash32 *root, const struct trie_bounds *bounds)
{
    struct node_source source = { state, addr_key };
    const struct trie_reader reader = { &source, read_node };
    *proof = (struct trie_range_proof){ NULL, 0 };
    return has_trie(state) ? trie_range_prove(arena, proof, &reader, root, bounds) : MM_ERR_LIMIT;
}
