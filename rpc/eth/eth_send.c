/* eth_sendTransaction and its relatives: what is missing is filled in, and the node signs. */
#include "rpc/eth/handlers.h"

static bool fill_fees(struct eth_request *r, struct tx *tx, const struct eth_call_object *object)
{
    if (object->has_gas_price || (object->has_type && object->type < TX_DYNAMIC_FEE)) {
        const mm_u256 base_fee = eth_next_base_fee(r);
        const mm_u256 tip = eth_tip_default();
        tx->type = object->has_access_list || (object->has_type && object->type == TX_ACCESS_LIST)
                       ? TX_ACCESS_LIST
                       : TX_LEGACY;
        tx->max_fee =
            object->has_gas_price ? object->gas_price : u256_wrapping_add(&base_fee, &tip);
        tx->priority_fee = tx->max_fee;
        return true;
    }
    tx->type = TX_DYNAMIC_FEE;
    tx->priority_fee = object->has_tip ? object->tip : eth_tip_default();
    if (object->has_max_fee) {
        tx->max_fee = object->max_fee;
        if (!object->has_tip)
            tx->priority_fee = u256_min(&tx->priority_fee, &tx->max_fee);
        return true;
    }
    /* As go-ethereum: twice the base fee, so that it stays valid for six full blocks, and the tip. */
    const mm_u256 base_fee = eth_next_base_fee(r);
    mm_u256 cap = u256_wrapping_add(&base_fee, &base_fee);
    if (!u256_add(&cap, &cap, &tx->priority_fee))
        return eth_fail_tx(r, TX_FEE_TOO_LARGE, NULL, NULL);
    tx->max_fee = cap;
    return true;
}

static bool fill(struct eth_request *r, struct tx *tx, const struct eth_call_object *object)
{
    const struct eth_block_ref pending = { .kind = ETH_BLOCK_PENDING };
    *tx = (struct tx){
        .has_chain_id = true,
        .chain_id = u256_from_u64(eth_chain_id(r)),
        .to = object->to,
        .value = object->value,
        .data = object->data,
        .access_list = object->access_list,
        .access_count = object->access_count,
        .gas_limit = object->gas,
        .nonce = object->nonce,
    };
    if (!fill_fees(r, tx, object))
        return false;
    if (!object->has_gas && !eth_estimate(r, &tx->gas_limit, object, &pending, NULL))
        return false;
    return object->has_nonce || eth_next_nonce(r, &tx->nonce, &object->from);
}

/* Out: *tx, signed, and read back from its own bytes: a transaction of the node's obeys the same rules and has the same shape as
 * one from outside (its data is a part of its raw bytes, on which the pool relies). */
static bool make(struct eth_request *r, struct tx *tx, const struct eth_call_object *object,
                 bool may_impersonate)
{
    struct tx filled;
    enum rlp_verdict why = RLP_OK;
    const struct backend_account *account = backend_find_account(r->backend, &object->from);
    if (account == NULL &&
        !(may_impersonate && r->backend->impersonates(r->backend->ctx, &object->from)))
        return eth_fail(r, ETH_SERVER_ERROR, "unknown account");
    if (!fill(r, &filled, object))
        return false;
    if (!(account != NULL ? tx_sign(r->arena, &filled, account->secret)
                          : tx_sign_as(r->arena, &filled, &object->from)))
        return eth_fail_tx(r, TX_TOO_LARGE, NULL, NULL); /* or no memory: tx_sign does not say */
    const enum tx_verdict verdict = tx_decode(r->arena, tx, filled.raw, &why);
    if (verdict != TX_OK)
        return eth_fail_decode(r, verdict, why);
    tx->sender = filled.sender;
    tx->is_impersonated = filled.is_impersonated;
    return true;
}

/* Two requests that leave the nonce to the node must not get the same one: the second asks the pool after the first is there. */
bool handle_eth_send_transaction(struct eth_request *r)
{
    struct eth_call_object object;
    struct tx tx;
    if (!eth_read_call_object(r, &object, 0))
        return false;
    (void)pthread_mutex_lock(&r->eth->send_lock);
    eth_renew_view(r); /* it is from before the lock */
    const bool ok = make(r, &tx, &object, true) && eth_submit(r, &tx);
    (void)pthread_mutex_unlock(&r->eth->send_lock);
    return ok;
}

static bool answer_filled(struct eth_request *r, const struct tx *tx, mm_bytes raw)
{
    json_open_object(&r->w);
    eth_add_data_member(&r->w, "raw", raw);
    json_key(&r->w, "tx");
    eth_add_tx(&r->w, tx, NULL, &tx->max_fee);
    json_close_object(&r->w);
    return true;
}

bool handle_eth_sign_transaction(struct eth_request *r)
{
    struct eth_call_object object;
    struct tx tx;
    if (!eth_read_call_object(r, &object, 0) || !make(r, &tx, &object, false))
        return false;
    return answer_filled(r, &tx, tx.raw);
}

/* Nothing is signed: r and s are zero, and raw is the envelope with them, as go-ethereum gives it. */
bool handle_eth_fill_transaction(struct eth_request *r)
{
    struct eth_call_object object;
    struct tx tx;
    struct mm_buf buf;
    if (!eth_read_call_object(r, &object, 0) || !fill(r, &tx, &object))
        return false;
    tx.sender = object.from;
    mm_buf_init(&buf, 2 * MM_BLOCK_BYTES_MAX + RPC_ETH_BODY_BYTES_DEFAULT);
    tx_encode(&buf, &tx);
    mm_err err = mm_buf_err(&buf);
    mm_bytes raw = { NULL, 0 };
    if (err == MM_OK)
        err = mm_arena_copy(r->arena, &raw, mm_buf_bytes(&buf));
    mm_buf_fini(&buf);
    ETH_TRY(r, err);
    return answer_filled(r, &tx, raw);
}
