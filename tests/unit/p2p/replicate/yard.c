#include "yard.h"

#include <stdlib.h>

/* ---- the host ---- */

static size_t node_of(const struct yard_node *node, uint64_t peer)
{
    for (size_t i = 0; i < YARD_NODES; i++) {
        if (node->peers[i] == peer)
            return i;
    }
    cr_assert_fail("no such peer");
    return 0;
}

static void put(struct yard *yard, size_t from, size_t to, enum frame_kind kind, mm_bytes payload)
{
    cr_assert_lt(yard->frame_count, YARD_HEARD);
    cr_assert_leq(payload.len, frame_rule_of(kind)->payload_bytes_max);
    uint8_t *bytes = malloc(payload.len + 1);
    memcpy(bytes, payload.ptr, payload.len);
    yard->frames[yard->frame_count++] = (struct yard_frame){ from, to, kind, bytes, payload.len };
}

static bool send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct yard_node *node = ctx;
    struct yard *yard = node->yard;
    if (yard->is_jammed)
        return false;
    node->frames[kind]++;
    put(yard, (size_t)(node - yard->nodes), node_of(node, peer), kind, payload);
    return true;
}

static void cut_off(void *ctx, uint64_t peer, enum replicate_verdict verdict, uint64_t ms)
{
    struct yard_node *node = ctx;
    const size_t other = node_of(node, peer);
    node->cuts++;
    node->verdict = verdict;
    node->cut_ms = ms;
    node->peers[other] = 0;
    cr_assert_gt(strlen(replicate_verdict_text(verdict)), 0);
}

static void slow(void *ctx, uint64_t peer)
{
    struct yard_node *node = ctx;
    (void)node_of(node, peer);
    node->slow++;
}

static void fetched(void *ctx, const struct cid *block, bool is_here)
{
    struct yard_node *node = ctx;
    struct mm_buf bytes;
    mm_buf_init(&bytes, BLOCK_BYTES_MAX);
    if (is_here)
        cr_assert_eq(content_get(node->content, &bytes, block), MM_OK);
    mm_buf_fini(&bytes);
    *(is_here ? &node->fetched : &node->not_fetched) += 1;
}

static void failed(void *ctx, mm_err err)
{
    struct yard_node *node = ctx;
    cr_assert_neq(err, MM_OK);
    node->failed++;
}

static void held(void *ctx, const struct cid *root)
{
    (void)ctx, (void)root;
}

static void begin(struct yard_node *node)
{
    const struct replicate_options options = { .host = { .ctx = node,
                                                         .send = send,
                                                         .cut_off = cut_off,
                                                         .slow = slow,
                                                         .fetched = fetched,
                                                         .failed = failed,
                                                         .held = held },
                                               .content = node->content };
    cr_assert_eq(replicate_new(&node->replicate, &options), MM_OK);
}

/* ---- life ---- */

struct yard *yard_new(size_t nodes, size_t puppets, uint64_t quota_bytes)
{
    struct yard *yard = calloc(1, sizeof *yard);
    yard->count = nodes + puppets;
    yard->now_ms = 1000000;
    yard->next_peer = 1;
    for (size_t i = 0; i < yard->count; i++) {
        yard->nodes[i].yard = yard;
        if (i >= nodes)
            continue;
        yard->nodes[i].content = collected_open(NULL, i == 0 ? quota_bytes : 0);
        begin(&yard->nodes[i]);
    }
    for (size_t i = 1; i < yard->count; i++)
        yard_link(yard, 0, i);
    return yard;
}

void yard_free(struct yard *yard)
{
    for (size_t i = 0; i < yard->count; i++) {
        replicate_free(yard->nodes[i].replicate);
        if (yard->nodes[i].content != NULL)
            content_close(yard->nodes[i].content);
    }
    for (size_t i = 0; i < yard->frame_count; i++)
        free(yard->frames[i].bytes);
    for (size_t i = 0; i < yard->heard_count; i++)
        free(yard->heard[i].bytes);
    free(yard);
}

static void one_way(struct yard *yard, size_t a, size_t b)
{
    struct yard_node *node = &yard->nodes[a];
    const node_id id = { { (uint8_t)(b + 1) } };
    node->peers[b] = yard->next_peer++;
    if (node->replicate != NULL)
        replicate_peer_up(node->replicate, node->peers[b], &id, yard->now_ms);
}

void yard_link(struct yard *yard, size_t a, size_t b)
{
    one_way(yard, a, b);
    one_way(yard, b, a);
}

