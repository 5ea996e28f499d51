/* A contract's storage, proven from a block hash alone (EIP-1186).
 *
 *     block hash ──keccak256(rlp(header))──► header.state_root ──account proof──► account ──► storage root ──storage proof──► slots
 *
 * The node is asked for every step and believed at none: its header must hash to the block hash, its proofs must hold against the
 * root of the step before. Slots are Solidity's (contracts-native/storage/storage.h). What fails is a line in `reason`;
 * CLI_UNVERIFIED then, or the status of a node that does not answer (printed). Memory: the run's arena. */
#ifndef NODE_CLI_PROOF_H
#define NODE_CLI_PROOF_H

#include "node/cli/remote.h"
#include "state/chain/account.h"
#include "state/chain/header.h"

enum { PROOF_KEYS_MAX = 256 }; /* slots in one request */

struct proof {
    struct remote *remote;
    mm_hash32 block_hash;
    struct header header;
    mm_addr addr;
    struct account account;
    struct mm_reason reason; /* why a step failed */
};

/* A header from a block object's fields. False: a field is missing or malformed. */
MM_MUST_USE bool proof_read_header(struct header *header, const struct json *block);

/* Over a header that is known to be the right one (follow.h). */
void proof_begin(struct proof *proof, struct remote *remote, const struct header *header,
                 const mm_hash32 *hash);
/* Over a block whose hash the node names, and is believed; block_num NULL: the head. */
MM_MUST_USE int proof_open(struct proof *proof, struct remote *remote, const uint64_t *block_num);
/* The account, and that its code is a native collection's. */
MM_MUST_USE int proof_account(struct proof *proof, const mm_addr *addr);
/* Values of slots; a slot that is proven to be absent is zero. Any count. */
MM_MUST_USE int proof_slots(struct proof *proof, mm_u256 *values, const mm_u256 *slots,
                            size_t count);
/* A Solidity string at a slot, all words of it. */
MM_MUST_USE int proof_string(struct proof *proof, mm_bytes *out, const mm_u256 *slot);

/* keccak256(pad32(key) . pad32(slot)) */
mm_u256 proof_mapping_slot(const mm_u256 *key, uint64_t slot);
/* Whether an eth_getProof answer proves these values. The checks of proof_account and proof_slots without a node, for tests. */
MM_MUST_USE bool proof_check_account(struct mm_arena *arena, struct account *account,
                                     const mm_hash32 *state_root, const mm_addr *addr,
                                     const struct json *answer, struct mm_reason *reason);
MM_MUST_USE bool proof_check_slot(struct mm_arena *arena, mm_u256 *value,
                                  const mm_hash32 *storage_root, const mm_u256 *slot,
                                  const struct json *answer, size_t index,
                                  struct mm_reason *reason);

#endif
