/* Block 0: a ledger that begins, or begins anew. */
#include "state/base/assert.h"
#include "state/ledger/ledger_internal.h"

static mm_err genesis_batch(struct ledger *ledger, uint64_t chain_id,
                            const struct ledger_block *block)
{
    struct kv_batch *batch = ledger->store_batch;
    MM_TRY(ledger_put_block(batch, block));
    ledger_put_number(batch, "version", LEDGER_VERSION);
    ledger_put_number(batch, "chain-id", chain_id);
    ledger_put_number(batch, "head", 0);
    ledger_put_number(batch, "flushed", 0);
    ledger_put_number(batch, "epoch", 0);
    ledger_put_number(batch, "proofs-from", 0);
    ledger_put_number(batch, "begins", 0);
    const struct ledger_key key = key_meta("genesis");
    kv_batch_put(batch, LEDGER_META, key_bytes(&key), mm_bytes_hash(&block->hash));
    return MM_OK;
}

static mm_err genesis_state(struct kv_batch *batch, const struct ledger_block *block)
{
    /* Through a tail of its own, so that block 0 is written by the code that writes every other block. */
    struct tail *tail = tail_new(0);
    if (tail == NULL)
        return MM_ERR_NO_MEMORY;
    const mm_err err = ledger_gather_block(tail, block);
    for (const struct tail_entry *entry = tail->newest; err == MM_OK && entry != NULL;
         entry = entry->older) {
        const mm_bytes key = tail_key(entry);
        if (entry->is_present)
            kv_batch_put(batch, entry->family, key,
                         record_is_dated((enum ledger_family)entry->family, key)
                             ? tail_record(entry)
                             : tail_value(entry));
    }
    tail_release(tail);
    return err;
}

/* Block 0 and what follows from it, behind what is in the batch. */
static mm_err write_genesis(struct ledger *ledger, uint64_t chain_id, const struct header *header,
                            struct exec_changes *changes)
{
    MM_ASSERT(header->number == 0);
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    struct ledger_nodes *nodes = NULL;
    mm_hash32 root;
    mm_err err = ledger_genesis_nodes(&arena, &root, &nodes, changes);
    if (err == MM_OK) {
        MM_ASSERT(mm_hash_equal(&root, &header->state_root));
        const struct ledger_block block = {
            .header = header, .hash = header_hash(header), .changes = changes, .nodes = nodes
        };
        err = genesis_batch(ledger, chain_id, &block);
        if (err == MM_OK)
            err = genesis_state(ledger->store_batch, &block);
        if (err == MM_OK)
            err = kv_write(ledger->kv, ledger->store_batch, KV_SYNCED);
    }
    mm_arena_fini(&arena);
    return err;
}

mm_err ledger_create(struct ledger *ledger, uint64_t chain_id, const struct header *header,
                     struct exec_changes *changes)
{
    MM_ASSERT(ledger->is_empty);
    kv_batch_reset(ledger->store_batch);
    if (ledger->is_half_restored)
        ledger_wipe(ledger->store_batch);
    MM_TRY(write_genesis(ledger, chain_id, header, changes));
    ledger->is_empty = false;
    ledger->is_half_restored = false;
    return ledger_load(ledger, NULL);
}

mm_err ledger_reset(struct ledger *ledger, const struct header *header,
                    struct exec_changes *changes, const struct ledger_note *notes,
                    size_t note_count)
{
    struct kv_snapshot *before = kv_snapshot_new(ledger->kv);
    struct era *next = era_new(ledger->kv, ledger->era, 0);
    if (before == NULL || next == NULL) {
        if (before != NULL)
            kv_snapshot_free(ledger->kv, before);
        era_release(next);
        return MM_ERR_NO_MEMORY;
    }
    era_end(ledger->era, before);
    era_release(ledger->era);
    ledger->era = next;
    kv_batch_reset(ledger->store_batch);
    ledger_wipe(ledger->store_batch);
    notes_put(ledger->store_batch, notes, note_count);
    MM_TRY(write_genesis(ledger, ledger->chain_id, header, changes));
    atomic_store(&ledger->keep_from, UINT64_MAX);
    return ledger_load(ledger, NULL);
}
