/* Keys in files: Web3 Secret Storage, version 3, as go-ethereum, ethers and most wallets write it.
 *
 *     password --scrypt or PBKDF2--> dk[32]        dk[0..16)   AES-128-CTR of the private key -> ciphertext
 *                                                  dk[16..32)  keccak256(dk[16..32) | ciphertext) = mac
 *
 *     {"address": "7ef5…", "id": "3198bc9c-…", "version": 3,
 *      "crypto": {"cipher": "aes-128-ctr", "cipherparams": {"iv": "…"}, "ciphertext": "…", "mac": "…",
 *                 "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 262144, "r": 8, "p": 1, "salt": "…"}}}
 *
 * A file is first parsed into a struct keystore, which holds no secret, and only then opened with a password. Parsing takes
 * what is in the wild: `Crypto` for `crypto`, a missing address or id, 0x in front of digits, keys of fewer than 32
 * bytes from clients that dropped leading zeros. It refuses by name what it does not do: other versions, ciphers and KDFs.
 * A file says itself how much work and memory its password costs, so a hostile one could ask for all of it: what would
 * pass the limits below is refused before anything is computed.
 *
 * The password is bytes. ethers takes its NFKC form; for ASCII they are the same.
 * The file holds 0600 in a folder of 0700, appears whole or not at all (temporary file, fsync, rename, fsync of the folder) and
 * replaces no other file.
 *
 * Memory: derived and private keys are in libsodium's locked pages and wiped; scrypt's own working memory (up to 1 GiB) is
 * unmapped, not locked. Threads: all functions are safe at once. Cost: about a second by intent for the standard file.
 * Source: "Web3 Secret Storage Definition" (ethereum.org), RFC 7914 (scrypt), RFC 8018 (PBKDF2). */
#ifndef NODE_KEYS_KEYSTORE_H
#define NODE_KEYS_KEYSTORE_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/err.h"
#include "state/crypto/secp.h"

enum {
    KEYSTORE_FILE_BYTES_MAX = 64 << 10, /* a real one has about 500 bytes */
    KEYSTORE_SALT_BYTES_MAX = 256,      /* all known writers: 32 */
    KEYSTORE_KEY_BYTES = 32,
    KEYSTORE_ID_LETTERS = 36, /* a UUID */
    /* scrypt takes 128 * n * r bytes: four times what go-ethereum's standard file asks for. */
    KEYSTORE_SCRYPT_BYTES_MAX = 1 << 30,
    /* scrypt's time goes with 128 * n * r * p: about 20 s of one core. */
    KEYSTORE_SCRYPT_WORK_UNITS_MAX = 4,    /* of KEYSTORE_SCRYPT_BYTES_MAX */
    KEYSTORE_PBKDF2_ROUNDS_MAX = 10000000, /* known writers: 262 144; about 5 s */
    KEYSTORE_NAME_LETTERS =
        77, /* UTC--2016-03-22T12-57-55.920751759Z--7ef5…, without the terminator */
};

enum keystore_kdf { KEYSTORE_SCRYPT, KEYSTORE_PBKDF2 };

/* A parsed file. No secrets, no pointers. */
struct keystore {
    bool has_addr;
    mm_addr addr;                     /* zero without has_addr */
    char id[KEYSTORE_ID_LETTERS + 1]; /* empty where the file has none that is a UUID */
    enum keystore_kdf kdf;
    uint64_t scrypt_n; /* a power of two, 0 for the other KDF */
    uint32_t scrypt_r;
    uint32_t scrypt_p;
    uint32_t pbkdf2_rounds; /* 0 for the other KDF */
    uint8_t salt[KEYSTORE_SALT_BYTES_MAX];
    size_t salt_len;
    uint8_t iv[16];
    uint8_t ciphertext[KEYSTORE_KEY_BYTES];
    size_t ciphertext_len; /* 1 to 32; the key's leading zeros may be missing */
    mm_hash32 mac;
};

enum keystore_verdict {
    KEYSTORE_OK = 0,
    KEYSTORE_TOO_LARGE,      /* above KEYSTORE_FILE_BYTES_MAX */
    KEYSTORE_NOT_JSON,       /* not one JSON object with unique keys */
    KEYSTORE_BAD_VERSION,    /* version is not 3 */
    KEYSTORE_UNKNOWN_CIPHER, /* not aes-128-ctr */
    KEYSTORE_UNKNOWN_KDF,    /* neither scrypt nor pbkdf2 */
    KEYSTORE_UNKNOWN_PRF,    /* pbkdf2 with something else than hmac-sha256 */
    KEYSTORE_BAD_FIELD,      /* a field is missing or malformed; the reason names it */
    KEYSTORE_BAD_SCRYPT,     /* RFC 7914: n is a power of two above 1, r and p are not 0 */
    KEYSTORE_TOO_COSTLY,     /* above the limits of memory, work or rounds */
    KEYSTORE_NO_MEMORY,
};

/* Never NULL. */
const char *keystore_verdict_text(enum keystore_verdict verdict);
/* The error of the world that a verdict comes to for someone who only wanted to read a file. */
mm_err keystore_verdict_err(enum keystore_verdict verdict);

/* Out: *out, zero on refusal. reason (may be NULL) names the field or the unknown thing. */
MM_MUST_USE enum keystore_verdict keystore_parse(struct keystore *out, mm_bytes text,
                                                 struct mm_reason *reason);
/* Appends the file: one line of JSON, keys in go-ethereum's order. Errors stay in the buffer. */
void keystore_write(struct mm_buf *buf, const struct keystore *keystore);

/* Out: *secret, NULL on failure, free with secp_secret_free.
 * MM_ERR_CRYPTO: the password is wrong. MM_ERR_CORRUPT: it is right, but what is inside is no key or not that of the address.
 * MM_ERR_LIMIT: the parameters pass the limits above. MM_ERR_NO_MEMORY: scrypt did not get its memory. */
MM_MUST_USE mm_err keystore_decrypt(struct secp_secret **secret, const struct keystore *keystore,
                                    mm_bytes password, struct mm_reason *reason);

enum keystore_cost {
    KEYSTORE_STANDARD, /* n = 262144, r = 8, p = 1: 256 MiB, about a second */
    KEYSTORE_LIGHT, /* n = 4096, r = 8, p = 6: 4 MiB, about 100 ms; for tests and throw-away keys */
};
/* With new salt, iv and id. Out: *out, zero on failure. */
MM_MUST_USE mm_err keystore_encrypt(struct keystore *out, const struct secp_secret *secret,
                                    mm_bytes password, enum keystore_cost cost,
                                    struct mm_reason *reason);

/* The name go-ethereum gives: the time, nanoseconds since 1970, and the address. Terminated. */
void keystore_name(char out[KEYSTORE_NAME_LETTERS + 1], const mm_addr *addr, int64_t unix_ns);

/* Reads and parses a regular file. */
MM_MUST_USE mm_err keystore_load(struct keystore *out, const char *path, struct mm_reason *reason);
/* Writes a new file into the folder, which is made when it is not there (its parent is not). MM_ERR_EXISTS: the name is taken. */
MM_MUST_USE mm_err keystore_save(const struct keystore *keystore, const char *folder,
                                 const char *name, struct mm_reason *reason);

#endif
