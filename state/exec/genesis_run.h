/* The state of block 0: genesis accounts as changes over an empty state.
 *
 * Native accounts are set up by their own module (exec_native.genesis), through the same host door as any call; what they log
 * is dropped, since block 0 has no receipts. Code that is no native marker is refused: there is no interpreter.
 * Memory: the arena. Threads: one. */
#ifndef STATE_EXEC_GENESIS_RUN_H
#define STATE_EXEC_GENESIS_RUN_H

#include "state/chain/genesis.h"
#include "state/exec/transition.h"

/* MM_ERR_INVALID with a reason that begins with the path of the key ("alloc.0x….native.owner: …"). */
MM_MUST_USE mm_err exec_genesis(struct mm_arena *arena, struct exec_changes *changes,
                                const struct genesis *genesis, const struct exec_natives *natives,
                                struct mm_reason *reason);

#endif
