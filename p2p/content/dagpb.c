#include "p2p/content/dagpb.h"

#include "p2p/content/protobuf.h"
#include "p2p/content/varint.h"
#include "state/base/assert.h"

enum { NODE_DATA = 1, NODE_LINKS = 2 };
enum { LINK_HASH = 1, LINK_NAME = 2, LINK_TSIZE = 3 };

const char *dagpb_verdict_text(enum dagpb_verdict verdict)
{
    switch (verdict) {
    case DAGPB_OK:
        return "ok";
    case DAGPB_BAD_RECORD:
        return "truncated or oversized protobuf record";
    case DAGPB_UNKNOWN_FIELD:
        return "a field that dag-pb does not have";
    case DAGPB_TWO_DATA:
        return "Data twice";
    case DAGPB_LINKS_SPLIT:
        return "Data between Links";
    case DAGPB_LINK_ORDER:
        return "link fields out of order";
    case DAGPB_LINK_NO_HASH:
        return "link without Hash";
    case DAGPB_LINK_BAD_HASH:
        return "link whose Hash is not a CID";
    }
    MM_UNREACHABLE();
}

static enum dagpb_verdict decode_hash(struct cid *out, mm_bytes hash)
{
    const enum cid_verdict verdict = cid_decode(out, hash);
    return verdict == CID_OK || verdict == CID_UNSUPPORTED ? DAGPB_OK : DAGPB_LINK_BAD_HASH;
}

static enum dagpb_verdict decode_link(struct dagpb_link *out, bool *shortest, mm_bytes record)
{
    *out = (struct dagpb_link){ .has_name = false };
    struct protobuf_reader reader = protobuf_over(record);
    struct protobuf_field field;
    uint64_t last = 0;
    enum protobuf_step step;
    while ((step = protobuf_next(&reader, &field)) == PROTOBUF_FIELD) {
        const enum protobuf_wire wire =
            field.number == LINK_TSIZE ? PROTOBUF_VARINT : PROTOBUF_BYTES;
        if (field.number > LINK_TSIZE || field.wire != wire)
            return DAGPB_UNKNOWN_FIELD;
        if (field.number <= last)
            return DAGPB_LINK_ORDER;
        if (last == 0 && field.number != LINK_HASH)
            return DAGPB_LINK_NO_HASH;
        last = field.number;
        if (field.number == LINK_HASH) {
            const enum dagpb_verdict verdict = decode_hash(&out->cid, field.bytes);
            if (verdict != DAGPB_OK)
                return verdict;
        } else if (field.number == LINK_NAME) {
            out->name = field.bytes;
            out->has_name = true;
        } else {
            out->tsize = field.value;
            out->has_tsize = true;
        }
    }
    if (step == PROTOBUF_BAD)
        return DAGPB_BAD_RECORD;
    if (last == 0)
        return DAGPB_LINK_NO_HASH;
    *shortest = *shortest && reader.shortest;
    return DAGPB_OK;
}

static enum dagpb_verdict decode(struct dagpb_node *out, mm_bytes block)
{
    struct protobuf_reader reader = protobuf_over(block);
    struct protobuf_field field;
    struct dagpb_link link;
    bool shortest = true;
    bool data_first = false;
    size_t start = 0; /* of this record */
    enum protobuf_step step;
    for (; (step = protobuf_next(&reader, &field)) == PROTOBUF_FIELD; start = reader.at) {
        if (field.wire != PROTOBUF_BYTES)
            return DAGPB_UNKNOWN_FIELD;
        if (field.number == NODE_DATA) {
            if (out->has_data)
                return DAGPB_TWO_DATA;
            out->data = field.bytes;
            out->has_data = true;
            data_first = out->link_count == 0;
        } else if (field.number == NODE_LINKS) {
            if (out->has_data && !data_first)
                return DAGPB_LINKS_SPLIT;
            const enum dagpb_verdict verdict = decode_link(&link, &shortest, field.bytes);
            if (verdict != DAGPB_OK)
                return verdict;
            if (out->link_count == 0)
                out->links.ptr = block.ptr + start;
            out->links.len = (size_t)(block.ptr + reader.at - out->links.ptr);
            out->link_count++;
        } else {
            return DAGPB_UNKNOWN_FIELD;
        }
    }
    if (step == PROTOBUF_BAD)
        return DAGPB_BAD_RECORD;
    out->canonical = shortest && reader.shortest && !(data_first && out->link_count > 0);
    return DAGPB_OK;
}

enum dagpb_verdict dagpb_decode(struct dagpb_node *out, mm_bytes block)
{
    *out = (struct dagpb_node){ .link_count = 0 };
    const enum dagpb_verdict verdict = decode(out, block);
    if (verdict != DAGPB_OK)
        *out = (struct dagpb_node){ .link_count = 0 };
    return verdict;
}

struct dagpb_links dagpb_links(const struct dagpb_node *node)
{
    return (struct dagpb_links){ .in = node->links, .at = 0 };
}

bool dagpb_next(struct dagpb_links *links, struct dagpb_link *link)
{
    struct protobuf_reader reader = { .in = links->in, .at = links->at, .shortest = true };
    struct protobuf_field field;
    const enum protobuf_step step = protobuf_next(&reader, &field);
    if (step == PROTOBUF_END)
        return false;
    bool shortest = true;
    MM_ASSERT(step == PROTOBUF_FIELD && field.number == NODE_LINKS);
    MM_ASSERT(decode_link(link, &shortest, field.bytes) == DAGPB_OK); /* dagpb_decode has seen it */
    links->at = reader.at;
    return true;
}

static size_t link_inner_size(size_t cid_len, const struct dagpb_link *link)
{
    size_t len = protobuf_bytes_size(cid_len);
    if (link->has_name)
        len += protobuf_bytes_size(link->name.len);
    if (link->has_tsize)
        len += 1 + varint_bytes(link->tsize);
    return len;
}

size_t dagpb_link_size(const struct dagpb_link *link)
{
    uint8_t cid[CID_BYTES_MAX];
    return protobuf_bytes_size(link_inner_size(cid_encode(cid, &link->cid), link));
}

void dagpb_add_link(struct mm_buf *out, const struct dagpb_link *link)
{
    uint8_t cid[CID_BYTES_MAX];
    const size_t cid_len = cid_encode(cid, &link->cid);
    protobuf_add_head(out, NODE_LINKS, link_inner_size(cid_len, link));
    protobuf_add_bytes(out, LINK_HASH, (mm_bytes){ cid, cid_len });
    if (link->has_name)
        protobuf_add_bytes(out, LINK_NAME, link->name);
    if (link->has_tsize)
        protobuf_add_varint(out, LINK_TSIZE, link->tsize);
}

void dagpb_add_data(struct mm_buf *out, mm_bytes data)
{
    protobuf_add_bytes(out, NODE_DATA, data);
}

void dagpb_encode(struct mm_buf *out, const struct dagpb_node *node)
{
    struct dagpb_links links = dagpb_links(node);
    struct dagpb_link link;
    while (dagpb_next(&links, &link))
        dagpb_add_link(out, &link);
    if (node->has_data)
        dagpb_add_data(out, node->data);
}
