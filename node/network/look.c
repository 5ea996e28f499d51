/* What others see of the network: addresses as they are written, and where peers and sync stand. */
#include <stdio.h>
#include <stdlib.h>

#include "node/network/network_internal.h"
#include "state/codec/hex.h"

/* ---- addresses ---- */

static bool read_port(const char *text, unsigned *port)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    const unsigned long value = strtoul(text, &end, 10);
    *port = (unsigned)value;
    return *end == '\0' && value > 0 && value <= UINT16_MAX;
}

static bool is_host(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            strchr(".-:[]", c) == NULL)
            return false;
    }
    return len > 0 && len <= PAYLOAD_HOST_BYTES_MAX;
}

bool network_read_address(const char *text, char url[LINKS_URL_BYTES_MAX], bool *has_id,
                          node_id *id)
{
    unsigned port;
    const char *at = strchr(text, '@');
    *has_id = at != NULL;
    if (at != NULL) {
        if (at - text != 2 * (ptrdiff_t)sizeof id->b ||
            !hex_decode(id->b, mm_bytes_from((const uint8_t *)text, (size_t)(at - text))))
            return false;
        text = at + 1;
    }
    const char *colon = strrchr(text, ':');
    if (colon == NULL || !is_host(text, (size_t)(colon - text)) || !read_port(colon + 1, &port))
        return false;
    const int len = snprintf(url, LINKS_URL_BYTES_MAX, "tcp://%s", text);
    return len > 0 && len < LINKS_URL_BYTES_MAX;
}

/* ---- where it stands ---- */

void network_publish(struct network *network)
{
    struct payload_status statuses[GOSSIP_PEERS_MAX];
    uint64_t peers[GOSSIP_PEERS_MAX];
    struct sync_status sync;
    size_t count = 0;
    if (network->now_ms < network->looked_ms + NETWORK_LOOK_MS)
        return;
    network->looked_ms = network->now_ms;
    sync_read_status(network->sync, &sync);
    for (size_t i = 0; i < GOSSIP_PEERS_MAX; i++) {
        peers[count] = network->who[i].peer;
        count += peers[count] != 0 &&
                 gossip_find_status(network->gossip, peers[count], &statuses[count]);
    }
    (void)pthread_mutex_lock(&network->lock);
    network->sync_status = sync;
    network->status_count = count;
    memcpy(network->statuses, statuses, count * sizeof *statuses);
    memcpy(network->status_peers, peers, count * sizeof *peers);
    (void)pthread_mutex_unlock(&network->lock);
}

static void add_status(const struct network *network, struct network_peer *peer)
{
    peer->has_status = false;
    for (size_t i = 0; i < network->status_count && !peer->has_status; i++) {
        peer->has_status = network->status_peers[i] == peer->link.peer;
        peer->status = network->statuses[i];
    }
}

size_t network_peers(struct network *network, struct network_peer *out, size_t max)
{
    struct links_peer links[GOSSIP_PEERS_MAX];
    size_t count = links_list(network->links, links, MM_COUNT_OF(links));
    if (count > MM_COUNT_OF(links))
        count = MM_COUNT_OF(links);
    if (count > max)
        count = max;
    (void)pthread_mutex_lock(&network->lock);
    for (size_t i = 0; i < count; i++) {
        out[i].link = links[i];
        add_status(network, &out[i]);
    }
    (void)pthread_mutex_unlock(&network->lock);
    return count;
}

size_t network_peer_count(struct network *network)
{
    return links_stats(network->links).peers;
}

void network_sync_status(struct network *network, struct sync_status *status)
{
    (void)pthread_mutex_lock(&network->lock);
    *status = network->sync_status;
    (void)pthread_mutex_unlock(&network->lock);
}

const char *network_host(const struct network *network)
{
    return network->options.host;
}

uint16_t network_port(const struct network *network)
{
    return network->options.host == NULL ? 0 : links_port(network->links, 0);
}

node_id network_id(const struct network *network)
{
    return node_key_id(network->options.key);
}
