/* Verification: whether every block is what its name says, and whether all that is pinned is here.
 *
 *     blocks   each one read and hashed against its key              a corrupt or lost one is told, with no root
 *     roots    every pinned root walked whole, once, whoever pins it a missing or corrupt block is told with its root
 *
 * In steps beside whoever writes. A root that lacks something is noted as such: its record goes from whole to partial, so that it is
 * among what is lacking (needs.h) and a fetch from a peer repairs it. With `drops` a corrupt block is removed, so that the same block
 * can be put again; without, verification changes nothing of what is stored.
 * What a writer adds meanwhile may be left out; what it removes, or a collection, may be told as missing by a walk at that place.
 *
 * Memory: a walk (walk.h). Threads: a verification belongs to one. */
#ifndef P2P_CONTENT_VERIFY_H
#define P2P_CONTENT_VERIFY_H

#include "p2p/content/reader.h"
#include "p2p/content/store.h"

struct content_verify;

struct content_verify_options {
    bool drops;
    /* verdict: READ_CORRUPT, READ_NO_BLOCK, or what else ends a walk at a block (READ_MALFORMED, READ_TOO_DEEP …). root NULL: found
     * among the blocks. May be NULL. */
    void (*found)(void *context, enum read_verdict verdict, const struct cid *block,
                  const struct cid *root);
    void *context;
};

struct content_verify_report {
    uint64_t blocks; /* that were hashed */
    uint64_t bytes;
    uint64_t corrupt; /* of them, and those that are counted and not there */
    uint64_t roots;   /* that are pinned */
    uint64_t lacking; /* roots that are not whole */
    uint64_t missing; /* blocks that walks did not find */
};

/* NULL when there is no memory. */
struct content_verify *content_verify_new(struct content *content,
                                          const struct content_verify_options *options);
void content_verify_free(struct content_verify *verify);
/* A little of the work, some milliseconds. Out: *is_over. */
MM_MUST_USE mm_err content_verify_step(struct content_verify *verify, bool *is_over);
const struct content_verify_report *content_verify_report(const struct content_verify *verify);

#endif
