/* The ledger: what a node keeps of its chain, on disk and in memory, and every view of it.
 *
 *                 one synced write a block                      one buffered write of many blocks
 *     block ──► header, body, certificate, head ──► tail ─ ─ ─ ─ flush ─ ─ ─ ─► state, trie, history, receipts, indexes
 *                        (disk)                     (memory)                                (disk)
 *
 * What must be on disk before anything of a block is shown is the block itself; everything else follows from it. So the rest is
 * gathered in memory, in the *tail*, and written behind in large batches, each with the number of the last block it covers: the
 * *flushed point*. After a crash the blocks behind that point are executed again (node/import), and the roots must come out
 * equal. A flush is one atomic batch, so re-execution never reads a value from its own future.
 *
 * State is flat: hashed address → account, (hashed address, hashed slot) → value; execution reads only that. The trie over it
 * is keyed by path (state/trie). Each record says since which block it is so. What a block ended is kept under (key, block), so that
 * a value "as of block N" is the record, where that is old enough, or one seek. Of old trie nodes deltas are kept, for the proof
 * window only, in epochs that are dropped whole.
 *
 * Views: readers take the last committed view, an immutable thing with a count of its users. It pins the tails and the store's
 * snapshot it was made with, so a reader sees one block, wholly, while the writer commits the next ones. Within a tail each
 * key has a chain of versions; a reader skips those of later blocks. Readers never wait for the writer, nor it for them.
 *
 * Memory: the tail is bounded by tail_bytes_max (then it is flushed); a view of an old tail keeps that alive until released.
 * Threads: one writer (everything that takes struct ledger * and is not marked otherwise), one flusher (ledger_flush), any
 * number of readers (views, states). A struct ledger_state belongs to one thread.
 * Key layouts: docs/STORAGE.md. */
#ifndef STATE_LEDGER_LEDGER_H
#define STATE_LEDGER_LEDGER_H

#include "state/chain/certificate.h"
#include "state/exec/block_run.h"
#include "state/exec/transition.h"
#include "state/ledger/flat_cache.h"
#include "state/store/kv.h"
#include "state/trie/proof.h"
#include "state/trie/range.h"

enum { LEDGER_VERSION = 6 };

struct ledger;
struct ledger_past;
struct ledger_view;

struct ledger_options {
    uint64_t proof_window;  /* blocks before the head at which proofs are given; UINT64_MAX: all */
    size_t tail_bytes_max;  /* about; 0: from 12 MiB on, with the state */
    size_t nodes_bytes_max; /* of the node cache; 0: from 12 MiB on, with the state */
    size_t
        memory_bytes_max; /* what these two and the store's cache may grow to, together; 0: a default of 640 MiB */
};

/* A named value that the ledger keeps for the node, in `meta` under note/NAME, and does not look into. */
struct ledger_note {
    const char *name;
    mm_bytes value; /* empty: there is none any more */
};

/* The families of the store, in the order of enum ledger_family. */
extern const struct kv_family LEDGER_FAMILIES[];
extern const size_t LEDGER_FAMILY_COUNT;

/* Takes the store over (closes it) on success. MM_ERR_VERSION: written by another version of the layout.
 * An empty store gives an empty ledger: ledger_is_empty, then ledger_create. */
MM_MUST_USE mm_err ledger_open(struct ledger **ledger, struct kv *kv,
                               const struct ledger_options *options, struct mm_reason *reason);
/* Whether an empty ledger was to be made of a snapshot, and that did not come to its end (restore.h). */
bool ledger_was_half_restored(const struct ledger *ledger);
/* Views must be released before. Does not flush. */
void ledger_close(struct ledger *ledger);

bool ledger_is_empty(const struct ledger *ledger);
/* Block 0: synced. header->state_root must be what ledger_genesis_root gave. */
MM_MUST_USE mm_err ledger_create(struct ledger *ledger, uint64_t chain_id,
                                 const struct header *header, struct exec_changes *changes);
MM_MUST_USE mm_err ledger_genesis_root(struct mm_arena *arena, mm_hash32 *root,
                                       struct exec_changes *changes);

mm_hash32 ledger_genesis_hash(const struct ledger *ledger);
uint64_t ledger_chain_id(const struct ledger *ledger);
/* 0, or the block that the ledger was made at (restore.h): its state and what comes after it are here, and of the blocks before it
 * the headers and certificates. Any thread. */
uint64_t ledger_begins(const struct ledger *ledger);
/* Whether the body of this block is not here, nor are its receipts and logs: the chain begins later. One that is empty is known all
 * the same. Any thread. */
