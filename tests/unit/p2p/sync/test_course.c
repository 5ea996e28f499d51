/* The ordinary course: a node that is late catches up, whoever of its peers can be relied upon. */
#include "court.h"

static const struct stub_chain_options SHORT = {
    .height = 1000, .validators = 4, .txs_of_block = 2, .tx_bytes = 100
};

static uint64_t run_until(struct mesh *mesh, uint64_t height, uint64_t limit_ms)
{
    const uint64_t start_ms = mesh->now_ms;
    while (mesh->nodes[0].head < height && mesh->now_ms - start_ms < limit_ms)
        mesh_run(mesh, 50);
    cr_assert_eq(mesh->nodes[0].head, height, "at %llu", (unsigned long long)mesh->nodes[0].head);
    return mesh->now_ms - start_ms;
}

Test(sync_course, a_late_node_catches_up_from_one_peer)
{
    struct mesh *mesh = court_peers(&SHORT, 1);
    (void)run_until(mesh, 1000, 20000);
    const struct mesh_node *node = &mesh->nodes[0];
    mesh_run(mesh, 2000);
    cr_assert_eq(node->imports, 1000);
    cr_assert_eq(node->byes, 0);
    cr_assert_eq(node->slow_calls, 0);
    cr_assert_eq(node->received[FRAME_HEADERS], 4, "256 at a time");
    cr_assert_eq(node->received[FRAME_BODIES], 16, "64 at a time");
    cr_assert_not(node->is_lagging);
    cr_assert_eq(node->lagging_calls, 2, "behind once, caught up once");
    cr_assert_eq(court_read(mesh).bodies_bytes, 0);
    court_free(mesh);
}

Test(sync_course, a_node_that_has_everything_asks_for_nothing)
{
    struct mesh *mesh = court_peers(&SHORT, 2);
    mesh_set_head(mesh, 0, 1000);
    mesh_run(mesh, 30000);
    cr_assert_eq(mesh->nodes[1].received[FRAME_GET_HEADERS], 0);
    cr_assert_eq(mesh->nodes[0].lagging_calls, 0);
    court_free(mesh);
}

Test(sync_course, bodies_come_from_all_peers)
{
    struct mesh *mesh = court_peers(&SHORT, 4);
    (void)run_until(mesh, 1000, 20000);
    for (size_t i = 1; i <= 4; i++)
        cr_assert_geq(mesh->nodes[i].received[FRAME_GET_BODIES], 2);
    court_free(mesh);
}

/* ---- three peers of which one lies and one is silent ---- */

/* Another transaction in each body. */
static bool bend_bodies(struct mesh_node *node, enum frame_kind kind, struct mm_buf *payload)
{
    (void)node;
    if (kind == FRAME_BODIES && payload->len > 60)
        payload->ptr[payload->len - 10] ^= 1;
    return true;
}

static bool say_nothing(struct mesh_node *node, enum frame_kind kind, struct mm_buf *payload)
{
    (void)node, (void)payload;
    return kind == FRAME_STATUS;
}

Test(sync_course, twenty_thousand_blocks_from_three_peers_of_which_one_lies_and_one_is_silent,
     .timeout = 100)
{
    const struct stub_chain_options options = {
        .height = 20000, .validators = 4, .txs_of_block = 1, .tx_bytes = 64
    };
    struct mesh *mesh = court_peers(&options, 3);
    mesh->nodes[1].bend = bend_bodies;
    mesh->nodes[2].bend = say_nothing;
    const uint64_t took_ms = run_until(mesh, 20000, 120000);
    const struct mesh_node *node = &mesh->nodes[0];
    cr_log_info("20000 blocks in %llu ms of the mesh's time\n", (unsigned long long)took_ms);
    cr_assert_eq(node->imports, 20000);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(node->byes, 1);
    cr_assert_eq(node->misbehaved, SYNC_BODY);
    cr_assert(mesh_is_linked(mesh, 0, 2));
    cr_assert_leq(mesh->nodes[2].received[FRAME_GET_HEADERS], 1, "asked last from then on");
    cr_assert_leq(mesh->nodes[2].received[FRAME_GET_BODIES], 2);
    cr_assert_leq(took_ms, 20000);
    court_free(mesh);
}

