/* Mints at a steady rate, for as long as it takes to see what does not stay as it was.
 *
 *     due:       0        1        2        3        4   …   × 1/rate            mint i of lane i mod lanes
 *     lane 0     ├─ sent ─────────► receipt  │       ├─ sent ─► receipt
 *     lane 1              ├─ sent ─► receipt         │…
 *
 * A mint's time runs from when it was due, not from when it was sent: behind a stall it waits as a user's would, and is not left
 * out (no coordinated omission). It ends with its receipt, for which eth_sendRawTransactionSync waits.
 * Each lane is a thread with a connection of its own, and signs its next mint before that is due. There may be more lanes than
 * accounts: those of one account take its nonces in turn, and a mint that comes before the one with the nonce below waits for it in
 * the pool. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "node/bench/bench_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

struct steady {
    struct bench *bench;
    uint64_t begun_ns;
    uint64_t count; /* of mints */
    size_t lanes;   /* a multiple of the senders */
    size_t senders; /* accounts */
    pthread_mutex_t lock;
    uint64_t *waits; /* ns, in the order of the answers; owned; room for all */
    uint64_t answered;
    bool is_broken;
    struct mm_reason reason;
};

struct steady_lane {
    struct steady *steady;
    size_t index;
    struct client *client;  /* owned */
    struct mm_arena mint;   /* that is sent next */
    struct mm_arena answer; /* of the one before */
    pthread_t thread;
    bool runs;
};

static uint64_t due_ns(const struct steady *steady, uint64_t mint)
{
    return steady->begun_ns +
           (uint64_t)((double)mint * 1e9 / (double)steady->bench->options.rate_per_s);
}

