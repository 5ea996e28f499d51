/* The cookie that carries a token.
 *
 *     Set-Cookie: mintmark_session_8545=9f86…; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict[; Secure]
 *
 * A browser keeps cookies by host name, without the port, and gives them to every program on that host. So the name has the port of the
 * page, or two nodes of one machine would sign each other's people out. Scripts do not see it (HttpOnly), other sites' pages do not send
 * it (SameSite), and whose page it came from is asked besides (http_is_own_page). Secure stands there when the page is known to be
 * behind https: by its Origin, or because the proxy says so (X-Forwarded-Proto).
 * Private to rpc/session. Memory: none. Threads: any. Source: RFC 6265. */
#ifndef RPC_SESSION_COOKIE_H
#define RPC_SESSION_COOKIE_H

#include "rpc/http/http.h"
#include "rpc/session/tokens.h"

/* Whether the page that sent the request is behind https, as far as can be known. */
bool cookie_is_secure(struct http_request *request);
/* False: the request has none, or it is no token. */
bool cookie_read(struct http_request *request, uint8_t token[TOKEN_BYTES]);
/* token NULL: the browser is to forget it. */
void cookie_set(struct http_response *response, struct http_request *request,
                const uint8_t token[TOKEN_BYTES], uint64_t life_s);

#endif
