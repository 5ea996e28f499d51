/* The other end of a WebSocket, frame by frame, for tests of the server: it can also send what no client should. */
#ifndef TESTS_LIB_WEBSOCKET_CLIENT_H
#define TESTS_LIB_WEBSOCKET_CLIENT_H

#include "tests/lib/http_client.h"

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

struct ws_frame {
    bool ok; /* a whole frame arrived */
    bool is_final;
    enum ws_opcode opcode;
    uint8_t *bytes; /* owned, terminated */
    size_t len;
    unsigned code; /* of a close */
};

/* Connects and shakes hands at the path. */
struct client ws_connect(uint16_t port, const char *path);
/* A masked frame. */
bool ws_send(struct client *client, enum ws_opcode opcode, mm_bytes bytes, bool is_final);
bool ws_text(struct client *client, const char *text);
struct ws_frame ws_read(struct client *client);
/* Reads until the server ends, and aborts unless all it sent is whole, unmasked frames of the kinds that it sends, and nothing behind
 * a close. text (may be NULL) is given each message. */
void ws_drain(struct client *client, void (*text)(mm_bytes text));
void ws_free(struct ws_frame *frame);
bool ws_is(const struct ws_frame *frame, enum ws_opcode opcode, const char *text);

#endif
