#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum {
    PENDING_MAX = 1024, /* blocks that are not counted yet */
    TABLE_SLOTS = 2 * PENDING_MAX,
};

struct pending {
    struct store_key key;
    uint32_t bytes;
};

struct content_writer {
    struct content *content;
    struct content_writer *next;         /* in content->writers */
    uint64_t began;                      /* the epoch then */
    struct kv_batch *batch;              /* owned */
    struct multihasher *hasher;          /* owned */
    mm_err err;                          /* the first failure */
    const struct content_commit *commit; /* what the next write is the commit of, or NULL */
    size_t pending_count;
    size_t bulk_count;   /* the first of the pending ones: those are written, but not counted */
    uint64_t bulk_bytes; /* of those; part of content->bulk_bytes */
    struct pending pending[PENDING_MAX]; /* what is new since the last count */
    uint16_t table[TABLE_SLOTS];         /* open addressing: index + 1 into pending */
};

struct content_writer *content_writer_new(struct content *content)
{
    struct content_writer *writer = mm_heap_zeroed(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->batch = kv_batch_new(content->kv);
    writer->hasher = multihasher_new();
    if (writer->batch == NULL || writer->hasher == NULL) {
        if (writer->batch != NULL)
            kv_batch_free(writer->batch);
        multihasher_free(writer->hasher);
        mm_heap_free(writer);
        return NULL;
    }
    writer->content = content;
    store_lock(content);
    writer->began = content->epoch;
    writer->next = content->writers;
    content->writers = writer;
    store_unlock(content);
    return writer;
}

/* The place of a key in the table: its own, or the empty one where it would go. Digests are evenly spread
 * as they are. */
static uint16_t *table_place(struct content_writer *writer, const struct store_key *key)
{
    MM_ASSERT(key->len >= 8);
    for (size_t at = (size_t)mm_get_be64(key->bytes + key->len - 8);; at++) {
        uint16_t *place = &writer->table[at % TABLE_SLOTS];
        if (*place == 0)
            return place;
        const struct store_key *there = &writer->pending[*place - 1].key;
        if (mm_bytes_equal(store_key_bytes(there), store_key_bytes(key)))
            return place;
    }
}

/* Makes the batch whole (sizes of new blocks, totals) and writes it. The caller holds the lock, so what is
 * new now stays so. A block counts as there from now on, when it is on disk or goes there with this batch: kv.h lets no logged batch
 * overtake a bulk one. */
static mm_err write_locked(struct content_writer *writer, enum kv_durability durability)
{
    struct content *content = writer->content;
    uint64_t bytes = content->bytes;
    uint64_t blocks = content->blocks;
    for (size_t i = 0; i < writer->pending_count; i++) {
        const struct pending *pending = &writer->pending[i];
        const mm_bytes key = store_key_bytes(&pending->key);
        uint64_t there;
        uint64_t epoch;
        const mm_err err = store_find_size(content, &there, &epoch, key);
        if (err == MM_ERR_NOT_FOUND) {
            MM_TRY(store_tell_block(content, writer->batch, key));
            bytes += pending->bytes;
            blocks++;
        } else if (err != MM_OK) {
            return err;
        }
        store_put_size(writer->batch, key, pending->bytes, content->epoch);
    }
    content->bulk_bytes -= writer->bulk_bytes;
    writer->bulk_bytes = 0;
    if (bytes > content->bytes && bytes + content->bulk_bytes > content->quota_bytes)
        return MM_ERR_NO_SPACE;
    store_put_totals(writer->batch, bytes, blocks, content->epoch);
    for (size_t i = 0; writer->commit != NULL && i < writer->commit->pin_count; i++)
        store_tell_collection(content, writer->batch, &writer->commit->pins[i]);
    MM_TRY(kv_write(content->kv, writer->batch, durability));
    content->bytes = bytes;
    content->blocks = blocks;
    content->commits += durability == KV_SYNCED;
    return MM_OK;
}

/* Bytes that are on disk and that nobody counts would be there for good. They go; or, where another writer is at work, which may have
 * written the same ones, they are counted, and so become garbage that a collector finds. */
static void drop_abandoned_locked(struct content_writer *writer)
{
    struct content *content = writer->content;
    const bool is_alone = content->writers == writer && writer->next == NULL;
    uint64_t bytes = content->bytes;
    uint64_t blocks = content->blocks;
    kv_batch_reset(writer->batch);
    for (size_t i = 0; i < writer->bulk_count; i++) {
        const struct pending *pending = &writer->pending[i];
        const mm_bytes key = store_key_bytes(&pending->key);
        uint64_t there;
        uint64_t epoch;
        if (store_find_size(content, &there, &epoch, key) != MM_ERR_NOT_FOUND)
            continue;
        if (is_alone) {
            kv_batch_del(writer->batch, FAMILY_BLK, key);
            continue;
        }
        store_put_size(writer->batch, key, pending->bytes, content->epoch);
        bytes += pending->bytes;
        blocks++;
    }
    store_put_totals(writer->batch, bytes, blocks, content->epoch);
    if (kv_write(content->kv, writer->batch, KV_BUFFERED) != MM_OK)
        return; /* the store takes nothing any more */
    content->bytes = bytes;
    content->blocks = blocks;
}

static mm_err flush(struct content_writer *writer, enum kv_durability durability)
{
    store_lock(writer->content);
    const mm_err err = write_locked(writer, durability);
    if (err != MM_OK && writer->bulk_count > 0)
        drop_abandoned_locked(writer);
    store_unlock(writer->content);
    kv_batch_reset(writer->batch);
    writer->pending_count = 0;
    writer->bulk_count = 0;
    memset(writer->table, 0, sizeof writer->table);
    return err;
}

void content_writer_free(struct content_writer *writer)
{
    if (writer == NULL)
        return;
    store_lock(writer->content);
    if (writer->bulk_count > 0)
        drop_abandoned_locked(writer);
    struct content_writer **at = &writer->content->writers;
    while (*at != writer)
        at = &(*at)->next;
    *at = writer->next;
    writer->content->bulk_bytes -= writer->bulk_bytes;
    store_unlock(writer->content);
    kv_batch_free(writer->batch);
    multihasher_free(writer->hasher);
    mm_heap_free(writer);
}

/* Writes the blocks of the batch and goes on without counting them: nobody else sees them as there before flush does. */
static mm_err write_bulk(struct content_writer *writer, uint64_t bytes)
{
    struct content *content = writer->content;
    store_lock(content);
    writer->bulk_bytes += bytes;
    content->bulk_bytes += bytes;
    const bool has_room = content->bytes + content->bulk_bytes <= content->quota_bytes;
    mm_err err = has_room ? store_expect_strays(content) : MM_ERR_NO_SPACE;
    if (err == MM_OK)
        err = kv_write(content->kv, writer->batch, KV_BULK);
    if (err == MM_OK)
        writer->bulk_count = writer->pending_count;
    store_unlock(content);
    kv_batch_reset(writer->batch);
    return err;
}

/* The slow half of touch: the epoch of a block that is there becomes the current one. */
static mm_err touch_locked(struct content *content, mm_bytes key)
{
    uint64_t bytes;
    uint64_t epoch;
    MM_TRY(store_find_size(content, &bytes, &epoch,
                           key)); /* again: a collector may have been faster */
    if (epoch == content->epoch)
        return MM_OK;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    store_put_size(batch, key, bytes, content->epoch);
    const mm_err err = kv_write(content->kv, batch, KV_BUFFERED);
    kv_batch_free(batch);
    return err;
}

/* MM_OK when the block is there and will stay: a collector removes nothing from the epoch on in which a
 * writer at work began. MM_ERR_NOT_FOUND when it must be written. */
static mm_err touch(struct content_writer *writer, mm_bytes key)
{
    uint64_t bytes;
    uint64_t epoch;
    MM_TRY(store_find_size(writer->content, &bytes, &epoch, key));
    if (epoch >= writer->began)
        return MM_OK;
    store_lock(writer->content);
    const mm_err err = touch_locked(writer->content, key);
    store_unlock(writer->content);
    return err;
}

static mm_err add(struct content_writer *writer, const struct cid *cid, mm_bytes block)
{
    if (block.len > BLOCK_BYTES_MAX)
        return MM_ERR_LIMIT;
    const struct store_key key = store_key_of(cid);
    if (*table_place(writer, &key) != 0)
        return MM_OK; /* in this batch already */
    const mm_err found = touch(writer, store_key_bytes(&key));
    if (found != MM_ERR_NOT_FOUND)
        return found;
    const uint64_t batch_bytes = kv_batch_bytes(writer->batch);
    if (writer->pending_count == PENDING_MAX)
        MM_TRY(flush(writer, KV_BUFFERED));
    else if (writer->pending_count > 0 && batch_bytes + block.len > CONTENT_BATCH_BYTES)
        MM_TRY(write_bulk(writer, batch_bytes));
    kv_batch_put(writer->batch, FAMILY_BLK, store_key_bytes(&key), block);
    writer->pending[writer->pending_count] =
        (struct pending){ .key = key, .bytes = (uint32_t)block.len };
    *table_place(writer, &key) = (uint16_t)++writer->pending_count;
    return MM_OK;
}

/* A failure leaves it unknown what of the writer's blocks is stored; nothing more is taken. */
static mm_err remember(struct content_writer *writer, mm_err err)
{
    if (writer->err == MM_OK)
        writer->err = err;
    return err;
}

mm_err content_writer_put(struct content_writer *writer, const struct cid *cid, mm_bytes block)
{
    if (writer->err != MM_OK)
        return writer->err;
    if (block.len > BLOCK_BYTES_MAX)
        return MM_ERR_LIMIT;
    if (!multihash_is_supported(&cid->hash))
        return MM_ERR_INVALID;
    const mm_err err = multihasher_check(writer->hasher, &cid->hash, block);
    if (err == MM_ERR_CORRUPT)
        return MM_ERR_INVALID;
    if (err == MM_OK && cid->hash.code == MULTIHASH_IDENTITY)
        return MM_OK; /* its CID is the block; never stored */
    return remember(writer, err == MM_OK ? add(writer, cid, block) : err);
}

mm_err content_writer_keep(struct content_writer *writer, const struct cid *cid)
{
    if (writer->err != MM_OK)
        return writer->err;
    if (!multihash_is_supported(&cid->hash))
        return MM_ERR_INVALID;
    if (cid->hash.code == MULTIHASH_IDENTITY)
        return MM_OK;
    const struct store_key key = store_key_of(cid);
    if (*table_place(writer, &key) != 0)
        return MM_OK; /* it is about to be written */
    const mm_err err = touch(writer, store_key_bytes(&key));
    return err == MM_ERR_NOT_FOUND ? err : err == MM_OK ? MM_OK : remember(writer, err);
}

/* Kept first: what is kept cannot go before it is read. */
static mm_err source_get(void *context, struct mm_buf *block, const struct cid *cid)
{
    struct content_writer *writer = context;
    mm_buf_reset(block);
    MM_TRY(content_writer_keep(writer, cid));
    return content_get(writer->content, block, cid);
}

struct block_source content_writer_source(struct content_writer *writer)
{
    return (struct block_source){ .context = writer, .get = source_get };
}

static mm_err sink_put(void *context, const struct cid *cid, mm_bytes block)
{
    struct content_writer *writer = context;
    if (writer->err != MM_OK)
        return writer->err;
    MM_DCHECK(multihasher_check(writer->hasher, &cid->hash, block) == MM_OK);
    return remember(writer, add(writer, cid, block));
}

struct block_sink content_writer_sink(struct content_writer *writer)
{
    return (struct block_sink){ .context = writer, .put = sink_put };
}

mm_err content_writer_commit(struct content_writer *writer, const struct content_commit *commit)
{
    if (writer->err != MM_OK)
        return writer->err;
    for (size_t i = 0; commit != NULL && i < commit->pin_count; i++)
        store_put_pin(writer->batch, &commit->pins[i]);
    for (size_t i = 0; commit != NULL && i < commit->root_count; i++)
        store_put_root(writer->batch, &commit->roots[i]);
    writer->commit = commit;
    const mm_err err = flush(writer, KV_SYNCED);
    writer->commit = NULL;
    return remember(writer, err);
}

uint64_t store_oldest_epoch(const struct content *content)
{
    uint64_t oldest = content->epoch;
    for (const struct content_writer *writer = content->writers; writer != NULL;
         writer = writer->next)
        oldest = writer->began < oldest ? writer->began : oldest;
    return oldest;
}
