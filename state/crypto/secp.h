/* secp256k1 as Ethereum uses it: 65-byte recoverable signatures with low s, public keys named by address.
 *
 * libsecp256k1 does the curve. Signing is RFC 6979 (deterministic), always low s. Recovery refuses r or s of zero or above the
 * order and, for everything made after EIP-2, s above half the order; the choice is the caller's, because historic legacy
 * transactions are valid with either.
 * Secrets: struct secp_secret lives in locked memory from secp_secret_new, is wiped when freed, and has no print function.
 * Threads: all functions are safe at once. Cost: recovery 43 µs, signing 30 µs (one core of 2024). */
#ifndef STATE_CRYPTO_SECP_H
#define STATE_CRYPTO_SECP_H

#include "state/base/bytes.h"
#include "state/base/err.h"

struct secp_signature {
    mm_hash32 r;
    mm_hash32 s;
    uint8_t parity; /* 0 or 1: y of the nonce point is odd */
};

/* r | s | parity, as certificates and the wire carry it. */
enum { SECP_SIGNATURE_BYTES = 65 };
void secp_signature_to_bytes(uint8_t out[SECP_SIGNATURE_BYTES],
                             const struct secp_signature *signature);
/* False when the parity byte is neither 0 nor 1. */
MM_MUST_USE bool secp_signature_from_bytes(struct secp_signature *out,
                                           const uint8_t in[SECP_SIGNATURE_BYTES]);

/* EIP-2: whether s is at most half the group order. */
bool secp_is_low_s(const mm_hash32 *s);

enum secp_s_rule { SECP_LOW_S, SECP_ANY_S };

/* The address whose key signed this digest. False, and a zero address, when the signature is invalid. */
MM_MUST_USE bool secp_recover(mm_addr *signer, const struct secp_signature *signature,
                              const mm_hash32 *digest, enum secp_s_rule rule);

struct secp_secret; /* 32 bytes in locked memory */

/* NULL: no memory, or the bytes are zero or not below the group order. The caller wipes its own copy. */
struct secp_secret *secp_secret_new(const uint8_t key[32]);
void secp_secret_free(struct secp_secret *secret);
/* The raw key, for the keystore and for derivation alone; valid until freed. */
const uint8_t *secp_secret_bytes(const struct secp_secret *secret);
mm_addr secp_secret_addr(const struct secp_secret *secret);
/* Compressed public key (BIP-32). */
void secp_secret_public33(uint8_t out[33], const struct secp_secret *secret);
/* A key of any 32-byte tweak added (BIP-32 child keys). NULL when the sum is zero or the tweak is out of range. */
struct secp_secret *secp_secret_tweaked(const struct secp_secret *secret, const uint8_t tweak[32]);

/* Deterministic, low s. */
struct secp_signature secp_sign(const struct secp_secret *secret, const mm_hash32 *digest);

#endif
