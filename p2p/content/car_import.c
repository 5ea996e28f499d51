#include "p2p/content/car_import.h"

#include <inttypes.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

struct car_import {
    struct content *content;
    struct car_reader *reader; /* owned */
    struct content_writer *
        writer; /* owned: at work until the pins are written, so that no collector takes the blocks before */
    struct car_import_totals totals;
    struct car_import_root *roots; /* owned, NULL before finish */
    size_t root_count;
    mm_err err; /* the first failure */
    struct mm_reason reason;
};

struct car_import *car_import_new(struct content *content)
{
    struct car_import *import = mm_heap_zeroed(1, sizeof *import);
    if (import == NULL)
        return NULL;
    import->content = content;
    import->reader = car_reader_new();
    import->writer = content_writer_new(content);
    if (import->reader == NULL || import->writer == NULL) {
        car_import_free(import);
        return NULL;
    }
    return import;
}

void car_import_free(struct car_import *import)
{
    if (import == NULL)
        return;
    content_writer_free(import->writer);
    car_reader_free(import->reader);
    mm_heap_free(import->roots);
    mm_heap_free(import);
}

struct car_import_totals car_import_totals(const struct car_import *import)
{
    return import->totals;
}

const struct car_import_root *car_import_roots(const struct car_import *import, size_t *count)
{
    *count = import->root_count;
    return import->roots;
}

/* Hands out the failure that is remembered. */
static mm_err answer(const struct car_import *import, struct mm_reason *reason)
{
    if (import->err != MM_OK && reason != NULL)
        *reason = import->reason;
    return import->err;
}

static mm_err refuse_file(struct car_import *import, enum car_verdict verdict)
{
    import->err = verdict == CAR_NO_MEMORY ? MM_ERR_NO_MEMORY : MM_ERR_INVALID;
    return mm_fail(&import->reason, import->err, "CAR offset %" PRIu64 ": %s",
                   car_at(import->reader), car_verdict_text(verdict));
}

static mm_err refuse_block(struct car_import *import, const struct cid *cid, mm_err err)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    const char *why = mm_err_text(err);
    if (err == MM_ERR_INVALID)
        why = multihash_is_supported(&cid->hash) ? "does not hash to its CID"
                                                 : "has a hash function that is not computed here";
    import->err = err;
    return mm_fail(&import->reason, err, "CAR offset %" PRIu64 ": block %.100s: %s",
                   car_at(import->reader), text, why);
}

mm_err car_import_feed(struct car_import *import, mm_bytes bytes, struct mm_reason *reason)
{
    struct cid cid;
    mm_bytes block;
    while (import->err == MM_OK) {
        const enum car_verdict verdict = car_feed(import->reader, &cid, &block, &bytes);
        if (verdict == CAR_MORE)
            return MM_OK;
        if (verdict != CAR_BLOCK) {
            (void)refuse_file(import, verdict);
            break;
        }
        const mm_err err = content_writer_put(import->writer, &cid, block);
        if (err != MM_OK) {
            (void)refuse_block(import, &cid, err);
            break;
        }
        import->totals.blocks++;
        import->totals.bytes += block.len;
    }
    return answer(import, reason);
}

/* Which roots are whole. A root that is not, or is nothing that is read here, is an answer and no failure. */
static mm_err look_through(struct car_import *import)
{
    const struct cid *roots = car_roots(import->reader, &import->root_count);
    import->roots = mm_heap_zeroed(import->root_count + 1, sizeof *import->roots);
    if (import->roots == NULL) {
        import->root_count = 0;
        return MM_ERR_NO_MEMORY;
    }
    /* What was there before the file and is found to be part of it stays until it is pinned. */
    const struct block_source source = content_writer_source(import->writer);
    for (size_t i = 0; i < import->root_count; i++) {
        struct car_import_root *root = &import->roots[i];
        root->cid = roots[i];
        root->verdict = content_survey(&source, &root->totals, &root->cid);
        if (root->verdict == READ_FAILED)
            return root->totals.err;
    }
    return MM_OK;
}

static mm_err write_roots(struct car_import *import, const struct content_pin *pin)
{
    struct content_pin *pins = mm_heap_zeroed(import->root_count + 1, sizeof *pins);
    struct content_root *records = mm_heap_zeroed(import->root_count + 1, sizeof *records);
    struct content_commit commit = { .pins = pins, .roots = records };
    for (size_t i = 0; pins != NULL && records != NULL && i < import->root_count; i++) {
        const struct car_import_root *root = &import->roots[i];
        if (!multihash_is_supported(&root->cid.hash))
            continue;
        records[commit.root_count++] = (struct content_root){
            .cid = root->cid,
            .state = root->verdict == READ_OK ? CONTENT_ROOT_WHOLE : CONTENT_ROOT_PARTIAL,
            .bytes = root->totals.bytes,
            .blocks = root->totals.blocks,
        };
        if (pin == NULL || root->verdict != READ_OK)
            continue;
        pins[commit.pin_count] = *pin;
        pins[commit.pin_count++].root = root->cid;
    }
    const mm_err err = pins == NULL || records == NULL
                           ? MM_ERR_NO_MEMORY
                           : content_writer_commit(import->writer, &commit);
    mm_heap_free(pins);
    mm_heap_free(records);
    return err;
}

mm_err car_import_finish(struct car_import *import, const struct car_import_options *options,
                         struct mm_reason *reason)
{
    MM_ASSERT(import->roots == NULL); /* once */
    if (import->err != MM_OK)
        return answer(import, reason);
    const enum car_verdict verdict = car_finish(import->reader);
    if (verdict != CAR_OK) {
        (void)refuse_file(import, verdict);
        return answer(import, reason);
    }
    mm_err err = content_writer_commit(import->writer, NULL);
    if (err == MM_OK)
        err = look_through(import);
    if (err == MM_OK)
        err = write_roots(import, options->pin);
    if (err != MM_OK) {
        import->err = err;
        (void)mm_fail(&import->reason, err, "CAR: %s", mm_err_text(err));
    }
    return answer(import, reason);
}
