/* Liars in what gossip and sync say for them: heads that are not there, and answers to who is behind with something wrong. */
#include "state/base/assert.h"
#include "tests/sim/sim_internal.h"

static void bend_status(struct sim_node *node, struct mm_buf *payload)
{
    struct payload_status status;
    MM_ASSERT(payload_status_decode(&status, mm_buf_bytes(payload)) == RLP_OK);
    status.height += 1 + sim_draw(node->sim, 1000);
    if (sim_draw(node->sim, 3) == 0)
        status.pruned_below = status.height;
    mm_buf_reset(payload);
    payload_status_encode(payload, &status);
}

/* ---- HEADERS ---- */

enum header_lie {
    LIE_GAP,         /* without the first */
    LIE_FEW_SEALS,   /* one at least */
    LIE_SEAL_TWICE,  /* the first one again, in the place of the second */
    LIE_OTHER_BLOCK, /* its own block under the seals of another */
    LIE_OTHER_ORDER, /* the second in the place of the first */
    LIE_EMPTY,
    HEADER_LIES
};

static void bend_certificate(struct sim *sim, struct certificate *certificate, enum header_lie lie)
{
    if (lie == LIE_FEW_SEALS && certificate->seal_count > 1)
        certificate->seal_count = 1 + (size_t)sim_draw(sim, certificate->seal_count - 1);
    else if (lie == LIE_SEAL_TWICE && certificate->seal_count > 1)
        certificate->seals[1] = certificate->seals[0];
}

/* The item with a lie in it, behind what is in `items`. */
static void add_bent(struct sim_node *node, struct mm_buf *items, struct payload_header item,
                     enum header_lie lie)
{
    struct certificate certificate;
    struct mm_buf encoded;
    struct qbft_block *own = NULL;
    struct rlp at = rlp_over(item.certificate);
    certificate_read(&at, &certificate);
    bend_certificate(node->sim, &certificate, lie);
    mm_buf_init(&encoded, 1 << 16);
    certificate_encode(&encoded, &certificate);
    item.certificate = mm_buf_bytes(&encoded);
    if (lie == LIE_OTHER_BLOCK) {
        own = sim_forge_block(node, SPOIL_NOTHING);
        item.header = sim_chain_header(own);
    }
    payload_add_header(items, &item);
    qbft_block_unref(own);
    mm_buf_fini(&encoded);
}

static size_t bend_items(struct sim_node *node, struct mm_buf *items,
                         const struct payload_headers *headers, enum header_lie lie)
{
    struct payload_header item;
    struct rlp at = payload_items(&headers->headers);
    const size_t spared = (size_t)sim_draw(node->sim, 4); /* these are as they should be */
    size_t count = 0;
    for (size_t i = 0; lie != LIE_EMPTY && payload_next_header(&at, &item); i++) {
        if ((lie == LIE_GAP && i == spared) || (lie == LIE_OTHER_ORDER && i == 0))
            continue;
        if (i >= spared)
            add_bent(node, items, item, lie);
        else
            payload_add_header(items, &item);
        count++;
    }
    return count;
}

static void bend_headers(struct sim_node *node, struct mm_buf *payload)
{
    struct payload_headers headers;
    struct mm_buf items;
    const enum header_lie lie = (enum header_lie)sim_draw(node->sim, HEADER_LIES);
    MM_ASSERT(payload_headers_decode(&headers, mm_buf_bytes(payload)) == RLP_OK);
    mm_buf_init(&items, FRAME_BYTES_MAX);
    const size_t count = bend_items(node, &items, &headers, lie);
    const struct payload_headers bent = { headers.id, { mm_buf_bytes(&items), count } };
    mm_buf_reset(payload);
    payload_headers_encode(payload, &bent);
    mm_buf_fini(&items);
}

/* ---- BODIES ---- */

/* The body of a block of its own under the hash of another; or each body under the hash of the one before; or none. */
static void bend_bodies(struct sim_node *node, struct mm_buf *payload)
{
    struct payload_bodies bodies;
    struct payload_body item;
    struct mm_buf items, own;
    const uint64_t how = sim_draw(node->sim, 3);
    size_t count = 0;
    MM_ASSERT(payload_bodies_decode(&bodies, mm_buf_bytes(payload)) == RLP_OK);
    struct qbft_block *block = sim_forge_block(node, SPOIL_NOTHING);
    mm_buf_init(&items, FRAME_BYTES_MAX);
    mm_buf_init(&own, MM_BLOCK_BYTES_MAX);
    sim_chain_add_body(&own, block);
    mm_hash32 before = block->hash;
    struct rlp at = payload_items(&bodies.bodies);
    for (; how != 2 && payload_next_body(&at, &item); count++) {
        const mm_hash32 hash = item.hash;
        if (how == 0)
            item.body = mm_buf_bytes(&own);
        else
            item.hash = before;
        before = hash;
        payload_add_body(&items, &item);
    }
    const struct payload_bodies bent = { bodies.id, { mm_buf_bytes(&items), count } };
    mm_buf_reset(payload);
    payload_bodies_encode(payload, &bent);
    mm_buf_fini(&items);
    mm_buf_fini(&own);
    qbft_block_unref(block);
}

bool sim_byzantine_bends(struct sim_node *node, enum frame_kind kind, struct mm_buf *payload)
{
    if (kind == FRAME_STATUS && sim_byzantine_lies(node, SIM_FALSE_STATUS)) {
        bend_status(node, payload);
        return true;
    }
    if (kind != FRAME_HEADERS && kind != FRAME_BODIES)
        return true;
    if (sim_byzantine_lies(node, SIM_WITHHELD))
        return false;
    if (!sim_byzantine_lies(node, SIM_BAD_CERTIFICATE))
        return true;
    if (kind == FRAME_HEADERS)
        bend_headers(node, payload);
    else
        bend_bodies(node, payload);
    MM_ASSERT(mm_buf_err(payload) == MM_OK);
    return true;
}
