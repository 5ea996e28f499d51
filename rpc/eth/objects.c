/* Objects of the specification: blocks, transactions, receipts, logs. Source: ethereum/execution-apis, src/schemas. */
#include "rpc/eth/eth_internal.h"
#include "state/base/assert.h"

/* ---- members ---- */

void eth_add_data_member(struct json_writer *w, const char *key, mm_bytes data)
{
    json_key(w, key);
    json_add_data(w, data);
}

void eth_add_addr_member(struct json_writer *w, const char *key, const mm_addr *addr)
{
    eth_add_data_member(w, key, mm_bytes_addr(addr));
}

void eth_add_hash_member(struct json_writer *w, const char *key, const mm_hash32 *hash)
{
    eth_add_data_member(w, key, mm_bytes_hash(hash));
}

void eth_add_quantity_member(struct json_writer *w, const char *key, uint64_t value)
{
    json_key(w, key);
    json_add_quantity(w, value);
}

void eth_add_u256_member(struct json_writer *w, const char *key, const mm_u256 *value)
{
    json_key(w, key);
    json_add_quantity_u256(w, value);
}

static void add_null_member(struct json_writer *w, const char *key)
{
    json_key(w, key);
    json_add_null(w);
}

/* ---- headers ---- */

static void add_later_fields(struct json_writer *w, const struct header *header)
{
    if (header->field_count >= HEADER_FIELDS_LONDON)
        eth_add_u256_member(w, "baseFeePerGas", &header->base_fee);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        eth_add_hash_member(w, "withdrawalsRoot", &header->withdrawals_root);
    if (header->field_count >= HEADER_FIELDS_CANCUN) {
        eth_add_quantity_member(w, "blobGasUsed", header->blob_gas_used);
        eth_add_quantity_member(w, "excessBlobGas", header->excess_blob_gas);
        eth_add_hash_member(w, "parentBeaconBlockRoot", &header->parent_beacon_root);
    }
    if (header->field_count >= HEADER_FIELDS_PRAGUE)
        eth_add_hash_member(w, "requestsHash", &header->requests_hash);
}

static void add_header(struct json_writer *w, const struct header *header, const mm_hash32 *hash,
                       bool has_bloom)
{
    eth_add_quantity_member(w, "number", header->number);
    if (hash != NULL) {
        eth_add_hash_member(w, "hash", hash);
        eth_add_data_member(w, "nonce", MM_BYTES_OF(header->nonce));
    } else {
        add_null_member(w, "hash");
        add_null_member(w, "nonce");
    }
    eth_add_hash_member(w, "parentHash", &header->parent_hash);
    eth_add_hash_member(w, "mixHash", &header->prev_randao);
    eth_add_hash_member(w, "sha3Uncles", &header->ommers_hash);
    if (has_bloom)
        eth_add_data_member(w, "logsBloom", MM_BYTES_OF(header->bloom.b));
    else
        add_null_member(w, "logsBloom");
    eth_add_hash_member(w, "stateRoot", &header->state_root);
    eth_add_addr_member(w, "miner", &header->coinbase);
    eth_add_u256_member(w, "difficulty", &header->difficulty);
    eth_add_data_member(w, "extraData", mm_bytes_from(header->extra, header->extra_len));
    eth_add_quantity_member(w, "gasLimit", header->gas_limit);
    eth_add_quantity_member(w, "gasUsed", header->gas_used);
    eth_add_quantity_member(w, "timestamp", header->timestamp);
    eth_add_hash_member(w, "transactionsRoot", &header->tx_root);
    eth_add_hash_member(w, "receiptsRoot", &header->receipts_root);
    add_later_fields(w, header);
}

void eth_add_header(struct json_writer *w, const struct header *header, const mm_hash32 *hash)
{
    add_header(w, header, hash, true);
}

void eth_add_header_without_bloom(struct json_writer *w, const struct header *header,
                                  const mm_hash32 *hash)
{
    add_header(w, header, hash, false);
}

/* ---- transactions ---- */

static void add_place(struct json_writer *w, const struct eth_place *place)
{
    if (place == NULL) {
        add_null_member(w, "blockHash");
        add_null_member(w, "blockNumber");
        add_null_member(w, "blockTimestamp");
        add_null_member(w, "transactionIndex");
        return;
    }
    eth_add_hash_member(w, "blockHash", &place->block_hash);
    eth_add_quantity_member(w, "blockNumber", place->block_num);
    eth_add_quantity_member(w, "blockTimestamp", place->timestamp);
    eth_add_quantity_member(w, "transactionIndex", place->index);
}

void eth_add_access_list(struct json_writer *w, const struct tx_access *list, size_t count)
{
    json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        const struct tx_access *access = &list[i];
        json_open_object(w);
        eth_add_addr_member(w, "address", &access->addr);
        json_key(w, "storageKeys");
        json_open_array(w);
        for (size_t j = 0; j < access->slot_count; j++)
            json_add_data(w, mm_bytes_hash(&access->slots[j]));
        json_close_array(w);
        json_close_object(w);
    }
    json_close_array(w);
}

