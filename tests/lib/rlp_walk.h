/* Reads any RLP value by its own account of itself and writes it again, for properties over arbitrary bytes: what the reader
 * takes has exactly one encoding, so the copy must equal the original. Lists stand on a stack of the heap: no recursion. */
#ifndef TESTS_LIB_RLP_WALK_H
#define TESTS_LIB_RLP_WALK_H

#include <stdlib.h>

#include "state/base/assert.h"
#include "state/codec/rlp.h"

struct rlp_walk_level {
    struct rlp cursor;
    size_t opened;
};

/* Reads one item into the copy, or enters the list it is: then true, and *inner is the level to push. */
static inline bool rlp_walk_item(struct rlp_walk_level *level, struct rlp_walk_level *inner,
                                 struct mm_buf *copy)
{
    struct rlp *cursor = &level->cursor;
    if (rlp_next_is_list(cursor)) {
        *inner = (struct rlp_walk_level){ rlp_read_list(cursor), rlp_open_list(copy) };
        return true;
    }
    bool is_list;
    const mm_bytes string = rlp_read_any(cursor, &is_list);
    if (cursor->verdict == RLP_OK) {
        MM_ASSERT(!is_list);
        rlp_add_string(copy, string);
    }
    return false;
}

/* The verdict on `in` as exactly one value, all lists entered; on RLP_OK `copy` holds the value again. */
static inline enum rlp_verdict rlp_walk(mm_bytes in, struct mm_buf *copy)
{
    size_t capacity = 16;
    size_t depth = 0;
    struct rlp_walk_level *levels = calloc(capacity, sizeof *levels);
    MM_ASSERT(levels != NULL);
    struct rlp_walk_level root = { rlp_over(in), 0 };
    struct rlp_walk_level inner;
    mm_buf_reset(copy);
    if (rlp_walk_item(&root, &inner, copy))
        levels[depth++] = inner;
    while (depth > 0) {
        struct rlp_walk_level *level = &levels[depth - 1];
        if (!rlp_more(&level->cursor)) {
            struct rlp *outer = depth == 1 ? &root.cursor : &levels[depth - 2].cursor;
            (void)rlp_join(outer, &level->cursor);
            if (level->cursor.verdict == RLP_OK)
                rlp_close_list(copy, level->opened);
            depth--;
        } else if (rlp_walk_item(level, &inner, copy)) {
            if (depth == capacity) {
                capacity *= 2;
                levels = realloc(levels, capacity * sizeof *levels);
                MM_ASSERT(levels != NULL);
            }
            levels[depth++] = inner;
        }
    }
    free(levels);
    return rlp_finish(&root.cursor);
}

#endif
