/* trace_block, in the shape that Parity gave it and other nodes took over: a flat list of frames. Here a transaction has one, its
 * own call. Gas is what the frame had and used: without the part that the transaction pays before it begins. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/rerun.h"

struct tracing {
    struct eth_request *r;
    const struct rerun *rerun;
};

static void add_action(struct json_writer *w, const struct tx *tx, uint64_t gas)
{
    json_key(w, "action");
    json_open_object(w);
    eth_add_addr_member(w, "from", &tx->sender);
    json_key(w, "callType");
    json_add_text(w, "call");
    eth_add_quantity_member(w, "gas", gas);
    eth_add_data_member(w, "input", tx->data);
    eth_add_addr_member(w, "to", &tx->to);
    eth_add_u256_member(w, "value", &tx->value);
    json_close_object(w);
}

/* Parity's words for what clients match on; go-ethereum's for the rest. */
static const char *error_text(enum exec_status status)
{
    if (status == EXEC_REVERT)
        return "Reverted";
    return status == EXEC_OUT_OF_GAS ? "Out of gas" : eth_trace_error(status);
}

static mm_err add_frame(void *ctx, struct exec *exec, size_t index,
                        const struct exec_outcome *outcome)
{
    const struct tracing *t = ctx;
    struct json_writer *w = &t->r->w;
    const struct tx *tx = &t->rerun->txs[index].tx;
    const uint64_t intrinsic = tx_intrinsic_gas(tx);
    const char *error = error_text(outcome->status);
    (void)exec;
    json_open_object(w);
    add_action(w, tx, tx->gas_limit - intrinsic);
    eth_add_hash_member(w, "blockHash", &t->rerun->hash);
    json_key(w, "blockNumber");
    json_add_u64(w, t->rerun->header.number);
    if (error != NULL) {
        json_key(w, "error");
        json_add_text(w, error);
    }
    json_key(w, "result");
    if (error == NULL || outcome->status == EXEC_REVERT) {
        json_open_object(w);
        eth_add_quantity_member(w, "gasUsed",
                                outcome->gas_used + outcome->gas_refunded - intrinsic);
        eth_add_data_member(w, "output", outcome->output);
        json_close_object(w);
    } else {
        json_add_null(w);
    }
    json_key(w, "subtraces");
    json_add_u64(w, 0);
    json_key(w, "traceAddress");
    json_open_array(w);
    json_close_array(w);
    eth_add_hash_member(w, "transactionHash", &tx->hash);
    json_key(w, "transactionPosition");
    json_add_u64(w, index);
    json_key(w, "type");
    json_add_text(w, "call");
    json_close_object(w);
    return MM_OK;
}

/* Genesis has no transactions, and so no frames. */
bool handle_trace_block(struct eth_request *r)
{
    const struct eth_block_ref *ref = &r->args[0].block;
    struct rerun rerun;
    struct tracing t = { r, &rerun };
    uint64_t block_num;
    size_t count;
    bool found;
    if (!eth_find_block(r, &block_num, &found, ref))
        return false;
    if (!found || ref->kind == ETH_BLOCK_PENDING) {
        json_add_null(&r->w);
        return true;
    }
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    json_open_array(&r->w);
    if (block_num > 0 &&
        (!rerun_load(r, &rerun, block_num, count) || !rerun_all(r, &rerun, add_frame, &t)))
        return false;
    json_close_array(&r->w);
    return true;
}
