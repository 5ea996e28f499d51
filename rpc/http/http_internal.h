/* What the files of rpc/http share.
 *
 * A request object belongs to a connection and is used for one request after the other. Its phase:
 *
 *   IDLE --head--> WHOLE ---------------body in memory-------------> WORKING --http_answer--> ANSWERED --sent--> IDLE
 *             |--> STREAM --------------chunk, chunk…, end---------> WORKING --http_defer---> LATER ---complete--^
 *             |--> DISCARD  (refused, the body is short: read it, then answer as usual) ----> ANSWERED
 *             |                                             (a WebSocket's) --101--> UPGRADING --> a socket (socket.c)
 *             `--> LINGER   (refused, the body is long: the answer was written past MHD; read on for a while, then close)
 *
 * MHD takes a response before the body or after it, never in between; that is why LINGER writes to the socket itself.
 *
 * Locks: server->mutex guards the list of open tickets, request->answer of deferred requests and `final`. It is taken before
 * MHD's own mutex and never inside MHD's callbacks. The rest of a request belongs to its worker's thread. */
#ifndef RPC_HTTP_HTTP_INTERNAL_H
#define RPC_HTTP_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "rpc/http/http.h"
#include "rpc/http/target.h"

enum {
    DISCARD_BYTES_MAX =
        64 << 10, /* a refused body up to this is read so that the connection can be kept */
    LINGER_BYTES_MAX =
        256 << 20, /* after a refusal: read at most this much of what is still sent, … */
    LINGER_SECONDS_MAX = 30,      /* … for at most this long */
    BODY_RESERVE_MAX = 256 << 10, /* trust a Content-Length so far for the first allocation */
    KEEP_BYTES_MAX = 16 << 10,    /* buffers up to this stay with the connection between requests */
    READER_BLOCK_BYTES = 64 << 10,
    ALLOW_HEADERS_BYTES_MAX = 1024,
    KNOWN_HOST_BYTES_MAX = 264, /* 253 of a name, and what stands around it: a dot, a port */
    RESPONSE_HEADERS_BYTES_MAX = 64 << 10,
};

enum phase {
    PHASE_IDLE,
    PHASE_WHOLE,
    PHASE_STREAM,
    PHASE_DISCARD,
    PHASE_LINGER,
    PHASE_WORKING,
    PHASE_LATER,
    PHASE_ANSWERED,
    PHASE_UPGRADING,
};

/* What the server looks at in the head, found in one pass. */
struct head {
    mm_bytes host;
    mm_bytes origin;
    mm_bytes content_length;
    mm_bytes transfer_encoding;
    mm_bytes expect;
    mm_bytes upgrade;
    unsigned hosts;
    unsigned content_lengths;
    unsigned transfer_encodings;
    bool is_malformed;
};

/* First in what events of a worker's epoll point to, so that it is known which of them it is. */
struct watch {
    bool is_socket;
};

struct http_request {
    struct watch watch;
    struct http_server *server;
    struct worker *worker;
    struct MHD_Connection *mhd;
    enum phase phase;
    bool target_is_lost; /* no memory for it */
    bool counted;        /* in worker->active */
    bool close_after;
    bool expects_continue;
    bool is_http10;
    enum http_method method;
    struct mm_buf target; /* as sent */
    struct http_target_parts parts;
    struct mm_buf path; /* decoded */
    struct head head;
    struct mm_buf known_host; /* the last Host that was ours; the connection's */
    const struct http_route *route;
    enum http_cors cors; /* of the route, or of the path, or of the server */
    const char *cors_expose;
    const char *cors_allow;
    unsigned cors_methods;
    bool is_preflight;
    uint64_t length; /* of the body, HTTP_LENGTH_UNKNOWN for a chunked one */
    uint64_t received;
    uint64_t linger_until_ms;
    size_t body_bytes_max;
    struct mm_buf body;
    void *upload_state;
    bool upload_begun;
    bool has_answer;
    struct http_response answer;
    struct http_later *later;
    struct http_feed *feed;     /* whose bytes are its answer's; the worker's own */
    struct http_socket *socket; /* counted; between the handshake and the end of its answer */
    struct mm_arena arena;
    char remote[64];
};

