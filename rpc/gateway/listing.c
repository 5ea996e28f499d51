#include "rpc/gateway/listing.h"

#include <inttypes.h>

#include "rpc/gateway/escape.h"
#include "rpc/gateway/gateway.h"

static const char STYLE[] =
    "body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%}td{padding:.2em 1em .2em 0;word-break:break-all}"
    "td:last-child{text-align:right;white-space:nowrap;color:#666}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8af}}";

static void open_page(struct mm_buf *out, mm_bytes path)
{
    mm_buf_add_text(out,
                    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    escape_html(out, path);
    mm_buf_printf(
        out,
        "</title><meta name=\"viewport\" content=\"width=device-width\"><style>%s</style></head>\n"
        "<body><h1>Index of ",
        STYLE);
    escape_html(out, path);
    mm_buf_add_text(out, "</h1>\n<table>\n");
}

/* The length of "/ipfs/{cid}/", above which there is nothing. */
static size_t root_len(mm_bytes path)
{
    size_t slashes = 0;
    for (size_t i = 0; i < path.len; i++) {
        slashes += path.ptr[i] == '/';
        if (slashes == 3)
            return i + 1;
    }
    return path.len;
}

static void add_parent(struct mm_buf *out, mm_bytes path)
{
    if (path.len <= root_len(path))
        return;
    size_t len = path.len - 1; /* its last slash */
    while (path.ptr[len - 1] != '/')
        len--;
    mm_buf_add_text(out, "<tr><td><a href=\"");
    escape_path(out, mm_bytes_from(path.ptr, len), true);
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

enum read_verdict listing_write(struct mm_buf *out, struct content_reader *reader,
                                const struct cid *directory, mm_bytes path)
{
    open_page(out, path);
    add_parent(out, path);
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
            add_entry(out, path, &entry);
    }
    mm_buf_add_text(out, "</table></body></html>\n");
    if (verdict != READ_OK && verdict != READ_END)
        return verdict;
    return mm_buf_err(out) == MM_OK ? READ_OK : READ_FAILED;
}
