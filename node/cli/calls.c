#include "node/cli/calls.h"

#include "contracts-native/abi/dispatch.h"
#include "node/cli/calls_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

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

int calls_params(struct cli_run *run, mm_bytes *params, const mm_addr *from, const mm_addr *to,
                 mm_bytes data, const char *block)
{
    struct mm_buf buf;
    mm_buf_init(&buf, CALLS_REQUEST_BYTES_MAX);
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
    return calls_params(run, &request->params, NULL, to, data, "latest");
}

int calls_request_now(struct cli_run *run, struct jsonrpc_request *request, const mm_addr *to,
                      const char *signature, const struct abi_value *values)
{
    mm_bytes data;
    request->method = "eth_call";
    REMOTE_TRY(calls_encode(run, &data, signature, values));
    return calls_params(run, &request->params, NULL, to, data, "pending");
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
