/* Payloads: what each kind encodes to, and what its decoder refuses. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "p2p/wire/frame.h"
#include "p2p/wire/payload.h"

static struct mm_buf items;
static struct mm_buf out;

static void init(void)
{
    mm_buf_init(&items, 8 << 20);
    mm_buf_init(&out, 8 << 20);
}

static void fini(void)
{
    mm_buf_fini(&items);
    mm_buf_fini(&out);
}

TestSuite(payload, .init = init, .fini = fini);

static mm_hash32 numbered(size_t number)
{
    mm_hash32 hash = { { 0xaa } };
    memcpy(hash.b + 8, &number, sizeof number);
    return hash;
}

static struct payload_list list_of(size_t count)
{
    return (struct payload_list){ mm_buf_bytes(&items), count };
}

static void add_hashes(size_t count)
{
    mm_buf_reset(&items);
    for (size_t i = 0; i < count; i++) {
        const mm_hash32 hash = numbered(i);
        payload_add_hash(&items, &hash);
    }
}

/* What any decoder refuses, whatever the kind: each cut, a byte more, a longer header. */
#define REFUSES_DAMAGE(type)                                                                       \
    do {                                                                                           \
        struct payload_##type decoded_;                                                            \
        const mm_bytes whole_ = mm_buf_bytes(&out);                                                \
        uint8_t *copy_ = malloc(whole_.len + 2);                                                   \
        memcpy(copy_, whole_.ptr, whole_.len);                                                     \
        copy_[whole_.len] = 0;                                                                     \
        cr_assert_eq(payload_##type##_decode(&decoded_, whole_), RLP_OK);                          \
        cr_assert_eq(payload_##type##_decode(&decoded_, mm_bytes_from(copy_, whole_.len + 1)),     \
                     RLP_TRAILING);                                                                \
        for (size_t cut_ = 0; cut_ < whole_.len; cut_ += 1 + whole_.len / 500)                     \
            cr_assert_neq(payload_##type##_decode(&decoded_, mm_bytes_from(copy_, cut_)), RLP_OK); \
        free(copy_);                                                                               \
        cr_assert_eq(payload_##type##_decode(&decoded_, MM_BYTES_LIT("\x82\x01\x02")),             \
                     RLP_NOT_A_LIST);                                                              \
    } while (0)

Test(payload, a_status_comes_back_as_it_was)
{
    const struct payload_status status = { UINT64_MAX, 3, { { 9 } }, 128 };
    struct payload_status again;
    payload_status_encode(&out, &status);
    cr_assert_leq(out.len, frame_rule_of(FRAME_STATUS)->payload_bytes_max);
    cr_assert_eq(payload_status_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(again.height, status.height);
    cr_assert_eq(again.round, 3);
    cr_assert(mm_hash_equal(&again.head_hash, &status.head_hash));
    cr_assert_eq(again.pruned_below, 128);
    REFUSES_DAMAGE(status);
}

Test(payload, an_integer_with_a_leading_zero_and_a_short_hash_are_refused)
{
    struct payload_status status;
    struct payload_get_peers get;
    cr_assert_eq(payload_get_peers_decode(&get, MM_BYTES_LIT("\xc3\x82\x00\x01")),
                 RLP_LEADING_ZERO);
    cr_assert_eq(payload_get_peers_decode(&get, MM_BYTES_LIT("\xc2\x81\x05")), RLP_NOT_CANONICAL);
    cr_assert_eq(payload_get_peers_decode(&get, MM_BYTES_LIT("\xc0")), RLP_MISSING);
    cr_assert_eq(payload_get_peers_decode(&get, MM_BYTES_LIT("\xc2\x05\x05")), RLP_TRAILING);
    cr_assert_eq(payload_status_decode(&status, MM_BYTES_LIT("\xc5\x05\x05\x81\xaa\x05")),
                 RLP_WRONG_SIZE);
    cr_assert_eq(status.height, 0, "a failed decoder leaves nothing");
}

Test(payload, every_reason_to_leave_has_words_and_others_are_refused)
{
    for (unsigned reason = 0; reason < BYE_REASONS; reason++) {
        const struct payload_bye bye = { (enum bye_reason)reason };
        struct payload_bye again;
        mm_buf_reset(&out);
        payload_bye_encode(&out, &bye);
        cr_assert_eq(payload_bye_decode(&again, mm_buf_bytes(&out)), RLP_OK);
        cr_assert_eq(again.reason, bye.reason);
        cr_assert_gt(strlen(bye_reason_text(bye.reason)), 4);
    }
    REFUSES_DAMAGE(bye);
    struct payload_bye bye;
    cr_assert_eq(payload_bye_decode(&bye, MM_BYTES_LIT("\xc1\x0a")), RLP_TOO_LARGE);
}

Test(payload, a_request_for_peers_comes_back)
{
    const struct payload_get_peers get = { 77 };
    struct payload_get_peers again;
    payload_get_peers_encode(&out, &get);
    cr_assert_eq(payload_get_peers_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(again.id, 77);
    REFUSES_DAMAGE(get_peers);
}

static void encode_peers(size_t count, mm_bytes host)
{
    mm_buf_reset(&items);
    mm_buf_reset(&out);
    for (size_t i = 0; i < count; i++) {
        const struct payload_peer peer = { { { (uint8_t)i } }, host, (uint16_t)(65535 - i) };
        payload_add_peer(&items, &peer);
    }
    payload_peers_encode(&out, &(struct payload_peers){ UINT64_MAX, list_of(count) });
}

Test(payload, thirty_two_peers_are_taken_and_one_more_is_not)
{
    char name[PAYLOAD_HOST_BYTES_MAX];
    memset(name, 'x', sizeof name);
    struct payload_peers peers;
    struct payload_peer peer;
    encode_peers(PAYLOAD_PEERS_MAX, MM_BYTES_OF(name));
    cr_assert_leq(out.len, frame_rule_of(FRAME_PEERS)->payload_bytes_max);
    cr_assert_eq(payload_peers_decode(&peers, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(peers.peers.count, PAYLOAD_PEERS_MAX);
    struct rlp at = payload_items(&peers.peers);
    size_t count = 0;
    while (payload_next_peer(&at, &peer)) {
        cr_assert_eq(peer.id.b[0], count);
        cr_assert(mm_bytes_equal(peer.host, MM_BYTES_OF(name)));
        cr_assert_eq(peer.port, 65535 - count);
        count++;
    }
    cr_assert_eq(count, PAYLOAD_PEERS_MAX);
    REFUSES_DAMAGE(peers);
    encode_peers(PAYLOAD_PEERS_MAX + 1, MM_BYTES_LIT("::1"));
    cr_assert_eq(payload_peers_decode(&peers, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    cr_assert_eq(peers.peers.count, 0);
}

/* A PEERS with one peer, host and port as given. */
static enum rlp_verdict decode_peer(mm_bytes host, uint64_t port)
{
    struct payload_peers peers;
    mm_buf_reset(&out);
    const size_t whole = rlp_open_list(&out);
    rlp_add_u64(&out, 1);
    const size_t list = rlp_open_list(&out);
    const size_t item = rlp_open_list(&out);
    const mm_hash32 id = numbered(1);
    rlp_add_hash(&out, &id);
    rlp_add_string(&out, host);
    rlp_add_u64(&out, port);
    rlp_close_list(&out, item);
    rlp_close_list(&out, list);
    rlp_close_list(&out, whole);
    return payload_peers_decode(&peers, mm_buf_bytes(&out));
}

Test(payload, a_peer_has_a_host_of_harmless_letters_and_a_port)
{
    char name[PAYLOAD_HOST_BYTES_MAX + 1];
    memset(name, 'x', sizeof name);
    cr_assert_eq(decode_peer(MM_BYTES_LIT("node-1.example.ORG"), 30303), RLP_OK);
    cr_assert_eq(decode_peer(MM_BYTES_LIT("fe80::1"), 65535), RLP_OK);
    cr_assert_eq(decode_peer(MM_BYTES_LIT("a"), 0), RLP_TOO_LARGE);
    cr_assert_eq(decode_peer(MM_BYTES_LIT("a"), 65536), RLP_TOO_LARGE);
    cr_assert_eq(decode_peer(MM_BYTES_LIT(""), 1), RLP_TOO_LARGE);
    cr_assert_eq(decode_peer(MM_BYTES_OF(name), 1), RLP_TOO_LARGE);
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t host[] = { 'a', (uint8_t)byte };
        const bool is_fine = byte != 0 && byte < 128 &&
                             strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789.-:",
                                    (int)byte) != NULL;
        cr_assert_eq(decode_peer(MM_BYTES_OF(host), 1) == RLP_OK, is_fine, "byte %u", byte);
    }
}

static void encode_txs(size_t count, size_t size)
{
    uint8_t *tx = calloc(size + 1, 1);
    mm_buf_reset(&items);
    mm_buf_reset(&out);
    for (size_t i = 0; i < count; i++)
        payload_add_tx(&items, mm_bytes_from(tx, size));
    payload_txs_encode(&out, &(struct payload_txs){ list_of(count) });
    free(tx);
}

Test(payload, transactions_are_counted_and_bounded)
{
    struct payload_txs txs;
    mm_bytes tx;
    encode_txs(PAYLOAD_TXS_MAX, 200);
    cr_assert_eq(payload_txs_decode(&txs, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(txs.txs.count, PAYLOAD_TXS_MAX);
    struct rlp at = payload_items(&txs.txs);
    size_t count = 0;
    while (payload_next_tx(&at, &tx)) {
        cr_assert_eq(tx.len, 200);
        count++;
    }
    cr_assert_eq(count, PAYLOAD_TXS_MAX);
    REFUSES_DAMAGE(txs);
    encode_txs(PAYLOAD_TXS_MAX + 1, 1);
    cr_assert_eq(payload_txs_decode(&txs, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    encode_txs(1, MM_TX_BYTES_MAX);
    cr_assert_eq(payload_txs_decode(&txs, mm_buf_bytes(&out)), RLP_OK);
    encode_txs(1, MM_TX_BYTES_MAX + 1);
    cr_assert_eq(payload_txs_decode(&txs, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    encode_txs(1, 0);
    cr_assert_eq(payload_txs_decode(&txs, mm_buf_bytes(&out)), RLP_MISSING);
    cr_assert_eq(payload_txs_decode(&txs, MM_BYTES_LIT("\xc1\xc0")), RLP_NOT_A_STRING);
    cr_assert_eq(payload_txs_decode(&txs, MM_BYTES_LIT("\xc0")), RLP_OK);
}

static enum rlp_verdict decode_announced(size_t count, unsigned type, unsigned size)
{
    struct payload_tx_hashes hashes;
    mm_buf_reset(&items);
    mm_buf_reset(&out);
    for (size_t i = 0; i < count; i++) {
        const struct payload_announced announced = { (uint8_t)type, size, numbered(i) };
        payload_add_announced(&items, &announced);
    }
    payload_tx_hashes_encode(&out, &(struct payload_tx_hashes){ list_of(count) });
    const enum rlp_verdict verdict = payload_tx_hashes_decode(&hashes, mm_buf_bytes(&out));
    struct rlp at = payload_items(&hashes.announced);
    struct payload_announced announced;
    size_t seen = 0;
    while (payload_next_announced(&at, &announced)) {
        const mm_hash32 hash = numbered(seen++);
        cr_assert(announced.type == type && announced.size == size &&
                  mm_hash_equal(&announced.hash, &hash));
    }
    cr_assert_eq(seen, verdict == RLP_OK ? count : 0);
    return verdict;
}

Test(payload, announcements_are_counted_and_bounded)
{
    cr_assert_eq(decode_announced(PAYLOAD_ANNOUNCED_MAX, 0x7f, MM_TX_BYTES_MAX), RLP_OK);
    cr_assert_leq(out.len, frame_rule_of(FRAME_TX_HASHES)->payload_bytes_max);
    REFUSES_DAMAGE(tx_hashes);
    cr_assert_eq(decode_announced(PAYLOAD_ANNOUNCED_MAX + 1, 0, 1), RLP_TOO_LARGE);
    cr_assert_eq(decode_announced(1, 0x80, 1), RLP_TOO_LARGE);
    cr_assert_eq(decode_announced(1, 2, MM_TX_BYTES_MAX + 1), RLP_TOO_LARGE);
    cr_assert_eq(decode_announced(1, 2, 0), RLP_MISSING);
}

Test(payload, hashes_that_are_asked_for_are_counted)
{
    struct payload_get_txs get;
    struct payload_get_bodies bodies;
    mm_hash32 hash;
    for (size_t count = PAYLOAD_HASHES_MAX; count <= PAYLOAD_HASHES_MAX + 1; count++) {
        const enum rlp_verdict expected = count > PAYLOAD_HASHES_MAX ? RLP_TOO_LARGE : RLP_OK;
        add_hashes(count);
        mm_buf_reset(&out);
        payload_get_txs_encode(&out, &(struct payload_get_txs){ list_of(count) });
        cr_assert_eq(payload_get_txs_decode(&get, mm_buf_bytes(&out)), expected);
        if (expected == RLP_OK) {
            cr_assert_leq(out.len, frame_rule_of(FRAME_GET_TX)->payload_bytes_max);
            REFUSES_DAMAGE(get_txs);
        }
        mm_buf_reset(&out);
        payload_get_bodies_encode(&out, &(struct payload_get_bodies){ UINT64_MAX, list_of(count) });
        cr_assert_eq(payload_get_bodies_decode(&bodies, mm_buf_bytes(&out)), expected);
        if (expected == RLP_OK) {
            cr_assert_leq(out.len, frame_rule_of(FRAME_GET_BODIES)->payload_bytes_max);
            REFUSES_DAMAGE(get_bodies);
            size_t seen = 0;
            struct rlp at = payload_items(&bodies.hashes);
            while (payload_next_hash(&at, &hash)) {
                const mm_hash32 one = numbered(seen++);
                cr_assert(mm_hash_equal(&hash, &one));
            }
            cr_assert_eq(seen, count);
        }
    }
}

Test(payload, a_request_for_headers_asks_for_one_to_256)
{
    struct payload_get_headers get;
    const struct {
        uint64_t count;
        enum rlp_verdict verdict;
    } cases[] = { { 0, RLP_MISSING },
                  { 1, RLP_OK },
                  { 256, RLP_OK },
                  { 257, RLP_TOO_LARGE },
                  { UINT64_MAX, RLP_TOO_LARGE } };
    for (size_t i = 0; i < MM_COUNT_OF(cases); i++) {
        mm_buf_reset(&out);
        payload_get_headers_encode(
            &out, &(struct payload_get_headers){ UINT64_MAX, UINT64_MAX, cases[i].count });
        cr_assert_eq(payload_get_headers_decode(&get, mm_buf_bytes(&out)), cases[i].verdict);
    }
    mm_buf_reset(&out);
    payload_get_headers_encode(&out, &(struct payload_get_headers){ UINT64_MAX, UINT64_MAX, 256 });
    cr_assert_leq(out.len, frame_rule_of(FRAME_GET_HEADERS)->payload_bytes_max);
    REFUSES_DAMAGE(get_headers);
}

static enum rlp_verdict decode_headers(size_t count, mm_bytes header, mm_bytes certificate)
{
    struct payload_headers headers;
    struct payload_header one = { header, certificate };
    mm_buf_reset(&items);
    mm_buf_reset(&out);
    for (size_t i = 0; i < count; i++)
        payload_add_header(&items, &one);
    payload_headers_encode(&out, &(struct payload_headers){ 5, list_of(count) });
    const enum rlp_verdict verdict = payload_headers_decode(&headers, mm_buf_bytes(&out));
    struct rlp at = payload_items(&headers.headers);
    size_t seen = 0;
    while (payload_next_header(&at, &one)) {
        cr_assert(mm_bytes_equal(one.header, header) &&
                  mm_bytes_equal(one.certificate, certificate));
        seen++;
    }
    cr_assert_eq(seen, verdict == RLP_OK ? count : 0);
    return verdict;
}

Test(payload, headers_come_with_their_certificates)
{
    const mm_bytes list = MM_BYTES_LIT("\xc3\x01\x02\x03");
    const mm_bytes string = MM_BYTES_LIT("\x83\x01\x02\x03");
    cr_assert_eq(decode_headers(PAYLOAD_HEADERS_MAX, list, list), RLP_OK);
    REFUSES_DAMAGE(headers);
    cr_assert_eq(decode_headers(0, list, list), RLP_OK);
    cr_assert_eq(decode_headers(PAYLOAD_HEADERS_MAX + 1, list, list), RLP_TOO_LARGE);
    cr_assert_eq(decode_headers(1, string, list), RLP_NOT_A_LIST);
    cr_assert_eq(decode_headers(1, list, string), RLP_NOT_A_LIST);
    cr_assert_eq(decode_headers(1, list, MM_BYTES_LIT("")), RLP_MISSING);
    cr_assert_eq(decode_headers(1, list, MM_BYTES_LIT("\xc0\xc0")), RLP_TRAILING);
}

static enum rlp_verdict decode_bodies(size_t count, mm_bytes body)
{
    struct payload_bodies bodies;
    mm_buf_reset(&items);
    mm_buf_reset(&out);
    for (size_t i = 0; i < count; i++) {
        const struct payload_body one = { numbered(i), body };
        payload_add_body(&items, &one);
    }
    payload_bodies_encode(&out, &(struct payload_bodies){ 6, list_of(count) });
    const enum rlp_verdict verdict = payload_bodies_decode(&bodies, mm_buf_bytes(&out));
    struct rlp at = payload_items(&bodies.bodies);
    struct payload_body one;
    size_t seen = 0;
    while (payload_next_body(&at, &one)) {
        const mm_hash32 hash = numbered(seen++);
        cr_assert(mm_bytes_equal(one.body, body) && mm_hash_equal(&one.hash, &hash));
    }
    cr_assert_eq(seen, verdict == RLP_OK ? count : 0);
    return verdict;
}

Test(payload, a_body_is_three_lists)
{
    cr_assert_eq(decode_bodies(PAYLOAD_HASHES_MAX, MM_BYTES_LIT("\xc3\xc0\xc0\xc0")), RLP_OK);
    REFUSES_DAMAGE(bodies);
    cr_assert_eq(decode_bodies(PAYLOAD_HASHES_MAX + 1, MM_BYTES_LIT("\xc3\xc0\xc0\xc0")),
                 RLP_TOO_LARGE);
    cr_assert_eq(decode_bodies(1, MM_BYTES_LIT("\xc2\xc0\xc0")), RLP_MISSING);
    cr_assert_eq(decode_bodies(1, MM_BYTES_LIT("\xc4\xc0\xc0\xc0\xc0")), RLP_TRAILING);
    cr_assert_eq(decode_bodies(1, MM_BYTES_LIT("\xc3\xc0\x01\xc0")), RLP_NOT_A_LIST);
    cr_assert_eq(decode_bodies(1, MM_BYTES_LIT("\x83\xc0\xc0\xc0")), RLP_NOT_A_LIST);
}

Test(payload, a_request_for_state_names_an_account_or_none)
{
    struct payload_get_state get = { .id = UINT64_MAX, .limit_bytes = UINT64_MAX };
    struct payload_get_state again;
    get.height = UINT64_MAX;
    memset(&get.from_key, 3, 32);
    memset(&get.to_key, 4, 32);
    payload_get_state_encode(&out, &get);
    cr_assert_eq(payload_get_state_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_not(again.is_account);
    REFUSES_DAMAGE(get_state);
    get.is_account = true;
    memset(&get.account_hash, 2, 32);
    mm_buf_reset(&out);
    payload_get_state_encode(&out, &get);
    cr_assert_leq(out.len, frame_rule_of(FRAME_GET_STATE)->payload_bytes_max);
    cr_assert_eq(payload_get_state_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(again.is_account && mm_hash_equal(&again.account_hash, &get.account_hash));
    cr_assert_eq(again.height, get.height);
    cr_assert(mm_hash_equal(&again.from_key, &get.from_key));
    cr_assert(mm_hash_equal(&again.to_key, &get.to_key));
    REFUSES_DAMAGE(get_state);

    mm_buf_reset(&out);
    const size_t list = rlp_open_list(&out);
    rlp_add_u64(&out, 1);
    rlp_add_u64(&out, 1);
    rlp_add_string(&out, MM_BYTES_LIT("short"));
    rlp_add_hash(&out, &get.from_key);
    rlp_add_hash(&out, &get.to_key);
    rlp_add_u64(&out, 1);
    rlp_close_list(&out, list);
    cr_assert_eq(payload_get_state_decode(&again, mm_buf_bytes(&out)), RLP_WRONG_SIZE);

    mm_buf_reset(&out);
    memset(&get.to_key, 2, 32);
    payload_get_state_encode(&out, &get);
    cr_assert_eq(payload_get_state_decode(&again, mm_buf_bytes(&out)), RLP_WRONG_SIZE,
                 "keys the wrong way round");
}

static void encode_state(enum payload_state_part part, size_t leaf_count, size_t node_count)
{
    struct mm_buf leaves, nodes, codes;
    mm_buf_init(&leaves, 8 << 20);
    mm_buf_init(&nodes, 1 << 20);
    mm_buf_init(&codes, 1 << 20);
    for (size_t i = 0; i < leaf_count; i++) {
        struct payload_leaf leaf = { .value = MM_BYTES_LIT("value") };
        memset(&leaf.key, (int)i, 32);
        payload_add_leaf(&leaves, &leaf);
    }
    for (size_t i = 0; i < node_count; i++)
        payload_add_bytes(&nodes, MM_BYTES_LIT("a node"));
    payload_add_bytes(&codes, MM_BYTES_LIT("code"));
    mm_buf_reset(&out);
    payload_state_encode(&out, &(struct payload_state){ 9,
                                                        part,
                                                        { mm_buf_bytes(&leaves), leaf_count },
                                                        { mm_buf_bytes(&nodes), node_count },
                                                        { mm_buf_bytes(&codes), 1 } });
    mm_buf_fini(&leaves);
    mm_buf_fini(&nodes);
    mm_buf_fini(&codes);
}

Test(payload, state_has_leaves_their_proof_and_code)
{
    struct payload_state again;
    struct payload_leaf leaf;
    mm_bytes bytes;
    encode_state(STATE_FIRST, 3, 2);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(again.id == 9 && again.part == STATE_FIRST);
    cr_assert(again.leaves.count == 3 && again.nodes.count == 2 && again.codes.count == 1);
    struct rlp at = payload_items(&again.leaves);
    size_t count = 0;
    while (payload_next_leaf(&at, &leaf)) {
        cr_assert_eq(leaf.key.b[31], count++);
        cr_assert(mm_bytes_equal(leaf.value, MM_BYTES_LIT("value")));
    }
    cr_assert_eq(count, 3);
    at = payload_items(&again.codes);
    cr_assert(payload_next_bytes(&at, &bytes) && mm_bytes_equal(bytes, MM_BYTES_LIT("code")));
    REFUSES_DAMAGE(state);
    encode_state(STATE_WHOLE, 0, 0);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    encode_state(STATE_FIRST, 0, 0);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_MISSING,
                 "up to a last leaf that is not there");
    encode_state(STATE_NONE, 1, 0);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_TRAILING);
    encode_state((enum payload_state_part)PAYLOAD_STATE_PARTS, 1, 0);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    encode_state(STATE_WHOLE, PAYLOAD_LEAVES_MAX + 1, 0);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    encode_state(STATE_WHOLE, 1, PAYLOAD_NODES_MAX + 1);
    cr_assert_eq(payload_state_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
}

Test(payload, validators_are_ascending)
{
    struct payload_validators set = { .id = 3, .count = MM_VALIDATORS_MAX };
    struct payload_validators again;
    for (size_t i = 0; i < set.count; i++)
        set.addrs[i].b[0] = (uint8_t)(1 + i);
    payload_validators_encode(&out, &set);
    cr_assert_leq(out.len, frame_rule_of(FRAME_VALIDATORS)->payload_bytes_max);
    cr_assert_eq(payload_validators_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(memcmp(&again, &set, sizeof set), 0);
    REFUSES_DAMAGE(validators);
    set.addrs[4] = set.addrs[3];
    mm_buf_reset(&out);
    payload_validators_encode(&out, &set);
    cr_assert_eq(payload_validators_decode(&again, mm_buf_bytes(&out)), RLP_NOT_CANONICAL);
    const struct payload_get_validators get = { UINT64_MAX, UINT64_MAX };
    struct payload_get_validators got;
    mm_buf_reset(&out);
    payload_get_validators_encode(&out, &get);
    cr_assert_leq(out.len, frame_rule_of(FRAME_GET_VALIDATORS)->payload_bytes_max);
    cr_assert_eq(payload_get_validators_decode(&got, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(got.id == get.id && got.height == get.height);
    REFUSES_DAMAGE(get_validators);
}

/* ---- content ---- */

static const uint8_t HASH_BYTES[PAYLOAD_MULTIHASH_MAX] = { 0x12, 0x20, 3 };

static mm_bytes multihash_of(size_t len)
{
    return mm_bytes_from(HASH_BYTES, len);
}

static void add_multihashes(size_t count, size_t len)
{
    mm_buf_reset(&items);
    for (size_t i = 0; i < count; i++)
        payload_add_multihash(&items, multihash_of(len));
}

/* [version, id, [multihash …]], or without the id. */
static void encode_by_hand(uint64_t version, bool has_id)
{
    mm_buf_reset(&out);
    const size_t list = rlp_open_list(&out);
    rlp_add_u64(&out, version);
    if (has_id)
        rlp_add_u64(&out, 7);
    rlp_add_list_header(&out, items.len);
    mm_buf_add(&out, mm_buf_bytes(&items));
    rlp_close_list(&out, list);
}

Test(payload, roots_that_a_node_has_are_counted_and_bounded)
{
    struct payload_have again;
    mm_bytes hash;
    add_multihashes(PAYLOAD_ROOTS_MAX, PAYLOAD_MULTIHASH_MAX);
    payload_have_encode(&out, &(struct payload_have){ list_of(PAYLOAD_ROOTS_MAX) });
    cr_assert_leq(out.len, frame_rule_of(FRAME_HAVE)->payload_bytes_max);
    cr_assert_eq(payload_have_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert_eq(again.roots.count, PAYLOAD_ROOTS_MAX);
    struct rlp at = payload_items(&again.roots);
    cr_assert(payload_next_multihash(&at, &hash));
    cr_assert(mm_bytes_equal(hash, multihash_of(PAYLOAD_MULTIHASH_MAX)));
    REFUSES_DAMAGE(have);
    add_multihashes(PAYLOAD_ROOTS_MAX + 1, 34);
    encode_by_hand(PAYLOAD_CONTENT_VERSION, false);
    cr_assert_eq(payload_have_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    add_multihashes(1, 34);
    encode_by_hand(PAYLOAD_CONTENT_VERSION + 1, false);
    cr_assert_eq(payload_have_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE, "another version");
}

Test(payload, one_to_64_blocks_of_content_are_wanted)
{
    struct payload_want again;
    add_multihashes(PAYLOAD_WANTED_MAX, PAYLOAD_MULTIHASH_MAX);
    payload_want_encode(&out, &(struct payload_want){ UINT64_MAX, list_of(PAYLOAD_WANTED_MAX) });
    cr_assert_leq(out.len, frame_rule_of(FRAME_WANT)->payload_bytes_max);
    cr_assert_eq(payload_want_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(again.id == UINT64_MAX && again.blocks.count == PAYLOAD_WANTED_MAX);
    REFUSES_DAMAGE(want);
    add_multihashes(PAYLOAD_WANTED_MAX + 1, 34);
    encode_by_hand(PAYLOAD_CONTENT_VERSION, true);
    cr_assert_eq(payload_want_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    add_multihashes(0, 34);
    encode_by_hand(PAYLOAD_CONTENT_VERSION, true);
    cr_assert_eq(payload_want_decode(&again, mm_buf_bytes(&out)), RLP_MISSING);
    add_multihashes(1, PAYLOAD_MULTIHASH_MIN - 1);
    encode_by_hand(PAYLOAD_CONTENT_VERSION, true);
    cr_assert_eq(payload_want_decode(&again, mm_buf_bytes(&out)), RLP_WRONG_SIZE);
    add_multihashes(1, 34);
    encode_by_hand(0, true);
    cr_assert_eq(payload_want_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
}

Test(payload, what_is_missing_may_be_nothing)
{
    struct payload_missing again;
    payload_missing_encode(&out, &(struct payload_missing){ 9, list_of(0) });
    cr_assert_eq(payload_missing_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(again.id == 9 && again.blocks.count == 0);
    REFUSES_DAMAGE(missing);
    add_multihashes(PAYLOAD_WANTED_MAX + 1, 34);
    encode_by_hand(PAYLOAD_CONTENT_VERSION, true);
    cr_assert_eq(payload_missing_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
}

Test(payload, a_block_of_content_has_two_mebibytes_at_most)
{
    static uint8_t bytes[PAYLOAD_CONTENT_BYTES_MAX + 1];
    struct payload_block block = { UINT64_MAX, multihash_of(PAYLOAD_MULTIHASH_MAX),
                                   mm_bytes_from(bytes, PAYLOAD_CONTENT_BYTES_MAX) };
    struct payload_block again;
    payload_block_encode(&out, &block);
    cr_assert_leq(out.len, frame_rule_of(FRAME_BLOCK)->payload_bytes_max);
    cr_assert_eq(payload_block_decode(&again, mm_buf_bytes(&out)), RLP_OK);
    cr_assert(again.id == block.id && mm_bytes_equal(again.multihash, block.multihash) &&
              mm_bytes_equal(again.bytes, block.bytes));
    mm_buf_reset(&out);
    block.bytes.len++;
    payload_block_encode(&out, &block);
    cr_assert_eq(payload_block_decode(&again, mm_buf_bytes(&out)), RLP_TOO_LARGE);
    mm_buf_reset(&out);
    block.bytes.len = 0;
    payload_block_encode(&out, &block);
    cr_assert_eq(payload_block_decode(&again, mm_buf_bytes(&out)), RLP_OK, "the empty block");
    REFUSES_DAMAGE(block);
}
