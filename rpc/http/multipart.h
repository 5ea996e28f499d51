/* multipart/form-data as a stream: parts of any size in bounded memory (RFC 7578, RFC 2046 section 5.1).
 *
 *     Content-Type: multipart/form-data; boundary=XX
 *
 *     --XX CRLF                                                               |
 *     Content-Disposition: form-data; name="file"; filename="col%2F1.json"    |  part(headers)
 *     Content-Type: application/octet-stream CRLF CRLF                        |
 *     {"name":…}                                                              |  data, data, …
 *     CRLF --XX CRLF                                                          |  part_end, and the next part
 *     …
 *     CRLF --XX-- CRLF                                                        |  part_end
 *
 * The delimiter is CRLF "--" boundary; CR stands nowhere in it but at its front, so a match that fails can only begin anew at the
 * byte that broke it: one pass, one counter, no look back, however the bytes are split.
 * Own code and not MHD's MHD_PostProcessor: that one hands over names as C strings, only four headers of a part, and nothing
 * at all for a part without bytes, while directories and empty files of an upload are just that.
 *
 * Names and file names are given as bytes, with \" and \\ undone; percent escapes in them are the caller's business.
 * A part of multipart/mixed is a part like others. Bytes before the first and behind the last delimiter are passed over.
 * Memory: the struct and the headers of one part. Threads: one at a time. */
#ifndef RPC_HTTP_MULTIPART_H
#define RPC_HTTP_MULTIPART_H

#include "state/base/buf.h"
#include "state/base/bytes.h"

enum {
    HTTP_BOUNDARY_BYTES_MAX = 70, /* RFC 2046 */
    HTTP_PART_HEADER_BYTES_MAX = 8 << 10,
    HTTP_PART_HEADERS_MAX = 24,
    HTTP_PARTS_DEFAULT = 20000,
};

enum http_multipart_verdict {
    HTTP_MULTIPART_OK = 0,
    HTTP_MULTIPART_NOT_ONE,          /* another content type, or no boundary in it */
    HTTP_MULTIPART_BAD_BOUNDARY,     /* longer than 70, or characters it must not have */
    HTTP_MULTIPART_BAD_DELIMITER,    /* something between a delimiter and its line end */
    HTTP_MULTIPART_BAD_HEADER,       /* of a part: not name: value lines, or too many */
    HTTP_MULTIPART_HEADER_TOO_LARGE, /* of a part */
    HTTP_MULTIPART_TOO_MANY_PARTS,
    HTTP_MULTIPART_TRUNCATED, /* it ended before the last delimiter */
    HTTP_MULTIPART_NO_MEMORY,
    HTTP_MULTIPART_STOPPED, /* a callback said so */
};

/* Never NULL. */
const char *http_multipart_text(enum http_multipart_verdict verdict);

struct http_part_header {
    mm_bytes name;
    mm_bytes value;
};

/* Borrowed for the call of `part`. */
struct http_part {
    mm_bytes name;     /* of the form's field */
    mm_bytes filename; /* ptr NULL when there is none */
    mm_bytes content_type;
    const struct http_part_header *headers; /* all of them */
    size_t headers_count;
};

/* The value of a part's header, by its name in any case; ptr NULL when there is none. */
mm_bytes http_part_header(const struct http_part *part, const char *name);

/* Each returns false to stop. */
struct http_part_handler {
    void *context;
    bool (*part)(void *context, const struct http_part *part);
    bool (*data)(void *context, mm_bytes bytes); /* never none */
    bool (*part_end)(void *context);
};

/* Fields are private. */
struct http_multipart {
    struct http_part_handler handler;
    enum http_multipart_verdict verdict;
    int state;
    int scanned_state; /* what the delimiter was found in */
    uint8_t delimiter[4 + HTTP_BOUNDARY_BYTES_MAX];
    size_t delimiter_len;
    size_t matched; /* bytes of the delimiter that the input ended with, … */
    size_t assumed; /* … the first of which were only assumed and are no data */
    size_t parts;
    size_t parts_max;
    struct mm_buf header;
};

/* parts_max 0: the default. What it returns, and every later failure, is what feed and finish return from then on. */
enum http_multipart_verdict http_multipart_init(struct http_multipart *multipart,
                                                mm_bytes content_type,
                                                const struct http_part_handler *handler,
                                                size_t parts_max);
void http_multipart_fini(struct http_multipart *multipart);
enum http_multipart_verdict http_multipart_feed(struct http_multipart *multipart, mm_bytes bytes);
/* No more bytes. OK when the last delimiter was there. */
enum http_multipart_verdict http_multipart_finish(struct http_multipart *multipart);

#endif
