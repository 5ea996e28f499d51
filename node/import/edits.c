/* What dev control says of the next block: kept with it, and readable before it. */
#include "node/import/chain_internal.h"
#include "state/base/heap.h"

static mm_err encode(struct mm_arena *arena, mm_bytes *encoded, const struct edit *edits,
                     size_t count)
{
    *encoded = (mm_bytes){ NULL, 0 };
    if (count == 0)
        return MM_OK;
    struct mm_buf buf;
    mm_buf_init(&buf, 64 << 20);
    edits_encode(&buf, edits, count);
    mm_err err = mm_buf_err(&buf);
    if (err == MM_OK)
        err = mm_arena_copy(arena, encoded, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return err;
}

static bool names_another_chain(const struct chain *chain)
{
    return chain_tx_chain_id(chain) != ledger_chain_id(chain->ledger);
}

bool chain_is_edited(const struct chain *chain)
{
    return chain->edit_count > 0 || names_another_chain(chain);
}

mm_err chain_encode_edits(struct chain *chain, struct mm_arena *arena, mm_bytes *encoded,
                          const struct block_result *result)
{
    size_t count = chain->edit_count + names_another_chain(chain);
    for (size_t i = 0; i < result->tx_count; i++)
        count += result->txs[i].is_impersonated;
    struct edit *edits = MM_ARENA_ARRAY(arena, struct edit, count);
    if (edits == NULL)
        return MM_ERR_NO_MEMORY;
    if (chain->edit_count > 0)
        memcpy(edits, chain->edits, chain->edit_count * sizeof *edits);
    size_t used = chain->edit_count;
    if (names_another_chain(chain))
        edits[used++] = (struct edit){ .kind = EDIT_CHAIN_ID,
                                       .value = u256_from_u64(chain_tx_chain_id(chain)) };
    for (size_t i = 0; i < result->tx_count; i++) {
        if (result->txs[i].is_impersonated)
            edits[used++] = (struct edit){ .kind = EDIT_SENDER,
                                           .addr = result->txs[i].sender,
                                           .slot = u256_from_u64(i) };
    }
    return encode(arena, encoded, edits, count);
}

/* What all waiting edits together do to the state of the head. */
static mm_err edit_changes(struct chain *chain, struct exec_changes *changes)
{
    struct ledger_view *view = ledger_acquire(chain->ledger);
    struct ledger_state state;
    ledger_state_init(&state, view, ledger_head(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const struct exec_block block = { .number = ledger_head(view) + 1,
                                      .chain_id = chain_tx_chain_id(chain) };
    struct exec *exec = NULL;
    mm_err err = exec_new(&chain->arena, &exec, &exec_view, chain->natives, &block);
    if (err == MM_OK)
        err = exec_apply_edits(exec, chain->edits, chain->edit_count);
    if (err == MM_OK)
        err = exec_changes(exec, changes);
    ledger_state_fini(&state);
    ledger_release(view);
    return err;
}

/* The changes as readers see them before the block that has them: with the storage roots that they will have. */
static mm_err publish_edits(struct chain *chain)
{
    struct exec_changes changes;
    struct ledger_nodes *nodes = NULL;
    mm_hash32 root;
    mm_bytes encoded;
    mm_arena_reset(&chain->arena);
    MM_TRY(edit_changes(chain, &changes));
    struct ledger_view *view = ledger_acquire(chain->ledger);
    const mm_err err = ledger_state_root(view, &chain->arena, &root, &nodes, &changes);
    ledger_release(view);
    MM_TRY(err);
    MM_TRY(encode(&chain->arena, &encoded, chain->edits, chain->edit_count));
    return ledger_set_edits(chain->ledger, encoded, &changes);
}

bool chain_may_edit(const struct edit *edit)
{
    if (edit->kind == EDIT_SENDER || edit->kind == EDIT_CHAIN_ID) /* the chain adds them itself */
        return false;
    if (edit->kind == EDIT_GAS_LIMIT)
        return u256_fits_u64(&edit->value) && edit->value.limb[0] >= HEADER_GAS_LIMIT_MIN &&
               edit->value.limb[0] <= INT64_MAX;
    return edit->kind != EDIT_SLOT || !mm_addr_equal(&edit->addr, &CHAIN_VALIDATORS_ADDR);
}

mm_err chain_edit(struct chain *chain, const struct edit *edits, size_t count)
{
    chain_drop_all(chain); /* they were executed without these */
    struct edit *grown = mm_heap_resize(chain->edits, (chain->edit_count + count) * sizeof *grown);
    if (grown == NULL)
        return MM_ERR_NO_MEMORY;
    chain->edits = grown;
    memcpy(chain->edits + chain->edit_count, edits, count * sizeof *edits);
    chain->edit_count += count;
    return publish_edits(chain);
}

mm_err chain_load_edits(struct chain *chain)
{
    mm_bytes encoded;
    const struct edit *edits = NULL;
    size_t count = 0;
    mm_heap_free(chain->edits);
    chain->edits = NULL;
    chain->edit_count = 0;
    MM_TRY(ledger_waiting_edits(chain->ledger, &chain->arena, &encoded));
    if (encoded.len == 0)
        return MM_OK;
    MM_TRY(edits_decode(&chain->arena, &edits, &count, encoded));
    chain->edits = mm_heap_alloc(count * sizeof *edits);
    if (chain->edits == NULL)
        return MM_ERR_NO_MEMORY;
    memcpy(chain->edits, edits, count * sizeof *edits);
    chain->edit_count = count;
    return publish_edits(chain);
}
