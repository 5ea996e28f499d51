#include "node/content/tend.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "node/content/shrink.h"
#include "node/log/log.h"
#include "p2p/clock/clock.h"
#include "p2p/content/gc.h"
#include "state/base/heap.h"

enum {
    IDLE_MS = 1000,       /* commits of writers ring no bell: they are seen after so long */
    LOOK_EVERY_MS = 2000, /* between two times that everything lacking is looked at */
    LOOK_SHARE = 20,  /* and so many times as long as it took: of a million roots half a minute */
    RETRY_MS = 10000, /* after something failed */
    FULL_EVERY_MS = 10 * 60 * 1000, /* between two collections of a store that pins hold full */
};

struct tend {
    struct tend_options options;
    struct follow *follow; /* owned, and so is what follows: the thread's own */
    struct needs_place place;
    bool is_looking;
    bool has_followed; /* since it looked */
    uint64_t seen_commits;
    uint64_t look_began_ms;
    uint64_t look_next_ms; /* not before */
    struct content_gc *gc;
    uint64_t collected_ms; /* when the last one ended */
    struct shrink shrink;
    uint64_t resting_ms; /* nothing before this time: something failed */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool is_stopping;           /* under the lock */
    bool head_moved;            /* under the lock */
    struct needs_counts counts; /* under the lock */

    atomic_uint_fast64_t collections;
    atomic_uint_fast64_t removed_blocks;
    atomic_uint_fast64_t removed_bytes;
};

static uint64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- waiting ---- */

/* So long at most, or until a head moves, if that is waited for. False: the end. */
static bool wait_ms(struct tend *tend, uint64_t ms, bool for_head)
{
    struct timespec until = clock_now();
    clock_add_ms(&until, ms);
    (void)pthread_mutex_lock(&tend->lock);
    int result = 0;
    while (!tend->is_stopping && !(for_head && tend->head_moved) && result == 0)
        result = pthread_cond_timedwait(&tend->wake, &tend->lock, &until);
    const bool goes_on = !tend->is_stopping;
    (void)pthread_mutex_unlock(&tend->lock);
    return goes_on;
}

static bool take_head_moved(struct tend *tend)
{
    (void)pthread_mutex_lock(&tend->lock);
    const bool moved = tend->head_moved;
    tend->head_moved = false;
    (void)pthread_mutex_unlock(&tend->lock);
    return moved;
}

static void rest(struct tend *tend, const char *what, mm_err err)
{
    log_event(LOG_WARN, "content is not tended as it should be; it is tried again",
              "work=%s reason=\"%s\"", what, mm_err_text(err));
    tend->resting_ms = clock_ms() + RETRY_MS;
}

/* ---- the three works ---- */

/* Whether there is more. */
static bool follow_on(struct tend *tend, bool *is_following)
{
    bool is_over;
    const mm_err err = follow_step(tend->follow, wall_clock_ms(), &is_over);
    if (err != MM_OK)
        rest(tend, "follow", err);
    tend->has_followed = true;
    *is_following = err != MM_OK || !is_over;
    return *is_following;
}

static bool wants_look(struct tend *tend)
{
    if (tend->is_looking)
        return true;
    const uint64_t commits = content_commits(tend->options.content);
    if ((commits == tend->seen_commits && !tend->has_followed) || clock_ms() < tend->look_next_ms)
        return false;
    tend->look_began_ms = clock_ms();
    tend->seen_commits = commits;
    tend->has_followed = false;
    tend->is_looking = true;
    return true;
}

static void count_needs(struct tend *tend)
{
    struct needs_counts counts;
    if (needs_count(tend->options.content, &counts) != MM_OK)
        return; /* the old ones stay */
    (void)pthread_mutex_lock(&tend->lock);
    tend->counts = counts;
    (void)pthread_mutex_unlock(&tend->lock);
}

static void look_on(struct tend *tend)
{
    bool is_over;
    const mm_err err = needs_look(tend->options.content, &tend->place, &is_over);
    if (err != MM_OK)
        rest(tend, "look", err);
    tend->is_looking = err != MM_OK || !is_over;
    if (!is_over)
        return;
    count_needs(tend);
    const uint64_t now_ms = clock_ms();
    const uint64_t rest_ms = (now_ms - tend->look_began_ms) * LOOK_SHARE;
    tend->look_next_ms = now_ms + (rest_ms > LOOK_EVERY_MS ? rest_ms : LOOK_EVERY_MS);
}

static bool is_full(const struct tend *tend)
{
    const struct content_totals totals = content_totals(tend->options.content);
    return tend->options.collect_at_percent > 0 &&
           totals.bytes / 100 * 100 >=
               totals.quota_bytes / 100 * tend->options.collect_at_percent &&
           clock_ms() >= tend->collected_ms + FULL_EVERY_MS;
}

static bool wants_collection(struct tend *tend)
{
    if (tend->gc != NULL)
        return true;
    const bool is_due = tend->options.collect_every_ms > 0 &&
                        clock_ms() >= tend->collected_ms + tend->options.collect_every_ms;
    return is_due || is_full(tend);
}

