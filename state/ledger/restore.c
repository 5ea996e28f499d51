#include "state/ledger/restore.h"

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/ledger_internal.h"
#include "state/ledger/restore_internal.h"

/* ---- the mark ---- */

static const char RESTORING[] = "restoring";

mm_err ledger_is_half_restored(struct ledger *ledger, bool *is_half)
{
    const struct ledger_key key = key_meta(RESTORING);
    struct mm_buf value;
    mm_buf_init(&value, 64);
    const mm_err err = kv_get(ledger->kv, NULL, LEDGER_META, key_bytes(&key), &value);
    mm_buf_fini(&value);
    *is_half = err == MM_OK;
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

void ledger_wipe(struct kv_batch *batch)
{
    uint8_t above_all[LEDGER_KEY_MAX];
    memset(above_all, 0xff, sizeof above_all);
    for (size_t i = 0; i < LEDGER_FAMILY_COUNT; i++)
        kv_batch_del_range(batch, i, (mm_bytes){ NULL, 0 }, MM_BYTES_OF(above_all));
}

/* ---- life ---- */

mm_err ledger_restore_new(struct ledger_restore **out, struct ledger *ledger)
{
    MM_ASSERT(ledger->is_empty);
    struct ledger_restore *restore = *out = mm_heap_zeroed(1, sizeof *restore);
    if (restore == NULL)
        return MM_ERR_NO_MEMORY;
    restore->ledger = ledger;
    restore->batch = kv_batch_new(ledger->kv);
    mm_buf_init(&restore->record, LEDGER_VALUE_MAX);
    mm_err err = restore->batch == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    if (err == MM_OK) {
        const struct ledger_key key = key_meta(RESTORING);
        ledger_wipe(restore->batch);
        kv_batch_put(restore->batch, LEDGER_META, key_bytes(&key), MM_BYTES_LIT("1"));
        err = kv_write(ledger->kv, restore->batch, KV_SYNCED);
        kv_batch_reset(restore->batch);
    }
    if (err == MM_OK) {
        ledger->is_half_restored = true;
        return MM_OK;
    }
    ledger_restore_free(restore);
    *out = NULL;
    return err;
}

void ledger_restore_free(struct ledger_restore *restore)
{
    if (restore == NULL)
        return;
    if (restore->batch != NULL)
        kv_batch_free(restore->batch);
    mm_buf_fini(&restore->record);
    mm_heap_free(restore);
}

/* Not synced: the end's batch is, and carries with it what was written before. */
mm_err restore_write(struct ledger_restore *restore)
{
    const mm_err err = kv_write(restore->ledger->kv, restore->batch, KV_BUFFERED);
    kv_batch_reset(restore->batch);
    return err;
}

mm_err restore_step(struct ledger_restore *restore)
{
    return kv_batch_bytes(restore->batch) < RESTORE_BATCH_BYTES ? MM_OK : restore_write(restore);
}

static mm_err put(struct ledger_restore *restore, enum ledger_family family,
                  const struct ledger_key *key, mm_bytes value)
{
    kv_batch_put(restore->batch, family, key_bytes(key), value);
    return restore_step(restore);
}

mm_err restore_dated(struct ledger_restore *restore, enum ledger_family family, mm_bytes key,
                     mm_bytes value)
{
    MM_ASSERT(restore->has_header);
    mm_buf_reset(&restore->record);
    record_dated(&restore->record, restore->head, value);
    MM_TRY(mm_buf_err(&restore->record));
    kv_batch_put(restore->batch, family, key, mm_buf_bytes(&restore->record));
    return restore_step(restore);
}

/* ---- headers ---- */

mm_err ledger_restore_set(struct ledger_restore *restore, uint64_t block_num,
                          const struct validator_set *set)
{
    const struct ledger_key key = key_restored_set(block_num);
    MM_ASSERT(restore->has_header && block_num <= restore->head);
    return put(restore, LEDGER_META, &key,
               mm_bytes_from(set->addrs, set->count * sizeof *set->addrs));
}

mm_err ledger_restore_header(struct ledger_restore *restore, const struct restored_header *header)
{
    uint8_t place[12];
    const struct ledger_key key = key_block_part(header->number, BLOCK_HEADER);
    const struct ledger_key certificate = key_block_part(header->number, BLOCK_CERTIFICATE);
    const struct ledger_key hash = key_block_hash(&header->hash);
    MM_ASSERT(restore->has_header ? header->number == restore->head + 1 : header->number == 0);
    MM_ASSERT((header->number == 0) == (header->certificate.len == 0));
    restore->has_header = true;
    restore->head = header->number;
    restore->head_hash = header->hash;
    if (header->number == 0)
        restore->genesis_hash = header->hash;
    record_place_encode(place, header->number, 0);
    kv_batch_put(restore->batch, LEDGER_BLOCK, key_bytes(&key), header->header);
    if (header->certificate.len > 0)
        kv_batch_put(restore->batch, LEDGER_BLOCK, key_bytes(&certificate), header->certificate);
    if (header->set != NULL)
        MM_TRY(ledger_restore_set(restore, header->number, header->set));
    return put(restore, LEDGER_LOOKUP, &hash, MM_BYTES_OF(place));
}

mm_err ledger_restored_set(struct ledger_view *view, struct validator_set *set, uint64_t block_num)
{
    const struct pin *pin = view->pin;
    const struct ledger_key wanted = key_restored_set(block_num);
    struct kv_iter *iter = kv_iter_new(pin->kv, pin->snapshot, LEDGER_META);
    mm_err err = MM_ERR_NOT_FOUND;
    *set = (struct validator_set){ .count = 0 };
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    kv_iter_seek_back(iter, key_bytes(&wanted));
    if (kv_iter_valid(iter) && kv_iter_key(iter).len == wanted.len &&
        memcmp(kv_iter_key(iter).ptr, wanted.b, wanted.len - 8) == 0) {
        const mm_bytes value = kv_iter_value(iter);
        err = MM_ERR_CORRUPT;
        if (value.len % sizeof *set->addrs == 0 && value.len <= sizeof set->addrs) {
            memcpy(set->addrs, value.ptr, value.len);
            set->count = value.len / sizeof *set->addrs;
            err = validators_is_valid(set) ? MM_OK : MM_ERR_CORRUPT;
        }
    } else if (kv_iter_err(iter) != MM_OK) {
        err = kv_iter_err(iter);
    }
    kv_iter_free(iter);
    return err;
}

/* ---- state ---- */

mm_err ledger_restore_account(struct ledger_restore *restore, const mm_hash32 *addr_key,
                              mm_bytes encoded)
{
    struct account account;
    const struct ledger_key key = key_account(addr_key);
    if (account_decode(&account, encoded) != RLP_OK)
        return MM_ERR_INVALID;
    return restore_dated(restore, LEDGER_STATE, key_bytes(&key), encoded);
}

mm_err ledger_restore_slot(struct ledger_restore *restore, const mm_hash32 *addr_key,
                           const mm_hash32 *slot_key, mm_bytes encoded)
{
    const struct ledger_key key = key_slot(addr_key, slot_key);
    struct rlp r = rlp_over(encoded);
    const mm_bytes value = rlp_read_string(&r, 32);
    if (rlp_finish(&r) != RLP_OK || value.len == 0 || value.ptr[0] == 0)
        return MM_ERR_INVALID;
    return restore_dated(restore, LEDGER_STATE, key_bytes(&key), value);
}

mm_err ledger_restore_code(struct ledger_restore *restore, mm_bytes code)
{
    const mm_hash32 hash = keccak256(code);
    const struct ledger_key key = key_code(&hash);
    return code.len == 0 ? MM_ERR_INVALID : put(restore, LEDGER_STATE, &key, code);
}

mm_err ledger_restore_drop_state(struct ledger_restore *restore)
{
    uint8_t above_all[LEDGER_KEY_MAX];
    memset(above_all, 0xff, sizeof above_all);
    kv_batch_del_range(restore->batch, LEDGER_STATE, (mm_bytes){ NULL, 0 }, MM_BYTES_OF(above_all));
    kv_batch_del_range(restore->batch, LEDGER_TRIE, (mm_bytes){ NULL, 0 }, MM_BYTES_OF(above_all));
    return restore_write(restore);
}

/* ---- the end ---- */

static void put_meta(struct ledger_restore *restore, uint64_t chain_id)
{
    struct kv_batch *batch = restore->batch;
    const struct ledger_key genesis = key_meta("genesis");
    const struct ledger_key mark = key_meta(RESTORING);
    ledger_put_number(batch, "version", LEDGER_VERSION);
    ledger_put_number(batch, "chain-id", chain_id);
    ledger_put_number(batch, "head", restore->head);
    ledger_put_number(batch, "flushed", restore->head);
    ledger_put_number(batch, "begins", restore->head);
    ledger_put_number(batch, "proofs-from", restore->head);
    ledger_put_number(batch, "epoch", (restore->head + 1) / EPOCH_BLOCKS);
    kv_batch_put(batch, LEDGER_META, key_bytes(&genesis), mm_bytes_hash(&restore->genesis_hash));
    kv_batch_del(batch, LEDGER_META, key_bytes(&mark));
}

mm_err ledger_restore_finish(struct ledger_restore *restore, uint64_t chain_id,
                             struct mm_reason *reason)
{
    struct ledger *ledger = restore->ledger;
    struct header header;
    struct mm_buf scratch;
    MM_ASSERT(restore->has_header && restore->head > 0);
    MM_TRY(restore_write(restore));
    mm_buf_init(&scratch, MM_BLOCK_BYTES_MAX);
    mm_err err = block_read_header(ledger, NULL, &scratch, &header, restore->head);
    mm_buf_fini(&scratch);
    if (err == MM_OK)
        err = restore_build(restore, &header.state_root, reason);
    MM_TRY(err);
    put_meta(restore, chain_id);
    err = kv_write(ledger->kv, restore->batch, KV_SYNCED);
    kv_batch_reset(restore->batch);
    MM_TRY(err);
    ledger->is_half_restored = false;
    ledger->is_empty = false;
    return ledger_load(ledger, reason);
}
