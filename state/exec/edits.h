/* Edits: changes of the state from outside the chain, by the dev control methods (setBalance and its kin).
 *
 * They are gathered, kept on disk with the block they come before, and applied before its first transaction, so that executing
 * the block again gives the same roots. Blocks with edits are not valid in network mode.
 *     edits = rlp([[kind, address, slot, value] …])                        slot is 0 where the kind has none
 * Memory: decoded into the arena. Threads: pure functions. */
#ifndef STATE_EXEC_EDITS_H
#define STATE_EXEC_EDITS_H

#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/codec/rlp.h"
#include "state/codec/u256.h"

struct exec;

enum edit_kind { EDIT_BALANCE = 0, EDIT_NONCE = 1, EDIT_SLOT = 2 };

struct edit {
    enum edit_kind kind;
    mm_addr addr;
    mm_u256 slot;
    mm_u256 value; /* a nonce fits 64 bits */
};

void edits_encode(struct mm_buf *buf, const struct edit *edits, size_t count);
MM_MUST_USE mm_err edits_decode(struct mm_arena *arena, const struct edit **edits, size_t *count,
                                mm_bytes encoded);

/* As if each were written straight into the state; later ones win. */
MM_MUST_USE mm_err exec_apply_edits(struct exec *exec, const struct edit *edits, size_t count);

#endif