Test(sync_course, losses_delay_it_and_do_not_stop_it)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct mesh *mesh = court_peers(&SHORT, 3);
        mesh->random.state = seed;
        mesh->loss_percent = 20;
        (void)run_until(mesh, 1000, 300000);
        cr_assert_eq(mesh->nodes[0].byes, 0);
        court_free(mesh);
    }
}

/* What a link over TCP never does and a simulated one does. */
Test(sync_course, a_network_that_repeats_and_reorders_makes_liars_of_nobody)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct mesh *mesh = court_peers(&SHORT, 3);
        mesh->random.state = seed;
        mesh->loss_percent = 10;
        mesh->repeat_percent = 50;
        mesh->jitter_ms = 300;
        (void)run_until(mesh, 1000, 300000);
        cr_assert_eq(mesh->nodes[0].byes, 0);
        court_free(mesh);
    }
}

Test(sync_course, a_peer_that_goes_in_the_middle_is_replaced_at_once)
{
    struct mesh *mesh = court_peers(&SHORT, 2);
    mesh_run(mesh, 40);
    mesh_cut(mesh, 0, 1);
    (void)run_until(mesh, 1000, 4000);
    court_free(mesh);
}

Test(sync_course, what_a_peer_that_goes_was_asked_for_is_asked_of_another_in_the_same_moment)
{
    struct payload_get_headers get;
    struct payload_get_bodies bodies;
    struct mesh *mesh = court_new(&SHORT, 3);
    for (size_t i = 1; i <= 3; i++)
        court_status(mesh, i, 20, 0);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 0);
    cr_assert(court_asked_headers(mesh, 2, &get));
    court_headers(mesh, 2, get.id, mesh->chain, get.from, get.count);
    const size_t asked = court_asked_bodies(mesh, 3, &bodies) ? 3 : 2;
    mesh_cut(mesh, 0, asked);
    mesh_run(mesh, 0);
    cr_assert(court_asked_bodies(mesh, 5 - asked, &bodies));
    cr_assert_eq(bodies.hashes.count, 20);
    court_free(mesh);
}

Test(sync_course, goes_on_where_it_was_when_the_only_peer_comes_back)
{
    struct mesh *mesh = court_peers(&SHORT, 1);
    mesh_run(mesh, 60);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 5000);
    const uint64_t head = mesh->nodes[0].head;
    cr_assert(head > 0 && head < 1000, "at %llu", (unsigned long long)head);
    mesh_connect(mesh, 0, 1);
    (void)run_until(mesh, 1000, 10000);
    cr_assert_eq(mesh->nodes[0].imports, 1000, "no block twice");
    court_free(mesh);
}

Test(sync_course, the_only_peer_was_late_once_and_is_asked_all_the_same)
{
    struct mesh *mesh = court_peers(&SHORT, 1);
    mesh->nodes[1].bend = say_nothing;
    mesh_run(mesh, 7000);
    mesh->nodes[1].bend = NULL;
    (void)run_until(mesh, 1000, 20000);
    cr_assert_geq(mesh->nodes[0].slow_calls, 1);
    court_free(mesh);
}

/* ---- sets of validators that change ---- */

Test(sync_course, a_batch_ends_where_the_set_changes_and_goes_on_when_that_block_is_executed)
{
    const struct stub_chain_options options = { .height = 500,
                                                .validators = 4,
                                                .change_every = 50 };
    struct mesh *mesh = court_peers(&options, 2);
    (void)run_until(mesh, 500, 20000);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    cr_assert_eq(mesh->nodes[0].received[FRAME_HEADERS], 10);
    court_free(mesh);
}

Test(sync_course, a_set_that_changes_with_each_block_is_followed_block_by_block)
{
    const struct stub_chain_options options = { .height = 60, .validators = 7, .change_every = 1 };
    struct mesh *mesh = court_peers(&options, 1);
    (void)run_until(mesh, 60, 20000);
    court_free(mesh);
}

/* ---- blocks that come by themselves ---- */

