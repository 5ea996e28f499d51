#include "state/exec/host.h"

#include "state/base/assert.h"
#include "state/base/limits.h"
#include "state/crypto/address.h"
#include "state/crypto/keccak.h"
#include "state/exec/exec_internal.h"
#include "state/exec/gas.h"

static enum exec_status charge(struct host *host, uint64_t gas)
{
    if (gas > host->gas_left) {
        host->gas_left = 0;
        return EXEC_OUT_OF_GAS;
    }
    host->gas_left -= gas;
    return EXEC_OK;
}

/* ---- the frame ---- */

const mm_addr *host_self(const struct host *host)
{
    return &host->self->addr;
}

const mm_addr *host_caller(const struct host *host)
{
    return &host->caller;
}

const mm_u256 *host_value(const struct host *host)
{
    return &host->value;
}

uint64_t host_nonce(const struct host *host)
{
    return host->self->now.nonce;
}

const struct exec_block *host_block(const struct host *host)
{
    return &host->exec->block;
}

struct mm_arena *host_arena(const struct host *host)
{
    return host->exec->arena;
}

enum exec_status host_fail(struct host *host, mm_err err)
{
    MM_ASSERT(err != MM_OK);
    if (host->exec->journal.fault == MM_OK)
        host->exec->journal.fault = err;
    return EXEC_FAULT;
}

/* ---- storage ---- */

enum exec_status host_load(struct host *host, mm_u256 *value, const mm_u256 *slot)
{
    *value = (mm_u256){ { 0 } };
    struct journal *journal = &host->exec->journal;
    struct journal_slot *entry = journal_slot(journal, host->self, slot);
    bool was_cold = false;
    if (entry == NULL || !journal_warm_slot(journal, entry, &was_cold))
        return EXEC_FAULT;
    HOST_TRY(charge(host, was_cold ? GAS_COLD_SLOT : GAS_WARM_ACCESS));
    *value = entry->now;
    return EXEC_OK;
}

enum exec_status host_store(struct host *host, const mm_u256 *slot, const mm_u256 *value)
{
    if (host->is_static)
        return EXEC_STATIC;
    if (host->gas_left <= GAS_SSTORE_SENTRY) {
        host->gas_left = 0;
        return EXEC_OUT_OF_GAS;
    }
    struct journal *journal = &host->exec->journal;
    struct journal_slot *entry = journal_slot(journal, host->self, slot);
    bool was_cold = false;
    if (entry == NULL || !journal_warm_slot(journal, entry, &was_cold))
        return EXEC_FAULT;
    const mm_u256 original = journal_original(journal, entry);
    const struct gas_sstore gas = gas_sstore(&original, &entry->now, value);
    HOST_TRY(charge(host, gas.cost + (was_cold ? GAS_COLD_SLOT : 0)));
    if (!journal_add_refund(journal, gas.refund))
        return EXEC_FAULT;
    if (!u256_equal(&entry->now, value) && !journal_set_slot(journal, entry, value))
        return EXEC_FAULT;
    return EXEC_OK;
}

enum exec_status host_look(struct host *host, mm_u256 *value, bool *was_cold, const mm_addr *addr,
                           const mm_u256 *slot)
{
    *value = (mm_u256){ { 0 } };
    *was_cold = false;
    struct journal *journal = &host->exec->journal;
    struct journal_account *account = journal_account(journal, addr);
    struct journal_slot *entry = account == NULL ? NULL : journal_slot(journal, account, slot);
    if (entry == NULL || !journal_warm_slot(journal, entry, was_cold))
        return EXEC_FAULT;
    *value = entry->now;
    return EXEC_OK;
}

enum exec_status host_charge(struct host *host, uint64_t gas)
{
    return charge(host, gas);
}

void host_expect(struct host *host, const mm_u256 *slots, size_t count)
{
    MM_ASSERT(count <= HOST_EXPECT_MAX);
    journal_expect(&host->exec->journal, host->self, slots, count);
}
_Static_assert((int)HOST_EXPECT_MAX <= (int)JOURNAL_AHEAD,
               "the journal has room for what is expected");

/* ---- logs ---- */

enum exec_status host_log(struct host *host, const mm_hash32 *topics, size_t topic_count,
                          mm_bytes data)
{
    MM_ASSERT(topic_count <= LOG_TOPICS_MAX);
    if (host->is_static)
        return EXEC_STATIC;
    HOST_TRY(
        charge(host, GAS_LOG + GAS_LOG_TOPIC * topic_count + GAS_LOG_BYTE * (uint64_t)data.len));
    struct log log = { .addr = host->self->addr, .topic_count = topic_count, .data = data };
    if (topic_count > 0)
        memcpy(log.topics, topics, topic_count * sizeof *topics);
    return journal_add_log(&host->exec->journal, &log) ? EXEC_OK : EXEC_FAULT;
}

