#include "rpc/http/parameter.h"

#include "rpc/http/authority.h"

mm_bytes http_trim(mm_bytes text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
        text = mm_bytes_from(text.ptr + 1, text.len - 1);
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

mm_bytes http_value_front(mm_bytes value, mm_bytes *rest)
{
    const uint8_t *semicolon = value.len == 0 ? NULL : memchr(value.ptr, ';', value.len);
    *rest = mm_bytes_from(NULL, 0);
    if (semicolon == NULL)
        return http_trim(value);
    const size_t len = (size_t)(semicolon - value.ptr);
    *rest = mm_bytes_from(semicolon, value.len - len);
    return http_trim(mm_bytes_from(value.ptr, len));
}

static mm_bytes skip(mm_bytes text, size_t count)
{
    return mm_bytes_from(text.ptr + count, text.len - count);
}

/* text begins behind the opening quote. Writes to out unless it is NULL. false: no closing quote, or too long. */
static bool cut_quoted(uint8_t *out, size_t *len, mm_bytes *text)
{
    size_t at = 0;
    for (*len = 0; at < text->len && text->ptr[at] != '"'; at++) {
        const bool is_escape = text->ptr[at] == '\\' && at + 1 < text->len &&
                               (text->ptr[at + 1] == '"' || text->ptr[at + 1] == '\\');
        at += is_escape ? 1 : 0;
        if (*len == HTTP_PARAMETER_BYTES_MAX)
            return false;
        if (out != NULL)
            out[*len] = text->ptr[at];
        ++*len;
    }
    if (at == text->len)
        return false;
    *text = skip(*text, at + 1);
    return true;
}

static bool cut_plain(uint8_t *out, size_t *len, mm_bytes *text)
{
    mm_bytes rest;
    const mm_bytes value = http_value_front(*text, &rest);
    *text = rest;
    *len = value.len;
    if (value.len == 0 || value.len > HTTP_PARAMETER_BYTES_MAX ||
        memchr(value.ptr, '"', value.len) != NULL)
        return false;
    if (out != NULL)
        memcpy(out, value.ptr, value.len);
    return true;
}

enum http_parameter_verdict http_parameter_find(uint8_t *out, size_t *len, mm_bytes rest,
                                                const char *name)
{
    bool is_found = false;
    *len = 0;
    for (rest = http_trim(rest); rest.len > 0; rest = http_trim(rest)) {
        if (rest.ptr[0] != ';')
            return HTTP_PARAMETER_BAD;
        rest = http_trim(skip(rest, 1));
        if (rest.len == 0)
            break; /* a last semicolon does no harm */
        const uint8_t *equals = memchr(rest.ptr, '=', rest.len);
        if (equals == NULL || equals == rest.ptr)
            return HTTP_PARAMETER_BAD;
        const mm_bytes key = http_trim(mm_bytes_from(rest.ptr, (size_t)(equals - rest.ptr)));
        const bool is_ours = http_equal_no_case(key, mm_bytes_str(name));
        if (is_ours && is_found)
            return HTTP_PARAMETER_BAD;
        rest = http_trim(skip(rest, (size_t)(equals - rest.ptr) + 1));
        size_t value_len = 0;
        uint8_t *to = is_ours ? out : NULL;
        if (rest.len > 0 && rest.ptr[0] == '"') {
            rest = skip(rest, 1);
            if (!cut_quoted(to, &value_len, &rest))
                return HTTP_PARAMETER_BAD;
        } else if (!cut_plain(to, &value_len, &rest)) {
            return HTTP_PARAMETER_BAD;
        }
        if (is_ours) {
            is_found = true;
            *len = value_len;
        }
    }
    return is_found ? HTTP_PARAMETER_OK : HTTP_PARAMETER_NONE;
}

bool http_cookie_find(mm_bytes *value, mm_bytes header, mm_bytes name)
{
    mm_bytes left = header;
    while (left.len > 0) {
        const uint8_t *end = memchr(left.ptr, ';', left.len);
        const size_t len = end == NULL ? left.len : (size_t)(end - left.ptr);
        const mm_bytes pair = http_trim(mm_bytes_from(left.ptr, len));
        if (pair.len > name.len && pair.ptr[name.len] == '=' &&
            mm_bytes_equal(mm_bytes_from(pair.ptr, name.len), name)) {
            *value = mm_bytes_from(pair.ptr + name.len + 1, pair.len - name.len - 1);
            return true;
        }
        const size_t taken = end == NULL ? len : len + 1;
        left = mm_bytes_from(left.ptr + taken, left.len - taken);
    }
    *value = mm_bytes_from(NULL, 0);
    return false;
}
