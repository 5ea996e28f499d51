/* The HTTP/1.1 server behind every door of the node: JSON-RPC (8545), the content gateway (8080), /api/v0 (5001).
 *
 * What stands here knows requests, routes, bodies and answers; what is behind a path is the business of whoever fills the
 * route table. Parsing and framing are libmicrohttpd's (MHD); this folder drives it and adds what a node on a person's
 * machine needs: the Host check, CORS, limits, answers that come later, and an orderly stop.
 *
 *                 +-----------+  accepted sockets,   +----------+     +-----------------------------------+
 *    clients ---> | acceptor  | -- least loaded ---> | worker 1 | --> | Host? route? origin? body limit?  |
 *                 | (a thread)|    (a pipe each)     +----------+     |   respond        body in memory   |
 *                 +-----------+ -------------------> | worker 2 |     |   upload         body in pieces   |
 *                                                    +----------+     | http_answer  or  http_defer       |
 *                                                         ^           +-----------------------------------+
 *    any thread: http_complete(later, response) ----------+  wakes the worker that owns the connection
 *
 * The workers run MHD's epoll loop from outside ("external" mode) and not by MHD's own pool, for a reason found by test:
 * MHD 0.9.75 to 1.0.1 fetch 128 events at a time and, when a fetch was full, fetch again *with the same time limit*. 128 (or
 * 256 …) connections of one thread that are ready at once and then all wait for their answers are left waiting until the
 * idle timeout. Asked not to wait at all, as here, the second fetch returns at once.
 *
 * Requests. One connection carries one request at a time; pipelined ones are answered in order. A request is refused before
 * its handler sees it when: the Host is not ours (403: a page elsewhere whose name was pointed at 127.0.0.1 sends its own
 * name; "DNS rebinding"), the path or query has a bad percent escape (400), no route has the path (404) or the method (405
 * with Allow), the route is for local origins only and the Origin is another (403), the body is or grows larger than the
 * route's limit (413, and the connection closes). Whatever the refusal, an upload in progress is read and thrown away for a
 * while, because a socket closed on unread bytes resets the connection and the client never sees why.
 * OPTIONS is answered here, from the route table: the CORS preflight, with Private Network Access.
 *
 * Two kinds of handlers:
 *   respond   gets the whole body (http_body), at most the route's body_bytes_max.
 *   upload    gets it in pieces as they arrive, in bounded memory: begin, chunk…, end, and always gone last.
 * A handler runs in a worker's thread and stalls that worker's other connections as long as it takes. What takes longer than
 * a disk read (waiting for a block) calls http_defer, gives the ticket away and returns; any thread completes it, once.
 *
 * Answers own their body: a buffer (taken, never copied), bytes that outlive the server (an embedded page), or a reader that
 * is asked for pieces. HEAD, 204 and 304 send no body. The Content-Length, Date and Connection headers are MHD's.
 *
 * Stop: no new connections; requests in work are answered (up to stop_grace_ms) with Connection: close; deferred ones that
 * are still open then get 503 and their tickets become blank, so that a late http_complete is harmless.
 *
 * WebSocket: a route with `socket` set takes them; websocket.h. Host, route and Origin are looked at here first.
 *
 * Memory: a connection has MHD's buffer (connection_bytes), one request object that is used again, and its body. Threads:
 * http_server_start and _stop from the owner; http_complete from any; all else in the handler's call. Limits: below.
 * Sources: RFC 9110 (semantics), 9112 (HTTP/1.1), Fetch standard (CORS), WICG Private Network Access. */
#ifndef RPC_HTTP_HTTP_H
#define RPC_HTTP_HTTP_H

#include "rpc/http/websocket.h"
#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"

struct http_server;
struct http_request;
struct http_later;

enum {
    HTTP_THREADS_DEFAULT = 2,
    HTTP_THREADS_MAX = 64,
    HTTP_CONNECTIONS_DEFAULT = 1024,
    HTTP_IDLE_DEFAULT_S = 30,
    HTTP_BODY_BYTES_DEFAULT = 5 << 20, /* go-ethereum's limit for a JSON-RPC body */
    HTTP_CONNECTION_BYTES_DEFAULT =
        16 << 10, /* MHD clears it for every request, so it is not larger than heads need */
    HTTP_STOP_GRACE_DEFAULT_MS = 3000,
    HTTP_REQUEST_ARENA_BYTES = 1 << 20,
};

/* ---- routes ---- */

enum http_method {
    HTTP_GET = 1,
    HTTP_HEAD = 2, /* allowed where GET is; its handler is GET's */
    HTTP_POST = 4,
    HTTP_PUT = 8,
    HTTP_DELETE = 16,
    HTTP_OPTIONS = 32, /* answered by the server unless a route names it */
    HTTP_OTHER = 64,
};

