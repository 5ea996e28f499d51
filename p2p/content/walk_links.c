#include "p2p/content/links.h"
#include "p2p/content/walk_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"

enum { FILE_LINK_BYTES = 16 };

bool walk_wants_all_of(const struct content_walk *walk, uint64_t start, uint64_t size)
{
    return start >= walk->range_start && start + size <= walk->range_end;
}

bool walk_wants(const struct content_walk *walk, uint64_t start, uint64_t size)
{
    if (size == 0)
        return walk_wants_all_of(walk, start, size);
    return start < walk->range_end && start + size > walk->range_start;
}

bool walk_has_links(enum walk_role role, uint64_t codec)
{
    if (role == ROLE_ALONE)
        return false;
    if (role == ROLE_ALL)
        return codec == CID_DAG_PB || codec == CID_DAG_CBOR || codec == CID_DAG_JSON;
    return codec ==
           CID_DAG_PB; /* raw leaves of files have none, and other codecs are no entities */
}

static void put_link(struct walk_frame *frame, const struct cid *cid, uint64_t start, uint64_t size)
{
    uint8_t entry[1 + CID_BYTES_MAX + FILE_LINK_BYTES];
    size_t len = cid_encode(entry + 1, cid);
    entry[0] = (uint8_t)len;
    len++;
    if (frame->role == ROLE_FILE) {
        mm_put_be64(entry + len, start);
        mm_put_be64(entry + len + 8, size);
        len += FILE_LINK_BYTES;
    }
    mm_buf_add(&frame->links, (mm_bytes){ entry, len });
}

bool walk_take(struct walk_frame *frame, struct walk_visit *visit)
{
    const mm_bytes links = mm_buf_bytes(&frame->links);
    if (frame->at == links.len)
        return false;
    const uint8_t *entry = links.ptr + frame->at;
    const size_t len = entry[0];
    *visit = (struct walk_visit){ .role = frame->role };
    const enum cid_verdict verdict = cid_decode(&visit->cid, (mm_bytes){ entry + 1, len });
    MM_ASSERT(verdict == CID_OK || verdict == CID_UNSUPPORTED); /* put_link wrote it */
    frame->at += 1 + len;
    if (frame->role == ROLE_FILE) {
        visit->start = mm_get_be64(entry + 1 + len);
        visit->size = mm_get_be64(entry + 1 + len + 8);
        frame->at += FILE_LINK_BYTES;
    }
    MM_ASSERT(frame->at <= links.len);
    return true;
}

static bool hear_link(void *context, const struct cid *cid)
{
    put_link(context, cid, 0, 0);
    return true;
}

static enum read_verdict gather_all(struct content_walk *walk, struct walk_frame *frame,
                                    const struct cid *cid)
{
    frame->role = ROLE_ALL;
    switch (content_links(cid, mm_buf_bytes(&walk->block),
                          &(struct links_listener){ frame, hear_link })) {
    case LINKS_OK:
        return READ_OK;
    case LINKS_MALFORMED:
        return READ_MALFORMED;
    case LINKS_NO_MEMORY:
        walk->err = MM_ERR_NO_MEMORY;
        return READ_FAILED;
    case LINKS_STOPPED:
        break;
    }
    MM_UNREACHABLE();
}

/* The children that have something of the range. One size for each link: the reader's rule. */
static enum read_verdict gather_file(struct content_walk *walk, struct walk_frame *frame,
                                     const struct dagpb_node *node, const struct unixfs *data,
                                     uint64_t start)
{
    if (data->blocksize_count != node->link_count)
        return READ_MALFORMED;
    frame->role = ROLE_FILE;
    struct dagpb_links links = dagpb_links(node);
    struct unixfs_sizes sizes = unixfs_sizes(data);
    struct dagpb_link link;
    uint64_t size;
    start += data->data.len;
    for (; dagpb_next(&links, &link); start += size) {
        MM_ASSERT(unixfs_next_size(&sizes, &size));
        if (walk_wants(walk, start, size))
            put_link(frame, &link.cid, start, size);
    }
    return READ_OK;
}

