/* Yellow paper, section 4.3.1: three bits of 2048, from the first three pairs of bytes of the item's hash; bit 0 is the last of the
 * last byte. */
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

enum { BLOOM_ITEM_BITS = 3, BLOOM_BITS = 8 * BLOOM_BYTES, HASHED_TOGETHER = 64 };

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

static void set_bits(struct bloom *bloom, const mm_hash32 *hash)
{
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const struct bit bit = bit_of(hash, i);
        bloom->b[bit.at] |= bit.mask;
    }
}

void bloom_add(struct bloom *bloom, mm_bytes item)
{
    const mm_hash32 hash = keccak256(item);
    set_bits(bloom, &hash);
}

void bloom_add_all(struct bloom *bloom, const mm_bytes *items, size_t count)
{
    mm_hash32 hashes[HASHED_TOGETHER];
    for (size_t done = 0; done < count; done += HASHED_TOGETHER) {
        const size_t together = count - done < HASHED_TOGETHER ? count - done : HASHED_TOGETHER;
        keccak256_many(hashes, items + done, together);
        for (size_t i = 0; i < together; i++)
            set_bits(bloom, &hashes[i]);
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
