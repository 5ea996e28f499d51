#include "p2p/wire/frame.h"

#include "p2p/wire/payload.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    VOTE_BYTES_MAX = 256,                                /* [[h, r, digest], signature]: 122 */
    PROPOSAL_BYTES_MAX = MM_BLOCK_BYTES_MAX + (8 << 10), /* a block, 16 votes and 16 changes */
    HEADER_BYTES_MAX = 1024,                             /* with 20 fields: some 650 */
    CERTIFICATE_BYTES_MAX = 16 + MM_VALIDATORS_MAX * 67,
};

/* Numbers on the right: list headers and integers at their longest. */
// clang-format off
static const struct frame_rule rules[] = {
    { FRAME_BYE,          FRAME_CONSENSUS, 16,                                                             "BYE" },
    { FRAME_STATUS,       FRAME_CONSENSUS, 3 + 3 * 9 + 33,                                                 "STATUS" },
    { FRAME_GET_PEERS,    FRAME_TXS,       1 + 9,                                                          "GET_PEERS" },
    { FRAME_PEERS,        FRAME_TXS,       32 + PAYLOAD_PEERS_MAX * (3 + 33 + 3 + PAYLOAD_HOST_BYTES_MAX + 3), "PEERS" },
    { FRAME_PROPOSAL,     FRAME_CONSENSUS, PROPOSAL_BYTES_MAX,                                             "PROPOSAL" },
    { FRAME_PREPARE,      FRAME_CONSENSUS, VOTE_BYTES_MAX,                                                 "PREPARE" },
    { FRAME_COMMIT,       FRAME_CONSENSUS, VOTE_BYTES_MAX,                                                 "COMMIT" },
    { FRAME_ROUND_CHANGE, FRAME_CONSENSUS, PROPOSAL_BYTES_MAX,                                             "ROUND-CHANGE" },
    { FRAME_DECIDED,      FRAME_CONSENSUS, PROPOSAL_BYTES_MAX,                                             "DECIDED" },
    { FRAME_TX,           FRAME_TXS,       FRAME_ANSWER_BYTES + MM_TX_BYTES_MAX + 1024,                    "TX" },
    { FRAME_TX_HASHES,    FRAME_TXS,       16 + PAYLOAD_ANNOUNCED_MAX * (1 + 2 + 4 + 33),                  "TX_HASHES" },
    { FRAME_GET_TX,       FRAME_TXS,       16 + PAYLOAD_HASHES_MAX * 33,                                   "GET_TX" },
    { FRAME_GET_HEADERS,  FRAME_BLOCKS,    1 + 9 + 9 + 3,                                                  "GET_HEADERS" },
    { FRAME_HEADERS,      FRAME_BLOCKS,    32 + PAYLOAD_HEADERS_MAX * (4 + HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX), "HEADERS" },
    { FRAME_GET_BODIES,   FRAME_BLOCKS,    32 + PAYLOAD_HASHES_MAX * 33,                                   "GET_BODIES" },
    { FRAME_BODIES,       FRAME_BLOCKS,    FRAME_PAYLOAD_BYTES_MAX,                                        "BODIES" },
    { FRAME_GET_STATE,    FRAME_BLOCKS,    2 + 9 + 9 + 3 * 33 + 9,                                         "GET_STATE" },
    { FRAME_STATE,        FRAME_BLOCKS,    FRAME_PAYLOAD_BYTES_MAX,                                        "STATE" },
    { FRAME_GET_VALIDATORS, FRAME_BLOCKS,  1 + 9 + 9,                                                      "GET_VALIDATORS" },
    { FRAME_VALIDATORS,   FRAME_BLOCKS,    3 + 9 + 3 + MM_VALIDATORS_MAX * 21,                             "VALIDATORS" },
    { FRAME_HAVE,         FRAME_CONTENT,   16 + PAYLOAD_ROOTS_MAX * (2 + PAYLOAD_MULTIHASH_MAX),           "HAVE" },
    { FRAME_WANT,         FRAME_CONTENT,   16 + 9 + PAYLOAD_WANTED_MAX * (2 + PAYLOAD_MULTIHASH_MAX),      "WANT" },
    { FRAME_BLOCK,        FRAME_CONTENT,   16 + 9 + 2 + PAYLOAD_MULTIHASH_MAX + 4 + PAYLOAD_CONTENT_BYTES_MAX, "BLOCK" },
    { FRAME_MISSING,      FRAME_CONTENT,   16 + 9 + PAYLOAD_WANTED_MAX * (2 + PAYLOAD_MULTIHASH_MAX),      "MISSING" },
};
// clang-format on

_Static_assert((int)PROPOSAL_BYTES_MAX <= (int)FRAME_PAYLOAD_BYTES_MAX,
               "a proposal must fit a frame");
_Static_assert((int)MM_BLOCK_BYTES_MAX + 1024 < (int)FRAME_PAYLOAD_BYTES_MAX,
               "an answer has room for one body at least");

const struct frame_rule *frame_rule_of(unsigned kind)
{
    for (size_t i = 0; i < MM_COUNT_OF(rules); i++) {
        if ((unsigned)rules[i].kind == kind)
            return &rules[i];
    }
    return NULL;
}

const struct frame_rule *frame_rules(size_t *count)
{
    *count = MM_COUNT_OF(rules);
    return rules;
}

struct frame *frame_new(size_t size)
{
    MM_ASSERT(size <= FRAME_BYTES_MAX);
    struct frame *frame = mm_heap_alloc(sizeof *frame + size);
    if (frame == NULL)
        return NULL;
    frame->kind = FRAME_BYE;
    frame->payload = mm_bytes_from(frame->bytes, 0);
    frame->given_up = NULL;
    frame->owner = NULL;
    frame->size = size;
    atomic_init(&frame->users, 1);
    return frame;
}

struct frame *frame_of(enum frame_kind kind, mm_bytes payload)
{
    struct frame *frame = frame_new(payload.len);
    if (frame == NULL)
        return NULL;
    if (payload.len > 0)
        memcpy(frame->bytes, payload.ptr, payload.len);
    frame->kind = kind;
    frame->payload = mm_bytes_from(frame->bytes, payload.len);
    return frame;
}

struct frame *frame_ref(struct frame *frame)
{
    const size_t users = atomic_fetch_add_explicit(&frame->users, 1, memory_order_relaxed);
    MM_ASSERT(users > 0);
    return frame;
}

void frame_unref(struct frame *frame)
{
    if (frame == NULL)
        return;
    const size_t users = atomic_fetch_sub_explicit(&frame->users, 1, memory_order_acq_rel);
    MM_ASSERT(users > 0);
    if (users > 1)
        return;
    if (frame->given_up != NULL)
        frame->given_up(frame->owner, frame);
    mm_heap_free(frame);
}
