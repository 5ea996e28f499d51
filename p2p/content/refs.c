#include "p2p/content/refs.h"

#include <limits.h>

#include "p2p/content/dagpb.h"
#include "p2p/content/links.h"
#include "p2p/content/seen.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

enum { LINKS_BYTES_MAX = 8 << 20, FRAME_KEEPS_BYTES = 64 << 10, TAG_TOLD = 0 };

/* Links that are still to be told: length of the CID 1 | CID | length of the name 4 | name */
struct frame {
    struct cid source;
    struct mm_buf links;
    size_t at;
};

struct content_refs {
    struct block_source source;
    struct refs_options options;
    struct seen seen;
    struct mm_buf block;
    struct frame frames[READ_DEPTH_MAX];
    size_t depth;
    size_t held_bytes;
    uint64_t told;
    bool has_next; /* a block whose links are to be gathered before the next one is told */
    bool is_over;
    struct cid next;
    struct cid at;
    mm_err err;
};

struct content_refs *content_refs_new(const struct block_source *source,
                                      const struct refs_options *options)
{
    struct content_refs *refs = mm_heap_zeroed(1, sizeof *refs);
    if (refs == NULL)
        return NULL;
    refs->source = *source;
    refs->options = *options;
    if (refs->options.depth_max == 0)
        refs->options.depth_max = UINT_MAX;
    refs->is_over = true;
    seen_init(&refs->seen);
    mm_buf_init(&refs->block, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_init(&refs->frames[i].links, LINKS_BYTES_MAX);
    return refs;
}

void content_refs_free(struct content_refs *refs)
{
    if (refs == NULL)
        return;
    seen_fini(&refs->seen);
    mm_buf_fini(&refs->block);
    for (size_t i = 0; i < READ_DEPTH_MAX; i++)
        mm_buf_fini(&refs->frames[i].links);
    mm_heap_free(refs);
}

const struct cid *content_refs_at(const struct content_refs *refs)
{
    return &refs->at;
}

mm_err content_refs_err(const struct content_refs *refs)
{
    return refs->err;
}

static void release(struct content_refs *refs, struct frame *frame)
{
    refs->held_bytes -= mm_buf_bytes(&frame->links).len;
    if (frame->links.capacity > FRAME_KEEPS_BYTES) {
        mm_buf_fini(&frame->links);
        mm_buf_init(&frame->links, LINKS_BYTES_MAX);
    }
    mm_buf_reset(&frame->links);
}

void content_refs_begin(struct content_refs *refs, const struct cid *root)
{
    const struct cid start = *root;
    while (refs->depth > 0)
        release(refs, &refs->frames[--refs->depth]);
    refs->next = start;
    refs->at = start;
    refs->has_next = true;
    refs->is_over = false;
    refs->err = MM_OK;
}

/* ---- a block's links ---- */

static void put_link(struct frame *frame, const struct cid *cid, mm_bytes name)
{
    uint8_t head[1 + CID_BYTES_MAX + 4];
    const size_t cid_len = cid_encode(head + 1, cid);
    head[0] = (uint8_t)cid_len;
    mm_put_be32(head + 1 + cid_len, (uint32_t)name.len);
    mm_buf_add(&frame->links, mm_bytes_from(head, 1 + cid_len + 4));
    mm_buf_add(&frame->links, name);
}

static bool hear_link(void *context, const struct cid *cid)
{
    put_link(context, cid, mm_bytes_from(NULL, 0));
    return true;
}

static enum read_verdict gather(struct content_refs *refs, struct frame *frame,
                                const struct cid *cid)
{
    const mm_bytes block = mm_buf_bytes(&refs->block);
    if (cid->codec == CID_DAG_PB) {
        struct dagpb_node node;
        struct dagpb_link link;
        if (dagpb_decode(&node, block) != DAGPB_OK)
            return READ_MALFORMED;
        struct dagpb_links links = dagpb_links(&node);
        while (dagpb_next(&links, &link))
            put_link(frame, &link.cid, link.name);
        return READ_OK;
    }
    switch (content_links(cid, block, &(struct links_listener){ frame, hear_link })) {
    case LINKS_OK:
        return READ_OK;
    case LINKS_MALFORMED:
        return READ_MALFORMED;
    case LINKS_NO_MEMORY:
        refs->err = MM_ERR_NO_MEMORY;
        return READ_FAILED;
    case LINKS_STOPPED:
        break;
    }
    MM_UNREACHABLE();
}

static enum read_verdict load(struct content_refs *refs, const struct cid *cid)
{
    if (!multihash_is_supported(&cid->hash))
        return READ_UNSUPPORTED;
    if (cid->hash.code == MULTIHASH_IDENTITY) {
        mm_buf_reset(&refs->block);
        mm_buf_add(&refs->block, mm_bytes_from(cid->hash.digest, cid->hash.len));
        refs->err = mm_buf_err(&refs->block);
    } else {
        refs->err = refs->source.get(refs->source.context, &refs->block, cid);
    }
    if (refs->err == MM_ERR_NOT_FOUND)
        return READ_NO_BLOCK;
    if (refs->err == MM_ERR_CORRUPT)
        return READ_CORRUPT;
    return refs->err == MM_OK ? READ_OK : READ_FAILED;
}

static bool has_links(const struct cid *cid)
{
    return cid->codec == CID_DAG_PB || cid->codec == CID_DAG_CBOR || cid->codec == CID_DAG_JSON;
}

/* The links of refs->next become the deepest frame. */
static enum read_verdict descend(struct content_refs *refs)
{
    refs->at = refs->next;
    refs->has_next = false;
    enum read_verdict verdict = load(refs, &refs->at);
    if (verdict != READ_OK || !has_links(&refs->at))
        return verdict;
    if (refs->depth == READ_DEPTH_MAX)
        return READ_TOO_DEEP;
    struct frame *frame = &refs->frames[refs->depth];
    frame->source = refs->at;
    frame->at = 0;
    verdict = gather(refs, frame, &refs->at);
    const mm_err err = mm_buf_err(&frame->links);
    const size_t len = mm_buf_bytes(&frame->links).len;
    if (verdict == READ_OK && err == MM_ERR_NO_MEMORY) {
        refs->err = err;
        verdict = READ_FAILED;
    }
    if (verdict == READ_OK &&
        (err == MM_ERR_LIMIT || refs->held_bytes + len > READ_STACK_BYTES_MAX))
        verdict = READ_TOO_DEEP;
    if (verdict != READ_OK) {
        mm_buf_reset(&frame->links);
        return verdict;
    }
    refs->held_bytes += len;
    refs->depth++;
    return READ_OK;
}

/* The next link of the deepest frame that has one. */
static bool take(struct content_refs *refs, struct ref *ref)
{
    while (refs->depth > 0) {
        struct frame *frame = &refs->frames[refs->depth - 1];
        const mm_bytes links = mm_buf_bytes(&frame->links);
        if (frame->at == links.len) {
            refs->depth--;
            release(refs, frame);
            continue;
        }
        const uint8_t *link = links.ptr + frame->at;
        const size_t cid_len = link[0];
        const size_t name_len = mm_get_be32(link + 1 + cid_len);
        const enum cid_verdict verdict = cid_decode(&ref->target, mm_bytes_from(link + 1, cid_len));
        MM_ASSERT(verdict == CID_OK || verdict == CID_UNSUPPORTED); /* put_link wrote it */
        ref->source = frame->source;
        ref->name = mm_bytes_from(link + 1 + cid_len + 4, name_len);
        frame->at += 1 + cid_len + 4 + name_len;
        return true;
    }
    return false;
}

/* Whether a link is to be told. With `unique` a target that was told is not looked into again either. */
static mm_err note(struct content_refs *refs, bool *is_told, const struct cid *cid)
{
    *is_told = true;
    if (!refs->options.unique || cid->hash.code == MULTIHASH_IDENTITY ||
        !multihash_is_supported(&cid->hash))
        return MM_OK;
    return seen_add(&refs->seen, is_told, &cid->hash, TAG_TOLD);
}

enum read_verdict content_refs_next(struct content_refs *refs, struct ref *ref)
{
    *ref = (struct ref){ .name = { NULL, 0 } };
    while (!refs->is_over) {
        struct ref found;
        bool is_told;
        if (refs->has_next) {
            const enum read_verdict verdict = descend(refs);
            refs->is_over = verdict == READ_FAILED;
            if (verdict != READ_OK)
                return verdict;
        }
        if (!take(refs, &found)) {
            refs->is_over = true;
            break;
        }
        refs->err = note(refs, &is_told, &found.target);
        refs->is_over = refs->err != MM_OK || refs->told == REFS_MAX;
        if (refs->is_over)
            return refs->err != MM_OK ? READ_FAILED : READ_TOO_LARGE;
        if (!is_told)
            continue;
        refs->told++;
        refs->next = found.target;
        refs->has_next = refs->depth < refs->options.depth_max;
        *ref = found;
        return READ_OK;
    }
    return READ_END;
}
