/* The journal's inside: what accounts (journal_accounts.c), slots (journal_slots.c) and what undoes them (journal.c) share. */
#ifndef STATE_EXEC_JOURNAL_INTERNAL_H
#define STATE_EXEC_JOURNAL_INTERNAL_H

#include "state/exec/journal.h"

__extension__ typedef unsigned __int128 u128;

enum { JOURNAL_TABLE_MIN = 16 }; /* places in a table that begins */

enum undo_kind {
    UNDO_ACCOUNT,
    UNDO_CODE,
    UNDO_SLOT,
    UNDO_WARM_ACCOUNT,
    UNDO_WARM_SLOT,
    UNDO_REFUND
};

struct journal_undo {
    struct journal_undo *older;
    enum undo_kind kind;
    union {
        struct {
            struct journal_account *account;
            struct account old;
        } account;
        struct {
            struct journal_account *account;
            mm_bytes old;
            bool had_bytes;
            bool had_new_code;
            mm_hash32 old_hash;
        } code;
        struct {
            struct journal_slot *slot;
            mm_u256 old;
        } slot;
        struct {
            uint32_t *mark;
            uint32_t old;
        } warm;
        int64_t refund;
    } as;
};

/* Both halves of the product: each bit of the operands moves many of the result. */
static inline uint64_t journal_fold(uint64_t a, uint64_t b)
{
    const u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline size_t journal_place(const struct journal *journal,
                                   const uint64_t words[JOURNAL_KEYS], size_t capacity)
{
    const uint64_t *keys = journal->keys;
    const uint64_t low = journal_fold(words[0] ^ keys[0], words[1] ^ keys[1]);
    const uint64_t high = journal_fold(words[2] ^ keys[2], words[3] ^ keys[3]);
    return (size_t)journal_fold(low ^ keys[3], high ^ keys[0]) & (capacity - 1);
}

/* ---- journal.c ---- */

/* Remembers the first one; gives false. */
bool journal_fail(struct journal *journal, mm_err err);
/* A record that undoes what is done next, on top of the others. NULL: no memory. */
struct journal_undo *journal_record(struct journal *journal, enum undo_kind kind);

#endif
