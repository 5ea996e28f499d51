#include "rpc/gateway/gateway.h"

#include <stdio.h>

#include "p2p/content/filetype.h"
#include "p2p/content/reader.h"
#include "rpc/gateway/body.h"
#include "rpc/gateway/escape.h"
#include "rpc/gateway/listing.h"
#include "rpc/http/authority.h"
#include "rpc/http/conditional.h"
#include "rpc/http/range.h"

static const char CACHE_FOR_GOOD[] = "public, max-age=29030400, immutable";
static const char CACHE_A_WEEK[] = "public, max-age=604800, stale-while-revalidate=2678400";
static const char SANDBOX[] = "sandbox; default-src 'none'; img-src 'self' data:; style-src "
                              "'unsafe-inline'; media-src 'self'";

enum { ETAG_BYTES = CID_TEXT_MAX + 32 };

/* One request on its way. */
struct visit {
    const struct gateway *gateway;
    struct http_request *request;
    struct http_response response;
    struct content_reader *reader; /* owned */
    struct content_node node;      /* what the path leads to */
    mm_bytes name;                 /* the last segment, decoded; empty for a bare CID */
    bool has_slash;                /* the path ends with one */
    struct mm_buf roots;           /* X-Ipfs-Roots */
    char etag[ETAG_BYTES];
};

static void add_root(void *context, const struct cid *cid)
{
    struct mm_buf *roots = context;
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    if (roots->len > 0)
        mm_buf_add_byte(roots, ',');
    mm_buf_add_text(roots, text);
}

static void header(struct visit *visit, const char *name, const char *value)
{
    http_response_header(&visit->response, name, mm_bytes_str(value));
}

static void fail(struct visit *visit, unsigned status, const char *text)
{
    http_response_fini(&visit->response);
    http_response_init(&visit->response, status, "text/plain; charset=utf-8", 1024);
    mm_buf_printf(&visit->response.body, "%s\n", text);
    header(visit, "X-Content-Type-Options", "nosniff");
    if (status == 404 || status == 412)
        header(visit, "Cache-Control", "no-store"); /* it may arrive any moment */
}

