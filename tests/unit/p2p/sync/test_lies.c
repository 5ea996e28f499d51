/* Each lie a peer can tell, its verdict, and that it stops nobody else. */
#include "court.h"

#include <stdlib.h>

static const struct stub_chain_options TRUE_CHAIN = {
    .height = 40, .validators = 4, .txs_of_block = 2, .tx_bytes = 100
};
static const struct stub_chain_options FORK = {
    .height = 40, .validators = 4, .txs_of_block = 2, .tx_bytes = 100, .distinction = 1
};

/* Two puppets claim the whole chain; the first one is asked for headers. */
static struct mesh *begin(struct payload_get_headers *get)
{
    struct mesh *mesh = court_new(&TRUE_CHAIN, 2);
    court_status(mesh, 1, 40, 0);
    court_status(mesh, 2, 40, 0);
    cr_assert(court_asked_headers(mesh, 1, get));
    return mesh;
}

/* The second puppet tells the truth, and that is enough. */
static void end(struct mesh *mesh)
{
    for (size_t i = 0; i < 5; i++) {
        court_serve(mesh, 2);
        mesh_run(mesh, 100);
    }
    cr_assert_eq(mesh->nodes[0].head, 40);
    cr_assert_eq(mesh->nodes[0].byes, 1);
    cr_assert(mesh_is_linked(mesh, 0, 2));
    court_free(mesh);
}

static void say_header(struct mesh *mesh, uint64_t id, mm_bytes header, mm_bytes certificate)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&payload, 1 << 20);
    payload_add_header(&items, &(struct payload_header){ header, certificate });
    payload_headers_encode(&payload, &(struct payload_headers){ id, { mm_buf_bytes(&items), 1 } });
    mesh_say(mesh, 1, 0, FRAME_HEADERS, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

static struct header read_header(mm_bytes item)
{
    struct header header;
    struct rlp at = rlp_over(item);
    header_read(&at, &header);
    cr_assert_eq(rlp_finish(&at), RLP_OK);
    return header;
}

/* A header as it was bent, sealed by whom the true one is sealed by. */
static void say_bent(struct mesh *mesh, uint64_t id, const struct header *header)
{
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 16);
    header_encode(&buf, header);
    const mm_hash32 hash = keccak256(mm_buf_bytes(&buf));
    const mm_bytes certificate =
        stub_chain_seal(&mesh->chain->domain, &mesh->chain->blocks[0].next, header->number, &hash);
    say_header(mesh, id, mm_buf_bytes(&buf), certificate);
    free((void *)(uintptr_t)certificate.ptr);
    mm_buf_fini(&buf);
}

Test(sync_lies, a_certificate_of_another_block)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, mesh->chain->blocks[2].certificate);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    cr_assert_eq(mesh->nodes[0].bye, BYE_BAD_CERTIFICATE);
    end(mesh);
}

Test(sync_lies, a_certificate_of_too_few)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    const struct validator_set one = { .addrs = { mesh->chain->blocks[0].next.addrs[0] },
                                       .count = 1 };
    const mm_bytes certificate =
        stub_chain_seal(&mesh->chain->domain, &one, 1, &mesh->chain->blocks[1].hash);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, certificate);
    free((void *)(uintptr_t)certificate.ptr);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    end(mesh);
}

Test(sync_lies, a_certificate_of_strangers)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct validator_set strangers = mesh->chain->blocks[0].next;
    for (size_t i = 0; i < strangers.count; i++)
        strangers.addrs[i].b[0] ^= 1;
    const mm_bytes certificate =
        stub_chain_seal(&mesh->chain->domain, &strangers, 1, &mesh->chain->blocks[1].hash);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, certificate);
    free((void *)(uintptr_t)certificate.ptr);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    end(mesh);
}

Test(sync_lies, a_chain_of_another_genesis)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct stub_chain *fork = stub_chain_new(&FORK);
    court_headers(mesh, 1, get.id, fork, 1, 40);
    court_expect_banned(mesh, 1, SYNC_LINK);
    stub_chain_free(fork);
    end(mesh);
}

/* The blocks before the gap are certified, whoever told them. */
Test(sync_lies, a_gap_in_the_middle)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct mm_buf items, payload;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&payload, 1 << 20);
    for (size_t i = 0; i < 4; i++) {
        const struct stub_block *block = &mesh->chain->blocks[i < 2 ? i + 1 : i + 2];
        payload_add_header(&items, &(struct payload_header){ block->header, block->certificate });
    }
    payload_headers_encode(&payload,
                           &(struct payload_headers){ get.id, { mm_buf_bytes(&items), 4 } });
    mesh_say(mesh, 1, 0, FRAME_HEADERS, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
    court_expect_banned(mesh, 1, SYNC_NUMBER);
    cr_assert_eq(court_read(mesh).frontier, 2);
    end(mesh);
}

