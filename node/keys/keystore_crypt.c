/* Password to key, and a private key in and out of its ciphertext. */
#include <errno.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "node/keys/keystore_internal.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

/* Secrets of one opening or closing; locked. */
struct work {
    uint8_t derived[32];               /* dk */
    uint8_t plain[KEYSTORE_KEY_BYTES]; /* the private key */
    struct keccak sponge;              /* has absorbed half of dk */
};

static struct work *work_new(void)
{
    struct work *work = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *work);
    if (work != NULL)
        memset(work, 0, sizeof *work);
    return work;
}

bool keystore_is_affordable(const struct keystore *k)
{
    if (k->kdf == KEYSTORE_PBKDF2)
        return k->pbkdf2_rounds <= KEYSTORE_PBKDF2_ROUNDS_MAX;
    /* Divisions, so that nothing overflows: n is any 64-bit number of the file's. */
    const uint64_t blocks_max = KEYSTORE_SCRYPT_BYTES_MAX / 128; /* n * r */
    if (k->scrypt_r == 0 || k->scrypt_p == 0 || k->scrypt_n > blocks_max / k->scrypt_r)
        return false;
    const uint64_t blocks = k->scrypt_n * k->scrypt_r;
    return k->scrypt_p <= KEYSTORE_SCRYPT_WORK_UNITS_MAX * blocks_max / blocks &&
           /* scrypt's other buffer */
           k->scrypt_p <= blocks_max / k->scrypt_r;
}

static mm_err derive(struct work *work, const struct keystore *k, mm_bytes password,
                     struct mm_reason *reason)
{
    if (!keystore_is_affordable(k))
        return mm_fail(reason, MM_ERR_LIMIT, "key file: %s",
                       keystore_verdict_text(KEYSTORE_TOO_COSTLY));
    static const uint8_t nothing[1];
    const uint8_t *bytes =
        password.len == 0 ? nothing : password.ptr; /* both libraries want a pointer */
    if (k->kdf == KEYSTORE_PBKDF2) {
        if (password.len > INT32_MAX)
            return mm_fail(reason, MM_ERR_LIMIT, "the password is too long");
        if (PKCS5_PBKDF2_HMAC((const char *)bytes, (int)password.len, k->salt, (int)k->salt_len,
                              (int)k->pbkdf2_rounds, EVP_sha256(), sizeof work->derived,
                              work->derived) != 1)
            return mm_fail(reason, MM_ERR_NO_MEMORY, "pbkdf2 failed");
        return MM_OK;
    }
    errno = 0;
    if (crypto_pwhash_scryptsalsa208sha256_ll(bytes, password.len, k->salt, k->salt_len,
                                              k->scrypt_n, k->scrypt_r, k->scrypt_p, work->derived,
                                              sizeof work->derived) == 0)
        return MM_OK;
    if (errno == ENOMEM)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no memory for scrypt (%llu MiB)",
                       (unsigned long long)(k->scrypt_n * k->scrypt_r * 128 >> 20));
    return mm_fail(reason, MM_ERR_INVALID, "scrypt refuses n %llu, r %u, p %u",
                   (unsigned long long)k->scrypt_n, k->scrypt_r, k->scrypt_p);
}

static mm_hash32 mac_of(struct work *work, const struct keystore *k)
{
    keccak_init(&work->sponge);
    keccak_update(&work->sponge, mm_bytes_from(work->derived + 16, 16));
    keccak_update(&work->sponge, mm_bytes_from(k->ciphertext, k->ciphertext_len));
    return keccak_final(&work->sponge);
}

/* AES-128-CTR with the first half of dk; both directions are the same. */
static bool apply_cipher(uint8_t *out, mm_bytes in, const struct work *work,
                         const struct keystore *k)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    const bool done =
        context != NULL &&
        EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, work->derived, k->iv) == 1 &&
        EVP_EncryptUpdate(context, out, &len, in.ptr, (int)in.len) == 1 && len == (int)in.len;
    EVP_CIPHER_CTX_free(context); /* wipes its key */
    return done;
}

