/* What the files of the walk share. Private to p2p/content. */
#ifndef P2P_CONTENT_WALK_INTERNAL_H
#define P2P_CONTENT_WALK_INTERNAL_H

#include "p2p/content/hamt.h"
#include "p2p/content/seen.h"
#include "p2p/content/walk.h"

enum {
    /* A path of READ_DEPTH_MAX blocks, names and shards counted together, and its root. */
    WALK_PATH_BLOCKS_MAX = READ_DEPTH_MAX + 2,
};

/* What is done with what hangs from a block. */
enum walk_role {
    ROLE_ALONE, /* nothing: it lies on the path, or the scope is one block */
    ROLE_ALL,   /* every link is followed */
    ROLE_ROOT,  /* of an entity: a file, a directory or something else */
    ROLE_FILE,  /* part of a file; of a certain size at a certain place */
    ROLE_SHARD, /* of a HAMT, below its root */
};

struct walk_visit {
    struct cid cid;
    enum walk_role role;
    uint64_t start; /* ROLE_FILE: offset in the file */
    uint64_t size;  /* ROLE_FILE: as its parent claims */
};

/* The links of a block that are still to be visited, one behind the other:
 *   length of the CID 1 | CID | ROLE_FILE: start 8, size 8 */
struct walk_frame {
    struct mm_buf links;
    size_t at;
    enum walk_role role; /* of the children */
};

struct content_walk {
    struct block_source source;
    struct walk_options options;
    struct seen seen;
    struct mm_buf block;
    struct cid at;
    mm_err err;
    bool is_over; /* nothing more comes */
    uint64_t visits;
    uint64_t bytes;

    struct content_reader *reader; /* owned: for paths; NULL until needed */
    struct cid path[WALK_PATH_BLOCKS_MAX];
    size_t path_count;
    size_t path_at;
    bool has_root; /* still to be visited */
    struct cid root;

    uint64_t range_start; /* of the file that is walked */
    uint64_t range_end;
    struct hamt_shape shape; /* of the HAMT that is walked */
    size_t depth;            /* frames in use */
    size_t held_bytes;       /* in them */
    struct walk_frame frames[READ_DEPTH_MAX];
};

/* What of [start, end) the walk wants. */
bool walk_wants(const struct content_walk *walk, uint64_t start, uint64_t size);
bool walk_wants_all_of(const struct content_walk *walk, uint64_t start, uint64_t size);

/* Whether links are looked for in blocks of this codec. */
bool walk_has_links(enum walk_role role, uint64_t codec);
/* Puts the links of walk->block that the walk will follow into *frame. READ_MALFORMED, READ_TOO_DEEP (too many of them), READ_FAILED. */
MM_MUST_USE enum read_verdict walk_gather(struct content_walk *walk, struct walk_frame *frame,
                                          const struct walk_visit *visit);
/* Takes the next one out. False: none is left. */
bool walk_take(struct walk_frame *frame, struct walk_visit *visit);

#endif
