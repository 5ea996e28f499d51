/* Transactions: who gets them, whole or by name, and what becomes of those that come. */
#include "talk.h"

static struct talk_tx tx, other;

Test(gossip_txs, a_small_one_goes_whole_to_each_of_eight_peers_once)
{
    struct mesh *mesh = talk_new(8);
    talk_tx(&tx, 1, GOSSIP_WHOLE_BYTES_MAX);
    mesh_new_tx(mesh, 0, talk_raw(&tx));
    mesh_run(mesh, 1000);
    for (size_t i = 1; i <= 8; i++) {
        cr_assert_eq(talk_heard_whole(mesh, i, &tx.hash), 1);
        cr_assert_eq(talk_heard_hash(mesh, i, &tx.hash), 0);
    }
    talk_free(mesh);
}

Test(gossip_txs, a_larger_one_is_announced_only)
{
    struct mesh *mesh = talk_new(3);
    talk_tx(&tx, 1, GOSSIP_WHOLE_BYTES_MAX + 1);
    mesh_new_tx(mesh, 0, talk_raw(&tx));
    mesh_run(mesh, 1000);
    for (size_t i = 1; i <= 3; i++) {
        cr_assert_eq(talk_heard_whole(mesh, i, &tx.hash), 0);
        cr_assert_eq(talk_heard_hash(mesh, i, &tx.hash), 1);
    }
    talk_free(mesh);
}

/* floor(sqrt(20)) + 1 = 5. */
Test(gossip_txs, among_many_peers_some_get_it_whole_and_each_other_its_name)
{
    size_t whole_of[21] = { 0 };
    struct mesh *mesh = talk_new(20);
    for (uint32_t number = 0; number < 100; number++) {
        size_t whole = 0;
        talk_tx(&tx, number, 200);
        mesh_new_tx(mesh, 0, talk_raw(&tx));
        mesh_run(mesh, 100);
        for (size_t i = 1; i <= 20; i++) {
            const size_t told = talk_heard_hash(mesh, i, &tx.hash);
            const size_t sent = talk_heard_whole(mesh, i, &tx.hash);
            cr_assert_eq(told + sent, 1);
            whole += sent;
            whole_of[i] += sent;
        }
        cr_assert_eq(whole, 5);
    }
    for (size_t i = 1; i <= 20; i++)
        cr_assert(whole_of[i] > 5 && whole_of[i] < 60, "peer %zu got %zu of 100", i, whole_of[i]);
    talk_free(mesh);
}

Test(gossip_txs, the_first_after_a_quiet_moment_goes_at_once_and_the_next_are_gathered)
{
    struct mesh *mesh = talk_new(1);
    mesh->latency_ms = 0;
    mesh_run(mesh, 100);
    mesh_forget(mesh, 1);
    for (uint32_t number = 0; number < 10; number++) {
        talk_tx(&tx, number, 100);
        mesh_new_tx(mesh, 0, talk_raw(&tx));
        mesh_run(mesh, 1);
    }
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX), 1);
    mesh_run(mesh, GOSSIP_GATHER_MS);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX), 2);
    cr_assert_eq(mesh->nodes[1].whole_copies, 10);
    talk_free(mesh);
}

Test(gossip_txs, announcements_go_when_there_are_4096_of_them)
{
    struct mesh *mesh = talk_new(1);
    mesh->latency_ms = 0;
    talk_tx(&tx, 0, 5000);
    mesh_new_tx(mesh, 0, talk_raw(&tx)); /* at once */
    mesh_run(mesh, 1);
    mesh_forget(mesh, 1);
    for (uint32_t number = 1; number <= GOSSIP_GATHERED_MAX; number++) {
        talk_tx(&tx, number, 5000);
        gossip_new_tx(mesh->nodes[0].gossip, &tx.hash, talk_raw(&tx), mesh->now_ms);
    }
    mesh_run(mesh, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX_HASHES), 0);
    talk_tx(&tx, GOSSIP_GATHERED_MAX + 1, 5000);
    gossip_new_tx(mesh->nodes[0].gossip, &tx.hash, talk_raw(&tx), mesh->now_ms);
    mesh_run(mesh, 0);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX_HASHES), 1);
    struct payload_tx_hashes hashes;
    cr_assert_eq(payload_tx_hashes_decode(&hashes, mesh_heard(mesh, 1, FRAME_TX_HASHES)), RLP_OK);
    cr_assert_eq(hashes.announced.count, GOSSIP_GATHERED_MAX);
    talk_free(mesh);
}

