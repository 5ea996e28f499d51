/* ots_…: what only executing again says: why a transaction failed, what it called, who made a contract. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/rerun.h"

/* ---- one transaction ---- */

struct telling {
    struct eth_request *r;
    struct rerun rerun;
    size_t index; /* of the transaction that is asked for */
    void (*add)(struct eth_request *r, const struct tx *tx, const struct exec_outcome *outcome);
};

static mm_err tell(void *ctx, struct exec *exec, size_t index, const struct exec_outcome *outcome)
{
    const struct telling *t = ctx;
    (void)exec;
    if (index == t->index)
        t->add(t->r, &t->rerun.txs[index].tx, outcome);
    return MM_OK;
}

/* Null when there is no such transaction. */
static bool answer_tx(struct eth_request *r, void (*add)(struct eth_request *r, const struct tx *tx,
                                                         const struct exec_outcome *outcome))
{
    struct telling t = { .r = r, .add = add };
    uint64_t block_num;
    const mm_err err = ledger_find_tx(r->view, &block_num, &t.index, &r->args[0].hash);
    if (err == MM_ERR_NOT_FOUND) {
        json_add_null(&r->w);
        return true;
    }
    ETH_TRY(r, err);
    return rerun_load(r, &t.rerun, block_num, t.index + 1) && rerun_all(r, &t.rerun, tell, &t);
}

static void add_error(struct eth_request *r, const struct tx *tx,
                      const struct exec_outcome *outcome)
{
    const mm_bytes none = { NULL, 0 };
    (void)tx;
    json_add_data(&r->w, outcome->status == EXEC_OK ? none : outcome->output);
}

bool handle_ots_get_tx_error(struct eth_request *r)
{
    return answer_tx(r, add_error);
}

static void add_calls(struct eth_request *r, const struct tx *tx,
                      const struct exec_outcome *outcome)
{
    struct json_writer *w = &r->w;
    json_open_array(w);
    json_open_object(w);
    json_key(w, "type");
    json_add_text(w, "CALL");
    json_key(w, "depth");
    json_add_u64(w, 0);
    eth_add_addr_member(w, "from", &tx->sender);
    eth_add_addr_member(w, "to", &tx->to);
    eth_add_u256_member(w, "value", &tx->value);
    eth_add_data_member(w, "input", tx->data);
    eth_add_data_member(w, "output", outcome->output);
    json_close_object(w);
    json_close_array(w);
}

bool handle_ots_trace_tx(struct eth_request *r)
{
    return answer_tx(r, add_calls);
}

/* No contract here sends value on or ends itself, and the calls of contracts to contracts are not told. */
bool handle_ots_get_internal_operations(struct eth_request *r)
{
    uint64_t block_num;
    size_t index;
    const mm_err err = ledger_find_tx(r->view, &block_num, &index, &r->args[0].hash);
    if (err == MM_ERR_NOT_FOUND) {
        json_add_null(&r->w);
        return true;
    }
    ETH_TRY(r, err);
    json_open_array(&r->w);
    json_close_array(&r->w);
    return true;
}

/* ---- who made a contract ---- */

struct looking {
    struct eth_request *r;
    struct rerun rerun;
    bool is_found;
};

static mm_err look(void *ctx, struct exec *exec, size_t index, const struct exec_outcome *outcome)
{
    struct looking *l = ctx;
    struct account account;
    (void)outcome;
    MM_TRY(exec_account(exec, &account, &l->r->args[0].addr));
    if (!account_has_code(&account))
        return MM_OK;
    const struct tx *tx = &l->rerun.txs[index].tx;
    l->is_found = true;
    json_open_object(&l->r->w);
    eth_add_hash_member(&l->r->w, "hash", &tx->hash);
    /* A transaction cannot create, so what it called did. */
    eth_add_addr_member(&l->r->w, "creator", &tx->to);
    json_close_object(&l->r->w);
    return MM_ERR_EXISTS;
}

/* Code never goes away, so halving finds the block that it came with. */
static bool find_block(struct eth_request *r, uint64_t *block_num, const mm_addr *addr)
{
    struct account account;
    uint64_t below = ledger_begins(r->backend->ledger);
    uint64_t above = ledger_head(r->view);
    while (above - below > 1) {
        const uint64_t middle = below + (above - below) / 2;
        if (!eth_read_account(r, &account, middle, addr))
            return false;
        if (account_has_code(&account))
            above = middle;
        else
            below = middle;
    }
    *block_num = above;
    return true;
}

/* Null for a person, and for a contract of genesis, which nobody made. */
bool handle_ots_get_contract_creator(struct eth_request *r)
{
    const mm_addr *addr = &r->args[0].addr;
    struct looking l = { .r = r };
    struct account first;
    struct account last;
    uint64_t block_num;
    size_t count;
    const uint64_t begins = ledger_begins(r->backend->ledger);
    if (!eth_read_account(r, &first, begins, addr) ||
        !eth_read_account(r, &last, ledger_head(r->view), addr))
        return false;
    if (account_has_code(&first) && begins > 0)
        return eth_fail_world(r, MM_ERR_PRUNED);
    if (account_has_code(&last) && !account_has_code(&first)) {
        if (!find_block(r, &block_num, addr))
            return false;
        ETH_TRY(r, ledger_tx_count(r->view, &count, block_num));
        if (!rerun_load(r, &l.rerun, block_num, count) || !rerun_all(r, &l.rerun, look, &l))
            return false;
    }
    if (!l.is_found)
        json_add_null(&r->w);
    return true;
}
