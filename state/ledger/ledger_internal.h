/* The ledger's inside, shared by the files of this folder. */
#ifndef STATE_LEDGER_LEDGER_INTERNAL_H
#define STATE_LEDGER_LEDGER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "state/ledger/flat_cache.h"
#include "state/ledger/ledger.h"
#include "state/ledger/node_cache.h"

enum ledger_family {
    LEDGER_META,    /* a few named values */
    LEDGER_BLOCK,   /* headers, bodies, certificates, edits: the only thing that is not derived */
    LEDGER_RECEIPT, /* what execution said of each transaction */
    LEDGER_LOOKUP,  /* block hash, transaction hash → place */
    LEDGER_STATE,   /* flat state and code */
    LEDGER_TRIE,    /* trie nodes by path */
    LEDGER_HISTORY, /* old values of both */
    LEDGER_INDEX,   /* blocks by address and by topic of their logs */
};

/* ---- keys.c: layouts, docs/STORAGE.md ---- */

enum {
    LEDGER_KEY_MAX = 128,
    /* What is written must be readable. The largest value: logs of 32 transactions, bounded by the block's gas at 8 a byte. */
    LEDGER_VALUE_MAX = 256 << 20,
};

struct ledger_key {
    uint8_t b[LEDGER_KEY_MAX];
    size_t len;
};

/* What must be there, as a body must that receipts speak of: its absence is damage. */
static inline mm_err ledger_must_be_there(mm_err err)
{
    return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
}

/* Of a stored transaction: what does not decode is damage, unless there was no memory to decode it. */
static inline mm_err ledger_tx_err(enum tx_verdict verdict)
{
    if (verdict == TX_OK)
        return MM_OK;
    return verdict == TX_NO_MEMORY ? MM_ERR_NO_MEMORY : MM_ERR_CORRUPT;
}

static inline mm_bytes key_bytes(const struct ledger_key *key)
{
    return mm_bytes_from(key->b, key->len);
}

enum block_part { BLOCK_HEADER = 0, BLOCK_CERTIFICATE = 1, BLOCK_EDITS = 2, BLOCK_BODY = 3 };

struct ledger_key key_meta(const char *name);
struct ledger_key key_block_part(uint64_t block_num, enum block_part part);
/* chunk: of PACK_ITEMS transactions each. */
struct ledger_key key_body(uint64_t block_num, uint32_t chunk);
struct ledger_key key_receipts(uint64_t block_num, uint32_t chunk);
struct ledger_key key_block_hash(const mm_hash32 *hash);
struct ledger_key key_tx_hash(const mm_hash32 *hash);
struct ledger_key key_account(const mm_hash32 *addr_key);
struct ledger_key key_slot(const mm_hash32 *addr_key, const mm_hash32 *slot_key);
struct ledger_key key_code(const mm_hash32 *code_hash);
/* addr_key NULL: the account trie. path: a nibble a byte. */
struct ledger_key key_node(const mm_hash32 *addr_key, mm_bytes path);
/* In meta: the validator set after a block before the ledger's beginning. */
struct ledger_key key_restored_set(uint64_t block_num);
struct ledger_key key_state_history(mm_bytes state_key, uint64_t block_num);

/* What is kept of an epoch of blocks and goes with it. In it, of each flush, by the last block that it has of the epoch: the keys of
 * the flat state that changed, and the deltas of trie nodes in packs; and of each node that went, the block that took it. */
enum { EPOCH_BLOCKS = 256 };
enum epoch_part { EPOCH_CHANGED = 'c', EPOCH_GONE = 'g', EPOCH_DELTAS = 'p' };
struct ledger_key key_epoch(uint64_t epoch);
struct ledger_key key_epoch_part(uint64_t epoch, enum epoch_part part);
/* EPOCH_CHANGED: the list of a flush. EPOCH_DELTAS: what its packs begin with. */
struct ledger_key key_flush(uint64_t epoch, enum epoch_part part, uint64_t last_block);
struct ledger_key key_gone(mm_bytes node_key, uint64_t block_num);
/* The pack whose first delta is this one. */
struct ledger_key key_deltas(uint64_t epoch, uint64_t last_block, mm_bytes node_key,
                             uint64_t block_num);
struct ledger_key key_log_index(uint64_t row, uint64_t block_num);
/* In the flat cache alone: hash and time of a block. */
struct ledger_key key_stamp(uint64_t era, uint64_t block_num);

/* ---- pack.c: a few items in one value, each reachable without reading the others ---- */

enum { PACK_ITEMS = 32 };
/* ends[i]: where item i ends in data. */
void pack_encode(struct mm_buf *buf, mm_bytes data, const size_t *ends, size_t count);
MM_MUST_USE mm_err pack_count(mm_bytes packed, size_t *count);
/* MM_ERR_NOT_FOUND past the end, MM_ERR_CORRUPT. Borrowed. */
MM_MUST_USE mm_err pack_item(mm_bytes packed, mm_bytes *item, size_t index);

