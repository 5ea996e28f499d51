/* Trees, archives and references over a handful of hostile blocks that link to each other (linked_blocks.h).
 *
 * Properties: every path begins with the root's name, each of its names is one that a directory may have, and none comes twice, but for
 * files whose names may climb in an archive; a symlink comes only with a target that does not climb out; an archive that comes to its end is whole blocks and begins with the root; references
 * come to an end, told once when that is asked for; what is canonical is of its codec. */
#include <stdlib.h>

#include "linked_blocks.h"
#include "p2p/content/canonical.h"
#include "p2p/content/import.h"
#include "p2p/content/links.h"
#include "p2p/content/refs.h"
#include "p2p/content/tar.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 600, PATHS_BYTES = 1 << 22 };

/* Paths one behind the other, each after its length. */
static bool is_known(const struct mm_buf *paths, mm_bytes path)
{
    for (size_t at = 0; at < paths->len;) {
        size_t len;
        memcpy(&len, paths->ptr + at, sizeof len);
        if (mm_bytes_equal(mm_bytes_from(paths->ptr + at + sizeof len, len), path))
            return true;
        at += sizeof len + len;
    }
    return false;
}

static void check_path(mm_bytes path)
{
    MM_ASSERT(path.len >= 4 && memcmp(path.ptr, "root", 4) == 0);
    while (path.len > 0) {
        const uint8_t *slash = memchr(path.ptr, '/', path.len);
        const size_t len = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        MM_ASSERT(import_name_is_valid(mm_bytes_from(path.ptr, len)));
        path =
            slash == NULL ? mm_bytes_from(NULL, 0) : mm_bytes_from(slash + 1, path.len - len - 1);
    }
}

/* Walked from the link's directory, one never stands above the root. */
static void check_target(mm_bytes path, mm_bytes target)
{
    int depth = -1;
    for (size_t i = 0; i < path.len; i++)
        depth += path.ptr[i] == '/';
    MM_ASSERT(target.len > 0 && target.ptr[0] != '/');
    for (size_t at = 0; at <= target.len;) {
        const uint8_t *slash =
            at == target.len ? NULL : memchr(target.ptr + at, '/', target.len - at);
        const size_t len = slash == NULL ? target.len - at : (size_t)(slash - target.ptr) - at;
        const mm_bytes segment = mm_bytes_from(target.ptr + at, len);
        if (mm_bytes_equal(segment, MM_BYTES_LIT("..")))
            MM_ASSERT(--depth >= 0);
        at += len + 1;
    }
}

static void check_tree(const struct block_source *source, const struct cid *root, bool climbs)
{
    struct content_tree *tree = content_tree_new(source);
    struct tree_entry entry;
    struct mm_buf paths;
    enum tree_verdict verdict = TREE_OK;
    mm_buf_init(&paths, PATHS_BYTES);
    content_tree_begin(tree, root, MM_BYTES_LIT("root"));
    if (climbs)
        content_tree_climb(tree);
    for (size_t i = 0; i < STEPS && (verdict = content_tree_next(tree, &entry)) == TREE_OK; i++) {
        check_path(entry.path);
        MM_ASSERT(climbs ? entry.path.len == 4 || entry.path.ptr[4] == '/'
                         : !is_known(&paths, entry.path));
        if (entry.kind == CONTENT_SYMLINK)
            check_target(entry.path, entry.target);
        mm_buf_add(&paths, mm_bytes_from(&entry.path.len, sizeof entry.path.len));
        mm_buf_add(&paths, entry.path);
        MM_ASSERT(mm_buf_err(&paths) == MM_OK);
    }
    MM_ASSERT(verdict != TREE_UNREADABLE || content_tree_read(tree) != READ_FAILED);
    mm_buf_fini(&paths);
    content_tree_free(tree);
}

static void check_tar(const struct block_source *source, const struct cid *root)
{
    struct content_tar *tar = content_tar_new(source);
    mm_bytes piece;
    uint64_t bytes = 0;
    enum tree_verdict verdict = TREE_OK;
    content_tar_begin(tar, root, MM_BYTES_LIT("root"));
    for (size_t i = 0; i < STEPS && (verdict = content_tar_next(tar, &piece)) == TREE_OK; i++) {
        MM_ASSERT(piece.len > 0 && (i > 0 || memcmp(piece.ptr, "root", 4) == 0));
        bytes += piece.len;
    }
    MM_ASSERT(verdict != TREE_END || (bytes % TAR_BLOCK_BYTES == 0 && bytes >= 1024));
    content_tar_free(tar);
}

static void check_refs(const struct block_source *source, const struct cid *root, bool unique)
{
    struct content_refs *refs =
        content_refs_new(source, &(struct refs_options){ .unique = unique });
    struct ref ref;
    bool told[LINKED_BLOCKS_MAX] = { false };
    enum read_verdict verdict = READ_OK;
    size_t steps = 0;
    content_refs_begin(refs, root);
    while (steps++ < STEPS && (verdict = content_refs_next(refs, &ref)) != READ_END) {
        MM_ASSERT(verdict != READ_FAILED);
        if (!unique || verdict != READ_OK || ref.target.hash.code != MULTIHASH_SHA2_256 ||
            ref.target.hash.digest[0] >= LINKED_BLOCKS_MAX)
            continue;
        struct multihash plain = { .code = MULTIHASH_SHA2_256, .len = 32 };
        plain.digest[0] = ref.target.hash.digest[0];
        if (!multihash_equal(&plain, &ref.target.hash))
            continue; /* another name of the same block */
        MM_ASSERT(!told[plain.digest[0]]);
        told[plain.digest[0]] = true;
    }
    content_refs_free(refs);
}

static bool hear_nothing(void *context, const struct cid *cid)
{
    (void)context;
    (void)cid;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct linked_blocks blocks;
    linked_blocks_parse(&blocks, mm_bytes_from(data, size));
    if (blocks.count == 0)
        return 0;
    const struct block_source source = linked_blocks_source(&blocks);
    const struct cid root = linked_blocks_root(&blocks);
    check_tree(&source, &root, false);
    check_tree(&source, &root, true);
    check_tar(&source, &root);
    check_refs(&source, &root, false);
    check_refs(&source, &root, true);
    const struct links_listener listener = { NULL, hear_nothing };
    if (content_canonical(root.codec, blocks.blocks[0]) == CANONICAL_OK)
        MM_ASSERT(content_links(&root, blocks.blocks[0], &listener) == LINKS_OK);
    return 0;
}
