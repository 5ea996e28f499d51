#include "tests/e2e/liars/lies.h"

#include "state/base/assert.h"
#include "state/chain/account.h"
#include "state/chain/certificate.h"
#include "state/chain/header.h"

enum { AHEAD = 1000 /* blocks that nobody has */ };

bool lie_with_id(struct mm_buf *out, uint64_t *old, mm_bytes payload, uint64_t id)
{
    struct rlp outer = rlp_over(payload);
    struct rlp list = rlp_read_list(&outer);
    *old = rlp_read_u64(&list);
    if (list.verdict != RLP_OK || outer.verdict != RLP_OK)
        return false;
    const size_t opened = rlp_open_list(out);
    rlp_add_u64(out, id);
    mm_buf_add(out, mm_bytes_from(list.in.ptr + list.at, list.in.len - list.at));
    rlp_close_list(out, opened);
    return true;
}

/* ---- of any kind ---- */

static enum lie_bent withhold(struct mm_buf *out, mm_bytes payload)
{
    (void)out, (void)payload;
    return LIE_WITHHELD;
}

/* A list in which nothing is, not even an id. */
static enum lie_bent say_nonsense(struct mm_buf *out, mm_bytes payload)
{
    (void)payload;
    mm_buf_add_byte(out, 0xc0);
    return LIE_BENT;
}

/* Of a question that comes after all that were asked. */
static enum lie_bent answer_unasked(struct mm_buf *out, mm_bytes payload)
{
    struct mm_buf unused;
    uint64_t id;
    uint64_t again;
    mm_buf_init(&unused, FRAME_BYTES_MAX);
    MM_ASSERT(lie_with_id(&unused, &id, payload, 0));
    mm_buf_fini(&unused);
    MM_ASSERT(lie_with_id(out, &again, payload, id + 1000001));
    return LIE_BENT;
}

static enum lie_bent claim_more(struct mm_buf *out, mm_bytes payload)
{
    struct payload_status status;
    MM_ASSERT(payload_status_decode(&status, payload) == RLP_OK);
    status.height += AHEAD;
    status.head_hash.b[0] ^= 1;
    payload_status_encode(out, &status);
    return LIE_BENT;
}

/* ---- headers ---- */

enum header_lie { HEADER_BENT, HEADER_ORPHAN, HEADER_GAP, HEADER_TOO_MANY, SEAL_FORGED, SEAL_GONE };

static void bend_header(struct mm_buf *out, mm_bytes item, enum header_lie lie)
{
    struct header header;
    struct rlp at = rlp_over(item);
    header_read(&at, &header);
    MM_ASSERT(rlp_finish(&at) == RLP_OK);
    (lie == HEADER_ORPHAN ? &header.parent_hash : &header.state_root)->b[5] ^= 1;
    header_encode(out, &header);
}

static void bend_certificate(struct mm_buf *out, mm_bytes item, enum header_lie lie)
{
    struct certificate certificate;
    struct rlp at = rlp_over(item);
    certificate_read(&at, &certificate);
    MM_ASSERT(rlp_finish(&at) == RLP_OK && certificate.seal_count > 0);
    if (lie == SEAL_GONE)
        certificate.seal_count = 0;
    else
        certificate.seals[0].r.b[7] ^= 1;
    certificate_encode(out, &certificate);
}

static void add_bent_header(struct mm_buf *items, const struct payload_header *true_item,
                            enum header_lie lie)
{
    struct payload_header item = *true_item;
    struct mm_buf bent;
    mm_buf_init(&bent, 1 << 16);
    if (lie == HEADER_BENT || lie == HEADER_ORPHAN) {
        bend_header(&bent, item.header, lie);
        item.header = mm_buf_bytes(&bent);
    } else {
        bend_certificate(&bent, item.certificate, lie);
        item.certificate = mm_buf_bytes(&bent);
    }
    payload_add_header(items, &item);
    mm_buf_fini(&bent);
}

