/* /api/v0 and the gateway over one store in memory, for tests: what is added through the one is read through the other. */
#ifndef TESTS_UNIT_RPC_CONTENT_DOORS_H
#define TESTS_UNIT_RPC_CONTENT_DOORS_H

#include "p2p/content/store.h"
#include "rpc/content/api.h"
#include "rpc/gateway/gateway.h"
#include "tests/lib/http_client.h"

#define H "Host: localhost\r\n"

enum { DOORS_ROUTES_MAX = 64 };

struct doors {
    struct content *content;
    struct content_api *api;
    struct gateway gateway;
    struct http_route routes[DOORS_ROUTES_MAX + 1];
    struct http_server *server;
    uint16_t port;
};
extern struct doors doors;

/* For TestSuite's init and fini. */
void doors_open(void);
void doors_close(void);
/* With other options than the default ones. */
void doors_open_with(const struct content_api_options *options, uint64_t quota_bytes,
                     bool trust_pages);

/* POST /api/v0/{command} without a body. */
struct reply doors_call(const char *command);
/* A GET with extra header lines, each ended with CRLF. */
struct reply doors_get(const char *target, const char *headers);

/* A multipart body that grows part by part. */
struct form {
    struct mm_buf body;
};
struct form form_new(void);
void form_file(struct form *form, const char *filename, mm_bytes content);
void form_directory(struct form *form, const char *filename);
/* Sends it to /api/v0/add?{query} in chunks of `step` bytes (0: with a Content-Length) and reads the answer. Frees the form. */
struct reply form_send(struct form *form, const char *query, size_t step);
/* The same to another command, /api/v0/{command}. */
struct reply form_send_to(struct form *form, const char *command, size_t step);
/* One file. Writes the hash of the answer's last line. */
void doors_add(char hash[128], const char *query, const char *filename, mm_bytes content);

#endif
