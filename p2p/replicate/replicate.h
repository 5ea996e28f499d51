/* Replication: content goes from node to node (docs/CONTENT.md, "Replication").
 *
 *     store: roots that lack something ──► jobs: walk from the root ──► blocks that are lacking ──► WANT ──► peers
 *              ▲                                                                                      │
 *              │ settled: partial, whole          hashed, stored, synced ◄───────── BLOCK …, MISSING ─┘
 *              ▼
 *     roots that are whole ──► HAVE to all        HAVE of others ──► holders: who has which root ──► whom to ask, how many replicas
 *
 * A root is walked (p2p/content/walk.h) and what is lacking is asked for, up to REPLICATE_LACKING_MAX blocks of all roots together;
 * when they are there or nobody has them, it is walked again, until nothing is lacking. Where that stands is in the store alone, so
 * a restart goes on where the process ended. What is found corrupt is dropped and is lacking: a repair is a fetch.
 *
 * Whom to ask: those that said HAVE of the root, the one that was asked longest ago first. Who has not what it said is believed no
 * more; when none of them has it, everybody else is asked; then it rests until the next round. A WANT is answered by BLOCKs of
 * REPLICATE_ANSWER_BYTES or one more, and ended by a MISSING; what was neither sent nor named is asked for again. Two WANTs a peer, so
 * REPLICATE_FLIGHT_BYTES at most are on their way from it. Who is silent for REPLICATE_REQUEST_MS is late, and asked for a while
 * only for what nobody else has.
 *
 * Nothing is believed: a block is hashed before it is stored. Who sends another one than it was asked for, more than an answer may
 * have, or what does not decode, is cut off, each time twice as long as before.
 *
 * Duty: whose is a root (replicate_is_ours): everybody's up to REPLICATE_ALL_HOLD validators, above that of REPLICATE_HOLDERS
 * validators by rendezvous: each root orders the validators anew, and the first ones hold it. The root that decides is that of the
 * metadata: who holds it is the one who finds the picture in it. What a user pinned is held whosever duty it is.
 *
 * Consensus comes first: content has the lowest class of frames, and what is fetched, what is served to a peer and to all have an
 * allowance of bytes a second. Requests above it wait, REPLICATE_WAITING_MAX of a peer.
 *
 * A machine: functions of its events, the time is an argument. It reads and writes the store, which may take as long as a disk does,
 * so it is not for a thread that has votes to handle. The host's functions are called during an event and must not call back.
 * Memory: holders of some 64 bytes a root (REPLICATE_KNOWN_MAX), lacking blocks, one walk, one writer (4 MiB), three buffers of a
 * block. Threads: one at a time. */
#ifndef P2P_REPLICATE_REPLICATE_H
#define P2P_REPLICATE_REPLICATE_H

#include "p2p/content/store.h"
#include "p2p/wire/frame.h"
#include "p2p/wire/payload.h"
#include "state/chain/certificate.h"

enum {
    REPLICATE_PEERS_MAX = 64, /* a bit of a word each */
    REPLICATE_WANTS = 2,      /* WANTs to one peer */
    /* What an answer aims at, and with a block more. Two of them a peer, however slow the disk is, are fewer than the bytes beyond
     * which links read no more of a peer, be it a vote. */
    REPLICATE_ANSWER_BYTES = 1 << 20,
    REPLICATE_ANSWER_BYTES_MAX = REPLICATE_ANSWER_BYTES + PAYLOAD_CONTENT_BYTES_MAX,
    REPLICATE_FLIGHT_BYTES = REPLICATE_WANTS * REPLICATE_ANSWER_BYTES_MAX,
    REPLICATE_REQUEST_MS = 5000, /* without a block */
    REPLICATE_ANSWER_MS = 30000, /* for all of an answer */
    REPLICATE_LATE_MS = 30000,

    REPLICATE_JOBS = 64,
    REPLICATE_SINGLES = 32, /* blocks that somebody waits for (replicate_fetch) */
    REPLICATE_LACKING_MAX = 2048,
    REPLICATE_LACKING_OF_JOB = 1024,
    REPLICATE_ROUND_MS =
        1000, /* between two looks at all roots that lack something; more when they are many */
    REPLICATE_ANYBODY_ROUNDS =
        8,                     /* each so many rounds roots are asked for that nobody announced */
    REPLICATE_FULL_MS = 30000, /* nothing is fetched for so long after the store took no more */

    REPLICATE_KNOWN_MAX = 1 << 17, /* roots of which is known who has them */
    REPLICATE_TOLD_MAX = 1 << 16,  /* of them, that one peer says it has */

