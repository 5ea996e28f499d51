/* The door's life, its memory, and its HTTP side. */
#include "rpc/eth/eth.h"

#include "rpc/eth/eth_internal.h"
#include "rpc/eth/hub.h"
#include "rpc/eth/late.h"
#include "rpc/eth/serve.h"
#include "state/base/heap.h"

static struct rpc_eth_options with_defaults(const struct rpc_eth_options *given)
{
    struct rpc_eth_options options = *given;
    if (options.body_bytes_max == 0)
        options.body_bytes_max = RPC_ETH_BODY_BYTES_DEFAULT;
    if (options.batch_max == 0)
        options.batch_max = RPC_ETH_BATCH_DEFAULT;
    if (options.batch_bytes_max == 0)
        options.batch_bytes_max = RPC_ETH_BATCH_BYTES_DEFAULT;
    if (options.answer_bytes_max == 0)
        options.answer_bytes_max = RPC_ETH_ANSWER_BYTES_DEFAULT;
    if (options.logs_max == 0)
        options.logs_max = RPC_ETH_LOGS_DEFAULT;
    return options;
}

mm_err rpc_eth_new(struct rpc_eth **out, const struct rpc_backend *backend,
                   const struct rpc_eth_options *options)
{
    *out = NULL;
    struct rpc_eth *eth = mm_heap_zeroed(1, sizeof *eth);
    if (eth == NULL)
        return MM_ERR_NO_MEMORY;
    eth->backend = backend;
    eth->options = with_defaults(options);
    eth->counts = mm_heap_zeroed(ETH_METHOD_COUNT + 1, sizeof *eth->counts);
    mm_err err = eth->counts == NULL ? MM_ERR_NO_MEMORY : eth_methods_init(eth);
    if (err == MM_OK)
        err = eth_filters_new(&eth->filters);
    if (err == MM_OK)
        err = eth_late_room_new(&eth->late, eth);
    if (err == MM_OK)
        err = eth_hub_new(&eth->hub, eth);
    if (err != MM_OK) {
        eth_late_room_free(eth->late);
        eth_filters_free(eth->filters);
        mm_heap_free(eth->counts);
        mm_heap_free(eth->twin_names);
        mm_heap_free(eth);
        return err;
    }
    (void)pthread_mutex_init(&eth->work_lock, NULL);
    (void)pthread_mutex_init(&eth->send_lock, NULL);
    *out = eth;
    return MM_OK;
}

static void work_free(struct eth_work *work)
{
    mm_arena_fini(&work->parse);
    mm_arena_fini(&work->member);
    mm_heap_free(work);
}

void rpc_eth_free(struct rpc_eth *eth)
{
    if (eth == NULL)
        return;
    while (eth->idle != NULL) {
        struct eth_work *next = eth->idle->next;
        work_free(eth->idle);
        eth->idle = next;
    }
    eth_hub_free(eth->hub);
    eth_late_room_free(eth->late);
    (void)pthread_mutex_destroy(&eth->work_lock);
    (void)pthread_mutex_destroy(&eth->send_lock);
    eth_filters_free(eth->filters);
    mm_heap_free(eth->counts);
    mm_heap_free(eth->twin_names);
    mm_heap_free(eth);
}

/* ---- memory of a request ---- */

static struct eth_work *work_take(struct rpc_eth *eth)
{
    (void)pthread_mutex_lock(&eth->work_lock);
    struct eth_work *work = eth->idle;
    if (work != NULL)
        eth->idle = work->next;
    (void)pthread_mutex_unlock(&eth->work_lock);
    if (work != NULL)
        return work;
    work = mm_heap_zeroed(1, sizeof *work);
    if (work == NULL)
        return NULL;
    mm_arena_init(&work->parse,
                  ETH_PARSE_BYTES_MIN + ETH_PARSE_BODIES * eth->options.body_bytes_max);
    mm_arena_init(&work->member, ETH_MEMBER_BYTES_MAX);
    return work;
}

static void clear(struct mm_arena *arena)
{
    mm_arena_reset(arena);
    if (arena->total_bytes > ETH_KEEP_BYTES_MAX)
        mm_arena_fini(arena);
}

static void work_give(struct rpc_eth *eth, struct eth_work *work)
{
    clear(&work->parse);
    clear(&work->member);
    (void)pthread_mutex_lock(&eth->work_lock);
    work->next = eth->idle;
    eth->idle = work;
    (void)pthread_mutex_unlock(&eth->work_lock);
}

mm_err rpc_eth_serve(struct rpc_eth *eth, struct rpc_eth_answer *answer, mm_bytes body,
                     const struct rpc_eth_caller *caller)
{
    *answer = (struct rpc_eth_answer){ .ticket = 0 };
    mm_buf_init(&answer->text, 0);
    struct eth_work *work = work_take(eth);
    if (work == NULL)
        return MM_ERR_NO_MEMORY;
    eth_serve_body(eth, work, answer, body, caller);
    work_give(eth, work);
    return mm_buf_err(&answer->text);
}

void rpc_eth_answer_fini(struct rpc_eth_answer *answer)
{
    mm_buf_fini(&answer->text);
    eth_late_free(answer->late);
    answer->late = NULL;
}

void rpc_eth_stop(struct rpc_eth *eth)
{
    eth_late_room_close(eth->late);
}

/* ---- HTTP ---- */

/* An answer that is written and waits for its block. */
struct held {
    struct http_later *later;
    struct rpc_eth_answer answer;
};

static void respond_with(struct http_response *response, struct rpc_eth_answer *answer)
{
    http_response_init(response, 200, "application/json", 0);
    response->body = answer->text;
    mm_buf_init(&answer->text, 0);
    rpc_eth_answer_fini(answer);
}

static void release(void *arg)
{
    struct held *held = arg;
    struct http_response response;
    respond_with(&response, &held->answer);
    http_complete(held->later, &response);
    mm_heap_free(held);
}

/* Takes the answer over. */
static void hold(struct rpc_eth *eth, struct http_request *request, struct rpc_eth_answer *answer)
{
    struct held *held = mm_heap_alloc(sizeof *held);
    if (held != NULL)
        held->later = http_defer(request);
    if (held == NULL || held->later == NULL) {
        mm_heap_free(held);
        rpc_eth_answer_fini(answer);
        http_answer_text(request, 503, "out of memory");
        return;
    }
    held->answer = *answer;
    if (rpc_eth_settle(eth, &held->answer, release, held))
        release(held);
}

static void respond(void *context, struct http_request *request)
{
    struct rpc_eth *eth = context;
    const struct rpc_eth_caller caller = { .is_trusted = http_origin_trusted(request) };
    struct rpc_eth_answer answer;
    struct http_response response;
    if (rpc_eth_serve(eth, &answer, http_body(request), &caller) != MM_OK) {
        rpc_eth_answer_fini(&answer);
        http_answer_text(request, 503, "out of memory");
    } else if (answer.ticket == 0 && answer.late == NULL) {
        respond_with(&response, &answer);
        http_answer(request, &response);
    } else {
        hold(eth, request, &answer);
    }
}

struct http_route rpc_eth_route(struct rpc_eth *eth, const char *path)
{
    return (struct http_route){
        .path = path,
        .methods = HTTP_POST,
        .cors = HTTP_CORS_ANY,
        .body_bytes_max = eth->options.body_bytes_max,
        .respond = respond,
        .context = eth,
    };
}
