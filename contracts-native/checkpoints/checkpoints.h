/* Checkpoints: what a number was at each time, as OpenZeppelin's Checkpoints.Trace208 keeps it.
 *
 *     slot  [ how many ]        element i at keccak256(pad32(slot)) + i:   byte  31 ......... 6 5 ..... 0
 *                                                                          uint208 value   | uint48 key
 *
 * Keys never decrease; a number that changes twice at one key has one checkpoint. Looking one up is a binary search, of at most 64
 * slots for any length.
 * Memory: nothing outlives a call. Threads: as the host.
 * Source: OpenZeppelin Contracts 5.7.0, utils/structs/Checkpoints.sol. */
#ifndef CONTRACTS_NATIVE_CHECKPOINTS_CHECKPOINTS_H
#define CONTRACTS_NATIVE_CHECKPOINTS_CHECKPOINTS_H

#include "contracts-native/storage/storage.h"

#define CHECKPOINTS_KEY_MAX ((UINT64_C(1) << 48) - 1)

struct checkpoint {
    uint64_t key;  /* 48 bits */
    mm_u256 value; /* 208 bits */
};

/* Whether it fits a checkpoint. */
bool checkpoint_value_fits(const mm_u256 *value);
mm_u256 checkpoint_to_word(const struct checkpoint *checkpoint);
struct checkpoint checkpoint_from_word(const mm_u256 *word);

/* The newest one; zero when there is none. */
MM_MUST_USE enum exec_status checkpoints_latest(struct abi_call *call, struct checkpoint *latest,
                                                const mm_u256 *slot);
/* What the number was at this time: of the last checkpoint whose key is not above it; zero before the first. */
MM_MUST_USE enum exec_status checkpoints_at(struct abi_call *call, mm_u256 *value,
                                            const mm_u256 *slot, uint64_t key);
/* CheckpointUnorderedInsertion for a key below the newest. */
MM_MUST_USE enum exec_status checkpoints_push(struct abi_call *call, const mm_u256 *slot,
                                              const struct checkpoint *checkpoint);

#endif
