/* What the files of the reader share. Private to p2p/content. */
#ifndef P2P_CONTENT_READER_INTERNAL_H
#define P2P_CONTENT_READER_INTERNAL_H

#include "p2p/content/dagpb.h"
#include "p2p/content/hamt.h"
#include "p2p/content/reader.h"
#include "p2p/content/unixfs.h"

/* A block with links that a walk is in the middle of. */
struct read_frame {
    struct mm_buf block;
    struct dagpb_links links;  /* still to come */
    struct unixfs_sizes sizes; /* file: of the links still to come */
    mm_bytes data;  /* file: its own content, before the children; emptied when it was given */
    uint64_t start; /* file: offset of what comes next */
    uint64_t slots; /* HAMT: the slots on the way here, as the front bits of a hash */
};

enum read_mode { READ_NOTHING, READ_A_FILE, READ_A_DIRECTORY, READ_A_HAMT };

struct content_reader {
    struct block_source source;
    struct cid at;
    mm_err err;
    uint64_t visited_blocks;
    uint64_t visited_bytes;

    /* The block loaded last, and what it was found to be. */
    struct mm_buf block;
    struct dagpb_node node; /* borrowed from block */
    struct unixfs data;     /* borrowed from block */
    enum content_kind kind;

    enum read_mode mode;
    struct dagpb_node root_node; /* file: of frame 0, to begin again */
    struct unixfs root_data;
    struct hamt_shape shape;
    size_t depth;      /* frames in use */
    size_t held_bytes; /* of their blocks */
    uint64_t file_bytes;
    uint64_t position; /* of the next byte to give */
    uint64_t end;
    mm_bytes leaf; /* content in `block` still to give; starts at leaf_start */
    uint64_t leaf_start;
    struct read_frame frames[READ_DEPTH_MAX];
};

/* Gets the block of a CID into reader->block and decodes it as far as its codec goes. */
MM_MUST_USE enum read_verdict read_load(struct content_reader *reader, const struct cid *cid);
/* The content of the loaded file node, in bytes. */
uint64_t read_loaded_bytes(const struct content_reader *reader);
/* Makes the loaded block (which has links) the deepest frame. */
MM_MUST_USE enum read_verdict read_push(struct content_reader *reader);
void read_pop(struct content_reader *reader);
/* Forgets the walk. */
void read_rewind(struct content_reader *reader);
/* Checks that the loaded block is a shard of this shape; level 0 sets it. */
MM_MUST_USE enum read_verdict read_check_shard(struct content_reader *reader, unsigned level);

#endif
