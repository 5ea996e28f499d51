/* Goal: people sign in, are looked up, and sign out, all at once, without a data race, and nobody is taken for another.
 * Method: a door with three workers; threads with a wallet each go round: sign in, ask who they are, ask for nonces that nobody uses,
 * sign out, ask again. Every answer must name the thread's own address, or nobody. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/session/session.h"
#include "state/base/assert.h"
#include "tests/lib/http_client.h"
#include "tests/lib/wallet.h"

enum { PEOPLE = 4, ROUNDS = 40, NONCES = 5, TEXT_BYTES = 1024 };

static uint16_t port;

static uint64_t chain_id(void *ctx)
{
    (void)ctx;
    return 31337;
}

static struct reply ask(const char *method, const char *cookie)
{
    char text[TEXT_BYTES];
    (void)snprintf(text, sizeof text, "%s /session HTTP/1.1\r\nHost: localhost:%u\r\n%s\r\n",
                   method, port, cookie);
    return client_ask(port, text);
}

static void must_be(const char *method, const char *cookie, int status, const char *name)
{
    struct reply reply = ask(method, cookie);
    MM_ASSERT(reply.status == status);
    MM_ASSERT(name == NULL || strstr((const char *)reply.body, name) != NULL);
    reply_free(&reply);
}

static void *go_round(void *arg)
{
    struct wallet *wallet = arg;
    char cookie[WALLET_COOKIE_BYTES];
    char nonce[WALLET_NONCE_BYTES];
    for (size_t i = 0; i < ROUNDS; i++) {
        wallet_sign_in(wallet, cookie, port);
        must_be("GET", cookie, 200, wallet->address);
        for (size_t j = 0; j < NONCES; j++)
            wallet_nonce(nonce, port);
        must_be("GET", cookie, 200, wallet->address);
        must_be("DELETE", cookie, 204, NULL);
        must_be("GET", cookie, 401, NULL);
    }
    return NULL;
}

int main(void)
{
    struct http_route routes[SESSION_ROUTES];
    struct wallet wallets[PEOPLE];
    pthread_t threads[PEOPLE];
    struct http_server *server;
    const struct sessions_options options = { chain_id, NULL };
    struct sessions *sessions = sessions_new(&options);
    MM_ASSERT(sessions != NULL);
    sessions_routes(routes, sessions);
    const struct http_options http = { .threads = 3,
                                       .routes = routes,
                                       .routes_count = SESSION_ROUTES };
    MM_ASSERT(http_server_start(&server, &http, NULL) == MM_OK);
    port = http_server_port(server);
    for (size_t i = 0; i < PEOPLE; i++) {
        wallet_init(&wallets[i], (uint8_t)(i + 1));
        MM_ASSERT(pthread_create(&threads[i], NULL, go_round, &wallets[i]) == 0);
    }
    for (size_t i = 0; i < PEOPLE; i++) {
        MM_ASSERT(pthread_join(threads[i], NULL) == 0);
        wallet_fini(&wallets[i]);
    }
    http_server_stop(server);
    sessions_free(sessions);
    printf("%d people signed in and out %d times\n", PEOPLE, ROUNDS);
    return 0;
}