    REPLICATE_FETCHED_PER_S = 32 << 20,
    REPLICATE_SERVED_PER_S = 16 << 20,     /* to a peer, and as much at once */
    REPLICATE_SERVED_ALL_PER_S = 64 << 20, /* to all of them */
    REPLICATE_WAITING_MAX = 16,

    REPLICATE_ALL_HOLD = 7,
    REPLICATE_HOLDERS = 3,

    REPLICATE_CUT_OFF_MS = 60 * 1000, /* the first time */
    REPLICATE_CUT_OFF_MAX_MS = 24 * 60 * 60 * 1000,
    REPLICATE_STRIKES = 256, /* nodes whose cuts are remembered */
};
_Static_assert(REPLICATE_FLIGHT_BYTES <= (16 << 20), "at most 16 MiB of a peer are on their way");

/* What is wrong with what a peer sent. */
enum replicate_verdict {
    REPLICATE_OK = 0,
    REPLICATE_FRAME,   /* does not decode */
    REPLICATE_UNASKED, /* an answer to no request, or a block that was not asked for */
    REPLICATE_WRONG,   /* bytes that do not hash to their name */
    REPLICATE_TOO_MUCH /* more than an answer may have */
};
/* A few lower-case words. */
const char *replicate_verdict_text(enum replicate_verdict verdict);

struct replicate_host {
    void *ctx;
    /* False: no such peer, or its queue is full. */
    bool (*send)(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload);
    /* To be disconnected, and not to come again for so long. It is forgotten already. */
    void (*cut_off)(void *ctx, uint64_t peer, enum replicate_verdict verdict, uint64_t ms);
    /* It did not answer, or asks for more while REPLICATE_WAITING_MAX of its requests wait. */
    void (*slow)(void *ctx, uint64_t peer);
    /* Of replicate_fetch: it is stored, or nobody has it. */
    void (*fetched)(void *ctx, const struct cid *block, bool is_here);
    /* The store takes no blocks (full, the disk): it is tried again later. */
    void (*failed)(void *ctx, mm_err err);
    /* Another peer has a root, or this node has. */
    void (*held)(void *ctx, const struct cid *root);
};

struct replicate_options {
    struct replicate_host host;
    struct content *content; /* borrowed, outlives it */
    uint8_t key[16]; /* random: peers choose the roots that they announce (p2p/wire/known.h) */
};

struct replicate;

MM_MUST_USE mm_err replicate_new(struct replicate **replicate,
                                 const struct replicate_options *options);
/* What was not synced is given up. NULL is fine. */
void replicate_free(struct replicate *replicate);

/* Who validates, and which of them this node is (NULL: none). Until it is said, everything is everybody's. */
void replicate_set_validators(struct replicate *replicate, const struct validator_set *set,
                              const mm_addr *self);

void replicate_peer_up(struct replicate *replicate, uint64_t peer, const node_id *node,
                       uint64_t now_ms);
void replicate_peer_down(struct replicate *replicate, uint64_t peer, uint64_t now_ms);
/* HAVE, WANT, BLOCK, MISSING. Of a peer that is not there any more: nothing happens. */
void replicate_frame(struct replicate *replicate, uint64_t peer, enum frame_kind kind,
                     mm_bytes payload, uint64_t now_ms);

/* What time and the store alone do, a few milliseconds of it. Returns when to call it again; now_ms: there is more. */
uint64_t replicate_tick(struct replicate *replicate, uint64_t now_ms);

/* One block, below a root that a peer announced, for somebody who waits: host.fetched tells. False: no peer has the root, or too
 * many wait. */
bool replicate_fetch(struct replicate *replicate, const struct cid *root, const struct cid *block,
                     uint64_t now_ms);

/* How many peers have all of a root, as far as they say. */
unsigned replicate_holders(const struct replicate *replicate, const struct cid *root);

enum { REPLICATE_HISTOGRAM = 4 };

struct replicate_counts {
    uint64_t fetched_blocks;
    uint64_t fetched_bytes;
    uint64_t served_blocks;
    uint64_t served_bytes;
    uint64_t cut_off; /* how often */
    uint64_t late;    /* WANTs that were not answered */
    uint64_t wanting; /* roots to be held here that lack something, as of the last round */
    uint64_t known;   /* roots of which is known who has them */
    /* Roots that are whole here, by the number of peers that have them too; the last one: so many or more. */
    uint64_t replicas[REPLICATE_HISTOGRAM];
};
void replicate_count(const struct replicate *replicate, struct replicate_counts *counts);

/* Whether a validator (self NULL: who is none) must hold a root. */
bool replicate_is_ours(const struct validator_set *set, const mm_addr *self,
                       const struct cid *root);

#endif
