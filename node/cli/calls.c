#include "node/cli/calls.h"

#include <time.h>

#include "contracts-native/abi/dispatch.h"
#include "node/cli/secret.h"
#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/chain/tx.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

enum { REQUEST_BYTES_MAX = 1 << 20, POLL_FIRST_MS = 5, POLL_LAST_MS = 500 };

const mm_addr CALLS_FACTORY = { { 'm', 'i', 'n', 't', 'm', 'a', 'r', 'k', 0,    0,
                                  0,   0,   0,   0,   0,   0,   0,   0,   0xf7, 0x21 } };

const char *calls_hex(char out[CALLS_HEX_MAX + 1], mm_bytes bytes)
{
    MM_ASSERT(2 * bytes.len + 2 <= CALLS_HEX_MAX);
    memcpy(out, "0x", 2);
    hex_encode(out + 2, bytes);
    out[2 + 2 * bytes.len] = '\0';
    return out;
}

/* ---- calldata and results ---- */

int calls_encode(struct cli_run *run, mm_bytes *data, const char *signature,
                 const struct abi_value *values)
{
    struct abi_signature parsed;
    abi_signature_init(&parsed, signature);
    const mm_err err =
        abi_encode(&run->arena, data, abi_selector(&parsed), parsed.types, parsed.count, values);
    /* The selector lies in `parsed`; what was encoded is a copy. */
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "%s", mm_err_text(err));
}

/* {"from": …, "to": …, "data": …} */
static void write_call(struct json_writer *w, const mm_addr *from, const mm_addr *to, mm_bytes data)
{
    json_open_object(w);
    if (from != NULL) {
        json_key(w, "from");
        json_add_data(w, mm_bytes_addr(from));
    }
    json_key(w, "to");
    json_add_data(w, mm_bytes_addr(to));
    json_key(w, "data");
    json_add_data(w, data);
    json_close_object(w);
}

