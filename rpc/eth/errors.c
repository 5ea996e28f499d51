/* Codes and words of errors. Libraries and wallets match on the words: they are go-ethereum's (docs/RPC.md, "Errors"). */
#include <stdarg.h>
#include <stdio.h>

#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"

bool eth_fail(struct eth_request *r, int code, const char *format, ...)
{
    va_list args;
    r->error.code = code;
    r->error.has_data = false;
    va_start(args, format);
    (void)vsnprintf(r->error.message, sizeof r->error.message, format, args);
    va_end(args);
    return false;
}

bool eth_fail_world(struct eth_request *r, mm_err err)
{
    MM_ASSERT(err != MM_OK);
    if (err == MM_ERR_STOPPED)
        return eth_fail(r, ETH_SERVER_ERROR, "the node is shutting down");
    if (err ==
        MM_ERR_PRUNED) /* go-ethereum's words, without its code 4444, which is not in the catalogue */
        return eth_fail(r, ETH_SERVER_ERROR, "pruned history unavailable");
    const unsigned long long number = atomic_fetch_add(&r->eth->reports, 1) + 1;
    const struct rpc_eth_options *options = &r->eth->options;
    if (options->log != NULL) {
        char line[200];
        (void)snprintf(line, sizeof line, "internal error %llu in %s: %s", number,
                       r->method == NULL ? "a request" : r->method->name, mm_err_text(err));
        options->log(options->log_ctx, line);
    }
    return eth_fail(r, ETH_INTERNAL, "internal error: number %llu in the log", number);
}

/* ---- transactions ---- */

static bool fail_numbers(struct eth_request *r, const char *before, const mm_u256 *first,
                         const char *between, const mm_u256 *second)
{
    char digits[2][U256_DECIMAL_MAX + 1];
    (void)u256_to_decimal(digits[0], first);
    (void)u256_to_decimal(digits[1], second);
    return eth_fail(r, ETH_SERVER_ERROR, "%s%s%s%s", before, digits[0], between, digits[1]);
}

static bool fail_funds(struct eth_request *r, const mm_u256 *cost, const mm_u256 *balance)
{
    char digits[3][U256_DECIMAL_MAX + 1];
    const mm_u256 over = u256_wrapping_sub(cost, balance);
    (void)u256_to_decimal(digits[0], balance);
    (void)u256_to_decimal(digits[1], cost);
    (void)u256_to_decimal(digits[2], &over);
    return eth_fail(r, ETH_SERVER_ERROR,
                    "insufficient funds for gas * price + value: balance %s, tx cost %s, "
                    "overshot %s",
                    digits[0], digits[1], digits[2]);
}

bool eth_fail_tx(struct eth_request *r, enum tx_verdict verdict, const mm_u256 *have,
                 const mm_u256 *want)
{
    switch (verdict) {
    case TX_OK:
        break;
    case TX_EMPTY:
        return eth_fail(r, ETH_INVALID_PARAMS, "rlp: empty transaction");
    case TX_RLP:
        return eth_fail(r, ETH_INVALID_PARAMS, "rlp: malformed transaction");
    case TX_TO_SIZE:
        return eth_fail(r, ETH_INVALID_PARAMS, "rlp: the recipient is neither 20 bytes nor empty");
    case TX_TOO_LARGE:
        return eth_fail(r, ETH_SERVER_ERROR, "oversized data: transaction of more than %d bytes",
                        MM_TX_BYTES_MAX);
    case TX_TYPE_UNKNOWN:
    case TX_TYPE_NOT_SUPPORTED:
        return eth_fail(r, ETH_SERVER_ERROR,
                        "transaction type not supported: transaction type not valid on this "
                        "chain, which takes 0, 1 and 2");
    case TX_SIGNATURE_VALUES:
        return eth_fail(r, ETH_SERVER_ERROR, "invalid transaction v, r, s values");
    case TX_HIGH_S:
        return eth_fail(r, ETH_SERVER_ERROR, "invalid sender: invalid transaction v, r, s values");
    case TX_SENDER:
        return eth_fail(r, ETH_SERVER_ERROR, "invalid sender");
    case TX_UNPROTECTED:
        return eth_fail(r, ETH_SERVER_ERROR,
                        "only replay-protected (EIP-155) transactions allowed over RPC");
    case TX_WRONG_CHAIN:
        return fail_numbers(r, "invalid chain id for signer: have ", have, " want ", want);
    case TX_CREATES:
        return eth_fail(r, ETH_SERVER_ERROR, "contract creation is not supported");
    case TX_TIP_ABOVE_CAP:
        return eth_fail(r, ETH_SERVER_ERROR,
                        "max priority fee per gas higher than max fee per gas");
    case TX_FEE_TOO_LARGE:
        return eth_fail(r, ETH_SERVER_ERROR,
                        "insufficient funds for gas * price + value: more than 2^256 - 1 wei");
    case TX_INTRINSIC_GAS:
        return fail_numbers(r, "intrinsic gas too low: gas ", have, ", minimum needed ", want);
    case TX_NONCE_TOO_LOW:
        return fail_numbers(r, "nonce too low: next nonce ", want, ", tx nonce ", have);
    case TX_NONCE_TOO_HIGH:
        return fail_numbers(r, "nonce too high: next nonce ", want, ", tx nonce ", have);
    case TX_NONCE_MAX:
        return eth_fail(r, ETH_SERVER_ERROR, "nonce has max value");
    case TX_SENDER_HAS_CODE:
        return eth_fail(r, ETH_SERVER_ERROR, "sender not an eoa");
    case TX_NO_FUNDS:
        return fail_funds(r, have, want);
    case TX_FEE_BELOW_BASE:
        return fail_numbers(r, "max fee per gas less than block base fee: maxFeePerGas ", have,
                            ", baseFee ", want);
    case TX_BLOCK_GAS:
        return fail_numbers(r, "exceeds block gas limit: gas ", have, ", limit ", want);
    case TX_NO_MEMORY:
        return eth_fail(r, ETH_SERVER_ERROR, "out of memory");
    }
    MM_UNREACHABLE();
}

