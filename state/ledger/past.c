/* Reading what was.
 *
 * A record says since when it is so. So the newest one is the answer wherever it is old enough; else history says what was there before:
 *
 *     account, slot   the first row of the key after the block has the record that the row's block ended. It is the answer if that is old
 *                     enough; if it is not, or there is no row, there was nothing
 *     trie node       the delta of the block that the version is so since leads to the version before, and so on back. Where that says
 *                     that there was none before, the node may have been there earlier and gone: then from the block that took it
 *
 * A node that changes with each block costs a step a block, which is half a microsecond within a pack. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/history_internal.h"
#include "state/trie/node_delta.h"

void past_init(struct ledger_past *past, struct kv *kv, const struct kv_snapshot *snapshot,
               uint64_t flushed)
{
    *past = (struct ledger_past){ .kv = kv, .snapshot = snapshot, .flushed = flushed };
    mm_buf_init(&past->now, LEDGER_VALUE_MAX);
    mm_buf_init(&past->before, LEDGER_VALUE_MAX);
}

void past_fini(struct ledger_past *past)
{
    if (past->history != NULL)
        kv_iter_free(past->history);
    past_forget(past);
    mm_buf_fini(&past->now);
    mm_buf_fini(&past->before);
}

static mm_err read_newest(struct ledger_past *past, enum ledger_family family, mm_bytes key,
                          mm_bytes *value, uint64_t *since)
{
    MM_TRY(kv_get(past->kv, past->snapshot, (size_t)family, key, &past->now));
    return record_open(mm_buf_bytes(&past->now), value, since);
}

/* Places the iterator; forwards at the first key from this one on. */
static mm_err seek(struct ledger_past *past, const struct ledger_key *to, bool is_backward)
{
    past->has_pack = false;
    if (past->history == NULL)
        past->history = kv_iter_new(past->kv, past->snapshot, LEDGER_HISTORY);
    if (past->history == NULL)
        return MM_ERR_NO_MEMORY;
    if (is_backward)
        kv_iter_seek_back(past->history, key_bytes(to));
    else
        kv_iter_seek(past->history, key_bytes(to));
    return kv_iter_err(past->history);
}

/* Whether the iterator stands on a key of this length that begins as this one does. */
static bool is_at(const struct ledger_past *past, const struct ledger_key *like, size_t shared,
                  size_t len)
{
    if (!kv_iter_valid(past->history))
        return false;
    const mm_bytes key = kv_iter_key(past->history);
    return key.len == len && memcmp(key.ptr, like->b, shared) == 0;
}

static uint64_t block_of(const struct ledger_past *past)
{
    const mm_bytes key = kv_iter_key(past->history);
    return mm_get_be64(key.ptr + key.len - 8);
}

mm_err past_state(struct ledger_past *past, mm_bytes key, uint64_t block_num, mm_bytes *value,
                  uint64_t *since)
{
    const mm_err err = read_newest(past, LEDGER_STATE, key, value, since);
    if (err != MM_ERR_NOT_FOUND && (err != MM_OK || *since <= block_num))
        return err;
    *value = (mm_bytes){ NULL, 0 };
    const struct ledger_key from = key_state_history(key, block_num + 1);
    MM_TRY(seek(past, &from, false));
    if (!is_at(past, &from, from.len - 8, from.len))
        return MM_ERR_NOT_FOUND;
    /* Versions above the flushed point are not in the snapshot, but be sure: they would belong to another future. */
    if (block_of(past) > past->flushed)
        return MM_ERR_CORRUPT;
    MM_TRY(record_open(kv_iter_value(past->history), value, since));
    if (*since >= block_of(past))
        return MM_ERR_CORRUPT;
    if (*since <= block_num)
        return MM_OK;
    *value = (mm_bytes){ NULL, 0 };
    return MM_ERR_NOT_FOUND;
}

/* ---- trie nodes ---- */

/* The flush that has the block is the first whose last block is not before it. */
static mm_err open_pack(struct ledger_past *past, mm_bytes key, uint64_t block_num)
{
    const uint64_t epoch = block_num / EPOCH_BLOCKS;
    const struct ledger_key flush = key_flush(epoch, EPOCH_DELTAS, block_num);
    const size_t flush_len = flush.len;
    MM_TRY(seek(past, &flush, false));
    if (!kv_iter_valid(past->history))
        return MM_ERR_NOT_FOUND;
    const mm_bytes found = kv_iter_key(past->history);
    if (found.len <= flush_len || memcmp(found.ptr, flush.b, flush_len - 8) != 0)
        return MM_ERR_NOT_FOUND;
    const uint64_t last = mm_get_be64(found.ptr + flush_len - 8);
    const struct ledger_key wanted = key_deltas(epoch, last, key, block_num);
    MM_TRY(seek(past, &wanted, true));
    if (!kv_iter_valid(past->history) || kv_iter_key(past->history).len <= flush_len ||
        memcmp(kv_iter_key(past->history).ptr, wanted.b, flush_len) != 0)
        return MM_ERR_NOT_FOUND;
    MM_TRY(deltas_open(&past->pack, kv_iter_value(past->history), epoch));
    past->has_pack = true;
    return MM_OK;
}

