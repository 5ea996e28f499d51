/* Keys of the state without hashing the same things again and again.
 *
 * An account's key is the Keccak of its address and a slot's that of its number: 0.8 us each, most of what a small call costs once
 * its values are in memory. Callers, contracts, the coinbase and the slots of busy tokens are mostly the same ones, so the
 * hashes of a few are remembered, each in the one place that its bytes choose. Names are compared whole, and a hash never changes:
 * what is found is always right, whatever state is read.
 * Memory: fixed, 132 KiB; all zero is empty. Threads: one at a time. memo NULL: nothing is remembered. */
#ifndef STATE_EXEC_KEY_MEMO_H
#define STATE_EXEC_KEY_MEMO_H

#include "state/base/bytes.h"
#include "state/codec/u256.h"

enum { KEY_MEMO_ADDRS = 64, KEY_MEMO_SLOTS = 2048 };

struct key_memo {
    struct {
        bool is_filled;
        mm_addr addr;
        mm_hash32 key;
    } addrs[KEY_MEMO_ADDRS];
    struct {
        mm_u256 slot;
        mm_hash32 key; /* zero: nothing here */
    } slots[KEY_MEMO_SLOTS];
};

mm_hash32 key_memo_addr(struct key_memo *memo, const mm_addr *addr);
mm_hash32 key_memo_slot(struct key_memo *memo, const mm_u256 *slot);

#endif
