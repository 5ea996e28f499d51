/* Properties of what is read from a request's head, for any bytes:
 *   target     decoding succeeds exactly when the escapes are valid, never grows, and is the same in place; pairs of a query lie in it
 *   authority  what is a host with a port is one again when it is written down; a loopback origin has a loopback host
 *   range      a part lies in the body and is written down as it was cut
 *   parameter  what is found lies in the text, in lists of parameters and of cookies
 *   etag       a tag is found in the list of itself, and "*" finds everything
 * The first byte says which of them gets the rest. */
#include <stdio.h>
#include <stdlib.h>

#include "rpc/http/authority.h"
#include "rpc/http/conditional.h"
#include "rpc/http/file.h"
#include "rpc/http/parameter.h"
#include "rpc/http/range.h"
#include "rpc/http/target.h"
#include "state/base/assert.h"

static bool lies_in(mm_bytes part, mm_bytes whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_decode(mm_bytes text, bool plus_is_blank)
{
    uint8_t *out = malloc(text.len + 1);
    uint8_t *in_place = malloc(text.len + 1);
    MM_ASSERT(out != NULL && in_place != NULL);
    if (text.len > 0)
        memcpy(in_place, text.ptr, text.len);
    const size_t len = http_percent_decode(out, text, plus_is_blank);
    MM_ASSERT((len == HTTP_BAD_ESCAPE) == !http_percent_is_valid(text));
    MM_ASSERT(http_percent_decode(in_place, mm_bytes_from(in_place, text.len), plus_is_blank) ==
              len);
    if (len != HTTP_BAD_ESCAPE) {
        MM_ASSERT(len <= text.len);
        MM_ASSERT(memcmp(out, in_place, len) == 0);
    }
    free(out);
    free(in_place);
}

static void check_target(mm_bytes text)
{
    check_decode(text, false);
    check_decode(text, true);
    struct http_target_parts parts;
    if (!http_target_split(&parts, text))
        return;
    MM_ASSERT(parts.path.len > 0);
    mm_bytes query = parts.query;
    mm_bytes name;
    mm_bytes value;
    size_t pairs = 0;
    while (http_query_cut(&query, &name, &value)) {
        MM_ASSERT(lies_in(name, parts.query) && lies_in(value, parts.query));
        MM_ASSERT(++pairs <= parts.query.len);
    }
}

static void check_authority(mm_bytes text)
{
    struct http_authority authority;
    if (http_authority_parse(&authority, text)) {
        char again[512];
        const int len = snprintf(
            again, sizeof again, authority.kind == HTTP_HOST_IPV6 ? "[%.*s]:%.*s" : "%.*s:%.*s",
            (int)authority.host.len, (const char *)authority.host.ptr, (int)authority.port.len,
            authority.port.len == 0 ? "" : (const char *)authority.port.ptr);
        struct http_authority second;
        MM_ASSERT(http_authority_parse(&second, mm_bytes_from(again, (size_t)len)) &&
                  second.kind == authority.kind);
        MM_ASSERT(http_authority_is_loopback(&second) == http_authority_is_loopback(&authority));
        char origin[512];
        const int origin_len = snprintf(origin, sizeof origin, "https://%.*s", len, again);
        MM_ASSERT(http_origin_is_of(mm_bytes_from(origin, (size_t)origin_len), text));
    }
    if (http_origin_is_loopback(text)) {
        const size_t scheme = text.ptr[4] == ':' ? 7 : 8;
        MM_ASSERT(
            http_authority_parse(&authority, mm_bytes_from(text.ptr + scheme, text.len - scheme)) &&
            http_authority_is_loopback(&authority));
    }
}

static void check_range(mm_bytes text)
{
    uint64_t total = 0;
    if (text.len < sizeof total)
        return;
    memcpy(&total, text.ptr, sizeof total);
    struct http_range range;
    struct http_range again;
    char written[HTTP_RANGE_TEXT_BYTES];
    if (http_range_parse(&range, mm_bytes_from(text.ptr + 8, text.len - 8), total) !=
        HTTP_RANGE_PART)
        return;
    MM_ASSERT(range.length > 0 && range.offset < total && range.length <= total - range.offset);
    http_range_text(written, &range, total);
    written[5] = '='; /* "bytes 1-2/3" as "bytes=1-2" */
    *strchr(written, '/') = '\0';
    MM_ASSERT(http_range_parse(&again, mm_bytes_str(written), total) == HTTP_RANGE_PART);
    MM_ASSERT(again.offset == range.offset && again.length == range.length);
}

static void check_etag(mm_bytes text)
{
    const mm_bytes other = MM_BYTES_LIT("\"other\"");
    (void)http_etag_is_listed(text, other);
    MM_ASSERT(http_etag_is_listed(MM_BYTES_LIT("*"), text));
    const bool is_tag = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"' &&
                        memchr(text.ptr + 1, '"', text.len - 2) == NULL;
    if (is_tag)
        MM_ASSERT(http_etag_is_listed(text, text) && http_if_range_holds(text, text));
}

static void check_parameter(mm_bytes text)
{
    static uint8_t out[HTTP_PARAMETER_BYTES_MAX];
    size_t len = 0;
    mm_bytes rest;
    const mm_bytes front = http_value_front(text, &rest);
    MM_ASSERT(lies_in(front, text) && lies_in(rest, text));
    if (http_parameter_find(out, &len, rest, "name") == HTTP_PARAMETER_OK)
        MM_ASSERT(len <= text.len);
    mm_bytes value;
    if (http_cookie_find(&value, text, MM_BYTES_LIT("name")))
        MM_ASSERT(lies_in(value, text) && text.len >= value.len + 5);
    (void)http_takes_gzip(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes rest = mm_bytes_from(data + 1, size - 1);
    switch (data[0]) {
    case 't':
        check_target(rest);
        break;
    case 'a':
        check_authority(rest);
        break;
    case 'r':
        check_range(rest);
        break;
    case 'e':
        check_etag(rest);
        break;
    case 'p':
        check_parameter(rest);
        break;
    default:
        break;
    }
    return 0;
}