/* The middle one is bent, or is not there; or the last one is there twice. */
static enum lie_bent bend_headers(struct mm_buf *out, mm_bytes payload, enum header_lie lie)
{
    struct payload_headers headers;
    struct payload_header item = { { NULL, 0 }, { NULL, 0 } };
    struct mm_buf items;
    MM_ASSERT(payload_headers_decode(&headers, payload) == RLP_OK);
    const size_t count = headers.headers.count;
    if (count < 3)
        return LIE_TRUE;
    mm_buf_init(&items, FRAME_BYTES_MAX);
    struct rlp at = payload_items(&headers.headers);
    for (size_t i = 0; payload_next_header(&at, &item); i++) {
        if (i != count / 2 || lie == HEADER_TOO_MANY)
            payload_add_header(&items, &item);
        else if (lie != HEADER_GAP)
            add_bent_header(&items, &item, lie);
    }
    if (lie == HEADER_TOO_MANY && count < PAYLOAD_HEADERS_MAX) {
        payload_add_header(&items, &item);
        headers.headers.count++;
    }
    headers.headers.count -= lie == HEADER_GAP;
    headers.headers.items = mm_buf_bytes(&items);
    payload_headers_encode(out, &headers);
    mm_buf_fini(&items);
    return LIE_BENT;
}

static enum lie_bent headers_bent(struct mm_buf *out, mm_bytes payload)
{
    return bend_headers(out, payload, HEADER_BENT);
}

static enum lie_bent headers_orphan(struct mm_buf *out, mm_bytes payload)
{
    return bend_headers(out, payload, HEADER_ORPHAN);
}

static enum lie_bent headers_gap(struct mm_buf *out, mm_bytes payload)
{
    return bend_headers(out, payload, HEADER_GAP);
}

static enum lie_bent headers_forged(struct mm_buf *out, mm_bytes payload)
{
    return bend_headers(out, payload, SEAL_FORGED);
}

static enum lie_bent headers_unsealed(struct mm_buf *out, mm_bytes payload)
{
    return bend_headers(out, payload, SEAL_GONE);
}

/* Those that were asked for are there in full: one more than that is what nobody asked for. */
static enum lie_bent headers_too_many(struct mm_buf *out, mm_bytes payload)
{
    struct payload_headers headers;
    MM_ASSERT(payload_headers_decode(&headers, payload) == RLP_OK);
    return headers.headers.count == PAYLOAD_HEADERS_MAX
               ? LIE_TRUE
               : bend_headers(out, payload, HEADER_TOO_MANY);
}

/* ---- bodies ---- */

enum body_lie { BODY_OF_ANOTHER, BODY_EMPTY, BODY_TOO_MANY };

static enum lie_bent bend_bodies(struct mm_buf *out, mm_bytes payload, enum body_lie lie)
{
    static const uint8_t empty[] = { 0xc3, 0xc0, 0xc0, 0xc0 };
    struct payload_bodies bodies;
    struct payload_body item = { .body = { NULL, 0 } };
    struct mm_buf items;
    mm_bytes last = MM_BYTES_OF(empty);
    MM_ASSERT(payload_bodies_decode(&bodies, payload) == RLP_OK);
    if (bodies.bodies.count == 0)
        return LIE_TRUE;
    mm_buf_init(&items, FRAME_BYTES_MAX);
    struct rlp at = payload_items(&bodies.bodies);
    while (payload_next_body(&at, &item)) {
        const mm_bytes own = item.body;
        if (lie == BODY_OF_ANOTHER)
            item.body = last;
        else if (lie == BODY_EMPTY)
            item.body = MM_BYTES_OF(empty);
        payload_add_body(&items, &item);
        last = own;
    }
    if (lie == BODY_TOO_MANY) {
        payload_add_body(&items, &item);
        bodies.bodies.count++;
    }
    bodies.bodies.items = mm_buf_bytes(&items);
    payload_bodies_encode(out, &bodies);
    mm_buf_fini(&items);
    return LIE_BENT;
}

static enum lie_bent bodies_of_others(struct mm_buf *out, mm_bytes payload)
{
    return bend_bodies(out, payload, BODY_OF_ANOTHER);
}

