/* State and block overrides of eth_call and its relatives, as go-ethereum defines them: what the call finds other than the block has
 * it. State overrides become edits that the executor applies before the call. `state` replaces an account's storage: the executor
 * takes what it had as empty. Code cannot be replaced: there is no interpreter. */
#ifndef RPC_ETH_OVERRIDES_H
#define RPC_ETH_OVERRIDES_H

#include "rpc/eth/eth_internal.h"

/* {"0xaddress": {"balance", "nonce", "stateDiff" or "state": {"0xslot": "0xword"}}} into x->overrides and x->forgotten. False with the error set. */
bool overrides_read(struct eth_request *r, struct eth_execution *x, const struct json *overrides);
/* {"number", "time", "gasLimit", "feeRecipient", "prevRandao", "baseFeePerGas", "difficulty", "blobBaseFee"}, and other names for
 * some of them. */
bool overrides_block(struct eth_request *r, struct exec_block *env, const struct json *overrides);
/* x->balance: the account's, as overridden. */
bool overrides_balance(struct eth_request *r, struct eth_execution *x, const mm_addr *addr);

#endif
