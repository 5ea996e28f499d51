#include "rpc/client/reply.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* What came of feeding an answer in pieces of `step` bytes and closing the connection behind it. */
struct outcome {
    enum reply_verdict verdict;
    unsigned status;
    bool keeps_alive;
    char body[4096];
    size_t body_len;
    size_t taken;
};

static struct outcome feed(const char *text, size_t len, size_t step)
{
    static struct reply reply;
    struct outcome out = { .verdict = REPLY_MORE };
    reply_init(&reply, false);
    while (out.verdict == REPLY_PIECE || (out.verdict == REPLY_MORE && out.taken < len)) {
        const size_t end = out.taken + step < len ? out.taken + step : len;
        size_t used;
        mm_bytes piece;
        out.verdict =
            reply_feed(&reply, mm_bytes_from(text + out.taken, end - out.taken), &used, &piece);
        cr_assert_eq(piece.len > 0, out.verdict == REPLY_PIECE);
        if (piece.len > 0)
            memcpy(out.body + out.body_len, piece.ptr, piece.len);
        out.body_len += piece.len;
        out.taken += used;
    }
    if (out.verdict == REPLY_MORE || out.verdict == REPLY_PIECE)
        out.verdict = reply_close(&reply);
    out.status = reply.status;
    out.keeps_alive = reply.keeps_alive;
    return out;
}

static struct outcome feed_text(const char *text)
{
    const struct outcome whole = feed(text, strlen(text), SIZE_MAX / 2);
    for (size_t step = 1; step < 8; step++) {
        const struct outcome again = feed(text, strlen(text), step);
        cr_assert_eq(again.verdict, whole.verdict, "in pieces of %zu: %s", step, text);
        cr_assert_eq(again.body_len, whole.body_len);
        cr_assert_eq(memcmp(again.body, whole.body, whole.body_len), 0);
    }
    return whole;
}

static void gives(const char *text, unsigned status, const char *body, bool keeps_alive)
{
    const struct outcome out = feed_text(text);
    cr_assert_eq(out.verdict, REPLY_DONE, "%s: %s", reply_verdict_text(out.verdict), text);
    cr_assert_eq(out.status, status);
    cr_assert_eq(out.keeps_alive, keeps_alive, "%s", text);
    cr_assert_eq(out.body_len, strlen(body));
    cr_assert_eq(memcmp(out.body, body, out.body_len), 0);
}

static void refuses(const char *text, enum reply_verdict verdict)
{
    const struct outcome out = feed_text(text);
    cr_assert_eq(out.verdict, verdict, "%s, not %s: %s", reply_verdict_text(out.verdict),
                 reply_verdict_text(verdict), text);
}

