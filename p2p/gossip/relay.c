/* Transactions on their way out. They are gathered for a moment, so that many go in one frame; the first after a quiet moment
 * goes at once. Who gets what is decided when a transaction comes in, and noted as known to them then. */
#include "p2p/gossip/gossip_internal.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

mm_err gossip_batch_init(struct gossip *g)
{
    mm_buf_init(&g->batch.raws, FRAME_ANSWER_BYTES);
    g->batch.due_ms = GOSSIP_NEVER;
    g->batch.txs = mm_heap_zeroed(GOSSIP_GATHERED_MAX, sizeof *g->batch.txs);
    return g->batch.txs == NULL ? MM_ERR_NO_MEMORY : MM_OK;
}

void gossip_batch_fini(struct gossip *g)
{
    mm_buf_fini(&g->batch.raws);
    mm_heap_free(g->batch.txs);
}

static uint64_t bit(size_t slot)
{
    return UINT64_C(1) << slot;
}

void gossip_batch_forget(struct gossip *g, size_t slot)
{
    for (size_t i = 0; i < g->batch.count; i++) {
        g->batch.txs[i].whole &= ~bit(slot);
        g->batch.txs[i].told &= ~bit(slot);
    }
}

/* ---- frames ---- */

static void send_txs(struct gossip *g, size_t slot, size_t count)
{
    const struct payload_txs txs = { { mm_buf_bytes(&g->items), count } };
    mm_buf_reset(&g->payload);
    payload_txs_encode(&g->payload, &txs);
    if (mm_buf_err(&g->items) == MM_OK)
        gossip_send_payload(g, slot, FRAME_TX);
    mm_buf_reset(&g->items);
}

static void send_hashes(struct gossip *g, size_t slot, size_t count)
{
    const struct payload_tx_hashes hashes = { { mm_buf_bytes(&g->items), count } };
    mm_buf_reset(&g->payload);
    payload_tx_hashes_encode(&g->payload, &hashes);
    if (mm_buf_err(&g->items) == MM_OK)
        gossip_send_payload(g, slot, FRAME_TX_HASHES);
    mm_buf_reset(&g->items);
}

static void send_whole(struct gossip *g, size_t slot)
{
    const struct batch *batch = &g->batch;
    size_t count = 0;
    mm_buf_reset(&g->items);
    for (size_t i = 0; i < batch->count; i++) {
        const struct gathered *tx = &batch->txs[i];
        if ((tx->whole & bit(slot)) == 0)
            continue;
        payload_add_tx(&g->items, mm_bytes_from(batch->raws.ptr + tx->raw_at, tx->raw_len));
        if (++count == PAYLOAD_TXS_MAX) {
            send_txs(g, slot, count);
            count = 0;
        }
    }
    if (count > 0)
        send_txs(g, slot, count);
}

static void send_told(struct gossip *g, size_t slot)
{
    size_t count = 0;
    mm_buf_reset(&g->items);
    for (size_t i = 0; i < g->batch.count; i++) {
        if ((g->batch.txs[i].told & bit(slot)) == 0)
            continue;
        payload_add_announced(&g->items, &g->batch.txs[i].tx);
        count++;
    }
    if (count > 0)
        send_hashes(g, slot, count);
}
_Static_assert((int)GOSSIP_GATHERED_MAX <= (int)PAYLOAD_ANNOUNCED_MAX,
               "a batch fits one announcement");
_Static_assert(PAYLOAD_TXS_MAX *(GOSSIP_WHOLE_BYTES_MAX + 4) < FRAME_ANSWER_BYTES,
               "small transactions fit one frame");

static void send_batch(struct gossip *g, uint64_t now_ms)
{
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (!g->peers[slot].is_up)
            continue;
        send_whole(g, slot);
        send_told(g, slot);
    }
    g->batch.count = 0;
    mm_buf_reset(&g->batch.raws);
    g->batch.due_ms = GOSSIP_NEVER;
    g->batch.free_ms = now_ms + GOSSIP_GATHER_MS;
}

void gossip_flush(struct gossip *g, uint64_t now_ms)
{
    if (now_ms >= g->batch.due_ms)
        send_batch(g, now_ms);
}

/* ---- who gets what ---- */

static size_t root_of(size_t number)
{
    size_t root = 0;
    while ((root + 1) * (root + 1) <= number)
        root++;
    return root;
}

/* The distance of a peer from a transaction: another order for each transaction, the same for everyone who computes it. */
static uint64_t distance(const struct peer *peer, const mm_hash32 *hash)
{
    return mm_get_be64(peer->node.b) ^ mm_get_be64(hash->b);
}

static size_t nearest(const struct gossip *g, uint64_t slots, const mm_hash32 *hash)
{
    size_t best = SLOT_NONE;
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if ((slots & bit(slot)) != 0 && (best == SLOT_NONE || distance(&g->peers[slot], hash) <
                                                                  distance(&g->peers[best], hash)))
            best = slot;
    }
    return best;
}

