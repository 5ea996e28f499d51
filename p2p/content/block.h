/* Blocks, and the two doors they pass through.
 *
 *     importer (import.h) --put--> block_sink        a writer of the store, an export, a test
 *     reader   (reader.h) --get--> block_source      the store, a peer, a test
 *
 * So neither the importer nor the reader knows where blocks live. A sink is handed blocks whose CID was
 * computed from these very bytes; a source gives only bytes that hash to the CID (the store checks each
 * read). */
#ifndef P2P_CONTENT_BLOCK_H
#define P2P_CONTENT_BLOCK_H

#include "p2p/content/cid.h"
#include "state/base/buf.h"

enum {
    BLOCK_BYTES_MAX = 2 << 20,       /* read and stored; the limit of the public network */
    BLOCK_CHUNK_BYTES_MAX = 1 << 20, /* of file content in a block that is written here */
};
_Static_assert((int)BLOCK_CHUNK_BYTES_MAX + 4096 <= (int)BLOCK_BYTES_MAX,
               "a chunk and its frame fit a block");

struct block_sink {
    void *context;
    /* `block` is borrowed for the call. A failure ends the import with the same error. */
    mm_err (*put)(void *context, const struct cid *cid, mm_bytes block);
};

struct block_source {
    void *context;
    /* Replaces what is in *block. MM_ERR_NOT_FOUND: not here. MM_ERR_CORRUPT: here, but not the bytes the CID names.
     * Identity CIDs are answered by the reader and never asked for. */
    mm_err (*get)(void *context, struct mm_buf *block, const struct cid *cid);
};

#endif
