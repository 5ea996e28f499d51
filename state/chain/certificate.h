/* Validator sets and commit certificates (QBFT; docs/CONSENSUS.md).
 *
 * header.extraData = keccak256(rlp([v_1 … v_n])), the set that must seal the NEXT block: addresses ascending, none twice,
 * 1 to 16 of them. A block is final when a quorum of the set that its parent names has signed COMMIT for it:
 *
 *     certificate = rlp([round, [seal …]])          seal = r | s | yParity, 65 bytes, of
 *     sig(x) over keccak256(rlp([tag, chainId, genesisHash, code, x])),  x = [height, round, blockHash],  code = 0x14 COMMIT
 *
 * It is kept beside the block, never in it, so that the block hash is the plain Ethereum one. Two nodes may hold different valid
 * certificates for one block: they are never compared or hashed.
 * Why the chain and the genesis are signed: devnets are reset with the same keys.
 * Memory: values. Threads: pure functions. Cost: a check is a recovery a seal, 43 µs each. */
#ifndef STATE_CHAIN_CERTIFICATE_H
#define STATE_CHAIN_CERTIFICATE_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/limits.h"
#include "state/codec/rlp.h"
#include "state/crypto/secp.h"

struct validator_set {
    mm_addr addrs[MM_VALIDATORS_MAX]; /* ascending */
    size_t count;
};

/* ceil(2n/3) and floor((n-1)/3). */
size_t validators_quorum(size_t count);
size_t validators_faulty_max(size_t count);
/* Ascending, no duplicates, 1 to 16. */
bool validators_is_valid(const struct validator_set *set);
/* Its place in the set; the set's count when it is not in it. */
size_t validators_place(const struct validator_set *set, const mm_addr *addr);
bool validators_has(const struct validator_set *set, const mm_addr *addr);
mm_hash32 validators_commitment(const struct validator_set *set);

/* Codes of signed payloads. */
enum qbft_code {
    QBFT_PROPOSAL = 0x12,
    QBFT_PREPARE = 0x13,
    QBFT_COMMIT = 0x14,
    QBFT_ROUND_CHANGE = 0x15
};

struct seal_domain {
    uint64_t chain_id;
    mm_hash32 genesis_hash;
};

/* The digest that a validator signs: payload is the RLP item x. */
mm_hash32 seal_digest(const struct seal_domain *domain, enum qbft_code code, mm_bytes payload);
/* The one of a PROPOSAL, PREPARE or COMMIT for (height, round, block hash). */
mm_hash32 seal_vote_digest(const struct seal_domain *domain, enum qbft_code code, uint64_t height,
                           uint64_t round, const mm_hash32 *block_hash);
static inline mm_hash32 seal_commit_digest(const struct seal_domain *domain, uint64_t height,
                                           uint64_t round, const mm_hash32 *block_hash)
{
    return seal_vote_digest(domain, QBFT_COMMIT, height, round, block_hash);
}

struct certificate {
    uint64_t round;
    struct secp_signature seals[MM_VALIDATORS_MAX]; /* ascending by signer */
    size_t seal_count;
};

enum certificate_verdict {
    CERTIFICATE_OK = 0,
    CERTIFICATE_SET,       /* the set is not the one the parent header commits to */
    CERTIFICATE_TOO_FEW,   /* fewer seals than the quorum */
    CERTIFICATE_SIGNATURE, /* a seal that recovers no key, or with a high s */
    CERTIFICATE_STRANGER,  /* a signer outside the set */
    CERTIFICATE_ORDER,     /* signers not ascending, or one twice */
};
const char *certificate_verdict_text(enum certificate_verdict verdict);

void certificate_encode(struct mm_buf *buf, const struct certificate *certificate);
/* Reads one certificate item; the cursor has the verdict. */
void certificate_read(struct rlp *r, struct certificate *certificate);
/* The rules about who signed, for seals whose signers are known. */
MM_MUST_USE enum certificate_verdict
certificate_check_signers(const struct validator_set *set, const mm_addr *signers, size_t count);
/* commitment is the parent header's extraData. */
MM_MUST_USE enum certificate_verdict certificate_check(const struct certificate *certificate,
                                                       const struct seal_domain *domain,
                                                       const struct validator_set *set,
                                                       const mm_hash32 *commitment, uint64_t height,
                                                       const mm_hash32 *block_hash);

#endif
