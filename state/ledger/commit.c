/* The writer's half: storing a block, and gathering what follows from it. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"

/* ---- the synced write ---- */

void ledger_put_number(struct kv_batch *batch, const char *name, uint64_t value)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, value);
    const struct ledger_key key = key_meta(name);
    kv_batch_put(batch, LEDGER_META, key_bytes(&key), MM_BYTES_OF(bytes));
}

static void put_block_part(struct kv_batch *batch, uint64_t block_num, enum block_part part,
                           mm_bytes value)
{
    const struct ledger_key key = key_block_part(block_num, part);
    kv_batch_put(batch, LEDGER_BLOCK, key_bytes(&key), value);
}

/* Transactions in packs, so that one can be read without the others. */
static mm_err put_body(struct kv_batch *batch, struct mm_buf *data, struct mm_buf *packed,
                       const struct ledger_block *block)
{
    size_t ends[PACK_ITEMS];
    for (size_t from = 0; from < block->tx_count; from += PACK_ITEMS) {
        size_t count = 0;
        mm_buf_reset(data);
        mm_buf_reset(packed);
        for (; count < PACK_ITEMS && from + count < block->tx_count; count++) {
            mm_buf_add(data, block->txs[from + count].raw);
            ends[count] = mm_buf_bytes(data).len;
        }
        pack_encode(packed, mm_buf_bytes(data), ends, count);
        MM_TRY(mm_buf_err(data));
        MM_TRY(mm_buf_err(packed));
        const struct ledger_key key =
            key_body(block->header->number, (uint32_t)(from / PACK_ITEMS));
        kv_batch_put(batch, LEDGER_BLOCK, key_bytes(&key), mm_buf_bytes(packed));
    }
    return MM_OK;
}

static mm_err put_block(struct kv_batch *batch, const struct ledger_block *block)
{
    struct mm_buf data;
    struct mm_buf packed;
    mm_buf_init(&data, 2 * MM_BLOCK_BYTES_MAX);
    mm_buf_init(&packed, 2 * MM_BLOCK_BYTES_MAX);
    header_encode(&data, block->header);
    put_block_part(batch, block->header->number, BLOCK_HEADER, mm_buf_bytes(&data));
    mm_err err = mm_buf_err(&data);
    if (block->certificate != NULL && err == MM_OK) {
        mm_buf_reset(&data);
        certificate_encode(&data, block->certificate);
        put_block_part(batch, block->header->number, BLOCK_CERTIFICATE, mm_buf_bytes(&data));
        err = mm_buf_err(&data);
    }
    if (block->edits.len > 0)
        put_block_part(batch, block->header->number, BLOCK_EDITS, block->edits);
    if (err == MM_OK)
        err = put_body(batch, &data, &packed, block);
    mm_buf_fini(&data);
    mm_buf_fini(&packed);
    return err;
}

static mm_err store(struct ledger *ledger, const struct ledger_block *block,
                    enum kv_durability durability)
{
    MM_ASSERT(!ledger->is_empty && block->header->number == ledger->stored + 1);
    kv_batch_reset(ledger->store_batch);
    MM_TRY(put_block(ledger->store_batch, block));
    ledger_put_number(ledger->store_batch, "head", block->header->number);
    notes_put(ledger->store_batch, block->notes, block->note_count);
    MM_TRY(kv_write(ledger->kv, ledger->store_batch, durability));
    ledger->stored = block->header->number;
    return MM_OK;
}

mm_err ledger_store(struct ledger *ledger, const struct ledger_block *block)
{
    return store(ledger, block, KV_SYNCED);
}

/* ---- what follows from a block ---- */

struct gather {
    struct tail *tail;
    uint64_t block_num;
    struct mm_buf data;
    struct mm_buf packed;
};

static mm_err add_account(struct gather *gather, const struct exec_account_change *change)
{
    const struct ledger_key key = key_account(&change->key);
    mm_buf_reset(&gather->data);
    if (change->exists)
        account_encode(&gather->data, &change->after);
    MM_TRY(mm_buf_err(&gather->data));
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_STATE,
                        .key = key_bytes(&key),
                        .value = mm_buf_bytes(&gather->data),
                        .is_present = change->exists,
                        .was_present = change->existed,
                    });
}

static mm_err add_slot(struct gather *gather, const mm_hash32 *addr_key,
                       const struct exec_slot_change *slot)
{
    const struct ledger_key key = key_slot(addr_key, &slot->key);
    uint8_t now[32];
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_STATE,
                        .key = key_bytes(&key),
                        .value = record_slot(now, &slot->after),
                        .is_present = !u256_is_zero(&slot->after),
                        .was_present = !u256_is_zero(&slot->before),
                    });
}

