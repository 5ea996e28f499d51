/* Calls and transactions of the NFT contracts, from outside: calldata by signature text, results by their types.
 *
 *     eth_chainId, eth_getTransactionCount, fees, eth_estimateGas ──► sign here (type 2) ──► eth_sendRawTransaction
 *                                                                      ──► eth_getTransactionReceipt until it is mined
 *
 * The key never leaves the program. What fails is printed; a revert by its name (revert.c). Results are in the run's arena. */
#ifndef NODE_CLI_CALLS_H
#define NODE_CLI_CALLS_H

#include "contracts-native/abi/abi.h"
#include "node/cli/remote.h"
#include "state/crypto/secp.h"

extern const mm_addr CALLS_FACTORY; /* of collections: 0x6d696e746d61726b…f721 */

/* "ownerOf(uint256)" and its values. */
MM_MUST_USE int calls_encode(struct cli_run *run, mm_bytes *data, const char *signature,
                             const struct abi_value *values);
/* eth_call at the head. types: "address" or "address,uint256"; out has as many. */
MM_MUST_USE int calls_view(struct remote *remote, struct abi_value *out, const char *types,
                           const mm_addr *to, const char *signature,
                           const struct abi_value *values);
/* The request of such a call, for a batch; and its reply (calls_read), which gives false for a node's error or a malformed result, and
 * prints nothing. */
MM_MUST_USE int calls_request(struct cli_run *run, struct jsonrpc_request *request,
                              const mm_addr *to, const char *signature,
                              const struct abi_value *values);
/* The same of a call in the next block, whose time it is now: what depends on the clock is as it will be. */
MM_MUST_USE int calls_request_now(struct cli_run *run, struct jsonrpc_request *request,
                                  const mm_addr *to, const char *signature,
                                  const struct abi_value *values);
MM_MUST_USE bool calls_read(struct cli_run *run, struct abi_value *out, const char *types,
                            const struct jsonrpc_reply *reply);

struct calls_sent {
    mm_addr from;
    mm_hash32 hash;
    uint64_t block_num;
    mm_hash32 block_hash;
    uint64_t gas_used;
    const struct json *logs;
};
/* Opens the node of --rpc and the signer's key, acts, and closes both. */
typedef int (*calls_signed_fn)(struct cli_run *run, struct remote *remote,
                               const struct secp_secret *secret, const void *ctx);
MM_MUST_USE int calls_with_signer(struct cli_run *run, calls_signed_fn act, const void *ctx);
/* Signs, sends and waits until it is mined and has done what it should; CLI_REFUSED when it reverted. */
MM_MUST_USE int calls_send(struct remote *remote, struct calls_sent *sent,
                           const struct secp_secret *secret, const mm_addr *to, mm_bytes data);

/* The first log of `from` that is this event; NULL when there is none. Topics and data are looked at by the caller. */
const struct json *calls_find_log(const struct calls_sent *sent, const mm_addr *from,
                                  const char *event);
/* Topic `index` of a log as a number; false when there is none. */
MM_MUST_USE bool calls_topic(mm_u256 *out, const struct json *log, size_t index);

/* "hash  0x…", "block  12", as text or as members of an object. */
void calls_print_sent(const struct cli_run *run, const struct calls_sent *sent);
void calls_write_sent(struct json_writer *w, const struct calls_sent *sent);

/* 0x and digits, terminated, for requests. */
enum { CALLS_HEX_MAX = 2 + 64 };
const char *calls_hex(char out[CALLS_HEX_MAX + 1], mm_bytes bytes);

/* A collection that was made, for people or with --json, and the transaction. */
int calls_print_created(struct cli_run *run, const mm_addr *addr, const struct calls_sent *sent);

#endif
