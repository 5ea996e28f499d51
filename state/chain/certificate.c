#include "state/chain/certificate.h"

#include "state/base/assert.h"
#include "state/chain/chain_internal.h"
#include "state/crypto/keccak.h"

enum {
    SEAL_ITEM_BYTES = 2 + SECP_SIGNATURE_BYTES,
    VOTE_PAYLOAD_MAX = 9 + 9 + 9 + 33, /* [height, round, hash] */
    DOMAIN_MAX = 9 + 17 + 9 + 33 + 1,  /* the digest's items before x, with the list header */
};

/* The version is in the tag: a later format signs something else. */
static const char TAG[] = "mintmark/qbft/1";

const char *certificate_verdict_text(enum certificate_verdict verdict)
{
    switch (verdict) {
    case CERTIFICATE_OK:
        return "ok";
    case CERTIFICATE_SET:
        return "not the validator set of the parent";
    case CERTIFICATE_TOO_FEW:
        return "fewer seals than the quorum";
    case CERTIFICATE_SIGNATURE:
        return "invalid seal";
    case CERTIFICATE_STRANGER:
        return "seal of a stranger";
    case CERTIFICATE_ORDER:
        return "seals not in ascending order of signers";
    }
    return "unknown certificate verdict";
}

mm_hash32 seal_digest(const struct seal_domain *domain, enum qbft_code code, mm_bytes payload)
{
    const mm_bytes tag = mm_bytes_from(TAG, sizeof TAG - 1);
    uint8_t memory[DOMAIN_MAX];
    struct mm_buf head = mm_buf_over(memory, sizeof memory);
    rlp_add_list_header(&head, rlp_size_string(tag) + rlp_size_u64(domain->chain_id) + 33 +
                                   rlp_size_u64(code) + payload.len);
    rlp_add_string(&head, tag);
    rlp_add_u64(&head, domain->chain_id);
    rlp_add_hash(&head, &domain->genesis_hash);
    rlp_add_u64(&head, code);
    MM_ASSERT(mm_buf_err(&head) == MM_OK);
    return keccak256_pair(mm_buf_bytes(&head), payload);
}

mm_hash32 seal_vote_digest(const struct seal_domain *domain, enum qbft_code code, uint64_t height,
                           uint64_t round, const mm_hash32 *block_hash)
{
    uint8_t memory[VOTE_PAYLOAD_MAX];
    struct mm_buf payload = mm_buf_over(memory, sizeof memory);
    rlp_add_list_header(&payload, rlp_size_u64(height) + rlp_size_u64(round) + 33);
    rlp_add_u64(&payload, height);
    rlp_add_u64(&payload, round);
    rlp_add_hash(&payload, block_hash);
    MM_ASSERT(mm_buf_err(&payload) == MM_OK);
    return seal_digest(domain, code, mm_buf_bytes(&payload));
}

void certificate_encode(struct mm_buf *buf, const struct certificate *certificate)
{
    MM_ASSERT(certificate->seal_count <= MM_VALIDATORS_MAX);
    const size_t seals_len = certificate->seal_count * SEAL_ITEM_BYTES;
    rlp_add_list_header(buf, rlp_size_u64(certificate->round) + rlp_size_list(seals_len));
    rlp_add_u64(buf, certificate->round);
    rlp_add_list_header(buf, seals_len);
    for (size_t i = 0; i < certificate->seal_count; i++) {
        uint8_t seal[SECP_SIGNATURE_BYTES];
        secp_signature_to_bytes(seal, &certificate->seals[i]);
        rlp_add_string(buf, MM_BYTES_OF(seal));
    }
}

void certificate_read(struct rlp *r, struct certificate *certificate)
{
    *certificate = (struct certificate){ .round = 0 };
    struct rlp fields = rlp_read_list(r);
    certificate->round = rlp_read_u64(&fields);
    struct rlp seals = rlp_read_list(&fields);
    while (rlp_more(&seals) && certificate->seal_count < MM_VALIDATORS_MAX) {
        uint8_t seal[SECP_SIGNATURE_BYTES];
        rlp_read_fixed(&seals, seal, sizeof seal);
        if (!secp_signature_from_bytes(&certificate->seals[certificate->seal_count], seal))
            rlp_refuse(&seals, RLP_TOO_LARGE); /* the parity byte is above 1 */
        certificate->seal_count++;
    }
    (void)rlp_join(&fields, &seals); /* RLP_TRAILING when there are more seals than validators */
    if (!rlp_join(r, &fields))
        *certificate = (struct certificate){ .round = 0 };
}

enum certificate_verdict certificate_check_signers(const struct validator_set *set,
                                                   const mm_addr *signers, size_t count)
{
    if (count < validators_quorum(set->count))
        return CERTIFICATE_TOO_FEW;
    for (size_t i = 0; i < count; i++) {
        if (!validators_has(set, &signers[i]))
            return CERTIFICATE_STRANGER;
        if (i > 0 &&
            mm_bytes_compare(mm_bytes_addr(&signers[i - 1]), mm_bytes_addr(&signers[i])) >= 0)
            return CERTIFICATE_ORDER;
    }
    return CERTIFICATE_OK;
}

enum certificate_verdict certificate_check(const struct certificate *certificate,
                                           const struct seal_domain *domain,
                                           const struct validator_set *set,
                                           const mm_hash32 *commitment, uint64_t height,
                                           const mm_hash32 *block_hash)
{
    mm_addr signers[MM_VALIDATORS_MAX];
    if (!validators_is_valid(set))
        return CERTIFICATE_SET;
    const mm_hash32 committed = validators_commitment(set);
    if (!mm_hash_equal(&committed, commitment))
        return CERTIFICATE_SET;
    if (certificate->seal_count < validators_quorum(set->count)) /* before anything is recovered */
        return CERTIFICATE_TOO_FEW;
    const mm_hash32 digest = seal_commit_digest(domain, height, certificate->round, block_hash);
    for (size_t i = 0; i < certificate->seal_count; i++) {
        if (!secp_recover(&signers[i], &certificate->seals[i], &digest, SECP_LOW_S))
            return CERTIFICATE_SIGNATURE;
    }
    return certificate_check_signers(set, signers, certificate->seal_count);
}
