/* Sync: getting the blocks that others have and we do not (docs/P2P.md, "Sync").
 *
 *     head                        low ───────────── window ───────────── frontier          a peer's STATUS
 *      │                           │ importing │ with body │ body missing │                      │
 *      ▼                           └───────────┴───────────┴──────────────┘                      ▼
 *     imported ◄── host.import ── in order       GET_BODIES, many peers     GET_HEADERS, one peer at a time
 *
 * Headers come first, up to 256 at a time, and are believed only with their certificates: number, hash of the parent, the set that
 * the parent's extraData names, a quorum of its seals. Where a header names another set than its parent did, the window ends: who
 * that set is shows when that block is executed. Bodies come from any peers at once, and each is held against its header's
 * transactions root before it is used, so that a wrong one is known for its sender's. Blocks are imported in order.
 *
 * A block that comes by itself (DECIDED) is imported at once when it is the next one, and for a later height is a claim like a
 * STATUS. Claims cost nothing, so a node counts as lagging only by what is certified: the frontier is more than a block ahead.
 *
 * A block that a quorum sealed and execution refuses, or that does not follow our head, is a bug or a broken majority. Then it says
 * so (host.stuck) and rests until the head moves otherwise. It never tries again by itself.
 *
 * Peers: who sends what no honest node can send is misbehaved, and forgotten before the host hears of it. Who does not answer within
 * SYNC_REQUEST_MS is slow, and from then on asked only for what nobody else has. An answer that comes late or twice is ignored.
 *
 * Serving: in order, within an allowance of bytes a second for each peer; what is above it waits. A byte of the state costs
 * SYNC_STATE_COST, because it is gathered from many places. Who asks for more while SYNC_WAITING_MAX requests of its wait is slow, and not answered.
 *
 * A machine: functions of its events, the time is an argument. The host's functions are called during an event and must not call
 * sync back, but for sync_peer_down from slow and misbehaved. Threads: one at a time.
 *
 * Memory: SYNC_WINDOW_MAX headers with certificates (a KiB or two each), SYNC_AHEAD_BYTES_MAX of bodies and one answer more, three
 * buffers of FRAME_BYTES_MAX, an arena of SYNC_ARENA_BYTES_MAX at most for the making of roots, and for each peer that asks faster
 * than it may SYNC_WAITING_MAX requests of 9 KiB at most. Without memory it does less, and tries again.
 * Time: an answer of 256 headers is checked in one call, a quorum of recoveries of 43 µs each: 33 ms with 4 validators, 121 ms with
 * 16. */
#ifndef P2P_SYNC_SYNC_H
#define P2P_SYNC_SYNC_H

#include "p2p/wire/frame.h"
#include "p2p/wire/payload.h"
#include "state/chain/certificate.h"

enum {
    SYNC_PEERS_MAX = 64,
    SYNC_REQUEST_MS = 5000,
    SYNC_REST_MS = 1000, /* a peer that had nothing of what it claims is not asked for so long */
    SYNC_ONE_BEHIND_MS = 3000, /* the next block comes by itself; if it does not, it is asked for */
    SYNC_WINDOW_MAX = 512,     /* blocks ahead of the head */
    SYNC_BODIES_OF_REQUEST = 64,
    SYNC_BODY_REQUESTS_MAX = 2, /* to one peer */
    SYNC_IMPORT_MAX = 64,       /* blocks in one import */
    SYNC_AHEAD_BYTES_MAX = 32 << 20,
    SYNC_ARENA_BYTES_MAX = 64 << 20,

    SYNC_WAITING_MAX = 16, /* requests of one peer that wait for an answer */
    SYNC_SERVED_BYTES_PER_S = 16 << 20,
    SYNC_STATE_COST = 4, /* so at most 4 MiB a second to a peer, which takes a third of a core */
};
_Static_assert(SYNC_WINDOW_MAX % PAYLOAD_HEADERS_MAX == 0, "whole batches of headers");

