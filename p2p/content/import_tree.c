#include "p2p/content/import.h"

#include <stdlib.h>

#include "state/base/arena.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

enum {
    DEPTH_MAX = IMPORT_PATH_SEGMENTS_MAX + 1, /* directories on a path, the root included */
    PATHS_BYTES_MAX = 512 << 20,
};

struct entry {
    mm_bytes path; /* in paths */
    bool is_dir;
    struct import_result result; /* of a file */
};

struct import_tree {
    struct content_profile profile;
    struct block_sink sink;
    struct mm_arena paths;
    struct entry *entries; /* owned */
    size_t count;
    size_t capacity;
    struct import_dir
        *dirs[DEPTH_MAX];     /* owned, made when first needed: the open directories, root first */
    mm_bytes open[DEPTH_MAX]; /* their paths; the root's is empty */
    size_t depth;             /* how many are open */
};

struct import_tree *import_tree_new(const struct content_profile *profile,
                                    const struct block_sink *sink)
{
    MM_ASSERT(content_profile_is_valid(profile));
    struct import_tree *tree = mm_heap_zeroed(1, sizeof *tree);
    if (tree == NULL)
        return NULL;
    tree->profile = *profile;
    if (sink != NULL)
        tree->sink = *sink;
    mm_arena_init(&tree->paths, PATHS_BYTES_MAX);
    return tree;
}

void import_tree_free(struct import_tree *tree)
{
    if (tree == NULL)
        return;
    for (size_t i = 0; i < DEPTH_MAX; i++)
        import_dir_free(tree->dirs[i]);
    mm_heap_free(tree->entries);
    mm_arena_fini(&tree->paths);
    mm_heap_free(tree);
}

/* Every segment is a name, and there are not too many. */
static bool is_path(mm_bytes path)
{
    size_t segments = 0;
    for (size_t at = 0;; at++) {
        const uint8_t *slash = at > path.len ? NULL : memchr(path.ptr + at, '/', path.len - at);
        const size_t end = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        if (!import_name_is_valid((mm_bytes){ path.ptr + at, end - at }) ||
            ++segments > IMPORT_PATH_SEGMENTS_MAX)
            return false;
        if (slash == NULL)
            return true;
        at = end;
    }
}

static mm_err add(struct import_tree *tree, mm_bytes path, bool is_dir,
                  const struct import_result *result)
{
    if (path.len == 0 || !is_path(path))
        return MM_ERR_INVALID;
    if (tree->count == tree->capacity) {
        if (tree->count == IMPORT_ENTRIES_MAX)
            return MM_ERR_LIMIT;
        struct entry *grown = mm_heap_grow(tree->entries, &tree->capacity, 16, sizeof *grown);
        if (grown == NULL)
            return MM_ERR_NO_MEMORY;
        tree->entries = grown;
    }
    struct entry *entry = &tree->entries[tree->count];
    *entry = (struct entry){ .is_dir = is_dir };
    if (result != NULL)
        entry->result = *result;
    MM_TRY(mm_arena_copy(&tree->paths, &entry->path, path));
    tree->count++;
    return MM_OK;
}

mm_err import_tree_add(struct import_tree *tree, mm_bytes path, const struct import_result *entry)
{
    return add(tree, path, false, entry);
}

mm_err import_tree_add_dir(struct import_tree *tree, mm_bytes path)
{
    return add(tree, path, true, NULL);
}

/* Slash before every other byte, so that what is in a directory stands together behind it. No name has a
 * zero byte. */
static int by_path(const void *a, const void *b)
{
    const mm_bytes x = ((const struct entry *)a)->path;
    const mm_bytes y = ((const struct entry *)b)->path;
    const size_t shared = x.len < y.len ? x.len : y.len;
    for (size_t i = 0; i < shared; i++) {
        const int p = x.ptr[i] == '/' ? 0 : x.ptr[i];
        const int q = y.ptr[i] == '/' ? 0 : y.ptr[i];
        if (p != q)
            return p - q;
    }
    return x.len < y.len ? -1 : x.len > y.len;
}

