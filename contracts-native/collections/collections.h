/* Collections: the list of those that a factory made, address[] in its slot 0, in the order in which they were made.
 *
 *     slot 0  [ how many ]        element i at keccak256(pad32(0)) + i
 *
 * It only ever gets longer. What a factory answers about a place that is not in the list is its own ABI's.
 * Memory: nothing outlives a call. Threads: as the host. */
#ifndef CONTRACTS_NATIVE_COLLECTIONS_COLLECTIONS_H
#define CONTRACTS_NATIVE_COLLECTIONS_COLLECTIONS_H

#include "contracts-native/storage/storage.h"

MM_MUST_USE enum exec_status collections_add(struct abi_call *call, const mm_addr *collection);
/* A whole function: collectionCount(). */
MM_MUST_USE enum exec_status collections_count(struct abi_call *call);
/* A whole function but for its refusal, args: index. *is_there: it is below the length, and the result is given. */
MM_MUST_USE enum exec_status collections_at(struct abi_call *call, bool *is_there);

#endif
