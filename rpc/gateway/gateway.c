#include "rpc/gateway/gateway.h"

#include "rpc/gateway/origin.h"
#include "rpc/gateway/visit.h"
#include "rpc/http/authority.h"

static const char PATHS[] = "/ipfs/";

static bool begins_with(mm_bytes text, mm_bytes front)
{
    return text.len >= front.len && memcmp(text.ptr, front.ptr, front.len) == 0;
}

static mm_bytes from(mm_bytes text, size_t at)
{
    return mm_bytes_from(text.ptr + at, text.len - at);
}

/* --- where a request goes --- */

/* 301 to the same content under {cid}.ipfs.localhost. rest: what follows the root in the URL as sent, with its slash, or nothing. */
static void redirect_to_origin(struct visit *visit, const char *label, mm_bytes rest)
{
    struct http_authority host;
    const mm_bytes query = http_raw_query(visit->request);
    struct mm_buf location;
    (void)http_authority_parse(&host, http_host(visit->request)); /* it was parsed before */
    mm_buf_init(&location, 2 * GATEWAY_CONNECTION_BYTES);
    mm_buf_printf(&location, "http://%s.ipfs.localhost", label);
    if (host.port.len > 0) {
        mm_buf_add_byte(&location, ':');
        mm_buf_add(&location, host.port);
    }
    mm_buf_add(&location, rest.len > 0 ? rest : MM_BYTES_LIT("/"));
    if (query.len > 0) {
        mm_buf_add_byte(&location, '?');
        mm_buf_add(&location, query);
    }
    visit_fail(visit, 301, "this root has an origin of its own");
    http_response_header(&visit->response, "Location", mm_buf_bytes(&location));
    visit_header(visit, "Cache-Control", "no-cache"); /* the option may be taken back */
    mm_buf_fini(&location);
}

/* The host names the root. false: answered. */
static bool take_origin(struct visit *visit, enum origin_verdict origin)
{
    char label[ORIGIN_LABEL_MAX + 1];
    const mm_bytes raw_path = http_raw_path(visit->request);
    if (origin == ORIGIN_BAD || !origin_label(label, &visit->root)) {
        visit_fail(visit, 400, "this host name is no CID of a known kind and length");
        return false;
    }
    visit->has_origin = true;
    if (origin == ORIGIN_OTHER) {
        redirect_to_origin(visit, label, raw_path);
        return false;
    }
    visit->path = from(http_path(visit->request), 1);
    mm_buf_printf(&visit->place, "/ipfs/%s", label);
    mm_buf_add(&visit->place, raw_path);
    return true;
}

/* Whether whoever asks is to be sent to the root's own origin: a browser at localhost, as long as the option is set. */
static bool goes_to_origin(const struct visit *visit, char label[ORIGIN_LABEL_MAX + 1])
{
    struct http_authority host;
    return visit->gateway->redirects && visit->form.kind == FORM_CONTENT &&
           http_authority_parse(&host, http_host(visit->request)) &&
           http_equal_no_case(host.host, MM_BYTES_LIT("localhost")) &&
           origin_label(label, &visit->root);
}

/* What of the path as sent follows the root. */
static mm_bytes behind_root(mm_bytes raw_path)
{
    size_t slashes = 0;
    for (size_t at = 0; at < raw_path.len; at++) {
        slashes += raw_path.ptr[at] == '/';
        if (slashes == 3)
            return from(raw_path, at);
    }
    return mm_bytes_from(NULL, 0);
}

/* The path names the root. false: answered. */
static bool take_path(struct visit *visit)
{
    const mm_bytes path = http_path(visit->request);
    const mm_bytes front = mm_bytes_str(PATHS);
    if (!begins_with(path, front)) {
        visit_fail(visit, 404, "not found: what is served here is under /ipfs/");
        return false;
    }
    const mm_bytes rest = from(path, front.len);
    const uint8_t *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    const size_t cid_len = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
    const enum cid_verdict verdict = cid_parse(&visit->root, mm_bytes_from(rest.ptr, cid_len));
    if (verdict != CID_OK) {
        visit_fail(visit, 400, cid_verdict_text(verdict));
        return false;
    }
    visit->path = slash == NULL ? mm_bytes_from(NULL, 0) : from(rest, cid_len + 1);
    mm_buf_add(&visit->place, http_raw_path(visit->request));
    if (visit->path.len == 0 &&
        http_equal_no_case(http_header(visit->request, "Service-Worker"), MM_BYTES_LIT("script"))) {
        visit_fail(visit, 400, "a service worker may not have a whole gateway as its scope");
        return false;
    }
    char label[ORIGIN_LABEL_MAX + 1];
    if (goes_to_origin(visit, label)) {
        redirect_to_origin(visit, label, behind_root(http_raw_path(visit->request)));
        return false;
    }
    return true;
}

