/* What strikes, when, and how hard. Each class has a level that the seed draws, 0 more often than not; a table says what a level
 * means. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

/* Chances in a million by level: of a message, a write, a boot, or a draw (four a second) for one node or the whole network. */
static const uint32_t CHANCES[SIM_FAULT_COUNT][4] = {
    [SIM_LOSS] = { 0, 10000, 80000, 300000 },
    [SIM_DUPLICATION] = { 0, 30000, 150000, 500000 },
    [SIM_CLOG] = { 0, 10000, 50000, 200000 },
    [SIM_SPLIT] = { 0, 5000, 20000, 60000 },
    [SIM_ONE_WAY] = { 0, 5000, 20000, 60000 },
    [SIM_ISOLATION] = { 0, 5000, 20000, 60000 },
    [SIM_FLAP] = { 0, 50000, 200000, 600000 },
    [SIM_SELECTIVE] = { 0, 10000, 40000, 120000 },
    [SIM_CRASH] = { 0, 3000, 20000, 80000 },
    [SIM_CRASH_AT_WRITE] = { 0, 300, 2000, 10000 },
    [SIM_PAUSE] = { 0, 3000, 15000, 50000 },
    [SIM_POWER_CUT] = { 0, 3000, 12000, 40000 },
    [SIM_TORN] = { 0, 500, 3000, 10000 },
    [SIM_READ_ERROR] = { 0, 50000, 200000, 500000 },
    [SIM_CORRUPT_RECORD] = { 0, 100000, 300000, 800000 },
    [SIM_DISK_FULL] = { 0, 1000, 5000, 20000 },
    [SIM_DRIFT] = { 0, 3000, 10000, 30000 },
    [SIM_JUMP] = { 0, 3000, 15000, 50000 },
    [SIM_TWO_PROPOSALS] = { 0, 200000, 500000, 900000 },
    [SIM_TWO_VOTES] = { 0, 100000, 300000, 800000 },
    [SIM_WITHHELD] = { 0, 50000, 300000, 700000 },
    [SIM_SOME_ONLY] = { 0, 100000, 300000, 600000 },
    [SIM_FALSE_CLAIM] = { 0, 200000, 500000, 900000 },
    [SIM_FORGED_PROPOSAL] = { 0, 200000, 500000, 900000 },
    [SIM_INVALID_BLOCK] = { 0, 100000, 300000, 700000 },
    [SIM_WRONG_ROOT] = { 0, 100000, 300000, 700000 },
    [SIM_HUGE_ROUND] = { 0, 50000, 200000, 500000 },
    [SIM_REPLAY] = { 0, 200000, 500000, 900000 },
    [SIM_OTHER_GENESIS] = { 0, 100000, 300000, 700000 },
    [SIM_SILENCE] = { 0, 200000, 500000, 1000000 },
    [SIM_BAD_CERTIFICATE] = { 0, 200000, 500000, 900000 },
    [SIM_FALSE_STATUS] = { 0, 100000, 300000, 700000 },
    [SIM_SET_CHANGE] = { 0, 20000, 80000, 300000 },
};
enum { SECOND_US = 1000000, OUTAGE_US = 2 * SECOND_US };

unsigned sim_faults_level(const struct sim *sim, enum sim_fault fault)
{
    const struct sim_faults *faults = &sim->faults;
    if (faults->is_healed && !(sim_is_liars(fault) && faults->liars_stay))
        return 0;
    return faults->level[fault];
}

bool sim_faults_strikes(struct sim *sim, enum sim_fault fault)
{
    const unsigned level = sim_faults_level(sim, fault);
    if (level == 0 || !sim_chance(sim, CHANCES[fault][level]))
        return false;
    sim->faults.strikes[fault]++;
    return true;
}

/* ---- drawing a run ---- */

/* One hears that a block was decided and the others do not, while a liar proposes another: rare when each is drawn alone, and where
 * locks and their proofs are needed. */
static void draw_siege(struct sim *sim)
{
    static const enum sim_fault faults[] = { SIM_SELECTIVE, SIM_FORGED_PROPOSAL, SIM_FALSE_CLAIM,
                                             SIM_TWO_VOTES };
    if (sim_draw(sim, 3) != 0)
        return;
    for (size_t i = 0; i < MM_COUNT_OF(faults); i++)
        sim->faults.level[faults[i]] = 3;
    sim->faults.level[SIM_SILENCE] = 0;
}

