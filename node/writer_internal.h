/* The writer's inside, shared by writer.c (threads, turns, blocks) and writer_control.c (dev control). */
#ifndef NODE_WRITER_INTERNAL_H
#define NODE_WRITER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "node/settings.h"
#include "node/writer.h"

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

struct writer {
    struct chain *chain;
    struct pool *pool;
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
    bool flush_wanted;
    bool flush_running;
    mm_err flush_err;
    uint64_t started;  /* turns */
    uint64_t finished; /* turns */
    struct waiter *waiters;
    struct order *orders; /* newest first */
    struct planned planned;
    struct settings settings; /* changed by the writer alone, which reads them without the lock */

    /* Counted by the writer, for whoever asks. */
    atomic_uint_fast64_t blocks;
    atomic_uint_fast64_t txs;

    /* The writer's own. */
    struct timespec next_block; /* by the clock */
};

/* ---- writer.c ---- */
uint64_t writer_wall_clock_s(void);
/* What the chain's clock shows. */
uint64_t writer_clock_s(const struct settings *settings);
void writer_add_ms(struct timespec *time, uint64_t ms);
/* *included: transactions in the block. may_skip: no block when nothing can go into it. ahead_s: the clock goes on by so much
 * before it. */
MM_MUST_USE mm_err writer_make_block(struct writer *writer, bool may_skip, uint64_t ahead_s,
                                     size_t *included);
/* Waits until the flusher has nothing to do; it gets nothing before the turn goes on. Its last error. */
MM_MUST_USE mm_err writer_drain(struct writer *writer);

/* ---- writer_control.c ---- */
MM_MUST_USE mm_err writer_load_settings(struct writer *writer, uint64_t block_time_ms);
/* Makes them what everyone sees; they are on disk. */
void writer_adopt(struct writer *writer, struct settings *taken_settings);
MM_MUST_USE mm_err writer_obey(struct writer *writer, const struct control *control);

#endif
