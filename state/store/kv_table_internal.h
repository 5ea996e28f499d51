/* A sorted table that remembers: a skip list of keys, each with the versions of its value that someone may still read.
 *
 *     head --------------------------> "cat" ----------------> NULL       express lanes
 *     head ----------> "ant" --------> "cat" --------> "dog" -> NULL      all keys, linked backwards as well
 *                        |               |               |
 *                      [9, inf)        [7, inf)        [3, 8)             a version is visible to a view at sequence
 *                      [2, 9)                                             s when from <= s < until, newest first
 *
 * Writing a key ends the newest version and adds one; deleting only ends it, and so needs no memory. An ended version
 * is freed when no view is old enough to see it. Versions end in the order of their sequence numbers, so those waiting
 * stand in one queue and each is looked at once. A key leaves the list with its last version.
 * Threads: none of its own business; kv_mem.c holds a lock. */
#ifndef STATE_STORE_KV_TABLE_INTERNAL_H
#define STATE_STORE_KV_TABLE_INTERNAL_H

#include "state/base/bytes.h"

enum { TABLE_LEVELS_MAX = 12 }; /* 4^12 keys before the top lane is crowded */

struct table_node;

struct table_version {
    struct table_version *older, *newer; /* of the same key */
    struct table_version *next_ended;    /* in the queue */
    struct table_node *node;
    uint64_t from;
    uint64_t until; /* UINT64_MAX: current */
    size_t value_len;
    uint8_t value[];
};

struct table_node {
    struct table_version *newest; /* owned list */
    struct table_node *before;    /* all keys, backwards; the head for the first */
    const uint8_t *key;           /* behind the lanes */
    size_t key_len;
    size_t levels;
    size_t family;             /* whose table it is in; for kv_mem.c */
    struct table_node *next[]; /* levels of them */
};

struct table {
    struct table_node *head; /* owned; no key */
    uint64_t random;
};

/* False when there is no memory. */
bool table_init(struct table *table);
void table_fini(struct table *table);

/* NULL when there is no memory. Not in the table yet. */
struct table_node *table_node_new(struct table *table, mm_bytes key, size_t family);
struct table_version *table_version_new(mm_bytes value);

/* The first key >= key, or the last key <= key. NULL: there is none. */
struct table_node *table_find(const struct table *table, mm_bytes key);
struct table_node *table_find_back(const struct table *table, mm_bytes key);
/* NULL after the last and before the first. */
struct table_node *table_next(const struct table_node *node);
struct table_node *table_prev(const struct table *table, const struct table_node *node);

/* taken_node's key is not in the table. */
void table_insert(struct table *table, struct table_node *taken_node);
/* The node has no versions; it is freed. */
void table_remove(struct table *table, struct table_node *node);

mm_bytes table_key(const struct table_node *node);
/* What a view at sequence sees, or NULL. */
const struct table_version *table_visible(const struct table_node *node, uint64_t sequence);

#endif
