/* Logs by address and topic.
 *
 * The index has a row (hash of field and value, block number) for each address and each topic at its position that a block's logs
 * have. Senders and recipients of its transactions have rows as addresses do (accounts.c): where an account takes part and where
 * it logs is mostly the same blocks, and one row serves both. It names candidate blocks; whether a log matches is then seen in the receipts, so a row that collides costs time and
 * never an answer. Blocks of the tail are looked up in their own sorted rows. */
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/crypto/keccak.h"
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
    /* The last topics first, which are mostly the rarest: the search leaps from one of their blocks to the next. */
    for (size_t n = filter->topic_count + 1; n-- > 0;) {
        const bool is_addr = n == 0;
        const size_t i = n - 1;
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

/* The logs of a chunk that match, in the order of the block. */
struct matches {
    const struct log_filter *filter;
    mm_bytes telling; /* as telling_topic has it */
    struct mm_arena *arena;
    size_t in_chunk; /* results */
    struct match {
        struct match *next;
        struct log log;
        size_t place; /* of its transaction in the chunk */
        size_t log_index;
    } * first, **end;
};

static mm_err add_match(struct matches *matches, const struct log *log, size_t place,
                        size_t log_index)
{
    struct match *match = mm_arena_alloc(matches->arena, sizeof *match);
    if (match == NULL)
        return MM_ERR_NO_MEMORY;
    *match = (struct match){ .log = *log, .place = place, .log_index = log_index };
    *matches->end = match;
    matches->end = &match->next;
    return mm_arena_copy(matches->arena, &match->log.data, log->data);
}

/* The one topic that a log must have behind the event's name, from the back: a token or a person, which most receipts do not have.
 * Records have it as it is, so one that lacks its bytes need not be read. Empty: the filter asks for no such topic. */
static mm_bytes telling_topic(const struct log_filter *filter)
{
    for (size_t i = filter->topic_count; i-- > 1;) {
        if (filter->topics[i].count == 1)
            return mm_bytes_hash(filter->topics[i].any_of);
    }
    return (mm_bytes){ NULL, 0 };
}

static mm_err match_result(struct matches *matches, mm_bytes result, size_t place)
{
    struct record_logs logs;
    struct log log;
    size_t log_index;
    MM_TRY(record_logs_open(&logs, result));
    while (record_logs_next(&logs, &log, &log_index)) {
        if (log_filter_matches(matches->filter, &log))
            MM_TRY(add_match(matches, &log, place, log_index));
    }
    return record_logs_close(&logs);
}

/* Where the telling topic stands next, from `from` on; the end of the pack when it does not. */
static const uint8_t *next_telling(const struct matches *matches, mm_bytes packed,
                                   const uint8_t *from)
{
    const uint8_t *end = packed.ptr + packed.len;
    const uint8_t *found =
        memmem(from, (size_t)(end - from), matches->telling.ptr, matches->telling.len);
    return found == NULL ? end : found;
}

static mm_err see_results(void *ctx, mm_bytes packed)
{
    struct matches *matches = ctx;
    const uint8_t *telling = packed.ptr; /* records that end before it have none */
    MM_TRY(pack_count(packed, &matches->in_chunk));
    if (matches->telling.len > 0)
        telling = next_telling(matches, packed, packed.ptr);
    for (size_t i = 0; i < matches->in_chunk; i++) {
        mm_bytes result;
        MM_TRY(pack_item(packed, &result, i));
        if (matches->telling.len > 0 && telling >= result.ptr + result.len)
            continue;
        MM_TRY(match_result(matches, result, i));
        if (matches->telling.len > 0)
            telling = next_telling(matches, packed, result.ptr + result.len);
    }
    return MM_OK;
}

/* The hashes of the transactions that have matches, each once. */
struct naming {
    const struct matches *matches;
    mm_hash32 hashes[PACK_ITEMS];
};

static mm_err see_bodies(void *ctx, mm_bytes packed)
{
    struct naming *naming = ctx;
    mm_bytes raws[PACK_ITEMS] = { { NULL, 0 } };
    size_t places[PACK_ITEMS];
    mm_hash32 hashes[PACK_ITEMS];
    size_t count = 0;
    for (const struct match *match = naming->matches->first; match != NULL; match = match->next) {
        if (count > 0 && places[count - 1] == match->place)
            continue;
        MM_TRY(pack_item(packed, &raws[count], match->place));
        places[count++] = match->place;
    }
    keccak256_many(hashes, raws, count);
    for (size_t i = 0; i < count; i++)
        naming->hashes[places[i]] = hashes[i];
    return MM_OK;
}

/* What stands in receipts must have its body, and the other way round. */
static mm_err must_be_there(mm_err err)
{
    return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
}

static mm_err hand_over(struct search *search, const struct matches *matches, struct log_hit *found,
                        uint32_t chunk, log_hit_fn hit, void *ctx)
{
    struct naming naming = { .matches = matches };
    const struct ledger_key key = key_body(found->block_num, chunk);
    if (matches->first == NULL)
        return MM_OK;
    MM_TRY(must_be_there(
        era_look(search->view->era, search->view->ledger->kv, &key, see_bodies, &naming)));
    for (const struct match *match = matches->first; match != NULL; match = match->next) {
        found->tx_hash = naming.hashes[match->place];
        found->tx_index = (size_t)chunk * PACK_ITEMS + match->place;
        found->log_index = match->log_index;
        found->log = match->log;
        MM_TRY(hit(ctx, found));
    }
    return MM_OK;
}

static mm_err see_nothing(void *ctx, mm_bytes packed)
{
    (void)ctx, (void)packed;
    return MM_OK;
}

/* MM_OK where the block ends before this chunk. */
static mm_err has_no_body(struct ledger_view *view, uint64_t block_num, uint32_t chunk)
{
    const struct ledger_key key = key_body(block_num, chunk);
    const mm_err err = era_look(view->era, view->ledger->kv, &key, see_nothing, NULL);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err == MM_OK ? MM_ERR_CORRUPT : err;
}

/* Receipts alone say whether a log matches; the transactions of those that do are only hashed. */
static mm_err match_block(struct search *search, struct mm_arena *arena, uint64_t block_num,
                          log_hit_fn hit, void *ctx)
{
    struct log_hit found = { .block_num = block_num };
    MM_TRY(ledger_stamp(search->view, &found.block_hash, &found.block_timestamp, block_num));
    for (uint32_t chunk = 0;; chunk++) {
        struct matches matches = { .filter = search->filter,
                                   .telling = telling_topic(search->filter),
                                   .arena = arena };
        const struct ledger_key key = key_receipts(block_num, chunk);
        matches.end = &matches.first;
        const mm_err err =
            view_look(search->view, LEDGER_RECEIPT, key_bytes(&key), see_results, &matches);
        if (err == MM_ERR_NOT_FOUND)
            return has_no_body(search->view, block_num, chunk);
        MM_TRY(err);
        MM_TRY(hand_over(search, &matches, &found, chunk, hit, ctx));
        if (matches.in_chunk < PACK_ITEMS)
            return MM_OK; /* only the last one is short */
    }
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
