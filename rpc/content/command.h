/* The commands of /api/v0, one table: names, arguments, options, handlers. Routes, the reading of a query, errors about it, the
 * list in docs/CONTENT.md and `mintmark help --content` are made from it.
 *
 *     POST /api/v0/ls?arg=bafy…&resolve-type=false
 *                  |   |        |
 *                  |   |        +-- options: a row each; found by its name or its short one
 *                  |   +-- arguments, in their order, from arguments_min to arguments_max of them
 *                  +-- API_CMD_LS, in commands.c; its handler opens the call (api_call_open) and answers
 *
 * A new command is a struct api_command in a file of its own and a line in commands.c. An option that a command's table does not have
 * is an error and never ignored: it could have meant another CID or another answer. Known to all, and looked at by none, are those
 * that clients send along to every command (API_COMMON).
 * Memory: a call lives in its request's arena. Threads: pure, but for api_call_open, which is the request's. */
#ifndef RPC_CONTENT_COMMAND_H
#define RPC_CONTENT_COMMAND_H

#include "rpc/http/http.h"

enum {
    API_OPTIONS_MAX = 48,
    API_ARGUMENTS_MAX = 256, /* some 64 KiB of a query, as much as a head may have */
};

enum api_option_kind {
    API_FLAG,   /* true, 1 or nothing; false, 0 */
    API_NUMBER, /* decimal, from 0 */
    API_SIGNED, /* decimal, perhaps behind a minus */
    API_TEXT,
    API_ONLY,    /* only this value is served (`only`); another would be another answer */
    API_IGNORED, /* nothing here depends on it */
};

struct api_option {
    const char *name;
    const char *brief; /* another name, or NULL */
    enum api_option_kind kind;
    const char *only; /* API_ONLY: "false", "sha2-256" */
    const char *help; /* lower case, no full stop; NULL for those that are ignored */
};

struct api_command {
    const char *name;      /* "block/get" */
    const char *arguments; /* "CID", "PATH…", "" */
    unsigned arguments_min;
    unsigned arguments_max;
    const struct api_option *options;
    size_t option_count;
    const char *summary;      /* lower case, no full stop */
    const char *why_refused;  /* behind an option that is not served; NULL: "not supported" */
    http_respond_fn *respond; /* one of these two; the context is a struct api_bound */
    const struct http_upload *upload;
    bool is_large; /* an upload that is bounded by the store's quota alone */
};

extern const struct api_command *const API_COMMANDS[];
extern const size_t API_COMMAND_COUNT;

struct content_api;

/* What a route hands to its handler. */
struct api_bound {
    struct content_api *api;
    const struct api_command *command;
};

struct api_value {
    bool is_given;
    bool on;
    uint64_t number;
    int64_t integer;
    mm_bytes text;
};

struct api_call {
    struct content_api *api;
    const struct api_command *command;
    struct http_request *request;
    mm_bytes *arguments; /* of the request's arena */
    size_t argument_count;
    struct api_value values[API_OPTIONS_MAX]; /* in the order of the command's options */
};

/* From a handler: reads the query. NULL: the request is answered already, with what is wrong in it. Of the request's arena. */
struct api_call *api_call_open(void *bound, struct http_request *request);

/* One name=value of a query. False: *reason names it. */
MM_MUST_USE bool api_call_take(struct api_call *call, const struct http_param *param,
                               struct mm_reason *reason);

/* By the option's name; asking for one that the table does not have is a bug. */
const struct api_value *api_value(const struct api_call *call, const char *name);
/* A flag, or what it is unless given. */
bool api_flag(const struct api_call *call, const char *name, bool otherwise);
/* Text, or what it is unless given. */
mm_bytes api_text(const struct api_call *call, const char *name, const char *otherwise);
uint64_t api_number(const struct api_call *call, const char *name, uint64_t otherwise);

#endif