/* A block that is missing, wrong or odd: what the client is told. */
static void fail_read(struct visit *visit, enum read_verdict verdict)
{
    switch (verdict) {
    case READ_NO_BLOCK:
        if (mm_bytes_equal(http_header(visit->request, "Cache-Control"),
                           MM_BYTES_LIT("only-if-cached")))
            fail(visit, 412, "the content is not stored on this node");
        else
            fail(visit, 404, "the content is not stored on this node");
        return;
    case READ_NO_NAME:
    case READ_NOT_A_DIRECTORY:
        fail(visit, 404, "there is nothing of this name in the directory");
        return;
    case READ_BAD_PATH:
        fail(visit, 400, "bad path: an empty segment, \".\" or \"..\"");
        return;
    case READ_INSIDE:
        fail(visit, 501, "parts of a document are not served");
        return;
    case READ_UNSUPPORTED:
        fail(visit, 406, "content of this codec or hash function has no paths here");
        return;
    case READ_OK:
    case READ_END:
    case READ_CORRUPT:
    case READ_NOT_A_FILE:
    case READ_MALFORMED:
    case READ_TOO_DEEP:
    case READ_TOO_LARGE:
    case READ_FAILED:
        fail(visit, 500, read_verdict_text(verdict));
        return;
    }
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

static void common_headers(struct visit *visit, const char *media_type, const char *cache_control)
{
    visit->response.content_type = media_type;
    header(visit, "Cache-Control", cache_control);
    header(visit, "Etag", visit->etag);
    http_response_header(&visit->response, "X-Ipfs-Path", http_raw_path(visit->request));
    http_response_header(&visit->response, "X-Ipfs-Roots", mm_buf_bytes(&visit->roots));
    header(visit, "X-Content-Type-Options", "nosniff");
    header(visit, "Cross-Origin-Resource-Policy", "cross-origin");
    if (media_type != NULL && is_active(media_type) && !visit->gateway->trust_pages)
        header(visit, "Content-Security-Policy", SANDBOX);
}

static void set_etag(struct visit *visit, const char *prefix, const struct cid *cid)
{
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    (void)snprintf(visit->etag, sizeof visit->etag, "\"%s%s\"", prefix, text);
}

/* 304 when the client has it already. */
static bool is_known(struct visit *visit, const char *cache_control)
{
    if (!http_etag_is_listed(http_header(visit->request, "If-None-Match"),
                             mm_bytes_str(visit->etag)))
        return false;
    visit->response.status = 304;
    common_headers(visit, NULL, cache_control);
    return true;
}

/* The type from the name that was asked for or leads here, else from the first bytes. A first block that is missing says nothing: the
 * range that is wanted may be there all the same. */
static const char *media_type_of(struct visit *visit, mm_bytes filename)
{
    const char *type = filetype_of_name(filename.len > 0 ? filename : visit->name);
    if (type != NULL)
        return type;
    struct filetype_head head;
    mm_bytes piece;
    head.len = 0;
    content_file_range(visit->reader, 0, sizeof head.bytes);
    while (head.len < sizeof head.bytes && content_file_next(visit->reader, &piece) == READ_OK)
        filetype_head_add(&head, piece);
    return filetype_media_type(filetype_head_detect(&head));
}

static void add_disposition(struct visit *visit, mm_bytes filename)
{
    mm_bytes download;
    const bool is_download = http_query(visit->request, "download", &download) &&
                             mm_bytes_equal(download, MM_BYTES_LIT("true"));
    if (filename.len == 0 && !is_download)
        return;
    struct mm_buf text;
    mm_buf_init(&text, 8 << 10);
    if (filename.len == 0 && visit->name.len == 0)
        mm_buf_add_text(&text, "attachment");
    else
        escape_disposition(&text, is_download ? "attachment" : "inline",
                           filename.len > 0 ? filename : visit->name);
    if (mm_buf_err(&text) == MM_OK)
        http_response_header(&visit->response, "Content-Disposition", mm_buf_bytes(&text));
    mm_buf_fini(&text);
}

static void serve_file(struct visit *visit, const struct cid *file)
{
    if (is_known(visit, CACHE_FOR_GOOD))
        return;
    uint64_t total = 0;
    enum read_verdict verdict = content_file_open(visit->reader, &total, file);
    if (verdict != READ_OK) {
        fail_read(visit, verdict);
        return;
    }
    struct http_range range = { 0, total };
    enum http_range_verdict wanted = HTTP_RANGE_WHOLE;
    if (http_if_range_holds(http_header(visit->request, "If-Range"), mm_bytes_str(visit->etag)))
        wanted = http_range_parse(&range, http_header(visit->request, "Range"), total);
    char content_range[HTTP_RANGE_TEXT_BYTES];
    http_range_text(content_range, wanted == HTTP_RANGE_OUTSIDE ? NULL : &range, total);
    if (wanted == HTTP_RANGE_OUTSIDE) {
        fail(visit, 416, "the file has no such range");
        header(visit, "Content-Range", content_range);
        return;
    }
    mm_bytes filename;
    (void)http_query(visit->request, "filename", &filename);
    const char *media_type = media_type_of(visit, filename);
    verdict = body_of_file(&visit->response, &visit->reader, range.offset, range.length);
    if (verdict != READ_OK) {
        fail_read(visit, verdict);
        return;
    }
    common_headers(visit, media_type, CACHE_FOR_GOOD);
    header(visit, "Accept-Ranges", "bytes");
    add_disposition(visit, filename);
    if (wanted == HTTP_RANGE_PART) {
        visit->response.status = 206;
        header(visit, "Content-Range", content_range);
    }
}

static void redirect_to_slash(struct visit *visit)
{
    struct mm_buf location;
    const mm_bytes query = http_raw_query(visit->request);
    mm_buf_init(&location, 64 << 10);
    mm_buf_add(&location, http_raw_path(visit->request));
    mm_buf_add_byte(&location, '/');
    if (query.len > 0) {
        mm_buf_add_byte(&location, '?');
        mm_buf_add(&location, query);
    }
    fail(visit, 301, "a directory has a slash at its end");
    http_response_header(&visit->response, "Location", mm_buf_bytes(&location));
    header(visit, "Cache-Control", CACHE_FOR_GOOD);
    mm_buf_fini(&location);
}

static void serve_listing(struct visit *visit)
{
    set_etag(visit, "DirIndex-" LISTING_VERSION "_CID-", &visit->node.cid);
    if (is_known(visit, CACHE_A_WEEK))
        return;
    visit->response.body.bytes_max = GATEWAY_LISTING_BYTES_MAX;
    const enum read_verdict verdict = listing_write(&visit->response.body, visit->reader,
                                                    &visit->node.cid, http_path(visit->request));
    if (verdict != READ_OK)
        fail_read(visit, verdict);
    else
        common_headers(visit, "text/html; charset=utf-8", CACHE_A_WEEK);
}

/* index.html stands for its directory, whose CID is the Etag. */
static void serve_directory(struct visit *visit)
{
    if (!visit->has_slash) {
        redirect_to_slash(visit);
        return;
    }
    struct content_node index;
    const enum read_verdict verdict = content_resolve(visit->reader, &index, NULL, &visit->node.cid,
                                                      MM_BYTES_LIT("index.html"), NULL);
    if (verdict == READ_NO_NAME || (verdict == READ_OK && index.kind != CONTENT_FILE)) {
        serve_listing(visit);
        return;
    }
    if (verdict != READ_OK) {
        fail_read(visit, verdict);
        return;
    }
    visit->name = MM_BYTES_LIT("index.html");
    serve_file(visit, &index.cid);
}

static void serve_symlink(struct visit *visit)
{
    if (is_known(visit, CACHE_FOR_GOOD))
        return;
    visit->response.body.bytes_max = BLOCK_BYTES_MAX;
    const enum read_verdict verdict =
        content_symlink_read(visit->reader, &visit->response.body, &visit->node.cid);
    if (verdict != READ_OK)
        fail_read(visit, verdict);
    else
        common_headers(visit, "inode/symlink", CACHE_FOR_GOOD);
}

/* A block of another codec, as it is: only JSON is for looking at. */
static void serve_block(struct visit *visit)
{
    static const struct {
        uint64_t codec;
        const char *media_type, *kind, *extension;
    } forms[] = {
        { CID_JSON, "application/json", "inline", ".json" },
        { CID_DAG_JSON, "application/vnd.ipld.dag-json", "inline", ".json" },
        { CID_CBOR, "application/cbor", "attachment", ".cbor" },
        { CID_DAG_CBOR, "application/vnd.ipld.dag-cbor", "attachment", ".cbor" },
    };
    size_t form = 0;
    while (form < MM_COUNT_OF(forms) && forms[form].codec != visit->node.cid.codec)
        form++;
    if (form == MM_COUNT_OF(forms)) {
        fail(visit, 406, "content of this codec is not served");
        return;
    }
    if (is_known(visit, CACHE_FOR_GOOD))
        return;
    visit->response.body.bytes_max = BLOCK_BYTES_MAX;
    const mm_err err =
        content_get(visit->gateway->content, &visit->response.body, &visit->node.cid);
    if (err != MM_OK) {
        fail_read(visit, err == MM_ERR_NOT_FOUND ? READ_NO_BLOCK : READ_CORRUPT);
        return;
    }
    common_headers(visit, forms[form].media_type, CACHE_FOR_GOOD);
    char text[CID_TEXT_MAX + 1];
    char disposition[CID_TEXT_MAX + 64];
    (void)cid_to_text(text, &visit->node.cid, MULTIBASE_BASE32);
    (void)snprintf(disposition, sizeof disposition, "%s; filename=\"%s%s\"", forms[form].kind, text,
                   forms[form].extension);
    header(visit, "Content-Disposition", disposition);
}

/* Forms that verify themselves (raw, car) and conversions: a client that asked for one must not get something else. */
static bool wants_other_form(struct visit *visit)
{
    mm_bytes format;
    if (http_query(visit->request, "format", &format))
        return true;
    const mm_bytes accept = http_header(visit->request, "Accept");
    return accept.len > 0 && memmem(accept.ptr, accept.len, "application/vnd.ipld.", 21) != NULL;
}

/* Splits what follows /ipfs/ and resolves it. false: answered. */
static bool find(struct visit *visit)
{
    const mm_bytes rest = http_path_rest(visit->request);
    const uint8_t *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    const size_t cid_len = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
    struct cid root;
    const enum cid_verdict cid_is = cid_parse(&root, mm_bytes_from(rest.ptr, cid_len));
    if (cid_is != CID_OK) {
        fail(visit, 400, cid_verdict_text(cid_is));
        return false;
    }
    mm_bytes path =
        slash == NULL ? mm_bytes_from(NULL, 0) : mm_bytes_from(slash + 1, rest.len - cid_len - 1);
    visit->has_slash = rest.ptr[rest.len - 1] == '/';
    if (path.len == 0 &&
        http_equal_no_case(http_header(visit->request, "Service-Worker"), MM_BYTES_LIT("script"))) {
        fail(visit, 400, "a service worker may not have a whole gateway as its scope");
        return false;
    }
    if (path.len > 0 &&
        path.ptr[0] ==
            '/') { /* content_resolve forgives a leading slash: here it is an empty segment */
        fail_read(visit, READ_BAD_PATH);
        return false;
    }
    const struct content_path_listener listener = { &visit->roots, add_root };
    const enum read_verdict verdict =
        content_resolve(visit->reader, &visit->node, NULL, &root, path, &listener);
    if (verdict != READ_OK) {
        fail_read(visit, verdict);
        return false;
    }
    if (path.len > 0 && visit->has_slash)
        path.len--;
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    visit->name = mm_bytes_from(path.ptr == NULL ? NULL : path.ptr + at, path.len - at);
    return true;
}

static void serve(struct visit *visit)
{
    if (wants_other_form(visit)) {
        fail(visit, 406,
             "only whole files and directories are served: no format, no application/vnd.ipld");
        return;
    }
    if (!find(visit))
        return;
    set_etag(visit, "", &visit->node.cid);
    switch (visit->node.kind) {
    case CONTENT_FILE:
        serve_file(visit, &visit->node.cid);
        return;
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        serve_directory(visit);
        return;
    case CONTENT_SYMLINK:
        serve_symlink(visit);
        return;
    case CONTENT_OTHER:
        serve_block(visit);
        return;
    }
}

static void respond(void *context, struct http_request *request)
{
    struct visit visit = { .gateway = context, .request = request };
    const struct block_source source = content_source(visit.gateway->content);
    http_response_init(&visit.response, 200, NULL, 0);
    mm_buf_init(&visit.roots, (GATEWAY_PATH_ROOTS_MAX + 1) * (CID_TEXT_MAX + 1));
    visit.reader = content_reader_new(&source);
    if (visit.reader == NULL)
        fail(&visit, 503, "no memory");
    else
        serve(&visit);
    http_answer(request, &visit.response);
    content_reader_free(visit.reader);
    mm_buf_fini(&visit.roots);
}

struct http_route gateway_route(struct gateway *gateway)
{
    return (struct http_route){
        .path = "/ipfs/",
        .prefix = true,
        .methods = HTTP_GET,
        .cors = HTTP_CORS_ANY,
        .cors_allow = "Content-Type, Range, User-Agent, X-Requested-With",
        .cors_expose = "Content-Length, Content-Range, X-Chunked-Output, X-Ipfs-Path, "
                       "X-Ipfs-Roots, X-Stream-Output",
        .respond = respond,
        .context = gateway,
    };
}