/* Which pages of other origins may read the answers. */
enum http_cors {
    HTTP_CORS_NONE,   /* none: paths with cookies, the node's own pages */
    HTTP_CORS_ANY,    /* all: Access-Control-Allow-Origin: * */
    HTTP_CORS_LISTED, /* loopback pages and those of options.origins, by echoing the Origin */
};

/* Calls http_answer or takes a ticket with http_defer, before it returns. */
typedef void http_respond_fn(void *context, struct http_request *request);

/* A body in pieces. begin may answer (a refusal) instead: then nothing else is called, and what it returns is ignored. chunk
 * may answer too: the rest of the body is thrown away and the connection closes. end answers or defers. gone is called
 * exactly once when begin did not answer, after the answer is out or the connection is lost, whatever else happened. */
struct http_upload {
    void *(*begin)(void *context, struct http_request *request); /* NULL without an answer: 500 */
    void (*chunk)(void *state, struct http_request *request, mm_bytes bytes);
    void (*end)(void *state, struct http_request *request);
    void (*gone)(void *state);
};

struct http_route {
    const char *path; /* "/", "/health", "/ipfs/" */
    bool prefix;      /* everything that begins with path; the longest path wins */
    unsigned methods; /* HTTP_GET | … */
    enum http_cors cors;
    const char *cors_expose; /* header names that pages may read, or NULL */
    const char *
        cors_allow; /* header names that pages may send, said with the methods on every answer; or NULL */
    bool local_origins_only; /* 403 to a browser page that is neither on loopback nor listed */
    size_t
        body_bytes_max; /* 0: the server's default; an upload has none but its own: 0 is unlimited there */
    http_respond_fn *respond; /* one of these two */
    const struct http_upload *upload;
    /* Takes WebSockets too: a GET that asks for one does not come to respond. */
    const struct http_socket_handler *socket;
    void *context;
};

/* ---- server ---- */

struct http_options {
    const char *host; /* numeric address or localhost; NULL: 127.0.0.1 */
    uint16_t port;    /* 0: any free one */
    unsigned threads;
    unsigned connections_max; /* one more is answered 503 and closed */
    unsigned
        idle_timeout_s; /* without a byte in either direction; deferred requests do not count */
    unsigned stop_grace_ms;
    size_t body_bytes_max;
    size_t
        connection_bytes; /* bounds the head of a request; half of it is the largest piece an upload gets */
    const char *const *
        host_names; /* besides localhost, *.localhost and loopback addresses; "*" allows all. When the server */
    size_t
        host_names_count; /* listens beyond loopback, a Host that is an address is allowed: it cannot be rebound */
    const char *const *
        origins; /* "https://app.example", for HTTP_CORS_LISTED and http_origin_trusted; "*" allows all */
    size_t origins_count;
    enum http_cors cors;             /* of answers that no route gave: 404, 400 */
    const struct http_route *routes; /* borrowed, with all they point to, until stop returns */
    size_t routes_count;
};

/* Zero fields of options mean the defaults above. MM_ERR_BUSY: the port is taken; MM_ERR_INVALID: an option; MM_ERR_IO. */
MM_MUST_USE mm_err http_server_start(struct http_server **server,
                                     const struct http_options *options, struct mm_reason *reason);
/* Not from a handler. Returns when no thread of the server runs. taken_server may be NULL. */
void http_server_stop(struct http_server *taken_server);
uint16_t http_server_port(const struct http_server *server);

struct http_stats {
    uint64_t requests;    /* whose heads were read */
    uint64_t refused;     /* connections beyond the maximum */
    uint64_t connections; /* open now */
};
struct http_stats http_server_stats(const struct http_server *server);

/* ---- the request ---- (what is returned is valid until the handler answered or deferred) */

enum http_method http_method(const struct http_request *request);
mm_bytes http_target(const struct http_request *request);   /* as sent: /ipfs/a%20b?format=raw */
mm_bytes http_raw_path(const struct http_request *request); /* as sent: /ipfs/a%20b */
mm_bytes
http_path(const struct http_request *request); /* decoded once: /ipfs/a b; never holds a NUL */
mm_bytes http_raw_query(const struct http_request *request);
/* The part of the decoded path behind the route's own. */
mm_bytes http_path_rest(const struct http_request *request);
/* The first line of that name in any case, without surrounding blanks; ptr is NULL when there is none. */
mm_bytes http_header(struct http_request *request, const char *name);
/* Whom the request is meant for: the authority of an absolute target, else the Host header. ptr is NULL when there is neither. */
mm_bytes http_host(const struct http_request *request);
/* The Origin header, ptr NULL when there is none. */
mm_bytes http_origin(const struct http_request *request);
/* No Origin at all (not a page), a loopback page, or one of options.origins. */
bool http_origin_trusted(const struct http_request *request);
/* Not sent by a page of another origin: there is no Origin, or it is the host and port that the request is meant for, and no browser
 * says otherwise (Sec-Fetch-Site). For what a cookie lets in: cookies have no ports and SameSite does not look at them, so a page of
 * any other program on this machine would come with ours. Under ipfs.localhost, where the gateway lets strangers' pages run, no page
 * is ours. */
