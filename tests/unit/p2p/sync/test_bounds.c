/* How much is asked for, kept and imported at once, and when a peer is not waited for any more. */
#include "court.h"

#include "state/base/heap.h"

static const struct stub_chain_options SMALL = { .height = 2000, .validators = 1 };

Test(sync_bounds, asks_for_256_headers_at_once_and_goes_512_ahead)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SMALL, 1);
    court_status(mesh, 1, 2000, 0);
    for (uint64_t batch = 0; batch < 2; batch++) {
        cr_assert(court_asked_headers(mesh, 1, &get));
        cr_assert_eq(get.from, 1 + batch * 256);
        cr_assert_eq(get.count, 256);
        court_headers(mesh, 1, get.id, mesh->chain, get.from, get.count);
    }
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_HEADERS), 2);
    cr_assert_eq(court_read(mesh).frontier, 512);
    court_free(mesh);
}

Test(sync_bounds, a_peer_is_asked_for_bodies_twice_64_at_once)
{
    struct payload_get_headers get;
    struct payload_get_bodies bodies;
    struct mesh *mesh = court_new(&SMALL, 2);
    court_status(mesh, 1, 2000, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    court_headers(mesh, 1, get.id, mesh->chain, 1, 256);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_BODIES), 2);
    cr_assert(court_asked_bodies(mesh, 1, &bodies));
    cr_assert_eq(bodies.hashes.count, SYNC_BODIES_OF_REQUEST);
    court_status(mesh, 2, 200, 0);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_GET_BODIES), 2);
    cr_assert(court_asked_bodies(mesh, 2, &bodies));
    cr_assert_eq(bodies.hashes.count, 200 - 192, "it says that it has 200");
    court_free(mesh);
}

Test(sync_bounds, a_part_of_an_answer_is_taken_and_the_rest_asked_for_again)
{
    struct payload_get_headers get;
    struct payload_get_bodies bodies;
    struct mesh *mesh = court_new(&SMALL, 1);
    court_status(mesh, 1, 100, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    court_headers(mesh, 1, get.id, mesh->chain, 1, 30);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.from, 31);
    cr_assert(court_asked_bodies(mesh, 1, &bodies));
    cr_assert_eq(bodies.hashes.count, 30);
    court_bodies(mesh, 1, bodies.id, mesh->chain, 1, 10);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh->nodes[0].head, 10);
    cr_assert(court_asked_bodies(mesh, 1, &bodies));
    cr_assert_eq(bodies.hashes.count, 20);
    cr_assert_eq(mesh->nodes[0].slow_calls, 0);
    court_free(mesh);
}

Test(sync_bounds, imports_64_blocks_at_once)
{
    struct mesh *mesh = court_peers(&SMALL, 3);
    mesh->import_takes_ms = 500;
    mesh_run(mesh, 30000);
    cr_assert_eq(mesh->nodes[0].head, 2000);
    cr_assert_eq(mesh->nodes[0].import_batch_max, SYNC_IMPORT_MAX);
    court_free(mesh);
}

/* Goal: however large blocks are and however slow the import, bodies stay within their bound and one answer.
 * Method: blocks of a mebibyte, four peers, an import that takes seconds. */
Test(sync_bounds, large_bodies_stay_within_32_mebibytes_and_an_answer)
{
    const struct stub_chain_options options = {
        .height = 120, .validators = 1, .txs_of_block = 10, .tx_bytes = 100 << 10
    };
    struct mesh *mesh = court_peers(&options, 4);
    mesh->import_takes_ms = 3000;
    for (size_t i = 0; i < 4000 && mesh->nodes[0].head < 120; i++)
        mesh_run(mesh, 100);
    cr_assert_eq(mesh->nodes[0].head, 120);
    cr_assert_leq(mesh->nodes[0].bodies_bytes_max, SYNC_AHEAD_BYTES_MAX + FRAME_BYTES_MAX);
    cr_assert_geq(mesh->nodes[0].bodies_bytes_max, 20 << 20, "and it does go ahead");
    cr_assert_eq(mesh->nodes[0].byes, 0);
    court_free(mesh);
}

/* ---- time ---- */

