/* The web page of a node: gallery, mint, profile and explorer, in the program itself and without anything from elsewhere.
 *
 *     GET /               a browser (Accept: text/html) gets index.html; whoever else asks gets the node's one line
 *     GET /web/main.js    the page's own files (files.h), its modules joined in one
 *     /#/token/0x…/1      what is looked at stands behind the #, which no server sees: no path here can collide with another door's
 *
 * The page speaks to this door (JSON-RPC, WebSocket, sessions), to the gateway's (pictures, from an origin of their own) and to the
 * API's (uploads, what is pinned). Their ports are known when the doors are open, so the policy is written for each request:
 *
 *     Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';
 *         img-src 'self' blob: http://HOST:8080 …; connect-src 'self' ws://HOST:8545 http://HOST:8080 http://HOST:5001; …
 *
 * HOST is the name that the request used, without its port: it was checked to be one of ours before a handler sees the request
 * (rpc/http/authority.h), and has no character that means something in a policy. No script and no style stands in the document, and
 * Trusted Types are required for script sinks, so text from a token can never become markup. Pages of others may not frame it.
 *
 * Files are checked each time by their tag (rpc/http/file.h), so after an update of the node nobody has half of the old page.
 * Memory: none of its own. Threads: any number of workers. Source: CSP Level 3, Trusted Types, RFC 9110. */
#ifndef RPC_WEB_WEB_H
#define RPC_WEB_WEB_H

#include "rpc/http/http.h"

enum { WEB_POLICY_BYTES_MAX = 2048 };

/* Where the other doors are; 0: closed. Borrowed as long as the server runs, and final before it starts. */
struct web {
    const uint16_t *gateway_port;
    const uint16_t *api_port;
};

/* Whether GET / of this request is a browser's: its Accept names text/html, and not with a weight of zero. */
bool web_is_wanted(struct http_request *request);
bool web_takes_page(mm_bytes accept);
/* Answers with the page. */
void web_answer_page(const struct web *web, struct http_request *request);
/* "/web/", for a server's table. */
struct http_route web_route(struct web *web);

/* The policy for a page that was asked for at this authority ("localhost:8545"); terminated. An authority that is not one gets
 * the node's own origin alone. */
size_t web_policy(char out[WEB_POLICY_BYTES_MAX], mm_bytes authority, uint16_t gateway_port,
                  uint16_t api_port);

#endif
