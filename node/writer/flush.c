/* Writing behind: full tails go to the flusher, which is a thread of its own. */
#include "node/writer/writer_internal.h"

mm_err writer_drain(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    while (writer->flush_wanted || writer->flush_running)
        (void)pthread_cond_wait(&writer->wake_flush, &writer->lock);
    const mm_err err = writer->flush_err;
    (void)pthread_mutex_unlock(&writer->lock);
    return err;
}

mm_err writer_write_behind(struct writer *writer, bool now)
{
    struct ledger *ledger = chain_ledger(writer->chain);
    if (!now && !ledger_wants_flush(ledger))
        return MM_OK;
    MM_TRY(writer_drain(writer)); /* the tail before it may not be written yet */
    if (!ledger_rotate(ledger))
        return MM_OK;
    (void)pthread_mutex_lock(&writer->lock);
    writer->flush_wanted = true;
    (void)pthread_cond_broadcast(&writer->wake_flush);
    (void)pthread_mutex_unlock(&writer->lock);
    return MM_OK;
}

void *writer_flush_tails(void *arg)
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
