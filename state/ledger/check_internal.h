/* The inside of the check, shared by the check_*.c of this folder. */
#ifndef STATE_LEDGER_CHECK_INTERNAL_H
#define STATE_LEDGER_CHECK_INTERNAL_H

#include "state/ledger/history_internal.h"
#include "state/ledger/ledger_check.h"

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
    struct mm_buf value;     /* of the last row looked up */
    struct ledger_past past; /* of the snapshot */
};

/* "slot 0x… of account 0x…": what a row is, for people. */
void check_name(char out[CHECK_NAME_BYTES], enum ledger_family family, mm_bytes key);

/* A number for a key, and sets of them. */
uint64_t check_hash(mm_bytes key);
MM_MUST_USE mm_err check_set_add(struct check_set *set, uint64_t item);
/* Before check_set_has. */
void check_set_sort(struct check_set *set);
bool check_set_has(const struct check_set *set, uint64_t item);
void check_set_fini(struct check_set *set);

/* Reports a fault of a row; fault NULL: there is none. */
void check_fault(struct ledger_check *check, enum ledger_family family, mm_bytes key,
                 const char *fault);

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

/* ---- check_follows.c ---- */

/* Of a block whose own rows are read. */
MM_MUST_USE mm_err check_follows(struct ledger_check *check, struct mm_arena *arena,
                                 struct ledger_checked *block, uint64_t block_num);

/* ---- check_meta.c ---- */

MM_MUST_USE mm_err check_meta(struct ledger_check *check);

/* ---- check_proofs.c: what headers prove of what was ---- */

/* Proofs of many keys at many blocks, best from the last block down. */
struct check_proofs {
    struct ledger_check *check;
    struct mm_arena arena; /* of one proof */
    struct ledger_state state;
};
void check_proofs_init(struct check_proofs *proofs, struct ledger_check *check);
/* Before the first proof. */
MM_MUST_USE mm_err check_proofs_open(struct check_proofs *proofs);
void check_proofs_fini(struct check_proofs *proofs);
/* Whether proofs of this block are promised. */
bool check_is_provable(const struct ledger_check *check, uint64_t block_num);
/* Whether the header of a provable block proves that an account or slot (a key of the flat state) had this value; empty: nothing. */
MM_MUST_USE mm_err check_prove_state(struct check_proofs *proofs, bool *is_proven, mm_bytes key,
                                     mm_bytes value, uint64_t block_num);
/* Whether the way to this node (a key of the trie) is proven as of the block. */
MM_MUST_USE mm_err check_prove_node(struct check_proofs *proofs, bool *is_proven, mm_bytes key,
                                    uint64_t block_num);

/* ---- check_epochs.c ---- */

bool check_is_node_key(mm_bytes key);
/* Rows of the history family that belong to epochs, but for what the lists of changed keys say. */
MM_MUST_USE mm_err check_epoch_row(struct ledger_check *check, mm_bytes key, mm_bytes value);

/* ---- check_flushes.c ---- */

MM_MUST_USE mm_err check_flushes(struct ledger_check *check);
bool check_is_state_key(mm_bytes key);

/* ---- check_changed.c ---- */

/* Every change of the flat state that history knows of is in the list of its flush, and no list has another. */
MM_MUST_USE mm_err check_changed(struct ledger_check *check);

#endif
