#include "p2p/content/mint.h"

#include <stdio.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/json.h"
#include "state/codec/utf8.h"

struct content_mint {
    struct content_writer *writer; /* owned */
    struct import_file *file;      /* owned */
    struct import_dir *dir;        /* owned */
    uint64_t image_bytes;
    uint64_t image_bytes_max;
    enum mint_verdict failed;
    mm_err err;
    struct filetype_head head; /* the image's first bytes */
};

const char *mint_verdict_text(enum mint_verdict verdict)
{
    switch (verdict) {
    case MINT_OK:
        return "ok";
    case MINT_NO_IMAGE:
        return "no image";
    case MINT_IMAGE_TOO_LARGE:
        return "image too large";
    case MINT_TEXT_NOT_UTF8:
        return "name, description or image URI is not UTF-8";
    case MINT_EXTRA_NOT_JSON:
        return "extra metadata is not a JSON object with unique keys";
    case MINT_EXTRA_RESERVED:
        return "extra metadata may not set name, description or image";
    case MINT_METADATA_TOO_LARGE:
        return "metadata too large";
    case MINT_FAILED:
        return "could not store";
    }
    MM_UNREACHABLE();
}

/* --- metadata --- */

static void add_member(struct json_writer *w, const struct json_member *member)
{
    json_key_bytes(w, member->key);
    json_add_value(w, &member->value);
}

static void write_json(struct mm_buf *out, const struct mint_metadata *metadata,
                       const struct json *extra)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "name");
    json_add_string(&w, metadata->name);
    json_key(&w, "description");
    json_add_string(&w, metadata->description);
    json_key(&w, "image");
    json_add_string(&w, metadata->image_uri);
    const struct json *attributes = extra == NULL ? NULL : json_find(extra, "attributes");
    if (attributes != NULL) {
        json_key(&w, "attributes");
        json_add_value(&w, attributes);
    }
    for (size_t i = 0; extra != NULL && i < extra->count; i++)
        if (&extra->members[i].value != attributes)
            add_member(&w, &extra->members[i]);
    json_close_object(&w);
}

static enum mint_verdict write_with_extra(struct mm_buf *out, struct mm_arena *arena,
                                          const struct mint_metadata *metadata,
                                          struct mm_reason *reason)
{
    struct json extra;
    const bool has_extra = metadata->extra.len > 0;
    if (has_extra) {
        if (metadata->extra.len > MINT_METADATA_BYTES_MAX)
            return MINT_METADATA_TOO_LARGE;
        const enum json_verdict verdict = json_parse(
            arena, &extra, metadata->extra, &(struct json_options){ .unique_keys = true }, reason);
        if (verdict == JSON_NO_MEMORY)
            return MINT_FAILED; /* the arena holds the tree of any text of this length */
        if (verdict != JSON_OK || extra.kind != JSON_OBJECT)
            return MINT_EXTRA_NOT_JSON;
        if (json_find(&extra, "name") != NULL || json_find(&extra, "description") != NULL ||
            json_find(&extra, "image") != NULL)
            return MINT_EXTRA_RESERVED;
    }
    write_json(out, metadata, has_extra ? &extra : NULL);
    const mm_err err = mm_buf_err(out);
    if (err == MM_ERR_LIMIT)
        return MINT_METADATA_TOO_LARGE;
    return err == MM_OK ? MINT_OK : MINT_FAILED;
}

enum mint_verdict mint_metadata_write(struct mm_buf *out, const struct mint_metadata *metadata,
                                      struct mm_reason *reason)
{
    if (!utf8_is_valid(metadata->name) || !utf8_is_valid(metadata->description) ||
        !utf8_is_valid(metadata->image_uri))
        return MINT_TEXT_NOT_UTF8;
    struct mm_arena arena;
    mm_arena_init(&arena, MINT_ARENA_BYTES_MAX);
    const enum mint_verdict verdict = write_with_extra(out, &arena, metadata, reason);
    mm_arena_fini(&arena);
    return verdict;
}

/* --- the mint --- */

struct content_mint *content_mint_new(struct content *content, uint64_t image_bytes_max)
{
    struct content_mint *mint = mm_heap_zeroed(1, sizeof *mint);
    if (mint == NULL)
        return NULL;
    mint->image_bytes_max = image_bytes_max == 0 ? MINT_IMAGE_BYTES_DEFAULT : image_bytes_max;
    mint->writer = content_writer_new(content);
    if (mint->writer != NULL) {
        const struct block_sink sink = content_writer_sink(mint->writer);
        mint->file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
        mint->dir = import_dir_new(CONTENT_PROFILE_DEFAULT, &sink);
    }
    if (mint->file == NULL || mint->dir == NULL) {
        content_mint_free(mint);
        return NULL;
    }
    return mint;
}

void content_mint_free(struct content_mint *mint)
{
    if (mint == NULL)
        return;
    import_file_free(mint->file);
    import_dir_free(mint->dir);
    content_writer_free(mint->writer);
    mm_heap_free(mint);
}

mm_err content_mint_err(const struct content_mint *mint)
{
    return mint->err;
}

static enum mint_verdict fail(struct content_mint *mint, mm_err err)
{
    mint->err = err;
    mint->failed = MINT_FAILED;
    return MINT_FAILED;
}

