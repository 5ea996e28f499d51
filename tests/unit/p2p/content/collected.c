#include "collected.h"

#include <criterion/criterion.h>

#include "p2p/content/store_internal.h"

enum { CHUNK_BYTES = 1024 };

struct content *collected_open(const char *path, uint64_t quota_bytes)
{
    struct content *content;
    struct mm_reason reason = { "" };
    const struct content_options options = { .path = path, .quota_bytes = quota_bytes };
    cr_assert_eq(content_open(&content, &options, &reason), MM_OK, "%s", reason.text);
    return content;
}

struct cid collected_file(struct block_sink sink, uint32_t number, size_t chunks)
{
    struct content_profile profile = *CONTENT_PROFILE_DEFAULT;
    profile.chunk_bytes = CHUNK_BYTES;
    struct import_file *file = import_file_new(&profile, &sink);
    for (size_t i = 0; i < chunks; i++) {
        uint32_t chunk[CHUNK_BYTES / 4];
        for (size_t k = 0; k < MM_COUNT_OF(chunk); k++)
            chunk[k] = number * 0x9e3779b9u + (uint32_t)(i * 7919 + k);
        cr_assert_eq(import_file_write(file, MM_BYTES_OF(chunk)), MM_OK);
    }
    struct import_result result;
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    return result.cid;
}

void collected_pin(struct content *content, const struct cid *root, enum content_pin_kind kind,
                   uint64_t expires_ms)
{
    const struct content_pin pin = {
        .root = *root, .kind = kind, .depth = CONTENT_PIN_RECURSIVE, .expires_ms = expires_ms
    };
    cr_assert_eq(content_pin_put(content, &pin), MM_OK);
}

void collected_unpin(struct content *content, const struct cid *root, enum content_pin_kind kind)
{
    cr_assert_eq(content_pin_del(content, root, kind, MM_BYTES_LIT("")), MM_OK);
}

struct cid collected_add(struct content *content, uint32_t number, size_t chunks,
                         enum content_pin_kind kind, uint64_t expires_ms)
{
    struct content_writer *writer = content_writer_new(content);
    const struct cid root = collected_file(content_writer_sink(writer), number, chunks);
    const struct content_pin pin = {
        .root = root, .kind = kind, .depth = CONTENT_PIN_RECURSIVE, .expires_ms = expires_ms
    };
    const struct content_commit commit = { .pins = &pin, .pin_count = 1 };
    cr_assert_eq(content_writer_commit(writer, kind == 0 ? NULL : &commit), MM_OK);
    content_writer_free(writer);
    return root;
}

bool collected_is_whole(struct content *content, const struct cid *root)
{
    const struct block_source source = content_source(content);
    struct walk_totals totals;
    return content_survey(&source, &totals, root) == READ_OK;
}

struct content_gc_report collected_run(struct content *content, uint64_t now_ms)
{
    struct content_gc_report report;
    cr_assert_eq(content_gc_run(content, &report, &(struct content_gc_options){ .now_ms = now_ms }),
                 MM_OK);
    return report;
}

void collected_corrupt(struct content *content, const struct cid *cid)
{
    struct kv_batch *batch = kv_batch_new(content->kv);
    const struct store_key key = store_key_of(cid);
    kv_batch_put(batch, FAMILY_BLK, store_key_bytes(&key), MM_BYTES_LIT("not these"));
    cr_assert_eq(kv_write(content->kv, batch, KV_SYNCED), MM_OK);
    kv_batch_free(batch);
}
