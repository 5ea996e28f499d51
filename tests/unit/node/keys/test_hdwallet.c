#include "node/keys/hdwallet.h"

#include <criterion/criterion.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "node/keys/bip39_internal.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"
#include "tests/unit/node/keys/vectors.h"

static size_t bytes_of(uint8_t *out, const char *digits)
{
    cr_assert(hex_decode(out, mm_bytes_str(digits)));
    return strlen(digits) / 2;
}

/* An extended key of BIP-32: version 4 | depth 1 | fingerprint 4 | index 4 | chain code 32 | key 33 | checksum 4. */
enum { EXTENDED_BYTES = 82, CHAIN_CODE_AT = 13, KEY_AT = 45 };

/* Base58Check, for the vectors alone. */
static void read_extended(uint8_t out[EXTENDED_BYTES], const char *text)
{
    static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    memset(out, 0, EXTENDED_BYTES);
    for (; *text != '\0'; text++) {
        const char *digit = strchr(alphabet, *text);
        cr_assert_not_null(digit);
        unsigned carry = (unsigned)(digit - alphabet);
        for (size_t i = EXTENDED_BYTES; i > 0; i--) {
            carry += 58u * out[i - 1];
            out[i - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        cr_assert_eq(carry, 0);
    }
    uint8_t once[32];
    uint8_t twice[32];
    (void)SHA256(out, EXTENDED_BYTES - 4, once);
    (void)SHA256(once, sizeof once, twice);
    cr_assert_eq(memcmp(twice, out + EXTENDED_BYTES - 4, 4), 0);
}

static void assert_is(const struct hdwallet *wallet, const char *xprv)
{
    uint8_t extended[EXTENDED_BYTES];
    read_extended(extended, xprv);
    cr_assert_eq(memcmp(hdwallet_chain_code(wallet), extended + CHAIN_CODE_AT, 32), 0);
    cr_assert_eq(memcmp(secp_secret_bytes(hdwallet_secret(wallet)), extended + KEY_AT + 1, 32), 0);
}

Test(hdwallet, word_list_is_the_published_one)
{
    static char file[BIP39_WORDS * (HDWALLET_WORD_LETTERS_MAX + 1) + 1];
    size_t len = 0;
    for (size_t i = 0; i < BIP39_WORDS; i++)
        len += (size_t)snprintf(file + len, sizeof file - len, "%s\n", BIP39_ENGLISH[i]);
    uint8_t digest[32];
    (void)SHA256((const uint8_t *)file, len, digest);
    uint8_t expected[32];
    (void)bytes_of(expected, "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
    cr_assert_eq(memcmp(digest, expected, 32), 0);
}

Test(hdwallet, words_seeds_and_master_keys_are_those_of_the_bip39_vectors)
{
    for (size_t i = 0; i < MM_COUNT_OF(BIP39_VECTORS); i++) {
        uint8_t entropy[32];
        const size_t len = bytes_of(entropy, BIP39_VECTORS[i].entropy);
        char mnemonic[HDWALLET_MNEMONIC_MAX + 1];
        cr_assert(hdwallet_mnemonic_of(mnemonic, mm_bytes_from(entropy, len)));
        cr_assert_str_eq(mnemonic, BIP39_VECTORS[i].mnemonic);

        uint8_t seed[HDWALLET_SEED_BYTES];
        uint8_t expected[HDWALLET_SEED_BYTES];
        cr_assert_eq(bytes_of(expected, BIP39_VECTORS[i].seed), HDWALLET_SEED_BYTES);
        cr_assert_eq(hdwallet_seed_of(seed, mm_bytes_str(mnemonic), MM_BYTES_LIT("TREZOR"), NULL),
                     HDWALLET_OK);
        cr_assert_eq(memcmp(seed, expected, sizeof seed), 0);

        struct hdwallet *master;
        cr_assert_eq(
            hdwallet_from_mnemonic(&master, mm_bytes_str(mnemonic), MM_BYTES_LIT("TREZOR"), NULL),
            HDWALLET_OK);
        assert_is(master, BIP39_VECTORS[i].xprv);
        hdwallet_free(master);
    }
}

Test(hdwallet, keys_are_those_of_the_bip32_vectors)
{
    for (size_t i = 0; i < MM_COUNT_OF(BIP32_VECTORS); i++) {
        uint8_t seed[64];
        const size_t len = bytes_of(seed, BIP32_VECTORS[i].seed);
        struct hdwallet *master;
        cr_assert_eq(hdwallet_from_seed(&master, mm_bytes_from(seed, len)), HDWALLET_OK);
        struct hdwallet *place;
        cr_assert_eq(hdwallet_descend(&place, master, mm_bytes_str(BIP32_VECTORS[i].path)),
                     HDWALLET_OK);
        assert_is(place, BIP32_VECTORS[i].xprv);
        uint8_t extended[EXTENDED_BYTES];
        read_extended(extended, BIP32_VECTORS[i].xpub);
        uint8_t public33[33];
        secp_secret_public33(public33, hdwallet_secret(place));
        cr_assert_eq(memcmp(public33, extended + KEY_AT, 33), 0);
        hdwallet_free(place);
        hdwallet_free(master);
    }
}

Test(hdwallet, development_accounts_are_those_every_tool_knows)
{
    static const char *const known[10] = {
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    };
    struct hdwallet *master;
    cr_assert_eq(hdwallet_from_mnemonic(&master, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC),
                                        (mm_bytes){ NULL, 0 }, NULL),
                 HDWALLET_OK);
    struct secp_secret *accounts[10];
    cr_assert_eq(hdwallet_accounts(accounts, 10, 0, master), HDWALLET_OK);
    for (size_t i = 0; i < 10; i++) {
        const mm_addr addr = secp_secret_addr(accounts[i]);
        char text[ADDRESS_TEXT + 1];
        address_to_text(text, &addr);
        cr_assert_str_eq(text, known[i]);
        secp_secret_free(accounts[i]);
    }
    struct secp_secret *ninth;
    cr_assert_eq(hdwallet_accounts(&ninth, 1, 9, master), HDWALLET_OK);
    const mm_addr addr = secp_secret_addr(ninth);
    char text[ADDRESS_TEXT + 1];
    address_to_text(text, &addr);
    cr_assert_str_eq(text, known[9]);
    secp_secret_free(ninth);
    hdwallet_free(master);
}

Test(hdwallet, reads_words_in_either_case_with_any_white_space)
{
    uint8_t plain[HDWALLET_SEED_BYTES];
    uint8_t odd[HDWALLET_SEED_BYTES];
    cr_assert_eq(
        hdwallet_seed_of(plain, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC), (mm_bytes){ NULL, 0 }, NULL),
        HDWALLET_OK);
    cr_assert_eq(
        hdwallet_seed_of(
            odd,
            MM_BYTES_LIT("  Test TEST\ttest test  test test\r\ntest test test test test JUNK\n"),
            (mm_bytes){ NULL, 0 }, NULL),
        HDWALLET_OK);
    cr_assert_eq(memcmp(plain, odd, sizeof plain), 0);
}

Test(hdwallet, every_word_is_found_and_its_neighbours_are_not)
{
    for (size_t i = 0; i < BIP39_WORDS; i++) {
        /* Eleven times abandon is zero bits, so the last word carries 7 bits of entropy and the checksum: exactly one in 16 of
         * the words is right; the others must be refused for their checksum, not as unknown. */
        char text[HDWALLET_MNEMONIC_MAX + 8] = { 0 };
        for (int word = 0; word < 11; word++)
            strcat(text, "abandon ");
        strcat(text, BIP39_ENGLISH[i]);
        const enum hdwallet_verdict verdict = hdwallet_check_mnemonic(mm_bytes_str(text), NULL);
        cr_assert(verdict == HDWALLET_OK || verdict == HDWALLET_BAD_CHECKSUM, "%s",
                  BIP39_ENGLISH[i]);
        strcat(text, "x");
        cr_assert_eq(hdwallet_check_mnemonic(mm_bytes_str(text), NULL), HDWALLET_UNKNOWN_WORD);
    }
}

Test(hdwallet, one_last_word_in_sixteen_fits_twelve_words)
{
    size_t fitting = 0;
    for (size_t i = 0; i < BIP39_WORDS; i++) {
        char text[HDWALLET_MNEMONIC_MAX + 1] = { 0 };
        for (int word = 0; word < 11; word++)
            strcat(text, "zebra ");
        strcat(text, BIP39_ENGLISH[i]);
        fitting += hdwallet_check_mnemonic(mm_bytes_str(text), NULL) == HDWALLET_OK;
    }
    cr_assert_eq(fitting, BIP39_WORDS / 16);
}

Test(hdwallet, says_which_rule_a_mnemonic_breaks)
{
    struct mm_reason reason;
    cr_assert_eq(hdwallet_check_mnemonic(MM_BYTES_LIT(""), &reason), HDWALLET_WORD_COUNT);
    cr_assert_eq(hdwallet_check_mnemonic(MM_BYTES_LIT("test test test"), &reason),
                 HDWALLET_WORD_COUNT);
    cr_assert_eq(hdwallet_check_mnemonic(MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC " test"), &reason),
                 HDWALLET_WORD_COUNT);
    cr_assert_eq(
        hdwallet_check_mnemonic(
            MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC " " HDWALLET_DEV_MNEMONIC " " HDWALLET_DEV_MNEMONIC),
            &reason),
        HDWALLET_WORD_COUNT);
    cr_assert_eq(
        hdwallet_check_mnemonic(
            MM_BYTES_LIT("test test test test test test test test test test test test"), &reason),
        HDWALLET_BAD_CHECKSUM);
    cr_assert_eq(hdwallet_check_mnemonic(MM_BYTES_LIT("test test secretly test"), &reason),
                 HDWALLET_UNKNOWN_WORD);
    cr_assert_not_null(strstr(reason.text, "word 3"));
    cr_assert_null(strstr(reason.text, "secretly"));
    cr_assert_eq(hdwallet_check_mnemonic(MM_BYTES_LIT("t\xc3\xa9st test"), &reason),
                 HDWALLET_NOT_ASCII);
    uint8_t seed[HDWALLET_SEED_BYTES];
    cr_assert_eq(hdwallet_seed_of(seed, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC),
                                  MM_BYTES_LIT("p\xc3\xa4ss"), &reason),
                 HDWALLET_NOT_ASCII);
    static const char long_passphrase[HDWALLET_PASSPHRASE_BYTES_MAX + 2] = { 'a' };
    cr_assert_eq(hdwallet_seed_of(seed, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC),
                                  mm_bytes_from(long_passphrase, HDWALLET_PASSPHRASE_BYTES_MAX),
                                  &reason),
                 HDWALLET_OK);
    cr_assert_eq(hdwallet_seed_of(seed, MM_BYTES_LIT(HDWALLET_DEV_MNEMONIC),
                                  mm_bytes_from(long_passphrase, HDWALLET_PASSPHRASE_BYTES_MAX + 1),
                                  &reason),
                 HDWALLET_PASSPHRASE_TOO_LONG);
    static const uint8_t zeros[HDWALLET_SEED_BYTES];
    cr_assert_eq(memcmp(seed, zeros, sizeof seed), 0);
}

