#include "state/codec/json_tree.h"

#include <stddef.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

void json_tree_init(struct json_tree *tree, struct mm_arena *arena, bool unique_keys)
{
    memset(tree, 0,
           offsetof(struct json_tree, few)); /* `few` is large, and written before it is read */
    tree->arena = arena;
    tree->unique_keys = unique_keys;
    tree->stack = tree->few;
    tree->stack_capacity = JSON_STACK_FEW;
}

void json_tree_fini(struct json_tree *tree)
{
    if (tree->stack != tree->few)
        mm_heap_free(tree->stack);
}

static bool refuse(struct json_tree *tree, enum json_verdict verdict)
{
    tree->verdict = verdict;
    return false;
}

static bool grow_stack(struct json_tree *tree)
{
    const size_t capacity = 2 * tree->stack_capacity;
    /* All of them must still fit the arena: no need to hold more than it may. */
    if (tree->stack_count > tree->arena->bytes_max / sizeof(struct json))
        return false;
    struct json_member *stack =
        mm_heap_resize(tree->stack == tree->few ? NULL : tree->stack, capacity * sizeof *stack);
    if (stack == NULL)
        return false;
    if (tree->stack == tree->few)
        memcpy(stack, tree->few, sizeof tree->few);
    tree->stack = stack;
    tree->stack_capacity = capacity;
    return true;
}

struct json *json_tree_push(struct json_tree *tree, enum json_kind kind)
{
    if (tree->stack_count == tree->stack_capacity && !grow_stack(tree)) {
        tree->verdict = JSON_NO_MEMORY;
        return NULL;
    }
    struct json_member *entry = &tree->stack[tree->stack_count++];
    *entry = (struct json_member){ .key = tree->key, .value = { .kind = kind } };
    return &entry->value;
}

bool json_tree_open(struct json_tree *tree, enum json_kind kind)
{
    if (tree->depth == MM_JSON_DEPTH_MAX)
        return refuse(tree, JSON_TOO_DEEP);
    if (json_tree_push(tree, kind) == NULL)
        return false;
    tree->open[tree->depth++] = tree->stack_count - 1;
    return true;
}

static bool keys_are_unique(struct json_tree *tree, const struct json *object)
{
    enum json_verdict verdict;
    const struct json_member *duplicate = json_find_duplicate(&verdict, object);
    if (duplicate != NULL) {
        tree->duplicate = duplicate->key;
        verdict = JSON_DUPLICATE;
    }
    return verdict == JSON_OK || refuse(tree, verdict);
}

bool json_tree_close(struct json_tree *tree)
{
    MM_ASSERT(tree->depth > 0);
    const size_t place = tree->open[--tree->depth];
    struct json *container = &tree->stack[place].value;
    const bool is_object = container->kind == JSON_OBJECT;
    const struct json_member *contents = tree->stack + place + 1;
    const size_t count = tree->stack_count - place - 1;
    container->count = count;
    tree->stack_count = place + 1;
    if (count == 0)
        return true;
    void *elements =
        mm_arena_alloc(tree->arena, count * (is_object ? sizeof *contents : sizeof(struct json)));
    if (elements == NULL)
        return refuse(tree, JSON_NO_MEMORY);
    if (is_object) {
        memcpy(elements, contents, count * sizeof *contents);
        container->members = elements;
        return !tree->unique_keys || keys_are_unique(tree, container);
    }
    struct json *items = elements;
    for (size_t i = 0; i < count; i++)
        items[i] = contents[i].value;
    container->items = items;
    return true;
}
