/* The header's fields, in the order of the forks that added them. */
#include "state/chain/header.h"

#include "state/base/assert.h"
#include "state/chain/chain_internal.h"
#include "state/crypto/keccak.h"

enum {
    /* Every field at its longest, the headers of the items included. */
    HEADER_BYTES_MAX = 9 + 7 * 33 + 21 + (3 + BLOOM_BYTES) + 33 + 4 * 9 + (3 + HEADER_EXTRA_MAX) +
                       9 + 33 + 33 + 2 * 9 + 33 + 33,
};

static bool is_field_count(size_t count)
{
    return (count >= HEADER_FIELDS_FRONTIER && count <= HEADER_FIELDS_SHANGHAI) ||
           count == HEADER_FIELDS_CANCUN || count == HEADER_FIELDS_PRAGUE;
}

static void read_fields(struct rlp *r, struct header *header)
{
    header->parent_hash = rlp_read_hash(r);
    header->ommers_hash = rlp_read_hash(r);
    header->coinbase = rlp_read_addr(r);
    header->state_root = rlp_read_hash(r);
    header->tx_root = rlp_read_hash(r);
    header->receipts_root = rlp_read_hash(r);
    rlp_read_fixed(r, header->bloom.b, sizeof header->bloom.b);
    header->difficulty = rlp_read_u256(r);
    header->number = rlp_read_u64(r);
    header->gas_limit = rlp_read_u64(r);
    header->gas_used = rlp_read_u64(r);
    header->timestamp = rlp_read_u64(r);
    const mm_bytes extra = rlp_read_string(r, sizeof header->extra);
    if (extra.len > 0)
        memcpy(header->extra, extra.ptr, extra.len);
    header->extra_len = extra.len;
    header->prev_randao = rlp_read_hash(r);
    rlp_read_fixed(r, header->nonce, sizeof header->nonce);
    if (header->field_count >= HEADER_FIELDS_LONDON)
        header->base_fee = rlp_read_u256(r);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        header->withdrawals_root = rlp_read_hash(r);
    if (header->field_count >= HEADER_FIELDS_CANCUN) {
        header->blob_gas_used = rlp_read_u64(r);
        header->excess_blob_gas = rlp_read_u64(r);
        header->parent_beacon_root = rlp_read_hash(r);
    }
    if (header->field_count >= HEADER_FIELDS_PRAGUE)
        header->requests_hash = rlp_read_hash(r);
}

void header_read(struct rlp *r, struct header *header)
{
    *header = (struct header){ 0 };
    struct rlp fields = rlp_read_list(r);
    const size_t count = rlp_count(fields);
    if (is_field_count(count))
        header->field_count = (unsigned)count;
    else
        rlp_refuse(&fields, count > HEADER_FIELDS_PRAGUE ? RLP_TRAILING : RLP_MISSING);
    read_fields(&fields, header);
    if (!rlp_join(r, &fields))
        *header = (struct header){ 0 };
}

static size_t payload_size(const struct header *header)
{
    size_t size = 6 * 33 + 21 + (3 + BLOOM_BYTES) + rlp_size_u256(&header->difficulty) +
                  rlp_size_u64(header->number) + rlp_size_u64(header->gas_limit) +
                  rlp_size_u64(header->gas_used) + rlp_size_u64(header->timestamp) +
                  rlp_size_string(mm_bytes_from(header->extra, header->extra_len)) + 9;
    if (header->field_count >= HEADER_FIELDS_LONDON)
        size += rlp_size_u256(&header->base_fee);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        size += 33;
    if (header->field_count >= HEADER_FIELDS_CANCUN)
        size += rlp_size_u64(header->blob_gas_used) + rlp_size_u64(header->excess_blob_gas) + 33;
    if (header->field_count >= HEADER_FIELDS_PRAGUE)
        size += 33;
    return size;
}

size_t chain_header_size(const struct header *header)
{
    return rlp_size_list(payload_size(header));
}

void header_encode(struct mm_buf *buf, const struct header *header)
{
    MM_ASSERT(is_field_count(header->field_count));
    MM_ASSERT(header->extra_len <= sizeof header->extra);
    rlp_add_list_header(buf, payload_size(header));
    rlp_add_hash(buf, &header->parent_hash);
    rlp_add_hash(buf, &header->ommers_hash);
    rlp_add_addr(buf, &header->coinbase);
    rlp_add_hash(buf, &header->state_root);
    rlp_add_hash(buf, &header->tx_root);
    rlp_add_hash(buf, &header->receipts_root);
    rlp_add_string(buf, MM_BYTES_OF(header->bloom.b));
    rlp_add_u256(buf, &header->difficulty);
    rlp_add_u64(buf, header->number);
    rlp_add_u64(buf, header->gas_limit);
    rlp_add_u64(buf, header->gas_used);
    rlp_add_u64(buf, header->timestamp);
    rlp_add_string(buf, mm_bytes_from(header->extra, header->extra_len));
    rlp_add_hash(buf, &header->prev_randao);
    rlp_add_string(buf, MM_BYTES_OF(header->nonce));
    if (header->field_count >= HEADER_FIELDS_LONDON)
        rlp_add_u256(buf, &header->base_fee);
    if (header->field_count >= HEADER_FIELDS_SHANGHAI)
        rlp_add_hash(buf, &header->withdrawals_root);
    if (header->field_count >= HEADER_FIELDS_CANCUN) {
        rlp_add_u64(buf, header->blob_gas_used);
        rlp_add_u64(buf, header->excess_blob_gas);
        rlp_add_hash(buf, &header->parent_beacon_root);
    }
    if (header->field_count >= HEADER_FIELDS_PRAGUE)
        rlp_add_hash(buf, &header->requests_hash);
}

mm_hash32 header_hash(const struct header *header)
{
    uint8_t memory[HEADER_BYTES_MAX];
    struct mm_buf encoded = mm_buf_over(memory, sizeof memory);
    header_encode(&encoded, header);
    MM_ASSERT(mm_buf_err(&encoded) == MM_OK);
    return keccak256(mm_buf_bytes(&encoded));
}
