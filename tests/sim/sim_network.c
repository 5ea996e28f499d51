/* Links: each loses, doubles, delays, reorders, clogs and is cut on its own, in each direction. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

enum { DELAY_LEAST_US = 50 };

/* Mean times -ln(u) of a uniform u, with the logarithm's fraction taken as a straight line: whole numbers alone, so that it is the
 * same everywhere. */
uint64_t sim_draw_exponential(struct sim *sim, uint64_t mean)
{
    const uint64_t u = test_random_u64(&sim->random) | 1;
    const unsigned zeros = (unsigned)__builtin_clzll(u);
    const uint64_t fraction = zeros == 63 ? 0 : (u << (zeros + 1)) >> 48; /* of 2^16 */
    const uint64_t log2 = ((uint64_t)(zeros + 1) << 16) - fraction;       /* in 2^-16 */
    return mean * (log2 * 45426 >> 16) >> 16;                             /* ln 2 = 45426 / 2^16 */
}

static void post(struct sim *sim, size_t from, size_t to, struct sim_letter *letter)
{
    struct sim_link *link = &sim->network.links[from][to];
    uint64_t at = sim->now_us;
    if (link->clogged_until_us > at)
        at = link->clogged_until_us;
    at += DELAY_LEAST_US + sim_draw_exponential(sim, sim->network.delay_us);
    if (sim->network.keeps_order && at < link->last_us)
        at = link->last_us;
    link->last_us = at;
    if (link->bytes + letter->len > SIM_LINK_BYTES) {
        sim_trace_letter(sim, TRACE_LOST, from, to, letter);
        return;
    }
    link->bytes += letter->len;
    const struct sim_event event = { .at_us = at,
                                     .kind = SIM_DELIVER,
                                     .node = to,
                                     .from = from,
                                     .epoch = sim->nodes[from].links[to],
                                     .letter = sim_letter_ref(letter) };
    sim_heap_push(&sim->heap, &event);
}

/* What tells of blocks that were decided. */
static bool tells_of_blocks(unsigned code)
{
    return code == FRAME_DECIDED || code == FRAME_STATUS || code == FRAME_HEADERS ||
           code == FRAME_BODIES;
}

static bool is_kept_from(const struct sim *sim, size_t to, unsigned code)
{
    const struct sim_network *network = &sim->network;
    if ((network->lost_to >> to & 1) == 0)
        return false;
    return tells_of_blocks(code)
               ? network->hidden_until_us > sim->now_us
               : code == network->lost_code && network->lost_until_us > sim->now_us;
}

void sim_network_send(struct sim *sim, size_t from, size_t to, struct sim_letter *letter)
{
    const struct sim_network *network = &sim->network;
    const struct sim_link *link = &network->links[from][to];
    if (from == to || sim->nodes[from].links[to] == 0)
        return;
    if (link->cut_until_us > sim->now_us || is_kept_from(sim, to, letter->code) ||
        sim_faults_strikes(sim, SIM_LOSS) ||
        (network->loses != NULL && network->loses(network->loses_ctx, from, to, letter))) {
        sim_trace_letter(sim, TRACE_LOST, from, to, letter);
        return;
    }
    sim_trace_letter(sim, TRACE_SEND, from, to, letter);
    post(sim, from, to, letter);
    if (sim_faults_strikes(sim, SIM_DUPLICATION))
        post(sim, from, to, letter);
}

void sim_network_arrived(struct sim *sim, const struct sim_event *event)
{
    struct sim_link *link = &sim->network.links[event->from][event->node];
    MM_ASSERT(link->bytes >= event->letter->len);
    link->bytes -= event->letter->len;
}

void sim_network_cut(struct sim *sim, uint32_t mask, bool both_ways, uint64_t until_us)
{
    for (size_t a = 0; a < sim->node_count; a++) {
        for (size_t b = 0; b < sim->node_count; b++) {
            if ((mask >> a & 1) == 0 || (mask >> b & 1) != 0)
                continue;
            sim->network.links[a][b].cut_until_us = until_us;
            if (both_ways)
                sim->network.links[b][a].cut_until_us = until_us;
        }
    }
}

bool sim_network_is_cut(const struct sim *sim, size_t a, size_t b)
{
    return sim->network.links[a][b].cut_until_us > sim->now_us ||
           sim->network.links[b][a].cut_until_us > sim->now_us;
}

void sim_network_heal(struct sim *sim)
{
    sim->network.lost_until_us = sim->network.hidden_until_us = 0;
    for (size_t a = 0; a < sim->node_count; a++) {
        for (size_t b = 0; b < sim->node_count; b++) {
            sim->network.links[a][b].cut_until_us = 0;
            sim->network.links[a][b].clogged_until_us = 0;
        }
    }
}
