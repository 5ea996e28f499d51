/* The gateway: how long a client waits for the first byte of a file's content. One line a figure; argument: a folder for the store on
 * disk (default /tmp).
 *
 *   first byte     of 64 files of 1 MiB, 100 requests a second for 10 s over one connection, each file read whole. From the
 *                  request's last byte to the content's first: median, the 99th of a hundred, the worst
 *   last byte      of the same
 *   CPU            of the whole process for a request: the server's work, and reading from the socket */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "p2p/content/import.h"
#include "rpc/gateway/gateway.h"
#include "tests/bench/lib/gauge.h"

enum {
    FILE_BYTES = 1 << 20,
    FILES = 64,
    REQUESTS = 1000,
    REQUESTS_PER_SECOND = 100,
    WARM_UP = FILES,
    HEAD_BYTES_MAX = 4096,
    PIECE_BYTES = 256 << 10,
};

/* Until a time of gauge_now_ms. */
static void pause_until(double when_ms)
{
    const double left = when_ms - gauge_now_ms();
    if (left > 0)
        gauge_pause_ms(left);
}

static void add_files(struct content *content, char paths[FILES][CID_TEXT_MAX + 8])
{
    uint8_t *bytes = malloc(FILE_BYTES);
    gauge_must(bytes != NULL, "memory");
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    uint64_t state = 1;
    for (size_t i = 0; i < FILES; i++) {
        gauge_fill(bytes, FILE_BYTES, &state); /* no two alike */
        struct import_result result;
        gauge_must(import_file_write(file, mm_bytes_from(bytes, FILE_BYTES)) == MM_OK &&
                       import_file_finish(file, &result) == MM_OK,
                   "import");
        memcpy(paths[i], "/ipfs/", 6);
        (void)cid_to_text(paths[i] + 6, &result.cid, MULTIBASE_BASE32);
    }
    gauge_must(content_writer_commit(writer, NULL) == MM_OK, "commit");
    import_file_free(file);
    content_writer_free(writer);
    free(bytes);
}

static int connect_to(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(port),
                                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const int one = 1;
    gauge_must(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0, "connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

struct wait {
    double first_byte_ms;
    double last_byte_ms;
};

static struct wait ask(int fd, const char *path)
{
    static char in[PIECE_BYTES + 1];
    char request[CID_TEXT_MAX + 200];
    const int request_len =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    gauge_must(send(fd, request, (size_t)request_len, 0) == request_len, "send");
    const double start = gauge_now_ms();
    struct wait wait = { 0 };
    size_t len = 0;
    size_t head_len = 0;
    while (head_len == 0 || len == head_len) { /* until there is a byte behind the head */
        const ssize_t got = recv(fd, in + len, PIECE_BYTES - len, 0);
        gauge_must(got > 0, "recv");
        len += (size_t)got;
        in[len] = '\0';
        const char *end = head_len > 0 ? NULL : strstr(in, "\r\n\r\n");
        if (end != NULL)
            head_len = (size_t)(end - in) + 4;
        gauge_must(head_len > 0 || len < HEAD_BYTES_MAX, "head");
    }
    wait.first_byte_ms = gauge_now_ms() - start;
    gauge_must(memcmp(in, "HTTP/1.1 200 ", 13) == 0, "200");
    for (size_t body = len - head_len; body < FILE_BYTES;) {
        const ssize_t got = recv(fd, in, PIECE_BYTES, 0);
        gauge_must(got > 0, "recv");
        body += (size_t)got;
    }
    wait.last_byte_ms = gauge_now_ms() - start;
    return wait;
}

static void print_waits(const char *what, double *waits)
{
    gauge_sort(waits, REQUESTS);
    printf("%-28s median %6.3f ms   99 of 100 within %6.3f ms   worst %6.3f ms\n", what,
           gauge_quantile(waits, REQUESTS, 0.5), gauge_quantile(waits, REQUESTS, 0.99),
           waits[REQUESTS - 1]);
}

static void bench(uint16_t port, char paths[FILES][CID_TEXT_MAX + 8])
{
    static double first[REQUESTS];
    static double last[REQUESTS];
    const int fd = connect_to(port);
    for (size_t i = 0; i < WARM_UP; i++)
        (void)ask(fd, paths[i % FILES]);
    const double cpu = gauge_cpu_ms();
    const double start = gauge_now_ms();
    for (size_t i = 0; i < REQUESTS; i++) {
        pause_until(start + 1e3 * (double)i / REQUESTS_PER_SECOND);
        const struct wait wait = ask(fd, paths[i % FILES]);
        first[i] = wait.first_byte_ms;
        last[i] = wait.last_byte_ms;
    }
    const double each = (gauge_cpu_ms() - cpu) / REQUESTS;
    print_waits("first byte of 1 MiB", first);
    print_waits("last byte of 1 MiB", last);
    printf("%-28s %13.3f ms\n", "CPU a request, both sides", each);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    static char paths[FILES][CID_TEXT_MAX + 8];
    char path[300];
    (void)snprintf(path, sizeof path, "%s/mintmark-bench-gateway-%d", argc > 1 ? argv[1] : "/tmp",
                   (int)getpid());
    struct content *content;
    gauge_must(content_open(&content, &(struct content_options){ .path = path }, NULL) == MM_OK,
               "store");
    add_files(content, paths);
    struct gateway gateway = { .content = content };
    const struct http_route route = gateway_route(&gateway);
    const struct http_options options = { .routes = &route,
                                          .routes_count = 1,
                                          .connection_bytes = GATEWAY_CONNECTION_BYTES };
    struct http_server *server;
    gauge_must(http_server_start(&server, &options, NULL) == MM_OK, "server");
    bench(http_server_port(server), paths);
    http_server_stop(server);
    content_close(content);
    char command[340];
    (void)snprintf(command, sizeof command, "rm -rf %s", path);
    gauge_must(system(command) == 0, "rm");
    return 0;
}
