#include "tests/unit/p2p/snap/world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/import/candidate.h"
#include "state/base/heap.h"

struct message {
    struct message *next;
    uint64_t at_ms;
    size_t peer;
    bool is_to_peer;
    enum frame_kind kind;
    uint8_t *payload;
    size_t len;
};

/* ---- messages ---- */

/* Behind those of the same time. */
static void post(struct world *w, uint64_t delay_ms, size_t peer, bool is_to_peer,
                 enum frame_kind kind, mm_bytes payload)
{
    struct message *message = calloc(1, sizeof *message);
    struct message **place = &w->messages;
    *message = (struct message){ .at_ms = w->now_ms + delay_ms,
                                 .peer = peer,
                                 .is_to_peer = is_to_peer,
                                 .kind = kind,
                                 .payload = malloc(payload.len + 1),
                                 .len = payload.len };
    memcpy(message->payload, payload.ptr, payload.len);
    while (*place != NULL && (*place)->at_ms <= message->at_ms)
        place = &(*place)->next;
    message->next = *place;
    *place = message;
}

/* ---- what peers do ---- */

static uint64_t head_of(struct world *w)
{
    return ledger_stored(chain_ledger(w->dev.chain));
}

static bool is_boaster(enum manner manner)
{
    return manner == BOASTS || manner == BOASTS_LATER || manner == BOASTS_SILENTLY;
}

static void say_status(struct world *w, size_t peer)
{
    uint8_t memory[128];
    struct mm_buf buf = mm_buf_over(memory, sizeof memory);
    const struct payload_status status = {
        .height = head_of(w) + (is_boaster(w->peers[peer].manner) ? 1000000 : 0)
    };
    payload_status_encode(&buf, &status);
    post(w, 1, peer, false, FRAME_STATUS, mm_buf_bytes(&buf));
}

static void answer(struct world *w, size_t peer, enum frame_kind kind, mm_bytes payload)
{
    static const uint8_t garbage[] = { 0xc3, 0x01, 0x02 };
    const enum manner manner = w->peers[peer].manner;
    if (manner == SILENT)
        return;
    const uint64_t delay_ms = manner == SLOW ? 8000 : 5;
    if (manner == GARBAGE)
        payload = MM_BYTES_OF(garbage);
    post(w, delay_ms, peer, false, kind, payload);
    if (manner == TWICE)
        post(w, delay_ms, peer, false, kind, payload);
}

static void answer_headers(struct world *w, size_t peer, mm_bytes payload)
{
    struct payload_get_headers get;
    struct mm_buf items, out, header_bytes, seals;
    struct ledger_view *view = ledger_acquire(chain_ledger(w->dev.chain));
    size_t count = 0;
    cr_assert_eq(payload_get_headers_decode(&get, payload), RLP_OK);
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&out, 1 << 20);
    for (; count < get.count && get.from + count <= ledger_head(view); count++) {
        struct header header;
        mm_hash32 hash;
        struct certificate certificate;
        cr_assert_eq(ledger_header(view, &header, &hash, get.from + count), MM_OK);
        cr_assert_eq(ledger_certificate(view, &certificate, get.from + count), MM_OK);
        if (w->peers[peer].manner == BAD_SEALS && count == 7)
            certificate.seal_count--;
        if (w->peers[peer].manner == OTHER_LINK && count == 7)
            header.parent_hash.b[3] ^= 1;
        mm_buf_init(&header_bytes, 4096);
        mm_buf_init(&seals, 4096);
        header_encode(&header_bytes, &header);
        certificate_encode(&seals, &certificate);
        payload_add_header(
            &items, &(struct payload_header){ mm_buf_bytes(&header_bytes), mm_buf_bytes(&seals) });
        mm_buf_fini(&header_bytes);
        mm_buf_fini(&seals);
    }
    if (w->peers[peer].manner == BOASTS)
        count = 0;
    const bool is_withheld = w->peers[peer].manner == BOASTS_SILENTLY && count == 0;
    ledger_release(view);
    payload_headers_encode(
        &out, &(struct payload_headers){
                  get.id, { count == 0 ? (mm_bytes){ NULL, 0 } : mm_buf_bytes(&items), count } });
    if (!is_withheld)
        answer(w, peer, FRAME_HEADERS, mm_buf_bytes(&out));
    mm_buf_fini(&items);
    mm_buf_fini(&out);
}

