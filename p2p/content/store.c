#include "p2p/content/store.h"

#include "p2p/content/store_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum {
    FORMAT_VERSION = 1,
    SIZE_ROW_BYTES = 16,
    TOTALS_ROW_BYTES = 24,
    SMALL_VALUE_MAX = 128,
    WRITE_BUFFER_BYTES =
        16 << 20, /* four batches: with 8 MiB storing is a third slower, 24 gain little more */
};

static const struct kv_family FAMILIES[FAMILY_COUNT] = {
    [FAMILY_BLK] = { .name = "blk", .use = KV_USE_LARGE },
    [FAMILY_SIZE] = { .name = "size", .use = KV_USE_POINT },
    [FAMILY_PIN] = { .name = "pin", .use = KV_USE_RANGE },
    [FAMILY_ROOT] = { .name = "root", .use = KV_USE_POINT },
    [FAMILY_CREF] = { .name = "cref", .use = KV_USE_POINT },
    [FAMILY_META] = { .name = "meta", .use = KV_USE_POINT },
    [FAMILY_MARK] = { .name = "mark", .use = KV_USE_POINT },
};

void store_lock(struct content *content)
{
    MM_ASSERT(pthread_mutex_lock(&content->lock) == 0);
}

void store_unlock(struct content *content)
{
    MM_ASSERT(pthread_mutex_unlock(&content->lock) == 0);
}

struct store_key store_key_of(const struct cid *cid)
{
    struct store_key key;
    key.len = multihash_encode(key.bytes, &cid->hash);
    return key;
}

mm_err store_get_small(struct content *content, uint8_t *out, size_t len,
                       enum content_family family, mm_bytes key)
{
    struct mm_buf value;
    mm_buf_init(&value, SMALL_VALUE_MAX);
    mm_err err = kv_get(content->kv, NULL, family, key, &value);
    if (err == MM_OK && mm_buf_bytes(&value).len != len)
        err = MM_ERR_CORRUPT;
    if (err == MM_OK && len > 0)
        memcpy(out, mm_buf_bytes(&value).ptr, len);
    mm_buf_fini(&value);
    return err;
}

mm_err store_write(struct content *content, struct kv_batch *batch, enum kv_durability durability)
{
    store_lock(content);
    const mm_err err = kv_write(content->kv, batch, durability);
    store_unlock(content);
    return err;
}

mm_err store_find_size(struct content *content, uint64_t *bytes, uint64_t *epoch, mm_bytes key)
{
    uint8_t row[SIZE_ROW_BYTES];
    *bytes = 0;
    *epoch = 0;
    MM_TRY(store_get_small(content, row, sizeof row, FAMILY_SIZE, key));
    *bytes = mm_get_be64(row);
    *epoch = mm_get_be64(row + 8);
    return MM_OK;
}

void store_put_size(struct kv_batch *batch, mm_bytes key, uint64_t bytes, uint64_t epoch)
{
    uint8_t row[SIZE_ROW_BYTES];
    mm_put_be64(row, bytes);
    mm_put_be64(row + 8, epoch);
    kv_batch_put(batch, FAMILY_SIZE, key, MM_BYTES_OF(row));
}

void store_put_totals(struct kv_batch *batch, uint64_t bytes, uint64_t blocks, uint64_t epoch)
{
    uint8_t row[TOTALS_ROW_BYTES];
    mm_put_be64(row, bytes);
    mm_put_be64(row + 8, blocks);
    mm_put_be64(row + 16, epoch);
    kv_batch_put(batch, FAMILY_META, MM_BYTES_LIT("totals"), MM_BYTES_OF(row));
}

#define STRAYS_KEY MM_BYTES_LIT("strays")

mm_err store_expect_strays(struct content *content)
{
    if (content->writes_strays)
        return MM_OK;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    kv_batch_put(batch, FAMILY_META, STRAYS_KEY, MM_BYTES_LIT(""));
    const mm_err err = kv_write(content->kv, batch, KV_SYNCED);
    kv_batch_free(batch);
    content->writes_strays = err == MM_OK;
    return err;
}

