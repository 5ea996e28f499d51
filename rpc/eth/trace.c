/* debug_trace…: a block executed again (rerun.h), to tell what each transaction gave back.
 *
 * Native calls have no opcodes, so the default tracer's list of them is empty, as it is for transfers in any client; the call tracer
 * gives one frame, the transaction's own. Calls of contracts to contracts are not told yet. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/rerun.h"

struct tracing {
    struct eth_request *r;
    struct rerun rerun;
    size_t only;   /* the one that is asked for; at the count or above: all, each with its hash */
    bool is_calls; /* the call tracer */
};

const char *eth_trace_error(enum exec_status status)
{
    switch (status) {
    case EXEC_REVERT:
        return "execution reverted";
    case EXEC_OUT_OF_GAS:
        return "out of gas";
    case EXEC_STATIC:
        return "write protection";
    case EXEC_DEPTH:
        return "max call depth exceeded";
    case EXEC_NO_FUNDS:
        return "insufficient balance for transfer";
    case EXEC_COLLISION:
        return "contract address collision";
    case EXEC_INVALID:
        return "invalid opcode";
    case EXEC_OK:
    case EXEC_FAULT:
        break;
    }
    return NULL;
}

static void add_frame(struct json_writer *w, const struct tx *tx,
                      const struct exec_outcome *outcome)
{
    const char *error = eth_trace_error(outcome->status);
    json_open_object(w);
    json_key(w, "type");
    json_add_text(w, "CALL");
    eth_add_addr_member(w, "from", &tx->sender);
    eth_add_addr_member(w, "to", &tx->to);
    eth_add_u256_member(w, "value", &tx->value);
    eth_add_quantity_member(w, "gas", tx->gas_limit);
    eth_add_quantity_member(w, "gasUsed", outcome->gas_used);
    eth_add_data_member(w, "input", tx->data);
    if (outcome->output.len > 0)
        eth_add_data_member(w, "output", outcome->output);
    if (error != NULL) {
        json_key(w, "error");
        json_add_text(w, error);
    }
    json_close_object(w);
}

static void add_steps(struct json_writer *w, const struct exec_outcome *outcome)
{
    json_open_object(w);
    json_key(w, "gas");
    json_add_u64(w, outcome->gas_used);
    json_key(w, "failed");
    json_add_bool(w, outcome->status != EXEC_OK);
    eth_add_data_member(w, "returnValue", outcome->output);
    json_key(w, "structLogs");
    json_open_array(w);
    json_close_array(w);
    json_close_object(w);
}

static void add_trace(const struct tracing *t, size_t index, const struct exec_outcome *outcome)
{
    if (t->is_calls)
        add_frame(&t->r->w, &t->rerun.txs[index].tx, outcome);
    else
        add_steps(&t->r->w, outcome);
}

static mm_err add_one(void *ctx, struct exec *exec, size_t index,
                      const struct exec_outcome *outcome)
{
    const struct tracing *t = ctx;
    struct json_writer *w = &t->r->w;
    (void)exec;
    if (index == t->only) {
        add_trace(t, index, outcome);
    } else if (t->only >= t->rerun.count) {
        json_open_object(w);
        eth_add_hash_member(w, "txHash", &t->rerun.txs[index].tx.hash);
        json_key(w, "result");
        add_trace(t, index, outcome);
        json_close_object(w);
    }
    return MM_OK;
}

static bool read_tracer(struct tracing *t, const struct eth_arg *config)
{
    const struct json *tracer = config->is_given ? json_find(config->json, "tracer") : NULL;
    if (tracer == NULL || tracer->kind == JSON_NULL || json_is_text(tracer, ""))
        return true;
    t->is_calls = json_is_text(tracer, "callTracer");
    return t->is_calls || eth_fail(t->r, ETH_SERVER_ERROR, "tracer not found: callTracer is here");
}

static bool fail_genesis(struct eth_request *r)
{
    return eth_fail(r, ETH_SERVER_ERROR, "genesis is not traceable");
}

bool handle_debug_trace_transaction(struct eth_request *r)
{
    struct tracing t = { .r = r };
    uint64_t block_num;
    const mm_err err = ledger_find_tx(r->view, &block_num, &t.only, &r->args[0].hash);
    if (err == MM_ERR_NOT_FOUND)
        return eth_fail(r, ETH_SERVER_ERROR, "transaction not found");
    ETH_TRY(r, err);
    return read_tracer(&t, &r->args[1]) && rerun_load(r, &t.rerun, block_num, t.only + 1) &&
           rerun_all(r, &t.rerun, add_one, &t);
}

static bool trace_block(struct eth_request *r, uint64_t block_num)
{
    struct tracing t = { .r = r };
    size_t count;
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    if (!read_tracer(&t, &r->args[1]))
        return false;
    if (block_num == 0)
        return fail_genesis(r);
    if (!rerun_load(r, &t.rerun, block_num, count))
        return false;
    t.only = count;
    json_open_array(&r->w);
    if (!rerun_all(r, &t.rerun, add_one, &t))
        return false;
    json_close_array(&r->w);
    return true;
}

bool handle_debug_trace_block_by_number(struct eth_request *r)
{
    const struct eth_block_ref *ref = &r->args[0].block;
    uint64_t block_num;
    bool found;
    if (!eth_find_block(r, &block_num, &found, ref))
        return false;
    if (!found || ref->kind == ETH_BLOCK_PENDING)
        return eth_fail(r, ETH_SERVER_ERROR, "block #%llu not found",
                        (unsigned long long)block_num);
    return trace_block(r, block_num);
}

bool handle_debug_trace_block_by_hash(struct eth_request *r)
{
    const struct eth_block_ref ref = { .kind = ETH_BLOCK_HASH, .hash = r->args[0].hash };
    uint64_t block_num;
    bool found;
    if (!eth_find_block(r, &block_num, &found, &ref))
        return false;
    if (!found)
        return eth_fail(r, ETH_SERVER_ERROR, "block %s not found",
                        mm_arena_text(r->arena, r->args[0].json->text));
    return trace_block(r, block_num);
}
