/* A reply by a remote model, at the URL that this node's operator gave: never at one that a token names.
 *
 *     worker: defers the request, starts a thread ──► thread: asks, reads events ──► feed (rpc/http/feed.c) or one answer
 *
 * The remote is nobody's friend: it is cut off when it is silent, takes too long, sends too much, a line too long, or what is not what
 * it should be, and the client is told which. Its words are taken up to the length of a message. They are signed as what was said, not
 * as what is right: nobody can play them again, and verifying says so. */
#include <stdio.h>

#include "rpc/chat/chat_internal.h"
#include "rpc/client/client.h"
#include "state/base/heap.h"

enum {
    BODY_BYTES_MAX = 2 << 20,     /* of the request: instructions and conversation, escaped */
    ANSWER_BYTES_MAX = 1 << 20,   /* and what may wait for a slow client */
    REFUSAL_BYTES_MAX = 64 << 10, /* of what comes with another status than 200 */
};

struct remote_talk {
    struct chat *chat;
    struct mm_arena arena; /* the request's; owned */
    struct http_later *later;
    struct http_feed *feed; /* once words have come */
    struct chat_token token;
    mm_addr collection;
    mm_u256 id;
    mm_addr asker;
    struct chat_prompt prompt;
    struct chat_said said;
    struct mm_buf body;
    struct mm_buf reply;
    struct chat_events events;
    uint64_t deadline_ms;
    uint64_t refused_bytes;
    bool is_late;
    bool is_unheard; /* the client is gone */
    bool is_long;
};

/* ---- the request ---- */

static void add_message(struct json_writer *w, const char *role, mm_bytes content)
{
    json_open_object(w);
    json_key(w, "role");
    json_add_text(w, role);
    json_key(w, "content");
    json_add_string(w, content);
    json_close_object(w);
}

static uint64_t tokens_for(const struct spec *spec, const struct chat_prompt *prompt)
{
    const uint64_t most = spec->tokens_max != 0 ? spec->tokens_max : CHAT_REMOTE_TOKENS_DEFAULT;
    return prompt->tokens_max != 0 && prompt->tokens_max < most ? prompt->tokens_max : most;
}

static void write_body(struct mm_buf *out, const struct spec *spec,
                       const struct chat_prompt *prompt)
{
    struct json_writer w = json_writer_over(out);
    json_open_object(&w);
    json_key(&w, "model");
    json_add_string(&w, spec->model);
    json_key(&w, "messages");
    json_open_array(&w);
    if (spec->instructions.len > 0)
        add_message(&w, "system", spec->instructions);
    for (size_t i = 0; i < prompt->talk.count; i++) {
        const struct talk_message *message = &prompt->talk.messages[i];
        add_message(&w, message->role == TALK_USER ? "user" : "assistant", message->content);
    }
    json_close_array(&w);
    json_key(&w, "stream");
    json_add_bool(&w, true);
    json_key(&w, "max_tokens");
    json_add_u64(&w, tokens_for(spec, prompt));
    if (spec->temperature.len > 0) {
        json_key(&w, "temperature");
        json_add_raw(&w, spec->temperature);
    }
    if (spec->has_seed) {
        json_key(&w, "seed");
        json_add_u64(&w, spec->seed);
    }
    json_close_object(&w);
}

/* ---- what comes ---- */

static bool begin_feed(struct remote_talk *t)
{
    struct http_response response;
    struct mm_buf first;
    t->feed = http_feed_new(t->later, ANSWER_BYTES_MAX);
    if (t->feed == NULL)
        return false;
    http_response_init(&response, 200, "text/event-stream", 0);
    chat_event_headers(&response);
    http_feed_answer(t->feed, t->later, &response);
    t->later = NULL;
    mm_buf_init(&first, ANSWER_BYTES_MAX);
    chat_write_first_event(&first, &t->said);
    const bool ok = http_feed_add(t->feed, mm_buf_bytes(&first));
    mm_buf_fini(&first);
    return ok;
}

static mm_err stream_words(struct remote_talk *t, mm_bytes words)
{
    struct mm_buf event;
    if (t->feed == NULL && !begin_feed(t))
        return MM_ERR_NO_MEMORY;
    mm_buf_init(&event, ANSWER_BYTES_MAX);
    chat_write_words_event(&event, &t->said, words);
    t->is_unheard = !http_feed_add(t->feed, mm_buf_bytes(&event));
    mm_buf_fini(&event);
    return t->is_unheard ? MM_ERR_STOPPED : MM_OK;
}

static mm_err take_words(void *ctx, mm_bytes words)
{
    struct remote_talk *t = ctx;
    const size_t room = TALK_CONTENT_BYTES_MAX - t->reply.len;
    if (words.len > room) {
        size_t len = room;
        while (len > 0 && (words.ptr[len] & 0xc0) == 0x80)
            len--;
        words.len = len;
        t->is_long = true;
    }
    mm_buf_add(&t->reply, words);
    MM_TRY(mm_buf_err(&t->reply));
    if (t->prompt.streams && words.len > 0)
        MM_TRY(stream_words(t, words));
    return t->is_long ? MM_ERR_STOPPED : MM_OK;
}

