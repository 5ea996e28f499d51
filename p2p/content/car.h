/* CAR: blocks one behind the other in a file, with the roots they hang from. Reading and writing of the format; car_export.h and
 * car_import.h are what to use with a store.
 *
 *   v1   varint n | header, n bytes of dag-cbor {"roots": [CID …], "version": 1} | section | section | …
 *        section = varint n | CID | block, n bytes together
 *   v2   0a a1 67 "version" 02 | characteristics 16 | data offset 8 | data size 8 | index offset 8
 *        | … a v1 at data offset … | index
 *
 * The reader is pushed: it takes bytes as they arrive, in pieces of any size, and hands out a block when one
 * is whole; a block that lies whole in a piece is handed out where it is. The index of a v2 is passed over.
 * Nothing is hashed here: content_writer_put checks each block before it is stored. An outside file decides
 * no size: sections are at most a block and a CID, a header CAR_HEADER_BYTES_MAX.
 * Threads: a reader belongs to one.
 * Source: IPLD CARv1 and CARv2 specifications. */
#ifndef P2P_CONTENT_CAR_H
#define P2P_CONTENT_CAR_H

#include "p2p/content/block.h"

enum {
    CAR_HEADER_BYTES_MAX =
        2 << 20,           /* no more than a section, which is gathered in the same memory */
    CAR_ROOTS_MAX = 20000, /* a collection of 10 000 tokens: metadata and picture of each */
};

enum car_verdict {
    CAR_OK = 0,
    CAR_MORE,        /* everything given was taken; more is needed */
    CAR_BLOCK,       /* a block is ready */
    CAR_BAD_VARINT,  /* a length that is not the shortest form, or none */
    CAR_BAD_HEADER,  /* not dag-cbor of roots and a version */
    CAR_BAD_VERSION, /* neither 1 nor 2, or a 2 inside a 2 */
    CAR_TOO_LARGE,   /* a header or section above its limit, or too many roots */
    CAR_BAD_SECTION, /* empty, or without a CID in front */
    CAR_TRUNCATED,   /* the file ends within a header or section */
    CAR_NO_MEMORY,
};

/* Never NULL. */
const char *car_verdict_text(enum car_verdict verdict);

struct car_reader;

/* NULL when there is no memory. */
struct car_reader *car_reader_new(void);
void car_reader_free(struct car_reader *reader);

/* Takes bytes off the front of *in. CAR_BLOCK: *cid and *block (borrowed until the next call, from *in or
 * the reader); call again with what is left of *in. After a failure every call gives the same failure. */
MM_MUST_USE enum car_verdict car_feed(struct car_reader *reader, struct cid *cid, mm_bytes *block,
                                      mm_bytes *in);
/* At the end of the file: CAR_OK, or CAR_TRUNCATED, or the failure before. */
MM_MUST_USE enum car_verdict car_finish(const struct car_reader *reader);

/* The roots, known from the first block on (or the end). Owned by the reader. */
const struct cid *car_roots(const struct car_reader *reader, size_t *count);
/* Where in the file the header or section begins that the last call gave, failed at or is in the middle of. */
uint64_t car_at(const struct car_reader *reader);

/* --- writing --- */

enum {
    CAR_SECTION_HEAD_MAX = 10 + CID_BYTES_MAX,
    CAR_V2_HEAD_BYTES = 11 + 40,
};

/* The header of a v1: at most CAR_ROOTS_MAX roots. */
void car_add_header(struct mm_buf *out, const struct cid *roots, size_t count);
/* What stands before a block: the section's length and the CID. Returns the bytes written. */
size_t car_section_head(uint8_t out[CAR_SECTION_HEAD_MAX], const struct cid *cid,
                        size_t block_bytes);
/* What stands before a v1 of `data_bytes` bytes to make it a v2 without an index. */
void car_add_v2_head(struct mm_buf *out, uint64_t data_bytes);

#endif
