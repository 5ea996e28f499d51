/* Installed filters: what a client asked to be told about, and how far it has been told.
 *
 * A filter is looked up by an id that cannot be guessed, so that no page polls another's. It goes away when it is uninstalled or was
 * not polled for five minutes. Polls take a reference, so that a filter that goes away at that moment is freed by the last.
 * Threads: all functions from any; what a filter's own lock guards is said at its members.
 * Limits: FILTERS_MAX, and FILTERS_BYTES_MAX for their addresses and topics. */
#ifndef RPC_ETH_FILTER_TABLE_H
#define RPC_ETH_FILTER_TABLE_H

#include "rpc/eth/eth_internal.h"

enum {
    FILTERS_MAX = 4096,
    FILTERS_BYTES_MAX = 32 << 20,
    FILTER_BYTES_MAX = 512 << 10, /* 1000 addresses and 4 x 1000 topics are 150 KB */
    FILTER_IDLE_S = 300,
};

enum filter_kind { FILTER_LOGS, FILTER_BLOCKS, FILTER_PENDING };

/* Transactions that a client knows of, ascending. */
struct filter_told {
    mm_hash32 *hashes; /* owned */
    size_t count;
};

struct filter {
    uint64_t id;
    enum filter_kind kind;
    bool is_hydrated;       /* of FILTER_PENDING: whole transactions */
    struct mm_arena arena;  /* of the filter below */
    struct log_filter logs; /* of FILTER_LOGS, with its range */
    struct eth_log_range range;
    size_t users;       /* guarded by the table's lock, with all above that changes */
    uint64_t polled_at; /* seconds of a clock that only goes on */
    struct filter *next;

    pthread_mutex_t lock;    /* one poll at a time: guards what follows */
    uint64_t next_block;     /* the first that was not told about */
    uint64_t era;            /* of the chain that the others were of */
    struct filter_told told; /* of FILTER_PENDING: what was pooled at the last poll */
};

/* A filter of its own, not installed yet. NULL: no memory. */
struct filter *filter_new(enum filter_kind kind, const struct ledger_view *view);
void filter_free(struct filter *taken_filter);

/* Gives it an id. False when there are too many; the filter is then still the caller's. */
MM_MUST_USE bool filters_install(struct eth_filters *filters, struct filter *filter);
/* A reference, or NULL: not there. It counts as a poll. */
struct filter *filters_take(struct eth_filters *filters, uint64_t id);
void filters_give(struct eth_filters *filters, struct filter *taken_filter);
/* Whether it was there. */
bool filters_remove(struct eth_filters *filters, uint64_t id);

#endif
