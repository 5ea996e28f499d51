#include "state/exec/key_memo.h"

#include "state/crypto/keccak.h"

/* Names are chosen by strangers, who could make all of theirs meet in one place; they would only be hashed, as without a memo. */
static size_t place_of(uint64_t a, uint64_t b, size_t count)
{
    return (size_t)((a ^ b * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15) >> 40) &
           (count - 1);
}

mm_hash32 key_memo_addr(struct key_memo *memo, const mm_addr *addr)
{
    uint64_t words[2];
    if (memo == NULL)
        return keccak256(mm_bytes_addr(addr));
    memcpy(words, addr->b + 4, sizeof words);
    const size_t place = place_of(words[0], words[1], KEY_MEMO_ADDRS);
    if (!memo->addrs[place].is_filled || !mm_addr_equal(&memo->addrs[place].addr, addr)) {
        memo->addrs[place].is_filled = true;
        memo->addrs[place].addr = *addr;
        memo->addrs[place].key = keccak256(mm_bytes_addr(addr));
    }
    return memo->addrs[place].key;
}

mm_hash32 key_memo_slot(struct key_memo *memo, const mm_u256 *slot)
{
    static const mm_hash32 nothing;
    const mm_hash32 word = u256_to_hash(slot);
    if (memo == NULL)
        return keccak256(mm_bytes_hash(&word));
    const size_t place = place_of(slot->limb[0], slot->limb[1], KEY_MEMO_SLOTS);
    if (!u256_equal(&memo->slots[place].slot, slot) ||
        mm_hash_equal(&memo->slots[place].key, &nothing)) {
        memo->slots[place].slot = *slot;
        memo->slots[place].key = keccak256(mm_bytes_hash(&word));
    }
    return memo->slots[place].key;
}
