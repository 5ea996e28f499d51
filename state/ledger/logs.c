/* Logs by address and topic.
 *
 * The index has a row (hash of field and value, block number) for each address and each topic at its position that a block's logs
 * have. Senders and recipients of its transactions have rows as addresses do (accounts.c): where an account takes part and where
 * it logs is mostly the same blocks, and one row serves both. It names candidate blocks; whether a log matches is then seen in the receipts, so a row that collides costs time and
 * never an answer. Blocks of the tail are looked up in their own sorted rows. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/ledger/ledger_internal.h"

uint64_t log_row(enum log_field field, mm_bytes value)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)field + 1);
    for (size_t at = 0; at < value.len; at += 4) { /* 20 or 32 bytes */
        hash = (hash ^ mm_get_be32(value.ptr + at)) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static size_t sort_unique(uint64_t *numbers, size_t count)
{
    if (count == 0)
        return 0;
    qsort(numbers, count, sizeof *numbers, by_number);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (numbers[i] != numbers[kept - 1])
            numbers[kept++] = numbers[i];
    }
    return kept;
}

mm_err log_rows(struct mm_arena *arena, const uint64_t **rows, size_t *count,
                const struct log_source *sources, size_t source_count)
{
    size_t most = 0;
    *rows = NULL;
    *count = 0;
    for (size_t i = 0; i < source_count; i++)
        most += 2 + sources[i].log_count * (LOG_TOPICS_MAX + 1);
    uint64_t *made = mm_arena_alloc(arena, most * sizeof *made);
    if (made == NULL)
        return MM_ERR_NO_MEMORY;
    size_t used = 0;
    for (size_t i = 0; i < source_count; i++) {
        made[used++] = log_row(LOG_FIELD_ADDR, mm_bytes_addr(sources[i].sender));
        if (sources[i].to != NULL)
            made[used++] = log_row(LOG_FIELD_ADDR, mm_bytes_addr(sources[i].to));
        for (size_t j = 0; j < sources[i].log_count; j++) {
            const struct log *log = &sources[i].logs[j];
            made[used++] = log_row(LOG_FIELD_ADDR, mm_bytes_addr(&log->addr));
            for (size_t k = 0; k < log->topic_count; k++)
                made[used++] = log_row((enum log_field)(LOG_FIELD_TOPIC_0 + k),
                                       mm_bytes_hash(&log->topics[k]));
        }
    }
    *rows = made;
    *count = sort_unique(made, used);
    return MM_OK;
}

bool log_filter_matches(const struct log_filter *filter, const struct log *log)
{
    bool is_addr = filter->addr_count == 0;
    for (size_t i = 0; i < filter->addr_count && !is_addr; i++)
        is_addr = mm_addr_equal(&filter->addrs[i], &log->addr);
    if (!is_addr || log->topic_count < filter->topic_count)
        return false;
    for (size_t i = 0; i < filter->topic_count; i++) {
        bool is_topic = filter->topics[i].count == 0;
        for (size_t j = 0; j < filter->topics[i].count && !is_topic; j++)
            is_topic = mm_hash_equal(&filter->topics[i].any_of[j], &log->topics[i]);
        if (!is_topic)
            return false;
    }
    return true;
}

/* ---- candidates ---- */

/* One condition of the filter: a block qualifies when it has any of these rows. */
struct group {
    uint64_t *rows; /* ascending */
    size_t count;
};

enum { GROUPS_MAX = LOG_TOPICS_MAX + 1 };

struct search {
    struct ledger_view *view;
    const struct log_filter *filter;
    struct mm_arena arena; /* of the search */
    struct group groups[GROUPS_MAX];
    size_t group_count;
    uint64_t *blocks; /* candidates, ascending */
    size_t block_count;
    size_t block_capacity;
};

