#include "p2p/content/reader.h"

#include "p2p/content/document.h"
#include "p2p/content/reader_internal.h"
#include "state/base/assert.h"

/* The link of a name in the loaded flat directory. */
static enum read_verdict find_flat(struct content_reader *reader, struct cid *out, mm_bytes name)
{
    struct dagpb_links links = dagpb_links(&reader->node);
    struct dagpb_link link;
    while (dagpb_next(&links, &link)) {
        if (mm_bytes_equal(link.name, name)) {
            *out = link.cid;
            return READ_OK;
        }
    }
    return READ_NO_NAME;
}

/* The link of the loaded shard in a slot. */
static bool find_slot(struct content_reader *reader, struct dagpb_link *link, mm_bytes *entry_name,
                      unsigned slot)
{
    struct dagpb_links links = dagpb_links(&reader->node);
    while (dagpb_next(&links, link))
        if (hamt_link_slot(entry_name, &reader->shape, link) == slot)
            return true;
    return false;
}

/* The link of a name in the loaded HAMT; deeper shards are loaded over it. */
static enum read_verdict find_sharded(struct content_reader *reader, struct cid *out, mm_bytes name,
                                      size_t *hops)
{
    const uint64_t hash = hamt_hash(name);
    for (unsigned level = 0;; level++) {
        enum read_verdict verdict = read_check_shard(reader, level);
        if (verdict != READ_OK)
            return verdict;
        struct dagpb_link link;
        mm_bytes entry_name;
        if (!find_slot(reader, &link, &entry_name, hamt_slot(&reader->shape, hash, level)))
            return READ_NO_NAME;
        if (entry_name.len > 0) {
            *out = link.cid;
            return mm_bytes_equal(entry_name, name) ? READ_OK : READ_NO_NAME;
        }
        if (++*hops > READ_DEPTH_MAX)
            return READ_TOO_DEEP;
        verdict = read_load(reader, &link.cid);
        if (verdict != READ_OK)
            return verdict;
    }
}

static enum read_verdict find(struct content_reader *reader, struct cid *out, mm_bytes name,
                              size_t *hops)
{
    switch (reader->kind) {
    case CONTENT_DIRECTORY:
        return find_flat(reader, out, name);
    case CONTENT_SHARDED:
        return find_sharded(reader, out, name, hops);
    case CONTENT_FILE:
    case CONTENT_SYMLINK:
        return READ_NOT_A_DIRECTORY;
    case CONTENT_OTHER:
        break;
    }
    MM_UNREACHABLE();
}

/* Takes the first segment off. */
static mm_bytes take_segment(mm_bytes *path)
{
    const uint8_t *slash = memchr(path->ptr, '/', path->len);
    const size_t len = slash == NULL ? path->len : (size_t)(slash - path->ptr);
    const mm_bytes segment = { path->ptr, len };
    const size_t used = slash == NULL ? len : len + 1;
    *path = (mm_bytes){ path->ptr + used, path->len - used };
    return segment;
}

static bool is_bad_segment(mm_bytes segment)
{
    return segment.len == 0 || mm_bytes_equal(segment, MM_BYTES_LIT(".")) ||
           mm_bytes_equal(segment, MM_BYTES_LIT(".."));
}

/* Before a block is read: a path that is bad anywhere is bad. */
static bool is_bad_path(mm_bytes path)
{
    while (path.len > 0)
        if (is_bad_segment(take_segment(&path)))
            return true;
    return false;
}

/* The block that a path through the loaded document comes to; *path is what is behind it. */
static enum read_verdict find_in_document(struct content_reader *reader, struct cid *out,
                                          mm_bytes *path)
{
    const struct cid *cid = &reader->at;
    if (cid->codec != CID_DAG_CBOR && cid->codec != CID_DAG_JSON)
        return READ_UNSUPPORTED;
    switch (document_follow(out, path, cid, mm_buf_bytes(&reader->block))) {
    case DOCUMENT_LINK:
        return READ_OK;
    case DOCUMENT_INSIDE:
        return READ_INSIDE;
    case DOCUMENT_NO_NAME:
        return READ_NO_NAME;
    case DOCUMENT_MALFORMED:
        return READ_MALFORMED;
    case DOCUMENT_NO_MEMORY:
        reader->err = MM_ERR_NO_MEMORY;
        return READ_FAILED;
    }
    MM_UNREACHABLE();
}

static enum read_verdict load_node(struct content_reader *reader, struct content_node *node,
                                   const struct cid *cid)
{
    node->cid = *cid;
    node->kind = CONTENT_OTHER;
    node->bytes = 0;
    const enum read_verdict verdict = read_load(reader, &node->cid);
    if (verdict != READ_OK)
        return verdict;
    node->kind = reader->kind;
    if (node->kind != CONTENT_DIRECTORY && node->kind != CONTENT_SHARDED)
        node->bytes = read_loaded_bytes(reader);
    return READ_OK;
}

static enum read_verdict follow(struct content_reader *reader, struct content_node *node,
                                mm_bytes *rest, const struct content_path_listener *listener)
{
    size_t hops = 0;
    struct cid next = node->cid;
    for (;;) {
        enum read_verdict verdict = load_node(reader, node, &next);
        if (verdict != READ_OK)
            return verdict;
        if (listener != NULL)
            listener->passed(listener->context, &node->cid);
        if (rest->len == 0)
            return READ_OK;
        mm_bytes after = *rest;
        verdict = reader->kind == CONTENT_OTHER ? find_in_document(reader, &next, &after)
                                                : find(reader, &next, take_segment(&after), &hops);
        if (verdict != READ_OK)
            return verdict;
        if (++hops > READ_DEPTH_MAX)
            return READ_TOO_DEEP;
        *rest = after;
    }
}

enum read_verdict content_resolve(struct content_reader *reader, struct content_node *out,
                                  mm_bytes *rest, const struct cid *root, mm_bytes path,
                                  const struct content_path_listener *listener)
{
    mm_bytes left = path;
    const struct cid start = *root;
    *out = (struct content_node){ .cid = start, .kind = CONTENT_OTHER };
    read_rewind(reader);
    if (left.len > 0 && left.ptr[0] == '/')
        left = (mm_bytes){ left.ptr + 1, left.len - 1 };
    const enum read_verdict verdict =
        is_bad_path(left) ? READ_BAD_PATH : follow(reader, out, &left, listener);
    if (rest != NULL)
        *rest = left;
    return verdict;
}
