#include "p2p/content/multihash.h"

#include <openssl/evp.h>
#include <sodium.h>

#include "p2p/content/varint.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* 0: any length, or a function not in the table (*known says which). */
static size_t digest_bytes(uint64_t code, bool *known)
{
    *known = true;
    switch (code) {
    case MULTIHASH_IDENTITY:
        return 0;
    case MULTIHASH_SHA2_256:
    case MULTIHASH_BLAKE2B_256:
        return 32;
    case MULTIHASH_SHA2_512:
        return 64;
    default:
        *known = false;
        return 0;
    }
}

bool multihash_is_supported(const struct multihash *hash)
{
    bool known;
    (void)digest_bytes(hash->code, &known);
    return known;
}

static enum multihash_verdict decode(struct multihash *out, size_t *used, mm_bytes in)
{
    size_t at = 0;
    size_t step = varint_read(&out->code, in);
    if (step == 0)
        return MULTIHASH_BAD_VARINT;
    at += step;
    uint64_t len;
    step = varint_read(&len, (mm_bytes){ in.ptr + at, in.len - at });
    if (step == 0)
        return MULTIHASH_BAD_VARINT;
    at += step;
    if (len > MULTIHASH_DIGEST_MAX)
        return MULTIHASH_TOO_LONG;
    if (len > in.len - at)
        return MULTIHASH_TRUNCATED;
    bool known;
    const size_t expected = digest_bytes(out->code, &known);
    if (expected != 0 && len != expected)
        return MULTIHASH_BAD_LENGTH;
    out->len = (uint8_t)len;
    if (len > 0)
        memcpy(out->digest, in.ptr + at, (size_t)len);
    *used = at + (size_t)len;
    return known ? MULTIHASH_OK : MULTIHASH_UNSUPPORTED;
}

enum multihash_verdict multihash_decode(struct multihash *out, size_t *used, mm_bytes in)
{
    *used = 0;
    out->len = 0;
    return decode(out, used, in);
}

size_t multihash_encode(uint8_t out[MULTIHASH_BYTES_MAX], const struct multihash *hash)
{
    MM_ASSERT(hash->len <= MULTIHASH_DIGEST_MAX);
    size_t at = varint_put(out, hash->code);
    at += varint_put(out + at, hash->len);
    memcpy(out + at, hash->digest, hash->len);
    return at + hash->len;
}

bool multihash_equal(const struct multihash *a, const struct multihash *b)
{
    return a->code == b->code && a->len == b->len && memcmp(a->digest, b->digest, a->len) == 0;
}

struct multihasher {
    EVP_MD_CTX *context; /* owned */
    EVP_MD *
        sha2_256; /* owned: fetched once, an implicit fetch costs more than hashing a small block */
    EVP_MD *sha2_512; /* owned, NULL until asked for */
};

struct multihasher *multihasher_new(void)
{
    struct multihasher *hasher = mm_heap_zeroed(1, sizeof *hasher);
    if (hasher == NULL)
        return NULL;
    hasher->context = EVP_MD_CTX_new();
    hasher->sha2_256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    if (hasher->context == NULL || hasher->sha2_256 == NULL) {
        multihasher_free(hasher);
        return NULL;
    }
    return hasher;
}

void multihasher_free(struct multihasher *hasher)
{
    if (hasher == NULL)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->sha2_256);
    EVP_MD_free(hasher->sha2_512);
    mm_heap_free(hasher);
}

static mm_err digest_evp(struct multihasher *hasher, const EVP_MD *function, struct multihash *out,
                         const mm_bytes *parts, size_t part_count)
{
    if (EVP_DigestInit_ex(hasher->context, function, NULL) != 1)
        return MM_ERR_CRYPTO;
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].len > 0 && EVP_DigestUpdate(hasher->context, parts[i].ptr, parts[i].len) != 1)
            return MM_ERR_CRYPTO;
    unsigned len = 0;
    if (EVP_DigestFinal_ex(hasher->context, out->digest, &len) != 1)
        return MM_ERR_CRYPTO;
    out->len = (uint8_t)len;
    return MM_OK;
}

static mm_err digest_blake2b(struct multihash *out, const mm_bytes *parts, size_t part_count)
{
    crypto_generichash_state state;
    if (crypto_generichash_init(&state, NULL, 0, 32) != 0)
        return MM_ERR_CRYPTO;
    for (size_t i = 0; i < part_count; i++)
        if (parts[i].len > 0 && crypto_generichash_update(&state, parts[i].ptr, parts[i].len) != 0)
            return MM_ERR_CRYPTO;
    if (crypto_generichash_final(&state, out->digest, 32) != 0)
        return MM_ERR_CRYPTO;
    out->len = 32;
    return MM_OK;
}

static mm_err digest_identity(struct multihash *out, const mm_bytes *parts, size_t part_count)
{
    size_t at = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].len > MULTIHASH_DIGEST_MAX - at)
            return MM_ERR_INVALID;
        if (parts[i].len > 0)
            memcpy(out->digest + at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    out->len = (uint8_t)at;
    return MM_OK;
}

mm_err multihasher_digest(struct multihasher *hasher, struct multihash *out, uint64_t code,
                          const mm_bytes *parts, size_t part_count)
{
    out->code = code;
    out->len = 0;
    switch (code) {
    case MULTIHASH_SHA2_256:
        return digest_evp(hasher, hasher->sha2_256, out, parts, part_count);
    case MULTIHASH_SHA2_512:
        if (hasher->sha2_512 == NULL)
            hasher->sha2_512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
        if (hasher->sha2_512 == NULL)
            return MM_ERR_CRYPTO;
        return digest_evp(hasher, hasher->sha2_512, out, parts, part_count);
    case MULTIHASH_BLAKE2B_256:
        return digest_blake2b(out, parts, part_count);
    case MULTIHASH_IDENTITY:
        return digest_identity(out, parts, part_count);
    default:
        return MM_ERR_INVALID;
    }
}

mm_err multihasher_check(struct multihasher *hasher, const struct multihash *expected,
                         mm_bytes block)
{
    if (expected->code == MULTIHASH_IDENTITY)
        return mm_bytes_equal(block, (mm_bytes){ expected->digest, expected->len })
                   ? MM_OK
                   : MM_ERR_CORRUPT;
    struct multihash found;
    MM_TRY(multihasher_digest(hasher, &found, expected->code, &block, 1));
    return multihash_equal(&found, expected) ? MM_OK : MM_ERR_CORRUPT;
}