static mm_err open_with(struct secp_secret **secret, struct work *work, const struct keystore *k,
                        mm_bytes password, struct mm_reason *reason)
{
    MM_TRY(derive(work, k, password, reason));
    const mm_hash32 mac = mac_of(work, k);
    if (sodium_memcmp(mac.b, k->mac.b, sizeof mac.b) != 0)
        return mm_fail(reason, MM_ERR_CRYPTO, "wrong password");
    /* A shorter key is a number whose leading zeros were dropped. */
    uint8_t *key = work->plain + sizeof work->plain - k->ciphertext_len;
    if (!apply_cipher(key, mm_bytes_from(k->ciphertext, k->ciphertext_len), work, k))
        return mm_fail(reason, MM_ERR_NO_MEMORY, "aes-128-ctr failed");
    struct secp_secret *made = secp_secret_new(work->plain);
    if (made == NULL)
        return mm_fail(reason, MM_ERR_CORRUPT, "key file: what is inside is not a private key");
    const mm_addr addr = secp_secret_addr(made);
    if (k->has_addr && !mm_addr_equal(&addr, &k->addr)) {
        secp_secret_free(made);
        return mm_fail(reason, MM_ERR_CORRUPT,
                       "key file: the key inside is not that of the address outside");
    }
    *secret = made;
    return MM_OK;
}

mm_err keystore_decrypt(struct secp_secret **secret, const struct keystore *keystore,
                        mm_bytes password, struct mm_reason *reason)
{
    *secret = NULL;
    MM_ASSERT(keystore->ciphertext_len <= KEYSTORE_KEY_BYTES &&
              keystore->salt_len <= KEYSTORE_SALT_BYTES_MAX);
    struct work *work = work_new();
    if (work == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
    const mm_err err = open_with(secret, work, keystore, password, reason);
    sodium_free(work);
    return err;
}

/* RFC 9562, version 4. */
static void random_uuid(char out[KEYSTORE_ID_LETTERS + 1])
{
    uint8_t bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    size_t at = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        hex_encode(out + at, mm_bytes_from(bytes + i, 1));
        at += 2;
    }
    MM_ASSERT(at == KEYSTORE_ID_LETTERS);
    out[at] = '\0';
}

mm_err keystore_encrypt(struct keystore *out, const struct secp_secret *secret, mm_bytes password,
                        enum keystore_cost cost, struct mm_reason *reason)
{
    memset(out, 0, sizeof *out);
    struct work *work = work_new();
    if (work == NULL)
        return mm_fail(reason, MM_ERR_NO_MEMORY, "no locked memory");
    struct keystore k = {
        .has_addr = true,
        .addr = secp_secret_addr(secret),
        .kdf = KEYSTORE_SCRYPT,
        .scrypt_n = cost == KEYSTORE_STANDARD ? 262144 : 4096,
        .scrypt_r = 8,
        .scrypt_p = cost == KEYSTORE_STANDARD ? 1 : 6,
        .salt_len = 32,
        .ciphertext_len = KEYSTORE_KEY_BYTES,
    };
    random_uuid(k.id);
    randombytes_buf(k.salt, k.salt_len);
    randombytes_buf(k.iv, sizeof k.iv);
    mm_err err = derive(work, &k, password, reason);
    if (err == MM_OK &&
        !apply_cipher(k.ciphertext, mm_bytes_from(secp_secret_bytes(secret), KEYSTORE_KEY_BYTES),
                      work, &k))
        err = mm_fail(reason, MM_ERR_NO_MEMORY, "aes-128-ctr failed");
    if (err == MM_OK) {
        k.mac = mac_of(work, &k);
        *out = k;
    }
    sodium_free(work);
    return err;
}
