#include <assert.h>

#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/codec/hex.h"
#include "state/codec/json_internal.h"
#include "state/codec/utf8.h"

static_assert(JSON_WRITE_DEPTH_MAX == 64 * 2, "a bit a level");
static_assert(JSON_WRITE_DEPTH_MAX >= MM_JSON_DEPTH_MAX + 32, "our own levels around outside ones");

struct json_writer json_writer_over(struct mm_buf *buf)
{
    return (struct json_writer){ .buf = buf };
}

/* The comma before a key, or before a value that has none. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth == 0)
        return;
    uint64_t *word = &w->has_items[(w->depth - 1) / 64];
    const uint64_t bit = UINT64_C(1) << (w->depth - 1) % 64;
    if ((*word & bit) != 0)
        mm_buf_add_byte(w->buf, ',');
    *word |= bit;
}

static void open_level(struct json_writer *w, uint8_t bracket)
{
    separate(w);
    MM_ASSERT(w->depth < JSON_WRITE_DEPTH_MAX);
    w->depth++;
    w->has_items[(w->depth - 1) / 64] &= ~(UINT64_C(1) << (w->depth - 1) % 64);
    mm_buf_add_byte(w->buf, bracket);
}

static void close_level(struct json_writer *w, uint8_t bracket)
{
    MM_ASSERT(w->depth > 0 && !w->after_key);
    w->depth--;
    mm_buf_add_byte(w->buf, bracket);
}

void json_open_object(struct json_writer *w)
{
    open_level(w, '{');
}

void json_close_object(struct json_writer *w)
{
    close_level(w, '}');
}

void json_open_array(struct json_writer *w)
{
    open_level(w, '[');
}

void json_close_array(struct json_writer *w)
{
    close_level(w, ']');
}

/* Strings */

static void add_escape(struct mm_buf *buf, uint8_t byte)
{
    static const char SHORT[] = "\bb\ff\nn\rr\tt\"\"\\\\"; /* the byte, then its letter */
    for (size_t i = 0; i + 1 < sizeof SHORT; i += 2) {
        if ((uint8_t)SHORT[i] == byte) {
            const char escape[] = { '\\', SHORT[i + 1] };
            mm_buf_add(buf, MM_BYTES_OF(escape));
            return;
        }
    }
    char escape[] = { '\\', 'u', '0', '0', 0, 0 };
    hex_encode(escape + 4, mm_bytes_from(&byte, 1));
    mm_buf_add(buf, MM_BYTES_OF(escape));
}

/* Between quotes. What needs no change is appended in runs: plain ASCII is found eight bytes at a time. */
static void add_quoted(struct mm_buf *buf, mm_bytes text)
{
    mm_buf_add_byte(buf, '"');
    size_t run = 0; /* where the run began */
    size_t at = 0;
    while (at < text.len) {
        at += json_plain_run(text.ptr + at, text.len - at);
        if (at == text.len)
            break;
        const uint8_t byte = text.ptr[at];
        const size_t valid =
            byte < 0x80 ? 0 : utf8_char_len(mm_bytes_from(text.ptr + at, text.len - at));
        if (valid > 0) {
            at += valid;
            continue;
        }
        mm_buf_add(buf, mm_bytes_from(text.ptr + run, at - run));
        if (byte < 0x80)
            add_escape(buf, byte);
        else
            mm_buf_add(buf, MM_BYTES_LIT("\xef\xbf\xbd")); /* U+FFFD */
        run = ++at;
    }
    if (at > run)
        mm_buf_add(buf, mm_bytes_from(text.ptr + run, at - run));
    mm_buf_add_byte(buf, '"');
}

