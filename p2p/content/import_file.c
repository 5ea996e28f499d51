#include "p2p/content/import.h"

#include "p2p/content/dagpb.h"
#include "p2p/content/import_internal.h"
#include "p2p/content/protobuf.h"
#include "p2p/content/unixfs.h"
#include "p2p/content/varint.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    LEVELS_MAX =
        62, /* parents above leaves; two links a parent and one byte a chunk would be 4 EiB */
    LINK_BYTES_MAX =
        64, /* record of a nameless link: 36 bytes of CID, 10 of Tsize, tags and lengths */
    SIZE_BYTES_MAX = 11,  /* record of a blocksize */
    LEAF_HEAD_BYTES = 32, /* what stands before and behind the content in a dag-pb leaf */
};

_Static_assert(IMPORT_LINKS_MAX *(LINK_BYTES_MAX + SIZE_BYTES_MAX) + 64 <= BLOCK_BYTES_MAX / 2,
               "a full parent fits a block");

/* The unfinished parent of one level. */
struct level {
    struct mm_buf links; /* link records */
    struct mm_buf sizes; /* blocksize records */
    uint32_t count;
    struct import_result sum; /* of the children; sum.cid is the last child's */
};

struct import_file {
    struct import_out out;
    struct mm_buf chunk;  /* bytes that do not fill a chunk yet */
    struct mm_buf block;  /* a block that is put together */
    struct mm_buf data;   /* its UnixFS part */
    struct level *levels; /* owned array of LEVELS_MAX */
    bool has_leaf;        /* something was emitted since the last finish */
};

struct import_file *import_file_new(const struct content_profile *profile,
                                    const struct block_sink *sink)
{
    struct import_file *file = mm_heap_zeroed(1, sizeof *file);
    if (file == NULL)
        return NULL;
    mm_buf_init(&file->chunk, profile->chunk_bytes);
    mm_buf_init(&file->block, BLOCK_BYTES_MAX);
    mm_buf_init(&file->data, BLOCK_BYTES_MAX);
    file->levels = mm_heap_zeroed(LEVELS_MAX, sizeof *file->levels);
    if (!import_out_init(&file->out, profile, sink) || file->levels == NULL) {
        import_file_free(file);
        return NULL;
    }
    for (size_t i = 0; i < LEVELS_MAX; i++) {
        mm_buf_init(&file->levels[i].links, (size_t)profile->links_max * LINK_BYTES_MAX);
        mm_buf_init(&file->levels[i].sizes, (size_t)profile->links_max * SIZE_BYTES_MAX);
    }
    return file;
}

void import_file_free(struct import_file *file)
{
    if (file == NULL)
        return;
    for (size_t i = 0; file->levels != NULL && i < LEVELS_MAX; i++) {
        mm_buf_fini(&file->levels[i].links);
        mm_buf_fini(&file->levels[i].sizes);
    }
    mm_heap_free(file->levels);
    mm_buf_fini(&file->chunk);
    mm_buf_fini(&file->block);
    mm_buf_fini(&file->data);
    import_out_fini(&file->out);
    mm_heap_free(file);
}

static void level_reset(struct level *level)
{
    mm_buf_reset(&level->links);
    mm_buf_reset(&level->sizes);
    level->count = 0;
    level->sum = (struct import_result){ .dag_blocks = 0 };
}

void import_file_reset(struct import_file *file)
{
    for (size_t i = 0; i < LEVELS_MAX; i++)
        level_reset(&file->levels[i]);
    mm_buf_reset(&file->chunk);
    mm_buf_reset(&file->block);
    mm_buf_reset(&file->data);
    file->has_leaf = false;
}

/* The block over the children of a level; the level is empty afterwards. */
static mm_err emit_parent(struct import_file *file, struct level *level,
                          struct import_result *parent)
{
    const struct unixfs node = {
        .type = UNIXFS_FILE,
        .has_filesize = true,
        .filesize = level->sum.content_bytes,
        .blocksizes = mm_buf_bytes(&level->sizes),
    };
    MM_TRY(mm_buf_err(&level->sizes));
    mm_buf_reset(&file->data);
    unixfs_encode(&file->data, &node);
    MM_TRY(mm_buf_err(&file->data));
    mm_buf_reset(&file->block);
    MM_TRY(mm_buf_err(&level->links));
    mm_buf_add(&file->block, mm_buf_bytes(&level->links));
    dagpb_add_data(&file->block, mm_buf_bytes(&file->data));
    MM_TRY(mm_buf_err(&file->block));
    const mm_bytes block = mm_buf_bytes(&file->block);
    *parent = level->sum;
    parent->dag_bytes += block.len;
    parent->dag_blocks++;
    level_reset(level);
    return import_emit(&file->out, &parent->cid, CID_DAG_PB, block);
}