Test(reply, takes_a_body_of_a_known_length)
{
    gives("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true);
    gives("HTTP/1.1 200 OK\r\ncontent-length:5\r\nConnection: close\r\n\r\nhello", 200, "hello",
          false);
    gives("HTTP/1.1 413 \r\nContent-Length: 0\r\n\r\n", 413, "", true);
    gives("HTTP/1.1 413\r\nContent-Length: 0\r\n\r\n", 413, "", true);
    gives("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", false);
    gives("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", 200, "hi",
          true);
    gives("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", true);
}

Test(reply, takes_chunks_with_extensions_and_trailers)
{
    gives("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200,
          "hello", true);
    gives("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n005;a=\"b\"\r\nhello\r\nA \r\n, "
          "world!!!\r\n0;x\r\nT: 1\r\nU: 2\r\n\r\n",
          200, "hello, world!!!", true);
    gives("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "", true);
}

Test(reply, takes_a_body_that_ends_with_the_connection)
{
    gives("HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello", false);
    gives("HTTP/1.1 200 OK\r\n\r\n", 200, "", false);
}

Test(reply, has_no_body_where_there_can_be_none)
{
    gives("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true);
    gives("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, "", true);
}

Test(reply, passes_over_interim_answers)
{
    gives("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 "
          "OK\r\nContent-Length: 2\r\n\r\nhi",
          200, "hi", true);
    char many[1024] = "";
    for (int i = 0; i < 20; i++)
        strcat(many, "HTTP/1.1 100 Continue\r\n\r\n");
    refuses(many, REPLY_BAD_STATUS);
}

Test(reply, leaves_what_follows_the_answer)
{
    const char *text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1";
    const struct outcome out = feed(text, strlen(text), SIZE_MAX / 2);
    cr_assert_eq(out.verdict, REPLY_DONE);
    cr_assert_eq(out.taken, strlen(text) - strlen("HTTP/1.1"));
}

Test(reply, refuses_what_is_no_status_line)
{
    refuses("HTTP/2 200 OK\r\n\r\n", REPLY_BAD_STATUS);
    refuses("HTTP/1.1 99 x\r\n\r\n", REPLY_BAD_STATUS);
    refuses("HTTP/1.1 0200 x\r\n\r\n", REPLY_BAD_STATUS);
    refuses("HTTP/1.1  200 x\r\n\r\n", REPLY_BAD_STATUS);
    refuses("SSH-2.0-OpenSSH\r\n\r\n", REPLY_BAD_STATUS);
}

Test(reply, refuses_headers_that_two_readers_could_read_differently)
{
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", REPLY_BAD_LENGTH);
    refuses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            REPLY_BAD_ENCODING);
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", REPLY_BAD_ENCODING);
    refuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            REPLY_BAD_ENCODING);
    refuses("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n", REPLY_BAD_HEADER);
    refuses("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", REPLY_BAD_HEADER);
    refuses("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", REPLY_BAD_HEADER);
    refuses("HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n", REPLY_BAD_HEADER);
    refuses("HTTP/1.1 200 OK\r\nA: b\rB: c\r\n\r\n", REPLY_BAD_HEADER);
}

Test(reply, refuses_malformed_chunks)
{
    static const char *const bodies[] = { "g\r\n",
                                          "\r\n",
                                          " 5\r\nhello\r\n",
                                          "5\nhello\r\n",
                                          "5\r\nhelloX\r\n0\r\n\r\n",
                                          "ffffffffffffffff\r\n",
                                          "10000000000000000\r\n",
                                          "-1\r\n",
                                          "0x5\r\n",
                                          "5\r\nhello\n0\r\n\r\n",
                                          "0\r\nT: 1\n\r\n" };
    for (size_t i = 0; i < MM_COUNT_OF(bodies); i++) {
        char text[256];
        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s",
                 bodies[i]);
        refuses(text, REPLY_BAD_CHUNK);
    }
}

Test(reply, refuses_an_answer_that_is_cut_anywhere)
{
    static const char *const texts[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"
    };
    for (size_t i = 0; i < MM_COUNT_OF(texts); i++) {
        for (size_t len = 0; len < strlen(texts[i]); len++)
            cr_assert_eq(feed(texts[i], len, 3).verdict, REPLY_TRUNCATED, "%.*s", (int)len,
                         texts[i]);
    }
}

Test(reply, bounds_heads_lines_and_trailers)
{
    static char text[REPLY_HEAD_MAX + 64];
    memset(text, 'a', sizeof text - 1);
    memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
    cr_assert_eq(feed(text, sizeof text - 1, 4096).verdict, REPLY_HEAD_TOO_LONG);
    const char *chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;";
    memset(text, 'a', sizeof text - 1);
    memcpy(text, chunked, strlen(chunked));
    cr_assert_eq(feed(text, sizeof text - 1, 4096).verdict, REPLY_BAD_CHUNK);
    const char *trailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    for (size_t i = strlen(trailers); i < sizeof text; i++)
        text[i] = "T: x\r\n"[(i - strlen(trailers)) % 6];
    memcpy(text, trailers, strlen(trailers));
    cr_assert_eq(feed(text, sizeof text - 1, 4096).verdict, REPLY_BAD_CHUNK);
}
