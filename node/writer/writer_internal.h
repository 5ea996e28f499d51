/* The writer's inside, by file:
 *
 *     writer.c     life, and what others ask of it            network.c   turns among several validators
 *     turns.c      the thread, its turns, who waits for one   news.c      what other threads tell it then
 *     blocks.c     blocks of a development chain              evidence.c  against validators, on disk
 *     source.c     what goes into a block                     control.c   dev control as it is asked for
 *     flush.c      writing behind                             obey.c      and as it is obeyed
 *     clock.c      its clocks                                 settings.c  what that has set */
#ifndef NODE_WRITER_WRITER_INTERNAL_H
#define NODE_WRITER_WRITER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "node/consensus/consensus.h"
#include "node/writer/settings.h"
#include "node/writer/writer.h"
#include "p2p/clock/clock.h"

#define SETTINGS_NOTE "settings"
enum { SETTINGS_BYTES_MAX = 1 << 20 };
_Static_assert(SETTINGS_BYTES_MAX > 32 * SETTINGS_IMPERSONATED_MAX, "all of them are written");

struct waiter {
    struct waiter *next;
    uint64_t ticket;
    void (*done)(void *arg);
    void *arg;
};

struct order {
    struct order *next;
    struct control control; /* its edits follow in the same memory */
};

/* Snapshots that there will be once every order so far is obeyed: what is asked for now is judged by them. */
struct planned {
    uint64_t *ids; /* owned, ascending */
    size_t count;
    size_t capacity;
    uint64_t last;
};

/* Transactions of the pool on their way into a block. */
struct writer_source {
    struct pool_batch batch;
    size_t next;
    uint64_t until_ms; /* no more after this time; 0: as many as fit */
};

/* A block of a development chain that is asked for, and what became of it. */
struct making {
    bool is_wanted;
    bool may_skip;
    uint64_t ahead_s;
    struct writer_source source;
    bool changes;          /* the settings */
    struct settings next;  /* after the block */
    struct mm_buf encoded; /* of them */
    struct ledger_note note;
    mm_err err;
    bool is_made;
    struct chain_block block;
};

/* ---- among several ---- */

enum {
    /* What is heard and not worked off yet: a validator sends a few messages a second, blocks and all. */
    NEWS_MAX = 4096,
    NEWS_BYTES_MAX = 64 << 20,
};

enum news_kind { NEWS_MESSAGE, NEWS_BLOCKS, NEWS_LAGGING };

struct news {
    struct news *next;
    enum news_kind kind;
    size_t bytes;
    struct qbft_message message;
    struct writer_blocks *blocks; /* owned */
    bool flag;
};

struct writer_part {
    struct writer_network host;
    uint64_t empty_period_ms;
    uint64_t build_ms;           /* for the transactions of a block */
    struct writer_source source; /* of the block that is being built */
    mm_err err;                  /* of a callback of the consensus */
    atomic_bool has_pending;     /* as the consensus was told, or is about to be */
    uint64_t head_since_ms;
    uint64_t last_evidence; /* its number */

    /* Under the writer's lock. */
    struct news *newest;
    size_t news_count;
    size_t news_bytes;
};

struct writer {
    struct chain *chain;
    struct pool *pool;
    struct consensus *consensus; /* the writer's own */
    struct writer_part *network; /* NULL: a development chain */
    struct making making;        /* of a development chain */
    void (*failed)(void *ctx, mm_err err);
    void (*head_moved)(void *ctx); /* or NULL */
    void (*going_back)(void *ctx, uint64_t block_num);
    void *ctx;

    pthread_t thread;
    pthread_t flusher;
    pthread_mutex_t lock;
    pthread_cond_t wake;       /* of the writer */
    pthread_cond_t wake_flush; /* of the flusher, and of a writer that waits for it */

