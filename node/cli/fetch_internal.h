/* The two ways to a file (fetch.h), by file:
 *
 *     fetch.c   both, and what they share     fetch_blocks.c   by blocks     fetch_bytes.c   by bytes */
#ifndef NODE_CLI_FETCH_INTERNAL_H
#define NODE_CLI_FETCH_INTERNAL_H

#include "node/cli/fetch.h"

enum { FETCH_TARGET_MAX = 8 << 10 };

/* ---- fetch.c ---- */
/* accept: NULL for anything. */
enum client_verdict fetch_ask(struct fetch *fetch, struct client *client, unsigned *status,
                              struct mm_buf *body, const char *target, const char *accept);
/* prefix CID suffix, terminated, in `out`. */
void fetch_make_target(struct mm_buf *out, const char *prefix, const struct cid *cid,
                       const char *suffix);
enum fetch_verdict fetch_sink_failed(struct fetch *fetch, mm_err err);

/* ---- fetch_blocks.c ---- */
/* As far as is known. */
bool fetch_gives_blocks(const struct fetch *fetch);
enum fetch_verdict fetch_by_blocks(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                                   mm_bytes path, uint64_t bytes_max,
                                   const struct fetch_sink *sink);

/* ---- fetch_bytes.c ---- */
enum fetch_verdict fetch_by_bytes(struct fetch *fetch, uint64_t *bytes, const struct cid *root,
                                  mm_bytes path, uint64_t bytes_max, const struct fetch_sink *sink);

#endif
