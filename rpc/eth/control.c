/* Control of a development node beyond its clock and state: snapshots, who may send, what the next header has, the pool. */
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

/* ---- snapshots ---- */

bool handle_evm_snapshot(struct eth_request *r)
{
    uint64_t id = 0;
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_SNAPSHOT, .snapshot = &id }))
        return false;
    json_add_quantity(&r->w, id);
    return true;
}

/* What is no id is as unknown as one that was used. */
bool handle_evm_revert(struct eth_request *r)
{
    bool is_known = false;
    uint64_t id = 0;
    if (eth_read_count(&id, r->args[0].json) == NULL &&
        !eth_steer(r,
                   &(struct control){ .kind = CONTROL_REVERT, .count = id, .is_known = &is_known }))
        return false;
    json_add_bool(&r->w, is_known);
    return true;
}

/* viem writes {"blockNumber":null} where nothing was asked for. */
static bool asks_for_fork(const struct json *options)
{
    const struct json *forking = json_find(options, "forking");
    if (forking == NULL || forking->kind == JSON_NULL)
        return false;
    if (forking->kind != JSON_OBJECT)
        return true;
    for (size_t i = 0; i < forking->count; i++) {
        if (forking->members[i].value.kind != JSON_NULL)
            return true;
    }
    return false;
}

bool handle_dev_reset(struct eth_request *r)
{
    if (r->args[0].is_given && asks_for_fork(r->args[0].json))
        return eth_fail_arg(r, 0, "forking is not supported");
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_RESET }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

/* ---- when blocks are made ---- */

static bool set_interval(struct eth_request *r, uint64_t ms)
{
    return eth_steer(r, &(struct control){ .kind = CONTROL_INTERVAL, .count = ms });
}

/* Milliseconds, as Hardhat has it. */
bool handle_evm_set_interval_mining(struct eth_request *r)
{
    uint64_t ms = 0;
    if (r->args[0].json->kind == JSON_ARRAY)
        return eth_fail_arg(r, 0, "a range of intervals is not supported");
    const char *reason = eth_read_count(&ms, r->args[0].json);
    if (reason != NULL)
        return eth_fail_arg(r, 0, reason);
    if (!set_interval(r, ms))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

/* Seconds, as anvil has it. */
bool handle_anvil_set_interval_mining(struct eth_request *r)
{
    if (r->args[0].count > UINT64_MAX / 1000)
        return eth_fail_arg(r, 0, "too many seconds");
    if (!set_interval(r, r->args[0].count * 1000))
        return false;
    json_add_null(&r->w);
    return true;
}

bool handle_dev_get_automine(struct eth_request *r)
{
    struct backend_settings settings;
    r->backend->settings(r->backend->ctx, &settings);
    json_add_bool(&r->w, settings.is_automine);
    return true;
}

/* ---- who may send ---- */

static bool impersonate(struct eth_request *r, bool on)
{
    if (!eth_steer(
            r, &(struct control){ .kind = CONTROL_IMPERSONATE, .addr = r->args[0].addr, .on = on }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

bool handle_dev_impersonate(struct eth_request *r)
{
    return impersonate(r, true);
}

bool handle_dev_stop_impersonating(struct eth_request *r)
{
    return impersonate(r, false);
}

bool handle_dev_auto_impersonate(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_IMPERSONATE_ALL, .on = r->args[0].flag }))
        return false;
    json_add_null(&r->w);
    return true;
}

/* ---- headers to come ---- */

bool handle_dev_set_coinbase(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_COINBASE, .addr = r->args[0].addr }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

bool handle_dev_set_chain_id(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_CHAIN_ID, .count = r->args[0].count }))
        return false;
    json_add_null(&r->w);
    return true;
}

bool handle_dev_set_next_base_fee(struct eth_request *r)
{
    return eth_edit(r, &(struct edit){ .kind = EDIT_BASE_FEE, .value = r->args[0].quantity });
}

bool handle_dev_set_prev_randao(struct eth_request *r)
{
    const mm_u256 randao = u256_from_hash(&r->args[0].hash);
    return eth_edit(r, &(struct edit){ .kind = EDIT_PREV_RANDAO, .value = randao });
}

