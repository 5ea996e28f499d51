/* ots_searchTransactions…: the transactions of an address, page by page, away from a block.
 *
 * A page ends with a block: when it has enough transactions, the ones left in the last block come as well, so that the next page
 * can go on behind it. Answers run from the newest transaction to the oldest whichever way was searched. */
#include "rpc/eth/handlers.h"
#include "rpc/eth/ots.h"

enum { BLOCKS_A_LOOK = 64, TXS_A_LOAD = 32 /* as the ledger packs them */ };

struct hit {
    const struct ledger_tx *tx;
    struct eth_place place;
};

struct page {
    struct eth_request *r;
    struct account_search search;
    size_t size;
    struct hit *hits; /* in the arena, in the order of the search */
    size_t count;
    size_t capacity;
    bool has_more;
};

static mm_err add_hit(struct page *page, const struct ledger_tx *tx, const struct eth_place *place)
{
    if (page->count == page->capacity) {
        const size_t capacity = page->capacity == 0 ? 64 : 2 * page->capacity;
        struct hit *hits = mm_arena_grow(page->r->arena, page->hits, page->capacity * sizeof *hits,
                                         capacity * sizeof *hits);
        if (hits == NULL)
            return MM_ERR_NO_MEMORY;
        page->hits = hits;
        page->capacity = capacity;
    }
    page->hits[page->count++] = (struct hit){ tx, *place };
    return MM_OK;
}

static void reverse(struct hit *hits, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const struct hit kept = hits[i];
        hits[i] = hits[count - 1 - i];
        hits[count - 1 - i] = kept;
    }
}

/* Which of the block's transactions are the account's, ascending. The block is not kept: a page may be of a thousand blocks that
 * have one each among many others. */
static mm_err find_in_block(struct page *page, uint32_t *indexes, size_t *found, size_t count,
                            uint64_t block_num)
{
    struct mm_arena *arena = page->r->arena;
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    const struct ledger_tx *txs;
    *found = 0;
    MM_TRY(ledger_txs(page->r->view, arena, &txs, block_num, 0, count));
    for (size_t i = 0; i < count; i++) {
        if (ledger_tx_is_of(&txs[i], &page->search.addr))
            indexes[(*found)++] = (uint32_t)i;
    }
    mm_arena_rewind(arena, mark);
    return MM_OK;
}

