#include "tests/unit/rpc/content/doors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct doors doors;

void doors_open_with(const struct content_api_options *options, uint64_t quota_bytes,
                     bool trust_pages)
{
    struct mm_reason reason;
    const struct content_options store = { .quota_bytes = quota_bytes };
    cr_assert_eq(content_open(&doors.content, &store, &reason), MM_OK, "%s", reason.text);
    struct content_api_options with = *options;
    with.content = doors.content;
    with.version = "0.1.0";
    doors.api = content_api_new(&with);
    cr_assert_not_null(doors.api);
    size_t count;
    const struct http_route *routes = content_api_routes(doors.api, &count);
    cr_assert_leq(count, DOORS_ROUTES_MAX);
    memcpy(doors.routes, routes, count * sizeof *routes);
    doors.gateway = (struct gateway){ .content = doors.content, .trust_pages = trust_pages };
    doors.routes[count] = gateway_route(&doors.gateway);
    const struct http_options http = { .routes = doors.routes,
                                       .routes_count = count + 1,
                                       .connection_bytes = CONTENT_API_CONNECTION_BYTES };
    cr_assert_eq(http_server_start(&doors.server, &http, &reason), MM_OK, "%s", reason.text);
    doors.port = http_server_port(doors.server);
}

void doors_open(void)
{
    doors_open_with(&(struct content_api_options){ 0 }, 0, false);
}

void doors_close(void)
{
    http_server_stop(doors.server);
    content_api_free(doors.api);
    content_close(doors.content);
}

struct reply doors_call(const char *command)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "POST /api/v0/%s HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
                   command);
    return client_ask(doors.port, text);
}

struct reply doors_get(const char *target, const char *headers)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n" H "%s\r\n", target, headers);
    return client_ask(doors.port, text);
}

struct form form_new(void)
{
    struct form form;
    mm_buf_init(&form.body, 64 << 20);
    return form;
}

void form_file(struct form *form, const char *filename, mm_bytes content)
{
    mm_buf_printf(&form->body,
                  "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                  "Content-Type: application/octet-stream\r\n\r\n",
                  filename);
    mm_buf_add(&form->body, content);
    mm_buf_add_text(&form->body, "\r\n");
}

void form_directory(struct form *form, const char *filename)
{
    mm_buf_printf(&form->body,
                  "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                  "Content-Type: application/x-directory\r\n\r\n\r\n",
                  filename);
}

struct reply form_send(struct form *form, const char *query, size_t step)
{
    char command[512];
    (void)snprintf(command, sizeof command, "add?%s", query);
    return form_send_to(form, command, step);
}

struct reply form_send_to(struct form *form, const char *command, size_t step)
{
    char head[1024];
    mm_buf_add_text(&form->body, "--XX--\r\n");
    const mm_bytes body = mm_buf_bytes(&form->body);
    struct client client = client_connect(doors.port);
    (void)snprintf(head, sizeof head,
                   "POST /api/v0/%s HTTP/1.1\r\n" H
                   "Content-Type: multipart/form-data; boundary=XX\r\n",
                   command);
    (void)client_text(&client, head);
    if (step == 0) {
        (void)snprintf(head, sizeof head, "Content-Length: %zu\r\n\r\n", body.len);
        (void)(client_text(&client, head) && client_send(&client, body));
    } else {
        bool open = client_text(&client, "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < body.len && open; at += step) {
            const size_t len = body.len - at < step ? body.len - at : step;
            (void)snprintf(head, sizeof head, "%zx\r\n", len);
            open = client_text(&client, head) &&
                   client_send(&client, mm_bytes_from(body.ptr + at, len)) &&
                   client_text(&client, "\r\n");
        }
        (void)(open && client_text(&client, "0\r\n\r\n"));
    }
    struct reply reply = client_reply(&client, false);
    client_close(&client);
    mm_buf_fini(&form->body);
    return reply;
}

void doors_add(char hash[128], const char *query, const char *filename, mm_bytes content)
{
    struct form form = form_new();
    form_file(&form, filename, content);
    struct reply reply = form_send(&form, query, 0);
    cr_assert_eq(reply.status, 200, "%s", reply.body);
    const char *last = NULL;
    for (const char *at = (const char *)reply.body; (at = strstr(at, "\"Hash\":\"")) != NULL;
         at += 8)
        last = at + 8;
    cr_assert_not_null(last);
    (void)snprintf(hash, 128, "%.*s", (int)strcspn(last, "\""), last);
    reply_free(&reply);
}
