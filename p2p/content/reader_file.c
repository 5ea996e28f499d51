#include "p2p/content/reader.h"

#include "p2p/content/reader_internal.h"
#include "state/base/assert.h"

/* The loaded node becomes the place to read at: a leaf is read where it is, a parent goes on the stack. */
static enum read_verdict enter(struct content_reader *reader, uint64_t start)
{
    if (reader->node.link_count == 0) {
        reader->leaf = reader->data.data;
        reader->leaf_start = start;
        return READ_OK;
    }
    const enum read_verdict verdict = read_push(reader);
    if (verdict == READ_OK)
        reader->frames[reader->depth - 1].start = start;
    return verdict;
}

static enum read_verdict load_root(struct content_reader *reader, const struct cid *cid)
{
    const struct cid root = *cid; /* it may be ours */
    read_rewind(reader);
    const enum read_verdict verdict = read_load(reader, &root);
    if (verdict != READ_OK)
        return verdict;
    return reader->kind == CONTENT_FILE ? READ_OK : READ_NOT_A_FILE;
}

enum read_verdict content_file_open(struct content_reader *reader, uint64_t *file_bytes,
                                    const struct cid *cid)
{
    *file_bytes = 0;
    enum read_verdict verdict = load_root(reader, cid);
    if (verdict != READ_OK)
        return verdict;
    reader->file_bytes = read_loaded_bytes(reader);
    /* The root stays on the stack, so that a range can begin again: a leaf, too. */
    reader->root_node = reader->node;
    reader->root_data = reader->data;
    verdict = read_push(reader);
    if (verdict != READ_OK)
        return verdict;
    reader->mode = READ_A_FILE;
    *file_bytes = reader->file_bytes;
    content_file_range(reader, 0, UINT64_MAX);
    return READ_OK;
}

/* Puts the root frame back to its first byte. */
static void restart(struct content_reader *reader)
{
    while (reader->depth > 1)
        read_pop(reader);
    struct read_frame *root = &reader->frames[0];
    reader->leaf = (mm_bytes){ NULL, 0 };
    root->links = dagpb_links(&reader->root_node);
    root->sizes = unixfs_sizes(&reader->root_data);
    root->data = reader->root_data.data;
    root->start = 0;
}

void content_file_range(struct content_reader *reader, uint64_t offset, uint64_t len)
{
    MM_ASSERT(reader->mode == READ_A_FILE && reader->depth > 0);
    restart(reader);
    reader->position = offset < reader->file_bytes ? offset : reader->file_bytes;
    const uint64_t left = reader->file_bytes - reader->position;
    reader->end = reader->position + (len < left ? len : left);
}

/* What of `content`, which begins at `start`, lies between position and end. */
static mm_bytes slice(const struct content_reader *reader, mm_bytes content, uint64_t start)
{
    const uint64_t stop = start + content.len < reader->end ? start + content.len : reader->end;
    if (reader->position < start || reader->position >= stop)
        return (mm_bytes){ NULL, 0 };
    return (mm_bytes){ content.ptr + (reader->position - start),
                       (size_t)(stop - reader->position) };
}

/* Goes to the next child that has something of the range; true when a block is to be loaded. */
static bool next_child(struct content_reader *reader, struct read_frame *frame, struct cid *cid,
                       uint64_t *size)
{
    struct dagpb_link link;
    while (dagpb_next(&frame->links, &link)) {
        MM_ASSERT(
            unixfs_next_size(&frame->sizes, size)); /* as many as links: read_load has counted */
        frame->start += *size;
        if (frame->start > reader->position) {
            *cid = link.cid;
            return true;
        }
    }
    return false;
}

static enum read_verdict descend(struct content_reader *reader, const struct cid *cid,
                                 uint64_t size, uint64_t start)
{
    enum read_verdict verdict = read_load(reader, cid);
    if (verdict != READ_OK)
        return verdict;
    if (reader->kind != CONTENT_FILE || read_loaded_bytes(reader) != size)
        return READ_MALFORMED;
    if (reader->depth + 1 > READ_DEPTH_MAX)
        return READ_TOO_DEEP;
    return enter(reader, start);
}

enum read_verdict content_file_next(struct content_reader *reader, mm_bytes *piece)
{
    *piece = (mm_bytes){ NULL, 0 };
    MM_ASSERT(reader->mode == READ_A_FILE);
    while (reader->position < reader->end) {
        struct read_frame *frame = &reader->frames[reader->depth - 1];
        if (reader->leaf.len > 0) {
            *piece = slice(reader, reader->leaf, reader->leaf_start);
            reader->leaf = (mm_bytes){ NULL, 0 };
        } else if (frame->data.len > 0) {
            *piece = slice(reader, frame->data, frame->start);
            frame->start += frame->data.len;
            frame->data = (mm_bytes){ NULL, 0 };
        } else {
            struct cid cid;
            uint64_t size;
            if (next_child(reader, frame, &cid, &size)) {
                const enum read_verdict verdict = descend(reader, &cid, size, frame->start - size);
                if (verdict != READ_OK) {
                    reader->end = reader->position; /* a failed range gives nothing more */
                    return verdict;
                }
            } else {
                MM_ASSERT(reader->depth > 1); /* the root's children make up the whole file */
                read_pop(reader);
            }
        }
        reader->position += piece->len;
        if (piece->len > 0)
            return READ_OK;
    }
    return READ_END;
}

enum read_verdict content_file_read(struct content_reader *reader, struct mm_buf *out,
                                    const struct cid *cid)
{
    uint64_t file_bytes;
    enum read_verdict verdict = content_file_open(reader, &file_bytes, cid);
    if (verdict != READ_OK)
        return verdict;
    if (file_bytes > out->bytes_max - mm_buf_bytes(out).len) {
        reader->err = MM_ERR_LIMIT;
        return READ_FAILED;
    }
    mm_bytes piece;
    while ((verdict = content_file_next(reader, &piece)) == READ_OK)
        mm_buf_add(out, piece);
    if (verdict != READ_END)
        return verdict;
    reader->err = mm_buf_err(out);
    return reader->err == MM_OK ? READ_OK : READ_FAILED;
}

enum read_verdict content_symlink_read(struct content_reader *reader, struct mm_buf *out,
                                       const struct cid *cid)
{
    struct content_node node;
    const enum read_verdict verdict = content_stat(reader, &node, cid);
    if (verdict != READ_OK)
        return verdict;
    if (node.kind != CONTENT_SYMLINK)
        return READ_NOT_A_FILE;
    mm_buf_add(out, reader->data.data);
    reader->err = mm_buf_err(out);
    return reader->err == MM_OK ? READ_OK : READ_FAILED;
}
