/* Addresses as people see them: EIP-55 mixed-case checksums, and the address of a created contract. */
#ifndef STATE_CRYPTO_ADDRESS_H
#define STATE_CRYPTO_ADDRESS_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum { ADDRESS_TEXT = 42 }; /* 0x and 40 digits */

/* `0x` and 40 digits with the checksum of EIP-55, terminated. */
void address_to_text(char out[ADDRESS_TEXT + 1], const mm_addr *addr);

enum address_verdict {
    ADDRESS_OK = 0,
    ADDRESS_MALFORMED,    /* not 0x and 40 hexadecimal digits */
    ADDRESS_BAD_CHECKSUM, /* mixed case that EIP-55 does not give */
};
/* Takes all-lower and all-upper case as written without a checksum. */
MM_MUST_USE enum address_verdict address_from_text(mm_addr *out, mm_bytes text);

/* Yellow paper, section 7: the last 20 bytes of keccak256(rlp([creator, nonce])). */
mm_addr address_of_create(const mm_addr *creator, uint64_t nonce);

#endif
