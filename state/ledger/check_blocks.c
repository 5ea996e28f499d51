/* The rows of blocks: the block family itself. */
#include "state/base/assert.h"
#include "state/ledger/check_internal.h"

/* ---- one block ---- */

static mm_err read_header(struct ledger_check *check, struct ledger_checked *block,
                          uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_HEADER);
    mm_bytes value;
    bool is_here;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (is_here) {
        struct rlp r = rlp_over(value);
        header_read(&r, &block->header);
        block->has_header = rlp_finish(&r) == RLP_OK;
        if (!block->has_header)
            ledger_check_report(check, "block %llu: header: does not decode: %s",
                                (unsigned long long)block_num, rlp_verdict_text(r.verdict));
    }
    if (block->has_header && block->header.number != block_num) {
        ledger_check_report(check, "block %llu: header: it has the number %llu",
                            (unsigned long long)block_num,
                            (unsigned long long)block->header.number);
        block->has_header = false;
    }
    if (block->has_header)
        block->hash = header_hash(&block->header);
    else
        check->is_unsure[LEDGER_LOOKUP] = true;
    return MM_OK;
}

static mm_err read_certificate(struct ledger_check *check, struct ledger_checked *block,
                               uint64_t block_num)
{
    if (block_num == 0)
        return MM_OK;
    const struct ledger_key key = key_block_part(block_num, BLOCK_CERTIFICATE);
    mm_bytes value;
    bool is_here;
    MM_TRY(check_must_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (!is_here)
        return MM_OK;
    struct rlp r = rlp_over(value);
    certificate_read(&r, &block->certificate);
    block->has_certificate = rlp_finish(&r) == RLP_OK;
    if (!block->has_certificate)
        ledger_check_report(check, "block %llu: certificate: does not decode: %s",
                            (unsigned long long)block_num, rlp_verdict_text(r.verdict));
    return MM_OK;
}

/* Under head + 1: edits that wait. */
static mm_err read_edits(struct ledger_check *check, struct mm_arena *arena,
                         struct ledger_checked *block, uint64_t block_num)
{
    const struct ledger_key key = key_block_part(block_num, BLOCK_EDITS);
    mm_bytes value;
    bool is_here;
    const struct edit *edits = NULL;
    size_t count = 0;
    MM_TRY(check_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
    if (!is_here)
        return MM_OK;
    const mm_err err = edits_decode(arena, &edits, &count, value);
    if (err == MM_ERR_CORRUPT || (err == MM_OK && count == 0)) {
        ledger_check_report(check, "block %llu: edits: %s", (unsigned long long)block_num,
                            err == MM_OK ? "are an empty list" : "do not decode");
        return MM_OK;
    }
    block->edits = edits;
    block->edit_count = count;
    return err;
}

/* A growing array in the arena. */
struct tx_list {
    struct tx *items;
    size_t capacity;
};

/* The transactions of one pack, behind those of the packs before. */
static mm_err read_pack(struct ledger_check *check, struct mm_arena *arena,
                        struct ledger_checked *block, struct tx_list *list, mm_bytes packed,
                        size_t *added, uint64_t block_num)
{
    const size_t before = block->tx_count;
    size_t count = 0;
    *added = 0;
    if (pack_count(packed, &count) != MM_OK || count == 0) {
        ledger_check_report(check, "block %llu: body pack %zu: is no pack",
                            (unsigned long long)block_num, before / PACK_ITEMS);
        block->has_txs = false;
        return MM_OK;
    }
    if (before + count > list->capacity) {
        const size_t capacity = list->capacity == 0 ? PACK_ITEMS : 2 * list->capacity;
        struct tx *items =
            mm_arena_grow(arena, list->items, before * sizeof *items, capacity * sizeof *items);
        if (items == NULL)
            return MM_ERR_NO_MEMORY;
        *list = (struct tx_list){ items, capacity };
    }
    for (size_t i = 0; i < count; i++) {
        mm_bytes raw;
        enum tx_verdict verdict = TX_EMPTY;
        if (pack_item(packed, &raw, i) == MM_OK)
            verdict = tx_decode(arena, &list->items[before + i], raw, NULL);
        if (verdict == TX_NO_MEMORY)
            return MM_ERR_NO_MEMORY;
        if (verdict != TX_OK) {
            ledger_check_report(check, "block %llu: transaction %zu: does not decode: %s",
                                (unsigned long long)block_num, before + i,
                                tx_verdict_text(verdict));
            block->has_txs = false;
        }
    }
    block->txs = list->items;
    block->tx_count += count;
    *added = count;
    return MM_OK;
}

static mm_err read_body(struct ledger_check *check, struct mm_arena *arena,
                        struct ledger_checked *block, uint64_t block_num)
{
    struct tx_list list = { NULL, 0 };
    /* What came before the ledger's beginning has no body here, nor what follows from one. */
    if (block->has_header ? ledger_is_pruned(check->view->ledger, &block->header)
                          : block_num <= check->view->ledger->begins && block_num > 0)
        return MM_OK;
    block->has_txs = true;
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block_num, number);
        mm_bytes value;
        mm_bytes packed;
        bool is_here;
        size_t count = 0;
        const bool was_unsure = check->is_unsure[LEDGER_BLOCK];
        check->is_unsure[LEDGER_BLOCK] = false;
        MM_TRY(check_find(check, &value, &is_here, LEDGER_BLOCK, key_bytes(&key)));
        if (check->is_unsure[LEDGER_BLOCK])
            block->has_txs = false; /* it is there and cannot be read */
        check->is_unsure[LEDGER_BLOCK] |= was_unsure;
        if (!is_here)
            break;
        MM_TRY(mm_arena_copy(arena, &packed, value));
        MM_TRY(read_pack(check, arena, block, &list, packed, &count, block_num));
        if (count < PACK_ITEMS) /* only the last pack is short */
            break;
    }
    if (!block->has_txs) {
        check->is_unsure[LEDGER_RECEIPT] = true;
        check->is_unsure[LEDGER_LOOKUP] = true;
        check->is_unsure[LEDGER_INDEX] = true;
    }
    return MM_OK;
}

