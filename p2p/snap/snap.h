/* Snap: beginning at a later block than genesis, with a state that peers have (docs/P2P.md, "Snapshots").
 *
 *     0                                                        P              F     a peer's STATUS
 *     ├── headers and certificates, 256 at a time, all kept ──►├── held ─────►│ ····│
 *                                              (SNAP_DEPTH blocks)   (SNAP_BEHIND at most)
 *     the state after P:   accounts in SNAP_SEGMENTS ranges, storage of each account that has some, code
 *                          └── ranges from several peers at once, each checked against P's state root before it is used
 *
 * Headers are believed as in block sync: number, hash of the parent, a quorum of the set that the parent names. Where a header names
 * another set, the set itself is asked for, and must hash to what the header says.
 *
 * P is SNAP_DEPTH blocks before F, the last header that a quorum sealed, and not before what somebody claims: who claims more than
 * there is would bring it to the head, and a new node is to have the last blocks whole. So the last headers are held, and are the
 * host's only when P passes them; block sync asks for them again.
 *
 * A range comes with the nodes that prove it (state/trie/range.h), under the state root or under the storage root of an account that
 * was proven before. So a lie is its sender's, is found before anything of it is used, and costs its sender the link. An answer that
 * has more accounts with storage than there is room for is used as far as there is room, and the rest is asked for again.
 *
 * P is served as long as its peers hold it. When all of those that could have it say that they do not, or nothing has come for
 * SNAP_STALL_MS and there are later blocks, everything of the state is dropped, and it begins again at a later P: half as far
 * from the head each time that it is denied.
 *
 * Peers: who sends what no honest node can send is misbehaved, and forgotten before the host hears of it. Who does not answer within
 * SNAP_REQUEST_MS is slow, and asked only when nobody else is left. Who claims blocks and has no headers of them, or does not say
 * and was late before, is not believed for SNAP_DISBELIEF_MS, and while nobody is believed the chain is not called short. One honest
 * peer is enough to come to an end; how fast is up to all of them.
 *
 * A machine: functions of its events, the time is an argument. The host's functions are called during an event and must not call
 * snap back, but for snap_peer_down from slow and misbehaved. Threads: one at a time.
 *
 * Memory: SNAP_TASKS_MAX ranges of 0.2 KiB, SNAP_DEPTH headers with certificates, a buffer of a request, an arena of
 * SNAP_ARENA_BYTES_MAX while an answer is looked at. */
#ifndef P2P_SNAP_SNAP_H
#define P2P_SNAP_SNAP_H

#include "p2p/sync/certified.h"
#include "p2p/wire/frame.h"

enum {
    SNAP_PEERS_MAX = 64,
    SNAP_REQUESTS_OF_PEER = 2, /* one on its way while the other is being made */
    SNAP_REQUEST_MS = 5000,
    SNAP_REST_MS = 1000, /* a peer that has not what is asked for is not asked again for so long */
    SNAP_DISBELIEF_MS = 60 * 1000,
    SNAP_SETTLE_MS = 3000, /* for peers to say where they are, before their chain is called short */
    SNAP_STALL_MS = 60 * 1000,

    SNAP_BLOCKS_MIN = 64, /* a chain shorter than this is faster fetched block by block */
    SNAP_DEPTH =
        32, /* P is so far behind F: all peers have it, and a new node has the last blocks whole */
    SNAP_BEHIND = 8, /* and F so far behind the highest claim, for blocks come meanwhile */

    SNAP_SEGMENTS = 16, /* of the accounts' keys, and of a storage that one answer does not hold */
    SNAP_TASKS_MAX = 4096,
    SNAP_ROOM_MIN = 64, /* with less room than this for storages, no accounts are asked for */
    SNAP_RANGE_BYTES = 256 << 10, /* asked for at once: some 3 000 leaves, 20 ms of a peer's time */
    SNAP_ARENA_BYTES_MAX = 96 << 20,
};
_Static_assert((int)SNAP_BLOCKS_MIN > (int)SNAP_DEPTH + (int)SNAP_BEHIND,
               "there is a block to begin at");
