#include "node/first_start.h"

#include <signal.h>
#include <time.h>

#include "node/import/restore.h"
#include "node/log/log.h"
#include "node/snapshot/bootstrap.h"
#include "p2p/clock/clock.h"
#include "state/base/heap.h"

mm_err first_start_check(const struct node_options *options, struct mm_reason *reason)
{
    if (!options->sync_snapshot)
        return MM_OK;
    if (options->peer_count == 0)
        return mm_fail(reason, MM_ERR_INVALID,
                       "--sync snapshot: somebody must have the snapshot: give --peer");
    if (options->ephemeral)
        return mm_fail(reason, MM_ERR_INVALID,
                       "--sync snapshot: the state needs a folder: not with --ephemeral");
    return MM_OK;
}

/* ---- peers ---- */

struct urls {
    char (*texts)[LINKS_URL_BYTES_MAX];
    const char **urls;
    node_id *ids;
    bool *has_id;
};

static void fini_urls(struct urls *urls)
{
    mm_heap_free(urls->texts);
    mm_heap_free(urls->urls);
    mm_heap_free(urls->ids);
    mm_heap_free(urls->has_id);
}

static mm_err read_urls(struct urls *urls, const struct node_options *options,
                        struct mm_reason *reason)
{
    const size_t count = options->peer_count;
    urls->texts = mm_heap_zeroed(count, sizeof *urls->texts);
    urls->urls = mm_heap_zeroed(count, sizeof *urls->urls);
    urls->ids = mm_heap_zeroed(count, sizeof *urls->ids);
    urls->has_id = mm_heap_zeroed(count, sizeof *urls->has_id);
    if (urls->texts == NULL || urls->urls == NULL || urls->ids == NULL || urls->has_id == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        urls->urls[i] = urls->texts[i];
        if (!network_read_address(options->peers[i], urls->texts[i], &urls->has_id[i],
                                  &urls->ids[i]))
            return mm_fail(reason, MM_ERR_INVALID, "--peer %s: not HOST:PORT or ID@HOST:PORT",
                           options->peers[i]);
    }
    return MM_OK;
}

/* ---- signals ---- */

static bool is_stopping(void *ctx)
{
    static const struct timespec at_once = { 0, 0 };
    sigset_t signals;
    (void)ctx;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    return sigtimedwait(&signals, NULL, &at_once) > 0;
}

/* ---- all of it ---- */

static double seconds_since(const struct timespec *start)
{
    const struct timespec now = clock_now();
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static mm_err fetch(struct chain_restore *restore, const struct urls *urls,
                    const struct node_options *options, struct membership *membership,
                    const char *client, struct mm_reason *reason)
{
    enum bootstrap_end end;
    struct timespec start;
    const struct bootstrap_options bootstrap = { .restore = restore,
                                                 .key = membership->key,
                                                 .bans = &membership->bans,
                                                 .client = client,
                                                 .urls = urls->urls,
                                                 .ids = urls->ids,
                                                 .has_id = urls->has_id,
                                                 .url_count = options->peer_count,
                                                 .is_stopping = is_stopping };
    start = clock_now();
    MM_TRY(bootstrap_run(&end, &bootstrap, reason));
    switch (end) {
    case BOOTSTRAP_STOPPED:
        return MM_ERR_STOPPED;
    case BOOTSTRAP_SHORT:
        log_event(LOG_INFO, "the network's chain is short: its blocks are fetched instead", NULL);
        return MM_OK;
    case BOOTSTRAP_DONE:
        break;
    }
    log_event(LOG_INFO, "the snapshot is fetched", "seconds=%.1f", seconds_since(&start));
    MM_TRY(chain_restore_finish(restore, reason));
    log_event(LOG_INFO, "the snapshot is checked: the chain begins with it", "seconds=%.1f",
              seconds_since(&start));
    return MM_OK;
}

mm_err first_start(struct kv *kv, const struct chain_options *chain,
                   const struct node_options *options, struct membership *membership,
                   const char *client, struct mm_reason *reason)
{
    struct chain_restore *restore;
    struct urls urls = { NULL, NULL, NULL, NULL };
    bool had_leavings;
    mm_err err = chain_restore_open(&restore, kv, chain, &had_leavings, reason);
    if (err == MM_ERR_EXISTS) {
        log_event(LOG_INFO, "there is a chain already: it goes on from its head", NULL);
        return MM_OK;
    }
    MM_TRY(err);
    log_event(LOG_INFO,
              had_leavings ? "a snapshot that was not fetched to its end is begun again"
                           : "the chain begins with a snapshot",
              "peers=%zu", options->peer_count);
    err = read_urls(&urls, options, reason);
    if (err == MM_OK)
        err = fetch(restore, &urls, options, membership, client, reason);
    fini_urls(&urls);
    chain_restore_close(restore);
    return err;
}
