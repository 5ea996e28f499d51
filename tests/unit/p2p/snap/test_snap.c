/* Peers of every kind, and what comes of it. */
#include <criterion/criterion.h>

#include "tests/unit/p2p/snap/world.h"

enum { LONG_MS = 200 * 1000 };

static struct world w;

/* A chain whose collection needs several ranges, at least 64 blocks long. */
static void begin(void)
{
    world_init(&w, 0);
    world_blocks(&w, 8, 250);
    world_blocks(&w, 70, 2);
    world_start(&w);
}

Test(snap, one_honest_peer_is_enough)
{
    begin();
    const size_t peer = world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    const struct snap_status status = world_status(&w);
    cr_assert_eq(status.height, 78 - SNAP_DEPTH);
    cr_assert_eq(status.permille, 1000);
    cr_assert_gt(status.slots, 4000, "only %llu slots", (unsigned long long)status.slots);
    cr_assert_gt(w.peers[peer].served, 16 + 3, "a large storage is split");
    cr_assert_eq(w.peers[peer].slow, 0);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, several_peers_share_the_work)
{
    size_t peers[4];
    begin();
    for (size_t i = 0; i < 4; i++)
        peers[i] = world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    for (size_t i = 0; i < 4; i++)
        cr_assert_gt(w.peers[peers[i]].served, 3);
    world_finish(&w);
    world_fini(&w);
}

struct lie {
    enum manner manner;
    enum snap_verdict verdict;
};

Test(snap, each_liar_is_found_and_nothing_of_it_is_used)
{
    // clang-format off
    static const struct lie lies[] = {
        { LEAVES_OUT,    SNAP_RANGE },
        { CHANGES_VALUE, SNAP_RANGE },
        { CUTS_SHORT,    SNAP_RANGE },
        { SAYS_EMPTY,    SNAP_RANGE },
        { NO_NODES,      SNAP_RANGE },
        { WRONG_CODE,    SNAP_CODE },
        { NO_CODE,       SNAP_CODE },
        { GARBAGE,       SNAP_FRAME },
        { TWICE,         SNAP_UNASKED },
        { BAD_SEALS,     SNAP_CERTIFICATE },
        { OTHER_LINK,    SNAP_LINK },
    };
    // clang-format on
    for (size_t i = 0; i < MM_COUNT_OF(lies); i++) {
        begin();
        const size_t liar = world_peer(&w, lies[i].manner);
        const size_t honest = world_peer(&w, HONEST);
        cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE, "lie %zu", i);
        cr_assert(w.peers[liar].is_banned, "lie %zu", i);
        cr_assert_eq(w.peers[liar].verdict, lies[i].verdict, "lie %zu: %s", i,
                     snap_verdict_text(w.peers[liar].verdict));
        cr_assert_not(w.peers[honest].is_banned);
        cr_assert_eq(w.dropped, 0);
        world_finish(&w);
        world_fini(&w);
    }
}

Test(snap, silent_and_slow_peers_cost_time_and_nothing_else)
{
    begin();
    const size_t silent = world_peer(&w, SILENT);
    const size_t slow = world_peer(&w, SLOW);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_gt(w.peers[silent].slow, 0);
    cr_assert_gt(w.peers[slow].slow, 0);
    cr_assert_not(w.peers[silent].is_banned);
    cr_assert_not(w.peers[slow].is_banned, "a late answer is no lie: %s",
                  snap_verdict_text(w.peers[slow].verdict));
    world_finish(&w);
    world_fini(&w);
}

Test(snap, slow_peers_alone_do_not_help)
{
    begin();
    (void)world_peer(&w, SLOW);
    cr_assert_eq(world_run(&w, 30 * 1000), SNAP_HEADERS);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_boaster_is_not_believed_for_long)
{
    begin();
    const size_t boaster = world_peer(&w, BOASTS);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_gt(w.peers[boaster].slow, 0);
    world_finish(&w);
    world_fini(&w);
}

