#include "state/exec/genesis_run.h"

#include <stdio.h>

#include "state/crypto/address.h"
#include "state/exec/exec_internal.h"

static mm_err no_account(void *ctx, struct account *account, const mm_hash32 *addr_key)
{
    (void)ctx, (void)addr_key;
    *account = account_none();
    return MM_ERR_NOT_FOUND;
}

static mm_err no_slot(void *ctx, mm_u256 *value, const mm_hash32 *addr_key,
                      const mm_hash32 *slot_key)
{
    (void)ctx, (void)addr_key, (void)slot_key;
    *value = (mm_u256){ { 0 } };
    return MM_OK;
}

static mm_err no_code(void *ctx, struct mm_arena *arena, mm_bytes *code, const mm_hash32 *code_hash)
{
    (void)ctx, (void)arena, (void)code_hash;
    *code = (mm_bytes){ NULL, 0 };
    return MM_ERR_NOT_FOUND;
}

static const struct exec_view empty_view = { .account = no_account,
                                             .slot = no_slot,
                                             .code = no_code };

static const struct exec_native *native_named(const struct exec_natives *natives,
                                              const struct json *name)
{
    for (size_t i = 0; name != NULL && i < natives->count; i++) {
        if (json_is_text(name, natives->items[i].name))
            return &natives->items[i];
    }
    return NULL;
}

static mm_err refuse(struct mm_reason *reason, const struct genesis_account *account,
                     const char *what)
{
    char addr[ADDRESS_TEXT + 1];
    address_to_text(addr, &account->addr);
    return mm_fail(reason, MM_ERR_INVALID, "alloc.%s.%s", addr, what);
}

static mm_err set_up_native(struct exec *exec, struct journal_account *entry,
                            const struct genesis_account *account, struct mm_reason *reason)
{
    const struct exec_native *native =
        native_named(exec->natives, json_find(account->native, "contract"));
    if (native == NULL)
        return refuse(reason, account, "native.contract: no contract of that name");
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, native->module, native->version);
    if (!journal_set_code(&exec->journal, entry, MM_BYTES_OF(marker)))
        return exec->journal.fault;
    struct host host = { .exec = exec, .self = entry, .gas_left = UINT64_MAX };
    struct mm_reason inner = { "native: refused" };
    const enum exec_status status = native->genesis(&host, account->native, &inner);
    if (exec->journal.fault != MM_OK)
        return exec->journal.fault;
    if (status != EXEC_OK) {
        char text[sizeof inner.text + 16];
        (void)snprintf(text, sizeof text, "native.%s", inner.text);
        return refuse(reason, account, text);
    }
    return MM_OK;
}

static mm_err set_up(struct exec *exec, const struct genesis_account *account,
                     struct mm_reason *reason)
{
    struct journal *journal = &exec->journal;
    journal_begin_tx(journal);
    struct journal_account *entry = journal_account(journal, &account->addr);
    if (entry == NULL)
        return journal->fault;
    struct account now = entry->now;
    now.balance = account->balance;
    now.nonce =
        account->native != NULL ? 1 : account->nonce; /* EIP-161: a contract starts with nonce 1 */
    if (!journal_set_account(journal, entry, &now))
        return journal->fault;
    if (account->native != NULL)
        return set_up_native(exec, entry, account, reason);
    if (account->code.len > 0) {
        if (exec_native_of(exec->natives, account->code) == NULL)
            return refuse(reason, account,
                          "code: there is no bytecode interpreter; only native contracts run here");
        if (!journal_set_code(journal, entry, account->code))
            return journal->fault;
    }
    for (size_t i = 0; i < account->slot_count; i++) {
        struct journal_slot *slot = journal_slot(journal, entry, &account->slots[i].slot);
        if (slot == NULL || !journal_set_slot(journal, slot, &account->slots[i].value))
            return journal->fault;
    }
    return MM_OK;
}

mm_err exec_genesis(struct mm_arena *arena, struct exec_changes *changes,
                    const struct genesis *genesis, const struct exec_natives *natives,
                    struct mm_reason *reason)
{
    *changes = (struct exec_changes){ 0 };
    const struct exec_block block = {
        .timestamp = genesis->timestamp,
        .gas_limit = genesis->gas_limit,
        .base_fee = genesis->base_fee,
        .coinbase = genesis->coinbase,
        .prev_randao = genesis->prev_randao,
        .chain_id = genesis->chain_id,
    };
    struct exec *exec = NULL;
    MM_TRY(exec_new(arena, &exec, &empty_view, natives, &block));
    for (size_t i = 0; i < genesis->account_count; i++)
        MM_TRY(set_up(exec, &genesis->accounts[i], reason));
    return exec_changes(exec, changes);
}
