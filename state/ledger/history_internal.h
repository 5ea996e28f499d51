/* History: how a flush writes what was, and how it is read again. Shared by the files of this folder that do. */
#ifndef STATE_LEDGER_HISTORY_INTERNAL_H
#define STATE_LEDGER_HISTORY_INTERNAL_H

#include "state/ledger/ledger_internal.h"

/* ---- tail_sort.c ---- */

struct sort_item {
    uint64_t chunk; /* bytes that it is sorted by */
    union {
        const struct tail_entry *entry;
        uint64_t block_num;
    };
};

/* Entries by family, then by key; of one key the newest first. */
struct tail_sorted {
    struct sort_item *items; /* owned */
    size_t count;
    size_t from[KV_FAMILIES_MAX + 1]; /* where each family begins */
};
MM_MUST_USE mm_err tail_sort(const struct tail *tail, struct tail_sorted *sorted);
void tail_sorted_fini(struct tail_sorted *sorted);
/* The versions of the key that the entry `at` is of, newest first. */
struct tail_key_group {
    mm_bytes key;
    const struct sort_item *versions;
    size_t count;
};
struct tail_key_group tail_group(const struct tail_sorted *sorted, size_t at, size_t end);
/* Rows of the log index: chunk is the row, block_num its block. *rows is the caller's to free. */
MM_MUST_USE mm_err tail_sort_rows(const struct tail *tail, struct sort_item **rows, size_t *count);

/* ---- deltas.c: trie nodes as they were, packed ---- */

/* What a block did to a node. */
struct delta_entry {
    mm_bytes node_key;
    uint64_t block_num;
    uint64_t since; /* of the version before; 0 where there was none */
    mm_bytes delta; /* state/trie/node_delta.h */
};

enum {
    DELTAS_BYTES = 16 << 10, /* of a pack, about: what a reader of one delta reads */
    DELTAS_RUN = 16, /* entries between two that are written without reference to the one before */
    DELTAS_BYTES_MAX = 256 << 20,
};

/* Appends the entry to the pack being made. Ascending by key and block, of one epoch. */
struct delta_pack {
    struct mm_buf data;
    struct mm_buf starts; /* of runs, 4 bytes each */
    struct ledger_key first;
    uint64_t first_block;
    struct ledger_key last;
    size_t count;
};
void deltas_init(struct delta_pack *pack);
void deltas_fini(struct delta_pack *pack);
void deltas_reset(struct delta_pack *pack);
void deltas_add(struct delta_pack *pack, const struct delta_entry *entry);
/* Appends what is stored. */
void deltas_encode(const struct delta_pack *pack, struct mm_buf *out);

/* Reading, strict: MM_ERR_CORRUPT. Everything borrowed from the pack, the node key from the cursor. */
struct delta_cursor {
    mm_bytes starts;
    mm_bytes data;
    uint64_t epoch;
    size_t count;
    size_t index; /* of the next entry */
    size_t at;
    struct ledger_key key;
    struct delta_entry entry;
};
MM_MUST_USE mm_err deltas_open(struct delta_cursor *cursor, mm_bytes packed, uint64_t epoch);
/* The next one is cursor->entry. MM_ERR_NOT_FOUND at the end. */
MM_MUST_USE mm_err deltas_next(struct delta_cursor *cursor);
MM_MUST_USE mm_err deltas_find(struct delta_cursor *cursor, mm_bytes node_key, uint64_t block_num);

/* ---- changed.c: which keys of the flat state a flush changed ---- */

/* Slots are named by their first bytes: what begins so and did not change is seen to be so. */
enum { SLOT_PREFIX_BYTES = 8 };

/* Accounts ascending, each followed by its slots, ascending and distinct. */
void changed_add_account(struct mm_buf *list, const uint8_t *addr_key);
void changed_add_slot(struct mm_buf *list, size_t account_at, const uint8_t *slot_key);

struct changed_cursor {
    mm_bytes list;
    size_t at;
    const uint8_t *addr_key;
    const uint8_t *slot; /* its first SLOT_PREFIX_BYTES; NULL: the account itself */
    uint32_t slots_left;
};
/* MM_ERR_NOT_FOUND at the end, MM_ERR_CORRUPT. */
MM_MUST_USE mm_err changed_next(struct changed_cursor *cursor);

/* ---- past.c: reading what was ---- */

/* Of one snapshot; belongs to one thread. */
struct ledger_past {
    struct kv *kv;
    const struct kv_snapshot *snapshot;
    uint64_t flushed;
    struct kv_iter *history; /* owned; made when first needed */
    struct mm_buf now;       /* the version that the walk has come to … */
    struct mm_buf before;    /* … and the one before it */
    bool has_pack;           /* the iterator stands on the pack that `pack` is of */
    struct delta_cursor pack;
    struct past_known *known; /* owned; NULL: nothing is remembered */
};
void past_init(struct ledger_past *past, struct kv *kv, const struct kv_snapshot *snapshot,
               uint64_t flushed);
void past_fini(struct ledger_past *past);
/* As of a block up to the flushed one. Borrowed until the next read. MM_ERR_NOT_FOUND. */
MM_MUST_USE mm_err past_state(struct ledger_past *past, mm_bytes key, uint64_t block_num,
                              mm_bytes *value, uint64_t *since);
MM_MUST_USE mm_err past_node(struct ledger_past *past, mm_bytes key, uint64_t block_num,
                             mm_bytes *value, uint64_t *since);
/* What the block did to the node: past->pack.entry. MM_ERR_NOT_FOUND. */
MM_MUST_USE mm_err past_find_delta(struct ledger_past *past, mm_bytes key, uint64_t block_num);
/* The version before, into past->now. MM_ERR_NOT_FOUND: there was none. */
MM_MUST_USE mm_err past_undo(struct ledger_past *past, mm_bytes *value, uint64_t *since);

/* past_known.c: what earlier walks came to is remembered from here on, some 10 MiB of it. */
MM_MUST_USE mm_err past_remember(struct ledger_past *past);
void past_forget(struct ledger_past *past);
struct past_version {
    struct ledger_key key;
    uint8_t *value;   /* owned */
    size_t value_len; /* 0: there is none here */
    size_t capacity;
    uint64_t since;
    uint64_t until; /* the block that ended it */
};
const struct past_version *past_find_known(struct ledger_past *past, mm_bytes key);
MM_MUST_USE mm_err past_keep_known(struct ledger_past *past, mm_bytes key, mm_bytes value,
                                   uint64_t since, uint64_t until);

/* ---- flush_rows.c ---- */

/* Which blocks of a flush leave history of the trie behind. */
struct flush_kept {
    uint64_t proof_window;
    uint64_t keep_from;
};
MM_MUST_USE mm_err flush_rows(struct kv *kv, const struct kv_snapshot *before,
                              struct kv_batch *batch, struct tail *tail,
                              const struct flush_kept *kept);

#endif
