#include "rpc/eth/late.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "p2p/clock/clock.h"
#include "rpc/eth/serve.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum { ARENA_BYTES_MAX = 256 << 20 };

/* An answer in the room. */
struct waiting {
    struct waiting *next;
    struct eth_late_room *room;
    struct rpc_eth_answer *answer; /* its maker's, until done is called */
    void (*done)(void *arg);
    void *arg;
};

struct eth_late_room {
    struct rpc_eth *eth;
    atomic_size_t count; /* of answers; 0: a head is of no interest */

    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t wake;
    struct waiting *waiting;
    bool has_news;
    bool is_ending;
    bool is_started;
    pthread_t thread;

    /* The thread's own. */
    struct mm_arena arena;
    struct bloom_memo blooms;
};

struct eth_late *eth_late_new(const mm_hash32 *hash, uint64_t timeout_ms)
{
    struct eth_late *late = mm_heap_zeroed(1, sizeof *late);
    if (late == NULL)
        return NULL;
    late->hash = *hash;
    late->timeout_ms = timeout_ms;
    late->deadline_ms = clock_ms() + timeout_ms;
    return late;
}

void eth_late_free(struct eth_late *taken_list)
{
    while (taken_list != NULL) {
        struct eth_late *next = taken_list->next;
        mm_buf_fini(&taken_list->filling);
        mm_heap_free(taken_list);
        taken_list = next;
    }
}

/* ---- filling gaps ---- */

static bool is_queued(struct eth_request *r, const mm_hash32 *hash)
{
    const struct tx *txs;
    const bool *queued;
    size_t count;
    if (r->backend->pool_list(r->backend->ctx, r->arena, &txs, &queued, &count) != MM_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (mm_hash_equal(&txs[i].hash, hash))
            return queued[i];
    }
    return false;
}

/* EIP-7966: the hash goes with the error, so that the caller can go on asking. */
static bool fail_late(struct eth_request *r, const struct eth_late *late, bool is_ending)
{
    if (is_ending)
        (void)eth_fail(r, ETH_NOT_YET_MINED, "the node is shutting down");
    else if (is_queued(r, &late->hash))
        (void)eth_fail(r, ETH_NOT_YET_READY,
                       "the transaction waits for one with a lower nonce: not mined within %llu ms",
                       (unsigned long long)late->timeout_ms);
    else
        (void)eth_fail(r, ETH_NOT_YET_MINED,
                       "the transaction was sent but not mined within %llu ms",
                       (unsigned long long)late->timeout_ms);
    r->error.has_data = true;
    r->error.data = mm_bytes_hash(&late->hash);
    return false;
}

/* True: the receipt is written. False: the error is set, or *is_open: it goes on waiting. */
static bool write_receipt(struct eth_request *r, const struct eth_late *late, bool is_ending,
                          bool *is_open)
{
    const struct ledger_tx *tx;
    struct eth_place place;
    *is_open = false;
    if (!eth_find_tx(r, &tx, &place, &late->hash))
        return false;
    if (tx != NULL) {
        eth_add_receipt(r, tx, &place);
        return mm_buf_err(r->w.buf) == MM_OK ||
               eth_fail(r, ETH_RESPONSE_TOO_LARGE, "response too large");
    }
    *is_open = !is_ending && clock_ms() < late->deadline_ms;
    return !*is_open && fail_late(r, late, is_ending);
}

static void fill(struct eth_late_room *room, struct ledger_view *view, struct eth_late *late,
                 bool is_ending)
{
    struct eth_request r = {
        .eth = room->eth,
        .backend = room->eth->backend,
        .arena = &room->arena,
        .blooms = &room->blooms,
        .view = view,
    };
    bool is_open;
    mm_buf_init(&late->filling, room->eth->options.answer_bytes_max);
    mm_buf_add(&late->filling, MM_BYTES_LIT(",\"result\":"));
    r.w = json_writer_over(&late->filling);
    late->is_filled = write_receipt(&r, late, is_ending, &is_open);
    mm_arena_reset(&room->arena);
    if (late->is_filled)
        return;
    mm_buf_fini(&late->filling);
    if (is_open)
        return;
    mm_buf_init(&late->filling, ETH_ERROR_BYTES_MAX);
    eth_add_error_member(&late->filling, &r.error);
    late->is_filled = true;
}

