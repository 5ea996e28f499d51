/* Connections that stay: WebSockets, or what a test puts in their place. */
#include "rpc/eth/client.h"

#include "rpc/eth/hub.h"
#include "rpc/http/websocket.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

struct rpc_eth_client {
    atomic_uint references; /* the connection's, and one for each answer that waits for its block */
    struct rpc_eth *eth;
    struct rpc_eth_sink sink;
    bool is_trusted;
    uint64_t messages; /* the connection's thread's */
};

struct rpc_eth_client *rpc_eth_client_new(struct rpc_eth *eth, const struct rpc_eth_sink *sink,
                                          bool is_trusted)
{
    struct rpc_eth_client *client = mm_heap_zeroed(1, sizeof *client);
    if (client == NULL)
        return NULL;
    atomic_init(&client->references, 1);
    client->eth = eth;
    client->sink = *sink;
    client->is_trusted = is_trusted;
    return client;
}

static void unref(struct rpc_eth_client *client)
{
    if (atomic_fetch_sub_explicit(&client->references, 1, memory_order_acq_rel) > 1)
        return;
    if (client->sink.free != NULL)
        client->sink.free(client->sink.ctx);
    mm_heap_free(client);
}

bool eth_client_send(struct rpc_eth_client *client, struct mm_buf *taken_text)
{
    return client->sink.send(client->sink.ctx, taken_text);
}

/* ---- answers ---- */

/* An answer that is written and waits for its block. */
struct held {
    struct rpc_eth_client *client; /* counted */
    uint64_t message;
    struct rpc_eth_answer answer;
};

static void send_answer(struct rpc_eth_client *client, struct rpc_eth_answer *taken_answer,
                        uint64_t message)
{
    if (taken_answer->text.len > 0)
        (void)eth_client_send(client, &taken_answer->text);
    rpc_eth_answer_fini(taken_answer);
    hub_start(client->eth->hub, client, message);
}

static void release(void *arg)
{
    struct held *held = arg;
    send_answer(held->client, &held->answer, held->message);
    unref(held->client);
    mm_heap_free(held);
}

static void no_memory(struct rpc_eth_client *client)
{
    struct mm_buf text;
    mm_buf_init(&text, 256);
    mm_buf_add_text(&text, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"
                           "\"message\":\"out of memory\"}}");
    (void)eth_client_send(client, &text);
}

void rpc_eth_client_message(struct rpc_eth_client *client, mm_bytes text)
{
    struct rpc_eth *eth = client->eth;
    const struct rpc_eth_caller caller = { .is_trusted = client->is_trusted,
                                           .client = client,
                                           .message = ++client->messages };
    struct held *held = mm_heap_alloc(sizeof *held);
    struct rpc_eth_answer answer = { .ticket = 0 };
    if (held == NULL || rpc_eth_serve(eth, &answer, text, &caller) != MM_OK) {
        mm_heap_free(held);
        rpc_eth_answer_fini(&answer);
        no_memory(client);
        return;
    }
    if (answer.ticket == 0 && answer.late == NULL) {
        mm_heap_free(held);
        send_answer(client, &answer, caller.message);
        return;
    }
    *held = (struct held){ client, caller.message, answer };
    atomic_fetch_add_explicit(&client->references, 1, memory_order_relaxed);
    if (rpc_eth_settle(eth, &held->answer, release, held))
        release(held);
}

void rpc_eth_client_close(struct rpc_eth_client *taken_client)
{
    hub_forget(taken_client->eth->hub, taken_client);
    unref(taken_client);
}

/* ---- WebSockets ---- */

static bool socket_send(void *ctx, struct mm_buf *taken_text)
{
    return http_socket_send(ctx, taken_text);
}

static void socket_free(void *ctx)
{
    http_socket_unref(ctx);
}

static void *socket_open(void *context, struct http_socket *socket, bool is_trusted)
{
    const struct rpc_eth_sink sink = { socket, socket_send, socket_free };
    struct rpc_eth_client *client = rpc_eth_client_new(context, &sink, is_trusted);
    if (client != NULL)
        http_socket_ref(socket);
    return client;
}

static void socket_message(void *state, struct http_socket *socket, mm_bytes bytes)
{
    (void)socket;
    rpc_eth_client_message(state, bytes);
}

static void socket_closed(void *state)
{
    rpc_eth_client_close(state);
}

struct http_socket_handler rpc_eth_socket(struct rpc_eth *eth)
{
    return (struct http_socket_handler){
        .open = socket_open,
        .message = socket_message,
        .closed = socket_closed,
        .message_bytes_max = eth->options.message_bytes_max,
        .context = eth,
    };
}