bool ledger_is_pruned(const struct ledger *ledger, const struct header *header);
/* The set in the state after a block up to the one that the ledger begins at. MM_ERR_NOT_FOUND in a ledger made from genesis. */
MM_MUST_USE mm_err ledger_restored_set(struct ledger_view *view, struct validator_set *set,
                                       uint64_t block_num);
/* What the store takes, roughly. Any thread. */
uint64_t ledger_size_bytes(const struct ledger *ledger);
/* The newest block whose derived data is on disk, and the newest stored block. When they differ after ledger_open, the blocks
 * between are to be executed again: ledger_apply for each, in order. */
uint64_t ledger_flushed(struct ledger *ledger);
uint64_t ledger_stored(const struct ledger *ledger);

/* ---- writing ---- */

/* Trie nodes that a block changed, to be handed from ledger_state_root to ledger_apply. */
struct ledger_nodes;

/* The state root after these changes on top of the view's head. Fills after.storage_root of each account, and `exists`. */
MM_MUST_USE mm_err ledger_state_root(struct ledger_view *view, struct mm_arena *arena,
                                     mm_hash32 *root, struct ledger_nodes **nodes,
                                     struct exec_changes *changes);

struct ledger_block {
    const struct header *header;
    mm_hash32 hash;
    const struct tx *txs;
    const struct tx_result *results; /* tx_count of them; not looked at by ledger_store */
    size_t tx_count;
    const struct certificate *certificate;
    mm_bytes edits;                     /* encoded; empty for none */
    const struct exec_changes *changes; /* for ledger_apply */
    const struct ledger_nodes *nodes;   /* for ledger_apply */
    const struct ledger_note *notes;    /* written with it; for ledger_store */
    size_t note_count;
};

/* The synced write: header, body, certificate, edits and head. The block is the next one. */
MM_MUST_USE mm_err ledger_store(struct ledger *ledger, const struct ledger_block *block);
/* Gathers what follows from a stored block and makes it the head of the view that readers get from now on. */
MM_MUST_USE mm_err ledger_apply(struct ledger *ledger, const struct ledger_block *block);

/* The same for many blocks that others have already: one sync for all of them. ledger_append stores and gathers the block after the
 * head of `on`, the current view or the one that the append before gave, without a sync, and shows it to nobody. Out: *next, the
 * view that has it as its head; released by the caller. ledger_show syncs, and makes that of the last append what readers get.
 * Nothing else is written between; after a crash the first of them may be there, in order. */
MM_MUST_USE mm_err ledger_append(struct ledger_view *on, struct ledger_view **next,
                                 const struct ledger_block *block);
MM_MUST_USE mm_err ledger_show(struct ledger_view *view);

/* Edits that wait for the next block (exec/edits.h): kept on disk, synced, and readable at block number ledger_latest. They
 * replace the ones before; the next block takes them up. `changes` are theirs on top of the head. */
MM_MUST_USE mm_err ledger_set_edits(struct ledger *ledger, mm_bytes edits,
                                    const struct exec_changes *changes);
/* What ledger_set_edits kept for the block after the last stored one; empty for none. */
MM_MUST_USE mm_err ledger_waiting_edits(struct ledger *ledger, struct mm_arena *arena,
                                        mm_bytes *edits);

/* Synced, all or none. */
MM_MUST_USE mm_err ledger_set_notes(struct ledger *ledger, const struct ledger_note *notes,
                                    size_t count);
/* Empty when there is none. */
MM_MUST_USE mm_err ledger_note(struct ledger *ledger, struct mm_arena *arena, mm_bytes *value,
                               const char *name);

/* Calls back for each note whose name begins so, ascending, with the rest of the name and the value, borrowed for the call, until
 * it gives something else than MM_OK, which is returned then. */
MM_MUST_USE mm_err ledger_each_note(struct ledger *ledger, const char *prefix,
                                    mm_err (*note)(void *ctx, mm_bytes name, mm_bytes value),
                                    void *ctx);

/* ---- going back ---- */

/* Old trie nodes of the blocks after this one are kept, whatever the proof window says, so that ledger_rewind can come back to
 * it. UINT64_MAX, as at the start: the window alone decides. At most the head; before the first flush after opening. */
void ledger_keep_from(struct ledger *ledger, uint64_t block_num);

struct ledger_target {
    uint64_t block_num; /* the new head, at most the head */
    mm_bytes edits;     /* those that wait above it, encoded; empty for none */
    const struct ledger_note *notes;
    size_t note_count;
};
/* Writer, with no flusher at work: takes the chain back. A crash at any moment leaves it as it was or as it is to be; views that
 * were taken before go on seeing the old chain. MM_ERR_LIMIT, and nothing happened: the old trie nodes of that block are gone. */
