/* The list of validators: address[] in slot 0, ascending. */
#include "contracts-native/validators/validators_internal.h"
#include "state/base/assert.h"

static const mm_u256 VALIDATORS = STORAGE_SLOT(0);

static mm_u256 slot_of(size_t place)
{
    const mm_u256 index = u256_from_u64(place);
    return storage_array_slot(&VALIDATORS, &index);
}

enum exec_status validators_load(struct abi_call *call, struct validator_set *set)
{
    mm_u256 length;
    *set = (struct validator_set){ .count = 0 };
    HOST_TRY(host_load(call->host, &length, &VALIDATORS));
    if (!u256_fits_u64(&length) || length.limb[0] > MM_VALIDATORS_MAX)
        return abi_panic(
            call, ABI_PANIC_MEMORY); /* an outside edit; the chain itself never stores more */
    for (size_t i = 0; i < length.limb[0]; i++) {
        const mm_u256 slot = slot_of(i);
        HOST_TRY(storage_load_addr(call, &set->addrs[i], &slot));
    }
    set->count = (size_t)length.limb[0];
    return EXEC_OK;
}

static enum exec_status store_length(struct abi_call *call, size_t count)
{
    const mm_u256 length = u256_from_u64(count);
    return host_store(call->host, &VALIDATORS, &length);
}

static enum exec_status store_place(struct abi_call *call, struct validator_set *set, size_t place,
                                    const mm_addr *addr)
{
    const mm_u256 slot = slot_of(place);
    set->addrs[place] = *addr;
    return storage_store_addr(call, &slot, addr);
}

static bool is_before(const mm_addr *a, const mm_addr *b)
{
    return mm_bytes_compare(mm_bytes_addr(a), mm_bytes_addr(b)) < 0;
}

enum exec_status validators_insert(struct abi_call *call, struct validator_set *set,
                                   const mm_addr *addr)
{
    MM_ASSERT(set->count < MM_VALIDATORS_MAX && !validators_has(set, addr));
    size_t place = set->count;
    for (; place > 0 && is_before(addr, &set->addrs[place - 1]); place--)
        HOST_TRY(store_place(call, set, place, &set->addrs[place - 1]));
    HOST_TRY(store_place(call, set, place, addr));
    set->count++;
    return store_length(call, set->count);
}

enum exec_status validators_remove(struct abi_call *call, struct validator_set *set,
                                   const mm_addr *addr)
{
    static const mm_addr none;
    MM_ASSERT(set->count > 1 && validators_has(set, addr));
    size_t place = 0;
    while (!mm_addr_equal(&set->addrs[place], addr))
        place++;
    set->count--;
    for (; place < set->count; place++)
        HOST_TRY(store_place(call, set, place, &set->addrs[place + 1]));
    HOST_TRY(store_place(call, set, place, &none));
    return store_length(call, set->count);
}
