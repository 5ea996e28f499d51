/* Addresses: the book, asking and telling, dialing. */
#include "talk.h"

#include <stdio.h>

static node_id numbered(uint32_t number)
{
    node_id node = { { 0xab } };
    memcpy(node.b + 4, &number, sizeof number);
    return node;
}

static void add(struct mesh *mesh, uint32_t number)
{
    const struct gossip_address address = { numbered(number), MM_BYTES_LIT("10.0.0.1"), 30303 };
    gossip_add_address(mesh->nodes[0].gossip, &address, mesh->now_ms);
}

static void say_peers(struct mesh *mesh, size_t from, uint64_t id, uint32_t first, uint32_t count)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&payload, 1 << 20);
    for (uint32_t i = 0; i < count; i++)
        payload_add_peer(
            &items, &(struct payload_peer){ numbered(first + i), MM_BYTES_LIT("10.0.0.2"), 30303 });
    payload_peers_encode(&payload, &(struct payload_peers){ id, { mm_buf_bytes(&items), count } });
    mesh_say(mesh, from, 0, FRAME_PEERS, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
}

static void ask_peers(struct mesh *mesh, size_t from)
{
    struct mm_buf payload;
    mm_buf_init(&payload, 1 << 10);
    payload_get_peers_encode(&payload, &(struct payload_get_peers){ 7 });
    mesh_say(mesh, from, 0, FRAME_GET_PEERS, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
}

/* Node 0 wants eight peers, and has the puppets. */
static struct mesh *new_wanting(size_t puppets)
{
    static const struct stub_chain_options options = { .height = 1, .validators = 1 };
    struct mesh *mesh = mesh_new(stub_chain_new(&options), puppets + 1, 1);
    mesh->peers_wanted = GOSSIP_PEERS_WANTED;
    mesh_start(mesh, 0);
    for (size_t i = 1; i <= puppets; i++) {
        mesh_puppet(mesh, i);
        mesh_connect(mesh, 0, i);
    }
    mesh_run(mesh, 10);
    return mesh;
}

static uint64_t asked_id(const struct mesh *mesh, size_t puppet)
{
    struct payload_get_peers get;
    cr_assert_eq(payload_get_peers_decode(&get, mesh_heard(mesh, puppet, FRAME_GET_PEERS)), RLP_OK);
    return get.id;
}

Test(gossip_exchange, a_new_peer_is_asked_for_addresses_and_again_after_a_minute)
{
    struct mesh *mesh = new_wanting(1);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_PEERS), 1);
    mesh_run(mesh, 59000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_PEERS), 1);
    mesh_run(mesh, 2000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_PEERS), 2);
    cr_assert(mesh_is_linked(mesh, 0, 1), "no answer is no fault");
    talk_free(mesh);
}

Test(gossip_exchange, who_has_enough_peers_asks_nobody_and_dials_nobody)
{
    struct mesh *mesh = new_wanting(8);
    for (size_t i = 1; i <= 8; i++)
        mesh_forget(mesh, i);
    add(mesh, 1);
    mesh_run(mesh, 120000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_GET_PEERS), 0);
    cr_assert_eq(mesh->nodes[0].dials, 0);
    mesh_cut(mesh, 0, 8);
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh->nodes[0].dials, 1);
    talk_free(mesh);
}

Test(gossip_exchange, addresses_that_were_asked_for_go_to_the_book_and_are_dialed)
{
    struct mesh *mesh = new_wanting(1);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 1);
    say_peers(mesh, 1, asked_id(mesh, 1), 100, PAYLOAD_PEERS_MAX);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 1 + PAYLOAD_PEERS_MAX);
    mesh_run(mesh, 5000);
    cr_assert_geq(mesh->nodes[0].dials, 7);
    talk_free(mesh);
}

Test(gossip_exchange, an_answer_may_take_a_minute)
{
    struct mesh *mesh = new_wanting(1);
    const uint64_t id = asked_id(mesh, 1);
    mesh_run(mesh, 50000);
    say_peers(mesh, 1, id, 100, 3);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 4);
    talk_free(mesh);
}

Test(gossip_exchange, addresses_that_nobody_asked_for_cost_points_and_are_not_kept)
{
    struct mesh *mesh = new_wanting(1);
    const uint64_t id = asked_id(mesh, 1);
    say_peers(mesh, 1, id + 1, 100, 3);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 1);
    say_peers(mesh, 1, id, 100, 3);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 4);
    for (size_t i = 0; i < 4; i++)
        say_peers(mesh, 1, id, 200, 3);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 4);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    talk_free(mesh);
}

Test(gossip_exchange, the_book_has_256_and_the_oldest_that_is_not_connected_goes)
{
    struct mesh *mesh = new_wanting(8);
    for (uint32_t i = 0; i < 300; i++)
        add(mesh, i);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), GOSSIP_BOOK_MAX);
    for (size_t i = 1; i <= 8; i++)
        mesh_forget(mesh, i);
    ask_peers(mesh, 1);
    mesh_run(mesh, 10);
    struct payload_peers peers;
    cr_assert_eq(payload_peers_decode(&peers, mesh_heard(mesh, 1, FRAME_PEERS)), RLP_OK);
    cr_assert_eq(peers.id, 7);
    cr_assert_eq(peers.peers.count, 7,
                 "those that are connected are there still, but the one who asks");
    talk_free(mesh);
}

