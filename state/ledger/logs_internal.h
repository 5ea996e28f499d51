/* Logs by address and topic, by file:
 *
 *     log_rows.c   what a block gives the index     log_candidates.c   blocks that may have such logs     logs.c   which ones do
 *
 * The index has a row (hash of field and value, block number) for each address and each topic at its position that a block's logs
 * have. Senders and recipients of its transactions have rows as addresses do (accounts.c): where an account takes part and where
 * it logs is mostly the same blocks, and one row serves both. It names candidate blocks; whether a log matches is then seen in the
 * receipts, so a row that collides costs time and never an answer. Blocks of the tail are looked up in their own sorted rows. */
#ifndef STATE_LEDGER_LOGS_INTERNAL_H
#define STATE_LEDGER_LOGS_INTERNAL_H

#include "state/ledger/ledger_internal.h"

/* One condition of the filter: a block qualifies when it has any of these rows. */
struct log_group {
    uint64_t *rows; /* ascending */
    size_t count;
};

enum { LOG_GROUPS_MAX = LOG_TOPICS_MAX + 1 };

struct log_search {
    struct ledger_view *view;
    const struct log_filter *filter;
    struct mm_arena arena; /* of the search */
    struct log_group groups[LOG_GROUPS_MAX];
    size_t group_count;
    uint64_t *blocks; /* candidates, ascending */
    size_t block_count;
    size_t block_capacity;
};

/* ---- log_rows.c ---- */

/* For qsort and bsearch over numbers of 64 bits. */
int log_by_number(const void *a, const void *b);
/* Ascending, each once; how many are left. */
size_t log_sort_unique(uint64_t *numbers, size_t count);

/* ---- log_candidates.c ---- */

/* Into search->blocks, ascending. */
MM_MUST_USE mm_err log_find_candidates(struct log_search *search);

#endif
