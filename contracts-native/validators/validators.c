#include "contracts-native/validators/validators.h"

#include <stdlib.h>

#include "contracts-native/setup/setup.h"
#include "contracts-native/storage/storage.h"
#include "state/base/limits.h"

static const mm_u256 VALIDATORS = { { 0 } };

static enum exec_status list(struct abi_call *call)
{
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, &VALIDATORS));
    if (!u256_fits_u64(&length) || length.limb[0] > MM_VALIDATORS_MAX)
        return abi_panic(
            call, ABI_PANIC_MEMORY); /* an outside edit; the chain itself never stores more */
    const size_t count = (size_t)length.limb[0];
    uint8_t *words = mm_arena_alloc(host_arena(call->host), count * ABI_WORD);
    if (words == NULL)
        return host_fail(call->host, MM_ERR_LIMIT);
    const mm_u256 first = storage_data_slot(&VALIDATORS);
    for (size_t i = 0; i < count; i++) {
        const mm_u256 index = u256_from_u64(i);
        const mm_u256 slot = u256_wrapping_add(&first, &index);
        mm_addr validator;
        HOST_TRY(storage_load_addr(call, &validator, &slot));
        const mm_u256 word = u256_from_addr(&validator);
        u256_to_be32(words + i * ABI_WORD, &word);
    }
    call->results[0] = abi_bytes(mm_bytes_from(words, count * ABI_WORD));
    return EXEC_OK;
}

static const struct abi_function functions[] = {
    { "validators()", "address[]", ABI_VIEW, ABI_CALLDATA, list },
};

static struct abi_contract contract;

void validators_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(mm_addr));
}

static mm_err read_list(mm_addr *out, size_t *count, const struct json *native,
                        struct mm_reason *reason)
{
    static const char *const keys[] = { "validators" };
    MM_TRY(setup_keys(native, keys, MM_COUNT_OF(keys), reason));
    MM_TRY(setup_addrs(out, count, MM_VALIDATORS_MAX, native, "validators", reason));
    qsort(out, *count, sizeof *out, compare);
    for (size_t i = 0; i < *count; i++) {
        if (mm_addr_is_zero(&out[i]))
            return mm_fail(reason, MM_ERR_INVALID, "validators: the zero address has no key");
        if (i > 0 && mm_addr_equal(&out[i - 1], &out[i]))
            return mm_fail(reason, MM_ERR_INVALID, "validators: an address twice");
    }
    return MM_OK;
}

static enum exec_status genesis(struct host *host, const struct json *native,
                                struct mm_reason *reason)
{
    mm_addr validators[MM_VALIDATORS_MAX];
    size_t count;
    if (read_list(validators, &count, native, reason) != MM_OK)
        return EXEC_REVERT;
    struct abi_call call = abi_call_over(host);
    for (size_t i = 0; i < count; i++) {
        const mm_u256 element = u256_from_addr(&validators[i]);
        HOST_TRY(storage_array_push(&call, &VALIDATORS, &element));
    }
    return EXEC_OK;
}

const struct exec_native validators_native = {
    .module = VALIDATORS_MODULE,
    .version = VALIDATORS_VERSION,
    .name = "validators",
    .call = dispatch,
    .genesis = genesis,
};