/* ---- other accounts ---- */

static enum exec_status touch(struct host *host, struct journal_account **account,
                              const mm_addr *addr)
{
    struct journal *journal = &host->exec->journal;
    bool was_cold = false;
    *account = journal_account(journal, addr);
    if (*account == NULL || !journal_warm_account(journal, *account, &was_cold))
        return EXEC_FAULT;
    return charge(host, was_cold ? GAS_COLD_ACCOUNT : GAS_WARM_ACCESS);
}

enum exec_status host_code_len(struct host *host, size_t *len, const mm_addr *addr)
{
    *len = 0;
    struct journal_account *account = NULL;
    HOST_TRY(touch(host, &account, addr));
    mm_bytes code;
    if (!journal_code(&host->exec->journal, account, &code))
        return EXEC_FAULT;
    *len = code.len;
    return EXEC_OK;
}

enum exec_status move_value(struct exec *exec, struct journal_account *from,
                            struct journal_account *to, const mm_u256 *value)
{
    if (u256_is_zero(value) || from == to)
        return u256_compare(&from->now.balance, value) < 0 ? EXEC_NO_FUNDS : EXEC_OK;
    struct account payer = from->now;
    struct account payee = to->now;
    if (!u256_sub(&payer.balance, &payer.balance, value))
        return EXEC_NO_FUNDS;
    /* More than 2^256 wei exist only where genesis or an edit says so: then the transfer fails as one without funds does. */
    if (!u256_add(&payee.balance, &payee.balance, value))
        return EXEC_NO_FUNDS;
    if (!journal_set_account(&exec->journal, from, &payer) ||
        !journal_set_account(&exec->journal, to, &payee))
        return EXEC_FAULT;
    return EXEC_OK;
}

/* The code of an account, run as a native module; an account without code just receives. */
static enum exec_status run_code(struct host *host, mm_bytes input, mm_bytes *output)
{
    struct exec *exec = host->exec;
    mm_bytes code;
    if (!journal_code(&exec->journal, host->self, &code))
        return EXEC_FAULT;
    if (code.len == 0)
        return EXEC_OK;
    const struct exec_native *native = exec_native_of(exec->natives, code);
    if (native == NULL)
        return EXEC_INVALID;
    HOST_TRY(charge(host, GAS_DISPATCH));
    return native->call(host, input, output);
}

/* What a frame's end means for its gas and its output. */
static enum exec_status end_frame(struct host *host, enum exec_status status,
                                  struct journal_checkpoint before, uint64_t *gas_left,
                                  mm_bytes *output)
{
    if (host->exec->journal.fault != MM_OK)
        status = EXEC_FAULT;
    if (status != EXEC_OK)
        journal_revert(&host->exec->journal, before);
    if (status != EXEC_OK && status != EXEC_REVERT) {
        *output = (mm_bytes){ NULL, 0 };
        host->gas_left = 0;
    }
    *gas_left = host->gas_left;
    return status;
}

enum exec_status frame_run(struct exec *exec, const struct frame_call *call, uint64_t *gas_left,
                           mm_bytes *output)
{
    *output = (mm_bytes){ NULL, 0 };
    struct journal *journal = &exec->journal;
    const struct journal_checkpoint before = journal_checkpoint(journal);
    struct journal_account *caller = journal_account(journal, &call->caller);
    struct journal_account *self = journal_account(journal, &call->to);
    if (caller == NULL || self == NULL)
        return EXEC_FAULT;
    struct host host = {
        .exec = exec,
        .self = self,
        .caller = call->caller,
        .value = call->value,
        .gas_left = *gas_left,
        .is_static = call->is_static,
        .depth = call->depth,
    };
    enum exec_status status = move_value(exec, caller, self, &call->value);
    if (status == EXEC_NO_FUNDS)
        return status; /* the caller keeps the gas */
    if (status == EXEC_OK)
        status = run_code(&host, call->input, output);
    return end_frame(&host, status, before, gas_left, output);
}