/* All that it has are true headers: up to the head, where a new node must not begin. */
Test(snap, a_boaster_with_true_headers_does_not_bring_the_beginning_to_the_head)
{
    begin();
    const size_t boaster = world_peer(&w, BOASTS_LATER);
    cr_assert_eq(world_run(&w, 5000), SNAP_HEADERS, "nobody is believed");
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_not(w.peers[boaster].is_banned);
    cr_assert_eq(world_status(&w).height, 78 - SNAP_DEPTH);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_boaster_that_says_nothing_keeps_the_beginning_away_for_seconds)
{
    begin();
    const size_t boaster = world_peer(&w, BOASTS_SILENTLY);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, 3 * SNAP_REQUEST_MS), SNAP_DONE);
    cr_assert_not(w.peers[boaster].is_banned);
    cr_assert_eq(world_status(&w).height, 78 - SNAP_DEPTH);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_boaster_alone_does_not_make_a_chain_short)
{
    begin();
    (void)world_peer(&w, BOASTS);
    cr_assert_eq(world_run(&w, 20 * 1000), SNAP_HEADERS);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_short_chain_is_left_to_block_sync)
{
    world_init(&w, 0);
    world_blocks(&w, 20, 1);
    world_start(&w);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_SHORT);
    cr_assert_leq(w.now_ms, 1000 + SNAP_SETTLE_MS + 100);
    world_fini(&w);
}

Test(snap, nobody_there_is_waited_for)
{
    begin();
    cr_assert_eq(snap_tick(w.snap, w.now_ms), UINT64_MAX);
    cr_assert_eq(world_status(&w).phase, SNAP_HEADERS);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, who_leaves_in_the_middle_is_replaced)
{
    begin();
    const size_t first = world_peer(&w, HONEST);
    while (w.peers[first].served < 5)
        (void)world_run(&w, 5);
    w.peers[first].is_up = false;
    snap_peer_down(w.snap, first, w.now_ms);
    cr_assert_eq(world_run(&w, 5000), SNAP_STATE);
    (void)world_peer(&w, HONEST);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_eq(w.dropped, 0, "what came is kept");
    world_finish(&w);
    world_fini(&w);
}

static void blocks_come(struct world *world)
{
    world_blocks(world, 3, 1);
}

/* Honest peers hold the view that they served first: the window of 64 blocks passes it by. */
Test(snap, a_block_that_is_being_served_is_held)
{
    begin();
    const size_t slow = world_peer(&w, HONEST);
    w.each_second = blocks_come;
    while (w.peers[slow].served < 5)
        (void)world_run(&w, 5);
    for (int i = 0; i < 30; i++) {
        world_blocks(&w, 4, 1);
        if (i % 10 == 0)
            dev_chain_flush(&w.dev);
    }
    cr_assert_eq(serve_view_count(w.peers[slow].serve), 1);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_eq(w.dropped, 0);
    cr_assert_lt(world_status(&w).height + 64, ledger_stored(chain_ledger(w.dev.chain)));
    world_finish(&w);
    serve_tick(w.peers[slow].serve, w.now_ms + SERVE_IDLE_MS);
    cr_assert_eq(serve_view_count(w.peers[slow].serve), 0);
    world_fini(&w);
}

Test(snap, a_block_that_nobody_can_serve_is_given_up_for_a_later_one)
{
    begin();
    (void)world_peer(&w, PRUNES);
    (void)world_peer(&w, PRUNES);
    while (w.peers[1].served < 5)
        (void)world_run(&w, 5);
    const uint64_t before = world_status(&w).height;
    world_blocks(&w, 12, 1);
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_geq(w.dropped, 1);
    cr_assert_gt(world_status(&w).height, before);
    cr_assert_gt(world_status(&w).begun, 1);
    world_finish(&w);
    world_fini(&w);
}

static void honest_peer_comes(struct world *world)
{
    if (world->peer_count == 1 && world->dropped > 0)
        world_peer(world, HONEST);
}

/* At the head a new node would have no body of any block until another one comes. */
Test(snap, who_denies_the_state_does_not_bring_the_beginning_to_the_head)
{
    begin();
    const size_t liar = world_peer(&w, NO_STATE);
    w.each_second = honest_peer_comes;
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_not(w.peers[liar].is_banned);
    cr_assert_leq(world_status(&w).height, 78 - SNAP_DEPTH / 4);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_peer_with_the_newest_state_alone_is_enough)
{
    begin();
    world_peer(&w, HEAD_ONLY);
    cr_assert_eq(world_run(&w, 20000), SNAP_DONE);
    cr_assert_eq(world_status(&w).height, 78);
    world_finish(&w);
    world_fini(&w);
}