enum mint_verdict content_mint_write(struct content_mint *mint, mm_bytes bytes)
{
    if (mint->failed != MINT_OK)
        return mint->failed;
    if (bytes.len > mint->image_bytes_max - mint->image_bytes)
        return mint->failed = MINT_IMAGE_TOO_LARGE;
    filetype_head_add(&mint->head, bytes);
    mint->image_bytes += bytes.len;
    const mm_err err = import_file_write(mint->file, bytes);
    return err == MM_OK ? MINT_OK : fail(mint, err);
}

/* A directory with the finished file as its one entry, and the file's URI. */
static mm_err wrap(struct content_mint *mint, struct import_result *dir, char uri[MINT_URI_MAX + 1],
                   const char *name)
{
    struct import_result file;
    MM_TRY(import_file_finish(mint->file, &file));
    MM_TRY(import_dir_add(mint->dir, mm_bytes_str(name), &file));
    MM_TRY(import_dir_finish(mint->dir, dir));
    char cid[CID_TEXT_MAX + 1];
    cid_to_text(cid, &dir->cid, MULTIBASE_BASE32);
    const int len = snprintf(uri, MINT_URI_MAX + 1, "ipfs://%s/%s", cid, name);
    MM_ASSERT(len > 0 && len <= MINT_URI_MAX);
    return MM_OK;
}

static mm_err commit(struct content_mint *mint, const struct minted *out,
                     const struct mint_request *request)
{
    struct content_pin pins[2];
    struct content_root roots[2];
    const struct import_result *made[2] = { &out->metadata, &out->image };
    const size_t count = out->has_image ? 2 : 1;
    for (size_t i = 0; i < count; i++) {
        pins[i] = (struct content_pin){
            .root = made[i]->cid,
            .kind = CONTENT_PIN_UPLOAD,
            .depth = CONTENT_PIN_RECURSIVE,
            .owner = request->lease_owner,
            .expires_ms = request->lease_expires_ms,
        };
        roots[i] = (struct content_root){
            .cid = made[i]->cid,
            .state = CONTENT_ROOT_WHOLE,
            .bytes = made[i]->dag_bytes,
            .blocks = made[i]->dag_blocks,
        };
    }
    const struct content_commit whole = {
        .pins = pins, .pin_count = count, .roots = roots, .root_count = count
    };
    return content_writer_commit(mint->writer, &whole);
}

static enum mint_verdict finish(struct content_mint *mint, struct minted *out,
                                const struct mint_request *request, struct mm_buf *json,
                                struct mm_reason *reason)
{
    out->has_image = mint->image_bytes > 0;
    if (!out->has_image && request->image_uri.len == 0)
        return mint->failed = MINT_NO_IMAGE;
    mm_err err;
    if (out->has_image) {
        char name[FILETYPE_NAME_MAX + 1];
        out->image_type = filetype_head_detect(&mint->head);
        filetype_safe_name(name, request->file_name, out->image_type);
        if ((err = wrap(mint, &out->image, out->image_uri, name)) != MM_OK)
            return fail(mint, err);
    }
    const struct mint_metadata metadata = {
        .name = request->name,
        .description = request->description,
        .image_uri = out->has_image ? mm_bytes_str(out->image_uri) : request->image_uri,
        .extra = request->extra,
    };
    const enum mint_verdict verdict = mint_metadata_write(json, &metadata, reason);
    if (verdict == MINT_FAILED)
        return fail(mint, MM_ERR_NO_MEMORY);
    if (verdict != MINT_OK)
        return mint->failed = verdict;
    if ((err = import_file_write(mint->file, mm_buf_bytes(json))) != MM_OK)
        return fail(mint, err);
    if ((err = wrap(mint, &out->metadata, out->metadata_uri, "metadata.json")) != MM_OK)
        return fail(mint, err);
    err = commit(mint, out, request);
    return err == MM_OK ? MINT_OK : fail(mint, err);
}

enum mint_verdict content_mint_finish(struct content_mint *mint, struct minted *out,
                                      const struct mint_request *request, struct mm_reason *reason)
{
    MM_ASSERT(request->lease_owner.len <= CONTENT_OWNER_MAX);
    *out = (struct minted){ .image_type = FILETYPE_UNKNOWN };
    if (mint->failed != MINT_OK)
        return mint->failed;
    struct mm_buf json;
    mm_buf_init(&json, MINT_METADATA_BYTES_MAX);
    const enum mint_verdict verdict = finish(mint, out, request, &json, reason);
    mm_buf_fini(&json);
    mint->image_bytes = 0; /* ready for the next token */
    mint->head.len = 0;
    if (verdict != MINT_OK)
        *out = (struct minted){ .image_type = FILETYPE_UNKNOWN };
    return verdict;
}

enum mint_verdict content_store_token(struct content *content, struct minted *out, mm_bytes image,
                                      const struct mint_request *request, struct mm_reason *reason)
{
    *out = (struct minted){ .image_type = FILETYPE_UNKNOWN };
    struct content_mint *mint = content_mint_new(content, 0);
    if (mint == NULL) {
        (void)mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
        return MINT_FAILED;
    }
    enum mint_verdict verdict = content_mint_write(mint, image);
    if (verdict == MINT_OK)
        verdict = content_mint_finish(mint, out, request, reason);
    if (verdict == MINT_FAILED)
        (void)mm_fail(reason, mint->err, "content store: %s", mm_err_text(mint->err));
    content_mint_free(mint);
    return verdict;
}