/* ---- records.c: values ---- */

/* Accounts, slots and trie nodes are written with the block that they are so since: since(8) value. */
enum { SINCE_BYTES = 8 };
bool record_is_dated(enum ledger_family family, mm_bytes key);
/* MM_ERR_CORRUPT: it is none. Borrowed. */
MM_MUST_USE mm_err record_open(mm_bytes record, mm_bytes *value, uint64_t *since);
/* Appends. */
void record_dated(struct mm_buf *buf, uint64_t since, mm_bytes value);

void record_result_encode(struct mm_buf *buf, const struct tx *tx, const struct tx_result *result,
                          size_t first_log);
MM_MUST_USE mm_err record_result_decode(struct mm_arena *arena, struct ledger_tx *tx,
                                        mm_bytes encoded);
/* The logs of a result one by one, without the rest of it. */
struct record_logs {
    struct rlp items;
    size_t next; /* the index in the block of the next one */
};
MM_MUST_USE mm_err record_logs_open(struct record_logs *logs, mm_bytes encoded);
/* False at the end, or where the record is damaged: record_logs_close says which. The data is borrowed from the record. */
bool record_logs_next(struct record_logs *logs, struct log *log, size_t *index);
MM_MUST_USE mm_err record_logs_close(struct record_logs *logs);
void record_place_encode(uint8_t out[12], uint64_t block_num, uint32_t index);
MM_MUST_USE mm_err record_place_decode(uint64_t *block_num, size_t *index, mm_bytes encoded);
/* Slot values without leading zeros. */
mm_bytes record_slot(uint8_t out[32], const mm_u256 *value);

/* ---- tail.c: what was not flushed yet, with versions ---- */

struct tail_entry {
    struct tail_entry *older_in_bucket; /* next in the bucket: an older version or another key */
    struct tail_entry *older;           /* of the tail, in order of making */
    uint64_t block_num;
    uint64_t hash;
    uint64_t old_since;
    uint32_t value_len;
    uint32_t old_len;
    uint16_t key_len;
    uint8_t family;
    bool is_present;  /* the value counts; otherwise the key is deleted as of this block */
    bool was_present; /* the key had something before this block */
    uint8_t bytes[];  /* block_num(8), value, key, old */
};

static inline mm_bytes tail_value(const struct tail_entry *entry)
{
    return mm_bytes_from(entry->bytes + SINCE_BYTES, entry->value_len);
}
/* The value as a dated record. */
static inline mm_bytes tail_record(const struct tail_entry *entry)
{
    return mm_bytes_from(entry->bytes, SINCE_BYTES + (size_t)entry->value_len);
}
static inline mm_bytes tail_key(const struct tail_entry *entry)
{
    return mm_bytes_from(entry->bytes + SINCE_BYTES + entry->value_len, entry->key_len);
}
/* What a trie node was before, since block old_since; empty where an earlier entry of the tail says it. */
static inline mm_bytes tail_old(const struct tail_entry *entry)
{
    return mm_bytes_from(entry->bytes + SINCE_BYTES + entry->value_len + entry->key_len,
                         entry->old_len);
}

/* What logs of unflushed blocks are found by. */
struct tail_block {
    struct tail_block *older;
    uint64_t block_num;
    const uint64_t *rows; /* of the log index, ascending */
    size_t row_count;
};

enum { TAIL_BUCKETS = 1 << 15 };

struct tail {
    atomic_size_t users;
    struct mm_arena arena;
    struct tail_entry *newest;
    _Atomic(struct tail_block *) newest_block;
    uint64_t first_block; /* blocks first_block … last_block are in it */
    uint64_t last_block;
    size_t entry_count;
    _Atomic(struct tail_entry *) buckets[TAIL_BUCKETS];
};

struct tail *tail_new(uint64_t first_block);
void tail_acquire(struct tail *tail);
void tail_release(struct tail *tail);
/* Copies; the writer alone. */
struct tail_change {
    enum ledger_family family;
    mm_bytes key;
    mm_bytes value;
    bool is_present;
    bool was_present;
    mm_bytes old; /* of a trie node whose version before is not in the tail */
    uint64_t old_since;
};
MM_MUST_USE mm_err tail_add(struct tail *tail, uint64_t block_num,
                            const struct tail_change *change);
/* The block's entries are all there: it is in the tail from now on. */
MM_MUST_USE mm_err tail_add_block(struct tail *tail, uint64_t block_num, const uint64_t *rows,
                                  size_t row_count);
/* The newest version at or before block_num, or NULL. Any thread. */
const struct tail_entry *tail_find(struct tail *tail, enum ledger_family family, mm_bytes key,
                                   uint64_t block_num);
