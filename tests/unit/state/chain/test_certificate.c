#include "state/chain/certificate.h"

#include "state/crypto/keccak.h"
#include "tests/unit/state/chain/given.h"

TestSuite(certificate, .init = open_arena, .fini = close_arena);

enum { HEIGHT = 9, ROUND = 2 };

/* n validators, ascending by address, with their keys in the same order. */
struct council {
    struct validator_set set;
    struct secp_secret *keys[MM_VALIDATORS_MAX];
    struct seal_domain domain;
    mm_hash32 commitment;
    mm_hash32 block_hash;
};

static struct council council_of(size_t count)
{
    struct council council = { .set.count = count,
                               .domain = { .chain_id = 31337, .genesis_hash = { { 1, 2, 3 } } },
                               .block_hash = { { 4, 5, 6 } } };
    for (size_t i = 0; i < count; i++) {
        struct secp_secret *key = key_of((uint8_t)(i + 1));
        const mm_addr addr = secp_secret_addr(key);
        size_t at = i;
        for (; at > 0 && memcmp(council.set.addrs[at - 1].b, addr.b, sizeof addr.b) > 0; at--) {
            council.set.addrs[at] = council.set.addrs[at - 1];
            council.keys[at] = council.keys[at - 1];
        }
        council.set.addrs[at] = addr;
        council.keys[at] = key;
    }
    council.commitment = validators_commitment(&council.set);
    return council;
}

static void dismiss(struct council *council)
{
    for (size_t i = 0; i < council->set.count; i++)
        secp_secret_free(council->keys[i]);
}

/* Seals of the first `count` validators. */
static struct certificate sealed(const struct council *council, size_t count)
{
    struct certificate certificate = { .round = ROUND, .seal_count = count };
    const mm_hash32 digest =
        seal_commit_digest(&council->domain, HEIGHT, ROUND, &council->block_hash);
    for (size_t i = 0; i < count; i++)
        certificate.seals[i] = secp_sign(council->keys[i], &digest);
    return certificate;
}

static enum certificate_verdict check(const struct council *council,
                                      const struct certificate *certificate)
{
    return certificate_check(certificate, &council->domain, &council->set, &council->commitment,
                             HEIGHT, &council->block_hash);
}

Test(certificate, quorum_and_faulty_are_those_of_the_table)
{
    static const size_t quorum[] = { 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9, 10, 10, 11 };
    for (size_t n = 1; n <= MM_VALIDATORS_MAX; n++) {
        cr_assert_eq(validators_quorum(n), quorum[n - 1]);
        cr_assert_eq(validators_quorum(n), (2 * n + 2) / 3);
        cr_assert_eq(validators_faulty_max(n), (n - 1) / 3);
        /* Two quorums share an honest validator, and the honest alone are a quorum. */
        cr_assert_gt(2 * validators_quorum(n), n + validators_faulty_max(n));
        cr_assert_leq(validators_quorum(n), n - validators_faulty_max(n));
    }
}

Test(certificate, a_set_is_ascending_without_duplicates_and_of_1_to_16)
{
    struct validator_set set = { .count = 0 };
    cr_assert_not(validators_is_valid(&set));
    for (size_t i = 0; i < MM_VALIDATORS_MAX; i++)
        set.addrs[i].b[19] = (uint8_t)(i + 1);
    set.count = MM_VALIDATORS_MAX;
    cr_assert(validators_is_valid(&set));
    cr_assert(validators_has(&set, &set.addrs[15]));
    set.count = 15;
    cr_assert_not(validators_has(&set, &set.addrs[15]));
    set.addrs[3] = set.addrs[2];
    cr_assert_not(validators_is_valid(&set));
    set.addrs[3].b[19] = 1;
    cr_assert_not(validators_is_valid(&set));
    set.count = MM_VALIDATORS_MAX + 1;
    cr_assert_not(validators_is_valid(&set));
}

/* rlp([v_1 … v_n]) written by hand: 0xd5 0x94 address for one validator. */
Test(certificate, the_commitment_is_the_hash_of_the_list_of_addresses)
{
    const struct validator_set set = {
        .addrs = { addr_of("f39fd6e51aad88f6f4ce6ab8827279cfffb92266") }, .count = 1
    };
    const mm_hash32 expected = keccak256(unhex("d594f39fd6e51aad88f6f4ce6ab8827279cfffb92266"));
    const mm_hash32 commitment = validators_commitment(&set);
    cr_assert(mm_hash_equal(&commitment, &expected));
}