/* [{call}, block]; block NULL: left out. In the arena. */
static int call_params(struct cli_run *run, mm_bytes *params, const mm_addr *from,
                       const mm_addr *to, mm_bytes data, const char *block)
{
    struct mm_buf buf;
    mm_buf_init(&buf, REQUEST_BYTES_MAX);
    struct json_writer w = json_writer_over(&buf);
    json_open_array(&w);
    write_call(&w, from, to, data);
    if (block != NULL)
        json_add_text(&w, block);
    json_close_array(&w);
    mm_err err = mm_buf_err(&buf);
    if (err == MM_OK)
        err = mm_arena_copy(&run->arena, params, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    return err == MM_OK ? CLI_OK : cli_fail(run, CLI_FAILED, "the request: %s", mm_err_text(err));
}

int calls_request(struct cli_run *run, struct jsonrpc_request *request, const mm_addr *to,
                  const char *signature, const struct abi_value *values)
{
    mm_bytes data;
    request->method = "eth_call";
    REMOTE_TRY(calls_encode(run, &data, signature, values));
    return call_params(run, &request->params, NULL, to, data, "latest");
}

int calls_request_now(struct cli_run *run, struct jsonrpc_request *request, const mm_addr *to,
                      const char *signature, const struct abi_value *values)
{
    mm_bytes data;
    request->method = "eth_call";
    REMOTE_TRY(calls_encode(run, &data, signature, values));
    return call_params(run, &request->params, NULL, to, data, "pending");
}

bool calls_read(struct cli_run *run, struct abi_value *out, const char *types,
                const struct jsonrpc_reply *reply)
{
    struct abi_signature parsed;
    size_t len;
    abi_signature_init(&parsed, types);
    if (reply->is_error || reply->result.kind != JSON_STRING ||
        !hex_data_len(&len, reply->result.text))
        return false;
    uint8_t *bytes = mm_arena_alloc(&run->arena, len + 1);
    return bytes != NULL && hex_decode(bytes, mm_bytes_from(reply->result.text.ptr + 2, 2 * len)) &&
           abi_decode(out, mm_bytes_from(bytes, len), parsed.types, parsed.count, ABI_CALLDATA) ==
               ABI_OK;
}

int calls_view(struct remote *remote, struct abi_value *out, const char *types, const mm_addr *to,
               const char *signature, const struct abi_value *values)
{
    struct jsonrpc_request request;
    struct jsonrpc_reply reply;
    char text[ADDRESS_TEXT + 1];
    REMOTE_TRY(calls_request(remote->run, &request, to, signature, values));
    REMOTE_TRY(remote_ask(remote, &reply, request.method, request.params));
    if (reply.is_error)
        return remote_refused(remote, "eth_call", &reply);
    if (calls_read(remote->run, out, types, &reply))
        return CLI_OK;
    address_to_text(text, to);
    return cli_fail(remote->run, CLI_FAILED, "%s is no NFT contract: it does not answer %s", text,
                    signature);
}

/* ---- sending ---- */

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
    REMOTE_TRY(call_params(run, &params, from, &tx->to, tx->data, "pending"));
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
    mm_buf_init(&params, REQUEST_BYTES_MAX);
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

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int wait_receipt(struct remote *remote, struct json *receipt, const mm_hash32 *hash)
{
    const uint64_t deadline = now_ms() + cli_number(remote->run, "timeout");
    uint64_t pause_ms = POLL_FIRST_MS;
    char text[CALLS_HEX_MAX + 1];
    calls_hex(text, mm_bytes_hash(hash));
    for (;;) {
        const struct mm_arena_mark mark = mm_arena_mark(&remote->run->arena);
        REMOTE_TRY(remote_call(remote, receipt, "eth_getTransactionReceipt", "[\"%s\"]", text));
        if (receipt->kind == JSON_OBJECT)
            return CLI_OK;
        mm_arena_rewind(&remote->run->arena, mark);
        if (now_ms() >= deadline)
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
    REMOTE_TRY(call_params(remote->run, &params, &tx->sender, &tx->to, tx->data, block));
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

/* ---- logs ---- */

bool calls_topic(mm_u256 *out, const struct json *log, size_t index)
{
    mm_hash32 word;
    const struct json *topics = json_find(log, "topics");
    if (topics == NULL || topics->kind != JSON_ARRAY || index >= topics->count ||
        topics->items[index].kind != JSON_STRING ||
        !hex_read_hash(&word, topics->items[index].text))
        return false;
    *out = u256_from_hash(&word);
    return true;
}

const struct json *calls_find_log(const struct calls_sent *sent, const mm_addr *from,
                                  const char *event)
{
    struct abi_signature parsed;
    abi_signature_init(&parsed, event);
    const mm_u256 wanted = u256_from_hash(&parsed.hash);
    for (size_t i = 0;
         sent->logs != NULL && sent->logs->kind == JSON_ARRAY && i < sent->logs->count; i++) {
        const struct json *log = &sent->logs->items[i];
        const struct json *address = json_find(log, "address");
        mm_addr addr;
        mm_u256 topic;
        if (address != NULL && address->kind == JSON_STRING &&
            hex_read_addr(&addr, address->text) && mm_addr_equal(&addr, from) &&
            calls_topic(&topic, log, 0) && u256_equal(&topic, &wanted))
            return log;
    }
    return NULL;
}

/* ---- a command that signs ---- */

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

/* ---- printing ---- */

void calls_print_sent(const struct cli_run *run, const struct calls_sent *sent)
{
    char text[CALLS_HEX_MAX + 1];
    char number[24];
    cli_field(run, "transaction", mm_bytes_str(calls_hex(text, mm_bytes_hash(&sent->hash))));
    snprintf(number, sizeof number, "%llu", (unsigned long long)sent->block_num);
    cli_field(run, "block", mm_bytes_str(number));
}

void calls_write_sent(struct json_writer *w, const struct calls_sent *sent)
{
    cli_json_addr(w, "from", &sent->from);
    json_key(w, "transactionHash");
    json_add_data(w, mm_bytes_hash(&sent->hash));
    json_key(w, "blockNumber");
    json_add_u64(w, sent->block_num);
    json_key(w, "blockHash");
    json_add_data(w, mm_bytes_hash(&sent->block_hash));
    json_key(w, "gasUsed");
    json_add_u64(w, sent->gas_used);
}

int calls_print_created(struct cli_run *run, const mm_addr *addr, const struct calls_sent *sent)
{
    if (!cli_flag(run, "json")) {
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, addr);
        cli_field(run, "collection", mm_bytes_str(text));
        calls_print_sent(run, sent);
        return CLI_OK;
    }
    struct mm_buf json;
    mm_buf_init(&json, 64 << 10);
    struct json_writer w = json_writer_over(&json);
    json_open_object(&w);
    cli_json_addr(&w, "collection", addr);
    calls_write_sent(&w, sent);
    json_close_object(&w);
    return cli_print_json(run, &json);
}
