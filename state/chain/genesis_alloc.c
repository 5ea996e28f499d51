/* The accounts that exist at genesis. */
#include <stdlib.h>

#include "state/chain/genesis_internal.h"
#include "state/codec/hex.h"

static mm_err read_balance(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    return genesis_read_u256(reader, at, &reader->account->balance, value);
}

static mm_err read_nonce(struct genesis_reader *reader, const struct genesis_place *at,
                         const struct json *value)
{
    MM_TRY(genesis_read_u64(reader, at, &reader->account->nonce, value));
    if (reader->account->nonce == UINT64_MAX) /* EIP-2681 */
        return genesis_refuse(reader, at, "above the highest nonce, 2^64 - 2");
    return MM_OK;
}

static mm_err read_code(struct genesis_reader *reader, const struct genesis_place *at,
                        const struct json *value)
{
    return genesis_read_data(reader, at, &reader->account->code, value);
}

static int compare_slots(const void *a, const void *b)
{
    return u256_compare(&((const struct genesis_slot *)a)->slot,
                        &((const struct genesis_slot *)b)->slot);
}

/* Slots as geth takes them: a value of zero is an absent slot. */
static mm_err read_storage(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    struct genesis_account *account = reader->account;
    if (value->kind != JSON_OBJECT)
        return genesis_refuse(reader, at, "not an object");
    struct genesis_slot *slots = MM_ARENA_ARRAY(reader->arena, struct genesis_slot, value->count);
    if (slots == NULL)
        return genesis_no_memory(reader, at);
    for (size_t i = 0; i < value->count; i++) {
        const struct json_member *member = &value->members[i];
        const struct genesis_place place = { at, member->key };
        if (!genesis_word(&slots[i].slot, member->key))
            return genesis_refuse(reader, &place, "not a slot (0x and at most 64 digits)");
        if (member->value.kind != JSON_STRING || !genesis_word(&slots[i].value, member->value.text))
            return genesis_refuse(reader, &place, "not a word (0x and at most 64 digits)");
    }
    if (value->count > 0)
        qsort(slots, value->count, sizeof *slots, compare_slots);
    for (size_t i = 1; i < value->count; i++) {
        if (u256_equal(&slots[i].slot, &slots[i - 1].slot))
            return genesis_refuse(reader, at, "a slot twice");
    }
    size_t kept = 0;
    for (size_t i = 0; i < value->count; i++) {
        if (!u256_is_zero(&slots[i].value))
            slots[kept++] = slots[i];
    }
    account->slots = slots;
    account->slot_count = kept;
    return MM_OK;
}

static mm_err read_native(struct genesis_reader *reader, const struct genesis_place *at,
                          const struct json *value)
{
    if (value->kind != JSON_OBJECT)
        return genesis_refuse(reader, at, "not an object");
    const struct json *contract = json_find(value, "contract");
    if (contract == NULL)
        return genesis_refuse(reader, at, "contract is missing");
    if (contract->kind != JSON_STRING) {
        const struct genesis_place place = { at, MM_BYTES_LIT("contract") };
        return genesis_refuse(reader, &place, "not a text");
    }
    reader->account->native = value;
    return MM_OK;
}

static const struct genesis_field ACCOUNT_FIELDS[] = {
    { "balance", read_balance }, { "nonce", read_nonce },   { "code", read_code },
    { "storage", read_storage }, { "native", read_native },
};

/* A native account's nonce, code and storage come from its contract. */
static mm_err check_native(const struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    static const char *const own[] = { "nonce", "code", "storage" };
    for (size_t i = 0; reader->account->native != NULL && i < MM_COUNT_OF(own); i++) {
        if (json_find(value, own[i]) != NULL) {
            const struct genesis_place place = { at, mm_bytes_str(own[i]) };
            return genesis_refuse(reader, &place, "not beside native");
        }
    }
    return MM_OK;
}

static int compare_accounts(const void *a, const void *b)
{
    return memcmp(((const struct genesis_account *)a)->addr.b,
                  ((const struct genesis_account *)b)->addr.b, sizeof(mm_addr));
}

static mm_err read_account(struct genesis_reader *reader, const struct genesis_place *at,
                           const struct json *value)
{
    MM_TRY(genesis_address(reader, at, &reader->account->addr, at->key, true));
    MM_TRY(genesis_read_object(reader, at, value, ACCOUNT_FIELDS, MM_COUNT_OF(ACCOUNT_FIELDS)));
    return check_native(reader, at, value);
}

/* Keys that differ as text can name one account: with and without 0x, in another case. */
static mm_err check_unique(const struct genesis_reader *reader, const struct genesis_place *at,
                           const struct genesis_account *accounts, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!mm_addr_equal(&accounts[i - 1].addr, &accounts[i].addr))
            continue;
        uint8_t text[2 + 2 * sizeof(mm_addr)] = { '0', 'x' };
        hex_encode((char *)text + 2, mm_bytes_addr(&accounts[i].addr));
        const struct genesis_place place = { at, MM_BYTES_OF(text) };
        return genesis_refuse(reader, &place, "an account twice");
    }
    return MM_OK;
}

mm_err genesis_read_alloc(struct genesis_reader *reader, const struct genesis_place *at,
                          const struct json *value)
{
    if (value->kind != JSON_OBJECT)
        return genesis_refuse(reader, at, "not an object");
    struct genesis_account *accounts =
        MM_ARENA_ARRAY(reader->arena, struct genesis_account, value->count);
    if (accounts == NULL)
        return genesis_no_memory(reader, at);
    for (size_t i = 0; i < value->count; i++) {
        const struct genesis_place place = { at, value->members[i].key };
        reader->account = &accounts[i];
        MM_TRY(read_account(reader, &place, &value->members[i].value));
    }
    reader->account = NULL;
    if (value->count > 0)
        qsort(accounts, value->count, sizeof *accounts, compare_accounts);
    MM_TRY(check_unique(reader, at, accounts, value->count));
    reader->genesis->accounts = accounts;
    reader->genesis->account_count = value->count;
    return MM_OK;
}
