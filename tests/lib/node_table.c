#include "tests/lib/node_table.h"

#include <stdlib.h>

#include "state/base/assert.h"

struct node_table_entry {
    uint8_t path[TRIE_PATH_MAX];
    size_t path_len;
    uint8_t *node;
    size_t node_len;
};

void node_table_fini(struct node_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->entries[i].node);
    free(table->entries);
    *table = (struct node_table){ 0 };
}

static struct node_table_entry *find(const struct node_table *table, mm_bytes path)
{
    for (size_t i = 0; i < table->count; i++) {
        struct node_table_entry *entry = &table->entries[i];
        if (mm_bytes_equal(mm_bytes_from(entry->path, entry->path_len), path))
            return entry;
    }
    return NULL;
}

mm_bytes node_table_find(const struct node_table *table, mm_bytes path)
{
    const struct node_table_entry *entry = find(table, path);
    return entry == NULL ? (mm_bytes){ NULL, 0 } : mm_bytes_from(entry->node, entry->node_len);
}

bool node_table_equal(const struct node_table *a, const struct node_table *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct node_table_entry *entry = &a->entries[i];
        const mm_bytes other = node_table_find(b, mm_bytes_from(entry->path, entry->path_len));
        if (!mm_bytes_equal(mm_bytes_from(entry->node, entry->node_len), other))
            return false;
    }
    return a->count == b->count;
}

static void drop(struct node_table *table, struct node_table_entry *entry)
{
    free(entry->node);
    *entry = table->entries[--table->count];
}

void node_table_put(struct node_table *table, mm_bytes path, mm_bytes node)
{
    struct node_table_entry *entry = find(table, path);
    if (entry != NULL)
        drop(table, entry);
    if (node.len == 0)
        return;
    if (table->count == table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : 2 * table->capacity;
        table->entries = realloc(table->entries, table->capacity * sizeof *table->entries);
        MM_ASSERT(table->entries != NULL);
    }
    entry = &table->entries[table->count++];
    entry->path_len = path.len;
    if (path.len > 0)
        memcpy(entry->path, path.ptr, path.len);
    entry->node = malloc(node.len);
    MM_ASSERT(entry->node != NULL);
    memcpy(entry->node, node.ptr, node.len);
    entry->node_len = node.len;
}

static mm_err read_node(void *ctx, struct mm_arena *arena, struct trie_stored *stored,
                        mm_bytes path)
{
    const struct node_table *table = ctx;
    const mm_bytes found = node_table_find(table, path);
    if (found.len == 0)
        return MM_ERR_NOT_FOUND;
    stored->since = path.len; /* something that is another for another path */
    return mm_arena_copy(arena, &stored->node, found);
}

struct trie_reader node_table_reader(struct node_table *table)
{
    return (struct trie_reader){ table, read_node };
}

void node_table_apply(struct node_table *table, const struct trie_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        MM_ASSERT(mm_bytes_equal(node_table_find(table, changes[i].path), changes[i].old_node));
        MM_ASSERT(changes[i].old_since == (changes[i].old_node.len > 0 ? changes[i].path.len : 0));
        MM_ASSERT(i == 0 || mm_bytes_compare(changes[i - 1].path, changes[i].path) < 0);
        node_table_put(table, changes[i].path, changes[i].new_node);
    }
}

mm_hash32 node_table_update(struct node_table *table, const mm_hash32 *root,
                            const struct trie_update *updates, size_t count)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    const struct trie_reader reader = node_table_reader(table);
    struct trie *trie = trie_new(&arena, &reader, root);
    MM_ASSERT(trie != NULL);
    MM_ASSERT(trie_apply(trie, updates, count) == MM_OK);
    MM_ASSERT(trie_hash_all(&trie, 1) == MM_OK);
    const mm_hash32 result = trie_root(trie);
    const struct trie_change *changes;
    size_t change_count;
    MM_ASSERT(trie_changes(trie, &changes, &change_count) == MM_OK);
    node_table_apply(table, changes, change_count);
    mm_arena_fini(&arena);
    return result;
}
