/* EIP-712: what people sign for a contract, and who did.
 *
 *      keccak256(0x19 0x01 . domain . struct hash)          domain: name, version "1", the chain, this contract
 *                     │
 *                     └── eip712_digest ──► eip712_signer ──► an address, or nobody
 *
 * The domain is computed, not stored; the name is the contract's own. A signature is 65 bytes as wallets write them: r, s in the
 * lower half, v 27 or 28. Recovering costs what the EVM's ecrecover does.
 *
 * Memory: nothing outlives a call. Threads: as the host. Source: EIP-712, EIP-5267, EIP-2098 is not taken. */
#ifndef CONTRACTS_NATIVE_EIP712_EIP712_H
#define CONTRACTS_NATIVE_EIP712_EIP712_H

#include "contracts-native/abi/dispatch.h"

enum { EIP712_WORDS_MAX = 16, EIP712_SIGNATURE_BYTES = 65 };

/* keccak256 of words one behind the other, EIP712_WORDS_MAX at most; of bytes. */
mm_u256 eip712_hash_words(const mm_u256 *words, size_t count);
mm_u256 eip712_hash(mm_bytes bytes);

/* What is signed, of a struct hash, for the contract that runs. */
mm_hash32 eip712_digest(const struct abi_call *call, mm_bytes name, const mm_u256 *struct_hash);
/* Out: *signer, the zero address when it is nobody's signature. */
MM_MUST_USE enum exec_status eip712_signer(struct abi_call *call, mm_addr *signer,
                                           const mm_hash32 *digest, mm_bytes signature);

/* Whether s is of the lower half, which eip712_signer takes alone. */
bool eip712_is_low_s(const mm_hash32 *s);

/* The seven results of EIP-5267's eip712Domain(). */
void eip712_give_domain(struct abi_call *call, mm_bytes name);
#define EIP712_DOMAIN_RESULTS "bytes1,string,string,uint256,address,bytes32,uint256[]"

#endif
