#include "rpc/client/jsonrpc.h"

#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/heap.h"

/* ---- reading ---- */

/* A JSON integer of at most 64 bits; what is none gives 0. */
static int64_t read_code(const struct json *number)
{
    char text[24];
    if (number == NULL || number->kind != JSON_NUMBER || number->text.len >= sizeof text)
        return 0;
    memcpy(text, number->text.ptr, number->text.len);
    text[number->text.len] = '\0';
    return strtoll(text, NULL, 10);
}

static bool read_one(struct jsonrpc_reply *reply, const struct json *answer)
{
    const struct json *result = json_find(answer, "result");
    const struct json *error = json_find(answer, "error");
    const struct json *message = json_find(error, "message");
    if (error != NULL && error->kind == JSON_NULL) /* JSON-RPC 1 habits */
        error = NULL;
    if (result == NULL && error == NULL)
        return false;
    *reply = (struct jsonrpc_reply){ .is_error = error != NULL };
    if (error == NULL) {
        reply->result = *result;
        return true;
    }
    reply->code = read_code(json_find(error, "code"));
    reply->message =
        message != NULL && message->kind == JSON_STRING ? message->text : MM_BYTES_LIT("");
    reply->data = json_find(error, "data");
    return error->kind == JSON_OBJECT;
}

static bool read_batch(struct mm_arena *arena, struct jsonrpc_reply *replies, size_t count,
                       const struct json *answer)
{
    bool *seen = MM_ARENA_ARRAY(arena, bool, count);
    if (seen == NULL || answer->kind != JSON_ARRAY || answer->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t id;
        const struct json *number = json_find(&answer->items[i], "id");
        if (number == NULL || !json_u64(&id, number) || id < 1 || id > count || seen[id - 1] ||
            !read_one(&replies[id - 1], &answer->items[i]))
            return false;
        seen[id - 1] = true;
    }
    return true;
}

bool jsonrpc_read(struct mm_arena *arena, struct jsonrpc_reply *replies, size_t count,
                  bool is_batch, mm_bytes body, struct mm_reason *reason)
{
    struct json answer;
    const struct json_options options = { .unique_keys = false };
    const enum json_verdict verdict = json_parse(arena, &answer, body, &options, reason);
    if (verdict != JSON_OK)
        return mm_fail(reason, MM_ERR_INVALID, "the answer is not JSON: %s",
                       json_verdict_text(verdict)) == MM_OK;
    uint64_t id = 0;
    const struct json *number = json_find(&answer, "id");
    const bool is_error =
        json_find(&answer, "error") != NULL; /* of a request that was not understood: id null */
    const bool is_ours =
        number != NULL && number->kind == JSON_NUMBER && json_u64(&id, number) && id == 1;
    if (is_batch && answer.kind == JSON_ARRAY && read_batch(arena, replies, count, &answer))
        return true;
    if (!is_batch && (is_ours || is_error) && read_one(&replies[0], &answer))
        return true;
    return mm_fail(reason, MM_ERR_INVALID, "the answer is not JSON-RPC's") == MM_OK;
}

/* ---- asking ---- */

static void write_request(struct json_writer *w, const struct jsonrpc_request *request, size_t id)
{
    json_open_object(w);
    json_key(w, "jsonrpc");
    json_add_text(w, "2.0");
    json_key(w, "id");
    json_add_u64(w, id);
    json_key(w, "method");
    json_add_text(w, request->method);
    json_key(w, "params");
    json_add_raw(w, request->params.len > 0 ? request->params : MM_BYTES_LIT("[]"));
    json_close_object(w);
}

static enum client_verdict bad_status(unsigned status, const struct mm_buf *body,
                                      struct mm_reason *reason)
{
    const mm_bytes text = mm_buf_bytes(body);
    size_t len = 0;
    while (len < text.len && len < 160 && text.ptr[len] != '\n' && text.ptr[len] != '\r')
        len++;
    (void)mm_fail(reason, MM_ERR_INVALID, "HTTP status %u: %.*s", status, (int)len,
                  (const char *)text.ptr);
    return CLIENT_STATUS;
}

static enum client_verdict exchange(struct client *client, struct mm_buf *answer,
                                    const struct mm_buf *body, struct mm_reason *reason)
{
    const struct client_part part = { .bytes = mm_buf_bytes(body) };
    const struct client_request request = {
        .method = "POST",
        .target = "",
        .content_type = "application/json",
        .parts = &part,
        .part_count = 1,
    };
    unsigned status;
    const enum client_verdict verdict = client_ask_all(client, &status, answer, &request, reason);
    return verdict == CLIENT_OK && status != 200 ? bad_status(status, answer, reason) : verdict;
}

static enum client_verdict ask(struct client *client, struct mm_arena *arena,
                               struct jsonrpc_reply *replies,
                               const struct jsonrpc_request *requests, size_t count, bool is_batch,
                               struct mm_reason *reason)
{
    struct mm_buf body;
    struct mm_buf answer;
    mm_buf_init(&body, JSONRPC_ANSWER_BYTES_MAX);
    mm_buf_init(&answer, JSONRPC_ANSWER_BYTES_MAX);
    struct json_writer w = json_writer_over(&body);
    if (is_batch)
        json_open_array(&w);
    for (size_t i = 0; i < count; i++)
        write_request(&w, &requests[i], i + 1);
    if (is_batch)
        json_close_array(&w);
    enum client_verdict verdict = mm_buf_err(&body) == MM_OK ? CLIENT_OK : CLIENT_NO_MEMORY;
    if (verdict != CLIENT_OK)
        (void)mm_fail(reason, mm_buf_err(&body), "the request: %s", mm_err_text(mm_buf_err(&body)));
    else
        verdict = exchange(client, &answer, &body, reason);
    if (verdict == CLIENT_OK &&
        !jsonrpc_read(arena, replies, count, is_batch, mm_buf_bytes(&answer), reason))
        verdict = CLIENT_NOT_HTTP;
    mm_buf_fini(&body);
    mm_buf_fini(&answer);
    return verdict;
}

enum client_verdict jsonrpc_call(struct client *client, struct mm_arena *arena,
                                 struct jsonrpc_reply *reply, const struct jsonrpc_request *request,
                                 struct mm_reason *reason)
{
    return ask(client, arena, reply, request, 1, false, reason);
}

enum client_verdict jsonrpc_batch(struct client *client, struct mm_arena *arena,
                                  struct jsonrpc_reply *replies,
                                  const struct jsonrpc_request *requests, size_t count,
                                  struct mm_reason *reason)
{
    MM_ASSERT(count > 0 && count <= JSONRPC_BATCH_MAX);
    return ask(client, arena, replies, requests, count, true, reason);
}