Test(snap, a_disk_that_fails_is_the_end)
{
    begin();
    (void)world_peer(&w, HONEST);
    w.disk_fails = true;
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_FAILED);
    world_fini(&w);
}

/* ---- validators that change ---- */

static void begin_with_votes(void)
{
    world_init(&w, 4);
    world_blocks(&w, 10, 1);
    for (size_t i = 0; i < 3; i++)
        dev_chain_vote(&w.dev, i, &w.dev.addrs[DEV_PEOPLE + 5], true);
    world_block(&w);
    world_blocks(&w, 30, 1);
    for (size_t i = 0; i < 4; i++)
        dev_chain_vote(&w.dev, i, &w.dev.addrs[DEV_PEOPLE + 1], false);
    world_block(&w);
    world_blocks(&w, 40, 1);
    world_start(&w);
}

Test(snap, sets_that_change_are_fetched_and_held_against_the_headers)
{
    static const enum manner manners[] = { HONEST, OTHER_VALIDATORS, NO_VALIDATORS };
    for (size_t i = 0; i < MM_COUNT_OF(manners); i++) {
        begin_with_votes();
        const size_t other =
            world_peer(&w, manners[i]); /* asked for headers, later for the second set */
        (void)world_peer(&w, HONEST);
        (void)world_peer(&w, HONEST);
        cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
        cr_assert_eq(w.peers[other].is_banned, manners[i] == OTHER_VALIDATORS);
        if (manners[i] == OTHER_VALIDATORS)
            cr_assert_eq(w.peers[other].verdict, SNAP_VALIDATORS);
        world_finish(&w);
        struct ledger_view *view = ledger_acquire(chain_ledger(w.late.chain));
        struct validator_set set;
        cr_assert_eq(chain_validators_at(view, &set, 10), MM_OK);
        cr_assert_eq(set.count, 4);
        cr_assert_eq(chain_validators_at(view, &set, 30), MM_OK);
        cr_assert_eq(set.count, 5);
        cr_assert_eq(chain_validators_at(view, &set, 45), MM_OK);
        cr_assert_eq(set.count, 4);
        ledger_release(view);
        world_fini(&w);
    }
}

/* The change is among the headers behind P, which these peers serve 16 blocks deep: it is the host's only where P passes it. */
Test(snap, a_set_that_changes_near_the_head_comes_with_its_header)
{
    static const enum manner manners[] = { HONEST, HEAD_ONLY };
    for (size_t i = 0; i < MM_COUNT_OF(manners); i++) {
        world_init(&w, 4);
        world_blocks(&w, 68, 1);
        for (size_t j = 0; j < 3; j++)
            dev_chain_vote(&w.dev, j, &w.dev.addrs[DEV_PEOPLE + 5], true);
        world_block(&w);
        world_blocks(&w, 9, 1);
        world_start(&w);
        (void)world_peer(&w, manners[i]);
        cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
        cr_assert_eq(world_status(&w).height, manners[i] == HONEST ? 78 - SNAP_DEPTH / 2 : 78);
        world_finish(&w);
        struct ledger_view *view = ledger_acquire(chain_ledger(w.late.chain));
        struct validator_set set;
        cr_assert_eq(chain_validators_at(view, &set, world_status(&w).height), MM_OK);
        cr_assert_eq(set.count, manners[i] == HONEST ? 4 : 5);
        ledger_release(view);
        world_fini(&w);
    }
}

#ifdef MINTMARK_CHECKED
/* Memory fails at each place in turn: answers are looked at again, and nobody is blamed. */
Test(snap, without_memory_it_tries_again_and_bans_nobody)
{
    begin();
    const size_t peers[] = { world_peer(&w, HONEST), world_peer(&w, HONEST) };
    w.memory_fails = 12;
    cr_assert_eq(world_run(&w, LONG_MS), SNAP_DONE);
    cr_assert_eq(w.memory_fails, 0);
    for (size_t i = 0; i < MM_COUNT_OF(peers); i++) {
        cr_assert_not(w.peers[peers[i]].is_banned, "%s",
                      snap_verdict_text(w.peers[peers[i]].verdict));
    }
    world_finish(&w);
    world_fini(&w);
}
#endif
