#include "rpc/eth/bloom_memo.h"

/* Addresses and topics are hashes or numbers: their last bytes differ. */
static size_t place_of(mm_bytes item)
{
    uint64_t tail;
    memcpy(&tail, item.ptr + item.len - sizeof tail, sizeof tail);
    return (size_t)((tail * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}
_Static_assert(BLOOM_MEMO_ITEMS == 1 << 8, "the upper 8 bits choose a place");

static void add(struct bloom_memo *memo, struct bloom *bloom, mm_bytes item)
{
    const size_t place = place_of(item);
    if (memo->items[place].len != item.len ||
        memcmp(memo->items[place].item, item.ptr, item.len) != 0) {
        memcpy(memo->items[place].item, item.ptr, item.len);
        memo->items[place].len = (uint8_t)item.len;
        bloom_places(memo->items[place].bits, item);
    }
    for (size_t i = 0; i < BLOOM_ITEM_BITS; i++) {
        const unsigned bit = memo->items[place].bits[i];
        bloom->b[bit / 8] = (uint8_t)(bloom->b[bit / 8] | 1u << bit % 8);
    }
}

void bloom_memo_of(struct bloom_memo *memo, struct bloom *bloom, const struct log *logs,
                   size_t log_count)
{
    memset(bloom, 0, sizeof *bloom);
    for (size_t i = 0; i < log_count; i++) {
        add(memo, bloom, mm_bytes_addr(&logs[i].addr));
        for (size_t j = 0; j < logs[i].topic_count; j++)
            add(memo, bloom, mm_bytes_hash(&logs[i].topics[j]));
    }
}
