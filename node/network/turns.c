/* The network's thread: one event after the other, and what comes due between them. */
#include "node/network/network_internal.h"
#include "state/base/assert.h"

static void take_frame(struct network *network, uint64_t peer, const struct frame *frame)
{
    if (gossip_takes(frame->kind))
        gossip_frame(network->gossip, peer, frame->kind, frame->payload, network->now_ms);
    if (sync_takes(frame->kind))
        sync_frame(network->sync, peer, frame->kind, frame->payload, network->now_ms);
}

static void say(struct network *network, const struct frame *frame)
{
    gossip_broadcast(network->gossip, frame->kind, frame->payload);
}

static void handle(struct network *network, const struct event *event)
{
    mm_arena_reset(&network->arena);
    switch (event->kind) {
    case EVENT_UP:
        network_peer_up(network, event);
        return;
    case EVENT_FRAME:
        take_frame(network, event->peer, event->frame);
        return;
    case EVENT_DOWN:
        network_peer_down(network, event);
        return;
    case EVENT_SAY:
        say(network, event->frame);
        return;
    case EVENT_TX:
        network_tell_gossip_of_tx(network, &event->hash);
        return;
    case EVENT_CUT_OFF:
        network_peer_cut_off(network, event);
        return;
    }
    MM_UNREACHABLE();
}

void network_settle(struct network *network)
{
    if (network->owes_head)
        network_take_head(network);
    if (network->owes_lag)
        network->owes_lag = !writer_lag(network->writer, network->is_lagging);
    if (network->import.waits)
        network_try_import(network);
}

static uint64_t tick(struct network *network)
{
    enum { IMPORT_AGAIN_MS = 50 };
    network->now_ms = clock_ms();
    mm_arena_reset(&network->arena);
    const uint64_t gossip = gossip_tick(network->gossip, network->now_ms);
    const uint64_t sync = sync_tick(network->sync, network->now_ms);
    serve_tick(network->serve, network->now_ms);
    network_settle(network);
    network_publish(network);
    uint64_t deadline = gossip < sync ? gossip : sync;
    const uint64_t most =
        network->now_ms + (network->import.waits ? IMPORT_AGAIN_MS : NETWORK_LOOK_MS);
    return deadline < most ? deadline : most;
}

/* An event may have brought it nearer. */
static uint64_t earlier(const struct network *network, uint64_t deadline_ms)
{
    const uint64_t gossip = gossip_deadline(network->gossip);
    const uint64_t sync = sync_deadline(network->sync);
    deadline_ms = gossip < deadline_ms ? gossip : deadline_ms;
    return sync < deadline_ms ? sync : deadline_ms;
}

void *network_run(void *arg)
{
    struct network *network = arg;
    struct network_news news;
    uint64_t deadline_ms = 0;
    while (network_wait(network, &news, deadline_ms)) {
        network->now_ms = clock_ms();
        if (news.has_head || news.has_answer)
            network_take_head(network);
        if (news.has_answer)
            network_take_answer(network, &news.answer);
        if (news.event != NULL) {
            handle(network, news.event);
            network_event_free(news.event);
        }
        if (news.event == NULL || network->now_ms >= deadline_ms)
            deadline_ms = tick(network);
        else
            deadline_ms = earlier(network, deadline_ms);
    }
    network_event_free(news.event);
    return NULL;
}
