/* repo/replicas: how many other nodes have a root, now or once they are enough. */
#include "rpc/content/api_internal.h"
#include "rpc/content/keep_internal.h"
#include "state/base/heap.h"
#include "state/codec/json.h"

enum { WAIT_DEFAULT_S = 30 };

struct replicas {
    struct http_later *later;
    unsigned min;
};

static void write_answer(struct http_response *response, unsigned replicas, unsigned min)
{
    http_response_init(response, 200, "application/json", 4096);
    struct json_writer json = json_writer_over(&response->body);
    json_open_object(&json);
    json_key(&json, "Replicas");
    json_add_u64(&json, replicas);
    json_key(&json, "Min");
    json_add_u64(&json, min);
    json_key(&json, "Reached");
    json_add_bool(&json, replicas >= min);
    json_close_object(&json);
    mm_buf_add_byte(&response->body, '\n');
}

static void done(void *arg, unsigned reached)
{
    struct replicas *replicas = arg;
    struct http_response response;
    write_answer(&response, reached, replicas->min);
    http_complete(replicas->later, &response);
    mm_heap_free(replicas);
}

/* A number of the query. False: answered. */
static bool read_number(struct http_request *request, unsigned *out, const char *name,
                        unsigned otherwise, unsigned max)
{
    mm_bytes text;
    *out = otherwise;
    if (!http_query(request, name, &text))
        return true;
    unsigned value = 0;
    bool ok = text.len > 0 && text.len < 7;
    for (size_t i = 0; ok && i < text.len; i++) {
        ok = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        value = value * 10 + (unsigned)(text.ptr[i] - '0');
    }
    *out = value;
    if (ok && value <= max)
        return true;
    api_fail(request, 500, "%s: not a number from 0 to %u", name, max);
    return false;
}

/* The wait for it. False: answered. */
static bool read_wait(struct content_keep *keep, struct http_request *request,
                      struct elsewhere_wait *wait)
{
    enum { REPLICAS_MAX = 64 };
    struct keep_arguments arguments;
    unsigned seconds;
    *wait = (struct elsewhere_wait){ .done = done };
    if (!keep_check_options(request, "min wait") ||
        !read_number(request, &wait->wanted, "min", 0, REPLICAS_MAX) ||
        !read_number(request, &seconds, "wait", WAIT_DEFAULT_S, ELSEWHERE_WAIT_MAX_MS / 1000) ||
        !keep_arguments(keep, request, &arguments))
        return false;
    if (arguments.count == 0 || arguments.count > ELSEWHERE_ROOTS_MAX) {
        api_fail(request, 500, "1 to %d arguments are required", ELSEWHERE_ROOTS_MAX);
        return false;
    }
    wait->timeout_ms = (uint64_t)seconds * 1000;
    wait->count = arguments.count;
    memcpy(wait->roots, arguments.cids, arguments.count * sizeof *arguments.cids);
    return true;
}

void keep_repo_replicas(void *context, struct http_request *request)
{
    struct content_keep *keep = context;
    struct elsewhere_wait wait;
    struct http_response response;
    if (!read_wait(keep, request, &wait))
        return;
    if (keep->elsewhere == NULL) {
        write_answer(&response, 0, wait.wanted);
        http_answer(request, &response);
        return;
    }
    struct replicas *replicas = mm_heap_zeroed(1, sizeof *replicas);
    struct http_later *later = replicas == NULL ? NULL : http_defer(request);
    if (later == NULL) {
        mm_heap_free(replicas);
        api_fail_err(request, MM_ERR_NO_MEMORY);
        return;
    }
    *replicas = (struct replicas){ later, wait.wanted };
    wait.arg = replicas;
    const mm_err err = keep->elsewhere->wait(keep->elsewhere->ctx, &wait);
    if (err == MM_OK)
        return;
    http_response_init(&response, 503, "application/json", 4096);
    api_write_failure(&response.body, "too many wait for replicas; try again");
    http_complete(later, &response);
    mm_heap_free(replicas);
}
