#include "rpc/session/cookie.h"

#include <stdio.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "state/codec/hex.h"

enum { NAME_BYTES_MAX = 32, LINE_BYTES_MAX = 256 };

static void name_of(char out[NAME_BYTES_MAX], const struct http_request *request)
{
    struct http_authority authority;
    const bool has_port =
        http_authority_parse(&authority, http_host(request)) && authority.port.len > 0;
    (void)snprintf(out, NAME_BYTES_MAX, "mintmark_session%s%.*s", has_port ? "_" : "",
                   has_port ? (int)authority.port.len : 0,
                   has_port ? (const char *)authority.port.ptr : "");
}

bool cookie_is_secure(struct http_request *request)
{
    const mm_bytes https = MM_BYTES_LIT("https://");
    const mm_bytes origin = http_origin(request);
    return http_equal_no_case(http_header(request, "X-Forwarded-Proto"), MM_BYTES_LIT("https")) ||
           (origin.len > https.len &&
            http_equal_no_case(mm_bytes_from(origin.ptr, https.len), https));
}

bool cookie_read(struct http_request *request, uint8_t token[TOKEN_BYTES])
{
    char name[NAME_BYTES_MAX];
    mm_bytes value;
    name_of(name, request);
    return http_cookie_find(&value, http_header(request, "Cookie"), mm_bytes_str(name)) &&
           value.len == 2 * (size_t)TOKEN_BYTES && hex_decode(token, value);
}

void cookie_set(struct http_response *response, struct http_request *request,
                const uint8_t token[TOKEN_BYTES], uint64_t life_s)
{
    char name[NAME_BYTES_MAX];
    char digits[2 * TOKEN_BYTES + 1] = "";
    char line[LINE_BYTES_MAX];
    name_of(name, request);
    if (token != NULL)
        hex_encode(digits, mm_bytes_from(token, TOKEN_BYTES));
    (void)snprintf(line, sizeof line, "%s=%s; Path=/; Max-Age=%llu; HttpOnly; SameSite=Strict%s",
                   name, digits, (unsigned long long)(token == NULL ? 0 : life_s),
                   cookie_is_secure(request) ? "; Secure" : "");
    http_response_header(response, "Set-Cookie", mm_bytes_str(line));
}
