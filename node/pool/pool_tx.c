#include "node/pool/pool_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* What a transaction borrows: its raw bytes (the data is among them) and its access list. */
static size_t borrowed_bytes(const struct tx *tx)
{
    size_t bytes = tx->raw.len + tx->access_count * sizeof *tx->access_list;
    for (size_t i = 0; i < tx->access_count; i++)
        bytes += tx->access_list[i].slot_count * sizeof *tx->access_list[i].slots;
    return bytes;
}

/* Copies tx to *out with all it borrows at `memory`, aligned for struct tx_access, of borrowed_bytes. */
static void copy_to(struct tx *out, const struct tx *tx, void *memory)
{
    *out = *tx;
    struct tx_access *access = memory;
    mm_hash32 *slots = (void *)(access + tx->access_count);
    for (size_t i = 0; i < tx->access_count; i++) {
        access[i] = tx->access_list[i];
        access[i].slots = slots;
        for (size_t j = 0; j < access[i].slot_count; j++)
            *slots++ = tx->access_list[i].slots[j];
    }
    out->access_list = access;
    uint8_t *raw = (uint8_t *)slots;
    memcpy(raw, tx->raw.ptr, tx->raw.len);
    out->raw.ptr = raw;
    /* tx_decode gives the data as a part of raw. */
    if (tx->data.len > 0) {
        MM_ASSERT(tx->data.ptr >= tx->raw.ptr &&
                  tx->data.ptr + tx->data.len <= tx->raw.ptr + tx->raw.len);
        out->data.ptr = raw + (tx->data.ptr - tx->raw.ptr);
    }
}

struct pool_tx *pool_tx_new(const struct tx *tx, uint64_t arrival)
{
    const size_t bytes = sizeof(struct pool_tx) + borrowed_bytes(tx);
    struct pool_tx *made = mm_heap_alloc(bytes);
    if (made == NULL)
        return NULL;
    atomic_init(&made->users, 1);
    made->arrival = arrival;
    made->bytes = bytes;
    made->is_taken = false;
    made->next_by_hash = NULL;
    copy_to(&made->tx, tx, made + 1);
    return made;
}

void pool_tx_release(struct pool_tx *tx)
{
    if (atomic_fetch_sub_explicit(&tx->users, 1, memory_order_acq_rel) == 1)
        mm_heap_free(tx);
}

bool pool_tx_copy(struct mm_arena *arena, struct tx *out, const struct tx *tx)
{
    void *memory = mm_arena_alloc(arena, borrowed_bytes(tx));
    if (memory == NULL)
        return false;
    copy_to(out, tx, memory);
    return true;
}
