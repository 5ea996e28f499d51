#include "rpc/http/file.h"

#include "rpc/http/authority.h"
#include "rpc/http/conditional.h"
#include "rpc/http/parameter.h"

const struct http_file *http_file_find(const struct http_file *files, size_t count, mm_bytes path)
{
    for (size_t i = 0; i < count; i++) {
        if (mm_bytes_equal(mm_bytes_str(files[i].path), path))
            return &files[i];
    }
    return NULL;
}

/* "0", "0.", "0.000": what a client does not want. */
static bool is_zero_weight(mm_bytes weight)
{
    for (size_t i = 0; i < weight.len; i++) {
        if (weight.ptr[i] != '0' && weight.ptr[i] != '.')
            return false;
    }
    return weight.len > 0;
}

/* One member of the list: "gzip;q=0.5". */
static bool is_wanted(mm_bytes member)
{
    const mm_bytes q = MM_BYTES_LIT("q=");
    mm_bytes rest;
    const mm_bytes coding = http_trim(http_value_front(member, &rest));
    if (!http_equal_no_case(coding, MM_BYTES_LIT("gzip")) &&
        !mm_bytes_equal(coding, MM_BYTES_LIT("*")))
        return false;
    if (rest.len == 0)
        return true;
    const mm_bytes weight = http_trim(mm_bytes_from(rest.ptr + 1, rest.len - 1));
    return weight.len < q.len || !http_equal_no_case(mm_bytes_from(weight.ptr, q.len), q) ||
           !is_zero_weight(mm_bytes_from(weight.ptr + q.len, weight.len - q.len));
}

bool http_takes_gzip(mm_bytes accept_encoding)
{
    mm_bytes left = accept_encoding;
    while (left.len > 0) {
        const uint8_t *comma = memchr(left.ptr, ',', left.len);
        const size_t len = comma == NULL ? left.len : (size_t)(comma - left.ptr);
        if (is_wanted(mm_bytes_from(left.ptr, len)))
            return true;
        const size_t taken = comma == NULL ? len : len + 1;
        left = mm_bytes_from(left.ptr + taken, left.len - taken);
    }
    return false;
}

void http_answer_file(struct http_request *request, const struct http_file *file,
                      const struct http_file_header *headers, size_t count)
{
    const mm_bytes known = http_header(request, "If-None-Match");
    const bool is_known = http_etag_is_listed(known, mm_bytes_str(file->etag)) ||
                          http_etag_is_listed(known, mm_bytes_str(file->gzip_etag));
    const bool is_packed =
        file->gzip.len > 0 && http_takes_gzip(http_header(request, "Accept-Encoding"));
    struct http_response response;
    http_response_init(&response, is_known ? 304 : 200, is_known ? NULL : file->media_type, 0);
    if (!is_known)
        response.fixed = is_packed ? file->gzip : file->bytes;
    if (!is_known && is_packed)
        http_response_header(&response, "Content-Encoding", MM_BYTES_LIT("gzip"));
    if (file->gzip.len > 0)
        http_response_header(&response, "Vary", MM_BYTES_LIT("Accept-Encoding"));
    http_response_header(&response, "ETag", mm_bytes_str(is_packed ? file->gzip_etag : file->etag));
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-cache"));
    http_response_header(&response, "X-Content-Type-Options", MM_BYTES_LIT("nosniff"));
    for (size_t i = 0; i < count; i++)
        http_response_header(&response, headers[i].name, mm_bytes_str(headers[i].value));
    http_answer(request, &response);
}
