/* What others ask for. */
#include "court.h"

static const struct stub_chain_options SMALL = {
    .height = 300, .validators = 4, .txs_of_block = 1, .tx_bytes = 100
};
static const struct stub_chain_options LARGE = {
    .height = 40, .validators = 1, .txs_of_block = 3, .tx_bytes = 120 << 10
};

static struct mesh *serving(const struct stub_chain_options *options, size_t puppets)
{
    struct mesh *mesh = court_new(options, puppets);
    mesh_set_head(mesh, 0, options->height);
    return mesh;
}

static void ask_headers(struct mesh *mesh, size_t from, uint64_t id, uint64_t height,
                        uint64_t count)
{
    struct mm_buf payload;
    mm_buf_init(&payload, 1 << 10);
    payload_get_headers_encode(&payload, &(struct payload_get_headers){ id, height, count });
    mesh_say(mesh, from, 0, FRAME_GET_HEADERS, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

static void ask_bodies(struct mesh *mesh, size_t from, uint64_t id, uint64_t height, uint64_t count)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, 1 << 16);
    mm_buf_init(&payload, 1 << 16);
    for (uint64_t i = 0; i < count; i++)
        payload_add_hash(&items, &mesh->chain->blocks[height + i].hash);
    payload_get_bodies_encode(&payload,
                              &(struct payload_get_bodies){ id, { mm_buf_bytes(&items), count } });
    mesh_say(mesh, from, 0, FRAME_GET_BODIES, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

static struct payload_headers headers_of(const struct mesh *mesh, size_t puppet)
{
    struct payload_headers headers;
    cr_assert_eq(payload_headers_decode(&headers, mesh_heard(mesh, puppet, FRAME_HEADERS)), RLP_OK);
    return headers;
}

static struct payload_bodies bodies_of(const struct mesh *mesh, size_t puppet)
{
    struct payload_bodies bodies;
    cr_assert_eq(payload_bodies_decode(&bodies, mesh_heard(mesh, puppet, FRAME_BODIES)), RLP_OK);
    return bodies;
}

Test(sync_serving, headers_as_many_as_there_are)
{
    struct mesh *mesh = serving(&SMALL, 1);
    struct payload_header item;
    ask_headers(mesh, 1, 77, 100, 256);
    const struct payload_headers headers = headers_of(mesh, 1);
    cr_assert_eq(headers.id, 77);
    cr_assert_eq(headers.headers.count, 201);
    struct rlp at = payload_items(&headers.headers);
    for (size_t i = 100; payload_next_header(&at, &item); i++) {
        cr_assert(mm_bytes_equal(item.header, mesh->chain->blocks[i].header));
        cr_assert(mm_bytes_equal(item.certificate, mesh->chain->blocks[i].certificate));
    }
    ask_headers(mesh, 1, 78, 301, 256);
    cr_assert_eq(headers_of(mesh, 1).headers.count, 0);
    ask_headers(mesh, 1, 79, UINT64_MAX, 256);
    cr_assert_eq(headers_of(mesh, 1).headers.count, 0);
    cr_assert(mesh_is_linked(mesh, 0, 1));
    court_free(mesh);
}

Test(sync_serving, bodies_up_to_the_first_that_is_not_there)
{
    struct mesh *mesh = serving(&SMALL, 1);
    struct payload_body item;
    ask_bodies(mesh, 1, 5, 10, 64);
    const struct payload_bodies bodies = bodies_of(mesh, 1);
    cr_assert_eq(bodies.id, 5);
    cr_assert_eq(bodies.bodies.count, 64);
    struct rlp at = payload_items(&bodies.bodies);
    for (size_t i = 10; payload_next_body(&at, &item); i++) {
        cr_assert(mm_hash_equal(&item.hash, &mesh->chain->blocks[i].hash));
        cr_assert(mm_bytes_equal(item.body, mesh->chain->blocks[i].body));
    }
    mesh_set_head(mesh, 0, 12);
    ask_bodies(mesh, 1, 6, 10, 64);
    cr_assert_eq(bodies_of(mesh, 1).bodies.count, 3);
    court_free(mesh);
}

Test(sync_serving, bodies_within_two_mebibytes)
{
    struct mesh *mesh = serving(&LARGE, 1);
    ask_bodies(mesh, 1, 5, 1, 40);
    cr_assert_eq(bodies_of(mesh, 1).bodies.count, 5);
    cr_assert_leq(mesh_heard(mesh, 1, FRAME_BODIES).len, FRAME_ANSWER_BYTES);
    court_free(mesh);
}

/* 16 MiB at once and 16 MiB a second; what is asked for beyond that is answered when its time comes, in order. */
Test(sync_serving, a_peer_that_asks_for_much_waits)
{
    struct mesh *mesh = serving(&LARGE, 2);
    for (uint64_t id = 1; id <= 20; id++)
        ask_bodies(mesh, 1, id, 1, 40);
    const size_t at_once = mesh_heard_count(mesh, 1, FRAME_BODIES);
    cr_assert(at_once >= 9 && at_once <= 11, "%zu of 1.8 MiB each", at_once);
    ask_bodies(mesh, 2, 1, 1, 40);
    cr_assert_eq(mesh_heard_count(mesh, 2, FRAME_BODIES), 1, "the other one does not wait for it");
    mesh_run(mesh, 2000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_BODIES), 20);
    cr_assert_eq(bodies_of(mesh, 1).id, 20);
    cr_assert_eq(mesh->nodes[0].slow_calls, 0);
    court_free(mesh);
}

Test(sync_serving, sixteen_requests_of_a_peer_wait_and_no_more)
{
    struct mesh *mesh = serving(&LARGE, 1);
    for (uint64_t id = 1; id <= 40; id++)
        ask_bodies(mesh, 1, id, 1, 40);
    const size_t at_once = mesh_heard_count(mesh, 1, FRAME_BODIES);
    cr_assert_eq(mesh->nodes[0].slow_calls, 40 - at_once - SYNC_WAITING_MAX);
    mesh_run(mesh, 5000);
    cr_assert_eq(mesh_heard_count(mesh, 1, FRAME_BODIES), at_once + SYNC_WAITING_MAX);
    court_free(mesh);
}

Test(sync_serving, what_waits_goes_with_its_peer)
{
    struct mesh *mesh = serving(&LARGE, 1);
    for (uint64_t id = 1; id <= 20; id++)
        ask_bodies(mesh, 1, id, 1, 40);
    mesh_cut(mesh, 0, 1);
    mesh_run(mesh, 5000);
    cr_assert_leq(mesh_heard_count(mesh, 1, FRAME_BODIES), 11);
    court_free(mesh);
}
