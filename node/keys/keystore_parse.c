/* The file's text into a struct keystore. */
#include <stdio.h>

#include "node/keys/keystore_internal.h"
#include "state/base/arena.h"
#include "state/base/assert.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"

/* A tree of the largest file: two characters make at most one node. */
#define PARSE_BYTES_MAX ((size_t)128 * KEYSTORE_FILE_BYTES_MAX)

const char *keystore_verdict_text(enum keystore_verdict verdict)
{
    switch (verdict) {
    case KEYSTORE_OK:
        return "ok";
    case KEYSTORE_TOO_LARGE:
        return "too large for a key file";
    case KEYSTORE_NOT_JSON:
        return "not a JSON object";
    case KEYSTORE_BAD_VERSION:
        return "not version 3 of Web3 Secret Storage";
    case KEYSTORE_UNKNOWN_CIPHER:
        return "unknown cipher";
    case KEYSTORE_UNKNOWN_KDF:
        return "unknown key derivation function";
    case KEYSTORE_UNKNOWN_PRF:
        return "unknown function inside pbkdf2";
    case KEYSTORE_BAD_FIELD:
        return "a field is missing or malformed";
    case KEYSTORE_BAD_SCRYPT:
        return "impossible scrypt parameters";
    case KEYSTORE_TOO_COSTLY:
        return "its password would cost too much memory or time";
    case KEYSTORE_NO_MEMORY:
        return "out of memory";
    }
    return "unknown verdict";
}

mm_err keystore_verdict_err(enum keystore_verdict verdict)
{
    switch (verdict) {
    case KEYSTORE_OK:
        return MM_OK;
    case KEYSTORE_TOO_LARGE:
    case KEYSTORE_TOO_COSTLY:
        return MM_ERR_LIMIT;
    case KEYSTORE_BAD_VERSION:
        return MM_ERR_VERSION;
    case KEYSTORE_NOT_JSON:
    case KEYSTORE_UNKNOWN_CIPHER:
    case KEYSTORE_UNKNOWN_KDF:
    case KEYSTORE_UNKNOWN_PRF:
    case KEYSTORE_BAD_FIELD:
    case KEYSTORE_BAD_SCRYPT:
        return MM_ERR_INVALID;
    case KEYSTORE_NO_MEMORY:
        return MM_ERR_NO_MEMORY;
    }
    MM_UNREACHABLE();
}

/* One parse: where it goes and how it explains itself. */
struct parse {
    struct keystore *out;
    struct mm_reason *reason;
};

static enum keystore_verdict bad_field(const struct parse *p, const char *name)
{
    (void)mm_fail(p->reason, MM_ERR_INVALID, "key file: field %s is missing or malformed", name);
    return KEYSTORE_BAD_FIELD;
}

