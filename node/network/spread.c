/* What gossip asks of the node: its links, its pool, its consensus. */
#include "node/network/network_internal.h"
#include "state/base/heap.h"

/* ---- links ---- */

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    (void)links_send(((struct network *)ctx)->links, peer, kind, payload);
}

static void disconnect(void *ctx, uint64_t peer, enum bye_reason reason, uint64_t ban_ms)
{
    struct network *network = ctx;
    network_end_peer(network, peer, reason, ban_ms);
    sync_peer_down(network->sync, peer, network->now_ms);
}

static bool is_peer(const struct network *network, const node_id *id)
{
    for (size_t i = 0; i < MM_COUNT_OF(network->who); i++) {
        if (network->who[i].peer != 0 && node_id_equal(&network->who[i].who.id, id))
            return true;
    }
    return false;
}

/* A place for one more that links dial again and again: free, or of one that never came. NULL: all of them are peers. */
static struct network_dialed *place_to_dial(struct network *network)
{
    for (size_t i = 0; i < MM_COUNT_OF(network->dialed); i++) {
        struct network_dialed *place = &network->dialed[i];
        if (place->url[0] == '\0' || !is_peer(network, &place->id))
            return place;
    }
    return NULL;
}

/* What comes of it gossip sees by itself: a peer, or none for a while. */
static void dial(void *ctx, const struct gossip_address *address)
{
    struct network *network = ctx;
    struct network_dialed *place = place_to_dial(network);
    if (place == NULL)
        return;
    if (place->url[0] != '\0')
        (void)links_forget(network->links, place->url);
    peer_url(place->url, address->host, address->port);
    place->id = address->node;
    /* One that the user named is dialed already, and stays so. */
    if (links_dial(network->links, place->url, &address->node, NULL) != MM_OK)
        place->url[0] = '\0';
}

/* ---- where we are ---- */

static void read_status(void *ctx, struct payload_status *status)
{
    struct network *network = ctx;
    struct writer_standing standing;
    struct ledger_view *view = ledger_acquire(network->options.ledger);
    *status = (struct payload_status){ .height = ledger_head(view),
                                       .head_hash = *ledger_head_hash(view) };
    const uint64_t begins = ledger_begins(network->options.ledger);
    status->pruned_below = begins > 0 ? begins + 1 : 0;
    ledger_release(view);
    writer_standing(network->writer, &standing);
    status->round = standing.status.height == status->height + 1 ? standing.status.round : 0;
}

static bool decided(void *ctx, uint64_t height, struct mm_buf *payload)
{
    struct travelling block;
    if (!network_read_block(ctx, &block, height))
        return false;
    rlp_add_list_header(payload, block.block.len + block.certificate.len);
    mm_buf_add(payload, block.block);
    mm_buf_add(payload, block.certificate);
    return mm_buf_err(payload) == MM_OK;
}

/* ---- transactions ---- */

/* What no state can make right is invalid for every node; all else may be right elsewhere, or later. */
static enum gossip_taken judge(const struct submit_outcome *outcome)
{
    if (outcome->verdict == SUBMIT_OK)
        return GOSSIP_NEW;
    if (outcome->verdict == SUBMIT_KNOWN)
        return GOSSIP_KNOWN;
    return outcome->verdict == SUBMIT_TX && outcome->tx <= TX_SENDER ? GOSSIP_INVALID
                                                                     : GOSSIP_LATER;
}

static enum gossip_taken take_tx(void *ctx, uint64_t peer, mm_bytes raw)
{
    struct network *network = ctx;
    struct submit_outcome outcome;
    struct tx tx;
    struct tx known;
    (void)peer;
    const enum tx_verdict verdict = tx_decode(&network->arena, &tx, raw, NULL);
    if (verdict == TX_NO_MEMORY)
        return GOSSIP_LATER; /* its sender is honest for all we know */
    if (verdict != TX_OK)
        return GOSSIP_INVALID;
    if (pool_find(network->options.pool, &network->arena, &known, &tx.hash))
        return GOSSIP_KNOWN; /* before its sender is recovered */
    network->options.submit(network->options.ctx, &outcome, &tx);
    return judge(&outcome);
}

static bool find_tx(void *ctx, const mm_hash32 *hash, struct mm_buf *raw)
{
    struct network *network = ctx;
    struct tx tx;
    if (!pool_find(network->options.pool, &network->arena, &tx, hash))
        return false;
    if (raw != NULL)
        mm_buf_add(raw, tx.raw);
    return true;
}

static void each_tx(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                    void *arg)
{
    struct network *network = ctx;
    struct mm_arena arena; /* the pool may be larger than an event's */
    const struct tx *txs = NULL;
    const bool *is_queued = NULL;
    size_t count = 0;
    mm_arena_init(&arena, 2 * (size_t)POOL_BYTES_MAX);
    if (pool_list(network->options.pool, &arena, &txs, &is_queued, &count) != MM_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct payload_announced announced = { (uint8_t)txs[i].type, (uint32_t)txs[i].raw.len,
                                                     txs[i].hash };
        if (!visit(arg, &announced))
            break;
    }
    mm_arena_fini(&arena);
}

void network_tell_gossip_of_tx(struct network *network, const mm_hash32 *hash)
{
    struct tx tx;
    if (pool_find(network->options.pool, &network->arena, &tx, hash)) /* else a block was faster */
        gossip_new_tx(network->gossip, hash, tx.raw, network->now_ms);
}

/* ---- consensus ---- */

static enum gossip_judged take_consensus(void *ctx, uint64_t peer, enum frame_kind code,
                                         mm_bytes bytes)
{
    struct network *network = ctx;
    struct qbft_message message;
    struct writer_standing standing;
    enum rlp_verdict verdict;
    (void)peer;
    if (!qbft_message_decode(&message, code, bytes, &verdict))
        return verdict == RLP_OK ? GOSSIP_IGNORE : GOSSIP_REFUSE;
    writer_standing(network->writer, &standing);
    if (!qbft_status_wants(&standing.status, &message) ||
        !qbft_message_authenticate(&message, &network->options.domain, &QBFT_SECP256K1,
                                   &standing.validators)) {
        qbft_message_fini(&message);
        return GOSSIP_IGNORE;
    }
    return writer_hear(network->writer, &message) ? GOSSIP_RELAY : GOSSIP_IGNORE;
}

struct gossip_host network_gossip_host(struct network *network)
{
    return (struct gossip_host){
        .ctx = network,
        .send = send,
        .disconnect = disconnect,
        .dial = dial,
        .read_status = read_status,
        .decided = decided,
        .take_tx = take_tx,
        .find_tx = find_tx,
        .each_tx = each_tx,
        .take_consensus = take_consensus,
    };
}
