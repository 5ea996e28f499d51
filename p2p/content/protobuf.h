/* Protocol Buffers records, one at a time: what dag-pb and UnixFS are read with. Private to p2p/content.
 *
 *     tag = field << 3 | wire type      0 varint | 1 eight bytes | 2 length and bytes | 5 four bytes      (3, 4: groups, refused)
 *
 * Nothing allocates; bytes are borrowed from the message. */
#ifndef P2P_CONTENT_PROTOBUF_H
#define P2P_CONTENT_PROTOBUF_H

#include "state/base/buf.h"
#include "state/base/bytes.h"

enum protobuf_wire {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5
};

struct protobuf_field {
    uint64_t number;
    enum protobuf_wire wire;
    uint64_t value; /* PROTOBUF_VARINT, or the fixed bytes as a little-endian number */
    mm_bytes bytes; /* PROTOBUF_BYTES */
};

struct protobuf_reader {
    mm_bytes in;
    size_t at;
    bool shortest; /* no varint so far was padded */
};

enum protobuf_step { PROTOBUF_FIELD, PROTOBUF_END, PROTOBUF_BAD };

struct protobuf_reader protobuf_over(mm_bytes message);
enum protobuf_step protobuf_next(struct protobuf_reader *reader, struct protobuf_field *field);

void protobuf_add_varint(struct mm_buf *out, unsigned number, uint64_t value);
void protobuf_add_bytes(struct mm_buf *out, unsigned number, mm_bytes bytes);
/* Tag and length alone: the caller writes `len` bytes after it. */
void protobuf_add_head(struct mm_buf *out, unsigned number, uint64_t len);
/* The bytes that protobuf_add_bytes writes for `len` bytes, for field numbers below 16. */
size_t protobuf_bytes_size(size_t len);

#endif
