/* Notes: named values of the node's own, written with a block, with a rewind, or by themselves. */
#include "state/base/assert.h"
#include "state/ledger/ledger_internal.h"

enum { NOTE_BYTES_MAX = 64 << 20 };

struct ledger_key key_note(const char *name)
{
    static const char prefix[] = "note/";
    struct ledger_key key = { .len = sizeof prefix - 1 };
    const size_t len = strlen(name);
    MM_ASSERT(key.len + len <= sizeof key.b);
    memcpy(key.b, prefix, key.len);
    memcpy(key.b + key.len, name, len);
    key.len += len;
    return key;
}

void notes_put(struct kv_batch *batch, const struct ledger_note *notes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ledger_key key = key_note(notes[i].name);
        if (notes[i].value.len > 0)
            kv_batch_put(batch, LEDGER_META, key_bytes(&key), notes[i].value);
        else
            kv_batch_del(batch, LEDGER_META, key_bytes(&key));
    }
}

mm_err ledger_set_notes(struct ledger *ledger, const struct ledger_note *notes, size_t count)
{
    kv_batch_reset(ledger->store_batch);
    notes_put(ledger->store_batch, notes, count);
    return kv_write(ledger->kv, ledger->store_batch, KV_SYNCED);
}

mm_err ledger_note(struct ledger *ledger, struct mm_arena *arena, mm_bytes *value, const char *name)
{
    const struct ledger_key key = key_note(name);
    struct mm_buf read;
    mm_buf_init(&read, NOTE_BYTES_MAX);
    *value = (mm_bytes){ NULL, 0 };
    mm_err err = kv_get(ledger->kv, NULL, LEDGER_META, key_bytes(&key), &read);
    if (err == MM_OK)
        err = mm_arena_copy(arena, value, mm_buf_bytes(&read));
    else if (err == MM_ERR_NOT_FOUND)
        err = MM_OK;
    mm_buf_fini(&read);
    return err;
}

mm_err ledger_each_note(struct ledger *ledger, const char *prefix,
                        mm_err (*note)(void *ctx, mm_bytes name, mm_bytes value), void *ctx)
{
    const struct ledger_key first = key_note(prefix);
    struct kv_iter *iter = kv_iter_new(ledger->kv, NULL, LEDGER_META);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (kv_iter_seek(iter, key_bytes(&first)); err == MM_OK && kv_iter_valid(iter);
         kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        if (key.len < first.len || memcmp(key.ptr, first.b, first.len) != 0)
            break;
        err =
            note(ctx, mm_bytes_from(key.ptr + first.len, key.len - first.len), kv_iter_value(iter));
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}
