/* Many nodes: whether everything comes to everyone, and what it costs. */
#include "talk.h"

static struct talk_tx tx;

static struct mesh *crowd(size_t count, uint64_t seed)
{
    static const struct stub_chain_options options = { .height = 10, .validators = 4 };
    return mesh_new(stub_chain_new(&options), count, seed);
}

static size_t count_having(const struct mesh *mesh, const mm_hash32 *hash)
{
    size_t count = 0;
    for (size_t i = 0; i < mesh->count; i++)
        count += mesh_has_tx(mesh, i, hash);
    return count;
}

/* Goal: a transaction comes to everyone within a round trip or two, and whole not many times more often than there are nodes.
 * Method: 16 nodes, all linked; 15 peers, so that floor(sqrt(15)) + 1 = 4 get it whole of each. */
Test(gossip_spread, sixteen_nodes_have_a_transaction_soon_and_not_often)
{
    struct mesh *mesh = crowd(16, 1);
    size_t copies = 0;
    mesh_connect_all(mesh);
    mesh_run(mesh, 1000);
    for (uint32_t number = 0; number < 50; number++) {
        talk_tx(&tx, number, 300);
        mesh_new_tx(mesh, number % 16, talk_raw(&tx));
        mesh_run(mesh, 500);
        cr_assert_eq(count_having(mesh, &tx.hash), 16);
    }
    for (size_t i = 0; i < 16; i++)
        copies += mesh->nodes[i].whole_copies;
    cr_assert_leq(copies, 50 * 16 * 4);
    cr_log_info("whole copies: %zu for 50 transactions to 15 nodes (750)\n", copies);
    for (size_t i = 0; i < 16; i++) {
        cr_assert_eq(mesh->nodes[i].byes, 0);
        cr_assert_leq(mesh->nodes[i].txs_taken, 50);
    }
    talk_free(mesh);
}

/* Goal: few nodes that are all linked do not send each other what everyone has. Whoever has it first sends three copies; each of the
 * three sends one more at most. */
Test(gossip_spread, four_nodes_have_a_transaction_whole_less_than_twice_each)
{
    struct mesh *mesh = crowd(4, 1);
    size_t copies = 0;
    mesh_connect_all(mesh);
    mesh_run(mesh, 1000);
    for (uint32_t number = 0; number < 50; number++) {
        talk_tx(&tx, number, 300);
        mesh_new_tx(mesh, number % 4, talk_raw(&tx));
        mesh_run(mesh, 150); /* nobody had to ask */
        cr_assert_eq(count_having(mesh, &tx.hash), 4);
    }
    for (size_t i = 0; i < 4; i++)
        copies += mesh->nodes[i].whole_copies;
    cr_assert_leq(copies, 50 * 6, "%zu", copies);
    talk_free(mesh);
}

Test(gossip_spread, a_large_transaction_comes_to_everyone_once)
{
    struct mesh *mesh = crowd(16, 1);
    size_t copies = 0;
    mesh_connect_all(mesh);
    mesh_run(mesh, 1000);
    talk_tx(&tx, 1, MM_TX_BYTES_MAX);
    mesh_new_tx(mesh, 3, talk_raw(&tx));
    mesh_run(mesh, 1000);
    cr_assert_eq(count_having(mesh, &tx.hash), 16);
    for (size_t i = 0; i < 16; i++)
        copies += mesh->nodes[i].whole_copies;
    cr_assert_eq(copies, 15);
    talk_free(mesh);
}

Test(gossip_spread, a_chain_of_nodes_passes_everything_to_its_end)
{
    struct mesh *mesh = crowd(10, 1);
    for (size_t i = 1; i < 10; i++)
        mesh_connect(mesh, i - 1, i);
    mesh_run(mesh, 100);
    talk_tx(&tx, 1, 100);
    mesh_new_tx(mesh, 0, talk_raw(&tx));
    gossip_broadcast(mesh->nodes[0].gossip, FRAME_PREPARE, MM_BYTES_LIT("R1"));
    mesh_run(mesh, 1000);
    cr_assert(mesh_has_tx(mesh, 9, &tx.hash));
    cr_assert_eq(mesh->nodes[9].messages_taken, 1);
    talk_free(mesh);
}

/* A third of all frames is lost, and others come twice and out of order. Announcements and answers of many peers make up for it, and nobody is sent away for bad luck. */
Test(gossip_spread, with_losses_most_transactions_come_to_everyone)
{
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct mesh *mesh = crowd(16, seed);
        size_t having = 0;
        mesh->loss_percent = 30;
        mesh->repeat_percent = 30;
        mesh->jitter_ms = 100;
        mesh_connect_all(mesh);
        mesh_run(mesh, 1000);
        for (uint32_t number = 0; number < 20; number++) {
            talk_tx(&tx, number, 300);
            mesh_new_tx(mesh, number % 16, talk_raw(&tx));
            mesh_run(mesh, 3000);
            having += count_having(mesh, &tx.hash);
        }
        cr_assert_geq(having, 20 * 16 * 99 / 100, "%zu of 320", having);
        for (size_t i = 0; i < 16; i++)
            cr_assert_eq(mesh->nodes[i].byes, 0);
        talk_free(mesh);
    }
}

Test(gossip_spread, who_comes_back_learns_what_it_missed)
{
    struct mesh *mesh = crowd(3, 1);
    mesh_connect_all(mesh);
    mesh_run(mesh, 100);
    mesh_cut(mesh, 0, 2);
    mesh_cut(mesh, 1, 2);
    mesh_run(mesh, 100);
    for (uint32_t number = 0; number < 300; number++) {
        talk_tx(&tx, number, 100);
        mesh_new_tx(mesh, 0, talk_raw(&tx));
    }
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh->nodes[2].pool_count, 0);
    mesh_connect(mesh, 2, 1);
    mesh_run(mesh, 1000);
    cr_assert_eq(mesh->nodes[2].pool_count, 300);
    talk_free(mesh);
}

/* Goal: equal events give equal frames. */
Test(gossip_spread, is_the_same_each_time)
{
    size_t received[2][16] = { { 0 } };
    for (size_t run = 0; run < 2; run++) {
        struct mesh *mesh = crowd(16, 7);
        mesh->loss_percent = 20;
        mesh_connect_all(mesh);
        for (uint32_t number = 0; number < 30; number++) {
            talk_tx(&tx, number, 100 + 300 * number);
            mesh_new_tx(mesh, number % 16, talk_raw(&tx));
            mesh_run(mesh, 77);
        }
        for (size_t i = 0; i < 16; i++) {
            for (size_t kind = 0; kind < MESH_KINDS; kind++)
                received[run][i] = 31 * received[run][i] + mesh->nodes[i].received[kind];
        }
        talk_free(mesh);
    }
    cr_assert_arr_eq(received[0], received[1], sizeof received[0]);
}
