/* Published account sets: what the account trie and the storage tries of each are made of. */
#ifndef TESTS_VECTORS_STATE_ALLOC_H
#define TESTS_VECTORS_STATE_ALLOC_H

#include "state/chain/account.h"
#include "state/codec/json.h"
#include "state/trie/trie.h"

enum { ALLOC_ACCOUNTS_MAX = 32, ALLOC_SLOTS_MAX = 32 };

struct alloc_account {
    mm_hash32 key;                             /* keccak256(address) */
    struct account account;                    /* storage_root is left empty: the test's work */
    struct trie_update slots[ALLOC_SLOTS_MAX]; /* keccak256(slot) → rlp(value), ascending */
    size_t slot_count;
};

struct alloc {
    mm_bytes name;
    struct alloc_account accounts[ALLOC_ACCOUNTS_MAX]; /* ascending by key */
    size_t count;
    mm_hash32 root; /* the state root it must give */
};

/* The object `alloc` of a genesis file or a test. The root is left empty. */
void alloc_read(struct mm_arena *arena, struct alloc *alloc, const struct json *object);

struct allocs {
    struct alloc *items;
    size_t count;
};
/* All of state/alloc_state_roots.json. */
struct allocs allocs_read(struct mm_arena *arena);

#endif
