/* Each lie a peer can tell, its verdict, and that it stops nobody else. */
#include "court.h"

#include <stdlib.h>

static const struct stub_chain_options FORK = {
    .height = 40, .validators = 4, .txs_of_block = 2, .tx_bytes = 100, .distinction = 1
};

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
    struct mesh *mesh = court_begin(&get);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, mesh->chain->blocks[2].certificate);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    cr_assert_eq(mesh->nodes[0].bye, BYE_BAD_CERTIFICATE);
    court_end(mesh);
}

Test(sync_lies, a_certificate_of_too_few)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    const struct validator_set one = { .addrs = { mesh->chain->blocks[0].next.addrs[0] },
                                       .count = 1 };
    const mm_bytes certificate =
        stub_chain_seal(&mesh->chain->domain, &one, 1, &mesh->chain->blocks[1].hash);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, certificate);
    free((void *)(uintptr_t)certificate.ptr);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    court_end(mesh);
}

Test(sync_lies, a_certificate_of_strangers)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    struct validator_set strangers = mesh->chain->blocks[0].next;
    for (size_t i = 0; i < strangers.count; i++)
        strangers.addrs[i].b[0] ^= 1;
    const mm_bytes certificate =
        stub_chain_seal(&mesh->chain->domain, &strangers, 1, &mesh->chain->blocks[1].hash);
    say_header(mesh, get.id, mesh->chain->blocks[1].header, certificate);
    free((void *)(uintptr_t)certificate.ptr);
    court_expect_banned(mesh, 1, SYNC_CERTIFICATE);
    court_end(mesh);
}

Test(sync_lies, a_chain_of_another_genesis)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    struct stub_chain *fork = stub_chain_new(&FORK);
    court_headers(mesh, 1, get.id, fork, 1, 40);
    court_expect_banned(mesh, 1, SYNC_LINK);
    stub_chain_free(fork);
    court_end(mesh);
}

/* The blocks before the gap are certified, whoever told them. */
Test(sync_lies, a_gap_in_the_middle)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
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
    court_end(mesh);
}

Test(sync_lies, a_header_that_does_not_follow_the_one_before)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&COURT_CHAIN, 2);
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
    court_end(mesh);
}

Test(sync_lies, headers_from_another_height_than_was_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    court_headers(mesh, 1, get.id, mesh->chain, 2, 5);
    court_expect_banned(mesh, 1, SYNC_NUMBER);
    court_end(mesh);
}

Test(sync_lies, a_header_of_another_shape)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    struct header header = read_header(mesh->chain->blocks[1].header);
    header.extra_len = MM_EXTRA_BYTES - 1;
    say_bent(mesh, get.id, &header);
    court_expect_banned(mesh, 1, SYNC_HEADER);
    court_end(mesh);
}

Test(sync_lies, a_header_of_another_fork)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    struct header header = read_header(mesh->chain->blocks[1].header);
    header.field_count = HEADER_FIELDS_SHANGHAI;
    say_bent(mesh, get.id, &header);
    court_expect_banned(mesh, 1, SYNC_HEADER);
    court_end(mesh);
}

Test(sync_lies, more_headers_than_were_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&COURT_CHAIN, 2);
    court_status(mesh, 1, 30, 0);
    court_status(mesh, 2, 40, 0);
    cr_assert(court_asked_headers(mesh, 1, &get));
    cr_assert_eq(get.count, 30);
    court_headers(mesh, 1, get.id, mesh->chain, 1, 31);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_end(mesh);
}

Test(sync_lies, headers_and_bodies_that_nobody_asked_for)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_begin(&get);
    court_headers(mesh, 1, get.id + 100, mesh->chain, 1, 5);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_end(mesh);
    mesh = court_begin(&get);
    court_bodies(mesh, 1, get.id + 100, mesh->chain, 1, 5);
    court_expect_banned(mesh, 1, SYNC_UNASKED);
    court_end(mesh);
}

Test(sync_lies, bytes_that_do_not_decode)
{
    static const enum frame_kind kinds[] = { FRAME_STATUS,  FRAME_DECIDED,    FRAME_GET_HEADERS,
                                             FRAME_HEADERS, FRAME_GET_BODIES, FRAME_BODIES };
    for (size_t i = 0; i < MM_COUNT_OF(kinds); i++) {
        struct payload_get_headers get;
        struct mesh *mesh = court_begin(&get);
        sync_frame(mesh->nodes[0].sync, mesh_peer_id(mesh, 0, 1), kinds[i],
                   MM_BYTES_LIT("\xc2\x81"), mesh->now_ms);
        court_expect_banned(mesh, 1, SYNC_FRAME);
        court_end(mesh);
    }
}

/* ---- blocks that come by themselves ---- */

Test(sync_lies, a_decided_block_with_a_bad_certificate_or_a_bad_body)
{
    struct mesh *mesh = court_new(&COURT_CHAIN, 2);
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
    struct mesh *mesh = court_new(&COURT_CHAIN, 2);
    struct stub_chain *fork = stub_chain_new(&FORK);
    court_decided(mesh, 1, &fork->blocks[1]);
    court_expect_banned(mesh, 1, SYNC_LINK);
    stub_chain_free(fork);
    court_free(mesh);
}

/* ---- claims ---- */

Test(sync_lies, a_claim_alone_makes_nobody_lag)
{
    struct mesh *mesh = court_new(&COURT_CHAIN, 1);
    court_status(mesh, 1, UINT64_MAX, 0);
    mesh_run(mesh, 30000);
    cr_assert_eq(mesh->nodes[0].lagging_calls, 0);
    court_free(mesh);
}

Test(sync_lies, who_claims_and_has_nothing_is_asked_once_a_second_and_not_for_ever)
{
    struct payload_get_headers get;
    struct mesh *mesh = court_new(&COURT_CHAIN, 1);
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
    struct mesh *mesh = court_begin(&get);
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
    struct mesh *mesh = court_begin(&get);
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
