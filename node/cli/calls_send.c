/* A transaction: made, signed, sent, and waited for. */
#include <time.h>

#include "node/cli/calls_internal.h"
#include "node/cli/secret.h"
#include "p2p/clock/clock.h"
#include "state/base/limits.h"
#include "state/chain/tx.h"

enum { POLL_FIRST_MS = 5, POLL_LAST_MS = 500 };

static int fees(struct remote *remote, struct tx *tx)
{
    struct json block;
    struct json tip;
    mm_u256 base;
    REMOTE_TRY(remote_call(remote, &block, "eth_getBlockByNumber", "[\"latest\",false]"));
    REMOTE_TRY(remote_u256(remote, &base, json_find(&block, "baseFeePerGas"), "base fee"));
    REMOTE_TRY(remote_call(remote, &tip, "eth_maxPriorityFeePerGas", "[]"));
    REMOTE_TRY(remote_u256(remote, &tx->priority_fee, &tip, "priority fee"));
    /* Twice the base fee lasts for six full blocks (EIP-1559). */
    if (!u256_add(&tx->max_fee, &base, &base) ||
        !u256_add(&tx->max_fee, &tx->max_fee, &tx->priority_fee))
        return cli_fail(remote->run, CLI_FAILED, "the node's fees are beyond 256 bits");
    return CLI_OK;
}

static int prepare(struct remote *remote, struct tx *tx, const mm_addr *from)
{
    struct cli_run *run = remote->run;
    struct json result;
    struct jsonrpc_reply reply;
    mm_bytes params;
    char addr[CALLS_HEX_MAX + 1];
    REMOTE_TRY(remote_call(remote, &result, "eth_getCode", "[\"%s\",\"latest\"]",
                           calls_hex(addr, mm_bytes_addr(&tx->to))));
    if (json_is_text(&result, "0x")) /* a call to nobody succeeds, and does nothing */
        return cli_fail(run, CLI_FAILED, "there is no contract at %s", addr);
    REMOTE_TRY(remote_call(remote, &result, "eth_chainId", "[]"));
    REMOTE_TRY(remote_u256(remote, &tx->chain_id, &result, "chain id"));
    REMOTE_TRY(remote_call(remote, &result, "eth_getTransactionCount", "[\"%s\",\"pending\"]",
                           calls_hex(addr, mm_bytes_addr(from))));
    REMOTE_TRY(remote_u64(remote, &tx->nonce, &result, "nonce"));
    REMOTE_TRY(fees(remote, tx));
    /* At the time that it is now: on a quiet chain the head is long ago. */
    REMOTE_TRY(calls_params(run, &params, from, &tx->to, tx->data, "pending"));
    REMOTE_TRY(remote_ask(remote, &reply, "eth_estimateGas", params));
    if (reply.is_error)
        return remote_refused(remote, "eth_estimateGas", &reply);
    REMOTE_TRY(remote_u64(remote, &tx->gas_limit, &reply.result, "gas estimate"));
    tx->gas_limit +=
        tx->gas_limit / 4; /* another transaction may come first; what is not used is not paid */
    return CLI_OK;
}

static int send_raw(struct remote *remote, const struct tx *tx)
{
    struct jsonrpc_reply reply;
    struct mm_buf params;
    mm_hash32 hash;
    mm_buf_init(&params, CALLS_REQUEST_BYTES_MAX);
    struct json_writer w = json_writer_over(&params);
    json_open_array(&w);
    json_add_data(&w, tx->raw);
    json_close_array(&w);
    int status = mm_buf_err(&params) == MM_OK
                     ? remote_ask(remote, &reply, "eth_sendRawTransaction", mm_buf_bytes(&params))
                     : cli_fail(remote->run, CLI_FAILED, "the transaction is too large");
    mm_buf_fini(&params);
    if (status == CLI_OK && reply.is_error)
        status = remote_refused(remote, "eth_sendRawTransaction", &reply);
    if (status == CLI_OK)
        status = remote_hash(remote, &hash, &reply.result, "transaction hash");
    if (status == CLI_OK && !mm_hash_equal(&hash, &tx->hash))
        status = cli_fail(remote->run, CLI_FAILED,
                          "the node gives the transaction another hash than it has");
    return status;
}

