#include "rpc/eth/serve.h"

#include <stdio.h>

#include "rpc/eth/late.h"
#include "state/base/assert.h"

enum { ENVELOPE_BYTES_MAX = ETH_ERROR_BYTES_MAX }; /* around an id */

/* The members of a request object that matter. The last of a name counts, as in JavaScript. */
struct message {
    const struct json *version;
    const struct json *id;
    const struct json *method;
    const struct json *params;
};

struct serving {
    struct rpc_eth *eth;
    struct eth_work *work;
    struct mm_buf *answer;
    const struct rpc_eth_caller *caller;
    size_t results_max; /* bytes of the answer up to which results are written */
    uint64_t ticket;
    struct eth_late **late_end; /* of the answer's list */
};

/* ---- envelopes ---- */

static void add_id(struct mm_buf *answer, const struct json *id)
{
    mm_buf_add(answer, MM_BYTES_LIT("{\"jsonrpc\":\"2.0\",\"id\":"));
    struct json_writer w = json_writer_over(answer);
    if (id == NULL)
        json_add_null(&w);
    else
        json_add_value(&w, id);
}

void eth_add_error_member(struct mm_buf *answer, const struct eth_error *error)
{
    char code[16];
    const int len = snprintf(code, sizeof code, "%d", error->code);
    mm_buf_add(answer, MM_BYTES_LIT(",\"error\":"));
    struct json_writer w = json_writer_over(answer);
    json_open_object(&w);
    json_key(&w, "code");
    json_add_raw(&w, mm_bytes_from(code, (size_t)len));
    json_key(&w, "message");
    json_add_text(&w, error->message);
    if (error->has_data) {
        json_key(&w, "data");
        json_add_data(&w, error->data);
    }
    json_close_object(&w);
}

static void add_error(struct mm_buf *answer, const struct json *id, const struct eth_error *error)
{
    add_id(answer, id);
    eth_add_error_member(answer, error);
    mm_buf_add_byte(answer, '}');
}

static void add_refusal(struct mm_buf *answer, const struct json *id, int code, const char *text)
{
    struct eth_error error = { .code = code };
    (void)snprintf(error.message, sizeof error.message, "%s", text);
    add_error(answer, id, &error);
}

/* ---- one request ---- */

static void read_message(struct message *message, const struct json *object)
{
    *message = (struct message){ NULL, NULL, NULL, NULL };
    for (size_t i = 0; i < object->count; i++) {
        const struct json_member *member = &object->members[i];
        if (mm_bytes_equal(member->key, MM_BYTES_LIT("id")))
            message->id = &member->value;
        else if (mm_bytes_equal(member->key, MM_BYTES_LIT("method")))
            message->method = &member->value;
        else if (mm_bytes_equal(member->key, MM_BYTES_LIT("params")))
            message->params = &member->value;
        else if (mm_bytes_equal(member->key, MM_BYTES_LIT("jsonrpc")))
            message->version = &member->value;
    }
}

/* An id is a string, a number or null; anything else cannot be echoed. */
static bool is_id(const struct json *id)
{
    return id->kind == JSON_STRING || id->kind == JSON_NUMBER || id->kind == JSON_NULL;
}

static bool is_valid(const struct message *message)
{
    return message->version != NULL && json_is_text(message->version, "2.0") &&
           message->method != NULL && message->method->kind == JSON_STRING &&
           (message->id == NULL || is_id(message->id));
}

static bool call_method(struct eth_request *r, const struct message *message,
                        const struct rpc_eth_caller *caller)
{
    const mm_bytes name = message->method->text;
    const int shown = name.len < 100 ? (int)name.len : 100;
    r->method = eth_find_method(r->eth, name);
    if (r->method == NULL)
        return eth_fail(r, ETH_METHOD_NOT_FOUND, "the method %.*s does not exist/is not available",
                        shown, (const char *)name.ptr);
    if ((r->method->flags & ETH_GUARDED) != 0 && !caller->is_trusted)
        return eth_fail(r, ETH_SERVER_ERROR,
                        "%.*s is not for pages of other origins (see --origin)", shown,
                        (const char *)name.ptr);
    return eth_read_args(r, message->params) && r->method->handle(r);
}

static void count(struct rpc_eth *eth, const struct eth_method *method, bool ok)
{
    struct eth_count *counts =
        &eth->counts[method == NULL ? ETH_METHOD_COUNT : (size_t)(method - ETH_METHODS)];
    atomic_fetch_add_explicit(&counts->requests, 1, memory_order_relaxed);
    if (!ok)
        atomic_fetch_add_explicit(&counts->errors, 1, memory_order_relaxed);
}

void eth_renew_view(struct eth_request *r)
{
    ledger_release(r->view);
    r->view = ledger_acquire(r->backend->ledger);
}

/* Runs the request, whose result goes to the end of the answer. True: it is there, whole. */
static bool run(struct serving *s, struct eth_request *r, const struct message *message)
{
    struct mm_buf *answer = s->answer;
    const size_t whole_max = answer->bytes_max;
    MM_ASSERT(answer->len <= s->results_max && s->results_max <= whole_max);
    memset(r, 0, offsetof(struct eth_request, error));
    r->error.has_data = false;
    r->eth = s->eth;
    r->backend = s->eth->backend;
    r->caller = s->caller;
    r->arena = &s->work->member;
    r->blooms = &s->work->blooms;
    r->keys = &s->work->keys;
    mm_arena_reset(r->arena);
    r->view = ledger_acquire(r->backend->ledger);
    MM_ASSERT(r->view != NULL); /* a node opens its doors over a chain with a genesis */
    r->w = json_writer_over(answer);
    answer->bytes_max = s->results_max;
    bool ok = call_method(r, message, s->caller);
    answer->bytes_max = whole_max;
    if (mm_buf_err(answer) == MM_ERR_LIMIT)
        ok = eth_fail(r, ETH_RESPONSE_TOO_LARGE, "response too large");
    ledger_release(r->view);
    count(s->eth, r->method, ok);
    if (r->ticket > s->ticket)
        s->ticket = r->ticket;
    return ok;
}

