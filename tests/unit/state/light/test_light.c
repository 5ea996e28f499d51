/* A chain of four validators, of five from block 3 on, of four others from block 5 on; followed without its state, and each lie about it. */
#include "state/light/light.h"

#include <criterion/criterion.h>

#include "tests/lib/told_chain.h"

enum { HEAD = 7, JOINS = 2, LEAVES = 4 };

static struct told_chain chain;
static struct told *const told = chain.blocks;
static struct dev_chain *const dev = &chain.dev;
static struct seal_domain domain;
static struct light light;

static void set_up(void)
{
    told_chain_story(&chain);
    domain = chain.domain;
    cr_assert_eq(chain.head, HEAD);
}

static void tear_down(void)
{
    told_chain_fini(&chain);
}

TestSuite(light, .init = set_up, .fini = tear_down, .timeout = 60);

/* ---- verbs ---- */

static mm_bytes header_of(uint64_t number)
{
    return told_header(&told[number]);
}

static mm_bytes certificate_of(uint64_t number)
{
    return told_certificate(&told[number]);
}

static enum light_verdict trust(uint64_t number)
{
    return light_trust(&light, &told[number].hash, header_of(number), &domain);
}

static enum light_verdict follow(uint64_t number)
{
    return light_follow(&light, header_of(number));
}

static enum light_verdict certify(uint64_t number)
{
    return light_certify(&light, &told[number].set, certificate_of(number));
}

/* From one block to another, with the certificates that must be. */
static void walk(uint64_t from, uint64_t to)
{
    cr_assert_eq(trust(from), LIGHT_OK);
    for (uint64_t number = from + 1; number <= to; number++) {
        cr_assert_eq(follow(number), LIGHT_OK);
        if (light_must_certify(&light))
            cr_assert_eq(certify(number), LIGHT_OK);
    }
}

static struct header decoded(uint64_t number)
{
    struct header header;
    struct rlp r = rlp_over(header_of(number));
    header_read(&r, &header);
    cr_assert_eq(rlp_finish(&r), RLP_OK);
    return header;
}

/* The seals of these validators, by their place among the fixture's. */
static void seal(uint64_t number, const struct seal_domain *in, const size_t *places, size_t count)
{
    const mm_hash32 digest = seal_commit_digest(in, number, 0, &told[number].hash);
    struct certificate certificate = { .seal_count = count };
    for (size_t i = 0; i < count; i++)
        certificate.seals[i] = secp_sign(dev->people[DEV_PEOPLE + places[i]], &digest);
    told_set_certificate(&told[number], &certificate);
}

/* The fixture's places of a set's members, in the set's order. */
static void places_of(size_t *places, const struct validator_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        places[i] = 0;
        while (!mm_addr_equal(&dev->addrs[DEV_PEOPLE + places[i]], &set->addrs[i]))
            places[i]++;
    }
}

/* ---- what holds ---- */

Test(light, follows_a_chain_through_two_changes_of_its_set)
{
    walk(0, HEAD);
    cr_assert_not(light.is_certified, "nobody has looked at its seals");
    cr_assert_eq(certify(HEAD), LIGHT_OK);
    cr_assert(light.is_certified);
    cr_assert(mm_hash_equal(&light.hash, &told[HEAD].hash));
    cr_assert_eq(light.head.number, HEAD);
    cr_assert_eq(light.counts.headers, HEAD);
    cr_assert_eq(light.counts.set_changes, 2);
    cr_assert_eq(light.counts.certificates, 3);
    cr_assert_eq(light.counts.seals, 3 + 4 + 3);
}

Test(light, may_look_at_every_certificate)
{
    cr_assert_eq(trust(0), LIGHT_OK);
    for (uint64_t number = 1; number <= HEAD; number++) {
        cr_assert_eq(follow(number), LIGHT_OK);
        cr_assert_eq(certify(number), LIGHT_OK);
    }
    cr_assert_eq(light.counts.certificates, HEAD);
    cr_assert_eq(light.counts.set_changes, 2);
}

Test(light, begins_at_any_block)
{
    for (uint64_t from = 0; from < HEAD; from++) {
        walk(from, HEAD);
        cr_assert_eq(certify(HEAD), LIGHT_OK);
        cr_assert_eq(light.counts.headers, HEAD - from);
    }
    cr_assert_eq(trust(HEAD), LIGHT_OK);
    cr_assert(light.is_certified);
    cr_assert_not(light_must_certify(&light), "its change of the set is trusted, too");
}

