/* Answers and errors in the shape of OpenAI's chat API. */
#include <stdarg.h>
#include <stdio.h>

#include "rpc/chat/chat_internal.h"
#include "state/codec/hex.h"

enum {
    ERROR_BYTES_MAX = 4096,
    BYTES_A_TOKEN = 4 /* of English, roughly; nobody pays by it here */
};

/* ---- errors ---- */

static const char *type_of(unsigned status)
{
    switch (status) {
    case 401:
        return "authentication_error";
    case 402:
        return "insufficient_quota";
    case 404:
        return "not_found_error";
    case 429:
        return "rate_limit_error";
    default:
        return status < 500 ? "invalid_request_error" : "server_error";
    }
}

void chat_write_error(struct mm_buf *out, unsigned status, const char *code, const char *message)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "error");
    json_open_object(&w);
    json_key(&w, "message");
    json_add_text(&w, message);
    json_key(&w, "type");
    json_add_text(&w, type_of(status));
    json_key(&w, "param");
    json_add_null(&w);
    json_key(&w, "code");
    json_add_text(&w, code);
    json_close_object(&w);
    json_close_object(&w);
}

bool chat_fail(struct chat_request *r, unsigned status, const char *code, const char *format, ...)
{
    char message[600];
    struct http_response response;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    http_response_init(&response, status, "application/json", ERROR_BYTES_MAX);
    chat_write_error(&response.body, status, code, message);
    if (status == 401)
        http_response_header(&response, "WWW-Authenticate", MM_BYTES_LIT("Bearer"));
    http_answer(r->http, &response);
    return false;
}

void chat_answer_json(struct chat_request *r, struct mm_buf *taken_json)
{
    struct http_response response;
    http_response_init(&response, 200, "application/json", 0);
    response.body = *taken_json;
    *taken_json = (struct mm_buf){ 0 };
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_answer(r->http, &response);
}

/* ---- replies ---- */

static uint64_t tokens_of(uint64_t bytes)
{
    return (bytes + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN;
}

static void add_head(struct json_writer *w, const struct chat_said *said, const char *object)
{
    char id[9 + 24 + 1] = "chatcmpl-";
    hex_encode(id + 9, mm_bytes_from(said->record.prompt_hash.b, 12));
    json_key(w, "id");
    json_add_string(w, mm_bytes_from(id, 9 + 24));
    json_key(w, "object");
    json_add_text(w, object);
    json_key(w, "created");
    json_add_u64(w, said->created_s);
    json_key(w, "model");
    json_add_string(w, said->model);
}

static void add_usage(struct json_writer *w, const struct chat_said *said)
{
    const uint64_t prompt = tokens_of(said->prompt_bytes);
    const uint64_t completion = tokens_of(said->content.len);
    json_key(w, "usage");
    json_open_object(w);
    json_key(w, "prompt_tokens");
    json_add_u64(w, prompt);
    json_key(w, "completion_tokens");
    json_add_u64(w, completion);
    json_key(w, "total_tokens");
    json_add_u64(w, prompt + completion);
    json_close_object(w);
}

static void add_record(struct json_writer *w, const struct chat_said *said)
{
    json_key(w, "ainft");
    talk_write_reply(w, &said->record);
}

void chat_write_completion(struct mm_buf *out, const struct chat_said *said)
{
    struct json_writer writer = json_writer_over(out);
    struct json_writer *w = &writer;
    json_open_object(w);
    add_head(w, said, "chat.completion");
    json_key(w, "choices");
    json_open_array(w);
    json_open_object(w);
    json_key(w, "index");
    json_add_u64(w, 0);
    json_key(w, "message");
    json_open_object(w);
    json_key(w, "role");
    json_add_text(w, "assistant");
    json_key(w, "content");
    json_add_string(w, said->content);
    json_key(w, "refusal");
    json_add_null(w);
    json_close_object(w);
    json_key(w, "logprobs");
    json_add_null(w);
    json_key(w, "finish_reason");
    json_add_text(w, said->finish);
    json_close_object(w);
    json_close_array(w);
    add_usage(w, said);
    add_record(w, said);
    json_close_object(w);
}

/* ---- events ---- */

/* {"role","content"}, either may be left out; finish NULL: null. */
static void add_choice(struct json_writer *w, bool with_role, const mm_bytes *content,
                       const char *finish)
{
    json_key(w, "choices");
    json_open_array(w);
    json_open_object(w);
    json_key(w, "index");
    json_add_u64(w, 0);
    json_key(w, "delta");
    json_open_object(w);
    if (with_role) {
        json_key(w, "role");
        json_add_text(w, "assistant");
    }
    if (content != NULL) {
        json_key(w, "content");
        json_add_string(w, *content);
    }
    json_close_object(w);
    json_key(w, "finish_reason");
    if (finish == NULL)
        json_add_null(w);
    else
        json_add_text(w, finish);
    json_close_object(w);
    json_close_array(w);
}

static struct json_writer begin_event(struct mm_buf *out, const struct chat_said *said)
{
    mm_buf_add_text(out, "data: ");
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    add_head(&w, said, "chat.completion.chunk");
    return w;
}

static void end_event(struct json_writer *w)
{
    json_close_object(w);
    mm_buf_add_text(w->buf, "\n\n");
}

void chat_write_first_event(struct mm_buf *out, const struct chat_said *said)
{
    const mm_bytes nothing = { 0 };
    struct json_writer w = begin_event(out, said);
    add_choice(&w, true, &nothing, NULL);
    end_event(&w);
}

void chat_write_words_event(struct mm_buf *out, const struct chat_said *said, mm_bytes words)
{
    struct json_writer w = begin_event(out, said);
    add_choice(&w, false, &words, NULL);
    end_event(&w);
}

void chat_write_last_events(struct mm_buf *out, const struct chat_said *said, bool with_usage)
{
    struct json_writer w = begin_event(out, said);
    add_choice(&w, false, NULL, said->finish);
    add_record(&w, said);
    end_event(&w);
    if (with_usage) {
        w = begin_event(out, said);
        json_key(&w, "choices");
        json_open_array(&w);
        json_close_array(&w);
        add_usage(&w, said);
        end_event(&w);
    }
    mm_buf_add_text(out, "data: [DONE]\n\n");
}

void chat_event_headers(struct http_response *response)
{
    http_response_header(response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_response_header(response, "X-Accel-Buffering", MM_BYTES_LIT("no")); /* for proxies */
}
