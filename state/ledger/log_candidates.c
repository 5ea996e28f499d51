/* Blocks that may have logs that a filter takes: from the index, and from the tails. */
#include <stdlib.h>

#include "state/base/endian.h"
#include "state/ledger/logs_internal.h"

static mm_err make_groups(struct log_search *search)
{
    const struct log_filter *filter = search->filter;
    /* The last topics first, which are mostly the rarest: the search leaps from one of their blocks to the next. */
    for (size_t n = filter->topic_count + 1; n-- > 0;) {
        const bool is_addr = n == 0;
        const size_t i = n - 1;
        const size_t count = is_addr ? filter->addr_count : filter->topics[i].count;
        if (count == 0)
            continue;
        struct log_group *group = &search->groups[search->group_count++];
        group->rows = MM_ARENA_ARRAY(&search->arena, uint64_t, count);
        if (group->rows == NULL)
            return MM_ERR_NO_MEMORY;
        for (size_t j = 0; j < count; j++)
            group->rows[j] = is_addr ? log_row(LOG_FIELD_ADDR, mm_bytes_addr(&filter->addrs[j]))
                                     : log_row((enum log_field)(LOG_FIELD_TOPIC_0 + i),
                                               mm_bytes_hash(&filter->topics[i].any_of[j]));
        group->count = log_sort_unique(group->rows, count);
    }
    return MM_OK;
}

static mm_err add_candidate(struct log_search *search, uint64_t block_num)
{
    if (search->block_count == search->block_capacity) {
        const size_t capacity = search->block_capacity == 0 ? 256 : 2 * search->block_capacity;
        uint64_t *blocks =
            mm_arena_grow(&search->arena, search->blocks, search->block_capacity * sizeof *blocks,
                          capacity * sizeof *blocks);
        if (blocks == NULL)
            return MM_ERR_NO_MEMORY;
        search->blocks = blocks;
        search->block_capacity = capacity;
    }
    search->blocks[search->block_count++] = block_num;
    return MM_OK;
}

/* The first block >= from that has the row; UINT64_MAX when none. */
static mm_err next_of_row(struct kv_iter *iter, uint64_t *block_num, uint64_t row, uint64_t from)
{
    const struct ledger_key key = key_log_index(row, from);
    *block_num = UINT64_MAX;
    kv_iter_seek(iter, key_bytes(&key));
    MM_TRY(kv_iter_err(iter));
    if (!kv_iter_valid(iter))
        return MM_OK;
    const mm_bytes found = kv_iter_key(iter);
    if (found.len != 16)
        return MM_ERR_CORRUPT;
    if (mm_get_be64(found.ptr) == row)
        *block_num = mm_get_be64(found.ptr + 8);
    return MM_OK;
}

static mm_err next_of_group(struct kv_iter *iter, uint64_t *block_num,
                            const struct log_group *group, uint64_t from)
{
    *block_num = UINT64_MAX;
    for (size_t i = 0; i < group->count; i++) {
        uint64_t next;
        MM_TRY(next_of_row(iter, &next, group->rows[i], from));
        if (next < *block_num)
            *block_num = next;
        if (*block_num == from)
            break;
    }
    return MM_OK;
}

/* Leaps from candidate to candidate: each group in turn moves the position to its next block, until all agree on one. */
static mm_err flushed_candidates(struct log_search *search, uint64_t from, uint64_t to)
{
    const struct pin *pin = search->view->pin;
    struct kv_iter *iter = kv_iter_new(pin->kv, pin->snapshot, LEDGER_INDEX);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    while (err == MM_OK && from <= to) {
        size_t agreeing = 0;
        for (size_t i = 0; err == MM_OK && from <= to && agreeing < search->group_count;
             i = (i + 1) % search->group_count) {
            uint64_t next = UINT64_MAX;
            err = next_of_group(iter, &next, &search->groups[i], from);
            agreeing = next == from ? agreeing + 1 : 1;
            from = next;
        }
        if (err == MM_OK && from <= to)
            err = add_candidate(search, from++);
    }
    kv_iter_free(iter);
    return err;
}

static bool block_has_rows(const struct log_search *search, const struct tail_block *block)
{
    if (block->row_count == 0)
        return false;
    for (size_t i = 0; i < search->group_count; i++) {
        bool is_found = false;
        for (size_t j = 0; j < search->groups[i].count && !is_found; j++)
            is_found = bsearch(&search->groups[i].rows[j], block->rows, block->row_count,
                               sizeof *block->rows, log_by_number) != NULL;
        if (!is_found)
            return false;
    }
    return true;
}

static mm_err tail_candidates(struct log_search *search, struct tail *tail, uint64_t from,
                              uint64_t to)
{
    const size_t first = search->block_count;
    const struct tail_block *block =
        atomic_load_explicit(&tail->newest_block, memory_order_acquire);
    for (; block != NULL && block->block_num >= from; block = block->older) {
        if (block->block_num <= to && block_has_rows(search, block))
            MM_TRY(add_candidate(search, block->block_num));
    }
    if (search->block_count > first) /* they came newest first */
        qsort(search->blocks + first, search->block_count - first, sizeof *search->blocks,
              log_by_number);
    return MM_OK;
}

mm_err log_find_candidates(struct log_search *search)
{
    const struct log_filter *filter = search->filter;
    const uint64_t flushed = search->view->pin->flushed;
    MM_TRY(make_groups(search));
    if (filter->from_block <= flushed) {
        const uint64_t to = filter->to_block < flushed ? filter->to_block : flushed;
        if (search->group_count > 0) {
            MM_TRY(flushed_candidates(search, filter->from_block, to));
        } else {
            for (uint64_t block_num = filter->from_block; block_num <= to; block_num++)
                MM_TRY(add_candidate(search, block_num));
        }
    }
    for (size_t i = 2; i-- > 0;) {
        if (search->view->tails[i] != NULL)
            MM_TRY(tail_candidates(search, search->view->tails[i], filter->from_block,
                                   filter->to_block));
    }
    return MM_OK;
}
