/* Import: file bytes and names into blocks, the same blocks that any IPFS importer makes with the same settings.
 *
 *   file      bytes are cut into chunks of one size; each chunk is a leaf block. Leaves are gathered under
 *             parents of at most links_max links, parents under parents, until one is left: the root. All
 *             leaves are at one depth ("balanced"):
 *
 *                              root                      links_max = 2, five chunks. A level that is full gives one
 *                          ____/  \____                  link to the level above, so only one unfinished parent a
 *                         p            p                 level is in memory: the links of a few blocks, whatever
 *                       /   \          |                 the size of the file.
 *                      p     p         p
 *                     / \   / \        |
 *                    0   1 2   3       4                 One chunk: the leaf itself is the root.
 *
 *   directory names and CIDs, sorted by the bytes of the names, in one block; above the profile's threshold,
 *             as a HAMT (hamt.h).
 *   tree      entries with paths, in any order, into nested directories.
 *
 * A profile is everything that decides the CID. Named ones:
 *
 *     name               CID  chunk    leaves  links  HAMT when                            who uses it
 *     unixfs-v1-2025      1   1 MiB    raw     1024   serialised block > 262144            IPIP-499; the node's default
 *     unixfs-v0-2015      0   256 KiB  dag-pb   174   sum of names and CIDs > 262144       kubo `add` without options
 *     kubo-cidv1          1   256 KiB  raw      174   as above                             kubo `add --cid-version=1`
 *     kubo-cidv1-no-raw   1   256 KiB  dag-pb   174   as above                             … `--raw-leaves=false`
 *     kubo-cidv0-raw      0   256 KiB  raw      174   as above                             kubo `add --raw-leaves`
 *
 * Memory: a builder is reused from file to file (finish makes it ready for the next) and owns a chunk buffer
 * and the links of unfinished parents. Bytes handed over in pieces of a chunk or more are hashed where they
 * are, without a copy, when leaves are raw. A directory builder holds names and CIDs of its entries, at most
 * IMPORT_ENTRIES_MAX.
 * Threads: a builder belongs to one. Errors: what the sink answers; MM_ERR_CRYPTO, MM_ERR_NO_MEMORY;
 * MM_ERR_LIMIT; after one the builder must be reset.
 * Source: IPIP-499 "CID profiles"; UnixFS specification. */
#ifndef P2P_CONTENT_IMPORT_H
#define P2P_CONTENT_IMPORT_H

#include "p2p/content/block.h"

enum import_hamt_rule {
    IMPORT_HAMT_BY_LINKS, /* the sum of name and CID bytes over all entries */
    IMPORT_HAMT_BY_BLOCK, /* the bytes of the directory as one block */
};

struct content_profile {
    const char *name;    /* NULL for one that a caller put together */
    uint8_t cid_version; /* of dag-pb blocks; raw leaves are always v1 */
    bool raw_leaves;
    uint32_t chunk_bytes;
    uint32_t links_max; /* of a file's parent node */
    enum import_hamt_rule hamt_rule;
    uint32_t hamt_above_bytes;
};

enum {
    IMPORT_LINKS_MAX =
        8192, /* links_max at most: a parent of that many links is below half a block */
    IMPORT_NAME_BYTES_MAX = 255,   /* of a directory entry, as on file systems */
    IMPORT_ENTRIES_MAX = 1 << 20,  /* of one directory: about 150 MiB of names and CIDs */
    IMPORT_PATH_SEGMENTS_MAX = 63, /* of a path in a tree; the reader follows 64 levels */
};

/* unixfs-v1-2025. */
extern const struct content_profile *const CONTENT_PROFILE_DEFAULT;
/* NULL when no profile has this name. */
const struct content_profile *content_profile_find(mm_bytes name);
/* The named profiles in the order of the table above; NULL beyond the last. */
const struct content_profile *content_profile_at(size_t index);
/* Whether a profile that a caller put together is within limits: chunk 1 byte to 1 MiB, 2 to
 * IMPORT_LINKS_MAX links, CID 0 or 1. */
MM_MUST_USE bool content_profile_is_valid(const struct content_profile *profile);

/* What an import gave: enough to be an entry of a directory. */
struct import_result {
    struct cid cid;
    uint64_t content_bytes; /* of the file; of all files below a directory */
    uint64_t
        dag_bytes; /* of all blocks, each as often as it is linked: the Tsize of a link to it */
    uint64_t dag_blocks; /* likewise */
};

/* --- files --- */

struct import_file;

/* profile and sink are copied. sink NULL: only the CID is wanted. NULL when there is no memory. */
struct import_file *import_file_new(const struct content_profile *profile,
                                    const struct block_sink *sink);
void import_file_free(struct import_file *file);
/* The next bytes of the file. Borrowed for the call. */
MM_MUST_USE mm_err import_file_write(struct import_file *file, mm_bytes bytes);
/* The end of the file. Ready for the next one afterwards. */
MM_MUST_USE mm_err import_file_finish(struct import_file *file, struct import_result *result);
/* Forgets what was written since the last finish. */
void import_file_reset(struct import_file *file);

/* --- directories --- */

/* Whether a directory may hold an entry of this name: 1 to IMPORT_NAME_BYTES_MAX bytes, no slash, no zero
 * byte, not "." or "..". */
bool import_name_is_valid(mm_bytes name);

struct import_dir;

struct import_dir *import_dir_new(const struct content_profile *profile,
                                  const struct block_sink *sink);
void import_dir_free(struct import_dir *dir);
/* MM_ERR_INVALID: the name. Copies. Any order. */
MM_MUST_USE mm_err import_dir_add(struct import_dir *dir, mm_bytes name,
                                  const struct import_result *entry);
/* MM_ERR_EXISTS: a name twice. MM_ERR_INVALID: two names whose 64-bit hashes are equal, which no HAMT can hold.
 * Ready for the next directory afterwards. */
MM_MUST_USE mm_err import_dir_finish(struct import_dir *dir, struct import_result *result);
void import_dir_reset(struct import_dir *dir);

/* --- trees --- */

struct import_tree;

struct import_tree *import_tree_new(const struct content_profile *profile,
                                    const struct block_sink *sink);
void import_tree_free(struct import_tree *tree);
/* A file (or anything that has a CID) at a path of names with slashes between them. MM_ERR_INVALID: an
 * empty path or segment, a leading or trailing slash, a bad name, too many segments. Copies. Any order. */
MM_MUST_USE mm_err import_tree_add(struct import_tree *tree, mm_bytes path,
                                   const struct import_result *entry);
/* A directory that is there even if nothing is in it. */
MM_MUST_USE mm_err import_tree_add_dir(struct import_tree *tree, mm_bytes path);

/* Told of each directory as it is done, deepest first; the root has the empty path. `path` is borrowed for
 * the call. */
struct import_listener {
    void *context;
    void (*directory)(void *context, mm_bytes path, const struct import_result *directory);
};
/* MM_ERR_EXISTS: a path twice, or one that is a file and a directory. listener may be NULL. Empty afterwards. */
MM_MUST_USE mm_err import_tree_finish(struct import_tree *tree, struct import_result *root,
                                      const struct import_listener *listener);

#endif