static mm_err add_state(struct gather *gather, const struct exec_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        MM_TRY(add_account(gather, change));
        for (size_t j = 0; j < change->slot_count; j++)
            MM_TRY(add_slot(gather, &change->key, &change->slots[j]));
        if (change->has_new_code && change->code.len > 0) {
            /* Code is named by its hash and never goes: it needs no history. */
            const struct ledger_key key = key_code(&change->after.code_hash);
            MM_TRY(tail_add(gather->tail, gather->block_num,
                            &(struct tail_change){ .family = LEDGER_STATE,
                                                   .key = key_bytes(&key),
                                                   .value = change->code,
                                                   .is_present = true }));
        }
    }
    return MM_OK;
}

/* What a node was before is kept for its delta, unless an earlier block of the same tail says it. */
static mm_err add_node(struct gather *gather, const mm_hash32 *addr_key,
                       const struct trie_change *change)
{
    const struct ledger_key key = key_node(addr_key, change->path);
    const bool is_in_tail = change->old_since >= gather->tail->first_block;
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_TRIE,
                        .key = key_bytes(&key),
                        .value = change->new_node,
                        .is_present = change->new_node.len > 0,
                        .was_present = change->old_node.len > 0,
                        .old = is_in_tail ? (mm_bytes){ NULL, 0 } : change->old_node,
                        .old_since = change->old_since,
                    });
}

static mm_err add_nodes(struct gather *gather, const struct ledger_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const struct node_change *trie = &nodes->tries[i];
        for (size_t j = 0; j < trie->count; j++)
            MM_TRY(add_node(gather, trie->addr_key, &trie->changes[j]));
    }
    return MM_OK;
}

static mm_err add_value(struct gather *gather, enum ledger_family family,
                        const struct ledger_key *key, mm_bytes value)
{
    return tail_add(
        gather->tail, gather->block_num,
        &(struct tail_change){
            .family = family, .key = key_bytes(key), .value = value, .is_present = true });
}

static mm_err add_receipts(struct gather *gather, const struct ledger_block *block)
{
    size_t ends[PACK_ITEMS];
    size_t first_log = 0;
    for (size_t from = 0; from < block->tx_count; from += PACK_ITEMS) {
        size_t count = 0;
        mm_buf_reset(&gather->data);
        mm_buf_reset(&gather->packed);
        for (; count < PACK_ITEMS && from + count < block->tx_count; count++) {
            record_result_encode(&gather->data, &block->txs[from + count],
                                 &block->results[from + count], first_log);
            first_log += block->results[from + count].receipt.log_count;
            ends[count] = mm_buf_bytes(&gather->data).len;
        }
        pack_encode(&gather->packed, mm_buf_bytes(&gather->data), ends, count);
        MM_TRY(mm_buf_err(&gather->data));
        MM_TRY(mm_buf_err(&gather->packed));
        const struct ledger_key key =
            key_receipts(gather->block_num, (uint32_t)(from / PACK_ITEMS));
        MM_TRY(add_value(gather, LEDGER_RECEIPT, &key, mm_buf_bytes(&gather->packed)));
    }
    return MM_OK;
}

static mm_err add_lookups(struct gather *gather, const struct ledger_block *block)
{
    uint8_t place[12];
    record_place_encode(place, gather->block_num, 0);
    struct ledger_key key = key_block_hash(&block->hash);
    MM_TRY(add_value(gather, LEDGER_LOOKUP, &key, MM_BYTES_OF(place)));
    for (size_t i = 0; i < block->tx_count; i++) {
        record_place_encode(place, gather->block_num, (uint32_t)i);
        key = key_tx_hash(&block->txs[i].hash);
        MM_TRY(add_value(gather, LEDGER_LOOKUP, &key, MM_BYTES_OF(place)));
    }
    return MM_OK;
}

static mm_err add_log_rows(struct gather *gather, const struct ledger_block *block)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    const uint64_t *rows = NULL;
    size_t count = 0;
    struct log_source *sources = MM_ARENA_ARRAY(&arena, struct log_source, block->tx_count);
    mm_err err = sources == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    for (size_t i = 0; err == MM_OK && i < block->tx_count; i++) {
        const struct tx *tx = &block->txs[i];
        const struct receipt *receipt = &block->results[i].receipt;
        sources[i] = (struct log_source){ &tx->sender, tx->creates ? NULL : &tx->to, receipt->logs,
                                          receipt->log_count };
    }
    if (err == MM_OK)
        err = log_rows(&arena, &rows, &count, sources, block->tx_count);
    if (err == MM_OK)
        err = tail_add_block(gather->tail, gather->block_num, rows, count);
    mm_arena_fini(&arena);
    return err;
}

static mm_err gather_all(struct gather *gather, const struct ledger_block *block)
{
    MM_TRY(add_state(gather, block->changes));
    if (block->nodes != NULL)
        MM_TRY(add_nodes(gather, block->nodes));
    MM_TRY(add_receipts(gather, block));
    MM_TRY(add_lookups(gather, block));
    return add_log_rows(gather, block);
}