Test(light, takes_the_trusted_hash_for_the_genesis_hash_when_it_is_block_0)
{
    domain.genesis_hash = (mm_hash32){ { 1 } }; /* what a node may say */
    walk(0, 1);
    cr_assert_eq(certify(1), LIGHT_OK);
}

Test(light, counts_a_change_once_however_often_it_is_certified)
{
    walk(0, JOINS);
    cr_assert_eq(certify(JOINS), LIGHT_OK);
    cr_assert_eq(light.counts.set_changes, 1);
    cr_assert_eq(light.counts.certificates, 2);
}

/* ---- lies about headers ---- */

Test(light, refuses_a_trusted_header_of_another_hash)
{
    cr_assert_eq(light_trust(&light, &told[0].hash, header_of(1), &domain), LIGHT_TRUSTED_HASH);
    cr_assert_eq(light.head.field_count, 0, "nothing is left to go on from");
}

Test(light, refuses_what_is_no_header)
{
    cr_assert_eq(light_trust(&light, &told[0].hash, MM_BYTES_LIT("\xc0"), &domain), LIGHT_ENCODING);
    cr_assert_eq(trust(0), LIGHT_OK);
    cr_assert_eq(light_follow(&light, MM_BYTES_LIT("")), LIGHT_ENCODING);
    cr_assert_eq(light_follow(&light, MM_BYTES_LIT("\xc1\x80")), LIGHT_ENCODING);
    told[1].header[told[1].header_len++] = 0;
    cr_assert_eq(follow(1), LIGHT_ENCODING);
    cr_assert_eq(light.head.number, 0);
}

Test(light, refuses_a_header_of_another_parent)
{
    struct header header = decoded(1);
    header.parent_hash = told[1].hash;
    told_set_header(&told[1], &header);
    cr_assert_eq(trust(0), LIGHT_OK);
    cr_assert_eq(follow(1), LIGHT_LINK);
    cr_assert_eq(light.counts.headers, 0);
}

Test(light, refuses_the_header_behind_one_that_was_changed)
{
    struct header header = decoded(1);
    header.state_root.b[0] ^= 1;
    told_set_header(&told[1], &header);
    walk(0, 1);
    cr_assert_eq(follow(2), LIGHT_LINK);
}

Test(light, refuses_a_header_that_breaks_a_rule)
{
    struct header header = decoded(1);
    header.timestamp = 0;
    told_set_header(&told[1], &header);
    cr_assert_eq(trust(0), LIGHT_OK);
    cr_assert_eq(follow(1), LIGHT_RULES);
    cr_assert_eq(light.rule, HEADER_TIMESTAMP);
    cr_assert_eq(follow(2), LIGHT_RULES, "one was left out");
    cr_assert_eq(light.rule, HEADER_NUMBER);
}

Test(light, lets_dev_control_choose_fee_gas_limit_and_randao)
{
    struct header header = decoded(1);
    header.base_fee = u256_from_u64(7);
    header.gas_limit = 30000000;
    header.prev_randao = (mm_hash32){ { 9 } };
    told_set_header(&told[1], &header);
    cr_assert_eq(trust(0), LIGHT_OK);
    cr_assert_eq(follow(1), LIGHT_OK);
}

Test(light, refuses_to_go_on_from_a_change_that_nobody_has_sealed)
{
    cr_assert_eq(trust(0), LIGHT_OK);
    for (uint64_t number = 1; number <= JOINS; number++)
        cr_assert_eq(follow(number), LIGHT_OK);
    cr_assert(light_must_certify(&light));
    cr_assert_eq(follow(JOINS + 1), LIGHT_UNCERTIFIED);
    cr_assert_eq(certify(JOINS), LIGHT_OK);
    cr_assert_eq(follow(JOINS + 1), LIGHT_OK);
}

/* The attack that certificates of changes are for: a header that names a set of the liar's own, and a chain sealed by that. */
Test(light, refuses_a_set_that_a_liar_has_put_in_its_own_place)
{
    static const size_t liar[] = { 15 };
    const struct validator_set own = { .addrs = { dev->addrs[DEV_PEOPLE + 15] }, .count = 1 };
    const mm_hash32 commitment = validators_commitment(&own);
    struct header header = decoded(1);
    memcpy(header.extra, commitment.b, sizeof commitment.b);
    told_set_header(&told[1], &header);
    seal(1, &domain, liar, 1);
    cr_assert_eq(trust(0), LIGHT_OK);
    cr_assert_eq(follow(1), LIGHT_OK);
    cr_assert(light_must_certify(&light));
    cr_assert_eq(certify(1), LIGHT_TOO_FEW);
    cr_assert_eq(light_certify(&light, &own, certificate_of(1)), LIGHT_SET);
    cr_assert_eq(follow(2), LIGHT_UNCERTIFIED);
}

