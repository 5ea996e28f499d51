/* Block headers.
 *
 * The field list grew with the forks; each later field needs all before it:
 *     15  Frontier … Muir Glacier      + baseFeePerGas (16, London)      + withdrawalsRoot (17, Shanghai)
 *     + blobGasUsed, excessBlobGas, parentBeaconBlockRoot (20, Cancun)   + requestsHash (21, Prague)
 * This chain writes 20 fields (HEADER_FIELDS_CANCUN). The codec reads 15 to 21, so that published vectors decode.
 * Block hash = keccak256(rlp(header)), nothing left out: seals are kept beside the block (certificate.h).
 * Memory: a header is a value; extraData of up to HEADER_EXTRA_MAX bytes is inside. Threads: pure functions. */
#ifndef STATE_CHAIN_HEADER_H
#define STATE_CHAIN_HEADER_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/rlp.h"
#include "state/codec/u256.h"

enum {
    HEADER_FIELDS_FRONTIER = 15,
    HEADER_FIELDS_LONDON = 16,
    HEADER_FIELDS_SHANGHAI = 17,
    HEADER_FIELDS_CANCUN = 20,
    HEADER_FIELDS_PRAGUE = 21,
    HEADER_EXTRA_MAX =
        1024, /* proof-of-authority chains put seals there; ours has MM_EXTRA_BYTES */
    BLOOM_BYTES = 256,
};

struct bloom {
    uint8_t b[BLOOM_BYTES];
};

struct header {
    unsigned field_count;
    mm_hash32 parent_hash;
    mm_hash32 ommers_hash;
    mm_addr coinbase;
    mm_hash32 state_root;
    mm_hash32 tx_root;
    mm_hash32 receipts_root;
    struct bloom bloom;
    mm_u256 difficulty;
    uint64_t number;
    uint64_t gas_limit;
    uint64_t gas_used;
    uint64_t timestamp;
    uint8_t extra[HEADER_EXTRA_MAX];
    size_t extra_len;
    mm_hash32 prev_randao; /* mixHash before the merge */
    uint8_t nonce[8];
    mm_u256 base_fee; /* wei per gas */
    mm_hash32 withdrawals_root;
    uint64_t blob_gas_used;
    uint64_t excess_blob_gas;
    mm_hash32 parent_beacon_root;
    mm_hash32 requests_hash;
};

/* Reads one header item. The cursor has the verdict; RLP_MISSING or RLP_TRAILING for a field count that no fork has. */
void header_read(struct rlp *r, struct header *header);
void header_encode(struct mm_buf *buf, const struct header *header);
mm_hash32 header_hash(const struct header *header);

/* EIP-1559: the base fee that the child of this block has. */
mm_u256 header_next_base_fee(const struct header *parent);

enum { HEADER_GAS_LIMIT_MIN = 5000 };

enum header_verdict {
    HEADER_OK = 0,
    HEADER_FIELDS,     /* not the Cancun field set */
    HEADER_NUMBER,     /* not parent + 1 */
    HEADER_PARENT,     /* parent hash */
    HEADER_TIMESTAMP,  /* below the parent's */
    HEADER_GAS_LIMIT,  /* 5 000 at least, and less than 1/1024 away from the parent's */
    HEADER_GAS_USED,   /* above the limit */
    HEADER_BASE_FEE,   /* not header_next_base_fee */
    HEADER_DIFFICULTY, /* EIP-3675: difficulty, nonce and ommers are zero and empty */
    HEADER_RANDAO,     /* not keccak256(parent hash) */
    HEADER_EXTRA,      /* not MM_EXTRA_BYTES */
    HEADER_EMPTY_FIELDS, /* withdrawals root not of the empty list, blob fields or beacon root not zero */
};
const char *header_verdict_text(enum header_verdict verdict);
/* The rules of this chain between a header and its parent; what needs execution is not looked at. */
MM_MUST_USE enum header_verdict header_check(const struct header *header,
                                             const struct header *parent,
                                             const mm_hash32 *parent_hash);

/* What dev control said of one header beforehand: it has this value, instead of what its parent gives. */
struct header_overrides {
    bool has_base_fee;
    bool has_gas_limit;
    bool has_prev_randao;
    mm_u256 base_fee;
    uint64_t gas_limit; /* 5 000 at least all the same */
    mm_hash32 prev_randao;
};
/* The same rules but for those. */
MM_MUST_USE enum header_verdict header_check_with(const struct header *header,
                                                  const struct header *parent,
                                                  const mm_hash32 *parent_hash,
                                                  const struct header_overrides *overrides);

/* Bloom filter over log addresses and topics (yellow paper, section 4.3.1). */
void bloom_add(struct bloom *bloom, mm_bytes item);
/* Many at once, which is what the hash function is fast at. */
void bloom_add_all(struct bloom *bloom, const mm_bytes *items, size_t count);
/* Where an item's bits are, counted from the lowest bit of the first byte; one may stand twice. */
enum { BLOOM_ITEM_BITS = 3 };
void bloom_places(uint16_t places[BLOOM_ITEM_BITS], mm_bytes item);
bool bloom_may_have(const struct bloom *bloom, mm_bytes item);
void bloom_merge(struct bloom *into, const struct bloom *from);

#endif
