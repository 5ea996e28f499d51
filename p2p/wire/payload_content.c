#include "p2p/wire/payload_internal.h"

/* ---- multihashes ---- */

static mm_bytes read_multihash(struct rlp *at)
{
    const mm_bytes multihash = rlp_read_string(at, PAYLOAD_MULTIHASH_MAX);
    if (at->verdict == RLP_OK && multihash.len < PAYLOAD_MULTIHASH_MIN)
        rlp_refuse(at, RLP_WRONG_SIZE);
    return multihash;
}

static void check_multihash(struct rlp *at)
{
    (void)read_multihash(at);
}

void payload_add_multihash(struct mm_buf *items, mm_bytes multihash)
{
    rlp_add_string(items, multihash);
}

bool payload_next_multihash(struct rlp *at, mm_bytes *multihash)
{
    if (!rlp_more(at))
        return false;
    *multihash = read_multihash(at);
    return at->verdict == RLP_OK;
}

/* ---- the version, first in each of them ---- */

static void read_version(struct rlp *list)
{
    if (rlp_read_u64(list) != PAYLOAD_CONTENT_VERSION)
        rlp_refuse(list, RLP_TOO_LARGE);
}

static void encode_named(struct mm_buf *buf, uint64_t id, const struct payload_list *blocks)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, PAYLOAD_CONTENT_VERSION);
    rlp_add_u64(buf, id);
    payload_add_list(buf, blocks);
    rlp_close_list(buf, list);
}

/* [version, id, [multihash …]] */
static enum rlp_verdict decode_named(uint64_t *id, struct payload_list *blocks, size_t count_min,
                                     mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    read_version(&in.list);
    *id = rlp_read_u64(&in.list);
    *blocks = payload_read_list(&in.list, PAYLOAD_WANTED_MAX, check_multihash);
    if (blocks->count < count_min)
        rlp_refuse(&in.list, RLP_MISSING);
    return payload_close(&in);
}

/* ---- the four ---- */

void payload_have_encode(struct mm_buf *buf, const struct payload_have *have)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, PAYLOAD_CONTENT_VERSION);
    payload_add_list(buf, &have->roots);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_have_decode(struct payload_have *have, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    read_version(&in.list);
    *have =
        (struct payload_have){ payload_read_list(&in.list, PAYLOAD_ROOTS_MAX, check_multihash) };
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *have = (struct payload_have){ .roots = { .count = 0 } };
    return verdict;
}

void payload_want_encode(struct mm_buf *buf, const struct payload_want *want)
{
    encode_named(buf, want->id, &want->blocks);
}

enum rlp_verdict payload_want_decode(struct payload_want *want, mm_bytes payload)
{
    const enum rlp_verdict verdict = decode_named(&want->id, &want->blocks, 1, payload);
    if (verdict != RLP_OK)
        *want = (struct payload_want){ .id = 0 };
    return verdict;
}

void payload_block_encode(struct mm_buf *buf, const struct payload_block *block)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, PAYLOAD_CONTENT_VERSION);
    rlp_add_u64(buf, block->id);
    rlp_add_string(buf, block->multihash);
    rlp_add_string(buf, block->bytes);
    rlp_close_list(buf, list);
}

enum rlp_verdict payload_block_decode(struct payload_block *block, mm_bytes payload)
{
    struct payload_in in = payload_open(payload);
    read_version(&in.list);
    *block = (struct payload_block){ .id = rlp_read_u64(&in.list) };
    block->multihash = read_multihash(&in.list);
    block->bytes = rlp_read_string(&in.list, PAYLOAD_CONTENT_BYTES_MAX);
    const enum rlp_verdict verdict = payload_close(&in);
    if (verdict != RLP_OK)
        *block = (struct payload_block){ .id = 0 };
    return verdict;
}

void payload_missing_encode(struct mm_buf *buf, const struct payload_missing *missing)
{
    encode_named(buf, missing->id, &missing->blocks);
}

enum rlp_verdict payload_missing_decode(struct payload_missing *missing, mm_bytes payload)
{
    const enum rlp_verdict verdict = decode_named(&missing->id, &missing->blocks, 0, payload);
    if (verdict != RLP_OK)
        *missing = (struct payload_missing){ .id = 0 };
    return verdict;
}
