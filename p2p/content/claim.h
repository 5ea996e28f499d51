/* Claims: the token that an address shows as its profile picture.
 *
 *     address ──► { chain, collection, token }        a row of `meta`, "claim/" address
 *
 * That is all that is kept. Whether the address owns the token, and what its picture is, the chain and the token's content say each
 * time it is asked (rpc/profile); nothing of that is in the row, so nothing in it can become wrong. The token's content is held for
 * the token, whoever shows it (needs.h). Other nodes do not know the row.
 * Threads: any. */
#ifndef P2P_CONTENT_CLAIM_H
#define P2P_CONTENT_CLAIM_H

#include "p2p/content/store.h"

struct content_claim {
    uint64_t chain_id;
    struct content_token token;
};

/* MM_ERR_NOT_FOUND: none. */
MM_MUST_USE mm_err content_claim_get(struct content *content, struct content_claim *out,
                                     const mm_addr *addr);
/* Instead of the one before. Synced. */
MM_MUST_USE mm_err content_claim_put(struct content *content, const struct content_claim *claim,
                                     const mm_addr *addr);
/* MM_OK as well when there was none. Synced. */
MM_MUST_USE mm_err content_claim_del(struct content *content, const mm_addr *addr);

#endif
