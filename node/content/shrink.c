#include "node/content/shrink.h"

#include "node/log/log.h"
#include "p2p/content/gc.h"

static void *run(void *arg)
{
    struct shrink *shrink = arg;
    const uint64_t before = content_totals(shrink->content).disk_bytes;
    const mm_err err = content_compact(shrink->content);
    const uint64_t after = content_totals(shrink->content).disk_bytes;
    if (err == MM_OK)
        log_event(LOG_INFO, "removed content was given back to the disk", "bytes=%llu",
                  (unsigned long long)(before > after ? before - after : 0));
    else if (err != MM_ERR_STOPPED)
        log_event(LOG_WARN, "removed content still takes room on the disk", "reason=\"%s\"",
                  mm_err_text(err));
    atomic_fetch_add(&shrink->count, 1);
    atomic_store(&shrink->is_at_work, false);
    return NULL;
}

static void join(struct shrink *shrink)
{
    if (shrink->has_thread)
        (void)pthread_join(shrink->thread, NULL);
    shrink->has_thread = false;
}

void shrink_look_soon(struct shrink *shrink)
{
    shrink->look_ms = 0;
}

void shrink_look(struct shrink *shrink, uint64_t now_ms)
{
    if (now_ms < shrink->look_ms || now_ms < shrink->rest_ms || atomic_load(&shrink->is_at_work))
        return;
    shrink->look_ms = now_ms + SHRINK_LOOK_EVERY_MS;
    if (!content_wants_compaction(shrink->content))
        return;
    join(shrink);
    atomic_store(&shrink->is_at_work, true);
    shrink->has_thread = pthread_create(&shrink->thread, NULL, run, shrink) == 0;
    if (!shrink->has_thread)
        atomic_store(&shrink->is_at_work, false);
    else
        shrink->rest_ms = now_ms + SHRINK_EVERY_MS;
}

void shrink_stop(struct shrink *shrink)
{
    if (shrink->has_thread)
        content_compact_stop(shrink->content);
    join(shrink);
}
