#include "state/trie/stream.h"

#include "state/base/assert.h"
#include "state/base/buf.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* An open branch on the path to the newest key, `depth` nibbles down. */
struct open_branch {
    size_t depth;
    struct trie_node *node;
    struct mm_arena_mark before; /* the arena as it was when the branch was opened */
};

struct trie_stream {
    struct trie_sink sink;
    struct mm_arena arena;
    struct open_branch open[TRIE_PATH_MAX];
    size_t open_count;
    uint8_t path[TRIE_PATH_MAX]; /* of the newest key */
    size_t path_len;             /* 0: no key yet */
    uint8_t *value;              /* of the newest key; owned */
    size_t value_len;
    struct trie_ref closed; /* the newest finished subtrie, to be put into the branch above it */
    struct mm_buf leaf;     /* what closed.leaf borrows until then */
};

enum { STREAM_BYTES_MAX = 64 << 20 };

struct trie_stream *trie_stream_new(const struct trie_sink *sink)
{
    struct trie_stream *stream = mm_heap_zeroed(1, sizeof *stream);
    if (stream == NULL)
        return NULL;
    if (sink != NULL)
        stream->sink = *sink;
    mm_arena_init(&stream->arena, STREAM_BYTES_MAX);
    mm_buf_init(&stream->leaf, STREAM_BYTES_MAX);
    return stream;
}

void trie_stream_free(struct trie_stream *stream)
{
    if (stream == NULL)
        return;
    mm_arena_fini(&stream->arena);
    mm_buf_fini(&stream->leaf);
    mm_heap_free(stream->value);
    mm_heap_free(stream);
}

/* Hands a stored node out. A leaf below a branch is kept instead, to be stored behind it. */
static mm_err hand_out(struct trie_stream *stream, const struct trie_node *node, mm_bytes rlp,
                       size_t depth)
{
    if (stream->sink.node == NULL)
        return MM_OK;
    if (node->kind == TRIE_LEAF && depth > 0) {
        mm_buf_reset(&stream->leaf);
        mm_buf_add(&stream->leaf, rlp);
        stream->closed.leaf = mm_buf_bytes(&stream->leaf);
        return mm_buf_err(&stream->leaf);
    }
    const mm_bytes stored = trie_stored_encode(&stream->arena, node, rlp);
    if (stored.len == 0)
        return MM_ERR_NO_MEMORY;
    return stream->sink.node(stream->sink.ctx, mm_bytes_from(stream->path, depth), stored);
}

/* Encodes a finished node that stands `depth` nibbles down, hands it out, and leaves only its reference. */
static mm_err close_node(struct trie_stream *stream, const struct trie_node *node, size_t depth)
{
    const struct mm_arena_mark mark = mm_arena_mark(&stream->arena);
    const mm_bytes rlp = trie_node_encode(&stream->arena, node);
    if (rlp.len == 0)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    stream->closed = (struct trie_ref){ 0 };
    if (rlp.len < 32 && depth > 0) {
        stream->closed.len = (uint8_t)rlp.len;
        memcpy(stream->closed.bytes, rlp.ptr, rlp.len);
    } else {
        const mm_hash32 hash = keccak256(rlp);
        stream->closed.len = 32;
        memcpy(stream->closed.bytes, hash.b, 32);
        err = hand_out(stream, node, rlp, depth);
    }
    mm_arena_rewind(&stream->arena, mark);
    return err;
}

/* The newest key as a leaf that hangs below `depth` nibbles. */
static mm_err close_leaf(struct trie_stream *stream, size_t depth)
{
    const struct trie_node leaf = {
        .kind = TRIE_LEAF,
        .suffix = mm_bytes_from(stream->path + depth, stream->path_len - depth),
        .value = mm_bytes_from(stream->value, stream->value_len),
    };
    return close_node(stream, &leaf, depth);
}

/* The innermost open branch, and an extension above it where `depth` is not its own place. */
static mm_err close_branch(struct trie_stream *stream, size_t depth)
{
    const struct open_branch top = stream->open[--stream->open_count];
    MM_ASSERT(depth <= top.depth);
    MM_TRY(close_node(stream, top.node, top.depth));
    mm_arena_rewind(&stream->arena, top.before);
    if (depth == top.depth)
        return MM_OK;
    const struct trie_node extension = {
        .kind = TRIE_EXTENSION,
        .suffix = mm_bytes_from(stream->path + depth, top.depth - depth),
        .child = stream->closed,
    };
    return close_node(stream, &extension, depth);
}

static size_t innermost_depth(const struct trie_stream *stream)
{
    return stream->open_count == 0 ? SIZE_MAX : stream->open[stream->open_count - 1].depth;
}

