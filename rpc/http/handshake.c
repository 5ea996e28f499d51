/* From a GET to a WebSocket: RFC 6455 section 4.2. */
#include <openssl/evp.h>

#include "rpc/http/authority.h"
#include "rpc/http/parameter.h"
#include "rpc/http/socket.h"
#include "state/base/assert.h"

enum { KEY_CHARS = 24, KEY_BYTES = 16, ACCEPT_CHARS = 28, SHA1_BYTES = 20 };

static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

bool handshake_is_asked(const struct http_request *request)
{
    return request->route->socket != NULL && request->method == HTTP_GET &&
           http_equal_no_case(request->head.upgrade, MM_BYTES_LIT("websocket"));
}

/* Whether a comma separated list of tokens has this one, in any case: Firefox sends "keep-alive, Upgrade". */
static bool list_has(mm_bytes list, mm_bytes token)
{
    while (list.len > 0) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        const size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        if (http_equal_no_case(http_trim(mm_bytes_from(list.ptr, len)), token))
            return true;
        const size_t used = comma == NULL ? len : len + 1;
        list = mm_bytes_from(list.ptr + used, list.len - used);
    }
    return false;
}

/* 16 bytes in base64. */
static bool is_key(mm_bytes key)
{
    uint8_t decoded[KEY_BYTES + 2];
    return key.len == KEY_CHARS && key.ptr[KEY_CHARS - 1] == '=' && key.ptr[KEY_CHARS - 2] == '=' &&
           key.ptr[KEY_CHARS - 3] != '=' &&
           EVP_DecodeBlock(decoded, key.ptr, KEY_CHARS) == (int)sizeof decoded;
}

/* Proves to the client that we read its handshake and not some cached page. */
static void make_accept(char accept[ACCEPT_CHARS + 1], mm_bytes key)
{
    uint8_t text[KEY_CHARS + sizeof GUID - 1];
    uint8_t digest[SHA1_BYTES];
    memcpy(text, key.ptr, KEY_CHARS);
    memcpy(text + KEY_CHARS, GUID, sizeof GUID - 1);
    MM_ASSERT(EVP_Digest(text, sizeof text, digest, NULL, EVP_sha1(), NULL) == 1);
    MM_ASSERT(EVP_EncodeBlock((uint8_t *)accept, digest, SHA1_BYTES) == ACCEPT_CHARS);
}

static enum MHD_Result refuse(struct http_request *request, unsigned status, const char *text)
{
    struct http_response response;
    http_response_init(&response, status, "text/plain; charset=utf-8", 256);
    mm_buf_printf(&response.body, "%s\n", text);
    if (status == MHD_HTTP_UPGRADE_REQUIRED)
        http_response_header(&response, "Sec-WebSocket-Version", MM_BYTES_LIT("13"));
    http_answer(request, &response);
    return response_queue(request);
}

static enum MHD_Result accept_key(struct http_request *request, mm_bytes key)
{
    char accept[ACCEPT_CHARS + 1];
    make_accept(accept, key);
    request->socket = socket_new(request);
    if (request->socket == NULL)
        return MHD_NO;
    /* It says `Connection: Upgrade` itself. */
    struct MHD_Response *mhd = MHD_create_response_for_upgrade(socket_upgraded, request->socket);
    if (mhd == NULL)
        return MHD_NO;
    enum MHD_Result result = MHD_NO;
    if (MHD_add_response_header(mhd, "Upgrade", "websocket") == MHD_YES &&
        MHD_add_response_header(mhd, "Sec-WebSocket-Accept", accept) == MHD_YES)
        result = MHD_queue_response(request->mhd, MHD_HTTP_SWITCHING_PROTOCOLS, mhd);
    MHD_destroy_response(mhd);
    return result;
}

enum MHD_Result handshake_answer(struct http_request *request)
{
    const mm_bytes key = http_header(request, "Sec-WebSocket-Key");
    if (request->is_http10)
        return refuse(request, MHD_HTTP_BAD_REQUEST, "a WebSocket begins with HTTP/1.1");
    if (!list_has(http_header(request, "Connection"), MM_BYTES_LIT("upgrade")))
        return refuse(request, MHD_HTTP_BAD_REQUEST, "a WebSocket asks for Connection: Upgrade");
    if (!mm_bytes_equal(http_header(request, "Sec-WebSocket-Version"), MM_BYTES_LIT("13")))
        return refuse(request, MHD_HTTP_UPGRADE_REQUIRED, "the WebSocket version here is 13");
    if (!is_key(key))
        return refuse(request, MHD_HTTP_BAD_REQUEST, "bad Sec-WebSocket-Key");
    if (atomic_load_explicit(&request->server->stopping, memory_order_relaxed))
        return refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "the node is stopping");
    return accept_key(request, key);
}
