#include "p2p/wire/node_key.h"

#include <sodium.h>

_Static_assert(NODE_KEY_SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519's seed");
_Static_assert(NODE_KEY_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519's signature");
_Static_assert(sizeof(node_id) == crypto_sign_PUBLICKEYBYTES, "Ed25519's public key");

struct node_key {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    node_id id;
};

mm_err node_key_new(struct node_key **key, const uint8_t seed[NODE_KEY_SEED_BYTES])
{
    *key = sodium_init() < 0 ? NULL : sodium_malloc(sizeof **key);
    if (*key == NULL)
        return MM_ERR_NO_MEMORY;
    (void)crypto_sign_seed_keypair((*key)->id.b, (*key)->secret, seed);
    (void)sodium_mprotect_readonly(*key);
    return MM_OK;
}

void node_key_free(struct node_key *key)
{
    sodium_free(key); /* wipes */
}

node_id node_key_id(const struct node_key *key)
{
    return key->id;
}

void node_key_sign(const struct node_key *key, uint8_t signature[NODE_KEY_SIGNATURE_BYTES],
                   mm_bytes message)
{
    (void)crypto_sign_detached(signature, NULL, message.ptr, message.len, key->secret);
}

bool node_id_verify(const node_id *id, const uint8_t signature[NODE_KEY_SIGNATURE_BYTES],
                    mm_bytes message)
{
    return crypto_sign_verify_detached(signature, message.ptr, message.len, id->b) == 0;
}
