#include "p2p/content/tree.h"

#include <stdlib.h>

#include "p2p/content/hamt.h"
#include "p2p/content/import.h"
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"

/* Directories that wait, one behind the other, the last one next:
 *   path | CID | length of the path 4, of the CID 1, depth 1 */
enum { FOOT_BYTES = 6, NAMES_FIRST = 64 };

struct content_tree {
    struct content_reader *listing; /* owned: the directory at work */
    struct content_reader *looking; /* owned: what an entry is */
    struct mm_buf waiting;
    struct mm_buf path;    /* of the directory at work, then of the entry */
    struct mm_buf climbed; /* of an entry whose name climbs */
    struct mm_buf target;  /* of a symlink */
    size_t dir_len;        /* of the directory's path within path */
    unsigned depth;        /* directories from the root to the one at work, both counted */
    bool climbs;
    bool is_begun;
    bool is_listing;
    struct cid root;
    struct cid dir;
    uint64_t entries;
    uint64_t *names; /* owned: hashes of the names of a directory in one block */
    size_t names_capacity;
    enum tree_verdict ended; /* TREE_OK: not yet */
    enum read_verdict read;
    struct cid at;
    mm_err err;
};

struct content_tree *content_tree_new(const struct block_source *source)
{
    struct content_tree *tree = mm_heap_zeroed(1, sizeof *tree);
    if (tree == NULL)
        return NULL;
    mm_buf_init(&tree->waiting, TREE_WAITING_BYTES_MAX);
    mm_buf_init(&tree->path, TREE_PATH_BYTES_MAX);
    mm_buf_init(&tree->climbed, TREE_PATH_BYTES_MAX);
    mm_buf_init(&tree->target, TREE_TARGET_BYTES_MAX);
    tree->ended = TREE_END;
    tree->listing = content_reader_new(source);
    tree->looking = content_reader_new(source);
    if (tree->listing == NULL || tree->looking == NULL) {
        content_tree_free(tree);
        return NULL;
    }
    return tree;
}

void content_tree_free(struct content_tree *tree)
{
    if (tree == NULL)
        return;
    content_reader_free(tree->listing);
    content_reader_free(tree->looking);
    mm_buf_fini(&tree->waiting);
    mm_buf_fini(&tree->path);
    mm_buf_fini(&tree->climbed);
    mm_buf_fini(&tree->target);
    mm_heap_free(tree->names);
    mm_heap_free(tree);
}

enum read_verdict content_tree_read(const struct content_tree *tree)
{
    return tree->read;
}

const struct cid *content_tree_at(const struct content_tree *tree)
{
    return &tree->at;
}

mm_err content_tree_err(const struct content_tree *tree)
{
    return tree->err;
}

void content_tree_begin(struct content_tree *tree, const struct cid *root, mm_bytes name)
{
    MM_ASSERT(import_name_is_valid(name));
    tree->root = *root;
    tree->at = *root;
    mm_buf_reset(&tree->waiting);
    mm_buf_reset(&tree->path);
    mm_buf_add(&tree->path, name);
    tree->dir_len = 0;
    tree->depth = 0;
    tree->climbs = false;
    tree->is_begun = true;
    tree->is_listing = false;
    tree->entries = 0;
    tree->ended = TREE_OK;
    tree->read = READ_OK;
    tree->err = MM_OK;
}

void content_tree_climb(struct content_tree *tree)
{
    tree->climbs = true;
}

static enum tree_verdict end(struct content_tree *tree, enum tree_verdict verdict)
{
    tree->ended = verdict;
    return verdict;
}

static enum tree_verdict end_unreadable(struct content_tree *tree,
                                        const struct content_reader *reader,
                                        enum read_verdict verdict)
{
    tree->read = verdict;
    tree->at = *content_reader_at(reader);
    tree->err = content_reader_err(reader);
    return end(tree, TREE_UNREADABLE);
}

static enum tree_verdict end_failed(struct content_tree *tree, enum read_verdict verdict,
                                    mm_err err)
{
    tree->read = verdict;
    tree->err = err;
    return end(tree, TREE_UNREADABLE);
}

/* A buffer that took no more: at its limit, or without memory. */
static enum tree_verdict end_full(struct content_tree *tree, enum read_verdict at_limit, mm_err err)
{
    return err == MM_ERR_LIMIT ? end_failed(tree, at_limit, MM_OK)
                               : end_failed(tree, READ_FAILED, err);
}

/* ---- symlinks ---- */

/* Whether a target stays below the root. `above`: directories between the link and outside. Every directory that is made of a tree is a
 * real one, so dots at the front climb what they seem to climb; behind a name, which may be a symlink itself, they need not. */