Test(sync_bounds, who_does_not_answer_in_five_seconds_is_slow_and_another_one_is_asked)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SMALL, 2);
    court_status(mesh, 1, 100, 0);
    court_status(mesh, 2, 100, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    mesh_run(mesh, SYNC_REQUEST_MS - 1);
    cr_assert_not(court_asked_headers(mesh, 2, &get));
    cr_assert_eq(mesh->nodes[0].slow_calls, 0);
    mesh_run(mesh, 1);
    cr_assert(court_asked_headers(mesh, 2, &get));
    cr_assert_eq(mesh->nodes[0].slow_calls, 1);
    court_free(mesh);
}

Test(sync_bounds, an_answer_that_comes_late_or_twice_is_no_lie_and_one_to_no_question_is)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SMALL, 2);
    court_status(mesh, 1, 100, 0);
    court_status(mesh, 2, 100, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    mesh_run(mesh, SYNC_REQUEST_MS);
    court_headers(mesh, 1, get.id, mesh->chain, 1, 100);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(court_read(mesh).frontier, 0);
    court_headers(mesh, 1, get.id, mesh->chain, 1, 100);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    const uint64_t late = get.id;
    cr_assert(court_asked_headers(mesh, 2, &get));
    court_headers(mesh, 2, get.id, mesh->chain, 1, 100);
    court_headers(mesh, 2, get.id, mesh->chain, 1, 100);
    cr_assert(mesh_is_linked(mesh, 0, 2));
    cr_assert_eq(court_read(mesh).frontier, 100);
    court_headers(mesh, 2, late, mesh->chain, 1, 100);
    court_expect_banned(mesh, 2, SYNC_UNASKED); /* that was another one's */
    court_headers(mesh, 1, 999999, mesh->chain, 1, 100);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_free(mesh);
}

/* What waited behind a link that was stuck is answered when it moves again, however much was asked meanwhile. */
Test(sync_bounds, an_answer_to_the_first_of_many_questions_is_no_lie)
{
    struct payload_get_headers get;
    struct payload_get_headers newest;
    struct mesh *mesh = court_new(&COURT_CHAIN, 1);
    court_status(mesh, 1, 40, 0);
    mesh_run(mesh, 10);
    cr_assert(court_asked_headers(mesh, 1, &get));
    for (size_t i = 0; i < 17; i++)
        mesh_run(mesh, SYNC_REQUEST_MS);
    cr_assert(court_asked_headers(mesh, 1, &newest));
    cr_assert_geq(newest.id, get.id + 17);
    court_headers(mesh, 1, get.id, mesh->chain, 1, 40);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(mesh->nodes[0].misbehaved, SYNC_OK);
    court_headers(mesh, 1, newest.id + 1, mesh->chain, 1, 40);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_free(mesh);
}

Test(sync_bounds, who_was_late_is_asked_for_bodies_only_when_nobody_else_has_them)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SMALL, 2);
    court_status(mesh, 1, 2000, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    mesh_run(mesh, SYNC_REQUEST_MS);
    court_status(mesh, 2, 200, 0);
    mesh_run(mesh, SYNC_REQUEST_MS);
    mesh_forget(mesh, 1);
    court_status(mesh, 1, 2000, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_HEADERS), 0, "the second one is asked");
    cr_assert(court_asked_headers(mesh, 2, &get));
    court_headers(mesh, 2, get.id, mesh->chain, get.from, get.count);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_GET_BODIES), 2);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_BODIES), 0);
    court_free(mesh);
}

/* Goal: consensus goes past a window that is full, while the writer has not looked at its first blocks yet, and the next block comes.
 * It has no place, and comes again. */
Test(sync_bounds, a_block_behind_a_full_window_waits_for_the_import)
{
    static const struct stub_chain_options options = {
        .height = SYNC_WINDOW_MAX + 1, .validators = 1, .txs_of_block = 1, .tx_bytes = 100
    };
    struct mesh *mesh = court_new(&options, 1);
    mesh->import_takes_ms = 60 * 1000;
    court_status(mesh, 1, SYNC_WINDOW_MAX, 0);
    for (size_t i = 0; i < 4; i++)
        court_serve(mesh, 1);
    cr_assert_eq(court_read(mesh).height, 0);
    cr_assert_eq(court_read(mesh).frontier, SYNC_WINDOW_MAX);
    mesh_set_head(mesh, 0, SYNC_WINDOW_MAX);
    court_decided(mesh, 1, &mesh->chain->blocks[SYNC_WINDOW_MAX + 1]);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(court_read(mesh).frontier, SYNC_WINDOW_MAX);
    court_free(mesh);
}