/* Puts what was closed last into the innermost open branch, on the path of the newest key. */
static mm_err hang_closed(struct trie_stream *stream)
{
    const struct open_branch *top = &stream->open[stream->open_count - 1];
    struct trie_ref *child = &top->node->children[stream->path[top->depth]];
    *child = stream->closed;
    /* The copy lives as long as the branch: it is given back when that is closed. */
    return mm_arena_copy(&stream->arena, &child->leaf, stream->closed.leaf);
}

/* Closes everything below a branch at `shared` nibbles, which is opened if it is not yet. */
static mm_err close_down_to(struct trie_stream *stream, size_t shared)
{
    bool is_leaf = true;
    for (;;) {
        const size_t top = innermost_depth(stream);
        /* Where the closed node will hang: below the deepest of the branch to be and the branch above it. */
        size_t parent = shared;
        if (is_leaf) {
            if (top != SIZE_MAX && top > shared)
                parent = top;
            MM_TRY(close_leaf(stream, parent + 1));
            is_leaf = false;
        } else {
            const size_t above =
                stream->open_count < 2 ? SIZE_MAX : stream->open[stream->open_count - 2].depth;
            if (above != SIZE_MAX && above > shared)
                parent = above;
            MM_TRY(close_branch(stream, parent + 1));
        }
        const size_t now = innermost_depth(stream);
        if (now == SIZE_MAX || now < shared) {
            const struct mm_arena_mark before = mm_arena_mark(&stream->arena);
            struct trie_node *branch = trie_node_new(&stream->arena, TRIE_BRANCH);
            if (branch == NULL)
                return MM_ERR_NO_MEMORY;
            stream->open[stream->open_count++] = (struct open_branch){ shared, branch, before };
        }
        MM_TRY(hang_closed(stream));
        if (innermost_depth(stream) == shared)
            return MM_OK;
    }
}

static mm_err remember(struct trie_stream *stream, mm_bytes key, mm_bytes value)
{
    if (value.len > stream->value_len || stream->value == NULL) {
        uint8_t *grown = mm_heap_resize(stream->value, value.len);
        if (grown == NULL)
            return MM_ERR_NO_MEMORY;
        stream->value = grown;
    }
    memcpy(stream->value, value.ptr, value.len);
    stream->value_len = value.len;
    for (size_t i = 0; i < key.len; i++) {
        stream->path[2 * i] = key.ptr[i] >> 4;
        stream->path[2 * i + 1] = key.ptr[i] & 0x0f;
    }
    stream->path_len = 2 * key.len;
    return MM_OK;
}

mm_err trie_stream_add(struct trie_stream *stream, mm_bytes key, mm_bytes value)
{
    if (key.len == 0 || key.len > TRIE_KEY_MAX || value.len == 0)
        return MM_ERR_INVALID;
    if (stream->path_len == 0)
        return remember(stream, key, value);
    if (stream->path_len != 2 * key.len)
        return MM_ERR_INVALID;
    size_t shared = 0;
    uint8_t nibble = 0;
    for (; shared < stream->path_len; shared++) {
        nibble = shared % 2 == 0 ? key.ptr[shared / 2] >> 4 : key.ptr[shared / 2] & 0x0f;
        if (nibble != stream->path[shared])
            break;
    }
    if (shared == stream->path_len || nibble < stream->path[shared])
        return MM_ERR_INVALID;
    MM_TRY(close_down_to(stream, shared));
    return remember(stream, key, value);
}

static mm_err close_all(struct trie_stream *stream, mm_hash32 *root)
{
    if (stream->open_count == 0) {
        MM_TRY(close_leaf(stream, 0));
    } else {
        MM_TRY(close_leaf(stream, innermost_depth(stream) + 1));
        MM_TRY(hang_closed(stream));
        while (stream->open_count > 1) {
            MM_TRY(close_branch(stream, stream->open[stream->open_count - 2].depth + 1));
            MM_TRY(hang_closed(stream));
        }
        MM_TRY(close_branch(stream, 0));
    }
    MM_ASSERT(stream->closed.len == 32);
    memcpy(root->b, stream->closed.bytes, 32);
    return MM_OK;
}

mm_err trie_stream_finish(struct trie_stream *stream, mm_hash32 *root)
{
    *root = KECCAK_EMPTY_TRIE;
    mm_err err = MM_OK;
    if (stream->path_len > 0)
        err = close_all(stream, root);
    stream->open_count = 0;
    stream->path_len = 0;
    mm_arena_reset(&stream->arena);
    return err;
}
