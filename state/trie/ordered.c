#include "state/trie/ordered.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/trie/trie_internal.h"

/* The keys rlp(0), rlp(1) … sort as rlp(1) … rlp(127), rlp(0) = 0x80, rlp(128) = 0x8180 …: the index that comes at a place. */
static size_t index_at(size_t place, size_t count)
{
    const size_t short_count =
        count < 128 ? count : 128; /* indexes with keys of one byte, the 0 among them */
    if (place + 1 < short_count)
        return place + 1;
    return place + 1 == short_count ? 0 : place;
}

static mm_bytes key_of(struct mm_arena *arena, size_t index)
{
    uint8_t key[9];
    size_t len = 0;
    if (index == 0) {
        key[len++] = 0x80;
    } else if (index < 0x80) {
        key[len++] = (uint8_t)index;
    } else {
        unsigned bytes = 0;
        for (size_t rest = index; rest > 0; rest >>= 8)
            bytes++;
        key[len++] = (uint8_t)(0x80 + bytes);
        for (unsigned i = bytes; i-- > 0;)
            key[len++] = (uint8_t)(index >> (8 * i));
    }
    const uint8_t *nibbles = nibbles_of_key(arena, mm_bytes_from(key, len));
    return mm_bytes_from(nibbles, nibbles == NULL ? 0 : 2 * len);
}

static mm_err root_of(struct mm_arena *arena, mm_hash32 *root, const mm_bytes *items, size_t count)
{
    struct trie_entry *entries = MM_ARENA_ARRAY(arena, struct trie_entry, count);
    struct trie *trie = trie_new(arena, NULL, &KECCAK_EMPTY_TRIE);
    if (entries == NULL || trie == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t place = 0; place < count; place++) {
        const size_t index = index_at(place, count);
        MM_ASSERT(items[index].len > 0);
        entries[place] = (struct trie_entry){ key_of(arena, index), items[index] };
        if (entries[place].nibbles.len == 0)
            return MM_ERR_NO_MEMORY;
    }
    MM_TRY(trie_build(arena, &trie->root, entries, count, 0));
    MM_TRY(trie_hash_all(&trie, 1));
    *root = trie_root(trie);
    return MM_OK;
}

mm_err trie_ordered_root(struct mm_arena *arena, mm_hash32 *root, const mm_bytes *items,
                         size_t count)
{
    *root = KECCAK_EMPTY_TRIE;
    if (count == 0)
        return MM_OK;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    const mm_err err = root_of(arena, root, items, count);
    mm_arena_rewind(arena, mark);
    return err;
}
