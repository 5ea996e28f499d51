/* The machine that fetches a state, told by peers what nobody honest says, between things that are as they should be.
 *
 *     in   records: what, how many bytes, bytes          what  0 … 3  a raw STATUS, HEADERS, VALIDATORS, STATE
 *                                                              4      time passes
 *                                                              5      a peer comes or goes
 *                                                              6      headers as they were asked for, one of them bent
 *                                                              7      a range as it was asked for, one byte of it bent
 *
 * What the machine hands over is what the chain has, whatever else it was told; and it never waits without a deadline for nothing. */
#include <stdlib.h>

#include "p2p/snap/snap.h"
#include "state/chain/account.h"
#include "state/crypto/keccak.h"
#include "state/trie/range.h"
#include "tests/lib/node_table.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { PEERS = 3, ACCOUNTS = 40, HEADERS_MAX = 300, CLAIM = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct snap *snap;
    struct node_table table; /* of the accounts */
    mm_hash32 root;
    struct trie_update accounts[ACCOUNTS];
    uint8_t keys[ACCOUNTS][32];
    uint8_t values[ACCOUNTS][128];
    mm_hash32 hashes[HEADERS_MAX]; /* of what is certified; behind that, of what was said last */
    mm_hash32 commitment;
    uint64_t height; /* of the last one that was handed over */
    bool is_up[PEERS + 1];
    uint64_t now_ms;
    /* The newest request of each kind. */
    uint64_t headers_peer, state_peer;
    struct payload_get_headers headers;
    struct payload_get_state state;
};

static struct world w;

/* ---- the host ---- */

static void send(void *ctx, uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    (void)ctx;
    REQUIRE(w.is_up[peer]);
    if (kind == FRAME_GET_HEADERS) {
        REQUIRE(payload_get_headers_decode(&w.headers, payload) == RLP_OK);
        w.headers_peer = peer;
    } else if (kind == FRAME_GET_STATE) {
        REQUIRE(payload_get_state_decode(&w.state, payload) == RLP_OK);
        w.state_peer = peer;
    }
}

static void misbehaved(void *ctx, uint64_t peer, enum snap_verdict verdict)
{
    (void)ctx;
    REQUIRE(w.is_up[peer] && verdict != SNAP_OK);
    w.is_up[peer] = false;
}

static void slow(void *ctx, uint64_t peer)
{
    (void)ctx;
    REQUIRE(w.is_up[peer]);
}

/* The last header, whether the machine holds it still or not. */
static uint64_t certified(void)
{
    struct snap_status status;
    snap_read_status(w.snap, &status);
    return status.height;
}

static bool keep_header(void *ctx, const struct snap_header *header)
{
    (void)ctx;
    REQUIRE(header->height == w.height + 1 && header->height < HEADERS_MAX);
    w.height = header->height;
    REQUIRE(snap_phase_of(w.snap) == SNAP_HEADERS && w.height <= certified());
    w.hashes[w.height] = header->hash;
    return true;
}

static bool keep_validators(void *ctx, uint64_t height, const struct validator_set *set)
{
    (void)ctx;
    REQUIRE(height == w.height && validators_is_valid(set));
    return true;
}

static bool keep_account(void *ctx, const mm_hash32 *key, mm_bytes account)
{
    (void)ctx;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        if (mm_bytes_equal(w.accounts[i].key, mm_bytes_hash(key)))
            return REQUIRE(mm_bytes_equal(w.accounts[i].value, account)), true;
    }
    abort(); /* nobody has it */
}

static bool keep_slot(void *ctx, const mm_hash32 *addr_key, const mm_hash32 *slot_key,
                      mm_bytes value)
{
    (void)ctx, (void)addr_key, (void)slot_key, (void)value;
    abort(); /* no account has storage */
}

static bool keep_code(void *ctx, mm_bytes code)
{
    (void)ctx, (void)code;
    abort();
}

static bool drop_state(void *ctx)
{
    (void)ctx;
    return true;
}

