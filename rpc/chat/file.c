/* Files of the content store: specifications and scripts to read, transcripts to keep. */
#include <stdio.h>

#include "p2p/content/import.h"
#include "p2p/content/needs.h"
#include "p2p/content/reader.h"
#include "rpc/chat/chat_internal.h"
#include "rpc/gateway/source.h"

static bool fail(struct mm_reason *reason, const char *what)
{
    (void)mm_fail(reason, MM_ERR_INVALID, "%s", what);
    return false;
}

/* ---- reading ---- */

static enum read_verdict read_file(struct content_reader *reader, struct mm_buf *out,
                                   const struct cid *root, mm_bytes path)
{
    struct content_node node;
    const enum read_verdict verdict = content_resolve(reader, &node, NULL, root, path, NULL);
    return verdict == READ_OK ? content_file_read(reader, out, &node.cid) : verdict;
}

static bool read_path(struct chat *chat, struct mm_arena *arena, mm_bytes *out,
                      const struct cid *root, mm_bytes path, size_t bytes_max,
                      struct mm_reason *reason)
{
    struct source *source = source_new(chat->options.content);
    struct content_reader *reader = NULL;
    enum read_verdict verdict = READ_FAILED;
    struct mm_buf bytes;
    *out = (mm_bytes){ 0 };
    mm_buf_init(&bytes, bytes_max);
    if (source != NULL) {
        const struct block_source blocks = source_blocks(source);
        if (chat->options.elsewhere != NULL)
            source_look_elsewhere(source, chat->options.elsewhere, root);
        reader = content_reader_new(&blocks);
    }
    if (reader != NULL)
        verdict = read_file(reader, &bytes, root, path);
    bool ok = verdict == READ_OK && mm_arena_copy(arena, out, mm_buf_bytes(&bytes)) == MM_OK;
    if (!ok) {
        char text[CID_TEXT_MAX + 1];
        const bool is_late = source != NULL && source_is_late(source);
        (void)cid_to_text(text, root, MULTIBASE_BASE32);
        (void)mm_fail(reason, MM_ERR_NOT_FOUND, "%s: %s", text,
                      is_late ? "another node has it, and did not send it in time"
                              : read_verdict_text(verdict));
    }
    content_reader_free(reader);
    source_free(source);
    mm_buf_fini(&bytes);
    return ok;
}

bool chat_file_read_uri(struct chat *chat, struct mm_arena *arena, mm_bytes *out, mm_bytes uri,
                        size_t bytes_max, struct mm_reason *reason)
{
    uint8_t memory[CONTENT_URI_MAX];
    struct cid root;
    mm_bytes path;
    *out = (mm_bytes){ 0 };
    if (!needs_parse_uri(&root, &path, memory, uri))
        return fail(reason, "the URI is no ipfs:// with a CID");
    return read_path(chat, arena, out, &root, path, bytes_max, reason);
}

bool chat_file_read_cid(struct chat *chat, struct mm_arena *arena, mm_bytes *out,
                        const struct cid *cid, size_t bytes_max, struct mm_reason *reason)
{
    return read_path(chat, arena, out, cid, (mm_bytes){ 0 }, bytes_max, reason);
}

/* ---- storing ---- */

bool chat_file_sha256(mm_hash32 *out, mm_bytes bytes)
{
    struct multihasher *hasher = multihasher_new();
    struct multihash hash;
    const bool ok =
        hasher != NULL && multihasher_digest(hasher, &hash, MULTIHASH_SHA2_256, &bytes, 1) == MM_OK;
    multihasher_free(hasher);
    if (ok)
        memcpy(out->b, hash.digest, sizeof out->b);
    return ok;
}

/* sink NULL: only the CID. */
static mm_err import(struct import_result *result, const struct block_sink *sink, mm_bytes bytes)
{
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, sink);
    mm_err err = file == NULL ? MM_ERR_NO_MEMORY : import_file_write(file, bytes);
    if (err == MM_OK)
        err = import_file_finish(file, result);
    import_file_free(file);
    return err;
}

mm_err chat_file_cid(struct cid *out, mm_bytes bytes)
{
    struct import_result result;
    MM_TRY(import(&result, NULL, bytes));
    *out = result.cid;
    return MM_OK;
}

mm_err chat_file_store(struct chat *chat, struct cid *out, mm_bytes bytes, const char *owner)
{
    struct content_writer *writer = content_writer_new(chat->options.content);
    struct import_result result;
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    const struct block_sink sink = content_writer_sink(writer);
    mm_err err = import(&result, &sink, bytes);
    if (err == MM_OK) {
        const struct content_pin pin = { .root = result.cid,
                                         .kind = CONTENT_PIN_USER,
                                         .depth = CONTENT_PIN_RECURSIVE,
                                         .owner = mm_bytes_str(owner) };
        const struct content_root root = { .cid = result.cid,
                                           .state = CONTENT_ROOT_WHOLE,
                                           .bytes = result.dag_bytes,
                                           .blocks = result.dag_blocks };
        const struct content_commit commit = {
            .pins = &pin, .pin_count = 1, .roots = &root, .root_count = 1
        };
        err = content_writer_commit(writer, &commit);
        *out = result.cid;
    }
    content_writer_free(writer);
    return err;
}

void chat_file_release(struct chat *chat, const struct cid *cid, const char *owner)
{
    /* What could not be released stays, and is seen by `pin ls`. */
    if (content_pin_del(chat->options.content, cid, CONTENT_PIN_USER, mm_bytes_str(owner)) != MM_OK)
        return;
}

/* ---- specifications ---- */

bool chat_spec_load(struct chat *chat, struct mm_arena *arena, struct spec *spec, mm_bytes uri,
                    const mm_hash32 *digest, struct mm_reason *reason)
{
    struct mm_reason why = { .text = "" };
    mm_bytes text;
    mm_hash32 sha256;
    *spec = (struct spec){ 0 };
    if (!chat_file_read_uri(chat, arena, &text, uri, SPEC_BYTES_MAX, &why)) {
        (void)mm_fail(reason, MM_ERR_NOT_FOUND, "the specification cannot be read: %.250s",
                      why.text);
        return false;
    }
    if (!chat_file_sha256(&sha256, text))
        return fail(reason, "out of memory");
    if (!mm_hash_equal(&sha256, digest))
        return fail(reason, "the specification is not the one whose digest the chain has");
    if (spec_parse(arena, spec, text, &why) == PERSONA_OK)
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID, "the specification is no persona's: %.250s", why.text);
    return false;
}

bool chat_script_load(struct chat *chat, struct mm_arena *arena,
                      const struct persona_script **script, const struct spec *spec,
                      struct mm_reason *reason)
{
    struct mm_reason why = { .text = "" };
    mm_bytes text;
    *script = NULL;
    if (chat_file_read_uri(chat, arena, &text, spec->script, PERSONA_SCRIPT_BYTES_MAX, &why) &&
        persona_script_parse(arena, script, text, &why) == PERSONA_OK)
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID, "the script cannot be used: %.250s", why.text);
    return false;
}
