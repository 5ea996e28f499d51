/* The writer's thread: one turn after the other, and whoever waits for one is called when it is over. */
#include <errno.h>

#include "node/writer/writer_internal.h"
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
    const struct timespec now = clock_now();
    if (writer_is_before(&now, &writer->next_block))
        return false;
    do
        clock_add_ms(&writer->next_block, block_time_ms);
    while (!writer_is_before(&now,
                             &writer->next_block)); /* what was slept through is not made up for */
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

void writer_publish(struct writer *writer)
{
    struct writer_standing standing;
    consensus_status(writer->consensus, &standing.status);
    standing.validators = *chain_validators(writer->chain);
    (void)pthread_mutex_lock(&writer->lock);
    writer->standing = standing;
    (void)pthread_mutex_unlock(&writer->lock);
}

void writer_call_waiters(struct writer *writer, uint64_t finished)
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
    struct timespec until = clock_now();
    struct timespec deadline;
    clock_add_ms(&until, idle == IDLE_FLUSH ? IDLE_FLUSH_MS : IDLE_TRIM_MS);
    if (next_deadline(writer, &deadline) && writer_is_before(&deadline, &until))
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
        return writer_write_behind(writer, true);
    /* With a block time or other validators quiet moments are shorter. */
    const uint64_t now_ms = writer_now_ms(NULL);
    if (now_ms - writer->trimmed_ms >= IDLE_TRIM_MS) {
        writer->trimmed_ms = now_ms;
        mm_heap_trim_touched(TRIM_BYTES);
    }
    return MM_OK;
}

void *writer_write_blocks(void *arg)
{
    struct writer *writer = arg;
    mm_err err = MM_OK;
    enum idle idle = IDLE_TRIM;
    writer->next_block = clock_now();
    clock_add_ms(&writer->next_block, writer->settings.block_time_ms);
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
        writer_publish(writer);
        if (err == MM_OK)
            writer_call_waiters(writer, turn);
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
