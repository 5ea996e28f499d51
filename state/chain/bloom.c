/* Yellow paper, section 4.3.1: three bits of 2048, from the first three pairs of bytes of the item's hash; bit 0 is the last of the
 * last byte. */
#include "state/chain/header.h"
#include "state/crypto/keccak.h"

enum { BLOOM_BITS = 8 * BLOOM_BYTES };

void bloom_places(uint16_t places[BLOOM_ITEM_BITS], mm_bytes item)
{
    const mm_hash32 hash = keccak256(item);
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const unsigned number = ((unsigned)hash.b[2 * i] << 8 | hash.b[2 * i + 1]) % BLOOM_BITS;
        places[i] = (uint16_t)(8 * (BLOOM_BYTES - 1 - number / 8) + number % 8);
    }
}

void bloom_add(struct bloom *bloom, mm_bytes item)
{
    uint16_t places[BLOOM_ITEM_BITS];
    bloom_places(places, item);
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++)
        bloom->b[places[i] / 8] = (uint8_t)(bloom->b[places[i] / 8] | 1U << places[i] % 8);
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