MM_MUST_USE mm_err ledger_rewind(struct ledger *ledger, const struct ledger_target *target);
/* Writer, with no flusher at work: block 0 again, as ledger_create makes it, and nothing else but these notes. */
MM_MUST_USE mm_err ledger_reset(struct ledger *ledger, const struct header *header,
                                struct exec_changes *changes, const struct ledger_note *notes,
                                size_t note_count);

/* Whether the tail has grown past its size, so that it should be rotated and flushed. */
bool ledger_wants_flush(struct ledger *ledger);
/* Writer: closes the tail, so that it can be flushed while the next one fills. False when the one before is not flushed yet,
 * or there is nothing to flush. */
bool ledger_rotate(struct ledger *ledger);
/* Flusher: writes the closed tail, if there is one. */
MM_MUST_USE mm_err ledger_flush(struct ledger *ledger);
/* Writer, with no flusher at work: everything. */
MM_MUST_USE mm_err ledger_flush_all(struct ledger *ledger);

/* ---- views (any thread) ---- */

/* The last committed view; release it. NULL only for an empty ledger. */
struct ledger_view *ledger_acquire(struct ledger *ledger);
/* One more use of it. */
struct ledger_view *ledger_share(struct ledger_view *view);
void ledger_release(struct ledger_view *view);
uint64_t ledger_head(const struct ledger_view *view);
/* The block number at which `latest` reads the state: the head, or one above it where edits wait for the next block. */
uint64_t ledger_latest(const struct ledger_view *view);
const struct header *ledger_head_header(const struct ledger_view *view);
const mm_hash32 *ledger_head_hash(const struct ledger_view *view);
struct ledger *ledger_of(const struct ledger_view *view);
/* What the header of the next block has, by its parent or by edits that wait. */
struct ledger_next {
    mm_u256 base_fee;
    uint64_t gas_limit;
    mm_hash32 prev_randao;
};
struct ledger_next ledger_next(const struct ledger_view *view);
/* How often the chain had been taken back when the view was made, since the ledger was opened. */
uint64_t ledger_era(const struct ledger_view *view);
/* The last block that the view's chain has in common with every view of that era; UINT64_MAX: it goes on from it. Who remembers
 * something by block number remembers the era as well. */
uint64_t ledger_common(const struct ledger_view *view, uint64_t era);

/* The state as of one block of a view. Reading one before ledger_begins gives MM_ERR_PRUNED. */
struct ledger_state {
    struct ledger_view *view; /* borrowed */
    uint64_t block_num;
    struct mm_buf scratch;
    struct ledger_past *past; /* owned; made when first needed */
    struct flat_value known;  /* the last value that came from the cache */
};

/* block_num is at most ledger_latest. */
void ledger_state_init(struct ledger_state *state, struct ledger_view *view, uint64_t block_num);
void ledger_state_fini(struct ledger_state *state);
/* For exec; ctx is the state. */
struct exec_view ledger_exec_view(struct ledger_state *state);

/* MM_ERR_LIMIT: the block is before the proof window. */
MM_MUST_USE mm_err ledger_prove_account(struct ledger_state *state, struct mm_arena *arena,
                                        struct trie_proof *proof, const mm_hash32 *state_root,
                                        const mm_hash32 *addr_key);
MM_MUST_USE mm_err ledger_prove_slot(struct ledger_state *state, struct mm_arena *arena,
                                     struct trie_proof *proof, const mm_hash32 *addr_key,
                                     const mm_hash32 *storage_root, const mm_hash32 *slot_key);

/* Ranges of accounts, or of the slots of one (addr_key NULL: accounts), under a root of the state's block; as trie_range_walk and
 * trie_range_prove. MM_ERR_LIMIT: the block is before the proof window. */
MM_MUST_USE mm_err ledger_range_walk(struct ledger_state *state, struct mm_arena *arena,
                                     const mm_hash32 *addr_key, const mm_hash32 *root,
                                     const struct trie_bounds *bounds,
                                     const struct trie_leaf_sink *sink);
MM_MUST_USE mm_err ledger_range_prove(struct ledger_state *state, struct mm_arena *arena,
                                      struct trie_range_proof *proof, const mm_hash32 *addr_key,
                                      const mm_hash32 *root, const struct trie_bounds *bounds);

/* The oldest block that can be proven now. */
uint64_t ledger_proofs_from(const struct ledger_view *view);
/* As it was given at ledger_open. */
uint64_t ledger_proof_window(const struct ledger *ledger);

