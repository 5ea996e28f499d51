/* The inside of the check, shared by the check_*.c of this folder. */
#ifndef STATE_LEDGER_CHECK_INTERNAL_H
#define STATE_LEDGER_CHECK_INTERNAL_H

#include "state/ledger/ledger_check.h"
#include "state/ledger/ledger_internal.h"

enum { CHECK_NAME_BYTES = 512, CHECK_LINE_BYTES = 1024 };

/* Hashes of keys. */
struct check_set {
    uint64_t *items; /* owned */
    size_t count;
    size_t capacity;
};

struct ledger_check {
    struct ledger_view *view; /* one use of it */
    struct kv *kv;
    const struct kv_snapshot *snapshot;
    struct ledger_check_sink sink;
    uint64_t problems;
    bool is_muted;                  /* a second pass: everything was said already */
    bool collects[KV_FAMILIES_MAX]; /* the second pass: keys of these families go into the sets */
    bool is_unsure
        [KV_FAMILIES_MAX]; /* something could not be read, so not all expected rows are known */
    uint64_t found[KV_FAMILIES_MAX]; /* rows that are expected and there */
    struct check_set sets[KV_FAMILIES_MAX];
    struct mm_buf value; /* of the last row looked up */
};

/* "slot 0x… of account 0x…": what a row is, for people. */
void check_name(char out[CHECK_NAME_BYTES], enum ledger_family family, mm_bytes key);

/* Looks an expected row up, which counts it. *is_here: false when it is missing or cannot be read; a row that cannot be read
 * is reported. *value is valid until the next one. */
MM_MUST_USE mm_err check_find(struct ledger_check *check, mm_bytes *value, bool *is_here,
                              enum ledger_family family, mm_bytes key);
/* The same for a row that must be there: its absence is reported. */
MM_MUST_USE mm_err check_must_find(struct ledger_check *check, mm_bytes *value, bool *is_here,
                                   enum ledger_family family, mm_bytes key);
/* The same for a row whose value is known. */
MM_MUST_USE mm_err check_expect(struct ledger_check *check, enum ledger_family family, mm_bytes key,
                                mm_bytes expected);

/* Calls back for every row of a family, in order of keys. An error of reading ends it and is reported. */
typedef mm_err (*check_row_fn)(void *ctx, mm_bytes key, mm_bytes value);
MM_MUST_USE mm_err check_each(struct ledger_check *check, enum ledger_family family,
                              check_row_fn row, void *ctx);

/* Reports each row of the family that is not among the expected ones. `again` makes the lookups of the first pass again, so
 * that their keys can be gathered; it runs only when there is a stranger. */
MM_MUST_USE mm_err check_strangers(struct ledger_check *check, enum ledger_family family,
                                   mm_err (*again)(struct ledger_check *check));

#endif
