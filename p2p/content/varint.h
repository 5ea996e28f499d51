/* Variable-length integers: seven bits a byte, least significant group first, the top bit set on all but the last.
 *
 *     300 = 0b10_0101100   ->   ac 02
 *
 * Two readers, because two formats write the same bytes under different rules. Multiformats (CID, multihash,
 * CAR framing) demand the shortest form and at most nine bytes: one value has one text, or a CID would have
 * many. Protocol Buffers (dag-pb, UnixFS) allow padding and ten bytes; we take what other writers wrote and
 * say whether it was the shortest form. Nothing allocates. Threads: pure functions.
 * Source: multiformats/unsigned-varint; Protocol Buffers encoding guide, "Base 128 Varints". */
#ifndef P2P_CONTENT_VARINT_H
#define P2P_CONTENT_VARINT_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum { VARINT_BYTES_MAX = 10 }; /* of any 64-bit value */

/* Bytes that varint_put writes. */
size_t varint_bytes(uint64_t value);
/* Returns the bytes written, at most VARINT_BYTES_MAX. */
size_t varint_put(uint8_t *out, uint64_t value);

/* Multiformats. Returns the bytes read; 0 when they are truncated, not the shortest form or longer than nine. */
MM_MUST_USE size_t varint_read(uint64_t *value, mm_bytes in);
/* Protocol Buffers. Returns the bytes read; 0 when they are truncated or do not fit 64 bits. Clears
 * *shortest on padding. */
MM_MUST_USE size_t varint_read_padded(uint64_t *value, bool *shortest, mm_bytes in);

#endif
