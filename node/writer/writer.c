#include "node/writer/writer.h"

#include <errno.h>

#include "node/log/log.h"
#include "node/writer/writer_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    /* Quiet for so long: what is in memory goes to disk, so that a restart has nothing to repeat. */
    IDLE_FLUSH_MS = 500,
    /* Quiet for so much longer, and again as long as it is: what the heap keeps from busier times goes back to the system.
     * Readers go on meanwhile, and leave something behind too. */
    IDLE_TRIM_MS = 3000,
    TRIM_BYTES =
        4 << 20, /* touched since the last time; it takes as long as an answer of this size */
};

/* What a quiet moment is used for next. */
enum idle { IDLE_FLUSH, IDLE_TRIM };

uint64_t writer_wall_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec;
}

uint64_t writer_now_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void writer_add_ms(struct timespec *time, uint64_t ms)
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

uint64_t writer_clock_s(const struct settings *settings)
{
    return (uint64_t)((int64_t)writer_wall_clock_s() + settings->clock_offset_s);
}

/* ---- writing behind ---- */

mm_err writer_drain(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->flush_wanted || writer->flush_running)
        (void)pthread_cond_wait(&writer->wake_flush, &writer->lock);
    const mm_err err = writer->flush_err;
    (void)pthread_mutex_unlock(&writer->lock);
    return err;
}

/* Hands a full tail to the flusher; waits first when the one before is not written yet. */
static mm_err write_behind(struct writer *writer, bool now)
{
    struct ledger *ledger = chain_ledger(writer->chain);
    if (!now && !ledger_wants_flush(ledger))
        return MM_OK;
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->flush_wanted || writer->flush_running)
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

/* ---- blocks ---- */

static const struct tx *source_next(void *ctx)
{
    enum { LOOK_EVERY = 64 };
    struct writer_source *source = ctx;
    if (source->until_ms != 0 && source->next % LOOK_EVERY == 0 &&
        writer_now_ms(NULL) >= source->until_ms)
        return NULL;
    return source->next < source->batch.count ? pool_batch_tx(&source->batch, source->next) : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct writer_source *source = ctx;
    (void)tx;
    source->batch.verdicts[source->next++] = verdict;
}

struct chain_source writer_source_of(struct writer_source *source)
{
    return (struct chain_source){ source, source_next, source_tried };
}

mm_u256 writer_base_fee(struct writer *writer)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
    const mm_u256 base_fee = ledger_next(view).base_fee;
    ledger_release(view);
    return base_fee;
}

mm_err writer_take_transactions(struct writer *writer, struct writer_source *source)
{
    const mm_u256 base_fee = writer_base_fee(writer);
    source->next = 0;
    return pool_take(writer->pool, &source->batch, &base_fee);
}

mm_err writer_write_behind(struct writer *writer)
{
    return write_behind(writer, false);
}

mm_err writer_tell_head(struct writer *writer, const struct chain_block *block)
{
    atomic_fetch_add_explicit(&writer->blocks, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&writer->txs, block->tx_count, memory_order_relaxed);
    if (writer->head_moved != NULL)
        writer->head_moved(writer->ctx);
    log_event(LOG_INFO, "block", "number=%llu txs=%zu", (unsigned long long)block->number,
              block->tx_count);
    return write_behind(writer, false);
}

/* ---- turns ---- */

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
            err = writer_obey(writer, &oldest->control);
        mm_heap_free(oldest);
        oldest = next;
    }
    return err;
}

static bool block_is_due(struct writer *writer)
{
    const uint64_t block_time_ms = writer->settings.block_time_ms;
    if (block_time_ms == 0)
        return false;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    if (is_before(&now, &writer->next_block))
        return false;
    do
        writer_add_ms(&writer->next_block, block_time_ms);
    while (!is_before(&now, &writer->next_block)); /* what was slept through is not made up for */
    return true;
}

/* *again: a block was made and more is ready than went into it. */
static mm_err run_turn(struct writer *writer, struct order *orders, bool *again)
{
    *again = false;
    if (writer->network != NULL)
        return writer_take_part(writer);
    MM_TRY(obey_all(writer, orders));
    size_t included = 0;
    if (block_is_due(writer))
        return writer_make_block(writer, false, 0, &included);
    if (writer->settings.is_automine && pool_ready_count(writer->pool) > 0)
        MM_TRY(writer_make_block(writer, true, 0, &included));
    /* What pays less than the base fee is ready and waits all the same: only a block that took some is a reason to go on. */
    *again = included > 0 && pool_ready_count(writer->pool) > 0;
    return MM_OK;
}