/* The block's transactions of the account; once the page is full, only whether there are any. */
static mm_err add_block(struct page *page, uint64_t block_num)
{
    struct eth_request *r = page->r;
    struct eth_place place = { .block_num = block_num };
    struct header header;
    size_t count;
    size_t found;
    MM_TRY(ledger_header(r->view, &header, &place.block_hash, block_num));
    MM_TRY(ledger_tx_count(r->view, &count, block_num));
    place.timestamp = header.timestamp;
    uint32_t *indexes = MM_ARENA_ARRAY(r->arena, uint32_t, count);
    if (indexes == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(find_in_block(page, indexes, &found, count, block_num));
    if (page->count >= page->size) {
        page->has_more = found > 0;
        return MM_OK;
    }
    const size_t first_hit = page->count;
    for (size_t i = 0; i < found;) {
        const struct ledger_tx *txs;
        const size_t first = indexes[i];
        size_t end = i + 1;
        while (end < found && indexes[end] / TXS_A_LOAD == first / TXS_A_LOAD)
            end++;
        MM_TRY(ledger_txs(r->view, r->arena, &txs, block_num, first, indexes[end - 1] - first + 1));
        for (; i < end; i++) {
            place.index = indexes[i];
            MM_TRY(add_hit(page, &txs[place.index - first], &place));
        }
    }
    if (page->search.is_backward)
        reverse(page->hits + first_hit, page->count - first_hit);
    return MM_OK;
}

static bool has_pruned(const struct page *page)
{
    return ledger_begins(page->r->backend->ledger) > 0;
}

static mm_err fill(struct page *page)
{
    const uint64_t head = ledger_head(page->r->view);
    page->search.blocks_max = BLOCKS_A_LOOK;
    for (;;) {
        const uint64_t *blocks;
        size_t count;
        MM_TRY(
            ledger_account_blocks(page->r->view, page->r->arena, &blocks, &count, &page->search));
        for (size_t i = 0; i < count && !page->has_more; i++)
            MM_TRY(add_block(page, blocks[i]));
        if (count < BLOCKS_A_LOOK && page->search.is_backward && has_pruned(page))
            page->has_more = true; /* there may be; the next page will say that it is not here */
        if (page->has_more || count < BLOCKS_A_LOOK)
            return MM_OK;
        const uint64_t last = blocks[count - 1];
        if (last == (page->search.is_backward ? 0 : head))
            return MM_OK;
        page->search.from_block = page->search.is_backward ? last - 1 : last + 1;
    }
}

static const struct hit *nth(const struct page *page, size_t index)
{
    return &page->hits[page->search.is_backward ? index : page->count - 1 - index];
}

static void add_receipt(struct eth_request *r, const struct hit *hit)
{
    json_open_object(&r->w);
    eth_add_receipt_outline(&r->w, hit->tx, &hit->place);
    eth_add_receipt_logs(r, hit->tx, &hit->place);
    json_key(&r->w, "timestamp");
    json_add_u64(&r->w, hit->place.timestamp);
    json_close_object(&r->w);
}

static void add_flag(struct json_writer *w, const char *key, bool is_set)
{
    json_key(w, key);
    json_add_bool(w, is_set);
}

static void answer(struct page *page, bool is_first, bool is_last)
{
    struct json_writer *w = &page->r->w;
    json_open_object(w);
    json_key(w, "txs");
    json_open_array(w);
    for (size_t i = 0; i < page->count; i++) {
        const struct hit *hit = nth(page, i);
        eth_add_tx(w, &hit->tx->tx, &hit->place, &hit->tx->gas_price);
    }
    json_close_array(w);
    json_key(w, "receipts");
    json_open_array(w);
    for (size_t i = 0; i < page->count; i++)
        add_receipt(page->r, nth(page, i));
    json_close_array(w);
    add_flag(w, "firstPage", is_first);
    add_flag(w, "lastPage", is_last);
    json_close_object(w);
}

/* from: the first block that is searched; there may be none. */
static bool search(struct eth_request *r, struct page *page, bool has_blocks, uint64_t from,
                   bool is_backward)
{
    *page = (struct page){ .r = r, .size = (size_t)r->args[2].count };
    page->search = (struct account_search){ r->args[0].addr, from, is_backward, 0 };
    if (has_blocks && has_pruned(page) && from <= ledger_begins(r->backend->ledger))
        return eth_fail_world(r, MM_ERR_PRUNED);
    const mm_err err = has_blocks ? fill(page) : MM_OK;
    return err == MM_OK || eth_fail_world(r, err);
}

/* The first page is the newest, which begins at the head; block 0 asks for it. */
bool handle_ots_search_txs_before(struct eth_request *r)
{
    const uint64_t block_num = r->args[1].count;
    const uint64_t head = ledger_head(r->view);
    struct page page;
    const bool is_first = block_num == 0 || block_num > head;
    if (!ots_check_page_size(r, 2) ||
        !search(r, &page, true, is_first ? head : block_num - 1, true))
        return false;
    answer(&page, is_first, !page.has_more);
    return true;
}

/* The last page is the oldest; block 0 asks for it, which has no transactions of its own. */
bool handle_ots_search_txs_after(struct eth_request *r)
{
    const uint64_t block_num = r->args[1].count;
    struct page page;
    const bool has_blocks = block_num < ledger_head(r->view);
    if (!ots_check_page_size(r, 2) ||
        !search(r, &page, has_blocks, has_blocks ? block_num + 1 : 0, false))
        return false;
    answer(&page, !page.has_more, block_num == 0);
    return true;
}
