#include "p2p/content/unixfs.h"

#include "p2p/content/protobuf.h"
#include "p2p/content/varint.h"
#include "state/base/assert.h"

enum {
    FIELD_TYPE = 1,
    FIELD_DATA,
    FIELD_FILESIZE,
    FIELD_BLOCKSIZES,
    FIELD_HASH_TYPE,
    FIELD_FANOUT,
    FIELD_MODE,
    FIELD_MTIME,
};

enum { MTIME_SECONDS = 1, MTIME_NANOSECONDS = 2 };

const char *unixfs_verdict_text(enum unixfs_verdict verdict)
{
    switch (verdict) {
    case UNIXFS_OK:
        return "ok";
    case UNIXFS_BAD_RECORD:
        return "truncated or oversized UnixFS record";
    case UNIXFS_NO_TYPE:
        return "UnixFS without Type";
    case UNIXFS_UNKNOWN_TYPE:
        return "unknown UnixFS Type";
    case UNIXFS_TWICE:
        return "UnixFS field twice";
    case UNIXFS_BAD_MTIME:
        return "bad UnixFS mtime";
    case UNIXFS_SIZE_OVERFLOW:
        return "UnixFS sizes overflow";
    }
    MM_UNREACHABLE();
}

static enum unixfs_verdict check_mtime(bool *shortest, mm_bytes message)
{
    struct protobuf_reader reader = protobuf_over(message);
    struct protobuf_field field;
    bool has_seconds = false;
    bool has_nanoseconds = false;
    enum protobuf_step step;
    while ((step = protobuf_next(&reader, &field)) == PROTOBUF_FIELD) {
        if (field.number == MTIME_SECONDS && field.wire == PROTOBUF_VARINT && !has_seconds)
            has_seconds = true;
        else if (field.number == MTIME_NANOSECONDS && field.wire == PROTOBUF_FIXED32 &&
                 !has_nanoseconds && field.value >= 1 && field.value <= 999999999)
            has_nanoseconds = true;
        else
            return UNIXFS_BAD_MTIME;
    }
    *shortest = *shortest && reader.shortest;
    return step == PROTOBUF_END && has_seconds ? UNIXFS_OK : UNIXFS_BAD_MTIME;
}

static enum unixfs_verdict add_size(struct unixfs *out, uint64_t size)
{
    if (size > INT64_MAX || out->blocksizes_sum > INT64_MAX - size)
        return UNIXFS_SIZE_OVERFLOW;
    out->blocksizes_sum += size;
    out->blocksize_count++;
    return UNIXFS_OK;
}

static enum unixfs_verdict decode_sizes(struct unixfs *out, const struct protobuf_field *field)
{
    if (field->wire == PROTOBUF_VARINT)
        return add_size(out, field->value);
    if (field->wire != PROTOBUF_BYTES)
        return UNIXFS_BAD_RECORD;
    out->canonical = false; /* packed; everyone writes them one by one */
    for (size_t at = 0; at < field->bytes.len;) {
        uint64_t size;
        bool shortest;
        const size_t used = varint_read_padded(
            &size, &shortest, (mm_bytes){ field->bytes.ptr + at, field->bytes.len - at });
        if (used == 0)
            return UNIXFS_BAD_RECORD;
        const enum unixfs_verdict verdict = add_size(out, size);
        if (verdict != UNIXFS_OK)
            return verdict;
        at += used;
    }
    return UNIXFS_OK;
}

/* A field that stands at most once, of one wire type. */
static enum unixfs_verdict take(bool *seen, const struct protobuf_field *field,
                                enum protobuf_wire wire)
{
    if (field->wire != wire)
        return UNIXFS_BAD_RECORD;
    if (*seen)
        return UNIXFS_TWICE;
    *seen = true;
    return UNIXFS_OK;
}

static enum unixfs_verdict decode_field(struct unixfs *out, bool *has_type,
                                        const struct protobuf_field *field)
{
    enum unixfs_verdict verdict;
    switch (field->number) {
    case FIELD_TYPE:
        if ((verdict = take(has_type, field, PROTOBUF_VARINT)) != UNIXFS_OK)
            return verdict;
        if (field->value > UNIXFS_HAMT_SHARD)
            return UNIXFS_UNKNOWN_TYPE;
        out->type = (enum unixfs_type)field->value;
        return UNIXFS_OK;
    case FIELD_DATA:
        out->data = field->bytes;
        return take(&out->has_data, field, PROTOBUF_BYTES);
    case FIELD_FILESIZE:
        out->filesize = field->value;
        return take(&out->has_filesize, field, PROTOBUF_VARINT);
    case FIELD_BLOCKSIZES:
        return decode_sizes(out, field);
    case FIELD_HASH_TYPE:
        out->hash_type = field->value;
        return take(&out->has_hash_type, field, PROTOBUF_VARINT);
    case FIELD_FANOUT:
        out->fanout = field->value;
        return take(&out->has_fanout, field, PROTOBUF_VARINT);
    case FIELD_MODE:
        if (field->value > UINT32_MAX)
            return UNIXFS_BAD_RECORD;
        out->mode = (uint32_t)field->value;
        return take(&out->has_mode, field, PROTOBUF_VARINT);
    case FIELD_MTIME:
        out->mtime = field->bytes;
        if ((verdict = take(&out->has_mtime, field, PROTOBUF_BYTES)) != UNIXFS_OK)
            return verdict;
        return check_mtime(&out->canonical, field->bytes);
    default:
        out->canonical = false;
        return UNIXFS_OK;
    }
}