/* For a look-up in several tails: the hash of a key, and tail_find with it. */
uint64_t tail_hash(enum ledger_family family, mm_bytes key);
const struct tail_entry *tail_find_hashed(struct tail *tail, uint64_t hash,
                                          enum ledger_family family, mm_bytes key,
                                          uint64_t block_num);

/* ---- view.c ---- */

struct pin {
    atomic_size_t users;
    struct kv *kv;
    struct kv_snapshot *snapshot;
    uint64_t flushed;
    uint64_t proofs_from;     /* the first block whose trie the kept history can give back */
    struct flat_cache *cache; /* the ledger's */
    struct node_cache *nodes; /* likewise */
    uint64_t turn; /* of the caches: what they know in this turn is true of the snapshot */
};

/* The time between two rewinds. Block rows are read as they are now, without a view's snapshot, because within an era they never
 * change; the end of an era leaves behind a snapshot from before its end, for the views that it still has. */
struct era {
    atomic_size_t users;
    struct kv *kv;
    _Atomic(struct kv_snapshot *) blocks; /* owned; NULL while the era lasts */
    uint64_t number;
    /* Rewinds, ascending by era and by block: of each the era that it began and where that went back to. One that later went
     * back further is left out, for nobody needs it. */
    struct era_turn {
        uint64_t number;
        uint64_t block_num;
    } * turns; /* owned */
    size_t turn_count;
};

struct ledger_view {
    atomic_size_t users;
    struct ledger *ledger;
    struct era *era;
    uint64_t head;
    mm_hash32 head_hash;
    struct header header;
    struct tail *tails[2]; /* newest first; the second may be NULL */
    struct tail *edits;    /* of the next block; NULL for none */
    struct pin *pin;
    struct header_overrides next; /* by the edits */
};

/* What a view is made of; each reference is taken anew. */
struct view_parts {
    const struct header *header;
    const mm_hash32 *hash;
    struct tail *newest;
    struct tail *older; /* may be NULL */
    struct tail *edits; /* may be NULL */
    struct pin *pin;
    const struct header_overrides *next; /* NULL: none */
};
struct ledger_view *ledger_view_new(struct ledger *ledger, const struct view_parts *parts);

/* A snapshot of the store as it is now. turn: as flat_cache_next or flat_cache_restart gave it, for the state as it is now. */
struct pin *pin_new(struct ledger *ledger, uint64_t flushed, uint64_t turn);
void pin_release(struct pin *pin);

/* ---- era.c ---- */

/* The one after `before`, which went back to this block; before NULL: the first. NULL: no memory. */
struct era *era_new(struct kv *kv, const struct era *before, uint64_t block_num);
void era_release(struct era *era);
/* Ends it; from now on its views read blocks from the snapshot. Before the first write that changes a block row. */
void era_end(struct era *era, struct kv_snapshot *taken_snapshot);
/* A row of the block family as the era has it. era NULL: as it is now. */
MM_MUST_USE mm_err era_read(struct era *era, struct kv *kv, struct mm_buf *value,
                            const struct ledger_key *key);
/* Likewise with kv_look. What the last call back saw counts: there may be one more before it. */
MM_MUST_USE mm_err era_look(struct era *era, struct kv *kv, const struct ledger_key *key,
                            kv_seen_fn *seen, void *ctx);

/* Out: *value, borrowed from the view's tails or from the state's buffers until the next read. MM_ERR_NOT_FOUND. */
MM_MUST_USE mm_err view_read(struct ledger_state *state, enum ledger_family family, mm_bytes key,
                             mm_bytes *value);
/* What the view's head has, in a family that keeps no old values; with kv_look. */
MM_MUST_USE mm_err view_look(struct ledger_view *view, enum ledger_family family, mm_bytes key,
                             kv_seen_fn *seen, void *ctx);
/* A node of a trie, with the block that it is so since. */
MM_MUST_USE mm_err view_read_node(struct ledger_state *state, mm_bytes key, mm_bytes *node,
                                  uint64_t *since);
/* Makes state->past, if there is none yet. */
MM_MUST_USE mm_err view_need_past(struct ledger_state *state);

/* ---- ledger.c ---- */