struct sink {
    struct remote_talk *talk;
    struct mm_reason *reason;
};

static mm_err take_piece(void *ctx, unsigned status, mm_bytes piece)
{
    struct sink *sink = ctx;
    struct remote_talk *t = sink->talk;
    if (chat_now_ms() > t->deadline_ms) {
        t->is_late = true;
        return MM_ERR_STOPPED;
    }
    if (status == 200)
        return chat_events_feed(&t->events, piece, sink->reason);
    t->refused_bytes += piece.len;
    return t->refused_bytes > REFUSAL_BYTES_MAX ? MM_ERR_LIMIT : MM_OK;
}

/* While it is silent. */
static bool is_over(void *ctx)
{
    struct remote_talk *t = ctx;
    t->is_late = t->is_late || chat_now_ms() > t->deadline_ms;
    return t->is_late || atomic_load(&t->chat->is_stopping);
}

/* ---- the end of it ---- */

static void complete(struct remote_talk *t, unsigned status, struct mm_buf *taken_body)
{
    struct http_response response;
    http_response_init(&response, status, "application/json", 0);
    response.body = *taken_body;
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_complete(t->later, &response);
    t->later = NULL;
}

static void fail(struct remote_talk *t, unsigned status, const char *code, const char *message)
{
    struct mm_buf out;
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    if (t->feed == NULL) {
        chat_write_error(&out, status, code, message);
        complete(t, status, &out);
        return;
    }
    mm_buf_add_text(&out, "data: ");
    chat_write_error(&out, status, code, message);
    mm_buf_add_text(&out, "\n\n");
    (void)http_feed_add(t->feed, mm_buf_bytes(&out));
    http_feed_end(t->feed, true);
    t->feed = NULL;
    mm_buf_fini(&out);
}

static void succeed(struct remote_talk *t)
{
    struct mm_buf out;
    t->said.content = mm_buf_bytes(&t->reply);
    t->said.finish = t->is_long || t->events.is_cut ? "length" : "stop";
    t->said.record = chat_sign(t->chat, &t->token, &t->collection, &t->id, &t->asker,
                               &t->prompt.talk, t->said.content);
    mm_buf_init(&out, ANSWER_BYTES_MAX);
    if (t->feed == NULL) {
        chat_write_completion(&out, &t->said);
        complete(t, 200, &out);
        return;
    }
    chat_write_last_events(&out, &t->said, t->prompt.with_usage);
    const bool is_whole = http_feed_add(t->feed, mm_buf_bytes(&out));
    http_feed_end(t->feed, is_whole);
    t->feed = NULL;
    mm_buf_fini(&out);
}

static void end(struct remote_talk *t, enum client_verdict verdict, unsigned status,
                const struct mm_reason *ours, const struct mm_reason *clients)
{
    char message[400];
    struct mm_reason reason = *ours;
    const bool is_done =
        t->events.is_done || t->is_long ||
        (verdict == CLIENT_OK && status == 200 && chat_events_end(&t->events, &reason) == MM_OK);
    if (t->is_unheard) {
        http_feed_end(t->feed, false);
        t->feed = NULL;
        return;
    }
    if (atomic_load(&t->chat->is_stopping)) {
        fail(t, 503, "stopping", "the node is stopping");
    } else if (t->is_late) {
        (void)snprintf(message, sizeof message, "the remote took longer than %d s",
                       CHAT_REMOTE_MS_MAX / 1000);
        fail(t, 504, "remote_timeout", message);
    } else if (status != 200 && status != 0) {
        (void)snprintf(message, sizeof message, "the remote refused with HTTP %u", status);
        fail(t, 502, "remote_refused", message);
    } else if (!is_done) {
        (void)snprintf(message, sizeof message, "the remote failed: %s",
                       reason.text[0] != '\0' ? reason.text : clients->text);
        fail(t, 502, "remote_failed", message);
    } else if (t->reply.len == 0) {
        fail(t, 502, "remote_failed", "the remote failed: it said nothing");
    } else {
        succeed(t);
    }
}

static void ask(struct remote_talk *t)
{
    struct mm_reason ours = { .text = "" };
    struct mm_reason clients = { .text = "" };
    struct sink sink_state = { t, &ours };
    const struct client_sink sink = { .ctx = &sink_state, .piece = take_piece };
    const struct client_options options = { .connect_timeout_ms = CHAT_REMOTE_CONNECT_MS,
                                            .idle_timeout_ms = CHAT_REMOTE_IDLE_MS,
                                            .is_over = is_over,
                                            .ctx = t };
    const struct client_part part = { .bytes = mm_buf_bytes(&t->body) };
    const struct client_request request = {
        .method = "POST",
        .target = "/chat/completions",
        .content_type = "application/json",
        .accept = "text/event-stream, application/json",
        .bearer = t->chat->remote_key[0] == '\0' ? NULL : t->chat->remote_key,
        .parts = &part,
        .part_count = 1,
    };
    struct client *client = client_new(t->chat->options.remote, &options);
    unsigned status = 0;
    enum client_verdict verdict = CLIENT_NO_MEMORY;
    if (client == NULL)
        (void)mm_fail(&clients, MM_ERR_NO_MEMORY, "out of memory");
    else
        verdict = client_ask(client, &status, &request, &sink, &clients);
    client_free(client);
    /* A refusal that did not end either has its status in nobody's hands. */
    if (status == 0 && t->refused_bytes > REFUSAL_BYTES_MAX)
        (void)mm_fail(&ours, MM_ERR_LIMIT, "it refused, at more than 64 KiB's length");
    end(t, verdict, status, &ours, &clients);
}

