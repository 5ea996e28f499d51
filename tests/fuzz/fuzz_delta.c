/* Deltas from outside over nodes from outside: length of the newer node (2 bytes), the node, the delta. What is undone is encoded again,
 * and gives the same node where that agrees with itself (a leaf's hash is not in a delta). */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/trie/node_delta.h"
#include "state/trie/trie.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

enum { NODE_BYTES_MAX = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void there_and_back(mm_bytes from, mm_bytes to)
{
    struct mm_buf delta;
    struct mm_buf undone;
    mm_buf_init(&delta, NODE_BYTES_MAX);
    mm_buf_init(&undone, NODE_BYTES_MAX);
    trie_delta_encode(&delta, to, from);
    REQUIRE(mm_buf_err(&delta) == MM_OK && mm_buf_bytes(&delta).len <= 1 + to.len);
    REQUIRE(trie_delta_undo(&undone, from, mm_buf_bytes(&delta)) == MM_OK);
    struct mm_arena arena;
    mm_arena_init(&arena, NODE_BYTES_MAX);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(&undone), to) || !trie_stored_is_sound(&arena, to));
    mm_arena_fini(&arena);
    mm_buf_fini(&delta);
    mm_buf_fini(&undone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const size_t told = (size_t)data[0] << 8 | data[1];
    const size_t len = told < size - 2 ? told : size - 2;
    const mm_bytes newer = mm_bytes_from(data + 2, len);
    const mm_bytes delta = mm_bytes_from(data + 2 + len, size - 2 - len);
    struct mm_buf older;
    mm_buf_init(&older, NODE_BYTES_MAX);
    const mm_err err = trie_delta_undo(&older, newer, delta);
    REQUIRE(err == MM_OK || (err == MM_ERR_CORRUPT && mm_buf_bytes(&older).len == 0));
    if (err == MM_OK && (newer.len > 0 || mm_buf_bytes(&older).len > 0))
        there_and_back(newer, mm_buf_bytes(&older));
    mm_buf_fini(&older);
    return 0;
}