bool eth_fail_decode(struct eth_request *r, enum tx_verdict verdict, enum rlp_verdict why)
{
    if (verdict == TX_RLP)
        return eth_fail(r, ETH_INVALID_PARAMS, "%s", rlp_verdict_text(why));
    const mm_u256 zero = u256_from_u64(0);
    return eth_fail_tx(r, verdict, &zero, &zero);
}

bool eth_fail_submit(struct eth_request *r, const struct submit_outcome *outcome)
{
    switch (outcome->verdict) {
    case SUBMIT_OK:
        break;
    case SUBMIT_TX:
        return eth_fail_tx(r, outcome->tx, &outcome->have, &outcome->want);
    case SUBMIT_KNOWN:
        return eth_fail(r, ETH_SERVER_ERROR, "already known");
    case SUBMIT_UNDERPRICED:
        return eth_fail(r, ETH_SERVER_ERROR, "replacement transaction underpriced");
    case SUBMIT_GAP:
        return fail_numbers(r, "nonce too high: too far above the next missing nonce ",
                            &outcome->want, ", tx nonce ", &outcome->have);
    case SUBMIT_POOL_FULL:
        return eth_fail(r, ETH_SERVER_ERROR, "txpool is full");
    case SUBMIT_STOPPED:
        return eth_fail_world(r, MM_ERR_STOPPED);
    }
    MM_UNREACHABLE();
}

/* ---- calls ---- */

/* Error(string): the text, when the revert data is exactly such an error's encoding. */
static bool revert_text(mm_bytes *text, mm_bytes output)
{
    static const uint8_t selector[] = { 0x08, 0xc3, 0x79, 0xa0 };
    mm_u256 offset;
    mm_u256 len;
    if (output.len < 4 + 64 || memcmp(output.ptr, selector, sizeof selector) != 0)
        return false;
    const mm_bytes args = mm_bytes_from(output.ptr + 4, output.len - 4);
    offset = u256_from_be32(args.ptr);
    len = u256_from_be32(args.ptr + 32);
    if (!u256_fits_u64(&offset) || offset.limb[0] != 32 || !u256_fits_u64(&len) ||
        len.limb[0] > args.len - 64)
        return false;
    *text = mm_bytes_from(args.ptr + 64, len.limb[0]);
    return true;
}

static bool fail_reverted(struct eth_request *r, mm_bytes output)
{
    mm_bytes text;
    if (revert_text(&text, output))
        (void)eth_fail(r, ETH_REVERTED, "execution reverted: %.*s",
                       text.len < ETH_MESSAGE_MAX ? (int)text.len : ETH_MESSAGE_MAX,
                       (const char *)text.ptr);
    else
        (void)eth_fail(r, ETH_REVERTED, "execution reverted");
    r->error.has_data = true;
    r->error.data = output;
    return false;
}

bool eth_fail_exec(struct eth_request *r, const struct exec_outcome *outcome)
{
    switch (outcome->status) {
    case EXEC_REVERT:
        return fail_reverted(r, outcome->output);
    case EXEC_OUT_OF_GAS:
        return eth_fail(r, ETH_SERVER_ERROR, "out of gas");
    case EXEC_STATIC:
        return eth_fail(r, ETH_SERVER_ERROR, "write protection");
    case EXEC_DEPTH:
        return eth_fail(r, ETH_SERVER_ERROR, "max call depth exceeded");
    case EXEC_NO_FUNDS:
        return eth_fail(r, ETH_SERVER_ERROR, "insufficient balance for transfer");
    case EXEC_COLLISION:
        return eth_fail(r, ETH_SERVER_ERROR, "contract address collision");
    case EXEC_INVALID:
        return eth_fail(r, ETH_SERVER_ERROR, "invalid opcode: the code is no native contract");
    case EXEC_OK:
    case EXEC_FAULT:
        break;
    }
    MM_UNREACHABLE();
}
