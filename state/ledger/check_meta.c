/* The named values. */
#include "state/base/endian.h"
#include "state/ledger/check_internal.h"

static mm_err expect_meta(struct ledger_check *check, const char *name, mm_bytes expected)
{
    const struct ledger_key key = key_meta(name);
    return check_expect(check, LEDGER_META, key_bytes(&key), expected);
}

static mm_err expect_number(struct ledger_check *check, const char *name, uint64_t expected)
{
    uint8_t bytes[8];
    mm_put_be64(bytes, expected);
    return expect_meta(check, name, MM_BYTES_OF(bytes));
}

/* Notes are the node's, and what validator sets say is held against headers (node/import/check.c): not judged here. */
static mm_err all_under(struct ledger_check *check, const struct ledger_key *begin)
{
    const struct ledger_key first = *begin;
    struct kv_iter *iter = kv_iter_new(check->kv, check->snapshot, LEDGER_META);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (kv_iter_seek(iter, key_bytes(&first)); err == MM_OK && kv_iter_valid(iter);
         kv_iter_next(iter)) {
        const mm_bytes key = kv_iter_key(iter);
        mm_bytes value;
        bool is_here;
        if (key.len < first.len || memcmp(key.ptr, first.b, first.len) != 0)
            break;
        err = check_find(check, &value, &is_here, LEDGER_META, key);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

mm_err check_meta(struct ledger_check *check)
{
    const struct ledger *ledger = check->view->ledger;
    /* What was read at the start, and what the running ledger has made of it since. */
    MM_TRY(expect_number(check, "version", LEDGER_VERSION));
    MM_TRY(expect_number(check, "chain-id", ledger->chain_id));
    MM_TRY(expect_number(check, "head", check->view->head));
    MM_TRY(expect_number(check, "flushed", check->view->pin->flushed));
    MM_TRY(expect_number(check, "proofs-from", ledger->proofs_from));
    MM_TRY(expect_number(check, "epoch", ledger->first_epoch));
    MM_TRY(expect_meta(check, "genesis", mm_bytes_hash(&ledger->genesis_hash)));
    const struct ledger_key notes = key_note("");
    const struct ledger_key sets = key_meta("set/");
    MM_TRY(expect_number(check, "begins", ledger->begins));
    MM_TRY(all_under(check, &notes));
    if (ledger->begins > 0)
        MM_TRY(all_under(check, &sets));
    if (ledger->proofs_from > check->view->head)
        ledger_check_report(check, "meta: 'proofs-from': is above the head");
    else if (ledger->first_epoch > (ledger->proofs_from + 1) / EPOCH_BLOCKS)
        ledger_check_report(check, "meta: 'epoch': history that proofs need is said to be gone");
    return MM_OK;
}