/* The deeper shards. */
static enum read_verdict gather_shard(struct content_walk *walk, struct walk_frame *frame,
                                      const struct dagpb_node *node, const struct unixfs *data,
                                      bool is_root)
{
    struct hamt_shape shape;
    if (data->type != UNIXFS_HAMT_SHARD || hamt_check(&shape, node, data) != HAMT_OK)
        return READ_MALFORMED;
    if (is_root)
        walk->shape = shape;
    else if (shape.fanout != walk->shape.fanout || node->link_count == 0 ||
             walk->depth >= hamt_levels(&shape))
        return READ_MALFORMED;
    frame->role = ROLE_SHARD;
    struct dagpb_links links = dagpb_links(node);
    struct dagpb_link link;
    mm_bytes name;
    while (dagpb_next(&links, &link)) {
        (void)hamt_link_slot(&name, &shape, &link);
        if (name.len == 0)
            put_link(frame, &link.cid, 0, 0);
    }
    return READ_OK;
}

static enum read_verdict gather_root(struct content_walk *walk, struct walk_frame *frame,
                                     const struct dagpb_node *node, const struct unixfs *data)
{
    switch (data->type) {
    case UNIXFS_RAW:
    case UNIXFS_FILE:
        walk->range_start = 0;
        walk->range_end = unixfs_content_bytes(data);
        if (walk->options.has_range)
            walk_range_resolve(&walk->range_start, &walk->range_end, &walk->options.range,
                               unixfs_content_bytes(data));
        if (walk->range_start == walk->range_end && unixfs_content_bytes(data) > 0)
            return READ_OK; /* no byte is wanted: the root says how long the file is, and that is all */
        return gather_file(walk, frame, node, data, 0);
    case UNIXFS_HAMT_SHARD:
        return gather_shard(walk, frame, node, data, true);
    case UNIXFS_DIRECTORY:
    case UNIXFS_SYMLINK:
    case UNIXFS_METADATA:
        return READ_OK;
    }
    MM_UNREACHABLE();
}

static enum read_verdict gather_entity(struct content_walk *walk, struct walk_frame *frame,
                                       const struct walk_visit *visit)
{
    struct dagpb_node node;
    struct unixfs data;
    if (dagpb_decode(&node, mm_buf_bytes(&walk->block)) != DAGPB_OK)
        return READ_MALFORMED;
    if (unixfs_decode(&data, node.data) != UNIXFS_OK) /* dag-pb of another kind is one block */
        return visit->role == ROLE_ROOT ? READ_OK : READ_MALFORMED;
    if (visit->role == ROLE_ROOT)
        return gather_root(walk, frame, &node, &data);
    if (visit->role == ROLE_SHARD)
        return gather_shard(walk, frame, &node, &data, false);
    const bool is_file = data.type == UNIXFS_FILE || data.type == UNIXFS_RAW;
    if (!is_file || unixfs_content_bytes(&data) != visit->size)
        return READ_MALFORMED;
    return gather_file(walk, frame, &node, &data, visit->start);
}

enum read_verdict walk_gather(struct content_walk *walk, struct walk_frame *frame,
                              const struct walk_visit *visit)
{
    mm_buf_reset(&frame->links);
    frame->at = 0;
    const enum read_verdict verdict = visit->role == ROLE_ALL ? gather_all(walk, frame, &visit->cid)
                                                              : gather_entity(walk, frame, visit);
    if (verdict != READ_OK)
        return verdict;
    walk->err = mm_buf_err(&frame->links);
    if (walk->err == MM_ERR_LIMIT)
        return READ_TOO_DEEP;
    return walk->err == MM_OK ? READ_OK : READ_FAILED;
}
