/* Transactions: decoding, encoding, hashes, senders, intrinsic gas.
 *
 *     legacy   rlp([nonce, gasPrice, gas, to, value, data, v, r, s])                  v = 27|28, or 35 + 2 chainId + parity (EIP-155)
 *     type 1   0x01 || rlp([chainId, nonce, gasPrice, gas, to, value, data, accessList, yParity, r, s])              (EIP-2930)
 *     type 2   0x02 || rlp([chainId, nonce, maxPriorityFee, maxFee, gas, to, value, data, accessList, yParity, r, s]) (EIP-1559)
 *     type 3   0x03 || rlp([… type 2 to accessList, maxFeePerBlobGas, blobVersionedHashes, yParity, r, s])           (EIP-4844)
 *     type 4   0x04 || rlp([… type 2 to accessList, authorizationList, yParity, r, s])                               (EIP-7702)
 *
 * Two levels, kept apart. The codec reads every form that published vectors hold: unprotected legacy, types 3 and 4, any chain.
 * What this chain admits is tx_check's to say: EIP-155 legacy, types 1 and 2, one chain id, low s, a recipient.
 * The encoding is strict: canonical RLP, exact field counts, a `to` of 20 bytes or none (types 3 and 4: 20), nonce and gas within 64 bits.
 * Memory: a decoded transaction borrows its data and lists from the arena, to which the raw bytes are copied once.
 * Threads: pure functions. Cost: the sender is a recovery, 43 µs; everything else under 1 µs. */
#ifndef STATE_CHAIN_TX_H
#define STATE_CHAIN_TX_H

#include "state/base/arena.h"
#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/rlp.h"
#include "state/codec/u256.h"
#include "state/crypto/secp.h"

enum tx_type {
    TX_LEGACY = 0,
    TX_ACCESS_LIST = 1,
    TX_DYNAMIC_FEE = 2,
    TX_BLOB = 3,
    TX_SET_CODE = 4
};

struct tx_access {
    mm_addr addr;
    const mm_hash32 *slots;
    size_t slot_count;
};

/* EIP-7702: read and written, never executed here. */
struct tx_authorization {
    mm_u256 chain_id;
    mm_addr addr;
    uint64_t nonce;
    mm_u256 parity;
    mm_u256 r;
    mm_u256 s;
};

struct tx {
    enum tx_type type;
    bool has_chain_id; /* false: legacy without EIP-155 */
    bool creates;      /* no recipient: contract creation */
    mm_u256 chain_id;
    uint64_t nonce;
    mm_u256 max_fee;      /* wei per gas; gasPrice of legacy and type 1 */
    mm_u256 priority_fee; /* wei per gas; equal to max_fee for legacy and type 1 */
    uint64_t gas_limit;
    mm_addr to;
    mm_u256 value;
    mm_bytes data;
    const struct tx_access *access_list;
    size_t access_count;
    mm_u256 max_blob_fee;
    const mm_hash32 *blob_hashes;
    size_t blob_count;
    const struct tx_authorization *authorizations;
    size_t authorization_count;
    struct secp_signature signature;
    mm_hash32 hash; /* keccak256(raw) */
    mm_addr sender; /* zero until tx_recover */
    mm_bytes raw;   /* as eth_sendRawTransaction takes it, in the arena */
    bool
        is_impersonated; /* dev control named the sender, the signature is a placeholder (tx_sign_as) */
};

