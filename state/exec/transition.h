/* The transition of one transaction: a function of a view, a block environment and a message.
 *
 *      check (nonce, code, funds, base fee, block gas) ─► buy gas ─► nonce + 1 ─► call ─► refund ─► pay the coinbase
 *                       │ verdict: nothing changed                       └─ reverts: undone, gas is paid all the same
 *
 * It knows nothing of RocksDB, threads or blocks on disk. The base fee is burnt (EIP-1559); the rest goes to the coinbase.
 * Memory: everything in the block's arena, outputs included. Threads: one. */
#ifndef STATE_EXEC_TRANSITION_H
#define STATE_EXEC_TRANSITION_H

#include "state/chain/receipt.h"
#include "state/chain/tx.h"
#include "state/exec/host.h"
#include "state/exec/view.h"

struct exec;

/* An executor for one block (or one call), over the state before it. natives and view outlive it. */
MM_MUST_USE mm_err exec_new(struct mm_arena *arena, struct exec **exec,
                            const struct exec_view *view, const struct exec_natives *natives,
                            const struct exec_block *block);

struct exec_outcome {
    enum tx_verdict verdict; /* TX_OK: it is in the block, whatever its status */
    enum exec_status status; /* EXEC_OK: status 1 of the receipt */
    uint64_t gas_used;
    uint64_t gas_refunded;  /* what gas_used was lowered by */
    mm_u256 gas_price;      /* effective, wei per gas */
    mm_bytes output;        /* return or revert data */
    const struct log *logs; /* none when it failed */
    size_t log_count;
};

/* A transaction whose sender is recovered and that passed tx_check. gas_left: of the block.
 * An mm_err says that the world failed; the executor is then of no more use. */
MM_MUST_USE mm_err exec_transact(struct exec *exec, struct exec_outcome *outcome,
                                 const struct tx *tx, uint64_t gas_left);

/* A call that leaves nothing behind: eth_call, eth_estimateGas. */
struct exec_message {
    mm_addr from;
    mm_addr to;
    mm_u256 value;
    mm_u256 gas_price; /* zero: gas costs nothing */
    mm_bytes input;
    uint64_t gas_limit;
    const struct tx_access *access_list;
    size_t access_count;
};
/* verdict: TX_OK, TX_NO_FUNDS (value, or gas at the price given) or TX_INTRINSIC_GAS. */
MM_MUST_USE mm_err exec_call(struct exec *exec, struct exec_outcome *outcome,
                             const struct exec_message *message);

/* ---- what an execution came across ---- */

/* As of everything executed so far; none of an absent one. */
MM_MUST_USE mm_err exec_account(struct exec *exec, struct account *account, const mm_addr *addr);
/* Accounts and slots that were accessed so far, whether it was undone or not, in the order of first access: sender, recipient,
 * coinbase and the access lists given are among them (EIP-2929, EIP-2930). In the arena. */
MM_MUST_USE mm_err exec_accesses(struct exec *exec, struct mm_arena *arena,
                                 struct tx_access **accesses, size_t *count);
/* Before anything of it is read: the account's storage in the view is as if it were empty. For calls alone, whose override
 * replaces the storage; changes of a block know nothing of it. */
MM_MUST_USE mm_err exec_forget_storage(struct exec *exec, const mm_addr *addr);

/* ---- what a block did to the state ---- */

struct exec_slot_change {
    mm_hash32 key; /* keccak256(slot) */
    mm_u256 slot;
    mm_u256 before;
    mm_u256 after;
};

struct exec_account_change {
    mm_addr addr;
    mm_hash32 key; /* keccak256(addr) */
    bool existed;
    bool
        exists; /* EIP-161: an account that is empty afterwards does not, unless genesis or edits gave it storage */
    struct account before;
    struct account after; /* storage_root is still the old one; state/ledger computes the new */
    const struct exec_slot_change *slots; /* ascending by key */
    size_t slot_count;
    bool has_new_code;
    mm_bytes code;
};

struct exec_changes {
    struct exec_account_change *accounts; /* ascending by key */
    size_t count;
};

/* Net changes of everything executed so far, in the arena. */
MM_MUST_USE mm_err exec_changes(struct exec *exec, struct exec_changes *changes);

#endif
