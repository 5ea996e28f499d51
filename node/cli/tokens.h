/* What the tokens of a collection point to: the roots of their URIs, and of the pictures that their metadata names.
 *
 *     nextTokenId() --> tokenURI(1…n), in batches --> ipfs://<root>/metadata.json --read, hashed--> image, animation_url
 *
 * Each root once, in the order of the blocks' hashes. Burned tokens are passed over; URIs that name nothing by its hash are counted
 * and left out. Memory: the run's arena, given back batch by batch, and the roots. */
#ifndef NODE_CLI_TOKENS_H
#define NODE_CLI_TOKENS_H

#include "node/cli/fetch.h"

struct tokens_roots {
    struct cid *cids; /* owned */
    size_t count;
    size_t capacity;
};

/* False: no memory. */
MM_MUST_USE bool tokens_roots_add(struct tokens_roots *roots, const struct cid *cid);
void tokens_roots_free(struct tokens_roots *roots);

/* What fails is printed; metadata that cannot be had is a failure, too: an archive without it would not say so. */
MM_MUST_USE int tokens_find_roots(struct fetch *fetch, struct tokens_roots *roots,
                                  const mm_addr *collection);

#endif
