/* What people and services sign about a token, as EIP-712 has it: the digests, not the signatures.
 *
 *     domain    the collection's name, version "1", the chain, the collection (contracts-native/ainft checks the first two below)
 *
 *     HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,bytes32 requestHash,uint256 nonce,uint256 deadline)      an author
 *     AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)                                  an agent
 *     ChatReply(uint256 tokenId,address asker,uint64 block,uint64 specVersion,bytes32 promptHash,bytes32 replyHash)     a service
 *
 * Threads: pure. Source: EIP-712. */
#ifndef RPC_TRANSCRIPT_TYPED_H
#define RPC_TRANSCRIPT_TYPED_H

#include "state/codec/u256.h"
#include "state/crypto/secp.h"

struct typed_domain {
    mm_bytes name; /* of the collection */
    uint64_t chain_id;
    mm_addr collection;
};

struct typed_request {
    mm_u256 token;
    mm_hash32 kind; /* keccak256 of its name */
    uint32_t weight;
    mm_hash32 request_hash;
    mm_u256 nonce;
    uint64_t deadline;
};

struct typed_wallet {
    mm_u256 token;
    mm_addr wallet;
    mm_addr owner;
    uint64_t deadline;
};

struct typed_reply {
    mm_u256 token;
    mm_addr asker;
    uint64_t block_num;
    uint64_t spec_version;
    mm_hash32 prompt_hash;
    mm_hash32 reply_hash;
};

mm_hash32 typed_request_digest(const struct typed_domain *domain,
                               const struct typed_request *request);
mm_hash32 typed_wallet_digest(const struct typed_domain *domain, const struct typed_wallet *wallet);
mm_hash32 typed_reply_digest(const struct typed_domain *domain, const struct typed_reply *reply);

/* r | s | v with v 27 or 28, as wallets and contracts have it. */
void typed_sign(uint8_t out[SECP_SIGNATURE_BYTES], const struct secp_secret *secret,
                const mm_hash32 *digest);
/* Whose signature it is; v may be 0, 1, 27 or 28. False: nobody's. */
MM_MUST_USE bool typed_signer(mm_addr *signer, const uint8_t signature[SECP_SIGNATURE_BYTES],
                              const mm_hash32 *digest);

#endif
