/* Calls that leave nothing behind, and the search for the least gas that lets one succeed. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/overrides.h"
#include "state/base/assert.h"

enum { GAS_TRANSFER = 21000 };

/* ---- setting up ---- */

/* What a gas unit costs the sender at this base fee: nothing unless the object names a price. */
static bool price_of(struct eth_request *r, mm_u256 *price, const struct eth_call_object *object,
                     const mm_u256 *base_fee)
{
    *price = object->has_gas_price ? object->gas_price : object->max_fee;
    if (u256_is_zero(price))
        return true;
    if (u256_compare(price, base_fee) < 0)
        return eth_fail_tx(r, TX_FEE_BELOW_BASE, price, base_fee);
    if (object->has_gas_price)
        return true;
    mm_u256 wanted;
    if (u256_add(&wanted, base_fee, &object->tip))
        *price = u256_min(price, &wanted);
    return true;
}

/* How much gas the sender can pay for at the message's price, after the value. UINT64_MAX when gas is free. */
static uint64_t affordable_gas(const struct eth_execution *x)
{
    mm_u256 left;
    if (u256_is_zero(&x->message.gas_price))
        return UINT64_MAX;
    if (!u256_sub(&left, &x->balance, &x->message.value))
        return 0;
    u256_divmod(&left, NULL, &left, &x->message.gas_price);
    return u256_fits_u64(&left) ? left.limb[0] : UINT64_MAX;
}

static bool fill_message(struct eth_request *r, struct eth_execution *x,
                         const struct eth_call_object *object)
{
    x->message = (struct exec_message){
        .from = object->from,
        .to = object->to,
        .value = object->value,
        .input = object->data,
        .gas_limit = object->has_gas && object->gas < x->gas_max ? object->gas : x->gas_max,
        .access_list = object->access_list,
        .access_count = object->access_count,
    };
    const mm_u256 base_fee = x->env.base_fee;
    if (!price_of(r, &x->message.gas_price, object, &base_fee))
        return false;
    if (u256_is_zero(&object->value) && u256_is_zero(&x->message.gas_price))
        return true; /* then nobody asks for the balance */
    return overrides_balance(r, x, &object->from);
}

bool eth_execution_begin(struct eth_request *r, struct eth_execution *x,
                         const struct eth_call_object *object, const struct eth_block_ref *ref,
                         const struct json *overrides)
{
    uint64_t block_num;
    uint64_t state_num;
    if (!eth_find_state(r, &block_num, &state_num, ref) ||
        !eth_block_env(r, &x->env, ref, block_num))
        return false;
    x->gas_max = x->env.gas_limit;
    if (r->args[3].is_given && !overrides_block(r, &x->env, r->args[3].json))
        return false;
    if (x->env.gas_limit < x->gas_max)
        x->gas_max = x->env.gas_limit;
    ledger_state_init(&x->state, r->view, state_num);
    x->exec_view = ledger_exec_view(&x->state);
    x->exec_view.keys = r->keys;
    x->balance = u256_from_u64(0);
    x->overrides = NULL;
    x->override_count = 0;
    x->forgotten = NULL;
    x->forgotten_count = 0;
    bool ok = overrides == NULL || overrides_read(r, x, overrides);
    ok = ok && fill_message(r, x, object);
    mm_err err = MM_OK;
    if (ok)
        err = exec_new(r->arena, &x->exec, &x->exec_view, r->backend->natives, &x->env);
    for (size_t i = 0; ok && err == MM_OK && i < x->forgotten_count; i++)
        err = exec_forget_storage(x->exec, &x->forgotten[i]);
    if (ok && err == MM_OK && x->override_count > 0)
        err = exec_apply_edits(x->exec, x->overrides, x->override_count);
    if (err != MM_OK)
        ok = eth_fail_world(r, err);
    if (!ok)
        ledger_state_fini(&x->state);
    return ok;
}

void eth_execution_end(struct eth_execution *x)
{
    ledger_state_fini(&x->state);
}

/* ---- eth_call ---- */

static bool fail_call_funds(struct eth_request *r, const struct eth_execution *x)
{
    const mm_u256 gas = u256_from_u64(x->message.gas_limit);
    mm_u256 cost;
    if (!u256_mul(&cost, &gas, &x->message.gas_price) || !u256_add(&cost, &cost, &x->message.value))
        return eth_fail_tx(r, TX_FEE_TOO_LARGE, NULL, NULL);
    return eth_fail_tx(r, TX_NO_FUNDS, &cost, &x->balance);
}

static uint64_t intrinsic_gas(const struct exec_message *message)
{
    const struct tx tx = {
        .type = message->access_count > 0 ? TX_ACCESS_LIST : TX_LEGACY,
        .data = message->input,
        .access_list = message->access_list,
        .access_count = message->access_count,
    };
    return tx_intrinsic_gas(&tx);
}

static bool fail_intrinsic(struct eth_request *r, const struct exec_message *message)
{
    const mm_u256 have = u256_from_u64(message->gas_limit);
    const mm_u256 want = u256_from_u64(intrinsic_gas(message));
    return eth_fail_tx(r, TX_INTRINSIC_GAS, &have, &want);
}

bool eth_fail_call(struct eth_request *r, const struct eth_execution *x,
                   const struct exec_outcome *outcome)
{
    MM_ASSERT(outcome->verdict == TX_NO_FUNDS || outcome->verdict == TX_INTRINSIC_GAS);
    return outcome->verdict == TX_NO_FUNDS ? fail_call_funds(r, x) : fail_intrinsic(r, &x->message);
}

