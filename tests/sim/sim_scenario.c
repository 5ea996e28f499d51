/* Verbs of hand-written scenarios. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

void sim_run_ms(struct sim *sim, uint64_t ms)
{
    const uint64_t end_us = sim->now_us + ms * 1000;
    while (sim_step(sim, end_us))
        ;
    sim->now_us = end_us;
}

bool sim_run_to(struct sim *sim, size_t node, uint64_t height, uint64_t ms_max)
{
    const uint64_t end_us = sim->now_us + ms_max * 1000;
    while (sim->nodes[node].state.height < height) {
        if (!sim_step(sim, end_us))
            return false;
    }
    return true;
}

void sim_stop(struct sim *sim, size_t node)
{
    if (sim->nodes[node].is_up)
        sim_node_crash(&sim->nodes[node]);
}

void sim_start(struct sim *sim, size_t node)
{
    if (!sim->nodes[node].is_up)
        sim_node_boot(&sim->nodes[node]);
}

void sim_stop_when(struct sim *sim, size_t node, unsigned code)
{
    sim->nodes[node].stop_code = code;
}

void sim_part(struct sim *sim, uint32_t mask)
{
    sim_network_cut(sim, mask, true, SIM_NEVER);
}

void sim_heal(struct sim *sim)
{
    sim_network_heal(sim);
}

void sim_lose(struct sim *sim,
              bool (*loses)(void *ctx, size_t from, size_t to, const struct sim_letter *letter),
              void *ctx)
{
    sim->network.loses = loses;
    sim->network.loses_ctx = ctx;
}

void sim_say(struct sim *sim, size_t from, const struct qbft_message *message)
{
    struct sim_letter *letter = sim_letter_of(message);
    for (size_t i = 0; i < sim->node_count; i++) {
        if (i != from)
            sim_node_hear(&sim->nodes[i], letter);
    }
    sim_letter_unref(letter);
}

void sim_corrupt(struct sim *sim, size_t node, const enum sim_fault *faults, size_t count)
{
    sim->nodes[node].is_faulty = sim->nodes[node].is_liar = true;
    for (size_t i = 0; i < count; i++)
        sim->faults.level[faults[i]] = 3;
    sim_byzantine_act(&sim->nodes[node]);
}

void sim_vote(struct sim *sim, size_t candidate)
{
    sim_clients_vote(sim, candidate);
}

uint64_t sim_head(const struct sim *sim, size_t node)
{
    return sim->nodes[node].state.height;
}

mm_hash32 sim_hash_at(const struct sim *sim, size_t node, uint64_t height)
{
    MM_ASSERT(height > 0 && height <= sim->nodes[node].disk.count);
    return sim->nodes[node].disk.chain[height - 1].block->hash;
}

uint64_t sim_round_at(const struct sim *sim, size_t node, uint64_t height)
{
    MM_ASSERT(height > 0 && height <= sim->nodes[node].disk.count);
    return sim->nodes[node].disk.chain[height - 1].certificate.round;
}

size_t sim_set_size(const struct sim *sim, size_t node)
{
    return sim->nodes[node].state.set.count;
}

struct qbft_status sim_status(const struct sim *sim, size_t node)
{
    struct qbft_status status = { .height = 0 };
    if (sim->nodes[node].is_up)
        sim->world->read_status(&sim->nodes[node], &status);
    return status;
}

uint64_t sim_evidence(const struct sim *sim, size_t node)
{
    return sim->nodes[node].evidence;
}

const char *sim_problem(const struct sim *sim)
{
    const struct sim_checker *checker = &sim->checker;
    return checker->is_violated || checker->is_stalled ? checker->problem : NULL;
}
