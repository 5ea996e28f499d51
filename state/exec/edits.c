#include "state/exec/edits.h"

#include "state/base/assert.h"
#include "state/exec/exec_internal.h"

enum { EDIT_ITEMS = 4 };

void edits_encode(struct mm_buf *buf, const struct edit *edits, size_t count)
{
    const size_t list = rlp_open_list(buf);
    for (size_t i = 0; i < count; i++) {
        const size_t item = rlp_open_list(buf);
        rlp_add_u64(buf, edits[i].kind);
        rlp_add_addr(buf, &edits[i].addr);
        rlp_add_u256(buf, &edits[i].slot);
        rlp_add_u256(buf, &edits[i].value);
        rlp_close_list(buf, item);
    }
    rlp_close_list(buf, list);
}

mm_err edits_decode(struct mm_arena *arena, const struct edit **edits, size_t *count,
                    mm_bytes encoded)
{
    *edits = NULL;
    *count = 0;
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    const size_t items = rlp_count(list);
    struct edit *decoded = MM_ARENA_ARRAY(arena, struct edit, items);
    if (decoded == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < items; i++) {
        struct rlp item = rlp_read_list(&list);
        const uint64_t kind = rlp_read_u64(&item);
        if (kind > EDIT_SLOT)
            rlp_refuse(&item, RLP_TOO_LARGE);
        decoded[i].kind = (enum edit_kind)kind;
        decoded[i].addr = rlp_read_addr(&item);
        decoded[i].slot = rlp_read_u256(&item);
        decoded[i].value = rlp_read_u256(&item);
        if (decoded[i].kind == EDIT_NONCE && !u256_fits_u64(&decoded[i].value))
            rlp_refuse(&item, RLP_TOO_LARGE);
        if (rlp_finish(&item) != RLP_OK)
            return MM_ERR_CORRUPT;
    }
    if (rlp_finish(&list) != RLP_OK || rlp_finish(&outer) != RLP_OK)
        return MM_ERR_CORRUPT;
    *edits = decoded;
    *count = items;
    return MM_OK;
}

static bool apply(struct journal *journal, const struct edit *edit)
{
    struct journal_account *account = journal_account(journal, &edit->addr);
    if (account == NULL)
        return false;
    struct account now = account->now;
    switch (edit->kind) {
    case EDIT_BALANCE:
        now.balance = edit->value;
        return journal_set_account(journal, account, &now);
    case EDIT_NONCE:
        MM_ASSERT(u256_fits_u64(&edit->value));
        now.nonce = edit->value.limb[0];
        return journal_set_account(journal, account, &now);
    case EDIT_SLOT: {
        struct journal_slot *slot = journal_slot(journal, account, &edit->slot);
        return slot != NULL && journal_set_slot(journal, slot, &edit->value);
    }
    }
    MM_UNREACHABLE();
}

mm_err exec_apply_edits(struct exec *exec, const struct edit *edits, size_t count)
{
    if (count == 0)
        return MM_OK;
    journal_begin_tx(&exec->journal);
    for (size_t i = 0; i < count; i++) {
        if (!apply(&exec->journal, &edits[i]))
            return exec->journal.fault;
    }
    return MM_OK;
}
