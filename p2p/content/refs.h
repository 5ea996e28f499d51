/* References: the links of a DAG with the names they have, as `refs` lists them.
 *
 *     root --"a.png"--> bafy1        source root, target bafy1, name "a.png"
 *          `-"b"------> bafy2        … then, recursively and depth first, those of each target right behind it
 *
 * Links of every codec are followed; only dag-pb's have names. A target is told as often as it is linked, or once (`unique`). A block
 * that is missing or wrong is told as a verdict and left out: the next call goes on. Nothing is trusted: depth, links held and
 * links told are bounded (REFS_MAX).
 * Memory: a block, the links still to be told (READ_STACK_BYTES_MAX at most) and, for `unique`, 72 to 288 bytes a target.
 * Threads: one. No recursion. */
#ifndef P2P_CONTENT_REFS_H
#define P2P_CONTENT_REFS_H

#include "p2p/content/reader.h"

enum { REFS_MAX = 4 << 20 };

struct refs_options {
    unsigned depth_max; /* 1: the root's own links; 0: all */
    bool unique;
};

struct ref {
    struct cid source;
    struct cid target;
    mm_bytes name; /* borrowed until the next call */
};

struct content_refs;

/* source and options are copied. NULL when there is no memory. */
struct content_refs *content_refs_new(const struct block_source *source,
                                      const struct refs_options *options);
void content_refs_free(struct content_refs *refs);
/* What was told of an earlier root is not told again with `unique`. */
void content_refs_begin(struct content_refs *refs, const struct cid *root);
/* READ_OK: *ref. READ_END. READ_TOO_LARGE, READ_FAILED: nothing more comes. Anything else: content_refs_at is left out if the
 * caller goes on. */
MM_MUST_USE enum read_verdict content_refs_next(struct content_refs *refs, struct ref *ref);
const struct cid *content_refs_at(const struct content_refs *refs);
mm_err content_refs_err(const struct content_refs *refs);

#endif
