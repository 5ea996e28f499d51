/* Life of a simulation, its loop, and the two phases of a run. */
#include "tests/sim/sim.h"

#include <malloc.h>

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_internal.h"

enum {
    FAULT_MS_A_HEIGHT = 6000, /* so long may faults strike, a height of the run */
    CALM_DELAY_US = 1000,
};

/* ---- drawing ---- */

/* Weighted to small sets; of 100. */
static size_t draw_validators(struct sim *sim)
{
    static const uint8_t weights[MM_VALIDATORS_MAX + 1] = { 0, 6, 7, 9, 33, 6, 4, 12, 2,
                                                            1, 7, 1, 1, 1,  1, 1, 8 };
    uint64_t at = sim_draw(sim, 100);
    size_t count = 1;
    while (at >= weights[count])
        at -= weights[count++];
    return count;
}

static uint64_t one_of(struct sim *sim, const uint64_t *values, size_t count)
{
    return values[sim_draw(sim, count)];
}

static void draw_machine(struct sim *sim)
{
    static const uint64_t bases[] = { 1000, 1000, 1000, 500, 2000 };
    static const uint64_t caps[] = { 30000, 30000, 30000, 8000 };
    static const uint64_t periods[] = { 0, 0, 100, 1000 };
    static const uint64_t empties[] = { 0, 0, 0, 0, 1500 };
    static const uint64_t thinks[] = { 1000, 20000, 200000, 3000000 };
    sim->machine.base_timeout_ms = one_of(sim, bases, MM_COUNT_OF(bases));
    sim->machine.cap_timeout_ms = one_of(sim, caps, MM_COUNT_OF(caps));
    sim->machine.min_period_ms = one_of(sim, periods, MM_COUNT_OF(periods));
    sim->machine.empty_period_ms = one_of(sim, empties, MM_COUNT_OF(empties));
    sim->builds_always = sim->machine.empty_period_ms > 0 || sim_draw(sim, 4) == 0;
    sim->think_us = one_of(sim, thinks, MM_COUNT_OF(thinks));
    sim->client_count = 1 + (size_t)sim_draw(sim, SIM_CLIENTS);
}

static void be_calm(struct sim *sim)
{
    sim->network.delay_us = CALM_DELAY_US;
    sim->network.keeps_order = true;
    sim->client_count = SIM_CLIENTS;
    sim->think_us = 100000;
    for (size_t a = 0; a < sim->node_count; a++) {
        for (size_t b = 0; b < sim->node_count; b++)
            sim->network.links[a][b].is_there = true;
    }
}

