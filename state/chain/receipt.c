#include "state/chain/receipt.h"

#include "state/base/assert.h"
#include "state/chain/chain_internal.h"

enum {
    LOG_ITEM_BYTES_MIN = 1 + 21 + 1 + 1, /* [address, [], ""] */
    BLOOM_ITEM_BYTES = 3 + BLOOM_BYTES,
    BLOOM_ITEMS_TOGETHER = 64, /* addresses and topics that are hashed in one call */
};

static size_t log_payload(const struct log *log)
{
    MM_ASSERT(log->topic_count <= LOG_TOPICS_MAX);
    return 21 + rlp_size_list(log->topic_count * 33) + rlp_size_string(log->data);
}

static size_t logs_payload(const struct receipt *receipt)
{
    size_t size = 0;
    for (size_t i = 0; i < receipt->log_count; i++)
        size += rlp_size_list(log_payload(&receipt->logs[i]));
    return size;
}

static void add_log(struct mm_buf *buf, const struct log *log)
{
    rlp_add_list_header(buf, log_payload(log));
    rlp_add_addr(buf, &log->addr);
    rlp_add_list_header(buf, log->topic_count * 33);
    for (size_t i = 0; i < log->topic_count; i++)
        rlp_add_hash(buf, &log->topics[i]);
    rlp_add_string(buf, log->data);
}

void receipt_encode(struct mm_buf *buf, const struct receipt *receipt)
{
    const size_t logs_len = logs_payload(receipt);
    const size_t status_size = receipt->has_post_state ? 33 : 1;
    if (receipt->type != TX_LEGACY)
        mm_buf_add_byte(buf, (uint8_t)receipt->type);
    rlp_add_list_header(buf, status_size + rlp_size_u64(receipt->cumulative_gas) +
                                 BLOOM_ITEM_BYTES + rlp_size_list(logs_len));
    if (receipt->has_post_state)
        rlp_add_hash(buf, &receipt->post_state);
    else
        rlp_add_u64(buf, receipt->ok);
    rlp_add_u64(buf, receipt->cumulative_gas);
    rlp_add_string(buf, MM_BYTES_OF(receipt->bloom.b));
    rlp_add_list_header(buf, logs_len);
    for (size_t i = 0; i < receipt->log_count; i++)
        add_log(buf, &receipt->logs[i]);
}

static void read_log(struct rlp *r, struct log *log)
{
    *log = (struct log){ .topic_count = 0 };
    struct rlp fields = rlp_read_list(r);
    log->addr = rlp_read_addr(&fields);
    struct rlp topics = rlp_read_list(&fields);
    while (rlp_more(&topics) && log->topic_count < LOG_TOPICS_MAX)
        log->topics[log->topic_count++] = rlp_read_hash(&topics);
    (void)rlp_join(&fields, &topics);
    log->data = rlp_read_string(&fields, SIZE_MAX);
    (void)rlp_join(r, &fields);
}

static void read_logs(struct mm_arena *arena, struct rlp *r, struct receipt *receipt)
{
    struct rlp list = rlp_read_list(r);
    if (rlp_more(&list)) {
        const size_t capacity = chain_room_for(&list, LOG_ITEM_BYTES_MIN);
        struct log *logs = mm_arena_alloc(arena, capacity * sizeof *logs);
        if (logs == NULL)
            rlp_refuse(&list, RLP_TOO_LARGE);
        receipt->logs = logs;
        while (rlp_more(&list)) {
            MM_ASSERT(receipt->log_count < capacity);
            read_log(&list, &logs[receipt->log_count++]);
        }
    }
    (void)rlp_join(r, &list);
}

/* EIP-658: 1, or nothing for 0. Before Byzantium: the state root behind the transaction. */
static void read_status(struct rlp *r, struct receipt *receipt)
{
    const mm_bytes status = rlp_read_string(r, sizeof receipt->post_state.b);
    if (status.len == sizeof receipt->post_state.b) {
        receipt->has_post_state = true;
        memcpy(receipt->post_state.b, status.ptr, status.len);
        return;
    }
    receipt->ok = status.len == 1 && status.ptr[0] == 1;
    if (status.len > 0 && !receipt->ok)
        rlp_refuse(r, RLP_WRONG_SIZE);
}

static enum rlp_verdict read_receipt(struct mm_arena *arena, struct receipt *receipt,
                                     mm_bytes encoded)
{
    mm_bytes list = encoded;
    if (encoded.ptr[0] >= TX_ACCESS_LIST && encoded.ptr[0] <= TX_SET_CODE) {
        receipt->type = (enum tx_type)encoded.ptr[0];
        list = mm_bytes_from(encoded.ptr + 1, encoded.len - 1);
    }
    struct rlp whole = rlp_over(list);
    struct rlp fields = rlp_read_list(&whole);
    read_status(&fields, receipt);
    receipt->cumulative_gas = rlp_read_u64(&fields);
    rlp_read_fixed(&fields, receipt->bloom.b, sizeof receipt->bloom.b);
    read_logs(arena, &fields, receipt);
    (void)rlp_join(&whole, &fields);
    return rlp_finish(&whole);
}

enum rlp_verdict receipt_decode(struct mm_arena *arena, struct receipt *receipt, mm_bytes encoded)
{
    const struct mm_arena_mark mark = mm_arena_mark(arena);
    mm_bytes copy;
    *receipt = (struct receipt){ .type = TX_LEGACY };
    if (encoded.len == 0)
        return RLP_MISSING;
    if (mm_arena_copy(arena, &copy, encoded) != MM_OK)
        return RLP_TOO_LARGE;
    const enum rlp_verdict verdict = read_receipt(arena, receipt, copy);
    if (verdict != RLP_OK) {
        *receipt = (struct receipt){ .type = TX_LEGACY };
        mm_arena_rewind(arena, mark);
    }
    return verdict;
}

void receipt_bloom(struct bloom *bloom, const struct log *logs, size_t log_count)
{
    mm_bytes items[BLOOM_ITEMS_TOGETHER];
    size_t count = 0;
    *bloom = (struct bloom){ { 0 } };
    for (size_t i = 0; i < log_count; i++) {
        if (BLOOM_ITEMS_TOGETHER - count < 1 + LOG_TOPICS_MAX) {
            bloom_add_all(bloom, items, count);
            count = 0;
        }
        items[count++] = mm_bytes_addr(&logs[i].addr);
        for (size_t j = 0; j < logs[i].topic_count; j++)
            items[count++] = mm_bytes_hash(&logs[i].topics[j]);
    }
    bloom_add_all(bloom, items, count);
}
