/* The transaction of a saved conversation: estimated, stored, signed, sent, and answered when its receipt is there.
 *
 * First the estimate, which runs the call: what the collection refuses is refused here with its name, and nothing is stored. Then the
 * transcript, synced; then the transaction. What was stored and then not appended is released. */
#include <stdio.h>

#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/chat_internal.h"
#include "state/base/heap.h"
#include "state/chain/tx.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

enum { PARAMS_BYTES_MAX = 64 << 10, ANSWER_BYTES_MAX = 4 << 20 };

/* What waits for a receipt. */
struct sending {
    struct chat *chat;
    struct mm_arena arena; /* the request's; owned */
    struct http_later *later;
    struct rpc_eth_answer answer;
    struct chat_saving saving;
    mm_addr collection;
    mm_hash32 tx_hash;
};

/* ---- the transaction ---- */

static bool encode_call(struct chat_request *r, mm_bytes *data, const struct chat_saving *s)
{
    struct abi_signature function;
    const mm_hash32 kind_hash = keccak256(MM_BYTES_LIT("chat"));
    const mm_u256 kind = u256_from_hash(&kind_hash);
    const mm_u256 request_hash = u256_from_hash(&s->request_hash);
    const uint64_t form = s->privacy == SPEC_COMMITMENT ? AINFT_COMMITMENT : AINFT_CID;
    abi_signature_init(&function, "appendHistoryFor(uint256,bytes32,uint8,uint32,bytes,address,"
                                  "bytes32,uint256,bytes)");
    return abi_encode(&r->arena, data, abi_selector(&function), function.types, function.count,
                      ABI_VALUES(abi_word(&r->token), abi_word(&kind), abi_u64(form),
                                 abi_u64(talk_turns(&s->talk)),
                                 abi_bytes(mm_bytes_from(s->content, s->content_len)),
                                 abi_addr(&s->author), abi_word(&request_hash),
                                 abi_u64(s->deadline), abi_bytes(MM_BYTES_OF(s->signature)))) ==
           MM_OK;
}

static bool ask_number(struct chat_request *r, mm_u256 *out, const char *method, mm_bytes params,
                       mm_bytes *data, struct mm_reason *reason)
{
    struct json result;
    if (!chat_ask(r->chat, &r->arena, &result, method, params, data, reason))
        return false;
    if (result.kind == JSON_STRING && hex_read_u256(out, result.text))
        return true;
    (void)mm_fail(reason, MM_ERR_INVALID, "%s gives no number", method);
    return false;
}

/* False: answered. */
static bool estimate(struct chat_request *r, uint64_t *gas, mm_bytes call)
{
    struct mm_reason reason = { .text = "" };
    struct mm_buf params;
    mm_bytes data;
    mm_u256 number;
    mm_buf_init(&params, PARAMS_BYTES_MAX);
    mm_buf_add_text(&params, "[{\"from\":\"");
    hex_add_data(&params, mm_bytes_addr(&r->chat->service));
    mm_buf_add_text(&params, "\",\"to\":\"");
    hex_add_data(&params, mm_bytes_addr(&r->collection));
    mm_buf_add_text(&params, "\",\"data\":\"");
    hex_add_data(&params, call);
    mm_buf_add_text(&params, "\"}]");
    const bool ok =
        ask_number(r, &number, "eth_estimateGas", mm_buf_bytes(&params), &data, &reason);
    mm_buf_fini(&params);
    if (!ok) {
        const char *name = chat_revert_name(data);
        return chat_fail(r, 409, "refused", "the collection refuses the entry: %s",
                         name != NULL ? name : reason.text);
    }
    /* Another transaction may come first; what is not used is not paid. */
    *gas = number.limb[0] + number.limb[0] / 4;
    return true;
}