/* Links a node under the unfinished parent of its level, and every parent that gets full under the next. */
static mm_err add_node(struct import_file *file, size_t at, const struct import_result *added)
{
    struct import_result node = *added;
    for (;; at++) {
        if (at == LEVELS_MAX)
            return MM_ERR_LIMIT;
        struct level *level = &file->levels[at];
        const struct dagpb_link link = {
            .cid = node.cid, .has_name = true, .has_tsize = true, .tsize = node.dag_bytes
        };
        dagpb_add_link(&level->links, &link);
        unixfs_add_blocksize(&level->sizes, node.content_bytes);
        level->count++;
        level->sum.cid = node.cid;
        level->sum.content_bytes += node.content_bytes;
        level->sum.dag_bytes += node.dag_bytes;
        level->sum.dag_blocks += node.dag_blocks;
        if (level->count < file->out.profile.links_max)
            return MM_OK;
        MM_TRY(emit_parent(file, level, &node));
    }
}

/* What a dag-pb leaf has around its content:   0a <size> 08 02 12 <len> | content | 18 <len>   */
static void frame_leaf(mm_bytes *before, mm_bytes *behind, uint8_t head[LEAF_HEAD_BYTES],
                       uint8_t tail[LEAF_HEAD_BYTES], size_t len)
{
    const size_t size_field = 1 + varint_bytes(len);
    const size_t data_field = len == 0 ? 0 : protobuf_bytes_size(len);
    size_t at = 0;
    head[at++] = 0x0a;
    at += varint_put(head + at, 2 + data_field + size_field);
    head[at++] = 0x08;
    head[at++] = UNIXFS_FILE;
    if (len > 0) {
        head[at++] = 0x12;
        at += varint_put(head + at, len);
    }
    *before = (mm_bytes){ head, at };
    tail[0] = 0x18;
    *behind = (mm_bytes){ tail, 1 + varint_put(tail + 1, len) };
}

static mm_err emit_leaf(struct import_file *file, mm_bytes content)
{
    struct import_result leaf = { .content_bytes = content.len, .dag_blocks = 1 };
    file->has_leaf = true;
    if (file->out.profile.raw_leaves) {
        leaf.dag_bytes = content.len;
        MM_TRY(import_emit(&file->out, &leaf.cid, CID_RAW, content));
        return add_node(file, 0, &leaf);
    }
    uint8_t head[LEAF_HEAD_BYTES];
    uint8_t tail[LEAF_HEAD_BYTES];
    mm_bytes parts[3] = { { NULL, 0 }, content, { NULL, 0 } };
    frame_leaf(&parts[0], &parts[2], head, tail, content.len);
    leaf.dag_bytes = parts[0].len + content.len + parts[2].len;
    if (!import_out_keeps(&file->out)) { /* no need to put the block together */
        MM_TRY(import_hash(&file->out, &leaf.cid, CID_DAG_PB, parts, 3));
        return add_node(file, 0, &leaf);
    }
    mm_buf_reset(&file->block);
    for (size_t i = 0; i < 3; i++)
        mm_buf_add(&file->block, parts[i]);
    MM_TRY(mm_buf_err(&file->block));
    MM_TRY(import_emit(&file->out, &leaf.cid, CID_DAG_PB, mm_buf_bytes(&file->block)));
    return add_node(file, 0, &leaf);
}

mm_err import_file_write(struct import_file *file, mm_bytes bytes)
{
    const size_t chunk_bytes = file->out.profile.chunk_bytes;
    while (bytes.len > 0) {
        const size_t held = mm_buf_bytes(&file->chunk).len;
        size_t step = chunk_bytes - held < bytes.len ? chunk_bytes - held : bytes.len;
        const mm_bytes piece = { bytes.ptr, step };
        if (held == 0 && step == chunk_bytes) {
            MM_TRY(emit_leaf(file, piece));
        } else {
            mm_buf_add(&file->chunk, piece);
            MM_TRY(mm_buf_err(&file->chunk));
            if (held + step == chunk_bytes) {
                MM_TRY(emit_leaf(file, mm_buf_bytes(&file->chunk)));
                mm_buf_reset(&file->chunk);
            }
        }
        bytes.ptr += step;
        bytes.len -= step;
    }
    return MM_OK;
}

/* The highest level that has a node. */
static size_t top_level(const struct import_file *file)
{
    size_t top = 0;
    for (size_t i = 0; i < LEVELS_MAX; i++)
        if (file->levels[i].count > 0)
            top = i;
    return top;
}

mm_err import_file_finish(struct import_file *file, struct import_result *result)
{
    *result = (struct import_result){ .dag_blocks = 0 };
    const mm_bytes rest = mm_buf_bytes(&file->chunk);
    if (rest.len > 0 || !file->has_leaf)
        MM_TRY(emit_leaf(file, rest));
    for (size_t i = 0;; i++) {
        struct level *level = &file->levels[i];
        const bool is_top = i == top_level(file);
        if (is_top && level->count == 1) {
            *result = level->sum;
            break;
        }
        if (level->count == 0)
            continue; /* its nodes went up when the last of them came */
        struct import_result parent;
        MM_TRY(emit_parent(file, level, &parent));
        MM_TRY(add_node(file, i + 1, &parent));
    }
    import_file_reset(file);
    return MM_OK;
}
