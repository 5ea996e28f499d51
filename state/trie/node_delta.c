#include "state/trie/node_delta.h"

#include "state/base/assert.h"
#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"

enum { DELTA_FIRST = 0, DELTA_WHOLE = 1, DELTA_CHILDREN = 2 };

enum {
    REF_NONE = 0x80,
    REF_HASH = 0xa0,
    REF_NODE = 0xc1,     /* a node below 32 bytes, as it stands: its header … */
    REF_NODE_MAX = 0xde, /* … up to a payload of 30 bytes */
};

/* A stored branch taken apart; everything borrowed. */
struct branch {
    mm_bytes refs[16];   /* as they stand in its RLP */
    mm_bytes leaves[16]; /* behind it; empty where none stands there */
    mm_bytes value;      /* with its header */
};

/* The length of a child that begins with this byte; 0: none does. */
static size_t ref_len(uint8_t head)
{
    if (head == REF_NONE)
        return 1;
    if (head == REF_HASH)
        return 33;
    return head >= REF_NODE && head <= REF_NODE_MAX ? 1 + (size_t)(head - 0xc0) : 0;
}

/* Invariant: at <= in.len. */
static bool split_refs(struct branch *branch, mm_bytes in)
{
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        const size_t len = at < in.len ? ref_len(in.ptr[at]) : 0;
        if (len == 0 || len > in.len - at)
            return false;
        branch->refs[i] = mm_bytes_from(in.ptr + at, len);
        at += len;
    }
    struct rlp rest = rlp_over(mm_bytes_from(in.ptr + at, in.len - at));
    const bool is_string = !rlp_next_is_list(&rest);
    branch->value = rlp_read_raw(&rest);
    return is_string && rlp_finish(&rest) == RLP_OK;
}

static bool split_leaves(struct branch *branch, mm_bytes behind)
{
    if (behind.len < 2)
        return behind.len == 0;
    const unsigned mask = (unsigned)behind.ptr[0] << 8 | behind.ptr[1];
    struct rlp r = rlp_over(mm_bytes_from(behind.ptr + 2, behind.len - 2));
    for (size_t i = 0; i < 16; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        if (branch->refs[i].len != 33 || !rlp_next_is_list(&r))
            return false;
        branch->leaves[i] = rlp_read_raw(&r);
        if (branch->leaves[i].len < 32)
            return false;
    }
    return mask != 0 && rlp_finish(&r) == RLP_OK;
}

/* False: it is no stored branch. */
static bool split(struct branch *branch, mm_bytes stored)
{
    struct rlp r = rlp_over(stored);
    const struct rlp items = rlp_read_list(&r);
    *branch = (struct branch){ .value = { NULL, 0 } };
    return r.verdict == RLP_OK && split_refs(branch, items.in) &&
           split_leaves(branch, mm_bytes_from(stored.ptr + r.at, stored.len - r.at));
}

/* ---- encoding ---- */

static void add_whole(struct mm_buf *out, mm_bytes older)
{
    mm_buf_add_byte(out, DELTA_WHOLE);
    mm_buf_add(out, older);
}

static bool is_same_child(const struct branch *a, const struct branch *b, size_t i)
{
    return mm_bytes_equal(a->refs[i], b->refs[i]) && mm_bytes_equal(a->leaves[i], b->leaves[i]);
}

/* The children of the older branch that the newer one has not. False: the delta cannot say what differs. */
static bool add_children(struct mm_buf *out, const struct branch *older, const struct branch *newer)
{
    unsigned mask = 0;
    if (!mm_bytes_equal(older->value, newer->value))
        return false; /* keys of one length leave no values in branches */
    for (size_t i = 0; i < 16; i++)
        mask |= (is_same_child(older, newer, i) ? 0u : 1u) << i;
    if (mask == 0)
        return false;
    mm_buf_add_byte(out, DELTA_CHILDREN);
    mm_buf_add_byte(out, (uint8_t)(mask >> 8));
    mm_buf_add_byte(out, (uint8_t)mask);
    for (size_t i = 0; i < 16; i++) {
        if ((mask >> i & 1) != 0)
            mm_buf_add(out, older->leaves[i].len > 0 ? older->leaves[i] : older->refs[i]);
    }
    return true;
}

