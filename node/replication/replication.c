#include "node/replication/replication.h"

#include <sodium.h>

#include "node/import/chain.h"
#include "node/log/log.h"
#include "node/replication/replication_internal.h"
#include "state/base/heap.h"

_Static_assert((int)REPLICATE_FLIGHT_BYTES < (int)LINKS_HELD_BYTES_MAX,
               "a peer's votes are read whatever of its content waits here");

enum { VALIDATORS_MS = 2000, PUBLISH_MS = 500, TICK_MS = 50 };

/* ---- the machine's host ---- */

static bool send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    const struct replication *replication = ctx;
    return network_send_content(replication->options.network, peer, kind, payload);
}

static void cut_off(void *ctx, uint64_t peer, enum replicate_verdict verdict, uint64_t ms)
{
    static struct log_limit lines = LOG_LIMIT;
    struct replication *replication = ctx;
    log_limited(&lines, LOG_WARN, "a peer sent content that is none", "peer=%llu reason=\"%s\"",
                (unsigned long long)peer, replicate_verdict_text(verdict));
    network_cut_off(replication->options.network, peer, ms);
}

/* Its link stays as it is: who is slow with content may be quick with votes. */
static void slow(void *ctx, uint64_t peer)
{
    (void)ctx, (void)peer;
}

static void fetched(void *ctx, const struct cid *block, bool is_here)
{
    replication_tell_fetched(ctx, block, is_here);
}

static void failed(void *ctx, mm_err err)
{
    static struct log_limit lines = LOG_LIMIT;
    (void)ctx;
    log_limited(&lines, LOG_WARN, "content of peers cannot be stored; it is tried again",
                "reason=\"%s\"", mm_err_text(err));
}

static void held(void *ctx, const struct cid *root)
{
    (void)root;
    ((struct replication *)ctx)->is_held = true;
}

/* ---- the thread ---- */

static void read_validators(struct replication *replication, uint64_t now_ms)
{
    struct validator_set set;
    if (replication->validators_ms != 0 && now_ms < replication->validators_ms + VALIDATORS_MS)
        return;
    replication->validators_ms = now_ms;
    struct ledger_view *view = ledger_acquire(replication->options.ledger);
    const mm_err err = chain_validators_at(view, &set, ledger_head(view));
    ledger_release(view);
    if (err == MM_OK)
        replicate_set_validators(replication->replicate, &set,
                                 replication->has_validator ? &replication->validator : NULL);
}

static void publish(struct replication *replication, uint64_t now_ms)
{
    struct replicate_counts counts;
    if (now_ms < replication->published_ms + PUBLISH_MS)
        return;
    replication->published_ms = now_ms;
    replicate_count(replication->replicate, &counts);
    (void)pthread_mutex_lock(&replication->lock);
    replication->counts = counts;
    (void)pthread_mutex_unlock(&replication->lock);
}

static void handle(struct replication *replication, const struct event *event, uint64_t now_ms)
{
    struct replicate *replicate = replication->replicate;
    switch (event->kind) {
    case EVENT_UP:
        replicate_peer_up(replicate, event->peer, &event->id, now_ms);
        return;
    case EVENT_FRAME:
        replicate_frame(replicate, event->peer, event->frame->kind, event->frame->payload, now_ms);
        return;
    case EVENT_DOWN:
        replicate_peer_down(replicate, event->peer, now_ms);
        return;
    }
}

static void *run(void *arg)
{
    struct replication *replication = arg;
    struct event *event;
    uint64_t deadline_ms = 0;
    uint64_t ticked_ms = 0;
    while (replication_next(replication, &event, deadline_ms)) {
        const uint64_t now_ms = clock_ms();
        if (event != NULL)
            handle(replication, event, now_ms);
        replication_free_event(event);
        replication_take_doors(replication, now_ms);
        if (event == NULL || now_ms >= ticked_ms + TICK_MS) {
            ticked_ms = now_ms;
            read_validators(replication, now_ms);
            deadline_ms = replicate_tick(replication->replicate, now_ms);
            publish(replication, now_ms);
        }
        const uint64_t wait_ms = replication_waits_deadline(replication);
        if (replication->is_held || now_ms >= wait_ms)
            replication_settle_waits(replication, now_ms, false);
        else if (wait_ms < deadline_ms)
            deadline_ms = wait_ms;
    }
    replication_free_event(event);
    return NULL;
}

/* ---- life ---- */

static void init_locks(struct replication *replication)
{
    clock_cond_init(&replication->wake);
    clock_cond_init(&replication->fetched);
    (void)pthread_mutex_init(&replication->lock, NULL);
}

static mm_err begin(struct replication *replication)
{
    struct replicate_options options = { .host = { .ctx = replication,
                                                   .send = send,
                                                   .cut_off = cut_off,
                                                   .slow = slow,
                                                   .fetched = fetched,
                                                   .failed = failed,
                                                   .held = held },
                                         .content = replication->options.content };
    randombytes_buf(options.key, sizeof options.key);
    MM_TRY(replicate_new(&replication->replicate, &options));
    network_set_content(replication->options.network,
                        &(struct network_content){ .ctx = replication,
                                                   .up = replication_hear_up,
                                                   .frame = replication_hear_frame,
                                                   .down = replication_hear_down });
    return MM_OK;
}

mm_err replication_new(struct replication **out, const struct replication_options *options)
{
    struct replication *replication = *out = mm_heap_zeroed(1, sizeof *replication);
    if (replication == NULL)
        return MM_ERR_NO_MEMORY;
    replication->options = *options;
    replication->has_validator = options->validator != NULL;
    if (options->validator != NULL)
        replication->validator = *options->validator;
    replication->elsewhere = replication_table(replication);
    init_locks(replication);
    return begin(replication); /* what there is of it is freed by the caller, after the network */
}

mm_err replication_run(struct replication *replication)
{
    replication->is_started = pthread_create(&replication->thread, NULL, run, replication) == 0;
    return replication->is_started ? MM_OK : MM_ERR_NO_MEMORY;
}

void replication_stop(struct replication *replication)
{
    if (replication == NULL || !replication->is_started)
        return;
    (void)pthread_mutex_lock(&replication->lock);
    replication->is_stopping = true;
    (void)pthread_cond_signal(&replication->wake);
    (void)pthread_mutex_unlock(&replication->lock);
    (void)pthread_join(replication->thread, NULL);
    replication->is_started = false;
    replication_take_doors(replication, clock_ms());
    replication_settle_waits(replication, 0, true);
    replication_end_fetches(replication);
}

void replication_free(struct replication *replication)
{
    if (replication == NULL)
        return;
    replication_stop(replication);
    replication_drop_events(replication);
    replicate_free(replication->replicate);
    (void)pthread_cond_destroy(&replication->wake);
    (void)pthread_cond_destroy(&replication->fetched);
    (void)pthread_mutex_destroy(&replication->lock);
    mm_heap_free(replication);
}

const struct content_elsewhere *replication_elsewhere(struct replication *replication)
{
    return &replication->elsewhere;
}
