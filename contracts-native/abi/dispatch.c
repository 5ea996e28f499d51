#include "contracts-native/abi/dispatch.h"

#include "state/base/assert.h"
#include "state/base/endian.h"

void abi_signature_init(struct abi_signature *signature, const char *text)
{
    MM_ASSERT(abi_signature_parse(signature, text));
}

static void insert(struct abi_contract *contract, const struct abi_entry *entry)
{
    size_t at = contract->count;
    for (; at > 0 && contract->selectors[at - 1] >= entry->selector; at--) {
        MM_ASSERT(contract->selectors[at - 1] != entry->selector);
        contract->selectors[at] = contract->selectors[at - 1];
        contract->entries[at] = contract->entries[at - 1];
    }
    contract->selectors[at] = entry->selector;
    contract->entries[at] = *entry;
    contract->count++;
}

void abi_contract_init(struct abi_contract *contract, const struct abi_function *functions,
                       size_t count)
{
    MM_ASSERT(count <= ABI_FUNCTIONS_MAX);
    contract->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct abi_entry entry = { .function = &functions[i] };
        abi_signature_init(&entry.signature, functions[i].signature);
        abi_signature_init(&entry.results, functions[i].results);
        MM_ASSERT(entry.results.count <= ABI_RESULTS_MAX && functions[i].handler != NULL);
        entry.selector = mm_get_be32(entry.signature.hash.b);
        insert(contract, &entry);
    }
}

static const struct abi_entry *find(const struct abi_contract *contract, uint32_t selector)
{
    size_t low = 0;
    for (size_t high = contract->count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (contract->selectors[middle] < selector)
            low = middle + 1;
        else
            high = middle;
    }
    return low < contract->count && contract->selectors[low] == selector ? &contract->entries[low]
                                                                         : NULL;
}

struct abi_call abi_call_over(struct host *host)
{
    return (struct abi_call){ .host = host };
}

static enum exec_status run(const struct abi_entry *entry, struct abi_call *call, mm_bytes args,
                            mm_bytes *output)
{
    struct abi_value values[ABI_ARGS_MAX];
    const struct abi_function *function = entry->function;
    switch (abi_decode(values, args, entry->signature.types, entry->signature.count,
                       function->location)) {
    case ABI_OK:
        break;
    case ABI_MEMORY_END:
        return abi_panic(call, ABI_PANIC_MEMORY);
    case ABI_HEAD_SHORT:
    case ABI_DIRTY_WORD:
    case ABI_OFFSET_TOO_LARGE:
    case ABI_LENGTH_OUTSIDE:
    case ABI_LENGTH_TOO_LARGE:
    case ABI_TAIL_SHORT:
        return EXEC_REVERT;
    }
    call->args = values;
    const enum exec_status status = function->handler(call);
    call->args = NULL;
    if (status != EXEC_OK)
        return status;
    const struct abi_signature *results = &entry->results;
    const mm_err err = abi_encode(host_arena(call->host), output, (mm_bytes){ 0 }, results->types,
                                  results->count, call->results);
    return err == MM_OK ? EXEC_OK : host_fail(call->host, err);
}

enum exec_status abi_dispatch(const struct abi_contract *contract, struct host *host,
                              mm_bytes input, mm_bytes *output)
{
    MM_ASSERT(contract->count > 0);
    *output = (mm_bytes){ 0 };
    if (input.len < ABI_SELECTOR)
        return EXEC_REVERT;
    const struct abi_entry *entry = find(contract, mm_get_be32(input.ptr));
    if (entry == NULL)
        return EXEC_REVERT;
    if (entry->function->mutability != ABI_PAYABLE && !u256_is_zero(host_value(host)))
        return EXEC_REVERT;
    struct abi_call call = abi_call_over(host);
    const mm_bytes args = mm_bytes_from(input.ptr + ABI_SELECTOR, input.len - ABI_SELECTOR);
    const enum exec_status status = run(entry, &call, args, output);
    if (status == EXEC_REVERT)
        *output = call.revert_data;
    return status;
}