void trie_delta_encode(struct mm_buf *out, mm_bytes older, mm_bytes newer)
{
    MM_ASSERT(older.len > 0 || newer.len > 0);
    if (older.len == 0) {
        mm_buf_add_byte(out, DELTA_FIRST);
        return;
    }
    struct branch was;
    struct branch is;
    const size_t start = out->len;
    const bool is_listed = newer.len > 0 && split(&was, older) && split(&is, newer) &&
                           add_children(out, &was, &is) && out->len - start < 1 + older.len;
    if (is_listed || mm_buf_err(out) != MM_OK)
        return;
    mm_buf_cut(out, start);
    add_whole(out, older);
}

/* ---- undoing ---- */

/* The listed children take the places of the newer ones. Those that were leaves get the hash that names them, in `hashes`. */
static bool take_children(struct branch *branch, uint8_t hashes[16][33], mm_bytes listed)
{
    if (listed.len < 2)
        return false;
    const unsigned mask = (unsigned)listed.ptr[0] << 8 | listed.ptr[1];
    struct rlp r = rlp_over(mm_bytes_from(listed.ptr + 2, listed.len - 2));
    for (size_t i = 0; i < 16; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        struct branch before = { .refs = { [0] = branch->refs[i] },
                                 .leaves = { [0] = branch->leaves[i] } };
        struct branch after = { .refs = { { NULL, 0 } } };
        const mm_bytes child = rlp_read_raw(&r);
        if (child.len == 0)
            return false;
        if (child.len == ref_len(child.ptr[0])) {
            after.refs[0] = child;
        } else {
            if (child.len < 32 || child.ptr[0] < 0xc0)
                return false;
            const mm_hash32 hash = keccak256(child);
            hashes[i][0] = REF_HASH;
            memcpy(hashes[i] + 1, hash.b, sizeof hash.b);
            after.refs[0] = mm_bytes_from(hashes[i], 33);
            after.leaves[0] = child;
        }
        if (is_same_child(&before, &after, 0))
            return false;
        branch->refs[i] = after.refs[0];
        branch->leaves[i] = after.leaves[0];
    }
    return mask != 0 && rlp_finish(&r) == RLP_OK;
}

static void put_together(struct mm_buf *out, const struct branch *branch)
{
    unsigned mask = 0;
    size_t payload = branch->value.len;
    for (size_t i = 0; i < 16; i++) {
        payload += branch->refs[i].len;
        mask |= (branch->leaves[i].len > 0 ? 1u : 0u) << i;
    }
    rlp_add_list_header(out, payload);
    for (size_t i = 0; i < 16; i++)
        mm_buf_add(out, branch->refs[i]);
    mm_buf_add(out, branch->value);
    if (mask == 0)
        return;
    mm_buf_add_byte(out, (uint8_t)(mask >> 8));
    mm_buf_add_byte(out, (uint8_t)mask);
    for (size_t i = 0; i < 16; i++)
        mm_buf_add(out, branch->leaves[i]);
}

static mm_err undo_children(struct mm_buf *older, mm_bytes newer, mm_bytes delta)
{
    struct branch branch;
    uint8_t hashes[16][33];
    if (!split(&branch, newer) ||
        !take_children(&branch, hashes, mm_bytes_from(delta.ptr + 1, delta.len - 1)))
        return MM_ERR_CORRUPT;
    put_together(older, &branch);
    MM_TRY(mm_buf_err(older));
    return delta.len < 1 + older->len ? MM_OK : MM_ERR_CORRUPT;
}

bool trie_delta_is_first(mm_bytes delta)
{
    return delta.len == 1 && delta.ptr[0] == DELTA_FIRST;
}

bool trie_delta_is_whole(mm_bytes delta)
{
    return delta.len > 1 && delta.ptr[0] == DELTA_WHOLE;
}

mm_err trie_delta_undo(struct mm_buf *older, mm_bytes newer, mm_bytes delta)
{
    mm_err err = MM_ERR_CORRUPT;
    mm_buf_reset(older);
    if (trie_delta_is_first(delta))
        return MM_OK;
    if (trie_delta_is_whole(delta)) {
        mm_buf_add(older, mm_bytes_from(delta.ptr + 1, delta.len - 1));
        err = mm_buf_err(older);
    } else if (delta.len > 1 && delta.ptr[0] == DELTA_CHILDREN) {
        err = undo_children(older, newer, delta);
    }
    if (err != MM_OK)
        mm_buf_reset(older);
    return err;
}
