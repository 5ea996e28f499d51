/* Stored trie nodes in memory, keyed by path, for tests of state/trie alone. */
#ifndef TESTS_LIB_NODE_TABLE_H
#define TESTS_LIB_NODE_TABLE_H

#include "state/trie/trie.h"

struct node_table_entry;

struct node_table {
    struct node_table_entry *entries; /* unsorted; paths are unique */
    size_t count;
    size_t capacity;
};

void node_table_fini(struct node_table *table);
struct trie_reader node_table_reader(struct node_table *table);
/* Asserts that each change's old node is what the table has at its path, then writes the new one. */
void node_table_apply(struct node_table *table, const struct trie_change *changes, size_t count);
/* Empty when there is none. Valid until the next write. */
mm_bytes node_table_find(const struct node_table *table, mm_bytes path);
/* The same nodes at the same paths. */
bool node_table_equal(const struct node_table *a, const struct node_table *b);
void node_table_put(struct node_table *table, mm_bytes path, mm_bytes node);

/* Applies a batch to the stored trie and stores the result: one block's work. Returns the new root. */
mm_hash32 node_table_update(struct node_table *table, const mm_hash32 *root,
                            const struct trie_update *updates, size_t count);

#endif