static void sleep_until(uint64_t ns)
{
    const struct timespec time = { .tv_sec = (time_t)(ns / 1000000000),
                                   .tv_nsec = (long)(ns % 1000000000) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
        ;
}

/* ---- a lane ---- */

static void breaks(struct steady *steady, const char *text)
{
    (void)pthread_mutex_lock(&steady->lock);
    if (!steady->is_broken)
        (void)mm_fail(&steady->reason, MM_ERR_IO, "%s", text);
    steady->is_broken = true;
    (void)pthread_mutex_unlock(&steady->lock);
}

/* ["0x…"] of the mint; empty when there is no memory. */
static mm_bytes sign_mint(struct steady_lane *lane, uint64_t mint)
{
    struct bench *bench = lane->steady->bench;
    const size_t senders = lane->steady->senders, account = (size_t)(mint % senders);
    const struct bench_sender sender = { account, bench->nonces[account] + mint / senders };
    struct tx tx;
    mm_arena_reset(&lane->mint);
    if (bench_sign_mint(bench, &lane->mint, &tx, sender) != MM_OK)
        return (mm_bytes){ NULL, 0 };
    const size_t len = 2 + 2 + 2 * tx.raw.len + 2;
    char *text = mm_arena_alloc(&lane->mint, len + 1);
    if (text == NULL)
        return (mm_bytes){ NULL, 0 };
    memcpy(text, "[\"0x", 4);
    hex_encode(text + 4, tx.raw);
    memcpy(text + len - 2, "\"]", 2);
    return mm_bytes_from(text, len);
}

static bool send_mint(struct steady_lane *lane, mm_bytes params)
{
    const struct jsonrpc_request request = { "eth_sendRawTransactionSync", params };
    struct jsonrpc_reply reply;
    struct mm_reason reason = { "" };
    mm_u256 token;
    uint64_t gas_used = 0;
    mm_arena_reset(&lane->answer);
    if (jsonrpc_call(lane->client, &lane->answer, &reply, &request, &reason) != CLIENT_OK) {
        breaks(lane->steady, reason.text);
        return false;
    }
    if (reply.is_error) {
        (void)mm_fail(&reason, MM_ERR_IO, "%s: %.*s", request.method, (int)reply.message.len,
                      (const char *)reply.message.ptr);
        breaks(lane->steady, reason.text);
        return false;
    }
    if (!bench_is_done(&reply.result, &gas_used, &token)) {
        breaks(lane->steady, "a transaction was mined and did not do what it should");
        return false;
    }
    return true;
}

static bool note_wait(struct steady *steady, uint64_t waited_ns)
{
    (void)pthread_mutex_lock(&steady->lock);
    steady->waits[steady->answered++] = waited_ns;
    const bool goes_on = !steady->is_broken;
    (void)pthread_mutex_unlock(&steady->lock);
    return goes_on;
}

static void *run_lane(void *arg)
{
    struct steady_lane *lane = arg;
    struct steady *steady = lane->steady;
    (void)prctl(PR_SET_TIMERSLACK, 1000UL); /* else sleep adds 50 us to what is measured */
    for (uint64_t i = lane->index; i < steady->count; i += steady->lanes) {
        const mm_bytes params = sign_mint(lane, i);
        if (params.len == 0) {
            breaks(steady, "a transaction cannot be signed");
            break;
        }
        const uint64_t due = due_ns(steady, i);
        sleep_until(due);
        if (!send_mint(lane, params) || !note_wait(steady, bench_now_ns() - due))
            break;
    }
    return NULL;
}

/* ---- all lanes ---- */

static void stop_lanes(const struct steady *steady, struct steady_lane *lanes)
{
    for (size_t i = 0; i < steady->lanes; i++) {
        if (lanes[i].runs)
            (void)pthread_join(lanes[i].thread, NULL);
        client_free(lanes[i].client);
        mm_arena_fini(&lanes[i].mint);
        mm_arena_fini(&lanes[i].answer);
    }
}

static mm_err start_lanes(struct steady *steady, struct steady_lane *lanes,
                          struct mm_reason *reason)
{
    const struct bench_options *options = &steady->bench->options;
    const struct client_options client = { .idle_timeout_ms = options->patience_ms };
    for (size_t i = 0; i < steady->lanes; i++) {
        lanes[i] = (struct steady_lane){ .steady = steady, .index = i };
        mm_arena_init(&lanes[i].mint, SIZE_MAX);
        mm_arena_init(&lanes[i].answer, SIZE_MAX);
        lanes[i].client = client_new(&options->url, &client);
    }
    steady->begun_ns = bench_now_ns();
    for (size_t i = 0; i < steady->lanes; i++) {
        lanes[i].runs = lanes[i].client != NULL &&
                        pthread_create(&lanes[i].thread, NULL, run_lane, &lanes[i]) == 0;
        if (!lanes[i].runs) {
            breaks(steady, "out of memory");
            return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
        }
    }
    return MM_OK;
}

/* ---- what came of it ---- */

struct progress {
    uint64_t answered;
    bool is_broken;
};

static struct progress look(struct steady *steady)
{
    (void)pthread_mutex_lock(&steady->lock);
    const struct progress progress = { steady->answered, steady->is_broken };
    (void)pthread_mutex_unlock(&steady->lock);
    return progress;
}

/* Those answered since the look before. What was answered does not change any more. */
static mm_err tell_interval(struct steady *steady, uint64_t from, uint64_t to, double seconds,
                            struct mm_reason *reason)
{
    const struct bench *bench = steady->bench;
    const uint64_t now = bench_now_ns();
    const double after_s = (double)(now - steady->begun_ns) / 1e9;
    const double due = after_s * (double)bench->options.rate_per_s;
    const uint64_t due_count = due < (double)steady->count ? (uint64_t)due : steady->count;
    struct bench_interval interval = { .after_s = after_s,
                                       .per_s = (double)(to - from) / seconds,
                                       .waiting = due_count > to ? due_count - to : 0 };
    const size_t count = (size_t)(to - from);
    uint64_t *waits = mm_heap_alloc(count * sizeof *waits);
    if (waits == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    if (count > 0) {
        memcpy(waits, steady->waits + from, count * sizeof *waits);
        interval.waits = bench_waits(waits, count);
    }
    mm_heap_free(waits);
    bench->sink.interval(bench->sink.ctx, "steady", &interval);
    return MM_OK;
}

/* Until all are answered, or one is not as it should be. */
static mm_err watch(struct steady *steady, struct mm_reason *reason)
{
    const uint64_t interval_ns = steady->bench->options.interval_ms * 1000000;
    uint64_t told_ns = steady->begun_ns;
    uint64_t told = 0;
    for (struct progress now = { 0, false }; told < steady->count && !now.is_broken;) {
        const uint64_t next_ns = told_ns + interval_ns;
        do {
            bench_pause_ms(2);
            now = look(steady);
        } while (now.answered < steady->count && !now.is_broken && bench_now_ns() < next_ns);
        const uint64_t end_ns = bench_now_ns();
        MM_TRY(tell_interval(steady, told, now.answered, (double)(end_ns - told_ns) / 1e9, reason));
        told = now.answered;
        told_ns = end_ns;
    }
    return MM_OK;
}

static void tell_all(struct steady *steady)
{
    const struct bench *bench = steady->bench;
    const double seconds = (double)(bench_now_ns() - steady->begun_ns) / 1e9;
    const struct bench_waits waits = bench_waits(steady->waits, (size_t)steady->answered);
    bench_figure(bench, "steady", "transactions", (double)steady->answered);
    bench_figure(bench, "steady", "per_s", (double)steady->answered / seconds);
    bench_figure(bench, "steady", "p50_ms", waits.p50_ms);
    bench_figure(bench, "steady", "p99_ms", waits.p99_ms);
    bench_figure(bench, "steady", "max_ms", waits.max_ms);
}

static mm_err run(struct steady *steady, struct mm_reason *reason)
{
    struct steady_lane lanes[BENCH_CONNECTIONS_MAX];
    mm_err err = start_lanes(steady, lanes, reason);
    if (err == MM_OK)
        err = watch(steady, reason);
    if (err != MM_OK)
        breaks(steady, reason->text);
    stop_lanes(steady, lanes);
    for (size_t i = 0; i < steady->senders; i++)
        steady->bench->nonces[i] +=
            steady->count / steady->senders + (i < steady->count % steady->senders);
    if (err == MM_OK && steady->is_broken)
        return mm_fail(reason, MM_ERR_IO, "%s", steady->reason.text);
    if (err == MM_OK)
        tell_all(steady);
    return err;
}

mm_err bench_steady(struct bench *bench, struct mm_reason *reason)
{
    const struct bench_options *options = &bench->options;
    const size_t senders =
        options->connections < KEYRING_ACCOUNTS ? options->connections : KEYRING_ACCOUNTS;
    struct steady steady = { .bench = bench,
                             .senders = senders,
                             .lanes = options->connections - options->connections % senders,
                             .count = options->rate_per_s * options->steady_ms / 1000,
                             .lock = PTHREAD_MUTEX_INITIALIZER };
    if (steady.count == 0 || steady.count > BENCH_STEADY_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "the phase steady would have %llu mints: 1 to %d",
                       (unsigned long long)steady.count, BENCH_STEADY_MAX);
    steady.waits = mm_heap_zeroed((size_t)steady.count, sizeof *steady.waits);
    if (steady.waits == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    const mm_err err = run(&steady, reason);
    mm_heap_free(steady.waits);
    (void)pthread_mutex_destroy(&steady.lock);
    return err;
}
