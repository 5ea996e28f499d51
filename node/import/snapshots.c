/* Snapshots: blocks that dev control can take the chain back to, each a note of the ledger with what must be there again:
 *
 *     snapshot/ID (20 digits) = rlp([block number, edits that waited, what the node wants to know again])
 *
 * Trie history after the oldest is kept, so that going back is always possible. */
#include <stdio.h>
#include <stdlib.h>

#include "node/import/chain_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { NAME_BYTES = 40, EXTRA_BYTES_MAX = 1 << 16, EDITS_BYTES_MAX = 64 << 20 };

static const char prefix[] = "snapshot/";

/* What a note says; borrowed from it. */
struct record {
    uint64_t block_num;
    mm_bytes edits;
    mm_bytes extra;
};

static void name_of(char out[NAME_BYTES], uint64_t id)
{
    (void)snprintf(out, NAME_BYTES, "%s%020llu", prefix, (unsigned long long)id);
}

static mm_err read_record(struct record *record, mm_bytes note)
{
    struct rlp outer = rlp_over(note);
    struct rlp list = rlp_read_list(&outer);
    record->block_num = rlp_read_u64(&list);
    record->edits = rlp_read_string(&list, EDITS_BYTES_MAX);
    record->extra = rlp_read_string(&list, EXTRA_BYTES_MAX);
    return rlp_finish(&list) == RLP_OK && rlp_finish(&outer) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err list_snapshot(struct chain *chain, uint64_t id, uint64_t block_num)
{
    struct chain_snapshots *list = &chain->snapshots;
    if (list->count == list->capacity) {
        struct chain_snapshot *items =
            mm_heap_grow(list->items, &list->capacity, 16, sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        list->items = items;
    }
    list->items[list->count++] = (struct chain_snapshot){ id, block_num };
    return MM_OK;
}

static void keep(struct chain *chain)
{
    const struct chain_snapshots *list = &chain->snapshots;
    ledger_keep_from(chain->ledger, list->count == 0 ? UINT64_MAX : list->items[0].block_num);
}

/* Keys are ascending, and with them the numbers: blocks never go down from one snapshot to a later one. */
static mm_err load_one(void *ctx, mm_bytes name, mm_bytes note)
{
    struct chain *chain = ctx;
    const struct chain_snapshots *list = &chain->snapshots;
    struct record record;
    mm_u256 id;
    MM_TRY(read_record(&record, note));
    if (!u256_from_decimal(&id, name) || !u256_fits_u64(&id) ||
        record.block_num > ledger_stored(chain->ledger) ||
        (list->count > 0 && list->items[list->count - 1].block_num > record.block_num))
        return MM_ERR_CORRUPT;
    return list_snapshot(chain, id.limb[0], record.block_num);
}

mm_err chain_load_snapshots(struct chain *chain, struct mm_reason *reason)
{
    const mm_err err = ledger_each_note(chain->ledger, prefix, load_one, chain);
    if (err != MM_OK)
        return mm_fail(reason, err, "a snapshot cannot be read: %s", mm_err_text(err));
    keep(chain);
    return MM_OK;
}

const struct chain_snapshots *chain_snapshots(const struct chain *chain)
{
    return &chain->snapshots;
}

/* ---- taking one ---- */

static mm_err encode_record(struct mm_buf *buf, const struct record *record)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, record->block_num);
    rlp_add_string(buf, record->edits);
    rlp_add_string(buf, record->extra);
    rlp_close_list(buf, list);
    return mm_buf_err(buf);
}

