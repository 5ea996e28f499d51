/* What the tests of the ledger look at: a fixed set of accounts and slots, read at a block and remembered. */
#ifndef TESTS_UNIT_STATE_LEDGER_LOOK_H
#define TESTS_UNIT_STATE_LEDGER_LOOK_H

#include <criterion/criterion.h>

#include "tests/lib/dev_chain.h"

enum {
    LOOK_STRANGERS = 4, /* whom random edits make: 0xed00… to 0xed03… */
    LOOK_ACCOUNTS = DEV_PEOPLE + LOOK_STRANGERS + 3,
    LOOK_TOKENS = 24,
    LOOK_COLLECTION_SLOTS = 14,
    LOOK_SLOTS = LOOK_COLLECTION_SLOTS + LOOK_TOKENS + LOOK_STRANGERS * 3,
};

struct look {
    struct account accounts[LOOK_ACCOUNTS];
    bool exists[LOOK_ACCOUNTS];
    mm_u256 slots[LOOK_SLOTS];
};

mm_hash32 look_account_key(const struct dev_chain *dev, size_t index);
/* Out: the key of the account that has it. */
mm_hash32 look_slot_key(size_t index, mm_hash32 *addr_key);

void look_at(const struct dev_chain *dev, struct ledger_view *view, struct look *look,
             uint64_t block_num);
/* NULL when they are the same; else what differs. */
const char *look_differs(const struct look *a, const struct look *b);

/* Account and slot proofs of the whole set at this block, checked against the header's state root and the values. */
void look_prove(const struct dev_chain *dev, struct ledger_view *view, uint64_t block_num);

#endif
