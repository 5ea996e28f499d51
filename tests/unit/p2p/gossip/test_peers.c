/* Peers that come, go, and do what they should not. */
#include "talk.h"

#include "state/base/heap.h"

static const enum frame_kind kinds[] = { FRAME_STATUS, FRAME_GET_PEERS, FRAME_PEERS,
                                         FRAME_TX,     FRAME_TX_HASHES, FRAME_GET_TX };

Test(gossip_peers, bytes_that_do_not_decode_end_the_link_with_a_ban)
{
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        struct mesh *mesh = talk_new(1);
        mesh_say(mesh, 1, 0, kinds[i], MM_BYTES_LIT("\xc2\x81"));
        mesh_run(mesh, 10);
        cr_assert_not(mesh_is_linked(mesh, 0, 1), "kind %d", (int)kinds[i]);
        cr_assert_eq(mesh->nodes[0].bye, BYE_PROTOCOL_ERROR);
        cr_assert_eq(mesh->nodes[0].ban_ms, GOSSIP_BAN_MS);
        cr_assert_eq(gossip_peer_count(mesh->nodes[0].gossip), 0);
        talk_free(mesh);
    }
}

Test(gossip_peers, one_that_is_gone_is_not_listened_to)
{
    struct mesh *mesh = talk_new(1);
    gossip_peer_down(mesh->nodes[0].gossip, 4711, mesh->now_ms);
    gossip_frame(mesh->nodes[0].gossip, 4711, FRAME_TX, MM_BYTES_LIT("\xc2\x81"), mesh->now_ms);
    gossip_blame(mesh->nodes[0].gossip, 4711, GOSSIP_UNTRUE, mesh->now_ms);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    talk_free(mesh);
}

Test(gossip_peers, there_is_room_for_64)
{
    struct mesh *mesh = talk_new(GOSSIP_PEERS_MAX + 1);
    cr_assert_eq(gossip_peer_count(mesh->nodes[0].gossip), GOSSIP_PEERS_MAX);
    cr_assert_not(mesh_is_linked(mesh, 0, GOSSIP_PEERS_MAX + 1));
    cr_assert_eq(mesh->nodes[0].bye, BYE_TOO_MANY_PEERS);
    cr_assert_eq(mesh->nodes[0].ban_ms, 0);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 10);
    mesh_connect(mesh, 0, GOSSIP_PEERS_MAX + 1);
    cr_assert_eq(gossip_peer_count(mesh->nodes[0].gossip), GOSSIP_PEERS_MAX);
    talk_free(mesh);
}

/* Links tell that the newer is up before the older, which they have left, is down. */
Test(gossip_peers, a_second_link_to_one_node_takes_the_place_of_the_first)
{
    struct mesh *mesh = talk_new(1);
    const uint64_t first = mesh_peer_id(mesh, 0, 1);
    mesh_connect_again(mesh, 0, 1);
    cr_assert_eq(mesh->nodes[0].byes, 1);
    cr_assert_eq(mesh->nodes[0].bye, BYE_DUPLICATE);
    cr_assert_eq(mesh->nodes[0].ban_ms, 0);
    mesh_run(mesh, 10); /* the first is down */
    cr_assert(mesh_is_linked(mesh, 0, 1));
    cr_assert_neq(mesh_peer_id(mesh, 0, 1), first);
    cr_assert_eq(gossip_peer_count(mesh->nodes[0].gossip), 1);
    talk_status(mesh, 1, 0);
    cr_assert_eq(mesh->nodes[0].byes, 1, "the second is heard");
    talk_free(mesh);
}

Test(gossip_peers, too_many_frames_a_second_end_the_link_without_a_ban)
{
    struct mesh *mesh = talk_new(1);
    size_t said = 0;
    while (mesh_is_linked(mesh, 0, 1) && said < 10000) {
        talk_status(mesh, 1, 0);
        said++;
    }
    cr_assert_eq(said, 600 + GOSSIP_POINTS);
    cr_assert_eq(mesh->nodes[0].bye, BYE_PROTOCOL_ERROR);
    cr_assert_eq(mesh->nodes[0].ban_ms, 0);
    talk_free(mesh);
}

Test(gossip_peers, as_many_frames_as_are_allowed_are_so_for_ever)
{
    struct mesh *mesh = talk_new(1);
    for (size_t second = 0; second < 30; second++) {
        for (size_t i = 0; i < 190; i++)
            talk_status(mesh, 1, 0);
        mesh_run(mesh, 1000);
    }
    cr_assert(mesh_is_linked(mesh, 0, 1));
    talk_free(mesh);
}

Test(gossip_peers, messages_of_consensus_have_an_allowance_of_their_own)
{
    struct mesh *mesh = talk_new(1);
    for (size_t i = 0; i < 600; i++)
        talk_status(mesh, 1, 0);
    size_t said = 0;
    while (mesh_is_linked(mesh, 0, 1) && said < 10000) {
        talk_message(mesh, 1, "R1");
        said++;
    }
    cr_assert_eq(said, 3000 + GOSSIP_POINTS);
    talk_free(mesh);
}

Test(gossip_peers, points_come_back_with_time)
{
    struct mesh *mesh = talk_new(1);
    struct gossip *gossip = mesh->nodes[0].gossip;
    const uint64_t id = mesh_peer_id(mesh, 0, 1);
    for (size_t minute = 0; minute < 3; minute++) {
        for (size_t i = 0; i < 3; i++)
            gossip_blame(gossip, id, GOSSIP_UNTRUE, mesh->now_ms);
        mesh_run(mesh, 60000);
        cr_assert(mesh_is_linked(mesh, 0, 1));
    }
    for (size_t i = 0; i < 5; i++)
        gossip_blame(gossip, id, GOSSIP_UNTRUE, mesh->now_ms);
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    talk_free(mesh);
}

#ifdef MINTMARK_CHECKED
Test(gossip_peers, without_memory_there_is_no_machine_and_nothing_leaks)
{
    const struct gossip_options options = { .peers_wanted = 8 };
    struct gossip *gossip;
    size_t allowed = 0;
    for (;; allowed++) {
        mm_heap_fail_after(allowed);
        const mm_err err = gossip_new(&gossip, &options);
        mm_heap_fail_after(SIZE_MAX);
        if (err == MM_OK)
            break;
        cr_assert_eq(err, MM_ERR_NO_MEMORY);
        cr_assert_null(gossip);
    }
    cr_assert_geq(allowed, 8);
    gossip_free(gossip);
}

Test(gossip_peers, without_memory_a_peer_is_sent_away_and_frames_are_lost_and_nothing_else)
{
    static struct talk_tx tx;
    for (size_t allowed = 0; allowed < 12; allowed++) {
        struct mesh *mesh = talk_new(2);
        mesh_cut(mesh, 0, 2);
        mesh_run(mesh, 10);
        talk_tx(&tx, 1, 100);
        mm_heap_fail_after(allowed);
        mesh_connect(mesh, 0, 2);
        talk_tx(&tx, 2, 100);
        mesh_new_tx(mesh, 0, talk_raw(&tx));
        mm_heap_fail_after(SIZE_MAX);
        mesh_run(mesh, 100);
        talk_free(mesh);
    }
}
#endif
