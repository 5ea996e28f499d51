#include "state/base/assert.h"
#include "state/chain/certificate.h"
#include "state/chain/chain_internal.h"
#include "state/crypto/keccak.h"

size_t validators_quorum(size_t count)
{
    MM_ASSERT(count > 0);
    return (2 * count - 1) / 3 + 1;
}

size_t validators_faulty_max(size_t count)
{
    MM_ASSERT(count > 0);
    return (count - 1) / 3;
}

bool validators_is_valid(const struct validator_set *set)
{
    if (set->count == 0 || set->count > MM_VALIDATORS_MAX)
        return false;
    for (size_t i = 1; i < set->count; i++) {
        if (mm_bytes_compare(mm_bytes_addr(&set->addrs[i - 1]), mm_bytes_addr(&set->addrs[i])) >= 0)
            return false;
    }
    return true;
}

size_t validators_place(const struct validator_set *set, const mm_addr *addr)
{
    size_t place = 0;
    while (place < set->count && !mm_addr_equal(&set->addrs[place], addr))
        place++;
    return place;
}

bool validators_has(const struct validator_set *set, const mm_addr *addr)
{
    return validators_place(set, addr) < set->count;
}

mm_hash32 validators_commitment(const struct validator_set *set)
{
    MM_ASSERT(set->count <= MM_VALIDATORS_MAX);
    uint8_t memory[9 + MM_VALIDATORS_MAX * 21];
    struct mm_buf list = mm_buf_over(memory, sizeof memory);
    rlp_add_list_header(&list, set->count * 21);
    for (size_t i = 0; i < set->count; i++)
        rlp_add_addr(&list, &set->addrs[i]);
    MM_ASSERT(mm_buf_err(&list) == MM_OK);
    return keccak256(mm_buf_bytes(&list));
}
