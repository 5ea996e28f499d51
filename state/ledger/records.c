#include "state/base/endian.h"
#include "state/ledger/ledger_internal.h"

/* Code is named by its hash: it never was anything else. */
bool record_is_dated(enum ledger_family family, mm_bytes key)
{
    return family == LEDGER_TRIE || (family == LEDGER_STATE && key.len > 0 && key.ptr[0] != 'c');
}

mm_err record_open(mm_bytes record, mm_bytes *value, uint64_t *since)
{
    *value = (mm_bytes){ NULL, 0 };
    *since = 0;
    if (record.len <= SINCE_BYTES)
        return MM_ERR_CORRUPT;
    *since = mm_get_be64(record.ptr);
    *value = mm_bytes_from(record.ptr + SINCE_BYTES, record.len - SINCE_BYTES);
    return MM_OK;
}

void record_dated(struct mm_buf *buf, uint64_t since, mm_bytes value)
{
    uint8_t bytes[SINCE_BYTES];
    mm_put_be64(bytes, since);
    mm_buf_add(buf, MM_BYTES_OF(bytes));
    mm_buf_add(buf, value);
}

/* rlp([ok, gas used, gas price, cumulative gas, sender, first log, [log …]]) */
void record_result_encode(struct mm_buf *buf, const struct tx *tx, const struct tx_result *result,
                          size_t first_log)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, result->receipt.ok);
    rlp_add_u64(buf, result->gas_used);
    rlp_add_u256(buf, &result->gas_price);
    rlp_add_u64(buf, result->receipt.cumulative_gas);
    rlp_add_addr(buf, &tx->sender);
    rlp_add_u64(buf, first_log);
    const size_t logs = rlp_open_list(buf);
    for (size_t i = 0; i < result->receipt.log_count; i++) {
        const struct log *log = &result->receipt.logs[i];
        const size_t item = rlp_open_list(buf);
        rlp_add_addr(buf, &log->addr);
        const size_t topics = rlp_open_list(buf);
        for (size_t j = 0; j < log->topic_count; j++)
            rlp_add_hash(buf, &log->topics[j]);
        rlp_close_list(buf, topics);
        rlp_add_string(buf, log->data);
        rlp_close_list(buf, item);
    }
    rlp_close_list(buf, logs);
    rlp_close_list(buf, list);
}

static void read_log(struct rlp *logs, struct log *log)
{
    *log = (struct log){ .topic_count = 0 };
    struct rlp item = rlp_read_list(logs);
    log->addr = rlp_read_addr(&item);
    struct rlp topics = rlp_read_list(&item);
    while (rlp_more(&topics)) {
        if (log->topic_count == LOG_TOPICS_MAX) {
            rlp_refuse(&topics, RLP_TRAILING);
            break;
        }
        log->topics[log->topic_count++] = rlp_read_hash(&topics);
    }
    (void)rlp_join(&item, &topics);
    log->data = rlp_read_string(&item, SIZE_MAX);
    (void)rlp_finish(&item);
    (void)rlp_join(logs, &item);
}

mm_err record_result_decode(struct mm_arena *arena, struct ledger_tx *tx, mm_bytes encoded)
{
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    tx->ok = rlp_read_u64(&list) == 1;
    tx->gas_used = rlp_read_u64(&list);
    tx->gas_price = rlp_read_u256(&list);
    tx->cumulative_gas = rlp_read_u64(&list);
    tx->tx.sender = rlp_read_addr(&list);
    tx->first_log = rlp_read_u64(&list);
    struct rlp items = rlp_read_list(&list);
    const size_t count = rlp_count(items);
    struct log *logs = MM_ARENA_ARRAY(arena, struct log, count);
    if (logs == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        read_log(&items, &logs[i]);
    (void)rlp_finish(&items);
    (void)rlp_join(&list, &items);
    if (rlp_finish(&list) != RLP_OK || rlp_finish(&outer) != RLP_OK)
        return MM_ERR_CORRUPT;
    tx->logs = logs;
    tx->log_count = count;
    return MM_OK;
}

mm_err record_logs_open(struct record_logs *logs, mm_bytes encoded)
{
    enum { FIELDS_BEFORE = 5 }; /* the first log's index */
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    bool is_list;
    for (size_t i = 0; i < FIELDS_BEFORE; i++)
        (void)rlp_read_any(&list, &is_list);
    logs->next = rlp_read_u64(&list);
    logs->items = rlp_read_list(&list);
    return rlp_finish(&list) == RLP_OK && rlp_finish(&outer) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

bool record_logs_next(struct record_logs *logs, struct log *log, size_t *index)
{
    if (!rlp_more(&logs->items))
        return false;
    read_log(&logs->items, log);
    *index = logs->next++;
    return logs->items.verdict == RLP_OK;
}

mm_err record_logs_close(struct record_logs *logs)
{
    return rlp_finish(&logs->items) == RLP_OK ? MM_OK : MM_ERR_CORRUPT;
}

void record_place_encode(uint8_t out[12], uint64_t block_num, uint32_t index)
{
    mm_put_be64(out, block_num);
    mm_put_be32(out + 8, index);
}

mm_err record_place_decode(uint64_t *block_num, size_t *index, mm_bytes encoded)
{
    *block_num = 0;
    *index = 0;
    if (encoded.len != 12)
        return MM_ERR_CORRUPT;
    *block_num = mm_get_be64(encoded.ptr);
    *index = mm_get_be32(encoded.ptr + 8);
    return MM_OK;
}

mm_bytes record_slot(uint8_t out[32], const mm_u256 *value)
{
    u256_to_be32(out, value);
    const size_t len = u256_byte_len(value);
    return mm_bytes_from(out + 32 - len, len);
}