static void draw_faulty(struct sim *sim)
{
    const size_t faulty_max = validators_faulty_max(sim->validators);
    if (faulty_max == 0)
        return;
    const size_t liars = sim_draw(sim, 10) < 6 ? 1 + (size_t)sim_draw(sim, faulty_max) : 0;
    const size_t first = (size_t)sim_draw(sim, sim->validators);
    for (size_t i = 0; i < faulty_max; i++) {
        struct sim_node *node = &sim->nodes[(first + i * 2 + i / 8) % sim->validators];
        if (node->is_faulty)
            continue;
        node->is_faulty = true;
        node->is_liar = i < liars;
        node->may_forget = !node->is_liar;
    }
    for (size_t fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        const bool is_for_some = liars > 0 ? sim_is_liars((enum sim_fault)fault) : false;
        if (is_for_some && sim_draw(sim, 100) < 55)
            sim->faults.level[fault] = (uint8_t)(1 + sim_draw(sim, 3));
    }
    if (liars > 0)
        draw_siege(sim);
    if (liars < faulty_max)
        sim->faults.level[SIM_CORRUPT_RECORD] = (uint8_t)(1 + sim_draw(sim, 3));
    sim->faults.liars_stay = sim_draw(sim, 2) == 0;
}

void sim_faults_draw(struct sim *sim)
{
    for (size_t fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        if (!sim_is_liars((enum sim_fault)fault) && fault != SIM_CORRUPT_RECORD &&
            sim_draw(sim, 100) < 35)
            sim->faults.level[fault] = (uint8_t)(1 + sim_draw(sim, 3));
    }
    draw_faulty(sim);
}

/* Two honest nodes with none but liars between them on one side of the ring. A node that hears liars alone hears nothing: that honest
 * ones find each other is assumed (docs/CONSENSUS.md). */
static bool are_honest_neighbours(const struct sim *sim, size_t a, size_t b)
{
    bool is_direct = true;
    bool is_around = true;
    if (sim->nodes[a].is_liar || sim->nodes[b].is_liar)
        return false;
    for (size_t i = 0; i < sim->node_count; i++) {
        const bool is_between = i > a && i < b;
        if (i == a || i == b || sim->nodes[i].is_liar)
            continue;
        is_direct = is_direct && !is_between;
        is_around = is_around && is_between;
    }
    return is_direct || is_around;
}

static void start_network(struct sim *sim)
{
    static const uint64_t delay_us[] = { 1000, 8000, 40000, 300000 };
    struct sim_network *network = &sim->network;
    network->delay_us = delay_us[sim_faults_level(sim, SIM_DELAY)];
    network->keeps_order = sim_faults_level(sim, SIM_REORDER) == 0;
    const unsigned sparse = sim_faults_level(sim, SIM_SPARSE);
    /* As many as a node wants, or about: the others hear of it all the same. */
    const uint64_t per_mille = sim->node_count <= GOSSIP_PEERS_WANTED + 1
                                   ? 1000
                                   : 1000 * GOSSIP_PEERS_WANTED / (sim->node_count - 1);
    for (size_t a = 0; a < sim->node_count; a++) {
        for (size_t b = a + 1; b < sim->node_count; b++) {
            const bool is_ring = b == a + 1 || (a == 0 && b + 1 == sim->node_count);
            const bool is_there =
                is_ring || (sim_draw(sim, 4) >= sparse && sim_draw(sim, 1000) < per_mille);
            network->links[a][b].is_there = network->links[b][a].is_there =
                is_there || are_honest_neighbours(sim, a, b);
        }
    }
}

static void start_clocks(struct sim *sim)
{
    static const int64_t skew_us[] = { 0, 100000, 700000, 2000000 };
    static const int64_t drift_ppm[] = { 0, 100, 5000, 50000 };
    const int64_t skew = skew_us[sim_faults_level(sim, SIM_SKEW)];
    const int64_t drift = drift_ppm[sim_faults_level(sim, SIM_DRIFT)];
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_clock *clock = &sim->nodes[i].clock;
        clock->skew_us = (int64_t)sim_draw(sim, (uint64_t)(2 * skew + 1)) - skew;
        clock->drift_ppm = (int64_t)sim_draw(sim, (uint64_t)(2 * drift + 1)) - drift;
    }
}

