/* Walk: all blocks of a DAG, or of the part of it that somebody asked for, one after the other.
 *
 *     /ipfs/bafy…/images/cat.png   scope block    root, images, cat.png's first block
 *           |     |      |         scope entity   … and the rest of cat.png, or the blocks of a range of it; of a directory its
 *           root  names            |              own blocks (all shards of a HAMT), and not what is in it
 *                                  scope all      … and everything below, through links of every codec
 *
 * The order is depth first: a block, then what hangs from its first link, then from its second (CAR order "dfs"). Blocks that lie
 * on the path come first. A block is given once, or as often as it is linked (`repeats`). What a CAR export, a pin, a fetch, a
 * statistic or a collector's mark are made of.
 *
 * Failures do not end a walk: a block that is not there (READ_NO_BLOCK) or not what it must be is named by content_walk_at, and the
 * next call goes on without it. So one walk finds all that is missing. Beyond READ_TOO_LARGE and READ_FAILED nothing comes.
 * Nothing is trusted: depth ends at READ_DEPTH_MAX, blocks and bytes are counted as they are visited, a DAG of 64 blocks that
 * each link twice to the next is 64 blocks of work (or READ_TOO_LARGE, with `repeats`), and a child of a file is as long as its
 * parent claims. Identity CIDs are no blocks: what they link to is walked, they are not given.
 *
 * Memory: a block, the CIDs still to be visited (at most READ_STACK_BYTES_MAX), and 72 to 288 bytes for each block that was met,
 * unless `repeats`. Loops over a stack, no recursion. Threads: a walk belongs to one.
 * Source: Trustless Gateway specification ("dag-scope", "entity-bytes", "order", "dups"). */
#ifndef P2P_CONTENT_WALK_H
#define P2P_CONTENT_WALK_H

#include "p2p/content/reader.h"

/* Visits of a walk: a folder of a million small files, four times. */
enum { WALK_VISITS_MAX = 4 << 20 };

enum walk_scope {
    WALK_ALL = 0,
    WALK_ENTITY, /* the file, or the directory without its entries; of other codecs the block */
    WALK_BLOCK,
};

/* Bytes of a file, both ends included. A negative end counts from the file's end: -1 is its last byte. */
struct walk_range {
    int64_t from;
    int64_t to;
};
#define WALK_WHOLE_FILE ((struct walk_range){ 0, INT64_MAX })

/* "from:to" or "from:*", as `entity-bytes` has it. False: it is neither, or its ends are the wrong way round. */
MM_MUST_USE bool walk_range_parse(struct walk_range *range, mm_bytes text);
/* The bytes [*start, *end) of a file of this length; none when *start == *end. */
void walk_range_resolve(uint64_t *start, uint64_t *end, const struct walk_range *range,
                        uint64_t file_bytes);

struct walk_options {
    enum walk_scope scope;
    bool has_range; /* WALK_ENTITY: of a file only these bytes; of anything else it is ignored */
    struct walk_range range;
    bool repeats;        /* a block as often as it is linked */
    uint64_t visits_max; /* 0: WALK_VISITS_MAX */
    uint64_t bytes_max;  /* of blocks visited; 0: no limit */
};

struct content_walk;

/* source and options are copied; what the source points to outlives the walk. NULL when there is no memory. */
struct content_walk *content_walk_new(const struct block_source *source,
                                      const struct walk_options *options);
void content_walk_free(struct content_walk *walk);

/* Begins at a block. Reads nothing yet. A walk may be begun again and again. */
void content_walk_begin(struct content_walk *walk, const struct cid *root);
/* After READ_END: goes on at another root and does not give again what was given. Visits and bytes are counted on. */
void content_walk_also(struct content_walk *walk, const struct cid *root);
/* Follows a path first, as content_resolve does and with what it answers; after READ_OK the walk gives the blocks on the path, then
 * those of *out. After a failure it is at its end. rest and listener may be NULL. */
MM_MUST_USE enum read_verdict content_walk_resolve(struct content_walk *walk,
                                                   struct content_node *out, mm_bytes *rest,
                                                   const struct cid *root, mm_bytes path,
                                                   const struct content_path_listener *listener);

/* Back to where it was begun, with the path that was found then. */
void content_walk_rewind(struct content_walk *walk);

/* READ_OK: a block, borrowed until the next call. READ_END: that was all. READ_NO_BLOCK, READ_CORRUPT, READ_MALFORMED,
 * READ_TOO_DEEP, READ_UNSUPPORTED: content_walk_at, and what is below it, is left out if the caller goes on. READ_TOO_LARGE: beyond
 * visits_max or bytes_max. READ_FAILED: content_walk_err. */
MM_MUST_USE enum read_verdict content_walk_next(struct content_walk *walk, struct cid *cid,
                                                mm_bytes *block);
/* The block that the last failure was about. */
const struct cid *content_walk_at(const struct content_walk *walk);
mm_err content_walk_err(const struct content_walk *walk);

/* What a whole DAG amounts to. */
struct walk_totals {
    uint64_t blocks;     /* each once, identity content not counted */
    uint64_t bytes;      /* of them */
    uint64_t missing;    /* blocks that are not there; what is below them is not known */
    struct cid first_at; /* of the first missing or wrong one */
    mm_err err;          /* what READ_FAILED stands for */
};
/* Visits everything below a root. READ_OK: it is whole. READ_NO_BLOCK: something is missing, and nothing worse was found. Else the
 * first failure of another kind, where it ended. */
MM_MUST_USE enum read_verdict content_survey(const struct block_source *source,
                                             struct walk_totals *totals, const struct cid *root);

#endif
