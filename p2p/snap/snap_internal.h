/* Shared by the files of snap.h. */
#ifndef P2P_SNAP_SNAP_INTERNAL_H
#define P2P_SNAP_SNAP_INTERNAL_H

#include "p2p/snap/snap.h"
#include "state/base/arena.h"

enum {
    SLOT_NONE = SNAP_PEERS_MAX,
    TASK_NONE = SNAP_TASKS_MAX,
    SNAP_HELD_MAX = SNAP_DEPTH + 1, /* one is given when the next one comes */
};
#define SNAP_NEVER UINT64_MAX

/* A range that is to be fetched. */
enum task_state { TASK_FREE = 0, TASK_OPEN, TASK_ASKED };
struct task {
    enum task_state state;
    bool is_storage;
    bool is_begun; /* of a storage: something of it came already, so it is as small as it gets */
    mm_hash32 addr_key;
    mm_hash32 root;
    mm_hash32 from; /* both included */
    mm_hash32 to;
};

struct request {
    bool is_open;
    bool is_void; /* what it was for is gone; its answer is of no use */
    enum frame_kind kind;
    uint64_t id;
    uint64_t deadline_ms;
    uint64_t from; /* height; of GET_HEADERS the first */
    uint64_t count;
    size_t task;
};

struct peer {
    bool is_up;
    bool is_late; /* did not answer once */
    bool has_status;
    uint64_t id;
    uint64_t claimed;
    uint64_t disbelief_ms; /* its claims count for nothing before */
    uint64_t rest_ms;      /* not asked before */
    uint64_t gone_height;  /* it said that it cannot serve this state; 0: none */
    uint64_t asked_seq;
    size_t owed; /* answers to requests that were given up: they may still come */
    struct request requests[SNAP_REQUESTS_OF_PEER];
};

/* A header that is certified and not the host's yet. */
struct held {
    uint64_t height;
    mm_hash32 hash;
    mm_hash32 state_root;
    struct mm_buf header; /* as they travel */
    struct mm_buf certificate;
    bool has_set; /* it names another one than its parent, which is here */
    struct validator_set set;
};

struct snap {
    struct snap_options options;
    enum snap_phase phase;

    struct certified_parent last; /* header that is certified */
    mm_hash32 commitment;         /* to `set` */
    struct validator_set set;
    bool needs_set; /* the last header names another one */

    struct held *held; /* a ring of SNAP_HELD_MAX, the newest is `last` */
    size_t held_first;
    size_t held_count;
    uint64_t
        p_height; /* of the last header that is the host's: P, once the state is begun; 0: none is */
    mm_hash32 p_root;
    size_t
        depth; /* headers behind P: SNAP_DEPTH, and half of it each time that nobody has the state there */

    struct task *tasks; /* SNAP_TASKS_MAX */
    size_t task_count;  /* that are not free */
    size_t task_next;   /* where looking goes on */
    uint64_t accounts, slots;
    unsigned begun;

    struct peer *peers; /* SNAP_PEERS_MAX */
    uint64_t next_id;
    uint64_t next_seq;
    uint64_t first_status_ms; /* SNAP_NEVER */
    uint64_t progress_ms;
    uint64_t state_not_before_ms;
    uint64_t now_ms;

    struct mm_buf payload;
    struct mm_arena arena;
};

/* snap.c */
void snap_advance(struct snap *s, uint64_t now_ms);
void snap_fail(struct snap *s);

/* peers.c */
size_t snap_slot_of(const struct snap *s, uint64_t peer);
void snap_misbehaved(struct snap *s, size_t slot, enum snap_verdict verdict);
void snap_rest(struct snap *s, size_t slot);
struct request *snap_free_request(struct peer *peer);
/* Who may be asked now and has a request free: who did not fail so far, and of those who waited longest. SLOT_NONE. */
size_t snap_choose(const struct snap *s, uint64_t height, bool is_of_state);
void snap_open(struct snap *s, size_t slot, struct request *request, enum frame_kind kind);
/* What is in s->payload. */
void snap_send(struct snap *s, size_t slot, enum frame_kind kind);
/* The request that an answer of this id is to. NULL: there is none, which is the peer's fault unless it is owed. */
struct request *snap_answered(struct snap *s, size_t slot, enum frame_kind kind, uint64_t id);
void snap_expire(struct snap *s);
void snap_forget_peer(struct snap *s, size_t slot);
uint64_t snap_claimed(const struct snap *s);

/* headers.c */
void snap_ask_headers(struct snap *s);
void snap_take_headers(struct snap *s, size_t slot, mm_bytes payload);
void snap_take_validators(struct snap *s, size_t slot, mm_bytes payload);

/* held.c */
MM_MUST_USE mm_err snap_held_init(struct snap *s);
void snap_held_fini(struct snap *s);
/* s->last, as it came. The host gets the one that is so far behind it that there is no room. */
void snap_hold(struct snap *s, const struct payload_header *item, const mm_hash32 *state_root);
/* The set that s->last names. */
void snap_hold_set(struct snap *s, const struct validator_set *set);
/* The host gets the oldest, until so many are left. */
void snap_give_down_to(struct snap *s, size_t most);

/* tasks.c */
void snap_begin_state(struct snap *s);
/* Back to headers: another P. */
void snap_move_on(struct snap *s);
/* The same, nearer to the head: nobody has that state. */
void snap_go_nearer(struct snap *s);
bool snap_is_forsaken(const struct snap *s);
void snap_ask_state(struct snap *s);
size_t snap_room(const struct snap *s);
/* A range of an account's storage. There is room. */
void snap_add_storage(struct snap *s, const mm_hash32 *addr_key, const mm_hash32 *root);
/* Up to this key it is done. Splits what is left of a large storage. */
void snap_task_done_to(struct snap *s, size_t task, const mm_hash32 *key);
void snap_task_done(struct snap *s, size_t task);
unsigned snap_permille(const struct snap *s);

/* ranges.c */
void snap_take_state(struct snap *s, size_t slot, mm_bytes payload);

#endif
