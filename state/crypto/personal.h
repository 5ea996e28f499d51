/* Messages that a person signs in a wallet (`personal_sign`): never a transaction, because of what stands in front.
 *
 * Threads: pure. Source: EIP-191, version 0x45. */
#ifndef STATE_CRYPTO_PERSONAL_H
#define STATE_CRYPTO_PERSONAL_H

#include "state/base/bytes.h"

/* keccak256 of "\x19Ethereum Signed Message:\n", the length in decimal, the message. */
mm_hash32 personal_digest(mm_bytes message);

#endif