Test(gossip_exchange, is_answered_once_a_minute)
{
    struct mesh *mesh = new_wanting(3);
    mesh_forget(mesh, 1);
    for (size_t i = 0; i < 5; i++)
        ask_peers(mesh, 1);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_PEERS), 1);
    mesh_run(mesh, 60000);
    ask_peers(mesh, 1);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_PEERS), 2);
    talk_free(mesh);
}

Test(gossip_exchange, tells_at_most_32_and_others_the_next_time)
{
    struct mesh *mesh = new_wanting(60);
    bool is_told[61] = { false };
    size_t told = 0;
    for (size_t round = 0; round < 2; round++) {
        struct payload_peers peers;
        struct payload_peer peer;
        ask_peers(mesh, 1);
        mesh_run(mesh, 10);
        cr_assert_eq(payload_peers_decode(&peers, mesh_heard(mesh, 1, FRAME_PEERS)), RLP_OK);
        cr_assert_leq(peers.peers.count, PAYLOAD_PEERS_MAX);
        struct rlp at = payload_items(&peers.peers);
        while (payload_next_peer(&at, &peer)) {
            for (size_t i = 1; i <= 60; i++) {
                if (node_id_equal(&mesh->nodes[i].id, &peer.id))
                    is_told[i] = true;
            }
        }
        mesh_run(mesh, 60000);
    }
    for (size_t i = 1; i <= 60; i++)
        told += is_told[i];
    cr_assert_eq(told, 59);
    talk_free(mesh);
}

Test(gossip_exchange, hearsay_is_dialed_and_not_passed_on)
{
    struct mesh *mesh = new_wanting(2);
    add(mesh, 1);
    ask_peers(mesh, 2);
    mesh_run(mesh, 10);
    struct payload_peers peers;
    cr_assert_eq(payload_peers_decode(&peers, mesh_heard(mesh, 2, FRAME_PEERS)), RLP_OK);
    cr_assert_eq(peers.peers.count, 1, "the other puppet");
    talk_free(mesh);
}

Test(gossip_exchange, what_is_being_dialed_counts)
{
    struct mesh *mesh = new_wanting(0);
    mesh->latency_ms = 20000; /* nobody answers for so long */
    for (uint32_t i = 0; i < 30; i++)
        add(mesh, i);
    mesh_run(mesh, 15000);
    cr_assert_eq(mesh->nodes[0].dials, GOSSIP_PEERS_WANTED);
    talk_free(mesh);
}

/* 0, 15, 30 … seconds of waiting; ten failures and it is forgotten. */
Test(gossip_exchange, an_address_that_fails_is_tried_less_and_less_and_then_forgotten)
{
    struct mesh *mesh = new_wanting(0);
    add(mesh, 1);
    mesh_run(mesh, 10000);
    cr_assert_eq(mesh->nodes[0].dials, 1);
    mesh_run(mesh, 6000);
    cr_assert_eq(mesh->nodes[0].dials, 2);
    mesh_run(mesh, 29000);
    cr_assert_eq(mesh->nodes[0].dials, 2);
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh->nodes[0].dials, 3);
    mesh_run(mesh, 10 * 3600 * 1000);
    cr_assert_eq(mesh->nodes[0].dials, GOSSIP_DIAL_FAILURES_MAX);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 0);
    talk_free(mesh);
}

Test(gossip_exchange, own_addresses_and_unusable_ones_are_not_kept)
{
    struct mesh *mesh = new_wanting(0);
    const struct gossip_address own = mesh_address(mesh, 0);
    const struct gossip_address no_port = { numbered(1), MM_BYTES_LIT("10.0.0.1"), 0 };
    const struct gossip_address no_host = { numbered(1), MM_BYTES_LIT("/run/socket"), 1 };
    gossip_add_address(mesh->nodes[0].gossip, &own, mesh->now_ms);
    gossip_add_address(mesh->nodes[0].gossip, &no_port, mesh->now_ms);
    gossip_add_address(mesh->nodes[0].gossip, &no_host, mesh->now_ms);
    cr_assert_eq(gossip_book_count(mesh->nodes[0].gossip), 0);
    talk_free(mesh);
}

Test(gossip_exchange, nodes_that_know_one_of_them_find_each_other)
{
    static const struct stub_chain_options options = { .height = 1, .validators = 1 };
    struct mesh *mesh = mesh_new(stub_chain_new(&options), 12, 1);
    mesh->peers_wanted = 6;
    for (size_t i = 0; i < 12; i++)
        mesh_start(mesh, i);
    for (size_t i = 1; i < 12; i++)
        mesh_connect(mesh, i, 0);
    mesh_run(mesh, 180000);
    for (size_t i = 0; i < 12; i++)
        cr_assert_geq(mesh_link_count(mesh, i), 6, "node %zu has %zu", i, mesh_link_count(mesh, i));
    /* The one that everybody knew goes: the others stay together and need it no more. */
    for (size_t i = 1; i < 12; i++)
        mesh_cut(mesh, i, 0);
    mesh_run(mesh, 1000);
    for (size_t i = 1; i < 12; i++)
        cr_assert_geq(mesh_link_count(mesh, i), 5);
    talk_free(mesh);
}