/* What is on its way between them is lost. */
void yard_unlink(struct yard *yard, size_t a, size_t b)
{
    for (size_t i = 0; i < 2; i++, b ^= a, a ^= b, b ^= a) {
        struct yard_node *node = &yard->nodes[a];
        if (node->peers[b] != 0 && node->replicate != NULL)
            replicate_peer_down(node->replicate, node->peers[b], yard->now_ms);
        node->peers[b] = 0;
    }
}

void yard_restart(struct yard *yard, size_t index)
{
    struct yard_node *node = &yard->nodes[index];
    bool was_linked[YARD_NODES];
    for (size_t i = 0; i < yard->count; i++) {
        was_linked[i] = node->peers[i] != 0;
        if (was_linked[i])
            yard_unlink(yard, index, i);
    }
    replicate_free(node->replicate);
    begin(node);
    for (size_t i = 0; i < yard->count; i++) {
        if (was_linked[i])
            yard_link(yard, index, i);
    }
}

/* ---- time ---- */

static void deliver(struct yard *yard, struct yard_frame *frame)
{
    const struct yard_node *to = &yard->nodes[frame->to];
    const uint64_t peer = to->peers[frame->from];
    if (to->replicate == NULL) {
        cr_assert_lt(yard->heard_count, YARD_HEARD);
        yard->heard[yard->heard_count++] = *frame;
        return;
    }
    if (peer != 0)
        replicate_frame(to->replicate, peer, frame->kind, mm_bytes_from(frame->bytes, frame->len),
                        yard->now_ms);
    free(frame->bytes);
}

static void deliver_all(struct yard *yard)
{
    while (yard->frame_count > 0) {
        struct yard_frame frame = yard->frames[0];
        yard->frame_count--;
        memmove(&yard->frames[0], &yard->frames[1], yard->frame_count * sizeof frame);
        deliver(yard, &frame);
    }
}

void yard_run(struct yard *yard, uint64_t ms)
{
    enum { STEPS_MAX = 1000000 };
    const uint64_t end_ms = yard->now_ms + ms;
    for (size_t step = 0; step < STEPS_MAX; step++) {
        deliver_all(yard);
        uint64_t next_ms = end_ms;
        for (size_t i = 0; i < yard->count; i++) {
            if (yard->nodes[i].replicate == NULL)
                continue;
            const uint64_t due = replicate_tick(yard->nodes[i].replicate, yard->now_ms);
            next_ms = due < next_ms ? due : next_ms;
        }
        if (yard->frame_count > 0)
            next_ms = yard->now_ms;
        if (next_ms >= end_ms && yard->frame_count == 0) {
            yard->now_ms = end_ms;
            return;
        }
        yard->now_ms = next_ms;
    }
    cr_assert_fail("the machine never rests");
}

/* ---- the store ---- */

void yard_want(struct yard *yard, size_t node, const struct cid *root)
{
    const struct content_root record = { .cid = *root, .state = CONTENT_ROOT_WANT };
    collected_pin(yard->nodes[node].content, root, CONTENT_PIN_USER, 0);
    cr_assert_eq(content_root_put(yard->nodes[node].content, &record), MM_OK);
}

struct cid yard_add(struct yard *yard, size_t node, uint32_t number, size_t chunks)
{
    struct content *content = yard->nodes[node].content;
    const struct cid root = collected_add(content, number, chunks, CONTENT_PIN_USER, 0);
    const struct content_root record = { .cid = root, .state = CONTENT_ROOT_WHOLE };
    cr_assert_eq(content_root_put(content, &record), MM_OK);
    return root;
}

enum content_root_state yard_state(struct yard *yard, size_t node, const struct cid *root)
{
    struct content_root record;
    if (content_root_get(yard->nodes[node].content, &record, root) != MM_OK)
        return 0;
    if (record.state == CONTENT_ROOT_WHOLE)
        cr_assert(collected_is_whole(yard->nodes[node].content, root));
    return record.state;
}

struct replicate_counts yard_counts(struct yard *yard, size_t node)
{
    struct replicate_counts counts;
    replicate_count(yard->nodes[node].replicate, &counts);
    return counts;
}

/* ---- puppets ---- */

void yard_say(struct yard *yard, size_t puppet, enum frame_kind kind, mm_bytes payload)
{
    put(yard, puppet, 0, kind, payload);
    deliver_all(yard);
}

