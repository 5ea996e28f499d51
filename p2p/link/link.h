/* Links: what joins this node with others, over NNG's byte streams (docs/P2P.md).
 *
 *     listeners  tcp://host:port, ipc:///path         targets   urls that are dialed again and again
 *          │ accept                                        │ dial, with back-off
 *          └──────────────►  one link per connection  ◄────┘
 *                            session (p2p/wire): handshake, then frames
 *                 reading    one read at a time  ──►  events to the owner
 *                 writing    three queues, by class  ──►  sealed when their turn comes  ──►  one write at a time
 *
 * The owner is told what happens through one function, called by threads of NNG and by the keeper with nothing locked: it may call
 * anything here but links_close. Of one peer come UP, then its frames in the order in which they were sent (within a class), then
 * DOWN, one after the other; different peers' events come at the same time from several threads. A call that takes long keeps its
 * peer waiting, and one of the few threads that NNG has for all of them; DOWN and REFUSED keep the keeper waiting.
 *
 * Sending never waits. A payload is copied once, however many peers get it, and sealed when it is written, so nothing is sealed
 * that is dropped. Each peer has a queue a class, bounded in bytes, with its own end when it is full:
 *
 *     FRAME_CONSENSUS   4 MiB   the link is closed: a peer that does not keep up with consensus is of no use as one
 *     FRAME_BLOCKS     16 MiB   links_send says false: the asker asks somebody else
 *     FRAME_TXS         4 MiB   the oldest of its class go
 *     FRAME_CONTENT    16 MiB   links_send says false, as for blocks
 *
 * Receiving is bounded by who receives: while the owner holds more than options.held_bytes_max of a peer's frames, nothing is read
 * from that peer, and TCP tells it so. A frame counts with LINKS_HELD_FRAME_COST, so that very many very small ones are bounded too.
 *
 * One link per node id. When two nodes dial each other, the link that the smaller id dialed stays; both decide that alone. Of two
 * that the same node dialed, the one who was dialed keeps the newer (the other node may have lost the older and not know it).
 *
 * Threads: NNG's, and a keeper that watches the time: it ends half-open and idle links, dials, and alone closes and frees what NNG
 * must not free from its own callbacks. All functions may be called from any thread; links_close only once nobody calls the others.
 * Memory, at most, a peer: its queues (40 MiB), held_bytes_max and two frames; half-open links: LINKS_HALF_OPEN_MAX of a few
 * tens of KiB; when there are more, the oldest goes. */
#ifndef P2P_LINK_LINK_H
#define P2P_LINK_LINK_H

#include "p2p/wire/payload.h"
#include "p2p/wire/session.h"

enum {
    LINKS_PEERS_MAX = 32,     /* by default: broadcast costs a copy of everything for each */
    LINKS_HALF_OPEN_MAX = 32, /* accepted, and the handshake is not done */
    LINKS_HANDSHAKE_MS =
        5000, /* from the connection to the last message of the handshake; dialing likewise */
    LINKS_IDLE_MS =
        30000, /* a peer that says nothing for so long is gone: STATUS comes every second */
    LINKS_LEAVE_MS = 1000,          /* for a BYE to arrive */
    LINKS_CLOSE_MS = 200,           /* for all of them, when the node ends */
    LINKS_HELD_BYTES_MAX = 8 << 20, /* of a peer's frames, by the owner: two of the largest */
    LINKS_HELD_FRAME_COST =
        128,                /* counted for each besides its own bytes: the owner's place for it */
    LINKS_BACKOFF_MS = 250, /* after a dial that failed; doubles */
    LINKS_BACKOFF_MAX_MS = 15000,
    LINKS_BANS_MAX = 256,      /* the one that ends first makes room */
    LINKS_TARGETS_MAX = 256,   /* as many as the book of peers */
    LINKS_URL_BYTES_MAX = 300, /* a host's name and more */
    LINKS_QUEUE_CONSENSUS_BYTES = 4 << 20,
    LINKS_QUEUE_BLOCKS_BYTES = 16 << 20,
    LINKS_QUEUE_TXS_BYTES = 4 << 20,
    LINKS_QUEUE_CONTENT_BYTES = 16 << 20,
};

/* ---- what the owner is told ---- */

enum links_event_kind {
    LINKS_UP,
    LINKS_FRAME,
    LINKS_DOWN,    /* of a peer that was up; nothing more comes from it */
    LINKS_REFUSED, /* a connection that never came up; has no peer number */
};

