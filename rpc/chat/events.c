/* What a remote sends: lines of events, or one object. Nothing of it is believed beyond its form.
 *
 *     data: {"choices":[{"delta":{"content":"Hel"}}]}      words
 *     data: [DONE]                                         the end
 *     : …  event: …  id: …  retry: …                       passed over */
#include "rpc/chat/chat_internal.h"

enum { EVENT_ARENA_BYTES = 8 << 20 };

void chat_events_init(struct chat_events *events)
{
    *events = (struct chat_events){ .bytes = 0 };
    mm_buf_init(&events->line, CHAT_REMOTE_LINE_MAX);
    mm_arena_init(&events->arena, EVENT_ARENA_BYTES);
}

void chat_events_fini(struct chat_events *events)
{
    mm_buf_fini(&events->line);
    mm_arena_fini(&events->arena);
}

static mm_err refuse(struct mm_reason *reason, const char *what)
{
    return mm_fail(reason, MM_ERR_INVALID, "%s", what);
}

static const struct json *first_choice(const struct json *root)
{
    const struct json *choices = json_find(root, "choices");
    return choices == NULL || choices->kind != JSON_ARRAY || choices->count == 0
               ? NULL
               : &choices->items[0];
}

/* key: "delta" of an event, "message" of an object. */
static mm_err take_object(struct chat_events *events, mm_bytes text, const char *key,
                          struct mm_reason *reason)
{
    struct json root;
    mm_arena_reset(&events->arena);
    if (json_parse(&events->arena, &root, text, NULL, NULL) != JSON_OK)
        return refuse(reason, "what it sends is not JSON");
    if (json_find(&root, "error") != NULL)
        return refuse(reason, "it sent an error in place of words");
    const struct json *choice = first_choice(&root);
    if (choice == NULL) /* usage, for one */
        return MM_OK;
    const struct json *finish = json_find(choice, "finish_reason");
    const struct json *words = json_find(choice, key);
    events->is_cut = events->is_cut || (finish != NULL && json_is_text(finish, "length"));
    words = words == NULL ? NULL : json_find(words, "content");
    if (words == NULL || words->kind != JSON_STRING || words->text.len == 0)
        return MM_OK;
    return events->words(events->ctx, words->text);
}

static mm_err take_line(struct chat_events *events, struct mm_reason *reason)
{
    mm_bytes line = mm_buf_bytes(&events->line);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    if (line.len < 5 || memcmp(line.ptr, "data:", 5) != 0)
        return MM_OK;
    line = mm_bytes_from(line.ptr + 5, line.len - 5);
    if (line.len > 0 && line.ptr[0] == ' ')
        line = mm_bytes_from(line.ptr + 1, line.len - 1);
    if (mm_bytes_equal(line, MM_BYTES_LIT("[DONE]"))) {
        events->is_done = true;
        return MM_ERR_STOPPED;
    }
    return take_object(events, line, "delta", reason);
}

static mm_err add(struct chat_events *events, mm_bytes bytes, struct mm_reason *reason)
{
    mm_buf_add(&events->line, bytes);
    if (mm_buf_err(&events->line) == MM_OK)
        return MM_OK;
    return mm_fail(reason, MM_ERR_LIMIT, "it sent a line of more than %d bytes",
                   CHAT_REMOTE_LINE_MAX);
}

mm_err chat_events_feed(struct chat_events *events, mm_bytes piece, struct mm_reason *reason)
{
    events->bytes += piece.len;
    if (events->bytes > CHAT_REMOTE_BYTES_MAX)
        return mm_fail(reason, MM_ERR_LIMIT, "it sent more than %d MiB",
                       CHAT_REMOTE_BYTES_MAX >> 20);
    if (!events->has_begun && piece.len > 0) {
        events->has_begun = true;
        events->is_object = piece.ptr[0] == '{';
    }
    if (events->is_object)
        return add(events, piece, reason);
    while (piece.len > 0) {
        const uint8_t *end = memchr(piece.ptr, '\n', piece.len);
        const size_t len = end == NULL ? piece.len : (size_t)(end - piece.ptr);
        MM_TRY(add(events, mm_bytes_from(piece.ptr, len), reason));
        if (end == NULL)
            return MM_OK;
        const mm_err err = take_line(events, reason);
        mm_buf_reset(&events->line);
        MM_TRY(err);
        piece = mm_bytes_from(piece.ptr + len + 1, piece.len - len - 1);
    }
    return MM_OK;
}

mm_err chat_events_end(struct chat_events *events, struct mm_reason *reason)
{
    if (events->is_done)
        return MM_OK;
    if (events->is_object) {
        events->is_done = true;
        return take_object(events, mm_buf_bytes(&events->line), "message", reason);
    }
    return refuse(reason, "it ended before it said that it was done");
}