static void answer_validators(struct world *w, size_t peer, mm_bytes payload)
{
    struct payload_get_validators get;
    struct payload_validators validators;
    struct validator_set set;
    struct mm_buf out;
    struct ledger_view *view = ledger_acquire(chain_ledger(w->dev.chain));
    cr_assert_eq(payload_get_validators_decode(&get, payload), RLP_OK);
    cr_assert_eq(chain_validators_at(view, &set, get.height), MM_OK);
    ledger_release(view);
    validators = (struct payload_validators){ .id = get.id, .count = set.count };
    memcpy(validators.addrs, set.addrs, sizeof set.addrs);
    if (w->peers[peer].manner == OTHER_VALIDATORS)
        validators.count--;
    if (w->peers[peer].manner == NO_VALIDATORS)
        validators.count = 0;
    mm_buf_init(&out, 4096);
    payload_validators_encode(&out, &validators);
    answer(w, peer, FRAME_VALIDATORS, mm_buf_bytes(&out));
    mm_buf_fini(&out);
}

/* An honest answer, bent in the peer's manner. */
static void bend(struct mm_buf *out, enum manner manner, struct payload_state *state)
{
    static const uint8_t other_code[] = { 0xef, 0x4d, 0x4d, 0x77, 0x77 };
    struct mm_buf leaves, codes;
    struct rlp at = payload_items(&state->leaves);
    struct payload_leaf leaf;
    size_t count = 0, index = 0;
    const size_t had = state->leaves.count;
    mm_buf_init(&leaves, 4 << 20);
    mm_buf_init(&codes, 1 << 20);
    for (; payload_next_leaf(&at, &leaf); index++) {
        uint8_t value[512];
        if ((manner == LEAVES_OUT && index + 2 == had) ||
            (manner == CUTS_SHORT && index >= had / 2) || manner == SAYS_EMPTY)
            continue;
        if (manner == CHANGES_VALUE && index == had / 2 && leaf.value.len <= sizeof value) {
            memcpy(value, leaf.value.ptr, leaf.value.len);
            value[leaf.value.len - 1] ^= 1;
            leaf.value.ptr = value;
        }
        payload_add_leaf(&leaves, &leaf);
        count++;
    }
    if (manner == SAYS_EMPTY || manner == CUTS_SHORT)
        state->part = STATE_WHOLE;
    if (manner == SAYS_EMPTY || manner == NO_CODE)
        state->codes = (struct payload_list){ .count = 0 };
    if (manner == WRONG_CODE && state->codes.count > 0) {
        payload_add_bytes(&codes, MM_BYTES_OF(other_code));
        state->codes = (struct payload_list){ mm_buf_bytes(&codes), 1 };
    }
    if (manner == NO_NODES)
        state->nodes = (struct payload_list){ .count = 0 };
    state->leaves = (struct payload_list){ mm_buf_bytes(&leaves), count };
    payload_state_encode(out, state);
    mm_buf_fini(&leaves);
    mm_buf_fini(&codes);
}

static void answer_state(struct world *w, size_t peer, mm_bytes payload)
{
    struct payload_get_state get;
    struct payload_state state;
    struct mm_buf honest, out;
    struct world_peer *p = &w->peers[peer];
    cr_assert_eq(payload_get_state_decode(&get, payload), RLP_OK);
    mm_buf_init(&honest, 4 << 20);
    mm_buf_init(&out, 4 << 20);
    const bool is_old = p->manner == PRUNES && get.height + SNAP_DEPTH + 8 < head_of(w);
    const bool is_refused =
        p->manner == NO_STATE || (p->manner == HEAD_ONLY && get.height != head_of(w));
    if (is_old || is_refused || !serve_state(p->serve, &get, &honest, w->now_ms)) {
        mm_buf_reset(&honest);
        payload_state_encode(&honest, &(struct payload_state){ .id = get.id });
    }
    p->served++;
    cr_assert_eq(payload_state_decode(&state, mm_buf_bytes(&honest)), RLP_OK);
    cr_assert_leq(honest.len, SNAP_RANGE_BYTES + (80 << 10));
    bend(&out, p->manner, &state);
    answer(w, peer, FRAME_STATE, mm_buf_bytes(&out));
    mm_buf_fini(&honest);
    mm_buf_fini(&out);
}

static void deliver(struct world *w, struct message *message)
{
    const mm_bytes payload = mm_bytes_from(message->payload, message->len);
    if (!w->peers[message->peer].is_up)
        return;
    if (!message->is_to_peer) {
        const bool fails = message->kind == FRAME_STATE && w->memory_fails > 0;
        mm_heap_fail_after(fails ? --w->memory_fails % 4 : SIZE_MAX);
        snap_frame(w->snap, message->peer, message->kind, payload, w->now_ms);
        mm_heap_fail_after(SIZE_MAX);
    } else if (message->kind == FRAME_GET_HEADERS)
        answer_headers(w, message->peer, payload);
    else if (message->kind == FRAME_GET_VALIDATORS)
        answer_validators(w, message->peer, payload);
    else if (message->kind == FRAME_GET_STATE)
        answer_state(w, message->peer, payload);
    else
        cr_assert_fail("a frame that nobody asked this machine to send");
}