static void publish(struct writer *writer)
{
    struct writer_standing standing;
    consensus_status(writer->consensus, &standing.status);
    standing.validators = *chain_validators(writer->chain);
    (void)pthread_mutex_lock(&writer->lock);
    writer->standing = standing;
    (void)pthread_mutex_unlock(&writer->lock);
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

/* When there is something to do in any case. */
static bool next_deadline(const struct writer *writer, struct timespec *deadline)
{
    if (writer->network != NULL)
        return writer_network_deadline(writer, deadline);
    *deadline = writer->next_block;
    return writer->settings.block_time_ms > 0;
}

/* Sleeps until there is something to do. Returns false to stop; *is_idle: nothing happened for a while. */
static bool wait_for_work(struct writer *writer, enum idle idle, bool *is_idle)
{
    struct timespec until;
    struct timespec deadline;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    writer_add_ms(&until, idle == IDLE_FLUSH ? IDLE_FLUSH_MS : IDLE_TRIM_MS);
    if (next_deadline(writer, &deadline) && is_before(&deadline, &until))
        until = deadline;
    *is_idle = false;
    while (!writer->is_stopping && !writer->has_work && writer->orders == NULL) {
        if (pthread_cond_timedwait(&writer->wake, &writer->lock, &until) == ETIMEDOUT) {
            *is_idle = true;
            break;
        }
    }
    return !writer->is_stopping;
}

static mm_err use_quiet(struct writer *writer, enum idle idle)
{
    if (idle == IDLE_FLUSH)
        return write_behind(writer, true);
    /* With a block time or other validators quiet moments are shorter. */
    const uint64_t now_ms = writer_now_ms(NULL);
    if (now_ms - writer->trimmed_ms >= IDLE_TRIM_MS) {
        writer->trimmed_ms = now_ms;
        mm_heap_trim_touched(TRIM_BYTES);
    }
    return MM_OK;
}

static void *write_blocks(void *arg)
{
    struct writer *writer = arg;
    mm_err err = MM_OK;
    enum idle idle = IDLE_TRIM;
    (void)clock_gettime(CLOCK_MONOTONIC, &writer->next_block);
    writer_add_ms(&writer->next_block, writer->settings.block_time_ms);
    (void)pthread_mutex_lock(&writer->lock);
    for (;;) {
        bool is_idle;
        if (!wait_for_work(writer, idle, &is_idle))
            break;
        const uint64_t turn = ++writer->started;
        struct order *orders = writer->orders;
        writer->orders = NULL;
        writer->has_work = false;
        (void)pthread_mutex_unlock(&writer->lock);
        bool again = false;
        err = run_turn(writer, orders, &again);
        if (err == MM_OK && is_idle)
            err = use_quiet(writer, idle);
        idle = is_idle ? IDLE_TRIM : IDLE_FLUSH;
        publish(writer);
        if (err == MM_OK)
            call_waiters(writer, turn);
        (void)pthread_mutex_lock(&writer->lock);
        writer->has_work |= again;
        if (err != MM_OK)
            break;
    }
    writer->is_stopping = true;
    writer->has_ended = true;
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
        while (!writer->flush_wanted && !writer->has_ended)
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
        writer->has_ended = true;
        (void)pthread_cond_broadcast(&writer->wake_flush);
        (void)pthread_mutex_unlock(&writer->lock);
        (void)pthread_join(writer->flusher, NULL);
        return MM_ERR_NO_MEMORY;
    }
    return MM_OK;
}

static void release(struct writer *writer)
{
    consensus_free(writer->consensus);
    writer_end_network(writer);
    (void)pthread_cond_destroy(&writer->wake);
    (void)pthread_cond_destroy(&writer->wake_flush);
    (void)pthread_mutex_destroy(&writer->lock);
    mm_buf_fini(&writer->making.encoded);
    settings_fini(&writer->settings);
    mm_heap_free(writer->planned.ids);
    mm_heap_free(writer);
}

static mm_err begin(struct writer *writer, const struct writer_options *options)
{
    if (options->network != NULL)
        return writer_begin_network(writer, options->network);
    MM_TRY(writer_load_settings(writer, options->block_time_ms));
    return writer_begin_alone(writer);
}

mm_err writer_start(struct writer **out, const struct writer_options *options)
{
    *out = NULL;
    struct writer *writer = mm_heap_zeroed(1, sizeof *writer);
    if (writer == NULL)
        return MM_ERR_NO_MEMORY;
    writer->chain = options->chain;
    writer->pool = options->pool;
    writer->failed = options->failed;
    writer->head_moved = options->head_moved;
    writer->going_back = options->going_back;
    writer->ctx = options->ctx;
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->wake, &attributes);
    (void)pthread_cond_init(&writer->wake_flush, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&writer->lock, NULL);
    mm_err err = begin(writer, options);
    if (err == MM_OK) {
        publish(writer);
        err = start_threads(writer);
    }
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
    /* Who knows that something waits learns nothing by one more, and a turn for each would cost as much as the transaction. */
    if (writer->network != NULL && atomic_load(&writer->network->has_pending))
        return 0;
    (void)pthread_mutex_lock(&writer->lock);
    uint64_t ticket = 0;
    if (writer->network != NULL || writer->settings.is_automine) {
        ticket = writer->network != NULL ? 0 : writer->started + 1;
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

void writer_standing(struct writer *writer, struct writer_standing *standing)
{
    (void)pthread_mutex_lock(&writer->lock);
    *standing = writer->standing;
    (void)pthread_mutex_unlock(&writer->lock);
}

uint64_t writer_now(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    const struct settings *settings = &writer->settings;
    uint64_t now = writer_clock_s(settings);
    if (settings->next_timestamp != 0) {
        now = settings->next_timestamp;
    } else if (settings->step_s != UINT64_MAX) {
        struct ledger_view *view = ledger_acquire(chain_ledger(writer->chain));
        now = ledger_head_header(view)->timestamp + settings->step_s;
        ledger_release(view);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return now;
}

void writer_counts(const struct writer *writer, uint64_t *blocks, uint64_t *txs)
{
    *blocks = atomic_load_explicit(&writer->blocks, memory_order_relaxed);
    *txs = atomic_load_explicit(&writer->txs, memory_order_relaxed);
}
