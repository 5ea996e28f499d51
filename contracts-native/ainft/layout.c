#include "contracts-native/ainft/layout.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"

/* Computed by layout_init. */
static mm_u256 own;
static mm_u256 traits;
static mm_u256 nonces;
static mm_u256 votes;

enum { TRAIT_VALUES = 0, TRAIT_KEYS = 2 };       /* words of the reference's struct */
enum { DELEGATES, DELEGATE_VOTES, TOTAL_VOTES }; /* of OpenZeppelin's */

mm_u256 layout_id(mm_bytes name)
{
    const mm_hash32 hash = keccak256(name);
    return u256_from_hash(&hash);
}

/* ERC-7201: keccak256(abi.encode(uint256(keccak256(id)) - 1)) & ~0xff */
static mm_u256 root_of(const char *id)
{
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 hash = layout_id(mm_bytes_str(id));
    const mm_u256 less = u256_wrapping_sub(&hash, &one);
    const mm_hash32 bytes = u256_to_hash(&less);
    mm_u256 root = layout_id(mm_bytes_hash(&bytes));
    root.limb[0] &= ~UINT64_C(0xff);
    return root;
}

void layout_init(void)
{
    own = root_of("mintmark.storage.Ainft");
    nonces = root_of("openzeppelin.storage.Nonces");
    votes = root_of("openzeppelin.storage.Votes");
    traits = layout_id(MM_BYTES_LIT("contracts.storage.erc7496-dynamictraits"));
}

mm_u256 layout_word(const mm_u256 *slot, uint64_t index)
{
    const mm_u256 distance = u256_from_u64(index);
    return u256_wrapping_add(slot, &distance);
}

mm_u256 layout_slot(enum layout_field field)
{
    MM_ASSERT(!u256_is_zero(&own));
    return layout_word(&own, (uint64_t)field);
}

mm_u256 layout_at(enum layout_field field, const mm_u256 *key)
{
    const mm_u256 slot = layout_slot(field);
    return storage_at_word(key, &slot);
}

mm_u256 layout_at2(enum layout_field field, const mm_u256 *outer, const mm_u256 *inner)
{
    const mm_u256 slot = layout_at(field, outer);
    return storage_at_word(inner, &slot);
}

mm_u256 layout_trait_value(const mm_u256 *token, const mm_u256 *key)
{
    const mm_u256 slot = layout_word(&traits, TRAIT_VALUES);
    const mm_u256 of_token = storage_at_word(token, &slot);
    return storage_at_word(key, &of_token);
}

mm_u256 layout_trait_key_is_valid(const mm_u256 *key)
{
    const mm_u256 slot = layout_word(&traits, TRAIT_KEYS);
    return storage_at_word(key, &slot);
}

mm_u256 layout_nonce(const mm_addr *account)
{
    return storage_at_addr(account, &nonces);
}

mm_u256 layout_delegate(const mm_addr *account)
{
    const mm_u256 slot = layout_word(&votes, DELEGATES);
    return storage_at_addr(account, &slot);
}

mm_u256 layout_votes(const mm_addr *delegate)
{
    const mm_u256 slot = layout_word(&votes, DELEGATE_VOTES);
    return storage_at_addr(delegate, &slot);
}

mm_u256 layout_total_votes(void)
{
    return layout_word(&votes, TOTAL_VOTES);
}

mm_u256 layout_addr_u64(const mm_addr *addr, uint64_t number)
{
    mm_u256 word = u256_from_addr(addr);
    word.limb[2] |= number << 32;
    word.limb[3] = number >> 32;
    return word;
}

uint64_t layout_u64_above_addr(const mm_u256 *word)
{
    return word->limb[2] >> 32 | word->limb[3] << 32;
}