static void push(struct sim *sim, enum sim_event_kind kind, size_t node, uint64_t delay_us)
{
    const struct sim_event event = { .at_us = sim->now_us + delay_us, .kind = kind, .node = node };
    sim_heap_push(&sim->heap, &event);
}

void sim_faults_start(struct sim *sim)
{
    start_network(sim);
    start_clocks(sim);
    for (size_t fault = SIM_DELAY; fault <= SIM_SPARSE; fault++)
        sim->faults.strikes[fault] +=
            fault == SIM_DELAY || fault == SIM_REORDER || fault == SIM_SPARSE
                ? sim->faults.level[fault] > 0
                : 0;
    sim->faults.strikes[SIM_SKEW] += sim->faults.level[SIM_SKEW] > 0;
    push(sim, SIM_STRIKE, 0, SIM_FAULTS_MS * 1000);
    for (size_t i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].is_liar)
            push(sim, SIM_MISCHIEF, i, 1 + sim_draw(sim, SECOND_US));
    }
}

/* ---- processes ---- */

void sim_faults_down(struct sim_node *node)
{
    struct sim *sim = node->sim;
    sim_node_crash(node);
    if (node->may_forget && node->disk.record.is_there &&
        sim_faults_strikes(sim, SIM_CORRUPT_RECORD))
        node->disk.record.is_damaged = node->disk.synced_record.is_damaged = true;
    push(sim, SIM_RESTART, node->index, 1000 + sim_draw_exponential(sim, OUTAGE_US));
}

void sim_faults_restart(struct sim_node *node)
{
    if (node->is_up)
        return;
    if (sim_faults_strikes(node->sim, SIM_READ_ERROR)) {
        sim_trace(node->sim, TRACE_FAULT, node->index, SIM_READ_ERROR, 0);
        push(node->sim, SIM_RESTART, node->index, SECOND_US / 2);
        return;
    }
    sim_node_boot(node);
}

uint64_t sim_faults_late_us(struct sim *sim)
{
    static const uint64_t late_us[] = { 0, 3000, 30000, 300000 };
    const unsigned level = sim_faults_level(sim, SIM_LATE_TIMER);
    if (level == 0)
        return 0;
    sim->faults.strikes[SIM_LATE_TIMER]++;
    return sim_draw_exponential(sim, late_us[level]);
}

static bool ends(struct sim_node *node, enum sim_fault fault)
{
    if (!node->is_up)
        return true;
    if (!sim_faults_strikes(node->sim, fault))
        return false;
    sim_trace(node->sim, TRACE_FAULT, node->index, fault, 0);
    sim_faults_down(node);
    return true;
}

bool sim_faults_at_write(struct sim_node *node)
{
    return ends(node, SIM_CRASH_AT_WRITE);
}

bool sim_faults_tears(struct sim_node *node)
{
    return ends(node, SIM_TORN);
}

/* ---- draws of time ---- */

static void strike_links(struct sim *sim)
{
    const uint64_t until = sim->now_us + sim_draw_exponential(sim, OUTAGE_US);
    const uint32_t everyone = (UINT32_C(1) << sim->node_count) - 1;
    const size_t one = (size_t)sim_draw(sim, sim->node_count);
    const size_t other = (size_t)sim_draw(sim, sim->node_count);
    const uint32_t some = (uint32_t)test_random_u64(&sim->random) & everyone;
    if (sim_faults_strikes(sim, SIM_CLOG))
        sim->network.links[one][other].clogged_until_us = until;
    if (sim_faults_strikes(sim, SIM_SPLIT)) {
        sim_trace(sim, TRACE_FAULT, one, SIM_SPLIT, some);
        sim_network_cut(sim, some, true, until);
    }
    if (sim_faults_strikes(sim, SIM_ONE_WAY)) {
        sim_trace(sim, TRACE_FAULT, one, SIM_ONE_WAY, some);
        sim_network_cut(sim, some, false, until);
    }
    if (sim_faults_strikes(sim, SIM_ISOLATION)) {
        sim_trace(sim, TRACE_FAULT, one, SIM_ISOLATION, 0);
        sim_network_cut(sim, UINT32_C(1) << one, sim_draw(sim, 2) == 0, until);
    }
    if (sim_faults_strikes(sim, SIM_FLAP))
        sim->network.links[one][other].cut_until_us =
            sim->now_us + sim_draw_exponential(sim, SECOND_US / 4);
}

