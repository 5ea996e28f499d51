#include "state/base/assert.h"
#include "state/trie/trie_internal.h"

uint8_t *nibbles_of_key(struct mm_arena *arena, mm_bytes key)
{
    uint8_t *nibbles = mm_arena_alloc(arena, 2 * key.len);
    if (nibbles == NULL)
        return NULL;
    for (size_t i = 0; i < key.len; i++) {
        nibbles[2 * i] = key.ptr[i] >> 4;
        nibbles[2 * i + 1] = key.ptr[i] & 0x0f;
    }
    return nibbles;
}

size_t nibbles_shared(mm_bytes a, mm_bytes b)
{
    const size_t most = a.len < b.len ? a.len : b.len;
    size_t shared = 0;
    while (shared < most && a.ptr[shared] == b.ptr[shared])
        shared++;
    return shared;
}

size_t nibbles_compact_len(size_t nibble_count)
{
    return nibble_count / 2 + 1;
}

void nibbles_to_compact(uint8_t *out, mm_bytes nibbles, bool is_leaf)
{
    /* First nibble: bit 1 leaf, bit 0 odd; an even number of nibbles is preceded by a zero nibble. */
    uint8_t flags = is_leaf ? 0x20 : 0x00;
    size_t at = 0;
    if (nibbles.len % 2 == 1) {
        flags |= (uint8_t)(0x10 | nibbles.ptr[0]);
        at = 1;
    }
    *out++ = flags;
    for (; at < nibbles.len; at += 2)
        *out++ = (uint8_t)(nibbles.ptr[at] << 4 | nibbles.ptr[at + 1]);
}

mm_err nibbles_from_compact(struct mm_arena *arena, mm_bytes *nibbles, bool *is_leaf,
                            mm_bytes compact)
{
    *nibbles = (mm_bytes){ NULL, 0 };
    if (compact.len == 0)
        return MM_ERR_CORRUPT;
    const uint8_t flags = compact.ptr[0];
    const bool is_odd = (flags & 0x10) != 0;
    if ((flags & 0xc0) != 0 || (!is_odd && (flags & 0x0f) != 0))
        return MM_ERR_CORRUPT;
    if (2 * (compact.len - 1) + is_odd > TRIE_PATH_MAX)
        return MM_ERR_CORRUPT;
    uint8_t *out = mm_arena_alloc(arena, 2 * compact.len);
    if (out == NULL)
        return MM_ERR_NO_MEMORY;
    size_t len = 0;
    if (is_odd)
        out[len++] = flags & 0x0f;
    for (size_t i = 1; i < compact.len; i++) {
        out[len++] = compact.ptr[i] >> 4;
        out[len++] = compact.ptr[i] & 0x0f;
    }
    *is_leaf = (flags & 0x20) != 0;
    *nibbles = mm_bytes_from(out, len);
    return MM_OK;
}
