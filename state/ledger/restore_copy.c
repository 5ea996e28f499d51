/* The state of a ledger that there is, as of one block, handed to one that is being made: how `db check` comes to the state that a
 * ledger began with. */
#include "state/ledger/ledger_internal.h"
#include "state/ledger/restore_internal.h"

struct copy {
    struct ledger_restore *restore;
    struct ledger_state state;
};

static mm_hash32 hash_at(mm_bytes key, size_t at)
{
    mm_hash32 hash;
    memcpy(hash.b, key.ptr + at, sizeof hash.b);
    return hash;
}

/* What the key had as of the block, if anything. */
static mm_err copy_key(struct copy *copy, mm_bytes key)
{
    mm_bytes value;
    const bool is_account = key.len == 33 && key.ptr[0] == 'a';
    const bool is_slot = key.len == 65 && key.ptr[0] == 's';
    const bool is_code = key.len == 33 && key.ptr[0] == 'c';
    if (!is_account && !is_slot && !is_code)
        return MM_ERR_CORRUPT;
    const mm_err err = view_read(&copy->state, LEDGER_STATE, key, &value);
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_OK : err;
    const mm_hash32 first = hash_at(key, 1);
    if (is_account)
        return ledger_restore_account(copy->restore, &first, value);
    if (is_code)
        return ledger_restore_code(copy->restore, value);
    uint8_t leaf[33];
    size_t len = 0;
    if (value.len == 0 || value.len > 32)
        return MM_ERR_CORRUPT;
    if (value.len > 1 || value.ptr[0] >= 0x80)
        leaf[len++] = (uint8_t)(0x80 + value.len);
    memcpy(leaf + len, value.ptr, value.len);
    const mm_hash32 slot = hash_at(key, 33);
    return ledger_restore_slot(copy->restore, &first, &slot, mm_bytes_from(leaf, len + value.len));
}

/* Keys that are there now; and those that history knows of, `behind` bytes longer, which may be gone by now. */
static mm_err copy_family(struct copy *copy, enum ledger_family family, size_t behind)
{
    const struct pin *pin = copy->state.view->pin;
    struct kv_iter *iter = kv_iter_new(pin->kv, pin->snapshot, family);
    mm_err err = iter == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK)
        kv_iter_seek(iter, MM_BYTES_LIT("a"));
    for (; err == MM_OK && kv_iter_valid(iter); kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        if (key.len > 0 && key.ptr[0] == 'e') /* of trie nodes */
            continue;
        err = key.len <= behind ? MM_ERR_CORRUPT
                                : copy_key(copy, mm_bytes_from(key.ptr, key.len - behind));
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    if (iter != NULL)
        kv_iter_free(iter);
    return err;
}

mm_err ledger_restore_state_of(struct ledger_restore *restore, struct ledger_view *view,
                               uint64_t block_num)
{
    struct copy copy = { .restore = restore };
    ledger_state_init(&copy.state, view, block_num);
    mm_err err = view->pin->flushed == view->head ? MM_OK : MM_ERR_INVALID;
    if (err == MM_OK)
        err = copy_family(&copy, LEDGER_STATE, 0);
    if (err == MM_OK)
        err = copy_family(&copy, LEDGER_HISTORY, 8);
    ledger_state_fini(&copy.state);
    return err;
}
