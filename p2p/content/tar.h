/* Tar: a file or folder as a tar archive, piece by piece. What /api/v0/get answers with.
 *
 *     header 512 | content, padded to 512 | header | … | two blocks of zeros        POSIX.1-2001 ("pax"), which every tar reads
 *
 * Entries are those of a tree (tree.h) whose names may climb, with its paths and its refusals: nothing in an archive leaves its root. Modes are 0755 and 0644,
 * owners and times zero, so that the same content is the same archive. A path or target above 100 bytes, or a file of 8 GiB, has
 * a pax header in front.
 * Memory: that of a tree and a reader. Threads: an archive belongs to one. Source: POSIX.1-2001, pax, "ustar Interchange Format". */
#ifndef P2P_CONTENT_TAR_H
#define P2P_CONTENT_TAR_H

#include "p2p/content/tree.h"

enum { TAR_BLOCK_BYTES = 512 };

struct content_tar;

/* source is copied. NULL when there is no memory. */
struct content_tar *content_tar_new(const struct block_source *source);
void content_tar_free(struct content_tar *tar);
/* As content_tree_begin. */
void content_tar_begin(struct content_tar *tar, const struct cid *root, mm_bytes name);
/* TREE_OK: the next bytes, never none, borrowed until the next call. TREE_END: the archive is whole. Anything else: why it cannot be; it
 * stays at that. */
MM_MUST_USE enum tree_verdict content_tar_next(struct content_tar *tar, mm_bytes *piece);
/* What TREE_UNREADABLE stands for, as for a tree. */
enum read_verdict content_tar_read(const struct content_tar *tar);
const struct cid *content_tar_at(const struct content_tar *tar);
mm_err content_tar_err(const struct content_tar *tar);

#endif
