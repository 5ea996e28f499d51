#include "p2p/content/protobuf.h"

#include "p2p/content/varint.h"
#include "state/base/assert.h"

struct protobuf_reader protobuf_over(mm_bytes message)
{
    return (struct protobuf_reader){ .in = message, .at = 0, .shortest = true };
}

static bool read_varint(struct protobuf_reader *r, uint64_t *value)
{
    const size_t used =
        varint_read_padded(value, &r->shortest, (mm_bytes){ r->in.ptr + r->at, r->in.len - r->at });
    r->at += used;
    return used > 0;
}

static bool read_fixed(struct protobuf_reader *r, uint64_t *value, size_t len)
{
    if (r->in.len - r->at < len)
        return false;
    *value = 0;
    for (size_t i = 0; i < len; i++)
        *value |= (uint64_t)r->in.ptr[r->at + i] << (8 * i);
    r->at += len;
    return true;
}

/* Invariant: at <= in.len. */
enum protobuf_step protobuf_next(struct protobuf_reader *r, struct protobuf_field *field)
{
    *field = (struct protobuf_field){ 0 };
    if (r->at == r->in.len)
        return PROTOBUF_END;
    uint64_t tag;
    if (!read_varint(r, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return PROTOBUF_BAD;
    field->number = tag >> 3;
    uint64_t len;
    switch (tag & 7) {
    case PROTOBUF_VARINT:
        field->wire = PROTOBUF_VARINT;
        return read_varint(r, &field->value) ? PROTOBUF_FIELD : PROTOBUF_BAD;
    case PROTOBUF_FIXED64:
        field->wire = PROTOBUF_FIXED64;
        return read_fixed(r, &field->value, 8) ? PROTOBUF_FIELD : PROTOBUF_BAD;
    case PROTOBUF_FIXED32:
        field->wire = PROTOBUF_FIXED32;
        return read_fixed(r, &field->value, 4) ? PROTOBUF_FIELD : PROTOBUF_BAD;
    case PROTOBUF_BYTES:
        field->wire = PROTOBUF_BYTES;
        if (!read_varint(r, &len) || len > r->in.len - r->at)
            return PROTOBUF_BAD;
        field->bytes = (mm_bytes){ r->in.ptr + r->at, (size_t)len };
        r->at += (size_t)len;
        return PROTOBUF_FIELD;
    default:
        return PROTOBUF_BAD;
    }
}

static void add_varint(struct mm_buf *out, uint64_t value)
{
    uint8_t bytes[VARINT_BYTES_MAX];
    const size_t len = varint_put(bytes, value);
    mm_buf_add(out, (mm_bytes){ bytes, len });
}

void protobuf_add_varint(struct mm_buf *out, unsigned number, uint64_t value)
{
    MM_ASSERT(number > 0 && number < 16);
    mm_buf_add_byte(out, (uint8_t)(number << 3 | PROTOBUF_VARINT));
    add_varint(out, value);
}

void protobuf_add_head(struct mm_buf *out, unsigned number, uint64_t len)
{
    MM_ASSERT(number > 0 && number < 16);
    mm_buf_add_byte(out, (uint8_t)(number << 3 | PROTOBUF_BYTES));
    add_varint(out, len);
}

void protobuf_add_bytes(struct mm_buf *out, unsigned number, mm_bytes bytes)
{
    protobuf_add_head(out, number, bytes.len);
    mm_buf_add(out, bytes);
}

size_t protobuf_bytes_size(size_t len)
{
    return 1 + varint_bytes(len) + len;
}