/* Puts what was found where it belongs. */
static void close_gaps(struct rpc_eth_answer *answer)
{
    struct mm_buf whole;
    size_t from = 0;
    const mm_bytes text = mm_buf_bytes(&answer->text);
    mm_buf_init(&whole, SIZE_MAX);
    for (const struct eth_late *late = answer->late; late != NULL; late = late->next) {
        mm_buf_add(&whole, mm_bytes_from(text.ptr + from, late->at - from));
        mm_buf_add(&whole, mm_buf_bytes(&late->filling));
        from = late->at;
    }
    mm_buf_add(&whole, mm_bytes_from(text.ptr + from, text.len - from));
    mm_buf_fini(&answer->text);
    answer->text = whole;
    eth_late_free(answer->late);
    answer->late = NULL;
}

/* Whether it has no gap left. */
static bool try_answer(struct eth_late_room *room, struct ledger_view *view,
                       struct rpc_eth_answer *answer, bool is_ending)
{
    bool is_whole = true;
    for (struct eth_late *late = answer->late; late != NULL; late = late->next) {
        if (!late->is_filled)
            fill(room, view, late, is_ending);
        is_whole &= late->is_filled;
    }
    if (is_whole)
        close_gaps(answer);
    return is_whole;
}

/* ---- the thread ---- */

static void let_go(struct waiting *taken_waiting)
{
    void (*done)(void *arg) = taken_waiting->done;
    void *arg = taken_waiting->arg;
    mm_heap_free(taken_waiting);
    done(arg);
}

/* Those that go on waiting. */
static struct waiting *look(struct eth_late_room *room, struct waiting *all, bool is_ending)
{
    struct waiting *kept = NULL;
    struct ledger_view *view = ledger_acquire(room->eth->backend->ledger);
    while (all != NULL) {
        struct waiting *waiting = all;
        all = waiting->next;
        if (try_answer(room, view, waiting->answer, is_ending)) {
            atomic_fetch_sub(&room->count, 1);
            let_go(waiting);
        } else {
            waiting->next = kept;
            kept = waiting;
        }
    }
    ledger_release(view);
    return kept;
}

static uint64_t first_deadline(const struct waiting *all)
{
    uint64_t first = UINT64_MAX;
    for (; all != NULL; all = all->next) {
        for (const struct eth_late *late = all->answer->late; late != NULL; late = late->next) {
            if (!late->is_filled && late->deadline_ms < first)
                first = late->deadline_ms;
        }
    }
    return first;
}

/* With the lock held. */
static void sleep_until_news(struct eth_late_room *room)
{
    const uint64_t first = first_deadline(room->waiting);
    const struct timespec until = { (time_t)(first / 1000), (long)(first % 1000) * 1000000 };
    while (!room->has_news && !room->is_ending) {
        if (first == UINT64_MAX)
            (void)pthread_cond_wait(&room->wake, &room->lock);
        else if (pthread_cond_timedwait(&room->wake, &room->lock, &until) == ETIMEDOUT)
            break;
    }
}

static void *room_main(void *ctx)
{
    struct eth_late_room *room = ctx;
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, NULL);
    (void)pthread_setname_np(pthread_self(), "late answers");
    (void)pthread_mutex_lock(&room->lock);
    for (;;) {
        sleep_until_news(room);
        const bool is_ending = room->is_ending;
        struct waiting *looked_at = room->waiting;
        room->waiting = NULL;
        room->has_news = false;
        (void)pthread_mutex_unlock(&room->lock);
        struct waiting *kept = look(room, looked_at, is_ending);
        (void)pthread_mutex_lock(&room->lock);
        while (kept != NULL) {
            struct waiting *next = kept->next;
            kept->next = room->waiting;
            room->waiting = kept;
            kept = next;
        }
        if (is_ending)
            break;
    }
    (void)pthread_mutex_unlock(&room->lock);
    return NULL;
}

