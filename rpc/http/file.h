/* Files that are part of the program: pages, scripts, style sheets, made into tables at build time (mintmark_embed_files in
 * scripts/cmake/embed.cmake).
 *
 *     { "/view/token.js", "text/javascript; charset=utf-8", "\"3f63…\"", "\"3f63….gz\"", bytes, gzip }
 *
 * They change only with the program, which a browser cannot know: so it may keep them and asks each time whether they are the same
 * (`no-cache` and an entity tag), which costs an answer without a body. A client that takes gzip gets the shorter form, which has a tag
 * of its own; either tag is good for a 304.
 * Memory: none, the bytes are the program's. Threads: any. Source: RFC 9110 sections 8.8.3, 12.5.3 and 13.1.2. */
#ifndef RPC_HTTP_FILE_H
#define RPC_HTTP_FILE_H

#include "rpc/http/http.h"

struct http_file {
    const char *path;       /* "/view/token.js" */
    const char *media_type; /* with its charset */
    const char *etag;       /* quoted, of the bytes */
    const char *gzip_etag;
    mm_bytes bytes;
    mm_bytes gzip; /* empty where it would be no shorter */
};

/* NULL: no such path. */
const struct http_file *http_file_find(const struct http_file *files, size_t count, mm_bytes path);

/* What else an answer says: a Content-Security-Policy, for example. */
struct http_file_header {
    const char *name;
    const char *value;
};
/* 200, or 304. */
void http_answer_file(struct http_request *request, const struct http_file *file,
                      const struct http_file_header *headers, size_t count);

/* Whether Accept-Encoding takes gzip: by its name or by "*", and not with a weight of zero. Pure. */
bool http_takes_gzip(mm_bytes accept_encoding);

#endif