Test(sync_course, the_next_block_is_imported_at_once_when_it_comes)
{
    struct mesh *mesh = court_new(&SHORT, 1);
    court_decided(mesh, 1, &mesh->chain->blocks[1]);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh->nodes[0].head, 1);
    cr_assert_eq(mesh->nodes[0].lagging_calls, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_HEADERS), 0);
    court_decided(mesh, 1, &mesh->chain->blocks[1]);
    court_decided(mesh, 1, &mesh->chain->blocks[2]);
    court_decided(mesh, 1, &mesh->chain->blocks[2]);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh->nodes[0].head, 2);
    cr_assert_eq(mesh->nodes[0].imports, 2);
    court_free(mesh);
}

Test(sync_course, a_later_block_starts_it)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SHORT, 1);
    court_decided(mesh, 1, &mesh->chain->blocks[3]);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.from, 1);
    cr_assert_eq(get.count, 3);
    court_free(mesh);
}

Test(sync_course, one_block_behind_waits_for_it_and_asks_after_three_seconds)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SHORT, 1);
    court_status(mesh, 1, 1, 0);
    mesh_run(mesh, SYNC_ONE_BEHIND_MS - 1);
    cr_assert_not(court_asked_headers(mesh, 1, &get));
    mesh_run(mesh, 1);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.count, 1);
    court_serve(mesh, 1);
    court_serve(mesh, 1);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh->nodes[0].head, 1);
    cr_assert_eq(mesh->nodes[0].lagging_calls, 0, "one behind is not lagging");
    court_free(mesh);
}

/* The head moves by consensus while headers and bodies are on their way. */
Test(sync_course, blocks_that_came_in_another_way_are_not_imported_again)
{
    struct mesh *mesh = court_new(&SHORT, 1);
    court_status(mesh, 1, 40, 0);
    mesh_set_head(mesh, 0, 5);
    court_serve(mesh, 1);
    mesh_set_head(mesh, 0, 7);
    court_serve(mesh, 1);
    mesh_run(mesh, 100);
    cr_assert_eq(mesh->nodes[0].head, 40);
    cr_assert_eq(mesh->nodes[0].imports, 33);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    court_free(mesh);
}

Test(sync_course, the_head_may_move_while_blocks_are_imported)
{
    struct mesh *mesh = court_new(&SHORT, 1);
    mesh->import_takes_ms = 100;
    court_status(mesh, 1, 40, 0);
    court_serve(mesh, 1);
    court_serve(mesh, 1);
    mesh_set_head(mesh, 0, 20);
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh->nodes[0].head, 40);
    cr_assert_eq(mesh->nodes[0].imports, 20);
    court_free(mesh);
}

/* Blocks that the host imports still are in the chain already, and others too. */
Test(sync_course, the_head_may_overtake_the_import)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SHORT, 1);
    mesh->import_takes_ms = 1000;
    court_status(mesh, 1, 60, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    court_headers(mesh, 1, get.id, mesh->chain, 1, 30);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.from, 31);
    struct payload_get_bodies bodies;
    cr_assert(court_asked_bodies(mesh, 1, &bodies));
    court_bodies(mesh, 1, bodies.id, mesh->chain, 1, 30);
    cr_assert_eq(mesh->nodes[0].importing_count, 30);
    mesh_set_head(mesh, 0, 50);
    court_headers(mesh, 1, get.id, mesh->chain, 31, 30);
    court_decided(mesh, 1, &mesh->chain->blocks[51]);
    cr_assert_eq(court_read(mesh).frontier, 50);
    mesh_forget(mesh, 1);
    mesh_run(mesh, 1000);
    court_status(mesh, 1, 60, 0);
    for (size_t i = 0; i < 3; i++) {
        court_serve(mesh, 1);
        mesh_run(mesh, 1500);
    }
    cr_assert_eq(mesh->nodes[0].head, 60);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    court_free(mesh);
}

