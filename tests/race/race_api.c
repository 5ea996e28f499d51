/* Goal: walks over whole DAGs, imports, adds, pins, listings, collections and verifications run beside each other, clients leave
 * early, and the door closes in the middle of it, without a data race, a use after the end or a leak.
 * Method: clients in several threads ask; some close before they read; each round ends with a stop while work is under way, and the
 * door and the store are freed at once. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "p2p/content/car.h"
#include "rpc/content/api.h"
#include "tests/lib/http_client.h"
#include "tests/race/check.h"

enum { ROUNDS = 5, CLIENTS = 6, ROUND_MS = 300, FILES = 300 };

static atomic_bool clients_end;
static atomic_uint whole, refused, left;
static uint16_t port;
static char folder[128];
static struct mm_buf car;

static bool post(struct client *client, const char *command, mm_bytes body)
{
    char head[512];
    (void)snprintf(head, sizeof head,
                   "POST /api/v0/%s HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: %zu\r\n\r\n",
                   command, body.len);
    return client_text(client, head) && client_send(client, body);
}

static struct mm_buf upload_of(mm_bytes content)
{
    struct mm_buf body;
    mm_buf_init(&body, 4 << 20);
    mm_buf_add_text(&body,
                    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n");
    mm_buf_add(&body, content);
    mm_buf_add_text(&body, "\r\n--XX--\r\n");
    return body;
}

static void *run_client(void *argument)
{
    const unsigned number = *(const unsigned *)argument;
    struct mm_buf import = upload_of(mm_buf_bytes(&car));
    struct mm_buf file = upload_of(MM_BYTES_LIT("hello"));
    for (unsigned i = number; !atomic_load(&clients_end); i++) {
        struct client client = client_connect(port);
        char command[256];
        static const char *const reads[] = {
            "dag/stat?arg=", "ls?arg=",         "get?arg=",    "refs?arg=",  "repo/gc",
            "pin/add?arg=",  "dag/export?arg=", "repo/verify", "pin/ls?arg="
        };
        bool is_sent = client.fd >= 0;
        if (i % 7 == 0)
            is_sent = is_sent && post(&client, "dag/import", mm_buf_bytes(&import));
        else if (i % 7 == 1)
            is_sent = is_sent && post(&client, "add", mm_buf_bytes(&file));
        else {
            const char *read = reads[i % MM_COUNT_OF(reads)];
            (void)snprintf(command, sizeof command, "%s%s", read,
                           strchr(read, '?') == NULL ? "" : folder);
            is_sent = is_sent && post(&client, command, mm_bytes_from(NULL, 0));
        }
        if (is_sent && i % 5 == 3) {
            atomic_fetch_add(&left, 1);
        } else if (is_sent) {
            struct reply reply = client_reply(&client, false);
            CHECK(!reply.ok || reply.status == 200 || reply.status == 503);
            if (reply.ok)
                atomic_fetch_add(reply.status == 200 ? &whole : &refused, 1);
            reply_free(&reply);
        }
        if (client.fd >= 0)
            client_close(&client);
    }
    mm_buf_fini(&import);
    mm_buf_fini(&file);
    return NULL;
}

/* A folder of many files, and the archive that every client imports. */
static void fill(void)
{
    struct mm_buf body;
    mm_buf_init(&body, 4 << 20);
    for (int i = 0; i < FILES; i++)
        mm_buf_printf(
            &body,
            "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d%%2F%d\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\nfile %d\r\n",
            i, i);
    mm_buf_add_text(&body, "--XX--\r\n");
    struct client client = client_connect(port);
    CHECK(post(&client, "add?cid-version=1&silent=true", mm_buf_bytes(&body)));
    struct reply reply = client_reply(&client, false);
    CHECK(reply.status == 200);
    const char *last = strstr((const char *)reply.body, "{\"Name\":\"d\",\"Hash\":\"");
    CHECK(last != NULL && sscanf(last, "{\"Name\":\"d\",\"Hash\":\"%127[a-z0-9]", folder) == 1);
    reply_free(&reply);
    (void)snprintf((char *)body.ptr, 200, "dag/export?arg=%s", folder);
    CHECK(post(&client, (const char *)body.ptr, mm_bytes_from(NULL, 0)));
    reply = client_reply(&client, false);
    CHECK(reply.status == 200);
    mm_buf_reset(&car);
    mm_buf_add(&car, mm_bytes_from(reply.body, reply.body_len));
    reply_free(&reply);
    client_close(&client);
    mm_buf_fini(&body);
}

static void play(void)
{
    struct content *content;
    struct http_server *server;
    size_t count;
    CHECK(content_open(&content, &(struct content_options){ .path = NULL }, NULL) == MM_OK);
    struct content_api *api =
        content_api_new(&(struct content_api_options){ .content = content, .version = "0" });
    CHECK(api != NULL);
    const struct http_route *routes = content_api_routes(api, &count);
    const struct http_options options = { .routes = routes,
                                          .routes_count = count,
                                          .threads = 2,
                                          .stop_grace_ms = 1,
                                          .connection_bytes = CONTENT_API_CONNECTION_BYTES };
    CHECK(http_server_start(&server, &options, NULL) == MM_OK);
    port = http_server_port(server);
    fill();
    pthread_t threads[CLIENTS];
    unsigned numbers[CLIENTS];
    atomic_store(&clients_end, false);
    for (unsigned i = 0; i < CLIENTS; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, run_client, &numbers[i]) == 0);
    }
    (void)nanosleep(&(struct timespec){ .tv_nsec = ROUND_MS * 1000000L }, NULL);
    http_server_stop(server);
    content_api_free(api);
    content_close(content);
    atomic_store(&clients_end, true);
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(void)
{
    mm_buf_init(&car, 4 << 20);
    for (int round = 0; round < ROUNDS; round++)
        play();
    mm_buf_fini(&car);
    (void)printf("%u answers, %u refused, %u left early\n", atomic_load(&whole),
                 atomic_load(&refused), atomic_load(&left));
    CHECK(atomic_load(&whole) > ROUNDS && atomic_load(&left) > 0);
    return 0;
}