Test(sync_lies, a_header_that_does_not_follow_the_one_before)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&TRUE_CHAIN, 2);
    struct stub_chain *fork = stub_chain_new(&FORK);
    struct mm_buf items, payload;
    court_status(mesh, 1, 40, 0);
    court_status(mesh, 2, 40, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&payload, 1 << 20);
    payload_add_header(&items, &(struct payload_header){ mesh->chain->blocks[1].header,
                                                         mesh->chain->blocks[1].certificate });
    payload_add_header(
        &items, &(struct payload_header){ fork->blocks[2].header, fork->blocks[2].certificate });
    payload_headers_encode(&payload,
                           &(struct payload_headers){ get.id, { mm_buf_bytes(&items), 2 } });
    mesh_say(mesh, 1, 0, FRAME_HEADERS, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
    court_expect_banned(mesh, 1, SYNC_LINK);
    stub_chain_free(fork);
    end(mesh);
}

Test(sync_lies, headers_from_another_height_than_was_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    court_headers(mesh, 1, get.id, mesh->chain, 2, 5);
    court_expect_banned(mesh, 1, SYNC_NUMBER);
    end(mesh);
}

Test(sync_lies, a_header_of_another_shape)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct header header = read_header(mesh->chain->blocks[1].header);
    header.extra_len = MM_EXTRA_BYTES - 1;
    say_bent(mesh, get.id, &header);
    court_expect_banned(mesh, 1, SYNC_HEADER);
    end(mesh);
}

Test(sync_lies, a_header_of_another_fork)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct header header = read_header(mesh->chain->blocks[1].header);
    header.field_count = HEADER_FIELDS_SHANGHAI;
    say_bent(mesh, get.id, &header);
    court_expect_banned(mesh, 1, SYNC_HEADER);
    end(mesh);
}

Test(sync_lies, more_headers_than_were_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&TRUE_CHAIN, 2);
    court_status(mesh, 1, 30, 0);
    court_status(mesh, 2, 40, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.count, 30);
    court_headers(mesh, 1, get.id, mesh->chain, 1, 31);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    end(mesh);
}

Test(sync_lies, headers_and_bodies_that_nobody_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    court_headers(mesh, 1, get.id + 100, mesh->chain, 1, 5);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    end(mesh);
    mesh = begin(&get);
    court_bodies(mesh, 1, get.id, mesh->chain, 1, 5);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    end(mesh);
}

Test(sync_lies, bytes_that_do_not_decode)
{
    static const enum frame_kind kinds[] = { FRAME_STATUS,  FRAME_DECIDED,    FRAME_GET_HEADERS,
                                             FRAME_HEADERS, FRAME_GET_BODIES, FRAME_BODIES };
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        struct payload_get_headers get;
        struct mesh *mesh = begin(&get);
        sync_frame(mesh->nodes[0].sync, mesh_peer_id(mesh, 0, 1), kinds[i],
                   MM_BYTES_LIT("\xc2\x81"), mesh->now_ms);
        court_expect_banned(mesh, 1, SYNC_FRAME);
        end(mesh);
    }
}

/* ---- bodies ---- */

/* The first puppet told the headers and is asked for bodies. */
static struct mesh *begin_bodies(struct payload_get_bodies *get)
{
    struct payload_get_headers headers;
    struct mesh *mesh = begin(&headers);
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
    end(mesh);
}

Test(sync_lies, a_body_that_was_not_asked_for)
{
    struct payload_get_bodies get;
    struct mesh *mesh = begin_bodies(&get);
    say_body(mesh, get.id, &mesh->chain->blocks[2].hash, mesh->chain->blocks[2].body);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    end(mesh);
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
        end(mesh);
    }
}

Test(sync_lies, bodies_that_are_made_up)
{
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        struct payload_get_bodies get;
        struct mesh *mesh = begin_bodies(&get);
        say_body(mesh, get.id, &mesh->chain->blocks[1].hash, mm_bytes_str(bodies[i]));
        court_expect_banned(mesh, 1, SYNC_BODY);
        end(mesh);
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
    end(mesh);
}

/* ---- blocks that come by themselves ---- */