/* The head should be told first. Told the other way round, nothing is asked for or imported twice meanwhile. */
Test(sync_course, waits_for_the_head_when_it_hears_of_the_import_first)
{
    struct mesh *mesh = court_new(&SHORT, 1);
    struct mesh_node *node = &mesh->nodes[0];
    const struct sync_head head = stub_chain_head(mesh->chain, 40);
    mesh->import_takes_ms = 1000000;
    court_status(mesh, 1, 40, 0);
    court_serve(mesh, 1);
    court_serve(mesh, 1);
    cr_assert_eq(node->importing_count, 40);
    node->import_ms = UINT64_MAX;
    sync_imported(node->sync, 40, NULL, mesh->now_ms);
    cr_assert_eq(node->import_ms, UINT64_MAX, "no import again");
    cr_assert_eq(court_read(mesh).frontier, 40);
    node->head = 40;
    sync_head(node->sync, &head, mesh->now_ms);
    cr_assert_eq(node->import_ms, UINT64_MAX);
    cr_assert_eq(court_read(mesh).bodies_bytes, 0);
    court_free(mesh);
}

Test(sync_course, a_chain_that_goes_back_begins_again)
{
    struct mesh *mesh = court_new(&SHORT, 1);
    mesh->import_takes_ms = 100;
    mesh_set_head(mesh, 0, 10);
    court_status(mesh, 1, 100, 0);
    court_serve(mesh, 1);
    court_serve(mesh, 1); /* an import is on its way */
    mesh_set_head(mesh, 0, 4);
    mesh->nodes[0].importing_count = 0; /* of a chain that went back nothing is imported */
    mesh->nodes[0].import_ms = UINT64_MAX;
    sync_imported(mesh->nodes[0].sync, 0, "unknown parent", mesh->now_ms);
    cr_assert_eq(mesh->nodes[0].stuck_calls, 0, "that is no fault of the block's");
    mesh_run(mesh, 1);
    for (size_t i = 0; i < 8; i++) {
        court_serve(mesh, 1);
        mesh_run(mesh, 200);
    }
    cr_assert_eq(mesh->nodes[0].head, 100);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    court_free(mesh);
}

/* ---- what cannot be helped ---- */

Test(sync_course, a_certified_block_that_execution_refuses_stops_it_and_is_not_tried_again)
{
    struct mesh *mesh = court_peers(&SHORT, 2);
    mesh->nodes[0].refuse_from = 300;
    mesh_run(mesh, 60000);
    cr_assert_eq(mesh->nodes[0].head, 299);
    cr_assert_eq(mesh->nodes[0].stuck_calls, 1);
    cr_assert_str_eq(mesh->nodes[0].stuck_reason, "state root");
    cr_assert(court_read(mesh).is_stuck);
    cr_assert(mesh->nodes[0].is_lagging, "who is stuck signs nothing");
    const size_t asked = mesh->nodes[1].received[FRAME_GET_HEADERS];
    mesh_run(mesh, 60000);
    cr_assert_eq(mesh->nodes[1].received[FRAME_GET_HEADERS], asked);
    cr_assert_eq(mesh->nodes[0].byes, 0, "nobody lied");
    struct mm_buf decided;
    mm_buf_init(&decided, 1 << 20);
    stub_chain_decided(&decided, &mesh->chain->blocks[300]);
    mesh_say(mesh, 1, 0, FRAME_DECIDED, mm_buf_bytes(&decided));
    mm_buf_fini(&decided);
    cr_assert_eq(mesh->nodes[0].import_ms, UINT64_MAX, "not even when it comes by itself");
    /* Somebody repaired it. */
    mesh->nodes[0].refuse_from = 0;
    mesh_set_head(mesh, 0, 300);
    (void)run_until(mesh, 1000, 20000);
    cr_assert_not(mesh->nodes[0].is_lagging);
    court_free(mesh);
}

Test(sync_course, several_nodes_follow_the_one_that_makes_blocks)
{
    const struct stub_chain_options options = { .height = 100, .validators = 4 };
    struct mesh *mesh = mesh_new(stub_chain_new(&options), 6, 1);
    for (size_t i = 1; i < 6; i++)
        mesh_connect(mesh, i - 1, i);
    for (uint64_t height = 1; height <= 100; height++) {
        mesh_set_head(mesh, 0, height);
        mesh_run(mesh, 1000);
    }
    mesh_run(mesh, 3000);
    for (size_t i = 1; i < 6; i++) {
        cr_assert_eq(mesh->nodes[i].head, 100, "node %zu", i);
        cr_assert_eq(mesh->nodes[i].byes, 0);
    }
    court_free(mesh);
}
