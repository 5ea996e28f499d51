/* An answer that is made as it is sent: listings, archives, references.
 *
 *     producer --more--> pieces --> [ first 64 KiB ] --> status and headers, then the rest as the client takes it
 *
 * What is first is made before the answer begins, while there is still a status to say that something is missing; an answer that ends
 * there goes out as one body with its length. What fails later cuts the connection, so that the client sees it is not whole.
 * Memory: the first 64 KiB, or the producer's piece. Threads: the request's. */
#ifndef RPC_CONTENT_STREAM_H
#define RPC_CONTENT_STREAM_H

#include "p2p/content/reader.h"
#include "rpc/http/http.h"

enum { API_STREAM_FIRST_BYTES = 64 << 10 };

struct api_stream_failure {
    struct cid at;   /* the block that it is about */
    mm_err err;      /* what READ_FAILED stands for */
    const char *why; /* a literal that says it better than the verdict, or NULL */
};

struct api_stream {
    void *state;
    /* READ_OK: the next bytes, borrowed until the next call. READ_END: that was all; it stays at that. Anything else ends it, and
     * *failure says more. */
    enum read_verdict (*more)(void *state, mm_bytes *piece, struct api_stream_failure *failure);
    void (*free)(void *state);
};

/* READ_OK: *response has the body, which owns *taken_stream's state. Anything else: the state is freed, and *failure says more. */
MM_MUST_USE enum read_verdict api_stream_body(struct http_response *response,
                                              struct api_stream_failure *failure,
                                              const struct api_stream *taken_stream);

#endif
