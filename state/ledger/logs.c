/* Logs by address and topic: which logs of the candidates match (logs_internal.h). */
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/ledger/logs_internal.h"

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

static mm_err hand_over(struct log_search *search, const struct matches *matches,
                        struct log_hit *found, uint32_t chunk, log_hit_fn hit, void *ctx)
{
    struct naming naming = { .matches = matches };
    const struct ledger_key key = key_body(found->block_num, chunk);
    if (matches->first == NULL)
        return MM_OK;
    MM_TRY(ledger_must_be_there(
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
static mm_err match_block(struct log_search *search, struct mm_arena *arena, uint64_t block_num,
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
    struct log_search search = { .view = view, .filter = filter };
    mm_arena_init(&search.arena, SIZE_MAX);
    mm_err err = log_find_candidates(&search);
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
