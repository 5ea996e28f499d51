#include "rpc/eth/rerun.h"

#include "state/base/assert.h"

bool rerun_load(struct eth_request *r, struct rerun *rerun, uint64_t block_num, size_t count)
{
    MM_ASSERT(block_num > 0);
    rerun->count = count;
    ETH_TRY(r, ledger_header(r->view, &rerun->header, &rerun->hash, block_num));
    ETH_TRY(r, ledger_txs(r->view, r->arena, &rerun->txs, block_num, 0, count));
    return true;
}

static mm_err apply_edits(struct eth_request *r, const struct rerun *rerun, struct exec *exec)
{
    mm_bytes encoded;
    const struct edit *edits;
    size_t count;
    MM_TRY(ledger_edits(r->view, r->arena, &encoded, rerun->header.number));
    if (encoded.len == 0)
        return MM_OK;
    MM_TRY(edits_decode(r->arena, &edits, &count, encoded));
    return exec_apply_edits(exec, edits, count);
}

static mm_err run(struct eth_request *r, const struct rerun *rerun, struct exec *exec,
                  rerun_fn *told, void *ctx)
{
    uint64_t gas_left = rerun->header.gas_limit;
    MM_TRY(apply_edits(r, rerun, exec));
    for (size_t i = 0; i < rerun->count; i++) {
        struct exec_outcome outcome;
        MM_TRY(exec_transact(exec, &outcome, &rerun->txs[i].tx, gas_left));
        if (outcome.verdict != TX_OK || outcome.gas_used != rerun->txs[i].gas_used)
            return MM_ERR_CORRUPT; /* the block says otherwise */
        gas_left -= outcome.gas_used;
        MM_TRY(told(ctx, exec, i, &outcome));
    }
    return MM_OK;
}

bool rerun_all(struct eth_request *r, const struct rerun *rerun, rerun_fn *told, void *ctx)
{
    const struct exec_block env = {
        .number = rerun->header.number,
        .timestamp = rerun->header.timestamp,
        .gas_limit = rerun->header.gas_limit,
        .base_fee = rerun->header.base_fee,
        .coinbase = rerun->header.coinbase,
        .prev_randao = rerun->header.prev_randao,
        .chain_id = eth_chain_id(r),
    };
    struct ledger_state state;
    struct exec *exec;
    ledger_state_init(&state, r->view, rerun->header.number - 1);
    const struct exec_view view = ledger_exec_view(&state);
    mm_err err = exec_new(r->arena, &exec, &view, r->backend->natives, &env);
    if (err == MM_OK)
        err = run(r, rerun, exec, told, ctx);
    ledger_state_fini(&state);
    return err == MM_OK || err == MM_ERR_EXISTS || eth_fail_world(r, err);
}
