#include "node/keys/keystore.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>

#include "state/base/buf.h"
#include "state/base/heap.h"
#include "state/codec/hex.h"

/* Published: the two of the Web3 Secret Storage Definition (also ethereum/tests, KeyStoreTests); those of go-ethereum for keys whose
 * leading zeros an old client dropped; one written by ethers 6.17, which says Crypto. */
static const struct {
    const char *password, *key, *json;
} VECTORS[] = {
    { "testpassword", "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d",
      "{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
      "\"6087dab2f9fdbbfaddc31a909735c1e6\"},"
      "\"ciphertext\":\"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46\",\"kdf\":"
      "\"pbkdf2\","
      "\"kdfparams\":{\"c\":262144,\"dklen\":32,\"prf\":\"hmac-sha256\","
      "\"salt\":\"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd\"},"
      "\"mac\":\"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2\"},"
      "\"id\":\"3198bc9c-6672-5ab3-d995-4942343ae5b6\",\"version\":3}" },
    { "testpassword", "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d",
      "{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
      "\"83dbcc02d8ccb40e466191a123791e0e\"},"
      "\"ciphertext\":\"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c\",\"kdf\":"
      "\"scrypt\","
      "\"kdfparams\":{\"dklen\":32,\"n\":262144,\"r\":1,\"p\":8,"
      "\"salt\":\"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19\"},"
      "\"mac\":\"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097\"},"
      "\"id\":\"3198bc9c-6672-5ab3-d995-4942343ae5b6\",\"version\":3}" },
    { "foo", "00fa7b3db73dc7dfdf8c5fbdb796d741e4488628c41fc4febd9160a866ba0f35",
      "{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
      "\"e0c41130a323adc1446fc82f724bca2f\"},"
      "\"ciphertext\":\"9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984\",\"kdf\":"
      "\"scrypt\","
      "\"kdfparams\":{\"dklen\":32,\"n\":2,\"r\":8,\"p\":1,"
      "\"salt\":\"711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63\"},"
      "\"mac\":\"d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5\"},"
      "\"id\":\"fecfc4ce-e956-48fd-953b-30f8b52ed66c\",\"version\":3}" },
    { "foo", "000081c29e8142bb6a81bef5a92bda7a8328a5c85bb2f9542e76f9b0f94fc018",
      "{\"crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
      "\"3ca92af36ad7c2cd92454c59cea5ef00\"},"
      "\"ciphertext\":\"108b7d34f3442fc26ab1ab90ca91476ba6bfa8c00975a49ef9051dc675aa\",\"kdf\":"
      "\"scrypt\","
      "\"kdfparams\":{\"dklen\":32,\"n\":2,\"r\":8,\"p\":1,"
      "\"salt\":\"d0769e608fb86cda848065642a9c6fa046845c928175662b8e356c77f914cd3b\"},"
      "\"mac\":\"75d0e6759f7b3cefa319c3be41680ab6beea7d8328653474bd06706d4cc67420\"},"
      "\"id\":\"a37e1559-5955-450d-8075-7b8931b392b2\",\"version\":3}" },
    { "a password", "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
      "{\"address\":\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"id\":\"9bc54440-1203-451b-bf7e-"
      "8b55f2e77326\","
      "\"version\":3,\"Crypto\":{\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":"
      "\"3ba26cf9b7f0bb3f98935705a3734433\"},"
      "\"ciphertext\":\"920eaf710a162322b926e6adefa0c0e88618a4dd0c618ba8cdf27171af5ff60a\",\"kdf\":"
      "\"scrypt\","
      "\"kdfparams\":{\"salt\":"
      "\"5e9cda1bce0574dd0d0a122f9c9882bedcb85a731b995850b6959de09ce0aede\",\"n\":1024,"
      "\"dklen\":32,\"p\":1,\"r\":8},"
      "\"mac\":\"4f81ec2b4dd1781fa96b8d3170927e408e0460ed8424107abd670da5f41e5c66\"}}" },
};
enum { PBKDF2_VECTOR = 0, SCRYPT_VECTOR = 1, LIGHT_VECTOR = 2, ETHERS_VECTOR = 4 };

