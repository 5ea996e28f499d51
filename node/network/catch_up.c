/* What sync asks of the node: blocks out of the chain, and into it. */
#include "node/log/log.h"
#include "node/network/network_internal.h"
#include "state/base/heap.h"

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    (void)links_send(((struct network *)ctx)->links, peer, kind, payload);
}

static void misbehaved(void *ctx, uint64_t peer, enum sync_verdict verdict)
{
    static struct log_limit lines = LOG_LIMIT;
    struct network *network = ctx;
    log_limited(&lines, LOG_WARN, "a peer sent blocks that are none", "peer=%llu reason=\"%s\"",
                (unsigned long long)peer, sync_verdict_text(verdict));
    network_end_peer(network, peer, sync_verdict_bye(verdict), GOSSIP_BAN_MS);
    gossip_peer_down(network->gossip, peer, network->now_ms);
}

static void slow(void *ctx, uint64_t peer)
{
    struct network *network = ctx;
    gossip_blame(network->gossip, peer, GOSSIP_TOO_LATE, network->now_ms);
}

static void lagging(void *ctx, bool is_lagging)
{
    struct network *network = ctx;
    network->is_lagging = is_lagging;
    network->owes_lag = !writer_lag(network->writer, is_lagging);
}

static void stuck(void *ctx, const char *reason)
{
    (void)ctx;
    log_event(LOG_ERROR,
              "a block that the validators sealed is refused here: this node stays where it is",
              "reason=\"%s\"", reason);
}

/* ---- out of the chain ---- */

static bool read_header(void *ctx, uint64_t height, struct mm_buf *header,
                        struct mm_buf *certificate)
{
    struct network *network = ctx;
    struct header decoded;
    struct certificate seals;
    mm_hash32 hash;
    struct ledger_view *view = ledger_acquire(network->options.ledger);
    const bool is_there = height > 0 && height <= ledger_head(view) &&
                          ledger_header(view, &decoded, &hash, height) == MM_OK &&
                          ledger_certificate(view, &seals, height) == MM_OK;
    ledger_release(view);
    if (!is_there)
        return false;
    header_encode(header, &decoded);
    certificate_encode(certificate, &seals);
    return mm_buf_err(header) == MM_OK && mm_buf_err(certificate) == MM_OK;
}

static bool read_body(void *ctx, const mm_hash32 *hash, struct mm_buf *body)
{
    struct network *network = ctx;
    struct travelling block;
    uint64_t block_num;
    struct ledger_view *view = ledger_acquire(network->options.ledger);
    const bool is_there = ledger_find_block(view, &block_num, hash) == MM_OK;
    ledger_release(view);
    if (!is_there || !network_read_block(network, &block, block_num))
        return false;
    mm_buf_add(body, block.body);
    return mm_buf_err(body) == MM_OK;
}

static bool read_state(void *ctx, const struct payload_get_state *get, struct mm_buf *payload)
{
    struct network *network = ctx;
    return serve_state(network->serve, get, payload, network->now_ms);
}

static bool read_validators(void *ctx, uint64_t height, struct validator_set *set)
{
    struct network *network = ctx;
    struct ledger_view *view = ledger_acquire(network->options.ledger);
    const bool is_there =
        height <= ledger_head(view) && chain_validators_at(view, set, height) == MM_OK;
    ledger_release(view);
    return is_there;
}

/* ---- into the chain ---- */

static bool to_decided(struct chain_decided *decided, const struct sync_block *block)
{
    struct rlp certificate = rlp_over(block->certificate);
    size_t len;
    certificate_read(&certificate, &decided->certificate);
    uint8_t *bytes = network_join_block(block->header, block->body, &len);
    decided->block = mm_bytes_from(bytes, bytes == NULL ? 0 : len);
    return bytes != NULL && rlp_finish(&certificate) == RLP_OK;
}

static struct writer_blocks *to_blocks(const struct sync_block *blocks, size_t count)
{
    struct writer_blocks *out = mm_heap_zeroed(1, sizeof *out);
    if (out == NULL)
        return NULL;
    out->first = blocks[0].height;
    out->items = mm_heap_zeroed(count, sizeof *out->items);
    bool is_whole = out->items != NULL;
    while (is_whole && out->count < count) {
        is_whole = to_decided(&out->items[out->count], &blocks[out->count]);
        out->bytes += out->items[out->count].block.len;
        out->count++;
    }
    if (is_whole)
        return out;
    writer_blocks_free(out);
    return NULL;
}

/* Sync keeps them until they are answered for. */
void network_try_import(struct network *network)
{
    struct writer_blocks *taken = to_blocks(network->import.blocks, network->import.count);
    if (taken == NULL)
        return; /* later */
    taken->token = network->import.token;
    network->import.waits = !writer_import(network->writer, taken);
}

static void import(void *ctx, const struct sync_block *blocks, size_t count)
{
    struct network *network = ctx;
    network->import = (struct network_import){ blocks, count, network->import.token + 1, true };
    network_try_import(network);
}

void network_imported(void *ctx, const struct writer_blocks *blocks, size_t done,
                      const struct block_refusal *refusal)
{
    struct network_answer answer = { .token = blocks->token,
                                     .count = done,
                                     .is_refused = done < blocks->count };
    if (refusal->verdict != BLOCK_OK)
        block_refusal_describe(&answer.verdict, refusal);
    else
        (void)mm_fail(&answer.verdict, MM_OK, "is not the one after the head");
    network_add_answer(ctx, &answer);
}

void network_take_answer(struct network *network, const struct network_answer *answer)
{
    if (answer->token == network->import.token)
        sync_imported(network->sync, answer->count,
                      answer->is_refused ? answer->verdict.text : NULL, network->now_ms);
}

void network_take_head(struct network *network)
{
    struct sync_head head;
    struct ledger_view *view = ledger_acquire(network->options.ledger);
    head.height = ledger_head(view);
    head.hash = *ledger_head_hash(view);
    const mm_err err = chain_validators_at(view, &head.set, head.height);
    ledger_release(view);
    network->owes_head = err != MM_OK;
    if (err == MM_OK)
        sync_head(network->sync, &head, network->now_ms);
    gossip_status_changed(network->gossip, network->now_ms);
}

struct sync_host network_sync_host(struct network *network)
{
    return (struct sync_host){
        .ctx = network,
        .send = send,
        .misbehaved = misbehaved,
        .slow = slow,
        .import = import,
        .lagging = lagging,
        .stuck = stuck,
        .read_header = read_header,
        .read_body = read_body,
        .read_state = read_state,
        .read_validators = read_validators,
    };
}