mm_err store_forget_strays(struct content *content)
{
    content->has_strays = false;
    if (content->writes_strays)
        return MM_OK;
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    kv_batch_del(batch, FAMILY_META, STRAYS_KEY);
    const mm_err err = kv_write(content->kv, batch, KV_BUFFERED);
    kv_batch_free(batch);
    return err;
}

static mm_err write_new_layout(struct content *content)
{
    struct kv_batch *batch = kv_batch_new(content->kv);
    if (batch == NULL)
        return MM_ERR_NO_MEMORY;
    uint8_t version[8];
    mm_put_be64(version, FORMAT_VERSION);
    kv_batch_put(batch, FAMILY_META, MM_BYTES_LIT("format"), MM_BYTES_OF(version));
    content->epoch = 1;
    store_put_totals(batch, 0, 0, content->epoch);
    const mm_err err = kv_write(content->kv, batch, KV_SYNCED);
    kv_batch_free(batch);
    return err;
}

static mm_err read_layout(struct content *content, struct mm_reason *reason)
{
    uint8_t version[8];
    mm_err err =
        store_get_small(content, version, sizeof version, FAMILY_META, MM_BYTES_LIT("format"));
    if (err == MM_ERR_NOT_FOUND)
        return write_new_layout(content);
    if (err != MM_OK)
        return mm_fail(reason, err, "content store: cannot read its version: %s", mm_err_text(err));
    if (mm_get_be64(version) != FORMAT_VERSION)
        return mm_fail(reason, MM_ERR_VERSION,
                       "content store: written with layout %llu, this program reads %d",
                       (unsigned long long)mm_get_be64(version), FORMAT_VERSION);
    uint8_t totals[TOTALS_ROW_BYTES];
    err = store_get_small(content, totals, sizeof totals, FAMILY_META, MM_BYTES_LIT("totals"));
    if (err != MM_OK)
        return mm_fail(reason, MM_ERR_CORRUPT, "content store: the record of its size is gone");
    content->bytes = mm_get_be64(totals);
    content->blocks = mm_get_be64(totals + 8);
    content->epoch = mm_get_be64(totals + 16);
    uint8_t none[1];
    err = store_get_small(content, none, 0, FAMILY_META, STRAYS_KEY);
    content->has_strays = err == MM_OK;
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err content_open(struct content **out, const struct content_options *options,
                    struct mm_reason *reason)
{
    *out = NULL;
    struct content *content = mm_heap_zeroed(1, sizeof *content);
    if (content == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "content store: out of memory");
    const struct kv_options kv_options = {
        .families = FAMILIES,
        .family_count = FAMILY_COUNT,
        .cache_bytes = options->cache_bytes,
        .write_buffer_bytes = WRITE_BUFFER_BYTES,
        .create = true,
        .unsynced = options->unsynced,
    };
    content->quota_bytes =
        options->quota_bytes == 0 ? CONTENT_QUOTA_DEFAULT_BYTES : options->quota_bytes;
    mm_err err = options->path == NULL
                     ? kv_open_memory(&content->kv, &kv_options)
                     : kv_open_rocksdb(&content->kv, options->path, &kv_options, reason);
    if (err == MM_OK) {
        MM_ASSERT(pthread_mutex_init(&content->lock, NULL) == 0);
        err = read_layout(content, reason);
        if (err == MM_OK) {
            *out = content;
            return MM_OK;
        }
        (void)pthread_mutex_destroy(&content->lock);
        kv_close(content->kv);
    }
    mm_heap_free(content);
    return err;
}

void content_close(struct content *content)
{
    if (content == NULL)
        return;
    MM_ASSERT(content->writers == NULL && content->gc == NULL);
    /* In order: no writer has left anything. What was there before stays known. */
    const bool has_record = content->writes_strays && !content->has_strays;
    content->writes_strays = false;
    if (has_record && store_forget_strays(content) != MM_OK)
        content->has_strays = true; /* they are looked for in vain, once */
    while (content->hasher_count > 0)
        multihasher_free(content->hashers[--content->hasher_count]);
    kv_close(content->kv);
    (void)pthread_mutex_destroy(&content->lock);
    mm_heap_free(content);
}

struct content_totals content_totals(struct content *content)
{
    store_lock(content);
    struct content_totals totals = { .bytes = content->bytes,
                                     .blocks = content->blocks,
                                     .quota_bytes = content->quota_bytes };
    store_unlock(content);
    totals.disk_bytes = kv_size_bytes(content->kv);
    return totals;
}

uint64_t content_commits(struct content *content)
{
    store_lock(content);
    const uint64_t commits = content->commits;
    store_unlock(content);
    return commits;
}

struct multihasher *store_take_hasher(struct content *content)
{
    struct multihasher *hasher = NULL;
    store_lock(content);
    if (content->hasher_count > 0)
        hasher = content->hashers[--content->hasher_count];
    store_unlock(content);
    return hasher != NULL ? hasher : multihasher_new();
}

void store_return_hasher(struct content *content, struct multihasher *hasher)
{
    store_lock(content);
    if (content->hasher_count < HASHERS_KEPT) {
        content->hashers[content->hasher_count++] = hasher;
        hasher = NULL;
    }
    store_unlock(content);
    multihasher_free(hasher);
}

mm_err content_get(struct content *content, struct mm_buf *block, const struct cid *cid)
{
    mm_buf_reset(block);
    if (!multihash_is_supported(&cid->hash))
        return MM_ERR_INVALID;
    if (cid->hash.code == MULTIHASH_IDENTITY) {
        mm_buf_add(block, (mm_bytes){ cid->hash.digest, cid->hash.len });
        return mm_buf_err(block);
    }
    const struct store_key key = store_key_of(cid);
    MM_TRY(kv_get(content->kv, NULL, FAMILY_BLK, store_key_bytes(&key), block));
    struct multihasher *hasher = store_take_hasher(content);
    mm_err err = MM_ERR_NO_MEMORY;
    if (hasher != NULL) {
        err = multihasher_check(hasher, &cid->hash, mm_buf_bytes(block));
        store_return_hasher(content, hasher);
    }
    if (err != MM_OK)
        mm_buf_reset(block);
    return err;
}

mm_err content_drop_corrupt(struct content *content, const struct cid *cid)
{
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    mm_err err = content_get(content, &block, cid);
    mm_buf_fini(&block);
    if (err == MM_OK || err == MM_ERR_NOT_FOUND)
        return MM_OK;
    struct kv_batch *batch = err == MM_ERR_CORRUPT ? kv_batch_new(content->kv) : NULL;
    if (batch == NULL)
        return err == MM_ERR_CORRUPT ? MM_ERR_NO_MEMORY : err;
    const struct store_key key = store_key_of(cid);
    uint64_t bytes;
    uint64_t epoch;
    store_lock(content);
    err = store_find_size(content, &bytes, &epoch, store_key_bytes(&key));
    if (err == MM_OK) {
        bytes = bytes < content->bytes ? bytes : content->bytes;
        const uint64_t blocks = content->blocks - (content->blocks > 0);
        kv_batch_del(batch, FAMILY_BLK, store_key_bytes(&key));
        kv_batch_del(batch, FAMILY_SIZE, store_key_bytes(&key));
        store_put_totals(batch, content->bytes - bytes, blocks, content->epoch);
        err = kv_write(content->kv, batch, KV_SYNCED);
        if (err == MM_OK) {
            content->bytes -= bytes;
            content->blocks = blocks;
        }
    }
    store_unlock(content);
    kv_batch_free(batch);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

mm_err content_find(struct content *content, uint64_t *bytes, const struct cid *cid)
{
    *bytes = 0;
    if (!multihash_is_supported(&cid->hash))
        return MM_ERR_INVALID;
    if (cid->hash.code == MULTIHASH_IDENTITY) {
        *bytes = cid->hash.len;
        return MM_OK;
    }
    uint64_t epoch;
    const struct store_key key = store_key_of(cid);
    return store_find_size(content, bytes, &epoch, store_key_bytes(&key));
}

static mm_err source_get(void *context, struct mm_buf *block, const struct cid *cid)
{
    return content_get(context, block, cid);
}

struct block_source content_source(struct content *content)
{
    return (struct block_source){ .context = content, .get = source_get };
}