Test(hdwallet, makes_new_words_that_check_and_differ)
{
    for (unsigned words = 0; words < 30; words++) {
        char first[HDWALLET_MNEMONIC_MAX + 1];
        char second[HDWALLET_MNEMONIC_MAX + 1];
        const bool possible = words >= 12 && words <= 24 && words % 3 == 0;
        cr_assert_eq(hdwallet_mnemonic_new(first, words), possible);
        cr_assert_eq(hdwallet_mnemonic_new(second, words), possible);
        if (!possible) {
            cr_assert_str_eq(first, "");
            continue;
        }
        cr_assert_eq(hdwallet_check_mnemonic(mm_bytes_str(first), NULL), HDWALLET_OK);
        cr_assert_str_neq(first, second);
    }
}

Test(hdwallet, refuses_entropy_and_seeds_of_other_sizes)
{
    static const uint8_t bytes[80] = { 1 };
    for (size_t len = 0; len <= sizeof bytes; len++) {
        char mnemonic[HDWALLET_MNEMONIC_MAX + 1];
        const bool is_entropy = len >= 16 && len <= 32 && len % 4 == 0;
        cr_assert_eq(hdwallet_mnemonic_of(mnemonic, mm_bytes_from(bytes, len)), is_entropy);
        struct hdwallet *master;
        const bool is_seed = len >= 16 && len <= 64;
        cr_assert_eq(hdwallet_from_seed(&master, mm_bytes_from(bytes, len)),
                     is_seed ? HDWALLET_OK : HDWALLET_BAD_SEED);
        cr_assert_eq(master != NULL, is_seed);
        hdwallet_free(master);
    }
}

