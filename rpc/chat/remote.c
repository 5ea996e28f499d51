/* A reply by a remote model, at the URL that this node's operator gave: never at one that a token names.
 *
 *     worker: defers the request, starts a thread ──► thread: asks, reads events ──► feed (rpc/http/feed.c) or one answer
 *
 * The remote is nobody's friend: it is cut off when it is silent, takes too long, sends too much, a line too long, or what is not what
 * it should be, and the client is told which. */
#include "rpc/chat/remote.h"
#include "state/base/heap.h"

enum {
    BODY_BYTES_MAX = 2 << 20,     /* of the request: instructions and conversation, escaped */
    REFUSAL_BYTES_MAX = 64 << 10, /* of what comes with another status than 200 */
};

/* ---- asking ---- */

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

static void ask(struct remote_talk *t)
{
    struct chat_remote_end end = { .verdict = CLIENT_NO_MEMORY };
    struct sink sink_state = { t, &end.ours };
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
        .parts = &part,
        .part_count = 1,
    };
    struct client *client = client_new(t->chat->options.remote, &options);
    if (client == NULL)
        (void)mm_fail(&end.clients, MM_ERR_NO_MEMORY, "out of memory");
    else if (t->chat->remote_key[0] != '\0')
        client_set_bearer(client, t->chat->remote_key);
    if (client != NULL)
        end.verdict = client_ask(client, &end.status, &request, &sink, &end.clients);
    client_free(client);
    /* A refusal that did not end either has its status in nobody's hands. */
    if (end.status == 0 && t->refused_bytes > REFUSAL_BYTES_MAX)
        (void)mm_fail(&end.ours, MM_ERR_LIMIT, "it refused, at more than 64 KiB's length");
    chat_remote_end(t, &end);
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
    t->events.words = chat_remote_take_words;
    chat_remote_write_body(&t->body, spec, prompt);
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
    chat_remote_fail(t, 503, "out_of_memory", "no thread can be started");
    talk_free(t);
    give_place(chat);
}
