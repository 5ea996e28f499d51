/* Validators without curves, for tests of consensus: a signature that anyone could forge and nobody does, a hundred times faster.
 *
 *     signature = r: a mix of address and digest    s: the address, padded    parity: 0
 *
 * Everything else is real: the digest names chain, genesis, code and payload, so a signature for one is worth nothing for another. */
#ifndef TESTS_LIB_STUB_VALIDATOR_H
#define TESTS_LIB_STUB_VALIDATOR_H

#include "node/qbft/message.h"

/* Address number i, ascending with i; not zero. */
mm_addr stub_validator_addr(size_t index);
struct validator_set stub_validator_set(size_t count);
struct secp_signature stub_validator_sign(const mm_addr *addr, const mm_hash32 *digest);
extern const struct qbft_crypto STUB_VALIDATOR_CRYPTO;

/* A block without transactions; the extra bytes tell apart what would be the same. Not NULL. */
struct qbft_block *stub_validator_block(uint64_t height, const mm_hash32 *parent,
                                        const mm_addr *builder, uint64_t timestamp,
                                        uint64_t distinction);
/* Of a block made so. */
mm_hash32 stub_validator_parent(const struct qbft_block *block);

#endif