static void end_collection(struct tend *tend, mm_err err)
{
    const struct content_gc_report *report = content_gc_report(tend->gc);
    atomic_fetch_add(&tend->collections, 1);
    atomic_fetch_add(&tend->removed_blocks, report->removed_blocks);
    atomic_fetch_add(&tend->removed_bytes, report->removed_bytes);
    if (report->removed_blocks > 0)
        shrink_look_soon(&tend->shrink);
    if (err != MM_OK)
        log_event(LOG_WARN, "content was not collected: mintmark repo verify says what is damaged",
                  "reason=\"%s\" damaged=%llu", mm_err_text(err),
                  (unsigned long long)report->damaged);
    else if (report->removed_blocks + report->expired_pins > 0)
        log_event(LOG_INFO, "content that nothing pins was removed", "blocks=%llu bytes=%llu",
                  (unsigned long long)report->removed_blocks,
                  (unsigned long long)report->removed_bytes);
    content_gc_free(tend->gc);
    tend->gc = NULL;
    count_needs(tend);
    tend->collected_ms = clock_ms();
}

static void collect_on(struct tend *tend)
{
    bool is_over = false;
    mm_err err = MM_OK;
    if (tend->gc == NULL) {
        const struct content_gc_options options = { .now_ms = wall_clock_ms() };
        err = content_gc_new(&tend->gc, tend->options.content, &options);
        if (err == MM_ERR_BUSY) /* somebody else does it */
            tend->collected_ms = clock_ms();
        else if (err != MM_OK)
            rest(tend, "collect", err);
        return;
    }
    const uint64_t began_ms = clock_ms();
    err = content_gc_step(tend->gc, &is_over);
    if (err != MM_OK || is_over)
        end_collection(tend, err);
    else
        (void)wait_ms(tend, clock_ms() - began_ms, false);
}

/* A little of each. False: there is nothing to do. */
static bool work(struct tend *tend, bool *is_following)
{
    bool worked = false;
    if (clock_ms() < tend->resting_ms)
        return false;
    if (take_head_moved(tend))
        *is_following = true;
    if (*is_following)
        worked |= follow_on(tend, is_following);
    if (!*is_following && wants_look(tend)) {
        look_on(tend);
        worked = true;
    }
    if (wants_collection(tend)) {
        collect_on(tend);
        worked = true;
    }
    shrink_look(&tend->shrink, clock_ms());
    return worked;
}

static void *run(void *arg)
{
    struct tend *tend = arg;
    bool is_following = true;
    while (wait_ms(tend, 0, false)) {
        const bool rests = clock_ms() < tend->resting_ms;
        if (!work(tend, &is_following) && !wait_ms(tend, IDLE_MS, !rests))
            break;
    }
    shrink_stop(&tend->shrink);
    content_gc_free(tend->gc);
    return NULL;
}

/* ---- outside ---- */

static void free_tend(struct tend *tend)
{
    follow_free(tend->follow);
    mm_heap_free(tend);
}

mm_err tend_start(struct tend **out, const struct tend_options *options)
{
    *out = NULL;
    struct tend *tend = mm_heap_zeroed(1, sizeof *tend);
    if (tend == NULL)
        return MM_ERR_NO_MEMORY;
    tend->options = *options;
    tend->shrink.content = options->content;
    tend->collected_ms = clock_ms();
    tend->follow = follow_new(&(struct follow_options){ options->ledger, options->natives,
                                                        options->content, options->genesis });
    (void)pthread_mutex_init(&tend->lock, NULL);
    clock_cond_init(&tend->wake);
    if (tend->follow == NULL || pthread_create(&tend->thread, NULL, run, tend) != 0) {
        free_tend(tend);
        return MM_ERR_NO_MEMORY;
    }
    *out = tend;
    return MM_OK;
}

void tend_stop(struct tend *tend)
{
    if (tend == NULL)
        return;
    (void)pthread_mutex_lock(&tend->lock);
    tend->is_stopping = true;
    (void)pthread_cond_signal(&tend->wake);
    (void)pthread_mutex_unlock(&tend->lock);
    (void)pthread_join(tend->thread, NULL);
    (void)pthread_cond_destroy(&tend->wake);
    (void)pthread_mutex_destroy(&tend->lock);
    free_tend(tend);
}

void tend_head_moved(struct tend *tend)
{
    (void)pthread_mutex_lock(&tend->lock);
    tend->head_moved = true;
    (void)pthread_cond_signal(&tend->wake);
    (void)pthread_mutex_unlock(&tend->lock);
}

void tend_count(struct tend *tend, struct tend_counts *counts)
{
    struct content_follow place;
    const mm_err err = content_follow_get(tend->options.content, &place);
    *counts = (struct tend_counts){
        .followed = err == MM_OK ? place.block_num : 0,
        .collections = atomic_load(&tend->collections),
        .removed_blocks = atomic_load(&tend->removed_blocks),
        .removed_bytes = atomic_load(&tend->removed_bytes),
        .shrinks = atomic_load(&tend->shrink.count),
    };
    (void)pthread_mutex_lock(&tend->lock);
    counts->needs = tend->counts;
    (void)pthread_mutex_unlock(&tend->lock);
}