static struct keystore parsed(const char *json)
{
    struct keystore keystore;
    struct mm_reason reason = { "" };
    const enum keystore_verdict verdict = keystore_parse(&keystore, mm_bytes_str(json), &reason);
    cr_assert_eq(verdict, KEYSTORE_OK, "%s", reason.text);
    return keystore;
}

static void assert_key(const struct secp_secret *secret, const char *digits)
{
    char key[65] = { 0 };
    cr_assert_not_null(secret);
    hex_encode(key, mm_bytes_from(secp_secret_bytes(secret), 32));
    cr_assert_str_eq(key, digits);
}

/* The JSON with one piece replaced. The piece must be there. */
static const char *with(const char *json, const char *old, const char *new)
{
    static char out[4096];
    const char *at = strstr(json, old);
    cr_assert_not_null(at, "%s", old);
    (void)snprintf(out, sizeof out, "%.*s%s%s", (int)(at - json), json, new, at + strlen(old));
    return out;
}

Test(keystore, opens_the_published_files)
{
    for (size_t i = 0; i < MM_COUNT_OF(VECTORS); i++) {
        const struct keystore keystore = parsed(VECTORS[i].json);
        struct secp_secret *secret;
        struct mm_reason reason;
        cr_assert_eq(
            keystore_decrypt(&secret, &keystore, mm_bytes_str(VECTORS[i].password), &reason), MM_OK,
            "%s", reason.text);
        assert_key(secret, VECTORS[i].key);
        secp_secret_free(secret);
    }
}

Test(keystore, refuses_a_wrong_password)
{
    static const char *const wrong[] = { "", "testpasswore", "testpassword ", "Testpassword" };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        const struct keystore keystore = parsed(VECTORS[LIGHT_VECTOR].json);
        struct secp_secret *secret;
        struct mm_reason reason;
        cr_assert_eq(keystore_decrypt(&secret, &keystore, mm_bytes_str(wrong[i]), &reason),
                     MM_ERR_CRYPTO);
        cr_assert_null(secret);
        cr_assert_str_eq(reason.text, "wrong password");
    }
}

Test(keystore, any_changed_bit_of_the_ciphertext_or_mac_is_refused)
{
    for (unsigned bit = 0; bit < 32 * 8; bit++) {
        struct secp_secret *secret;
        struct keystore keystore = parsed(VECTORS[LIGHT_VECTOR].json);
        keystore.mac.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("foo"), NULL),
                     MM_ERR_CRYPTO);
        if (bit / 8 == 31)
            continue; /* this key has 31 bytes */
        keystore = parsed(VECTORS[LIGHT_VECTOR].json);
        keystore.ciphertext[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("foo"), NULL),
                     MM_ERR_CRYPTO);
        cr_assert_null(secret);
    }
}

Test(keystore, refuses_a_key_that_is_not_that_of_the_address)
{
    const char *json = with(VECTORS[ETHERS_VECTOR].json, "f39fd6", "f39fd7");
    const struct keystore keystore = parsed(json);
    struct secp_secret *secret;
    cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("a password"), NULL),
                 MM_ERR_CORRUPT);
    cr_assert_null(secret);
}

Test(keystore, what_is_encrypted_opens_again_after_writing_and_parsing)
{
    const mm_bytes password = MM_BYTES_LIT("p\xc3\xa4ssword");
    const struct keystore source = parsed(VECTORS[ETHERS_VECTOR].json);
    struct secp_secret *secret;
    cr_assert_eq(keystore_decrypt(&secret, &source, MM_BYTES_LIT("a password"), NULL), MM_OK);
    struct keystore made;
    cr_assert_eq(keystore_encrypt(&made, secret, password, KEYSTORE_LIGHT, NULL), MM_OK);
    struct mm_buf buf;
    mm_buf_init(&buf, KEYSTORE_FILE_BYTES_MAX);
    keystore_write(&buf, &made);
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
    struct keystore back;
    cr_assert_eq(keystore_parse(&back, mm_buf_bytes(&buf), NULL), KEYSTORE_OK);
    struct mm_buf written_again;
    mm_buf_init(&written_again, KEYSTORE_FILE_BYTES_MAX);
    keystore_write(&written_again, &back);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&written_again), mm_buf_bytes(&buf)));
    mm_buf_fini(&written_again);
    struct secp_secret *again;
    cr_assert_eq(keystore_decrypt(&again, &back, password, NULL), MM_OK);
    assert_key(again, VECTORS[ETHERS_VECTOR].key);
    mm_buf_fini(&buf);
    secp_secret_free(again);
    secp_secret_free(secret);
}