static enum lie_bent bodies_empty(struct mm_buf *out, mm_bytes payload)
{
    return bend_bodies(out, payload, BODY_EMPTY);
}

static enum lie_bent bodies_too_many(struct mm_buf *out, mm_bytes payload)
{
    return bend_bodies(out, payload, BODY_TOO_MANY);
}

/* None, again and again. */
static enum lie_bent bodies_none(struct mm_buf *out, mm_bytes payload)
{
    struct payload_bodies bodies;
    MM_ASSERT(payload_bodies_decode(&bodies, payload) == RLP_OK);
    bodies.bodies = (struct payload_list){ { NULL, 0 }, 0 };
    payload_bodies_encode(out, &bodies);
    return LIE_BENT;
}

/* ---- the state ---- */

enum state_lie { LEAF_CHANGED, LEAF_MISSING, PROOF_BENT, CODE_BENT, CODE_FOREIGN };

/* A copy with one bit of its last byte changed; what it says is another number, most often. */
static mm_bytes changed(struct mm_buf *copy, mm_bytes bytes)
{
    mm_buf_add(copy, bytes);
    MM_ASSERT(mm_buf_err(copy) == MM_OK && copy->len > 0);
    copy->ptr[copy->len - 1] ^= 1;
    return mm_buf_bytes(copy);
}

static void bend_leaves(struct mm_buf *items, struct payload_list *leaves, enum state_lie lie)
{
    struct payload_leaf leaf;
    struct mm_buf copy;
    const size_t bent = leaves->count / 2;
    struct rlp at = payload_items(leaves);
    mm_buf_init(&copy, 1 << 16);
    for (size_t i = 0; payload_next_leaf(&at, &leaf); i++) {
        if (i == bent && lie == LEAF_MISSING)
            continue;
        if (i == bent)
            leaf.value = changed(&copy, leaf.value);
        payload_add_leaf(items, &leaf);
    }
    *leaves = (struct payload_list){ mm_buf_bytes(items), leaves->count - (lie == LEAF_MISSING) };
    mm_buf_fini(&copy);
}

/* The last of a list of byte strings is another one. */
static void bend_strings(struct mm_buf *items, struct payload_list *list)
{
    mm_bytes string;
    struct mm_buf copy;
    struct rlp at = payload_items(list);
    mm_buf_init(&copy, FRAME_BYTES_MAX);
    for (size_t i = 0; payload_next_bytes(&at, &string); i++)
        payload_add_bytes(items, i + 1 < list->count ? string : changed(&copy, string));
    list->items = mm_buf_bytes(items);
    mm_buf_fini(&copy);
}

static void add_foreign_code(struct mm_buf *items, struct payload_list *codes)
{
    static const uint8_t code[] = { 0x60, 0x00, 0x60, 0x00, 0xfd };
    mm_buf_add(items, codes->items);
    payload_add_bytes(items, MM_BYTES_OF(code));
    *codes = (struct payload_list){ mm_buf_bytes(items), codes->count + 1 };
}

static bool can_bend(const struct payload_state *state, enum state_lie lie)
{
    switch (lie) {
    case LEAF_CHANGED:
        return state->leaves.count > 0;
    case LEAF_MISSING: /* of a part the last leaf says how far it goes, so another one is to be missing */
        return state->leaves.count > (state->part == STATE_FIRST ? 2 : 0);
    case PROOF_BENT:
        return state->nodes.count > 0;
    case CODE_BENT:
        return state->codes.count > 0;
    case CODE_FOREIGN:
        return state->part != STATE_NONE;
    }
    MM_UNREACHABLE();
}

static enum lie_bent bend_state(struct mm_buf *out, mm_bytes payload, enum state_lie lie)
{
    struct payload_state state;
    struct mm_buf items;
    MM_ASSERT(payload_state_decode(&state, payload) == RLP_OK);
    if (!can_bend(&state, lie))
        return LIE_TRUE;
    mm_buf_init(&items, FRAME_BYTES_MAX);
    switch (lie) {
    case LEAF_CHANGED:
    case LEAF_MISSING:
        bend_leaves(&items, &state.leaves, lie);
        break;
    case PROOF_BENT:
        bend_strings(&items, &state.nodes);
        break;
    case CODE_BENT:
        bend_strings(&items, &state.codes);
        break;
    case CODE_FOREIGN:
        add_foreign_code(&items, &state.codes);
        break;
    }
    payload_state_encode(out, &state);
    mm_buf_fini(&items);
    return LIE_BENT;
}

