/* Shared by the files of replicate.h:
 *
 *     replicate.c  life, peers, time          ask.c    WANTs: whom, when it is given up     serve.c  the other side of them
 *     holders.c    who has which root         take.c   BLOCK and MISSING                    duty.c   whose a root is
 *     tell.c       HAVE, both ways            jobs.c   roots and single blocks on their way      stored.c  into the store */
#ifndef P2P_REPLICATE_REPLICATE_INTERNAL_H
#define P2P_REPLICATE_REPLICATE_INTERNAL_H

#include "p2p/content/walk.h"
#include "p2p/replicate/replicate.h"
#include "p2p/wire/allowance.h"

enum { SLOT_NONE = REPLICATE_PEERS_MAX, JOB_NONE = REPLICATE_JOBS + REPLICATE_SINGLES };
#define REPLICATE_NEVER UINT64_MAX
static const struct allowance_rule REPLICATE_FETCHED_RULE = { REPLICATE_FETCHED_PER_S,
                                                              REPLICATE_FETCHED_PER_S / 2 };
static const struct allowance_rule REPLICATE_SERVED_RULE = { REPLICATE_SERVED_PER_S,
                                                             REPLICATE_SERVED_PER_S };
static const struct allowance_rule REPLICATE_SERVED_ALL_RULE = { REPLICATE_SERVED_ALL_PER_S,
                                                                 REPLICATE_SERVED_ALL_PER_S };
/* Roots that a peer tells; what is above is not remembered. */
static const struct allowance_rule REPLICATE_TOLD_RULE = { 8192, 2 * REPLICATE_TOLD_MAX };

/* ---- holders (holders.c) ---- */

enum { HOLDER_DIGEST_MAX = 64 };

/* Who has all of a root. */
struct holder {
    uint64_t code;  /* of the hash; 0: a free place */
    uint64_t peers; /* a bit a slot */
    uint8_t digest[HOLDER_DIGEST_MAX];
    uint8_t len; /* of the digest */
    bool is_here;
};

struct holders {
    uint8_t key[16];
    struct holder *slots; /* owned */
    size_t slot_count;    /* a power of two, or 0 */
    size_t count;         /* places that are taken, be it for nobody */
};

/* ---- what is lacking (jobs.c) ---- */

enum lacking_state { LACKING_FREE, LACKING_WANTED, LACKING_ASKED };

/* A block that a job needs. */
struct lacking {
    enum lacking_state state;
    uint32_t turn; /* goes up when the place is given up: who refers to it sees that */
    size_t job;
    uint64_t tried; /* peers that were asked and did not send it */
    struct cid cid;
};

/* A root that is being fetched, or a single block. */
struct job {
    bool is_open;
    bool is_single;
    bool asks_anybody;  /* those who were said to have it do not */
    bool has_progress;  /* something came since the walk */
    bool is_walked;     /* what the walk found lacking is being asked for */
    bool has_unsynced;  /* what came for it is not synced yet */
    bool was_lacking;   /* the walk that is over, or under way, found something */
    size_t open_blocks; /* of `lacking` */
    struct cid root;
};

/* ---- peers ---- */

struct item {
    size_t lacking;
    uint32_t turn;
    bool is_done;
    struct multihash hash;
};

struct want {
    bool is_open;
    uint64_t id;
    uint64_t deadline_ms;
    uint64_t end_ms;
    size_t bytes;
    size_t count;
    struct item items[PAYLOAD_WANTED_MAX];
};

struct waiting {
    uint8_t *payload; /* owned */
    size_t len;
};

struct peer {
    bool is_up;
    bool owes_have; /* it could not be told of all roots */
    uint64_t id;
    node_id node;
    uint64_t first_id; /* of WANTs: answers may come late */
    uint64_t late_ms;  /* until then it is late */
    uint64_t asked_seq;
    size_t told_count; /* roots that it says it has */
    struct allowance served, told;
    struct want *wants; /* owned, REPLICATE_WANTS */
    struct waiting waiting[REPLICATE_WAITING_MAX];
    size_t waiting_first, waiting_count;
};

struct strike {
    node_id node;
    unsigned count;
    uint64_t at_ms;
};

/* A look at all of something, a part at a time. */
struct round {
    bool has_place;
    struct cid place;
    uint64_t next_ms; /* not before */
    uint64_t rows;
    uint64_t seen; /* of what is looked for */
};

struct replicate {
    struct replicate_options options;
    struct validator_set set;
    bool has_self;
    mm_addr self;

