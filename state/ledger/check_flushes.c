/* What was, proven by the headers of the time, flush by flush.
 *
 * All that a flush ended or began is gathered: versions of nodes that its deltas give back, records that its rows have, and where a record
 * began with nothing before it. Then it is proven, from its last block down, and flushes from the newest down: so each node is taken
 * back once, block by block, and not for each proof anew (past_known.c).
 *
 *     record     since ──────────────── until          a record says what the key had from block `since` on, up to the block before the
 *                  │   what it had       │             one that its row is of. So the header before `until` proves it; and where nothing
 *          nothing │                     │             ends at `since`, the header before that proves that there was nothing
 *
 * Memory: one flush. What no list names is not looked at here: check_changed.c says that of it. */
#include <stdlib.h>

#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/check_internal.h"

enum due_kind {
    DUE_NODE,  /* the version of a node */
    DUE_ROW,   /* what a row says */
    DUE_EMPTY, /* that there was nothing */
    DUE_BEGUN, /* what came there */
};

/* What is to be proven by the header of a block. */
struct due {
    uint64_t block_num;
    enum due_kind kind;
    mm_bytes key;   /* of the trie or the flat state */
    mm_bytes value; /* DUE_ROW, DUE_BEGUN */
};

struct flush {
    uint64_t epoch;
    uint64_t before; /* it has the blocks after this one … */
    uint64_t last;   /* … up to this one */
};

struct walk {
    struct ledger_check *check;
    struct check_proofs proofs;
    struct kv_iter *rows; /* of epochs */
    struct kv_iter *state;
    struct kv_iter *history; /* of the flat state */
    struct mm_arena arena;   /* of one flush */
    struct due *dues;
    size_t count;
    size_t capacity;
    struct check_set lasts; /* of all flushes */
    uint64_t proven;
};

static mm_err add_due(struct walk *walk, enum due_kind kind, uint64_t block_num, mm_bytes key,
                      mm_bytes value)
{
    if (!check_is_provable(walk->check, block_num))
        return MM_OK;
    if (walk->count == walk->capacity) {
        struct due *dues = mm_heap_grow(walk->dues, &walk->capacity, 1024, sizeof *dues);
        if (dues == NULL)
            return MM_ERR_NO_MEMORY;
        walk->dues = dues;
    }
    struct due *due = &walk->dues[walk->count];
    *due = (struct due){ .block_num = block_num, .kind = kind };
    MM_TRY(mm_arena_copy(&walk->arena, &due->key, key));
    MM_TRY(mm_arena_copy(&walk->arena, &due->value, value));
    walk->count++;
    return MM_OK;
}

static bool begins(const struct kv_iter *iter, mm_bytes prefix)
{
    return kv_iter_valid(iter) && kv_iter_key(iter).len >= prefix.len &&
           memcmp(kv_iter_key(iter).ptr, prefix.ptr, prefix.len) == 0;
}

