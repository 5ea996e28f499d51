/* Edits: what dev control said of a block from outside the chain (setBalance and its kin, the base fee, impersonated senders).
 *
 * They are gathered, kept on disk with the block they come before, and applied before its first transaction, so that executing
 * the block again gives the same roots. Blocks with edits are not valid in network mode.
 *     edits = rlp([[kind, address, slot, value] …])              address, slot, value are 0 where the kind has none
 *
 *     balance, nonce, slot               of the state, before the first transaction
 *     base fee, gas limit, prevRandao    of the block's header, instead of what its parent gives; the last of a kind counts
 *     sender                             of the transaction whose index is `slot`: it has a placeholder for a signature
 *                                        (tx_sign_as). Added when the block is made, ascending
 *     chain id                           that its transactions name, instead of the genesis's; of every block made meanwhile
 * Memory: decoded into the arena. Threads: pure functions. */
#ifndef STATE_EXEC_EDITS_H
#define STATE_EXEC_EDITS_H

#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/chain/header.h"
#include "state/chain/tx.h"
#include "state/codec/rlp.h"
#include "state/codec/u256.h"

struct exec;

enum edit_kind {
    EDIT_BALANCE = 0,
    EDIT_NONCE = 1,
    EDIT_SLOT = 2,
    EDIT_BASE_FEE = 3,
    EDIT_GAS_LIMIT = 4,
    EDIT_PREV_RANDAO = 5,
    EDIT_SENDER = 6,
    EDIT_CHAIN_ID = 7,
};

struct edit {
    enum edit_kind kind;
    mm_addr addr;
    mm_u256 slot;
    mm_u256 value; /* a nonce, a gas limit and a chain id fit 64 bits */
};

void edits_encode(struct mm_buf *buf, const struct edit *edits, size_t count);
MM_MUST_USE mm_err edits_decode(struct mm_arena *arena, const struct edit **edits, size_t *count,
                                mm_bytes encoded);

/* What they say of the block's header. */
struct header_overrides edits_overrides(const struct edit *edits, size_t count);

/* What the block's transactions name as their chain: what the edits say, or else the chain's own. */
uint64_t edits_chain_id(const struct edit *edits, size_t count, uint64_t own);

/* The senders they name, asked for transaction by transaction, in order. */
struct edit_senders {
    const struct edit *edits;
    size_t count;
    size_t next;
};
/* The sender of the block's transaction of this index, whatever says it: TX_OK and tx->sender, from the edits where they name it
 * (then it must have the placeholder), else from its signature. */
enum tx_verdict edits_sender(struct edit_senders *senders, struct tx *tx, size_t index);

/* As if each were written straight into the state; later ones win. */
MM_MUST_USE mm_err exec_apply_edits(struct exec *exec, const struct edit *edits, size_t count);

#endif