    struct peer peers[REPLICATE_PEERS_MAX];
    uint64_t next_id, next_seq;
    struct strike strikes[REPLICATE_STRIKES];
    struct holders holders;

    struct job jobs[JOB_NONE];
    struct lacking lacking[REPLICATE_LACKING_MAX];
    size_t lacking_count;
    struct content_walk *walk;  /* owned */
    size_t walking;             /* job, or JOB_NONE */
    struct content_root walked; /* what it met so far */
    struct content_root
        settled[REPLICATE_JOBS]; /* roots that are whole, and whose records do not say so yet */
    size_t settled_count;
    struct content_writer *writer; /* owned; NULL: nothing waits to be synced */
    bool has_put;                  /* blocks, into it */
    uint64_t writer_ms;            /* since when */
    bool is_urgent;                /* somebody waits for a block */
    bool can_ask;                  /* something changed */
    uint64_t asked_ms;             /* when that was looked at */
    uint64_t full_ms;              /* nothing is fetched before */
    struct allowance fetched, served;

    struct round lacks; /* roots that lack something */
    uint64_t round_count;
    struct round whole; /* all roots, to tell those that are whole */
    uint64_t told_commits;
    uint64_t told_again_ms;

    struct mm_buf items, payload, block;
    struct replicate_counts counts;
};

/* holders.c */
struct holder *holders_find(const struct holders *holders, const struct multihash *hash);
/* NULL: it is full, or there is no memory. */
struct holder *holders_add(struct holders *holders, const struct multihash *hash);
void holders_drop_peer(struct holders *holders, size_t slot);
void holders_fini(struct holders *holders);

/* replicate.c */
size_t replicate_slot_of(const struct replicate *r, uint64_t peer);
void replicate_misbehaved(struct replicate *r, size_t slot, enum replicate_verdict verdict,
                          uint64_t now_ms);
void replicate_forget_peer(struct replicate *r, size_t slot);
uint64_t replicate_up(const struct replicate *r);
/* A multihash that a peer sent. False: none, or of no block. */
bool replicate_read_hash(struct multihash *hash, mm_bytes bytes);

/* tell.c */
void replicate_take_have(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms);
/* All that is whole here. */
void replicate_tell_all(struct replicate *r, size_t slot);
/* One part of the look at all roots. True: there is more. */
bool replicate_look_for_whole(struct replicate *r, uint64_t now_ms);
void replicate_are_whole(struct replicate *r, const struct content_root *roots, size_t count);
/* It is said to be here, and is not. */
void replicate_is_gone(struct replicate *r, const struct multihash *root);

/* jobs.c */
bool replicate_look_for_lacking(struct replicate *r, uint64_t now_ms);
/* A few blocks of a walk. True: there is more. */
bool replicate_walk_on(struct replicate *r, uint64_t now_ms);
void replicate_end_lacking(struct replicate *r, size_t place, bool came);
/* With what it lacks. The next round comes back to the root. */
void replicate_close_job(struct replicate *r, struct job *job);
/* Peers that may have a job's blocks. */
uint64_t replicate_candidates(const struct replicate *r, const struct job *job);

/* stored.c */
/* For the walk: what it reads is kept from then on. */
struct block_source replicate_source(struct replicate *r);
/* Whether there is one; it is made if there is memory. */
bool replicate_has_writer(struct replicate *r, uint64_t now_ms);
/* What came is stored, and with it what became whole. */
void replicate_sync(struct replicate *r, uint64_t now_ms);
void replicate_store_failed(struct replicate *r, mm_err err, uint64_t now_ms);

/* ask.c */
void replicate_ask(struct replicate *r, uint64_t now_ms);
void replicate_expire(struct replicate *r, uint64_t now_ms);
/* What it did not bring is wanted again; is_refused: of somebody else. */
void replicate_close_want(struct replicate *r, size_t slot, struct want *want, bool is_refused);
uint64_t replicate_ask_deadline(const struct replicate *r);

/* take.c */
void replicate_take_block(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms);
void replicate_take_missing(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms);

/* serve.c */
void replicate_serve(struct replicate *r, size_t slot, mm_bytes payload, uint64_t now_ms);
void replicate_serve_waiting(struct replicate *r, uint64_t now_ms);
void replicate_forget_waiting(struct peer *peer);
uint64_t replicate_serve_deadline(const struct replicate *r);

/* duty.c */
/* Whether a root is to be held here: a user's, or a token's that is ours. */
MM_MUST_USE mm_err replicate_must_hold(struct replicate *r, bool *must, const struct cid *root);

#endif
