#include "rpc/eth/overrides.h"

#include "state/crypto/keccak.h"

enum { OVERRIDES_MAX = 4096 };

static bool fail_state(struct eth_request *r, const char *key, const char *reason)
{
    return eth_fail(r, ETH_INVALID_PARAMS, "invalid argument 2: %s: %s", key, reason);
}

static void push(struct eth_execution *x, const struct edit *edit)
{
    x->overrides[x->override_count++] = *edit;
}

static bool read_diff(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                      const struct json *diff)
{
    if (diff->kind != JSON_OBJECT)
        return fail_state(r, "stateDiff", "not an object");
    if (diff->count > OVERRIDES_MAX - x->override_count)
        return fail_state(r, "stateDiff", "too many slots");
    for (size_t i = 0; i < diff->count; i++) {
        const struct json key = { .kind = JSON_STRING, .text = diff->members[i].key };
        mm_hash32 slot;
        mm_hash32 value;
        if (!eth_read_slot(r, &slot, &key))
            return false;
        const char *reason = eth_read_hash(&value, &diff->members[i].value);
        if (reason != NULL)
            return fail_state(r, "stateDiff", reason);
        push(x, &(struct edit){ EDIT_SLOT, *addr, u256_from_hash(&slot), u256_from_hash(&value) });
    }
    return true;
}

static bool read_field(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                       const struct json_member *field)
{
    struct edit edit = { .addr = *addr };
    uint64_t nonce;
    const char *reason;
    if (field->value.kind == JSON_NULL)
        return true;
    if (mm_bytes_equal(field->key, MM_BYTES_LIT("stateDiff")))
        return read_diff(r, x, addr, &field->value);
    if (x->override_count == OVERRIDES_MAX)
        return fail_state(r, "overrides", "too many");
    if (mm_bytes_equal(field->key, MM_BYTES_LIT("balance"))) {
        edit.kind = EDIT_BALANCE;
        reason = eth_read_u256(&edit.value, &field->value);
    } else if (mm_bytes_equal(field->key, MM_BYTES_LIT("nonce"))) {
        edit.kind = EDIT_NONCE;
        reason = eth_read_u64(&nonce, &field->value);
        edit.value = u256_from_u64(nonce);
    } else {
        return fail_state(r, "overrides", "only balance, nonce and stateDiff can be overridden");
    }
    if (reason != NULL)
        return fail_state(r, "overrides", reason);
    push(x, &edit);
    return true;
}

bool overrides_read(struct eth_request *r, struct eth_execution *x, const struct json *overrides)
{
    if (overrides->count == 0)
        return true;
    x->overrides = MM_ARENA_ARRAY(r->arena, struct edit, OVERRIDES_MAX);
    if (x->overrides == NULL)
        return eth_fail_world(r, MM_ERR_NO_MEMORY);
    for (size_t i = 0; i < overrides->count; i++) {
        const struct json_member *account = &overrides->members[i];
        const struct json address = { .kind = JSON_STRING, .text = account->key };
        mm_addr addr;
        const char *reason = eth_read_addr(&addr, &address);
        if (reason != NULL)
            return fail_state(r, "address", reason);
        if (account->value.kind != JSON_OBJECT)
            return fail_state(r, "account", "not an object");
        for (size_t j = 0; j < account->value.count; j++) {
            if (!read_field(r, x, &addr, &account->value.members[j]))
                return false;
        }
    }
    return true;
}

bool overrides_balance(struct eth_request *r, struct eth_execution *x, const mm_addr *addr)
{
    const mm_hash32 key = keccak256(mm_bytes_addr(addr));
    struct account account = account_none();
    const mm_err err = x->exec_view.account(x->exec_view.ctx, &account, &key);
    if (err != MM_OK && err != MM_ERR_NOT_FOUND)
        return eth_fail_world(r, err);
    x->balance = account.balance;
    for (size_t i = 0; i < x->override_count; i++) {
        if (x->overrides[i].kind == EDIT_BALANCE && mm_addr_equal(&x->overrides[i].addr, addr))
            x->balance = x->overrides[i].value;
    }
    return true;
}

/* ---- the block ---- */

static const char *read_number(struct exec_block *env, const struct json *value)
{
    return eth_read_u64(&env->number, value);
}

static const char *read_time(struct exec_block *env, const struct json *value)
{
    return eth_read_u64(&env->timestamp, value);
}

static const char *read_coinbase(struct exec_block *env, const struct json *value)
{
    return eth_read_addr(&env->coinbase, value);
}

static const char *read_randao(struct exec_block *env, const struct json *value)
{
    return eth_read_hash(&env->prev_randao, value);
}

static const char *read_base_fee(struct exec_block *env, const struct json *value)
{
    return eth_read_u256(&env->base_fee, value);
}

static const struct {
    const char *key;
    const char *(*read)(struct exec_block *env, const struct json *value);
} FIELDS[] = {
    { "number", read_number },          { "time", read_time },
    { "feeRecipient", read_coinbase },  { "prevRandao", read_randao },
    { "baseFeePerGas", read_base_fee },
};

bool overrides_block(struct eth_request *r, struct exec_block *env, const struct json *overrides)
{
    for (size_t i = 0; i < overrides->count; i++) {
        const struct json_member *member = &overrides->members[i];
        size_t known = 0;
        while (known < MM_COUNT_OF(FIELDS) &&
               !mm_bytes_equal(member->key, mm_bytes_str(FIELDS[known].key)))
            known++;
        if (known == MM_COUNT_OF(FIELDS))
            return eth_fail_arg(r, 3, "a key that cannot be overridden");
        const char *reason = FIELDS[known].read(env, &member->value);
        if (reason != NULL)
            return eth_fail(r, ETH_INVALID_PARAMS, "invalid argument 3: %s: %s", FIELDS[known].key,
                            reason);
    }
    return true;
}
