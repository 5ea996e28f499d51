/* One HTTP/1.1 answer out of the bytes of a connection.
 *
 *     HTTP/1.1 200 OK CRLF              status line
 *     Content-Type: … CRLF              headers, at most REPLY_HEAD_MAX bytes in all
 *     CRLF
 *     body                              Content-Length bytes | chunks | all until the connection closes
 *
 *     chunk    5 CRLF hello CRLF        hexadecimal size, perhaps ;extensions
 *     last     0 CRLF trailers CRLF     trailers are read and dropped
 *
 * A step machine: bytes in, pieces of the body out, nothing copied but the head. Strict where two readers could disagree about
 * where the answer ends: CRLF only, one Content-Length or equal ones, never together with Transfer-Encoding, `chunked` alone.
 * Answers 1xx before the real one are passed over. No function allocates. Source: RFC 9112. */
#ifndef RPC_CLIENT_REPLY_H
#define RPC_CLIENT_REPLY_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    REPLY_HEAD_MAX = 16 << 10,
    REPLY_LINE_MAX = 512,      /* of a chunk's size line */
    REPLY_TRAILERS_MAX = 8192, /* bytes */
    REPLY_INTERIM_MAX = 8,     /* 1xx answers */
};

enum reply_verdict {
    REPLY_MORE = 0, /* everything was taken, and more is needed */
    REPLY_PIECE,    /* *piece is the next part of the body, never empty */
    REPLY_DONE,     /* the answer is whole; bytes that were not taken belong to the next one */
    /* Refused; the connection is of no more use. */
    REPLY_BAD_STATUS, /* no status line of HTTP/1.x */
    REPLY_BAD_HEADER, /* no colon, blank before it, folded line, control character */
    REPLY_HEAD_TOO_LONG,
    REPLY_BAD_LENGTH, /* Content-Length is no number, or there are two that differ */
    REPLY_BAD_ENCODING, /* Transfer-Encoding is not chunked alone, or stands beside a Content-Length */
    REPLY_BAD_CHUNK,
    REPLY_TRUNCATED, /* the connection closed inside the answer */
};

enum reply_state {
    REPLY_IN_HEAD,
    REPLY_IN_BODY, /* of a known length */
    REPLY_TO_END,  /* of an unknown one */
    REPLY_CHUNK_SIZE,
    REPLY_CHUNK_DATA,
    REPLY_CHUNK_END,
    REPLY_TRAILERS,
    REPLY_FINISHED,
};

struct reply {
    enum reply_state state;
    bool is_head;     /* the answer to HEAD: no body whatever the headers say */
    unsigned status;  /* 0 until the head is whole */
    bool keeps_alive; /* another request may follow on the connection */
    mm_bytes type;    /* Content-Type, in `head`; empty when there is none */
    uint64_t left;    /* bytes of the body or chunk still to come */
    unsigned interim;
    size_t line_len; /* of a size line or trailers */
    char line[REPLY_LINE_MAX];
    size_t head_len;
    char head[REPLY_HEAD_MAX];
};

/* Never NULL. */
const char *reply_verdict_text(enum reply_verdict verdict);
void reply_init(struct reply *reply, bool is_head);
/* Takes *used bytes from the front of `in`. piece borrows from `in`. Call again with the rest until it says something else
 * than REPLY_PIECE. */
MM_MUST_USE enum reply_verdict reply_feed(struct reply *reply, mm_bytes in, size_t *used,
                                          mm_bytes *piece);
/* The connection closed: REPLY_DONE when that is how the body ends, else REPLY_TRUNCATED. */
MM_MUST_USE enum reply_verdict reply_close(struct reply *reply);
static inline bool reply_is_refused(enum reply_verdict verdict)
{
    return verdict > REPLY_DONE;
}

#endif
