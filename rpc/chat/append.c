/* The transaction of a saved conversation: estimated, stored, signed, sent.
 *
 * First the estimate, which runs the call: what the collection refuses is refused here with its name, and nothing is stored. Then the
 * transcript, synced; then the transaction. What was stored and then not appended is released. */
#include "contracts-native/abi/dispatch.h"
#include "contracts-native/ainft/ainft.h"
#include "rpc/chat/saving.h"
#include "state/base/heap.h"
#include "state/chain/tx.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

enum { PARAMS_BYTES_MAX = 64 << 10 };

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
    saving_release(r->chat, &s->saving);
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

void saving_append(struct chat_request *r, const struct chat_saving *saving)
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
    if (rpc_eth_settle(r->chat->options.eth, &s->answer, saving_done, s))
        saving_done(s);
}