Test(hdwallet, refuses_what_is_not_a_path)
{
    static const char *const wrong[] = {
        "",    "44",   "/44",  "m/",    "m//0",  "m/0/",         "m0",
        "n/0", "m/-1", "m/ 0", "m/0''", "m/0x1", "m/2147483648", "m/99999999999999999999999",
        "m/'", "M/0",  "m/0h'"
    };
    static const uint8_t seed[16] = { 1 };
    struct hdwallet *master;
    cr_assert_eq(hdwallet_from_seed(&master, MM_BYTES_OF(seed)), HDWALLET_OK);
    for (size_t i = 0; i < MM_COUNT_OF(wrong); i++) {
        struct hdwallet *place;
        cr_assert_eq(hdwallet_descend(&place, master, mm_bytes_str(wrong[i])), HDWALLET_BAD_PATH,
                     "%s", wrong[i]);
        cr_assert_null(place);
    }
    char deep[2 * (HDWALLET_DEPTH_MAX + 1) + 2] = "m";
    for (int i = 0; i <= HDWALLET_DEPTH_MAX; i++)
        strcat(deep, "/0");
    struct hdwallet *place;
    cr_assert_eq(hdwallet_descend(&place, master, mm_bytes_str(deep)), HDWALLET_BAD_PATH);
    hdwallet_free(master);
}

Test(hdwallet, hardened_marks_mean_the_same)
{
    static const char *const paths[] = { "m/44'/60'", "m/44h/60H", "m/44H/60h" };
    static const uint8_t seed[16] = { 7 };
    struct hdwallet *master;
    cr_assert_eq(hdwallet_from_seed(&master, MM_BYTES_OF(seed)), HDWALLET_OK);
    struct hdwallet *step;
    struct hdwallet *expected;
    cr_assert_eq(hdwallet_child(&step, master, 44 | HDWALLET_HARDENED), HDWALLET_OK);
    cr_assert_eq(hdwallet_child(&expected, step, 60 | HDWALLET_HARDENED), HDWALLET_OK);
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++) {
        struct hdwallet *place;
        cr_assert_eq(hdwallet_descend(&place, master, mm_bytes_str(paths[i])), HDWALLET_OK);
        cr_assert_eq(memcmp(hdwallet_chain_code(place), hdwallet_chain_code(expected), 32), 0);
        hdwallet_free(place);
    }
    hdwallet_free(expected);
    hdwallet_free(step);
    hdwallet_free(master);
}