mm_err past_find_delta(struct ledger_past *past, mm_bytes key, uint64_t block_num)
{
    /* The versions of a node stand side by side. */
    if (past->has_pack && past->pack.epoch == block_num / EPOCH_BLOCKS) {
        const mm_err err = deltas_find(&past->pack, key, block_num);
        if (err != MM_ERR_NOT_FOUND)
            return err;
    }
    MM_TRY(open_pack(past, key, block_num));
    return deltas_find(&past->pack, key, block_num);
}

mm_err past_undo(struct ledger_past *past, mm_bytes *value, uint64_t *since)
{
    const struct delta_entry *entry = &past->pack.entry;
    const mm_bytes newer = *value;
    *value = (mm_bytes){ NULL, 0 };
    if (trie_delta_is_first(entry->delta))
        return MM_ERR_NOT_FOUND;
    MM_TRY(trie_delta_undo(&past->before, newer, entry->delta));
    const struct mm_buf swap = past->now;
    past->now = past->before;
    past->before = swap;
    *value = mm_buf_bytes(&past->now);
    *since = entry->since;
    return MM_OK;
}

/* The first block after `from`, up to `to`, that took the node away. */
static mm_err find_gone(struct ledger_past *past, mm_bytes key, uint64_t from, uint64_t to,
                        uint64_t *gone)
{
    for (uint64_t first = from + 1; first <= to;
         first = (first / EPOCH_BLOCKS + 1) * EPOCH_BLOCKS) {
        const struct ledger_key wanted = key_gone(key, first);
        MM_TRY(seek(past, &wanted, false));
        if (is_at(past, &wanted, wanted.len - 8, wanted.len) && block_of(past) <= to) {
            *gone = block_of(past);
            return MM_OK;
        }
    }
    return MM_ERR_NOT_FOUND;
}

/* One version back. MM_ERR_NOT_FOUND: there was none just before. */
static mm_err step_back(struct ledger_past *past, mm_bytes key, mm_bytes *value, uint64_t *since)
{
    const uint64_t newer_since = *since;
    const mm_err err = past_find_delta(past, key, newer_since);
    if (err != MM_OK) /* each version that is there has one */
        return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
    MM_TRY(past_undo(past, value, since));
    return *since < newer_since ? MM_OK : MM_ERR_CORRUPT;
}

static mm_err revive(struct ledger_past *past, mm_bytes key, uint64_t gone, mm_bytes *value,
                     uint64_t *since)
{
    mm_err err = past_find_delta(past, key, gone);
    if (err == MM_OK)
        err = trie_delta_is_whole(past->pack.entry.delta) ? past_undo(past, value, since)
                                                          : MM_ERR_CORRUPT;
    return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
}

/* The newest version, or one that an earlier read came to and that is not before the block. *until: the block that ended it. */
static mm_err start_walk(struct ledger_past *past, mm_bytes key, uint64_t block_num,
                         mm_bytes *value, uint64_t *since, uint64_t *until)
{
    const struct past_version *known = past_find_known(past, key);
    *until = UINT64_MAX;
    if (known == NULL || known->until <= block_num)
        return read_newest(past, LEDGER_TRIE, key, value, since);
    mm_buf_reset(&past->now);
    mm_buf_add(&past->now, mm_bytes_from(known->value, known->value_len));
    *value = mm_buf_bytes(&past->now);
    *since = known->since;
    *until = known->until;
    return mm_buf_err(&past->now);
}

mm_err past_node(struct ledger_past *past, mm_bytes key, uint64_t block_num, mm_bytes *value,
                 uint64_t *since)
{
    uint64_t until;
    mm_err err = start_walk(past, key, block_num, value, since, &until);
    if (err == MM_ERR_NOT_FOUND)
        *value = (mm_bytes){ NULL, 0 };
    for (bool is_revived = false;; is_revived = true) {
        while (err == MM_OK && *since > block_num) {
            until = *since;
            err = step_back(past, key, value, since);
        }
        if (err == MM_OK)
            return past_keep_known(past, key, *value, *since, until);
        if (err != MM_ERR_NOT_FOUND ||
            is_revived) /* gone twice since: then it was not there at all */
            return err;
        MM_TRY(
            find_gone(past, key, block_num, until < past->flushed ? until : past->flushed, &until));
        err = revive(past, key, until, value, since);
    }
}
