/* Accounts and storage, as of any block. */
#include "rpc/eth/handlers.h"
#include "state/crypto/keccak.h"

enum { STORAGE_VALUES_MAX = 1024 };

static mm_err read_account(struct eth_request *r, struct account *account, uint64_t state_num,
                           const mm_addr *addr)
{
    struct ledger_state state;
    ledger_state_init(&state, r->view, state_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = key_memo_addr(r->keys, addr);
    const mm_err err = exec_view.account(exec_view.ctx, account, &key);
    ledger_state_fini(&state);
    if (err != MM_ERR_NOT_FOUND)
        return err;
    *account = account_none();
    return MM_OK;
}

bool eth_read_account(struct eth_request *r, struct account *account, uint64_t state_num,
                      const mm_addr *addr)
{
    ETH_TRY(r, read_account(r, account, state_num, addr));
    return true;
}

/* The pool first and the state after it: a transaction leaves the pool only when its block can be seen, so it is counted in one of
 * them at least. The other way round it could be missed in both. */
bool eth_next_nonce(struct eth_request *r, uint64_t *nonce, const mm_addr *addr)
{
    struct account account;
    if (!eth_read_account(r, &account, ledger_latest(r->view), addr))
        return false;
    *nonce = r->backend->pool_nonce(r->backend->ctx, addr, account.nonce);
    eth_renew_view(r);
    if (!eth_read_account(r, &account, ledger_latest(r->view), addr))
        return false;
    if (*nonce < account.nonce)
        *nonce = account.nonce;
    return true;
}

/* The account of the first two parameters: address and block. */
static bool account_of_args(struct eth_request *r, struct account *account)
{
    uint64_t block_num;
    uint64_t state_num;
    return eth_find_state(r, &block_num, &state_num, &r->args[1].block) &&
           eth_read_account(r, account, state_num, &r->args[0].addr);
}

bool handle_eth_get_balance(struct eth_request *r)
{
    struct account account;
    if (!account_of_args(r, &account))
        return false;
    json_add_quantity_u256(&r->w, &account.balance);
    return true;
}

/* At `latest` with edits that wait, the storage root is still the head's: a root is of a whole block. */
bool handle_eth_get_account(struct eth_request *r)
{
    struct account account;
    if (!account_of_args(r, &account))
        return false;
    json_open_object(&r->w);
    eth_add_u256_member(&r->w, "balance", &account.balance);
    eth_add_hash_member(&r->w, "codeHash", &account.code_hash);
    eth_add_quantity_member(&r->w, "nonce", account.nonce);
    eth_add_hash_member(&r->w, "storageRoot", &account.storage_root);
    json_close_object(&r->w);
    return true;
}

bool handle_eth_get_tx_count(struct eth_request *r)
{
    struct account account;
    uint64_t nonce;
    if (r->args[1].block.kind == ETH_BLOCK_PENDING) {
        if (!eth_next_nonce(r, &nonce, &r->args[0].addr))
            return false;
    } else {
        if (!account_of_args(r, &account))
            return false;
        nonce = account.nonce;
    }
    json_add_quantity(&r->w, nonce);
    return true;
}

static mm_err read_code(struct eth_request *r, mm_bytes *code, uint64_t state_num,
                        const mm_hash32 *code_hash)
{
    struct ledger_state state;
    ledger_state_init(&state, r->view, state_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_err err = exec_view.code(exec_view.ctx, r->arena, code, code_hash);
    ledger_state_fini(&state);
    return err;
}

bool handle_eth_get_code(struct eth_request *r)
{
    uint64_t block_num;
    uint64_t state_num;
    struct account account;
    mm_bytes code = { NULL, 0 };
    if (!eth_find_state(r, &block_num, &state_num, &r->args[1].block) ||
        !eth_read_account(r, &account, state_num, &r->args[0].addr))
        return false;
    if (account_has_code(&account))
        ETH_TRY(r, read_code(r, &code, state_num, &account.code_hash));
    json_add_data(&r->w, code);
    return true;
}

/* ---- storage ---- */

static mm_err add_slot(struct json_writer *w, struct ledger_state *state, const mm_hash32 *addr_key,
                       const mm_hash32 *slot)
{
    const struct exec_view exec_view = ledger_exec_view(state);
    const mm_hash32 slot_key = keccak256(mm_bytes_hash(slot));
    mm_u256 value;
    MM_TRY(exec_view.slot(exec_view.ctx, &value, addr_key, &slot_key));
    const mm_hash32 word = u256_to_hash(&value);
    json_add_data(w, mm_bytes_hash(&word));
    return MM_OK;
}

bool handle_eth_get_storage_at(struct eth_request *r)
{
    uint64_t block_num;
    uint64_t state_num;
    struct ledger_state state;
    if (!eth_find_state(r, &block_num, &state_num, &r->args[2].block))
        return false;
    const mm_hash32 addr_key = key_memo_addr(r->keys, &r->args[0].addr);
    ledger_state_init(&state, r->view, state_num);
    const mm_err err = add_slot(&r->w, &state, &addr_key, &r->args[1].hash);
    ledger_state_fini(&state);
    return err == MM_OK || eth_fail_world(r, err);
}

/* One account's keys: {"0xaddress": ["0xkey", …]}. */
static bool add_slots(struct eth_request *r, struct ledger_state *state,
                      const struct json_member *member, size_t *left)
{
    mm_addr addr;
    const struct json address = { .kind = JSON_STRING, .text = member->key };
    const char *reason = eth_read_addr(&addr, &address);
    if (reason != NULL)
        return eth_fail_arg(r, 0, reason);
    if (member->value.kind != JSON_ARRAY)
        return eth_fail_arg(r, 0, "storage keys are not an array");
    if (member->value.count > *left)
        return eth_fail_arg(r, 0, "more than 1024 storage keys");
    *left -= member->value.count;
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&addr));
    json_key_bytes(&r->w, member->key);
    json_open_array(&r->w);
    for (size_t i = 0; i < member->value.count; i++) {
        mm_hash32 slot;
        if (!eth_read_slot(r, &slot, &member->value.items[i]))
            return false;
        ETH_TRY(r, add_slot(&r->w, state, &addr_key, &slot));
    }
    json_close_array(&r->w);
    return true;
}

bool handle_eth_get_storage_values(struct eth_request *r)
{
    const struct json *requests = r->args[0].json;
    uint64_t block_num;
    uint64_t state_num;
    struct ledger_state state;
    size_t left = STORAGE_VALUES_MAX;
    bool ok = true;
    if (requests->count == 0)
        return eth_fail(r, ETH_INVALID_PARAMS, "empty request");
    if (!eth_find_state(r, &block_num, &state_num, &r->args[1].block))
        return false;
    ledger_state_init(&state, r->view, state_num);
    json_open_object(&r->w);
    for (size_t i = 0; i < requests->count && ok; i++)
        ok = add_slots(r, &state, &requests->members[i], &left);
    if (ok)
        json_close_object(&r->w);
    ledger_state_fini(&state);
    return ok;
}
