/* Peers that came up and have not gone: who they are, and how gossip and sync hear of it. */
#include "node/network/network_internal.h"

static struct network_who *find_who(struct network *network, uint64_t peer)
{
    for (size_t i = 0; i < MM_COUNT_OF(network->who); i++) {
        if (network->who[i].peer == peer)
            return &network->who[i];
    }
    return NULL;
}

void network_end_peer(struct network *network, uint64_t peer, enum bye_reason reason,
                      uint64_t ban_ms)
{
    const struct network_who *place = find_who(network, peer);
    peer_end(network->links, peer, place == NULL ? NULL : &place->who, reason, ban_ms);
}

void network_peer_up(struct network *network, const struct event *event)
{
    struct network_who *place = find_who(network, 0);
    const struct event_peer *up = event->up;
    const struct gossip_address address = { up->id, mm_bytes_str(up->host), up->port };
    if (place == NULL) {
        links_bye(network->links, event->peer, BYE_TOO_MANY_PEERS);
        return;
    }
    place->peer = event->peer;
    place->who.id = up->id;
    memcpy(place->who.host, up->host, sizeof place->who.host);
    gossip_peer_up(network->gossip, event->peer, &address, up->is_inbound, network->now_ms);
    sync_peer_up(network->sync, event->peer, network->now_ms);
}

void network_peer_down(struct network *network, const struct event *event)
{
    struct network_who *place = find_who(network, event->peer);
    if (place != NULL)
        place->peer = 0;
    gossip_peer_down(network->gossip, event->peer, network->now_ms);
    sync_peer_down(network->sync, event->peer, network->now_ms);
}

void network_peer_cut_off(struct network *network, const struct event *event)
{
    network_end_peer(network, event->peer, BYE_PROTOCOL_ERROR, event->ban_ms);
    gossip_peer_down(network->gossip, event->peer, network->now_ms);
    sync_peer_down(network->sync, event->peer, network->now_ms);
}