/* Whether `path` lies in the directory, or is it. */
static bool is_inside(mm_bytes directory, mm_bytes path)
{
    if (directory.len == 0)
        return true;
    if (path.len < directory.len || memcmp(path.ptr, directory.ptr, directory.len) != 0)
        return false;
    return path.len == directory.len || path.ptr[directory.len] == '/';
}

static mm_err open_dir(struct import_tree *tree, mm_bytes path)
{
    MM_ASSERT(tree->depth < DEPTH_MAX);
    struct import_dir **dir = &tree->dirs[tree->depth];
    if (*dir == NULL)
        *dir = import_dir_new(&tree->profile, tree->sink.put == NULL ? NULL : &tree->sink);
    if (*dir == NULL)
        return MM_ERR_NO_MEMORY;
    tree->open[tree->depth++] = path;
    return MM_OK;
}

static mm_bytes last_segment(mm_bytes path)
{
    const uint8_t *slash = memrchr(path.ptr, '/', path.len);
    const size_t start = slash == NULL ? 0 : (size_t)(slash - path.ptr) + 1;
    return (mm_bytes){ path.ptr + start, path.len - start };
}

/* Finishes the deepest open directory and makes it an entry of the one above. */
static mm_err close_dir(struct import_tree *tree, struct import_result *result,
                        const struct import_listener *listener)
{
    MM_ASSERT(tree->depth > 0);
    const size_t at = --tree->depth;
    MM_TRY(import_dir_finish(tree->dirs[at], result));
    if (listener != NULL)
        listener->directory(listener->context, tree->open[at], result);
    return at == 0 ? MM_OK
                   : import_dir_add(tree->dirs[at - 1], last_segment(tree->open[at]), result);
}

/* Closes and opens directories until the one at `path` is the deepest open. */
static mm_err enter(struct import_tree *tree, mm_bytes path, const struct import_listener *listener)
{
    struct import_result closed;
    while (!is_inside(tree->open[tree->depth - 1], path))
        MM_TRY(close_dir(tree, &closed, listener));
    while (tree->open[tree->depth - 1].len < path.len) {
        const size_t above = tree->open[tree->depth - 1].len;
        const size_t start = above == 0 ? 0 : above + 1;
        const uint8_t *slash = memchr(path.ptr + start, '/', path.len - start);
        const size_t end = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        MM_TRY(open_dir(tree, (mm_bytes){ path.ptr, end }));
    }
    return MM_OK;
}

static mm_err place(struct import_tree *tree, size_t index, const struct import_listener *listener)
{
    const struct entry *entry = &tree->entries[index];
    if (index > 0 && mm_bytes_equal(entry->path, tree->entries[index - 1].path)) {
        const bool both_dirs = entry->is_dir && tree->entries[index - 1].is_dir;
        return both_dirs ? MM_OK : MM_ERR_EXISTS;
    }
    if (entry->is_dir)
        return enter(tree, entry->path, listener);
    const mm_bytes name = last_segment(entry->path);
    const size_t above = name.len == entry->path.len ? 0 : entry->path.len - name.len - 1;
    MM_TRY(enter(tree, (mm_bytes){ entry->path.ptr, above }, listener));
    return import_dir_add(tree->dirs[tree->depth - 1], name, &entry->result);
}

static mm_err build(struct import_tree *tree, struct import_result *root,
                    const struct import_listener *listener)
{
    if (tree->count > 1)
        qsort(tree->entries, tree->count, sizeof *tree->entries, by_path);
    tree->depth = 0;
    MM_TRY(open_dir(tree, (mm_bytes){ NULL, 0 }));
    for (size_t i = 0; i < tree->count; i++)
        MM_TRY(place(tree, i, listener));
    while (tree->depth > 0)
        MM_TRY(close_dir(tree, root, listener));
    return MM_OK;
}

mm_err import_tree_finish(struct import_tree *tree, struct import_result *root,
                          const struct import_listener *listener)
{
    const mm_err err = build(tree, root, listener);
    if (err != MM_OK)
        *root = (struct import_result){ .dag_blocks = 0 };
    for (size_t i = 0; i < DEPTH_MAX; i++)
        if (tree->dirs[i] != NULL)
            import_dir_reset(tree->dirs[i]);
    tree->count = 0;
    tree->depth = 0;
    mm_arena_reset(&tree->paths);
    return err;
}
