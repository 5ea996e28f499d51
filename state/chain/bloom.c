/* Yellow paper, section 4.3.1: three bits of 2048, from the first three pairs of bytes of the item's hash; bit 0 is the last of the
 * last byte. */
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

enum { BLOOM_BITS = 8 * BLOOM_BYTES, HASHED_TOGETHER = 64 };

static void places_of_hash(uint16_t places[BLOOM_ITEM_BITS], const mm_hash32 *hash)
{
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const unsigned number = ((unsigned)hash->b[2 * i] << 8 | hash->b[2 * i + 1]) % BLOOM_BITS;
        places[i] = (uint16_t)(8 * (BLOOM_BYTES - 1 - number / 8) + number % 8);
    }
}

void bloom_places(uint16_t places[BLOOM_ITEM_BITS], mm_bytes item)
{
    const mm_hash32 hash = keccak256(item);
    places_of_hash(places, &hash);
}

static void set_bits(struct bloom *bloom, const mm_hash32 *hash)
{
    uint16_t places[BLOOM_ITEM_BITS];
    places_of_hash(places, hash);
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++)
        bloom->b[places[i] / 8] = (uint8_t)(bloom->b[places[i] / 8] | 1U << places[i] % 8);
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
    uint16_t places[BLOOM_ITEM_BITS];
    bool all = true;
    bloom_places(places, item);
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++)
        all = all && (bloom->b[places[i] / 8] & 1U << places[i] % 8) != 0;
    return all;
}

void bloom_merge(struct bloom *into, const struct bloom *from)
{
    for (size_t i = 0; i < BLOOM_BYTES; i++)
        into->b[i] |= from->b[i];
}
