/* What a remote sends, in pieces of any size. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/chat/chat_internal.h"

static struct mm_buf words;
static struct chat_events events;
static struct mm_reason reason;

static mm_err take(void *ctx, mm_bytes piece)
{
    (void)ctx;
    mm_buf_add(&words, piece);
    return mm_buf_err(&words);
}

static void open_events(void)
{
    mm_buf_init(&words, 1 << 20);
    chat_events_init(&events);
    events.words = take;
}

static void close_events(void)
{
    chat_events_fini(&events);
    mm_buf_fini(&words);
}

TestSuite(events, .init = open_events, .fini = close_events);

static mm_err feed(const char *text)
{
    return chat_events_feed(&events, mm_bytes_str(text), &reason);
}

#define EVENT(content) "data: {\"choices\":[{\"delta\":{\"content\":\"" content "\"}}]}\n\n"

Test(events, words_come_whatever_the_pieces)
{
    static const char text[] = ": hello\n\n" EVENT("Hel") "event: x\r\n" EVENT(
        "lo \\u00fc") "data: {\"choices\":[],\"usage\":{}}\n\ndata: [DONE]\n\n";
    for (size_t step = 1; step < sizeof text; step++) {
        close_events();
        open_events();
        mm_err err = MM_OK;
        for (size_t at = 0; at < sizeof text - 1 && err == MM_OK; at += step) {
            const size_t left = sizeof text - 1 - at;
            err = chat_events_feed(&events, mm_bytes_from(text + at, left < step ? left : step),
                                   &reason);
        }
        cr_assert_eq(err, MM_ERR_STOPPED);
        cr_assert_eq(chat_events_end(&events, &reason), MM_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&words), MM_BYTES_LIT("Hello ü")));
    }
}

Test(events, an_end_that_was_not_said_is_none)
{
    cr_assert_eq(feed(EVENT("Half")), MM_OK);
    cr_assert_eq(chat_events_end(&events, &reason), MM_ERR_INVALID);
}

Test(events, one_object_is_taken_at_its_end)
{
    cr_assert_eq(feed("{\"choices\":[{\"message\":{\"content\":\"All\"},"), MM_OK);
    cr_assert_eq(feed("\"finish_reason\":\"length\"}]}"), MM_OK);
    cr_assert_eq(words.len, 0);
    cr_assert_eq(chat_events_end(&events, &reason), MM_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&words), MM_BYTES_LIT("All")));
    cr_assert(events.is_cut);
}

Test(events, what_is_no_json_or_an_error_is_refused)
{
    cr_assert_eq(feed("data: {x\n"), MM_ERR_INVALID);
    close_events();
    open_events();
    cr_assert_eq(feed("data: {\"error\":{\"message\":\"sk-secret\"}}\n"), MM_ERR_INVALID);
    cr_assert_null(strstr(reason.text, "sk-secret"));
}

Test(events, lines_and_all_of_it_have_an_end)
{
    static char line[CHAT_REMOTE_LINE_MAX + 2];
    memset(line, 'x', sizeof line - 1);
    line[0] = ':';
    cr_assert_eq(feed(line), MM_ERR_LIMIT);
    close_events();
    open_events();
    line[CHAT_REMOTE_LINE_MAX / 2] = '\n';
    line[CHAT_REMOTE_LINE_MAX / 2 + 1] = '\0';
    mm_err err = MM_OK;
    size_t bytes = 0;
    while (err == MM_OK) {
        err = feed(line);
        bytes += strlen(line);
    }
    cr_assert_eq(err, MM_ERR_LIMIT);
    cr_assert_leq(bytes, CHAT_REMOTE_BYTES_MAX + sizeof line);
}