/* What cannot be read was said by whoever came to it in order. */
static mm_err unless_damaged(mm_err err)
{
    return err == MM_ERR_CORRUPT || err == MM_ERR_IO || err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

/* ---- gathering ---- */

static mm_err gather_deltas(struct walk *walk, const struct flush *flush)
{
    const struct ledger_key prefix = key_flush(flush->epoch, EPOCH_DELTAS, flush->last);
    for (kv_iter_seek(walk->rows, key_bytes(&prefix)); begins(walk->rows, key_bytes(&prefix));
         kv_iter_next(walk->rows)) {
        struct delta_cursor cursor;
        mm_err err = deltas_open(&cursor, kv_iter_value(walk->rows), flush->epoch);
        while (err == MM_OK && (err = deltas_next(&cursor)) == MM_OK) {
            const struct delta_entry *entry = &cursor.entry;
            if (check_is_node_key(entry->node_key) && entry->block_num > 0)
                err = add_due(walk, DUE_NODE, entry->block_num - 1, entry->node_key,
                              (mm_bytes){ NULL, 0 });
        }
        MM_TRY(unless_damaged(err));
    }
    return unless_damaged(kv_iter_err(walk->rows));
}

static bool is_in(const struct flush *flush, uint64_t block_num)
{
    return block_num > flush->before && block_num <= flush->last;
}

/* Where a record begins: nothing was there, unless a row of the block says what was. */
static mm_err gather_beginning(struct walk *walk, const struct flush *flush, mm_bytes key,
                               mm_bytes value, uint64_t since)
{
    struct ledger_check *check = walk->check;
    if (!is_in(flush, since) || since == check->view->ledger->begins)
        return MM_OK;
    const struct ledger_key row = key_state_history(key, since);
    const mm_err err =
        kv_get(check->kv, check->snapshot, LEDGER_HISTORY, key_bytes(&row), &check->value);
    if (err != MM_ERR_NOT_FOUND)
        return unless_damaged(err);
    MM_TRY(add_due(walk, DUE_EMPTY, since - 1, key, (mm_bytes){ NULL, 0 }));
    /* The block before may be out of reach, and this one not: then nothing is said about the beginning. */
    return check_is_provable(check, since - 1) ? add_due(walk, DUE_BEGUN, since, key, value)
                                               : MM_OK;
}

static mm_err gather_key(struct walk *walk, const struct flush *flush, mm_bytes prefix)
{
    mm_bytes value;
    uint64_t since;
    for (kv_iter_seek(walk->state, prefix); begins(walk->state, prefix);
         kv_iter_next(walk->state)) {
        if (check_is_state_key(kv_iter_key(walk->state)) &&
            record_open(kv_iter_value(walk->state), &value, &since) == MM_OK)
            MM_TRY(gather_beginning(walk, flush, kv_iter_key(walk->state), value, since));
    }
    MM_TRY(unless_damaged(kv_iter_err(walk->state)));
    for (kv_iter_seek(walk->history, prefix); begins(walk->history, prefix);
         kv_iter_next(walk->history)) {
        const mm_bytes row = kv_iter_key(walk->history);
        const mm_bytes key = mm_bytes_from(row.ptr, row.len < 8 ? 0 : row.len - 8);
        if (!check_is_state_key(key) ||
            record_open(kv_iter_value(walk->history), &value, &since) != MM_OK)
            continue;
        const uint64_t until = mm_get_be64(row.ptr + key.len);
        if (is_in(flush, until))
            MM_TRY(add_due(walk, DUE_ROW, until - 1, key, value));
        MM_TRY(gather_beginning(walk, flush, key, value, since));
    }
    return unless_damaged(kv_iter_err(walk->history));
}

static mm_err gather_records(struct walk *walk, const struct flush *flush)
{
    const struct ledger_key list = key_flush(flush->epoch, EPOCH_CHANGED, flush->last);
    kv_iter_seek(walk->rows, key_bytes(&list));
    if (!begins(walk->rows, key_bytes(&list)) || kv_iter_key(walk->rows).len != list.len)
        return unless_damaged(kv_iter_err(walk->rows));
    struct changed_cursor cursor = { .list = kv_iter_value(walk->rows) };
    mm_err err;
    while ((err = changed_next(&cursor)) == MM_OK) {
        uint8_t prefix[33 + SLOT_PREFIX_BYTES];
        const bool is_account = cursor.slot == NULL;
        prefix[0] = is_account ? 'a' : 's';
        memcpy(prefix + 1, cursor.addr_key, 32);
        if (!is_account)
            memcpy(prefix + 33, cursor.slot, SLOT_PREFIX_BYTES);
        MM_TRY(gather_key(walk, flush, mm_bytes_from(prefix, is_account ? 33 : sizeof prefix)));
    }
    return unless_damaged(err);
}

/* ---- proving ---- */

static void report(struct walk *walk, const struct due *due)
{
    char name[CHECK_NAME_BYTES];
    const bool is_node = due->kind == DUE_NODE;
    check_name(name, is_node ? LEDGER_TRIE : LEDGER_STATE, due->key);
    switch (due->kind) {
    case DUE_NODE:
        ledger_check_report(
            walk->check,
            "history: %s before block %llu: with it the proof of the block before does not verify",
            name, (unsigned long long)due->block_num + 1);
        return;
    case DUE_ROW:
        ledger_check_report(
            walk->check,
            "history: %s before block %llu: is not what the header of the block before proves",
            name, (unsigned long long)due->block_num + 1);
        return;
    case DUE_EMPTY:
    case DUE_BEGUN:
        ledger_check_report(walk->check,
                            "%s: the header of block %llu does not prove that it came with the "
                            "block it is so since",
                            name, (unsigned long long)due->block_num);
        return;
    }
}

static mm_err prove(struct walk *walk, const struct due *due)
{
    bool is_proven = false;
    MM_TRY(
        due->kind == DUE_NODE
            ? check_prove_node(&walk->proofs, &is_proven, due->key, due->block_num)
            : check_prove_state(&walk->proofs, &is_proven, due->key, due->value, due->block_num));
    if (!is_proven)
        report(walk, due);
    if (++walk->proven % (1 << 14) == 0)
        ledger_check_progress(walk->check, "proofs", walk->proven, 0);
    return MM_OK;
}

/* From the last block down; of one block nodes first, in the order of their paths. */
static int by_block(const void *a, const void *b)
{
    const struct due *x = a;
    const struct due *y = b;
    if (x->block_num != y->block_num)
        return x->block_num > y->block_num ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return mm_bytes_compare(x->key, y->key);
}

static mm_err check_flush(struct walk *walk, const struct flush *flush)
{
    walk->count = 0;
    mm_arena_reset(&walk->arena);
    MM_TRY(gather_deltas(walk, flush));
    MM_TRY(gather_records(walk, flush));
    if (walk->count > 1)
        qsort(walk->dues, walk->count, sizeof *walk->dues, by_block);
    for (size_t i = 0; i < walk->count; i++)
        MM_TRY(prove(walk, &walk->dues[i]));
    return MM_OK;
}

/* ---- all of them ---- */

static mm_err find_flushes(struct walk *walk)
{
    uint64_t found = UINT64_MAX;
    for (kv_iter_seek(walk->rows, MM_BYTES_LIT("e")); begins(walk->rows, MM_BYTES_LIT("e"));
         kv_iter_next(walk->rows)) {
        const mm_bytes key = kv_iter_key(walk->rows);
        enum { LAST_AT = 10 };
        if (key.len < LAST_AT + 8 ||
            (key.ptr[LAST_AT - 1] != EPOCH_CHANGED && key.ptr[LAST_AT - 1] != EPOCH_DELTAS))
            continue;
        const uint64_t last = mm_get_be64(key.ptr + LAST_AT);
        if (last == found || last / EPOCH_BLOCKS != mm_get_be64(key.ptr + 1))
            continue; /* another pack of it, or a stranger */
        found = last;
        MM_TRY(check_set_add(&walk->lasts, last));
    }
    check_set_sort(&walk->lasts);
    return unless_damaged(kv_iter_err(walk->rows));
}

static mm_err check_all(struct walk *walk)
{
    struct ledger_check *check = walk->check;
    walk->rows = kv_iter_new(check->kv, check->snapshot, LEDGER_HISTORY);
    walk->state = kv_iter_new(check->kv, check->snapshot, LEDGER_STATE);
    walk->history = kv_iter_new(check->kv, check->snapshot, LEDGER_HISTORY);
    if (walk->rows == NULL || walk->state == NULL || walk->history == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(check_proofs_open(&walk->proofs));
    MM_TRY(find_flushes(walk));
    for (size_t i = walk->lasts.count; i-- > 0;) {
        const uint64_t last = walk->lasts.items[i];
        const uint64_t epoch = last / EPOCH_BLOCKS;
        struct flush flush = { epoch, epoch == 0 ? 0 : epoch * EPOCH_BLOCKS - 1, last };
        if (i > 0 && walk->lasts.items[i - 1] == last)
            continue; /* a list and packs of one flush */
        if (i > 0 && walk->lasts.items[i - 1] > flush.before)
            flush.before = walk->lasts.items[i - 1];
        MM_TRY(check_flush(walk, &flush));
    }
    return MM_OK;
}

mm_err check_flushes(struct ledger_check *check)
{
    struct walk walk = { .check = check };
    mm_arena_init(&walk.arena, SIZE_MAX);
    check_proofs_init(&walk.proofs, check);
    const mm_err err = check_all(&walk);
    check_proofs_fini(&walk.proofs);
    if (walk.rows != NULL)
        kv_iter_free(walk.rows);
    if (walk.state != NULL)
        kv_iter_free(walk.state);
    if (walk.history != NULL)
        kv_iter_free(walk.history);
    mm_arena_fini(&walk.arena);
    mm_heap_free(walk.dues);
    check_set_fini(&walk.lasts);
    return err;
}
