/* CAR files of the command line: written from a node's blocks, sent to a node.
 *
 *     node, gateway --block by block, hashed (fetch.h)--> walk --> file         car export, fetch
 *     file --/api/v0/dag/import--> node, which hashes again and pins            car import, fetch
 *
 * A file that is written is whole: the walk ends at the first block that is missing or wrong, and so does the command.
 * Memory: that of a walk. */
#ifndef NODE_CLI_CAR_FILE_H
#define NODE_CLI_CAR_FILE_H

#include "node/cli/fetch.h"

struct car_file_totals {
    uint64_t blocks;
    uint64_t bytes; /* of them */
};

/* Everything below the roots, to a stream. `what` names it when it fails, which is printed. */
MM_MUST_USE int car_file_write(struct fetch *fetch, struct car_file_totals *totals, FILE *out,
                               const struct cid *roots, size_t count, const char *what);
/* Only what came from the gateway; the root is in the header all the same. The walk goes over all of it. */
MM_MUST_USE int car_file_write_lacking(struct fetch *fetch, struct car_file_totals *totals,
                                       FILE *out, const struct cid *root, const char *what);

/* What a node said of a root that it took in. */
struct car_file_root {
    struct cid cid;
    mm_bytes lacks; /* empty: it is whole and pinned; else the node's words; in the run's arena */
};
/* Sends a file to the node. Out: the roots in the run's arena, and what the file had. */
MM_MUST_USE int car_file_send(struct remote *remote, struct car_file_root **roots, size_t *count,
                              struct car_file_totals *totals, const char *path);

#endif