    /* Under the lock. */
    bool is_stopping;
    bool has_work;
    bool has_ended; /* the writer's thread: the flusher, for which it may wait, outlives it */
    bool flush_wanted;
    bool flush_running;
    mm_err flush_err;
    uint64_t started;  /* turns */
    uint64_t finished; /* turns */
    struct waiter *waiters;
    struct order *orders; /* newest first */
    struct planned planned;
    struct writer_standing standing;
    struct settings settings; /* changed by the writer alone, which reads them without the lock */

    /* Counted by the writer, for whoever asks. */
    atomic_uint_fast64_t blocks;
    atomic_uint_fast64_t txs;

    /* The writer's own. */
    struct timespec next_block; /* by the clock */
    uint64_t trimmed_ms;        /* when the heap was looked at last, monotonic */
};

/* ---- writer.c ---- */
/* Counts and tells a block that is visible, and writes behind it. */
MM_MUST_USE mm_err writer_tell_head(struct writer *writer, const struct chain_block *block);

/* ---- turns.c ---- */
/* The thread; arg is the writer. */
void *writer_write_blocks(void *arg);
/* Where it stands, for whoever asks. */
void writer_publish(struct writer *writer);
/* Whoever waits for this turn or one before it. */
void writer_call_waiters(struct writer *writer, uint64_t finished);

/* ---- source.c ---- */
/* What the chain's transactions come from; to be given back to the pool. */
MM_MUST_USE mm_err writer_take_transactions(struct writer *writer, struct writer_source *source);
struct chain_source writer_source_of(struct writer_source *source);
mm_u256 writer_base_fee(struct writer *writer);

/* ---- flush.c ---- */
/* The flusher's thread; arg is the writer. */
void *writer_flush_tails(void *arg);
/* Hands the tail to the flusher when it is full, or now. */
MM_MUST_USE mm_err writer_write_behind(struct writer *writer, bool now);
/* Waits until the flusher has nothing to do; it gets nothing before the turn goes on. Its last error. */
MM_MUST_USE mm_err writer_drain(struct writer *writer);

/* ---- clock.c ---- */
uint64_t writer_wall_clock_s(void);
/* What the chain's clock shows. */
uint64_t writer_clock_s(const struct settings *settings);
/* Of a clock that never goes back; ctx is not looked at. */
uint64_t writer_now_ms(void *ctx);
bool writer_is_before(const struct timespec *a, const struct timespec *b);

/* ---- blocks.c ---- */
MM_MUST_USE mm_err writer_begin_alone(struct writer *writer);
/* *included: transactions in the block. may_skip: no block when nothing can go into it. ahead_s: the clock goes on by so much
 * before it. */
MM_MUST_USE mm_err writer_make_block(struct writer *writer, bool may_skip, uint64_t ahead_s,
                                     size_t *included);

/* ---- network.c ---- */
MM_MUST_USE mm_err writer_begin_network(struct writer *writer, const struct writer_network *host);
void writer_end_network(struct writer *writer);
/* A turn. */
MM_MUST_USE mm_err writer_take_part(struct writer *writer);
bool writer_network_deadline(const struct writer *writer, struct timespec *deadline);

/* ---- evidence.c ---- */
MM_MUST_USE mm_err writer_load_evidence(struct writer *writer);
/* Synced. */
MM_MUST_USE mm_err writer_keep_evidence(struct writer *writer,
                                        const struct qbft_evidence *evidence);

/* ---- news.c ---- */
/* All of it, the oldest first. */
struct news *writer_take_news(struct writer *writer);
void writer_free_news(struct news *news);

/* ---- control.c ---- */
/* There will be a snapshot of this id. */
MM_MUST_USE mm_err writer_plan_snapshot(struct planned *planned, uint64_t id);

/* ---- obey.c ---- */
MM_MUST_USE mm_err writer_load_settings(struct writer *writer, uint64_t block_time_ms);
/* Makes them what everyone sees; they are on disk. */
void writer_adopt(struct writer *writer, struct settings *taken_settings);
MM_MUST_USE mm_err writer_obey(struct writer *writer, const struct control *control);

#endif
