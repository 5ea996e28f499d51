/* Our own vectors of seals and certificates (README.md beside this file): made by a second program, so that two encoders agree. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "state/chain/certificate.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "state/crypto/keccak.h"

#define VECTORS MINTMARK_VECTORS "/consensus/certificates.json"

enum { FILE_BYTES_MAX = 1 << 20, CASES = 3 };

static struct mm_arena arena;
static struct json cases;

static void load(void)
{
    struct mm_reason reason;
    const struct json_options options = { .unique_keys = true };
    mm_arena_init(&arena, 8 << 20);
    uint8_t *text = mm_arena_alloc(&arena, FILE_BYTES_MAX);
    FILE *file = fopen(VECTORS, "rb");
    cr_assert(text != NULL && file != NULL, VECTORS);
    const size_t len = fread(text, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    cr_assert_eq(json_parse(&arena, &cases, mm_bytes_from(text, len), &options, &reason), JSON_OK,
                 "%s", reason.text);
    cr_assert_eq(cases.count, CASES);
}

static void unload(void)
{
    mm_arena_fini(&arena);
}

TestSuite(certificate_vectors, .init = load, .fini = unload);

/* ---- fields ---- */

static const struct json *member(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    cr_assert_not_null(value, "%s", key);
    return value;
}

static uint64_t number(const struct json *vector, const char *key)
{
    uint64_t value = 0;
    cr_assert(json_u64(&value, member(vector, key)), "%s", key);
    return value;
}

static mm_hash32 hash_of(const struct json *vector, const char *key)
{
    mm_hash32 hash;
    cr_assert(hex_read_hash(&hash, member(vector, key)->text), "%s", key);
    return hash;
}

static mm_bytes data_of(const struct json *value)
{
    size_t len = 0;
    cr_assert(hex_data_len(&len, value->text));
    uint8_t *bytes = mm_arena_alloc(&arena, len);
    cr_assert(bytes != NULL && hex_read_fixed(bytes, len, value->text));
    return mm_bytes_from(bytes, len);
}

static struct validator_set set_of(const struct json *vector)
{
    const struct json *addrs = member(vector, "validators");
    struct validator_set set = { .count = addrs->count };
    cr_assert_leq(addrs->count, MM_VALIDATORS_MAX);
    for (size_t i = 0; i < addrs->count; i++)
        cr_assert(hex_read_addr(&set.addrs[i], addrs->items[i].text));
    return set;
}

static struct seal_domain domain_of(const struct json *vector)
{
    return (struct seal_domain){ number(vector, "chainId"), hash_of(vector, "genesisHash") };
}

static mm_hash32 digest_of(const struct json *vector)
{
    const struct seal_domain domain = domain_of(vector);
    const mm_hash32 block_hash = hash_of(vector, "blockHash");
    return seal_commit_digest(&domain, number(vector, "height"), number(vector, "round"),
                              &block_hash);
}

/* ---- what the C code makes of them ---- */

Test(certificate_vectors, a_set_has_the_commitment_and_quorum_given)
{
    for (size_t i = 0; i < cases.count; i++) {
        const struct json *vector = &cases.items[i];
        const struct validator_set set = set_of(vector);
        const mm_hash32 commitment = validators_commitment(&set);
        const mm_hash32 expected = hash_of(vector, "commitment");
        cr_expect(validators_is_valid(&set));
        cr_expect(mm_hash_equal(&commitment, &expected));
        cr_expect_eq(validators_quorum(set.count), number(vector, "quorum"));
    }
}

Test(certificate_vectors, the_digest_is_the_hash_of_the_preimage_given)
{
    for (size_t i = 0; i < cases.count; i++) {
        const struct json *vector = &cases.items[i];
        const struct seal_domain domain = domain_of(vector);
        const mm_hash32 expected = hash_of(vector, "digest");
        const mm_hash32 by_hand = keccak256(data_of(member(vector, "preimage")));
        const mm_hash32 of_payload =
            seal_digest(&domain, QBFT_COMMIT, data_of(member(vector, "payload")));
        const mm_hash32 digest = digest_of(vector);
        cr_expect(mm_hash_equal(&by_hand, &expected));
        cr_expect(mm_hash_equal(&of_payload, &expected));
        cr_expect(mm_hash_equal(&digest, &expected));
    }
}

Test(certificate_vectors, each_key_is_its_validators_and_seals_as_given)
{
    size_t sealed = 0;
    for (size_t i = 0; i < cases.count; i++) {
        const struct json *vector = &cases.items[i];
        const struct json *keys = member(vector, "keys");
        const struct json *seals = member(vector, "seals");
        const struct validator_set set = set_of(vector);
        const size_t first = number(vector, "firstSigner");
        const mm_hash32 digest = digest_of(vector);
        for (size_t j = 0; j < keys->count; j++) {
            struct secp_secret *secret = secp_secret_new(data_of(&keys->items[j]).ptr);
            cr_assert_not_null(secret);
            const mm_addr addr = secp_secret_addr(secret);
            cr_expect(mm_addr_equal(&addr, &set.addrs[j]));
            if (j >= first && j < first + seals->count) {
                const struct secp_signature seal = secp_sign(secret, &digest);
                uint8_t bytes[SECP_SIGNATURE_BYTES];
                secp_signature_to_bytes(bytes, &seal);
                cr_expect(mm_bytes_equal(MM_BYTES_OF(bytes), data_of(&seals->items[j - first])));
                sealed++;
            }
            secp_secret_free(secret);
        }
    }
    printf("certificates.json: %zu cases, %zu seals\n", cases.count, sealed);
    cr_expect_eq(sealed, 1 + 3 + 11);
}

Test(certificate_vectors, a_certificate_is_valid_and_encodes_to_the_bytes_it_was_read_from)
{
    for (size_t i = 0; i < cases.count; i++) {
        const struct json *vector = &cases.items[i];
        const mm_bytes encoded = data_of(member(vector, "certificate"));
        const struct validator_set set = set_of(vector);
        const struct seal_domain domain = domain_of(vector);
        const mm_hash32 commitment = hash_of(vector, "commitment");
        const mm_hash32 block_hash = hash_of(vector, "blockHash");
        struct certificate certificate;
        struct rlp r = rlp_over(encoded);
        certificate_read(&r, &certificate);
        cr_assert_eq(rlp_finish(&r), RLP_OK);
        cr_expect_eq(certificate_check(&certificate, &domain, &set, &commitment,
                                       number(vector, "height"), &block_hash),
                     CERTIFICATE_OK);
        cr_expect_eq(certificate_check(&certificate, &domain, &set, &commitment,
                                       number(vector, "height") + 1, &block_hash),
                     CERTIFICATE_STRANGER);
        struct mm_buf buf;
        mm_buf_init(&buf, 1 << 16);
        certificate_encode(&buf, &certificate);
        cr_assert_eq(mm_buf_err(&buf), MM_OK);
        cr_expect(mm_bytes_equal(mm_buf_bytes(&buf), encoded));
        mm_buf_fini(&buf);
    }
}
