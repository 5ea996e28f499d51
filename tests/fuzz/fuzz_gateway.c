/* Properties of what the gateway reads from a request, for any bytes:
 *   form    seven lines, Accept and six values of the query ("-": none): a form that is chosen can be asked for by its name alone, and
 *           then is the same; what is refused leaves nothing behind
 *   origin  a host that names a root names it in one way, and that way is read back
 *   escape  names that are written into HTML, a path and a header have nothing left in them that ends the place where they stand
 * The first byte says which of them gets the rest. */
#include <stdio.h>

#include "rpc/gateway/escape.h"
#include "rpc/gateway/form.h"
#include "rpc/gateway/origin.h"
#include "state/base/assert.h"

enum { LINES = 7, ESCAPED_BYTES_MAX = 1 << 20 };

static mm_bytes cut_line(mm_bytes *text)
{
    const uint8_t *end = text->len == 0 ? NULL : memchr(text->ptr, '\n', text->len);
    const size_t len = end == NULL ? text->len : (size_t)(end - text->ptr);
    const mm_bytes line = mm_bytes_from(text->ptr, len);
    const size_t used = end == NULL ? len : len + 1;
    *text = mm_bytes_from(text->ptr == NULL ? NULL : text->ptr + used, text->len - used);
    return mm_bytes_equal(line, MM_BYTES_LIT("-")) ? mm_bytes_from(NULL, 0) : line;
}

static bool is_same_walk(const struct walk_options *a, const struct walk_options *b)
{
    return a->scope == b->scope && a->repeats == b->repeats && a->has_range == b->has_range &&
           a->range.from == b->range.from && a->range.to == b->range.to;
}

static void check_form(mm_bytes text)
{
    mm_bytes lines[LINES];
    for (size_t i = 0; i < LINES; i++)
        lines[i] = cut_line(&text);
    const struct form_request request = { lines[0], lines[1], lines[2], lines[3],
                                          lines[4], lines[5], lines[6] };
    struct form form;
    const enum form_verdict verdict = form_parse(&form, &request);
    MM_ASSERT(form_verdict_text(verdict) != NULL);
    if (verdict != FORM_OK || form.kind == FORM_CONTENT) {
        MM_ASSERT(form.kind == FORM_CONTENT && !form.by_accept && form_name(form.kind) == NULL &&
                  form_media_type(&form) == NULL);
        return;
    }
    struct form_request named = request;
    named.accept = mm_bytes_from(NULL, 0);
    named.format = mm_bytes_str(form_name(form.kind));
    named.car_version = MM_BYTES_LIT("1");
    named.car_order = MM_BYTES_LIT("dfs");
    named.car_dups = form.car.walk.repeats ? MM_BYTES_LIT("y") : MM_BYTES_LIT("n");
    struct form again;
    MM_ASSERT(form_parse(&again, &named) == FORM_OK && !again.by_accept);
    MM_ASSERT(again.kind == form.kind && is_same_walk(&again.car.walk, &form.car.walk));
    MM_ASSERT(form_media_type(&again) == form_media_type(&form));
}

static void check_origin(mm_bytes text)
{
    struct cid cid;
    struct cid again;
    char label[ORIGIN_LABEL_MAX + 1];
    char host[ORIGIN_LABEL_MAX + 32];
    const enum origin_verdict verdict = origin_parse(&cid, text);
    if (verdict != ORIGIN_OK && verdict != ORIGIN_OTHER)
        return;
    const bool has_label = origin_label(label, &cid);
    MM_ASSERT(has_label || verdict == ORIGIN_OTHER);
    if (!has_label)
        return;
    (void)snprintf(host, sizeof host, "%s.ipfs.localhost:8080", label);
    MM_ASSERT(origin_parse(&again, mm_bytes_str(host)) == ORIGIN_OK);
    MM_ASSERT(cid_same_block(&again, &cid) && again.codec == cid.codec);
}

/* None of the bytes is in the text. */
static void expect_without(const struct mm_buf *text, const char *bytes)
{
    for (size_t i = 0; i < text->len; i++)
        MM_ASSERT(text->ptr[i] != '\0' && strchr(bytes, text->ptr[i]) == NULL);
}

static void check_escape(mm_bytes text)
{
    struct mm_buf out;
    mm_buf_init(&out, ESCAPED_BYTES_MAX);
    escape_html(&out, text);
    expect_without(&out, "<>\"'\r\n");
    mm_buf_reset(&out);
    escape_path(&out, text, false);
    expect_without(&out, "<>\"' /?#&\\:\r\n");
    mm_buf_reset(&out);
    escape_disposition(&out, "inline", text);
    expect_without(&out, "\\\r\n");
    size_t quotes = 0;
    for (size_t i = 0; i < out.len; i++)
        quotes += out.ptr[i] == '"';
    MM_ASSERT(out.len == 0 || quotes == 2);
    mm_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes rest = mm_bytes_from(data + 1, size - 1);
    switch (data[0]) {
    case 'f':
        check_form(rest);
        break;
    case 'o':
        check_origin(rest);
        break;
    case 'e':
        check_escape(rest);
        break;
    default:
        break;
    }
    return 0;
}