static mm_err make_groups(struct search *search)
{
    const struct log_filter *filter = search->filter;
    for (size_t i = 0; i <= filter->topic_count; i++) {
        const bool is_addr = i == filter->topic_count;
        const size_t count = is_addr ? filter->addr_count : filter->topics[i].count;
        if (count == 0)
            continue;
        struct group *group = &search->groups[search->group_count++];
        group->rows = MM_ARENA_ARRAY(&search->arena, uint64_t, count);
        if (group->rows == NULL)
            return MM_ERR_NO_MEMORY;
        for (size_t j = 0; j < count; j++)
            group->rows[j] = is_addr ? log_row(LOG_FIELD_ADDR, mm_bytes_addr(&filter->addrs[j]))
                                     : log_row((enum log_field)(LOG_FIELD_TOPIC_0 + i),
                                               mm_bytes_hash(&filter->topics[i].any_of[j]));
        group->count = sort_unique(group->rows, count);
    }
    return MM_OK;
}

static mm_err add_candidate(struct search *search, uint64_t block_num)
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

static mm_err next_of_group(struct kv_iter *iter, uint64_t *block_num, const struct group *group,
                            uint64_t from)
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
static mm_err flushed_candidates(struct search *search, uint64_t from, uint64_t to)
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

static bool block_has_rows(const struct search *search, const struct tail_block *block)
{
    if (block->row_count == 0)
        return false;
    for (size_t i = 0; i < search->group_count; i++) {
        bool is_found = false;
        for (size_t j = 0; j < search->groups[i].count && !is_found; j++)
            is_found = bsearch(&search->groups[i].rows[j], block->rows, block->row_count,
                               sizeof *block->rows, by_number) != NULL;
        if (!is_found)
            return false;
    }
    return true;
}

static mm_err tail_candidates(struct search *search, struct tail *tail, uint64_t from, uint64_t to)
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
              by_number);
    return MM_OK;
}

static mm_err find_candidates(struct search *search)
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

/* ---- matching ---- */

static mm_err match_block(struct search *search, struct mm_arena *arena, uint64_t block_num,
                          log_hit_fn hit, void *ctx)
{
    struct header header;
    struct log_hit found = { .block_num = block_num };
    MM_TRY(ledger_header(search->view, &header, &found.block_hash, block_num));
    found.block_timestamp = header.timestamp;
    size_t count = 0;
    const struct ledger_tx *txs = NULL;
    MM_TRY(ledger_tx_count(search->view, &count, block_num));
    MM_TRY(ledger_txs(search->view, arena, &txs, block_num, 0, count));
    for (size_t i = 0; i < count; i++) {
        found.tx_hash = txs[i].tx.hash;
        found.tx_index = i;
        for (size_t j = 0; j < txs[i].log_count; j++) {
            if (!log_filter_matches(search->filter, &txs[i].logs[j]))
                continue;
            found.log_index = txs[i].first_log + j;
            found.log = txs[i].logs[j];
            MM_TRY(hit(ctx, &found));
        }
    }
    return MM_OK;
}

/* Of a range that begins before the ledger does, only a single block may be answered for: one that has no transactions. */
static mm_err must_be_here(struct ledger_view *view, const struct log_filter *filter)
{
    struct header header;
    mm_hash32 hash;
    const uint64_t begins = view->ledger->begins;
    if (begins == 0 || filter->from_block > begins)
        return MM_OK;
    if (filter->from_block != filter->to_block)
        return MM_ERR_PRUNED;
    MM_TRY(ledger_header(view, &header, &hash, filter->from_block));
    return ledger_is_pruned(view->ledger, &header) ? MM_ERR_PRUNED : MM_OK;
}

mm_err ledger_logs(struct ledger_view *view, const struct log_filter *filter, log_hit_fn hit,
                   void *ctx)
{
    MM_ASSERT(filter->to_block <= view->head && filter->topic_count <= LOG_TOPICS_MAX);
    MM_TRY(must_be_here(view, filter));
    struct search search = { .view = view, .filter = filter };
    mm_arena_init(&search.arena, SIZE_MAX);
    mm_err err = find_candidates(&search);
    struct mm_arena arena; /* of one block */
    mm_arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; err == MM_OK && i < search.block_count; i++) {
        err = match_block(&search, &arena, search.blocks[i], hit, ctx);
        mm_arena_reset(&arena);
    }
    mm_arena_fini(&arena);
    mm_arena_fini(&search.arena);
    return err;
}
