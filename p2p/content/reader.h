/* Reader: from a CID and a path to bytes, names, or the reason why not.
 *
 *     /ipfs/bafy…/images/cat.png
 *           |     |      |
 *           root  name   name       each name is one link: in a flat directory found by scanning its block, in a HAMT by
 *                                   walking at most a few shards
 *
 *     file:  next() gives the content piece by piece, from any offset. Children that lie before the offset are
 *            skipped by the sizes their parent claims, without reading them; so a range costs the parents
 *            above it and the leaves in it.
 *
 * Nothing in a block is believed because it says so. A child's content must be as long as its parent claimed,
 * or offsets would depend on where one starts reading; a parent has one size for each link; shards are
 * consistent (hamt.h) and each entry's name hashes to the slots on its way. What does not hold is
 * READ_MALFORMED. Tsize is handed on and never used.
 *
 * A block that the source does not have is READ_NO_BLOCK, and content_reader_at says which: fetch it, then
 * try again. A caller that wants to know every block an operation touched, in order (a CAR of a path, a
 * prefetch), wraps the source. Symlinks are answered as what they are and not followed. Codecs other than raw
 * and dag-pb are CONTENT_OTHER: blocks to be served as they are. A path goes on through a dag-cbor or dag-json document along its
 * keys and indices to a link; through the others there is none.
 *
 * Walks are loops over a stack of at most READ_DEPTH_MAX blocks, whose bytes together are bounded; a leaf has
 * one buffer of its own. So a reader holds a few hundred kilobytes in ordinary use and READ_STACK_BYTES_MAX
 * and two blocks at worst.
 * Threads: a reader belongs to one and does one thing at a time (a listing and a file at once are two readers).
 * Source: IPFS UnixFS specification; Path Gateway specification for the rules of segments. */
#ifndef P2P_CONTENT_READER_H
#define P2P_CONTENT_READER_H

#include "p2p/content/block.h"

enum {
    READ_DEPTH_MAX = 64, /* blocks from the root to a leaf, or along a path */
    READ_STACK_BYTES_MAX = 16 << 20,
};

enum read_verdict {
    READ_OK = 0,
    READ_END,      /* no more pieces or entries */
    READ_NO_BLOCK, /* a block is not in the source */
    READ_CORRUPT,  /* a block is in the source, and not what its CID says */
    READ_BAD_PATH, /* an empty segment, "." or ".." */
    READ_NO_NAME,  /* a directory has no entry of this name */
    READ_INSIDE, /* a path ends within a dag-cbor or dag-json document; *rest is what it names there */
    READ_NOT_A_DIRECTORY, /* a path goes on behind a file or symlink; or a listing of one */
    READ_NOT_A_FILE,
    READ_MALFORMED,   /* a block that is not what it must be at its place */
    READ_TOO_DEEP,    /* beyond READ_DEPTH_MAX or READ_STACK_BYTES_MAX */
    READ_TOO_LARGE,   /* a walk (walk.h) beyond the blocks or bytes that it may visit */
    READ_UNSUPPORTED, /* a hash function or codec that is not walked here */
    READ_FAILED,      /* the world: content_reader_err */
};

/* Never NULL. */
const char *read_verdict_text(enum read_verdict verdict);

enum content_kind {
    CONTENT_FILE,
    CONTENT_DIRECTORY, /* in one block */
    CONTENT_SHARDED,   /* a directory as a HAMT */
    CONTENT_SYMLINK,
    CONTENT_OTHER, /* of another codec: a block to be served as it is */
};

struct content_node {
    struct cid cid;
    enum content_kind kind;
    uint64_t
        bytes; /* of a file's content or a symlink's target; of the block for CONTENT_OTHER; 0 for directories */
};

struct content_reader;

/* source is copied; what it points to outlives the reader. NULL when there is no memory. */
struct content_reader *content_reader_new(const struct block_source *source);
void content_reader_free(struct content_reader *reader);

/* The block that the last operation was at when it ended: the missing, corrupt or malformed one. */
const struct cid *content_reader_at(const struct content_reader *reader);
/* What READ_FAILED stands for. */
mm_err content_reader_err(const struct content_reader *reader);
/* Blocks and bytes actually visited since the reader was made. */
uint64_t content_reader_blocks(const struct content_reader *reader);
uint64_t content_reader_bytes(const struct content_reader *reader);

/* What a CID is. Reads one block. */
MM_MUST_USE enum read_verdict content_stat(struct content_reader *reader, struct content_node *out,
                                           const struct cid *cid);

/* Told the CID of the root and of each segment's end, as the gateway's X-Ipfs-Roots lists them. */
struct content_path_listener {
    void *context;
    void (*passed)(void *context, const struct cid *cid);
};
/* Follows path (names with slashes between them, already percent-decoded; a leading and a trailing slash
 * do no harm) from root. When it fails, *out is the last node that was reached and *rest what of the path
 * was left there. rest and listener may be NULL. */
MM_MUST_USE enum read_verdict content_resolve(struct content_reader *reader,
                                              struct content_node *out, mm_bytes *rest,
                                              const struct cid *root, mm_bytes path,
                                              const struct content_path_listener *listener);

/* --- files --- */

/* Out: *file_bytes, the length of the content. The range is then the whole file. */
MM_MUST_USE enum read_verdict content_file_open(struct content_reader *reader, uint64_t *file_bytes,
                                                const struct cid *cid);
/* From now on next gives `len` bytes from `offset`, or what the file has of them. Any number of times. */
void content_file_range(struct content_reader *reader, uint64_t offset, uint64_t len);
/* The next bytes of the range, never none. READ_END after the last. Borrowed until the next call. */
MM_MUST_USE enum read_verdict content_file_next(struct content_reader *reader, mm_bytes *piece);
/* The whole file appended to `out`. READ_FAILED with MM_ERR_LIMIT when it is larger than `out` may become:
 * said before anything but the root is read. */
MM_MUST_USE enum read_verdict content_file_read(struct content_reader *reader, struct mm_buf *out,
                                                const struct cid *cid);
/* The target of a symlink appended to `out`; READ_NOT_A_FILE when it is none. */
MM_MUST_USE enum read_verdict content_symlink_read(struct content_reader *reader,
                                                   struct mm_buf *out, const struct cid *cid);

/* --- directories --- */

struct content_entry {
    mm_bytes name; /* borrowed until the next call; any bytes: escape it */
    struct cid cid;
    uint64_t claimed_bytes; /* Tsize */
};

MM_MUST_USE enum read_verdict content_dir_open(struct content_reader *reader,
                                               const struct cid *cid);
/* Entries in the order of the blocks: by name when flat, by hash in a HAMT. READ_END after the last. */
MM_MUST_USE enum read_verdict content_dir_next(struct content_reader *reader,
                                               struct content_entry *entry);

#endif
