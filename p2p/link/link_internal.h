/* Shared by the files of link.h.
 *
 * Locks, in this order: links.mutex (tables, states, numbers), link.mutex (what one link sends and holds). NNG finishes its
 * operations on threads of its own, never inside a call of ours, so operations are begun under these locks: between looking at
 * is_closing and beginning there is no moment in which the keeper could stop the operation and miss it. That matters in NNG 1.5.2,
 * where an operation that is begun while it is stopped calls back after the stop has returned.
 * Only the keeper closes streams, stops operations and frees them. Others mark (link_end) and wake it. */
#ifndef P2P_LINK_LINK_INTERNAL_H
#define P2P_LINK_LINK_INTERNAL_H

#include <nng/nng.h>
#include <pthread.h>

#include "p2p/clock/clock.h"
#include "p2p/link/ban.h"
#include "p2p/link/queue.h"

enum {
    LINK_READ_BYTES = 32 << 10, /* at once */
    LINK_BATCH_BYTES =
        64 << 10, /* sealed for one write: what a consensus frame may have to wait for */
    LINK_ACCEPT_RETRY_MS = 100, /* after an accept that failed: out of descriptors, say */
    LINK_STEADY_MS = 5000, /* a link that was up for so long was no failure: back-off begins anew */
    LINK_IPC_PERMISSIONS = 0600, /* whoever runs the node */
    LINK_LINKED_MS = 1000, /* looking again whether a target's node is still linked otherwise */
};

enum link_state {
    LINK_HALF_OPEN,
    LINK_PEER,    /* up, and told to the owner */
    LINK_LEAVING, /* BYE was said; what comes is not looked at */
    LINK_CLOSING, /* for the keeper */
};

/* Why a link ends, as links_event has it. */
struct link_reason {
    enum links_end end;
    enum bye_reason bye;
    enum session_verdict session;
    enum handshake_verdict handshake;
};

struct link {
    atomic_size_t users; /* the table, and each frame that the owner holds */
    struct links *links; /* not to be used once it is out of the table */
    struct link *next;   /* in the table */

    /* Do not change. */
    bool is_inbound;
    char address[LINKS_ADDRESS_BYTES];
    char host[LINKS_HOST_BYTES];
    nng_stream *stream;
    nng_aio *reads;
    nng_aio *writes;
    uint64_t begun_ms;

    /* Under links.mutex. */
    enum link_state state;
    uint64_t number; /* 0: was never up */
    struct target *target;
    bool is_met; /* initiator: met_id is who answered */
    node_id id;
    struct hello hello;
    uint64_t up_ms;
    uint64_t leave_ms; /* when leaving ends */
    struct link_reason reason;

    /* The reading callback's alone, but session_seal. */
    struct session *session;
    struct mm_buf greeting; /* what the handshake says */
    uint8_t *read_bytes;    /* LINK_READ_BYTES */
    atomic_bool is_deaf;    /* leaving or closing: frames are dropped */
    atomic_uint_fast64_t heard_ms;

    /* Under link.mutex. */
    pthread_mutex_t mutex;
    bool is_closing;     /* nothing is begun any more */
    bool is_up;          /* the queue may be sealed */
    bool is_writing;     /* an operation is on its way, or a callback that will begin one */
    bool is_paused;      /* the owner holds too much */
    struct mm_buf first; /* goes before the queue, as it is: the handshake */
    struct queue queue;
    size_t held_bytes;
    uint64_t bytes_in;
    uint64_t bytes_out;

    /* Of who has set is_writing. */
    struct mm_buf out;
    size_t out_at;
};

/* A url that is kept linked. */
struct target {
    struct target *next;
    struct links *links;
    char url[LINKS_URL_BYTES_MAX + 1];
    nng_stream_dialer *dialer;
    nng_aio *aio;

    /* Under links.mutex. */
    bool has_expected;
    node_id expected;
    bool has_learned; /* who answered last */
    node_id learned;
    bool is_dialing;
    bool is_gone;      /* for the keeper */
    struct link *link; /* or NULL */
    uint64_t due_ms;
    uint64_t backoff_ms;
    uint64_t dial_ms; /* when it was begun */
};

struct listener {
    struct links *links;
    nng_stream_listener *listener;
    nng_aio *aio;
    uint16_t port;
    bool is_accepting; /* under links.mutex */
    uint64_t retry_ms; /* likewise */
};

struct links {
    struct links_options options; /* with defaults filled in; the urls are not kept */
    node_id id;
    char client[HELLO_CLIENT_BYTES_MAX + 1];
    uint16_t told_port;
    struct listener *listeners;
    size_t listener_count;
    pthread_t keeper;

    pthread_mutex_t mutex;
    pthread_cond_t wake; /* the keeper */
    bool is_woken;
    bool is_ending;
    struct link *first; /* newest first */
    size_t link_count;
    struct target *targets;
    size_t target_count;
    uint64_t last_number;
    struct bans *bans; /* the owner's, or these: */
    struct bans own_bans;
    uint64_t accepted;
    uint64_t refused;
};

/* link.c. With links.mutex held, all of them. */

/* A link over a fresh stream, in the table; nothing is read or said before link_begin. NULL: no memory; the stream is freed. */
struct link *link_new(struct links *links, nng_stream *stream, const char *url,
                      struct target *target);
/* The handshake. */
void link_begin(struct link *link);
void link_end(struct link *link, const struct link_reason *reason);
/* Says BYE, and ends when that is heard. */
void link_leave(struct link *link, enum bye_reason reason);
size_t link_count_state(const struct links *links, enum link_state state);
/* One that is up. */
struct link *link_find(const struct links *links, uint64_t number);
struct link *link_find_id(const struct links *links, const node_id *id);

/* With nothing held. */
void link_unref(struct link *link);
/* The keeper's: closes, stops, tells the owner, takes it from the table and frees what can be freed. */
void link_bury(struct link *link);
void link_tell(const struct link *link, struct links_event *event);

/* read.c */
void link_on_read(void *link);
/* With link.mutex held: reads on, unless closing or paused. */
void link_read(struct link *link);

/* write.c. With link.mutex held. */
void link_on_write(void *link);
void link_kick(struct link *link);
/* Likewise; takes a reference of its own. */
enum queue_verdict link_queue(struct link *link, struct frame *frame);

/* admit.c. With links.mutex held. */

/* The initiator knows who answered. False: that node is linked already, or banned. */
bool link_may_meet(struct link *link, const node_id *id);
/* The handshake is done. False: it is leaving. */
bool link_admit(struct link *link);

/* accept.c */
mm_err listener_open(struct listener *listener, struct links *links, const char *url,
                     struct mm_reason *reason);
void listener_accept(struct listener *listener); /* with links.mutex held */
void listener_close(struct listener *listener);  /* the keeper's, with nothing held */
bool url_stays_here(const char *url);

/* dial.c */
void target_dial(struct target *target, uint64_t now_ms);  /* with links.mutex held */
void target_retry(struct target *target, uint64_t now_ms); /* likewise */
void target_free(struct target *target);                   /* the keeper's, with nothing held */

/* keeper.c */
void *keeper_run(void *links);
void keeper_wake(struct links *links); /* with links.mutex held */

#endif
