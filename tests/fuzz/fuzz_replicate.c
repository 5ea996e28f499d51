/* The machine that fetches and serves content, told by peers what nobody honest says, between things that are as they should be.
 *
 *     in   records: what, how many bytes, bytes          what  0 … 3  a raw HAVE, WANT, BLOCK, MISSING
 *                                                              4      time passes
 *                                                              5      a peer comes or goes
 *                                                              6      a block as it was asked for, perhaps one byte of it bent
 *                                                              7      the end of an answer, with the first names as missing
 *
 * What is stored was asked for and hashes to its name, whatever else was said; a peer that is cut off is not spoken to any more; and
 * the machine comes to rest. */
#include <stdlib.h>

#include "p2p/content/import.h"
#include "p2p/replicate/replicate.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { PEERS = 3, STEPS_MAX = 10000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct content *there; /* what peers could have */
    struct content *content;
    struct replicate *replicate;
    struct cid root;
    bool is_up[PEERS + 1];
    uint64_t asked_peer; /* of the newest WANT; 0: none */
    uint64_t asked_id;
    struct cid asked[PAYLOAD_WANTED_MAX];
    size_t asked_count;
    size_t asked_at; /* the next to be answered */
    uint64_t now_ms;
};

static struct world w;

/* ---- the host ---- */

static bool send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    struct payload_want want;
    mm_bytes bytes;
    size_t used;
    (void)ctx;
    REQUIRE(w.is_up[peer] && payload.len <= frame_rule_of(kind)->payload_bytes_max);
    if (kind != FRAME_WANT)
        return true;
    REQUIRE(payload_want_decode(&want, payload) == RLP_OK);
    w.asked_peer = peer;
    w.asked_id = want.id;
    w.asked_count = w.asked_at = 0;
    for (struct rlp at = payload_items(&want.blocks); payload_next_multihash(&at, &bytes);) {
        struct cid *cid = &w.asked[w.asked_count++];
        *cid = (struct cid){ .version = 1, .codec = CID_RAW };
        REQUIRE(multihash_decode(&cid->hash, &used, bytes) == MULTIHASH_OK);
    }
    return true;
}

static void cut_off(void *ctx, uint64_t peer, enum replicate_verdict verdict, uint64_t ms)
{
    (void)ctx;
    REQUIRE(w.is_up[peer] && verdict != REPLICATE_OK && ms >= REPLICATE_CUT_OFF_MS);
    w.is_up[peer] = false;
}

static void slow(void *ctx, uint64_t peer)
{
    (void)ctx;
    REQUIRE(w.is_up[peer]);
}

static void fetched(void *ctx, const struct cid *block, bool is_here)
{
    uint64_t bytes;
    (void)ctx;
    REQUIRE(!is_here || content_find(w.content, &bytes, block) == MM_OK);
}

static void failed(void *ctx, mm_err err)
{
    (void)ctx, (void)err;
    abort(); /* the store has room */
}

static void held(void *ctx, const struct cid *root)
{
    (void)ctx, (void)root;
}

/* ---- content ---- */

static struct content *open_store(void)
{
    struct content *content;
    REQUIRE(content_open(&content, &(struct content_options){ .path = NULL }, NULL) == MM_OK);
    return content;
}

/* A file of 40 blocks and one above them. */
static void make_content(void)
{
    struct content_profile profile = *CONTENT_PROFILE_DEFAULT;
    struct content_writer *writer = content_writer_new(w.there);
    struct block_sink sink = content_writer_sink(writer);
    struct import_result result;
    profile.chunk_bytes = 256;
    struct import_file *file = import_file_new(&profile, &sink);
    for (size_t i = 0; i < 40; i++) {
        const uint8_t chunk[256] = { (uint8_t)i };
        REQUIRE(import_file_write(file, MM_BYTES_OF(chunk)) == MM_OK);
    }
    REQUIRE(import_file_finish(file, &result) == MM_OK);
    import_file_free(file);
    REQUIRE(content_writer_commit(writer, NULL) == MM_OK);
    content_writer_free(writer);
    w.root = result.cid;
}

static void want_content(void)
{
    const struct content_root record = { .cid = w.root, .state = CONTENT_ROOT_WANT };
    const struct content_pin pin = { .root = w.root,
                                     .kind = CONTENT_PIN_USER,
                                     .depth = CONTENT_PIN_RECURSIVE };
    REQUIRE(content_pin_put(w.content, &pin) == MM_OK);
    REQUIRE(content_root_put(w.content, &record) == MM_OK);
}

/* ---- records ---- */

static void tell(uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    replicate_frame(w.replicate, peer, kind, payload, w.now_ms);
}

