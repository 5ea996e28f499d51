/* Yellow paper, section 4.3.1: three bits of 2048, from the first three pairs of bytes of the item's hash; bit 0 is the last of the
 * last byte. */
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

enum { BLOOM_ITEM_BITS = 3, BLOOM_BITS = 8 * BLOOM_BYTES };

struct bit {
    size_t at;
    uint8_t mask;
};

static struct bit bit_of(const mm_hash32 *hash, size_t index)
{
    const unsigned number =
        ((unsigned)hash->b[2 * index] << 8 | hash->b[2 * index + 1]) % BLOOM_BITS;
    return (struct bit){ BLOOM_BYTES - 1 - number / 8, (uint8_t)(1U << number % 8) };
}

void bloom_add(struct bloom *bloom, mm_bytes item)
{
    const mm_hash32 hash = keccak256(item);
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const struct bit bit = bit_of(&hash, i);
        bloom->b[bit.at] |= bit.mask;
    }
}

bool bloom_may_have(const struct bloom *bloom, mm_bytes item)
{
    const mm_hash32 hash = keccak256(item);
    bool all = true;
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const struct bit bit = bit_of(&hash, i);
        all = all && (bloom->b[bit.at] & bit.mask) != 0;
    }
    return all;
}

void bloom_merge(struct bloom *into, const struct bloom *from)
{
    for (size_t i = 0; i < BLOOM_BYTES; i++)
        into->b[i] |= from->b[i];
}
