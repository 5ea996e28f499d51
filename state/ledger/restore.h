/* A ledger made of a state that others have, instead of from genesis: the node downloads it, checks each piece against certified
 * headers, and hands it over here (docs/STORAGE.md, "Beginning at a later block").
 *
 *     ledger_restore_new ─► headers 1, 2, 3 … P with their certificates ─► accounts, slots, code of the state at P, in any order
 *                                                                     └─► ledger_restore_finish ─► a ledger with head P
 *
 * Until ledger_restore_finish has returned, the ledger is empty. A mark on the disk, written before anything else and taken away
 * by the same synced batch that names head and flushed point, says that what is there is no ledger: after a crash the next
 * opening finds an empty one, and whoever makes that anew (ledger_create or ledger_restore_new) wipes it first.
 *
 * The end reads the flat state once, in order, builds every trie from it and compares each storage root with its account's and
 * the state root with P's header. So a piece that is missing, or of another block, cannot become a ledger, whoever let it by.
 *
 * What such a ledger has: headers and certificates of all blocks; the state of P and of the blocks after it; bodies, receipts,
 * logs and indexes of the blocks after P. ledger_begins says P.
 * Memory: a batch of RESTORE_BATCH_BYTES, one path of a trie. Threads: the writer's. */
#ifndef STATE_LEDGER_RESTORE_H
#define STATE_LEDGER_RESTORE_H

#include "state/ledger/ledger.h"

enum { RESTORE_BATCH_BYTES = 4 << 20 }; /* as large as a write needs to be to be cheap */

struct ledger_restore;

/* The ledger is empty, and stays the caller's. Synced. */
MM_MUST_USE mm_err ledger_restore_new(struct ledger_restore **restore, struct ledger *ledger);
/* Without ledger_restore_finish: what was handed over is of no use any more. NULL is fine. */
void ledger_restore_free(struct ledger_restore *restore);

struct restored_header {
    uint64_t number;
    mm_hash32 hash;
    mm_bytes header;                 /* RLP */
    mm_bytes certificate;            /* RLP; empty for block 0 */
    const struct validator_set *set; /* for ledger_restore_set; may be NULL */
};
/* Each the one after the last, from block 0 on. Checked before. */
MM_MUST_USE mm_err ledger_restore_header(struct ledger_restore *restore,
                                         const struct restored_header *header);

/* The set in the state after a block whose header was handed over: of block 0, and of each that changed it. */
MM_MUST_USE mm_err ledger_restore_set(struct ledger_restore *restore, uint64_t block_num,
                                      const struct validator_set *set);

/* As they are in the tries: hashed keys, the account's RLP, the slot's value as an RLP string. MM_ERR_INVALID: they are not. */
MM_MUST_USE mm_err ledger_restore_account(struct ledger_restore *restore, const mm_hash32 *addr_key,
                                          mm_bytes account);
MM_MUST_USE mm_err ledger_restore_slot(struct ledger_restore *restore, const mm_hash32 *addr_key,
                                       const mm_hash32 *slot_key, mm_bytes value);
MM_MUST_USE mm_err ledger_restore_code(struct ledger_restore *restore, mm_bytes code);
/* All of the state of another ledger, which is flushed, as of a block of it. */
MM_MUST_USE mm_err ledger_restore_state_of(struct ledger_restore *restore, struct ledger_view *view,
                                           uint64_t block_num);
/* Forgets the state that came so far; headers stay. For another block. */
MM_MUST_USE mm_err ledger_restore_drop_state(struct ledger_restore *restore);

/* The last header is the head. MM_ERR_CORRUPT, with the reason: the state is not that of its header; the ledger is empty still. */
MM_MUST_USE mm_err ledger_restore_finish(struct ledger_restore *restore, uint64_t chain_id,
                                         struct mm_reason *reason);

#endif