/* ---- lies about certificates ---- */

Test(light, refuses_what_is_no_certificate)
{
    walk(0, 1);
    cr_assert_eq(light_certify(&light, &told[1].set, MM_BYTES_LIT("")), LIGHT_CERTIFICATE);
    cr_assert_eq(light_certify(&light, &told[1].set, header_of(1)), LIGHT_CERTIFICATE);
    told[1].certificate[told[1].certificate_len++] = 0;
    cr_assert_eq(certify(1), LIGHT_CERTIFICATE);
    cr_assert_not(light.is_certified);
}

Test(light, refuses_too_few_seals)
{
    size_t places[MM_VALIDATORS_MAX];
    places_of(places, &told[1].set);
    seal(1, &domain, places, 2);
    walk(0, 1);
    cr_assert_eq(certify(1), LIGHT_TOO_FEW);
    cr_assert_not(light.is_certified);
    seal(1, &domain, places, 4);
    cr_assert_eq(certify(1), LIGHT_OK, "more than the quorum");
}

Test(light, refuses_a_strangers_seal)
{
    size_t places[MM_VALIDATORS_MAX];
    places_of(places, &told[1].set);
    places[1] = 9;
    seal(1, &domain, places, 3);
    walk(0, 1);
    cr_assert_eq(certify(1), LIGHT_STRANGER);
}

Test(light, refuses_a_seal_twice)
{
    size_t places[MM_VALIDATORS_MAX];
    places_of(places, &told[1].set);
    places[2] = places[1];
    seal(1, &domain, places, 3);
    walk(0, 1);
    cr_assert_eq(certify(1), LIGHT_ORDER);
}

Test(light, refuses_a_high_s)
{
    walk(0, 1);
    /* [round, [seal …]]: behind two list headers, the round and the seal's own header begin r and, 32 bytes on, s */
    memset(told[1].certificate + 2 + 1 + 2 + 2 + 32, 0xff, 32);
    cr_assert_eq(certify(1), LIGHT_SEAL);
}

Test(light, refuses_another_blocks_certificate)
{
    walk(0, 1);
    cr_assert_eq(light_certify(&light, &told[1].set, certificate_of(2)), LIGHT_STRANGER);
}

Test(light, refuses_another_set)
{
    walk(0, JOINS + 1);
    cr_assert_eq(light_certify(&light, &told[JOINS].set, certificate_of(JOINS + 1)), LIGHT_SET);
    struct validator_set none = { .count = 0 };
    cr_assert_eq(light_certify(&light, &none, certificate_of(JOINS + 1)), LIGHT_SET);
    cr_assert_eq(certify(JOINS + 1), LIGHT_OK);
}

/* Who has left may still have its key. */
Test(light, refuses_the_seal_of_a_validator_that_was_voted_out)
{
    size_t places[MM_VALIDATORS_MAX];
    places_of(places, &told[HEAD].set);
    places[0] = 1;
    seal(HEAD, &domain, places, 3);
    walk(0, HEAD);
    cr_assert_eq(certify(HEAD), LIGHT_STRANGER);
}

Test(light, refuses_every_seal_under_another_chain_id_or_genesis)
{
    domain.chain_id++;
    cr_assert_eq(trust(2), LIGHT_OK);
    cr_assert_eq(follow(3), LIGHT_OK);
    cr_assert_eq(certify(3), LIGHT_STRANGER);
    domain.chain_id--;
    domain.genesis_hash.b[0] ^= 1;
    cr_assert_eq(trust(2), LIGHT_OK);
    cr_assert_eq(follow(3), LIGHT_OK);
    cr_assert_eq(certify(3), LIGHT_STRANGER);
}

Test(light, has_words_for_every_verdict)
{
    for (int verdict = LIGHT_OK; verdict <= LIGHT_ORDER; verdict++)
        cr_assert_neq(light_verdict_text((enum light_verdict)verdict)[0], '\0');
}