bool http_is_own_page(struct http_request *request);
/* The client's address without port. */
const char *http_remote(struct http_request *request);
/* The body that a respond handler was given. Take moves it out, for work that outlives the call. */
mm_bytes http_body(const struct http_request *request);
struct mm_buf http_body_take(struct http_request *request);
/* Memory of this request, given back when its answer is out. At most HTTP_REQUEST_ARENA_BYTES. */
struct mm_arena *http_arena(struct http_request *request);

struct http_param {
    mm_bytes name;
    mm_bytes value;
};
/* Walks the query, decoded ("+" is a blank), in order. at starts at 0. false at the end or when the arena is full. */
bool http_query_next(struct http_request *request, size_t *at, struct http_param *param);
/* The first value of that name; false when there is none. */
bool http_query(struct http_request *request, const char *name, mm_bytes *value);

/* Milliseconds since 1970: what handlers give to code that has no clock. */
uint64_t http_now_ms(void);

/* ---- the answer ---- */

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* Body in pieces, called from the worker's thread. read writes up to capacity bytes: how many, 0 at the end (only when the
 * length is unknown), HTTP_READ_FAILED to cut the connection, so that the client sees that something is missing. */
enum { HTTP_READ_FAILED = -1, HTTP_READ_LATER = -2 /* feeds alone */ };
struct http_reader {
    ptrdiff_t (*read)(void *state, uint64_t offset, uint8_t *out, size_t capacity);
    void (*free)(void *state); /* once, also when nothing was read; may be NULL */
    void *state;
    uint64_t length;
};

struct http_response {
    unsigned status;
    const char *content_type;  /* a literal, or NULL */
    struct mm_buf body;        /* owned */
    mm_bytes fixed;            /* instead: bytes that outlive the server */
    struct http_reader reader; /* instead, when read is set */
    struct mm_buf headers;     /* owned; name NUL value NUL … */
};

/* body_bytes_max bounds what is appended to response->body. */
void http_response_init(struct http_response *response, unsigned status, const char *content_type,
                        size_t body_bytes_max);
/* Copies. A value with a control character is left out: nobody writes a second header through the first. */
void http_response_header(struct http_response *response, const char *name, mm_bytes value);
void http_response_fini(struct http_response *response);

/* Answers the request; taken_response is empty afterwards. A body or header list that ran out of memory becomes a 500. */
void http_answer(struct http_request *request, struct http_response *taken_response);
/* Answers with a line of text/plain. */
void http_answer_text(struct http_request *request, unsigned status, const char *text);

/* The request is answered later: the handler gives the ticket to another thread and returns. Its accessors must not be used
 * any more; what is needed is copied or taken before. NULL: no memory, and the handler must answer. Only in respond and end. */
MM_MUST_USE struct http_later *http_defer(struct http_request *request);
/* Answers it. Exactly once for every ticket, from any thread, before or after the server's stop. */
void http_complete(struct http_later *taken_later, struct http_response *taken_response);

/* ---- a body that is made while it is sent ---- (of a deferred request; events for those who wait for words)
 *
 *     http_defer ──► http_feed_new ──► http_feed_answer, with status and headers ──► http_feed_add … ──► http_feed_end
 *
 * While nothing waits to be sent the connection costs no thread. What the client does not take is kept up to waiting_bytes_max. */
struct http_feed;
/* NULL: no memory. */
MM_MUST_USE struct http_feed *http_feed_new(struct http_later *later, size_t waiting_bytes_max);
/* Instead of http_complete: the body of taken_response is the feed. Once. */
void http_feed_answer(struct http_feed *feed, struct http_later *taken_later,
                      struct http_response *taken_response);
/* Instead of http_feed_answer and http_feed_end: nothing came of it. */
void http_feed_drop(struct http_feed *taken_feed);
/* False: nobody takes it any more, because the client left, reads too slowly, or the server ends. */
bool http_feed_add(struct http_feed *feed, mm_bytes piece);
/* is_whole false: the connection is cut, so that the client sees that something is missing. */
void http_feed_end(struct http_feed *taken_feed, bool is_whole);

#endif
