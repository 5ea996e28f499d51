/* The node among others: net_, admin_, eth_syncing. A development chain has no peers and never lags. */
#include <stdio.h>

#include "rpc/eth/handlers.h"

bool handle_net_listening(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    json_add_bool(&r->w, network == NULL || network->port != 0);
    return true;
}

bool handle_net_peer_count(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    json_add_quantity(&r->w, network == NULL ? 0 : network->peer_count(r->backend->ctx));
    return true;
}

bool handle_eth_syncing(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    struct backend_sync sync;
    if (network == NULL || !network->syncing(r->backend->ctx, &sync)) {
        json_add_bool(&r->w, false);
        return true;
    }
    json_open_object(&r->w);
    eth_add_quantity_member(&r->w, "startingBlock", sync.starting);
    eth_add_quantity_member(&r->w, "currentBlock", sync.current);
    eth_add_quantity_member(&r->w, "highestBlock", sync.highest);
    json_close_object(&r->w);
    return true;
}

static void add_text(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_add_text(w, text);
}

static void add_number(struct json_writer *w, const char *key, uint64_t number)
{
    json_key(w, key);
    json_add_u64(w, number);
}

static void add_flag(struct json_writer *w, const char *key, bool flag)
{
    json_key(w, key);
    json_add_bool(w, flag);
}

static void add_protocol(struct eth_request *r)
{
    struct json_writer *w = &r->w;
    const mm_hash32 genesis = ledger_genesis_hash(r->backend->ledger);
    json_open_object(w);
    add_number(w, "network", eth_chain_id(r));
    add_number(w, "difficulty", 0);
    eth_add_hash_member(w, "genesis", &genesis);
    eth_add_hash_member(w, "head", ledger_head_hash(r->view));
    json_close_object(w);
}

/* enode and enr are names of another protocol's nodes: empty says that there is none. */
bool handle_admin_node_info(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    struct json_writer *w = &r->w;
    const uint16_t port = network == NULL ? 0 : network->port;
    char listen[320] = "";
    if (port != 0)
        (void)snprintf(listen, sizeof listen, "%s:%u", network->listen_host, (unsigned)port);
    json_open_object(w);
    add_text(w, "name", r->backend->client_version);
    add_text(w, "id", network == NULL ? "" : network->id);
    add_text(w, "enode", "");
    add_text(w, "enr", "");
    add_text(w, "ip", port == 0 ? "" : network->listen_host);
    add_text(w, "listenAddr", listen);
    json_key(w, "ports");
    json_open_object(w);
    add_number(w, "discovery", 0);
    add_number(w, "listener", port);
    json_close_object(w);
    json_key(w, "protocols");
    json_open_object(w);
    json_key(w, "eth");
    add_protocol(r);
    json_close_object(w);
    json_close_object(w);
    return true;
}

static void add_peer(struct json_writer *w, const struct backend_peer *peer)
{
    json_open_object(w);
    add_text(w, "enode", "");
    add_text(w, "id", peer->id);
    add_text(w, "name", peer->client);
    json_key(w, "caps");
    json_open_array(w);
    json_add_text(w, "mintmark/1");
    json_close_array(w);
    json_key(w, "network");
    json_open_object(w);
    add_text(w, "localAddress", "");
    add_text(w, "remoteAddress", peer->address);
    add_flag(w, "inbound", peer->is_inbound);
    add_flag(w, "trusted", false);
    add_flag(w, "static", false);
    json_close_object(w);
    json_key(w, "protocols");
    json_open_object(w);
    json_key(w, "mintmark");
    json_open_object(w);
    add_number(w, "version", 1);
    if (peer->has_status) {
        eth_add_quantity_member(w, "height", peer->height);
        eth_add_quantity_member(w, "round", peer->round);
        eth_add_hash_member(w, "head", &peer->head);
    }
    add_number(w, "connectedMs", peer->up_ms);
    add_number(w, "bytesIn", peer->bytes_in);
    add_number(w, "bytesOut", peer->bytes_out);
    add_number(w, "queuedBytes", peer->queued_bytes);
    add_number(w, "dropped", peer->dropped);
    json_close_object(w);
    json_close_object(w);
    json_close_object(w);
}

bool handle_admin_peers(struct eth_request *r)
{
    const struct backend_network *network = r->backend->network;
    const struct backend_peer *peers = NULL;
    size_t count = 0;
    if (network != NULL)
        ETH_TRY(r, network->peers(r->backend->ctx, r->arena, &peers, &count));
    json_open_array(&r->w);
    for (size_t i = 0; i < count; i++)
        add_peer(&r->w, &peers[i]);
    json_close_array(&r->w);
    return true;
}