Test(sync_bounds, a_peer_that_pruned_what_is_missing_is_not_asked)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&SMALL, 2);
    court_status(mesh, 1, 2000, 50);
    cr_assert_not(court_asked_headers(mesh, 1, &get));
    court_status(mesh, 2, 100, 1);
    cr_assert(court_asked_headers(mesh, 2, &get));
    court_free(mesh);
}

#ifdef MINTMARK_CHECKED
Test(sync_bounds, without_memory_there_is_no_machine)
{
    const struct sync_options options = { .domain = { .chain_id = 1 } };
    struct sync *sync;
    size_t allowed = 0;
    for (;; allowed++) {
        mm_heap_fail_after(allowed);
        const mm_err err = sync_new(&sync, &options);
        mm_heap_fail_after(SIZE_MAX);
        if (err == MM_OK)
            break;
        cr_assert_eq(err, MM_ERR_NO_MEMORY);
        cr_assert_null(sync);
    }
    cr_assert_geq(allowed, 3);
    sync_free(sync);
}

/* Memory fails for a while at each place in turn; afterwards it catches up all the same, and nobody is blamed. */
Test(sync_bounds, without_memory_it_does_less_and_tries_again, .timeout = 100)
{
    const struct stub_chain_options options = {
        .height = 30, .validators = 1, .txs_of_block = 2, .tx_bytes = 100
    };
    for (size_t allowed = 0; allowed < 60; allowed++) {
        struct payload_get_headers get;
        struct mesh *mesh = court_new(&options, 1);
        court_status(mesh, 1, 30, 0);
        cr_assert(court_asked_headers(mesh, 1, &get));
        struct mm_buf items, headers, part, bodies;
        mm_buf_init(&items, 1 << 20);
        mm_buf_init(&headers, 1 << 20);
        mm_buf_init(&part, 1 << 20);
        mm_buf_init(&bodies, 1 << 20);
        for (size_t i = 1; i <= 30; i++) {
            const struct stub_block *block = &mesh->chain->blocks[i];
            payload_add_header(&items,
                               &(struct payload_header){ block->header, block->certificate });
            payload_add_body(&part, &(struct payload_body){ block->hash, block->body });
        }
        payload_headers_encode(&headers,
                               &(struct payload_headers){ get.id, { mm_buf_bytes(&items), 30 } });
        const uint64_t id = mesh_peer_id(mesh, 0, 1);
        mm_heap_fail_after(allowed);
        sync_frame(mesh->nodes[0].sync, id, FRAME_HEADERS, mm_buf_bytes(&headers), mesh->now_ms);
        mm_heap_fail_after(SIZE_MAX);
        mesh_run(mesh, 0);
        struct payload_get_bodies asked;
        if (court_asked_bodies(mesh, 1, &asked)) {
            payload_bodies_encode(
                &bodies,
                &(struct payload_bodies){ asked.id, { mm_buf_bytes(&part), asked.hashes.count } });
            if (asked.hashes.count == 30) {
                mm_heap_fail_after(allowed);
                sync_frame(mesh->nodes[0].sync, id, FRAME_BODIES, mm_buf_bytes(&bodies),
                           mesh->now_ms);
                mm_heap_fail_after(SIZE_MAX);
            }
        }
        for (size_t i = 0; i < 20 && mesh->nodes[0].head < 30; i++) {
            mesh_run(mesh, SYNC_REQUEST_MS / 2);
            court_status(mesh, 1, 30, 0);
            if (court_asked_headers(mesh, 1, &get) && get.from <= court_read(mesh).frontier)
                mesh_forget(mesh, 1);
            mesh_run(mesh, SYNC_REQUEST_MS);
            mesh_forget(mesh, 1);
            court_status(mesh, 1, 30, 0);
            mesh_run(mesh, SYNC_REQUEST_MS);
            court_serve(mesh, 1);
        }
        cr_assert(mesh_is_linked(mesh, 0, 1));
        mm_buf_fini(&items);
        mm_buf_fini(&headers);
        mm_buf_fini(&part);
        mm_buf_fini(&bodies);
        court_free(mesh);
    }
}
#endif
