#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>

#include "p2p/link/link_internal.h"
#include "state/base/heap.h"

/* ---- beginning ---- */

static void name_link(struct link *link, const char *url)
{
    nng_sockaddr address = { 0 };
    char host[INET6_ADDRSTRLEN] = "";
    uint16_t port = 0;
    (void)nng_stream_get_addr(link->stream, NNG_OPT_REMADDR, &address);
    if (address.s_family == NNG_AF_INET) {
        (void)inet_ntop(AF_INET, &address.s_in.sa_addr, host, sizeof host);
        port = ntohs(address.s_in.sa_port);
    } else if (address.s_family == NNG_AF_INET6) {
        (void)inet_ntop(AF_INET6, address.s_in6.sa_addr, host, sizeof host);
        port = ntohs(address.s_in6.sa_port);
    }
    (void)snprintf(link->host, sizeof link->host, "%s", host[0] == '\0' ? "ipc" : host);
    if (url != NULL)
        (void)snprintf(link->address, sizeof link->address, "%s", url);
    else if (host[0] == '\0')
        (void)snprintf(link->address, sizeof link->address, "ipc");
    else if (strchr(host, ':') != NULL)
        (void)snprintf(link->address, sizeof link->address, "tcp://[%s]:%u", host, port);
    else
        (void)snprintf(link->address, sizeof link->address, "tcp://%s:%u", host, port);
}

static mm_err new_session(struct link *link)
{
    const struct links *links = link->links;
    const struct target *target = link->target;
    struct handshake_options options = {
        .role = link->is_inbound ? HANDSHAKE_RESPONDER : HANDSHAKE_INITIATOR,
        .key = links->options.key,
        .hello = { .domain = links->options.domain,
                   .listen_port = links->told_port,
                   .capabilities = links->options.capabilities },
        .expected = target != NULL && target->has_expected ? &target->expected : NULL,
        .is_plain = links->options.is_plain,
    };
    (void)snprintf(options.hello.client, sizeof options.hello.client, "%s", links->client);
    randombytes_buf(options.ephemeral_secret, sizeof options.ephemeral_secret);
    const mm_err err = session_new(&link->session, &options);
    sodium_memzero(options.ephemeral_secret, sizeof options.ephemeral_secret);
    return err;
}

static void free_parts(struct link *link)
{
    nng_aio_free(link->reads);
    nng_aio_free(link->writes);
    nng_stream_free(link->stream);
    session_free(link->session);
    mm_buf_fini(&link->greeting);
    mm_buf_fini(&link->first);
    mm_buf_fini(&link->out);
    queue_fini(&link->queue);
    mm_heap_free(link->read_bytes);
    link->stream = NULL;
    link->session = NULL;
    link->read_bytes = NULL;
}

static bool make_parts(struct link *link)
{
    mm_buf_init(&link->greeting, 4096);
    mm_buf_init(&link->first, 4096);
    mm_buf_init(&link->out, FRAME_BYTES_MAX + FRAME_LENGTH_BYTES + 2 * LINK_BATCH_BYTES);
    link->read_bytes = mm_heap_alloc(LINK_READ_BYTES);
    return link->read_bytes != NULL && new_session(link) == MM_OK &&
           nng_aio_alloc(&link->reads, link_on_read, link) == 0 &&
           nng_aio_alloc(&link->writes, link_on_write, link) == 0;
}

struct link *link_new(struct links *links, nng_stream *stream, const char *url,
                      struct target *target)
{
    struct link *link = mm_heap_zeroed(1, sizeof *link);
    if (link == NULL) {
        nng_stream_free(stream); /* nothing was ever begun on it */
        return NULL;
    }
    atomic_init(&link->users, 1);
    link->links = links;
    link->is_inbound = target == NULL;
    link->stream = stream;
    link->target = target;
    link->begun_ms = clock_ms();
    atomic_init(&link->heard_ms, link->begun_ms);
    (void)pthread_mutex_init(&link->mutex, NULL);
    (void)nng_stream_set_bool(stream, NNG_OPT_TCP_NODELAY, true);
    (void)nng_stream_set_bool(stream, NNG_OPT_TCP_KEEPALIVE, true);
    name_link(link, url);
    if (!make_parts(link)) {
        free_parts(link);
        link_unref(link);
        return NULL;
    }
    link->next = links->first;
    links->first = link;
    links->link_count++;
    if (target != NULL)
        target->link = link;
    return link;
}

