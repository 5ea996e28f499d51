#include "p2p/wire/payload_internal.h"

/* ---- asking ---- */

void payload_get_state_encode(struct mm_buf *buf, const struct payload_get_state *get)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, get->id);
    rlp_add_u64(buf, get->height);
    rlp_add_string(buf, get->is_account ? mm_bytes_hash(&get->account_hash) : mm_bytes_str(""));
    rlp_add_hash(buf, &get->from_key);
    rlp_add_hash(buf, &get->to_key);
    rlp_add_u64(buf, get->limit_bytes);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_get_state_decode(struct payload_get_state *get, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    *get = (struct payload_get_state){ .id = rlp_read_u64(&in.list) };
    get->height = rlp_read_u64(&in.list);
    const mm_bytes account = rlp_read_string(&in.list, sizeof get->account_hash.b);
    get->is_account = account.len == sizeof get->account_hash.b;
    if (get->is_account)
        memcpy(get->account_hash.b, account.ptr, account.len);
    else if (account.len != 0)
        rlp_refuse(&in.list, RLP_WRONG_SIZE);
    get->from_key = rlp_read_hash(&in.list);
    get->to_key = rlp_read_hash(&in.list);
    if (mm_bytes_compare(mm_bytes_hash(&get->from_key), mm_bytes_hash(&get->to_key)) > 0)
        rlp_refuse(&in.list, RLP_WRONG_SIZE); /* of the range */
    get->limit_bytes = rlp_read_u64(&in.list);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *get = (struct payload_get_state){ .id = 0 };
    return verdict;
}

/* ---- ranges ---- */

static mm_bytes read_bytes(struct rlp *at)
{
    const mm_bytes bytes = rlp_read_string(at, SIZE_MAX);
    if (bytes.len == 0)
        rlp_refuse(at, RLP_MISSING);
    return bytes;
}

static void check_bytes(struct rlp *at)
{
    (void)read_bytes(at);
}

static struct payload_leaf read_leaf(struct rlp *at)
{
    struct payload_leaf leaf;
    struct rlp list = rlp_read_list(at);
    leaf.key = rlp_read_hash(&list);
    leaf.value = read_bytes(&list);
    (void)rlp_join(at, &list);
    return leaf;
}

static void check_leaf(struct rlp *at)
{
    (void)read_leaf(at);
}

void payload_add_leaf(struct mm_buf *items, const struct payload_leaf *leaf)
{
    rlp_add_list_header(items,
                        rlp_size_string(mm_bytes_hash(&leaf->key)) + rlp_size_string(leaf->value));
    rlp_add_hash(items, &leaf->key);
    rlp_add_string(items, leaf->value);
}

bool payload_next_leaf(struct rlp *at, struct payload_leaf *leaf)
{
    if (!rlp_more(at))
        return false;
    *leaf = read_leaf(at);
    return at->verdict == RLP_OK;
}

void payload_add_bytes(struct mm_buf *items, mm_bytes bytes)
{
    rlp_add_string(items, bytes);
}

bool payload_next_bytes(struct rlp *at, mm_bytes *bytes)
{
    if (!rlp_more(at))
        return false;
    *bytes = read_bytes(at);
    return at->verdict == RLP_OK;
}

void payload_state_encode(struct mm_buf *buf, const struct payload_state *state)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, state->id);
    rlp_add_u64(buf, state->part);
    payload_add_list(buf, &state->leaves);
    payload_add_list(buf, &state->nodes);
    payload_add_list(buf, &state->codes);
    rlp_close_list(buf, list);
}

static void check_part(struct rlp *at, const struct payload_state *state)
{
    if (state->part == STATE_FIRST && state->leaves.count == 0)
        rlp_refuse(at, RLP_MISSING);
    if (state->part == STATE_NONE &&
        (state->leaves.count > 0 || state->nodes.count > 0 || state->codes.count > 0))
        rlp_refuse(at, RLP_TRAILING);
}

enum rlp_verdict payload_state_decode(struct payload_state *state, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    *state = (struct payload_state){ .id = rlp_read_u64(&in.list) };
    const uint64_t part = rlp_read_u64(&in.list);
    if (part >= PAYLOAD_STATE_PARTS)
        rlp_refuse(&in.list, RLP_TOO_LARGE);
    else
        state->part = (enum payload_state_part)part;
    state->leaves = payload_read_list(&in.list, PAYLOAD_LEAVES_MAX, check_leaf);
    state->nodes = payload_read_list(&in.list, PAYLOAD_NODES_MAX, check_bytes);
    state->codes = payload_read_list(&in.list, PAYLOAD_CODES_MAX, check_bytes);
    check_part(&in.list, state);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *state = (struct payload_state){ .id = 0 };
    return verdict;
}

/* ---- validators ---- */

void payload_get_validators_encode(struct mm_buf *buf, const struct payload_get_validators *get)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, get->id);
    rlp_add_u64(buf, get->height);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_get_validators_decode(struct payload_get_validators *get, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    get->id = rlp_read_u64(&in.list);
    get->height = rlp_read_u64(&in.list);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *get = (struct payload_get_validators){ .id = 0 };
    return verdict;
}

void payload_validators_encode(struct mm_buf *buf, const struct payload_validators *validators)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, validators->id);
    rlp_add_list_header(buf, validators->count * 21);
    for (size_t i = 0; i < validators->count; i++)
        rlp_add_addr(buf, &validators->addrs[i]);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_validators_decode(struct payload_validators *validators, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    *validators = (struct payload_validators){ .id = rlp_read_u64(&in.list) };
    struct rlp addrs = rlp_read_list(&in.list);
    while (rlp_more(&addrs)) {
        if (validators->count == MM_VALIDATORS_MAX) {
            rlp_refuse(&addrs, RLP_TOO_LARGE);
            break;
        }
        validators->addrs[validators->count] = rlp_read_addr(&addrs);
        const mm_addr *addr = &validators->addrs[validators->count];
        if (validators->count > 0 &&
            mm_bytes_compare(mm_bytes_addr(addr - 1), mm_bytes_addr(addr)) >= 0)
            rlp_refuse(&addrs, RLP_NOT_CANONICAL);
        validators->count++;
    }
    (void)rlp_join(&in.list, &addrs);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *validators = (struct payload_validators){ .id = 0 };
    return verdict;
}
