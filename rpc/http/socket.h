/* What a worker does with its WebSocket connections. */
#ifndef RPC_HTTP_SOCKET_H
#define RPC_HTTP_SOCKET_H

#include "rpc/http/http_internal.h"
#include "rpc/http/websocket.h"

/* ---- handshake.c ---- */
/* Whether the request asks for a WebSocket and its route has them. */
bool handshake_is_asked(const struct http_request *request);
/* Answers it: with 101, and the connection is a socket when that is out; or with what is wrong. */
enum MHD_Result handshake_answer(struct http_request *request);

/* ---- socket.c ---- */
/* One reference, the caller's. NULL: no memory. */
struct http_socket *socket_new(struct http_request *request);

/* ---- socket_frames.c ---- */
/* MHD's call when the 101 is out; context is the socket, whose reference it takes over. */
void socket_upgraded(void *context, struct MHD_Connection *mhd, void *request, const char *extra,
                     size_t extra_len, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle);
/* Something came, or there is room again. */
void socket_ready(struct http_socket *socket, uint32_t events);

/* ---- socket_turns.c ---- */
/* After the events of a turn: sends what was queued, asks the silent, lets go of those that ended. */
void sockets_run(struct worker *worker);
/* How long the worker may wait for events at most; -1: as long as it likes. */
int sockets_wait_ms(const struct worker *worker);
/* Tells all that the node goes, and ends them. */
void sockets_end(struct worker *worker);

#endif