/* The preimage written by hand: list, "mintmark/qbft/1", 31337, 32 bytes of genesis, 0x14, [9, 2, 32 bytes of block]. */
Test(certificate, the_digest_signs_chain_genesis_code_height_round_and_hash)
{
    const struct council council = council_of(1);
    struct mm_buf buf;
    mm_buf_init(&buf, 1000);
    mm_buf_add(&buf, unhex("f859"));
    mm_buf_add(&buf, unhex("8f"));
    mm_buf_add_text(&buf, "mintmark/qbft/1");
    mm_buf_add(&buf, unhex("827a69a0"));
    mm_buf_add(&buf, mm_bytes_hash(&council.domain.genesis_hash));
    mm_buf_add(&buf, unhex("14e30902a0"));
    mm_buf_add(&buf, mm_bytes_hash(&council.block_hash));
    cr_assert_eq(buf.len, 2 + 0x59);
    const mm_hash32 expected = keccak256(mm_buf_bytes(&buf));
    const mm_hash32 digest =
        seal_commit_digest(&council.domain, HEIGHT, ROUND, &council.block_hash);
    cr_assert(mm_hash_equal(&digest, &expected));
    mm_buf_fini(&buf);
}

Test(certificate, every_part_of_the_domain_changes_the_digest)
{
    const mm_bytes payload = unhex("c0");
    const struct seal_domain domain = { .chain_id = 1 };
    const struct seal_domain other_chain = { .chain_id = 2 };
    const struct seal_domain other_genesis = { .chain_id = 1, .genesis_hash = { { 1 } } };
    const mm_hash32 digests[] = {
        seal_digest(&domain, QBFT_COMMIT, payload),
        seal_digest(&other_chain, QBFT_COMMIT, payload),
        seal_digest(&other_genesis, QBFT_COMMIT, payload),
        seal_digest(&domain, QBFT_PREPARE, payload),
        seal_digest(&domain, QBFT_COMMIT, unhex("c101")),
    };
    for (size_t i = 0; i < MM_COUNT_OF(digests); i++) {
        for (size_t j = 0; j < i; j++)
            cr_assert_not(mm_hash_equal(&digests[i], &digests[j]));
    }
}

Test(certificate, of_a_quorum_or_more_is_valid_and_of_less_is_not)
{
    for (size_t n = 1; n <= MM_VALIDATORS_MAX; n++) {
        struct council council = council_of(n);
        for (size_t seals = 0; seals <= n; seals++) {
            const struct certificate certificate = sealed(&council, seals);
            cr_assert_eq(check(&council, &certificate),
                         seals >= validators_quorum(n) ? CERTIFICATE_OK : CERTIFICATE_TOO_FEW);
        }
        dismiss(&council);
    }
}

Test(certificate, survives_encoding)
{
    struct council council = council_of(4);
    for (size_t seals = 0; seals <= 4; seals++) {
        const struct certificate certificate = sealed(&council, seals);
        struct mm_buf buf;
        mm_buf_init(&buf, 4096);
        certificate_encode(&buf, &certificate);
        struct rlp r = rlp_over(mm_buf_bytes(&buf));
        struct certificate read;
        certificate_read(&r, &read);
        cr_assert_eq(rlp_finish(&r), RLP_OK);
        cr_assert_eq(read.round, ROUND);
        cr_assert_eq(read.seal_count, seals);
        for (size_t i = 0; i < seals; i++) {
            cr_assert(mm_hash_equal(&read.seals[i].r, &certificate.seals[i].r));
            cr_assert(mm_hash_equal(&read.seals[i].s, &certificate.seals[i].s));
            cr_assert_eq(read.seals[i].parity, certificate.seals[i].parity);
        }
        for (size_t len = 0; len < buf.len; len++) {
            r = rlp_over(mm_bytes_from(buf.ptr, len));
            certificate_read(&r, &read);
            cr_assert_neq(rlp_finish(&r), RLP_OK);
            cr_assert(read.seal_count == 0 && read.round == 0);
        }
        mm_buf_fini(&buf);
    }
    dismiss(&council);
}

static enum rlp_verdict read_seals(size_t count, size_t seal_bytes, uint8_t parity)
{
    uint8_t seal[SECP_SIGNATURE_BYTES + 1] = { 1 };
    seal[SECP_SIGNATURE_BYTES - 1] = parity;
    struct mm_buf buf;
    mm_buf_init(&buf, 4096);
    const size_t list = rlp_open_list(&buf);
    rlp_add_u64(&buf, 0);
    const size_t seals = rlp_open_list(&buf);
    for (size_t i = 0; i < count; i++)
        rlp_add_string(&buf, mm_bytes_from(seal, seal_bytes));
    rlp_close_list(&buf, seals);
    rlp_close_list(&buf, list);
    struct rlp r = rlp_over(mm_buf_bytes(&buf));
    struct certificate certificate;
    certificate_read(&r, &certificate);
    mm_buf_fini(&buf);
    return r.verdict;
}

