#include "rpc/client/reply.h"

#include <strings.h>

#include "state/base/assert.h"

const char *reply_verdict_text(enum reply_verdict verdict)
{
    switch (verdict) {
    case REPLY_MORE:
    case REPLY_PIECE:
    case REPLY_DONE:
        return "ok";
    case REPLY_BAD_STATUS:
        return "no HTTP/1.1 status line";
    case REPLY_BAD_HEADER:
        return "a malformed header";
    case REPLY_HEAD_TOO_LONG:
        return "headers too long";
    case REPLY_BAD_LENGTH:
        return "a malformed Content-Length";
    case REPLY_BAD_ENCODING:
        return "a Transfer-Encoding that is not chunked alone";
    case REPLY_BAD_CHUNK:
        return "a malformed chunk";
    case REPLY_TRUNCATED:
        return "the connection closed before the answer was whole";
    }
    MM_UNREACHABLE();
}

void reply_init(struct reply *reply, bool is_head)
{
    reply->state = REPLY_IN_HEAD;
    reply->is_head = is_head;
    reply->status = 0;
    reply->keeps_alive = false;
    reply->type = (mm_bytes){ NULL, 0 };
    reply->left = 0;
    reply->interim = 0;
    reply->line_len = 0;
    reply->head_len = 0;
}

/* ---- the head ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK": the version's last digit and the status. */
static bool read_status(struct reply *reply, mm_bytes line, bool *is_11)
{
    const uint8_t *c = line.ptr;
    if (line.len < 12 || memcmp(c, "HTTP/1.", 7) != 0 || !is_digit(c[7]) || c[8] != ' ' ||
        c[9] < '1' || c[9] > '9' || !is_digit(c[10]) || !is_digit(c[11]) ||
        (line.len > 12 && c[12] != ' '))
        return false;
    reply->status = (unsigned)((c[9] - '0') * 100 + (c[10] - '0') * 10 + (c[11] - '0'));
    *is_11 = c[7] != '0';
    return true;
}

struct framing {
    bool has_length;
    bool has_encoding;
    bool closes;
    bool keeps;
    uint64_t length;
};

static bool named(mm_bytes name, const char *text)
{
    return name.len == strlen(text) && strncasecmp((const char *)name.ptr, text, name.len) == 0;
}

