/* Targets: urls that are dialed, and dialed again. */
#include <sodium.h>
#include <stdio.h>

#include "p2p/link/link_internal.h"
#include "state/base/heap.h"

/* The next attempt: after the back-off and up to a quarter more, so that nodes that lost each other at once do not come back at
 * once. */
void target_retry(struct target *target, uint64_t now_ms)
{
    const uint32_t spread = (uint32_t)target->backoff_ms / 4 + 1;
    target->due_ms = now_ms + target->backoff_ms + randombytes_uniform(spread);
    target->backoff_ms *= 2;
    if (target->backoff_ms > LINKS_BACKOFF_MAX_MS)
        target->backoff_ms = LINKS_BACKOFF_MAX_MS;
    keeper_wake(target->links);
}

void target_dial(struct target *target, uint64_t now_ms)
{
    const struct links *links = target->links;
    const node_id *id = target->has_expected  ? &target->expected
                        : target->has_learned ? &target->learned
                                              : NULL;
    if (id != NULL && link_find_id(links, id) != NULL) {
        target->due_ms = now_ms + LINK_LINKED_MS;
        target->backoff_ms = LINKS_BACKOFF_MS;
        return;
    }
    target->is_dialing = true;
    target->dial_ms = now_ms;
    nng_stream_dialer_dial(target->dialer, target->aio);
}

static void on_dial(void *context)
{
    struct target *target = context;
    struct links *links = target->links;
    const int result = nng_aio_result(target->aio);
    pthread_mutex_lock(&links->mutex);
    target->is_dialing = false;
    nng_stream *stream = result == 0 ? nng_aio_get_output(target->aio, 0) : NULL;
    const bool is_wanted = !links->is_ending && !target->is_gone;
    struct link *link = NULL;
    if (is_wanted && stream != NULL)
        link = link_new(links, stream, target->url, target);
    else
        nng_stream_free(stream); /* nothing was ever begun on it */
    if (link != NULL)
        link_begin(link);
    else if (is_wanted)
        target_retry(target, clock_ms());
    keeper_wake(links);
    pthread_mutex_unlock(&links->mutex);
}

void target_free(struct target *target)
{
    if (target->dialer != NULL)
        nng_stream_dialer_close(target->dialer);
    if (target->aio != NULL) {
        nng_aio_stop(target->aio);
        nng_aio_free(target->aio);
    }
    if (target->dialer != NULL)
        nng_stream_dialer_free(target->dialer);
    mm_heap_free(target);
}

static struct target *find(const struct links *links, const char *url)
{
    struct target *target = links->targets;
    while (target != NULL && (target->is_gone || strcmp(target->url, url) != 0))
        target = target->next;
    return target;
}

/* Out: a target that is in no list yet. */
static mm_err new_target(struct target **out, struct links *links, const char *url,
                         const node_id *expected, struct mm_reason *reason)
{
    struct target *target = mm_heap_zeroed(1, sizeof *target);
    *out = NULL;
    if (target == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory to dial %s", url);
    target->links = links;
    (void)snprintf(target->url, sizeof target->url, "%s", url);
    target->backoff_ms = LINKS_BACKOFF_MS;
    target->has_expected = expected != NULL;
    if (expected != NULL)
        target->expected = *expected;
    int result = nng_stream_dialer_alloc(&target->dialer, url);
    if (result == 0)
        result = nng_aio_alloc(&target->aio, on_dial, target);
    if (result != 0) {
        target_free(target);
        return mm_fail(reason, result == NNG_ENOMEM ? MM_ERR_NO_MEMORY : MM_ERR_INVALID,
                       "cannot dial %s: %s", url, nng_strerror(result));
    }
    *out = target;
    return MM_OK;
}

mm_err links_dial(struct links *links, const char *url, const node_id *expected,
                  struct mm_reason *reason)
{
    struct target *target = NULL;
    if (strlen(url) > LINKS_URL_BYTES_MAX ||
        (strncmp(url, "tcp://", 6) != 0 && strncmp(url, "ipc://", 6) != 0))
        return mm_fail(reason, MM_ERR_INVALID, "not a tcp:// or ipc:// address");
    if (links->options.is_plain && !url_stays_here(url))
        return mm_fail(reason, MM_ERR_INVALID, "%s is not on this machine, plain links are", url);
    MM_TRY(new_target(&target, links, url, expected, reason));
    pthread_mutex_lock(&links->mutex);
    mm_err err = MM_OK;
    if (find(links, url) != NULL)
        err = mm_fail(reason, MM_ERR_EXISTS, "%s is dialed already", url);
    else if (links->target_count >= LINKS_TARGETS_MAX)
        err = mm_fail(reason, MM_ERR_LIMIT, "too many addresses to dial");
    else if (links->is_ending)
        err = MM_ERR_STOPPED;
    if (err == MM_OK) {
        target->next = links->targets;
        links->targets = target;
        links->target_count++;
        keeper_wake(links);
    }
    pthread_mutex_unlock(&links->mutex);
    if (err != MM_OK)
        target_free(target); /* nothing was begun on it */
    return err;
}

bool links_forget(struct links *links, const char *url)
{
    pthread_mutex_lock(&links->mutex);
    struct target *target = find(links, url);
    if (target != NULL) {
        target->is_gone = true;
        if (target->link != NULL) {
            link_leave(target->link, BYE_GOODBYE);
            target->link->target = NULL;
            target->link = NULL;
        }
        keeper_wake(links);
    }
    pthread_mutex_unlock(&links->mutex);
    return target != NULL;
}
