#include "tests/lib/websocket_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"

static const uint8_t MASK[4] = { 0x37, 0xfa, 0x21, 0x3d };

struct client ws_connect(uint16_t port, const char *path)
{
    char text[512];
    struct client client = client_connect(port);
    (void)snprintf(
        text, sizeof text,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, "
        "Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        path);
    client_text(&client, text);
    struct reply reply = client_reply(&client, true);
    if (!reply.ok || reply.status != 101)
        client_close(&client);
    reply_free(&reply);
    return client;
}

bool ws_send(struct client *client, enum ws_opcode opcode, mm_bytes bytes, bool is_final)
{
    uint8_t *frame = malloc(bytes.len + 14);
    size_t at = 0;
    if (frame == NULL)
        abort();
    frame[at++] = (uint8_t)((is_final ? 0x80 : 0) | opcode);
    if (bytes.len < 126) {
        frame[at++] = (uint8_t)(0x80 | bytes.len);
    } else {
        const unsigned size = bytes.len < 65536 ? 2 : 8;
        frame[at++] = size == 2 ? 0x80 | 126 : 0x80 | 127;
        for (unsigned i = 0; i < size; i++)
            frame[at++] = (uint8_t)((uint64_t)bytes.len >> (8 * (size - 1 - i)));
    }
    memcpy(frame + at, MASK, 4);
    at += 4;
    for (size_t i = 0; i < bytes.len; i++)
        frame[at++] = bytes.ptr[i] ^ MASK[i % 4];
    const bool ok = client_send(client, mm_bytes_from(frame, at));
    free(frame);
    return ok;
}

bool ws_text(struct client *client, const char *text)
{
    return ws_send(client, WS_TEXT, mm_bytes_str(text), true);
}

struct ws_frame ws_read(struct client *client)
{
    struct ws_frame frame = { .ok = false };
    if (!client_wait(client, 2))
        return frame;
    size_t head = 2;
    uint64_t len = client->in[1] & 0x7f;
    const unsigned size = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (!client_wait(client, head + size))
        return frame;
    if (size > 0)
        len = 0;
    for (unsigned i = 0; i < size; i++)
        len = len << 8 | client->in[head++];
    if (!client_wait(client, head + (size_t)len))
        return frame;
    frame.ok = (client->in[1] & 0x80) == 0; /* a server does not mask */
    frame.is_final = (client->in[0] & 0x80) != 0;
    frame.opcode = (enum ws_opcode)(client->in[0] & 0x0f);
    frame.len = (size_t)len;
    frame.bytes = malloc(frame.len + 1);
    if (frame.bytes == NULL)
        abort();
    memcpy(frame.bytes, client->in + head, frame.len);
    frame.bytes[frame.len] = 0;
    if (frame.opcode == WS_CLOSE && frame.len >= 2)
        frame.code = (unsigned)(frame.bytes[0] << 8 | frame.bytes[1]);
    client_drop(client, head + frame.len);
    return frame;
}

void ws_drain(struct client *client, void (*text)(mm_bytes text))
{
    bool is_over = false;
    for (;;) {
        struct ws_frame frame = ws_read(client);
        if (!frame.ok) {
            MM_ASSERT(frame.bytes == NULL); /* not: a masked one */
            return;
        }
        MM_ASSERT(!is_over && frame.is_final);
        MM_ASSERT(frame.opcode == WS_TEXT || frame.opcode == WS_CLOSE || frame.opcode == WS_PING ||
                  frame.opcode == WS_PONG);
        is_over = frame.opcode == WS_CLOSE;
        if (frame.opcode == WS_TEXT && text != NULL)
            text(mm_bytes_from(frame.bytes, frame.len));
        ws_free(&frame);
    }
}

void ws_free(struct ws_frame *frame)
{
    free(frame->bytes);
    *frame = (struct ws_frame){ .ok = false };
}

bool ws_is(const struct ws_frame *frame, enum ws_opcode opcode, const char *text)
{
    return frame->ok && frame->is_final && frame->opcode == opcode && frame->len == strlen(text) &&
           memcmp(frame->bytes, text, frame->len) == 0;
}
