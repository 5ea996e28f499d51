#include "rpc/gateway/page.h"

#include <inttypes.h>

#include "p2p/content/links.h"
#include "rpc/gateway/escape.h"
#include "rpc/gateway/gateway.h"

static const char STYLE[] =
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td{padding:.2em 1em .2em 0;word-break:break-all}"
    "td:last-child{text-align:right;white-space:nowrap;color:#666}"
    "pre{white-space:pre-wrap;word-break:break-all}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8af}}";

static void open_page(struct mm_buf *out, const char *heading, mm_bytes title)
{
    mm_buf_add_text(out,
                    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape_html(out, title);
    mm_buf_printf(
        out,
        "</title><meta name=\"viewport\" content=\"width=device-width\"><style>%s</style></head>\n"
        "<body><h1>%s ",
        STYLE, heading);
    escape_html(out, title);
    mm_buf_add_text(out, "</h1>\n<table>\n");
}

static enum read_verdict close_page(struct mm_buf *out)
{
    mm_buf_add_text(out, "</body></html>\n");
    return mm_buf_err(out) == MM_OK ? READ_OK : READ_FAILED;
}

static void add_parent(struct mm_buf *out, const struct page_place *place)
{
    if (place->path.len <= place->top_len)
        return;
    size_t len = place->path.len - 1; /* its last slash */
    while (place->path.ptr[len - 1] != '/')
        len--;
    mm_buf_add_text(out, "<tr><td><a href=\"");
    escape_path(out, mm_bytes_from(place->path.ptr, len), true);
    mm_buf_add_text(out, "\">..</a></td><td></td></tr>\n");
}

static void add_entry(struct mm_buf *out, mm_bytes path, const struct content_entry *entry)
{
    mm_buf_add_text(out, "<tr><td><a href=\"");
    escape_path(out, path, true);
    escape_path(out, entry->name, false);
    mm_buf_add_text(out, "\">");
    escape_html(out, entry->name);
    mm_buf_printf(out, "</a></td><td>%" PRIu64 "</td></tr>\n", entry->claimed_bytes);
}

enum read_verdict page_write_directory(struct mm_buf *out, struct content_reader *reader,
                                       const struct cid *directory, const struct page_place *place)
{
    open_page(out, "Index of", place->title);
    add_parent(out, place);
    enum read_verdict verdict = content_dir_open(reader, directory);
    struct content_entry entry;
    for (size_t count = 0; verdict == READ_OK; count++) {
        verdict = content_dir_next(reader, &entry);
        if (verdict == READ_OK && count == GATEWAY_LISTING_ENTRIES_MAX) {
            mm_buf_printf(out, "<tr><td>and more than these %d</td><td></td></tr>\n",
                          GATEWAY_LISTING_ENTRIES_MAX);
            break;
        }
        if (verdict == READ_OK)
            add_entry(out, place->path, &entry);
    }
    mm_buf_add_text(out, "</table>");
    if (verdict != READ_OK && verdict != READ_END)
        return verdict;
    return close_page(out);
}

struct link_list {
    struct mm_buf *out;
    bool has_origin;
    size_t count;
};

static bool add_link(void *context, const struct cid *cid)
{
    struct link_list *list = context;
    char text[CID_TEXT_MAX + 1];
    if (list->count++ == GATEWAY_LISTING_ENTRIES_MAX) {
        mm_buf_printf(list->out, "<tr><td>and more than these %d</td><td></td></tr>\n",
                      GATEWAY_LISTING_ENTRIES_MAX);
        return false;
    }
    (void)cid_to_text(text, cid, MULTIBASE_BASE32);
    if (list->has_origin)
        mm_buf_printf(list->out, "<tr><td>%s</td><td></td></tr>\n", text);
    else
        mm_buf_printf(list->out, "<tr><td><a href=\"/ipfs/%s\">%s</a></td><td></td></tr>\n", text,
                      text);
    return true;
}

enum read_verdict page_write_document(struct mm_buf *out, const struct cid *cid, mm_bytes block,
                                      const struct page_place *place)
{
    struct link_list list = { out, place->has_origin, 0 };
    const bool is_json = cid->codec == CID_DAG_JSON;
    open_page(out, "Links of", place->title);
    switch (content_links(cid, block, &(struct links_listener){ &list, add_link })) {
    case LINKS_OK:
    case LINKS_STOPPED:
        break;
    case LINKS_MALFORMED:
        return READ_MALFORMED;
    case LINKS_NO_MEMORY:
        return READ_FAILED;
    }
    mm_buf_printf(out,
                  "</table>\n<p>%zu bytes of dag-%s: <a href=\"?format=dag-%s\">as they are</a>, "
                  "<a href=\"?format=raw\">as a block</a></p>\n",
                  block.len, is_json ? "json" : "cbor", is_json ? "json" : "cbor");
    if (is_json && block.len <= PAGE_DOCUMENT_BYTES_MAX) {
        mm_buf_add_text(out, "<pre>");
        escape_html(out, block);
        mm_buf_add_text(out, "</pre>\n");
    }
    return close_page(out);
}