_Static_assert(SNAP_TASKS_MAX > SNAP_ROOM_MIN + 2 * SNAP_SEGMENTS,
               "all segments and some storages");

/* What is wrong with what a peer sent. */
enum snap_verdict {
    SNAP_OK = 0,
    SNAP_FRAME,       /* does not decode */
    SNAP_UNASKED,     /* an answer to no request, or with more than was asked for */
    SNAP_HEADER,      /* not a header of this chain: fields, extraData */
    SNAP_NUMBER,      /* not the one after its parent */
    SNAP_LINK,        /* another parent */
    SNAP_CERTIFICATE, /* not sealed by a quorum of the set that its parent names */
    SNAP_VALIDATORS,  /* not the set that the header commits to */
    SNAP_RANGE,       /* not what the root has there */
    SNAP_CODE,        /* not the code of the accounts that came with it */
};
/* A few lower-case words. */
const char *snap_verdict_text(enum snap_verdict verdict);
enum bye_reason snap_verdict_bye(enum snap_verdict verdict);

struct snap_header {
    uint64_t height;
    mm_hash32 hash;
    mm_bytes header; /* list items as they travel */
    mm_bytes certificate;
};

struct snap_host {
    void *ctx;
    void (*send)(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload);
    /* To be disconnected and banned. */
    void (*misbehaved)(void *ctx, uint64_t peer, enum snap_verdict verdict);
    /* It did not answer, or had nothing of what it says that it has. */
    void (*slow)(void *ctx, uint64_t peer);
    /* What came, checked; borrowed for the call. False: it cannot be kept, and this is the end (SNAP_FAILED).
     * Headers in order from 1; a set after the header that names it. */
    bool (*header)(void *ctx, const struct snap_header *header);
    bool (*validators)(void *ctx, uint64_t height, const struct validator_set *set);
    bool (*account)(void *ctx, const mm_hash32 *addr_key, mm_bytes account);
    bool (*slot)(void *ctx, const mm_hash32 *addr_key, const mm_hash32 *slot_key, mm_bytes value);
    bool (*code)(void *ctx, mm_bytes code);
    /* The state that came so far is of no use any more. */
    bool (*drop_state)(void *ctx);
    certified_check_fn *check; /* NULL: certificate_check */
};

struct snap_options {
    struct snap_host host;
    struct seal_domain domain;
    struct validator_set set; /* of block 0 */
};

struct snap;

MM_MUST_USE mm_err snap_new(struct snap **snap, const struct snap_options *options);
void snap_free(struct snap *snap);

void snap_peer_up(struct snap *snap, uint64_t peer, uint64_t now_ms);
void snap_peer_down(struct snap *snap, uint64_t peer, uint64_t now_ms);
/* Whether snap_frame is the place for frames of this kind. */
bool snap_takes(enum frame_kind kind);
/* Of a peer that is not there any more: nothing happens. */
void snap_frame(struct snap *snap, uint64_t peer, enum frame_kind kind, mm_bytes payload,
                uint64_t now_ms);

/* What time alone does. Returns snap_deadline. */
uint64_t snap_tick(struct snap *snap, uint64_t now_ms);
/* When to call snap_tick, at the latest; any event may bring it nearer. UINT64_MAX: no need. */
uint64_t snap_deadline(const struct snap *snap);

enum snap_phase {
    SNAP_HEADERS, /* and before that, no peer yet */
    SNAP_STATE,
    SNAP_DONE, /* the host has all of the state after its last header. Nothing happens any more, as with the next two */
    SNAP_SHORT,  /* the peers' chain is too short to be worth it: nothing was given */
    SNAP_FAILED, /* the host could not keep something */
};
struct snap_status {
    enum snap_phase phase;
    uint64_t height;  /* F; in SNAP_STATE and SNAP_DONE P */
    uint64_t claimed; /* the highest that is believed */
    size_t peers;
    uint64_t accounts, slots; /* of the state at P so far */
    unsigned permille;        /* of the accounts' keys that are done */
    size_t tasks;             /* ranges that are left */
    unsigned begun;           /* how often a P was chosen */
};
enum snap_phase snap_phase_of(const struct snap *snap);
void snap_read_status(const struct snap *snap, struct snap_status *status);

#endif
