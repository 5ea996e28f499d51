/* Listeners: one accept at a time each. */
#include "p2p/link/link_internal.h"

/* A connection that is half open for longest makes room: who is honest needs a round trip or two, who only holds places must then
 * take them faster than that. */
static void make_room(struct links *links)
{
    struct link *oldest = NULL;
    size_t count = 0;
    for (struct link *link = links->first; link != NULL; link = link->next) {
        if (!link->is_inbound || link->state != LINK_HALF_OPEN)
            continue;
        oldest = link; /* newest first */
        count++;
    }
    if (count >= links->options.half_open_max)
        link_end(oldest, &(struct link_reason){ .end = LINKS_END_CROWDED });
}

static void take_stream(struct links *links, nng_stream *stream)
{
    make_room(links);
    struct link *link = link_new(links, stream, NULL, NULL);
    links->accepted++;
    if (link == NULL)
        return;
    if (bans_has_host(links->bans, link->host, clock_ms()))
        link_end(link, &(struct link_reason){ .end = LINKS_END_SAID, .bye = BYE_BANNED });
    else
        link_begin(link);
}

/* Links that end take a moment to do so. With more than so many none is accepted until the keeper has buried some. */
static bool is_full(const struct links *links)
{
    return links->link_count >= links->options.peers_max + 2 * links->options.half_open_max;
}

void listener_accept(struct listener *listener)
{
    struct links *links = listener->links;
    if (listener->is_accepting || links->is_ending || is_full(links))
        return;
    listener->is_accepting = true;
    listener->retry_ms = 0;
    nng_stream_listener_accept(listener->listener, listener->aio);
}

static void on_accept(void *context)
{
    struct listener *listener = context;
    struct links *links = listener->links;
    const int result = nng_aio_result(listener->aio);
    pthread_mutex_lock(&links->mutex);
    listener->is_accepting = false;
    if (result == 0) {
        nng_stream *stream = nng_aio_get_output(listener->aio, 0);
        if (links->is_ending)
            nng_stream_free(stream); /* nothing was ever begun on it */
        else
            take_stream(links, stream);
        listener_accept(listener);
    } else if (!links->is_ending) {
        listener->retry_ms = clock_ms() + LINK_ACCEPT_RETRY_MS;
    }
    keeper_wake(links);
    pthread_mutex_unlock(&links->mutex);
}

/* Whether what goes to a url cannot leave this machine. */
bool url_stays_here(const char *url)
{
    static const char *const here[] = { "ipc://",
                                        "tcp://127.0.0.1:", "tcp://[::1]:", "tcp://localhost:" };
    for (size_t i = 0; i < MM_COUNT_OF(here); i++) {
        if (strncmp(url, here[i], strlen(here[i])) == 0)
            return true;
    }
    return false;
}

static mm_err fail(struct mm_reason *reason, const char *url, int result)
{
    mm_err err = MM_ERR_INVALID;
    if (result == NNG_EADDRINUSE)
        err = MM_ERR_BUSY;
    else if (result == NNG_ENOMEM)
        err = MM_ERR_NO_MEMORY;
    else if (result == NNG_EPERM)
        err = MM_ERR_IO;
    return mm_fail(reason, err, "cannot listen at %s: %s", url, nng_strerror(result));
}

mm_err listener_open(struct listener *listener, struct links *links, const char *url,
                     struct mm_reason *reason)
{
    int port = 0;
    listener->links = links;
    if (strncmp(url, "tcp://", 6) != 0 && strncmp(url, "ipc://", 6) != 0)
        return mm_fail(reason, MM_ERR_INVALID, "%s is neither tcp:// nor ipc://", url);
    if (links->options.is_plain && !url_stays_here(url))
        return mm_fail(reason, MM_ERR_INVALID, "%s is reached from outside, plain links are not",
                       url);
    int result = nng_stream_listener_alloc(&listener->listener, url);
    if (result == 0)
        result = nng_aio_alloc(&listener->aio, on_accept, listener);
    if (result == 0 && strncmp(url, "ipc", 3) == 0)
        result = nng_stream_listener_set_int(listener->listener, NNG_OPT_IPC_PERMISSIONS,
                                             LINK_IPC_PERMISSIONS);
    if (result == 0)
        result = nng_stream_listener_listen(listener->listener);
    if (result != 0)
        return fail(reason, url, result);
    if (nng_stream_listener_get_int(listener->listener, NNG_OPT_TCP_BOUND_PORT, &port) == 0)
        listener->port = (uint16_t)port;
    return MM_OK;
}

void listener_close(struct listener *listener)
{
    if (listener->listener != NULL)
        nng_stream_listener_close(listener->listener);
    if (listener->aio != NULL) {
        nng_aio_stop(listener->aio);
        nng_aio_free(listener->aio);
    }
    if (listener->listener != NULL)
        nng_stream_listener_free(listener->listener);
    *listener = (struct listener){ .links = listener->links };
}
