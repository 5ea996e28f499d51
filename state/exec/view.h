/* What execution reads: the state as of one block, through three calls.
 *
 * Keys are hashed (keccak256 of the address, of the slot), because that is how state is stored and proven; the journal hashes
 * each address and slot once and hands the hash on. A test supplies a state in a few lines; the node's is state/ledger.
 * A view does not change while it is used. Threads: as its maker says. */
#ifndef STATE_EXEC_VIEW_H
#define STATE_EXEC_VIEW_H

#include "state/base/arena.h"
#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/chain/account.h"
#include "state/codec/u256.h"
#include "state/exec/key_memo.h"

struct exec_view {
    void *ctx;
    /* MM_ERR_NOT_FOUND: no such account. */
    mm_err (*account)(void *ctx, struct account *account, const mm_hash32 *addr_key);
    /* An absent slot is zero and MM_OK. */
    mm_err (*slot)(void *ctx, mm_u256 *value, const mm_hash32 *addr_key, const mm_hash32 *slot_key);
    /* Copied to or living as long as the arena. */
    mm_err (*code)(void *ctx, struct mm_arena *arena, mm_bytes *code, const mm_hash32 *code_hash);
    struct key_memo
        *keys; /* where hashes are remembered from one use of a view to the next; NULL: nowhere */
};

#endif