static int wait_receipt(struct remote *remote, struct json *receipt, const mm_hash32 *hash)
{
    const uint64_t deadline = clock_ms() + cli_number(remote->run, "timeout");
    uint64_t pause_ms = POLL_FIRST_MS;
    char text[CALLS_HEX_MAX + 1];
    calls_hex(text, mm_bytes_hash(hash));
    for (;;) {
        const struct mm_arena_mark mark = mm_arena_mark(&remote->run->arena);
        REMOTE_TRY(remote_call(remote, receipt, "eth_getTransactionReceipt", "[\"%s\"]", text));
        if (receipt->kind == JSON_OBJECT)
            return CLI_OK;
        mm_arena_rewind(&remote->run->arena, mark);
        if (clock_ms() >= deadline)
            return cli_fail(remote->run, CLI_FAILED,
                            "transaction %s was sent and is not in a block yet", text);
        const struct timespec pause = { .tv_sec = 0, .tv_nsec = (long)pause_ms * 1000000 };
        nanosleep(&pause, NULL);
        pause_ms = pause_ms * 2 < POLL_LAST_MS ? pause_ms * 2 : POLL_LAST_MS;
    }
}

/* Why a mined transaction reverted: the same call on the state before its block. */
static int reverted(struct remote *remote, const struct tx *tx, const struct calls_sent *sent)
{
    struct jsonrpc_reply reply;
    mm_bytes params;
    char block[24];
    char text[CALLS_HEX_MAX + 1];
    snprintf(block, sizeof block, "0x%llx", (unsigned long long)(sent->block_num - 1));
    REMOTE_TRY(calls_params(remote->run, &params, &tx->sender, &tx->to, tx->data, block));
    REMOTE_TRY(remote_ask(remote, &reply, "eth_call", params));
    if (reply.is_error)
        return remote_refused(remote, "eth_call", &reply);
    return cli_fail(remote->run, CLI_REFUSED,
                    "transaction %s failed: another one changed the state before it",
                    calls_hex(text, mm_bytes_hash(&sent->hash)));
}

static int read_receipt(struct remote *remote, struct calls_sent *sent, const struct tx *tx,
                        const struct json *receipt)
{
    uint64_t ok;
    REMOTE_TRY(remote_u64(remote, &ok, json_find(receipt, "status"), "receipt"));
    REMOTE_TRY(remote_u64(remote, &sent->block_num, json_find(receipt, "blockNumber"), "receipt"));
    REMOTE_TRY(remote_hash(remote, &sent->block_hash, json_find(receipt, "blockHash"), "receipt"));
    REMOTE_TRY(remote_u64(remote, &sent->gas_used, json_find(receipt, "gasUsed"), "receipt"));
    sent->logs = json_find(receipt, "logs");
    return ok == 1 ? CLI_OK : reverted(remote, tx, sent);
}

int calls_send(struct remote *remote, struct calls_sent *sent, const struct secp_secret *secret,
               const mm_addr *to, mm_bytes data)
{
    struct json *receipt = MM_ARENA_NEW(&remote->run->arena, struct json);
    struct tx tx = { .type = TX_DYNAMIC_FEE, .has_chain_id = true, .to = *to, .data = data };
    *sent = (struct calls_sent){ .from = secp_secret_addr(secret) };
    if (receipt == NULL)
        return cli_fail(remote->run, CLI_FAILED, "out of memory");
    REMOTE_TRY(prepare(remote, &tx, &sent->from));
    if (!tx_sign(&remote->run->arena, &tx, secret))
        return cli_fail(remote->run, CLI_FAILED, "the transaction cannot be signed: out of memory");
    if (tx.raw.len > MM_TX_BYTES_MAX)
        return cli_fail(remote->run, CLI_FAILED,
                        "the transaction has %zu bytes; a block takes at most %d", tx.raw.len,
                        MM_TX_BYTES_MAX);
    sent->hash = tx.hash;
    REMOTE_TRY(send_raw(remote, &tx));
    REMOTE_TRY(wait_receipt(remote, receipt, &tx.hash));
    return read_receipt(remote, sent, &tx, receipt);
}

int calls_with_signer(struct cli_run *run, calls_signed_fn act, const void *ctx)
{
    struct remote remote;
    struct secp_secret *secret = NULL;
    REMOTE_TRY(remote_open(&remote, run));
    int status = secret_signer(run, &secret);
    if (status == CLI_OK)
        status = act(run, &remote, secret, ctx);
    secp_secret_free(secret);
    remote_close(&remote);
    return status;
}