static bool fill(struct chat_request *r, struct tx *tx, struct mm_reason *reason)
{
    uint8_t memory[128];
    struct mm_buf params = mm_buf_over(memory, sizeof memory);
    struct json block;
    mm_u256 number;
    if (!chat_ask(r->chat, &r->arena, &block, "eth_getBlockByNumber",
                  MM_BYTES_LIT("[\"latest\",false]"), NULL, reason))
        return false;
    const struct json *base = json_find(&block, "baseFeePerGas");
    if (base == NULL || base->kind != JSON_STRING || !hex_read_u256(&number, base->text))
        return false;
    if (!ask_number(r, &tx->priority_fee, "eth_maxPriorityFeePerGas", MM_BYTES_LIT("[]"), NULL,
                    reason))
        return false;
    /* Twice the base fee lasts for six full blocks (EIP-1559). */
    if (!u256_add(&tx->max_fee, &number, &number) ||
        !u256_add(&tx->max_fee, &tx->max_fee, &tx->priority_fee))
        return false;
    mm_buf_add_text(&params, "[\"");
    hex_add_data(&params, mm_bytes_addr(&r->chat->service));
    mm_buf_add_text(&params, "\",\"pending\"]");
    if (!ask_number(r, &number, "eth_getTransactionCount", mm_buf_bytes(&params), NULL, reason))
        return false;
    tx->nonce = number.limb[0];
    return true;
}

/* ---- the answer ---- */

static void add_hash(struct json_writer *w, const char *key, const struct json *value)
{
    json_key(w, key);
    json_add_string(w, value == NULL ? MM_BYTES_LIT("") : value->text);
}

/* The entry that the receipt has. */
static bool read_log(struct mm_arena *arena, const struct json *receipt,
                     struct history_appended *entry)
{
    const struct json *logs = json_find(receipt, "logs");
    for (size_t i = 0; logs != NULL && logs->kind == JSON_ARRAY && i < logs->count; i++) {
        if (chat_entry_read(arena, entry, &logs->items[i]))
            return true;
    }
    return false;
}

static void write_saved(struct mm_buf *out, const struct sending *s, const struct json *receipt,
                        const struct history_appended *entry)
{
    const struct chat_saving *saving = &s->saving;
    struct json_writer w = json_writer_over(out);
    char text[CID_TEXT_MAX + 1];
    json_open_object(&w);
    json_key(&w, "object");
    json_add_text(&w, "ainft.history");
    json_key(&w, "index");
    json_add_u64(&w, entry->index.limb[0]);
    json_key(&w, "entryHash");
    json_add_data(&w, mm_bytes_hash(&entry->hash));
    add_hash(&w, "transactionHash", json_find(receipt, "transactionHash"));
    add_hash(&w, "blockNumber", json_find(receipt, "blockNumber"));
    json_key(&w, "requestHash");
    json_add_data(&w, mm_bytes_hash(&saving->request_hash));
    json_key(&w, "weight");
    json_add_u64(&w, talk_turns(&saving->talk));
    json_key(&w, "privacy");
    json_add_text(&w, spec_privacy_text(saving->privacy));
    if (saving->stored.len > 0) {
        (void)cid_to_text(text, &saving->cid, MULTIBASE_BASE32);
        json_key(&w, "cid");
        json_add_text(&w, text);
    } else {
        json_key(&w, "transcript"); /* nobody else has it */
        json_add_string(&w, saving->transcript);
    }
    json_close_object(&w);
}

static void fail_late(struct mm_buf *out, struct sending *s, const char *what, bool may_come)
{
    char message[500];
    char hash[2 * sizeof s->tx_hash.b + 1] = "";
    hex_encode(hash, mm_bytes_hash(&s->tx_hash));
    (void)snprintf(message, sizeof message, "transaction 0x%s: %s", hash, what);
    chat_write_error(out, 503, may_come ? "not_yet_saved" : "not_saved", message);
    if (!may_come && s->saving.stored.len > 0)
        chat_file_release(s->chat, &s->saving.cid, s->saving.pin_owner);
}

static unsigned write_answer(struct mm_buf *out, struct sending *s)
{
    struct json root;
    struct history_appended entry;
    if (json_parse(&s->arena, &root, mm_buf_bytes(&s->answer.text), NULL, NULL) != JSON_OK) {
        fail_late(out, s, "out of memory", true);
        return 503;
    }
    const struct json *error = json_find(&root, "error");
    const struct json *receipt = json_find(&root, "result");
    if (error != NULL) {
        const struct json *message = json_find(error, "message");
        const struct json *data = json_find(error, "data");
        char text[300];
        (void)snprintf(text, sizeof text, "%.*s",
                       message == NULL           ? 0
                       : message->text.len < 280 ? (int)message->text.len
                                                 : 280,
                       message == NULL ? "" : (const char *)message->text.ptr);
        /* An error with the hash is one of waiting (EIP-7966): the transaction is in the pool. */
        fail_late(out, s, text, data != NULL);
        return 503;
    }
    const struct json *status = receipt == NULL ? NULL : json_find(receipt, "status");
    if (status == NULL || !json_is_text(status, "0x1") || !read_log(&s->arena, receipt, &entry)) {
        fail_late(out, s, "it failed: another one changed the state before it", false);
        return 503;
    }
    write_saved(out, s, receipt, &entry);
    return 200;
}

