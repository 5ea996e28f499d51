/* What the files of rpc/content share. */
#ifndef RPC_CONTENT_API_INTERNAL_H
#define RPC_CONTENT_API_INTERNAL_H

#include <stdatomic.h>

#include "p2p/content/import.h"
#include "rpc/content/api.h"

struct content_api {
    struct content_api_options options; /* with the defaults filled in */
    atomic_uint uploads;
};

/* {"Message","Code":0,"Type":"error"} */
void api_fail(struct http_request *request, unsigned status, const char *format, ...)
    MM_PRINTF(3, 4);
/* That object and a line end, for answers that come later. */
void api_write_failure(struct mm_buf *out, const char *text);
/* The status and words for an error of the store or the importer. */
void api_fail_err(struct http_request *request, mm_err err);

/* keep.c: 507, with who holds the space. */
void api_fail_full(struct http_request *request, struct content *content);

/* add_options.c: what the query of an add asks for. */
struct add_options {
    struct content_profile profile;
    bool wrap;
    bool only_hash;
    bool pin;
};
/* false: *reason says which parameter and why. */
MM_MUST_USE bool add_options_parse(struct add_options *options, struct http_request *request,
                                   struct mm_reason *reason);

/* add.c */
extern const struct http_upload API_ADD;

/* cat.c */
void api_cat(void *context, struct http_request *request);
/* What an argument names: CID, CID/path, /ipfs/CID/path, ipfs://CID/path. */
enum cid_verdict api_split_path(struct cid *root, mm_bytes *path, mm_bytes arg);

/* block.c */
void api_block_get(void *context, struct http_request *request);

#endif
