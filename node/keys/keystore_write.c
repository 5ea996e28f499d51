/* A struct keystore as text, and the name of its file. */
#include <stdio.h>
#include <time.h>

#include "node/keys/keystore.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"

/* Key files write bytes without 0x. */
static void add_digits(struct json_writer *w, mm_bytes bytes)
{
    char digits[2 * KEYSTORE_SALT_BYTES_MAX];
    MM_ASSERT(bytes.len <= KEYSTORE_SALT_BYTES_MAX);
    hex_encode(digits, bytes);
    json_add_string(w, mm_bytes_from(digits, 2 * bytes.len));
}

static void add_kdf(struct json_writer *w, const struct keystore *k)
{
    json_key(w, "kdf");
    json_add_text(w, k->kdf == KEYSTORE_SCRYPT ? "scrypt" : "pbkdf2");
    json_key(w, "kdfparams");
    json_open_object(w);
    if (k->kdf == KEYSTORE_PBKDF2) {
        json_key(w, "c");
        json_add_u64(w, k->pbkdf2_rounds);
    }
    json_key(w, "dklen");
    json_add_u64(w, 32);
    if (k->kdf == KEYSTORE_SCRYPT) {
        json_key(w, "n");
        json_add_u64(w, k->scrypt_n);
        json_key(w, "p");
        json_add_u64(w, k->scrypt_p);
        json_key(w, "r");
        json_add_u64(w, k->scrypt_r);
    } else {
        json_key(w, "prf");
        json_add_text(w, "hmac-sha256");
    }
    json_key(w, "salt");
    add_digits(w, mm_bytes_from(k->salt, k->salt_len));
    json_close_object(w);
}

void keystore_write(struct mm_buf *buf, const struct keystore *k)
{
    struct json_writer w = json_writer_over(buf);
    json_open_object(&w);
    if (k->has_addr) {
        json_key(&w, "address");
        add_digits(&w, mm_bytes_addr(&k->addr));
    }
    json_key(&w, "crypto");
    json_open_object(&w);
    json_key(&w, "cipher");
    json_add_text(&w, "aes-128-ctr");
    json_key(&w, "ciphertext");
    add_digits(&w, mm_bytes_from(k->ciphertext, k->ciphertext_len));
    json_key(&w, "cipherparams");
    json_open_object(&w);
    json_key(&w, "iv");
    add_digits(&w, MM_BYTES_OF(k->iv));
    json_close_object(&w);
    add_kdf(&w, k);
    json_key(&w, "mac");
    add_digits(&w, mm_bytes_hash(&k->mac));
    json_close_object(&w);
    if (k->id[0] != '\0') {
        json_key(&w, "id");
        json_add_text(&w, k->id);
    }
    json_key(&w, "version");
    json_add_u64(&w, 3);
    json_close_object(&w);
}

void keystore_name(char out[KEYSTORE_NAME_LETTERS + 1], const mm_addr *addr, int64_t unix_ns)
{
    MM_ASSERT(unix_ns >= 0); /* then the year has four digits: 64 bits of nanoseconds end in 2262 */
    const time_t seconds = (time_t)(unix_ns / 1000000000);
    struct tm utc;
    MM_ASSERT(gmtime_r(&seconds, &utc) != NULL);
    char digits[41] = { 0 };
    hex_encode(digits, mm_bytes_addr(addr));
    char name[128];
    const int len = snprintf(name, sizeof name, "UTC--%04d-%02d-%02dT%02d-%02d-%02d.%09dZ--%s",
                             utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                             utc.tm_min, utc.tm_sec, (int)(unix_ns % 1000000000), digits);
    MM_ASSERT(len == KEYSTORE_NAME_LETTERS);
    memcpy(out, name, KEYSTORE_NAME_LETTERS + 1);
}
