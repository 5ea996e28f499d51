#include "p2p/content/reader.h"

#include "p2p/content/reader_internal.h"
#include "state/base/assert.h"

enum read_verdict read_check_shard(struct content_reader *reader, unsigned level)
{
    if (reader->kind != CONTENT_SHARDED)
        return READ_MALFORMED;
    struct hamt_shape shape;
    if (hamt_check(&shape, &reader->node, &reader->data) != HAMT_OK)
        return READ_MALFORMED;
    if (level == 0) {
        reader->shape = shape;
        return READ_OK;
    }
    /* A deeper shard is there because entries are: an empty one would let a small block stand for endless work. */
    if (shape.fanout != reader->shape.fanout || reader->node.link_count == 0)
        return READ_MALFORMED;
    return level < hamt_levels(&shape) ? READ_OK : READ_MALFORMED;
}

enum read_verdict content_dir_open(struct content_reader *reader, const struct cid *cid)
{
    const struct cid root = *cid; /* it may be ours */
    read_rewind(reader);
    enum read_verdict verdict = read_load(reader, &root);
    if (verdict != READ_OK)
        return verdict;
    enum read_mode mode = READ_A_DIRECTORY;
    if (reader->kind == CONTENT_SHARDED) {
        mode = READ_A_HAMT;
        verdict = read_check_shard(reader, 0);
    } else if (reader->kind != CONTENT_DIRECTORY) {
        verdict = READ_NOT_A_DIRECTORY;
    }
    if (verdict == READ_OK)
        verdict = read_push(reader);
    if (verdict == READ_OK)
        reader->mode = mode;
    return verdict;
}

static void fill(struct content_entry *entry, const struct dagpb_link *link, mm_bytes name)
{
    *entry = (struct content_entry){ .name = name, .cid = link->cid, .claimed_bytes = link->tsize };
}

/* One link of the deepest shard: an entry (*is_entry), or a shard that is then the deepest. */
static enum read_verdict step_into(struct content_reader *reader, struct content_entry *entry,
                                   bool *is_entry, const struct dagpb_link *link)
{
    const unsigned level = (unsigned)reader->depth - 1;
    const struct read_frame *frame = &reader->frames[level];
    mm_bytes name;
    const unsigned slot = hamt_link_slot(&name, &reader->shape, link);
    const uint64_t slots = frame->slots << reader->shape.bits | slot;
    *is_entry = name.len > 0;
    if (*is_entry) {
        fill(entry, link, name);
        const bool belongs = hamt_hash(name) >> (64 - reader->shape.bits * (level + 1)) == slots;
        return belongs ? READ_OK : READ_MALFORMED;
    }
    enum read_verdict verdict = read_load(reader, &link->cid);
    if (verdict == READ_OK)
        verdict = read_check_shard(reader, level + 1);
    if (verdict == READ_OK)
        verdict = read_push(reader);
    if (verdict == READ_OK)
        reader->frames[level + 1].slots = slots;
    return verdict;
}

static enum read_verdict next_in_hamt(struct content_reader *reader, struct content_entry *entry)
{
    while (reader->depth > 0) {
        struct dagpb_link link;
        if (!dagpb_next(&reader->frames[reader->depth - 1].links, &link)) {
            read_pop(reader);
            continue;
        }
        bool is_entry;
        const enum read_verdict verdict = step_into(reader, entry, &is_entry, &link);
        if (verdict != READ_OK || is_entry)
            return verdict;
    }
    return READ_END;
}

enum read_verdict content_dir_next(struct content_reader *reader, struct content_entry *entry)
{
    *entry = (struct content_entry){ .claimed_bytes = 0 };
    MM_ASSERT(reader->mode == READ_A_DIRECTORY || reader->mode == READ_A_HAMT);
    if (reader->mode == READ_A_HAMT) {
        const enum read_verdict verdict = next_in_hamt(reader, entry);
        if (verdict != READ_OK) {
            *entry = (struct content_entry){ .claimed_bytes = 0 };
            while (reader->depth > 0) /* a failed listing gives nothing more */
                read_pop(reader);
        }
        return verdict;
    }
    struct dagpb_link link;
    if (!dagpb_next(&reader->frames[0].links, &link))
        return READ_END;
    fill(entry, &link, link.name);
    return READ_OK;
}
