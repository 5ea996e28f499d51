/* BIP-32: the tree of keys, private derivation. */
#include "node/keys/hdwallet.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "state/base/assert.h"
#include "state/base/endian.h"

struct hdwallet {
    struct secp_secret *key; /* owned */
    uint8_t chain_code[32];
};

/* One HMAC-SHA512 and what goes into it; locked. */
struct derivation {
    uint8_t data[33 + 4];
    uint8_t left[32];  /* I_L: the key, or what is added to it */
    uint8_t right[32]; /* I_R: the chain code */
};

static void *locked(size_t size)
{
    void *memory = sodium_init() < 0 ? NULL : sodium_malloc(size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

static bool hmac_sha512(struct derivation *d, mm_bytes key, mm_bytes data)
{
    _Static_assert(offsetof(struct derivation, right) == offsetof(struct derivation, left) + 32,
                   "one digest fills both halves");
    unsigned len = 0;
    return HMAC(EVP_sha512(), key.ptr, (int)key.len, data.ptr, data.len, d->left, &len) != NULL &&
           len == sizeof d->left + sizeof d->right;
}

/* Out: *out owns taken_key; on failure the key is freed. */
static enum hdwallet_verdict assemble(struct hdwallet **out, struct secp_secret *taken_key,
                                      const uint8_t chain_code[32])
{
    *out = locked(sizeof **out);
    if (*out == NULL) {
        secp_secret_free(taken_key);
        return HDWALLET_NO_MEMORY;
    }
    (*out)->key = taken_key;
    memcpy((*out)->chain_code, chain_code, sizeof(*out)->chain_code);
    return HDWALLET_OK;
}

enum hdwallet_verdict hdwallet_from_seed(struct hdwallet **out, mm_bytes seed)
{
    *out = NULL;
    if (seed.len < 16 || seed.len > HDWALLET_SEED_BYTES)
        return HDWALLET_BAD_SEED;
    struct derivation *d = locked(sizeof *d);
    if (d == NULL)
        return HDWALLET_NO_MEMORY;
    enum hdwallet_verdict verdict = HDWALLET_NO_MEMORY;
    if (hmac_sha512(d, MM_BYTES_LIT("Bitcoin seed"), seed)) {
        struct secp_secret *key = secp_secret_new(d->left);
        verdict = key == NULL ? HDWALLET_BAD_SEED : assemble(out, key, d->right);
    }
    sodium_free(d);
    return verdict;
}

enum hdwallet_verdict hdwallet_from_mnemonic(struct hdwallet **out, mm_bytes mnemonic,
                                             mm_bytes passphrase, struct mm_reason *reason)
{
    *out = NULL;
    uint8_t *seed = locked(HDWALLET_SEED_BYTES);
    if (seed == NULL)
        return HDWALLET_NO_MEMORY;
    enum hdwallet_verdict verdict = hdwallet_seed_of(seed, mnemonic, passphrase, reason);
    if (verdict == HDWALLET_OK)
        verdict = hdwallet_from_seed(out, mm_bytes_from(seed, HDWALLET_SEED_BYTES));
    sodium_free(seed);
    return verdict;
}

void hdwallet_free(struct hdwallet *wallet)
{
    if (wallet == NULL)
        return;
    secp_secret_free(wallet->key);
    sodium_free(wallet);
}

const struct secp_secret *hdwallet_secret(const struct hdwallet *wallet)
{
    return wallet->key;
}

const uint8_t *hdwallet_chain_code(const struct hdwallet *wallet)
{
    return wallet->chain_code;
}

enum hdwallet_verdict hdwallet_child(struct hdwallet **out, const struct hdwallet *parent,
                                     uint32_t index)
{
    *out = NULL;
    struct derivation *d = locked(sizeof *d);
    if (d == NULL)
        return HDWALLET_NO_MEMORY;
    if (index & HDWALLET_HARDENED)
        memcpy(d->data + 1, secp_secret_bytes(parent->key), 32); /* behind a zero byte */
    else
        secp_secret_public33(d->data, parent->key);
    mm_put_be32(d->data + 33, index);
    enum hdwallet_verdict verdict = HDWALLET_NO_MEMORY;
    if (hmac_sha512(d, MM_BYTES_OF(parent->chain_code), MM_BYTES_OF(d->data))) {
        struct secp_secret *key = secp_secret_tweaked(parent->key, d->left);
        verdict = key == NULL ? HDWALLET_NO_CHILD : assemble(out, key, d->right);
    }
    sodium_free(d);
    return verdict;
}

/* One step of a path: digits, at most 2^31 - 1, and perhaps a mark. *at stands behind it afterwards. */
static bool read_step(uint32_t *index, mm_bytes path, size_t *at)
{
    uint64_t value = 0;
    size_t digits = 0;
    for (; *at < path.len && path.ptr[*at] >= '0' && path.ptr[*at] <= '9'; (*at)++, digits++) {
        value = value * 10 + (uint64_t)(path.ptr[*at] - '0');
        if (value >= HDWALLET_HARDENED)
            return false;
    }
    if (digits == 0)
        return false;
    *index = (uint32_t)value;
    if (*at < path.len && (path.ptr[*at] == '\'' || path.ptr[*at] == 'h' || path.ptr[*at] == 'H')) {
        *index |= HDWALLET_HARDENED;
        (*at)++;
    }
    return true;
}

/* `m` and at most HDWALLET_DEPTH_MAX steps, each behind a slash. */
static bool read_path(uint32_t steps[HDWALLET_DEPTH_MAX], size_t *depth, mm_bytes path)
{
    *depth = 0;
    if (path.len == 0 || path.ptr[0] != 'm')
        return false;
    for (size_t at = 1; at < path.len; (*depth)++) {
        if (path.ptr[at++] != '/' || *depth == HDWALLET_DEPTH_MAX ||
            !read_step(&steps[*depth], path, &at))
            return false;
    }
    return true;
}

enum hdwallet_verdict hdwallet_descend(struct hdwallet **out, const struct hdwallet *from,
                                       mm_bytes path)
{
    *out = NULL;
    uint32_t steps[HDWALLET_DEPTH_MAX];
    size_t depth;
    if (!read_path(steps, &depth, path))
        return HDWALLET_BAD_PATH;
    struct secp_secret *copy = secp_secret_new(secp_secret_bytes(from->key));
    if (copy == NULL)
        return HDWALLET_NO_MEMORY;
    struct hdwallet *place;
    enum hdwallet_verdict verdict = assemble(&place, copy, from->chain_code);
    for (size_t i = 0; verdict == HDWALLET_OK && i < depth; i++) {
        struct hdwallet *child;
        verdict = hdwallet_child(&child, place, steps[i]);
        hdwallet_free(place);
        place = child;
    }
    *out = place; /* NULL where a step failed */
    MM_ASSERT((place != NULL) == (verdict == HDWALLET_OK));
    return verdict;
}

enum hdwallet_verdict hdwallet_accounts(struct secp_secret **out, size_t count, uint32_t first,
                                        const struct hdwallet *master)
{
    MM_ASSERT(first < HDWALLET_HARDENED && count <= HDWALLET_HARDENED - first);
    for (size_t i = 0; i < count; i++)
        out[i] = NULL;
    struct hdwallet *parent;
    enum hdwallet_verdict verdict =
        hdwallet_descend(&parent, master, mm_bytes_str(HDWALLET_ETHEREUM_PATH));
    for (size_t i = 0; verdict == HDWALLET_OK && i < count; i++) {
        struct hdwallet *account;
        verdict = hdwallet_child(&account, parent, first + (uint32_t)i);
        if (verdict != HDWALLET_OK)
            break;
        out[i] = account->key;
        account->key = NULL;
        hdwallet_free(account);
    }
    hdwallet_free(parent);
    for (size_t i = 0; verdict != HDWALLET_OK && i < count; i++) {
        secp_secret_free(out[i]);
        out[i] = NULL;
    }
    return verdict;
}
