/* Gossip: who the peers are, and what is told to them without being asked (docs/P2P.md, "Gossip").
 *
 *     links ── peer up, frame, peer down ──►  gossip  ── send, disconnect, dial ──► links
 *     pool, consensus, chain ── new_tx, broadcast, status_changed ──►  │
 *                     take_tx, take_consensus, find_tx, decided  ◄─────┘
 *
 *     STATUS        to everyone when it changes, and to each that was not told for a second. A peer one block behind is sent the
 *                   block (DECIDED); one further behind has to sync by itself (p2p/sync).
 *     transactions  small ones whole to all, or to some when there are many peers, announced to the rest; large ones announced only.
 *                   What is announced and not known is asked for, of one peer at a time. Nothing goes back to where it came from.
 *     consensus     each message once to everyone, known by its hash; again when it is said again, a second later.
 *     addresses     a book of 256, asked for and told now and then, dialed while there are fewer peers than wanted.
 *
 * A machine: functions of its events, the time is an argument, everything it does is a call of the host's table. It is the same in
 * the node and in the simulator. Peers go by their place in a table and transactions by their order of arrival, so equal events
 * give equal calls.
 *
 * The host's functions are called during an event and must not call gossip back, but for gossip_broadcast. A peer that the machine
 * disconnects is forgotten before the host hears of it; gossip_peer_down for it does nothing.
 *
 * What peers do wrong: what no honest node can send (bytes that do not decode, a transaction or message that is invalid) is a
 * disconnection and a ban. What may be bad luck costs points (struct gossip_fault), which come back with time; who has none left is
 * disconnected without a ban. Frames of each sort have an allowance a second.
 *
 * Memory: all of it at gossip_new but for a peer's known hashes (1.25 MiB each, GOSSIP_PEERS_MAX of them) and buffers of frames, at
 * most three of FRAME_BYTES_MAX. What does not fit is not sent: links lose frames too. Threads: one at a time. */
#ifndef P2P_GOSSIP_GOSSIP_H
#define P2P_GOSSIP_GOSSIP_H

#include "p2p/wire/frame.h"
#include "p2p/wire/known.h"
#include "p2p/wire/payload.h"

enum {
    GOSSIP_PEERS_MAX = 64, /* a bit of a word each */
    GOSSIP_PEERS_WANTED = 8,
    GOSSIP_REQUESTS_MAX = 16, /* in flight to a peer */
    GOSSIP_REQUEST_MS = 5000,
    GOSSIP_BAN_MS = 10 * 60 * 1000,

    GOSSIP_STATUS_MS = 1000,
    GOSSIP_STATUS_GAP_MS = 100, /* between two to one peer: an import moves the head all the time */
    GOSSIP_STATUS_NUDGE_MS = 250, /* a peer is one block ahead: say where we are, and it sends it */

    GOSSIP_WHOLE_BYTES_MAX = 4 << 10, /* larger transactions are announced only */
    /* More peers: floor(sqrt(peers)) + 1 of them get it whole. Fewer: all, of who has it first, and floor(sqrt(peers)) of others. */
    GOSSIP_WHOLE_PEERS = 8,
    GOSSIP_GATHER_MS = 50,
    GOSSIP_GATHERED_MAX = PAYLOAD_ANNOUNCED_MAX,
    GOSSIP_POOL_ANNOUNCED_MAX = KNOWN_HASHES / 2, /* of the pool, to a new peer */
    GOSSIP_WANTED_MAX = 16384,                    /* announced, not here yet */
    GOSSIP_WANTED_OF_PEER_MAX = GOSSIP_REQUESTS_MAX * PAYLOAD_HASHES_MAX,
    GOSSIP_TELLERS_MAX = 8,    /* who is remembered for having announced one transaction */
    GOSSIP_ASK_AFTER_MS = 200, /* a small one that is announced: it may come whole meanwhile */
    GOSSIP_ASK_ANOTHER_MS = 500,

    GOSSIP_MESSAGES_REMEMBERED = 4096, /* of consensus, in a turn */
    /* Each is remembered for one turn at least and two at most: less than the second after which it is said again. */
    GOSSIP_MESSAGES_TURN_MS = 400,

    GOSSIP_BOOK_MAX = 256,
    GOSSIP_PEERS_MS = 60 * 1000,     /* between two GET_PEERS, and two PEERS, with one peer */
    GOSSIP_DIAL_MS = 500,            /* between two dials */
    GOSSIP_DIAL_LOST_MS = 30 * 1000, /* a dial that nothing was heard of has failed */
    GOSSIP_REDIAL_MS = 15 * 1000,    /* after a failure, doubling up to … */
    GOSSIP_REDIAL_MS_MAX = 60 * 60 * 1000,
    GOSSIP_DIAL_FAILURES_MAX = 10, /* then the address is forgotten */
};