static mm_bytes encode(uint8_t memory[MULTIHASH_BYTES_MAX], const struct cid *cid)
{
    return mm_bytes_from(memory, multihash_encode(memory, &cid->hash));
}

static void answer_block(mm_bytes in)
{
    uint8_t hash[MULTIHASH_BYTES_MAX];
    struct mm_buf block, out;
    if (w.asked_peer == 0 || w.asked_at == w.asked_count)
        return;
    const struct cid *cid = &w.asked[w.asked_at++];
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    mm_buf_init(&out, 1 << 20);
    if (content_get(w.there, &block, cid) == MM_OK) {
        if (in.len > 1)
            block.ptr[in.ptr[0] % block.len] ^= in.ptr[1];
        payload_block_encode(
            &out, &(struct payload_block){ w.asked_id, encode(hash, cid), mm_buf_bytes(&block) });
        tell(w.asked_peer, FRAME_BLOCK, mm_buf_bytes(&out));
    }
    mm_buf_fini(&block);
    mm_buf_fini(&out);
}

static void answer_missing(mm_bytes in)
{
    uint8_t hash[MULTIHASH_BYTES_MAX];
    struct mm_buf items, out;
    size_t count = 0;
    if (w.asked_peer == 0)
        return;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&out, 1 << 20);
    for (size_t i = in.len > 0 ? in.ptr[0] % 64u : 64; i > 0 && w.asked_at < w.asked_count; i--) {
        payload_add_multihash(&items, encode(hash, &w.asked[w.asked_at++]));
        count++;
    }
    payload_missing_encode(
        &out, &(struct payload_missing){ w.asked_id, { mm_buf_bytes(&items), count } });
    tell(w.asked_peer, FRAME_MISSING, mm_buf_bytes(&out));
    mm_buf_fini(&items);
    mm_buf_fini(&out);
}

static void come_or_go(uint64_t peer)
{
    const node_id id = { { (uint8_t)peer } };
    uint8_t hash[MULTIHASH_BYTES_MAX];
    uint8_t items_memory[256], memory[512];
    struct mm_buf items = mm_buf_over(items_memory, sizeof items_memory);
    struct mm_buf out = mm_buf_over(memory, sizeof memory);
    w.is_up[peer] = !w.is_up[peer];
    if (!w.is_up[peer]) {
        replicate_peer_down(w.replicate, peer, w.now_ms);
        return;
    }
    replicate_peer_up(w.replicate, peer, &id, w.now_ms);
    payload_add_multihash(&items, encode(hash, &w.root));
    payload_have_encode(&out, &(struct payload_have){ { mm_buf_bytes(&items), 1 } });
    tell(peer, FRAME_HAVE, mm_buf_bytes(&out));
}

/* All that there is to do at once. */
static void settle(void)
{
    for (size_t step = 0; replicate_tick(w.replicate, w.now_ms) <= w.now_ms; step++)
        REQUIRE(step < STEPS_MAX);
}

static void take(unsigned what, mm_bytes in)
{
    static const enum frame_kind kinds[] = { FRAME_HAVE, FRAME_WANT, FRAME_BLOCK, FRAME_MISSING };
    const uint64_t peer = 1 + what / 8 % PEERS;
    if (what % 8 < 4)
        tell(peer, kinds[what % 8], in);
    else if (what % 8 == 4)
        w.now_ms += in.len > 0 ? in.ptr[0] * 100u : 1;
    else if (what % 8 == 5)
        come_or_go(peer);
    else if (what % 8 == 6)
        answer_block(in);
    else
        answer_missing(in);
    settle();
}

/* Nothing is here that is not there. */
static void check(void)
{
    const struct content_totals here = content_totals(w.content);
    const struct content_totals there = content_totals(w.there);
    struct content_root record;
    REQUIRE(here.blocks <= there.blocks && here.bytes <= there.bytes);
    REQUIRE(content_root_get(w.content, &record, &w.root) == MM_OK);
    REQUIRE(record.state != CONTENT_ROOT_WHOLE || here.blocks == there.blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    w = (struct world){ .now_ms = 1000, .there = open_store(), .content = open_store() };
    const struct replicate_options options = { .host = { .send = send,
                                                         .cut_off = cut_off,
                                                         .slow = slow,
                                                         .fetched = fetched,
                                                         .failed = failed,
                                                         .held = held },
                                               .content = w.content };
    make_content();
    want_content();
    REQUIRE(replicate_new(&w.replicate, &options) == MM_OK);
    for (size_t at = 0; at + 2 <= size;) {
        const size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        take(data[at], mm_bytes_from(data + at + 2, len));
        at += 2 + len;
    }
    check();
    replicate_free(w.replicate);
    content_close(w.content);
    content_close(w.there);
    return 0;
}
