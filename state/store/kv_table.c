#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/store/kv_table_internal.h"

static struct table_node *node_new(size_t levels, mm_bytes key)
{
    const size_t lanes_bytes = levels * sizeof(struct table_node *);
    struct table_node *node = mm_heap_zeroed(1, sizeof *node + lanes_bytes + key.len);
    if (node == NULL)
        return NULL;
    uint8_t *copy = (uint8_t *)node + sizeof *node + lanes_bytes;
    if (key.len > 0)
        memcpy(copy, key.ptr, key.len);
    node->key = copy;
    node->key_len = key.len;
    node->levels = levels;
    return node;
}

bool table_init(struct table *table)
{
    *table = (struct table){ .random = 0x9e3779b97f4a7c15u };
    table->head = node_new(TABLE_LEVELS_MAX, (mm_bytes){ NULL, 0 });
    return table->head != NULL;
}

static void node_free(struct table_node *node)
{
    for (struct table_version *version = node->newest, *older; version != NULL; version = older) {
        older = version->older;
        mm_heap_free(version);
    }
    mm_heap_free(node);
}

void table_fini(struct table *table)
{
    for (struct table_node *node = table->head, *next; node != NULL; node = next) {
        next = node->next[0];
        node_free(node);
    }
    *table = (struct table){ .head = NULL };
}

/* One lane more with a chance of 1/4. The shape of the list changes nothing that a reader sees, so a fixed seed will do. */
static size_t random_levels(struct table *table)
{
    uint64_t x = table->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    table->random = x;
    size_t levels = 1;
    while (levels < TABLE_LEVELS_MAX && (x & 3) == 0) {
        levels++;
        x >>= 2;
    }
    return levels;
}

struct table_node *table_node_new(struct table *table, mm_bytes key, size_t family)
{
    struct table_node *node = node_new(random_levels(table), key);
    if (node != NULL)
        node->family = family;
    return node;
}

struct table_version *table_version_new(mm_bytes value)
{
    struct table_version *version = mm_heap_alloc(sizeof *version + value.len);
    if (version == NULL)
        return NULL;
    *version = (struct table_version){ .until = UINT64_MAX, .value_len = value.len };
    if (value.len > 0)
        memcpy(version->value, value.ptr, value.len);
    return version;
}

mm_bytes table_key(const struct table_node *node)
{
    return mm_bytes_from(node->key, node->key_len);
}

/* The last node < key (perhaps the head), and in before[] the same for each lane. */
static struct table_node *find_less(const struct table *table, mm_bytes key,
                                    struct table_node *before[TABLE_LEVELS_MAX])
{
    struct table_node *at = table->head;
    for (size_t level = TABLE_LEVELS_MAX; level-- > 0;) {
        while (at->next[level] != NULL && mm_bytes_compare(table_key(at->next[level]), key) < 0)
            at = at->next[level];
        before[level] = at;
    }
    return at;
}

struct table_node *table_find(const struct table *table, mm_bytes key)
{
    struct table_node *before[TABLE_LEVELS_MAX];
    return find_less(table, key, before)->next[0];
}

struct table_node *table_find_back(const struct table *table, mm_bytes key)
{
    struct table_node *before[TABLE_LEVELS_MAX];
    struct table_node *less = find_less(table, key, before);
    struct table_node *equal = less->next[0];
    if (equal != NULL && mm_bytes_equal(table_key(equal), key))
        return equal;
    return less == table->head ? NULL : less;
}

struct table_node *table_next(const struct table_node *node)
{
    return node->next[0];
}

struct table_node *table_prev(const struct table *table, const struct table_node *node)
{
    return node->before == table->head ? NULL : node->before;
}

void table_insert(struct table *table, struct table_node *taken_node)
{
    struct table_node *before[TABLE_LEVELS_MAX];
    struct table_node *less = find_less(table, table_key(taken_node), before);
    for (size_t level = 0; level < taken_node->levels; level++) {
        taken_node->next[level] = before[level]->next[level];
        before[level]->next[level] = taken_node;
    }
    taken_node->before = less;
    if (taken_node->next[0] != NULL) {
        MM_ASSERT(mm_bytes_compare(table_key(taken_node), table_key(taken_node->next[0])) < 0);
        taken_node->next[0]->before = taken_node;
    }
}

void table_remove(struct table *table, struct table_node *node)
{
    MM_ASSERT(node->newest == NULL);
    struct table_node *before[TABLE_LEVELS_MAX];
    (void)find_less(table, table_key(node), before);
    for (size_t level = 0; level < node->levels; level++) {
        MM_ASSERT(before[level]->next[level] == node);
        before[level]->next[level] = node->next[level];
    }
    if (node->next[0] != NULL)
        node->next[0]->before = node->before;
    mm_heap_free(node);
}

const struct table_version *table_visible(const struct table_node *node, uint64_t sequence)
{
    const struct table_version *version = node->newest;
    while (version != NULL && version->from > sequence)
        version = version->older;
    return version != NULL && sequence < version->until ? version : NULL;
}
