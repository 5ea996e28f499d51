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

/* {"0xslot": "0xword"} */
static bool read_slots(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                       const char *name, const struct json *slots)
{
    if (slots->kind != JSON_OBJECT)
        return fail_state(r, name, "not an object");
    if (slots->count > OVERRIDES_MAX - x->override_count)
        return fail_state(r, name, "too many slots");
    for (size_t i = 0; i < slots->count; i++) {
        const struct json key = { .kind = JSON_STRING, .text = slots->members[i].key };
        mm_hash32 slot;
        mm_hash32 value;
        if (!eth_read_slot(r, &slot, &key))
            return false;
        const char *reason = eth_read_hash(&value, &slots->members[i].value);
        if (reason != NULL)
            return fail_state(r, name, reason);
        push(x, &(struct edit){ EDIT_SLOT, *addr, u256_from_hash(&slot), u256_from_hash(&value) });
    }
    return true;
}

static const struct json *given(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    return value == NULL || value->kind == JSON_NULL ? NULL : value;
}

static bool read_number(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                        const char *name, const struct json *value)
{
    struct edit edit = { .addr = *addr };
    uint64_t nonce = 0;
    const char *reason;
    if (x->override_count == OVERRIDES_MAX)
        return fail_state(r, name, "too many overrides");
    if (strcmp(name, "balance") == 0) {
        edit.kind = EDIT_BALANCE;
        reason = eth_read_u256(&edit.value, value);
    } else {
        edit.kind = EDIT_NONCE;
        reason = eth_read_u64(&nonce, value);
        edit.value = u256_from_u64(nonce);
    }
    if (reason != NULL)
        return fail_state(r, name, reason);
    push(x, &edit);
    return true;
}

/* The whole storage: what is not named is zero. */
static bool read_state(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                       const struct json *slots)
{
    x->forgotten[x->forgotten_count++] = *addr;
    return read_slots(r, x, addr, "state", slots);
}

static bool check_keys(struct eth_request *r, const struct json *account)
{
    static const char *const KNOWN[] = { "balance", "nonce", "stateDiff", "state" };
    for (size_t i = 0; i < account->count; i++) {
        size_t known = 0;
        while (known < MM_COUNT_OF(KNOWN) &&
               !mm_bytes_equal(account->members[i].key, mm_bytes_str(KNOWN[known])))
            known++;
        if (known == MM_COUNT_OF(KNOWN) && account->members[i].value.kind != JSON_NULL)
            return fail_state(r, "overrides",
                              "only balance, nonce, state and stateDiff can be overridden");
    }
    return true;
}

static bool read_account(struct eth_request *r, struct eth_execution *x, const mm_addr *addr,
                         const struct json *account)
{
    const struct json *balance = given(account, "balance");
    const struct json *nonce = given(account, "nonce");
    const struct json *diff = given(account, "stateDiff");
    const struct json *state = given(account, "state");
    if (!check_keys(r, account))
        return false;
    if (state != NULL && diff != NULL)
        return fail_state(r, "overrides", "an account has both 'state' and 'stateDiff'");
    return (balance == NULL || read_number(r, x, addr, "balance", balance)) &&
           (nonce == NULL || read_number(r, x, addr, "nonce", nonce)) &&
           (diff == NULL || read_slots(r, x, addr, "stateDiff", diff)) &&
           (state == NULL || read_state(r, x, addr, state));
}

bool overrides_read(struct eth_request *r, struct eth_execution *x, const struct json *overrides)
{
    if (overrides->count == 0)
        return true;
    x->overrides = MM_ARENA_ARRAY(r->arena, struct edit, OVERRIDES_MAX);
    x->forgotten = MM_ARENA_ARRAY(r->arena, mm_addr, overrides->count);
    if (x->overrides == NULL || x->forgotten == NULL)
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
        if (!read_account(r, x, &addr, &account->value))
            return false;
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

static const char *read_height(struct exec_block *env, const struct json *value)
{
    return eth_read_u64(&env->number, value);
}

static const char *read_time(struct exec_block *env, const struct json *value)
{
    return eth_read_u64(&env->timestamp, value);
}

static const char *read_gas_limit(struct exec_block *env, const struct json *value)
{
    return eth_read_u64(&env->gas_limit, value);
}

/* What no contract here can see. */
static const char *read_unseen(struct exec_block *env, const struct json *value)
{
    mm_u256 unseen;
    (void)env;
    return eth_read_u256(&unseen, value);
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
    { "number", read_height },
    { "time", read_time },
    { "gasLimit", read_gas_limit },
    { "feeRecipient", read_coinbase },
    { "prevRandao", read_randao },
    { "baseFeePerGas", read_base_fee },
    { "difficulty", read_unseen },
    { "blobBaseFee", read_unseen },
    /* Their names in other nodes. */
    { "timestamp", read_time },
    { "coinbase", read_coinbase },
    { "random", read_randao },
    { "baseFee", read_base_fee },
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
        const char *reason =
            member->value.kind == JSON_NULL ? NULL : FIELDS[known].read(env, &member->value);
        if (reason != NULL)
            return eth_fail(r, ETH_INVALID_PARAMS, "invalid argument 3: %s: %s", FIELDS[known].key,
                            reason);
    }
    return true;
}