bool handle_evm_set_block_gas_limit(struct eth_request *r)
{
    const mm_u256 limit = u256_from_u64(r->args[0].count);
    return eth_edit(r, &(struct edit){ .kind = EDIT_GAS_LIMIT, .value = limit });
}

/* ---- pool ---- */

bool handle_dev_drop_transaction(struct eth_request *r)
{
    uint64_t block_num;
    size_t index;
    const bool is_dropped = r->backend->pool_drop(r->backend->ctx, &r->args[0].hash);
    if (!is_dropped && ledger_find_tx(r->view, &block_num, &index, &r->args[0].hash) == MM_OK)
        return eth_fail(r, ETH_SERVER_ERROR,
                        "transaction cannot be dropped because it is already mined");
    json_add_bool(&r->w, is_dropped);
    return true;
}

bool handle_dev_drop_all_transactions(struct eth_request *r)
{
    r->backend->pool_drop_all(r->backend->ctx);
    json_add_null(&r->w);
    return true;
}

/* ---- about the node ---- */

/* Another one after each start and whenever the chain was taken back, so that who remembers things of a chain sees that it is not
 * the same. */
static mm_hash32 instance_id(struct eth_request *r)
{
    const mm_hash32 genesis = ledger_genesis_hash(r->backend->ledger);
    struct keccak keccak;
    const uint64_t numbers[] = { r->backend->started_at, ledger_era(r->view) };
    keccak_init(&keccak);
    keccak_update(&keccak, mm_bytes_hash(&genesis));
    keccak_update(&keccak, MM_BYTES_OF(numbers));
    return keccak_final(&keccak);
}

bool handle_dev_metadata(struct eth_request *r)
{
    const mm_hash32 instance = instance_id(r);
    json_open_object(&r->w);
    json_key(&r->w, "clientVersion");
    json_add_text(&r->w, r->backend->client_version);
    json_key(&r->w, "chainId");
    json_add_u64(&r->w, eth_chain_id(r));
    eth_add_hash_member(&r->w, "instanceId", &instance);
    json_key(&r->w, "latestBlockNumber");
    json_add_u64(&r->w, ledger_head(r->view));
    eth_add_hash_member(&r->w, "latestBlockHash", ledger_head_hash(r->view));
    json_close_object(&r->w);
    return true;
}

static void add_environment(struct eth_request *r)
{
    const struct ledger_next next = ledger_next(r->view);
    const mm_u256 tip = eth_tip_default();
    const mm_u256 price = u256_wrapping_add(&next.base_fee, &tip);
    json_open_object(&r->w);
    eth_add_u256_member(&r->w, "baseFee", &next.base_fee);
    eth_add_quantity_member(&r->w, "chainId", eth_chain_id(r));
    eth_add_quantity_member(&r->w, "gasLimit", next.gas_limit);
    eth_add_u256_member(&r->w, "gasPrice", &price);
    json_close_object(&r->w);
}

bool handle_dev_node_info(struct eth_request *r)
{
    static const char *const forks[] = { "forkUrl", "forkBlockNumber", "forkRetryBackoff" };
    const struct header *head = ledger_head_header(r->view);
    json_open_object(&r->w);
    eth_add_quantity_member(&r->w, "currentBlockNumber", head->number);
    eth_add_quantity_member(&r->w, "currentBlockTimestamp", head->timestamp);
    eth_add_hash_member(&r->w, "currentBlockHash", ledger_head_hash(r->view));
    json_key(&r->w, "hardFork");
    json_add_text(&r->w, "cancun");
    json_key(&r->w, "transactionOrder");
    json_add_text(&r->w, "fees");
    json_key(&r->w, "environment");
    add_environment(r);
    json_key(&r->w, "forkConfig");
    json_open_object(&r->w);
    for (size_t i = 0; i < MM_COUNT_OF(forks); i++) {
        json_key(&r->w, forks[i]);
        json_add_null(&r->w);
    }
    json_close_object(&r->w);
    json_close_object(&r->w);
    return true;
}
