/* The gateway: how long a client waits for the first byte of a file's content. One line a figure; argument: a folder for the store on
 * disk (default /tmp).
 *
 *   first byte     of 64 files of 1 MiB, 100 requests a second for 10 s over one connection, each file read whole. From the
 *                  request's last byte to the content's first: median, the 99th of a hundred, the worst
 *   last byte      of the same
 *   CPU            of the whole process for a request: the server's work, and reading from the socket */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "p2p/content/import.h"
#include "rpc/gateway/gateway.h"

enum {
    FILE_BYTES = 1 << 20,
    FILES = 64,
    REQUESTS = 1000,
    REQUESTS_PER_SECOND = 100,
    WARM_UP = FILES,
    HEAD_BYTES_MAX = 4096,
    PIECE_BYTES = 256 << 10,
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_until(double when)
{
    const struct timespec t = { (time_t)when, (long)((when - (double)(time_t)when) * 1e9) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
    }
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "bench-gateway: %s failed\n", what);
    exit(1);
}

static void add_files(struct content *content, char paths[FILES][CID_TEXT_MAX + 8])
{
    uint8_t *bytes = malloc(FILE_BYTES);
    must(bytes != NULL, "memory");
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, &sink);
    uint64_t x = 1;
    for (size_t i = 0; i < FILES; i++) {
        for (size_t at = 0; at < FILE_BYTES; at += 8) { /* no two alike */
            x = x * 6364136223846793005u + 1442695040888963407u;
            memcpy(bytes + at, &x, 8);
        }
        struct import_result result;
        must(import_file_write(file, mm_bytes_from(bytes, FILE_BYTES)) == MM_OK &&
                 import_file_finish(file, &result) == MM_OK,
             "import");
        memcpy(paths[i], "/ipfs/", 6);
        (void)cid_to_text(paths[i] + 6, &result.cid, MULTIBASE_BASE32);
    }
    must(content_writer_commit(writer, NULL) == MM_OK, "commit");
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
    must(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0, "connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

struct wait {
    double first_byte;
    double last_byte;
};

static struct wait ask(int fd, const char *path)
{
    static char in[PIECE_BYTES + 1];
    char request[CID_TEXT_MAX + 200];
    const int request_len =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    must(send(fd, request, (size_t)request_len, 0) == request_len, "send");
    const double start = now();
    struct wait wait = { 0 };
    size_t len = 0;
    size_t head_len = 0;
    while (head_len == 0 || len == head_len) { /* until there is a byte behind the head */
        const ssize_t got = recv(fd, in + len, PIECE_BYTES - len, 0);
        must(got > 0, "recv");
        len += (size_t)got;
        in[len] = '\0';
        const char *end = head_len > 0 ? NULL : strstr(in, "\r\n\r\n");
        if (end != NULL)
            head_len = (size_t)(end - in) + 4;
        must(head_len > 0 || len < HEAD_BYTES_MAX, "head");
    }
    wait.first_byte = now() - start;
    must(memcmp(in, "HTTP/1.1 200 ", 13) == 0, "200");
    for (size_t body = len - head_len; body < FILE_BYTES;) {
        const ssize_t got = recv(fd, in, PIECE_BYTES, 0);
        must(got > 0, "recv");
        body += (size_t)got;
    }
    wait.last_byte = now() - start;
    return wait;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_waits(const char *what, double *waits)
{
    qsort(waits, REQUESTS, sizeof *waits, compare);
    printf("%-28s median %6.3f ms   99 of 100 within %6.3f ms   worst %6.3f ms\n", what,
           1e3 * waits[REQUESTS / 2], 1e3 * waits[REQUESTS * 99 / 100], 1e3 * waits[REQUESTS - 1]);
}

static double cpu_seconds(void)
{
    struct rusage usage;
    must(getrusage(RUSAGE_SELF, &usage) == 0, "rusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void bench(uint16_t port, char paths[FILES][CID_TEXT_MAX + 8])
{
    static double first[REQUESTS];
    static double last[REQUESTS];
    const int fd = connect_to(port);
    for (size_t i = 0; i < WARM_UP; i++)
        (void)ask(fd, paths[i % FILES]);
    const double cpu = cpu_seconds();
    const double start = now();
    for (size_t i = 0; i < REQUESTS; i++) {
        sleep_until(start + (double)i / REQUESTS_PER_SECOND);
        const struct wait wait = ask(fd, paths[i % FILES]);
        first[i] = wait.first_byte;
        last[i] = wait.last_byte;
    }
    const double each = (cpu_seconds() - cpu) / REQUESTS;
    print_waits("first byte of 1 MiB", first);
    print_waits("last byte of 1 MiB", last);
    printf("%-28s %13.3f ms\n", "CPU a request, both sides", 1e3 * each);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    static char paths[FILES][CID_TEXT_MAX + 8];
    char path[300];
    (void)snprintf(path, sizeof path, "%s/mintmark-bench-gateway-%d", argc > 1 ? argv[1] : "/tmp",
                   (int)getpid());
    struct content *content;
    must(content_open(&content, &(struct content_options){ .path = path }, NULL) == MM_OK, "store");
    add_files(content, paths);
    struct gateway gateway = { .content = content };
    const struct http_route route = gateway_route(&gateway);
    const struct http_options options = { .routes = &route,
                                          .routes_count = 1,
                                          .connection_bytes = GATEWAY_CONNECTION_BYTES };
    struct http_server *server;
    must(http_server_start(&server, &options, NULL) == MM_OK, "server");
    bench(http_server_port(server), paths);
    http_server_stop(server);
    content_close(content);
    char command[340];
    (void)snprintf(command, sizeof command, "rm -rf %s", path);
    must(system(command) == 0, "rm");
    return 0;
}
