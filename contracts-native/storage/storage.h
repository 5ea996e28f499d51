/* Storage as solc lays it out: mapping entries, strings, arrays, in slots of the account that runs.
 *
 *     mapping at slot p      entry of key k at keccak256(pad32(k) . pad32(p))
 *     string at slot p       0 to 31 bytes: [ the bytes, left-aligned … | 2 * n ]
 *                            32 and more:   [ 2 * n + 1 ] and the words at keccak256(pad32(p)), + 1, …
 *     T[] at slot p          [ length ] and the elements at keccak256(pad32(p)), + 1, …, one in each slot
 *
 * A mapping slot costs a hash: callers compute it once and keep it. Variables narrower than a word have their slot for
 * themselves in our contracts, so they are written whole and only their own bits are read.
 * A string that is written replaces the old one: words that only the old one used become zero.
 * Outside edits of storage (a development node has them) can leave a string whose form and length disagree: Panic(0x22), as in
 * solc's code; or one so long that no EVM could load it: out of gas.
 * Memory: strings are read into the host's arena. Threads: as the host.
 * Source: Solidity documentation, "Layout of State Variables in Storage and Transient Storage". */
#ifndef CONTRACTS_NATIVE_STORAGE_STORAGE_H
#define CONTRACTS_NATIVE_STORAGE_STORAGE_H

#include "contracts-native/abi/dispatch.h"

/* A variable's slot as a constant, of a number that solc gives. */
#define STORAGE_SLOT(number)                                                                       \
    {                                                                                              \
        {                                                                                          \
            (number), 0, 0, 0                                                                      \
        }                                                                                          \
    }

/* Slots of mapping entries. */
mm_u256 storage_at_word(const mm_u256 *key, const mm_u256 *slot);
mm_u256 storage_at_addr(const mm_addr *key, const mm_u256 *slot);
/* The same for several entries, STORAGE_ENTRIES_MAX at most, whose slots are used next: they are hashed together, and their
 * keys as well (host_expect). */
enum { STORAGE_ENTRIES_MAX = HOST_EXPECT_MAX };
struct storage_entry {
    mm_u256 key; /* an address as a word */
    mm_u256 slot;
};
void storage_at_entries(struct abi_call *call, mm_u256 *slots, const struct storage_entry *entries,
                        size_t count);
/* Where the body of a long string or the elements of an array at the slot begin. */
mm_u256 storage_data_slot(const mm_u256 *slot);

MM_MUST_USE enum exec_status storage_load_addr(struct abi_call *call, mm_addr *value,
                                               const mm_u256 *slot);
MM_MUST_USE enum exec_status storage_store_addr(struct abi_call *call, const mm_u256 *slot,
                                                const mm_addr *value);
/* Any nonzero low byte is true. */
MM_MUST_USE enum exec_status storage_load_bool(struct abi_call *call, bool *value,
                                               const mm_u256 *slot);
MM_MUST_USE enum exec_status storage_store_bool(struct abi_call *call, const mm_u256 *slot,
                                                bool value);

/* Out: *text, in the host's arena. */
MM_MUST_USE enum exec_status storage_load_string(struct abi_call *call, mm_bytes *text,
                                                 const mm_u256 *slot);
MM_MUST_USE enum exec_status storage_store_string(struct abi_call *call, const mm_u256 *slot,
                                                  mm_bytes text);

/* ++ or -- of a uint256 with Solidity's check: Panic(0x11). Out: *before, the value it had. */
MM_MUST_USE enum exec_status storage_count(struct abi_call *call, mm_u256 *before,
                                           const mm_u256 *slot, bool up);

/* Arrays of one word an element: length, the slot of the element at an index below it, one more element at the end. */
mm_u256 storage_array_slot(const mm_u256 *slot, const mm_u256 *index);
MM_MUST_USE enum exec_status storage_array_push(struct abi_call *call, const mm_u256 *slot,
                                                const mm_u256 *value);

#endif