Test(keystore, standard_cost_is_that_of_go_ethereum_and_nothing_random_repeats)
{
    uint8_t key[32] = { 1 };
    struct secp_secret *secret = secp_secret_new(key);
    struct keystore first;
    struct keystore second;
    cr_assert_eq(keystore_encrypt(&first, secret, MM_BYTES_LIT("x"), KEYSTORE_STANDARD, NULL),
                 MM_OK);
    cr_assert_eq(first.scrypt_n, 262144);
    cr_assert_eq(first.scrypt_r, 8);
    cr_assert_eq(first.scrypt_p, 1);
    cr_assert_eq(keystore_encrypt(&first, secret, MM_BYTES_LIT("x"), KEYSTORE_LIGHT, NULL), MM_OK);
    cr_assert_eq(keystore_encrypt(&second, secret, MM_BYTES_LIT("x"), KEYSTORE_LIGHT, NULL), MM_OK);
    cr_assert_eq(first.scrypt_n, 4096);
    cr_assert_eq(first.scrypt_p, 6);
    cr_assert_neq(memcmp(first.salt, second.salt, 32), 0);
    cr_assert_neq(memcmp(first.iv, second.iv, 16), 0);
    cr_assert_str_neq(first.id, second.id);
    cr_assert_eq(strlen(first.id), 36);
    cr_assert_eq(first.id[14], '4');
    secp_secret_free(secret);
}

Test(keystore, writes_the_line_that_go_ethereum_writes)
{
    /* Its keys in its order, no spaces, digits without 0x. */
    const struct keystore keystore = parsed(VECTORS[ETHERS_VECTOR].json);
    struct mm_buf buf;
    mm_buf_init(&buf, KEYSTORE_FILE_BYTES_MAX);
    keystore_write(&buf, &keystore);
    const mm_bytes expected = MM_BYTES_LIT(
        "{\"address\":\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\",\"crypto\":{\"cipher\":\"aes-"
        "128-ctr\","
        "\"ciphertext\":\"920eaf710a162322b926e6adefa0c0e88618a4dd0c618ba8cdf27171af5ff60a\","
        "\"cipherparams\":{\"iv\":\"3ba26cf9b7f0bb3f98935705a3734433\"},\"kdf\":\"scrypt\","
        "\"kdfparams\":{\"dklen\":32,\"n\":1024,\"p\":1,\"r\":8,"
        "\"salt\":\"5e9cda1bce0574dd0d0a122f9c9882bedcb85a731b995850b6959de09ce0aede\"},"
        "\"mac\":\"4f81ec2b4dd1781fa96b8d3170927e408e0460ed8424107abd670da5f41e5c66\"},"
        "\"id\":\"9bc54440-1203-451b-bf7e-8b55f2e77326\",\"version\":3}");
    cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), expected));
    mm_buf_fini(&buf);
}

