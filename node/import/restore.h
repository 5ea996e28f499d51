/* A chain that begins at a later block than genesis: the folder's first opening, in place of chain_open's.
 *
 *     chain_restore_open ─► block 0 from genesis.json ─► ledger_restore_… (state/ledger/restore.h) by whoever has the pieces
 *                       └─► chain_restore_finish ─► closed; chain_open finds a chain with head P
 *
 * Memory: the genesis. Threads: one. */
#ifndef NODE_IMPORT_RESTORE_H
#define NODE_IMPORT_RESTORE_H

#include "node/import/chain.h"
#include "state/ledger/restore.h"

struct chain_restore;

/* Takes the store over, and closes it on failure. MM_ERR_EXISTS: there is a chain already, which goes on as any other. Leavings of
 * an earlier attempt are wiped; *had_leavings says that there were some. */
MM_MUST_USE mm_err chain_restore_open(struct chain_restore **restore, struct kv *kv,
                                      const struct chain_options *options, bool *had_leavings,
                                      struct mm_reason *reason);
/* Closes the store. NULL is fine. */
void chain_restore_close(struct chain_restore *restore);

struct seal_domain chain_restore_domain(const struct chain_restore *restore);
/* Of block 0. */
const struct validator_set *chain_restore_validators(const struct chain_restore *restore);
struct ledger_restore *chain_restore_ledger(const struct chain_restore *restore);
MM_MUST_USE mm_err chain_restore_finish(struct chain_restore *restore, struct mm_reason *reason);

#endif
