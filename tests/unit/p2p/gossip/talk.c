#include "talk.h"

#include "state/base/endian.h"

enum { PAYLOAD_BYTES_MAX = 8 << 20 };

struct mesh *talk_new(size_t puppets)
{
    static const struct stub_chain_options options = { .height = 10, .validators = 4 };
    struct stub_chain *chain = stub_chain_new(&options);
    struct mesh *mesh = mesh_new(chain, puppets + 1, 1);
    for (size_t i = 1; i <= puppets; i++) {
        mesh_puppet(mesh, i);
        mesh_connect(mesh, 0, i);
    }
    mesh_run(mesh, 10);
    for (size_t i = 1; i <= puppets; i++)
        mesh_forget(mesh, i);
    return mesh;
}

void talk_free(struct mesh *mesh)
{
    struct stub_chain *chain = (struct stub_chain *)(uintptr_t)mesh->chain;
    mesh_free(mesh);
    stub_chain_free(chain);
}

void talk_tx(struct talk_tx *tx, uint32_t number, size_t size)
{
    memset(tx->bytes, 0, size);
    tx->bytes[0] = 2;
    mm_put_be32(tx->bytes + 4, number);
    tx->len = size;
    tx->hash = keccak256(talk_raw(tx));
}

mm_bytes talk_raw(const struct talk_tx *tx)
{
    return mm_bytes_from(tx->bytes, tx->len);
}

static void say_list(struct mesh *mesh, size_t from, enum frame_kind kind, struct mm_buf *items)
{
    struct mm_buf payload;
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    rlp_add_list_header(&payload, items->len);
    mm_buf_add(&payload, mm_buf_bytes(items));
    cr_assert_eq(mm_buf_err(&payload), MM_OK);
    mesh_say(mesh, from, 0, kind, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
    mm_buf_fini(items);
}

void talk_say_tx(struct mesh *mesh, size_t from, const struct talk_tx *tx)
{
    struct mm_buf items;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    payload_add_tx(&items, talk_raw(tx));
    say_list(mesh, from, FRAME_TX, &items);
}

void talk_say_no_tx(struct mesh *mesh, size_t from)
{
    struct mm_buf items;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    say_list(mesh, from, FRAME_TX, &items);
}

void talk_announce(struct mesh *mesh, size_t from, const struct talk_tx *tx, uint32_t size)
{
    struct mm_buf items;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    payload_add_announced(&items, &(struct payload_announced){ tx->bytes[0], size, tx->hash });
    say_list(mesh, from, FRAME_TX_HASHES, &items);
}

void talk_announce_many(struct mesh *mesh, size_t from, uint32_t first, uint32_t count,
                        uint32_t size)
{
    struct mm_buf items;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t number[4];
        mm_put_be32(number, first + i);
        const struct payload_announced announced = { 2, size, keccak256(MM_BYTES_OF(number)) };
        payload_add_announced(&items, &announced);
    }
    say_list(mesh, from, FRAME_TX_HASHES, &items);
}

void talk_ask_tx(struct mesh *mesh, size_t from, const struct talk_tx *tx)
{
    struct mm_buf items;
    mm_buf_init(&items, PAYLOAD_BYTES_MAX);
    payload_add_hash(&items, &tx->hash);
    say_list(mesh, from, FRAME_GET_TX, &items);
}

void talk_status(struct mesh *mesh, size_t from, uint64_t height)
{
    struct mm_buf payload;
    mm_buf_init(&payload, PAYLOAD_BYTES_MAX);
    payload_status_encode(&payload, &(struct payload_status){ .height = height });
    mesh_say(mesh, from, 0, FRAME_STATUS, mm_buf_bytes(&payload));
    mm_buf_fini(&payload);
}

void talk_message(struct mesh *mesh, size_t from, const char *text)
{
    mesh_say(mesh, from, 0, FRAME_PREPARE, mm_bytes_str(text));
}

/* ---- what was heard ---- */

static size_t count_whole(mm_bytes payload, const mm_hash32 *hash)
{
    struct payload_txs txs;
    mm_bytes raw;
    size_t count = 0;
    cr_assert_eq(payload_txs_decode(&txs, payload), RLP_OK);
    struct rlp at = payload_items(&txs.txs);
    while (payload_next_tx(&at, &raw)) {
        const mm_hash32 own = keccak256(raw);
        count += mm_hash_equal(&own, hash);
    }
    return count;
}

static size_t count_told(mm_bytes payload, const mm_hash32 *hash)
{
    struct payload_tx_hashes hashes;
    struct payload_announced announced;
    size_t count = 0;
    cr_assert_eq(payload_tx_hashes_decode(&hashes, payload), RLP_OK);
    struct rlp at = payload_items(&hashes.announced);
    while (payload_next_announced(&at, &announced))
        count += mm_hash_equal(&announced.hash, hash);
    return count;
}

static size_t count_wished(mm_bytes payload, const mm_hash32 *hash)
{
    struct payload_get_txs get;
    mm_hash32 own;
    size_t count = 0;
    cr_assert_eq(payload_get_txs_decode(&get, payload), RLP_OK);
    struct rlp at = payload_items(&get.hashes);
    while (payload_next_hash(&at, &own))
        count += mm_hash_equal(&own, hash);
    return count;
}

static size_t sum(const struct mesh *mesh, size_t puppet, enum frame_kind kind,
                  const mm_hash32 *hash, size_t (*count_in)(mm_bytes, const mm_hash32 *))
{
    const struct mesh_node *node = &mesh->nodes[puppet];
    size_t count = 0;
    for (size_t i = 0; i < node->heard_count; i++) {
        if (node->heard[i].kind == kind)
            count += count_in(node->heard[i].payload, hash);
    }
    return count;
}

size_t talk_heard_whole(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash)
{
    return sum(mesh, puppet, FRAME_TX, hash, count_whole);
}

size_t talk_heard_hash(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash)
{
    return sum(mesh, puppet, FRAME_TX_HASHES, hash, count_told);
}

size_t talk_heard_wish(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash)
{
    return sum(mesh, puppet, FRAME_GET_TX, hash, count_wished);
}
