#include "contracts-native/storage/storage.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"

static void put_entry(uint8_t bytes[2 * ABI_WORD], const mm_u256 *key, const mm_u256 *slot)
{
    u256_to_be32(bytes, key);
    u256_to_be32(bytes + ABI_WORD, slot);
}

mm_u256 storage_at_word(const mm_u256 *key, const mm_u256 *slot)
{
    uint8_t bytes[2 * ABI_WORD];
    put_entry(bytes, key, slot);
    const mm_hash32 hash = keccak256(MM_BYTES_OF(bytes));
    return u256_from_hash(&hash);
}

mm_u256 storage_at_addr(const mm_addr *key, const mm_u256 *slot)
{
    const mm_u256 word = u256_from_addr(key);
    return storage_at_word(&word, slot);
}

void storage_at_entries(struct abi_call *call, mm_u256 *slots, const struct storage_entry *entries,
                        size_t count)
{
    uint8_t bytes[STORAGE_ENTRIES_MAX][2 * ABI_WORD];
    mm_bytes inputs[STORAGE_ENTRIES_MAX] = { { NULL, 0 } };
    mm_hash32 hashes[STORAGE_ENTRIES_MAX];
    MM_ASSERT(count <= STORAGE_ENTRIES_MAX);
    for (size_t i = 0; i < count; i++) {
        put_entry(bytes[i], &entries[i].key, &entries[i].slot);
        inputs[i] = MM_BYTES_OF(bytes[i]);
    }
    keccak256_many(hashes, inputs, count);
    for (size_t i = 0; i < count; i++)
        slots[i] = u256_from_hash(&hashes[i]);
    host_expect(call->host, slots, count);
}

mm_u256 storage_data_slot(const mm_u256 *slot)
{
    const mm_hash32 bytes = u256_to_hash(slot);
    const mm_hash32 hash = keccak256(mm_bytes_hash(&bytes));
    return u256_from_hash(&hash);
}

enum exec_status storage_load_addr(struct abi_call *call, mm_addr *value, const mm_u256 *slot)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, slot));
    *value = u256_to_addr(&word);
    return EXEC_OK;
}

enum exec_status storage_store_addr(struct abi_call *call, const mm_u256 *slot,
                                    const mm_addr *value)
{
    const mm_u256 word = u256_from_addr(value);
    return host_store(call->host, slot, &word);
}

enum exec_status storage_load_bool(struct abi_call *call, bool *value, const mm_u256 *slot)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, slot));
    *value = (word.limb[0] & 0xff) != 0;
    return EXEC_OK;
}

enum exec_status storage_store_bool(struct abi_call *call, const mm_u256 *slot, bool value)
{
    const mm_u256 word = u256_from_u64(value ? 1 : 0);
    return host_store(call->host, slot, &word);
}

enum exec_status storage_count(struct abi_call *call, mm_u256 *before, const mm_u256 *slot, bool up)
{
    const mm_u256 one = u256_from_u64(1);
    mm_u256 after;
    HOST_TRY(host_load(call->host, before, slot));
    if (!(up ? u256_add(&after, before, &one) : u256_sub(&after, before, &one)))
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    return host_store(call->host, slot, &after);
}

mm_u256 storage_array_slot(const mm_u256 *slot, const mm_u256 *index)
{
    const mm_u256 first = storage_data_slot(slot);
    return u256_wrapping_add(&first, index);
}

enum exec_status storage_array_push(struct abi_call *call, const mm_u256 *slot,
                                    const mm_u256 *value)
{
    mm_u256 length;
    HOST_TRY(host_load(call->host, &length, slot));
    if (!u256_fits_u64(&length) || length.limb[0] == UINT64_MAX)
        return abi_panic(call, ABI_PANIC_MEMORY); /* solc's limit of a dynamic array */
    const mm_u256 grown = u256_from_u64(length.limb[0] + 1);
    HOST_TRY(host_store(call->host, slot, &grown));
    const mm_u256 element = storage_array_slot(slot, &length);
    return host_store(call->host, &element, value);
}