static enum unixfs_verdict decode(struct unixfs *out, mm_bytes data)
{
    struct protobuf_reader reader = protobuf_over(data);
    struct protobuf_field field;
    bool has_type = false;
    uint64_t last = 0;
    out->canonical = true;
    out->blocksizes = data;
    enum protobuf_step step;
    while ((step = protobuf_next(&reader, &field)) == PROTOBUF_FIELD) {
        const enum unixfs_verdict verdict = decode_field(out, &has_type, &field);
        if (verdict != UNIXFS_OK)
            return verdict;
        out->canonical = out->canonical && field.number >= last;
        last = field.number;
    }
    if (step == PROTOBUF_BAD)
        return UNIXFS_BAD_RECORD;
    if (!has_type)
        return UNIXFS_NO_TYPE;
    if (out->blocksizes_sum > INT64_MAX - out->data.len)
        return UNIXFS_SIZE_OVERFLOW;
    out->canonical = out->canonical && reader.shortest;
    return UNIXFS_OK;
}

enum unixfs_verdict unixfs_decode(struct unixfs *out, mm_bytes data)
{
    *out = (struct unixfs){ .type = UNIXFS_RAW };
    const enum unixfs_verdict verdict = decode(out, data);
    if (verdict != UNIXFS_OK)
        *out = (struct unixfs){ .type = UNIXFS_RAW };
    return verdict;
}

struct unixfs_sizes unixfs_sizes(const struct unixfs *node)
{
    return (struct unixfs_sizes){ .message = node->blocksizes };
}

bool unixfs_next_size(struct unixfs_sizes *sizes, uint64_t *size)
{
    struct protobuf_reader reader = { .in = sizes->message, .at = sizes->at, .shortest = true };
    struct protobuf_field field;
    bool shortest;
    while (sizes->packed.len == 0) {
        const enum protobuf_step step = protobuf_next(&reader, &field);
        MM_ASSERT(step != PROTOBUF_BAD); /* unixfs_decode has seen it */
        sizes->at = reader.at;
        if (step == PROTOBUF_END)
            return false;
        if (field.number != FIELD_BLOCKSIZES)
            continue;
        if (field.wire == PROTOBUF_VARINT) {
            *size = field.value;
            return true;
        }
        sizes->packed = field.bytes;
    }
    const size_t used = varint_read_padded(size, &shortest, sizes->packed);
    MM_ASSERT(used > 0);
    sizes->packed.ptr += used;
    sizes->packed.len -= used;
    return true;
}

void unixfs_add_blocksize(struct mm_buf *out, uint64_t size)
{
    protobuf_add_varint(out, FIELD_BLOCKSIZES, size);
}

void unixfs_encode(struct mm_buf *out, const struct unixfs *node)
{
    protobuf_add_varint(out, FIELD_TYPE, (uint64_t)node->type);
    if (node->has_data)
        protobuf_add_bytes(out, FIELD_DATA, node->data);
    if (node->has_filesize)
        protobuf_add_varint(out, FIELD_FILESIZE, node->filesize);
    struct unixfs_sizes sizes = unixfs_sizes(node);
    uint64_t size;
    while (unixfs_next_size(&sizes, &size))
        unixfs_add_blocksize(out, size);
    if (node->has_hash_type)
        protobuf_add_varint(out, FIELD_HASH_TYPE, node->hash_type);
    if (node->has_fanout)
        protobuf_add_varint(out, FIELD_FANOUT, node->fanout);
    if (node->has_mode)
        protobuf_add_varint(out, FIELD_MODE, node->mode);
    if (node->has_mtime)
        protobuf_add_bytes(out, FIELD_MTIME, node->mtime);
}

uint64_t unixfs_content_bytes(const struct unixfs *node)
{
    return node->data.len + node->blocksizes_sum;
}