static void done(void *arg)
{
    struct sending *s = arg;
    struct http_response response;
    http_response_init(&response, 200, "application/json", ANSWER_BYTES_MAX);
    response.status = write_answer(&response.body, s);
    http_response_header(&response, "Cache-Control", MM_BYTES_LIT("no-store"));
    http_complete(s->later, &response);
    rpc_eth_answer_fini(&s->answer);
    mm_arena_fini(&s->arena);
    mm_heap_free(s);
}

/* ---- sending ---- */

/* Signs with the next nonce and hands the transaction over. Two that choose their nonce at once would choose the same one. */
static bool sign_and_serve(struct chat_request *r, struct sending *s, struct tx *tx,
                           struct mm_reason *reason)
{
    const struct rpc_eth_caller caller = { .is_trusted = false };
    struct mm_buf body;
    bool ok = false;
    mm_buf_init(&body, 2 * PARAMS_BYTES_MAX);
    (void)pthread_mutex_lock(&r->chat->send_lock);
    if (fill(r, tx, reason) && tx_sign(&r->arena, tx, r->chat->options.service)) {
        mm_buf_add_text(&body, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
                               "\"eth_sendRawTransactionSync\",\"params\":[\"");
        hex_add_data(&body, tx->raw);
        mm_buf_add_text(&body, "\"]}");
        ok = mm_buf_err(&body) == MM_OK &&
             rpc_eth_serve(r->chat->options.eth, &s->answer, mm_buf_bytes(&body), &caller) == MM_OK;
    }
    (void)pthread_mutex_unlock(&r->chat->send_lock);
    mm_buf_fini(&body);
    s->tx_hash = tx->hash;
    return ok;
}

static void give_up(struct chat_request *r, struct sending *s, const char *why)
{
    if (s->saving.stored.len > 0)
        chat_file_release(r->chat, &s->saving.cid, s->saving.pin_owner);
    rpc_eth_answer_fini(&s->answer);
    mm_heap_free(s);
    (void)chat_fail(r, 503, "not_saved", "%s", why[0] != '\0' ? why : "out of memory");
}

static bool store(struct chat_request *r, const struct chat_saving *saving)
{
    struct cid cid;
    if (saving->stored.len == 0)
        return true;
    const mm_err err = chat_file_store(r->chat, &cid, saving->stored, saving->pin_owner);
    if (err == MM_OK && cid_equal(&cid, &saving->cid))
        return true;
    return chat_fail(r, err == MM_ERR_NO_SPACE ? 507 : 503, "not_stored",
                     "the transcript cannot be stored: %s", mm_err_text(err));
}

void chat_send(struct chat_request *r, const struct chat_saving *saving)
{
    struct mm_reason reason = { .text = "" };
    struct tx tx = { .type = TX_DYNAMIC_FEE, .has_chain_id = true, .to = r->collection };
    if (!encode_call(r, &tx.data, saving)) {
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    tx.chain_id = u256_from_u64(chat_chain_id(r->chat));
    if (!estimate(r, &tx.gas_limit, tx.data) || !store(r, saving))
        return;
    struct sending *s = mm_heap_zeroed(1, sizeof *s);
    if (s == NULL) {
        (void)chat_fail(r, 503, "out_of_memory", "out of memory");
        return;
    }
    s->chat = r->chat;
    s->saving = *saving;
    s->collection = r->collection;
    if (!sign_and_serve(r, s, &tx, &reason)) {
        give_up(r, s, reason.text);
        return;
    }
    s->later = http_defer(r->http);
    if (s->later == NULL) { /* it was sent, and nobody can wait for it */
        (void)chat_fail(r, 503, "not_yet_saved", "out of memory: the entry was sent");
        rpc_eth_answer_fini(&s->answer);
        mm_heap_free(s);
        return;
    }
    r->http = NULL;
    s->arena = r->arena; /* what the saving borrows from */
    mm_arena_init(&r->arena, 0);
    if (rpc_eth_settle(r->chat->options.eth, &s->answer, done, s))
        done(s);
}
