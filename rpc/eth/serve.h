/* Bodies: one JSON value, a request or a batch. Source: JSON-RPC 2.0. */
#ifndef RPC_ETH_SERVE_H
#define RPC_ETH_SERVE_H

#include "rpc/eth/eth_internal.h"

/* An error whose every character is escaped, with a hash. */
enum { ETH_ERROR_BYTES_MAX = 256 + 2 * 6 * ETH_MESSAGE_MAX };

/* Writes the answer, and what it waits for. */
void eth_serve_body(struct rpc_eth *eth, struct eth_work *work, struct rpc_eth_answer *answer,
                    mm_bytes body, const struct rpc_eth_caller *caller);
/* `,"error":{…}` */
void eth_add_error_member(struct mm_buf *answer, const struct eth_error *error);

#endif