static mm_err gather_block(struct tail *tail, const struct ledger_block *block)
{
    struct gather gather = { .tail = tail, .block_num = block->header->number };
    mm_buf_init(&gather.data, LEDGER_VALUE_MAX);
    mm_buf_init(&gather.packed, LEDGER_VALUE_MAX);
    const mm_err err = gather_all(&gather, block);
    mm_buf_fini(&gather.data);
    mm_buf_fini(&gather.packed);
    return err;
}

/* The current view with another head or other edits. */
static mm_err publish_parts(struct ledger *ledger, const struct header *header,
                            const mm_hash32 *hash, struct tail *edits,
                            const struct header_overrides *next_header)
{
    (void)pthread_mutex_lock(&ledger->lock);
    struct ledger_view *old = ledger->current;
    struct ledger_view *next =
        ledger_view_new(ledger, &(struct view_parts){ header, hash, old->tails[0], old->tails[1],
                                                      edits, old->pin, next_header });
    if (next != NULL)
        ledger->current = next;
    (void)pthread_mutex_unlock(&ledger->lock);
    if (next == NULL)
        return MM_ERR_NO_MEMORY;
    ledger_release(old);
    return MM_OK;
}

mm_err ledger_apply(struct ledger *ledger, const struct ledger_block *block)
{
    /* The writer alone changes the head, and the flusher never does: `current` cannot become another block meanwhile. */
    struct ledger_view *view = ledger_acquire(ledger);
    MM_ASSERT(view != NULL && block->header->number == view->head + 1 &&
              block->header->number <= ledger->stored);
    mm_err err = gather_block(view->tails[0], block);
    ledger_release(view);
    MM_TRY(err);
    return publish_parts(ledger, block->header, &block->hash, NULL, NULL);
}

/* ---- many blocks ---- */

mm_err ledger_append(struct ledger_view *on, struct ledger_view **next,
                     const struct ledger_block *block)
{
    struct ledger *ledger = on->ledger;
    *next = NULL;
    MM_ASSERT(on->head == ledger->stored && on->edits == NULL);
    MM_TRY(store(ledger, block, KV_BUFFERED));
    MM_TRY(gather_block(on->tails[0], block));
    *next = ledger_view_new(ledger, &(struct view_parts){ block->header, &block->hash, on->tails[0],
                                                          on->tails[1], NULL, on->pin, NULL });
    return *next != NULL ? MM_OK : MM_ERR_NO_MEMORY;
}

mm_err ledger_show(struct ledger_view *view)
{
    struct ledger *ledger = view->ledger;
    MM_ASSERT(view->head == ledger->stored);
    /* A synced write syncs those before it. */
    kv_batch_reset(ledger->store_batch);
    ledger_put_number(ledger->store_batch, "head", ledger->stored);
    MM_TRY(kv_write(ledger->kv, ledger->store_batch, KV_SYNCED));
    /* Not the view itself: the flusher may have written its older tail meanwhile. */
    return publish_parts(ledger, &view->header, &view->head_hash, NULL, NULL);
}

/* ---- edits ---- */

static mm_err read_overrides(struct header_overrides *overrides, mm_bytes encoded)
{
    struct mm_arena arena;
    const struct edit *edits = NULL;
    size_t count = 0;
    mm_arena_init(&arena, SIZE_MAX);
    const mm_err err = edits_decode(&arena, &edits, &count, encoded);
    *overrides = edits_overrides(edits, count);
    mm_arena_fini(&arena);
    return err;
}

mm_err ledger_set_edits(struct ledger *ledger, mm_bytes edits, const struct exec_changes *changes)
{
    struct header_overrides overrides;
    MM_TRY(read_overrides(&overrides, edits));
    struct ledger_view *view = ledger_acquire(ledger);
    MM_ASSERT(view != NULL && view->head == ledger->stored);
    struct tail *tail = tail_new(view->head + 1);
    mm_err err = tail == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK) {
        struct gather gather = { .tail = tail, .block_num = view->head + 1 };
        mm_buf_init(&gather.data, LEDGER_VALUE_MAX);
        mm_buf_init(&gather.packed, LEDGER_VALUE_MAX);
        err = add_state(&gather, changes);
        mm_buf_fini(&gather.data);
        mm_buf_fini(&gather.packed);
    }
    if (err == MM_OK) {
        kv_batch_reset(ledger->store_batch);
        put_block_part(ledger->store_batch, view->head + 1, BLOCK_EDITS, edits);
        err = kv_write(ledger->kv, ledger->store_batch, KV_SYNCED);
    }
    if (err == MM_OK)
        err = publish_parts(ledger, &view->header, &view->head_hash, tail, &overrides);
    tail_release(tail);
    ledger_release(view);
    return err;
}

/* ---- block 0 ---- */

static mm_err genesis_batch(struct ledger *ledger, uint64_t chain_id,
                            const struct ledger_block *block)
{
    struct kv_batch *batch = ledger->store_batch;
    MM_TRY(put_block(batch, block));
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
    const mm_err err = gather_block(tail, block);
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
