/* Goal: sockets are sent to from other threads while their clients talk, read nothing, vanish and the server stops, without a data
 * race, a leak, a message out of order or one that is lost while its connection stands.
 * Method: the handler keeps every open socket; two threads send numbered messages to all of them; clients in several threads
 * ask for echoes and check that numbers come without a gap; each round ends with a stop in the middle of it all, and sends
 * after it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rpc/http/http.h"
#include "state/base/assert.h"
#include "tests/lib/websocket_client.h"

enum { ROUNDS = 6, CLIENT_THREADS = 4, SENDERS = 2, SOCKETS_MAX = 4096, ROUND_MS = 300 };

/* An open socket. It stays in the list, closed or not, until the round is over. */
struct kept {
    struct http_socket *socket; /* counted */
    pthread_mutex_t order;      /* one sender at a time: the numbers go up */
    unsigned next;
};

static struct {
    pthread_mutex_t mutex;
    struct kept *sockets[SOCKETS_MAX];
    size_t count;
} list = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static atomic_bool is_ending;
static atomic_uint opened, closed, echoed, heard, refused;

static void *on_open(void *context, struct http_socket *socket, bool is_trusted)
{
    (void)context, (void)is_trusted;
    struct kept *kept = calloc(1, sizeof *kept);
    http_socket_ref(socket);
    kept->socket = socket;
    pthread_mutex_init(&kept->order, NULL);
    pthread_mutex_lock(&list.mutex);
    MM_ASSERT(list.count < SOCKETS_MAX);
    list.sockets[list.count++] = kept;
    pthread_mutex_unlock(&list.mutex);
    atomic_fetch_add(&opened, 1);
    return kept;
}

static void on_message(void *state, struct http_socket *socket, mm_bytes bytes)
{
    (void)state;
    struct mm_buf text;
    mm_buf_init(&text, 1000);
    mm_buf_add(&text, bytes);
    (void)http_socket_send(socket, &text);
}

static void on_closed(void *state)
{
    (void)state;
    atomic_fetch_add(&closed, 1);
}

static const struct http_socket_handler SOCKET = {
    .open = on_open, .message = on_message, .closed = on_closed, .backlog_bytes_max = 64 << 10
};

static void respond(void *context, struct http_request *request)
{
    (void)context;
    http_answer_text(request, 200, "hello");
}

static const struct http_route ROUTES[] = {
    { .path = "/", .methods = HTTP_GET, .respond = respond, .socket = &SOCKET },
};

static bool send_number(struct kept *kept)
{
    struct mm_buf text;
    mm_buf_init(&text, 100);
    pthread_mutex_lock(&kept->order);
    mm_buf_printf(&text, "%u", kept->next++);
    const bool is_sent = http_socket_send(kept->socket, &text);
    pthread_mutex_unlock(&kept->order);
    return is_sent;
}

static void *sender(void *context)
{
    (void)context;
    while (!atomic_load(&is_ending)) {
        pthread_mutex_lock(&list.mutex);
        const size_t count = list.count;
        pthread_mutex_unlock(&list.mutex);
        for (size_t i = 0; i < count; i++)
            if (!send_number(list.sockets[i]))
                atomic_fetch_add(&refused, 1);
        usleep(100);
    }
    return NULL;
}

/* Numbers come in order, echoes between them. */
static void listen_to(struct client *client, unsigned turn)
{
    unsigned next = 0;
    unsigned echoes = 0;
    while (echoes < 20) {
        if (!ws_text(client, "echo"))
            return;
        struct ws_frame frame = { .ok = false };
        do {
            ws_free(&frame);
            frame = ws_read(client);
            if (frame.ok && frame.opcode == WS_TEXT && frame.bytes[0] != 'e') {
                MM_ASSERT(strtoul((const char *)frame.bytes, NULL, 10) == next);
                next++;
                atomic_fetch_add(&heard, 1);
            }
        } while (frame.ok && !ws_is(&frame, WS_TEXT, "echo"));
        const bool ok = frame.ok && frame.opcode == WS_TEXT;
        ws_free(&frame);
        if (!ok)
            return;
        atomic_fetch_add(&echoed, 1);
        if (++echoes == turn % 23)
            return; /* vanishes */
    }
    if (turn % 3 == 0)
        (void)ws_send(client, WS_CLOSE, MM_BYTES_LIT("\x03\xe8"), true);
    if (turn % 5 == 0)
        usleep(20000); /* reads nothing for a while, and then never again */
}

static void *run_clients(void *context)
{
    const uint16_t port = *(const uint16_t *)context;
    for (unsigned turn = 1; !atomic_load(&is_ending); turn++) {
        struct client client = ws_connect(port, "/");
        if (client.fd >= 0)
            listen_to(&client, turn);
        client_close(&client);
    }
    return NULL;
}

static void round_of(unsigned threads)
{
    struct http_server *server = NULL;
    const struct http_options options = {
        .routes = ROUTES, .routes_count = 1, .threads = threads, .stop_grace_ms = 20
    };
    MM_ASSERT(http_server_start(&server, &options, NULL) == MM_OK);
    uint16_t port = http_server_port(server);
    pthread_t clients[CLIENT_THREADS];
    pthread_t senders[SENDERS];
    atomic_store(&is_ending, false);
    for (size_t i = 0; i < SENDERS; i++)
        MM_ASSERT(pthread_create(&senders[i], NULL, sender, NULL) == 0);
    for (size_t i = 0; i < CLIENT_THREADS; i++)
        MM_ASSERT(pthread_create(&clients[i], NULL, run_clients, &port) == 0);
    usleep(ROUND_MS * 1000);
    http_server_stop(server); /* in the middle of it */
    atomic_store(&is_ending, true);
    for (size_t i = 0; i < CLIENT_THREADS; i++)
        pthread_join(clients[i], NULL);
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    for (size_t i = 0; i < list.count; i++) {
        MM_ASSERT(!send_number(list.sockets[i]));
        http_socket_unref(list.sockets[i]->socket);
        pthread_mutex_destroy(&list.sockets[i]->order);
        free(list.sockets[i]);
    }
    list.count = 0;
}

int main(void)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of(1 + i % 3);
    printf("opened %u, echoed %u, heard %u, refused %u\n", atomic_load(&opened),
           atomic_load(&echoed), atomic_load(&heard), atomic_load(&refused));
    MM_ASSERT(atomic_load(&closed) == atomic_load(&opened));
    return atomic_load(&echoed) > 0 && atomic_load(&heard) > 0 ? 0 : 1;
}
