/* Peers that say anything at any time, to gossip and sync together: a list of steps, each an opcode and its operands.
 *
 *     0 frame       peer, kind, length (2), bytes          6 import ends   how much of it was taken
 *     1 headers     peer, from, count, what is bent        7 head          forward or back
 *     2 bodies      peer, from, count, what is bent        8 own           transaction, message, status
 *     3 decided     peer, height, what is bent             9 dial          failed, or an address
 *     4 time        milliseconds (2)                      10 announcement  peer, number, size (2)
 *     5 link        peer, up or down                      11 transaction   peer, number, size (2)
 *
 * Answers (1, 2) have the id that the peer was last asked with. Signatures are made up, so that no step can make them.
 *
 * Properties: whatever peers say, nothing is imported but the true chain, in order; every frame that is sent decodes, is within the
 * limit of its kind and goes to a peer that is there; tables and bodies stay within their bounds; deadlines move on. */
#include <stdlib.h>

#include "p2p/gossip/gossip.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/crypto/keccak.h"
#include "tests/lib/stub_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEERS = 4, HEIGHT = 600, OPS = 12, STEPS_MAX = 100 };

struct node {
    struct gossip *gossip;
    struct sync *sync;
    const struct stub_chain *chain;
    uint64_t head;
    uint64_t now_ms;
    uint64_t ids[PEERS]; /* 0: down */
    uint64_t next_id;
    uint64_t asked_headers[PEERS], asked_bodies[PEERS];
    const struct sync_block *importing;
    size_t importing_count;
    struct mm_buf items, payload;
};

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t next(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static unsigned next2(struct input *in)
{
    const unsigned high = next(in);
    return high << 8 | next(in);
}

/* ---- the host ---- */

static size_t peer_of(const struct node *node, uint64_t id)
{
    size_t peer = 0;
    while (peer < PEERS && node->ids[peer] != id)
        peer++;
    return peer;
}

/* Those that gossip and sync send, by their decoders. */
static enum rlp_verdict decode(struct node *node, size_t peer, enum frame_kind kind,
                               mm_bytes payload)
{
    struct payload_status status;
    struct payload_txs txs;
    struct payload_tx_hashes hashes;
    struct payload_get_txs get_txs;
    struct payload_get_peers get_peers;
    struct payload_peers peers;
    struct payload_get_headers get_headers;
    struct payload_headers headers;
    struct payload_get_bodies get_bodies;
    struct payload_bodies bodies;
    enum rlp_verdict verdict = RLP_OK;
    if (kind == FRAME_STATUS)
        return payload_status_decode(&status, payload);
    if (kind == FRAME_TX)
        return payload_txs_decode(&txs, payload);
    if (kind == FRAME_TX_HASHES)
        return payload_tx_hashes_decode(&hashes, payload);
    if (kind == FRAME_GET_TX)
        return payload_get_txs_decode(&get_txs, payload);
    if (kind == FRAME_GET_PEERS)
        return payload_get_peers_decode(&get_peers, payload);
    if (kind == FRAME_PEERS)
        return payload_peers_decode(&peers, payload);
    if (kind == FRAME_HEADERS)
        return payload_headers_decode(&headers, payload);
    if (kind == FRAME_BODIES)
        return payload_bodies_decode(&bodies, payload);
    if (kind == FRAME_GET_HEADERS) {
        verdict = payload_get_headers_decode(&get_headers, payload);
        node->asked_headers[peer] = get_headers.id;
    } else if (kind == FRAME_GET_BODIES) {
        verdict = payload_get_bodies_decode(&get_bodies, payload);
        node->asked_bodies[peer] = get_bodies.id;
    }
    return verdict;
}

static void host_send(void *ctx, uint64_t id, enum frame_kind kind, mm_bytes payload)
{
    struct node *node = ctx;
    const struct frame_rule *rule = frame_rule_of(kind);
    const size_t peer = peer_of(node, id);
    MM_ASSERT(peer < PEERS && rule != NULL && payload.len <= rule->payload_bytes_max);
    MM_ASSERT(decode(node, peer, kind, payload) == RLP_OK);
}

static void host_disconnect(void *ctx, uint64_t id, enum bye_reason reason, uint64_t ban_ms)
{
    struct node *node = ctx;
    const size_t peer = peer_of(node, id);
    MM_ASSERT(peer < PEERS && bye_reason_text(reason) != NULL && ban_ms <= GOSSIP_BAN_MS);
    node->ids[peer] = 0;
    sync_peer_down(node->sync, id, node->now_ms);
}

static void host_misbehaved(void *ctx, uint64_t id, enum sync_verdict verdict)
{
    struct node *node = ctx;
    const size_t peer = peer_of(node, id);
    MM_ASSERT(peer < PEERS && verdict != SYNC_OK);
    node->ids[peer] = 0;
    gossip_peer_down(node->gossip, id, node->now_ms);
}

static void host_slow(void *ctx, uint64_t id)
{
    struct node *node = ctx;
    gossip_blame(node->gossip, id, GOSSIP_TOO_LATE, node->now_ms);
}

static void host_dial(void *ctx, const struct gossip_address *address)
{
    (void)ctx;
    MM_ASSERT(payload_is_host(address->host) && address->port != 0);
}

static void host_read_status(void *ctx, struct payload_status *status)
{
    const struct node *node = ctx;
    *status = (struct payload_status){ .height = node->head,
                                       .head_hash = node->chain->blocks[node->head].hash };
}

static bool host_decided(void *ctx, uint64_t height, struct mm_buf *payload)
{
    const struct node *node = ctx;
    MM_ASSERT(height == node->head);
    stub_chain_decided(payload, &node->chain->blocks[height]);
    return true;
}

static enum gossip_taken host_take_tx(void *ctx, uint64_t id, mm_bytes raw)
{
    const struct node *node = ctx;
    MM_ASSERT(peer_of(node, id) < PEERS && raw.len > 0);
    const uint8_t last = raw.ptr[raw.len - 1];
    if (last == 0xff)
        return GOSSIP_INVALID;
    return last == 0xfe ? GOSSIP_LATER : last == 0xfd ? GOSSIP_KNOWN : GOSSIP_NEW;
}

static bool host_find_tx(void *ctx, const mm_hash32 *hash, struct mm_buf *raw)
{
    (void)ctx;
    if (hash->b[0] > 32)
        return false;
    if (raw != NULL)
        mm_buf_add_zeros(raw, 1 + (size_t)hash->b[1] * 256);
    return true;
}

static void host_each_tx(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                         void *arg)
{
    (void)ctx;
    for (uint8_t i = 0; i < 5; i++) {
        if (!visit(arg, &(struct payload_announced){ 2, 100, { { 0, i } } }))
            return;
    }
}

static enum gossip_judged host_take_consensus(void *ctx, uint64_t id, enum frame_kind code,
                                              mm_bytes bytes)
{
    const struct node *node = ctx;
    MM_ASSERT(peer_of(node, id) < PEERS && code >= FRAME_PROPOSAL && code <= FRAME_ROUND_CHANGE);
    return bytes.len == 0 ? GOSSIP_IGNORE : (enum gossip_judged)(bytes.ptr[0] % 3);
}

static void host_import(void *ctx, const struct sync_block *blocks, size_t count)
{
    struct node *node = ctx;
    MM_ASSERT(node->importing == NULL && count > 0 && count <= SYNC_IMPORT_MAX);
    for (size_t i = 0; i < count; i++) {
        MM_ASSERT(blocks[i].height == node->head + 1 + i);
        const struct stub_block *own = &node->chain->blocks[blocks[i].height];
        MM_ASSERT(mm_hash_equal(&blocks[i].hash, &own->hash));
        MM_ASSERT(mm_bytes_equal(blocks[i].header, own->header));
        MM_ASSERT(mm_bytes_equal(blocks[i].body, own->body));
    }
    node->importing = blocks;
    node->importing_count = count;
}

static void host_lagging(void *ctx, bool is_lagging)
{
    (void)ctx, (void)is_lagging;
}

static void host_stuck(void *ctx, const char *reason)
{
    (void)ctx;
    MM_ASSERT(reason[0] != '\0');
}

static bool host_read_header(void *ctx, uint64_t height, struct mm_buf *header,
                             struct mm_buf *certificate)
{
    const struct node *node = ctx;
    if (height == 0 || height > node->head)
        return false;
    mm_buf_add(header, node->chain->blocks[height].header);
    mm_buf_add(certificate, node->chain->blocks[height].certificate);
    return true;
}

static bool host_read_body(void *ctx, const mm_hash32 *hash, struct mm_buf *body)
{
    const struct node *node = ctx;
    const struct stub_block *block = stub_chain_find(node->chain, hash);
    if (block != NULL)
        mm_buf_add(body, block->body);
    return block != NULL;
}

/* ---- steps ---- */

static void say(struct node *node, size_t peer, enum frame_kind kind, mm_bytes payload)
{
    const uint64_t id = node->ids[peer];
    if (gossip_takes(kind))
        gossip_frame(node->gossip, id, kind, payload, node->now_ms);
    if (sync_takes(kind))
        sync_frame(node->sync, id, kind, payload, node->now_ms);
}

static void say_raw(struct node *node, struct input *in)
{
    size_t count;
    const struct frame_rule *rules = frame_rules(&count);
    const size_t peer = next(in) % PEERS;
    const struct frame_rule *rule = &rules[next(in) % count];
    size_t len = next2(in);
    if (len > in->left)
        len = in->left;
    if (len > rule->payload_bytes_max) /* a session lets no longer ones through */
        len = rule->payload_bytes_max;
    const mm_bytes payload = mm_bytes_from(in->at, len);
    in->at += len;
    in->left -= len;
    say(node, peer, rule->kind, payload);
}

/* A bit of it is another one, or none. */
static void bend(struct mm_buf *buf, uint8_t how, uint8_t where)
{
    if (how % 4 == 0 && buf->len > 0)
        buf->ptr[((size_t)where * 37 + how) % buf->len] ^= (uint8_t)(1u << how % 8);
}

static const struct stub_block *block_at(const struct node *node, uint64_t height)
{
    return &node->chain->blocks[1 + height % HEIGHT];
}

static void say_headers(struct node *node, struct input *in)
{
    const size_t peer = next(in) % PEERS;
    const uint64_t from = node->head + next(in);
    const size_t count = next(in) % 64;
    mm_buf_reset(&node->items);
    mm_buf_reset(&node->payload);
    for (size_t i = 0; i < count; i++) {
        const struct stub_block *block = block_at(node, from + i);
        payload_add_header(&node->items,
                           &(struct payload_header){ block->header, block->certificate });
    }
    payload_headers_encode(&node->payload,
                           &(struct payload_headers){ node->asked_headers[peer],
                                                      { mm_buf_bytes(&node->items), count } });
    const uint8_t how = next(in);
    bend(&node->payload, how, next(in));
    say(node, peer, FRAME_HEADERS, mm_buf_bytes(&node->payload));
}

static void say_bodies(struct node *node, struct input *in)
{
    const size_t peer = next(in) % PEERS;
    const uint64_t from = node->head + next(in);
    const size_t count = next(in) % 32;
    mm_buf_reset(&node->items);
    mm_buf_reset(&node->payload);
    for (size_t i = 0; i < count; i++) {
        const struct stub_block *block = block_at(node, from + i);
        payload_add_body(&node->items, &(struct payload_body){ block->hash, block->body });
    }
    payload_bodies_encode(&node->payload,
                          &(struct payload_bodies){ node->asked_bodies[peer],
                                                    { mm_buf_bytes(&node->items), count } });
    const uint8_t how = next(in);
    bend(&node->payload, how, next(in));
    say(node, peer, FRAME_BODIES, mm_buf_bytes(&node->payload));
}

static void say_decided(struct node *node, struct input *in)
{
    const size_t peer = next(in) % PEERS;
    mm_buf_reset(&node->payload);
    stub_chain_decided(&node->payload, block_at(node, node->head + next(in)));
    const uint8_t how = next(in);
    bend(&node->payload, how, next(in));
    say(node, peer, FRAME_DECIDED, mm_buf_bytes(&node->payload));
}

static void toggle_link(struct node *node, size_t peer, uint8_t how)
{
    const uint64_t id = node->ids[peer];
    struct gossip_address address = { { { (uint8_t)peer, how } }, MM_BYTES_LIT("10.0.0.1"), 30303 };
    if (id != 0) {
        node->ids[peer] = 0;
        gossip_peer_down(node->gossip, id, node->now_ms);
        sync_peer_down(node->sync, id, node->now_ms);
        return;
    }
    node->ids[peer] = ++node->next_id;
    sync_peer_up(node->sync, node->next_id, node->now_ms);
    gossip_peer_up(node->gossip, node->next_id, &address, how % 2 == 0, node->now_ms);
}

static void set_head(struct node *node, uint64_t height)
{
    const struct sync_head head = stub_chain_head(node->chain, height);
    node->head = height;
    sync_head(node->sync, &head, node->now_ms);
    gossip_status_changed(node->gossip, node->now_ms);
}

static void end_import(struct node *node, uint8_t how)
{
    size_t count = node->importing_count;
    if (node->importing == NULL)
        return;
    const bool is_refused = how % 8 == 0;
    if (is_refused)
        count = how % count;
    /* The head may be elsewhere by now. */
    const uint64_t last = node->importing[0].height + count - 1;
    node->importing = NULL;
    if (count > 0 && last > node->head && last - count <= node->head)
        set_head(node, last);
    sync_imported(node->sync, count, is_refused ? "refused" : NULL, node->now_ms);
}

static void move_head(struct node *node, uint8_t how)
{
    const uint64_t by = how / 2 % 16;
    const uint64_t height = how % 2 == 0 ? node->head + by : node->head > by ? node->head - by : 0;
    set_head(node, height > HEIGHT ? HEIGHT : height);
}

static void do_own(struct node *node, uint8_t how)
{
    uint8_t raw[64] = { 2, how };
    const mm_bytes bytes = MM_BYTES_OF(raw);
    const mm_hash32 hash = keccak256(bytes);
    if (how % 3 == 0)
        gossip_new_tx(node->gossip, &hash, bytes, node->now_ms);
    else if (how % 3 == 1)
        gossip_broadcast(node->gossip, (enum frame_kind)(FRAME_PROPOSAL + how % 5), bytes);
    else
        gossip_status_changed(node->gossip, node->now_ms);
}

static void do_dial(struct node *node, uint8_t how)
{
    const struct gossip_address address = { { { 0xdd, how } }, MM_BYTES_LIT("::1"), how };
    if (how % 2 == 0)
        gossip_add_address(node->gossip, &address, node->now_ms);
    else
        gossip_dial_failed(node->gossip, &(node_id){ { 0xdd, (uint8_t)(how - 1) } }, node->now_ms);
}

/* Transaction `number`, of a size: the same for the one who announces it and the one who sends it, if they so wish. */
static void say_tx(struct node *node, struct input *in, bool is_whole)
{
    static uint8_t raw[UINT16_MAX];
    const size_t peer = next(in) % PEERS;
    const uint8_t number = next(in);
    const uint32_t size = 2 + next2(in) % (UINT16_MAX - 2);
    memset(raw, number, 2);
    const mm_bytes bytes = mm_bytes_from(raw, size);
    mm_buf_reset(&node->items);
    mm_buf_reset(&node->payload);
    if (is_whole)
        payload_add_tx(&node->items, bytes);
    else
        payload_add_announced(&node->items,
                              &(struct payload_announced){ number >= 0xc0 ? 0 : number % 128, size,
                                                           keccak256(bytes) });
    rlp_add_list_header(&node->payload, node->items.len);
    mm_buf_add(&node->payload, mm_buf_bytes(&node->items));
    say(node, peer, is_whole ? FRAME_TX : FRAME_TX_HASHES, mm_buf_bytes(&node->payload));
}

static void pass_time(struct node *node, unsigned ms)
{
    const uint64_t end = node->now_ms + ms;
    for (;;) {
        const uint64_t gossip_ms = gossip_deadline(node->gossip);
        const uint64_t sync_ms = sync_deadline(node->sync);
        const uint64_t at_ms = gossip_ms < sync_ms ? gossip_ms : sync_ms;
        if (at_ms > end)
            break;
        if (at_ms > node->now_ms)
            node->now_ms = at_ms;
        MM_ASSERT(gossip_tick(node->gossip, node->now_ms) > node->now_ms);
        MM_ASSERT(sync_tick(node->sync, node->now_ms) > node->now_ms);
        /* What sync found may be a deadline of gossip's, a peer that is sent away: the next turn sees to it. */
    }
    node->now_ms = end;
}

static void step(struct node *node, struct input *in)
{
    switch (next(in) % OPS) {
    case 0:
        say_raw(node, in);
        return;
    case 1:
        say_headers(node, in);
        return;
    case 2:
        say_bodies(node, in);
        return;
    case 3:
        say_decided(node, in);
        return;
    case 4:
        pass_time(node, next2(in) % 16384);
        return;
    case 5: {
        const size_t peer = next(in) % PEERS;
        toggle_link(node, peer, next(in));
        return;
    }
    case 6:
        end_import(node, next(in));
        return;
    case 7:
        move_head(node, next(in));
        return;
    case 8:
        do_own(node, next(in));
        return;
    case 9:
        do_dial(node, next(in));
        return;
    case 10:
        say_tx(node, in, false);
        return;
    default:
        say_tx(node, in, true);
        return;
    }
}

static void check_bounds(const struct node *node)
{
    struct sync_status status;
    sync_read_status(node->sync, &status);
    MM_ASSERT(status.height == node->head);
    MM_ASSERT(status.frontier <= HEIGHT && status.frontier <= node->head + 2 * SYNC_WINDOW_MAX);
    MM_ASSERT(status.bodies_bytes <= SYNC_AHEAD_BYTES_MAX + FRAME_BYTES_MAX);
    MM_ASSERT(gossip_wanted_count(node->gossip) <= GOSSIP_WANTED_MAX);
    MM_ASSERT(gossip_book_count(node->gossip) <= GOSSIP_BOOK_MAX);
    MM_ASSERT(gossip_peer_count(node->gossip) <= PEERS);
}

static void start(struct node *node)
{
    static struct stub_chain *chain;
    const struct stub_chain_options blocks = {
        .height = HEIGHT, .validators = 4, .change_every = 150, .txs_of_block = 2, .tx_bytes = 40
    };
    if (chain == NULL)
        chain = stub_chain_new(&blocks);
    node->chain = chain;
    node->now_ms = 1000;
    mm_buf_init(&node->items, FRAME_BYTES_MAX);
    mm_buf_init(&node->payload, FRAME_BYTES_MAX);
    const struct gossip_options gossip = {
        .host = { node, host_send, host_disconnect, host_dial, host_read_status, host_decided,
                  host_take_tx, host_find_tx, host_each_tx, host_take_consensus },
        .peers_wanted = 3,
    };
    const struct sync_options sync = {
        .host = { .ctx = node,
                  .send = host_send,
                  .misbehaved = host_misbehaved,
                  .slow = host_slow,
                  .import = host_import,
                  .lagging = host_lagging,
                  .stuck = host_stuck,
                  .read_header = host_read_header,
                  .read_body = host_read_body,
                  .check = stub_chain_check },
        .domain = chain->domain,
    };
    MM_ASSERT(gossip_new(&node->gossip, &gossip) == MM_OK);
    MM_ASSERT(sync_new(&node->sync, &sync) == MM_OK);
    set_head(node, 0);
    toggle_link(node, 0, 0);
    toggle_link(node, 1, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct node node = { .head = 0 };
    struct input in = { data, size };
    start(&node);
    for (size_t i = 0; in.left > 0 && i < STEPS_MAX; i++) {
        step(&node, &in);
        check_bounds(&node);
    }
    gossip_free(node.gossip);
    sync_free(node.sync);
    mm_buf_fini(&node.items);
    mm_buf_fini(&node.payload);
    return 0;
}
