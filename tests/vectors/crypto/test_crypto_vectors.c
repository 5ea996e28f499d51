/* ethereum/tests, BasicTests: keyaddrtest.json (seed, key, address) and txtest.json (old transactions, signed).
 * The transactions are from before EIP-2, so s may be high: they are recovered under the old rule.
 * What is there and not used here, because it says nothing about this library: crypto.json has AES-256 and ECIES, which mintmark does
 * not have; sig_of_emptystring in keyaddrtest.json does not say what was signed, and none of Keccak-256, SHA-256, zero or
 * the message forms of Bitcoin and Ethereum over an empty string is a digest that its key signed with it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/crypto/secp.h"

static struct mm_arena arena;

static void setup(void)
{
    mm_arena_init(&arena, 16 << 20);
}

static void teardown(void)
{
    mm_arena_fini(&arena);
}

TestSuite(crypto_vectors, .init = setup, .fini = teardown);

/* The array in the file; skips the test where the vectors are not there, but not where they must be. */
static const struct json *load(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/fixtures/ethereum/basic/%s", MINTMARK_SHARED, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        cr_assert_null(getenv("CI"), "%s is missing", path);
        (void)fprintf(stderr, "SKIPPED: %s is missing\n", path);
        cr_skip_test("no vectors");
    }
    const size_t size_max = 1 << 20;
    uint8_t *text = mm_arena_alloc(&arena, size_max);
    cr_assert_not_null(text);
    const size_t len = fread(text, 1, size_max, file);
    cr_assert_lt(len, size_max);
    (void)fclose(file);
    struct json *value = MM_ARENA_NEW(&arena, struct json);
    static const struct json_options options = { .unique_keys = true };
    struct mm_reason reason = { "" };
    cr_assert_eq(json_parse(&arena, value, mm_bytes_from(text, len), &options, &reason), JSON_OK,
                 "%s: %s", name, reason.text);
    cr_assert_eq(value->kind, JSON_ARRAY);
    cr_assert_gt(value->count, 0);
    return value;
}

static mm_bytes text_of(const struct json *object, const char *key)
{
    const struct json *value = json_find(object, key);
    cr_assert(value != NULL && value->kind == JSON_STRING, "%s", key);
    return value->text;
}

static mm_addr addr_of_key(const struct json *vector)
{
    uint8_t key[32];
    const mm_bytes digits = text_of(vector, "key");
    cr_assert_eq(digits.len, 64);
    cr_assert(hex_decode(key, digits));
    struct secp_secret *secret = secp_secret_new(key);
    cr_assert_not_null(secret);
    const mm_addr addr = secp_secret_addr(secret);
    secp_secret_free(secret);
    return addr;
}

Test(crypto_vectors, seeds_give_their_keys_and_keys_their_addresses)
{
    const struct json *vectors = load("keyaddrtest.json");
    for (size_t i = 0; i < vectors->count; i++) {
        const struct json *vector = &vectors->items[i];
        const mm_hash32 key = keccak256(text_of(vector, "seed"));
        char digits[64];
        hex_encode(digits, mm_bytes_hash(&key));
        cr_assert(mm_bytes_equal(MM_BYTES_OF(digits), text_of(vector, "key")));
        const mm_addr addr = addr_of_key(vector);
        char addr_digits[40];
        hex_encode(addr_digits, mm_bytes_addr(&addr));
        cr_assert(mm_bytes_equal(MM_BYTES_OF(addr_digits), text_of(vector, "addr")));
    }
}

/* The digest an old transaction was signed by: keccak256 of the list of its first six fields. */
static mm_hash32 digest_of(struct rlp fields, struct mm_buf *buf)
{
    mm_buf_reset(buf);
    const size_t opened = rlp_open_list(buf);
    for (int i = 0; i < 6; i++)
        mm_buf_add(buf, rlp_read_raw(&fields));
    rlp_close_list(buf, opened);
    cr_assert_eq(mm_buf_err(buf), MM_OK);
    return keccak256(mm_buf_bytes(buf));
}

Test(crypto_vectors, signed_transactions_name_their_signers)
{
    const struct json *vectors = load("txtest.json");
    struct mm_buf buf;
    mm_buf_init(&buf, 1 << 16);
    for (size_t i = 0; i < vectors->count; i++) {
        const struct json *vector = &vectors->items[i];
        const mm_bytes digits = text_of(vector, "signed");
        uint8_t *bytes = mm_arena_alloc(&arena, digits.len / 2);
        cr_assert_not_null(bytes);
        cr_assert(hex_decode(bytes, digits));
        struct rlp outer = rlp_over(mm_bytes_from(bytes, digits.len / 2));
        struct rlp fields = rlp_read_list(&outer);
        const mm_hash32 digest = digest_of(fields, &buf);
        for (int field = 0; field < 6; field++)
            (void)rlp_read_raw(&fields);
        const uint64_t v = rlp_read_u64(&fields);
        const mm_u256 r = rlp_read_u256(&fields);
        const mm_u256 s = rlp_read_u256(&fields);
        cr_assert_eq(rlp_finish(&fields), RLP_OK);
        cr_assert(v == 27 || v == 28);
        const struct secp_signature signature = {
            .r = u256_to_hash(&r),
            .s = u256_to_hash(&s),
            .parity = (uint8_t)(v - 27),
        };
        const mm_addr expected = addr_of_key(vector);
        mm_addr signer;
        cr_assert(secp_recover(&signer, &signature, &digest, SECP_ANY_S), "%zu", i);
        cr_assert(mm_addr_equal(&signer, &expected), "%zu", i);
    }
    mm_buf_fini(&buf);
}