struct worker {
    struct http_server *server;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    bool started;
    bool is_ending; /* the worker's own */
    int events_fd; /* epoll: MHD's own epoll, the inbox, wake_fd, and each socket for the end of its input */
    int wake_fd;                 /* eventfd */
    struct http_socket *sockets; /* the worker's own */
    uint64_t ticked_ms;
    bool has_inbox;  /* some socket has messages that the handler could see now */
    bool has_let_go; /* of a socket, which MHD closes when it is run */
    pthread_mutex_t waiting_lock;
    struct http_socket *waiting; /* with something to send */
    int inbox[2]; /* accepted sockets, from the acceptor; closing the write end ends the worker */
    atomic_uint connections; /* counted up by the acceptor, down by the worker */
    unsigned begun;          /* connections that MHD told us of; the worker's own */
    atomic_uint active;      /* requests between head and end */
    atomic_uint_fast64_t requests;
};

struct http_later {
    struct http_server *server;   /* counted reference */
    struct http_request *request; /* NULL: blank, the server answered in its place */
    struct http_later *next, *prev;
};

struct http_server {
    struct http_options options; /* with the defaults filled in */
    size_t *path_lens;           /* of options.routes */
    bool any_address;            /* Host may be any address: we listen beyond loopback */
    uint16_t port;
    int listen_fd;
    int quit_fd; /* eventfd: the acceptor ends */
    pthread_t acceptor;
    bool acceptor_started;
    struct worker *workers;
    atomic_bool stopping; /* answers say Connection: close */
    atomic_uint_fast64_t refused;
    pthread_mutex_t mutex;
    bool final; /* nothing may be deferred any more */
    struct http_later *laters;
    struct http_feed *feeds; /* whose connections are suspended */
    unsigned references;     /* the owner's and one for each ticket and feed */
};

/* exchange.c: MHD's callbacks; the context is the worker, the slot holds the request. */
void exchange_connection(void *worker, struct MHD_Connection *mhd, void **slot,
                         enum MHD_ConnectionNotificationCode code);
void *exchange_target(void *worker, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_step(void *worker, struct MHD_Connection *mhd, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_len, void **slot);
void exchange_completed(void *worker, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code);

/* The request is not in work any more, although its connection lives on. */
void request_is_done(struct http_request *request);

/* admit.c: everything that is decided from the head. Sets route, length, body_bytes_max; or answers. */
void admit(struct http_request *request);

/* cors.c */
void cors_headers(const struct http_request *request, struct http_response *response);
/* Answers an OPTIONS request for a path that has these methods. */
void cors_preflight(struct http_request *request, unsigned methods);

/* route.c: what the table has for a path. */
struct route_match {
    const struct http_route *route; /* for the method, or NULL */
    const struct http_route *any;   /* some route of the path, or NULL when there is no such path */
    unsigned methods;               /* all that the path has */
};
struct route_match route_find(const struct http_server *server, mm_bytes path,
                              enum http_method method);
enum http_method route_method(mm_bytes name);
/* "GET, HEAD, OPTIONS" */
void route_methods_text(char *out, size_t out_bytes, unsigned methods);

/* response.c */
enum MHD_Result response_queue(struct http_request *request);
/* Writes the answer to the socket past MHD and ends our half of the connection. */
void response_send_now(struct http_request *request);

/* feed.c: an answer whose body is a feed knows its request from here on. */
void feed_attach(struct http_request *request, const struct http_reader *reader);
void feed_close_all(struct http_server *server);
/* MHD is to look at the request's socket again. False: its answer is no feed that waits. */
bool feed_look_again(struct http_request *request);

/* later.c */
void later_close_all(struct http_server *server);

/* server.c */
void server_unref(struct http_server *taken_server);
uint64_t now_ms(void);
/* First in each thread of a server: its name, and no signals, which are the owner's to handle. */
void thread_begin(const char *name);

#endif