/* An answer whose result is still to come; a notification needs none. */
static void add_gap(struct serving *s, const struct json *id, struct eth_late *taken_late)
{
    if (id == NULL) {
        eth_late_free(taken_late);
        return;
    }
    add_id(s->answer, id);
    taken_late->at = s->answer->len;
    mm_buf_add_byte(s->answer, '}');
    *s->late_end = taken_late;
    s->late_end = &taken_late->next;
}

/* Runs it and, when it has an id, writes its answer. */
static void answer_one(struct serving *s, const struct message *message)
{
    struct mm_buf *answer = s->answer;
    struct eth_request r;
    const size_t start = answer->len;
    const bool wants_answer = message->id != NULL;
    if (wants_answer) {
        add_id(answer, message->id);
        mm_buf_add(answer, MM_BYTES_LIT(",\"result\":"));
    }
    /* What does not fit is not run either: nobody would see what it did. */
    if (answer->len > s->results_max || s->results_max - answer->len < ENVELOPE_BYTES_MAX) {
        mm_buf_cut(answer, start);
        if (wants_answer)
            add_refusal(answer, message->id, ETH_RESPONSE_TOO_LARGE, "response too large");
        return;
    }
    const bool ok = run(s, &r, message);
    if (mm_buf_err(answer) == MM_ERR_NO_MEMORY)
        return; /* the answer as a whole is lost */
    if (!ok || !wants_answer || r.late != NULL)
        mm_buf_cut(answer, start);
    if (r.late != NULL)
        add_gap(s, message->id, r.late);
    else if (!ok && wants_answer)
        add_error(answer, message->id, &r.error);
    else if (wants_answer)
        mm_buf_add_byte(answer, '}');
}

static void serve_one(struct serving *s, const struct json *request)
{
    struct message message;
    if (request->kind != JSON_OBJECT) {
        add_refusal(s->answer, NULL, ETH_INVALID_REQUEST, "invalid request");
        return;
    }
    read_message(&message, request);
    if (!is_valid(&message)) {
        const bool echoes = message.id != NULL && is_id(message.id);
        add_refusal(s->answer, echoes ? message.id : NULL, ETH_INVALID_REQUEST, "invalid request");
        return;
    }
    answer_one(s, &message);
}

/* ---- bodies ---- */

static void serve_batch(struct serving *s, const struct json *batch)
{
    if (batch->count == 0) {
        add_refusal(s->answer, NULL, ETH_INVALID_REQUEST, "invalid request: empty batch");
        return;
    }
    if (batch->count > s->eth->options.batch_max) {
        add_refusal(s->answer, NULL, ETH_INVALID_REQUEST, "batch too large");
        return;
    }
    const size_t start = s->answer->len;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t before = s->answer->len;
        mm_buf_add_byte(s->answer, before == start ? '[' : ',');
        serve_one(s, &batch->items[i]);
        if (s->answer->len == before + 1 && mm_buf_err(s->answer) == MM_OK)
            mm_buf_cut(s->answer, before); /* a notification */
    }
    if (s->answer->len > start)
        mm_buf_add_byte(s->answer, ']');
}

static void refuse_body(struct mm_buf *answer, enum json_verdict verdict,
                        const struct mm_reason *reason)
{
    struct eth_error error = { .code = ETH_PARSE_ERROR };
    if (verdict == JSON_NO_MEMORY) {
        error.code = ETH_INVALID_REQUEST;
        (void)snprintf(error.message, sizeof error.message, "invalid request: too many values");
    } else {
        (void)snprintf(error.message, sizeof error.message, "parse error: %s", reason->text);
    }
    add_error(answer, NULL, &error);
}

void eth_serve_body(struct rpc_eth *eth, struct eth_work *work, struct rpc_eth_answer *served,
                    mm_bytes body, const struct rpc_eth_caller *caller)
{
    struct mm_buf *answer = &served->text;
    const struct rpc_eth_options *options = &eth->options;
    struct json value;
    struct mm_reason reason = { { 0 } };
    answer->bytes_max = body.len + ENVELOPE_BYTES_MAX;
    const enum json_verdict verdict = json_parse(&work->parse, &value, body, NULL, &reason);
    if (verdict != JSON_OK) {
        refuse_body(answer, verdict, &reason);
        return;
    }
    const bool is_batch = value.kind == JSON_ARRAY;
    struct serving s = {
        .eth = eth,
        .work = work,
        .answer = answer,
        .caller = caller,
        .late_end = &served->late,
        .results_max = is_batch ? options->batch_bytes_max : options->answer_bytes_max,
    };
    /* Errors and ids have room of their own, so that every member of a batch gets its answer. No id grows when it is written
     * again. */
    const size_t members = is_batch ? value.count : 1;
    answer->bytes_max = s.results_max + body.len + members * ENVELOPE_BYTES_MAX;
    (void)mm_buf_reserve(answer, members < 64 ? members * 192 : 12288);
    if (is_batch)
        serve_batch(&s, &value);
    else
        serve_one(&s, &value);
    served->ticket = s.ticket;
}
