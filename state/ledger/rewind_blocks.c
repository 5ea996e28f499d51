/* Blocks that a rewind takes away, from the last down, each with the derived rows that follow from it. */
#include "state/base/endian.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/ledger/rewind_internal.h"

enum { SENDERS = 1024 }; /* remembered at a time; a power of two */

/* The highest nonce that an account had up to the target. */
struct sender {
    mm_addr addr;
    bool is_known;
    uint64_t nonce_max;
};

struct drop {
    struct rewind *rewind;
    struct mm_buf value;
    struct mm_buf other;
    struct mm_arena arena; /* of one pack */
    struct sender *senders;
};

static mm_err read_row(struct drop *drop, enum ledger_family family, const struct ledger_key *key,
                       struct mm_buf *value)
{
    return kv_get(drop->rewind->kv, drop->rewind->before, (size_t)family, key_bytes(key), value);
}

static void del_row(struct drop *drop, enum ledger_family family, const struct ledger_key *key)
{
    kv_batch_del(drop->rewind->batch, (size_t)family, key_bytes(key));
}

/* ---- transactions that an earlier block has as well ----
 *
 * A nonce that was set back from outside lets a transaction in again, and the lookup of its hash leads to the last block that has
 * it. When that goes, it must lead to the one before. Such a transaction's sender had, up to the target, a nonce above it: without
 * one, which is nearly always, there is nothing to look for. */

static bool is_record_of(const struct ledger_key *account, mm_bytes key)
{
    return key.len == account->len + 8 && memcmp(key.ptr, account->b, account->len) == 0;
}

static mm_err open_account(mm_bytes record, struct account *account, uint64_t *since)
{
    mm_bytes value;
    MM_TRY(record_open(record, &value, since));
    return account_decode(account, value) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

/* Records of history that are of before the target: each was so since a block up to it. */
static mm_err find_nonce_max(struct drop *drop, struct sender *sender)
{
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&sender->addr));
    const struct ledger_key key = key_account(&addr_key);
    const struct ledger_key first = key_state_history(key_bytes(&key), 0);
    struct kv_iter *iter = kv_iter_new(drop->rewind->kv, drop->rewind->before, LEDGER_HISTORY);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    bool goes_on = true;
    for (kv_iter_seek(iter, key_bytes(&first));
         err == MM_OK && goes_on && kv_iter_valid(iter) && is_record_of(&key, kv_iter_key(iter));
         kv_iter_next(iter)) {
        struct account account = account_none();
        uint64_t since;
        err = open_account(kv_iter_value(iter), &account, &since);
        goes_on = err == MM_OK && since <= drop->rewind->target->block_num;
        if (goes_on && account.nonce > sender->nonce_max)
            sender->nonce_max = account.nonce;
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    sender->is_known = err == MM_OK;
    return err;
}

static mm_err nonce_max_of(struct drop *drop, const mm_addr *addr, uint64_t *nonce_max)
{
    struct sender *sender = &drop->senders[mm_get_be32(addr->b + 16) % SENDERS];
    *nonce_max = 0;
    if (!sender->is_known || !mm_addr_equal(&sender->addr, addr)) {
        *sender = (struct sender){ .addr = *addr };
        MM_TRY(find_nonce_max(drop, sender));
    }
    *nonce_max = sender->nonce_max;
    return MM_OK;
}

static mm_err find_in_block(struct drop *drop, const mm_hash32 *hash, uint64_t block_num,
                            bool *found, uint32_t *index)
{
    for (uint32_t number = 0; !*found; number++) {
        const struct ledger_key key = key_body(block_num, number);
        size_t count = 0;
        const mm_err err = read_row(drop, LEDGER_BLOCK, &key, &drop->other);
        if (err == MM_ERR_NOT_FOUND)
            return MM_OK;
        MM_TRY(err);
        MM_TRY(pack_count(mm_buf_bytes(&drop->other), &count));
        for (size_t i = 0; i < count && !*found; i++) {
            mm_bytes raw;
            MM_TRY(pack_item(mm_buf_bytes(&drop->other), &raw, i));
            const mm_hash32 other = keccak256(raw);
            *found = mm_hash_equal(&other, hash);
            *index = number * PACK_ITEMS + (uint32_t)i;
        }
    }
    return MM_OK;
}

