#include "p2p/content/reader.h"

#include "p2p/content/reader_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    FRAME_KEEPS_BYTES = 512 << 10
}; /* capacity that a frame keeps for the next block; a HAMT shard has 12 KiB */

const char *read_verdict_text(enum read_verdict verdict)
{
    switch (verdict) {
    case READ_OK:
        return "ok";
    case READ_END:
        return "no more";
    case READ_NO_BLOCK:
        return "block not found";
    case READ_CORRUPT:
        return "stored block does not match its CID";
    case READ_BAD_PATH:
        return "bad path";
    case READ_NO_NAME:
        return "no link of this name";
    case READ_INSIDE:
        return "path ends within a document";
    case READ_NOT_A_DIRECTORY:
        return "not a directory";
    case READ_NOT_A_FILE:
        return "not a file";
    case READ_MALFORMED:
        return "malformed block";
    case READ_TOO_DEEP:
        return "too deep";
    case READ_TOO_LARGE:
        return "too many blocks";
    case READ_UNSUPPORTED:
        return "unsupported hash function or codec";
    case READ_FAILED:
        return "read failed";
    }
    MM_UNREACHABLE();
}

struct content_reader *content_reader_new(const struct block_source *source)
{
    MM_ASSERT(source->get != NULL);
    struct content_reader *reader = mm_heap_zeroed(1, sizeof *reader);
    if (reader == NULL)
        return NULL;
    reader->source = *source;
    mm_buf_init(&reader->block, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_init(&reader->frames[i].block, BLOCK_BYTES_MAX);
    return reader;
}

void content_reader_free(struct content_reader *reader)
{
    if (reader == NULL)
        return;
    mm_buf_fini(&reader->block);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_fini(&reader->frames[i].block);
    mm_heap_free(reader);
}

const struct cid *content_reader_at(const struct content_reader *reader)
{
    return &reader->at;
}

mm_err content_reader_err(const struct content_reader *reader)
{
    return reader->err;
}

uint64_t content_reader_blocks(const struct content_reader *reader)
{
    return reader->visited_blocks;
}

uint64_t content_reader_bytes(const struct content_reader *reader)
{
    return reader->visited_bytes;
}

static enum read_verdict fail(struct content_reader *reader, mm_err err)
{
    reader->err = err;
    return READ_FAILED;
}

static enum read_verdict fetch(struct content_reader *reader, const struct cid *cid)
{
    reader->at = *cid;
    reader->err = MM_OK;
    if (!multihash_is_supported(&cid->hash))
        return READ_UNSUPPORTED;
    mm_err err;
    if (cid->hash.code == MULTIHASH_IDENTITY) {
        mm_buf_reset(&reader->block);
        mm_buf_add(&reader->block, (mm_bytes){ reader->at.hash.digest, reader->at.hash.len });
        err = mm_buf_err(&reader->block);
    } else {
        err = reader->source.get(reader->source.context, &reader->block, &reader->at);
    }
    if (err == MM_ERR_NOT_FOUND)
        return READ_NO_BLOCK;
    if (err == MM_ERR_CORRUPT)
        return READ_CORRUPT;
    if (err != MM_OK)
        return fail(reader, err);
    reader->visited_blocks++;
    reader->visited_bytes += mm_buf_bytes(&reader->block).len;
    return READ_OK;
}

/* A node that carries file content: one size a link, and a total that agrees with what it claims. */
static bool is_consistent_file(const struct dagpb_node *node, const struct unixfs *data)
{
    if (data->blocksize_count != node->link_count)
        return false;
    if (data->type == UNIXFS_RAW && node->link_count > 0)
        return false;
    return !data->has_filesize || data->filesize == unixfs_content_bytes(data);
}

static enum read_verdict decode_dagpb(struct content_reader *reader)
{
    if (dagpb_decode(&reader->node, mm_buf_bytes(&reader->block)) != DAGPB_OK)
        return READ_MALFORMED;
    if (unixfs_decode(&reader->data, reader->node.data) != UNIXFS_OK)
        return READ_MALFORMED;
    switch (reader->data.type) {
    case UNIXFS_RAW:
    case UNIXFS_FILE:
        reader->kind = CONTENT_FILE;
        return is_consistent_file(&reader->node, &reader->data) ? READ_OK : READ_MALFORMED;
    case UNIXFS_DIRECTORY:
        reader->kind = CONTENT_DIRECTORY;
        return READ_OK;
    case UNIXFS_HAMT_SHARD:
        reader->kind = CONTENT_SHARDED;
        return READ_OK;
    case UNIXFS_SYMLINK:
        reader->kind = CONTENT_SYMLINK;
        return READ_OK;
    case UNIXFS_METADATA:
        return READ_UNSUPPORTED;
    }
    MM_UNREACHABLE();
}

enum read_verdict read_load(struct content_reader *reader, const struct cid *cid)
{
    reader->leaf = (mm_bytes){ NULL, 0 };
    reader->node = (struct dagpb_node){ .link_count = 0 };
    reader->data = (struct unixfs){ .type = UNIXFS_FILE };
    const enum read_verdict verdict = fetch(reader, cid);
    if (verdict != READ_OK)
        return verdict;
    if (reader->at.codec == CID_DAG_PB)
        return decode_dagpb(reader);
    reader->data.data = mm_buf_bytes(&reader->block);
    reader->kind = reader->at.codec == CID_RAW ? CONTENT_FILE : CONTENT_OTHER;
    return READ_OK;
}

uint64_t read_loaded_bytes(const struct content_reader *reader)
{
    return unixfs_content_bytes(&reader->data);
}

enum read_verdict read_push(struct content_reader *reader)
{
    const size_t len = mm_buf_bytes(&reader->block).len;
    if (reader->depth == READ_DEPTH_MAX || reader->held_bytes + len > READ_STACK_BYTES_MAX)
        return READ_TOO_DEEP;
    struct read_frame *frame = &reader->frames[reader->depth++];
    const struct mm_buf empty =
        frame->block; /* the bytes stay where they are: what was decoded borrows from them */
    frame->block = reader->block;
    reader->block = empty;
    frame->links = dagpb_links(&reader->node);
    frame->sizes = unixfs_sizes(&reader->data);
    frame->data = reader->data.data;
    frame->start = 0;
    frame->slots = 0;
    reader->held_bytes += len;
    return READ_OK;
}

void read_pop(struct content_reader *reader)
{
    MM_ASSERT(reader->depth > 0);
    struct read_frame *frame = &reader->frames[--reader->depth];
    reader->held_bytes -= mm_buf_bytes(&frame->block).len;
    if (frame->block.capacity > FRAME_KEEPS_BYTES) {
        mm_buf_fini(&frame->block);
        mm_buf_init(&frame->block, BLOCK_BYTES_MAX);
    }
    mm_buf_reset(&frame->block);
}

void read_rewind(struct content_reader *reader)
{
    while (reader->depth > 0)
        read_pop(reader);
    MM_ASSERT(reader->held_bytes == 0);
    reader->mode = READ_NOTHING;
    reader->leaf = (mm_bytes){ NULL, 0 };
}

enum read_verdict content_stat(struct content_reader *reader, struct content_node *out,
                               const struct cid *cid)
{
    *out = (struct content_node){ .cid = *cid };
    read_rewind(reader);
    const enum read_verdict verdict = read_load(reader, &out->cid);
    if (verdict != READ_OK)
        return verdict;
    out->kind = reader->kind;
    if (out->kind != CONTENT_DIRECTORY && out->kind != CONTENT_SHARDED)
        out->bytes = read_loaded_bytes(reader);
    return READ_OK;
}