struct sim *sim_new(const struct sim_options *options)
{
    struct sim *sim = mm_heap_zeroed(1, sizeof *sim);
    struct sim_state genesis;
    MM_ASSERT(sim != NULL);
    /* The tables of gossip are large and hardly used here: pages that are never touched are to cost nothing. */
    (void)mallopt(M_MMAP_THRESHOLD, 128 << 10);
    sim->options = *options;
    sim->world = options->world != NULL ? options->world : &SIM_STUB;
    sim->random.state = options->seed * UINT64_C(0xd1342543de82ef95) + 1;
    sim->candidate = SIM_NODES_MAX;
    const size_t drawn = draw_validators(sim);
    sim->validators = options->validators > 0 ? options->validators : drawn;
    if (sim->validators > sim->world->nodes_max)
        sim->validators = sim->world->nodes_max;
    sim->node_count =
        sim->validators + (options->is_calm ? 1 : 1 + (size_t)sim_draw(sim, SIM_OBSERVERS_MAX));
    if (options->nodes > 0)
        sim->node_count = options->nodes > sim->validators ? options->nodes : sim->validators;
    if (sim->node_count > sim->world->nodes_max)
        sim->node_count = sim->world->nodes_max;
    sim->world->begin(sim, &genesis);
    sim->machine = (struct qbft_options){ .crypto = sim->crypto,
                                          .domain = sim->domain,
                                          .base_timeout_ms = QBFT_BASE_TIMEOUT_MS,
                                          .cap_timeout_ms = QBFT_CAP_TIMEOUT_MS,
                                          .resend_ms = QBFT_RESEND_MS };
    sim_checker_init(&sim->checker, &genesis);
    for (size_t i = 0; i < sim->node_count; i++)
        sim_node_init(sim, i, &genesis);
    if (options->is_calm) {
        be_calm(sim);
    } else {
        draw_machine(sim);
        sim_faults_draw(sim);
        sim_faults_start(sim);
    }
    for (size_t i = 0; i < sim->node_count; i++)
        sim_node_boot(&sim->nodes[i]);
    sim_clients_start(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    sim_heap_fini(&sim->heap);
    for (size_t i = 0; i < SIM_ARCHIVE; i++)
        sim_letter_unref(sim->archive.letters[i]);
    for (size_t i = 0; i < SIM_LETTERS; i++)
        sim_letter_unref(sim->letters[i]);
    for (size_t i = 0; i < sim->node_count; i++)
        sim_node_fini(&sim->nodes[i]);
    sim_checker_fini(&sim->checker);
    sim->world->end(sim);
    mm_heap_free(sim);
}

/* ---- the loop ---- */

static void handle_node_event(struct sim *sim, struct sim_event *event)
{
    struct sim_node *node = &sim->nodes[event->node];
    if (node->paused_until_us > sim->now_us) {
        if (event->kind == SIM_TIMER && event->at_us == node->timer_us)
            node->timer_us = node->paused_until_us;
        if (event->kind == SIM_NET_TIMER && event->at_us == node->net_timer_us)
            node->net_timer_us = node->paused_until_us;
        event->at_us = node->paused_until_us; /* it comes when the process runs again */
        sim_heap_push(&sim->heap, event);
        return;
    }
    if (event->kind == SIM_DELIVER) {
        sim_network_arrived(sim, event);
        sim_trace_letter(sim, TRACE_GET, event->node, event->from, event->letter);
    }
    sim_node_handle(node, event);
    sim_letter_unref(event->letter);
}

bool sim_step(struct sim *sim, uint64_t until_us)
{
    struct sim_event event;
    if (!sim_heap_pop(&sim->heap, &event, until_us))
        return false;
    sim->now_us = event.at_us;
    switch ((enum sim_event_kind)event.kind) {
    case SIM_DELIVER:
    case SIM_TIMER:
    case SIM_NET_TIMER:
    case SIM_IMPORT:
    case SIM_DIAL:
    case SIM_HANG_UP:
        handle_node_event(sim, &event);
        return true;
    case SIM_RESTART:
        sim_faults_restart(&sim->nodes[event.node]);
        return true;
    case SIM_STRIKE:
        sim_faults_tick(sim);
        return true;
    case SIM_CLIENT:
        sim_client_act(sim, event.node);
        return true;
    case SIM_MISCHIEF:
        sim_byzantine_act(&sim->nodes[event.node]);
        return true;
    }
    MM_UNREACHABLE();
}

static bool is_over(const struct sim *sim)
{
    return sim->checker.is_violated || sim->checker.is_stalled || sim->checker.is_void;
}

/* ---- phases ---- */

static void hurt(struct sim *sim)
{
    const uint64_t target = sim->options.heights * 9 / 10;
    const uint64_t end_us = sim->options.heights * FAULT_MS_A_HEIGHT * 1000;
    while (!is_over(sim) && sim->checker.count < target && sim_step(sim, end_us))
        ;
    sim->hurt_heights = sim->checker.count;
}

/* Every honest node has come so far. */
static bool have_come_to(const struct sim *sim, uint64_t height)
{
    for (size_t i = 0; i < sim->node_count; i++) {
        if (!sim->nodes[i].is_liar && sim->nodes[i].state.height < height)
            return false;
    }
    return true;
}

static uint64_t bound_ms(const struct sim *sim)
{
    return SIM_GAIN_HEIGHTS * (sim->machine.cap_timeout_ms + 2000 + sim->think_us / 1000);
}

static void require_progress(struct sim *sim)
{
    const uint64_t goal = sim->checker.count + SIM_GAIN_HEIGHTS;
    const uint64_t end_us = sim->now_us + bound_ms(sim) * 1000;
    while (!is_over(sim) && !have_come_to(sim, goal)) {
        if (!sim_step(sim, end_us))
            sim_checker_stalled(
                sim, "liveness: not everyone gained 10 heights in %llu ms, from %llu",
                (unsigned long long)bound_ms(sim), (unsigned long long)(goal - SIM_GAIN_HEIGHTS));
    }
}

static const struct sim_client *find_waiting(const struct sim *sim, uint64_t since_us)
{
    for (size_t i = 0; i < sim->client_count; i++) {
        if (sim->clients[i].is_waiting && sim->clients[i].asked_us <= since_us)
            return &sim->clients[i];
    }
    return NULL;
}

/* What was asked for before all was healed is in the chain, or something else of its nonce. Clients ask again and again, and of honest
 * nodes too, so that it was taken by one. */
static void require_inclusion(struct sim *sim, uint64_t healed_us)
{
    const uint64_t end_us = sim->now_us + bound_ms(sim) * 1000;
    const struct sim_client *client = find_waiting(sim, healed_us);
    for (; !is_over(sim) && client != NULL; client = find_waiting(sim, healed_us)) {
        if (!sim_step(sim, end_us))
            sim_checker_stalled(sim, "inclusion: account %zu waits since height %llu",
                                (size_t)(client - sim->clients),
                                (unsigned long long)client->height);
    }
}

void sim_run_seed(const struct sim_options *options, struct sim_report *report)
{
    struct sim *sim = sim_new(options);
    hurt(sim);
    sim_faults_heal(sim);
    const uint64_t healed_us = sim->now_us;
    do {
        require_progress(sim);
    } while (!is_over(sim) && sim->checker.count < options->heights);
    require_inclusion(sim, healed_us);
    if (!is_over(sim))
        sim->world->finish(sim);
    if (is_over(sim))
        sim_trace_nodes(sim);
    sim_fill_report(sim, report);
    sim_free(sim);
}

void sim_fill_report(const struct sim *sim, struct sim_report *report)
{
    const struct sim_checker *checker = &sim->checker;
    *report = (struct sim_report){ .seed = sim->options.seed,
                                   .validators = sim->validators,
                                   .nodes = sim->node_count,
                                   .heights = checker->count,
                                   .hurt_heights = sim->hurt_heights,
                                   .rounds = checker->rounds,
                                   .time_us = sim->now_us,
                                   .trace_hash = sim->trace_hash,
                                   .set_changes = checker->set_changes,
                                   .is_void = checker->is_void,
                                   .is_violated = checker->is_violated,
                                   .is_stalled = checker->is_stalled };
    for (size_t i = 0; i < sim->node_count; i++)
        report->evidence += sim->nodes[i].evidence;
    memcpy(report->levels, sim->faults.level, sizeof report->levels);
    memcpy(report->strikes, sim->faults.strikes, sizeof report->strikes);
    memcpy(report->problem, checker->problem, sizeof report->problem);
}
