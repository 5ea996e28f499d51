/* Frames to the JSON-RPC door over a real WebSocket, with a real chain behind it. http-server sends bytes as they come; here the input
 * is a list of frames that are whole unless it says otherwise, so that most of it reaches requests and subscriptions:
 *
 *     head      the frame's first byte: FIN, reserved bits, opcode
 *     form      FORM_… below
 *     count     of the payload's bytes, which follow (times 256 with FORM_LONG)
 *
 * Properties: those of ws_drain and of check_answer_text; every connection's end is reached; and the chain still is where its own
 * block number says. */
#include <stdlib.h>
#include <sys/socket.h>

#include "rpc/eth/eth.h"
#include "state/base/assert.h"
#include "tests/fuzz/counted_ids.h"
#include "tests/lib/answer_check.h"
#include "tests/lib/chain_fixture.h"
#include "tests/lib/websocket_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    CONNECTIONS_A_CHAIN = 500, /* then a fresh one: what was mined must not pile up */
    MESSAGE_BYTES_MAX = 16 << 10,
    REPEATS_OF_LONG = 256,
};

enum form {
    FORM_LENGTH_16 = 1,  /* the length in two bytes, needed or not */
    FORM_LENGTH_64 = 2,  /* in eight */
    FORM_UNMASKED = 4,   /* RFC 6455 section 5.1: the server has to end it */
    FORM_LONG = 8,       /* the payload again and again */
    FORM_CUT = 16,       /* says a byte more than there is */
    FORM_OTHER_MASK = 32 /* and not the one that changes nothing */
};

static struct chain_fixture chain;
static struct rpc_eth *eth;
static struct http_server *server;
static size_t connections;

static void close_all(void)
{
    rpc_eth_stop(eth);
    http_server_stop(server);
    rpc_eth_free(eth);
    chain_fixture_close(&chain);
    eth = NULL;
}

static void open_all(void)
{
    static bool is_registered;
    static struct http_route route;
    static struct http_socket_handler socket;
    const struct http_options options = {
        .routes = &route, .routes_count = 1, .threads = 1, .idle_timeout_s = 5
    };
    const struct rpc_eth_options limits = { .batch_max = 20,
                                            .batch_bytes_max = 100000,
                                            .message_bytes_max = MESSAGE_BYTES_MAX };
    if (eth != NULL && connections++ < CONNECTIONS_A_CHAIN)
        return;
    if (eth != NULL)
        close_all();
    connections = 0;
    chain_fixture_open(&chain, &(struct chain_fixture_options){ 0 });
    MM_ASSERT(rpc_eth_new(&eth, &chain.backend, &limits) == MM_OK);
    route = rpc_eth_route(eth, "/");
    socket = rpc_eth_socket(eth);
    route.methods |= HTTP_GET;
    route.socket = &socket;
    MM_ASSERT(http_server_start(&server, &options, NULL) == MM_OK);
    if (is_registered)
        return;
    /* The first handshake starts libcrypto, whose own exit handler has to come after ours. */
    struct client client = ws_connect(http_server_port(server), "/");
    client_close(&client);
    is_registered = atexit(close_all) == 0;
}

/* ---- frames ---- */

static void add_length(struct mm_buf *out, uint64_t len, uint8_t form)
{
    const uint8_t mask_bit = (form & FORM_UNMASKED) != 0 ? 0 : 0x80;
    const bool is_64 = (form & FORM_LENGTH_64) != 0 || len > 0xffff;
    const bool is_16 = (form & FORM_LENGTH_16) != 0 || len > 125;
    const unsigned bytes = is_64 ? 8 : is_16 ? 2 : 0;
    mm_buf_add_byte(out, mask_bit | (uint8_t)(is_64 ? 127 : is_16 ? 126 : len));
    for (unsigned i = bytes; i > 0; i--)
        mm_buf_add_byte(out, (uint8_t)(len >> (8 * (i - 1))));
}

static void add_payload(struct mm_buf *out, mm_bytes payload, size_t repeats, uint8_t form)
{
    static const uint8_t MASKS[2][4] = { { 0 }, { 0x37, 0xfa, 0x21, 0x3d } };
    const uint8_t *mask = MASKS[(form & FORM_OTHER_MASK) != 0];
    size_t at = 0;
    if ((form & FORM_UNMASKED) == 0)
        mm_buf_add(out, mm_bytes_from(mask, 4));
    else
        mask = MASKS[0];
    for (size_t i = 0; i < repeats; i++) {
        for (size_t j = 0; j < payload.len; j++, at++)
            mm_buf_add_byte(out, payload.ptr[j] ^ mask[at % 4]);
    }
}

/* One frame of the list; what is left of it. */
static mm_bytes add_frame(struct mm_buf *out, mm_bytes list)
{
    const uint8_t head = list.ptr[0];
    const uint8_t form = list.ptr[1];
    const size_t left = list.len - 3;
    const size_t count = list.ptr[2] < left ? list.ptr[2] : left;
    const size_t repeats = (form & FORM_LONG) != 0 ? REPEATS_OF_LONG : 1;
    mm_buf_add_byte(out, head);
    add_length(out, count * repeats + ((form & FORM_CUT) != 0), form);
    add_payload(out, mm_bytes_from(list.ptr + 3, count), repeats, form);
    return mm_bytes_from(list.ptr + 3 + count, left - count);
}

static void check_text(mm_bytes text)
{
    check_answer_text(text, ANSWER_OF_CONNECTION);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mm_buf frames;
    open_all();
    counted_ids_restart();
    mm_buf_init(&frames, 64 << 20);
    for (mm_bytes list = mm_bytes_from(data, size); list.len >= 3;)
        list = add_frame(&frames, list);
    struct client client = ws_connect(http_server_port(server), "/");
    MM_ASSERT(client.fd >= 0);
    (void)client_send(&client, mm_buf_bytes(&frames)); /* it may have had enough */
    (void)shutdown(client.fd, SHUT_WR);
    ws_drain(&client, check_text);
    client_close(&client);
    mm_buf_fini(&frames);
    struct ledger_view *view = ledger_acquire(chain.backend.ledger);
    MM_ASSERT(ledger_head_header(view)->number == ledger_head(view));
    ledger_release(view);
    return 0;
}