void link_begin(struct link *link)
{
    pthread_mutex_lock(&link->mutex);
    session_start(link->session, &link->first);
    link_read(link);
    link_kick(link);
    pthread_mutex_unlock(&link->mutex);
}

void link_unref(struct link *link)
{
    if (atomic_fetch_sub_explicit(&link->users, 1, memory_order_acq_rel) > 1)
        return;
    (void)pthread_mutex_destroy(&link->mutex);
    mm_heap_free(link);
}

/* ---- ending ---- */

void link_end(struct link *link, const struct link_reason *reason)
{
    if (link->state == LINK_CLOSING)
        return;
    if (link->state != LINK_LEAVING) /* else it has one already */
        link->reason = *reason;
    link->state = LINK_CLOSING;
    atomic_store(&link->is_deaf, true);
    pthread_mutex_lock(&link->mutex);
    link->is_closing = true;
    pthread_mutex_unlock(&link->mutex);
    keeper_wake(link->links);
}

void link_leave(struct link *link, enum bye_reason reason)
{
    uint8_t memory[16];
    struct mm_buf payload = mm_buf_over(memory, sizeof memory);
    const struct link_reason said = { .end = LINKS_END_SAID, .bye = reason };
    if (link->state == LINK_LEAVING || link->state == LINK_CLOSING)
        return;
    payload_bye_encode(&payload, &(struct payload_bye){ reason });
    struct frame *frame = frame_of(FRAME_BYE, mm_buf_bytes(&payload));
    link->reason = said;
    pthread_mutex_lock(&link->mutex);
    queue_clear(&link->queue);
    const bool is_said = link->is_up && frame != NULL && link_queue(link, frame) == QUEUE_OK;
    pthread_mutex_unlock(&link->mutex);
    frame_unref(frame);
    if (!is_said) {
        link_end(link, &said);
        return;
    }
    link->state = LINK_LEAVING;
    link->leave_ms = clock_ms() + LINKS_LEAVE_MS;
    atomic_store(&link->is_deaf, true);
    keeper_wake(link->links);
}

void link_tell(const struct link *link, struct links_event *event)
{
    const struct links_options *options = &link->links->options;
    event->peer = link->number;
    event->id = link->id;
    event->address = link->address;
    event->host = link->host;
    event->is_inbound = link->is_inbound;
    options->event(options->ctx, event);
}

static void tell_end(const struct link *link)
{
    struct links_event event = { .kind = link->number == 0 ? LINKS_REFUSED : LINKS_DOWN,
                                 .end = link->reason.end,
                                 .bye = link->reason.bye,
                                 .session = link->reason.session,
                                 .handshake = link->reason.handshake };
    link_tell(link, &event);
}

void link_bury(struct link *link)
{
    struct links *links = link->links;
    nng_stream_close(link->stream);
    nng_aio_stop(link->reads);
    nng_aio_stop(link->writes);
    tell_end(link);

    pthread_mutex_lock(&links->mutex);
    struct link **at = &links->first;
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    links->link_count--;
    links->refused += link->number == 0;
    if (link->target != NULL) {
        const uint64_t now_ms = clock_ms();
        link->target->link = NULL;
        if (link->number != 0 && now_ms - link->up_ms >= LINK_STEADY_MS)
            link->target->backoff_ms = LINKS_BACKOFF_MS;
        target_retry(link->target, now_ms);
    }
    pthread_mutex_unlock(&links->mutex);
    free_parts(link);
    link_unref(link); /* frames that the owner holds keep the rest */
}

/* ---- finding ---- */

size_t link_count_state(const struct links *links, enum link_state state)
{
    size_t count = 0;
    for (const struct link *link = links->first; link != NULL; link = link->next)
        count += link->state == state;
    return count;
}

struct link *link_find(const struct links *links, uint64_t number)
{
    struct link *link = links->first;
    while (link != NULL && (link->state != LINK_PEER || link->number != number))
        link = link->next;
    return link;
}

struct link *link_find_id(const struct links *links, const node_id *id)
{
    struct link *link = links->first;
    while (link != NULL && (link->state != LINK_PEER || !node_id_equal(&link->id, id)))
        link = link->next;
    return link;
}