Test(sync_lies, a_decided_block_with_a_bad_certificate_or_a_bad_body)
{
    struct mesh *mesh = court_new(&TRUE_CHAIN, 2);
    struct stub_block block = mesh->chain->blocks[1];
    block.certificate = mesh->chain->blocks[2].certificate;
    court_decided(mesh, 1, &block);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    block.certificate = mesh->chain->blocks[1].certificate;
    block.body = mesh->chain->blocks[2].body;
    court_decided(mesh, 2, &block);
    court_expect_banned(mesh, 2, SYNC_BODY);
    cr_assert_eq(mesh->nodes[0].importing_count, 0);
    court_free(mesh);
}

Test(sync_lies, a_decided_block_of_another_chain)
{
    struct mesh *mesh = court_new(&TRUE_CHAIN, 2);
    struct stub_chain *fork = stub_chain_new(&FORK);
    court_decided(mesh, 1, &fork->blocks[1]);
    court_expect_banned(mesh, 1, SYNC_LINK);
    stub_chain_free(fork);
    court_free(mesh);
}

/* ---- claims ---- */

Test(sync_lies, a_claim_alone_makes_nobody_lag)
{
    struct mesh *mesh = court_new(&TRUE_CHAIN, 1);
    court_status(mesh, 1, UINT64_MAX, 0);
    mesh_run(mesh, 30000);
    cr_assert_eq(mesh->nodes[0].lagging_calls, 0);
    court_free(mesh);
}

Test(sync_lies, who_claims_and_has_nothing_is_asked_once_a_second_and_not_for_ever)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&TRUE_CHAIN, 1);
    size_t asked = 0;
    for (size_t second = 0; second < 3600 && mesh_is_linked(mesh, 0, 1); second++) {
        court_status(mesh, 1, 1000000, 0);
        if (court_asked_headers(mesh, 1, &get)) {
            asked++;
            mesh_forget(mesh, 1);
            court_headers(mesh, 1, get.id, mesh->chain, 1, 0);
            cr_assert_not(court_asked_headers(mesh, 1, &get), "not in the same moment");
        }
        mesh_run(mesh, 1000);
    }
    cr_assert_not(mesh_is_linked(mesh, 0, 1));
    cr_assert_eq(mesh->nodes[0].bye, BYE_TOO_SLOW);
    cr_assert(asked > 10 && asked < 300, "%zu", asked);
    court_free(mesh);
}

/* ---- a majority that is broken ---- */

/* A block that follows another parent than ours, sealed by our validators. */
static struct header strange_header(const struct mesh *mesh)
{
    struct header header = read_header(mesh->chain->blocks[1].header);
    header.parent_hash.b[0] ^= 1;
    return header;
}

Test(sync_lies, a_sealed_block_that_does_not_follow_ours_is_no_lie_and_stops_everything)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    const struct header header = strange_header(mesh);
    say_bent(mesh, get.id, &header);
    cr_assert_eq(mesh->nodes[0].byes, 0);
    cr_assert_eq(mesh->nodes[0].stuck_calls, 1);
    cr_assert(mesh->nodes[0].is_lagging);
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 16);
    header_encode(&buf, &header);
    struct stub_block block = { .hash = keccak256(mm_buf_bytes(&buf)),
                                .header = mm_buf_bytes(&buf),
                                .body = MM_BYTES_LIT("\xc3\xc0\xc0\xc0") };
    block.certificate =
        stub_chain_seal(&mesh->chain->domain, &mesh->chain->blocks[0].next, 1, &block.hash);
    court_decided(mesh, 2, &block);
    free((void *)(uintptr_t)block.certificate.ptr);
    mm_buf_fini(&buf);
    mesh_run(mesh, 60000);
    cr_assert_eq(mesh->nodes[0].stuck_calls, 1, "said once");
    cr_assert_eq(mesh->nodes[0].head, 0);
    court_free(mesh);
}

Test(sync_lies, two_sealed_blocks_of_one_height_stop_everything)
{
    struct payload_get_headers get;
    struct mesh *mesh = begin(&get);
    struct mm_buf buf;
    court_headers(mesh, 1, get.id, mesh->chain, 1, 40);
    const struct header header = strange_header(mesh);
    mm_buf_init(&buf, 1 << 16);
    header_encode(&buf, &header);
    struct stub_block block = mesh->chain->blocks[1];
    block.header = mm_buf_bytes(&buf);
    block.hash = keccak256(block.header);
    court_decided(mesh, 2, &block);
    court_expect_banned(mesh, 2, SYNC_CERTIFICATE);
    block.certificate =
        stub_chain_seal(&mesh->chain->domain, &mesh->chain->blocks[0].next, 1, &block.hash);
    court_decided(mesh, 1, &block);
    cr_assert_eq(mesh->nodes[0].stuck_calls, 1);
    free((void *)(uintptr_t)block.certificate.ptr);
    mm_buf_fini(&buf);
    court_free(mesh);
}
