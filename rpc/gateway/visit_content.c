/* What a path leads to, as it is: a file or a range of it, a directory's page, a symlink's target. */
#include "p2p/content/filetype.h"
#include "rpc/gateway/body.h"
#include "rpc/gateway/page.h"
#include "rpc/gateway/visit.h"
#include "state/base/heap.h"

/* --- files --- */

/* The type from the name that was asked for or leads here, else from the first bytes. A first block that is missing says nothing: the
 * range that is wanted may be there all the same. */
static const char *media_type_of(struct visit *visit)
{
    mm_bytes filename;
    (void)http_query(visit->request, "filename", &filename);
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

/* Whether a file may be sent to somebody who wants this form. Accept is a wish, the URL a demand; the codecs of documents are for a
 * client that is going to decode them, and so a demand always. */
static bool is_file_of_form(const struct form *form, const char *media_type)
{
    switch (form->kind) {
    case FORM_CONTENT:
    case FORM_RAW:
    case FORM_CAR:
    case FORM_TAR:
        return true;
    case FORM_JSON:
        return form->by_accept || strcmp(media_type, "application/json") == 0;
    case FORM_CBOR:
        return form->by_accept;
    case FORM_DAG_JSON:
    case FORM_DAG_CBOR:
        return false;
    }
    return false;
}

/* A body that is read as it is sent, and what its blocks come from. */
struct file_body {
    struct http_reader reader;
    struct source *source; /* owned */
};

static ptrdiff_t read_file_body(void *state, uint64_t offset, uint8_t *out, size_t capacity)
{
    struct file_body *body = state;
    return body->reader.read(body->reader.state, offset, out, capacity);
}

static void free_file_body(void *state)
{
    struct file_body *body = state;
    body->reader.free(body->reader.state);
    source_free(body->source);
    mm_heap_free(body);
}

/* The range of the open file becomes the body, and takes the source with it if it has to. */
static enum read_verdict set_body(struct visit *visit, const struct http_range *range)
{
    struct file_body *body = mm_heap_zeroed(1, sizeof *body);
    if (body == NULL)
        return READ_FAILED;
    source_keep_no_more(visit->source);
    const enum read_verdict verdict =
        body_of_file(&visit->response, &visit->reader, range->offset, range->length);
    if (verdict != READ_OK || visit->response.reader.read == NULL) {
        mm_heap_free(body);
        return verdict;
    }
    *body = (struct file_body){ visit->response.reader, visit->source };
    visit->source = NULL;
    visit->response.reader =
        (struct http_reader){ read_file_body, free_file_body, body, body->reader.length };
    return READ_OK;
}

static void serve_file(struct visit *visit, const struct cid *file)
{
    uint64_t total = 0;
    enum read_verdict verdict = content_file_open(visit->reader, &total, file);
    if (verdict != READ_OK) {
        visit_fail_read(visit, verdict);
        return;
    }
    const char *media_type = media_type_of(visit);
    if (!is_file_of_form(&visit->form, media_type)) {
        visit_fail_codec(visit);
        return;
    }
    struct http_range range;
    const enum http_range_verdict wanted = visit_range(visit, &range, total);
    if (wanted == HTTP_RANGE_OUTSIDE)
        return;
    verdict = set_body(visit, &range);
    if (verdict != READ_OK) {
        visit_fail_read(visit, verdict);
        return;
    }
    visit_headers(visit, media_type, VISIT_CACHE_FOR_GOOD);
    visit_range_headers(visit, wanted, &range, total);
    visit_disposition(visit, VISIT_SHOWN, visit->name);
}

static void serve_symlink(struct visit *visit)
{
    visit->response.body.bytes_max = BLOCK_BYTES_MAX;
    const enum read_verdict verdict =
        content_symlink_read(visit->reader, &visit->response.body, &visit->node.cid);
    if (verdict != READ_OK)
        visit_fail_read(visit, verdict);
    else
        (void)visit_send_body(visit, "inode/symlink");
}

/* --- directories --- */

static void redirect_to_slash(struct visit *visit)
{
    struct mm_buf location;
    const mm_bytes query = http_raw_query(visit->request);
    mm_buf_init(&location, 2 * GATEWAY_CONNECTION_BYTES);
    mm_buf_add(&location, http_raw_path(visit->request));
    mm_buf_add_byte(&location, '/');
    if (query.len > 0) {
        mm_buf_add_byte(&location, '?');
        mm_buf_add(&location, query);
    }
    visit_fail(visit, 301, "a directory has a slash at its end");
    http_response_header(&visit->response, "Location", mm_buf_bytes(&location));
    visit_header(visit, "Cache-Control", VISIT_CACHE_FOR_GOOD);
    mm_buf_fini(&location);
}

static void serve_listing(struct visit *visit)
{
    visit_set_etag(visit, "DirIndex-" PAGE_VERSION "_CID-", &visit->node.cid, "");
    if (visit_is_known(visit, VISIT_CACHE_A_WEEK))
        return;
    struct mm_buf title;
    const struct page_place place = visit_page_place(visit, &title);
    visit->response.body.bytes_max = GATEWAY_LISTING_BYTES_MAX;
    const enum read_verdict verdict =
        page_write_directory(&visit->response.body, visit->reader, &visit->node.cid, &place);
    if (verdict != READ_OK)
        visit_fail_read(visit, verdict);
    else
        visit_headers(visit, "text/html; charset=utf-8", VISIT_CACHE_A_WEEK);
    mm_buf_fini(&title);
}

/* index.html stands for its directory, whose CID is the Etag. */
static void serve_directory(struct visit *visit)
{
    const struct form *form = &visit->form;
    if (form->kind != FORM_CONTENT && !is_file_of_form(form, "text/html")) {
        visit_fail_codec(visit);
        return;
    }
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
        visit_fail_read(visit, verdict);
        return;
    }
    if (visit_is_known(visit, VISIT_CACHE_FOR_GOOD))
        return;
    visit->name = MM_BYTES_LIT("index.html");
    serve_file(visit, &index.cid);
}

void visit_content(struct visit *visit)
{
    visit_set_etag(visit, "", &visit->node.cid, "");
    switch (visit->node.kind) {
    case CONTENT_FILE:
        if (!visit_is_known(visit, VISIT_CACHE_FOR_GOOD))
            serve_file(visit, &visit->node.cid);
        return;
    case CONTENT_SYMLINK:
        serve_symlink(visit);
        return;
    case CONTENT_DIRECTORY:
    case CONTENT_SHARDED:
        serve_directory(visit);
        return;
    case CONTENT_OTHER:
        visit_block(visit);
        return;
    }
}
