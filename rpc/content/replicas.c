/* repo/replicas: how many other nodes have all of the root that fewest have, now or once they are enough. */
#include "rpc/content/api_internal.h"
#include "state/base/heap.h"

enum {
    REPLICAS_MAX = 64,
    WAIT_DEFAULT_S = 30,
    WAIT_MAX_S = ELSEWHERE_WAIT_MAX_MS / 1000,
};

struct replicas {
    struct http_later *later;
    unsigned min;
};

static void write_answer(struct http_response *response, unsigned replicas, unsigned min)
{
    api_open_json(response, 4096);
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

/* A number up to max. False: answered. */
static bool take_number(struct api_call *call, uint64_t *out, const char *name, uint64_t otherwise,
                        unsigned max)
{
    *out = api_number(call, name, otherwise);
    if (*out <= max)
        return true;
    api_fail(call->request, 500, "option %s: a number from 0 to %u is wanted", name, max);
    return false;
}

/* The wait for it. False: answered. */
static bool take_wait(struct api_call *call, struct elsewhere_wait *wait)
{
    uint64_t min;
    uint64_t seconds;
    if (!take_number(call, &min, "min", 0, REPLICAS_MAX) ||
        !take_number(call, &seconds, "wait", WAIT_DEFAULT_S, WAIT_MAX_S))
        return false;
    const struct cid *roots = api_take_blocks(call);
    if (roots == NULL)
        return false;
    *wait = (struct elsewhere_wait){
        .count = call->argument_count,
        .wanted = (unsigned)min,
        .timeout_ms = seconds * 1000,
        .done = done,
    };
    memcpy(wait->roots, roots, wait->count * sizeof *roots);
    return true;
}

static void respond_replicas(void *context, struct http_request *request)
{
    struct api_call *call = api_call_open(context, request);
    struct elsewhere_wait wait;
    struct http_response response;
    if (call == NULL || !take_wait(call, &wait))
        return;
    const struct content_elsewhere *elsewhere = call->api->options.elsewhere;
    if (elsewhere == NULL) {
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
    /* From here on the request is out of reach: it may have been answered by the time that wait returns. */
    const mm_err err = elsewhere->wait(elsewhere->ctx, &wait);
    if (err == MM_OK)
        return;
    api_failure(&response, 503, "too many wait for replicas; try again");
    http_complete(later, &response);
    mm_heap_free(replicas);
}

static const struct api_option OPTIONS[] = {
    { "min", NULL, API_NUMBER, NULL, "answer once they are so many, up to 64; 0: at once" },
    { "wait", NULL, API_NUMBER, NULL, "or after so many seconds, 30 unless said, up to 300" },
};

const struct api_command API_CMD_REPO_REPLICAS = {
    .name = "repo/replicas",
    .arguments = "PATH…",
    .arguments_min = 1,
    .arguments_max = ELSEWHERE_ROOTS_MAX,
    .options = OPTIONS,
    .option_count = MM_COUNT_OF(OPTIONS),
    .summary = "how many other nodes have all of each, {Replicas, Min, Reached}; not kubo's",
    .respond = respond_replicas,
};
