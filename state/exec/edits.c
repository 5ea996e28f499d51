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

static bool is_sound(const struct edit *edit)
{
    if (edit->kind == EDIT_NONCE || edit->kind == EDIT_GAS_LIMIT || edit->kind == EDIT_CHAIN_ID)
        return u256_fits_u64(&edit->value);
    return edit->kind != EDIT_SENDER || u256_fits_u64(&edit->slot);
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
    const struct edit *last_sender = NULL;
    if (decoded == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < items; i++) {
        struct rlp item = rlp_read_list(&list);
        const uint64_t kind = rlp_read_u64(&item);
        if (kind > EDIT_CHAIN_ID)
            rlp_refuse(&item, RLP_TOO_LARGE);
        decoded[i].kind = (enum edit_kind)kind;
        decoded[i].addr = rlp_read_addr(&item);
        decoded[i].slot = rlp_read_u256(&item);
        decoded[i].value = rlp_read_u256(&item);
        if (!is_sound(&decoded[i]))
            rlp_refuse(&item, RLP_TOO_LARGE);
        if (rlp_finish(&item) != RLP_OK)
            return MM_ERR_CORRUPT;
        if (decoded[i].kind == EDIT_SENDER) {
            if (last_sender != NULL && u256_compare(&decoded[i].slot, &last_sender->slot) <= 0)
                return MM_ERR_CORRUPT;
            last_sender = &decoded[i];
        }
    }
    if (rlp_finish(&list) != RLP_OK || rlp_finish(&outer) != RLP_OK)
        return MM_ERR_CORRUPT;
    *edits = decoded;
    *count = items;
    return MM_OK;
}

struct header_overrides edits_overrides(const struct edit *edits, size_t count)
{
    struct header_overrides overrides = { .has_base_fee = false };
    for (size_t i = 0; i < count; i++) {
        if (edits[i].kind == EDIT_BASE_FEE) {
            overrides.has_base_fee = true;
            overrides.base_fee = edits[i].value;
        } else if (edits[i].kind == EDIT_GAS_LIMIT) {
            overrides.has_gas_limit = true;
            overrides.gas_limit = edits[i].value.limb[0];
        } else if (edits[i].kind == EDIT_PREV_RANDAO) {
            overrides.has_prev_randao = true;
            overrides.prev_randao = u256_to_hash(&edits[i].value);
        }
    }
    return overrides;
}

uint64_t edits_chain_id(const struct edit *edits, size_t count, uint64_t own)
{
    uint64_t chain_id = own;
    for (size_t i = 0; i < count; i++) {
        if (edits[i].kind == EDIT_CHAIN_ID)
            chain_id = edits[i].value.limb[0];
    }
    return chain_id;
}

enum tx_verdict edits_sender(struct edit_senders *senders, struct tx *tx, size_t index)
{
    const struct edit *named = NULL;
    for (; senders->next < senders->count && named == NULL; senders->next++) {
        const struct edit *edit = &senders->edits[senders->next];
        if (edit->kind != EDIT_SENDER || edit->slot.limb[0] < index)
            continue;
        if (edit->slot.limb[0] > index)
            break;
        named = edit;
    }
    tx->is_impersonated = false;
    if (named == NULL)
        return tx_recover(tx, SECP_LOW_S);
    if (!tx_is_signed_as(tx, &named->addr))
        return TX_SENDER;
    tx->sender = named->addr;
    tx->is_impersonated = true;
    return TX_OK;
}

static bool apply(struct journal *journal, const struct edit *edit)
{
    if (edit->kind > EDIT_SLOT) /* not of the state */
        return true;
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
    case EDIT_BASE_FEE:
    case EDIT_GAS_LIMIT:
    case EDIT_PREV_RANDAO:
    case EDIT_SENDER:
    case EDIT_CHAIN_ID:
        break;
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
