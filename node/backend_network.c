/* What the doors ask of a node of a network. */
#include <stdio.h>

#include "node/node_internal.h"
#include "state/codec/hex.h"

static struct network *network_of(void *ctx)
{
    return ((struct node *)ctx)->membership->network;
}

static size_t peer_count(void *ctx)
{
    return network_peer_count(network_of(ctx));
}

static void fill_peer(struct backend_peer *out, const struct network_peer *peer)
{
    hex_encode(out->id, mm_bytes_from(peer->link.id.b, sizeof peer->link.id.b));
    out->id[2 * sizeof peer->link.id.b] = '\0';
    (void)snprintf(out->client, sizeof out->client, "%s", peer->link.hello.client);
    (void)snprintf(out->address, sizeof out->address, "%s", peer->link.address);
    out->is_inbound = peer->link.is_inbound;
    out->up_ms = peer->link.up_ms;
    out->bytes_in = peer->link.bytes_in;
    out->bytes_out = peer->link.bytes_out;
    for (size_t i = 0; i < FRAME_CLASSES; i++)
        out->queued_bytes += peer->link.queue_bytes[i];
    out->dropped = peer->link.dropped;
    out->has_status = peer->has_status;
    out->height = peer->status.height;
    out->round = peer->status.round;
    out->head = peer->status.head_hash;
}

static mm_err list_peers(void *ctx, struct mm_arena *arena, const struct backend_peer **peers,
                         size_t *count)
{
    struct network_peer *found = MM_ARENA_ARRAY(arena, struct network_peer, LINKS_PEERS_MAX);
    struct backend_peer *out = mm_arena_zeroed(arena, LINKS_PEERS_MAX, sizeof *out);
    *count = 0;
    if (found == NULL || out == NULL)
        return MM_ERR_NO_MEMORY;
    *count = network_peers(network_of(ctx), found, LINKS_PEERS_MAX);
    for (size_t i = 0; i < *count; i++)
        fill_peer(&out[i], &found[i]);
    *peers = out;
    return MM_OK;
}

static bool syncing(void *ctx, struct backend_sync *sync)
{
    struct node *node = ctx;
    struct sync_status status;
    network_sync_status(network_of(ctx), &status);
    if (!status.is_lagging) {
        atomic_store(&node->sync_starting, status.height);
        return false;
    }
    *sync = (struct backend_sync){ .starting = atomic_load(&node->sync_starting),
                                   .current = status.height,
                                   .highest = status.frontier };
    return true;
}

static void fill_evidence(struct backend_evidence *out, const struct qbft_evidence *evidence)
{
    const bool is_change = evidence->code == QBFT_ROUND_CHANGE;
    out->code = evidence->code;
    out->validator = is_change ? evidence->changes[0].signer : evidence->votes[0].signer;
    out->height = is_change ? evidence->changes[0].height : evidence->votes[0].height;
    out->round = is_change ? evidence->changes[0].round : evidence->votes[0].round;
    for (size_t i = 0; i < 2; i++) {
        out->digests[i] =
            is_change ? evidence->changes[i].prepared_digest : evidence->votes[i].digest;
        secp_signature_to_bytes(out->signatures[i], is_change ? &evidence->changes[i].signature
                                                              : &evidence->votes[i].signature);
    }
}

static mm_err list_evidence(void *ctx, struct mm_arena *arena,
                            const struct backend_evidence **evidence, size_t *count)
{
    struct qbft_evidence *found = MM_ARENA_ARRAY(arena, struct qbft_evidence, EVIDENCE_KEPT);
    struct backend_evidence *out = mm_arena_zeroed(arena, EVIDENCE_KEPT, sizeof *out);
    *count = 0;
    if (found == NULL || out == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(writer_evidence(((struct node *)ctx)->chain, found, EVIDENCE_KEPT, count));
    for (size_t i = 0; i < *count; i++)
        fill_evidence(&out[i], &found[i]);
    *evidence = out;
    return MM_OK;
}

void node_fill_backend_network(struct node *node)
{
    const node_id id = network_id(node->membership->network);
    hex_encode(node->id_text, mm_bytes_from(id.b, sizeof id.b));
    node->backend_network = (struct backend_network){
        .id = node->id_text,
        .port = network_port(node->membership->network),
        .listen_host = network_host(node->membership->network),
        .peer_count = peer_count,
        .peers = list_peers,
        .syncing = syncing,
        .evidence = list_evidence,
    };
    node->backend.network = &node->backend_network;
}
