/* Tree: what is below a file or folder, one entry after the other, with its path. What an archive or a copy on a disk is made of.
 *
 *     root "cats"      cats                  directory       a directory comes before what is in it
 *       |- a.png       cats/a.png            file            files and directories of a directory in the order of its blocks,
 *       |- b           cats/b                directory       what is in its directories after all of them: so only names of
 *       |   `- c.txt   cats/b/c.txt          file            directories that still wait are in memory, and never a stack of listings
 *
 * Whoever makes files of these paths stays below the root: a name that no directory may have (import_name_is_valid: "..", a slash, a zero
 * byte, nothing) and a name that is there twice in one directory are refused (TREE_BAD_NAME), and so is a symlink whose target could
 * lie outside: an absolute one, or one that climbs more directories than stand between it and the root, or climbs after it descended.
 * An archive may have a name more: "../x", as long as that is a file and no place outside (content_tree_climb). It can be one that is
 * there already, and then it is the file that is unpacked last; a directory or a symlink of that kind stays refused, since what was
 * found safe of its neighbours would not hold any more.
 * Nothing of a directory is given before all of its names were looked at. A DAG that links the same folder again and again is as long
 * as it is unfolded, up to TREE_ENTRIES_MAX.
 *
 * Memory: a reader, and TREE_WAITING_BYTES_MAX for directories that wait. Threads: a tree belongs to one. No recursion. */
#ifndef P2P_CONTENT_TREE_H
#define P2P_CONTENT_TREE_H

#include "p2p/content/reader.h"

enum {
    TREE_WAITING_BYTES_MAX = 16 << 20, /* 200 000 directories side by side, or so */
    TREE_ENTRIES_MAX = 4 << 20,        /* four folders of a million entries */
    TREE_PATH_BYTES_MAX = (READ_DEPTH_MAX + 2) * 256,
    TREE_TARGET_BYTES_MAX = 4096, /* of a symlink; what systems take */
};

enum tree_verdict {
    TREE_OK = 0,
    TREE_END,
    TREE_BAD_NAME, /* an entry's name, or a symlink's target, that would leave the root, or a name twice */
    TREE_OTHER,      /* a block of another codec than files are made of */
    TREE_UNREADABLE, /* content_tree_read says why */
};

struct tree_entry {
    mm_bytes path; /* borrowed until the next call */
    struct cid cid;
    enum content_kind kind;
    uint64_t bytes;  /* of a file */
    mm_bytes target; /* of a symlink; borrowed until the next call */
};

struct content_tree;

/* source is copied. NULL when there is no memory. */
struct content_tree *content_tree_new(const struct block_source *source);
void content_tree_free(struct content_tree *tree);

/* Begins at a root, which is to be called `name`: a valid name. Reads nothing yet. */
void content_tree_begin(struct content_tree *tree, const struct cid *root, mm_bytes name);
/* After content_tree_begin: a file's name may climb from its directory to others below the root. */
void content_tree_climb(struct content_tree *tree);
/* After anything but TREE_OK it stays at that. */
MM_MUST_USE enum tree_verdict content_tree_next(struct content_tree *tree,
                                                struct tree_entry *entry);
/* What TREE_UNREADABLE stands for, the block it is about, and what READ_FAILED stands for. */
enum read_verdict content_tree_read(const struct content_tree *tree);
const struct cid *content_tree_at(const struct content_tree *tree);
mm_err content_tree_err(const struct content_tree *tree);

#endif
