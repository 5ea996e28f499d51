/* What a block gives the index of logs, and which logs a filter takes. */
#include <stdlib.h>

#include "state/base/endian.h"
#include "state/ledger/logs_internal.h"

uint64_t log_row(enum log_field field, mm_bytes value)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)field + 1);
    for (size_t at = 0; at < value.len; at += 4) { /* 20 or 32 bytes */
        hash = (hash ^ mm_get_be32(value.ptr + at)) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return hash;
}

int log_by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

size_t log_sort_unique(uint64_t *numbers, size_t count)
{
    if (count == 0)
        return 0;
    qsort(numbers, count, sizeof *numbers, log_by_number);
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
    *count = log_sort_unique(made, used);
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
