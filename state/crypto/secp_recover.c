/* From a signature to the address that made it. */
#include <secp256k1_recovery.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/crypto/secp_internal.h"

/* EIP-2: (n - 1) / 2, the largest s that is low. */
static const uint8_t HALF_ORDER[32] = {
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
};

void secp_signature_to_bytes(uint8_t out[SECP_SIGNATURE_BYTES],
                             const struct secp_signature *signature)
{
    MM_ASSERT(signature->parity <= 1);
    memcpy(out, signature->r.b, 32);
    memcpy(out + 32, signature->s.b, 32);
    out[64] = signature->parity;
}

bool secp_signature_from_bytes(struct secp_signature *out, const uint8_t in[SECP_SIGNATURE_BYTES])
{
    memset(out, 0, sizeof *out);
    if (in[64] > 1)
        return false;
    memcpy(out->r.b, in, 32);
    memcpy(out->s.b, in + 32, 32);
    out->parity = in[64];
    return true;
}

bool secp_is_low_s(const mm_hash32 *s)
{
    return memcmp(s->b, HALF_ORDER, sizeof HALF_ORDER) <= 0;
}

mm_addr secp_addr_of_public(const secp256k1_pubkey *key)
{
    uint8_t point[65]; /* 0x04 | x | y */
    size_t len = sizeof point;
    const int written = secp256k1_ec_pubkey_serialize(secp256k1_context_static, point, &len, key,
                                                      SECP256K1_EC_UNCOMPRESSED);
    MM_ASSERT(written == 1 && len == sizeof point);
    const mm_hash32 hash = keccak256(mm_bytes_from(point + 1, 64));
    mm_addr addr;
    memcpy(addr.b, hash.b + 12, sizeof addr.b);
    return addr;
}

bool secp_recover(mm_addr *signer, const struct secp_signature *signature, const mm_hash32 *digest,
                  enum secp_s_rule rule)
{
    memset(signer, 0, sizeof *signer);
    /* The library knows 2 and 3 as well (r was reduced by the order); Ethereum has no way to write them. */
    if (signature->parity > 1)
        return false;
    if (rule == SECP_LOW_S && !secp_is_low_s(&signature->s))
        return false;
    uint8_t compact[64];
    memcpy(compact, signature->r.b, 32);
    memcpy(compact + 32, signature->s.b, 32);
    /* Parsing refuses r and s that are not below the order, recovering refuses zero and r that is no x of the curve. */
    secp256k1_ecdsa_recoverable_signature parsed;
    secp256k1_pubkey key;
    if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &parsed,
                                                             compact, signature->parity) ||
        !secp256k1_ecdsa_recover(secp256k1_context_static, &key, &parsed, digest->b))
        return false;
    *signer = secp_addr_of_public(&key);
    return true;
}
