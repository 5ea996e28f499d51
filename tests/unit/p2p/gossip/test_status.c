/* STATUS, the block for a peer that is one behind, and messages of consensus. */
#include "talk.h"

#include <stdio.h>

Test(gossip_status, a_new_peer_is_told_at_once_and_each_second)
{
    struct mesh *mesh = talk_new(1);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 10);
    mesh_forget(mesh, 1);
    mesh_connect(mesh, 0, 1);
    mesh_run(mesh, 10);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_STATUS), 1);
    mesh_run(mesh, 10000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_STATUS), 11);
    talk_free(mesh);
}

Test(gossip_status, a_change_is_told_at_once_but_not_ten_times_a_moment)
{
    struct mesh *mesh = talk_new(1);
    struct payload_status status;
    mesh->latency_ms = 0;
    mesh_run(mesh, GOSSIP_STATUS_GAP_MS);
    mesh_forget(mesh, 1);
    for (uint64_t height = 1; height <= 9; height++) {
        mesh_set_head(mesh, 0, height);
        mesh_run(mesh, 1);
    }
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_STATUS), 1);
    mesh_run(mesh, GOSSIP_STATUS_GAP_MS);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_STATUS), 2);
    cr_assert_eq(payload_status_decode(&status, mesh_heard(mesh, 1, FRAME_STATUS)), RLP_OK);
    cr_assert_eq(status.height, 9);
    cr_assert(mm_hash_equal(&status.head_hash, &mesh->chain->blocks[9].hash));
    talk_free(mesh);
}

Test(gossip_status, a_peer_one_behind_is_sent_the_block_and_one_further_behind_is_not)
{
    struct mesh *mesh = talk_new(2);
    struct mm_buf expected;
    mesh_set_head(mesh, 0, 5);
    talk_status(mesh, 1, 4);
    talk_status(mesh, 2, 3);
    mesh_run(mesh, 100);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_DECIDED), 1);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_DECIDED), 0);
    mm_buf_init(&expected, 1 << 20);
    stub_chain_decided(&expected, &mesh->chain->blocks[5]);
    cr_assert(mm_bytes_equal(mesh_heard(mesh, 1, FRAME_DECIDED), mm_buf_bytes(&expected)));
    mm_buf_fini(&expected);
    talk_free(mesh);
}

Test(gossip_status, the_same_block_is_sent_again_after_a_while_only)
{
    struct mesh *mesh = talk_new(1);
    mesh_set_head(mesh, 0, 5);
    for (size_t i = 0; i < 10; i++)
        talk_status(mesh, 1, 4);
    mesh_run(mesh, 100);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_DECIDED), 1);
    mesh_run(mesh, 500);
    talk_status(mesh, 1, 4);
    mesh_run(mesh, 100);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_DECIDED), 2);
    talk_free(mesh);
}

Test(gossip_status, a_peer_that_is_one_ahead_is_told_soon_where_we_are)
{
    struct mesh *mesh = talk_new(1);
    mesh->latency_ms = 0;
    mesh_run(mesh, 1000);
    mesh_forget(mesh, 1);
    talk_status(mesh, 1, 1);
    mesh_run(mesh, GOSSIP_STATUS_NUDGE_MS);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_STATUS), 1);
    talk_free(mesh);
}

Test(gossip_status, is_known_of_each_peer)
{
    struct mesh *mesh = talk_new(2);
    struct payload_status status;
    talk_status(mesh, 1, 7);
    cr_assert(gossip_find_status(mesh->nodes[0].gossip, mesh_peer_id(mesh, 0, 1), &status));
    cr_assert_eq(status.height, 7);
    cr_assert_not(gossip_find_status(mesh->nodes[0].gossip, mesh_peer_id(mesh, 0, 2), &status));
    talk_free(mesh);
}

/* ---- consensus ---- */

Test(gossip_messages, one_to_pass_on_goes_to_all_others_once)
{
    struct mesh *mesh = talk_new(3);
    for (size_t i = 1; i <= 3; i++)
        talk_message(mesh, i, "R1");
    mesh_run(mesh, 100);
    cr_assert_eq(mesh->nodes[0].messages_taken, 1);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_PREPARE), 0);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_PREPARE), 1);
    cr_assert_eq(mesh_heard_count(mesh, 3, FRAME_PREPARE), 1);
    talk_free(mesh);
}

/* What is for a height that the node has not come to is said again by its sender, byte for byte. */
Test(gossip_messages, one_that_is_of_no_use_now_is_looked_at_again_when_it_comes_again)
{
    struct mesh *mesh = talk_new(2);
    talk_message(mesh, 1, "I1");
    talk_message(mesh, 1, "I1");
    mesh_run(mesh, 100);
    cr_assert_eq(mesh->nodes[0].messages_taken, 2);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_PREPARE), 0);
    talk_free(mesh);
}

Test(gossip_messages, an_invalid_one_ends_the_link_with_a_ban)
{
    struct mesh *mesh = talk_new(2);
    talk_message(mesh, 1, "X1");
    mesh_run(mesh, 100);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(mesh->nodes[0].ban_ms, GOSSIP_BAN_MS);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_PREPARE), 0);
    talk_free(mesh);
}

Test(gossip_messages, own_ones_are_sent_each_time_and_not_taken_when_they_come_back)
{
    struct mesh *mesh = talk_new(2);
    for (size_t i = 0; i < 3; i++)
        gossip_broadcast(mesh->nodes[0].gossip, FRAME_PREPARE, MM_BYTES_LIT("R1"));
    mesh_run(mesh, 100);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_PREPARE), 3);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_PREPARE), 3);
    talk_message(mesh, 1, "R1");
    cr_assert_eq(mesh->nodes[0].messages_taken, 0);
    talk_free(mesh);
}

Test(gossip_messages, the_same_bytes_of_another_kind_are_another_message)
{
    struct mesh *mesh = talk_new(1);
    mesh_say(mesh, 1, 0, FRAME_PREPARE, MM_BYTES_LIT("R1"));
    mesh_say(mesh, 1, 0, FRAME_COMMIT, MM_BYTES_LIT("R1"));
    cr_assert_eq(mesh->nodes[0].messages_taken, 2);
    talk_free(mesh);
}

Test(gossip_messages, the_last_4096_are_remembered)
{
    struct mesh *mesh = talk_new(1);
    char text[16];
    for (unsigned i = 0; i <= GOSSIP_MESSAGES_REMEMBERED; i++) {
        (void)snprintf(text, sizeof text, "R%u", i);
        talk_message(mesh, 1, text);
        if (i % 32 == 0) /* within its allowance, and its turn */
            mesh_run(mesh, 2);
    }
    const size_t taken = mesh->nodes[0].messages_taken;
    cr_assert_gt(taken, 0);
    talk_message(mesh, 1, text);
    cr_assert_eq(mesh->nodes[0].messages_taken, taken);
    talk_free(mesh);
}

/* It may have been lost behind this node, and nobody but its sender says it again. */
Test(gossip_messages, one_that_is_said_again_after_a_second_is_passed_on_again)
{
    struct mesh *mesh = talk_new(2);
    for (size_t i = 1; i <= 5; i++) {
        talk_message(mesh, 1, "R1");
        talk_message(mesh, 1, "R1");
        mesh_run(mesh, 1000);
        cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_PREPARE), i);
    }
    talk_free(mesh);
}
