/* Content from a node, believed only after it was hashed. What the node does not have is asked of the gateway that --gateway names,
 * block by block: any gateway that gives raw blocks (a "trustless" one), whoever runs it.
 *
 *     by blocks   each block of the DAG is asked for by its CID and must hash to it; the reader (p2p/content/reader.h) walks from
 *                 root and path to the bytes. /api/v0/block/get, or the gateway's ?format=raw.
 *     by bytes    where a node gives no blocks: the whole file is read and imported again under each known profile, alone or as
 *                 the one entry of a directory, until the root's CID comes out. Proves what a mint stores, and any single file.
 *
 * Either way a sink sees only bytes that belong to the root. Memory: by blocks a few of them, by bytes the file. */
#ifndef NODE_CLI_FETCH_H
#define NODE_CLI_FETCH_H

#include "node/cli/remote.h"
#include "p2p/content/reader.h"

enum { FETCH_BYTES_MAX = 128 << 20 }; /* of a file that comes by bytes */

enum fetch_verdict {
    FETCH_OK = 0,
    FETCH_MISSING,   /* the node does not have it */
    FETCH_WRONG,     /* what came is not what the CID names */
    FETCH_NO_NAME,   /* a directory has no entry of this name */
    FETCH_FOLDER,    /* a directory, where a file was wanted */
    FETCH_MALFORMED, /* blocks that hash right and are no file */
    FETCH_UNPROVEN,  /* bytes came, no blocks, and no known way of importing gives the CID */
    FETCH_TOO_LARGE,
    FETCH_NO_DOOR, /* the node's content doors are closed */
    FETCH_FAILED,  /* the world, or the sink; the reason says what */
};
/* Never NULL. */
const char *fetch_verdict_text(enum fetch_verdict verdict);

struct fetch {
    struct remote *remote;
    struct client *api;     /* NULL: closed */
    struct client *gateway; /* NULL: closed */
    struct multihasher *hasher;
    struct content_reader *reader;
    bool api_has_no_blocks;
    bool gateway_has_no_blocks;
    bool gateway_is_asked; /* --gateway was given: for what the node lacks, too */
    bool is_from_gateway;  /* the block that came last */
    struct mm_reason reason;
};

/* Printed on failure. A node without content doors is no failure yet. */
MM_MUST_USE int fetch_open(struct fetch *fetch, struct remote *remote);
void fetch_close(struct fetch *fetch);

/* Opens the node of --rpc and its content, acts, and closes both. */
typedef int (*fetch_act_fn)(struct cli_run *run, struct fetch *fetch, void *ctx);
MM_MUST_USE int fetch_run(struct cli_run *run, fetch_act_fn act, void *ctx);

/* The blocks, hashed, for a walk, a tree or an export. */
struct block_source fetch_source(struct fetch *fetch);
/* Prints why a walk, tree or reader over fetch_source ended: `what`, the verdict, the block; CLI_UNVERIFIED when a block was not what
 * it is called, else CLI_FAILED. err: what READ_FAILED stands for. */
int fetch_failed(const struct fetch *fetch, const char *what, enum read_verdict verdict,
                 const struct cid *at, mm_err err);
/* Follows a path to a block; a root alone is not read. Printed on failure. */
MM_MUST_USE int fetch_resolve(struct fetch *fetch, struct cid *out, const char *argument);

struct fetch_sink {
    void *ctx;
    mm_err (*piece)(void *ctx, mm_bytes piece);
};
/* bytes_max bounds the file; fetch->reason says more. *bytes (may be NULL): how long it is. */
MM_MUST_USE enum fetch_verdict fetch_file(struct fetch *fetch, uint64_t *bytes,
                                          const struct cid *root, mm_bytes path, uint64_t bytes_max,
                                          const struct fetch_sink *sink);
/* The whole file in the run's arena. */
MM_MUST_USE enum fetch_verdict fetch_bytes(struct fetch *fetch, mm_bytes *out,
                                           const struct cid *root, mm_bytes path, size_t bytes_max);
/* Names in a directory, one call each. Only by blocks. */
MM_MUST_USE enum fetch_verdict
fetch_names(struct fetch *fetch, const struct cid *root, mm_bytes path, void *ctx,
            void (*name)(void *ctx, const struct content_entry *entry));

/* ipfs://CID/path (percent-decoded, in the arena), /ipfs/CID/path or CID/path. False when it is none of them. */
MM_MUST_USE bool fetch_parse(struct mm_arena *arena, struct cid *root, mm_bytes *path,
                             mm_bytes text);
/* The last name in what was asked for, which a file that it becomes is called. */
mm_bytes fetch_name_of(struct mm_arena *arena, const char *argument);

#endif
