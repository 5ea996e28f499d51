/* A file of the content store as the body of an answer, read as it is sent.
 *
 * The first piece is read before the answer begins, while there is still a status to say that a block is missing. What fails later
 * cuts the connection. Short files go out as one buffer. */
#ifndef RPC_GATEWAY_BODY_H
#define RPC_GATEWAY_BODY_H

#include "p2p/content/reader.h"
#include "rpc/http/http.h"

enum { BODY_WHOLE_BYTES_MAX = 64 << 10 };

/* Sets response->body or response->reader to `length` bytes from `offset` of a file that content_file_open gave; the range lies in
 * it. READ_OK: *taken_reader belongs to the response and is NULL afterwards. Otherwise nothing has changed owner.
 * READ_FAILED also when there is no memory. */
MM_MUST_USE enum read_verdict body_of_file(struct http_response *response,
                                           struct content_reader **taken_reader, uint64_t offset,
                                           uint64_t length);

#endif