/* Through the blocks up to the target that changed the sender: those that its records are so since. */
static mm_err find_earlier(struct drop *drop, const struct ledger_tx *tx, bool *found,
                           uint8_t place[12])
{
    uint64_t nonce_max;
    *found = false;
    MM_TRY(nonce_max_of(drop, &tx->tx.sender, &nonce_max));
    if (nonce_max <= tx->tx.nonce)
        return MM_OK;
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&tx->tx.sender));
    const struct ledger_key key = key_account(&addr_key);
    const struct ledger_key last = key_state_history(key_bytes(&key), UINT64_MAX);
    struct kv_iter *iter = kv_iter_new(drop->rewind->kv, drop->rewind->before, LEDGER_HISTORY);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (kv_iter_seek_back(iter, key_bytes(&last));
         err == MM_OK && !*found && kv_iter_valid(iter) && is_record_of(&key, kv_iter_key(iter));
         kv_iter_prev(iter)) {
        struct account account;
        uint64_t block_num;
        uint32_t index = 0;
        err = open_account(kv_iter_value(iter), &account, &block_num);
        if (err == MM_OK && block_num <= drop->rewind->target->block_num)
            err = find_in_block(drop, &tx->tx.hash, block_num, found, &index);
        record_place_encode(place, block_num, index);
    }
    if (err == MM_OK)
        err = kv_iter_err(iter);
    kv_iter_free(iter);
    return err;
}

/* ---- one block ---- */

static mm_err drop_lookup(struct drop *drop, const struct ledger_tx *tx)
{
    const struct ledger_key key = key_tx_hash(&tx->tx.hash);
    uint8_t place[12];
    bool found;
    MM_TRY(find_earlier(drop, tx, &found, place));
    if (found)
        kv_batch_put(drop->rewind->batch, LEDGER_LOOKUP, key_bytes(&key), MM_BYTES_OF(place));
    else
        del_row(drop, LEDGER_LOOKUP, &key);
    return MM_OK;
}

static mm_err drop_index(struct drop *drop, const struct log_source *sources, size_t count,
                         uint64_t block_num)
{
    const uint64_t *rows = NULL;
    size_t row_count = 0;
    MM_TRY(log_rows(&drop->arena, &rows, &row_count, sources, count));
    for (size_t i = 0; i < row_count; i++) {
        const struct ledger_key key = key_log_index(rows[i], block_num);
        del_row(drop, LEDGER_INDEX, &key);
    }
    return MM_OK;
}

/* What execution made of the pack of transactions in drop->value. */
static mm_err drop_results(struct drop *drop, uint64_t block_num, uint32_t number, size_t count)
{
    const struct ledger_key key = key_receipts(block_num, number);
    struct ledger_tx txs[PACK_ITEMS] = { 0 };
    struct log_source sources[PACK_ITEMS];
    mm_arena_reset(&drop->arena);
    const mm_err err = read_row(drop, LEDGER_RECEIPT, &key, &drop->other);
    if (err != MM_OK)
        return err == MM_ERR_NOT_FOUND ? MM_ERR_CORRUPT : err;
    mm_bytes packed;
    MM_TRY(mm_arena_copy(&drop->arena, &packed, mm_buf_bytes(&drop->other)));
    for (size_t i = 0; i < count; i++) {
        struct ledger_tx *tx = &txs[i];
        mm_bytes raw;
        mm_bytes result;
        if (pack_item(mm_buf_bytes(&drop->value), &raw, i) != MM_OK ||
            pack_item(packed, &result, i) != MM_OK)
            return MM_ERR_CORRUPT;
        MM_TRY(ledger_tx_err(tx_decode(&drop->arena, &tx->tx, raw, NULL)));
        MM_TRY(record_result_decode(&drop->arena, tx, result));
        MM_TRY(drop_lookup(drop, tx));
        sources[i] = (struct log_source){ &tx->tx.sender, tx->tx.creates ? NULL : &tx->tx.to,
                                          tx->logs, tx->log_count };
    }
    MM_TRY(drop_index(drop, sources, count, block_num));
    del_row(drop, LEDGER_RECEIPT, &key);
    return MM_OK;
}

