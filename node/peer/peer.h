/* A peer, for whichever part of the node has its link: where it is dialed, and how it is sent away.
 *
 * A ban is of the node, and of its host where that is its own: many nodes of a test network share this machine's address, and others
 * may sit behind one as well.
 * Memory: none. Threads: as links (p2p/link/link.h). */
#ifndef NODE_PEER_PEER_H
#define NODE_PEER_PEER_H

#include "p2p/link/link.h"

struct peer_who {
    node_id id;
    char host[LINKS_HOST_BYTES];
};

/* "tcp://HOST:PORT", an address of IPv6 in brackets. */
void peer_url(char out[LINKS_URL_BYTES_MAX], mm_bytes host, uint16_t port);

/* Says goodbye, and bans for so long, which is logged; 0, or who NULL: without a ban. */
void peer_end(struct links *links, uint64_t peer, const struct peer_who *who,
              enum bye_reason reason, uint64_t ban_ms);

#endif
