/* What the files of pin and repo share. */
#ifndef RPC_CONTENT_KEEP_INTERNAL_H
#define RPC_CONTENT_KEEP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "rpc/content/keep.h"

/* Work that is longer than a request may stall a worker. */
enum keep_job_kind { KEEP_COLLECT, KEEP_VERIFY };

struct keep_job {
    struct content_keep *keep;
    enum keep_job_kind kind;
    bool is_dry;
    bool drops;
    bool is_quiet;
    bool has_summary;
    struct http_later *later; /* owned until it is answered */
    struct mm_buf lines;
    uint64_t left_out; /* lines beyond the buffer */
};

struct content_keep {
    struct content *content;
    const struct content_elsewhere *elsewhere; /* or NULL */
    pthread_mutex_t lock;
    pthread_t thread;
    bool has_thread; /* under the lock: to be joined */
    bool is_busy;    /* under the lock */
    atomic_bool is_ending;
};

/* ---- keep.c ---- */

/* Reads the query. Words that are not in `known` (blanks between them) nor known to all: answered, and false. */
MM_MUST_USE bool keep_check_options(struct http_request *request, const char *known);
/* A flag of the query. */
bool keep_flag(struct http_request *request, const char *name, bool otherwise);
/* The arguments, each followed along its path to a block. False: answered. */
struct keep_arguments {
    struct cid cids[KEEP_ARGUMENTS_MAX];
    size_t count;
};
MM_MUST_USE bool keep_arguments(struct content_keep *keep, struct http_request *request,
                                struct keep_arguments *arguments);

/* ---- job.c ---- */

/* Runs it and answers; taken. Without a thread or memory, or when another runs, it is answered at once. */
void keep_start(struct content_keep *keep, struct http_request *request,
                const struct keep_job *what);

/* ---- the commands ---- */

void keep_pin_add(void *context, struct http_request *request);
void keep_pin_rm(void *context, struct http_request *request);
void keep_pin_ls(void *context, struct http_request *request);
void keep_pin_update(void *context, struct http_request *request);
void keep_repo_stat(void *context, struct http_request *request);
void keep_repo_gc(void *context, struct http_request *request);
void keep_repo_verify(void *context, struct http_request *request);
void keep_repo_replicas(void *context, struct http_request *request);

#endif
