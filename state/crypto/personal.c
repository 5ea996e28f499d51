#include "state/crypto/personal.h"

#include <stdio.h>

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
