/* Transactions of an account: where it took part.
 *
 * Senders, recipients and addresses of logs have rows in the index that logs are found by (logs_internal.h), each once a
 * block. A row names a block; which of its transactions are the account's is seen in the block. On disk the rows of one
 * address stand in the order of their blocks, so a search goes from block to block in either direction. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

bool ledger_tx_is_of(const struct ledger_tx *tx, const mm_addr *addr)
{
    bool is_of =
        mm_addr_equal(&tx->tx.sender, addr) || (!tx->tx.creates && mm_addr_equal(&tx->tx.to, addr));
    for (size_t i = 0; i < tx->log_count && !is_of; i++)
        is_of = mm_addr_equal(&tx->logs[i].addr, addr);
    return is_of;
}

struct found {
    struct mm_arena *arena;
    uint64_t *blocks;
    size_t count;
    size_t capacity;
};

static mm_err add(struct found *found, uint64_t block_num)
{
    if (found->count == found->capacity) {
        const size_t capacity = found->capacity == 0 ? 64 : 2 * found->capacity;
        uint64_t *blocks =
            mm_arena_grow(found->arena, found->blocks, found->capacity * sizeof *blocks,
                          capacity * sizeof *blocks);
        if (blocks == NULL)
            return MM_ERR_NO_MEMORY;
        found->blocks = blocks;
        found->capacity = capacity;
    }
    found->blocks[found->count++] = block_num;
    return MM_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void reverse(uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const uint64_t kept = numbers[i];
        numbers[i] = numbers[count - 1 - i];
        numbers[count - 1 - i] = kept;
    }
}

/* Of one tail, in the order of the search. The list goes from the newest block to the oldest, so that a search upwards passes over
 * all of it. */
static mm_err from_tail(struct found *found, const struct ledger_view *view, struct tail *tail,
                        const struct account_search *search, uint64_t row)
{
    const size_t first = found->count;
    const uint64_t lowest = search->is_backward ? 0 : search->from_block;
    const uint64_t highest = search->is_backward ? search->from_block : view->head;
    const struct tail_block *block =
        atomic_load_explicit(&tail->newest_block, memory_order_acquire);
    for (; block != NULL && block->block_num >= lowest; block = block->older) {
        if (search->is_backward && found->count >= search->blocks_max)
            break;
        if (block->block_num <= highest && block->row_count > 0 &&
            bsearch(&row, block->rows, block->row_count, sizeof *block->rows, by_number) != NULL)
            MM_TRY(add(found, block->block_num));
    }
    if (!search->is_backward) {
        if (found->count > first) /* else there may be no list yet */
            reverse(found->blocks + first, found->count - first);
        if (found->count > search->blocks_max)
            found->count = search->blocks_max;
    }
    return MM_OK;
}

static mm_err from_disk(struct found *found, const struct pin *pin,
                        const struct account_search *search, uint64_t row)
{
    if (!search->is_backward && search->from_block > pin->flushed)
        return MM_OK;
    struct kv_iter *iter = kv_iter_new(pin->kv, pin->snapshot, LEDGER_INDEX);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    const struct ledger_key key = key_log_index(row, search->from_block);
    mm_err err = MM_OK;
    if (search->is_backward)
        kv_iter_seek_back(iter, key_bytes(&key));
    else
        kv_iter_seek(iter, key_bytes(&key));
    while (err == MM_OK && found->count < search->blocks_max && kv_iter_valid(iter)) {
        const mm_bytes at = kv_iter_key(iter);
        if (at.len != 16) {
            err = MM_ERR_CORRUPT;
        } else if (mm_get_be64(at.ptr) != row) {
            break;
        } else {
            err = add(found, mm_get_be64(at.ptr + 8));
        }
        if (search->is_backward)
            kv_iter_prev(iter);
        else
            kv_iter_next(iter);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

mm_err ledger_account_blocks(struct ledger_view *view, struct mm_arena *arena,
                             const uint64_t **blocks, size_t *count,
                             const struct account_search *search)
{
    struct found found = { .arena = arena };
    const uint64_t row = log_row(LOG_FIELD_ADDR, mm_bytes_addr(&search->addr));
    *blocks = NULL;
    *count = 0;
    MM_ASSERT(search->from_block <= view->head);
    if (!search->is_backward)
        MM_TRY(from_disk(&found, view->pin, search, row));
    for (size_t i = 0; i < 2; i++) { /* tails[0] is the newest */
        struct tail *tail = view->tails[search->is_backward ? i : 1 - i];
        if (tail != NULL && found.count < search->blocks_max)
            MM_TRY(from_tail(&found, view, tail, search, row));
    }
    if (search->is_backward && found.count < search->blocks_max)
        MM_TRY(from_disk(&found, view->pin, search, row));
    *blocks = found.blocks;
    *count = found.count;
    return MM_OK;
}