Test(gossip_txs, a_full_frame_of_transactions_is_split)
{
    struct mesh *mesh = talk_new(1);
    talk_tx(&tx, 0, 100);
    mesh_new_tx(mesh, 0, talk_raw(&tx));
    mesh_run(mesh, 10);
    mesh_forget(mesh, 1);
    for (uint32_t number = 1; number <= 600; number++) {
        talk_tx(&tx, number, GOSSIP_WHOLE_BYTES_MAX);
        gossip_new_tx(mesh->nodes[0].gossip, &tx.hash, talk_raw(&tx), mesh->now_ms);
    }
    mesh_run(mesh, 100);
    /* 512 fill the 2 MiB that are gathered: 256 and 256, and then 88. */
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX), 3);
    cr_assert_eq(mesh->nodes[1].whole_copies, 601);
    talk_free(mesh);
}

Test(gossip_txs, one_that_comes_is_passed_on_and_never_back)
{
    struct mesh *mesh = talk_new(3);
    talk_tx(&tx, 1, 100);
    talk_say_tx(mesh, 1, &tx);
    mesh_run(mesh, 1000);
    cr_assert_eq(talk_heard_whole(mesh, 1, &tx.hash) + talk_heard_hash(mesh, 1, &tx.hash), 0);
    /* Who had it first has most likely sent it to them: one gets it whole, the other its name. */
    cr_assert_eq(talk_heard_whole(mesh, 2, &tx.hash) + talk_heard_whole(mesh, 3, &tx.hash), 1);
    cr_assert_eq(talk_heard_hash(mesh, 2, &tx.hash) + talk_heard_hash(mesh, 3, &tx.hash), 1);
    cr_assert_eq(talk_heard_whole(mesh, 2, &tx.hash) + talk_heard_hash(mesh, 2, &tx.hash), 1);
    talk_free(mesh);
}

Test(gossip_txs, the_pool_is_asked_about_one_once)
{
    struct mesh *mesh = talk_new(3);
    talk_tx(&tx, 1, 100);
    for (size_t i = 1; i <= 3; i++)
        talk_say_tx(mesh, i, &tx);
    cr_assert_eq(mesh->nodes[0].txs_taken, 1);
    mesh_run(mesh, 1000);
    for (size_t i = 1; i <= 3; i++) /* the first frame went out before 2 and 3 spoke */
        cr_assert_leq(talk_heard_whole(mesh, i, &tx.hash), i == 1 ? 0 : 1);
    talk_free(mesh);
}

Test(gossip_txs, one_that_had_to_wait_is_taken_when_it_comes_again)
{
    struct mesh *mesh = talk_new(1);
    talk_tx(&tx, 1, 100);
    tx.bytes[1] = TX_IS_LATER;
    talk_say_tx(mesh, 1, &tx);
    talk_say_tx(mesh, 1, &tx);
    cr_assert_eq(mesh->nodes[0].txs_taken, 2);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    talk_free(mesh);
}

Test(gossip_txs, an_invalid_one_ends_the_link_with_a_ban)
{
    struct mesh *mesh = talk_new(2);
    talk_tx(&tx, 1, 100);
    tx.bytes[1] = TX_IS_INVALID;
    talk_say_tx(mesh, 1, &tx);
    mesh_run(mesh, 100);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert(mesh_is_linked(mesh, 0, 2));
    cr_assert_eq(mesh->nodes[0].bye, BYE_PROTOCOL_ERROR);
    cr_assert_eq(mesh->nodes[0].ban_ms, 10 * 60 * 1000);
    cr_assert_eq(talk_heard_whole(mesh, 2, &tx.hash), 0);
    talk_free(mesh);
}

Test(gossip_txs, bytes_that_are_no_envelope_end_the_link_and_the_pool_is_not_asked)
{
    static const uint8_t firsts[] = { 0x80, 0xb9, 0xbf };
    for (size_t i = 0; i < MM_COUNT_OF(firsts); i++) {
        struct mesh *mesh = talk_new(1);
        talk_tx(&tx, 1, 100);
        tx.bytes[0] = firsts[i];
        talk_say_tx(mesh, 1, &tx);
        cr_assert_not(mesh_is_linked(mesh, 0, 1));
        cr_assert_eq(mesh->nodes[0].txs_taken, 0);
        talk_free(mesh);
    }
}