/* Names the thing we do not know, as far as it can be printed. */
static enum keystore_verdict unknown(const struct parse *p, enum keystore_verdict verdict,
                                     const struct json *value)
{
    char shown[33] = { 0 };
    const size_t len = value->text.len < sizeof shown - 1 ? value->text.len : sizeof shown - 1;
    for (size_t i = 0; i < len; i++) {
        const uint8_t c = value->text.ptr[i];
        shown[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    (void)mm_fail(p->reason, MM_ERR_INVALID, "key file: %s: \"%s\"", keystore_verdict_text(verdict),
                  shown);
    return verdict;
}

static bool is_string(const struct json *value)
{
    return value != NULL && value->kind == JSON_STRING;
}

/* Digits, with or without 0x, of at most `size` bytes. */
static bool read_digits(uint8_t *out, size_t *len, size_t size, const struct json *value)
{
    *len = 0;
    if (!is_string(value))
        return false;
    mm_bytes digits = value->text;
    if (digits.len >= 2 && digits.ptr[0] == '0' && digits.ptr[1] == 'x')
        digits = mm_bytes_from(digits.ptr + 2, digits.len - 2);
    if (digits.len > 2 * size || !hex_decode(out, digits))
        return false;
    *len = digits.len / 2;
    return true;
}

static bool read_exactly(uint8_t *out, size_t size, const struct json *value)
{
    size_t len;
    return read_digits(out, &len, size, value) && len == size;
}

/* A number of 1 to 2^32 - 1. */
static bool read_u32(uint32_t *out, const struct json *value)
{
    uint64_t wide;
    *out = 0;
    if (value == NULL || !json_u64(&wide, value) || wide == 0 || wide > UINT32_MAX)
        return false;
    *out = (uint32_t)wide;
    return true;
}

static bool is_uuid(mm_bytes text)
{
    if (text.len != KEYSTORE_ID_LETTERS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool is_digit =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? c != '-' : !is_digit)
            return false;
    }
    return true;
}

static enum keystore_verdict parse_scrypt(const struct parse *p, const struct json *params)
{
    const struct json *n = json_find(params, "n");
    if (n == NULL || !json_u64(&p->out->scrypt_n, n))
        return bad_field(p, "kdfparams.n");
    if (!read_u32(&p->out->scrypt_r, json_find(params, "r")))
        return bad_field(p, "kdfparams.r");
    if (!read_u32(&p->out->scrypt_p, json_find(params, "p")))
        return bad_field(p, "kdfparams.p");
    const uint64_t value = p->out->scrypt_n;
    if (value < 2 || (value & (value - 1)) != 0) {
        (void)mm_fail(p->reason, MM_ERR_INVALID, "key file: scrypt's n is not a power of two");
        return KEYSTORE_BAD_SCRYPT;
    }
    return KEYSTORE_OK;
}

static enum keystore_verdict parse_pbkdf2(const struct parse *p, const struct json *params)
{
    const struct json *prf = json_find(params, "prf");
    if (!is_string(prf))
        return bad_field(p, "kdfparams.prf");
    if (!json_is_text(prf, "hmac-sha256"))
        return unknown(p, KEYSTORE_UNKNOWN_PRF, prf);
    if (!read_u32(&p->out->pbkdf2_rounds, json_find(params, "c")))
        return bad_field(p, "kdfparams.c");
    return KEYSTORE_OK;
}

static enum keystore_verdict parse_kdf(const struct parse *p, const struct json *crypto)
{
    const struct json *kdf = json_find(crypto, "kdf");
    const struct json *params = json_find(crypto, "kdfparams");
    if (!is_string(kdf))
        return bad_field(p, "kdf");
    if (params == NULL || params->kind != JSON_OBJECT)
        return bad_field(p, "kdfparams");
    enum keystore_verdict verdict;
    if (json_is_text(kdf, "scrypt")) {
        p->out->kdf = KEYSTORE_SCRYPT;
        verdict = parse_scrypt(p, params);
    } else if (json_is_text(kdf, "pbkdf2")) {
        p->out->kdf = KEYSTORE_PBKDF2;
        verdict = parse_pbkdf2(p, params);
    } else {
        verdict = unknown(p, KEYSTORE_UNKNOWN_KDF, kdf);
    }
    if (verdict != KEYSTORE_OK)
        return verdict;
    /* Both KDFs give a longer key that begins with the shorter one, and only the first 32 bytes are used. */
    uint32_t derived_len;
    if (!read_u32(&derived_len, json_find(params, "dklen")) || derived_len < 32)
        return bad_field(p, "kdfparams.dklen");
    if (!read_digits(p->out->salt, &p->out->salt_len, sizeof p->out->salt,
                     json_find(params, "salt")))
        return bad_field(p, "kdfparams.salt");
    if (!keystore_is_affordable(p->out)) {
        (void)mm_fail(p->reason, MM_ERR_LIMIT, "key file: %s",
                      keystore_verdict_text(KEYSTORE_TOO_COSTLY));
        return KEYSTORE_TOO_COSTLY;
    }
    return KEYSTORE_OK;
}

static enum keystore_verdict parse_crypto(const struct parse *p, const struct json *crypto)
{
    if (crypto == NULL || crypto->kind != JSON_OBJECT)
        return bad_field(p, "crypto");
    const struct json *cipher = json_find(crypto, "cipher");
    if (!is_string(cipher))
        return bad_field(p, "cipher");
    if (!json_is_text(cipher, "aes-128-ctr"))
        return unknown(p, KEYSTORE_UNKNOWN_CIPHER, cipher);
    const struct json *params = json_find(crypto, "cipherparams");
    if (params == NULL || !read_exactly(p->out->iv, sizeof p->out->iv, json_find(params, "iv")))
        return bad_field(p, "cipherparams.iv");
    if (!read_digits(p->out->ciphertext, &p->out->ciphertext_len, sizeof p->out->ciphertext,
                     json_find(crypto, "ciphertext")) ||
        p->out->ciphertext_len == 0)
        return bad_field(p, "ciphertext");
    if (!read_exactly(p->out->mac.b, sizeof p->out->mac.b, json_find(crypto, "mac")))
        return bad_field(p, "mac");
    return parse_kdf(p, crypto);
}

static enum keystore_verdict parse_object(const struct parse *p, const struct json *object)
{
    if (object->kind != JSON_OBJECT) {
        (void)mm_fail(p->reason, MM_ERR_INVALID, "key file: %s",
                      keystore_verdict_text(KEYSTORE_NOT_JSON));
        return KEYSTORE_NOT_JSON;
    }
    const struct json *version = json_find(object, "version");
    uint64_t number;
    if (version == NULL)
        return bad_field(p, "version");
    if (!json_u64(&number, version) || number != 3)
        return unknown(p, KEYSTORE_BAD_VERSION, version);
    const struct json *addr = json_find(object, "address");
    if (addr != NULL && addr->kind != JSON_NULL) {
        if (!read_exactly(p->out->addr.b, sizeof p->out->addr.b, addr))
            return bad_field(p, "address");
        p->out->has_addr = true;
    }
    const struct json *id = json_find(object, "id");
    if (is_string(id) && is_uuid(id->text))
        memcpy(p->out->id, id->text.ptr, KEYSTORE_ID_LETTERS);
    const struct json *crypto = json_find(object, "crypto");
    const struct json *older = json_find(object, "Crypto");
    if (crypto != NULL && older != NULL)
        return bad_field(p, "crypto (there twice)");
    return parse_crypto(p, crypto != NULL ? crypto : older);
}

enum keystore_verdict keystore_parse(struct keystore *out, mm_bytes text, struct mm_reason *reason)
{
    memset(out, 0, sizeof *out);
    if (text.len > KEYSTORE_FILE_BYTES_MAX) {
        (void)mm_fail(reason, MM_ERR_LIMIT, "key file: %s",
                      keystore_verdict_text(KEYSTORE_TOO_LARGE));
        return KEYSTORE_TOO_LARGE;
    }
    struct mm_arena arena;
    mm_arena_init(&arena, PARSE_BYTES_MAX);
    const struct parse p = { .out = out, .reason = reason };
    const struct json_options options = { .unique_keys = true };
    struct json object;
    enum keystore_verdict verdict = KEYSTORE_NOT_JSON;
    switch (json_parse(&arena, &object, text, &options, reason)) {
    case JSON_OK:
        verdict = parse_object(&p, &object);
        break;
    case JSON_NO_MEMORY:
        verdict = KEYSTORE_NO_MEMORY;
        break;
    case JSON_SYNTAX:
    case JSON_BAD_UTF8:
    case JSON_TOO_DEEP:
    case JSON_DUPLICATE:
        break;
    }
    mm_arena_fini(&arena);
    if (verdict != KEYSTORE_OK)
        memset(out, 0, sizeof *out);
    return verdict;
}
