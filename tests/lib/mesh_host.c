/* What the machines of a node are given: links, a stub pool, a stub chain. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/lib/mesh_internal.h"

static void host_send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct mesh_node *node = ctx;
    struct mesh *mesh = node->mesh;
    const struct mesh_link *link = mesh_link_by_id(mesh, node->index, peer);
    const struct frame_rule *rule = frame_rule_of(kind);
    MM_ASSERT(link != NULL && rule != NULL && payload.len <= rule->payload_bytes_max);
    if (!link->is_up)
        return;
    struct mm_buf bent;
    mm_buf_init(&bent, FRAME_BYTES_MAX);
    mm_buf_add(&bent, payload);
    const bool is_sent = (node->bend == NULL || node->bend(node, kind, &bent)) &&
                         test_random_below(&mesh->random, 100) >= mesh->loss_percent;
    struct mesh_mail mail = { .due_ms = mesh->now_ms + mesh->latency_ms,
                              .link = (size_t)(link - mesh->links),
                              .to = link->ends[1 - mesh_end_of(link, node->index)],
                              .kind = kind };
    const size_t copies = 1 + (test_random_below(&mesh->random, 100) < mesh->repeat_percent);
    for (size_t i = 0; is_sent && i < copies; i++) {
        mail.due_ms += test_random_below(&mesh->random, mesh->jitter_ms + 1);
        mesh_post(mesh, mail, mm_buf_bytes(&bent));
    }
    mm_buf_fini(&bent);
}

static void disconnect(struct mesh_node *node, uint64_t peer)
{
    struct mesh_link *link = mesh_link_by_id(node->mesh, node->index, peer);
    if (link != NULL) /* a test may have made it up */
        mesh_take_down(node->mesh, link);
}

static void host_disconnect(void *ctx, uint64_t peer, enum bye_reason reason, uint64_t ban_ms)
{
    struct mesh_node *node = ctx;
    node->bye = reason;
    node->ban_ms = ban_ms;
    node->byes++;
    disconnect(node, peer);
}

static void host_misbehaved(void *ctx, uint64_t peer, enum sync_verdict verdict)
{
    struct mesh_node *node = ctx;
    node->misbehaved = verdict;
    node->bye = sync_verdict_bye(verdict);
    node->ban_ms = GOSSIP_BAN_MS;
    node->byes++;
    disconnect(node, peer);
}

static void host_slow(void *ctx, uint64_t peer)
{
    struct mesh_node *node = ctx;
    node->slow_calls++;
    gossip_blame(node->gossip, peer, GOSSIP_TOO_LATE, node->mesh->now_ms);
}

static void host_dial(void *ctx, const struct gossip_address *address)
{
    struct mesh_node *node = ctx;
    struct mesh *mesh = node->mesh;
    struct mesh_mail mail = { .due_ms = mesh->now_ms + mesh->latency_ms,
                              .to = node->index,
                              .kind = KIND_DIAL_FAILED };
    node->dials++;
    node->dialed = address->node;
    for (size_t i = 0; i < mesh->count; i++) {
        if (node_id_equal(&mesh->nodes[i].id, &address->node)) {
            mail.kind = KIND_CONNECT;
            mail.link = i;
        }
    }
    mesh_post(mesh, mail, MM_BYTES_OF(address->node.b));
}

static void host_read_status(void *ctx, struct payload_status *status)
{
    const struct mesh_node *node = ctx;
    *status = (struct payload_status){ .height = node->head,
                                       .head_hash = node->mesh->chain->blocks[node->head].hash };
}

static bool host_decided(void *ctx, uint64_t height, struct mm_buf *payload)
{
    const struct mesh_node *node = ctx;
    if (height == 0 || height > node->head)
        return false;
    stub_chain_decided(payload, &node->mesh->chain->blocks[height]);
    return true;
}

const struct mesh_tx *mesh_find_tx(const struct mesh_node *node, const mm_hash32 *hash)
{
    for (size_t i = 0; i < node->pool_count; i++) {
        if (mm_hash_equal(&node->pool[i].hash, hash))
            return &node->pool[i];
    }
    return NULL;
}

void mesh_keep_tx(struct mesh_node *node, const mm_hash32 *hash, mm_bytes raw)
{
    if (node->pool == NULL)
        node->pool = calloc(POOL_MAX, sizeof *node->pool);
    uint8_t *copy = malloc(raw.len);
    MM_ASSERT(node->pool != NULL && copy != NULL && node->pool_count < POOL_MAX);
    memcpy(copy, raw.ptr, raw.len);
    node->pool[node->pool_count++] = (struct mesh_tx){ *hash, mm_bytes_from(copy, raw.len) };
}