static enum lie_bent state_changed(struct mm_buf *out, mm_bytes payload)
{
    return bend_state(out, payload, LEAF_CHANGED);
}

static enum lie_bent state_missing(struct mm_buf *out, mm_bytes payload)
{
    return bend_state(out, payload, LEAF_MISSING);
}

static enum lie_bent state_unproven(struct mm_buf *out, mm_bytes payload)
{
    return bend_state(out, payload, PROOF_BENT);
}

static enum lie_bent state_code_bent(struct mm_buf *out, mm_bytes payload)
{
    return bend_state(out, payload, CODE_BENT);
}

static enum lie_bent state_code_foreign(struct mm_buf *out, mm_bytes payload)
{
    return bend_state(out, payload, CODE_FOREIGN);
}

/* A whole range with its proof, of a state some blocks before the one that was asked for. */
static void ask_for_older(struct mm_buf *out, mm_bytes payload)
{
    enum { EARLIER = 7 };
    struct payload_get_state get;
    MM_ASSERT(payload_get_state_decode(&get, payload) == RLP_OK);
    get.height = get.height > EARLIER ? get.height - EARLIER : 0;
    payload_get_state_encode(out, &get);
}

static enum lie_bent state_older(struct mm_buf *out, mm_bytes payload)
{
    mm_buf_add(out, payload);
    return LIE_BENT;
}

/* There is no such state, it says. */
static enum lie_bent state_none(struct mm_buf *out, mm_bytes payload)
{
    struct payload_state state;
    MM_ASSERT(payload_state_decode(&state, payload) == RLP_OK);
    payload_state_encode(out, &(struct payload_state){ .id = state.id, .part = STATE_NONE });
    return LIE_BENT;
}

/* ---- all of them ---- */

static const char HEADER_NUMBER_FOUND[] = "a header with the wrong number";
static const char HEADER_LINK_FOUND[] = "a header of another parent";
static const char SEALS_FOUND[] = "a block that no quorum sealed";
static const char UNASKED_FOUND[] = "an answer that was not asked for";
static const char FRAME_FOUND[] = "a frame that does not decode";
static const char BODY_FOUND[] = "a body of another block";
static const char RANGE_FOUND[] = "a range of the state that the root does not have";
static const char CODE_FOUND[] = "code of no account that came with it, or none";