struct ledger {
    struct kv *kv;            /* owned */
    struct flat_cache *cache; /* owned */
    struct node_cache *nodes; /* owned */
    uint64_t proof_window;
    atomic_size_t tail_bytes_max; /* flusher's to set */
    size_t nodes_bytes;           /* flusher's, as are these */
    size_t memory_bytes_max;
    bool has_fixed_memory;
    uint64_t chain_id;
    mm_hash32 genesis_hash;
    bool is_empty;
    bool is_half_restored; /* there are leavings: whoever makes the ledger wipes them first */
    uint64_t begins; /* 0, or the block whose state it was made of; set before there is a view */
    struct era *era; /* owned: one use; changes with no flusher at work */
    uint64_t stored; /* newest block on disk */
    pthread_mutex_t lock;        /* guards `current` and `flushed`; held for a few instructions */
    struct ledger_view *current; /* owned: one use */
    uint64_t flushed;
    struct kv_batch *store_batch; /* writer's */
    struct kv_batch *flush_batch; /* flusher's */
    uint64_t first_epoch;         /* flusher's: those before are dropped */
    uint64_t
        proofs_from; /* flusher's: what a narrower window left out stays out when it is widened */
    atomic_uint_fast64_t keep_from; /* trie history after this block is kept */
    size_t rewind_bytes_max;        /* of a batch of ledger_rewind */
};

/* Reads meta and makes the view as of the flushed point. */
MM_MUST_USE mm_err ledger_load(struct ledger *ledger, struct mm_reason *reason);
/* The view as of the flushed point, over an empty tail. */
MM_MUST_USE mm_err ledger_start_views(struct ledger *ledger);
/* Replaces the current view by one made of these parts (each reference is taken over) and releases the old one. */
void ledger_publish(struct ledger *ledger, struct ledger_view *view);

/* ---- put_block.c ---- */

void ledger_put_number(struct kv_batch *batch, const char *name, uint64_t value);
void ledger_put_block_part(struct kv_batch *batch, uint64_t block_num, enum block_part part,
                           mm_bytes value);
MM_MUST_USE mm_err ledger_put_block(struct kv_batch *batch, const struct ledger_block *block);

/* ---- gather.c ---- */

/* All that follows from a block. */
MM_MUST_USE mm_err ledger_gather_block(struct tail *tail, const struct ledger_block *block);
/* The flat state alone. */
MM_MUST_USE mm_err ledger_gather_state(struct tail *tail, uint64_t block_num,
                                       const struct exec_changes *changes);

/* ---- memory.c ---- */

struct ledger_memory {
    size_t nodes_bytes; /* of the node cache */
    size_t store_bytes; /* of the store's cache */
    size_t tail_bytes;  /* of each of two tails */
};
/* For tries of so many bytes on disk. bytes_max: of all of it together, beyond the first step; 0: a default. */
struct ledger_memory ledger_memory_for(uint64_t trie_bytes, size_t bytes_max);
/* Gives the caches what the state has come to need. Flusher's; before a turn begins, or before there are threads. */
void ledger_memory_follow(struct ledger *ledger);

/* ---- restore.c ---- */

MM_MUST_USE mm_err ledger_is_half_restored(struct ledger *ledger, bool *is_half);
/* Everything goes, in every family. */
void ledger_wipe(struct kv_batch *batch);

/* ---- notes.c ---- */

struct ledger_key key_note(const char *name);
void notes_put(struct kv_batch *batch, const struct ledger_note *notes, size_t count);

/* ---- blocks.c ---- */

MM_MUST_USE mm_err block_read_header(struct ledger *ledger, struct era *era, struct mm_buf *scratch,
                                     struct header *header, uint64_t block_num);
MM_MUST_USE mm_err block_read_certificate(struct ledger *ledger, struct era *era,
                                          struct mm_buf *scratch, struct certificate *certificate,
                                          uint64_t block_num);
/* Encoded, in the arena; empty when the block has none. */
MM_MUST_USE mm_err block_read_edits(struct ledger *ledger, struct era *era, struct mm_arena *arena,
                                    mm_bytes *edits, uint64_t block_num);

/* ---- rewind.c ---- */

/* Completes a rewind that a crash interrupted, if there is one. Before anything else is read. */
MM_MUST_USE mm_err ledger_finish_rewind(struct ledger *ledger, struct mm_reason *reason);

/* ---- state_root.c ---- */

struct node_change {
    const mm_hash32 *addr_key; /* NULL: account trie */
    const struct trie_change *changes;
    size_t count;
};

struct ledger_nodes {
    struct node_change *tries;
    size_t count;
};

MM_MUST_USE mm_err ledger_genesis_nodes(struct mm_arena *arena, mm_hash32 *root,
                                        struct ledger_nodes **nodes, struct exec_changes *changes);

/* ---- log_rows.c ---- */
enum log_field { LOG_FIELD_TOPIC_0 = 0, LOG_FIELD_ADDR = 4 };
uint64_t log_row(enum log_field field, mm_bytes value);
/* What a transaction gives the index. */
struct log_source {
    const mm_addr *sender;
    const mm_addr *to; /* NULL: it creates */
    const struct log *logs;
    size_t log_count;
};
/* The distinct rows of these transactions, ascending, in the arena. */
MM_MUST_USE mm_err log_rows(struct mm_arena *arena, const uint64_t **rows, size_t *count,
                            const struct log_source *sources, size_t source_count);

#endif
