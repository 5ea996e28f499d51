/* The keys of the flat state that a flush changed, so that going back need not look at all history:
 *
 *     account   H(address) be32 count, first 8 bytes of the hash of each slot that changed
 *
 * An account stands there with its slots: changing one changes its storage root. */
#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/ledger/history_internal.h"

enum { ACCOUNT_BYTES = 32 + 4 };

void changed_add_account(struct mm_buf *list, const uint8_t *addr_key)
{
    mm_buf_add(list, mm_bytes_from(addr_key, 32));
    mm_buf_add_zeros(list, 4);
}

void changed_add_slot(struct mm_buf *list, size_t account_at, const uint8_t *slot_key)
{
    if (mm_buf_err(list) != MM_OK)
        return;
    MM_ASSERT(account_at + ACCOUNT_BYTES <= list->len);
    uint8_t *count = list->ptr + account_at + 32;
    const bool has_slots = list->len > account_at + ACCOUNT_BYTES;
    /* Of two that begin alike, one stands for both. */
    if (has_slots &&
        memcmp(list->ptr + list->len - SLOT_PREFIX_BYTES, slot_key, SLOT_PREFIX_BYTES) == 0)
        return;
    mm_put_be32(count, mm_get_be32(count) + 1);
    mm_buf_add(list, mm_bytes_from(slot_key, SLOT_PREFIX_BYTES));
}

/* Invariant: at <= list.len. */
static mm_err next_account(struct changed_cursor *cursor)
{
    const size_t left = cursor->list.len - cursor->at;
    const uint8_t *at = cursor->list.ptr + cursor->at;
    if (left == 0)
        return MM_ERR_NOT_FOUND;
    if (left < ACCOUNT_BYTES || (cursor->addr_key != NULL && memcmp(cursor->addr_key, at, 32) >= 0))
        return MM_ERR_CORRUPT;
    cursor->addr_key = at;
    cursor->slot = NULL;
    cursor->slots_left = mm_get_be32(at + 32);
    cursor->at += ACCOUNT_BYTES;
    return cursor->slots_left <= (left - ACCOUNT_BYTES) / SLOT_PREFIX_BYTES ? MM_OK
                                                                            : MM_ERR_CORRUPT;
}

mm_err changed_next(struct changed_cursor *cursor)
{
    if (cursor->slots_left == 0)
        return next_account(cursor);
    const uint8_t *slot = cursor->list.ptr + cursor->at;
    if (cursor->slot != NULL && memcmp(cursor->slot, slot, SLOT_PREFIX_BYTES) >= 0)
        return MM_ERR_CORRUPT;
    cursor->slot = slot;
    cursor->slots_left--;
    cursor->at += SLOT_PREFIX_BYTES;
    return MM_OK;
}