mm_err chain_take_snapshot(struct chain *chain, uint64_t id, mm_bytes extra,
                           const struct ledger_note *note)
{
    const struct chain_snapshots *list = &chain->snapshots;
    char name[NAME_BYTES];
    struct mm_buf encoded;
    struct record record = { .block_num = ledger_stored(chain->ledger), .extra = extra };
    MM_ASSERT(list->count == 0 || list->items[list->count - 1].id < id);
    MM_ASSERT(extra.len <= EXTRA_BYTES_MAX);
    name_of(name, id);
    mm_arena_reset(&chain->arena);
    MM_TRY(ledger_waiting_edits(chain->ledger, &chain->arena, &record.edits));
    mm_buf_init(&encoded, 2 * EDITS_BYTES_MAX);
    mm_err err = encode_record(&encoded, &record);
    if (err == MM_OK) {
        const struct ledger_note notes[] = { { name, mm_buf_bytes(&encoded) }, *note };
        err = ledger_set_notes(chain->ledger, notes, MM_COUNT_OF(notes));
    }
    mm_buf_fini(&encoded);
    MM_TRY(err);
    MM_TRY(list_snapshot(chain, id, record.block_num));
    keep(chain);
    return MM_OK;
}

/* ---- going back ---- */

static bool find(const struct chain *chain, uint64_t id, size_t *place)
{
    for (*place = 0; *place < chain->snapshots.count; ++*place) {
        if (chain->snapshots.items[*place].id == id)
            return true;
    }
    return false;
}

static mm_err find_record(struct chain *chain, struct mm_arena *arena, struct record *record,
                          uint64_t id)
{
    char name[NAME_BYTES];
    size_t place;
    mm_bytes note;
    *record = (struct record){ .block_num = 0 };
    if (!find(chain, id, &place))
        return MM_ERR_NOT_FOUND;
    name_of(name, id);
    MM_TRY(ledger_note(chain->ledger, arena, &note, name));
    return read_record(record, note);
}

mm_err chain_read_snapshot(struct chain *chain, struct mm_arena *arena, mm_bytes *extra,
                           uint64_t id)
{
    struct record record;
    const mm_err err = find_record(chain, arena, &record, id);
    *extra = record.extra;
    return err;
}

/* The given note, and the end of this snapshot and of those after it. */
static mm_err notes_after(struct chain *chain, const struct ledger_note **out, size_t *count,
                          size_t place, const struct ledger_note *note)
{
    const size_t gone = chain->snapshots.count - place;
    struct ledger_note *notes = MM_ARENA_ARRAY(&chain->arena, struct ledger_note, gone + 1);
    char(*names)[NAME_BYTES] = mm_arena_zeroed(&chain->arena, gone, sizeof *names);
    *out = notes;
    *count = gone + 1;
    if (notes == NULL || names == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < gone; i++) {
        name_of(names[i], chain->snapshots.items[place + i].id);
        notes[i] = (struct ledger_note){ .name = names[i] };
    }
    notes[gone] = *note;
    return MM_OK;
}

mm_err chain_revert(struct chain *chain, uint64_t id, const struct ledger_note *note)
{
    struct record record;
    size_t place;
    struct ledger_target target;
    mm_arena_reset(&chain->arena);
    if (!find(chain, id, &place))
        return MM_ERR_NOT_FOUND;
    MM_TRY(find_record(chain, &chain->arena, &record, id));
    target = (struct ledger_target){ .block_num = record.block_num, .edits = record.edits };
    MM_TRY(notes_after(chain, &target.notes, &target.note_count, place, note));
    chain_drop_all(chain);
    MM_TRY(ledger_rewind(chain->ledger, &target));
    chain->snapshots.count = place;
    keep(chain);
    MM_TRY(chain_load_validators(chain, NULL));
    return chain_load_edits(chain);
}

mm_err chain_reset(struct chain *chain, const struct ledger_note *note)
{
    struct header header;
    struct exec_changes changes;
    mm_arena_reset(&chain->arena);
    MM_TRY(chain_make_genesis(&chain->arena, &header, &changes, &chain->genesis, chain->natives,
                              NULL));
    chain_drop_all(chain);
    MM_TRY(ledger_reset(chain->ledger, &header, &changes, note, 1));
    chain->snapshots.count = 0;
    keep(chain);
    MM_TRY(chain_load_validators(chain, NULL));
    return chain_load_edits(chain);
}
