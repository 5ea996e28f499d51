#include "rpc/gateway/visit.h"

#include <stdio.h>

#include "rpc/gateway/escape.h"
#include "rpc/http/authority.h"
#include "rpc/http/conditional.h"
#include "rpc/http/parameter.h"

static const char SANDBOX[] = "sandbox; default-src 'none'; img-src 'self' data:; style-src "
                              "'unsafe-inline'; media-src 'self'";

enum { DISPOSITION_BYTES_MAX = 8 << 10 };

void visit_header(struct visit *visit, const char *name, const char *value)
{
    http_response_header(&visit->response, name, mm_bytes_str(value));
}

void visit_fail(struct visit *visit, unsigned status, const char *text)
{
    http_response_fini(&visit->response);
    http_response_init(&visit->response, status, "text/plain; charset=utf-8", 1024);
    mm_buf_printf(&visit->response.body, "%s\n", text);
    visit_header(visit, "X-Content-Type-Options", "nosniff");
    if (status == 404 || status == 412)
        visit_header(visit, "Cache-Control", "no-store"); /* it may arrive any moment */
}

static bool is_cached_only(struct visit *visit)
{
    mm_bytes rest = http_header(visit->request, "Cache-Control");
    while (rest.len > 0) {
        const uint8_t *comma = memchr(rest.ptr, ',', rest.len);
        const size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.ptr);
        if (http_equal_no_case(http_trim(mm_bytes_from(rest.ptr, len)),
                               MM_BYTES_LIT("only-if-cached")))
            return true;
        const size_t used = comma == NULL ? len : len + 1;
        rest = mm_bytes_from(rest.ptr + used, rest.len - used);
    }
    return false;
}

void visit_fail_read(struct visit *visit, enum read_verdict verdict)
{
    switch (verdict) {
    case READ_NO_BLOCK:
        visit_fail(visit, is_cached_only(visit) ? 412 : 404,
                   "the content is not stored on this node");
        return;
    case READ_NO_NAME:
    case READ_NOT_A_DIRECTORY:
        visit_fail(visit, 404, "there is nothing of this name in the directory");
        return;
    case READ_BAD_PATH:
        visit_fail(visit, 400, "bad path: an empty segment, \".\" or \"..\"");
        return;
    case READ_INSIDE:
        visit_fail(visit, 501, "parts of a document are not served");
        return;
    case READ_UNSUPPORTED:
        visit_fail(visit, 406, "content of this codec or hash function has no paths here");
        return;
    case READ_OK:
    case READ_END:
    case READ_CORRUPT:
    case READ_NOT_A_FILE:
    case READ_MALFORMED:
    case READ_TOO_DEEP:
    case READ_TOO_LARGE:
    case READ_FAILED:
        visit_fail(visit, 500, read_verdict_text(verdict));
        return;
    }
}

static void add_root(void *context, const struct cid *cid)
{
    struct mm_buf *roots = context;
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    if (roots->len > 0)
        mm_buf_add_byte(roots, ',');
    mm_buf_add_text(roots, text);
}

struct content_path_listener visit_listener(struct visit *visit)
{
    return (struct content_path_listener){ &visit->roots, add_root };
}

void visit_set_etag(struct visit *visit, const char *prefix, const struct cid *cid,
                    const char *suffix)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    (void)snprintf(visit->etag, sizeof visit->etag, "\"%s%s%s\"", prefix, text, suffix);
}

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* What a browser could run. */
static bool is_active(const char *media_type)
{
    return contains(media_type, "html") || contains(media_type, "xml") ||
           contains(media_type, "pdf");
}

/* The same content under a URL that says the form, for caches that do not look at Accept. */
static void add_content_location(struct visit *visit)
{
    const struct form *form = &visit->form;
    const mm_bytes query = http_raw_query(visit->request);
    mm_bytes value;
    struct mm_buf text;
    mm_buf_init(&text, 2 * GATEWAY_CONNECTION_BYTES);
    mm_buf_add(&text, http_raw_path(visit->request));
    mm_buf_add_byte(&text, '?');
    if (query.len > 0) {
        mm_buf_add(&text, query);
        mm_buf_add_byte(&text, '&');
    }
    if (!http_query(visit->request, "format", &value))
        mm_buf_printf(&text, "format=%s&", form_name(form->kind));
    if (form->kind == FORM_CAR) {
        if (!http_query(visit->request, "car-version", &value))
            mm_buf_add_text(&text, "car-version=1&");
        if (!http_query(visit->request, "car-order", &value))
            mm_buf_add_text(&text, "car-order=dfs&");
        if (!http_query(visit->request, "car-dups", &value))
            mm_buf_printf(&text, "car-dups=%c&", form->car.walk.repeats ? 'y' : 'n');
    }
    mm_bytes location = mm_buf_bytes(&text);
    if (mm_buf_err(&text) == MM_OK) {
        location.len--; /* the last & */
        http_response_header(&visit->response, "Content-Location", location);
    }
    mm_buf_fini(&text);
}