/* What is wrong with what a peer sent. */
enum sync_verdict {
    SYNC_OK = 0,
    SYNC_FRAME,       /* does not decode */
    SYNC_UNASKED,     /* an answer to no request, or with more or other items than were asked for */
    SYNC_HEADER,      /* not a header of this chain: fields, extraData */
    SYNC_NUMBER,      /* not the one after its parent */
    SYNC_LINK,        /* another parent */
    SYNC_CERTIFICATE, /* not sealed by a quorum of the set that its parent names */
    SYNC_BODY,        /* not the body that the header commits to */
};
/* A few lower-case words. */
const char *sync_verdict_text(enum sync_verdict verdict);
enum bye_reason sync_verdict_bye(enum sync_verdict verdict);

struct sync_block {
    uint64_t height;
    mm_hash32 hash;
    mm_bytes header; /* list items as they travel */
    mm_bytes body;   /* [transactions, ommers, withdrawals] */
    mm_bytes certificate;
};

struct sync_host {
    void *ctx;
    void (*send)(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload);
    /* To be disconnected and banned. */
    void (*misbehaved)(void *ctx, uint64_t peer, enum sync_verdict verdict);
    /* It did not answer, or had nothing of what it says that it has. */
    void (*slow)(void *ctx, uint64_t peer);
    /* Blocks in order, the first one after the head, with headers, links, certificates and bodies checked. They are there until
     * sync_imported, which is to be called later and not from here. */
    void (*import)(void *ctx, const struct sync_block *blocks, size_t count);
    /* More than one block behind what is certified; caught up. Called when it changes; at first it is not. */
    void (*lagging)(void *ctx, bool is_lagging);
    void (*stuck)(void *ctx, const char *reason);
    /* Append the header and the certificate of a block, or its body. False: it is not to be had. */
    bool (*read_header)(void *ctx, uint64_t height, struct mm_buf *header,
                        struct mm_buf *certificate);
    bool (*read_body)(void *ctx, const mm_hash32 *hash, struct mm_buf *body);
    /* Writes the payload of a STATE; or the set in the state after a block. False, and NULL: it is not to be had. */
    bool (*read_state)(void *ctx, const struct payload_get_state *get, struct mm_buf *payload);
    bool (*read_validators)(void *ctx, uint64_t height, struct validator_set *set);
    /* certificate_check, or what stands in for it where signatures are made up. NULL: certificate_check. */
    enum certificate_verdict (*check)(void *ctx, const struct certificate *certificate,
                                      const struct seal_domain *domain,
                                      const struct validator_set *set, const mm_hash32 *commitment,
                                      uint64_t height, const mm_hash32 *hash);
};

struct sync_options {
    struct sync_host host;
    struct seal_domain domain;
};

struct sync;

/* It waits for sync_head. */
MM_MUST_USE mm_err sync_new(struct sync **sync, const struct sync_options *options);
void sync_free(struct sync *sync);

struct sync_head {
    uint64_t height;
    mm_hash32 hash;
    struct validator_set set; /* seals the block after it */
};
/* The chain has this head: imported, decided by ourselves, or gone back to. Of an import's blocks the last one is enough, and it
 * comes before sync_imported. */
void sync_head(struct sync *sync, const struct sync_head *head, uint64_t now_ms);
/* The first `count` blocks of the import are in the chain, by whoever put them there. verdict_text NULL: that is all of them; else
 * why the one after them was refused. */
void sync_imported(struct sync *sync, size_t count, const char *verdict_text, uint64_t now_ms);

void sync_peer_up(struct sync *sync, uint64_t peer, uint64_t now_ms);
void sync_peer_down(struct sync *sync, uint64_t peer, uint64_t now_ms);
/* Whether sync_frame is the place for frames of this kind. STATUS is of interest to gossip as well. */
bool sync_takes(enum frame_kind kind);
/* Of a peer that is not there any more: nothing happens. */
void sync_frame(struct sync *sync, uint64_t peer, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms);

/* What time alone does. Returns sync_deadline. */
uint64_t sync_tick(struct sync *sync, uint64_t now_ms);
/* When to call sync_tick, at the latest; any event may bring it nearer. UINT64_MAX: no need. */
uint64_t sync_deadline(const struct sync *sync);

/* What it is about, for eth_syncing and tests. */
struct sync_status {
    uint64_t height;   /* of the head */
    uint64_t frontier; /* the highest block that is certified */
    uint64_t claimed;  /* the highest that a peer says it has */
    size_t bodies_bytes;
    bool is_lagging;
    bool is_stuck;
};
void sync_read_status(const struct sync *sync, struct sync_status *status);

#endif
