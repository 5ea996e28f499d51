/* A multipart/form-data body as kubo's clients send it to /api/v0/add: files and folders with percent-encoded paths.
 *
 *     --boundary CRLF
 *     Content-Disposition: form-data; name="file"; filename="col%2F1.json" CRLF
 *     Content-Type: application/octet-stream CRLF  CRLF
 *     <bytes> CRLF
 *     --boundary-- CRLF
 *
 * The boundary is random, because files are streamed and cannot be searched for it: 128 bits.
 * Memory: the arena, but for contents of files, which are read when they are sent. Source: RFC 7578, RFC 2046. */
#ifndef RPC_CLIENT_MULTIPART_H
#define RPC_CLIENT_MULTIPART_H

#include "rpc/client/client.h"
#include "state/base/arena.h"

struct multipart {
    struct mm_arena *arena;
    struct client_part *parts; /* two a file and one at the end */
    size_t count;
    size_t capacity;
    char boundary[33];
    char content_type[96];
    mm_err err; /* remembered, as a buffer does */
};

/* entries_max: files and folders at most. */
void multipart_init(struct multipart *multipart, struct mm_arena *arena, size_t entries_max);
/* `name` is the path within the upload; `path` is copied. len: of the file now. */
void multipart_add_file(struct multipart *multipart, mm_bytes name, const char *path, uint64_t len);
void multipart_add_bytes(struct multipart *multipart, mm_bytes name, mm_bytes bytes);
void multipart_add_folder(struct multipart *multipart, mm_bytes name);
/* Ends it: parts, count and content_type go into a client_request. */
MM_MUST_USE mm_err multipart_finish(struct multipart *multipart);

#endif
