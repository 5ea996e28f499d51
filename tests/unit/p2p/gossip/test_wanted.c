/* Transactions that are announced: of whom they are asked, when, and what lies are worth. */
#include "talk.h"

/* Nobody passes on such a one whole, so it is asked for at once. */
enum { LARGE = GOSSIP_WHOLE_BYTES_MAX + 1 };

static struct talk_tx tx;

Test(gossip_wanted, a_small_one_is_waited_for_a_moment_and_then_asked_for)
{
    struct mesh *mesh = talk_new(2);
    mesh->latency_ms = 0;
    talk_tx(&tx, 1, 100);
    talk_announce(mesh, 1, &tx, 100);
    mesh_run(mesh, GOSSIP_ASK_AFTER_MS - 1);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 0);
    mesh_run(mesh, 1);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 1);
    talk_tx(&tx, 2, 100);
    talk_announce(mesh, 1, &tx, 100);
    talk_say_tx(mesh, 2, &tx);
    mesh_run(mesh, 1000);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 0);
    talk_free(mesh);
}

Test(gossip_wanted, what_is_announced_and_not_here_is_asked_for)
{
    struct mesh *mesh = talk_new(2);
    talk_tx(&tx, 1, LARGE);
    talk_announce(mesh, 1, &tx, LARGE);
    mesh_run(mesh, 10);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 1);
    talk_say_tx(mesh, 1, &tx);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), 0);
    cr_assert(mesh_has_tx(mesh, 0, &tx.hash));
    talk_announce(mesh, 2, &tx, LARGE);
    mesh_run(mesh, 2000);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash) + talk_heard_wish(mesh, 2, &tx.hash), 1);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    talk_free(mesh);
}

Test(gossip_wanted, what_the_pool_has_is_not_asked_for)
{
    struct mesh *mesh = talk_new(1);
    talk_tx(&tx, 1, LARGE);
    mesh_put_tx(mesh, 0, talk_raw(&tx));
    talk_announce(mesh, 1, &tx, LARGE);
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_TX), 0);
    talk_free(mesh);
}

Test(gossip_wanted, one_peer_is_asked_at_a_time_and_another_after_half_a_second)
{
    struct mesh *mesh = talk_new(3);
    mesh->latency_ms = 0;
    talk_tx(&tx, 1, LARGE);
    for (size_t i = 1; i <= 3; i++)
        talk_announce(mesh, i, &tx, LARGE);
    mesh_run(mesh, GOSSIP_ASK_ANOTHER_MS - 1);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 1);
    cr_assert_eq(talk_heard_wish(mesh, 2, &tx.hash), 0);
    mesh_run(mesh, 1);
    cr_assert_eq(talk_heard_wish(mesh, 2, &tx.hash), 1);
    cr_assert_eq(talk_heard_wish(mesh, 3, &tx.hash), 0);
    talk_say_tx(mesh, 2, &tx);
    mesh_run(mesh, 10000);
    cr_assert_eq(talk_heard_wish(mesh, 3, &tx.hash), 0);
    cr_assert_eq(talk_heard_wish(mesh, 1, &tx.hash), 1);
    talk_free(mesh);
}

Test(gossip_wanted, a_peer_that_has_it_no_more_gives_way_at_once)
{
    struct mesh *mesh = talk_new(2);
    mesh->latency_ms = 0;
    talk_tx(&tx, 1, LARGE);
    talk_announce(mesh, 1, &tx, LARGE);
    talk_announce(mesh, 2, &tx, LARGE);
    talk_say_no_tx(mesh, 1);
    mesh_run(mesh, 0);
    cr_assert_eq(talk_heard_wish(mesh, 2, &tx.hash), 1);
    talk_say_no_tx(mesh, 2);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), 0, "nobody has it");
    talk_free(mesh);
}

Test(gossip_wanted, a_peer_that_goes_gives_way_at_once)
{
    struct mesh *mesh = talk_new(2);
    mesh->latency_ms = 0;
    talk_tx(&tx, 1, LARGE);
    talk_announce(mesh, 1, &tx, LARGE);
    talk_announce(mesh, 2, &tx, LARGE);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 1);
    cr_assert_eq(talk_heard_wish(mesh, 2, &tx.hash), 1);
    talk_free(mesh);
}

Test(gossip_wanted, asks_for_256_at_once_and_for_4096_of_one_peer)
{
    struct mesh *mesh = talk_new(1);
    mesh->latency_ms = 0;
    talk_announce_many(mesh, 1, 0, PAYLOAD_ANNOUNCED_MAX, LARGE);
    mesh_run(mesh, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_TX), GOSSIP_REQUESTS_MAX);
    struct payload_get_txs get;
    cr_assert_eq(payload_get_txs_decode(&get, mesh_heard(mesh, 1, FRAME_GET_TX)), RLP_OK);
    cr_assert_eq(get.hashes.count, PAYLOAD_HASHES_MAX);
    talk_announce_many(mesh, 1, 100000, PAYLOAD_ANNOUNCED_MAX, LARGE);
    mesh_run(mesh, 100);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), GOSSIP_WANTED_OF_PEER_MAX);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_TX), GOSSIP_REQUESTS_MAX);
    talk_free(mesh);
}

