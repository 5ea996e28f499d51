#include "node/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "node/log.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    IDLE_FLUSH_MS =
        500, /* quiet for so long: what is in memory goes to disk, so that a restart has nothing to repeat */
    SECONDS_MAX = 1 << 30, /* of a jump in time: about 34 years */
};
/* Of a timestamp that is asked for: what JavaScript can count to. Sums with the clock stay far from 2^63. */
#define TIMESTAMP_MAX ((UINT64_C(1) << 53) - 1)

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

struct writer {
    struct chain *chain;
    struct pool *pool;
    uint64_t block_time_ms;
    void (*failed)(void *ctx, mm_err err);
    void (*head_moved)(void *ctx); /* or NULL */
    void *ctx;

    pthread_t thread;
    pthread_t flusher;
    pthread_mutex_t lock;
    pthread_cond_t wake;       /* of the writer */
    pthread_cond_t wake_flush; /* of the flusher, and of a writer that waits for it */

    /* Under the lock. */
    bool is_stopping;
    bool has_work;
    bool is_automine;
    bool flush_wanted;
    bool flush_running;
    mm_err flush_err;
    uint64_t started;  /* turns */
    uint64_t finished; /* turns */
    struct waiter *waiters;
    struct order *orders; /* newest first */
    int64_t clock_offset_s;
    uint64_t next_timestamp; /* 0: the clock's */

    /* Counted by the writer, for whoever asks. */
    atomic_uint_fast64_t blocks;
    atomic_uint_fast64_t txs;

    /* The writer's own. */
    struct timespec next_block; /* by the clock */
};

static uint64_t wall_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

