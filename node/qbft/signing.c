/* What is signed, and who signed it. */
#include "node/qbft/message_internal.h"
#include "state/base/assert.h"

enum { CHANGE_PAYLOAD_MAX = 2 + 9 + 9 + 1 + 9 + 33 }; /* [height, round, [round, digest]] */

mm_hash32 qbft_vote_digest(const struct seal_domain *domain, enum qbft_code code,
                           const struct qbft_vote *vote)
{
    return seal_vote_digest(domain, code, vote->height, vote->round, &vote->digest);
}

mm_hash32 qbft_change_digest(const struct seal_domain *domain, const struct qbft_change *change)
{
    uint8_t memory[CHANGE_PAYLOAD_MAX];
    struct mm_buf payload = mm_buf_over(memory, sizeof memory);
    qbft_change_payload(&payload, change);
    MM_ASSERT(mm_buf_err(&payload) == MM_OK);
    return seal_digest(domain, QBFT_ROUND_CHANGE, mm_buf_bytes(&payload));
}

static bool recover_secp256k1(void *ctx, mm_addr *signer, const struct secp_signature *signature,
                              const mm_hash32 *digest)
{
    (void)ctx;
    return secp_recover(signer, signature, digest, SECP_LOW_S);
}

const struct qbft_crypto QBFT_SECP256K1 = { NULL, recover_secp256k1 };

static bool recover_vote(struct qbft_vote *vote, enum qbft_code code,
                         const struct seal_domain *domain, const struct qbft_crypto *crypto)
{
    const mm_hash32 digest = qbft_vote_digest(domain, code, vote);
    return crypto->recover(crypto->ctx, &vote->signer, &vote->signature, &digest);
}

static bool recover_change(struct qbft_change *change, const struct seal_domain *domain,
                           const struct qbft_crypto *crypto)
{
    const mm_hash32 digest = qbft_change_digest(domain, change);
    return crypto->recover(crypto->ctx, &change->signer, &change->signature, &digest);
}

static bool recover_sealers(struct qbft_message *message, const struct seal_domain *domain,
                            const struct qbft_crypto *crypto)
{
    const struct certificate *certificate = &message->certificate;
    const mm_hash32 digest = seal_commit_digest(domain, message->block->height, certificate->round,
                                                &message->block->hash);
    for (size_t i = 0; i < certificate->seal_count; i++) {
        if (!crypto->recover(crypto->ctx, &message->sealers[i], &certificate->seals[i], &digest))
            return false;
    }
    return true;
}

static bool recover_own(struct qbft_message *message, const struct seal_domain *domain,
                        const struct qbft_crypto *crypto)
{
    return message->code == QBFT_ROUND_CHANGE
               ? recover_change(&message->change, domain, crypto)
               : recover_vote(&message->vote, (enum qbft_code)message->code, domain, crypto);
}

bool qbft_message_authenticate(struct qbft_message *message, const struct seal_domain *domain,
                               const struct qbft_crypto *crypto, const struct validator_set *set)
{
    if (message->code == QBFT_DECIDED)
        return recover_sealers(message, domain, crypto);
    if (!recover_own(message, domain, crypto) ||
        (set != NULL && !validators_has(set, qbft_message_signer(message))))
        return false;
    for (size_t i = 0; i < message->change_count; i++) {
        if (!recover_change(&message->changes[i], domain, crypto))
            return false;
    }
    for (size_t i = 0; i < message->prepares.count; i++) {
        if (!recover_vote(&message->prepares.items[i], QBFT_PREPARE, domain, crypto))
            return false;
    }
    return true;
}