enum links_end {
    LINKS_END_LOST,      /* closed by the other side without a word, or the network */
    LINKS_END_SAID,      /* we said BYE */
    LINKS_END_TOLD,      /* the peer said BYE */
    LINKS_END_PROTOCOL,  /* session verdict */
    LINKS_END_TOO_SLOW,  /* its consensus queue was full */
    LINKS_END_IDLE,      /* nothing came for idle_ms */
    LINKS_END_TIMEOUT,   /* the handshake took too long */
    LINKS_END_CROWDED,   /* half open, and newer ones came */
    LINKS_END_NO_MEMORY, /* ours */
};
/* A few lower-case words, for logs. */
const char *links_end_text(enum links_end end);

struct links_event {
    enum links_event_kind kind;
    uint64_t peer;       /* its number: never the same twice */
    node_id id;          /* not of REFUSED */
    const char *address; /* as links_peer has it */
    const char *host;    /* likewise */
    bool is_inbound;
    const struct hello *hello;        /* UP; for the call */
    struct frame *frame;              /* FRAME; who wants to keep it takes a reference */
    enum links_end end;               /* DOWN, REFUSED */
    enum bye_reason bye;              /* of LINKS_END_SAID and LINKS_END_TOLD */
    enum session_verdict session;     /* of LINKS_END_PROTOCOL */
    enum handshake_verdict handshake; /* of SESSION_HANDSHAKE */
};

/* ---- opening and closing ---- */

struct bans;

struct links_options {
    const char *const *listen_urls; /* tcp://host:port (port 0: a free one), ipc:///path */
    size_t listen_count;
    const struct node_key *key; /* borrowed until links_close */
    struct wire_domain domain;
    uint16_t told_port; /* in HELLO; 0: that of the first tcp listener */
    uint64_t capabilities;
    const char *client;
    bool is_plain;    /* nothing sealed: only when every url is ipc:// or loopback */
    size_t peers_max; /* from here on, 0 is the default above */
    size_t half_open_max;
    uint64_t handshake_ms;
    uint64_t idle_ms; /* UINT64_MAX: never */
    size_t held_bytes_max;
    struct bans *bans; /* ban.h; the owner's, to outlive these links. NULL: nobody keeps them */
    void *ctx;
    void (*event)(void *ctx, const struct links_event *event);
};

struct links;

/* MM_ERR_BUSY: an address is taken. MM_ERR_INVALID: a url, or plain mode beyond this machine. */
MM_MUST_USE mm_err links_open(struct links **links, const struct links_options *options,
                              struct mm_reason *reason);
/* Says BYE to all, waits for LINKS_CLOSE_MS at most, tells DOWN of each. Frames that the owner kept stay valid. */
void links_close(struct links *links);
/* The port that a listener has; 0 for ipc. */
uint16_t links_port(const struct links *links, size_t listener);

/* ---- dialing ---- */

/* Keeps a link to it: dials, and again whenever it is lost. expected: the node that must answer, or NULL. MM_ERR_EXISTS,
 * MM_ERR_INVALID, MM_ERR_LIMIT. */
MM_MUST_USE mm_err links_dial(struct links *links, const char *url, const node_id *expected,
                              struct mm_reason *reason);
/* Dials it no more, and says goodbye when it is linked. False: nobody dials it. */
bool links_forget(struct links *links, const char *url);

/* ---- sending ---- */

/* False: no such peer (any more), or its queue of blocks or of content is full. */
bool links_send(struct links *links, uint64_t peer, enum frame_kind kind, mm_bytes payload);
/* To all but one (0: to all). How many it was queued for. */
size_t links_broadcast(struct links *links, enum frame_kind kind, mm_bytes payload,
                       uint64_t except);
/* What waits is dropped, the reason is said, the link ends. */
void links_bye(struct links *links, uint64_t peer, enum bye_reason reason);
/* A node, an address (what links_peer calls host), or both: their links end, and for so long none comes up. */
void links_ban(struct links *links, const node_id *id, const char *host, uint64_t ms);

/* ---- looking ---- */

enum { LINKS_ADDRESS_BYTES = 320, LINKS_HOST_BYTES = 64 };

struct links_peer {
    uint64_t peer;
    node_id id;
    char address[LINKS_ADDRESS_BYTES]; /* tcp://host:port or ipc; the url when it was dialed */
    char host[LINKS_HOST_BYTES];       /* a number, or "ipc" */
    bool is_inbound;
    struct hello hello;
    uint64_t up_ms; /* for how long */
    uint64_t bytes_in;
    uint64_t bytes_out;
    size_t queue_bytes[FRAME_CLASSES];
    uint64_t dropped; /* frames of FRAME_TXS */
    size_t held_bytes;
};

/* The peers that are up, by number; at most `max`. How many there are. */
size_t links_list(struct links *links, struct links_peer *out, size_t max);

struct links_stats {
    size_t peers;
    size_t half_open;
    size_t links; /* all that have memory: those above and the ones that end */
    uint64_t accepted;
    uint64_t refused;
};
struct links_stats links_stats(struct links *links);

#endif