void json_key(struct json_writer *w, const char *key)
{
    const mm_bytes bytes = mm_bytes_str(key);
    MM_DCHECK(json_plain_run(bytes.ptr, bytes.len) == bytes.len);
    MM_ASSERT(w->depth > 0 && !w->after_key);
    separate(w);
    uint8_t *out = mm_buf_reserve(w->buf, bytes.len + 3);
    if (out != NULL) {
        out[0] = '"';
        memcpy(out + 1, bytes.ptr, bytes.len);
        out[bytes.len + 1] = '"';
        out[bytes.len + 2] = ':';
        mm_buf_advance(w->buf, bytes.len + 3);
    }
    w->after_key = true;
}

void json_key_bytes(struct json_writer *w, mm_bytes key)
{
    MM_ASSERT(w->depth > 0 && !w->after_key);
    separate(w);
    add_quoted(w->buf, key);
    mm_buf_add_byte(w->buf, ':');
    w->after_key = true;
}

void json_add_string(struct json_writer *w, mm_bytes text)
{
    separate(w);
    add_quoted(w->buf, text);
}

void json_add_text(struct json_writer *w, const char *text)
{
    json_add_string(w, mm_bytes_str(text));
}

/* Other values */

void json_add_raw(struct json_writer *w, mm_bytes json_text)
{
    separate(w);
    mm_buf_add(w->buf, json_text);
}

void json_add_bool(struct json_writer *w, bool value)
{
    json_add_raw(w, value ? MM_BYTES_LIT("true") : MM_BYTES_LIT("false"));
}

void json_add_null(struct json_writer *w)
{
    json_add_raw(w, MM_BYTES_LIT("null"));
}

void json_add_u64(struct json_writer *w, uint64_t value)
{
    char digits[20]; /* of 2^64 - 1 */
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    json_add_raw(w, mm_bytes_from(digits + at, sizeof digits - at));
}

void json_add_data(struct json_writer *w, mm_bytes bytes)
{
    separate(w);
    mm_buf_add_byte(w->buf, '"');
    hex_add_data(w->buf, bytes);
    mm_buf_add_byte(w->buf, '"');
}

void json_add_quantity(struct json_writer *w, uint64_t value)
{
    separate(w);
    mm_buf_add_byte(w->buf, '"');
    hex_add_u64(w->buf, value);
    mm_buf_add_byte(w->buf, '"');
}

void json_add_quantity_u256(struct json_writer *w, const mm_u256 *value)
{
    separate(w);
    mm_buf_add_byte(w->buf, '"');
    hex_add_u256(w->buf, value);
    mm_buf_add_byte(w->buf, '"');
}

/* Trees */

/* Writes a scalar, or opens a container. */
static void begin_value(struct json_writer *w, const struct json *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_add_null(w);
        return;
    case JSON_FALSE:
    case JSON_TRUE:
        json_add_bool(w, value->kind == JSON_TRUE);
        return;
    case JSON_NUMBER:
        json_add_raw(w, value->text);
        return;
    case JSON_STRING:
        json_add_string(w, value->text);
        return;
    case JSON_ARRAY:
        json_open_array(w);
        return;
    case JSON_OBJECT:
        json_open_object(w);
        return;
    }
    MM_UNREACHABLE();
}

void json_add_value(struct json_writer *w, const struct json *value)
{
    struct {
        const struct json *container;
        size_t next;
    } open[MM_JSON_DEPTH_MAX];
    size_t depth = 0;
    begin_value(w, value);
    for (;;) {
        if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT) {
            MM_ASSERT(depth < MM_JSON_DEPTH_MAX); /* a tree of json_parse */
            open[depth].container = value;
            open[depth].next = 0;
            depth++;
        }
        while (depth > 0 && open[depth - 1].next == open[depth - 1].container->count) {
            depth--;
            close_level(w, open[depth].container->kind == JSON_ARRAY ? ']' : '}');
        }
        if (depth == 0)
            return;
        const struct json *container = open[depth - 1].container;
        const size_t next = open[depth - 1].next++;
        if (container->kind == JSON_OBJECT) {
            json_key_bytes(w, container->members[next].key);
            value = &container->members[next].value;
        } else {
            value = &container->items[next];
        }
        begin_value(w, value);
    }
}
