/* What comes of a remote, told to the client as it comes: words as events of a stream, or one answer at the end.
 *
 * Its words are taken up to the length of a message. They are signed as what was said, not as what is right: nobody can play them
 * again, and verifying says so. */
#include <stdio.h>

#include "rpc/chat/remote.h"

enum { ANSWER_BYTES_MAX = 1 << 20 }; /* and what may wait for a slow client */

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

mm_err chat_remote_take_words(void *ctx, mm_bytes words)
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

void chat_remote_fail(struct remote_talk *t, unsigned status, const char *code, const char *message)
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

void chat_remote_end(struct remote_talk *t, const struct chat_remote_end *end)
{
    char message[400];
    const unsigned status = end->status;
    struct mm_reason reason = end->ours;
    const bool is_done = t->events.is_done || t->is_long ||
                         (end->verdict == CLIENT_OK && status == 200 &&
                          chat_events_end(&t->events, &reason) == MM_OK);
    if (t->is_unheard) {
        http_feed_end(t->feed, false);
        t->feed = NULL;
        return;
    }
    if (atomic_load(&t->chat->is_stopping)) {
        chat_remote_fail(t, 503, "stopping", "the node is stopping");
    } else if (t->is_late) {
        (void)snprintf(message, sizeof message, "the remote took longer than %d s",
                       CHAT_REMOTE_MS_MAX / 1000);
        chat_remote_fail(t, 504, "remote_timeout", message);
    } else if (status != 200 && status != 0) {
        (void)snprintf(message, sizeof message, "the remote refused with HTTP %u", status);
        chat_remote_fail(t, 502, "remote_refused", message);
    } else if (!is_done) {
        (void)snprintf(message, sizeof message, "the remote failed: %s",
                       reason.text[0] != '\0' ? reason.text : end->clients.text);
        chat_remote_fail(t, 502, "remote_failed", message);
    } else if (t->reply.len == 0) {
        chat_remote_fail(t, 502, "remote_failed", "the remote failed: it said nothing");
    } else {
        succeed(t);
    }
}