/* Root and path, from the host or the path of the URL. false: answered. */
static bool locate(struct visit *visit)
{
    const enum origin_verdict origin = origin_parse(&visit->root, http_host(visit->request));
    if (origin == ORIGIN_NONE ? !take_path(visit) : !take_origin(visit, origin))
        return false;
    const mm_bytes whole = http_path(visit->request);
    visit->has_slash = whole.ptr[whole.len - 1] == '/';
    /* content_resolve forgives a leading slash: here it is an empty segment. */
    if (visit->path.len > 0 && visit->path.ptr[0] == '/') {
        visit_fail_read(visit, READ_BAD_PATH);
        return false;
    }
    mm_bytes path = visit->path;
    if (path.len > 0 && visit->has_slash)
        path.len--;
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    visit->name = mm_bytes_from(path.ptr == NULL ? NULL : path.ptr + at, path.len - at);
    return true;
}

/* --- in which form --- */

static mm_bytes query_of(struct visit *visit, const char *name)
{
    mm_bytes value;
    if (!http_query(visit->request, name, &value))
        return mm_bytes_from(NULL, 0);
    return value.ptr == NULL ? MM_BYTES_LIT("") : value;
}

/* false: answered. */
static bool choose_form(struct visit *visit)
{
    const struct form_request request = {
        .accept = http_header(visit->request, "Accept"),
        .format = query_of(visit, "format"),
        .dag_scope = query_of(visit, "dag-scope"),
        .entity_bytes = query_of(visit, "entity-bytes"),
        .car_version = query_of(visit, "car-version"),
        .car_order = query_of(visit, "car-order"),
        .car_dups = query_of(visit, "car-dups"),
    };
    const enum form_verdict verdict = form_parse(&visit->form, &request);
    if (verdict == FORM_OK)
        return true;
    visit_fail(visit, verdict == FORM_UNKNOWN ? 406 : 400, form_verdict_text(verdict));
    return false;
}

/* --- the answer --- */

/* Follows the path. false: answered. */
static bool resolve(struct visit *visit)
{
    const struct content_path_listener listener = visit_listener(visit);
    const enum read_verdict verdict =
        content_resolve(visit->reader, &visit->node, NULL, &visit->root, visit->path, &listener);
    if (verdict == READ_OK)
        return true;
    visit_fail_read(visit, verdict);
    return false;
}

static void serve(struct visit *visit)
{
    if (!choose_form(visit) || !locate(visit))
        return;
    if (!visit_is_cached_only(visit))
        source_look_elsewhere(visit->source, visit->gateway->elsewhere, &visit->root);
    switch (visit->form.kind) {
    case FORM_CAR:
        visit_car(visit);
        return;
    case FORM_TAR:
        if (resolve(visit))
            visit_tar(visit);
        return;
    case FORM_RAW:
        if (visit->path.len == 0) { /* any block, be it UnixFS or not */
            const struct content_path_listener listener = visit_listener(visit);
            listener.passed(listener.context, &visit->root);
            visit_raw(visit, &visit->root);
        } else if (resolve(visit)) {
            visit_raw(visit, &visit->node.cid);
        }
        return;
    case FORM_CONTENT:
    case FORM_JSON:
    case FORM_CBOR:
    case FORM_DAG_JSON:
    case FORM_DAG_CBOR:
        if (resolve(visit))
            visit_content(visit);
        return;
    }
}

static void respond(void *context, struct http_request *request)
{
    struct visit visit = { .gateway = context, .request = request };
    http_response_init(&visit.response, 200, NULL, 0);
    mm_buf_init(&visit.place, GATEWAY_CONNECTION_BYTES + CID_TEXT_MAX);
    mm_buf_init(&visit.roots, (GATEWAY_PATH_ROOTS_MAX + 1) * (CID_TEXT_MAX + 1));
    visit.source = source_new(visit.gateway->content);
    if (visit.source != NULL) {
        const struct block_source blocks = source_blocks(visit.source);
        visit.reader = content_reader_new(&blocks);
    }
    if (visit.reader == NULL)
        visit_fail(&visit, 503, "no memory");
    else
        serve(&visit);
    http_answer(request, &visit.response);
    content_reader_free(visit.reader);
    source_free(visit.source);
    mm_buf_fini(&visit.place);
    mm_buf_fini(&visit.roots);
}

struct http_route gateway_route(struct gateway *gateway)
{
    return (struct http_route){
        .path = "/",
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
