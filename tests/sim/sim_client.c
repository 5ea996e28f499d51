/* Clients, one transaction at a time each, and validators' votes about the set. A client asks a node, and when nothing comes of it
 * for a while another; now and then it says something else with the same nonce, which supersedes. */
#include "tests/sim/sim_internal.h"

enum { PATIENCE_US = 3000000 };

static void act_at(struct sim *sim, size_t client, uint64_t delay_us)
{
    const struct sim_event event = { .at_us = sim->now_us + delay_us + 1,
                                     .kind = SIM_CLIENT,
                                     .node = client };
    sim->clients[client].next_us = event.at_us;
    sim_heap_push(&sim->heap, &event);
}

void sim_clients_start(struct sim *sim)
{
    for (size_t i = 0; i < sim->client_count; i++)
        act_at(sim, i, sim_draw_exponential(sim, sim->think_us));
}

/* One that is up, if a few tries find one. */
static struct sim_node *some_node(struct sim *sim)
{
    for (size_t tries = 0; tries < 4; tries++) {
        struct sim_node *node = &sim->nodes[sim_draw(sim, sim->node_count)];
        if (node->is_up && node->paused_until_us <= sim->now_us)
            return node;
    }
    return NULL;
}

void sim_client_act(struct sim *sim, size_t index)
{
    struct sim_client *client = &sim->clients[index];
    if (client->next_us != sim->now_us)
        return; /* what it waited for has come meanwhile */
    struct sim_node *node = some_node(sim);
    if (!client->is_waiting || sim_draw(sim, 8) == 0)
        client->tx = sim_tx_make(index, client->nonce, (uint32_t)sim_draw(sim, 1 << 20));
    if (!client->is_waiting) {
        client->is_waiting = true;
        client->asked_us = sim->now_us;
        client->height = sim->checker.state.height;
    }
    if (node != NULL)
        sim_node_add_tx(node, client->tx);
    act_at(sim, index, PATIENCE_US);
}

void sim_clients_included(struct sim *sim)
{
    const struct sim_state *state = &sim->checker.state;
    for (size_t i = 0; i < sim->client_count; i++) {
        struct sim_client *client = &sim->clients[i];
        if (client->nonce == state->nonces[i])
            continue;
        client->nonce = state->nonces[i];
        client->is_waiting = false;
        act_at(sim, i, sim_draw_exponential(sim, sim->think_us));
    }
}

/* ---- the set ---- */

void sim_clients_vote(struct sim *sim, size_t candidate)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        const struct validator_set *set = &node->state.set;
        const size_t account = SIM_CLIENTS + i;
        const bool is_member = validators_has(set, &sim->nodes[candidate].addr);
        if (node->is_up && !node->is_liar && validators_has(set, &node->addr) &&
            !node->has_tx[account])
            sim_node_add_tx(node,
                            sim_tx_make(account, node->state.nonces[account],
                                        (uint32_t)candidate | (is_member ? 0 : SIM_VOTE_ADD)));
    }
}

/* At most f of the set may be faulty, before the change and after it, whatever it is. */
static bool is_allowed(const struct sim *sim, size_t candidate)
{
    const struct validator_set *set = &sim->checker.state.set;
    const struct sim_node *node = &sim->nodes[candidate];
    const bool is_member = validators_has(set, &node->addr);
    const size_t size = is_member ? set->count - 1 : set->count + 1;
    size_t faulty = !is_member && node->is_faulty;
    for (size_t i = 0; i < sim->node_count; i++)
        faulty +=
            i != candidate && sim->nodes[i].is_faulty && validators_has(set, &sim->nodes[i].addr);
    return size >= 1 && size <= MM_VALIDATORS_MAX && faulty <= validators_faulty_max(size);
}

/* One at a time, until it is done: votes stay open. */
void sim_clients_change_set(struct sim *sim)
{
    const struct sim_checker *checker = &sim->checker;
    if (sim->candidate < SIM_NODES_MAX && checker->set_changes == sim->changes_before) {
        sim_clients_vote(sim, sim->candidate);
        return;
    }
    sim->candidate = SIM_NODES_MAX;
    if (!sim_faults_strikes(sim, SIM_SET_CHANGE))
        return;
    const size_t candidate = (size_t)sim_draw(sim, sim->node_count);
    if (!is_allowed(sim, candidate))
        return;
    sim->candidate = candidate;
    sim->changes_before = checker->set_changes;
    sim_trace(sim, TRACE_FAULT, candidate, SIM_SET_CHANGE, 0);
    sim_clients_vote(sim, candidate);
}
