#include "court.h"

#include <stdlib.h>

enum { PAYLOAD_BYTES_MAX = 8 << 20 };

struct mesh *court_new(const struct stub_chain_options *options, size_t puppets)
{
    struct mesh *mesh = mesh_new(stub_chain_new(options), puppets + 1, 1);
    mesh->latency_ms = 0;
    for (size_t i = 1; i <= puppets; i++) {
        mesh_puppet(mesh, i);
        mesh_connect(mesh, 0, i);
    }
    mesh_run(mesh, 10);
    return mesh;
}

struct mesh *court_peers(const struct stub_chain_options *options, size_t peers)
{
    struct mesh *mesh = mesh_new(stub_chain_new(options), peers + 1, 1);
    for (size_t i = 1; i <= peers; i++) {
        mesh_set_head(mesh, i, options->height);
        mesh_connect(mesh, 0, i);
    }
    return mesh;
}

void court_free(struct mesh *mesh)
{
    struct stub_chain *chain = (struct stub_chain *)(uintptr_t)mesh->chain;
    mesh_free(mesh);
    stub_chain_free(chain);
}

void court_status(struct mesh *mesh, size_t from, uint64_t height, uint64_t pruned_below)
{
    struct mm_buf payload;
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    payload_status_encode(
        &payload, &(struct payload_status){ .height = height, .pruned_below = pruned_below });
    mesh_say(mesh, from, 0, FRAME_STATUS, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

bool court_asked_headers(const struct mesh *mesh, size_t puppet, struct payload_get_headers *get)
{
    const mm_bytes payload = mesh_heard(mesh, puppet, FRAME_GET_HEADERS);
    if (payload.len == 0)
        return false;
    cr_assert_eq(payload_get_headers_decode(get, payload), RLP_OK);
    return true;
}

bool court_asked_bodies(const struct mesh *mesh, size_t puppet, struct payload_get_bodies *get)
{
    const mm_bytes payload = mesh_heard(mesh, puppet, FRAME_GET_BODIES);
    if (payload.len == 0)
        return false;
    cr_assert_eq(payload_get_bodies_decode(get, payload), RLP_OK);
    return true;
}

void court_headers(struct mesh *mesh, size_t from, uint64_t id, const struct stub_chain *chain,
                   uint64_t height, uint64_t count)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    for (uint64_t i = 0; i < count; i++) {
        const struct stub_block *block = &chain->blocks[height + i];
        payload_add_header(&items, &(struct payload_header){ block->header, block->certificate });
    }
    payload_headers_encode(&payload,
                           &(struct payload_headers){ id, { mm_buf_bytes(&items), count } });
    mesh_say(mesh, from, 0, FRAME_HEADERS, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

void court_bodies(struct mesh *mesh, size_t from, uint64_t id, const struct stub_chain *chain,
                  uint64_t height, uint64_t count)
{
    struct mm_buf items, payload;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    for (uint64_t i = 0; i < count; i++) {
        const struct stub_block *block = &chain->blocks[height + i];
        payload_add_body(&items, &(struct payload_body){ block->hash, block->body });
    }
    payload_bodies_encode(&payload,
                          &(struct payload_bodies){ id, { mm_buf_bytes(&items), count } });
    mesh_say(mesh, from, 0, FRAME_BODIES, mm_buf_bytes(&payload));
    mm_buf_fini(&items);
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

void court_decided(struct mesh *mesh, size_t from, const struct stub_block *block)
{
    struct mm_buf payload;
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    stub_chain_decided(&payload, block);
    mesh_say(mesh, from, 0, FRAME_DECIDED, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
    mesh_run(mesh, 0);
}

static void serve_bodies(struct mesh *mesh, size_t puppet, mm_bytes asked)
{
    struct payload_get_bodies get;
    mm_hash32 hash;
    cr_assert_eq(payload_get_bodies_decode(&get, asked), RLP_OK);
    struct rlp at = payload_items(&get.hashes);
    cr_assert(payload_next_hash(&at, &hash));
    const struct stub_block *first = stub_chain_find(mesh->chain, &hash);
    cr_assert_not_null(first);
    court_bodies(mesh, puppet, get.id, mesh->chain, (uint64_t)(first - mesh->chain->blocks),
                 get.hashes.count);
}

void court_serve(struct mesh *mesh, size_t puppet)
{
    struct mesh_node *node = &mesh->nodes[puppet];
    struct payload_get_headers get;
    struct mesh_frame *heard = node->heard;
    const size_t count = node->heard_count;
    const bool has_headers = court_asked_headers(mesh, puppet, &get);
    node->heard = NULL;
    node->heard_count = 0;
    if (has_headers)
        court_headers(mesh, puppet, get.id, mesh->chain, get.from, get.count);
    for (size_t i = 0; i < count; i++) {
        if (heard[i].kind == FRAME_GET_BODIES)
            serve_bodies(mesh, puppet, heard[i].payload);
        free((void *)(uintptr_t)heard[i].payload.ptr);
    }
    free(heard);
}

struct sync_status court_read(const struct mesh *mesh)
{
    struct sync_status status;
    sync_read_status(mesh->nodes[0].sync, &status);
    return status;
}

void court_expect_banned(const struct mesh *mesh, size_t puppet, enum sync_verdict verdict)
{
    cr_assert_not(mesh_is_linked(mesh, 0, puppet));
    cr_assert_eq(mesh->nodes[0].misbehaved, verdict, "%s and not %s",
                 sync_verdict_text(mesh->nodes[0].misbehaved), sync_verdict_text(verdict));
    cr_assert_eq(mesh->nodes[0].ban_ms, GOSSIP_BAN_MS);
}

/* ---- lies ---- */

const struct stub_chain_options COURT_CHAIN = {
    .height = 40, .validators = 4, .txs_of_block = 2, .tx_bytes = 100
};

struct mesh *court_begin(struct payload_get_headers *get)
{
    struct mesh *mesh = court_new(&COURT_CHAIN, 2);
    court_status(mesh, 1, 40, 0);
    court_status(mesh, 2, 40, 0);
    cr_assert(court_asked_headers(mesh, 1, get));
    return mesh;
}

void court_end(struct mesh *mesh)
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
