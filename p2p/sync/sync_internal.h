/* Shared by the files of sync.h. */
#ifndef P2P_SYNC_SYNC_INTERNAL_H
#define P2P_SYNC_SYNC_INTERNAL_H

#include "p2p/sync/sync.h"
#include "p2p/wire/allowance.h"
#include "state/base/arena.h"

enum { SLOT_NONE = SYNC_PEERS_MAX };
#define SYNC_NEVER UINT64_MAX
static const struct allowance_rule SYNC_SERVED_RULE = { SYNC_SERVED_BYTES_PER_S,
                                                        SYNC_SERVED_BYTES_PER_S };

/* ---- the window (window.c) ---- */

/* A block that is certified and not in the chain yet. */
struct ahead {
    mm_hash32 hash;
    mm_hash32 extra; /* the set that seals the one after it */
    mm_hash32 tx_root;
    uint64_t gas_used;
    uint8_t *sealed; /* owned: the header, and behind it the certificate */
    size_t header_len;
    size_t certificate_len;
    uint8_t *body; /* owned; NULL: not here */
    size_t body_len;
    bool is_asked;
};

/* ---- peers (peers.c) ---- */

struct request {
    bool is_open;
    bool is_void; /* what it was for is gone; its answer is of no use */
    uint64_t id;
    uint64_t deadline_ms;
    uint64_t from;
    uint64_t count;
};

struct waiting {
    enum frame_kind kind;
    uint8_t *payload; /* owned */
    size_t len;
};

struct peer {
    bool is_up;
    bool is_late; /* did not answer once */
    uint64_t id;
    uint64_t claimed; /* height that it says it has; 0: nothing yet */
    uint64_t pruned_below;
    uint64_t rest_ms;   /* not asked before */
    uint64_t asked_seq; /* when it was asked last: who waited longest is next */
    uint64_t first_id;  /* it was asked with all from here on: answers may come late, or twice */
    struct request headers;
    struct request bodies[SYNC_BODY_REQUESTS_MAX];
    struct allowance served;
    struct waiting waiting[SYNC_WAITING_MAX]; /* a ring */
    size_t waiting_first, waiting_count;
};

struct sync {
    struct sync_options options;
    bool has_head;
    struct sync_head head;
    mm_hash32 commitment; /* to head.set */

    struct ahead *window; /* SYNC_WINDOW_MAX, by height modulo that */
    uint64_t low;         /* height of the first; count 0: of no meaning */
    size_t count;
    size_t done;      /* of the first: imported, and the head has not moved there yet */
    size_t importing; /* after those */
    bool is_void;     /* to be emptied when the import is over */
    size_t bodies_bytes;
    struct sync_block blocks[SYNC_IMPORT_MAX];

    struct peer *peers; /* SYNC_PEERS_MAX */
    size_t slot_end;    /* no peer is up from here on */
    uint64_t next_ids
        [SYNC_PEERS_MAX]; /* of the peer in each slot, which they name: in steps of SYNC_PEERS_MAX */
    uint64_t next_seq;
    uint64_t one_behind_ms; /* since then a peer has one block more; SYNC_NEVER */
    uint64_t now_ms;        /* of the last event */
    bool is_restless;       /* a peer went, and what it was asked for is to be asked elsewhere */
    bool is_lagging;
    bool is_stuck;
    uint64_t stuck_height; /* of the head then */

    struct mm_buf items, payload, part;
    struct mm_arena arena;
};

/* window.c */
struct ahead *sync_at(struct sync *s, uint64_t height);
bool sync_is_in_window(const struct sync *s, uint64_t height);
/* The head went past it while it was imported: it is dropped when that is over, and nothing can be put behind it until then. */
bool sync_is_overtaken(const struct sync *s);
struct sync_frontier {
    uint64_t height;
    mm_hash32 hash;
    mm_hash32 extra;
};
struct sync_frontier sync_frontier_of(const struct sync *s);
/* Puts a checked header behind the frontier. False: no memory. */
MM_MUST_USE bool sync_push(struct sync *s, uint64_t height, struct ahead *checked, mm_bytes header,
                           mm_bytes certificate);
/* Without memory it is missing still. */
void sync_keep_body(struct sync *s, uint64_t height, mm_bytes body);
void sync_drop_done(struct sync *s);
/* Empties the window, at once or when the import is over, and voids what was asked for it. */
void sync_void(struct sync *s);
void sync_empty_window(struct sync *s);
void sync_start_import(struct sync *s);

/* check.c */
/* All that can be said of a header before it is executed. Out: *checked. */
MM_MUST_USE enum sync_verdict sync_check_header(struct sync *s, struct ahead *checked,
                                                const struct sync_frontier *parent,
                                                const struct payload_header *item);
/* Sealed by a quorum of the set after our head, whatever its parent is. */
bool sync_is_sealed(struct sync *s, const struct payload_header *item);
/* SYNC_BODY, or SYNC_OK. False: no memory to tell. */
MM_MUST_USE bool sync_check_body(struct sync *s, enum sync_verdict *verdict,
                                 const struct ahead *block, mm_bytes body);

/* headers.c */
void sync_ask_headers(struct sync *s, uint64_t now_ms);
void sync_take_headers(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms);

/* bodies.c */
void sync_ask_bodies(struct sync *s, uint64_t now_ms);
void sync_take_bodies(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms);
/* What the request did not bring is missing again. */
void sync_give_back(struct sync *s, const struct request *request);

/* decided.c */
void sync_take_decided(struct sync *s, size_t slot, mm_bytes payload, uint64_t now_ms);

/* peers.c */
size_t sync_slot_of(const struct sync *s, uint64_t peer);
void sync_misbehaved(struct sync *s, size_t slot, enum sync_verdict verdict, uint64_t now_ms);
/* It has nothing of what it claims: not asked for a while. */
void sync_rest(struct sync *s, size_t slot, uint64_t now_ms);
void sync_open(struct sync *s, struct peer *peer, struct request *request, uint64_t from,
               uint64_t count, uint64_t now_ms);
/* An answer without a request of that id: whether there was one. */
bool sync_was_asked(const struct sync *s, const struct peer *peer, uint64_t id);
void sync_expire(struct sync *s, uint64_t now_ms);
void sync_forget_peer(struct sync *s, size_t slot);
uint64_t sync_claimed(const struct sync *s);

/* serve.c */
void sync_serve(struct sync *s, size_t slot, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms);
void sync_serve_waiting(struct sync *s, uint64_t now_ms);
void sync_forget_waiting(struct peer *peer);
uint64_t sync_serve_deadline(const struct peer *peer);

/* sync.c */
void sync_advance(struct sync *s, uint64_t now_ms);
void sync_get_stuck(struct sync *s, const char *reason);

#endif
