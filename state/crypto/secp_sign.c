/* Keys in locked memory, and signatures with them.
 *
 * Verification needs no context of its own, signing does: libsecp256k1 keeps the table start and a blinding value in it. It is made
 * once, at the first key. It is not re-randomised: this library has no source of randomness by rule, and a shared context
 * may not change while others sign; the library's constant-time arithmetic does not depend on it. */
#include <secp256k1_recovery.h>
#include <sodium.h>
#include <stdatomic.h>

#include "state/base/assert.h"
#include "state/crypto/secp_internal.h"

struct secp_secret {
    uint8_t key[32];
    uint8_t public33[33]; /* known once, since every key is asked for its address */
    mm_addr addr;
};

/* NULL when there is no memory. Two threads may both make one; the second is thrown away. Lives as long as the process. */
static const secp256k1_context *signing_context(void)
{
    static secp256k1_context *_Atomic shared;
    secp256k1_context *context = atomic_load_explicit(&shared, memory_order_acquire);
    if (context != NULL)
        return context;
    secp256k1_context *made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    if (made == NULL)
        return NULL;
    if (atomic_compare_exchange_strong(&shared, &context, made))
        return made;
    secp256k1_context_destroy(made);
    return context;
}

/* Takes the key that already stands in the secret; frees the secret and gives NULL when it is not a key. */
static struct secp_secret *finish(struct secp_secret *taken_secret)
{
    const secp256k1_context *context = signing_context();
    secp256k1_pubkey public;
    if (context == NULL || !secp256k1_ec_pubkey_create(context, &public, taken_secret->key)) {
        secp_secret_free(taken_secret);
        return NULL;
    }
    size_t len = sizeof taken_secret->public33;
    const int written = secp256k1_ec_pubkey_serialize(context, taken_secret->public33, &len,
                                                      &public, SECP256K1_EC_COMPRESSED);
    MM_ASSERT(written == 1 && len == sizeof taken_secret->public33);
    taken_secret->addr = secp_addr_of_public(&public);
    return taken_secret;
}

static struct secp_secret *allocate(const uint8_t key[32])
{
    /* Finds the page size that locked memory is laid out by. Idempotent and safe from any thread. */
    if (sodium_init() < 0)
        return NULL;
    struct secp_secret *secret = sodium_malloc(sizeof *secret);
    if (secret != NULL)
        memcpy(secret->key, key, sizeof secret->key);
    return secret;
}

struct secp_secret *secp_secret_new(const uint8_t key[32])
{
    struct secp_secret *secret = allocate(key);
    return secret == NULL ? NULL : finish(secret);
}

void secp_secret_free(struct secp_secret *secret)
{
    sodium_free(secret); /* wipes; takes NULL */
}

const uint8_t *secp_secret_bytes(const struct secp_secret *secret)
{
    return secret->key;
}

mm_addr secp_secret_addr(const struct secp_secret *secret)
{
    return secret->addr;
}

void secp_secret_public33(uint8_t out[33], const struct secp_secret *secret)
{
    memcpy(out, secret->public33, sizeof secret->public33);
}

struct secp_secret *secp_secret_tweaked(const struct secp_secret *secret, const uint8_t tweak[32])
{
    struct secp_secret *sum = allocate(secret->key);
    if (sum == NULL)
        return NULL;
    if (!secp256k1_ec_seckey_tweak_add(secp256k1_context_static, sum->key, tweak)) {
        secp_secret_free(sum);
        return NULL;
    }
    return finish(sum);
}

struct secp_signature secp_sign(const struct secp_secret *secret, const mm_hash32 *digest)
{
    const secp256k1_context *context = signing_context();
    MM_ASSERT(context != NULL); /* a secret exists only after it was made */
    secp256k1_ecdsa_recoverable_signature signature;
    const int made = secp256k1_ecdsa_sign_recoverable(context, &signature, digest->b, secret->key,
                                                      secp256k1_nonce_function_rfc6979, NULL);
    MM_ASSERT(made == 1); /* the key was checked; a nonce that fails is as likely as a collision */
    uint8_t compact[64];
    int parity = -1;
    (void)secp256k1_ecdsa_recoverable_signature_serialize_compact(context, compact, &parity,
                                                                  &signature);
    /* 2 and 3 say that r was not below the order before it was reduced, once in 2^127 signatures. */
    MM_ASSERT(parity == 0 || parity == 1);
    struct secp_signature out = { .parity = (uint8_t)parity };
    memcpy(out.r.b, compact, 32);
    memcpy(out.s.b, compact + 32, 32);
    MM_ASSERT(secp_is_low_s(&out.s));
    return out;
}