static mm_bytes trimmed(mm_bytes text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool read_length(uint64_t *out, mm_bytes text)
{
    *out = 0;
    if (text.len == 0 || text.len > 18)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return true;
}

static enum reply_verdict read_header(struct reply *reply, struct framing *framing, mm_bytes line)
{
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    if (colon == NULL || colon == line.ptr)
        return REPLY_BAD_HEADER;
    const mm_bytes name = { line.ptr, (size_t)(colon - line.ptr) };
    const mm_bytes value = trimmed(mm_bytes_from(colon + 1, line.len - name.len - 1));
    for (size_t i = 0; i < line.len; i++)
        if ((line.ptr[i] < ' ' && line.ptr[i] != '\t') || (i < name.len && line.ptr[i] <= ' '))
            return REPLY_BAD_HEADER;
    if (named(name, "content-length")) {
        uint64_t length;
        if (!read_length(&length, value) || (framing->has_length && length != framing->length))
            return REPLY_BAD_LENGTH;
        framing->has_length = true;
        framing->length = length;
    } else if (named(name, "transfer-encoding")) {
        if (framing->has_encoding || !named(value, "chunked"))
            return REPLY_BAD_ENCODING;
        framing->has_encoding = true;
    } else if (named(name, "connection")) {
        framing->closes |= named(value, "close");
        framing->keeps |= named(value, "keep-alive");
    } else if (named(name, "content-type")) {
        reply->type = value;
    }
    return REPLY_MORE;
}

/* The head without its last empty line; lines end in CRLF. */
static enum reply_verdict read_head(struct reply *reply)
{
    struct framing framing = { .has_length = false };
    mm_bytes rest = { (const uint8_t *)reply->head, reply->head_len - 2 };
    bool is_11 = false;
    for (bool is_first = true; rest.len > 0; is_first = false) {
        const uint8_t *end = memchr(rest.ptr, '\r', rest.len); /* there is one: the head ends so */
        const mm_bytes line = { rest.ptr, (size_t)(end - rest.ptr) };
        if (line.len + 2 > rest.len || end[1] != '\n')
            return REPLY_BAD_HEADER;
        if (is_first && !read_status(reply, line, &is_11))
            return REPLY_BAD_STATUS;
        if (!is_first) {
            const enum reply_verdict verdict = read_header(reply, &framing, line);
            if (verdict != REPLY_MORE)
                return verdict;
        }
        rest = mm_bytes_from(rest.ptr + line.len + 2, rest.len - line.len - 2);
    }
    if (framing.has_length && framing.has_encoding)
        return REPLY_BAD_ENCODING;
    if (reply->status < 200) {
        reply->head_len = 0;
        reply->status = 0;
        return ++reply->interim > REPLY_INTERIM_MAX ? REPLY_BAD_STATUS : REPLY_MORE;
    }
    const bool has_body = !reply->is_head && reply->status != 204 && reply->status != 304;
    const bool is_bounded = !has_body || framing.has_length || framing.has_encoding;
    reply->keeps_alive = is_bounded && !framing.closes && (is_11 || framing.keeps);
    reply->left = framing.has_length ? framing.length : 0;
    reply->state = !has_body || (framing.has_length && framing.length == 0) ? REPLY_FINISHED
                   : framing.has_encoding                                   ? REPLY_CHUNK_SIZE
                   : framing.has_length                                     ? REPLY_IN_BODY
                                                                            : REPLY_TO_END;
    return REPLY_MORE;
}

static enum reply_verdict feed_head(struct reply *reply, mm_bytes in, size_t *used)
{
    while (*used < in.len) {
        if (reply->head_len == REPLY_HEAD_MAX)
            return REPLY_HEAD_TOO_LONG;
        reply->head[reply->head_len++] = (char)in.ptr[(*used)++];
        const char *end = reply->head + reply->head_len;
        if (reply->head_len >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0)
            return read_head(reply);
    }
    return REPLY_MORE;
}

/* ---- chunks ---- */

static bool read_chunk_size(uint64_t *size, const char *line, size_t len)
{
    size_t at = 0;
    *size = 0;
    for (; at < len && at < 16; at++) {
        const char c = line[at];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            break;
        *size = *size << 4 | (uint64_t)digit;
    }
    while (at < len && (line[at] == ' ' || line[at] == '\t') && at > 0)
        at++;
    return at > 0 && *size < UINT64_MAX >> 1 && (at == len || line[at] == ';');
}

/* Gathers up to CRLF; *is_whole when it is there, without it. */
static enum reply_verdict gather(struct reply *reply, mm_bytes in, size_t *used, bool *is_whole)
{
    *is_whole = false;
    while (*used < in.len && !*is_whole) {
        if (reply->line_len == REPLY_LINE_MAX)
            return REPLY_BAD_CHUNK;
        reply->line[reply->line_len++] = (char)in.ptr[(*used)++];
        *is_whole =
            reply->line_len >= 2 && memcmp(reply->line + reply->line_len - 2, "\r\n", 2) == 0;
    }
    if (*is_whole)
        reply->line_len -= 2;
    return REPLY_MORE;
}

static enum reply_verdict feed_size(struct reply *reply, mm_bytes in, size_t *used)
{
    bool is_whole;
    if (gather(reply, in, used, &is_whole) != REPLY_MORE)
        return REPLY_BAD_CHUNK;
    if (!is_whole)
        return REPLY_MORE;
    if (!read_chunk_size(&reply->left, reply->line, reply->line_len))
        return REPLY_BAD_CHUNK;
    reply->line_len = 0;
    reply->state = reply->left == 0 ? REPLY_TRAILERS : REPLY_CHUNK_DATA;
    return REPLY_MORE;
}

static enum reply_verdict feed_chunk_end(struct reply *reply, mm_bytes in, size_t *used)
{
    bool is_whole;
    if (gather(reply, in, used, &is_whole) != REPLY_MORE || reply->line_len > (is_whole ? 0 : 1))
        return REPLY_BAD_CHUNK;
    if (is_whole)
        reply->state = REPLY_CHUNK_SIZE;
    return REPLY_MORE;
}

static enum reply_verdict feed_trailers(struct reply *reply, mm_bytes in, size_t *used)
{
    while (*used < in.len) {
        const char c = (char)in.ptr[(*used)++];
        if (reply->left++ >=
            REPLY_TRAILERS_MAX) /* counts them all; line has the current one's end */
            return REPLY_BAD_CHUNK;
        if (c != '\n') {
            reply->line[0] = c;
            reply->line_len += c != '\r';
            continue;
        }
        if (reply->line[0] != '\r')
            return REPLY_BAD_CHUNK;
        if (reply->line_len == 0) {
            reply->state = REPLY_FINISHED;
            return REPLY_DONE;
        }
        reply->line_len = 0;
        reply->line[0] = '\0';
    }
    return REPLY_MORE;
}

/* ---- all of it ---- */

static enum reply_verdict feed_data(struct reply *reply, mm_bytes in, size_t *used, mm_bytes *piece)
{
    const size_t there = in.len - *used;
    const bool is_open = reply->state == REPLY_TO_END;
    const size_t step = is_open || there < reply->left ? there : (size_t)reply->left;
    *piece = mm_bytes_from(in.ptr + *used, step);
    *used += step;
    if (!is_open)
        reply->left -= step;
    if (!is_open && reply->left == 0)
        reply->state = reply->state == REPLY_IN_BODY ? REPLY_FINISHED : REPLY_CHUNK_END;
    return REPLY_PIECE;
}

enum reply_verdict reply_feed(struct reply *reply, mm_bytes in, size_t *used, mm_bytes *piece)
{
    *used = 0;
    *piece = (mm_bytes){ NULL, 0 };
    enum reply_verdict verdict = REPLY_MORE;
    while (verdict == REPLY_MORE && reply->state != REPLY_FINISHED && *used < in.len) {
        switch (reply->state) {
        case REPLY_IN_HEAD:
            verdict = feed_head(reply, in, used);
            break;
        case REPLY_IN_BODY:
        case REPLY_TO_END:
        case REPLY_CHUNK_DATA:
            return feed_data(reply, in, used, piece);
        case REPLY_CHUNK_SIZE:
            verdict = feed_size(reply, in, used);
            break;
        case REPLY_CHUNK_END:
            verdict = feed_chunk_end(reply, in, used);
            break;
        case REPLY_TRAILERS:
            verdict = feed_trailers(reply, in, used);
            break;
        case REPLY_FINISHED:
            break;
        }
    }
    return verdict == REPLY_MORE && reply->state == REPLY_FINISHED ? REPLY_DONE : verdict;
}

enum reply_verdict reply_close(struct reply *reply)
{
    const bool is_whole = reply->state == REPLY_TO_END || reply->state == REPLY_FINISHED;
    reply->keeps_alive = false;
    reply->state = REPLY_FINISHED;
    return is_whole ? REPLY_DONE : REPLY_TRUNCATED;
}
