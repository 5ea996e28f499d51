/* Uploads to a node's /api/v0, and those to add with the answer compared to what was computed here.
 *
 * The answer is a JSON object a line: {"Name","Hash","Size"} for each file and folder, folders after what is in them. Lines with
 * "Bytes" are kubo's progress and passed over. */
#ifndef NODE_CLI_UPLOAD_H
#define NODE_CLI_UPLOAD_H

#include "node/cli/remote.h"
#include "p2p/content/cid.h"
#include "rpc/client/multipart.h"

struct upload {
    const struct multipart *body;
    const char *query; /* behind /api/v0/add? */
    const char *label; /* for the progress bar; NULL: none */
};

/* Sends a body to a command, "/api/v0/dag/import?stats=true". Out: *answer, empty on failure, which is printed; its maximum is the
 * limit of what may come. label: for the progress bar; NULL: none. */
MM_MUST_USE int upload_send(struct remote *remote, struct mm_buf *answer, const char *target,
                            const struct multipart *body, const char *label);
/* *root: the CID of the last line, which holds all others. */
MM_MUST_USE int upload(struct remote *remote, struct cid *root, const struct upload *what);

/* Uploads one file, wrapped in a directory, under the default profile; fails unless the directory has this CID. */
struct upload_file {
    const char *name;
    const char *path; /* or, when NULL, */
    mm_bytes bytes;
    uint64_t len;
    struct cid expected;
};
MM_MUST_USE int upload_wrapped(struct remote *remote, const struct upload_file *file);

#endif