/* ---- from outside ---- */

void eth_late_heard_head(struct eth_late_room *room)
{
    if (atomic_load_explicit(&room->count, memory_order_relaxed) == 0)
        return; /* whoever comes later looks at the head first */
    (void)pthread_mutex_lock(&room->lock);
    room->has_news = true;
    (void)pthread_cond_signal(&room->wake);
    (void)pthread_mutex_unlock(&room->lock);
}

/* Takes the answer in; false: it cannot wait. */
static bool enter(struct eth_late_room *room, struct waiting *waiting)
{
    (void)pthread_mutex_lock(&room->lock);
    bool can_wait = !room->is_ending;
    if (can_wait && !room->is_started) {
        room->is_started = pthread_create(&room->thread, NULL, room_main, room) == 0;
        can_wait = room->is_started;
    }
    if (can_wait) {
        atomic_fetch_add(&room->count, 1);
        waiting->next = room->waiting;
        room->waiting = waiting;
        room->has_news = true; /* it may be mined since it was written */
        (void)pthread_cond_signal(&room->wake);
    }
    (void)pthread_mutex_unlock(&room->lock);
    return can_wait;
}

/* Nobody can wait any more: the gaps are closed without a look. */
static void give_up(struct rpc_eth_answer *answer)
{
    struct eth_error error = { .code = ETH_NOT_YET_MINED,
                               .message = "the node is shutting down",
                               .has_data = true };
    for (struct eth_late *late = answer->late; late != NULL; late = late->next) {
        error.data = mm_bytes_hash(&late->hash);
        mm_buf_init(&late->filling, ETH_ERROR_BYTES_MAX);
        eth_add_error_member(&late->filling, &error);
        late->is_filled = true;
    }
    close_gaps(answer);
}

/* The other members of the batch have their blocks. */
static void settled(void *arg)
{
    struct waiting *waiting = arg;
    if (enter(waiting->room, waiting))
        return;
    give_up(waiting->answer);
    let_go(waiting);
}

bool rpc_eth_settle(struct rpc_eth *eth, struct rpc_eth_answer *answer, void (*done)(void *arg),
                    void *arg)
{
    const struct rpc_backend *backend = eth->backend;
    if (answer->late == NULL)
        return backend->settle(backend->ctx, answer->ticket, done, arg);
    struct waiting *waiting = mm_heap_alloc(sizeof *waiting);
    if (waiting == NULL) {
        give_up(answer);
        return backend->settle(backend->ctx, answer->ticket, done, arg);
    }
    *waiting = (struct waiting){ NULL, eth->late, answer, done, arg };
    if (!backend->settle(backend->ctx, answer->ticket, settled, waiting))
        return false;
    if (enter(eth->late, waiting))
        return false;
    mm_heap_free(waiting);
    give_up(answer);
    return true;
}

/* ---- life ---- */

mm_err eth_late_room_new(struct eth_late_room **out, struct rpc_eth *eth)
{
    struct eth_late_room *room = *out = mm_heap_zeroed(1, sizeof *room);
    if (room == NULL)
        return MM_ERR_NO_MEMORY;
    room->eth = eth;
    clock_cond_init(&room->wake);
    (void)pthread_mutex_init(&room->lock, NULL);
    mm_arena_init(&room->arena, ARENA_BYTES_MAX);
    return MM_OK;
}

void eth_late_room_close(struct eth_late_room *room)
{
    (void)pthread_mutex_lock(&room->lock);
    room->is_ending = true;
    const bool is_started = room->is_started;
    room->is_started = false;
    (void)pthread_cond_signal(&room->wake);
    (void)pthread_mutex_unlock(&room->lock);
    if (is_started)
        (void)pthread_join(room->thread, NULL);
}

void eth_late_room_free(struct eth_late_room *room)
{
    if (room == NULL)
        return;
    eth_late_room_close(room);
    MM_ASSERT(room->waiting == NULL);
    mm_arena_fini(&room->arena);
    (void)pthread_cond_destroy(&room->wake);
    (void)pthread_mutex_destroy(&room->lock);
    mm_heap_free(room);
}
