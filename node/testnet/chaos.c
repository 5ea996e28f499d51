#include "node/testnet/chaos.h"

#include "node/testnet/netns.h"

/* splitmix64 */
uint64_t chaos_draw(struct chaos *chaos, uint64_t below)
{
    uint64_t z = chaos->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static uint64_t draw_between(struct chaos *chaos, uint64_t low, uint64_t high)
{
    return low + chaos_draw(chaos, high - low + 1);
}

struct chaos chaos_init(uint64_t seed, uint64_t now_ms)
{
    return (
        struct chaos){ .state = seed, .phase = CHAOS_CALM, .phase_end_ms = now_ms + CHAOS_CALM_MS };
}

/* ---- faults ---- */

enum fault { FAULT_KILL, FAULT_PAUSE, FAULT_CUT };

static void hurt(struct chaos *chaos, struct testnet *testnet, struct testnet_node *node,
                 enum fault fault, uint64_t now_ms)
{
    if (node->state != TESTNET_UP || chaos->until_ms[node->index] != 0)
        return;
    switch (fault) {
    case FAULT_KILL:
        testnet_kill(node);
        chaos->counts.kills++;
        break;
    case FAULT_PAUSE:
        testnet_pause(node);
        chaos->counts.pauses++;
        break;
    case FAULT_CUT:
        if (!testnet->has_netns)
            return;
        netns_cut(node, true);
        chaos->is_cut[node->index] = true;
        chaos->counts.cuts++;
        break;
    }
    chaos->until_ms[node->index] = now_ms + draw_between(chaos, 1000, 8000);
}

/* Half of the nodes, cut off together. */
static void split(struct chaos *chaos, struct testnet *testnet, uint64_t now_ms)
{
    const size_t first = chaos_draw(chaos, testnet->count);
    for (size_t i = 0; i < testnet->count / 2; i++)
        hurt(chaos, testnet, &testnet->nodes[(first + i) % testnet->count], FAULT_CUT, now_ms);
}

static void hurt_some(struct chaos *chaos, struct testnet *testnet, uint64_t now_ms)
{
    const bool is_blackout = chaos_draw(chaos, 20) == 0;
    chaos->next_ms = now_ms + draw_between(chaos, 2000, 5000);
    if (is_blackout) {
        chaos->counts.blackouts++;
        for (size_t i = 0; i < testnet->count; i++)
            hurt(chaos, testnet, &testnet->nodes[i], FAULT_KILL, now_ms);
    } else if (testnet->has_netns && chaos_draw(chaos, 5) == 0) {
        split(chaos, testnet, now_ms);
    } else {
        struct testnet_node *node = &testnet->nodes[chaos_draw(chaos, testnet->count)];
        hurt(chaos, testnet, node, (enum fault)chaos_draw(chaos, testnet->has_netns ? 3 : 2),
             now_ms);
    }
}

static mm_err mend(struct chaos *chaos, struct testnet *testnet, struct testnet_node *node,
                   struct mm_reason *reason)
{
    chaos->until_ms[node->index] = 0;
    if (chaos->is_cut[node->index])
        netns_cut(node, false);
    chaos->is_cut[node->index] = false;
    if (node->state == TESTNET_PAUSED)
        testnet_resume(node);
    return node->state == TESTNET_DOWN ? testnet_start(testnet, node, reason) : MM_OK;
}

static bool mend_due(struct chaos *chaos, struct testnet *testnet, uint64_t now_ms,
                     struct mm_reason *reason)
{
    for (size_t i = 0; i < testnet->count; i++) {
        if (chaos->until_ms[i] != 0 && now_ms >= chaos->until_ms[i] &&
            mend(chaos, testnet, &testnet->nodes[i], reason) != MM_OK)
            return false;
    }
    return true;
}

bool chaos_end(struct chaos *chaos, struct testnet *testnet, struct mm_reason *reason)
{
    return mend_due(chaos, testnet, UINT64_MAX, reason);
}

/* ---- phases ---- */

static bool begin_heal(struct chaos *chaos, struct testnet *testnet, uint64_t now_ms,
                       struct mm_reason *reason)
{
    uint64_t lowest;
    (void)testnet_heads(testnet, &lowest, &chaos->healed_head);
    if (chaos->healed_head < testnet->agreed)
        chaos->healed_head = testnet->agreed;
    chaos->phase = CHAOS_HEAL;
    chaos->healed_ms = now_ms;
    return chaos_end(chaos, testnet, reason);
}

static bool heal(struct chaos *chaos, struct testnet *testnet, struct load *load, uint64_t now_ms,
                 struct mm_reason *reason)
{
    uint64_t lowest, highest;
    const bool are_there = testnet_heads(testnet, &lowest, &highest) == testnet->count;
    const uint64_t took_ms = now_ms - chaos->healed_ms;
    if (!are_there || lowest < chaos->healed_head + 2) {
        if (took_ms <= CHAOS_PROGRESS_MS)
            return true;
        (void)mm_fail(reason, MM_ERR_CORRUPT, "no two blocks on all nodes %llu s after a heal",
                      (unsigned long long)(took_ms / 1000));
        return false;
    }
    chaos->counts.heals++;
    if (took_ms > chaos->counts.heal_ms_max)
        chaos->counts.heal_ms_max = took_ms;
    chaos->phase = CHAOS_CALM;
    chaos->phase_end_ms = now_ms + CHAOS_CALM_MS;
    return load_is_kept(load, testnet, false, reason);
}

bool chaos_step(struct chaos *chaos, struct testnet *testnet, struct load *load, uint64_t now_ms,
                struct mm_reason *reason)
{
    switch (chaos->phase) {
    case CHAOS_CALM:
        if (now_ms >= chaos->phase_end_ms) {
            chaos->phase = CHAOS_FAULTS;
            chaos->phase_end_ms = now_ms + draw_between(chaos, 20000, 40000);
            chaos->next_ms = now_ms;
        }
        return true;
    case CHAOS_FAULTS:
        if (now_ms >= chaos->phase_end_ms)
            return begin_heal(chaos, testnet, now_ms, reason);
        if (now_ms >= chaos->next_ms)
            hurt_some(chaos, testnet, now_ms);
        return mend_due(chaos, testnet, now_ms, reason);
    case CHAOS_HEAL:
        return heal(chaos, testnet, load, now_ms, reason);
    }
    return true;
}