static bool stays_inside(mm_bytes target, unsigned above)
{
    if (target.len == 0 || target.ptr[0] == '/' || memchr(target.ptr, 0, target.len) != NULL)
        return false;
    bool has_descended = false;
    while (target.len > 0) {
        const uint8_t *slash = memchr(target.ptr, '/', target.len);
        const size_t len = slash == NULL ? target.len : (size_t)(slash - target.ptr);
        const mm_bytes segment = mm_bytes_from(target.ptr, len);
        if (mm_bytes_equal(segment, MM_BYTES_LIT(".."))) {
            if (has_descended || above <= 1) /* the root itself is not left */
                return false;
            above--;
        } else if (len > 0 && !mm_bytes_equal(segment, MM_BYTES_LIT("."))) {
            has_descended = true;
        }
        target =
            slash == NULL ? mm_bytes_from(NULL, 0) : mm_bytes_from(slash + 1, target.len - len - 1);
    }
    return true;
}

/* ---- entries ---- */

static mm_err put_waiting(struct content_tree *tree, const struct cid *cid, unsigned depth)
{
    uint8_t bytes[CID_BYTES_MAX];
    uint8_t foot[FOOT_BYTES];
    const mm_bytes path = mm_buf_bytes(&tree->path);
    const size_t cid_len = cid_encode(bytes, cid);
    mm_put_be32(foot, (uint32_t)path.len);
    foot[4] = (uint8_t)cid_len;
    foot[5] = (uint8_t)depth;
    mm_buf_add(&tree->waiting, path);
    mm_buf_add(&tree->waiting, mm_bytes_from(bytes, cid_len));
    mm_buf_add(&tree->waiting, MM_BYTES_OF(foot));
    return mm_buf_err(&tree->waiting);
}

/* The last directory that waits becomes the one at work. False: there is none. */
static bool take_waiting(struct content_tree *tree)
{
    const mm_bytes waiting = mm_buf_bytes(&tree->waiting);
    if (waiting.len == 0)
        return false;
    const uint8_t *foot = waiting.ptr + waiting.len - FOOT_BYTES;
    const size_t path_len = mm_get_be32(foot);
    const size_t cid_len = foot[4];
    const size_t start = waiting.len - FOOT_BYTES - cid_len - path_len;
    const enum cid_verdict verdict =
        cid_decode(&tree->dir, mm_bytes_from(waiting.ptr + start + path_len, cid_len));
    MM_ASSERT(verdict == CID_OK || verdict == CID_UNSUPPORTED); /* put_waiting wrote it */
    tree->depth = foot[5];
    mm_buf_reset(&tree->path);
    mm_buf_add(&tree->path, mm_bytes_from(waiting.ptr + start, path_len));
    tree->dir_len = path_len;
    mm_buf_cut(&tree->waiting, start);
    return true;
}

/* tree->path is the entry's. */
static enum tree_verdict look(struct content_tree *tree, struct tree_entry *entry,
                              const struct cid *cid)
{
    struct content_node node;
    mm_err err = mm_buf_err(&tree->path);
    if (err != MM_OK)
        return end_full(tree, READ_TOO_DEEP, err);
    if (tree->entries++ == TREE_ENTRIES_MAX)
        return end_failed(tree, READ_TOO_LARGE, MM_OK);
    enum read_verdict verdict = content_stat(tree->looking, &node, cid);
    if (verdict != READ_OK)
        return end_unreadable(tree, tree->looking, verdict);
    struct tree_entry found = { .cid = node.cid, .kind = node.kind };
    switch (node.kind) {
    case CONTENT_FILE:
        found.bytes = node.bytes;
        break;
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        if (tree->depth + 1 > READ_DEPTH_MAX)
            return end_failed(tree, READ_TOO_DEEP, MM_OK);
        err = put_waiting(tree, &node.cid, tree->depth + 1);
        if (err != MM_OK)
            return end_full(tree, READ_TOO_LARGE, err);
        break;
    case CONTENT_SYMLINK:
        mm_buf_reset(&tree->target);
        verdict = content_symlink_read(tree->looking, &tree->target, &node.cid);
        if (verdict == READ_FAILED && content_reader_err(tree->looking) == MM_ERR_LIMIT)
            return end(tree, TREE_BAD_NAME);
        if (verdict != READ_OK)
            return end_unreadable(tree, tree->looking, verdict);
        found.target = mm_buf_bytes(&tree->target);
        if (!stays_inside(found.target, tree->depth))
            return end(tree, TREE_BAD_NAME);
        break;
    case CONTENT_OTHER:
        tree->at = node.cid;
        return end(tree, TREE_OTHER);
    }
    found.path = mm_buf_bytes(&tree->path);
    *entry = found;
    return TREE_OK;
}

/* ---- names ---- */

/* What an entry of the directory at work is called, and how many directories above it. False: no name is like that here. */
static bool read_name(const struct content_tree *tree, mm_bytes *name, unsigned *up,
                      mm_bytes listed)
{
    const mm_bytes dots = MM_BYTES_LIT("../");
    *up = 0;
    while (tree->climbs && listed.len > dots.len && memcmp(listed.ptr, dots.ptr, dots.len) == 0) {
        listed = mm_bytes_from(listed.ptr + dots.len, listed.len - dots.len);
        ++*up;
    }
    *name = listed;
    return import_name_is_valid(listed) && (*up == 0 || *up < tree->depth);
}

