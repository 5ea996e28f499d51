/* What follows from a block, gathered in a tail. */
#include "state/ledger/ledger_internal.h"

struct gather {
    struct tail *tail;
    uint64_t block_num;
    struct mm_buf data;
    struct mm_buf packed;
};

static mm_err add_account(struct gather *gather, const struct exec_account_change *change)
{
    const struct ledger_key key = key_account(&change->key);
    mm_buf_reset(&gather->data);
    if (change->exists)
        account_encode(&gather->data, &change->after);
    MM_TRY(mm_buf_err(&gather->data));
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_STATE,
                        .key = key_bytes(&key),
                        .value = mm_buf_bytes(&gather->data),
                        .is_present = change->exists,
                        .was_present = change->existed,
                    });
}

static mm_err add_slot(struct gather *gather, const mm_hash32 *addr_key,
                       const struct exec_slot_change *slot)
{
    const struct ledger_key key = key_slot(addr_key, &slot->key);
    uint8_t now[32];
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_STATE,
                        .key = key_bytes(&key),
                        .value = record_slot(now, &slot->after),
                        .is_present = !u256_is_zero(&slot->after),
                        .was_present = !u256_is_zero(&slot->before),
                    });
}

static mm_err add_state(struct gather *gather, const struct exec_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct exec_account_change *change = &changes->accounts[i];
        MM_TRY(add_account(gather, change));
        for (size_t j = 0; j < change->slot_count; j++)
            MM_TRY(add_slot(gather, &change->key, &change->slots[j]));
        if (change->has_new_code && change->code.len > 0) {
            /* Code is named by its hash and never goes: it needs no history. */
            const struct ledger_key key = key_code(&change->after.code_hash);
            MM_TRY(tail_add(gather->tail, gather->block_num,
                            &(struct tail_change){ .family = LEDGER_STATE,
                                                   .key = key_bytes(&key),
                                                   .value = change->code,
                                                   .is_present = true }));
        }
    }
    return MM_OK;
}

/* What a node was before is kept for its delta, unless an earlier block of the same tail says it. */
static mm_err add_node(struct gather *gather, const mm_hash32 *addr_key,
                       const struct trie_change *change)
{
    const struct ledger_key key = key_node(addr_key, change->path);
    const bool is_in_tail = change->old_since >= gather->tail->first_block;
    return tail_add(gather->tail, gather->block_num,
                    &(struct tail_change){
                        .family = LEDGER_TRIE,
                        .key = key_bytes(&key),
                        .value = change->new_node,
                        .is_present = change->new_node.len > 0,
                        .was_present = change->old_node.len > 0,
                        .old = is_in_tail ? (mm_bytes){ NULL, 0 } : change->old_node,
                        .old_since = change->old_since,
                    });
}

static mm_err add_nodes(struct gather *gather, const struct ledger_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const struct node_change *trie = &nodes->tries[i];
        for (size_t j = 0; j < trie->count; j++)
            MM_TRY(add_node(gather, trie->addr_key, &trie->changes[j]));
    }
    return MM_OK;
}

static mm_err add_value(struct gather *gather, enum ledger_family family,
                        const struct ledger_key *key, mm_bytes value)
{
    return tail_add(
        gather->tail, gather->block_num,
        &(struct tail_change){
            .family = family, .key = key_bytes(key), .value = value, .is_present = true });
}

static mm_err add_receipts(struct gather *gather, const struct ledger_block *block)
{
    size_t ends[PACK_ITEMS];
    size_t first_log = 0;
    for (size_t from = 0; from < block->tx_count; from += PACK_ITEMS) {
        size_t count = 0;
        mm_buf_reset(&gather->data);
        mm_buf_reset(&gather->packed);
        for (; count < PACK_ITEMS && from + count < block->tx_count; count++) {
            record_result_encode(&gather->data, &block->txs[from + count],
                                 &block->results[from + count], first_log);
            first_log += block->results[from + count].receipt.log_count;
            ends[count] = mm_buf_bytes(&gather->data).len;
        }
        pack_encode(&gather->packed, mm_buf_bytes(&gather->data), ends, count);
        MM_TRY(mm_buf_err(&gather->data));
        MM_TRY(mm_buf_err(&gather->packed));
        const struct ledger_key key =
            key_receipts(gather->block_num, (uint32_t)(from / PACK_ITEMS));
        MM_TRY(add_value(gather, LEDGER_RECEIPT, &key, mm_buf_bytes(&gather->packed)));
    }
    return MM_OK;
}

static mm_err add_lookups(struct gather *gather, const struct ledger_block *block)
{
    uint8_t place[12];
    record_place_encode(place, gather->block_num, 0);
    struct ledger_key key = key_block_hash(&block->hash);
    MM_TRY(add_value(gather, LEDGER_LOOKUP, &key, MM_BYTES_OF(place)));
    for (size_t i = 0; i < block->tx_count; i++) {
        record_place_encode(place, gather->block_num, (uint32_t)i);
        key = key_tx_hash(&block->txs[i].hash);
        MM_TRY(add_value(gather, LEDGER_LOOKUP, &key, MM_BYTES_OF(place)));
    }
    return MM_OK;
}

static mm_err add_log_rows(struct gather *gather, const struct ledger_block *block)
{
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    const uint64_t *rows = NULL;
    size_t count = 0;
    struct log_source *sources = MM_ARENA_ARRAY(&arena, struct log_source, block->tx_count);
    mm_err err = sources == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    for (size_t i = 0; err == MM_OK && i < block->tx_count; i++) {
        const struct tx *tx = &block->txs[i];
        const struct receipt *receipt = &block->results[i].receipt;
        sources[i] = (struct log_source){ &tx->sender, tx->creates ? NULL : &tx->to, receipt->logs,
                                          receipt->log_count };
    }
    if (err == MM_OK)
        err = log_rows(&arena, &rows, &count, sources, block->tx_count);
    if (err == MM_OK)
        err = tail_add_block(gather->tail, gather->block_num, rows, count);
    mm_arena_fini(&arena);
    return err;
}

static mm_err gather_all(struct gather *gather, const struct ledger_block *block)
{
    MM_TRY(add_state(gather, block->changes));
    if (block->nodes != NULL)
        MM_TRY(add_nodes(gather, block->nodes));
    MM_TRY(add_receipts(gather, block));
    MM_TRY(add_lookups(gather, block));
    return add_log_rows(gather, block);
}

static void gather_init(struct gather *gather, struct tail *tail, uint64_t block_num)
{
    *gather = (struct gather){ .tail = tail, .block_num = block_num };
    mm_buf_init(&gather->data, LEDGER_VALUE_MAX);
    mm_buf_init(&gather->packed, LEDGER_VALUE_MAX);
}

static void gather_fini(struct gather *gather)
{
    mm_buf_fini(&gather->data);
    mm_buf_fini(&gather->packed);
}

mm_err ledger_gather_block(struct tail *tail, const struct ledger_block *block)
{
    struct gather gather;
    gather_init(&gather, tail, block->header->number);
    const mm_err err = gather_all(&gather, block);
    gather_fini(&gather);
    return err;
}

mm_err ledger_gather_state(struct tail *tail, uint64_t block_num,
                           const struct exec_changes *changes)
{
    struct gather gather;
    gather_init(&gather, tail, block_num);
    const mm_err err = add_state(&gather, changes);
    gather_fini(&gather);
    return err;
}
