/* What p2p/gossip asks of a node, as node/network/spread.c answers it. */
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/sim/sim_internal.h"

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    sim_node_send(ctx, peer, kind, payload);
}

static void disconnect(void *ctx, uint64_t number, enum bye_reason reason, uint64_t ban_ms)
{
    struct sim_node *node = ctx;
    const size_t peer = sim_links_peer(node, number);
    if (ban_ms > 0 && peer < SIM_NODES_MAX && !node->is_liar && !node->sim->nodes[peer].is_liar)
        sim_checker_violated(node->sim, "blame: node %zu bans node %zu, which is honest: %s",
                             node->index, peer, bye_reason_text(reason));
    sim_trace(node->sim, TRACE_BYE, node->index, peer, reason);
    sim_links_end(node, number);
    sync_peer_down(node->sync, number, sim_node_now_ms(node));
}

/* Links are the network's business here. */
static void dial(void *ctx, const struct gossip_address *address)
{
    (void)ctx, (void)address;
}

static void read_status(void *ctx, struct payload_status *status)
{
    const struct sim_node *node = ctx;
    struct qbft_status standing;
    sim_world_of(node)->read_status(node, &standing);
    *status =
        (struct payload_status){ .height = node->state.height, .head_hash = node->state.hash };
    status->round = standing.height == status->height + 1 ? standing.round : 0;
}

static bool decided(void *ctx, uint64_t height, struct mm_buf *payload)
{
    const struct sim_node *node = ctx;
    if (height == 0 || height > node->disk.count)
        return false;
    const struct sim_decided *decided = &node->disk.chain[height - 1];
    const struct qbft_message message = { .code = QBFT_DECIDED,
                                          .block = decided->block,
                                          .certificate = decided->certificate };
    qbft_message_encode(payload, &message);
    return mm_buf_err(payload) == MM_OK;
}

/* ---- transactions ---- */

static enum gossip_taken take_tx(void *ctx, uint64_t peer, mm_bytes raw)
{
    sim_tx tx;
    (void)peer;
    return sim_world_of(ctx)->tx_decode(((struct sim_node *)ctx)->sim, &tx, raw)
               ? sim_node_take_tx(ctx, tx)
               : GOSSIP_INVALID;
}

static bool find_tx(void *ctx, const mm_hash32 *hash, struct mm_buf *raw)
{
    const struct sim_node *node = ctx;
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (!node->has_tx[i] || !mm_hash_equal(&node->pool_hashes[i], hash))
            continue;
        uint8_t memory[SIM_TX_BYTES];
        if (raw != NULL)
            mm_buf_add(raw, sim_world_of(node)->tx_raw(node->sim, memory, node->pool[i]));
        return true;
    }
    return false;
}

static void each_tx(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                    void *arg)
{
    const struct sim_node *node = ctx;
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        uint8_t memory[SIM_TX_BYTES];
        if (!node->has_tx[i])
            continue;
        const mm_bytes raw = sim_world_of(node)->tx_raw(node->sim, memory, node->pool[i]);
        const struct payload_announced tx = { raw.ptr[0] >= 0xc0 ? 0 : raw.ptr[0],
                                              (uint32_t)raw.len, node->pool_hashes[i] };
        if (!visit(arg, &tx))
            return;
    }
}

static enum gossip_judged take_consensus(void *ctx, uint64_t peer, enum frame_kind code,
                                         mm_bytes bytes)
{
    struct sim_node *node = ctx;
    (void)peer;
    MM_ASSERT(node->hearing->code == code && bytes.ptr == node->hearing->bytes);
    return sim_node_judge(node, node->hearing);
}

struct gossip_host sim_gossip_host(struct sim_node *node)
{
    return (struct gossip_host){
        .ctx = node,
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
