#include "state/crypto/personal.h"

#include <stdio.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

mm_hash32 personal_digest(mm_bytes message)
{
    char head[64];
    const int len = snprintf(head, sizeof head,
                             "\x19"
                             "Ethereum Signed Message:\n%zu",
                             message.len);
    return keccak256_pair(mm_bytes_from(head, (size_t)len), message);
}

bool personal_read_signature(struct secp_signature *signature, mm_bytes text)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    uint8_t *v = &bytes[SECP_SIGNATURE_BYTES - 1];
    if (!hex_read_fixed(bytes, sizeof bytes, text))
        return false;
    if (*v >= 27)
        *v = (uint8_t)(*v - 27);
    return secp_signature_from_bytes(signature, bytes);
}

bool personal_signer(mm_addr *signer, mm_bytes message, const struct secp_signature *signature)
{
    const mm_hash32 digest = personal_digest(message);
    return secp_recover(signer, signature, &digest, SECP_LOW_S);
}
