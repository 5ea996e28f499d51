/* Who is linked with whom, as p2p/link would have it. A link has a number, by which both ends know each other and which is never
 * given twice; frames on their way belong to it, and go with it. It comes up when both are there and nothing is cut, and it ends when
 * a process does or when gossip or sync of one end wants it to. A cut does not end it: what is said meanwhile is lost.
 *
 * An honest node never bans an honest one: that is checked. A liar that is banned comes back a second later, under another node
 * key. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

enum { AGAIN_US = 1000000 };

static void push(struct sim_node *node, enum sim_event_kind kind, size_t peer, uint32_t number,
                 uint64_t delay_us)
{
    const struct sim_event event = { .at_us = node->sim->now_us + delay_us,
                                     .kind = kind,
                                     .node = node->index,
                                     .from = peer,
                                     .epoch = number };
    sim_heap_push(&node->sim->heap, &event);
}

/* One try at a time. */
static void dial(struct sim_node *node, size_t peer, uint64_t delay_us)
{
    if (node->dials[peer])
        return;
    node->dials[peer] = true;
    push(node, SIM_DIAL, peer, 0, delay_us);
}

static bool may_link(const struct sim *sim, size_t a, size_t b)
{
    return a != b && sim->network.links[a][b].is_there;
}

void sim_links_dial(struct sim_node *node)
{
    for (size_t i = 0; i < node->sim->node_count; i++) {
        if (may_link(node->sim, node->index, i))
            dial(node, i, 1 + sim_draw_exponential(node->sim, node->sim->network.delay_us));
    }
}

size_t sim_links_peer(const struct sim_node *node, uint64_t number)
{
    for (size_t i = 0; i < node->sim->node_count; i++) {
        if (node->links[i] != 0 && node->links[i] == number)
            return i;
    }
    return SIM_NODES_MAX;
}

/* ---- coming up ---- */

static void drop(struct sim_node *node, size_t peer)
{
    const uint64_t number = node->links[peer];
    if (number == 0)
        return;
    node->links[peer] = 0;
    gossip_peer_down(node->gossip, number, sim_node_now_ms(node));
    sync_peer_down(node->sync, number, sim_node_now_ms(node));
}

static void come_up(struct sim_node *node, size_t peer, uint32_t number, bool is_inbound)
{
    struct gossip_address address = { .port = 0 };
    address.node.b[0] = (uint8_t)(peer * 11);
    address.node.b[1] = (uint8_t)peer;
    if (node->sim->nodes[peer].is_liar)
        mm_put_be64(address.node.b + 8, number);
    sync_peer_up(node->sync, number, sim_node_now_ms(node));
    gossip_peer_up(node->gossip, number, &address, is_inbound, sim_node_now_ms(node));
}

/* The other end has forgotten it, or never knew. */
static bool is_linked(const struct sim_node *a, const struct sim_node *b)
{
    return a->links[b->index] != 0 && a->links[b->index] == b->links[a->index];
}

void sim_links_try(struct sim_node *node, size_t peer)
{
    struct sim *sim = node->sim;
    struct sim_node *other = &sim->nodes[peer];
    if (!node->is_up || !other->is_up || is_linked(node, other))
        return; /* who is down dials when it is back */
    if (other->paused_until_us > sim->now_us || sim_network_is_cut(sim, node->index, peer)) {
        dial(node, peer, SIM_DIAL_MS * 1000);
        return;
    }
    drop(node, peer);
    drop(other, node->index);
    const uint32_t number = ++sim->network.links_made;
    node->links[peer] = other->links[node->index] = number;
    sim_trace(sim, TRACE_LINK, node->index, peer, number);
    come_up(node, peer, number, false);
    come_up(other, node->index, number, true);
}

/* ---- going down ---- */

void sim_links_hang_up(struct sim_node *node, size_t peer, uint32_t number)
{
    struct sim *sim = node->sim;
    if (!node->is_up || node->links[peer] != number)
        return;
    if (sim_network_is_cut(sim, peer, node->index))
        push(node, SIM_HANG_UP, peer, number, SIM_DIAL_MS * 1000);
    else
        drop(node, peer);
}

static void tell_other(struct sim_node *node, size_t peer, uint32_t number)
{
    push(&node->sim->nodes[peer], SIM_HANG_UP, node->index, number,
         1 + sim_draw_exponential(node->sim, node->sim->network.delay_us));
}

void sim_links_lost(struct sim_node *node)
{
    for (size_t i = 0; i < node->sim->node_count; i++) {
        if (node->links[i] != 0)
            tell_other(node, i, node->links[i]);
        node->links[i] = 0;
    }
}

void sim_links_end(struct sim_node *node, uint64_t number)
{
    const size_t peer = sim_links_peer(node, number);
    if (peer == SIM_NODES_MAX)
        return;
    node->links[peer] = 0;
    tell_other(node, peer, (uint32_t)number);
    dial(node, peer, AGAIN_US);
}
