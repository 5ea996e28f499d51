/* The root of a list: the trie rlp(index) → item, as transactionsRoot and receiptsRoot are made (yellow paper, section 4.3.2). */
#ifndef STATE_TRIE_ORDERED_H
#define STATE_TRIE_ORDERED_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

/* Items are not empty. The arena needs about 300 bytes an item, given back before it returns. */
MM_MUST_USE mm_err trie_ordered_root(struct mm_arena *arena, mm_hash32 *root, const mm_bytes *items,
                                     size_t count);

#endif
