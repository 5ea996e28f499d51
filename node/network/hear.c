/* What the links say, from their threads: it is logged, and waits for the network's. */
#include <stdio.h>

#include "node/log/log.h"
#include "node/network/network_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

static struct log_limit up_lines = LOG_LIMIT;
static struct log_limit down_lines = LOG_LIMIT;

static void log_down(const struct links_event *event)
{
    char id[2 * sizeof event->id.b + 1] = "";
    hex_encode(id, mm_bytes_from(event->id.b, 8));
    const char *why = event->end == LINKS_END_SAID || event->end == LINKS_END_TOLD
                          ? bye_reason_text(event->bye)
                          : links_end_text(event->end);
    log_limited(&down_lines, LOG_INFO, "peer left", "id=%s address=%s reason=\"%s\"", id,
                event->address, why);
}

static void log_up(const struct links_event *event)
{
    char id[2 * sizeof event->id.b + 1] = "";
    hex_encode(id, mm_bytes_from(event->id.b, 8));
    log_limited(&up_lines, LOG_INFO, "peer", "id=%s address=%s inbound=%s", id, event->address,
                event->is_inbound ? "yes" : "no");
}

/* NULL: no memory. */
static struct event *new_up(const struct links_event *link)
{
    struct event *event = network_event_new(EVENT_UP);
    struct event_peer *up = mm_heap_zeroed(1, sizeof *up);
    if (event == NULL || up == NULL) {
        mm_heap_free(up);
        network_event_free(event);
        return NULL;
    }
    up->id = link->id;
    up->is_inbound = link->is_inbound;
    up->port = link->hello->listen_port;
    (void)snprintf(up->host, sizeof up->host, "%s", link->host);
    event->up = up;
    event->peer = link->peer;
    return event;
}

/* Without memory the network never hears of it. A frame lost is no harm, a peer that is half known is. */
static void hear_up(struct network *network, const struct links_event *link)
{
    struct event *event = new_up(link);
    struct event *down = network_event_new(EVENT_DOWN);
    if (event == NULL || down == NULL) {
        network_event_free(event);
        network_event_free(down);
        links_bye(network->links, link->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    down->peer = link->peer;
    network_keep_down(network, down);
    network_add_event(network, event);
    if (network->content.up != NULL)
        network->content.up(network->content.ctx, link->peer, &link->id);
}

static void hear_frame(struct network *network, const struct links_event *link)
{
    if (frame_rule_of(link->frame->kind)->class == FRAME_CONTENT) {
        if (network->content.frame != NULL)
            network->content.frame(network->content.ctx, link->peer, link->frame);
        return;
    }
    struct event *event = network_event_new(EVENT_FRAME);
    if (event == NULL)
        return;
    event->peer = link->peer;
    event->frame = frame_ref(link->frame);
    network_add_event(network, event);
}

static void hear_down(struct network *network, const struct links_event *link)
{
    struct event *event = network_take_down(network, link->peer);
    if (event != NULL)
        network_add_event(network, event);
    if (network->content.down != NULL)
        network->content.down(network->content.ctx, link->peer);
}

void network_hear_links(void *ctx, const struct links_event *link)
{
    struct network *network = ctx;
    switch (link->kind) {
    case LINKS_UP:
        log_up(link);
        hear_up(network, link);
        return;
    case LINKS_FRAME:
        hear_frame(network, link);
        return;
    case LINKS_DOWN:
        log_down(link);
        hear_down(network, link);
        return;
    case LINKS_REFUSED:
        return;
    }
    MM_UNREACHABLE();
}
