/* A node: the very gossip and sync of the node (p2p/gossip, p2p/sync), what they ask of it (sim_gossip.c, sim_sync.c), its pool, and
 * its consensus (sim_stub.c, sim_real.c). What the node has threads for happens here one after the other:
 *
 *     frame ──► gossip, sync ──► what they took: a message, blocks after a while, whether it lags ──► consensus
 *                    ▲                                                                                   │
 *                    └────────── the new head, whose STATUS goes out ◄───────────────────────────────────┘
 *
 * Consensus may end the process: then `is_up` is false, and gossip and sync are gone too. They are never in the
 * middle of an event then, since consensus is told when they are done. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "tests/sim/sim_internal.h"

enum { IDLE_TICKS_MAX = 1000 };

uint64_t sim_node_now_ms(const struct sim_node *node)
{
    return sim_clock_ms(&node->clock, node->sim->now_us);
}

/* ---- the pool ---- */

bool sim_node_has_pending(const struct sim_node *node)
{
    for (size_t i = 0; i < SIM_ACCOUNTS; i++) {
        if (node->has_tx[i])
            return true;
    }
    return false;
}

void sim_node_finish_pool(struct sim_node *node, const struct sim_state *head)
{
    for (size_t i = 0; i < SIM_ACCOUNTS; i++)
        node->has_tx[i] = node->has_tx[i] && sim_tx_nonce(node->pool[i]) >= head->nonces[i];
}

static mm_hash32 put_tx(struct sim_node *node, sim_tx tx)
{
    uint8_t memory[SIM_TX_BYTES];
    const size_t account = sim_tx_account(tx);
    node->pool[account] = tx;
    node->pool_hashes[account] = keccak256(sim_world_of(node)->tx_raw(node->sim, memory, tx));
    node->has_tx[account] = true;
    sim_trace(node->sim, TRACE_TX, node->index, account, sim_tx_nonce(tx));
    return node->pool_hashes[account];
}

/* One an account, the one that can be in a block first. */
static bool has_room(const struct sim_node *node, sim_tx tx)
{
    const size_t account = sim_tx_account(tx);
    return sim_tx_nonce(tx) >= node->state.nonces[account] &&
           (!node->has_tx[account] || sim_tx_nonce(node->pool[account]) > sim_tx_nonce(tx));
}

enum gossip_taken sim_node_take_tx(struct sim_node *node, sim_tx tx)
{
    const size_t account = sim_tx_account(tx);
    if (node->has_tx[account] && node->pool[account] == tx)
        return GOSSIP_KNOWN;
    if (!has_room(node, tx))
        return GOSSIP_LATER;
    (void)put_tx(node, tx);
    return GOSSIP_NEW;
}

/* ---- what follows from an event ---- */

void sim_node_set_timer(struct sim_node *node, uint64_t deadline_ms)
{
    struct sim *sim = node->sim;
    uint64_t at = sim_clock_when_us(&node->clock, sim->now_us, deadline_ms);
    node->deadline_us = at;
    if (at == SIM_NEVER || at >= node->timer_us)
        return;
    at += sim_faults_late_us(sim);
    node->timer_us = at;
    const struct sim_event event = {
        .at_us = at, .kind = SIM_TIMER, .node = node->index, .epoch = node->epoch
    };
    sim_heap_push(&sim->heap, &event);
}

static void set_net_timer(struct sim_node *node)
{
    struct sim *sim = node->sim;
    if (!node->is_net_moved)
        return;
    node->is_net_moved = false;
    const uint64_t gossip = gossip_deadline(node->gossip);
    const uint64_t sync = sync_deadline(node->sync);
    uint64_t at = sim_clock_when_us(&node->clock, sim->now_us, gossip < sync ? gossip : sync);
    if (at == SIM_NEVER || at >= node->net_timer_us)
        return;
    at += sim_faults_late_us(sim);
    node->net_timer_us = at;
    const struct sim_event event = {
        .at_us = at, .kind = SIM_NET_TIMER, .node = node->index, .epoch = node->epoch
    };
    sim_heap_push(&sim->heap, &event);
}

static void tell_flag(struct sim_node *node, enum qbft_event_kind kind, bool *told, bool flag)
{
    if (*told == flag)
        return;
    *told = flag;
    sim_world_of(node)->tell(node, &(struct qbft_event){ .kind = kind, .flag = flag });
}