static enum certificate_verdict check(void *ctx, const struct certificate *certificate,
                                      const struct seal_domain *domain,
                                      const struct validator_set *set, const mm_hash32 *commitment,
                                      uint64_t height, const mm_hash32 *hash)
{
    (void)ctx, (void)certificate, (void)domain, (void)set, (void)commitment, (void)height;
    (void)hash;
    return CERTIFICATE_OK;
}

/* ---- the chain ---- */

static void make_accounts(void)
{
    for (size_t i = 0; i < ACCOUNTS; i++) {
        struct account account = account_none();
        struct mm_buf value = mm_buf_over(w.values[i], sizeof w.values[i]);
        account.nonce = 1 + i;
        account_encode(&value, &account);
        w.keys[i][0] = (uint8_t)(i * 6);
        w.keys[i][1] = (uint8_t)(i % 3);
        w.accounts[i] = (struct trie_update){ MM_BYTES_OF(w.keys[i]), mm_buf_bytes(&value) };
    }
    w.root = node_table_update(&w.table, &KECCAK_EMPTY_TRIE, w.accounts, ACCOUNTS);
}

static mm_hash32 add_header(struct mm_buf *items, uint64_t number, const mm_hash32 *parent,
                            size_t bent)
{
    struct header header = { .number = number,
                             .parent_hash = *parent,
                             .state_root = w.root,
                             .gas_limit = 1000000,
                             .field_count = HEADER_FIELDS_CANCUN,
                             .extra_len = MM_EXTRA_BYTES };
    struct certificate certificate = { .round = 0 };
    struct mm_buf encoded, seals;
    memcpy(header.extra, w.commitment.b, MM_EXTRA_BYTES);
    if (bent == 1)
        header.extra[5] ^= 1;
    if (bent == 2)
        header.parent_hash.b[5] ^= 1;
    if (bent == 3)
        header.number++;
    mm_buf_init(&encoded, 4096);
    mm_buf_init(&seals, 4096);
    header_encode(&encoded, &header);
    certificate_encode(&seals, &certificate);
    payload_add_header(items,
                       &(struct payload_header){ mm_buf_bytes(&encoded), mm_buf_bytes(&seals) });
    const mm_hash32 hash = keccak256(mm_buf_bytes(&encoded));
    mm_buf_fini(&encoded);
    mm_buf_fini(&seals);
    return hash;
}

static void tell(uint64_t peer, enum frame_kind kind, mm_bytes payload)
{
    snap_frame(w.snap, peer, kind, payload, w.now_ms);
}

static void answer_headers(mm_bytes in)
{
    struct mm_buf items, out;
    const size_t bent_at = in.len > 0 ? in.ptr[0] : SIZE_MAX;
    size_t count = 0;
    if (w.headers_peer == 0 || snap_phase_of(w.snap) != SNAP_HEADERS ||
        w.headers.from != certified() + 1)
        return;
    mm_buf_init(&items, 1 << 20);
    mm_buf_init(&out, 1 << 20);
    mm_hash32 parent = w.hashes[certified()];
    for (; count < w.headers.count && w.headers.from + count < HEADERS_MAX; count++)
        w.hashes[w.headers.from + count] = parent =
            add_header(&items, w.headers.from + count, &parent,
                       count == bent_at && in.len > 1 ? in.ptr[1] % 4 : 0);
    payload_headers_encode(
        &out, &(struct payload_headers){ w.headers.id, { mm_buf_bytes(&items), count } });
    tell(w.headers_peer, FRAME_HEADERS, mm_buf_bytes(&out));
    mm_buf_fini(&items);
    mm_buf_fini(&out);
}

struct gathered {
    struct mm_buf leaves;
    size_t count;
};

static bool add_leaf(void *ctx, mm_bytes key, mm_bytes value)
{
    struct gathered *gathered = ctx;
    struct payload_leaf leaf = { .value = value };
    memcpy(leaf.key.b, key.ptr, 32);
    payload_add_leaf(&gathered->leaves, &leaf);
    gathered->count++;
    return true;
}

