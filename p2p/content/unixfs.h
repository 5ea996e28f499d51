/* UnixFS: what the Data of a dag-pb block says about files and directories.
 *
 *     Data   08 Type   12 Data   18 filesize   20 blocksize …   28 hashType   30 fanout   38 mode   42 mtime
 *
 *     empty directory       08 01                                 one-block file "x"   08 02  12 01 78  18 01
 *     root of two chunks    08 02  18 81 80 40  20 80 80 40  20 01      blocksizes: bytes of file content under each link
 *     HAMT shard            08 05  12 <bitfield>  28 22  30 80 02
 *
 * A raw block (CID codec 0x55) is a file too, without any of this.
 * Reading: each field at most once but blocksizes, which may be packed; unknown fields are stepped over (not
 * canonical). mode and mtime are kept in the block and checked for shape, nothing more. filesize and
 * blocksizes are the writer's claims; the reader (reader.h) compares them with what it finds.
 * Memory: nothing allocates, the struct borrows from the block. Threads: pure functions.
 * Source: IPFS UnixFS specification, "Data Format". */
#ifndef P2P_CONTENT_UNIXFS_H
#define P2P_CONTENT_UNIXFS_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

enum unixfs_type {
    UNIXFS_RAW = 0, /* a leaf as old writers made it; read as a file */
    UNIXFS_DIRECTORY = 1,
    UNIXFS_FILE = 2,
    UNIXFS_METADATA = 3, /* never came into use */
    UNIXFS_SYMLINK = 4,
    UNIXFS_HAMT_SHARD = 5,
};

enum { UNIXFS_HASH_MURMUR3_X64_64 = 0x22 };

enum unixfs_verdict {
    UNIXFS_OK = 0,
    UNIXFS_BAD_RECORD,    /* truncated, oversized varint, wrong wire type */
    UNIXFS_NO_TYPE,       /* Type is required */
    UNIXFS_UNKNOWN_TYPE,  /* above 5 */
    UNIXFS_TWICE,         /* a field that may stand once stands twice */
    UNIXFS_BAD_MTIME,     /* no seconds, or nanoseconds outside 1 to 999 999 999 */
    UNIXFS_SIZE_OVERFLOW, /* Data and blocksizes together pass 2^63 */
};

struct unixfs {
    enum unixfs_type type;
    bool has_data;
    bool has_filesize;
    bool has_hash_type;
    bool has_fanout;
    bool has_mode;
    bool has_mtime;
    mm_bytes data; /* borrowed: content, link target or bitfield */
    uint64_t filesize;
    mm_bytes
        blocksizes; /* borrowed: a message that holds the records of field 4, read with unixfs_sizes */
    size_t blocksize_count;
    uint64_t blocksizes_sum;
    uint64_t hash_type;
    uint64_t fanout;
    uint32_t mode;
    mm_bytes mtime; /* borrowed: the message as it stands */
    bool canonical; /* decoded: encoding it again gives the same bytes */
};

/* Never NULL. */
const char *unixfs_verdict_text(enum unixfs_verdict verdict);

MM_MUST_USE enum unixfs_verdict unixfs_decode(struct unixfs *out, mm_bytes data);

/* A walk over the blocksizes. */
struct unixfs_sizes {
    mm_bytes message;
    size_t at;
    mm_bytes packed; /* what is left of a packed record */
};
struct unixfs_sizes unixfs_sizes(const struct unixfs *node);
/* False at the end. */
bool unixfs_next_size(struct unixfs_sizes *sizes, uint64_t *size);

/* Writing. One blocksize record, to be gathered into `blocksizes` of the struct that is encoded. */
void unixfs_add_blocksize(struct mm_buf *out, uint64_t size);
void unixfs_encode(struct mm_buf *out, const struct unixfs *node);

/* Bytes of file content under a node: its own and its blocksizes. */
uint64_t unixfs_content_bytes(const struct unixfs *node);

#endif