/* ---- the host ---- */

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct world *w = ctx;
    cr_assert(w->peers[peer].is_up);
    cr_assert_leq(payload.len, frame_rule_of(kind)->payload_bytes_max);
    post(w, 2, (size_t)peer, true, kind, payload);
}

static void misbehaved(void *ctx, uint64_t peer, enum snap_verdict verdict)
{
    struct world *w = ctx;
    mm_heap_fail_after(SIZE_MAX);
    cr_assert(w->peers[peer].is_up);
    w->peers[peer].is_up = false;
    w->peers[peer].is_banned = true;
    w->peers[peer].verdict = verdict;
    snap_peer_down(w->snap, peer, w->now_ms); /* as a host may */
}

static void slow(void *ctx, uint64_t peer)
{
    ((struct world *)ctx)->peers[peer].slow++;
}

static struct ledger_restore *restore_of(void *ctx)
{
    return chain_restore_ledger(((struct world *)ctx)->restore);
}

static bool header(void *ctx, const struct snap_header *header)
{
    return ledger_restore_header(restore_of(ctx),
                                 &(struct restored_header){ .number = header->height,
                                                            .hash = header->hash,
                                                            .header = header->header,
                                                            .certificate = header->certificate }) ==
           MM_OK;
}

static bool validators(void *ctx, uint64_t height, const struct validator_set *set)
{
    return ledger_restore_set(restore_of(ctx), height, set) == MM_OK;
}

static bool account(void *ctx, const mm_hash32 *addr_key, mm_bytes account)
{
    return !((struct world *)ctx)->disk_fails &&
           ledger_restore_account(restore_of(ctx), addr_key, account) == MM_OK;
}

static bool slot(void *ctx, const mm_hash32 *addr_key, const mm_hash32 *slot_key, mm_bytes value)
{
    return ledger_restore_slot(restore_of(ctx), addr_key, slot_key, value) == MM_OK;
}

static bool code(void *ctx, mm_bytes code)
{
    ((struct world *)ctx)->codes++;
    return ledger_restore_code(restore_of(ctx), code) == MM_OK;
}

static bool drop_state(void *ctx)
{
    ((struct world *)ctx)->dropped++;
    return ledger_restore_drop_state(restore_of(ctx)) == MM_OK;
}

/* ---- life ---- */

void world_init(struct world *w, size_t validators_count)
{
    *w = (struct world){ .now_ms = 1000 };
    if (validators_count == 0)
        dev_chain_init(&w->dev, DEV_MEMORY, 64);
    else
        dev_chain_init_council(&w->dev, DEV_MEMORY, validators_count, 0);
}

void world_block(struct world *w)
{
    struct chain_candidate *candidate;
    struct dev_chain *dev = &w->dev;
    const struct chain_proposal proposal = { .timestamp = 1800000000,
                                             .source = dev_chain_source(dev) };
    cr_assert_eq(chain_build(dev->chain, &candidate, &proposal), MM_OK);
    cr_assert_eq(chain_candidate_tx_count(candidate), dev->pending_count);
    const struct certificate certificate =
        dev_chain_certificate(dev, chain_candidate_header(candidate));
    cr_assert_eq(chain_commit(dev->chain, candidate, &certificate, NULL, 0), MM_OK);
    dev_chain_sent(dev);
}

void world_blocks(struct world *w, size_t blocks, size_t mints_each)
{
    for (size_t i = 0; i < blocks; i++) {
        for (size_t j = 0; j < mints_each; j++)
            dev_chain_mint(&w->dev, j % DEV_PEOPLE, (i + j) % DEV_PEOPLE);
        dev_chain_pay(&w->dev, i % DEV_PEOPLE, (i + 1) % DEV_PEOPLE, 1 + i);
        world_block(w);
    }
}

