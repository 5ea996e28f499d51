#include "node/writer/writer.h"

#include "node/log/log.h"
#include "node/writer/writer_internal.h"
#include "state/base/heap.h"

mm_err writer_tell_head(struct writer *writer, const struct chain_block *block)
{
    atomic_fetch_add_explicit(&writer->blocks, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&writer->txs, block->tx_count, memory_order_relaxed);
    if (writer->head_moved != NULL)
        writer->head_moved(writer->ctx);
    log_event(LOG_INFO, "block", "number=%llu txs=%zu", (unsigned long long)block->number,
              block->tx_count);
    return writer_write_behind(writer, false);
}

static mm_err start_threads(struct writer *writer)
{
    if (pthread_create(&writer->flusher, NULL, writer_flush_tails, writer) != 0)
        return MM_ERR_NO_MEMORY;
    if (pthread_create(&writer->thread, NULL, writer_write_blocks, writer) != 0) {
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
    clock_cond_init(&writer->wake);
    clock_cond_init(&writer->wake_flush);
    (void)pthread_mutex_init(&writer->lock, NULL);
    mm_err err = begin(writer, options);
    if (err == MM_OK) {
        writer_publish(writer);
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
    writer_call_waiters(writer, UINT64_MAX);
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