/* What costs points, of GOSSIP_POINTS; GOSSIP_POINTS_PER_S come back. */
enum gossip_fault {
    GOSSIP_TOO_OFTEN, /* frames above the allowance of their sort, each */
    GOSSIP_TOO_LATE, /* a request without an answer; once in GOSSIP_REQUEST_MS. An answer in time gives it back */
    GOSSIP_UNTRUE, /* a transaction that is not what was announced, an answer that nobody asked for */
};
enum { GOSSIP_POINTS = 100, GOSSIP_POINTS_PER_S = 1 };

struct gossip_address {
    node_id node;
    mm_bytes host; /* as payload_peer has it */
    uint16_t port; /* 0: nobody can dial it */
};

enum gossip_taken { GOSSIP_NEW, GOSSIP_KNOWN, GOSSIP_INVALID, GOSSIP_LATER };

/* RELAY: authentic, and seen for the first time or of use. It will not be given again while it is remembered; what is
 * IGNOREd now may be of use later and is given again when it comes again. */
enum gossip_judged { GOSSIP_RELAY, GOSSIP_IGNORE, GOSSIP_REFUSE };

struct gossip_host {
    void *ctx;
    /* To the link's queue. What the link drops is lost. */
    void (*send)(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload);
    /* ban_ms 0: none. */
    void (*disconnect)(void *ctx, uint64_t peer, enum bye_reason reason, uint64_t ban_ms);
    void (*dial)(void *ctx, const struct gossip_address *address);
    void (*read_status)(void *ctx, struct payload_status *status);
    /* Appends the payload of a DECIDED. False: there is no such block to be had. */
    bool (*decided)(void *ctx, uint64_t height, struct mm_buf *payload);
    /* LATER: no room or no time now; it is as if it had not come. */
    enum gossip_taken (*take_tx)(void *ctx, uint64_t peer, mm_bytes raw);
    /* Whether the pool has it; appends it when raw is not NULL. */
    bool (*find_tx)(void *ctx, const mm_hash32 *hash, struct mm_buf *raw);
    /* Visits what the pool has until the visitor says false. */
    void (*each_tx)(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                    void *arg);
    enum gossip_judged (*take_consensus)(void *ctx, uint64_t peer, enum frame_kind code,
                                         mm_bytes bytes);
};

struct gossip_options {
    struct gossip_host host;
    node_id self;
    size_t peers_wanted;
    size_t
        known_hashes; /* transactions that are remembered, of each peer and in all; 0: KNOWN_HASHES */
    uint8_t known_key[KNOWN_KEY_BYTES]; /* random, or of the seed */
};

struct gossip;

MM_MUST_USE mm_err gossip_new(struct gossip **gossip, const struct gossip_options *options);
void gossip_free(struct gossip *gossip);

/* ---- links ---- */

/* Whether gossip_frame is the place for frames of this kind. STATUS is of interest to sync as well. */
bool gossip_takes(enum frame_kind kind);
/* The id is new; one that was used before belongs to a link that is gone. Of two links with one node the newer stays. */
void gossip_peer_up(struct gossip *gossip, uint64_t peer, const struct gossip_address *address,
                    bool is_inbound, uint64_t now_ms);
void gossip_peer_down(struct gossip *gossip, uint64_t peer, uint64_t now_ms);
/* Within the limit of its kind: sessions see to that. Of a peer that is not there any more: nothing happens. */
void gossip_frame(struct gossip *gossip, uint64_t peer, enum frame_kind kind, mm_bytes payload,
                  uint64_t now_ms);
/* A dial of the host's that came to nothing. */
void gossip_dial_failed(struct gossip *gossip, const node_id *node, uint64_t now_ms);
/* An address from elsewhere: a list of the user's. */
void gossip_add_address(struct gossip *gossip, const struct gossip_address *address,
                        uint64_t now_ms);
/* What another part of the node found. */
void gossip_blame(struct gossip *gossip, uint64_t peer, enum gossip_fault fault, uint64_t now_ms);

/* ---- the node ---- */

/* Height, round or head are others now. */
void gossip_status_changed(struct gossip *gossip, uint64_t now_ms);
/* A transaction that came in here, not from a peer. */
void gossip_new_tx(struct gossip *gossip, const mm_hash32 *hash, mm_bytes raw, uint64_t now_ms);
/* A message of our own, as often as consensus says it. */
void gossip_broadcast(struct gossip *gossip, enum frame_kind code, mm_bytes bytes);

/* What time alone does. Returns gossip_deadline. */
uint64_t gossip_tick(struct gossip *gossip, uint64_t now_ms);
/* When to call gossip_tick, at the latest; any event may bring it nearer. UINT64_MAX: no need. */
uint64_t gossip_deadline(const struct gossip *gossip);

/* ---- looking ---- */

size_t gossip_peer_count(const struct gossip *gossip);
/* What the peer said last. False: no such peer, or it said nothing. */
bool gossip_find_status(const struct gossip *gossip, uint64_t peer, struct payload_status *status);
size_t gossip_book_count(const struct gossip *gossip);
size_t gossip_wanted_count(const struct gossip *gossip);

#endif
