/* Key files from anywhere: what parses can be written, parses again, and is written the same. A file cheap enough to open (a hostile
 * one may ask for a gigabyte and seconds) is opened as well, with the password of the corpus. */
#include <stdlib.h>

#include "node/keys/keystore.h"
#include "state/base/buf.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_cheap(const struct keystore *k)
{
    if (k->kdf == KEYSTORE_PBKDF2)
        return k->pbkdf2_rounds <= 16;
    return k->scrypt_n <= 16 && k->scrypt_r <= 16 && k->scrypt_p <= 4;
}

static void check_opening(const struct keystore *keystore)
{
    struct secp_secret *secret;
    const mm_err err = keystore_decrypt(&secret, keystore, MM_BYTES_LIT("foo"), NULL);
    REQUIRE((err == MM_OK) == (secret != NULL));
    if (secret == NULL)
        return;
    const mm_addr addr = secp_secret_addr(secret);
    REQUIRE(!keystore->has_addr || mm_addr_equal(&addr, &keystore->addr));
    secp_secret_free(secret);
    REQUIRE(keystore_decrypt(&secret, keystore, MM_BYTES_LIT("fo"), NULL) == MM_ERR_CRYPTO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keystore keystore;
    struct mm_reason reason = { "" };
    const enum keystore_verdict verdict =
        keystore_parse(&keystore, mm_bytes_from(data, size), &reason);
    if (verdict != KEYSTORE_OK) {
        static const struct keystore zero;
        REQUIRE(memcmp(&keystore, &zero, sizeof zero) == 0);
        REQUIRE(verdict == KEYSTORE_NO_MEMORY || reason.text[0] != '\0');
        return 0;
    }
    struct mm_buf first;
    struct mm_buf second;
    mm_buf_init(&first, KEYSTORE_FILE_BYTES_MAX);
    mm_buf_init(&second, KEYSTORE_FILE_BYTES_MAX);
    keystore_write(&first, &keystore);
    REQUIRE(mm_buf_err(&first) == MM_OK);
    struct keystore again;
    REQUIRE(keystore_parse(&again, mm_buf_bytes(&first), NULL) == KEYSTORE_OK);
    keystore_write(&second, &again);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(&first), mm_buf_bytes(&second)));
    if (is_cheap(&keystore))
        check_opening(&keystore);
    mm_buf_fini(&first);
    mm_buf_fini(&second);
    return 0;
}