static mm_err drop_body(struct drop *drop, uint64_t block_num, bool is_flushed)
{
    for (uint32_t number = 0;; number++) {
        const struct ledger_key key = key_body(block_num, number);
        size_t count = 0;
        const mm_err err = read_row(drop, LEDGER_BLOCK, &key, &drop->value);
        if (err == MM_ERR_NOT_FOUND)
            return MM_OK;
        MM_TRY(err);
        MM_TRY(pack_count(mm_buf_bytes(&drop->value), &count));
        if (count > PACK_ITEMS)
            return MM_ERR_CORRUPT;
        if (is_flushed)
            MM_TRY(drop_results(drop, block_num, number, count));
        del_row(drop, LEDGER_BLOCK, &key);
    }
}

static mm_err drop_block(struct drop *drop, uint64_t block_num)
{
    const bool is_flushed = block_num <= drop->rewind->flushed;
    const struct ledger_key header = key_block_part(block_num, BLOCK_HEADER);
    const struct ledger_key certificate = key_block_part(block_num, BLOCK_CERTIFICATE);
    const struct ledger_key edits = key_block_part(block_num, BLOCK_EDITS);
    const mm_err err = read_row(drop, LEDGER_BLOCK, &header, &drop->value);
    if (err == MM_OK && is_flushed) {
        const mm_hash32 hash = keccak256(mm_buf_bytes(&drop->value));
        const struct ledger_key lookup = key_block_hash(&hash);
        del_row(drop, LEDGER_LOOKUP, &lookup);
    } else if (err != MM_OK && err != MM_ERR_NOT_FOUND) {
        return err;
    }
    del_row(drop, LEDGER_BLOCK, &edits); /* above the head there is nothing else */
    if (err == MM_ERR_NOT_FOUND)
        return MM_OK;
    MM_TRY(drop_body(drop, block_num, is_flushed));
    del_row(drop, LEDGER_BLOCK, &header);
    del_row(drop, LEDGER_BLOCK, &certificate);
    return MM_OK;
}

/* ---- all of them ---- */

/* The last block that has a row; when the work was interrupted, the last that is left. */
static mm_err find_last(struct rewind *rewind, uint64_t *block_num)
{
    const struct ledger_key end = key_block_part(UINT64_MAX, BLOCK_BODY);
    struct kv_iter *iter = kv_iter_new(rewind->kv, rewind->before, LEDGER_BLOCK);
    if (iter == NULL)
        return MM_ERR_NO_MEMORY;
    kv_iter_seek_back(iter, key_bytes(&end));
    mm_err err = kv_iter_err(iter);
    if (err == MM_OK && (!kv_iter_valid(iter) || kv_iter_key(iter).len < 8))
        err = MM_ERR_CORRUPT;
    *block_num = err == MM_OK ? mm_get_be64(kv_iter_key(iter).ptr) : 0;
    kv_iter_free(iter);
    return err;
}

mm_err rewind_blocks(struct rewind *rewind)
{
    uint64_t last;
    MM_TRY(find_last(rewind, &last));
    struct drop drop = { .rewind = rewind,
                         .senders = mm_heap_zeroed(SENDERS, sizeof *drop.senders) };
    if (drop.senders == NULL)
        return MM_ERR_NO_MEMORY;
    mm_buf_init(&drop.value, LEDGER_VALUE_MAX);
    mm_buf_init(&drop.other, LEDGER_VALUE_MAX);
    mm_arena_init(&drop.arena, SIZE_MAX);
    mm_err err = MM_OK;
    for (uint64_t block_num = last; err == MM_OK && block_num > rewind->target->block_num;
         block_num--) {
        err = rewind_step(rewind);
        if (err == MM_OK)
            err = drop_block(&drop, block_num);
    }
    mm_arena_fini(&drop.arena);
    mm_buf_fini(&drop.value);
    mm_buf_fini(&drop.other);
    mm_heap_free(drop.senders);
    return err;
}
