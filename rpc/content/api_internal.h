/* What the files of rpc/content share. */
#ifndef RPC_CONTENT_API_INTERNAL_H
#define RPC_CONTENT_API_INTERNAL_H

#include <stdatomic.h>

#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "rpc/content/api.h"
#include "rpc/content/argument.h"
#include "rpc/content/command.h"
#include "rpc/content/lines.h"
#include "rpc/content/work.h"
#include "rpc/gateway/stream.h"
#include "state/codec/json.h"

struct content_api {
    struct content_api_options options; /* with the defaults filled in */
    atomic_uint uploads;
    struct api_works works;
    struct mm_arena arena;     /* of what follows */
    struct api_bound *bounds;  /* one for each command */
    struct http_route *routes; /* one for each command, and the one of those that are not there */
};

/* ---- answers (api.c) ---- */

/* {"Message","Code":0,"Type":"error"} */
void api_fail(struct http_request *request, unsigned status, const char *format, ...)
    MM_PRINTF(3, 4);
/* For an error of the store or the importer: 507, 503 or 500. */
unsigned api_status(mm_err err);
/* That status, and the error's words. */
void api_fail_err(struct http_request *request, mm_err err);
/* That object and a line end. */
void api_write_failure(struct mm_buf *out, const char *text);
/* The same as responses, for those that answer later. */
void api_failure(struct http_response *response, unsigned status, const char *format, ...)
    MM_PRINTF(3, 4);
void api_failure_err(struct http_response *response, mm_err err);
void api_failure_read(struct http_response *response, enum read_verdict verdict,
                      const struct cid *at, mm_err err);
/* The words for a reader's or a walk's verdict; at: the block that it is about, or NULL; err: what READ_FAILED stands for. */
void api_fail_read(struct http_request *request, enum read_verdict verdict, const struct cid *at,
                   mm_err err);
/* 200 with a JSON body; to be closed with a line end by the caller. */
void api_open_json(struct http_response *response, size_t body_bytes_max);
/* The same with lines of JSON, which are taken. */
void api_open_lines(struct http_response *response, struct mm_buf *taken_lines);
/* Answers with the stream, or with what kept it from beginning. */
void api_answer_stream(struct http_request *request, const struct stream *taken_stream,
                       const char *content_type);
/* {"/":"bafy…"} */
void api_add_link(struct json_writer *w, const struct cid *cid);
/* "bafy…", or Qm… for a v0. */
void api_add_cid(struct json_writer *w, const struct cid *cid);

/* ---- full.c ---- */

/* 507, with who holds the space. */
void api_fail_full(struct http_request *request, struct content *content);
void api_failure_full(struct http_response *response, struct content *content);

/* ---- arguments (api.c) ---- */

/* The nth argument as a path. False: answered. */
MM_MUST_USE bool api_take_path(struct api_call *call, struct api_path *path, size_t index);
/* The nth argument as a CID alone. False: answered. */
MM_MUST_USE bool api_take_cid(struct api_call *call, struct cid *cid, size_t index);
/* Follows a path to a block; a root alone is not read, whatever its codec. rest: what is left inside the block (READ_INSIDE), borrowed
 * from the path. */
MM_MUST_USE enum read_verdict api_follow(struct content_reader *reader, struct cid *cid,
                                         mm_bytes *rest, const struct api_path *path);
/* All arguments, each followed to a block; of the request's arena. NULL: answered. */
struct cid *api_take_blocks(struct api_call *call);
/* A reader over the store. NULL: answered. */
struct content_reader *api_reader(struct api_call *call);

/* ---- uploads (api.c) ---- */

/* Counts an upload in. False: too many run, and the request is answered. */
MM_MUST_USE bool api_upload_begin(struct content_api *api, struct http_request *request);
void api_upload_end(struct content_api *api);
/* What holds an upload: an operator's pin, or (is_pinned false) a lease of 24 hours under the owner's name. */
struct content_pin api_upload_pin(bool is_pinned, const char *lease_owner);

/* ---- add_options.c ---- */

struct add_options {
    struct content_profile profile;
    bool wrap;
    bool only_hash;
    bool pin;
};
/* false: *reason says which option and why. */
MM_MUST_USE bool add_options_read(struct add_options *options, const struct api_call *call,
                                  struct mm_reason *reason);

/* ---- add.c ---- */

extern const struct http_upload API_ADD;

/* ---- the commands, a file or a few rows each ---- */

extern const struct api_command API_CMD_ADD;                           /* add_options.c */
extern const struct api_command API_CMD_CAT;                           /* cat.c */
extern const struct api_command API_CMD_GET;                           /* get.c */
extern const struct api_command API_CMD_LS;                            /* ls.c */
extern const struct api_command API_CMD_BLOCK_GET, API_CMD_BLOCK_STAT; /* block.c */
extern const struct api_command API_CMD_BLOCK_PUT, API_CMD_DAG_PUT;    /* put.c */
extern const struct api_command API_CMD_DAG_GET, API_CMD_DAG_RESOLVE, API_CMD_DAG_STAT; /* dag.c */
extern const struct api_command API_CMD_DAG_EXPORT;                                  /* export.c */
extern const struct api_command API_CMD_DAG_IMPORT;                                  /* import.c */
extern const struct api_command API_CMD_REFS;                                        /* refs.c */
extern const struct api_command API_CMD_PIN_ADD, API_CMD_PIN_RM, API_CMD_PIN_UPDATE; /* pin.c */
extern const struct api_command API_CMD_PIN_LS;                                      /* pin_ls.c */
extern const struct api_command API_CMD_REPO_STAT;                                   /* repo.c */
extern const struct api_command API_CMD_REPO_GC;                                     /* gc.c */
extern const struct api_command API_CMD_REPO_VERIFY;                                 /* verify.c */
extern const struct api_command API_CMD_REPO_REPLICAS;                            /* replicas.c */
extern const struct api_command API_CMD_CID_FORMAT, API_CMD_CID_BASE32;           /* cid.c */
extern const struct api_command API_CMD_VERSION, API_CMD_ID, API_CMD_SWARM_PEERS; /* node.c */

#endif
