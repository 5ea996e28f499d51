/* Evidence as it is kept: rlp([code, first, second]), each a vote or a signed ROUND-CHANGE payload. */
#include "node/qbft/message_internal.h"
#include "node/qbft/qbft.h"

void qbft_evidence_encode(struct mm_buf *buf, const struct qbft_evidence *evidence)
{
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, evidence->code);
    for (size_t i = 0; i < 2; i++) {
        if (evidence->code == QBFT_ROUND_CHANGE)
            qbft_change_encode(buf, &evidence->changes[i]);
        else
            qbft_vote_encode(buf, &evidence->votes[i]);
    }
    rlp_close_list(buf, list);
}

/* Out: the signer of the digest; the same of both, or they are no evidence. */
static bool recover(struct qbft_evidence *evidence, const struct seal_domain *domain,
                    const struct qbft_crypto *crypto, size_t i, mm_addr *signer)
{
    const bool is_change = evidence->code == QBFT_ROUND_CHANGE;
    const mm_hash32 digest = is_change
                                 ? qbft_change_digest(domain, &evidence->changes[i])
                                 : qbft_vote_digest(domain, evidence->code, &evidence->votes[i]);
    const struct secp_signature *signature =
        is_change ? &evidence->changes[i].signature : &evidence->votes[i].signature;
    if (!crypto->recover(crypto->ctx, signer, signature, &digest))
        return false;
    *(is_change ? &evidence->changes[i].signer : &evidence->votes[i].signer) = *signer;
    return true;
}

bool qbft_evidence_decode(struct qbft_evidence *evidence, mm_bytes encoded,
                          const struct seal_domain *domain, const struct qbft_crypto *crypto)
{
    mm_addr signers[2];
    struct rlp outer = rlp_over(encoded);
    struct rlp list = rlp_read_list(&outer);
    *evidence = (struct qbft_evidence){ .code = (enum qbft_code)rlp_read_u64(&list) };
    if (evidence->code < QBFT_PROPOSAL || evidence->code > QBFT_ROUND_CHANGE)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (evidence->code == QBFT_ROUND_CHANGE)
            qbft_change_read(&list, &evidence->changes[i]);
        else
            qbft_vote_read(&list, &evidence->votes[i]);
    }
    if (!rlp_join(&outer, &list) || rlp_finish(&outer) != RLP_OK)
        return false;
    for (size_t i = 0; i < 2; i++) {
        if (!recover(evidence, domain, crypto, i, &signers[i]))
            return false;
    }
    return mm_addr_equal(&signers[0], &signers[1]);
}
