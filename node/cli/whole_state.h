/* The whole state in memory, with the addresses and slot numbers that the stored state no longer knows.
 *
 *     genesis, block 1, block 2 … ──executed again──► changes ──► whole_state ──► alloc of a genesis.json
 *                    ▲                                                │
 *                    └────────────── reads (exec_view) ◄──────────────┘
 *
 * Stored state and trie are keyed by hashes (state/ledger); what was hashed is learnt by executing the chain again. The state's root
 * is computed from what was gathered, so that a caller can compare it with a header.
 * Memory: about 130 bytes a slot and 250 an account, on the heap. Threads: one. */
#ifndef NODE_CLI_WHOLE_STATE_H
#define NODE_CLI_WHOLE_STATE_H

#include "state/exec/transition.h"

/* From a hash to a place in an array whose elements begin with their hash. */
struct whole_index {
    uint32_t *cells; /* owned; place + 1, 0: free */
    size_t cell_count;
};

struct whole_slot {
    mm_hash32 key; /* keccak256(slot); first, for the index */
    mm_u256 slot;
    mm_u256 value; /* zero: absent */
};

struct whole_account {
    mm_hash32 key; /* keccak256(addr); first, for the index */
    mm_addr addr;
    bool exists;
    struct account account;   /* its storage_root: only after whole_state_root */
    size_t live_slots;        /* whose value is not zero */
    struct whole_slot *slots; /* owned */
    size_t slot_count;
    size_t slot_capacity;
    struct whole_index by_key;
};

struct whole_code {
    mm_hash32 hash;
    uint8_t *bytes; /* owned */
    size_t len;
};

struct whole_state {
    struct whole_account *accounts; /* owned */
    size_t count;
    size_t capacity;
    struct whole_index by_key;
    struct whole_code *codes; /* owned; a few */
    size_t code_count;
};

void whole_state_fini(struct whole_state *state);
struct exec_view whole_state_view(struct whole_state *state);
MM_MUST_USE mm_err whole_state_apply(struct whole_state *state, const struct exec_changes *changes);
mm_bytes whole_state_code(const struct whole_state *state, const mm_hash32 *hash);
/* Sorts accounts and slots by key, and computes the roots. The state can only be read afterwards. */
MM_MUST_USE mm_err whole_state_root(struct whole_state *state, mm_hash32 *root);

#endif
