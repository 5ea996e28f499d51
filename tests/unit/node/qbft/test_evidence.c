/* Evidence as it is kept: what comes back, and what is none. */
#include <criterion/criterion.h>

#include "node/qbft/qbft.h"
#include "tests/lib/stub_validator.h"

static const struct seal_domain DOMAIN = { 7, { { 0xd0 } } };

static struct qbft_vote vote_of(size_t signer, uint64_t round, uint8_t digest)
{
    const mm_addr addr = stub_validator_addr(signer);
    struct qbft_vote vote = {
        .height = 3, .round = round, .digest = { { digest } }, .signer = addr
    };
    const mm_hash32 signed_digest = qbft_vote_digest(&DOMAIN, QBFT_COMMIT, &vote);
    vote.signature = stub_validator_sign(&addr, &signed_digest);
    return vote;
}

static struct qbft_change change_of(size_t signer, bool is_prepared)
{
    const mm_addr addr = stub_validator_addr(signer);
    struct qbft_change change = {
        .height = 3, .round = 2, .is_prepared = is_prepared, .signer = addr
    };
    if (is_prepared)
        change.prepared_digest = (mm_hash32){ { 9 } };
    const mm_hash32 digest = qbft_change_digest(&DOMAIN, &change);
    change.signature = stub_validator_sign(&addr, &digest);
    return change;
}

static struct mm_buf encoded;

static bool comes_back(struct qbft_evidence *out, const struct qbft_evidence *evidence)
{
    mm_buf_init(&encoded, 4096);
    qbft_evidence_encode(&encoded, evidence);
    cr_assert_eq(mm_buf_err(&encoded), MM_OK);
    return qbft_evidence_decode(out, mm_buf_bytes(&encoded), &DOMAIN, &STUB_VALIDATOR_CRYPTO);
}

Test(evidence, of_two_votes_comes_back_with_its_signer)
{
    struct qbft_evidence out;
    const mm_addr signer = stub_validator_addr(2);
    const struct qbft_evidence evidence = { .code = QBFT_COMMIT,
                                            .votes = { vote_of(2, 1, 0xaa), vote_of(2, 1, 0xbb) } };
    cr_assert(comes_back(&out, &evidence));
    cr_assert_eq(out.code, QBFT_COMMIT);
    for (size_t i = 0; i < 2; i++) {
        cr_assert(mm_addr_equal(&out.votes[i].signer, &signer));
        cr_assert(mm_hash_equal(&out.votes[i].digest, &evidence.votes[i].digest));
        cr_assert_eq(out.votes[i].round, 1);
    }
    mm_buf_fini(&encoded);
}

Test(evidence, of_two_round_changes_comes_back_with_what_they_claim)
{
    struct qbft_evidence out;
    const mm_addr signer = stub_validator_addr(1);
    const struct qbft_evidence evidence = {
        .code = QBFT_ROUND_CHANGE, .changes = { change_of(1, false), change_of(1, true) }
    };
    cr_assert(comes_back(&out, &evidence));
    cr_assert(mm_addr_equal(&out.changes[0].signer, &signer));
    cr_assert_not(out.changes[0].is_prepared);
    cr_assert(out.changes[1].is_prepared);
    mm_buf_fini(&encoded);
}

Test(evidence, against_two_validators_is_none)
{
    struct qbft_evidence out;
    const struct qbft_evidence evidence = { .code = QBFT_COMMIT,
                                            .votes = { vote_of(2, 1, 0xaa), vote_of(3, 1, 0xbb) } };
    cr_assert_not(comes_back(&out, &evidence));
    mm_buf_fini(&encoded);
}

Test(evidence, that_is_damaged_anywhere_is_none)
{
    struct qbft_evidence out;
    const struct qbft_evidence evidence = { .code = QBFT_COMMIT,
                                            .votes = { vote_of(2, 1, 0xaa), vote_of(2, 1, 0xbb) } };
    cr_assert(comes_back(&out, &evidence));
    for (size_t i = 0; i < encoded.len; i++) {
        encoded.ptr[i] ^= 1;
        cr_assert_not(
            qbft_evidence_decode(&out, mm_buf_bytes(&encoded), &DOMAIN, &STUB_VALIDATOR_CRYPTO),
            "byte %zu", i);
        encoded.ptr[i] ^= 1;
    }
    for (size_t len = 0; len < encoded.len; len++)
        cr_assert_not(qbft_evidence_decode(&out, mm_bytes_from(encoded.ptr, len), &DOMAIN,
                                           &STUB_VALIDATOR_CRYPTO));
    mm_buf_fini(&encoded);
}
