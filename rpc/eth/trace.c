/* debug_trace…: a block executed again on the state before it, to tell what each transaction gave back.
 *
 * Native calls have no opcodes, so the default tracer's list of them is empty, as it is for transfers in any client; the call tracer
 * gives one frame, the transaction's own. Calls of contracts to contracts are not told yet. */
#include "rpc/eth/eth_internal.h"

struct tracing {
    struct eth_request *r;
    struct header header;
    const struct ledger_tx *txs;
    size_t count;
    bool is_calls; /* the call tracer */
};

static const char *error_text(enum exec_status status)
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
    const char *error = error_text(outcome->status);
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
        add_frame(&t->r->w, &t->txs[index].tx, outcome);
    else
        add_steps(&t->r->w, outcome);
}

/* ---- execution ---- */

static mm_err apply_edits(const struct tracing *t, struct exec *exec)
{
    mm_bytes encoded;
    const struct edit *edits;
    size_t count;
    MM_TRY(ledger_edits(t->r->view, t->r->arena, &encoded, t->header.number));
    if (encoded.len == 0)
        return MM_OK;
    MM_TRY(edits_decode(t->r->arena, &edits, &count, encoded));
    return exec_apply_edits(exec, edits, count);
}

/* Runs them all, and writes the trace of one (or, with `only` at the count or above, of each with its hash). */
static mm_err run(const struct tracing *t, struct exec *exec, size_t only)
{
    uint64_t gas_left = t->header.gas_limit;
    struct json_writer *w = &t->r->w;
    MM_TRY(apply_edits(t, exec));
    for (size_t i = 0; i < t->count; i++) {
        struct exec_outcome outcome;
        MM_TRY(exec_transact(exec, &outcome, &t->txs[i].tx, gas_left));
        if (outcome.verdict != TX_OK || outcome.gas_used != t->txs[i].gas_used)
            return MM_ERR_CORRUPT; /* the block says otherwise */
        gas_left -= outcome.gas_used;
        if (i == only) {
            add_trace(t, i, &outcome);
        } else if (only >= t->count) {
            json_open_object(w);
            eth_add_hash_member(w, "txHash", &t->txs[i].tx.hash);
            json_key(w, "result");
            add_trace(t, i, &outcome);
            json_close_object(w);
        }
    }
    return MM_OK;
}

static bool trace(struct tracing *t, size_t only)
{
    struct eth_request *r = t->r;
    const struct exec_block env = {
        .number = t->header.number,
        .timestamp = t->header.timestamp,
        .gas_limit = t->header.gas_limit,
        .base_fee = t->header.base_fee,
        .coinbase = t->header.coinbase,
        .prev_randao = t->header.prev_randao,
        .chain_id = r->backend->chain_id,
    };
    struct ledger_state state;
    struct exec *exec;
    ledger_state_init(&state, r->view, t->header.number - 1);
    const struct exec_view view = ledger_exec_view(&state);
    mm_err err = exec_new(r->arena, &exec, &view, r->backend->natives, &env);
    if (err == MM_OK)
        err = run(t, exec, only);
    ledger_state_fini(&state);
    return err == MM_OK || eth_fail_world(r, err);
}

static bool read_tracer(struct tracing *t, const struct eth_arg *config)
{
    const struct json *tracer = config->is_given ? json_find(config->json, "tracer") : NULL;
    if (tracer == NULL || tracer->kind == JSON_NULL || json_is_text(tracer, ""))
        return true;
    t->is_calls = json_is_text(tracer, "callTracer");
    return t->is_calls || eth_fail(t->r, ETH_SERVER_ERROR, "tracer not found: callTracer is here");
}

/* `count` transactions of the block from the first on. */
static bool load(struct tracing *t, uint64_t block_num, size_t count)
{
    struct eth_request *r = t->r;
    mm_hash32 hash;
    if (block_num == 0)
        return eth_fail(r, ETH_SERVER_ERROR, "genesis is not traceable");
    t->count = count;
    ETH_TRY(r, ledger_header(r->view, &t->header, &hash, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &t->txs, block_num, 0, count));
    return true;
}

bool handle_debug_trace_transaction(struct eth_request *r)
{
    struct tracing t = { .r = r };
    uint64_t block_num;
    size_t index;
    const mm_err err = ledger_find_tx(r->view, &block_num, &index, &r->args[0].hash);
    if (err == MM_ERR_NOT_FOUND)
        return eth_fail(r, ETH_SERVER_ERROR, "transaction not found");
    ETH_TRY(r, err);
    return read_tracer(&t, &r->args[1]) && load(&t, block_num, index + 1) && trace(&t, index);
}

static bool trace_block(struct eth_request *r, uint64_t block_num)
{
    struct tracing t = { .r = r };
    size_t count;
    ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
    if (!read_tracer(&t, &r->args[1]) || !load(&t, block_num, count))
        return false;
    json_open_array(&r->w);
    if (!trace(&t, count))
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