/* Until consensus has heard all that gossip and sync have for it, and they of its head. */
static void settle(struct sim_node *node)
{
    while (node->is_up) {
        if (node->heard != NULL) {
            const struct qbft_message *message = node->heard;
            node->heard = NULL;
            sim_world_of(node)->tell(
                node, &(struct qbft_event){ .kind = QBFT_MESSAGE, .message = message });
        } else if (node->lags != node->told_lagging) {
            tell_flag(node, QBFT_LAGGING, &node->told_lagging, node->lags);
        } else if (sim_node_has_pending(node) != node->told_pending) {
            tell_flag(node, QBFT_PENDING, &node->told_pending, !node->told_pending);
        } else if (node->net_height != node->state.height) {
            sim_sync_tell_head(node);
        } else {
            set_net_timer(node);
            return;
        }
    }
}

/* ---- frames ---- */

void sim_node_send(struct sim_node *node, uint64_t number, enum frame_kind kind, mm_bytes payload)
{
    const size_t peer = sim_links_peer(node, number);
    const struct frame_rule *rule = frame_rule_of(kind);
    struct mm_buf bent;
    MM_ASSERT(rule != NULL && payload.len <= rule->payload_bytes_max);
    if (peer == SIM_NODES_MAX)
        return;
    mm_buf_init(&bent, FRAME_BYTES_MAX);
    if (node->is_liar) {
        mm_buf_add(&bent, payload);
        if (!sim_byzantine_bends(node, kind, &bent)) {
            mm_buf_fini(&bent);
            return;
        }
        payload = mm_buf_bytes(&bent);
    }
    const bool is_relayed = node->hearing != NULL && payload.ptr == node->hearing->bytes;
    struct sim_letter *letter =
        is_relayed ? sim_letter_ref(node->hearing) : sim_letter_known(node->sim, kind, payload);
    sim_network_send(node->sim, node->index, peer, letter);
    sim_letter_unref(letter);
    mm_buf_fini(&bent);
}

enum gossip_judged sim_node_judge(struct sim_node *node, struct sim_letter *letter)
{
    struct qbft_status status;
    const struct qbft_message *message = sim_letter_read(node->sim, letter);
    if (message == NULL)
        return letter->state == LETTER_GARBLED ? GOSSIP_REFUSE : GOSSIP_IGNORE;
    sim_world_of(node)->read_status(node, &status);
    if (!qbft_status_wants(&status, message) ||
        !validators_has(&node->state.set, qbft_message_signer(message)))
        return GOSSIP_IGNORE;
    node->heard = message;
    return GOSSIP_RELAY;
}

void sim_node_hear(struct sim_node *node, struct sim_letter *letter)
{
    if (!node->is_up)
        return;
    (void)sim_node_judge(node, letter);
    settle(node);
}

static void deliver(struct sim_node *node, const struct sim_event *event)
{
    struct sim_letter *letter = event->letter;
    const enum frame_kind kind = (enum frame_kind)letter->code;
    const uint64_t now_ms = sim_node_now_ms(node);
    if (node->links[event->from] != event->epoch)
        return; /* the link is gone, and so is what was on it */
    if (node->is_liar)
        sim_byzantine_observe(node->sim, letter);
    node->hearing = letter;
    node->is_net_moved = !sim_is_consensus(kind) || kind == FRAME_DECIDED || node->is_net_moved;
    if (gossip_takes(kind))
        gossip_frame(node->gossip, event->epoch, kind, sim_letter_bytes(letter), now_ms);
    if (sync_takes(kind))
        sync_frame(node->sync, event->epoch, kind, sim_letter_bytes(letter), now_ms);
    node->hearing = NULL;
}

void sim_node_add_tx(struct sim_node *node, sim_tx tx)
{
    uint8_t memory[SIM_TX_BYTES];
    if (!node->is_up || !has_room(node, tx))
        return;
    const mm_hash32 hash = put_tx(node, tx);
    node->is_net_moved = true;
    gossip_new_tx(node->gossip, &hash, sim_world_of(node)->tx_raw(node->sim, memory, tx),
                  sim_node_now_ms(node));
    settle(node);
}

/* ---- time ---- */

static void tick(struct sim_node *node, uint64_t at_us)
{
    if (at_us != node->timer_us)
        return; /* an earlier one was set meanwhile */
    const uint64_t deadline = node->deadline_us;
    node->timer_us = SIM_NEVER;
    sim_trace(node->sim, TRACE_TICK, node->index, 0, 0);
    sim_world_of(node)->tell(node, &(struct qbft_event){ .kind = QBFT_TICK });
    node->idle_ticks = node->deadline_us > deadline ? 0 : node->idle_ticks + 1;
    if (node->idle_ticks > IDLE_TICKS_MAX)
        sim_checker_violated(node->sim, "node %zu asks for a time that is over again and again",
                             node->index);
}

