/* Files and folders on their way into a DAG: hashed here as the node will hash them, and gathered for its upload.
 *
 *     path  ──► walk (fts) ──► import_file  a file's blocks ──► import_tree  folders around them ──► CID
 *                  └─────────► multipart    the same files, by their paths, in the same order
 *
 * Names are paths from the folder that was named, with its own name in front; a folder's entries come in the order of their
 * names. Says what is wrong itself. Memory: a piece of a file; of the upload names alone, but for standard input. */
#ifndef NODE_CLI_ADDING_H
#define NODE_CLI_ADDING_H

#include <sys/stat.h>

#include "node/cli/upload.h"
#include "p2p/content/import.h"

enum { ADDING_ENTRIES_MAX = 20000, ADDING_PIECE_BYTES = 1 << 20 };

struct adding {
    struct cli_run *run;
    const struct content_profile *profile;
    struct import_file *file;
    struct import_tree *tree;
    struct multipart body;
    bool has_body;             /* not with --only-hash */
    uint8_t *piece;            /* ADDING_PIECE_BYTES */
    struct import_result last; /* the file that was hashed last */
    size_t files;
    uint64_t bytes;
    uint64_t bytes_max;
};

/* path: absolute, with no slash at the end; info is of it. Out: the CID of what was named, or with --wrap of the directory around it. */
MM_MUST_USE int adding_hash(struct adding *adding, struct import_result *out, char *path,
                            const struct stat *info);
/* Standard input, which is kept for the upload as it is hashed: what comes cannot be read twice. Into adding->last, and into the
 * tree where it has a name. */
MM_MUST_USE int adding_hash_stdin(struct adding *adding, struct mm_buf *kept, mm_bytes name);

#endif
