/* A client that writes the bytes it is given, as they are, and reads one answer at a time. For tests of the server. */
#ifndef TESTS_LIB_HTTP_CLIENT_H
#define TESTS_LIB_HTTP_CLIENT_H

#include <stdint.h>

#include "state/base/bytes.h"

enum { CLIENT_BYTES_MAX = 80 << 20 };

struct client {
    int fd;
    uint8_t *in; /* read and not yet taken */
    size_t in_len;
};

struct reply {
    bool ok; /* a complete answer arrived */
    int status;
    char head[8192]; /* status line and headers, terminated */
    uint8_t *body;   /* owned, terminated */
    size_t body_len;
};

struct client client_connect(uint16_t port);
void client_close(struct client *client);
/* false: the server closed. */
bool client_send(struct client *client, mm_bytes bytes);
bool client_text(struct client *client, const char *text);
/* Reads one answer; is_head: without a body. */
struct reply client_reply(struct client *client, bool is_head);
/* Connect, send, read one answer, close. */
struct reply client_ask(uint16_t port, const char *text);
/* Whether nothing more comes: the server closed. */
bool client_is_closed(struct client *client);
/* Reads until so many bytes are in client->in; false: the server closed. */
bool client_wait(struct client *client, size_t len);
/* Takes them from the front. */
void client_drop(struct client *client, size_t len);
void reply_free(struct reply *reply);
bool reply_has(const struct reply *reply, const char *header_line);
bool reply_body_is(const struct reply *reply, const char *text);

#endif