/* One change a rule, and what must be said about it. */
static const struct {
    size_t vector;
    const char *old, *new;
    enum keystore_verdict verdict;
    const char *reason; /* a piece of it */
} REFUSED[] = {
    { ETHERS_VECTOR, "\"version\":3", "\"version\":1", KEYSTORE_BAD_VERSION, "version" },
    { ETHERS_VECTOR, "\"version\":3", "\"version\":\"3\"", KEYSTORE_BAD_VERSION, "version" },
    { ETHERS_VECTOR, "\"version\":3,", "", KEYSTORE_BAD_FIELD, "version" },
    { ETHERS_VECTOR, "aes-128-ctr", "aes-128-cbc", KEYSTORE_UNKNOWN_CIPHER, "aes-128-cbc" },
    { ETHERS_VECTOR, "\"aes-128-ctr\"", "7", KEYSTORE_BAD_FIELD, "cipher" },
    { ETHERS_VECTOR, "\"scrypt\"", "\"argon2id\"", KEYSTORE_UNKNOWN_KDF, "argon2id" },
    { PBKDF2_VECTOR, "hmac-sha256", "hmac-md5\\n", KEYSTORE_UNKNOWN_PRF, "hmac-md5?" },
    { PBKDF2_VECTOR, "\"c\":262144", "\"c\":0", KEYSTORE_BAD_FIELD, "kdfparams.c" },
    { PBKDF2_VECTOR, "\"c\":262144", "\"c\":10000001", KEYSTORE_TOO_COSTLY, "memory or time" },
    { PBKDF2_VECTOR, "\"c\":262144", "\"c\":99999999999999999999", KEYSTORE_BAD_FIELD,
      "kdfparams.c" },
    { ETHERS_VECTOR, "\"Crypto\":", "\"crypt\":", KEYSTORE_BAD_FIELD, "crypto" },
    { ETHERS_VECTOR, "\"Crypto\":", "\"crypto\":{},\"Crypto\":", KEYSTORE_BAD_FIELD, "twice" },
    { ETHERS_VECTOR, "\"Crypto\":", "\"version\":3,\"Crypto\":", KEYSTORE_NOT_JSON, "" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":1023", KEYSTORE_BAD_SCRYPT, "power of two" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":0", KEYSTORE_BAD_SCRYPT, "power of two" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":1", KEYSTORE_BAD_SCRYPT, "power of two" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":-1024", KEYSTORE_BAD_FIELD, "kdfparams.n" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":1024.0", KEYSTORE_BAD_FIELD, "kdfparams.n" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":2097152", KEYSTORE_TOO_COSTLY, "memory or time" },
    { ETHERS_VECTOR, "\"n\":1024", "\"n\":9223372036854775808", KEYSTORE_TOO_COSTLY,
      "memory or time" },
    { ETHERS_VECTOR, "\"r\":8", "\"r\":0", KEYSTORE_BAD_FIELD, "kdfparams.r" },
    { ETHERS_VECTOR, "\"r\":8", "\"r\":4294967295", KEYSTORE_TOO_COSTLY, "memory or time" },
    { ETHERS_VECTOR, "\"r\":8", "\"r\":4294967296", KEYSTORE_BAD_FIELD, "kdfparams.r" },
    { ETHERS_VECTOR, "\"p\":1", "\"p\":4294967295", KEYSTORE_TOO_COSTLY, "memory or time" },
    { ETHERS_VECTOR, "\"p\":1", "\"p\":4097", KEYSTORE_TOO_COSTLY, "memory or time" },
    { ETHERS_VECTOR, "\"p\":1,", "", KEYSTORE_BAD_FIELD, "kdfparams.p" },
    { ETHERS_VECTOR, "\"dklen\":32", "\"dklen\":31", KEYSTORE_BAD_FIELD, "kdfparams.dklen" },
    { ETHERS_VECTOR, "3ba26cf9b7f0bb3f98935705a3734433", "3ba26cf9b7f0bb3f98935705a37344",
      KEYSTORE_BAD_FIELD, "iv" },
    { ETHERS_VECTOR, "3ba26cf9b7f0bb3f98935705a3734433", "3ba26cf9b7f0bb3f98935705a373443g",
      KEYSTORE_BAD_FIELD, "iv" },
    { ETHERS_VECTOR, "\"ciphertext\":\"92", "\"ciphertext\":\"0092", KEYSTORE_BAD_FIELD,
      "ciphertext" },
    { ETHERS_VECTOR, "\"ciphertext\":\"92", "\"ciphertext\":\"\",\"other\":\"", KEYSTORE_BAD_FIELD,
      "ciphertext" },
    { ETHERS_VECTOR, "\"mac\":\"4f", "\"mac\":\"", KEYSTORE_BAD_FIELD, "mac" },
    { ETHERS_VECTOR, "\"address\":\"f3", "\"address\":\"", KEYSTORE_BAD_FIELD, "address" },
    { ETHERS_VECTOR, "\"salt\":\"5", "\"salt\":\"", KEYSTORE_BAD_FIELD, "salt" },
    { ETHERS_VECTOR, "{\"address\"", "[{\"address\"", KEYSTORE_NOT_JSON, "" },
    { ETHERS_VECTOR, "{\"address\"", "{\"address\":[],\"address\"", KEYSTORE_NOT_JSON, "" },
};

