#include "tests/lib/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state/base/assert.h"

enum { PATH_BYTES = 300, ANSWER_MAX = 64 << 20, ARGS_MAX = 40 };

/* ---- the process ---- */

static bool read_ready(struct node_process *node, const char *path)
{
    char text[256];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    const size_t len = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    const char *rpc = strstr(text, "\"rpc\":");
    if (rpc == NULL || len == 0 || text[len - 1] != '\n')
        return false;
    const char *p2p = strstr(text, "\"p2p\":");
    node->port = (unsigned)strtoul(rpc + 6, NULL, 10);
    node->p2p_port = p2p == NULL ? 0 : (unsigned)strtoul(p2p + 6, NULL, 10);
    return true;
}

bool node_wait(struct node_process *node, const char *folder, unsigned wait_ms)
{
    char ready[PATH_BYTES];
    (void)snprintf(ready, sizeof ready, "%s/ready.json", folder);
    for (unsigned ms = 0; ms < wait_ms; ms++) {
        int status;
        if (read_ready(node, ready))
            return true;
        if (waitpid(node->pid, &status, WNOHANG) == node->pid) {
            node->pid = 0;
            return false;
        }
        (void)nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    }
    return false;
}

static void run(const char *binary, const char *folder, const char *ready,
                const char *const *options)
{
    const char *args[ARGS_MAX + 1] = { binary,       "node", "--data",         folder,
                                       "--port",     "0",    "--gateway-port", "off",
                                       "--api-port", "off",  "--ready-file",   ready,
                                       "--quiet" };
    size_t count = 0;
    while (args[count] != NULL)
        count++;
    for (; *options != NULL && count < ARGS_MAX; options++)
        args[count++] = *options;
    MM_ASSERT(*options == NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no nodes behind */
    (void)execv(binary, (char *const *)(uintptr_t)args);
    _exit(127);
}

bool node_start_with(struct node_process *node, const char *binary, const char *folder,
                     unsigned wait_ms, const char *const *options)
{
    char ready[PATH_BYTES];
    (void)snprintf(ready, sizeof ready, "%s/ready.json", folder);
    (void)unlink(ready);
    *node = (struct node_process){ .pid = fork() };
    MM_ASSERT(node->pid >= 0);
    if (node->pid == 0)
        run(binary, folder, ready, options);
    return wait_ms == 0 || node_wait(node, folder, wait_ms);
}

bool node_start(struct node_process *node, const char *binary, const char *folder, unsigned wait_ms)
{
    static const char *const none[] = { NULL };
    return node_start_with(node, binary, folder, wait_ms, none);
}

void node_kill(struct node_process *node)
{
    int status;
    if (node->pid == 0)
        return;
    (void)kill(node->pid, SIGKILL);
    (void)waitpid(node->pid, &status, 0);
    *node = (struct node_process){ 0 };
}

bool node_stop(struct node_process *node)
{
    int status = 0;
    if (node->pid == 0)
        return false;
    (void)kill(node->pid, SIGTERM);
    (void)waitpid(node->pid, &status, 0);
    *node = (struct node_process){ 0 };
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- a connection ---- */

void door_init(struct door *door)
{
    *door = (struct door){ .socket = -1 };
    mm_buf_init(&door->request, ANSWER_MAX);
    mm_buf_init(&door->answer, ANSWER_MAX);
    mm_arena_init(&door->arena, SIZE_MAX);
}

void door_fini(struct door *door)
{
    if (door->socket >= 0)
        (void)close(door->socket);
    mm_buf_fini(&door->request);
    mm_buf_fini(&door->answer);
    mm_arena_fini(&door->arena);
}

bool door_connect(struct door *door, unsigned port)
{
    const struct sockaddr_in addr = { .sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    const int on = 1;
    if (door->socket >= 0)
        (void)close(door->socket);
    door->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(door->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(door->socket, (const struct sockaddr *)&addr, sizeof addr) == 0;
}

void door_begin(struct door *door)
{
    mm_buf_reset(&door->request);
    mm_buf_add_byte(&door->request, '[');
}

void door_call(struct door *door, const char *method, const char *params)
{
    if (door->request.len > 1)
        mm_buf_add_byte(&door->request, ',');
    mm_buf_printf(&door->request,
                  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", method);
    mm_buf_add_text(&door->request, params);
    mm_buf_add_byte(&door->request, '}');
}

static bool write_all(int socket, mm_bytes bytes)
{
    while (bytes.len > 0) {
        const ssize_t sent = send(socket, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes = mm_bytes_from(bytes.ptr + sent, bytes.len - (size_t)sent);
    }
    return true;
}

/* Head and body; *body is a part of door->answer. */
static bool read_answer(struct door *door, mm_bytes *body)
{
    size_t needed = SIZE_MAX;
    size_t head = 0;
    mm_buf_reset(&door->answer);
    while (door->answer.len < needed) {
        uint8_t *room = mm_buf_reserve(&door->answer, 65536);
        const ssize_t got = recv(door->socket, room, 65535, 0);
        if (got <= 0)
            return false;
        mm_buf_advance(&door->answer, (size_t)got);
        if (needed != SIZE_MAX)
            continue;
        mm_buf_reserve(&door->answer, 1)[0] = '\0';
        const char *text = (const char *)door->answer.ptr;
        const char *end = strstr(text, "\r\n\r\n");
        const char *length = strstr(text, "Content-Length: ");
        if (end == NULL)
            continue;
        MM_ASSERT(strncmp(text, "HTTP/1.1 200", 12) == 0 && length != NULL && length < end);
        head = (size_t)(end + 4 - text);
        needed = head + strtoul(length + 16, NULL, 10);
    }
    *body = mm_bytes_from(door->answer.ptr + head, needed - head);
    return true;
}

bool door_send(struct door *door, const struct json **answers, size_t *count)
{
    char head[256];
    mm_bytes body;
    struct json *parsed;
    const struct json_options options = { false };
    *answers = NULL;
    *count = 0;
    mm_buf_add_byte(&door->request, ']');
    MM_ASSERT(mm_buf_err(&door->request) == MM_OK);
    const int len =
        snprintf(head, sizeof head,
                 "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n",
                 door->request.len);
    if (!write_all(door->socket, mm_bytes_from(head, (size_t)len)) ||
        !write_all(door->socket, mm_buf_bytes(&door->request)) || !read_answer(door, &body))
        return false;
    mm_arena_reset(&door->arena);
    parsed = MM_ARENA_NEW(&door->arena, struct json);
    MM_ASSERT(json_parse(&door->arena, parsed, body, &options, NULL) == JSON_OK &&
              parsed->kind == JSON_ARRAY);
    *answers = parsed->items;
    *count = parsed->count;
    return true;
}