enum exec_status host_call(struct host *host, enum exec_status *result, mm_bytes *output,
                           const mm_addr *to, const mm_u256 *value, mm_bytes input)
{
    *result = EXEC_OK;
    *output = (mm_bytes){ NULL, 0 };
    if (host->is_static && !u256_is_zero(value))
        return EXEC_STATIC;
    struct journal_account *account = NULL;
    HOST_TRY(touch(host, &account, to));
    uint64_t stipend = 0;
    if (!u256_is_zero(value)) {
        HOST_TRY(charge(host, GAS_CALL_VALUE));
        stipend = GAS_CALL_STIPEND;
        if (account_is_empty(&account->now))
            HOST_TRY(charge(host, GAS_CALL_NEW_ACCOUNT));
    }
    if (host->depth + 1 >= MM_CALL_DEPTH_MAX) {
        *result = EXEC_DEPTH;
        host->gas_left += stipend;
        return EXEC_OK;
    }
    const uint64_t given = gas_for_child(host->gas_left);
    uint64_t left = given + stipend;
    const struct frame_call call = {
        .caller = host->self->addr,
        .to = *to,
        .value = *value,
        .input = input,
        .is_static = host->is_static,
        .depth = host->depth + 1,
    };
    *result = frame_run(host->exec, &call, &left, output);
    if (*result == EXEC_FAULT)
        return EXEC_FAULT;
    host->gas_left = host->gas_left - given + left;
    return EXEC_OK;
}

/* ---- creation ---- */

/* EIP-684: an address with a nonce or code is taken. */
static bool is_taken(const struct journal_account *account)
{
    return account->now.nonce != 0 || account_has_code(&account->now);
}

static enum exec_status construct_frame(struct host *host, struct journal_account *account,
                                        mm_bytes marker, host_construct_fn construct,
                                        const void *args, mm_bytes *output)
{
    struct journal *journal = &host->exec->journal;
    const struct journal_checkpoint before = journal_checkpoint(journal);
    const uint64_t given = gas_for_child(host->gas_left);
    struct host child = {
        .exec = host->exec,
        .self = account,
        .caller = host->self->addr,
        .gas_left = given,
        .is_static = host->is_static,
        .depth = host->depth + 1,
    };
    struct account now = account->now;
    now.nonce = 1; /* EIP-161: a contract starts with nonce 1 */
    enum exec_status status = EXEC_FAULT;
    if (journal_set_account(journal, account, &now) && journal_set_code(journal, account, marker)) {
        status = construct(&child, args, output);
        if (status == EXEC_OK)
            status = charge(&child, GAS_CREATE_BYTE * (uint64_t)marker.len);
    }
    uint64_t left = 0;
    status = end_frame(&child, status, before, &left, output);
    host->gas_left = host->gas_left - given + left;
    return status;
}

enum exec_status host_create(struct host *host, mm_addr *created, mm_bytes *output, uint8_t module,
                             uint8_t version, host_construct_fn construct, const void *args)
{
    *created = (mm_addr){ { 0 } };
    *output = (mm_bytes){ NULL, 0 };
    if (host->is_static)
        return EXEC_STATIC;
    if (host->depth + 1 >= MM_CALL_DEPTH_MAX)
        return EXEC_DEPTH;
    HOST_TRY(charge(host, GAS_CREATE));
    struct journal *journal = &host->exec->journal;
    struct account creator = host->self->now;
    if (creator.nonce == UINT64_MAX)
        return EXEC_COLLISION;
    const mm_addr addr = address_of_create(&host->self->addr, creator.nonce);
    creator.nonce++;
    struct journal_account *account = journal_account(journal, &addr);
    bool was_cold = false;
    if (account == NULL || !journal_set_account(journal, host->self, &creator) ||
        !journal_warm_account(journal, account, &was_cold))
        return EXEC_FAULT;
    if (is_taken(account))
        return EXEC_COLLISION;
    uint8_t marker[EXEC_MARKER_BYTES];
    exec_marker(marker, module, version);
    HOST_TRY(construct_frame(host, account, MM_BYTES_OF(marker), construct, args, output));
    *created = addr;
    return EXEC_OK;
}

/* ---- natives ---- */

static const uint8_t marker_prefix[3] = { 0xef, 0x4d, 0x4d };

void exec_marker(uint8_t out[EXEC_MARKER_BYTES], uint8_t module, uint8_t version)
{
    memcpy(out, marker_prefix, sizeof marker_prefix);
    out[3] = module;
    out[4] = version;
}

const struct exec_native *exec_native_of(const struct exec_natives *natives, mm_bytes code)
{
    if (code.len != EXEC_MARKER_BYTES || memcmp(code.ptr, marker_prefix, sizeof marker_prefix) != 0)
        return NULL;
    for (size_t i = 0; i < natives->count; i++) {
        if (natives->items[i].module == code.ptr[3] && natives->items[i].version == code.ptr[4])
            return &natives->items[i];
    }
    return NULL;
}
