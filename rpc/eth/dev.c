/* Control of a development node: its clock, its blocks, and its state from outside the chain. */
#include "rpc/eth/handlers.h"

static const uint64_t SECONDS_MAX = UINT64_C(1)
                                    << 40; /* 34 000 years: sums of times stay far from overflow */

bool eth_steer(struct eth_request *r, const struct control *control)
{
    struct mm_reason reason = { { 0 } };
    uint64_t ticket = 0;
    const mm_err err = r->backend->control(r->backend->ctx, control, &ticket, &reason);
    if (err == MM_ERR_INVALID)
        return eth_fail(r, ETH_INVALID_PARAMS, "%s", reason.text);
    ETH_TRY(r, err);
    if (ticket > r->ticket)
        r->ticket = ticket;
    return true;
}

/* A block's time is at least its parent's. */
static bool set_next_time(struct eth_request *r, uint64_t time)
{
    if (time > SECONDS_MAX)
        return eth_fail_arg(r, 0, "timestamp too large");
    if (time < ledger_head_header(r->view)->timestamp)
        return eth_fail_arg(r, 0, "timestamp is lower than that of the latest block");
    return eth_steer(r, &(struct control){ .kind = CONTROL_NEXT_TIME, .seconds = time });
}

static bool mine(struct eth_request *r, uint64_t count, uint64_t seconds)
{
    if (count > BACKEND_MINE_MAX)
        return eth_fail_arg(r, 0, "too many blocks at once");
    if (seconds > SECONDS_MAX / BACKEND_MINE_MAX)
        return eth_fail_arg(r, 1, "too many seconds");
    return eth_steer(r,
                     &(struct control){ .kind = CONTROL_MINE, .count = count, .seconds = seconds });
}

/* evm_mine takes nothing, a timestamp, or {"timestamp", "blocks"}. */
static const char *read_mine(uint64_t *time, bool *has_time, uint64_t *blocks,
                             const struct json *value)
{
    const char *reason = NULL;
    *has_time = false;
    *blocks = 1;
    if (value == NULL)
        return NULL;
    if (value->kind != JSON_OBJECT) {
        *has_time = true;
        return eth_read_count(time, value);
    }
    const struct json *given_time = json_find(value, "timestamp");
    const struct json *given_blocks = json_find(value, "blocks");
    if (given_time != NULL && given_time->kind != JSON_NULL) {
        *has_time = true;
        reason = eth_read_count(time, given_time);
    }
    if (reason == NULL && given_blocks != NULL && given_blocks->kind != JSON_NULL)
        reason = eth_read_count(blocks, given_blocks);
    return reason;
}

bool handle_evm_mine(struct eth_request *r)
{
    uint64_t time = 0;
    uint64_t blocks;
    bool has_time;
    const char *reason = read_mine(&time, &has_time, &blocks, r->args[0].json);
    if (reason != NULL)
        return eth_fail_arg(r, 0, reason);
    if (has_time && !set_next_time(r, time))
        return false;
    if (!mine(r, blocks, 0))
        return false;
    json_add_quantity(&r->w, 0);
    return true;
}

bool handle_dev_mine(struct eth_request *r)
{
    const uint64_t count = r->args[0].is_given ? r->args[0].count : 1;
    const uint64_t seconds = r->args[1].is_given ? r->args[1].count : 1;
    if (!mine(r, count, seconds))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

/* The answer is the sum of all increases. */
bool handle_evm_increase_time(struct eth_request *r)
{
    const uint64_t seconds = r->args[0].count;
    if (seconds > SECONDS_MAX)
        return eth_fail_arg(r, 0, "too many seconds");
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_INCREASE_TIME, .seconds = seconds }))
        return false;
    json_add_u64(&r->w, atomic_fetch_add(&r->eth->time_added, seconds) + seconds);
    return true;
}

bool handle_evm_set_next_block_timestamp(struct eth_request *r)
{
    if (!set_next_time(r, r->args[0].count))
        return false;
    json_add_null(&r->w);
    return true;
}

/* What the clock shows now. The answer is by how many seconds that is ahead of what it showed. */
bool handle_evm_set_time(struct eth_request *r)
{
    const uint64_t time = r->args[0].count;
    const uint64_t now = r->backend->now(r->backend->ctx);
    if (time > SECONDS_MAX)
        return eth_fail_arg(r, 0, "timestamp too large");
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_SET_TIME, .seconds = time }))
        return false;
    json_add_u64(&r->w, time > now ? time - now : 0);
    return true;
}

bool handle_dev_set_timestamp_interval(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){
                          .kind = CONTROL_TIME_STEP, .seconds = r->args[0].count, .on = true }))
        return false;
    json_add_null(&r->w);
    return true;
}

bool handle_dev_remove_timestamp_interval(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_TIME_STEP, .on = false }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

bool handle_evm_set_automine(struct eth_request *r)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_AUTOMINE, .on = r->args[0].flag }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

bool eth_edit(struct eth_request *r, const struct edit *edit)
{
    if (!eth_steer(r, &(struct control){ .kind = CONTROL_EDIT, .edits = edit, .edit_count = 1 }))
        return false;
    json_add_bool(&r->w, true);
    return true;
}

bool handle_dev_set_balance(struct eth_request *r)
{
    return eth_edit(r, &(struct edit){ .kind = EDIT_BALANCE,
                                       .addr = r->args[0].addr,
                                       .value = r->args[1].quantity });
}

bool handle_dev_set_nonce(struct eth_request *r)
{
    return eth_edit(r, &(struct edit){ .kind = EDIT_NONCE,
                                       .addr = r->args[0].addr,
                                       .value = u256_from_u64(r->args[1].count) });
}

bool handle_dev_set_storage_at(struct eth_request *r)
{
    return eth_edit(r, &(struct edit){ .kind = EDIT_SLOT,
                                       .addr = r->args[0].addr,
                                       .slot = u256_from_hash(&r->args[1].hash),
                                       .value = u256_from_hash(&r->args[2].hash) });
}