static enum gossip_taken host_take_tx(void *ctx, uint64_t peer, mm_bytes raw)
{
    struct mesh_node *node = ctx;
    const mm_hash32 hash = keccak256(raw);
    (void)peer;
    node->txs_taken++;
    if (raw.len > 1 && raw.ptr[1] == TX_IS_INVALID)
        return GOSSIP_INVALID;
    if (raw.len > 1 && raw.ptr[1] == TX_IS_LATER)
        return GOSSIP_LATER;
    if (mesh_find_tx(node, &hash) != NULL)
        return GOSSIP_KNOWN;
    mesh_keep_tx(node, &hash, raw);
    return GOSSIP_NEW;
}

static bool host_find_tx(void *ctx, const mm_hash32 *hash, struct mm_buf *raw)
{
    const struct mesh_tx *tx = mesh_find_tx(ctx, hash);
    if (tx != NULL && raw != NULL)
        mm_buf_add(raw, tx->raw);
    return tx != NULL;
}

static void host_each_tx(void *ctx, bool (*visit)(void *arg, const struct payload_announced *tx),
                         void *arg)
{
    const struct mesh_node *node = ctx;
    for (size_t i = 0; i < node->pool_count; i++) {
        const struct mesh_tx *tx = &node->pool[i];
        const uint8_t type = tx->raw.ptr[0] >= 0xc0 ? 0 : tx->raw.ptr[0];
        if (!visit(arg, &(struct payload_announced){ type, (uint32_t)tx->raw.len, tx->hash }))
            return;
    }
}

static enum gossip_judged host_take_consensus(void *ctx, uint64_t peer, enum frame_kind code,
                                              mm_bytes bytes)
{
    struct mesh_node *node = ctx;
    (void)peer, (void)code;
    node->messages_taken++;
    if (bytes.len > 0 && bytes.ptr[0] == MESSAGE_RELAY)
        return GOSSIP_RELAY;
    return bytes.len > 0 && bytes.ptr[0] == MESSAGE_IGNORE ? GOSSIP_IGNORE : GOSSIP_REFUSE;
}

static void host_import(void *ctx, const struct sync_block *blocks, size_t count)
{
    struct mesh_node *node = ctx;
    struct sync_status status;
    MM_ASSERT(node->import_ms == UINT64_MAX);
    sync_read_status(node->sync, &status);
    node->importing = blocks;
    node->importing_count = count;
    node->import_ms = node->mesh->now_ms + node->mesh->import_takes_ms;
    if (count > node->import_batch_max)
        node->import_batch_max = count;
}

static void host_lagging(void *ctx, bool is_lagging)
{
    struct mesh_node *node = ctx;
    node->is_lagging = is_lagging;
    node->lagging_calls++;
}

static void host_stuck(void *ctx, const char *reason)
{
    struct mesh_node *node = ctx;
    node->stuck_reason = reason;
    node->stuck_calls++;
}

static bool host_read_header(void *ctx, uint64_t height, struct mm_buf *header,
                             struct mm_buf *certificate)
{
    const struct mesh_node *node = ctx;
    if (height == 0 || height > node->head)
        return false;
    mm_buf_add(header, node->mesh->chain->blocks[height].header);
    mm_buf_add(certificate, node->mesh->chain->blocks[height].certificate);
    return true;
}

static bool host_read_body(void *ctx, const mm_hash32 *hash, struct mm_buf *body)
{
    const struct mesh_node *node = ctx;
    const struct stub_block *block = stub_chain_find(node->mesh->chain, hash);
    if (block == NULL || (uint64_t)(block - node->mesh->chain->blocks) > node->head)
        return false;
    mm_buf_add(body, block->body);
    return true;
}

void mesh_start(struct mesh *mesh, size_t index)
{
    struct mesh_node *node = &mesh->nodes[index];
    gossip_free(node->gossip);
    sync_free(node->sync);
    struct gossip_options options = {
        .host = { node, host_send, host_disconnect, host_dial, host_read_status, host_decided,
                  host_take_tx, host_find_tx, host_each_tx, host_take_consensus },
        .self = node->id,
        .peers_wanted = mesh->peers_wanted,
        .known_key = { 1, 2, 3 },
    };
    const struct sync_options sync = {
        .host = { .ctx = node,
                  .send = host_send,
                  .misbehaved = host_misbehaved,
                  .slow = host_slow,
                  .import = host_import,
                  .lagging = host_lagging,
                  .stuck = host_stuck,
                  .read_header = host_read_header,
                  .read_body = host_read_body,
                  .check = stub_chain_check },
        .domain = mesh->chain->domain,
    };
    const struct sync_head head = stub_chain_head(mesh->chain, 0);
    MM_ASSERT(gossip_new(&node->gossip, &options) == MM_OK);
    MM_ASSERT(sync_new(&node->sync, &sync) == MM_OK);
    sync_head(node->sync, &head, mesh->now_ms);
}
