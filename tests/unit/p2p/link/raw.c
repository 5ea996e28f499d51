#include "raw.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int raw_connect(const struct node *node)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
                                         .sin_port = htons(links_port(node->links, 0)),
                                         .sin_addr = { htonl(INADDR_LOOPBACK) } };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

void raw_write(int fd, mm_bytes bytes)
{
    while (bytes.len > 0) {
        const ssize_t len = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (len <= 0)
            return;
        bytes = mm_bytes_from(bytes.ptr + len, bytes.len - (size_t)len);
    }
}

bool raw_is_closed(int fd, unsigned ms)
{
    const uint64_t end_ms = test_clock_ms() + ms;
    uint8_t bytes[4096];
    while (test_clock_ms() < end_ms) {
        struct pollfd wait = { .fd = fd, .events = POLLIN };
        if (poll(&wait, 1, 10) <= 0)
            continue;
        const ssize_t len = recv(fd, bytes, sizeof bytes, 0);
        if (len == 0 || (len < 0 && errno == ECONNRESET))
            return true;
    }
    return false;
}

void raw_flush(struct raw *raw)
{
    raw_write(raw->fd, mm_buf_bytes(&raw->out));
    mm_buf_reset(&raw->out);
}

/* A session over the socket, with nothing said yet. */
static struct raw begin(const struct node *node, int fd, uint8_t seed, enum handshake_role role)
{
    struct raw raw = { .fd = fd };
    uint8_t bytes[NODE_KEY_SEED_BYTES];
    memset(bytes, seed, sizeof bytes);
    cr_assert_geq(fd, 0);
    cr_assert_eq(node_key_new(&raw.key, bytes), MM_OK);
    struct handshake_options options = { .role = role,
                                         .key = raw.key,
                                         .hello = { .domain = node->options.domain } };
    randombytes_buf(options.ephemeral_secret, sizeof options.ephemeral_secret);
    cr_assert_eq(session_new(&raw.session, &options), MM_OK);
    mm_buf_init(&raw.out, 16 << 20);
    session_start(raw.session, &raw.out);
    return raw;
}

/* One read of the handshake; the answer is in raw->out. */
static void step(struct raw *raw)
{
    uint8_t bytes[64];
    const ssize_t len = recv(raw->fd, bytes, sizeof bytes, 0);
    cr_assert_gt(len, 0, "the handshake ends");
    mm_bytes in = mm_bytes_from(bytes, (size_t)len);
    enum session_event event;
    struct frame *frame;
    do {
        event = session_feed(raw->session, &in, &frame, &raw->out);
        cr_assert_neq(event, SESSION_ENDED);
    } while (event != SESSION_MORE && event != SESSION_UP);
}

struct raw raw_up(const struct node *node, uint8_t seed)
{
    struct raw raw = begin(node, raw_connect(node), seed, HANDSHAKE_INITIATOR);
    raw_flush(&raw);
    while (!session_is_up(raw.session)) {
        step(&raw);
        raw_flush(&raw);
    }
    return raw;
}

int raw_listen(char url[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(fd, 16), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(url, 64, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

struct raw raw_answer(const struct node *node, int listener, uint8_t seed)
{
    struct raw raw = begin(node, accept(listener, NULL, NULL), seed, HANDSHAKE_RESPONDER);
    while (!session_is_up(raw.session)) {
        raw_flush(&raw);
        step(&raw);
    }
    return raw;
}

void raw_send(struct raw *raw, enum frame_kind kind, mm_bytes payload)
{
    session_seal(raw->session, kind, payload, &raw->out);
    raw_flush(raw);
}

void raw_close(struct raw *raw)
{
    (void)close(raw->fd);
    session_free(raw->session);
    node_key_free(raw->key);
    mm_buf_fini(&raw->out);
}
