/* Signing in with a wallet (EIP-4361): who a browser is, as an address.
 *
 *     GET    /session/nonce                          {"nonce":"k3vq…"}                  good once, for five minutes
 *     POST   /session   {"message","signature"}      {"address","chainId","expires"}    and a cookie
 *     GET    /session                                the same, or 401
 *     DELETE /session                                204; the cookie is of no use any more
 *
 * The message (rpc/siwe) is compared with the request, part by part, and what is wrong is named: its domain is the Host that the request
 * came to, its URI of that origin, its chain this node's, its nonce one that was given out, its times those of the clock; last, that the
 * account signed it. A nonce is gone once a message for this page and chain has named it, whatever comes of that message.
 *
 * A session is good for SESSION_LIFE_S, or until the message's Expiration Time where that is earlier. It is bound to the address alone,
 * lives in memory, and ends with the process. Who signs in anew leaves the session that the browser had.
 *
 * Requests of other origins' pages are refused, and no such page may read an answer (http_is_own_page; no CORS). Programs that are no
 * browsers send no Origin and are let in: what a session stands for is the cookie, which they have to bring.
 * A proxy in front must hand on the Host that the browser sees; X-Forwarded-Proto: https then makes the cookie Secure, and https the
 * only scheme that a message may name.
 *
 * Errors are a line of text: 400 the body or the message is malformed, 401 what it says does not hold, or nobody is signed in, 403 the
 * page is another's, or the address is.
 * Memory: 220 KiB. Threads: any number of workers. Source: EIP-4361, RFC 6265. */
#ifndef RPC_SESSION_SESSION_H
#define RPC_SESSION_SESSION_H

#include "rpc/http/http.h"

enum {
    SESSION_ROUTES = 2,
    SESSION_LIFE_S = 24 * 60 * 60,
    SESSION_BODY_BYTES_MAX = 32 << 10, /* a message of the largest size, escaped, and a signature */
};

struct sessions;

struct sessions_options {
    uint64_t (*chain_id)(void *ctx);
    void *ctx;
};

/* NULL when there is no memory. */
struct sessions *sessions_new(const struct sessions_options *options);
/* After the server that has its routes was stopped. NULL is fine. */
void sessions_free(struct sessions *sessions);

/* For a server's table; sessions are borrowed as long as it runs. */
void sessions_routes(struct http_route routes[SESSION_ROUTES], struct sessions *sessions);

/* Who sent the request, by its cookie, whatever page it came from. False: nobody who is signed in. */
bool sessions_find(struct sessions *sessions, mm_addr *address, struct http_request *request);
/* The same of our own page alone, for doors that pages of other origins use as nobody: a cookie that comes with them is not looked at. */
bool sessions_find_own(struct sessions *sessions, mm_addr *address, struct http_request *request);
/* For what changes something of an address's: whether the request is of our own page and the address is signed in. False: answered. */
bool sessions_allow(struct sessions *sessions, struct http_request *request,
                    const mm_addr *address);

#endif