Test(gossip_wanted, the_table_is_bounded_whoever_announces)
{
    struct mesh *mesh = talk_new(6);
    for (size_t i = 1; i <= 6; i++)
        talk_announce_many(mesh, i, (uint32_t)i * 10000, PAYLOAD_ANNOUNCED_MAX, LARGE);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), GOSSIP_WANTED_MAX);
    /* And empties: what nobody brings is forgotten. */
    mesh_run(mesh, 60000);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), 0);
    talk_free(mesh);
}

Test(gossip_wanted, what_is_asked_for_together_fits_an_answer)
{
    struct mesh *mesh = talk_new(1);
    mesh->latency_ms = 0;
    talk_announce_many(mesh, 1, 0, 32, MM_TX_BYTES_MAX);
    mesh_run(mesh, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_TX), 3, "15, 15 and 2");
    talk_free(mesh);
}

Test(gossip_wanted, nobody_answers_and_it_is_forgotten_and_costs_points_once)
{
    struct mesh *mesh = talk_new(1);
    talk_announce_many(mesh, 1, 0, PAYLOAD_ANNOUNCED_MAX, LARGE);
    mesh_run(mesh, GOSSIP_REQUEST_MS + 100);
    cr_assert_eq(gossip_wanted_count(mesh->nodes[0].gossip), 0);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    /* A peer that never answers is sent away in the end, and may come back. */
    for (uint32_t i = 1; i < 60 && mesh_is_linked(mesh, 0, 1); i++) {
        talk_announce_many(mesh, 1, i * 10000, 10, LARGE);
        mesh_run(mesh, GOSSIP_REQUEST_MS + 100);
    }
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(mesh->nodes[0].bye, BYE_TOO_SLOW);
    cr_assert_eq(mesh->nodes[0].ban_ms, 0);
    talk_free(mesh);
}

Test(gossip_wanted, answers_in_time_make_up_for_late_ones)
{
    struct mesh *mesh = talk_new(1);
    for (uint32_t i = 1; i < 60; i++) {
        talk_announce_many(mesh, 1, i * 10000, 10, LARGE);
        mesh_run(mesh, GOSSIP_REQUEST_MS + 100);
        talk_tx(&tx, i, LARGE);
        talk_announce(mesh, 1, &tx, LARGE);
        talk_announce_many(mesh, 1, i * 10000 + 5000, 1, LARGE);
        talk_say_tx(mesh, 1, &tx);
        talk_say_no_tx(mesh, 1);
    }
    cr_assert(mesh_is_linked(mesh, 0, 1));
    talk_free(mesh);
}

Test(gossip_wanted, a_size_that_is_not_true_costs_points)
{
    struct mesh *mesh = talk_new(1);
    for (uint32_t i = 0; i < 5; i++) {
        cr_assert(mesh_is_linked(mesh, 0, 1), "after %u lies", i);
        talk_tx(&tx, i, LARGE);
        talk_announce(mesh, 1, &tx, LARGE + 1);
        talk_say_tx(mesh, 1, &tx);
        cr_assert(mesh_has_tx(mesh, 0, &tx.hash));
    }
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(mesh->nodes[0].bye, BYE_PROTOCOL_ERROR);
    cr_assert_eq(mesh->nodes[0].ban_ms, 0);
    talk_free(mesh);
}

Test(gossip_wanted, a_liar_does_not_spoil_what_others_announce)
{
    struct mesh *mesh = talk_new(2);
    talk_tx(&tx, 1, LARGE);
    talk_announce(mesh, 1, &tx, LARGE + 1);
    talk_announce(mesh, 2, &tx, LARGE);
    mesh_run(mesh, GOSSIP_ASK_ANOTHER_MS + 10);
    cr_assert_eq(talk_heard_wish(mesh, 2, &tx.hash), 1);
    for (uint32_t i = 0; i < 10; i++) /* the true size, each time anew */
        talk_say_tx(mesh, 2, &tx);
    cr_assert(mesh_has_tx(mesh, 0, &tx.hash));
    cr_assert_eq(mesh->nodes[0].byes, 0);
    talk_free(mesh);
}

Test(gossip_wanted, a_transaction_that_others_brought_is_no_debt)
{
    struct mesh *mesh = talk_new(2);
    for (uint32_t i = 0; i < 30; i++) {
        talk_tx(&tx, i, LARGE);
        talk_announce(mesh, 1, &tx, LARGE);
        talk_say_tx(mesh, 2, &tx);
        mesh_run(mesh, GOSSIP_REQUEST_MS + 100);
        talk_say_no_tx(mesh, 1);
    }
    cr_assert_eq(mesh->nodes[0].byes, 0);
    talk_free(mesh);
}