void visit_headers(struct visit *visit, const char *media_type, const char *cache_control)
{
    mm_bytes format;
    visit->response.content_type = media_type;
    visit_header(visit, "Cache-Control", cache_control);
    visit_header(visit, "Etag", visit->etag);
    http_response_header(&visit->response, "X-Ipfs-Path", mm_buf_bytes(&visit->place));
    http_response_header(&visit->response, "X-Ipfs-Roots", mm_buf_bytes(&visit->roots));
    visit_header(visit, "X-Content-Type-Options", "nosniff");
    visit_header(visit, "Cross-Origin-Resource-Policy", "cross-origin");
    if (visit->form.by_accept)
        add_content_location(visit);
    if (visit->form.by_accept || !http_query(visit->request, "format", &format))
        visit_header(visit, "Vary", "Accept");
    /* A page in an origin of its own has only itself to harm. It may not widen that origin to its neighbours'. */
    if (visit->has_origin)
        visit_header(visit, "Origin-Agent-Cluster", "?1");
    else if (media_type != NULL && is_active(media_type) && !visit->gateway->trust_pages)
        visit_header(visit, "Content-Security-Policy", SANDBOX);
}

bool visit_is_known(struct visit *visit, const char *cache_control)
{
    if (!http_etag_is_listed(http_header(visit->request, "If-None-Match"),
                             mm_bytes_str(visit->etag)))
        return false;
    http_response_fini(&visit->response);
    http_response_init(&visit->response, 304, NULL, 0);
    visit_headers(visit, NULL, cache_control);
    return true;
}

enum http_range_verdict visit_range(struct visit *visit, struct http_range *range, uint64_t total)
{
    *range = (struct http_range){ 0, total };
    if (!http_if_range_holds(http_header(visit->request, "If-Range"), mm_bytes_str(visit->etag)))
        return HTTP_RANGE_WHOLE;
    const enum http_range_verdict verdict =
        http_range_parse(range, http_header(visit->request, "Range"), total);
    if (verdict == HTTP_RANGE_OUTSIDE) {
        char text[HTTP_RANGE_TEXT_BYTES];
        http_range_text(text, NULL, total);
        visit_fail(visit, 416, "there is no such range");
        visit_header(visit, "Content-Range", text);
    }
    return verdict;
}

void visit_range_headers(struct visit *visit, enum http_range_verdict verdict,
                         const struct http_range *range, uint64_t total)
{
    visit_header(visit, "Accept-Ranges", "bytes");
    if (verdict != HTTP_RANGE_PART)
        return;
    char text[HTTP_RANGE_TEXT_BYTES];
    http_range_text(text, range, total);
    visit->response.status = 206;
    visit_header(visit, "Content-Range", text);
}

void visit_disposition(struct visit *visit, enum visit_saving saving, mm_bytes name)
{
    mm_bytes filename;
    mm_bytes download;
    (void)http_query(visit->request, "filename", &filename);
    const bool is_saved =
        saving == VISIT_SAVED || (http_query(visit->request, "download", &download) &&
                                  mm_bytes_equal(download, MM_BYTES_LIT("true")));
    if (filename.len == 0 && !is_saved && saving == VISIT_SHOWN)
        return;
    if (filename.len > 0)
        name = filename;
    struct mm_buf text;
    mm_buf_init(&text, DISPOSITION_BYTES_MAX);
    if (name.len == 0)
        mm_buf_add_text(&text, is_saved ? "attachment" : "inline");
    else
        escape_disposition(&text, is_saved ? "attachment" : "inline", name);
    if (mm_buf_err(&text) == MM_OK)
        http_response_header(&visit->response, "Content-Disposition", mm_buf_bytes(&text));
    else if (is_saved)
        visit_header(visit, "Content-Disposition", "attachment");
    mm_buf_fini(&text);
}

void visit_disposition_cid(struct visit *visit, enum visit_saving saving, const struct cid *cid,
                           const char *extension)
{
    char name[CID_TEXT_MAX + 16];
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    (void)snprintf(name, sizeof name, "%s%s", text, extension);
    visit_disposition(visit, saving, mm_bytes_str(name));
}

/* The body becomes the range of it that is asked for. false: refused. */
static bool cut_to_range(struct visit *visit, enum http_range_verdict *verdict,
                         struct http_range *range, uint64_t *total)
{
    struct mm_buf *body = &visit->response.body;
    *total = body->len;
    *verdict = visit_range(visit, range, *total);
    if (*verdict == HTTP_RANGE_OUTSIDE)
        return false;
    if (*verdict == HTTP_RANGE_PART) {
        memmove(body->ptr, body->ptr + range->offset, range->length);
        mm_buf_cut(body, range->length);
    }
    return true;
}

bool visit_send_body(struct visit *visit, const char *media_type)
{
    enum http_range_verdict verdict;
    struct http_range range;
    uint64_t total;
    if (visit_is_known(visit, VISIT_CACHE_FOR_GOOD) ||
        !cut_to_range(visit, &verdict, &range, &total))
        return false;
    visit_headers(visit, media_type, VISIT_CACHE_FOR_GOOD);
    visit_range_headers(visit, verdict, &range, total);
    return true;
}

void visit_fail_codec(struct visit *visit)
{
    visit_fail(visit, 406, "the content is of another codec, and nothing is converted");
}

struct page_place visit_page_place(const struct visit *visit, struct mm_buf *title)
{
    const mm_bytes path = http_path(visit->request);
    mm_buf_init(title, 2 * GATEWAY_CONNECTION_BYTES);
    if (visit->has_origin) {
        char text[CID_TEXT_MAX + 1];
        (void)cid_to_text(text, &visit->root, MULTIBASE_BASE32);
        mm_buf_printf(title, "/ipfs/%s", text);
    }
    mm_buf_add(title, path);
    return (struct page_place){ .title = mm_buf_bytes(title),
                                .path = path,
                                .top_len = path.len - visit->path.len,
                                .has_origin = visit->has_origin };
}
