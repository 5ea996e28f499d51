/* What p2p/sync asks of a node, as node/network/catch_up.c answers it: blocks out of the chain, and into it, which takes time. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    sim_node_send(ctx, peer, kind, payload);
}

static void misbehaved(void *ctx, uint64_t number, enum sync_verdict verdict)
{
    struct sim_node *node = ctx;
    const size_t peer = sim_links_peer(node, number);
    if (peer < SIM_NODES_MAX && !node->is_liar && !node->sim->nodes[peer].is_liar)
        sim_checker_violated(node->sim, "blame: node %zu bans node %zu, which is honest: %s",
                             node->index, peer, sync_verdict_text(verdict));
    sim_trace(node->sim, TRACE_BYE, node->index, peer, sync_verdict_bye(verdict));
    sim_links_end(node, number);
    gossip_peer_down(node->gossip, number, sim_node_now_ms(node));
}

static void slow(void *ctx, uint64_t peer)
{
    struct sim_node *node = ctx;
    gossip_blame(node->gossip, peer, GOSSIP_TOO_LATE, sim_node_now_ms(node));
}

static void lagging(void *ctx, bool is_lagging)
{
    ((struct sim_node *)ctx)->lags = is_lagging;
}

static void stuck(void *ctx, const char *reason)
{
    struct sim_node *node = ctx;
    sim_trace(node->sim, TRACE_STUCK, node->index, node->state.height, 0);
    if (!node->is_liar)
        sim_checker_violated(node->sim, "stuck: node %zu at %llu: %s", node->index,
                             (unsigned long long)node->state.height, reason);
}

/* ---- out of the chain ---- */

static bool read_header(void *ctx, uint64_t height, struct mm_buf *header,
                        struct mm_buf *certificate)
{
    const struct sim_node *node = ctx;
    if (height == 0 || height > node->disk.count)
        return false;
    const struct sim_decided *decided = &node->disk.chain[height - 1];
    mm_buf_add(header, sim_chain_header(decided->block));
    certificate_encode(certificate, &decided->certificate);
    return mm_buf_err(header) == MM_OK && mm_buf_err(certificate) == MM_OK;
}

static bool read_body(void *ctx, const mm_hash32 *hash, struct mm_buf *body)
{
    const struct sim_node *node = ctx;
    for (size_t i = node->disk.count; i-- > 0;) {
        if (!mm_hash_equal(&node->disk.chain[i].block->hash, hash))
            continue;
        sim_chain_add_body(body, node->disk.chain[i].block);
        return mm_buf_err(body) == MM_OK;
    }
    return false;
}

/* ---- into the chain ---- */

static void import(void *ctx, const struct sync_block *blocks, size_t count)
{
    struct sim_node *node = ctx;
    struct sim *sim = node->sim;
    MM_ASSERT(node->importing == NULL && count > 0);
    node->importing = blocks;
    node->importing_count = count;
    const struct sim_event event = {
        .at_us = sim->now_us + 1 + sim_draw_exponential(sim, count * SIM_IMPORT_US),
        .kind = SIM_IMPORT,
        .node = node->index,
        .epoch = node->epoch,
    };
    sim_heap_push(&sim->heap, &event);
}

static void take_over(struct sim_decided *decided, const struct sync_block *block)
{
    struct rlp certificate = rlp_over(block->certificate);
    certificate_read(&certificate, &decided->certificate);
    MM_ASSERT(rlp_finish(&certificate) == RLP_OK);
    decided->block = sim_chain_join(block->header, block->body);
    MM_ASSERT(decided->block != NULL && decided->block->height == block->height);
}

/* The first of them may be in the chain by now, or all: consensus was faster. */
static size_t import_new(struct sim_node *node, const struct sim_decided *blocks, size_t count,
                         uint64_t first, const char **verdict)
{
    const uint64_t next = node->state.height + 1;
    if (next < first || next - first >= count) {
        *verdict = next < first ? "is not the one after the head" : NULL;
        return next < first ? 0 : count;
    }
    const size_t done = (size_t)(next - first);
    return done + sim_world_of(node)->import(node, blocks + done, count - done, verdict);
}

void sim_sync_tell_head(struct sim_node *node)
{
    const struct sync_head head = { node->state.height, node->state.hash, node->state.set };
    node->net_height = head.height;
    node->is_net_moved = true;
    sync_head(node->sync, &head, sim_node_now_ms(node));
    gossip_status_changed(node->gossip, sim_node_now_ms(node));
}

void sim_sync_import(struct sim_node *node)
{
    struct sim_decided blocks[SYNC_IMPORT_MAX];
    const size_t count = node->importing_count;
    const uint64_t first = node->importing[0].height;
    const char *verdict = NULL;
    MM_ASSERT(count > 0 && count <= SYNC_IMPORT_MAX);
    for (size_t i = 0; i < count; i++)
        take_over(&blocks[i], &node->importing[i]);
    node->importing = NULL;
    const size_t done = import_new(node, blocks, count, first, &verdict);
    for (size_t i = 0; i < count; i++)
        qbft_block_unref(blocks[i].block);
    if (!node->is_up)
        return;
    sim_sync_tell_head(node);
    sync_imported(node->sync, done, verdict, sim_node_now_ms(node));
}

struct sync_host sim_sync_host(struct sim_node *node)
{
    return (struct sync_host){
        .ctx = node,
        .send = send,
        .misbehaved = misbehaved,
        .slow = slow,
        .import = import,
        .lagging = lagging,
        .stuck = stuck,
        .read_header = read_header,
        .read_body = read_body,
        .check = sim_world_of(node)->check,
    };
}