/* One value a rule, and one more. The order is that of checking. */
enum tx_verdict {
    TX_OK = 0,
    TX_EMPTY,            /* no bytes */
    TX_TOO_LARGE,        /* above MM_TX_BYTES_MAX */
    TX_TYPE_UNKNOWN,     /* EIP-2718: a type byte above 4, or one that is no type */
    TX_RLP,              /* not canonical RLP of this type's fields; tx_decode says which */
    TX_TO_SIZE,          /* `to` neither 20 bytes nor empty */
    TX_SIGNATURE_VALUES, /* r or s out of range, yParity above 1, or v no legal value */
    /* What this chain admits (tx_check). */
    TX_TYPE_NOT_SUPPORTED, /* types 3 and 4 */
    TX_UNPROTECTED,        /* EIP-155: legacy without chain id */
    TX_WRONG_CHAIN,        /* signed for another chain id */
    TX_HIGH_S,             /* EIP-2 */
    TX_CREATES,            /* no recipient: there is no interpreter */
    TX_TIP_ABOVE_CAP,      /* EIP-1559: priority fee above max fee */
    TX_FEE_TOO_LARGE,      /* gas limit * max fee + value does not fit 256 bits */
    TX_INTRINSIC_GAS,      /* gas limit below tx_intrinsic_gas */
    TX_SENDER,             /* the signature recovers no key */
    /* What the state and the block allow (exec/transition.h). */
    TX_NONCE_TOO_LOW,
    TX_NONCE_TOO_HIGH,
    TX_NONCE_MAX, /* EIP-2681: nonce of 2^64 - 1; of the transaction itself tx_check says it */
    TX_SENDER_HAS_CODE, /* EIP-3607 */
    TX_NO_FUNDS,        /* balance below gas limit * max fee + value */
    TX_FEE_BELOW_BASE,  /* EIP-1559: max fee below the block's base fee */
    TX_BLOCK_GAS,       /* gas limit above what is left in the block */
    /* No rule: it could not be looked at, and nobody is to blame for it. */
    TX_NO_MEMORY,
};

/* A short stable name ("nonce too low"): lower case, never NULL. */
const char *tx_verdict_text(enum tx_verdict verdict);

/* Reads one transaction as it travels and as it stands in a block's list (typed ones unwrapped from their RLP string).
 * Out: *tx; *why when the verdict is TX_RLP (may be NULL). */
MM_MUST_USE enum tx_verdict tx_decode(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                                      enum rlp_verdict *why);
/* The same of a transaction that was taken already: raw is not copied and must live as long as the arena, and the hash is known. */
MM_MUST_USE enum tx_verdict tx_decode_known(struct mm_arena *arena, struct tx *tx, mm_bytes raw,
                                            const mm_hash32 *hash);

/* Appends the envelope: type byte and RLP, or the legacy list. From the fields, not from raw. */
void tx_encode(struct mm_buf *buf, const struct tx *tx);
/* The digest that the sender signs. Legacy with has_chain_id false: the six-field one. */
mm_hash32 tx_signing_hash(const struct tx *tx);
/* Signs: fills signature, hash, sender and raw (in the arena), and for legacy and type 1 priority_fee. False when memory is short or the fields do not encode. */
MM_MUST_USE bool tx_sign(struct mm_arena *arena, struct tx *tx, const struct secp_secret *secret);

/* The same without a key, as a sender that dev control speaks for: r and s are 2^160 + the address, so that each sender's
 * transactions have hashes of their own and the same one has the same hash. Such a transaction is valid only where a record beside
 * its block names the sender (exec/edits.h). */
MM_MUST_USE bool tx_sign_as(struct mm_arena *arena, struct tx *tx, const mm_addr *sender);
/* Whether the signature is that of tx_sign_as for this sender. */
bool tx_is_signed_as(const struct tx *tx, const mm_addr *sender);

/* Fills tx->sender. TX_OK, TX_HIGH_S (with SECP_LOW_S), TX_SIGNATURE_VALUES or TX_SENDER. */
MM_MUST_USE enum tx_verdict tx_recover(struct tx *tx, enum secp_s_rule rule);

/* 21 000, 16 a non-zero and 4 a zero byte of data (EIP-2028), 2 400 an address and 1 900 a slot of the access list (EIP-2930), for
 * creation 32 000 and 2 a word (EIP-3860), 25 000 an authorization (EIP-7702). UINT64_MAX on overflow. */
uint64_t tx_intrinsic_gas(const struct tx *tx);

/* The rules of this chain that need no state; the sender must not be known yet. */
MM_MUST_USE enum tx_verdict tx_check(const struct tx *tx, uint64_t chain_id);

/* gas limit * max fee + value. False on overflow. */
MM_MUST_USE bool tx_cost_max(mm_u256 *cost, const struct tx *tx);
/* EIP-1559: min(max fee, base fee + priority fee); max fee is at least base_fee. */
mm_u256 tx_gas_price(const struct tx *tx, const mm_u256 *base_fee);

#endif