Test(gossip_txs, what_came_before_an_invalid_one_in_its_frame_is_passed_on)
{
    struct mesh *mesh = talk_new(2);
    struct mm_buf items;
    struct mm_buf payload;
    talk_tx(&tx, 1, 100);
    talk_tx(&other, 2, 100);
    other.bytes[1] = TX_IS_INVALID;
    mm_buf_init(&items, 1 << 16);
    mm_buf_init(&payload, 1 << 16);
    payload_add_tx(&items, talk_raw(&tx));
    payload_add_tx(&items, talk_raw(&other));
    payload_txs_encode(&payload, &(struct payload_txs){ { mm_buf_bytes(&items), 2 } });
    mesh_say(mesh, 1, 0, FRAME_TX, mm_buf_bytes(&payload));
    mesh_run(mesh, 100);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(talk_heard_whole(mesh, 2, &tx.hash), 1);
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    talk_free(mesh);
}

Test(gossip_txs, a_new_peer_is_told_what_the_pool_has)
{
    struct mesh *mesh = talk_new(2);
    mesh_cut(mesh, 0, 2);
    mesh_run(mesh, 10);
    for (uint32_t number = 0; number < 5000; number++) {
        talk_tx(&tx, number, 50);
        mesh_put_tx(mesh, 0, talk_raw(&tx));
    }
    mesh_connect(mesh, 2, 0);
    mesh_run(mesh, 100);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_TX_HASHES), 2);
    cr_assert_eq(talk_heard_hash(mesh, 2, &tx.hash), 1);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX_HASHES), 0);
    talk_free(mesh);
}

Test(gossip_txs, of_a_large_pool_a_new_peer_is_told_as_much_as_is_remembered_of_it)
{
    struct mesh *mesh = talk_new(1);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 10);
    for (uint32_t number = 0; number < GOSSIP_POOL_ANNOUNCED_MAX + 10; number++) {
        talk_tx(&tx, number, 16);
        mesh_put_tx(mesh, 0, talk_raw(&tx));
    }
    mesh_connect(mesh, 1, 0);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX_HASHES),
                 GOSSIP_POOL_ANNOUNCED_MAX / PAYLOAD_ANNOUNCED_MAX);
    talk_free(mesh);
}

/* ---- answering ---- */

Test(gossip_txs, is_answered_with_what_is_there)
{
    struct mesh *mesh = talk_new(1);
    talk_tx(&tx, 1, 100);
    talk_tx(&other, 2, 100);
    mesh_put_tx(mesh, 0, talk_raw(&tx));
    talk_ask_tx(mesh, 1, &tx);
    mesh_run(mesh, 10);
    cr_assert_eq(talk_heard_whole(mesh, 1, &tx.hash), 1);
    mesh_forget(mesh, 1);
    talk_ask_tx(mesh, 1, &other);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_TX), 1, "an empty answer is an answer");
    talk_free(mesh);
}

Test(gossip_txs, an_answer_stays_within_two_mebibytes)
{
    struct mesh *mesh = talk_new(1);
    struct mm_buf items, payload;
    struct payload_txs txs;
    mm_buf_init(&items, 1 << 16);
    mm_buf_init(&payload, 1 << 16);
    for (uint32_t number = 0; number < 20; number++) {
        talk_tx(&tx, number, MM_TX_BYTES_MAX);
        mesh_put_tx(mesh, 0, talk_raw(&tx));
        payload_add_hash(&items, &tx.hash);
    }
    payload_get_txs_encode(&payload, &(struct payload_get_txs){ { mm_buf_bytes(&items), 20 } });
    mesh_say(mesh, 1, 0, FRAME_GET_TX, mm_buf_bytes(&payload));
    mesh_run(mesh, 10);
    cr_assert_eq(payload_txs_decode(&txs, mesh_heard(mesh, 1, FRAME_TX)), RLP_OK);
    cr_assert_eq(txs.txs.count, 15);
    cr_assert_leq(mesh_heard(mesh, 1, FRAME_TX).len, FRAME_ANSWER_BYTES);
    /* And 16 MiB at once, 8 a second: then there is nothing for a while. */
    for (size_t i = 0; i < 20; i++)
        mesh_say(mesh, 1, 0, FRAME_GET_TX, mm_buf_bytes(&payload));
    mesh_run(mesh, 10);
    cr_assert_eq(payload_txs_decode(&txs, mesh_heard(mesh, 1, FRAME_TX)), RLP_OK);
    cr_assert_eq(txs.txs.count, 0);
    mesh_run(mesh, 2000);
    mesh_say(mesh, 1, 0, FRAME_GET_TX, mm_buf_bytes(&payload));
    mesh_run(mesh, 10);
    cr_assert_eq(payload_txs_decode(&txs, mesh_heard(mesh, 1, FRAME_TX)), RLP_OK);
    cr_assert_eq(txs.txs.count, 15);
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    talk_free(mesh);
}