static void add(struct mm_buf *items, const struct cid *cid)
{
    uint8_t bytes[MULTIHASH_BYTES_MAX];
    payload_add_multihash(items, mm_bytes_from(bytes, multihash_encode(bytes, &cid->hash)));
}

static void say_named(struct yard *yard, size_t puppet, enum frame_kind kind, uint64_t id,
                      const struct cid *blocks, size_t count)
{
    struct mm_buf items, out;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++)
        add(&items, &blocks[i]);
    const struct payload_list list = { mm_buf_bytes(&items), count };
    if (kind == FRAME_HAVE)
        payload_have_encode(&out, &(struct payload_have){ list });
    else if (kind == FRAME_WANT)
        payload_want_encode(&out, &(struct payload_want){ id, list });
    else
        payload_missing_encode(&out, &(struct payload_missing){ id, list });
    yard_say(yard, puppet, kind, mm_buf_bytes(&out));
    mm_buf_fini(&items);
    mm_buf_fini(&out);
}

void yard_say_have(struct yard *yard, size_t puppet, const struct cid *root)
{
    say_named(yard, puppet, FRAME_HAVE, 0, root, 1);
}

void yard_say_missing(struct yard *yard, size_t puppet, uint64_t id, const struct cid *blocks,
                      size_t count)
{
    say_named(yard, puppet, FRAME_MISSING, id, blocks, count);
}

void yard_say_want(struct yard *yard, size_t puppet, uint64_t id, const struct cid *blocks,
                   size_t count)
{
    say_named(yard, puppet, FRAME_WANT, id, blocks, count);
}

void yard_say_block(struct yard *yard, size_t puppet, uint64_t id, const struct cid *cid,
                    mm_bytes bytes)
{
    struct mm_buf out;
    uint8_t hash[MULTIHASH_BYTES_MAX];
    const size_t len = multihash_encode(hash, &cid->hash);
    mm_buf_init(&out, 4 << 20);
    payload_block_encode(&out, &(struct payload_block){ id, mm_bytes_from(hash, len), bytes });
    yard_say(yard, puppet, FRAME_BLOCK, mm_buf_bytes(&out));
    mm_buf_fini(&out);
}

/* The oldest frame of a kind that a puppet heard, taken out. */
static bool take(struct yard *yard, size_t puppet, enum frame_kind kind, struct yard_frame *frame)
{
    for (size_t i = 0; i < yard->heard_count; i++) {
        if (yard->heard[i].to != puppet || yard->heard[i].kind != kind)
            continue;
        *frame = yard->heard[i];
        yard->heard_count--;
        memmove(&yard->heard[i], &yard->heard[i + 1],
                (yard->heard_count - i) * sizeof *yard->heard);
        return true;
    }
    return false;
}

bool yard_asked(struct yard *yard, size_t puppet, struct yard_asked *asked)
{
    struct yard_frame frame;
    struct payload_want want;
    mm_bytes bytes;
    size_t used;
    asked->count = 0;
    if (!take(yard, puppet, FRAME_WANT, &frame))
        return false;
    cr_assert_eq(payload_want_decode(&want, mm_bytes_from(frame.bytes, frame.len)), RLP_OK);
    asked->id = want.id;
    for (struct rlp at = payload_items(&want.blocks); payload_next_multihash(&at, &bytes);) {
        struct cid *cid = &asked->blocks[asked->count++];
        *cid = (struct cid){ .version = 1, .codec = CID_RAW };
        cr_assert_eq(multihash_decode(&cid->hash, &used, bytes), MULTIHASH_OK);
    }
    free(frame.bytes);
    return true;
}

void yard_answer(struct yard *yard, size_t puppet, const struct yard_asked *asked,
                 struct content *content)
{
    struct cid missing[PAYLOAD_WANTED_MAX];
    size_t missing_count = 0;
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < asked->count; i++) {
        if (content != NULL && content_get(content, &block, &asked->blocks[i]) == MM_OK)
            yard_say_block(yard, puppet, asked->id, &asked->blocks[i], mm_buf_bytes(&block));
        else
            missing[missing_count++] = asked->blocks[i];
    }
    mm_buf_fini(&block);
    yard_say_missing(yard, puppet, asked->id, missing, missing_count);
}

size_t yard_heard(struct yard *yard, size_t puppet, enum frame_kind kind, size_t *bytes)
{
    struct yard_frame frame;
    size_t count = 0;
    *bytes = 0;
    while (take(yard, puppet, kind, &frame)) {
        count++;
        *bytes += frame.len;
        free(frame.bytes);
    }
    return count;
}