Test(keystore, refuses_each_wrong_field_by_its_name)
{
    for (size_t i = 0; i < MM_COUNT_OF(REFUSED); i++) {
        const char *json = with(VECTORS[REFUSED[i].vector].json, REFUSED[i].old, REFUSED[i].new);
        struct keystore keystore;
        struct mm_reason reason = { "" };
        cr_assert_eq(keystore_parse(&keystore, mm_bytes_str(json), &reason), REFUSED[i].verdict,
                     "%s -> %s: %s", REFUSED[i].old, REFUSED[i].new, reason.text);
        cr_assert_not_null(strstr(reason.text, REFUSED[i].reason), "%s", reason.text);
        static const struct keystore zero;
        cr_assert_eq(memcmp(&keystore, &zero, sizeof zero), 0);
    }
}

Test(keystore, takes_what_other_wallets_write)
{
    static const struct {
        const char *old, *new;
    } taken[] = {
        { "\"address\":\"f39fd6", "\"address\":\"0xF39fD6" },
        { "\"address\":\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\",", "" },
        { "\"address\":\"f39fd6e51aad88f6f4ce6ab8827279cfffb92266\",", "\"address\":null," },
        { "\"id\":\"9bc54440-1203-451b-bf7e-8b55f2e77326\",", "" },
        { "9bc54440-1203-451b-bf7e-8b55f2e77326", "no uuid" },
        { "\"Crypto\"", "\"crypto\"" },
        { "\"mac\":\"", "\"mac\":\"0x" },
        { "\"dklen\":32", "\"dklen\":64" },
        { "\"version\":3", "\"version\":3,\"x-ethers\":{\"client\":\"ethers\"}" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(taken); i++) {
        const struct keystore keystore =
            parsed(with(VECTORS[ETHERS_VECTOR].json, taken[i].old, taken[i].new));
        struct secp_secret *secret;
        cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("a password"), NULL), MM_OK,
                     "%s", taken[i].new);
        assert_key(secret, VECTORS[ETHERS_VECTOR].key);
        secp_secret_free(secret);
    }
}

Test(keystore, limits_of_scrypt_end_where_they_say)
{
    const char *json = VECTORS[ETHERS_VECTOR].json;
    struct keystore keystore;
    /* 128 * 1048576 * 8 = 1 GiB; with p = 4 the work is four times that. */
    cr_assert_eq(
        keystore_parse(&keystore, mm_bytes_str(with(json, "\"n\":1024", "\"n\":1048576")), NULL),
        KEYSTORE_OK);
    char largest[4096];
    (void)snprintf(largest, sizeof largest, "%s", with(json, "\"n\":1024", "\"n\":1048576"));
    cr_assert_eq(keystore_parse(&keystore, mm_bytes_str(with(largest, "\"p\":1", "\"p\":4")), NULL),
                 KEYSTORE_OK);
    cr_assert_eq(keystore_parse(&keystore, mm_bytes_str(with(largest, "\"p\":1", "\"p\":5")), NULL),
                 KEYSTORE_TOO_COSTLY);
    cr_assert_eq(keystore_parse(&keystore, mm_bytes_str(with(json, "\"p\":1", "\"p\":4096")), NULL),
                 KEYSTORE_OK);
}

