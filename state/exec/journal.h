/* The journal: the state of a block in work, over a view, with checkpoints.
 *
 *     view (as of the parent) ◄── miss ── entries: accounts and slots touched in this block, old and new value
 *                                         undo list: what to put back ──► journal_revert(checkpoint)
 *
 * Every change goes through here and leaves an undo record, so that a call that fails is undone by walking back. What is warm
 * (EIP-2929), the refund counter and the logs belong to the transaction and are undone the same way.
 * Memory: the block's arena; entries stay where they are. Threads: one. */
#ifndef STATE_EXEC_JOURNAL_H
#define STATE_EXEC_JOURNAL_H

#include "state/base/arena.h"
#include "state/chain/receipt.h"
#include "state/exec/view.h"

struct journal_slot {
    mm_u256 slot;
    mm_hash32 key;    /* keccak256(slot) */
    mm_u256 before;   /* as of the parent block */
    mm_u256 original; /* before the transaction named by original_tx */
    mm_u256 now;
    uint32_t original_tx;
    uint32_t warm_tx;          /* the last transaction in which it was warm; 0: none */
    bool was_accessed;         /* by any transaction or call, undone ones too (EIP-2930) */
    struct journal_slot *next; /* of the account, in order of first touch */
};

struct journal_account {
    mm_addr addr;
    mm_hash32 key; /* keccak256(addr) */
    bool existed;
    bool has_new_code;
    struct account before;
    struct account now;
    mm_bytes code; /* loaded or new; valid when has_code_bytes */
    bool has_code_bytes;
    uint32_t warm_tx;
    bool was_accessed;
    bool is_storage_forgotten;  /* the view's slots count as zero: a call's override has others */
    struct journal_slot *slots; /* owned list, newest first */
    struct journal_slot **slot_table; /* open addressing */
    size_t slot_count;
    size_t slot_capacity;
    struct journal_account *next; /* of the journal */
};

struct journal_undo;

enum { JOURNAL_KEYS = 4, JOURNAL_AHEAD = 8 };

/* The key of a slot that is not there yet. */
struct journal_ahead {
    mm_u256 slot;
    mm_hash32 key; /* keccak256(slot) */
};

struct journal {
    struct mm_arena *arena;
    uint64_t keys[JOURNAL_KEYS]; /* of the tables' hashing */
    struct exec_view view;
    struct journal_account *accounts; /* newest first */
    struct journal_account **table;   /* open addressing by address */
    size_t account_count;
    size_t table_capacity;
    struct journal_ahead ahead[JOURNAL_AHEAD]; /* what journal_expect hashed last */
    size_t ahead_count;
    struct journal_undo *undo; /* newest first */
    uint32_t tx;               /* number of the transaction in work, from 1 */
    int64_t refund;
    struct log *logs; /* of the transaction */
    size_t log_count;
    size_t log_capacity;
    mm_err fault; /* the first thing the world did wrong; all that follows is refused */
};

struct journal_checkpoint {
    struct journal_undo *undo;
    size_t log_count;
};

MM_MUST_USE mm_err journal_init(struct journal *journal, struct mm_arena *arena,
                                const struct exec_view *view);

/* Starts a transaction: nothing is warm, no refund, no logs, and checkpoints of earlier ones are void. */
void journal_begin_tx(struct journal *journal);

struct journal_checkpoint journal_checkpoint(const struct journal *journal);
void journal_revert(struct journal *journal, struct journal_checkpoint checkpoint);

/* NULL when the world failed (journal->fault). An account that does not exist is an entry with account_none(). */
struct journal_account *journal_account(struct journal *journal, const mm_addr *addr);
struct journal_slot *journal_slot(struct journal *journal, struct journal_account *account,
                                  const mm_u256 *slot);
/* These slots of the account will be asked for, JOURNAL_AHEAD at most: hashes their keys together, and does nothing else. */
void journal_expect(struct journal *journal, const struct journal_account *account,
                    const mm_u256 *slots, size_t count);
/* Empty for an account without code. False when the world failed. */
MM_MUST_USE bool journal_code(struct journal *journal, struct journal_account *account,
                              mm_bytes *code);

/* Whether it was cold until now; it is warm afterwards. */
MM_MUST_USE bool journal_warm_account(struct journal *journal, struct journal_account *account,
                                      bool *was_cold);
MM_MUST_USE bool journal_warm_slot(struct journal *journal, struct journal_slot *slot,
                                   bool *was_cold);

/* Changes, each with its undo record. False when the world failed. */
MM_MUST_USE bool journal_set_account(struct journal *journal, struct journal_account *account,
                                     const struct account *now);
MM_MUST_USE bool journal_set_code(struct journal *journal, struct journal_account *account,
                                  mm_bytes code);
MM_MUST_USE bool journal_set_slot(struct journal *journal, struct journal_slot *slot,
                                  const mm_u256 *value);
MM_MUST_USE bool journal_add_refund(struct journal *journal, int64_t refund);
/* Copies the data. */
MM_MUST_USE bool journal_add_log(struct journal *journal, const struct log *log);
/* The value of a slot before this transaction (EIP-2200's original value). */
mm_u256 journal_original(struct journal *journal, struct journal_slot *slot);

#endif