/* ---- blocks, transactions, receipts (any thread) ---- */

MM_MUST_USE mm_err ledger_header(struct ledger_view *view, struct header *header, mm_hash32 *hash,
                                 uint64_t block_num);
/* Of its header the hash and the time alone, which are mostly remembered. */
MM_MUST_USE mm_err ledger_stamp(struct ledger_view *view, mm_hash32 *hash, uint64_t *timestamp,
                                uint64_t block_num);
/* Of a block that is pruned, what is asked of its transactions is MM_ERR_PRUNED; a transaction in it is not found.
 * MM_ERR_NOT_FOUND for a hash that is not of a block up to the head. */
MM_MUST_USE mm_err ledger_find_block(struct ledger_view *view, uint64_t *block_num,
                                     const mm_hash32 *hash);
MM_MUST_USE mm_err ledger_find_tx(struct ledger_view *view, uint64_t *block_num, size_t *index,
                                  const mm_hash32 *hash);
MM_MUST_USE mm_err ledger_certificate(struct ledger_view *view, struct certificate *certificate,
                                      uint64_t block_num);
/* Encoded; empty when there are none. */
MM_MUST_USE mm_err ledger_edits(struct ledger_view *view, struct mm_arena *arena, mm_bytes *edits,
                                uint64_t block_num);

/* A mined transaction with what only its execution says. */
struct ledger_tx {
    struct tx tx; /* sender filled */
    uint64_t gas_used;
    mm_u256 gas_price;
    uint64_t cumulative_gas;
    bool ok;
    size_t first_log; /* index in the block of its first log */
    const struct log *logs;
    size_t log_count;
};
MM_MUST_USE mm_err ledger_tx_count(struct ledger_view *view, size_t *count, uint64_t block_num);
/* One transaction, or with `count` so many from `index` on (as an array in the arena). MM_ERR_NOT_FOUND past the end. */
MM_MUST_USE mm_err ledger_txs(struct ledger_view *view, struct mm_arena *arena,
                              const struct ledger_tx **txs, uint64_t block_num, size_t index,
                              size_t count);
/* One that is named by its hash, which ledger_find_tx found there: it is not hashed again. */
MM_MUST_USE mm_err ledger_named_tx(struct ledger_view *view, struct mm_arena *arena,
                                   const struct ledger_tx **tx, uint64_t block_num, size_t index,
                                   const mm_hash32 *hash);
/* The transactions alone, from the block record: senders not filled. For re-execution, when nothing else is there yet. */
MM_MUST_USE mm_err ledger_stored_block(struct ledger *ledger, struct mm_arena *arena,
                                       struct block *block, struct certificate *certificate,
                                       mm_bytes *edits, uint64_t block_num);

/* ---- logs (any thread) ---- */

struct log_filter {
    uint64_t from_block;
    uint64_t to_block; /* at most the head */
    const mm_addr *addrs;
    size_t addr_count; /* 0: any */
    struct {
        const mm_hash32 *any_of;
        size_t count; /* 0: any */
    } topics[LOG_TOPICS_MAX];
    size_t topic_count; /* a log with fewer topics does not match */
};

struct log_hit {
    uint64_t block_num;
    mm_hash32 block_hash;
    uint64_t block_timestamp;
    mm_hash32 tx_hash;
    size_t tx_index;
    size_t log_index;
    struct log log;
};

/* Calls back for each match in block and log order until it gives something else than MM_OK, which is returned then. What the
 * hit borrows is valid for the call. MM_ERR_PRUNED: the range begins before the ledger does. */
typedef mm_err (*log_hit_fn)(void *ctx, const struct log_hit *hit);
MM_MUST_USE mm_err ledger_logs(struct ledger_view *view, const struct log_filter *filter,
                               log_hit_fn hit, void *ctx);
bool log_filter_matches(const struct log_filter *filter, const struct log *log);

/* ---- transactions of an account (any thread) ---- */

/* Whether the account sent it, received it, or is the address of one of its logs. */
bool ledger_tx_is_of(const struct ledger_tx *tx, const mm_addr *addr);

struct account_search {
    mm_addr addr;
    uint64_t from_block; /* included; at most the head */
    bool is_backward;    /* to genesis, not to the head */
    size_t blocks_max;
};
/* The nearest blocks with such transactions, in the order of the search, in the arena. Now and then one that has none is among
 * them (a row of another account with the same hash). Fewer than blocks_max: there are no more. */
MM_MUST_USE mm_err ledger_account_blocks(struct ledger_view *view, struct mm_arena *arena,
                                         const uint64_t **blocks, size_t *count,
                                         const struct account_search *search);

#endif
