/* Doors that wait: for a block, or for replicas. */
#include <time.h>

#include "node/replication/replication_internal.h"
#include "state/base/heap.h"

/* ---- fetching ---- */

static void remove_fetch(struct replication *replication, const struct fetch *fetch)
{
    struct fetch **at = &replication->fetches;
    while (*at != fetch)
        at = &(*at)->next;
    *at = fetch->next;
}

static mm_err fetch(void *ctx, const struct cid *root, const struct cid *block)
{
    struct replication *replication = ctx;
    struct fetch mine = { .root = *root, .block = *block, .err = MM_ERR_BUSY };
    const uint64_t end_ms = clock_ms() + REPLICATION_FETCH_MS;
    const struct timespec until = { .tv_sec = (time_t)(end_ms / 1000),
                                    .tv_nsec = (long)(end_ms % 1000) * 1000000 };
    int result = 0;
    (void)pthread_mutex_lock(&replication->lock);
    if (replication->is_stopping || replication->fetch_count == REPLICATION_FETCHES_MAX) {
        const bool is_stopping = replication->is_stopping;
        (void)pthread_mutex_unlock(&replication->lock);
        return is_stopping ? MM_ERR_NOT_FOUND : MM_ERR_BUSY;
    }
    replication->fetch_count++;
    mine.next = replication->fetches;
    replication->fetches = &mine;
    (void)pthread_cond_signal(&replication->wake);
    while (mine.state != FETCH_OVER && result == 0)
        result = pthread_cond_timedwait(&replication->fetched, &replication->lock, &until);
    remove_fetch(replication, &mine);
    replication->fetch_count--;
    (void)pthread_mutex_unlock(&replication->lock);
    return mine.err;
}

/* One that is new, noted as asked. False: none. */
static bool take_fetch(struct replication *replication, struct fetch *out)
{
    bool found = false;
    (void)pthread_mutex_lock(&replication->lock);
    for (struct fetch *at = replication->fetches; at != NULL && !found; at = at->next) {
        found = at->state == FETCH_NEW;
        if (!found)
            continue;
        at->state = FETCH_ASKED;
        *out = *at;
    }
    (void)pthread_mutex_unlock(&replication->lock);
    return found;
}

static void end_fetches_of(struct replication *replication, const struct cid *block, mm_err err)
{
    (void)pthread_mutex_lock(&replication->lock);
    for (struct fetch *at = replication->fetches; at != NULL; at = at->next) {
        if (block != NULL && (at->state != FETCH_ASKED || !cid_same_block(&at->block, block)))
            continue;
        at->state = FETCH_OVER;
        at->err = err;
    }
    (void)pthread_cond_broadcast(&replication->fetched);
    (void)pthread_mutex_unlock(&replication->lock);
}

void replication_tell_fetched(struct replication *replication, const struct cid *block,
                              bool is_here)
{
    end_fetches_of(replication, block, is_here ? MM_OK : MM_ERR_BUSY);
}

void replication_end_fetches(struct replication *replication)
{
    end_fetches_of(replication, NULL, MM_ERR_NOT_FOUND);
}

/* ---- replicas ---- */

static mm_err wait(void *ctx, const struct elsewhere_wait *what)
{
    struct replication *replication = ctx;
    struct wait *wait = mm_heap_zeroed(1, sizeof *wait);
    if (wait == NULL)
        return MM_ERR_NO_MEMORY;
    wait->what = *what;
    wait->end_ms = clock_ms() + (what->timeout_ms < ELSEWHERE_WAIT_MAX_MS ? what->timeout_ms
                                                                          : ELSEWHERE_WAIT_MAX_MS);
    (void)pthread_mutex_lock(&replication->lock);
    const bool is_taken =
        !replication->is_stopping && replication->waits_count < ELSEWHERE_WAITS_MAX;
    if (is_taken) {
        wait->next = replication->new_waits;
        replication->new_waits = wait;
        replication->waits_count++;
        (void)pthread_cond_signal(&replication->wake);
    }
    (void)pthread_mutex_unlock(&replication->lock);
    if (!is_taken)
        mm_heap_free(wait);
    return is_taken ? MM_OK : MM_ERR_BUSY;
}

static void take_waits(struct replication *replication)
{
    (void)pthread_mutex_lock(&replication->lock);
    struct wait *first = replication->new_waits;
    replication->new_waits = NULL;
    (void)pthread_mutex_unlock(&replication->lock);
    while (first != NULL) {
        struct wait *next = first->next;
        first->next = replication->waits;
        replication->waits = first;
        replication->is_held = true; /* to be looked at */
        first = next;
    }
}

static unsigned reached(const struct replication *replication, const struct elsewhere_wait *wait)
{
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i < wait->count; i++) {
        const unsigned count = replicate_holders(replication->replicate, &wait->roots[i]);
        least = count < least ? count : least;
    }
    return least;
}

void replication_settle_waits(struct replication *replication, uint64_t now_ms, bool all)
{
    struct wait **at = &replication->waits;
    replication->is_held = false;
    while (*at != NULL) {
        struct wait *wait = *at;
        const unsigned count = reached(replication, &wait->what);
        if (!all && count < wait->what.wanted && now_ms < wait->end_ms) {
            at = &wait->next;
            continue;
        }
        *at = wait->next;
        wait->what.done(wait->what.arg, count);
        mm_heap_free(wait);
        (void)pthread_mutex_lock(&replication->lock);
        replication->waits_count--;
        (void)pthread_mutex_unlock(&replication->lock);
    }
}

uint64_t replication_waits_deadline(const struct replication *replication)
{
    uint64_t deadline = UINT64_MAX;
    for (const struct wait *wait = replication->waits; wait != NULL; wait = wait->next)
        deadline = wait->end_ms < deadline ? wait->end_ms : deadline;
    return deadline;
}

void replication_take_doors(struct replication *replication, uint64_t now_ms)
{
    struct fetch next;
    take_waits(replication);
    while (take_fetch(replication, &next)) {
        if (replicate_fetch(replication->replicate, &next.root, &next.block, now_ms))
            continue;
        const bool is_known = replicate_holders(replication->replicate, &next.root) > 0;
        end_fetches_of(replication, &next.block, is_known ? MM_ERR_BUSY : MM_ERR_NOT_FOUND);
    }
}

/* ---- the table ---- */

static void count(void *ctx, struct elsewhere_counts *out)
{
    struct replication *replication = ctx;
    (void)pthread_mutex_lock(&replication->lock);
    const struct replicate_counts counts = replication->counts;
    (void)pthread_mutex_unlock(&replication->lock);
    *out = (struct elsewhere_counts){
        .fetched_blocks = counts.fetched_blocks,
        .fetched_bytes = counts.fetched_bytes,
        .served_blocks = counts.served_blocks,
        .served_bytes = counts.served_bytes,
        .cut_off = counts.cut_off,
        .late = counts.late,
        .wanting = counts.wanting,
        .known = counts.known,
    };
    _Static_assert((int)ELSEWHERE_HISTOGRAM == (int)REPLICATE_HISTOGRAM, "the same columns");
    memcpy(out->replicas, counts.replicas, sizeof out->replicas);
}

struct content_elsewhere replication_table(struct replication *replication)
{
    return (struct content_elsewhere){
        .ctx = replication, .fetch = fetch, .wait = wait, .count = count
    };
}