// clang-format off
const struct lie LIES[] = {
    { "a bent header",                LIE_OF_BLOCKS,   FRAME_HEADERS, 0, LIE_IS_BANNED,      SEALS_FOUND,         headers_bent,       NULL },
    { "a header of another parent",   LIE_OF_BLOCKS,   FRAME_HEADERS, 1, LIE_IS_BANNED,      HEADER_LINK_FOUND,   headers_orphan,     NULL },
    { "a gap in the headers",         LIE_OF_BLOCKS,   FRAME_HEADERS, 0, LIE_IS_BANNED,      HEADER_NUMBER_FOUND, headers_gap,        NULL },
    { "a forged certificate",         LIE_OF_BLOCKS,   FRAME_HEADERS, 0, LIE_IS_BANNED,      SEALS_FOUND,         headers_forged,     NULL },
    { "a certificate without seals",  LIE_OF_BLOCKS,   FRAME_HEADERS, 1, LIE_IS_BANNED,      SEALS_FOUND,         headers_unsealed,   NULL },
    { "a header too many",            LIE_OF_BLOCKS,   FRAME_HEADERS, 0, LIE_IS_BANNED,      UNASKED_FOUND,       headers_too_many,   NULL },
    { "headers that are no headers",  LIE_OF_BLOCKS,   FRAME_HEADERS, 0, LIE_IS_BANNED,      FRAME_FOUND,         say_nonsense,       NULL },
    { "bodies of other blocks",       LIE_OF_BLOCKS,   FRAME_BODIES,  1, LIE_IS_BANNED,      BODY_FOUND,          bodies_of_others,   NULL },
    { "empty bodies",                 LIE_OF_BLOCKS,   FRAME_BODIES,  0, LIE_IS_BANNED,      BODY_FOUND,          bodies_empty,       NULL },
    { "a body too many",              LIE_OF_BLOCKS,   FRAME_BODIES,  2, LIE_IS_BANNED,      UNASKED_FOUND,       bodies_too_many,    NULL },
    { "bodies that were not asked for", LIE_OF_BLOCKS, FRAME_BODIES,  0, LIE_IS_BANNED,      UNASKED_FOUND,       answer_unasked,     NULL },
    { "no bodies",                    LIE_OF_BLOCKS,   FRAME_BODIES,  1, LIE_IS_PASSED_OVER, NULL,                bodies_none,        NULL },
    { "bodies withheld",              LIE_OF_BLOCKS,   FRAME_BODIES,  1, LIE_IS_PASSED_OVER, NULL,                withhold,           NULL },
    { "a head that is not there",     LIE_OF_BLOCKS,   FRAME_STATUS,  0, LIE_IS_PASSED_OVER, NULL,                claim_more,         NULL },

    { "a bent header",                LIE_OF_SNAPSHOT, FRAME_HEADERS, 0, LIE_IS_BANNED,      SEALS_FOUND,         headers_bent,       NULL },
    { "a gap in the headers",         LIE_OF_SNAPSHOT, FRAME_HEADERS, 1, LIE_IS_BANNED,      HEADER_NUMBER_FOUND, headers_gap,        NULL },
    { "a forged certificate",         LIE_OF_SNAPSHOT, FRAME_HEADERS, 1, LIE_IS_BANNED,      SEALS_FOUND,         headers_forged,     NULL },
    { "a changed value",              LIE_OF_SNAPSHOT, FRAME_STATE,   0, LIE_IS_BANNED,      RANGE_FOUND,         state_changed,      NULL },
    { "a missing leaf",               LIE_OF_SNAPSHOT, FRAME_STATE,   3, LIE_IS_BANNED,      RANGE_FOUND,         state_missing,      NULL },
    { "a bent proof",                 LIE_OF_SNAPSHOT, FRAME_STATE,   3, LIE_IS_BANNED,      RANGE_FOUND,         state_unproven,     NULL },
    { "another root",                 LIE_OF_SNAPSHOT, FRAME_STATE,   0, LIE_IS_BANNED,      RANGE_FOUND,         state_older,        ask_for_older },
    { "bent code",                    LIE_OF_SNAPSHOT, FRAME_STATE,   0, LIE_IS_BANNED,      CODE_FOUND,          state_code_bent,    NULL },
    { "code of nobody",               LIE_OF_SNAPSHOT, FRAME_STATE,   5, LIE_IS_BANNED,      CODE_FOUND,          state_code_foreign, NULL },
    { "ranges that were not asked for", LIE_OF_SNAPSHOT, FRAME_STATE, 3, LIE_IS_BANNED,      UNASKED_FOUND,       answer_unasked,     NULL },
    { "ranges that are no ranges",    LIE_OF_SNAPSHOT, FRAME_STATE,   3, LIE_IS_BANNED,      FRAME_FOUND,         say_nonsense,       NULL },
    { "no state",                     LIE_OF_SNAPSHOT, FRAME_STATE,   3, LIE_IS_PASSED_OVER, NULL,                state_none,         NULL },
    { "silence in the middle",        LIE_OF_SNAPSHOT, FRAME_STATE,   6, LIE_IS_PASSED_OVER, NULL,                withhold,           NULL },
    { "a head that is not there",     LIE_OF_SNAPSHOT, FRAME_STATUS,  0, LIE_IS_PASSED_OVER, NULL,                claim_more,         NULL },
};
// clang-format on
const size_t LIE_COUNT = MM_COUNT_OF(LIES);
