/* Messages that a person signs in a wallet (`personal_sign`): never a transaction, because of what stands in front.
 *
 * Threads: pure. Source: EIP-191, version 0x45. */
#ifndef STATE_CRYPTO_PERSONAL_H
#define STATE_CRYPTO_PERSONAL_H

#include "state/base/bytes.h"
#include "state/crypto/secp.h"

/* keccak256 of "\x19Ethereum Signed Message:\n", the length in decimal, the message. */
mm_hash32 personal_digest(mm_bytes message);

/* r | s | v as wallets give it, 0x and 130 digits: v is 27 or 28, or 0 or 1. */
MM_MUST_USE bool personal_read_signature(struct secp_signature *signature, mm_bytes text);
/* The account whose key signed the message. False, and a zero address: none did. */
MM_MUST_USE bool personal_signer(mm_addr *signer, mm_bytes message,
                                 const struct secp_signature *signature);

#endif