Test(certificate, seals_are_65_bytes_with_parity_0_or_1_and_at_most_16)
{
    cr_assert_eq(read_seals(16, 65, 1), RLP_OK);
    cr_assert_eq(read_seals(17, 65, 1), RLP_TRAILING);
    cr_assert_eq(read_seals(1, 64, 1), RLP_WRONG_SIZE);
    cr_assert_eq(read_seals(1, 66, 1), RLP_WRONG_SIZE);
    cr_assert_eq(read_seals(1, 65, 2), RLP_TOO_LARGE);
    cr_assert_eq(read_seals(1, 65, 27), RLP_TOO_LARGE);
}

Test(certificate, is_for_one_set_block_height_round_chain_and_genesis)
{
    struct council council = council_of(4);
    const struct certificate good = sealed(&council, 3);
    cr_assert_eq(check(&council, &good), CERTIFICATE_OK);

    struct certificate changed = good;
    changed.round++;
    cr_assert_neq(check(&council, &changed), CERTIFICATE_OK);
    cr_assert_neq(certificate_check(&good, &council.domain, &council.set, &council.commitment,
                                    HEIGHT + 1, &council.block_hash),
                  CERTIFICATE_OK);
    struct council other = council;
    other.block_hash.b[0] ^= 1;
    cr_assert_neq(check(&other, &good), CERTIFICATE_OK);
    other = council;
    other.domain.chain_id++;
    cr_assert_neq(check(&other, &good), CERTIFICATE_OK);
    other = council;
    other.domain.genesis_hash.b[31] ^= 1;
    cr_assert_neq(check(&other, &good), CERTIFICATE_OK);
    other = council;
    other.commitment.b[0] ^= 1;
    cr_assert_eq(check(&other, &good), CERTIFICATE_SET);
    other = council;
    other.set.count = 3; /* not the committed one */
    cr_assert_eq(check(&other, &good), CERTIFICATE_SET);
    dismiss(&council);
}

Test(certificate, a_set_out_of_order_is_no_set_even_when_committed)
{
    struct council council = council_of(4);
    const struct certificate certificate = sealed(&council, 4);
    const mm_addr first = council.set.addrs[0];
    council.set.addrs[0] = council.set.addrs[1];
    council.set.addrs[1] = first;
    council.commitment = validators_commitment(&council.set);
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_SET);
    dismiss(&council);
}

Test(certificate, a_signer_twice_or_out_of_order_does_not_count)
{
    struct council council = council_of(4);
    struct certificate certificate = sealed(&council, 3);
    certificate.seals[1] = certificate.seals[0];
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_ORDER);
    certificate = sealed(&council, 3);
    certificate.seals[2] = certificate.seals[0];
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_ORDER);
    certificate = sealed(&council, 4);
    const struct secp_signature last = certificate.seals[3];
    certificate.seals[3] = certificate.seals[2];
    certificate.seals[2] = last;
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_ORDER);
    dismiss(&council);
}

Test(certificate, a_seal_of_a_stranger_is_refused_even_above_the_quorum)
{
    struct council council = council_of(4);
    struct certificate certificate = sealed(&council, 4);
    struct secp_secret *stranger = key_of(99);
    const mm_hash32 digest =
        seal_commit_digest(&council.domain, HEIGHT, ROUND, &council.block_hash);
    certificate.seals[3] = secp_sign(stranger, &digest);
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_STRANGER);
    secp_secret_free(stranger);
    dismiss(&council);
}

/* n - s with the other parity signs the same: the second form of a seal. */
Test(certificate, a_high_s_or_an_impossible_signature_is_refused)
{
    const mm_hash32 order =
        hash_of("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    struct council council = council_of(4);
    struct certificate certificate = sealed(&council, 3);
    const mm_u256 n = u256_from_hash(&order);
    const mm_u256 s = u256_from_hash(&certificate.seals[0].s);
    const mm_u256 high = u256_wrapping_sub(&n, &s);
    certificate.seals[0].s = u256_to_hash(&high);
    certificate.seals[0].parity ^= 1;
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_SIGNATURE);
    memset(&certificate.seals[0], 0, sizeof certificate.seals[0]);
    cr_assert_eq(check(&council, &certificate), CERTIFICATE_SIGNATURE);
    dismiss(&council);
}

Test(certificate, every_verdict_has_a_text_of_its_own)
{
    for (int i = CERTIFICATE_OK; i <= CERTIFICATE_ORDER; i++) {
        for (int j = CERTIFICATE_OK; j < i; j++)
            cr_assert_str_neq(certificate_verdict_text((enum certificate_verdict)i),
                              certificate_verdict_text((enum certificate_verdict)j));
        cr_assert_str_neq(certificate_verdict_text((enum certificate_verdict)i),
                          "unknown certificate verdict");
    }
}