/* What an adversary who owns the network would do: one hears the COMMITs, and the others do not hear of it. */
static void strike_selectively(struct sim *sim)
{
    struct sim_network *network = &sim->network;
    if (network->hidden_until_us > sim->now_us || !sim_faults_strikes(sim, SIM_SELECTIVE))
        return;
    const uint32_t everyone = (UINT32_C(1) << sim->node_count) - 1;
    network->lost_code =
        sim_draw(sim, 2) == 0 ? QBFT_COMMIT : QBFT_PROPOSAL + (unsigned)sim_draw(sim, 4);
    network->lost_to = everyone & ~(UINT32_C(1) << sim_draw(sim, sim->node_count));
    network->lost_until_us = sim->now_us + sim_draw_exponential(sim, OUTAGE_US);
    network->hidden_until_us = network->lost_until_us + sim_draw_exponential(sim, 2 * OUTAGE_US);
    sim_trace(sim, TRACE_FAULT, 0, SIM_SELECTIVE, network->lost_to);
}

static void strike_clock(struct sim_node *node)
{
    struct sim *sim = node->sim;
    struct sim_clock *clock = &node->clock;
    const unsigned drift = sim_faults_level(sim, SIM_DRIFT);
    if (drift > 0 && sim_faults_strikes(sim, SIM_DRIFT))
        sim_clock_set(clock, sim->now_us, -clock->drift_ppm, 0);
    if (!sim_faults_strikes(sim, SIM_JUMP))
        return;
    sim_trace(sim, TRACE_FAULT, node->index, SIM_JUMP, 0);
    clock->skew_us = (int64_t)sim_draw(sim, 8 * SECOND_US) - 4 * SECOND_US;
    if (sim_draw(sim, 2) == 0)
        sim_clock_set(clock, sim->now_us, clock->drift_ppm, sim_draw(sim, 3 * SECOND_US));
}

static void strike_node(struct sim_node *node)
{
    struct sim *sim = node->sim;
    strike_clock(node);
    if (node->disk.is_full)
        node->disk.is_full = sim_draw(sim, 8) != 0;
    if (sim_faults_strikes(sim, SIM_DISK_FULL))
        node->disk.is_full = true;
    if (!node->is_up)
        return;
    if (sim_faults_strikes(sim, SIM_PAUSE)) {
        sim_trace(sim, TRACE_FAULT, node->index, SIM_PAUSE, 0);
        node->paused_until_us = sim->now_us + sim_draw_exponential(sim, OUTAGE_US);
    }
    if (sim_faults_strikes(sim, SIM_CRASH))
        sim_faults_down(node);
}

void sim_faults_tick(struct sim *sim)
{
    if (sim->faults.is_healed || sim->options.is_calm)
        return;
    strike_links(sim);
    strike_selectively(sim);
    for (size_t i = 0; i < sim->node_count; i++)
        strike_node(&sim->nodes[i]);
    if (sim_faults_strikes(sim, SIM_POWER_CUT)) {
        for (size_t i = 0; i < sim->node_count; i++) {
            if (sim->nodes[i].is_up)
                sim_faults_down(&sim->nodes[i]);
        }
    }
    sim_clients_change_set(sim);
    push(sim, SIM_STRIKE, 0, SIM_FAULTS_MS * 1000);
}

void sim_faults_heal(struct sim *sim)
{
    sim_trace(sim, TRACE_HEAL, 0, 0, 0);
    sim->faults.is_healed = true;
    sim_network_heal(sim);
    sim->network.delay_us = sim->network.delay_us > 10000 ? 10000 : sim->network.delay_us;
    for (size_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        node->paused_until_us = 0;
        node->disk.is_full = false;
        if (!node->is_up)
            sim_node_boot(node);
    }
}
