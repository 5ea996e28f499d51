#include "p2p/content/car_export.h"

#include "state/base/assert.h"
#include "state/base/heap.h"

enum { HEAD_BYTES_MAX = CAR_HEADER_BYTES_MAX + CAR_V2_HEAD_BYTES + 10 };

enum stage { AT_HEADER, AT_SECTION, AT_BLOCK, AT_END };

struct car_export {
    struct content_walk *walk; /* owned */
    bool v2;
    struct cid root;
    const struct cid *roots; /* borrowed, or &root */
    size_t root_count;
    size_t root_at; /* the one that is walked */
    enum stage stage;
    enum read_verdict verdict; /* AT_END: how it ended */
    mm_err err;
    uint64_t blocks;    /* given */
    uint64_t bytes;     /* of them */
    mm_bytes block;     /* AT_BLOCK: of the walk's, not yet given */
    struct mm_buf head; /* of the file */
    uint8_t section[CAR_SECTION_HEAD_MAX];
};

struct car_export *car_export_new(const struct block_source *source,
                                  const struct car_export_options *options)
{
    struct car_export *export = mm_heap_zeroed(1, sizeof *export);
    if (export == NULL)
        return NULL;
    mm_buf_init(&export->head, HEAD_BYTES_MAX);
    export->v2 = options->v2;
    export->stage = AT_END;
    export->verdict = READ_END;
    export->walk = content_walk_new(source, &options->walk);
    if (export->walk == NULL) {
        car_export_free(export);
        return NULL;
    }
    return export;
}

void car_export_free(struct car_export *export)
{
    if (export == NULL)
        return;
    content_walk_free(export->walk);
    mm_buf_fini(&export->head);
    mm_heap_free(export);
}

const struct cid *car_export_at(const struct car_export *export)
{
    return content_walk_at(export->walk);
}

mm_err car_export_err(const struct car_export *export)
{
    return export->err != MM_OK ? export->err : content_walk_err(export->walk);
}

void car_export_totals(const struct car_export *export, uint64_t *blocks, uint64_t *bytes)
{
    *blocks = export->blocks;
    *bytes = export->bytes;
}

static enum read_verdict end(struct car_export *export, enum read_verdict verdict)
{
    export->stage = AT_END;
    export->verdict = verdict;
    return verdict;
}

static void begin_file(struct car_export *export, const struct cid *root)
{
    export->root = *root;
    export->roots = &export->root;
    export->root_count = 1;
    export->root_at = 0;
    export->stage = AT_HEADER;
    export->err = MM_OK;
    export->blocks = 0;
    export->bytes = 0;
}

void car_export_begin(struct car_export *export, const struct cid *root)
{
    const struct cid start = *root;
    content_walk_begin(export->walk, &start);
    begin_file(export, &start);
}

void car_export_begin_roots(struct car_export *export, const struct cid *roots, size_t count)
{
    MM_ASSERT(count >= 1 && count <= CAR_ROOTS_MAX);
    car_export_begin(export, &roots[0]);
    export->roots = roots;
    export->root_count = count;
}

enum read_verdict car_export_resolve(struct car_export *export, struct content_node *out,
                                     mm_bytes *rest, const struct cid *root, mm_bytes path,
                                     const struct content_path_listener *listener)
{
    const enum read_verdict verdict =
        content_walk_resolve(export->walk, out, rest, root, path, listener);
    export->err = MM_OK;
    if (verdict != READ_OK)
        return end(export, verdict);
    begin_file(export, &out->cid);
    return READ_OK;
}

/* The header of the v1 into export->head. */
static mm_err write_header(struct car_export *export)
{
    mm_buf_reset(&export->head);
    car_add_header(&export->head, export->roots, export->root_count);
    return mm_buf_err(&export->head);
}

/* The next block of the walk, from root to root. */
static enum read_verdict next_block(struct car_export *export, struct cid *cid, mm_bytes *block)
{
    enum read_verdict verdict;
    while ((verdict = content_walk_next(export->walk, cid, block)) == READ_END &&
           export->root_at + 1 < export->root_count)
        content_walk_also(export->walk, &export->roots[++export->root_at]);
    return verdict;
}

static void rewind_walk(struct car_export *export)
{
    if (export->root_count == 1) {
        content_walk_rewind(export->walk);
        return;
    }
    export->root_at = 0;
    content_walk_begin(export->walk, &export->roots[0]);
}

/* The bytes of the v1. The walk is then where it was. */
static enum read_verdict measure(struct car_export *export, uint64_t *bytes)
{
    struct cid cid;
    mm_bytes block;
    export->err = write_header(export);
    if (export->err != MM_OK)
        return READ_FAILED;
    *bytes = mm_buf_bytes(&export->head).len;
    enum read_verdict verdict;
    while ((verdict = next_block(export, &cid, &block)) == READ_OK)
        *bytes += car_section_head(export->section, &cid, block.len) + block.len;
    if (verdict != READ_END)
        return verdict;
    rewind_walk(export);
    return READ_OK;
}

enum read_verdict car_export_measure(struct car_export *export, uint64_t *bytes)
{
    MM_ASSERT(export->stage == AT_HEADER);
    const enum read_verdict verdict = measure(export, bytes);
    if (verdict != READ_OK) {
        *bytes = 0;
        return end(export, verdict);
    }
    if (export->v2)
        *bytes += CAR_V2_HEAD_BYTES;
    return READ_OK;
}

static enum read_verdict first_piece(struct car_export *export, mm_bytes *piece)
{
    uint64_t data_bytes = 0;
    const enum read_verdict verdict = export->v2 ? measure(export, &data_bytes) : READ_OK;
    if (verdict != READ_OK)
        return end(export, verdict);
    mm_buf_reset(&export->head);
    if (export->v2)
        car_add_v2_head(&export->head, data_bytes);
    car_add_header(&export->head, export->roots, export->root_count);
    export->err = mm_buf_err(&export->head);
    if (export->err != MM_OK)
        return end(export, READ_FAILED);
    *piece = mm_buf_bytes(&export->head);
    export->stage = AT_SECTION;
    return READ_OK;
}

enum read_verdict car_export_next(struct car_export *export, mm_bytes *piece)
{
    *piece = (mm_bytes){ NULL, 0 };
    struct cid cid;
    enum read_verdict verdict;
    switch (export->stage) {
    case AT_HEADER:
        return first_piece(export, piece);
    case AT_SECTION:
        verdict = next_block(export, &cid, &export->block);
        if (verdict != READ_OK)
            return end(export, verdict);
        export->blocks++;
        export->bytes += export->block.len;
        *piece = (mm_bytes){ export->section,
                             car_section_head(export->section, &cid, export->block.len) };
        export->stage = export->block.len == 0 ? AT_SECTION : AT_BLOCK;
        return READ_OK;
    case AT_BLOCK:
        *piece = export->block;
        export->stage = AT_SECTION;
        return READ_OK;
    case AT_END:
        return export->verdict;
    }
    MM_UNREACHABLE();
}
