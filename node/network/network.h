/* The node among others: links, gossip and sync, on one thread between NNG's and the writer's.
 *
 *     links (p2p/link) ── up, frames, down ──►┐                        ┌──► writer_hear, writer_import, writer_lag
 *     writer ── broadcast, imported, head ───►│ events ─► this thread ─┤
 *     doors ── transactions that came in ────►┘                        └──► links_send, links_bye, links_dial
 *                                                  gossip and sync are machines of their own (p2p/gossip, p2p/sync)
 *
 * Consensus messages are decoded and their signers recovered here, so that the writer gets only what validators said; what is for
 * another height costs no recovery. Transactions of peers pass the same checks as those of the doors. Blocks that are asked for are
 * read from the ledger, which any thread may.
 *
 * Memory: what waits is bounded by the links (frames of a peer), by the pool (hashes) and by what the writer says a second.
 * Threads: one of its own from network_start to network_stop; functions say who may call them. */
#ifndef NODE_NETWORK_NETWORK_H
#define NODE_NETWORK_NETWORK_H

#include "node/pool/pool.h"
#include "node/writer/writer.h"
#include "p2p/link/link.h"
#include "p2p/sync/sync.h"

enum { NETWORK_PORT = 30303 };

struct network_options {
    struct ledger *ledger;
    struct pool *pool;
    struct seal_domain domain;
    const struct node_key *key; /* outlives the network */
    struct bans *bans;          /* likewise (p2p/link/ban.h); NULL: it has its own */
    const char *host;           /* to listen on; NULL: nobody can dial this node */
    uint16_t port;              /* 0: a free one */
    const char *const
        *peers; /* HOST:PORT or ID@HOST:PORT, ID in hex; dialed for as long as the node lives */
    size_t peer_count;
    const char *client;
    void *ctx;
    /* A transaction of a peer: as rpc_backend.submit, but that nobody has to be told of it. */
    void (*submit)(void *ctx, struct submit_outcome *outcome, struct tx *tx);
};

struct network;

MM_MUST_USE mm_err network_new(struct network **network, const struct network_options *options,
                               struct mm_reason *reason);
void network_free(struct network *network);
/* For the writer's options: it may call these as soon as it runs. */
struct writer_network network_of_writer(struct network *network);
/* MM_ERR_BUSY: the port is taken. MM_ERR_INVALID: an address that is none. */
MM_MUST_USE mm_err network_start(struct network *network, struct writer *writer,
                                 struct mm_reason *reason);
/* Links are closed, the thread has ended; the writer may still call. */
void network_stop(struct network *network);

/* ---- from any thread ---- */

/* It came in by a door and is in the pool. */
void network_tell_tx(struct network *network, const mm_hash32 *hash);
/* There is a new head. */
void network_tell_head(struct network *network);

/* ---- frames of content, which are another's (node/replication) ---- */

/* From threads of the links, of one peer in this order. */
struct network_content {
    void *ctx;
    void (*up)(void *ctx, uint64_t peer, const node_id *id);
    void (*frame)(void *ctx, uint64_t peer,
                  struct frame *frame); /* who keeps it takes a reference */
    void (*down)(void *ctx, uint64_t peer);
};
/* Before network_start. */
void network_set_content(struct network *network, const struct network_content *content);
/* While the network runs. False: no such peer, or its queue is full. */
bool network_send_content(struct network *network, uint64_t peer, enum frame_kind kind,
                          mm_bytes payload);
/* The peer lied: its link ends, and for so long it does not come again. */
void network_cut_off(struct network *network, uint64_t peer, uint64_t ms);

/* ---- looking, from any thread while it runs ---- */

/* What it listens on; NULL: nothing. */
const char *network_host(const struct network *network);
uint16_t network_port(const struct network *network);
node_id network_id(const struct network *network);

struct network_peer {
    struct links_peer link;
    bool has_status;
    struct payload_status status;
};
size_t network_peers(struct network *network, struct network_peer *out, size_t max);
size_t network_peer_count(struct network *network);
/* As of a moment ago. */
void network_sync_status(struct network *network, struct sync_status *status);

/* Whether the text is HOST:PORT or ID@HOST:PORT; what follows fills a url for links. */
bool network_read_address(const char *text, char url[LINKS_URL_BYTES_MAX], bool *has_id,
                          node_id *id);

#endif
