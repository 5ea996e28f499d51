/* Payloads of frames from outside: a byte that is the kind, then its payload.
 *
 * Properties: what decodes encodes to the same bytes; a list that was decoded is read item by item without an error and has as many
 * as it says, and its items, added one by one, are its bytes again. */
#include "p2p/wire/frame.h"
#include "p2p/wire/payload.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mm_buf out;

static void same(mm_bytes payload)
{
    MM_ASSERT(mm_buf_err(&out) == MM_OK);
    MM_ASSERT(mm_bytes_equal(mm_buf_bytes(&out), payload));
    mm_buf_reset(&out);
}

/* Decodes and encodes; goes on when it was valid. */
#define TAKE(type)                                                                                 \
    struct payload_##type it;                                                                      \
    if (payload_##type##_decode(&it, payload) != RLP_OK)                                           \
        break;                                                                                     \
    payload_##type##_encode(&out, &it);                                                            \
    same(payload)

/* Reads a list to its end and writes it again. */
#define WALK(list, type, next, add)                                                                \
    do {                                                                                           \
        struct rlp at_ = payload_items(&(list));                                                   \
        type item_;                                                                                \
        size_t count_ = 0;                                                                         \
        while (next(&at_, &item_)) {                                                               \
            add;                                                                                   \
            count_++;                                                                              \
        }                                                                                          \
        MM_ASSERT(rlp_finish(&at_) == RLP_OK && count_ == (list).count);                           \
        same((list).items);                                                                        \
    } while (0)

static void take_list(unsigned kind, mm_bytes payload)
{
    switch (kind) {
    case FRAME_PEERS: {
        TAKE(peers);
        MM_ASSERT(it.peers.count <= PAYLOAD_PEERS_MAX);
        WALK(it.peers, struct payload_peer, payload_next_peer, payload_add_peer(&out, &item_));
        break;
    }
    case FRAME_TX: {
        TAKE(txs);
        MM_ASSERT(it.txs.count <= PAYLOAD_TXS_MAX);
        WALK(it.txs, mm_bytes, payload_next_tx, payload_add_tx(&out, item_));
        break;
    }
    case FRAME_TX_HASHES: {
        TAKE(tx_hashes);
        MM_ASSERT(it.announced.count <= PAYLOAD_ANNOUNCED_MAX);
        WALK(it.announced, struct payload_announced, payload_next_announced,
             payload_add_announced(&out, &item_));
        break;
    }
    case FRAME_GET_TX: {
        TAKE(get_txs);
        WALK(it.hashes, mm_hash32, payload_next_hash, payload_add_hash(&out, &item_));
        break;
    }
    case FRAME_HEADERS: {
        TAKE(headers);
        MM_ASSERT(it.headers.count <= PAYLOAD_HEADERS_MAX);
        WALK(it.headers, struct payload_header, payload_next_header,
             payload_add_header(&out, &item_));
        break;
    }
    case FRAME_GET_BODIES: {
        TAKE(get_bodies);
        WALK(it.hashes, mm_hash32, payload_next_hash, payload_add_hash(&out, &item_));
        break;
    }
    case FRAME_BODIES: {
        TAKE(bodies);
        WALK(it.bodies, struct payload_body, payload_next_body, payload_add_body(&out, &item_));
        break;
    }
    case FRAME_HAVE: {
        TAKE(have);
        MM_ASSERT(it.roots.count <= PAYLOAD_ROOTS_MAX);
        WALK(it.roots, mm_bytes, payload_next_multihash, payload_add_multihash(&out, item_));
        break;
    }
    case FRAME_WANT: {
        TAKE(want);
        MM_ASSERT(it.blocks.count >= 1 && it.blocks.count <= PAYLOAD_WANTED_MAX);
        WALK(it.blocks, mm_bytes, payload_next_multihash, payload_add_multihash(&out, item_));
        break;
    }
    case FRAME_BLOCK: {
        TAKE(block);
        MM_ASSERT(it.bytes.len <= PAYLOAD_CONTENT_BYTES_MAX);
        break;
    }
    case FRAME_MISSING: {
        TAKE(missing);
        WALK(it.blocks, mm_bytes, payload_next_multihash, payload_add_multihash(&out, item_));
        break;
    }
    default:
        break;
    }
}

static void take_plain(unsigned kind, mm_bytes payload)
{
    switch (kind) {
    case FRAME_BYE: {
        TAKE(bye);
        MM_ASSERT(bye_reason_text(it.reason) != NULL);
        break;
    }
    case FRAME_STATUS: {
        TAKE(status);
        break;
    }
    case FRAME_GET_PEERS: {
        TAKE(get_peers);
        break;
    }
    case FRAME_GET_HEADERS: {
        TAKE(get_headers);
        MM_ASSERT(it.count >= 1 && it.count <= PAYLOAD_HEADERS_MAX);
        break;
    }
    case FRAME_GET_STATE: {
        TAKE(get_state);
        break;
    }
    case FRAME_STATE: {
        TAKE(state);
        MM_ASSERT(it.part == STATE_NONE ? it.leaves.count == 0
                                        : (int)it.part < (int)PAYLOAD_STATE_PARTS);
        WALK(it.leaves, struct payload_leaf, payload_next_leaf, payload_add_leaf(&out, &item_));
        WALK(it.nodes, mm_bytes, payload_next_bytes, payload_add_bytes(&out, item_));
        WALK(it.codes, mm_bytes, payload_next_bytes, payload_add_bytes(&out, item_));
        break;
    }
    case FRAME_GET_VALIDATORS: {
        TAKE(get_validators);
        break;
    }
    case FRAME_VALIDATORS: {
        TAKE(validators);
        MM_ASSERT(it.count <= MM_VALIDATORS_MAX);
        break;
    }
    default:
        take_list(kind, payload);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    mm_buf_init(&out, SIZE_MAX / 2);
    take_plain(data[0], mm_bytes_from(data + 1, size - 1));
    mm_buf_fini(&out);
    return 0;
}
