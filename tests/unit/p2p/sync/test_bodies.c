/* Lies about bodies. */
#include "court.h"

/* The first puppet told the headers and is asked for bodies. */
static struct mesh *begin_bodies(struct payload_get_bodies *get)
{
    struct payload_get_headers headers;
    struct mesh *mesh = court_begin(&headers);
    court_headers(mesh, 1, headers.id, mesh->chain, 1, 40);
    if (!court_asked_bodies(mesh, 1,
                            get)) { /* the second one was asked: let it be the liar's turn */
        mesh_run(mesh, SYNC_REQUEST_MS);
        cr_assert(court_asked_bodies(mesh, 1, get));
        mesh_forget(mesh, 2);
    }
    return mesh;
}

static void say_body(struct mesh *mesh, uint64_t id, const mm_hash32 *hash, mm_bytes body)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, 4 << 20);
    mm_buf_init(&payload, 4 << 20);
    payload_add_body(&items, &(struct payload_body){ *hash, body });
    payload_bodies_encode(&payload, &(struct payload_bodies){ id, { mm_buf_bytes(&items), 1 } });
    mesh_say(mesh, 1, 0, FRAME_BODIES, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

Test(sync_lies, the_body_of_another_block_under_the_name_of_this_one)
{
    struct payload_get_bodies get;
    struct mesh *mesh = begin_bodies(&get);
    say_body(mesh, get.id, &mesh->chain->blocks[1].hash, mesh->chain->blocks[2].body);
    court_expect_banned(mesh, 1, SYNC_BODY);
    cr_assert_eq(mesh->nodes[0].head, 0);
    court_end(mesh);
}

Test(sync_lies, a_body_that_was_not_asked_for)
{
    struct payload_get_bodies get;
    struct mesh *mesh = begin_bodies(&get);
    say_body(mesh, get.id, &mesh->chain->blocks[2].hash, mesh->chain->blocks[2].body);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_end(mesh);
}

static const char *const bodies[] = {
    "\xc3\xc0\xc0\xc0",             /* nothing, where there are transactions */
    "\xc5\xc2\x01\x02\xc0\xc0",     /* two of a byte each */
    "\xc6\xc3\x01\x02\x03\xc0\xc0", /* more than the gas paid for */
    "\xc5\xc2\x80\x80\xc0\xc0",     /* empty ones */
    "\xc5\xc1\x01\xc1\x01\xc0",     /* an ommer */
    "\xc5\xc1\x01\xc0\xc1\x01",     /* a withdrawal */
    "\xc5\xc2\x81\x01\xc0\xc0",     /* not canonical within the list */
};

/* Ommers and withdrawals stand in the header by their own roots, which this chain has of empty lists alone. */
Test(sync_lies, the_true_transactions_with_something_behind_them)
{
    static const char *const rests[] = { "\xc1\x01\xc0", "\xc0\xc1\x01" };
    for (size_t i = 0; i < MM_COUNT_OF(rests); i++) {
        struct payload_get_bodies get;
        struct mesh *mesh = begin_bodies(&get);
        struct mm_buf body;
        struct rlp outer = rlp_over(mesh->chain->blocks[1].body);
        struct rlp parts = rlp_read_list(&outer);
        mm_buf_init(&body, 1 << 16);
        const size_t list = rlp_open_list(&body);
        mm_buf_add(&body, rlp_read_raw(&parts));
        mm_buf_add_text(&body, rests[i]);
        rlp_close_list(&body, list);
        say_body(mesh, get.id, &mesh->chain->blocks[1].hash, mm_buf_bytes(&body));
        mm_buf_fini(&body);
        court_expect_banned(mesh, 1, SYNC_BODY);
        court_end(mesh);
    }
}

Test(sync_lies, bodies_that_are_made_up)
{
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        struct payload_get_bodies get;
        struct mesh *mesh = begin_bodies(&get);
        say_body(mesh, get.id, &mesh->chain->blocks[1].hash, mm_bytes_str(bodies[i]));
        court_expect_banned(mesh, 1, SYNC_BODY);
        court_end(mesh);
    }
}

/* Goal: what a body may cost is bounded by what its header, which is certified, says that it has. */
Test(sync_lies, a_body_of_a_million_items_is_refused_before_anything_is_built)
{
    struct payload_get_bodies get;
    struct mesh *mesh = begin_bodies(&get);
    struct mm_buf body;
    mm_buf_init(&body, 4 << 20);
    const size_t list = rlp_open_list(&body);
    rlp_add_list_header(&body, 1000000);
    for (size_t i = 0; i < 1000000; i++)
        mm_buf_add_byte(&body, 1);
    rlp_add_list_header(&body, 0);
    rlp_add_list_header(&body, 0);
    rlp_close_list(&body, list);
    say_body(mesh, get.id, &mesh->chain->blocks[1].hash, mm_buf_bytes(&body));
    mm_buf_fini(&body);
    court_expect_banned(mesh, 1, SYNC_BODY);
    court_end(mesh);
}