static uint64_t slots_without(const struct gossip *g, const mm_hash32 *hash)
{
    uint64_t slots = 0;
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (g->peers[slot].is_up && !known_has(g->peers[slot].known, hash))
            slots |= bit(slot);
    }
    return slots;
}

/* Where there are few peers, whoever has it first sends it to all of its own, who are each other's as a rule: three receivers that did
 * the same would send six copies of what everyone has. So they send it to fewer, and its name to the rest. */
static size_t whole_max(const struct gossip *g, bool is_first)
{
    if (g->peer_count > GOSSIP_WHOLE_PEERS)
        return root_of(g->peer_count) + 1;
    return is_first ? GOSSIP_PEERS_MAX : root_of(g->peer_count);
}

static void choose(const struct gossip *g, struct gathered *tx, bool is_first)
{
    tx->told = slots_without(g, &tx->tx.hash);
    tx->whole = 0;
    if (tx->tx.size > GOSSIP_WHOLE_BYTES_MAX)
        return;
    const size_t most = whole_max(g, is_first);
    for (size_t i = 0; i < most && tx->told != 0; i++) {
        const size_t slot = nearest(g, tx->told, &tx->tx.hash);
        tx->whole |= bit(slot);
        tx->told &= ~bit(slot);
    }
}

static void keep_raw(struct gossip *g, struct gathered *tx, mm_bytes raw, uint64_t now_ms)
{
    if (g->batch.raws.len + raw.len > FRAME_ANSWER_BYTES)
        send_batch(g, now_ms);
    tx->raw_at = g->batch.raws.len;
    mm_buf_add(&g->batch.raws, raw);
    if (mm_buf_err(&g->batch.raws) == MM_OK) {
        tx->raw_len = raw.len;
        return;
    }
    /* No memory, and a buffer that failed is empty: what it held is announced instead. */
    mm_buf_reset(&g->batch.raws);
    for (size_t i = 0; i < g->batch.count; i++) {
        g->batch.txs[i].told |= g->batch.txs[i].whole;
        g->batch.txs[i].whole = 0;
    }
    tx->told |= tx->whole;
    tx->whole = 0;
}

void gossip_relay_tx(struct gossip *g, const mm_hash32 *hash, mm_bytes raw, bool is_first,
                     uint64_t now_ms)
{
    MM_ASSERT(raw.len > 0 && raw.len <= MM_TX_BYTES_MAX);
    struct gathered tx = { .tx = { gossip_tx_type(raw), (uint32_t)raw.len, *hash } };
    choose(g, &tx, is_first);
    if ((tx.whole | tx.told) == 0)
        return;
    if (g->batch.count == GOSSIP_GATHERED_MAX)
        send_batch(g, now_ms);
    if (tx.whole != 0)
        keep_raw(g, &tx, raw, now_ms);
    for (size_t slot = 0; slot < g->slot_end; slot++) {
        if (((tx.whole | tx.told) & bit(slot)) != 0)
            (void)known_add(g->peers[slot].known, hash);
    }
    g->batch.txs[g->batch.count++] = tx;
    if (g->batch.due_ms == GOSSIP_NEVER)
        g->batch.due_ms = now_ms > g->batch.free_ms ? now_ms : g->batch.free_ms;
}

void gossip_new_tx(struct gossip *g, const mm_hash32 *hash, mm_bytes raw, uint64_t now_ms)
{
    const size_t place = gossip_wanted_find(&g->wanted, hash);
    (void)known_add(g->seen, hash);
    if (place != WANTED_NONE)
        gossip_unwant(g, place);
    gossip_relay_tx(g, hash, raw, true, now_ms);
    gossip_flush(g, now_ms);
}

/* ---- the pool, to a new peer ---- */

struct announcing {
    struct gossip *g;
    size_t slot;
    size_t count; /* in g->items */
    size_t total;
};

static bool announce(void *arg, const struct payload_announced *tx)
{
    struct announcing *a = arg;
    if (!known_add(a->g->peers[a->slot].known, &tx->hash))
        return true;
    payload_add_announced(&a->g->items, tx);
    if (++a->count == PAYLOAD_ANNOUNCED_MAX) {
        send_hashes(a->g, a->slot, a->count);
        a->count = 0;
    }
    return ++a->total < GOSSIP_POOL_ANNOUNCED_MAX;
}

void gossip_announce_pool(struct gossip *g, size_t slot)
{
    struct announcing a = { .g = g, .slot = slot };
    mm_buf_reset(&g->items);
    g->options.host.each_tx(g->options.host.ctx, announce, &a);
    if (a.count > 0)
        send_hashes(g, slot, a.count);
}
