/* A connection that stays: requests come on it in any number, and it can be told of things later. */
#ifndef RPC_ETH_CLIENT_H
#define RPC_ETH_CLIENT_H

#include "rpc/eth/eth_internal.h"

/* Whether it was taken. The text is empty afterwards. */
bool eth_client_send(struct rpc_eth_client *client, struct mm_buf *taken_text);

#endif
