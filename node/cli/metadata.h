/* A token's metadata as show and list want it: fetched, hashed, parsed.
 *
 * A URI is ipfs://…, /ipfs/…, or data:application/json (base64 or percent-encoded). Anything else, http above all, is printed and
 * never fetched: looking at a token must not call strangers' servers. Memory: the run's arena. */
#ifndef NODE_CLI_METADATA_H
#define NODE_CLI_METADATA_H

#include "node/cli/fetch.h"

struct metadata {
    struct json json; /* an object */
    mm_bytes name;    /* empty when it has none */
    mm_bytes description;
    mm_bytes image;                /* a URI */
    const struct json *attributes; /* an array, or NULL */
};

/* False: *why says, in the arena or a literal. Nothing is printed. */
MM_MUST_USE bool metadata_read(struct fetch *fetch, struct metadata *out, mm_bytes uri,
                               const char **why);
/* The bytes behind a data: URI. */
MM_MUST_USE bool metadata_decode_data(struct mm_arena *arena, mm_bytes *out, mm_bytes uri);

#endif