static void net_tick(struct sim_node *node, uint64_t at_us)
{
    const uint64_t now_ms = sim_node_now_ms(node);
    if (at_us != node->net_timer_us)
        return;
    node->is_net_moved = true;
    node->net_timer_us = SIM_NEVER;
    const uint64_t gossip = gossip_tick(node->gossip, now_ms);
    const uint64_t sync = sync_tick(node->sync, now_ms);
    node->net_idle_ticks = gossip > now_ms && sync > now_ms ? 0 : node->net_idle_ticks + 1;
    if (node->net_idle_ticks > IDLE_TICKS_MAX)
        sim_checker_violated(node->sim, "node %zu: %s asks for a time that is over", node->index,
                             gossip > now_ms ? "sync" : "gossip");
}

/* ---- life ---- */

void sim_node_init(struct sim *sim, size_t index, const struct sim_state *genesis)
{
    struct sim_node *node = &sim->nodes[index];
    *node = (struct sim_node){ .sim = sim, .index = index, .addr = sim->world->addr(sim, index) };
    sim_disk_init(&node->disk, genesis);
    node->clock.local_us = sim_draw(sim, 1000000000);
}

static void end_process(struct sim_node *node)
{
    sim_world_of(node)->down(node);
    gossip_free(node->gossip);
    sync_free(node->sync);
    node->is_up = false;
    node->gossip = NULL;
    node->sync = NULL;
}

void sim_node_fini(struct sim_node *node)
{
    end_process(node);
    sim_world_of(node)->fini(node);
    sim_disk_fini(&node->disk);
}

/* Everything that memory held is as in a new process. */
static void forget(struct sim_node *node)
{
    sim_links_lost(node);
    end_process(node);
    node->epoch++;
    node->told_pending = node->told_lagging = node->lags = false;
    memset(node->has_tx, 0, sizeof node->has_tx);
    node->deadline_us = node->timer_us = node->net_timer_us = SIM_NEVER;
    node->paused_until_us = 0;
    node->idle_ticks = node->net_idle_ticks = 0;
    node->heard = NULL;
    node->importing = NULL;
    node->net_height = SIM_NEVER;
}

void sim_node_crash(struct sim_node *node)
{
    sim_trace(node->sim, TRACE_CRASH, node->index, node->disk.synced_count, 0);
    forget(node);
    sim_disk_crash(&node->disk);
}

static void new_net(struct sim_node *node)
{
    struct gossip_options gossip = { .host = sim_gossip_host(node),
                                     .known_hashes = SIM_KNOWN_HASHES };
    const struct sync_options sync = { .host = sim_sync_host(node), .domain = node->sim->domain };
    gossip.self.b[0] = (uint8_t)(node->index * 11);
    gossip.self.b[1] = (uint8_t)node->index;
    mm_put_be64(gossip.known_key, node->sim->options.seed);
    MM_ASSERT(gossip_new(&node->gossip, &gossip) == MM_OK);
    MM_ASSERT(sync_new(&node->sync, &sync) == MM_OK);
}

void sim_node_boot(struct sim_node *node)
{
    MM_ASSERT(!node->is_up);
    forget(node);
    new_net(node);
    node->is_up = true;
    sim_world_of(node)->boot(node);
    settle(node);
    if (node->is_up)
        sim_links_dial(node);
}

static void handle(struct sim_node *node, const struct sim_event *event)
{
    switch ((enum sim_event_kind)event->kind) {
    case SIM_TIMER:
        tick(node, event->at_us);
        return;
    case SIM_NET_TIMER:
        net_tick(node, event->at_us);
        return;
    case SIM_IMPORT:
        sim_sync_import(node);
        return;
    case SIM_DELIVER:
        deliver(node, event);
        return;
    case SIM_DIAL:
    case SIM_HANG_UP:
    case SIM_RESTART:
    case SIM_STRIKE:
    case SIM_CLIENT:
    case SIM_MISCHIEF:
        break;
    }
    MM_UNREACHABLE();
}

/* Both ends hear of a new link. */
static void handle_link(struct sim_node *node, const struct sim_event *event)
{
    if (event->kind == SIM_HANG_UP) {
        sim_links_hang_up(node, event->from, event->epoch);
    } else {
        sim_links_try(node, event->from);
        node->sim->nodes[event->from].is_net_moved = true;
        settle(&node->sim->nodes[event->from]);
    }
    settle(node);
}

void sim_node_handle(struct sim_node *node, struct sim_event *event)
{
    if (event->kind == SIM_DIAL)
        node->dials[event->from] = false;
    if (!node->is_up)
        return;
    if (event->kind == SIM_DIAL || event->kind == SIM_HANG_UP) {
        node->is_net_moved = true;
        handle_link(node, event);
        return;
    }
    if (event->kind != SIM_DELIVER && event->epoch != node->epoch)
        return;
    handle(node, event);
    settle(node);
}