static void answer_state(mm_bytes in)
{
    struct gathered gathered = { .count = 0 };
    struct mm_buf nodes, out;
    struct mm_arena arena;
    struct trie_range_proof proof;
    const struct trie_reader reader = node_table_reader(&w.table);
    const struct trie_leaf_sink sink = { &gathered, add_leaf };
    if (w.state_peer == 0 || w.state.is_account)
        return;
    const struct trie_bounds bounds = { mm_bytes_hash(&w.state.from_key),
                                        mm_bytes_hash(&w.state.to_key) };
    mm_buf_init(&gathered.leaves, 1 << 20);
    mm_buf_init(&nodes, 1 << 20);
    mm_buf_init(&out, 1 << 20);
    mm_arena_init(&arena, 16 << 20);
    REQUIRE(trie_range_walk(&arena, &reader, &w.root, &bounds, &sink) == MM_OK);
    REQUIRE(trie_range_prove(&arena, &proof, &reader, &w.root, &bounds) == MM_OK);
    for (size_t i = 0; i < proof.count; i++)
        payload_add_bytes(&nodes, proof.nodes[i]);
    payload_state_encode(
        &out, &(struct payload_state){ w.state.id,
                                       STATE_WHOLE,
                                       { mm_buf_bytes(&gathered.leaves), gathered.count },
                                       { mm_buf_bytes(&nodes), proof.count },
                                       { (mm_bytes){ NULL, 0 }, 0 } });
    if (in.len >= 3)
        out.ptr[(in.ptr[0] << 8 | in.ptr[1]) % out.len] ^= in.ptr[2];
    tell(w.state_peer, FRAME_STATE, mm_buf_bytes(&out));
    mm_arena_fini(&arena);
    mm_buf_fini(&gathered.leaves);
    mm_buf_fini(&nodes);
    mm_buf_fini(&out);
}

/* ---- records ---- */

static void come_or_go(uint64_t peer)
{
    uint8_t memory[128];
    struct mm_buf status = mm_buf_over(memory, sizeof memory);
    w.is_up[peer] = !w.is_up[peer];
    if (!w.is_up[peer]) {
        snap_peer_down(w.snap, peer, w.now_ms);
        return;
    }
    snap_peer_up(w.snap, peer, w.now_ms);
    payload_status_encode(&status, &(struct payload_status){ .height = CLAIM });
    tell(peer, FRAME_STATUS, mm_buf_bytes(&status));
}

static void take(unsigned what, mm_bytes in)
{
    static const enum frame_kind kinds[] = { FRAME_STATUS, FRAME_HEADERS, FRAME_VALIDATORS,
                                             FRAME_STATE };
    const uint64_t peer = 1 + what / 8 % PEERS;
    if (what % 8 < 4) {
        tell(peer, kinds[what % 8], in);
    } else if (what % 8 == 4) {
        w.now_ms += in.len > 0 ? in.ptr[0] * 100u : 1;
        REQUIRE(snap_tick(w.snap, w.now_ms) > w.now_ms);
    } else if (what % 8 == 5) {
        come_or_go(peer);
    } else if (what % 8 == 6) {
        answer_headers(in);
    } else {
        answer_state(in);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    w = (struct world){ .now_ms = 1000 };
    struct snap_options options = { .host = { .send = send,
                                              .misbehaved = misbehaved,
                                              .slow = slow,
                                              .header = keep_header,
                                              .validators = keep_validators,
                                              .account = keep_account,
                                              .slot = keep_slot,
                                              .code = keep_code,
                                              .drop_state = drop_state,
                                              .check = check },
                                    .set = { .count = 1, .addrs = { { { 1 } } } } };
    make_accounts();
    w.commitment = validators_commitment(&options.set);
    REQUIRE(snap_new(&w.snap, &options) == MM_OK);
    for (size_t at = 0; at + 2 <= size;) {
        const size_t len = data[at + 1] < size - at - 2 ? data[at + 1] : size - at - 2;
        take(data[at], mm_bytes_from(data + at + 2, len));
        at += 2 + len;
    }
    snap_free(w.snap);
    node_table_fini(&w.table);
    return 0;
}