/* The entry's path where its name climbed to. */
static enum tree_verdict climb(struct content_tree *tree, struct tree_entry *entry, unsigned up,
                               mm_bytes name)
{
    size_t len = tree->dir_len;
    const bool is_file = entry->kind == CONTENT_FILE;
    for (; up > 0; up--)
        do
            len--;
        while (tree->path.ptr[len] != '/');
    mm_buf_reset(&tree->climbed);
    mm_buf_add(&tree->climbed, mm_bytes_from(tree->path.ptr, len + 1));
    mm_buf_add(&tree->climbed, name);
    entry->path = mm_buf_bytes(&tree->climbed);
    const mm_err err = mm_buf_err(&tree->climbed);
    if (is_file && err == MM_OK)
        return TREE_OK;
    *entry = (struct tree_entry){ .kind = CONTENT_OTHER };
    return is_file ? end_full(tree, READ_TOO_DEEP, err) : end(tree, TREE_BAD_NAME);
}

/* ---- directories ---- */

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Looks at all names of a directory in one block before any is given: whoever makes files of them must not find that one of them is
 * a symlink and a directory. Two names of one hash count as the same: nobody has two such names by accident. A HAMT cannot have a name
 * twice (reader.h). */
static enum tree_verdict check_names(struct content_tree *tree)
{
    struct content_entry entry;
    size_t count = 0;
    enum read_verdict verdict;
    while ((verdict = content_dir_next(tree->listing, &entry)) == READ_OK) {
        mm_bytes name;
        unsigned up;
        if (!read_name(tree, &name, &up, entry.name))
            return end(tree, TREE_BAD_NAME);
        if (count == tree->names_capacity) {
            uint64_t *names =
                mm_heap_grow(tree->names, &tree->names_capacity, NAMES_FIRST, sizeof *names);
            if (names == NULL)
                return end_failed(tree, READ_FAILED, MM_ERR_NO_MEMORY);
            tree->names = names;
        }
        tree->names[count++] = hamt_hash(entry.name);
    }
    if (verdict != READ_END)
        return end_unreadable(tree, tree->listing, verdict);
    if (count > 1)
        qsort(tree->names, count, sizeof *tree->names, compare_hashes);
    for (size_t i = 1; i < count; i++) {
        if (tree->names[i] == tree->names[i - 1])
            return end(tree, TREE_BAD_NAME);
    }
    return TREE_OK;
}

static enum tree_verdict open_directory(struct content_tree *tree)
{
    struct content_node node;
    enum read_verdict verdict = content_stat(tree->looking, &node, &tree->dir);
    if (verdict != READ_OK)
        return end_unreadable(tree, tree->looking, verdict);
    verdict = content_dir_open(tree->listing, &tree->dir);
    if (verdict == READ_OK && node.kind == CONTENT_DIRECTORY) {
        const enum tree_verdict names = check_names(tree);
        if (names != TREE_OK)
            return names;
        verdict = content_dir_open(tree->listing, &tree->dir);
    }
    tree->is_listing = verdict == READ_OK;
    return verdict == READ_OK ? TREE_OK : end_unreadable(tree, tree->listing, verdict);
}

static enum tree_verdict enter(struct content_tree *tree, struct tree_entry *entry,
                               const struct content_entry *listed)
{
    mm_bytes name;
    unsigned up;
    if (!read_name(tree, &name, &up, listed->name))
        return end(tree, TREE_BAD_NAME);
    mm_buf_cut(&tree->path, tree->dir_len);
    mm_buf_add_byte(&tree->path, '/');
    mm_buf_add(&tree->path, name);
    const struct cid cid = listed->cid;
    const enum tree_verdict verdict = look(tree, entry, &cid);
    return verdict == TREE_OK && up > 0 ? climb(tree, entry, up, name) : verdict;
}

enum tree_verdict content_tree_next(struct content_tree *tree, struct tree_entry *entry)
{
    *entry = (struct tree_entry){ .kind = CONTENT_OTHER };
    if (tree->ended != TREE_OK)
        return tree->ended;
    if (tree->is_begun) {
        tree->is_begun = false;
        return look(tree, entry, &tree->root);
    }
    for (;;) {
        if (tree->is_listing) {
            struct content_entry listed;
            const enum read_verdict verdict = content_dir_next(tree->listing, &listed);
            if (verdict == READ_OK)
                return enter(tree, entry, &listed);
            if (verdict != READ_END)
                return end_unreadable(tree, tree->listing, verdict);
            tree->is_listing = false;
        }
        if (!take_waiting(tree))
            return end(tree, TREE_END);
        const enum tree_verdict verdict = open_directory(tree);
        if (verdict != TREE_OK)
            return verdict;
    }
}