static void talk_free(struct remote_talk *t)
{
    chat_events_fini(&t->events);
    mm_buf_fini(&t->body);
    mm_buf_fini(&t->reply);
    mm_arena_fini(&t->arena);
    mm_heap_free(t);
}

static void give_place(struct chat *chat)
{
    (void)pthread_mutex_lock(&chat->talk_lock);
    chat->talks--;
    (void)pthread_cond_broadcast(&chat->talk_ended);
    (void)pthread_mutex_unlock(&chat->talk_lock);
}

static void *talk_main(void *arg)
{
    struct remote_talk *t = arg;
    struct chat *chat = t->chat;
    ask(t);
    talk_free(t);
    give_place(chat);
    return NULL;
}

/* ---- the beginning ---- */

static bool start_thread(struct remote_talk *t)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const bool ok = pthread_create(&thread, &attributes, talk_main, t) == 0;
    (void)pthread_attr_destroy(&attributes);
    return ok;
}

/* False: as many as there may be are at work, or the node stops. */
static bool take_place(struct chat *chat)
{
    (void)pthread_mutex_lock(&chat->talk_lock);
    const bool ok = chat->talks < CHAT_REMOTE_TALKS_MAX && !atomic_load(&chat->is_stopping);
    chat->talks += ok ? 1 : 0;
    (void)pthread_mutex_unlock(&chat->talk_lock);
    return ok;
}

static struct remote_talk *talk_new(struct chat_request *r, const struct chat_token *token,
                                    const struct spec *spec, const struct chat_prompt *prompt)
{
    struct remote_talk *t = mm_heap_zeroed(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->chat = r->chat;
    t->token = *token;
    t->collection = r->collection;
    t->id = r->token;
    t->asker = r->asker;
    t->prompt = *prompt;
    t->said = (struct chat_said){ .model = spec->model,
                                  .created_s = chat_now_s(),
                                  .prompt_bytes = chat_talk_bytes(&prompt->talk) };
    t->said.record.prompt_hash = talk_prompt_hash(&prompt->talk, prompt->talk.count);
    t->deadline_ms = chat_now_ms() + CHAT_REMOTE_MS_MAX;
    mm_buf_init(&t->body, BODY_BYTES_MAX);
    mm_buf_init(&t->reply, TALK_CONTENT_BYTES_MAX);
    chat_events_init(&t->events);
    t->events.ctx = t;
    t->events.words = take_words;
    write_body(&t->body, spec, prompt);
    return t;
}

/* Messages may borrow from the request's body, which goes when it is deferred. */
static bool keep_messages(struct chat_request *r, struct chat_prompt *kept,
                          const struct chat_prompt *prompt)
{
    struct talk_message *messages =
        MM_ARENA_ARRAY(&r->arena, struct talk_message, prompt->talk.count);
    *kept = *prompt;
    for (size_t i = 0; messages != NULL && i < prompt->talk.count; i++) {
        messages[i] = prompt->talk.messages[i];
        if (mm_arena_copy(&r->arena, &messages[i].content, messages[i].content) != MM_OK)
            return false;
    }
    kept->talk.messages = messages;
    return messages != NULL;
}

void chat_remote(struct chat_request *r, const struct chat_token *token, const struct spec *spec,
                 const struct chat_prompt *prompt)
{
    struct chat *chat = r->chat;
    struct chat_prompt kept;
    if (chat->options.remote == NULL) {
        (void)chat_fail(r, 404, "remote_not_allowed",
                        "the persona is a remote model's, and this node's operator allows none");
        return;
    }
    if (!keep_messages(r, &kept, prompt)) {
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    if (!take_place(chat)) {
        (void)chat_fail(r, 429, "busy", "as many talk with the remote model as may; try again");
        return;
    }
    struct remote_talk *t = talk_new(r, token, spec, &kept);
    if (t == NULL || mm_buf_err(&t->body) != MM_OK) {
        if (t != NULL)
            talk_free(t);
        give_place(chat);
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    t->later = http_defer(r->http);
    if (t->later == NULL) {
        talk_free(t);
        give_place(chat);
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    r->http = NULL;
    t->arena = r->arena; /* what the token and the messages borrow from */
    mm_arena_init(&r->arena, 0);
    if (start_thread(t))
        return;
    fail(t, 503, "out_of_memory", "no thread can be started");
    talk_free(t);
    give_place(chat);
}
