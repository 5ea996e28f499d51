/* Avatars: one picture for an address, which may be changed.
 *
 *     address ──► { CID, type, time, expiry of the request }      a row of `meta`, "avatar/" address
 *                    └── a pin of the address's own, so that a collection leaves the picture
 *
 * An ordinary profile picture: nothing of it is on the chain, and other nodes do not know it. Who may change it is asked before
 * (rpc/avatar).
 * Threads: any; of two that put at the same time one is the last. Times are given. */
#ifndef P2P_CONTENT_AVATAR_H
#define P2P_CONTENT_AVATAR_H

#include "p2p/content/filetype.h"
#include "p2p/content/store.h"

struct content_avatar {
    struct cid cid;
    enum filetype type;
    uint64_t bytes;
    uint64_t time_ms;   /* when it was set */
    uint64_t expires_s; /* of the last signed request: the next one's is later */
};

/* MM_ERR_NOT_FOUND: none. */
MM_MUST_USE mm_err content_avatar_get(struct content *content, struct content_avatar *out,
                                      const mm_addr *addr);
/* Instead of the one before, in one synced step. Its blocks are stored, and kept by a writer at work until this returns.
 * MM_ERR_EXISTS: a request was there before that expires as late or later. expires_s 0: this one was not signed, so it cannot be sent
 * again, and those that were signed before stay as old as they are. */
MM_MUST_USE mm_err content_avatar_put(struct content *content, const struct content_avatar *avatar,
                                      const mm_addr *addr);

#endif
