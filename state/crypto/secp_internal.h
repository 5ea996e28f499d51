/* What signing and recovery share. */
#ifndef STATE_CRYPTO_SECP_INTERNAL_H
#define STATE_CRYPTO_SECP_INTERNAL_H

#include <secp256k1.h>

#include "state/crypto/secp.h"

/* The last 20 bytes of the Keccak-256 of the point's 64 bytes (yellow paper, appendix F). */
mm_addr secp_addr_of_public(const secp256k1_pubkey *key);

#endif
