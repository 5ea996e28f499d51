/* Nodes and addresses that are not wanted for a while.
 *
 * A fixed table; when it is full, the ban that ends first makes room. Time is an argument: for links that is the monotonic clock.
 * A node that opens links twice, first for a snapshot and then to take part, gives both the same table (links_options.bans).
 * Memory: the caller's; all zero is empty. Threads: one at a time; links that have it guard it. */
#ifndef P2P_LINK_BAN_H
#define P2P_LINK_BAN_H

#include "p2p/link/link.h"

struct ban {
    bool is_node;
    node_id id;                  /* when it is a node's */
    char host[LINKS_HOST_BYTES]; /* else */
    uint64_t until_ms;           /* 0: the place is free */
};

struct bans {
    struct ban items[LINKS_BANS_MAX];
};

/* Lengthens the one that is there, never shortens it. */
void bans_add_node(struct bans *bans, const node_id *id, uint64_t until_ms);
void bans_add_host(struct bans *bans, const char *host, uint64_t until_ms);
bool bans_has_node(const struct bans *bans, const node_id *id, uint64_t now_ms);
bool bans_has_host(const struct bans *bans, const char *host, uint64_t now_ms);

#endif