static void add_ms(struct timespec *time, uint64_t ms)
{
    time->tv_sec += (time_t)(ms / 1000);
    time->tv_nsec += (long)(ms % 1000) * 1000000;
    if (time->tv_nsec >= 1000000000) {
        time->tv_sec++;
        time->tv_nsec -= 1000000000;
    }
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static uint64_t now_locked(const struct writer *writer)
{
    return (uint64_t)((int64_t)wall_clock_s() + writer->clock_offset_s);
}

/* ---- blocks ---- */

struct batch_source {
    struct pool_batch batch;
    size_t next;
};

static const struct tx *source_next(void *ctx)
{
    struct batch_source *source = ctx;
    return source->next < source->batch.count ? pool_batch_tx(&source->batch, source->next) : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct batch_source *source = ctx;
    (void)tx;
    source->batch.verdicts[source->next++] = verdict;
}

static uint64_t take_timestamp(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    uint64_t timestamp = now_locked(writer);
    if (writer->next_timestamp != 0) {
        timestamp = writer->next_timestamp;
        /* The clock goes on from there. */
        writer->clock_offset_s = (int64_t)timestamp - (int64_t)wall_clock_s();
        writer->next_timestamp = 0;
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return timestamp;
}

/* Hands a full tail to the flusher; waits first when the one before is not written yet. */
static mm_err write_behind(struct writer *writer, bool now)
{
    struct ledger *ledger = chain_ledger(writer->chain);
    if (!now && !ledger_wants_flush(ledger))
        return MM_OK;
    (void)pthread_mutex_lock(&writer->lock);
    while ((writer->flush_wanted || writer->flush_running) && !writer->is_stopping)
        (void)pthread_cond_wait(&writer->wake_flush, &writer->lock);
    const mm_err err = writer->flush_err;
    (void)pthread_mutex_unlock(&writer->lock);
    MM_TRY(err);
    if (!ledger_rotate(ledger))
        return MM_OK;
    (void)pthread_mutex_lock(&writer->lock);
    writer->flush_wanted = true;
    (void)pthread_cond_broadcast(&writer->wake_flush);
    (void)pthread_mutex_unlock(&writer->lock);
    return MM_OK;
}

/* *included: transactions in the block. may_skip: no block when nothing can go into it. */
static mm_err make_block(struct writer *writer, bool may_skip, size_t *included)
{
    *included = 0;
    struct batch_source source = { .next = 0 };
    struct chain_block block;
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    const mm_u256 base_fee = ledger_next(view).base_fee;
    ledger_release(view);
    MM_TRY(pool_take(writer->pool, &source.batch, &base_fee));
    if (may_skip && source.batch.count == 0) {
        pool_finish(writer->pool, &source.batch);
        return MM_OK;
    }
    const struct chain_proposal proposal = {
        .timestamp = take_timestamp(writer),
        .source = { &source, source_next, source_tried },
        .skip_empty = may_skip,
    };
    const mm_err err = chain_propose(writer->chain, &block, &proposal);
    pool_finish(writer->pool, &source.batch);
    if (may_skip && err == MM_ERR_NOT_FOUND)
        return MM_OK;
    MM_TRY(err);
    *included = block.tx_count;
    atomic_fetch_add_explicit(&writer->blocks, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&writer->txs, block.tx_count, memory_order_relaxed);
    if (writer->head_moved != NULL)
        writer->head_moved(writer->ctx);
    log_event(LOG_INFO, "block", "number=%llu txs=%zu", (unsigned long long)block.number,
              block.tx_count);
    return write_behind(writer, false);
}

/* ---- dev control ---- */

static mm_err obey_edit(struct writer *writer, const struct control *control)
{
    MM_TRY(chain_edit(writer->chain, control->edits, control->edit_count));
    for (size_t i = 0; i < control->edit_count; i++) {
        if (control->edits[i].kind == EDIT_NONCE)
            pool_reset_nonce(writer->pool, &control->edits[i].addr,
                             control->edits[i].value.limb[0]);
    }
    return MM_OK;
}

static mm_err obey_mine(struct writer *writer, const struct control *control)
{
    for (uint64_t i = 0; i < control->count; i++) {
        (void)pthread_mutex_lock(&writer->lock);
        const bool is_stopping = writer->is_stopping;
        if (i > 0)
            writer->clock_offset_s += (int64_t)control->seconds;
        (void)pthread_mutex_unlock(&writer->lock);
        if (is_stopping) /* many blocks take long, and a node that is told to end must */
            return MM_OK;
        size_t included;
        MM_TRY(make_block(writer, false, &included));
    }
    return MM_OK;
}

static mm_err obey(struct writer *writer, const struct control *control)
{
    switch (control->kind) {
    case CONTROL_EDIT:
        return obey_edit(writer, control);
    case CONTROL_MINE:
        return obey_mine(writer, control);
    case CONTROL_INCREASE_TIME:
    case CONTROL_NEXT_TIME:
    case CONTROL_AUTOMINE:
        break;
    }
    (void)pthread_mutex_lock(&writer->lock);
    if (control->kind == CONTROL_INCREASE_TIME)
        writer->clock_offset_s += (int64_t)control->seconds;
    else if (control->kind == CONTROL_NEXT_TIME)
        writer->next_timestamp = control->seconds;
    else
        writer->is_automine = control->on;
    (void)pthread_mutex_unlock(&writer->lock);
    return MM_OK;
}

static mm_err obey_all(struct writer *writer, struct order *newest)
{
    struct order *oldest = NULL;
    while (newest != NULL) {
        struct order *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    mm_err err = MM_OK;
    while (oldest != NULL) {
        struct order *next = oldest->next;
        if (err == MM_OK)
            err = obey(writer, &oldest->control);
        mm_heap_free(oldest);
        oldest = next;
    }
    return err;
}

/* ---- turns ---- */

static bool block_is_due(struct writer *writer)
{
    if (writer->block_time_ms == 0)
        return false;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (is_before(&now, &writer->next_block))
        return false;
    do
        add_ms(&writer->next_block, writer->block_time_ms);
    while (!is_before(&now, &writer->next_block)); /* what was slept through is not made up for */
    return true;
}

/* *again: a block was made and more is ready than went into it. */
static mm_err run_turn(struct writer *writer, struct order *orders, bool is_automine, bool *again)
{
    *again = false;
    MM_TRY(obey_all(writer, orders));
    const bool is_instant = is_automine && writer->block_time_ms == 0;
    size_t included = 0;
    if (block_is_due(writer))
        return make_block(writer, false, &included);
    if (is_instant && pool_ready_count(writer->pool) > 0)
        MM_TRY(make_block(writer, true, &included));
    /* What pays less than the base fee is ready and waits all the same: only a block that took some is a reason to go on. */
    *again = included > 0 && pool_ready_count(writer->pool) > 0;
    return MM_OK;
}

static void call_waiters(struct writer *writer, uint64_t finished)
{
    struct waiter *due = NULL;
    (void)pthread_mutex_lock(&writer->lock);
    writer->finished = finished;
    for (struct waiter **link = &writer->waiters; *link != NULL;) {
        struct waiter *waiter = *link;
        if (waiter->ticket <= finished) {
            *link = waiter->next;
            waiter->next = due;
            due = waiter;
        } else {
            link = &waiter->next;
        }
    }
    (void)pthread_mutex_unlock(&writer->lock);
    while (due != NULL) {
        struct waiter *next = due->next;
        due->done(due->arg);
        mm_heap_free(due);
        due = next;
    }
}

/* Sleeps until there is something to do. Returns false to stop; *is_idle: nothing happened for a while. */
static bool wait_for_work(struct writer *writer, bool may_idle, bool *is_idle)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    add_ms(&until, IDLE_FLUSH_MS);
    if (writer->block_time_ms > 0 && is_before(&writer->next_block, &until))
        until = writer->next_block;
    *is_idle = false;
    while (!writer->is_stopping && !writer->has_work && writer->orders == NULL) {
        if (writer->block_time_ms == 0 && !may_idle) {
            (void)pthread_cond_wait(&writer->wake, &writer->lock);
            continue;
        }
        if (pthread_cond_timedwait(&writer->wake, &writer->lock, &until) == ETIMEDOUT) {
            *is_idle = may_idle;
            break;
        }
    }
    return !writer->is_stopping;
}

static void *write_blocks(void *arg)
{
    struct writer *writer = arg;
    mm_err err = MM_OK;
    bool may_idle = false; /* something is in memory that an idle moment can write */
    (void)clock_gettime(CLOCK_MONOTONIC, &writer->next_block);
    add_ms(&writer->next_block, writer->block_time_ms);
    (void)pthread_mutex_lock(&writer->lock);
    for (;;) {
        bool is_idle;
        if (!wait_for_work(writer, may_idle, &is_idle))
            break;
        const uint64_t turn = ++writer->started;
        struct order *orders = writer->orders;
        const bool is_automine = writer->is_automine;
        writer->orders = NULL;
        writer->has_work = false;
        (void)pthread_mutex_unlock(&writer->lock);
        bool again = false;
        err = run_turn(writer, orders, is_automine, &again);
        if (err == MM_OK && is_idle)
            err = write_behind(writer, true);
        may_idle = !is_idle;
        if (err == MM_OK)
            call_waiters(writer, turn);
        (void)pthread_mutex_lock(&writer->lock);
        writer->has_work |= again;
        if (err != MM_OK)
            break;
    }
    writer->is_stopping = true;
    (void)pthread_cond_broadcast(&writer->wake_flush);
    (void)pthread_mutex_unlock(&writer->lock);
    if (err != MM_OK)
        writer->failed(writer->ctx, err);
    return NULL;
}

static void *flush_tails(void *arg)
{
    struct writer *writer = arg;
    (void)pthread_mutex_lock(&writer->lock);
    for (;;) {
        while (!writer->flush_wanted && !writer->is_stopping)
            (void)pthread_cond_wait(&writer->wake_flush, &writer->lock);
        if (!writer->flush_wanted)
            break;
        writer->flush_wanted = false;
        writer->flush_running = true;
        (void)pthread_mutex_unlock(&writer->lock);
        const mm_err err = ledger_flush(chain_ledger(writer->chain));
        (void)pthread_mutex_lock(&writer->lock);
        writer->flush_running = false;
        if (err != MM_OK)
            writer->flush_err = err; /* the writer meets it at its next flush */
        (void)pthread_cond_broadcast(&writer->wake_flush);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* ---- outside ---- */

static mm_err start_threads(struct writer *writer)
{
    if (pthread_create(&writer->flusher, NULL, flush_tails, writer) != 0)
        return MM_ERR_NO_MEMORY;
    if (pthread_create(&writer->thread, NULL, write_blocks, writer) != 0) {
        (void)pthread_mutex_lock(&writer->lock);
        writer->is_stopping = true;
        (void)pthread_cond_broadcast(&writer->wake_flush);
        (void)pthread_mutex_unlock(&writer->lock);
        (void)pthread_join(writer->flusher, NULL);
        return MM_ERR_NO_MEMORY;
    }
    return MM_OK;
}

static void release(struct writer *writer)
{
    (void)pthread_cond_destroy(&writer->wake);
    (void)pthread_cond_destroy(&writer->wake_flush);
    (void)pthread_mutex_destroy(&writer->lock);
    mm_heap_free(writer);
}

mm_err writer_start(struct writer **out, const struct writer_options *options)
{
    *out = NULL;
    struct writer *writer = mm_heap_zeroed(1, sizeof *writer);
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    writer->chain = options->chain;
    writer->pool = options->pool;
    writer->block_time_ms = options->block_time_ms;
    writer->failed = options->failed;
    writer->head_moved = options->head_moved;
    writer->ctx = options->ctx;
    writer->is_automine = true;
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->wake, &attributes);
    (void)pthread_cond_init(&writer->wake_flush, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&writer->lock, NULL);
    const mm_err err = start_threads(writer);
    if (err != MM_OK) {
        release(writer);
        return err;
    }
    *out = writer;
    return MM_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL)
        return;
    (void)pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    (void)pthread_cond_broadcast(&writer->wake);
    (void)pthread_cond_broadcast(&writer->wake_flush);
    (void)pthread_mutex_unlock(&writer->lock);
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_join(writer->flusher, NULL);
    call_waiters(writer, UINT64_MAX);
    struct order *order = writer->orders;
    while (order != NULL) {
        struct order *next = order->next;
        mm_heap_free(order);
        order = next;
    }
    release(writer);
}

uint64_t writer_wake(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    uint64_t ticket = 0;
    if (writer->is_automine && writer->block_time_ms == 0) {
        ticket = writer->started + 1;
        writer->has_work = true;
        (void)pthread_cond_signal(&writer->wake);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return ticket;
}

bool writer_settle(struct writer *writer, uint64_t ticket, void (*done)(void *arg), void *arg)
{
    if (ticket == 0)
        return true;
    struct waiter *waiter = mm_heap_alloc(sizeof *waiter);
    (void)pthread_mutex_lock(&writer->lock);
    /* A writer that is stopping finishes no more turns: whoever waits is called by writer_stop, and not before. */
    const bool is_settled = ticket <= writer->finished || waiter == NULL;
    if (!is_settled) {
        *waiter = (struct waiter){ writer->waiters, ticket, done, arg };
        writer->waiters = waiter;
    }
    (void)pthread_mutex_unlock(&writer->lock);
    if (is_settled)
        mm_heap_free(waiter);
    return is_settled;
}

static mm_err check_control(const struct writer *writer, const struct control *control,
                            struct mm_reason *reason)
{
    switch (control->kind) {
    case CONTROL_EDIT:
        for (size_t i = 0; i < control->edit_count; i++) {
            if (!chain_may_edit(&control->edits[i]))
                return mm_fail(reason, MM_ERR_INVALID,
                               "the storage of the validators account is the chain's own");
        }
        return MM_OK;
    case CONTROL_MINE:
        if (control->count > BACKEND_MINE_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "at most %d blocks at once", BACKEND_MINE_MAX);
        break;
    case CONTROL_NEXT_TIME: {
        struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
        const uint64_t head = ledger_head_header(view)->timestamp;
        ledger_release(view);
        if (control->seconds < head)
            return mm_fail(reason, MM_ERR_INVALID, "timestamp %llu is before the head's, %llu",
                           (unsigned long long)control->seconds, (unsigned long long)head);
        if (control->seconds > TIMESTAMP_MAX)
            return mm_fail(reason, MM_ERR_INVALID, "timestamp %llu is above 2^53 - 1",
                           (unsigned long long)control->seconds);
        return MM_OK;
    }
    case CONTROL_INCREASE_TIME:
        break;
    case CONTROL_AUTOMINE:
        return MM_OK;
    }
    if (control->seconds > SECONDS_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "at most %d seconds", SECONDS_MAX);
    return MM_OK;
}

mm_err writer_control(struct writer *writer, const struct control *control, uint64_t *ticket,
                      struct mm_reason *reason)
{
    *ticket = 0;
    MM_TRY(check_control(writer, control, reason));
    const size_t edit_bytes = control->edit_count * sizeof *control->edits;
    struct order *order = mm_heap_alloc(sizeof *order + edit_bytes);
    if (order == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    struct edit *edits = (void *)(order + 1);
    if (edit_bytes > 0)
        memcpy(edits, control->edits, edit_bytes);
    order->control = *control;
    order->control.edits = edits;
    (void)pthread_mutex_lock(&writer->lock);
    const bool is_stopping = writer->is_stopping;
    if (!is_stopping) {
        order->next = writer->orders;
        writer->orders = order;
        *ticket = writer->started + 1;
        (void)pthread_cond_signal(&writer->wake);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    if (is_stopping) {
        mm_heap_free(order);
        return mm_fail(reason, MM_ERR_STOPPED, "the node is shutting down");
    }
    return MM_OK;
}

uint64_t writer_now(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    const uint64_t now = writer->next_timestamp != 0 ? writer->next_timestamp : now_locked(writer);
    (void)pthread_mutex_unlock(&writer->lock);
    return now;
}

void writer_counts(const struct writer *writer, uint64_t *blocks, uint64_t *txs)
{
    *blocks = atomic_load_explicit(&writer->blocks, memory_order_relaxed);
    *txs = atomic_load_explicit(&writer->txs, memory_order_relaxed);
}
