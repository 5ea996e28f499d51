/* Bodies: one JSON value, a request or a batch. Source: JSON-RPC 2.0. */
#ifndef RPC_ETH_SERVE_H
#define RPC_ETH_SERVE_H

#include "rpc/eth/eth_internal.h"

/* Appends the answer, and gives the ticket that it waits for. */
uint64_t eth_serve_body(struct rpc_eth *eth, struct eth_work *work, struct mm_buf *answer,
                        mm_bytes body, const struct rpc_eth_caller *caller);

#endif
