/* An answer that is made as it is sent: listings, archives, references. The gateway and /api/v0 share it.
 *
 *     producer --more--> pieces --> [ first 64 KiB ] --> status and headers, then the rest as the client takes it
 *
 * What is first is made before the answer begins, while there is still a status to say that something is missing; an answer that ends
 * there goes out as one body with its length. What fails later cuts the connection, so that the client sees it is not whole.
 * Memory: the first 64 KiB, or the producer's piece. Threads: the request's. */
#ifndef RPC_GATEWAY_STREAM_H
#define RPC_GATEWAY_STREAM_H

#include "p2p/content/car_export.h"
#include "p2p/content/tar.h"
#include "rpc/http/http.h"

enum { STREAM_FIRST_BYTES = 64 << 10 };

struct stream_failure {
    struct cid at;   /* the block that it is about */
    mm_err err;      /* what READ_FAILED stands for */
    bool is_late;    /* another node has it, and did not send it in time */
    const char *why; /* a literal that says it better than the verdict, or NULL */
};

struct stream {
    void *state;
    /* READ_OK: the next bytes, borrowed until the next call. READ_END: that was all; it stays at that. Anything else ends it, and
     * *failure says more. */
    enum read_verdict (*more)(void *state, mm_bytes *piece, struct stream_failure *failure);
    void (*free)(void *state);
};

/* READ_OK: *response has the body, which owns *taken_stream's state. Anything else: the state is freed, and *failure says more. */
MM_MUST_USE enum read_verdict stream_body(struct http_response *response,
                                          struct stream_failure *failure,
                                          const struct stream *taken_stream);

/* stream_of.c: archives that have begun, which are taken. */
struct stream stream_of_car(struct car_export *taken_export);
struct stream stream_of_tar(struct content_tar *taken_tar);

#endif