mm_err ledger_check_block(struct ledger_check *check, struct mm_arena *arena,
                          struct ledger_checked *block, uint64_t block_num)
{
    *block = (struct ledger_checked){ 0 };
    MM_ASSERT(block_num <= check->view->head);
    MM_TRY(read_header(check, block, block_num));
    MM_TRY(read_certificate(check, block, block_num));
    MM_TRY(read_edits(check, arena, block, block_num));
    MM_TRY(read_body(check, arena, block, block_num));
    return check_follows(check, arena, block, block_num);
}

/* ---- all of them ---- */

static mm_err all_blocks(struct ledger_check *check)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    mm_err err = MM_OK;
    for (uint64_t block_num = 0; err == MM_OK && block_num <= check->view->head; block_num++) {
        struct ledger_checked block;
        err = ledger_check_block(check, &arena, &block, block_num);
        mm_arena_reset(&arena);
    }
    if (err == MM_OK)
        err = read_edits(check, &arena, &(struct ledger_checked){ 0 }, check->view->head + 1);
    mm_arena_fini(&arena);
    return err;
}

mm_err ledger_check_rows(struct ledger_check *check)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    mm_err err = read_edits(check, &arena, &(struct ledger_checked){ 0 }, check->view->head + 1);
    mm_arena_fini(&arena);
    MM_TRY(err);
    MM_TRY(check_meta(check));
    MM_TRY(check_strangers(check, LEDGER_META, check_meta));
    MM_TRY(check_strangers(check, LEDGER_BLOCK, all_blocks));
    MM_TRY(check_strangers(check, LEDGER_RECEIPT, all_blocks));
    MM_TRY(check_strangers(check, LEDGER_LOOKUP, all_blocks));
    return check_strangers(check, LEDGER_INDEX, all_blocks);
}