Test(keystore, decrypting_checks_the_limits_again)
{
    struct keystore keystore = parsed(VECTORS[ETHERS_VECTOR].json);
    keystore.scrypt_n = (uint64_t)1 << 40;
    struct secp_secret *secret;
    cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("a password"), NULL),
                 MM_ERR_LIMIT);
    keystore = parsed(VECTORS[PBKDF2_VECTOR].json);
    keystore.pbkdf2_rounds = UINT32_MAX;
    cr_assert_eq(keystore_decrypt(&secret, &keystore, MM_BYTES_LIT("testpassword"), NULL),
                 MM_ERR_LIMIT);
}

Test(keystore, refuses_what_is_no_json_or_too_large)
{
    static char large[KEYSTORE_FILE_BYTES_MAX + 1];
    memset(large, ' ', sizeof large);
    struct keystore keystore;
    cr_assert_eq(keystore_parse(&keystore, MM_BYTES_OF(large), NULL), KEYSTORE_TOO_LARGE);
    const char *json = VECTORS[ETHERS_VECTOR].json;
    memcpy(large, json, strlen(json));
    cr_assert_eq(keystore_parse(&keystore, mm_bytes_from(large, sizeof large - 1), NULL),
                 KEYSTORE_OK);
    static const char *const wrong[] = {
        "", "{", "null", "[]", "3", "\"text\"", "{}x", "not json"
    };
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++)
        cr_assert_eq(keystore_parse(&keystore, mm_bytes_str(wrong[i]), NULL), KEYSTORE_NOT_JSON,
                     "%s", wrong[i]);
}

/* The largest tree that fits the largest file must fit the memory that is set aside for it. */
Test(keystore, the_most_crowded_file_is_parsed)
{
    static char crowded[KEYSTORE_FILE_BYTES_MAX];
    const char *json = VECTORS[ETHERS_VECTOR].json;
    const char *rest = json + 1;
    const char head[] = "{\"x\":[";
    const size_t tail = strlen(rest) + 3;
    size_t at = 0;
    memcpy(crowded, head, sizeof head - 1);
    at += sizeof head - 1;
    while (at + 2 + tail < sizeof crowded) {
        crowded[at++] = '1';
        crowded[at++] = ',';
    }
    at += (size_t)snprintf(crowded + at, sizeof crowded - at, "1],%s", rest);
    struct keystore keystore;
    cr_assert_eq(keystore_parse(&keystore, mm_bytes_from(crowded, at), NULL), KEYSTORE_OK);
}

Test(keystore, every_failed_allocation_is_survived)
{
#ifndef MINTMARK_CHECKED
    cr_skip_test("needs MINTMARK_CHECKED");
#endif
    for (size_t successes = 0;; successes++) {
        struct keystore keystore;
        mm_heap_fail_after(successes);
        const enum keystore_verdict verdict =
            keystore_parse(&keystore, mm_bytes_str(VECTORS[ETHERS_VECTOR].json), NULL);
        mm_heap_fail_after(SIZE_MAX);
        if (verdict == KEYSTORE_OK)
            break;
        cr_assert_eq(verdict, KEYSTORE_NO_MEMORY);
        cr_assert_lt(successes, 1000);
    }
}

Test(keystore, name_is_the_time_and_the_address)
{
    mm_addr addr;
    cr_assert(hex_read_addr(&addr, mm_bytes_str("0x7ef5a6135f1fd6a02593eedc869c6d41d934aef8")));
    char name[KEYSTORE_NAME_LETTERS + 1];
    keystore_name(name, &addr, 1458651475920751759);
    cr_assert_str_eq(
        name, "UTC--2016-03-22T12-57-55.920751759Z--7ef5a6135f1fd6a02593eedc869c6d41d934aef8");
    keystore_name(name, &addr, 0);
    cr_assert_str_eq(
        name, "UTC--1970-01-01T00-00-00.000000000Z--7ef5a6135f1fd6a02593eedc869c6d41d934aef8");
    keystore_name(name, &addr, INT64_MAX);
    cr_assert_eq(memcmp(name, "UTC--2262-04-11T", 16), 0);
}
