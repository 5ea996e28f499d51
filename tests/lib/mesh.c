#include "tests/lib/mesh.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/lib/mesh_internal.h"

/* ---- mail ---- */

static bool is_before(const struct mesh_mail *a, const struct mesh_mail *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->seq < b->seq;
}

static void swap(struct mesh_mail *a, struct mesh_mail *b)
{
    const struct mesh_mail c = *a;
    *a = *b;
    *b = c;
}

void mesh_post(struct mesh *mesh, struct mesh_mail mail, mm_bytes payload)
{
    if (mesh->mail_count == mesh->mail_capacity) {
        mesh->mail_capacity = mesh->mail_capacity == 0 ? 256 : 2 * mesh->mail_capacity;
        mesh->mail = realloc(mesh->mail, mesh->mail_capacity * sizeof *mesh->mail);
        MM_ASSERT(mesh->mail != NULL);
    }
    mail.seq = mesh->next_seq++;
    mail.len = payload.len;
    mail.bytes = malloc(payload.len + 1);
    MM_ASSERT(mail.bytes != NULL);
    if (payload.len > 0)
        memcpy(mail.bytes, payload.ptr, payload.len);
    size_t at = mesh->mail_count++;
    mesh->mail[at] = mail;
    while (at > 0 && is_before(&mesh->mail[at], &mesh->mail[(at - 1) / 2])) {
        swap(&mesh->mail[at], &mesh->mail[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct mesh_mail take_first(struct mesh *mesh)
{
    const struct mesh_mail first = mesh->mail[0];
    mesh->mail[0] = mesh->mail[--mesh->mail_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < mesh->mail_count && is_before(&mesh->mail[child], &mesh->mail[least]))
                least = child;
        }
        if (least == at)
            return first;
        swap(&mesh->mail[at], &mesh->mail[least]);
        at = least;
    }
}

/* ---- links ---- */

size_t mesh_end_of(const struct mesh_link *link, size_t node)
{
    return link->ends[0] == node ? 0 : 1;
}

static struct mesh_link *find_link(const struct mesh *mesh, size_t a, size_t b)
{
    for (size_t i = 0; i < mesh->link_count; i++) {
        struct mesh_link *link = &mesh->links[i];
        if (link->is_up && ((link->ends[0] == a && link->ends[1] == b) ||
                            (link->ends[0] == b && link->ends[1] == a)))
            return link;
    }
    return NULL;
}

struct mesh_link *mesh_link_by_id(const struct mesh *mesh, size_t node, uint64_t id)
{
    for (size_t i = mesh->link_count; i-- > 0;) {
        struct mesh_link *link = &mesh->links[i];
        if ((link->ends[0] == node && link->ids[0] == id) ||
            (link->ends[1] == node && link->ids[1] == id))
            return link;
    }
    return NULL;
}

/* Both ends hear of it a little later: the machine that asked for it is in the middle of something. */
void mesh_take_down(struct mesh *mesh, struct mesh_link *link)
{
    if (!link->is_up)
        return;
    link->is_up = false;
    for (size_t end = 0; end < 2; end++) {
        const struct mesh_mail mail = { .due_ms = mesh->now_ms,
                                        .link = (size_t)(link - mesh->links),
                                        .to = link->ends[end],
                                        .kind = KIND_DOWN };
        mesh_post(mesh, mail, mm_bytes_from(NULL, 0));
    }
}

bool mesh_is_linked(const struct mesh *mesh, size_t a, size_t b)
{
    return find_link(mesh, a, b) != NULL;
}

uint64_t mesh_peer_id(const struct mesh *mesh, size_t node, size_t other)
{
    const struct mesh_link *link = find_link(mesh, node, other);
    return link == NULL ? 0 : link->ids[mesh_end_of(link, node)];
}

size_t mesh_link_count(const struct mesh *mesh, size_t node)
{
    size_t count = 0;
    for (size_t i = 0; i < mesh->link_count; i++)
        count += mesh->links[i].is_up &&
                 (mesh->links[i].ends[0] == node || mesh->links[i].ends[1] == node);
    return count;
}

void mesh_cut(struct mesh *mesh, size_t a, size_t b)
{
    struct mesh_link *link = find_link(mesh, a, b);
    if (link != NULL)
        mesh_take_down(mesh, link);
}

struct gossip_address mesh_address(const struct mesh *mesh, size_t node)
{
    static char names[MESH_NODES_MAX][16];
    (void)snprintf(names[node], sizeof names[node], "node-%zu", node);
    return (struct gossip_address){ mesh->nodes[node].id, mm_bytes_str(names[node]),
                                    (uint16_t)(30000 + node) };
}

static void come_up(struct mesh *mesh, size_t node, size_t other, uint64_t id, bool is_inbound)
{
    struct mesh_node *n = &mesh->nodes[node];
    const struct gossip_address address = mesh_address(mesh, other);
    if (n->is_puppet)
        return;
    sync_peer_up(n->sync, id, mesh->now_ms);
    gossip_peer_up(n->gossip, id, &address, is_inbound, mesh->now_ms);
}

void mesh_connect(struct mesh *mesh, size_t from, size_t to)
{
    if (find_link(mesh, from, to) == NULL)
        mesh_connect_again(mesh, from, to);
}

void mesh_connect_again(struct mesh *mesh, size_t from, size_t to)
{
    MM_ASSERT(from != to && from < mesh->count && to < mesh->count);
    if (mesh->link_count == mesh->link_capacity) {
        mesh->link_capacity = mesh->link_capacity == 0 ? 64 : 2 * mesh->link_capacity;
        mesh->links = realloc(mesh->links, mesh->link_capacity * sizeof *mesh->links);
        MM_ASSERT(mesh->links != NULL);
    }
    const uint64_t id = 2 * mesh->next_seq++ + 1;
    const struct mesh_link link = { { from, to }, { id, id + 1 }, true };
    mesh->links[mesh->link_count++] = link;
    come_up(mesh, from, to, id, false);
    come_up(mesh, to, from, id + 1, true);
}

void mesh_connect_all(struct mesh *mesh)
{
    for (size_t a = 0; a < mesh->count; a++) {
        for (size_t b = a + 1; b < mesh->count; b++)
            mesh_connect(mesh, a, b);
    }
}

/* ---- nodes ---- */

struct mesh *mesh_new(const struct stub_chain *chain, size_t nodes, uint64_t seed)
{
    struct mesh *mesh = calloc(1, sizeof *mesh);
    MM_ASSERT(mesh != NULL && nodes <= MESH_NODES_MAX);
    mesh->chain = chain;
    mesh->random.state = seed;
    mesh->now_ms = 1000000;
    mesh->latency_ms = 5;
    mesh->import_takes_ms = 2;
    mesh->count = nodes;
    for (size_t i = 0; i < nodes; i++) {
        struct mesh_node *node = &mesh->nodes[i];
        node->mesh = mesh;
        node->index = i;
        node->import_ms = UINT64_MAX;
        const mm_hash32 hash = keccak256(mm_bytes_from(&node->index, sizeof node->index));
        memcpy(node->id.b, hash.b, sizeof node->id.b);
        mesh_start(mesh, i);
    }
    return mesh;
}

void mesh_puppet(struct mesh *mesh, size_t index)
{
    struct mesh_node *node = &mesh->nodes[index];
    MM_ASSERT(mesh_link_count(mesh, index) == 0);
    gossip_free(node->gossip);
    sync_free(node->sync);
    node->gossip = NULL;
    node->sync = NULL;
    node->is_puppet = true;
}

void mesh_free(struct mesh *mesh)
{
    for (size_t i = 0; i < mesh->count; i++) {
        struct mesh_node *node = &mesh->nodes[i];
        gossip_free(node->gossip);
        sync_free(node->sync);
        for (size_t j = 0; j < node->pool_count; j++)
            free((void *)(uintptr_t)node->pool[j].raw.ptr);
        mesh_forget(mesh, i);
        free(node->pool);
        free(node->heard);
    }
    for (size_t i = 0; i < mesh->mail_count; i++)
        free(mesh->mail[i].bytes);
    free(mesh->mail);
    free(mesh->links);
    free(mesh);
}

void mesh_set_head(struct mesh *mesh, size_t index, uint64_t height)
{
    struct mesh_node *node = &mesh->nodes[index];
    const struct sync_head head = stub_chain_head(mesh->chain, height);
    node->head = height;
    if (node->is_puppet)
        return;
    sync_head(node->sync, &head, mesh->now_ms);
    gossip_status_changed(node->gossip, mesh->now_ms);
}

void mesh_put_tx(struct mesh *mesh, size_t node, mm_bytes raw)
{
    const mm_hash32 hash = keccak256(raw);
    mesh_keep_tx(&mesh->nodes[node], &hash, raw);
}

void mesh_new_tx(struct mesh *mesh, size_t node, mm_bytes raw)
{
    const mm_hash32 hash = keccak256(raw);
    mesh_keep_tx(&mesh->nodes[node], &hash, raw);
    gossip_new_tx(mesh->nodes[node].gossip, &hash, raw, mesh->now_ms);
}

bool mesh_has_tx(const struct mesh *mesh, size_t node, const mm_hash32 *hash)
{
    return mesh_find_tx(&mesh->nodes[node], hash) != NULL;
}

/* ---- puppets ---- */

static void write_down(struct mesh_node *node, enum frame_kind kind, mm_bytes payload)
{
    node->heard = realloc(node->heard, (node->heard_count + 1) * sizeof *node->heard);
    uint8_t *copy = malloc(payload.len + 1);
    MM_ASSERT(node->heard != NULL && copy != NULL);
    if (payload.len > 0)
        memcpy(copy, payload.ptr, payload.len);
    node->heard[node->heard_count++] =
        (struct mesh_frame){ kind, mm_bytes_from(copy, payload.len) };
}

size_t mesh_heard_count(const struct mesh *mesh, size_t node, enum frame_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < mesh->nodes[node].heard_count; i++)
        count += mesh->nodes[node].heard[i].kind == kind;
    return count;
}

mm_bytes mesh_heard(const struct mesh *mesh, size_t node, enum frame_kind kind)
{
    for (size_t i = mesh->nodes[node].heard_count; i-- > 0;) {
        if (mesh->nodes[node].heard[i].kind == kind)
            return mesh->nodes[node].heard[i].payload;
    }
    return mm_bytes_from(NULL, 0);
}

void mesh_forget(struct mesh *mesh, size_t index)
{
    struct mesh_node *node = &mesh->nodes[index];
    for (size_t i = 0; i < node->heard_count; i++)
        free((void *)(uintptr_t)node->heard[i].payload.ptr);
    node->heard_count = 0;
}

/* ---- events ---- */

static void count_frame(struct mesh_node *node, enum frame_kind kind, mm_bytes payload)
{
    struct payload_txs txs;
    node->received[kind]++;
    if (kind == FRAME_TX && payload_txs_decode(&txs, payload) == RLP_OK)
        node->whole_copies += txs.txs.count;
}

static void hear(struct mesh *mesh, struct mesh_node *node, uint64_t id, enum frame_kind kind,
                 mm_bytes payload)
{
    struct sync_status status;
    count_frame(node, kind, payload);
    if (node->is_puppet) {
        write_down(node, kind, payload);
        return;
    }
    if (gossip_takes(kind))
        gossip_frame(node->gossip, id, kind, payload, mesh->now_ms);
    if (sync_takes(kind))
        sync_frame(node->sync, id, kind, payload, mesh->now_ms);
    sync_read_status(node->sync, &status);
    if (status.bodies_bytes > node->bodies_bytes_max)
        node->bodies_bytes_max = status.bodies_bytes;
}

void mesh_say(struct mesh *mesh, size_t from, size_t to, enum frame_kind kind, mm_bytes payload)
{
    const struct mesh_link *link = find_link(mesh, from, to);
    if (link != NULL)
        hear(mesh, &mesh->nodes[to], link->ids[mesh_end_of(link, to)], kind, payload);
}

static void deliver(struct mesh *mesh, const struct mesh_mail *mail)
{
    struct mesh_node *node = &mesh->nodes[mail->to];
    if (mail->kind == KIND_CONNECT) {
        if (find_link(mesh, mail->to, mail->link) == NULL)
            mesh_connect(mesh, mail->to, mail->link);
        return;
    }
    if (mail->kind == KIND_DIAL_FAILED) {
        node_id id;
        memcpy(id.b, mail->bytes, sizeof id.b);
        gossip_dial_failed(node->gossip, &id, mesh->now_ms);
        return;
    }
    const struct mesh_link *link = &mesh->links[mail->link];
    const uint64_t id = link->ids[mesh_end_of(link, mail->to)];
    if (mail->kind != KIND_DOWN) {
        if (link->is_up)
            hear(mesh, node, id, (enum frame_kind)mail->kind,
                 mm_bytes_from(mail->bytes, mail->len));
    } else if (!node->is_puppet) {
        gossip_peer_down(node->gossip, id, mesh->now_ms);
        sync_peer_down(node->sync, id, mesh->now_ms);
    }
}

static void finish_import(struct mesh *mesh, struct mesh_node *node)
{
    size_t count = 0;
    const char *text = NULL;
    node->import_ms = UINT64_MAX;
    for (; count < node->importing_count && text == NULL; count++) {
        const struct sync_block *block = &node->importing[count];
        const struct stub_block *own = &mesh->chain->blocks[block->height];
        if (node->refuse_from != 0 && block->height >= node->refuse_from) {
            text = "state root";
            break;
        }
        MM_ASSERT(mm_hash_equal(&block->hash, &own->hash));
        MM_ASSERT(mm_bytes_equal(block->header, own->header));
        MM_ASSERT(mm_bytes_equal(block->body, own->body));
        MM_ASSERT(block->height <= node->head + 1);
        if (block->height == node->head + 1) {
            node->head++;
            node->imports++;
        }
    }
    const struct sync_head head = stub_chain_head(mesh->chain, node->head);
    sync_head(node->sync, &head, mesh->now_ms);
    sync_imported(node->sync, count, text, mesh->now_ms);
    gossip_status_changed(node->gossip, mesh->now_ms);
}

static void step_node(struct mesh *mesh, struct mesh_node *node)
{
    if (node->import_ms <= mesh->now_ms)
        finish_import(mesh, node);
    if (gossip_deadline(node->gossip) <= mesh->now_ms)
        MM_ASSERT(gossip_tick(node->gossip, mesh->now_ms) > mesh->now_ms);
    if (sync_deadline(node->sync) <= mesh->now_ms)
        MM_ASSERT(sync_tick(node->sync, mesh->now_ms) > mesh->now_ms);
}

static uint64_t next_event(const struct mesh *mesh)
{
    uint64_t next = mesh->mail_count > 0 ? mesh->mail[0].due_ms : UINT64_MAX;
    for (size_t i = 0; i < mesh->count; i++) {
        const struct mesh_node *node = &mesh->nodes[i];
        if (node->is_puppet)
            continue;
        const uint64_t times[] = { node->import_ms, gossip_deadline(node->gossip),
                                   sync_deadline(node->sync) };
        for (size_t j = 0; j < MM_COUNT_OF(times); j++)
            next = times[j] < next ? times[j] : next;
    }
    return next;
}

void mesh_run(struct mesh *mesh, uint64_t ms)
{
    const uint64_t end = mesh->now_ms + ms;
    for (;;) {
        const uint64_t next = next_event(mesh);
        if (next > end)
            break;
        if (next > mesh->now_ms)
            mesh->now_ms = next;
        while (mesh->mail_count > 0 && mesh->mail[0].due_ms <= mesh->now_ms) {
            const struct mesh_mail mail = take_first(mesh);
            deliver(mesh, &mail);
            free(mail.bytes);
        }
        for (size_t i = 0; i < mesh->count; i++) {
            if (!mesh->nodes[i].is_puppet)
                step_node(mesh, &mesh->nodes[i]);
        }
    }
    mesh->now_ms = end;
}