void world_start(struct world *w)
{
    bool had_leavings;
    struct mm_reason reason = { "" };
    const struct chain_options options = { .natives = chain_natives(w->dev.chain),
                                           .genesis_text = mm_buf_bytes(&w->dev.genesis_text),
                                           .ledger = { .proof_window = 64 } };
    folder_make(w->late.path, "snap");
    folder_remove(w->late.path);
    w->late.proof_window = 64;
    mm_buf_init(&w->late.genesis_text, 1 << 20);
    mm_buf_add(&w->late.genesis_text, mm_buf_bytes(&w->dev.genesis_text));
    cr_assert_eq(chain_restore_open(&w->restore, dev_chain_open_store(&w->late), &options,
                                    &had_leavings, &reason),
                 MM_OK, "%s", reason.text);
    cr_assert_not(had_leavings);
    const struct snap_options snap = { .host = { .ctx = w,
                                                 .send = send,
                                                 .misbehaved = misbehaved,
                                                 .slow = slow,
                                                 .header = header,
                                                 .validators = validators,
                                                 .account = account,
                                                 .slot = slot,
                                                 .code = code,
                                                 .drop_state = drop_state },
                                       .domain = chain_restore_domain(w->restore),
                                       .set = *chain_restore_validators(w->restore) };
    cr_assert_eq(snap_new(&w->snap, &snap), MM_OK);
}

size_t world_peer(struct world *w, enum manner manner)
{
    const size_t peer = ++w->peer_count;
    cr_assert_leq(peer, WORLD_PEERS_MAX);
    w->peers[peer] = (struct world_peer){ .manner = manner,
                                          .is_up = true,
                                          .serve = serve_new(chain_ledger(w->dev.chain)) };
    snap_peer_up(w->snap, peer, w->now_ms);
    say_status(w, peer);
    return peer;
}

void world_fini(struct world *w)
{
    while (w->messages != NULL) {
        struct message *next = w->messages->next;
        free(w->messages->payload);
        free(w->messages);
        w->messages = next;
    }
    for (size_t peer = 1; peer <= w->peer_count; peer++)
        serve_free(w->peers[peer].serve);
    snap_free(w->snap);
    chain_restore_close(w->restore);
    if (w->late.chain != NULL)
        cr_assert_eq(chain_close(w->late.chain), MM_OK);
    folder_remove(w->late.path);
    mm_buf_fini(&w->late.genesis_text);
    dev_chain_fini(&w->dev);
}

static void each_second(struct world *w)
{
    w->status_ms = w->now_ms + 1000;
    for (size_t peer = 1; peer <= w->peer_count; peer++) {
        serve_tick(w->peers[peer].serve, w->now_ms);
        if (w->peers[peer].is_up)
            say_status(w, peer);
    }
    if (w->each_second != NULL)
        w->each_second(w);
}

struct snap_status world_status(const struct world *w)
{
    struct snap_status status;
    snap_read_status(w->snap, &status);
    return status;
}

enum snap_phase world_run(struct world *w, uint64_t most_ms)
{
    const uint64_t end_ms = w->now_ms + most_ms;
    uint64_t deadline = w->now_ms;
    while (world_status(w).phase <= SNAP_STATE && w->now_ms < end_ms) {
        uint64_t next = w->messages != NULL ? w->messages->at_ms : UINT64_MAX;
        next = deadline < next ? deadline : next;
        next = w->status_ms < next ? w->status_ms : next;
        cr_assert_lt(next, UINT64_MAX, "it waits for nothing");
        w->now_ms = next > w->now_ms ? next : w->now_ms;
        if (w->now_ms >= w->status_ms)
            each_second(w);
        while (w->messages != NULL && w->messages->at_ms <= w->now_ms) {
            struct message *message = w->messages;
            w->messages = message->next;
            deliver(w, message);
            free(message->payload);
            free(message);
        }
        deadline = snap_deadline(w->snap);
        if (deadline <= w->now_ms)
            deadline = snap_tick(w->snap, w->now_ms);
        cr_assert_gt(deadline, w->now_ms, "a deadline that is over is no deadline");
    }
    return world_status(w).phase;
}

void world_finish(struct world *w)
{
    struct mm_reason reason = { "" };
    struct ledger_view *view;
    struct header theirs;
    mm_hash32 hash;
    const uint64_t height = world_status(w).height;
    cr_assert_eq(chain_restore_finish(w->restore, &reason), MM_OK, "%s", reason.text);
    chain_restore_close(w->restore);
    w->restore = NULL;
    cr_assert_eq(dev_chain_open(&w->late, &reason), MM_OK, "%s", reason.text);
    cr_assert_not(w->late.opened.is_new);
    view = ledger_acquire(chain_ledger(w->dev.chain));
    cr_assert_eq(ledger_header(view, &theirs, &hash, height), MM_OK);
    ledger_release(view);
    view = ledger_acquire(chain_ledger(w->late.chain));
    cr_assert_eq(ledger_head(view), height);
    cr_assert(mm_hash_equal(ledger_head_hash(view), &hash));
    ledger_release(view);
    cr_assert_eq(dev_chain_check(&w->late, CHAIN_CHECK_STATE), 0);
}