static bool run_call(struct eth_request *r, struct eth_execution *x)
{
    struct exec_outcome outcome;
    ETH_TRY(r, exec_call(x->exec, &outcome, &x->message));
    if (outcome.verdict != TX_OK)
        return eth_fail_call(r, x, &outcome);
    if (outcome.status != EXEC_OK)
        return eth_fail_exec(r, &outcome);
    json_add_data(&r->w, outcome.output);
    return true;
}

void eth_cap_gas(struct eth_execution *x, const struct eth_call_object *object)
{
    /* Without a limit of its own, a call with a price is given what its sender can pay; one that can pay for no call at all
     * lacks funds, not gas. */
    if (!object->has_gas) {
        const uint64_t affordable = affordable_gas(x);
        const uint64_t least = intrinsic_gas(&x->message);
        const uint64_t most = affordable > least ? affordable : least;
        if (most < x->message.gas_limit)
            x->message.gas_limit = most;
    }
}

bool handle_eth_call(struct eth_request *r)
{
    struct eth_call_object object;
    struct eth_execution x;
    if (!eth_read_call_object(r, &object, 0) ||
        !eth_execution_begin(r, &x, &object, &r->args[1].block, r->args[2].json))
        return false;
    eth_cap_gas(&x, &object);
    const bool ok = run_call(r, &x);
    eth_execution_end(&x);
    return ok;
}

/* ---- eth_estimateGas ---- */

/* Whether it succeeds with this limit. False: the world failed, error set. */
static bool try_gas(struct eth_request *r, struct eth_execution *x, struct exec_outcome *outcome,
                    bool *succeeds, uint64_t gas_limit)
{
    x->message.gas_limit = gas_limit;
    ETH_TRY(r, exec_call(x->exec, outcome, &x->message));
    *succeeds = outcome->verdict == TX_OK && outcome->status == EXEC_OK;
    return true;
}

static bool fail_allowance(struct eth_request *r, uint64_t allowance)
{
    return eth_fail(r, ETH_SERVER_ERROR, "gas required exceeds allowance (%llu)",
                    (unsigned long long)allowance);
}

/* Why even the largest limit does not do. */
static bool fail_estimate(struct eth_request *r, const struct eth_execution *x,
                          const struct exec_outcome *outcome)
{
    if (outcome->verdict != TX_OK || outcome->status == EXEC_OUT_OF_GAS)
        return fail_allowance(r, x->message.gas_limit);
    return eth_fail_exec(r, outcome);
}

/* Between what it used and what is known to do: first close above what was used, which is nearly always enough (the part of a
 * 64th that a child call cannot have, EIP-150, and refunds that come after the gas was needed), then by halves. */
static bool search(struct eth_request *r, struct eth_execution *x, uint64_t *gas, uint64_t high,
                   const struct exec_outcome *at_high)
{
    struct exec_outcome outcome;
    bool succeeds = false;
    uint64_t low = at_high->gas_used - 1; /* never enough */
    const uint64_t spent = at_high->gas_used + at_high->gas_refunded;
    const uint64_t guess = spent + spent / 63 + 1;
    const uint64_t first[] = { spent, guess };
    for (size_t i = 0; i < MM_COUNT_OF(first) && low + 1 < high; i++) {
        if (first[i] <= low || first[i] >= high)
            continue;
        if (!try_gas(r, x, &outcome, &succeeds, first[i]))
            return false;
        if (succeeds)
            high = first[i];
        else
            low = first[i];
    }
    while (low + 1 < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (!try_gas(r, x, &outcome, &succeeds, middle))
            return false;
        if (succeeds)
            high = middle;
        else
            low = middle;
    }
    *gas = high;
    return true;
}

static bool estimate(struct eth_request *r, struct eth_execution *x, uint64_t *gas)
{
    struct exec_outcome outcome;
    bool succeeds = false;
    if (u256_compare(&x->message.value, &x->balance) > 0)
        return eth_fail(r, ETH_SERVER_ERROR, "insufficient funds for transfer");
    const uint64_t most = affordable_gas(x);
    const uint64_t high = most < x->message.gas_limit ? most : x->message.gas_limit;
    if (x->message.input.len == 0 && high >= GAS_TRANSFER) {
        if (!try_gas(r, x, &outcome, &succeeds, GAS_TRANSFER))
            return false;
        if (succeeds) {
            *gas = GAS_TRANSFER;
            return true;
        }
    }
    if (!try_gas(r, x, &outcome, &succeeds, high))
        return false;
    if (!succeeds)
        return fail_estimate(r, x, &outcome);
    return search(r, x, gas, high, &outcome);
}

bool eth_estimate(struct eth_request *r, uint64_t *gas, const struct eth_call_object *object,
                  const struct eth_block_ref *ref, const struct json *overrides)
{
    struct eth_execution x;
    if (!eth_execution_begin(r, &x, object, ref, overrides))
        return false;
    const bool ok = estimate(r, &x, gas);
    eth_execution_end(&x);
    return ok;
}

bool handle_eth_estimate_gas(struct eth_request *r)
{
    struct eth_call_object object;
    uint64_t gas;
    if (!eth_read_call_object(r, &object, 0) ||
        !eth_estimate(r, &gas, &object, &r->args[1].block, r->args[2].json))
        return false;
    json_add_quantity(&r->w, gas);
    return true;
}