/* EIP-155: v of a protected legacy transaction is 35 + 2 chainId + parity, of an unprotected one 27 + parity. */
static mm_u256 legacy_v(const struct tx *tx)
{
    const mm_u256 base = u256_from_u64((tx->has_chain_id ? 35u : 27u) + tx->signature.parity);
    if (!tx->has_chain_id)
        return base;
    const mm_u256 twice = u256_wrapping_add(&tx->chain_id, &tx->chain_id);
    return u256_wrapping_add(&twice, &base);
}

static void add_signature(struct json_writer *w, const struct tx *tx)
{
    const mm_u256 r = u256_from_hash(&tx->signature.r);
    const mm_u256 s = u256_from_hash(&tx->signature.s);
    if (tx->type == TX_LEGACY) {
        const mm_u256 v = legacy_v(tx);
        eth_add_u256_member(w, "v", &v);
    } else {
        eth_add_quantity_member(w, "v", tx->signature.parity);
        eth_add_quantity_member(w, "yParity", tx->signature.parity);
    }
    eth_add_u256_member(w, "r", &r);
    eth_add_u256_member(w, "s", &s);
}

void eth_add_tx(struct json_writer *w, const struct tx *tx, const struct eth_place *place,
                const mm_u256 *gas_price)
{
    json_open_object(w);
    add_place(w, place);
    eth_add_hash_member(w, "hash", &tx->hash);
    eth_add_quantity_member(w, "type", tx->type);
    eth_add_addr_member(w, "from", &tx->sender);
    if (tx->creates)
        add_null_member(w, "to");
    else
        eth_add_addr_member(w, "to", &tx->to);
    eth_add_quantity_member(w, "nonce", tx->nonce);
    eth_add_quantity_member(w, "gas", tx->gas_limit);
    eth_add_u256_member(w, "gasPrice", gas_price);
    if (tx->type >= TX_DYNAMIC_FEE) {
        eth_add_u256_member(w, "maxFeePerGas", &tx->max_fee);
        eth_add_u256_member(w, "maxPriorityFeePerGas", &tx->priority_fee);
    }
    eth_add_u256_member(w, "value", &tx->value);
    eth_add_data_member(w, "input", tx->data);
    if (tx->type != TX_LEGACY) {
        json_key(w, "accessList");
        eth_add_access_list(w, tx->access_list, tx->access_count);
    }
    if (tx->has_chain_id)
        eth_add_u256_member(w, "chainId", &tx->chain_id);
    add_signature(w, tx);
    json_close_object(w);
}

/* ---- receipts and logs ---- */

void eth_add_log(struct json_writer *w, const struct log *log, const struct eth_place *place,
                 const mm_hash32 *tx_hash, size_t log_index, bool is_removed)
{
    json_open_object(w);
    eth_add_addr_member(w, "address", &log->addr);
    json_key(w, "topics");
    json_open_array(w);
    for (size_t i = 0; i < log->topic_count; i++)
        json_add_data(w, mm_bytes_hash(&log->topics[i]));
    json_close_array(w);
    eth_add_data_member(w, "data", log->data);
    eth_add_hash_member(w, "blockHash", &place->block_hash);
    eth_add_quantity_member(w, "blockNumber", place->block_num);
    eth_add_quantity_member(w, "blockTimestamp", place->timestamp);
    eth_add_hash_member(w, "transactionHash", tx_hash);
    eth_add_quantity_member(w, "transactionIndex", place->index);
    eth_add_quantity_member(w, "logIndex", log_index);
    json_key(w, "removed");
    json_add_bool(w, is_removed);
    json_close_object(w);
}

void eth_add_receipt_outline(struct json_writer *w, const struct ledger_tx *tx,
                             const struct eth_place *place)
{
    MM_ASSERT(!tx->tx.creates); /* the chain takes none */
    eth_add_quantity_member(w, "type", tx->tx.type);
    eth_add_quantity_member(w, "status", tx->ok);
    eth_add_hash_member(w, "transactionHash", &tx->tx.hash);
    eth_add_quantity_member(w, "transactionIndex", place->index);
    eth_add_hash_member(w, "blockHash", &place->block_hash);
    eth_add_quantity_member(w, "blockNumber", place->block_num);
    eth_add_addr_member(w, "from", &tx->tx.sender);
    eth_add_addr_member(w, "to", &tx->tx.to);
    add_null_member(w, "contractAddress");
    eth_add_quantity_member(w, "cumulativeGasUsed", tx->cumulative_gas);
    eth_add_quantity_member(w, "gasUsed", tx->gas_used);
    eth_add_u256_member(w, "effectiveGasPrice", &tx->gas_price);
}

void eth_add_receipt_logs(struct eth_request *r, const struct ledger_tx *tx,
                          const struct eth_place *place)
{
    struct json_writer *w = &r->w;
    struct bloom bloom;
    json_key(w, "logs");
    json_open_array(w);
    for (size_t i = 0; i < tx->log_count; i++)
        eth_add_log(w, &tx->logs[i], place, &tx->tx.hash, tx->first_log + i, false);
    json_close_array(w);
    bloom_memo_of(r->blooms, &bloom, tx->logs, tx->log_count);
    eth_add_data_member(w, "logsBloom", MM_BYTES_OF(bloom.b));
}

void eth_add_receipt(struct eth_request *r, const struct ledger_tx *tx,
                     const struct eth_place *place)
{
    json_open_object(&r->w);
    eth_add_receipt_outline(&r->w, tx, place);
    eth_add_receipt_logs(r, tx, place);
    json_close_object(&r->w);
}
