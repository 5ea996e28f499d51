#include <stdio.h>

#include "rpc/avatar/avatar.h"
#include "state/codec/hex.h"
#include "state/crypto/address.h"

size_t avatar_text(char out[AVATAR_TEXT_MAX + 1], const mm_addr *addr, uint64_t chain_id,
                   const mm_hash32 *sha256, uint64_t expires_s)
{
    char address[ADDRESS_TEXT + 1];
    char digest[2 * sizeof sha256->b + 1] = "";
    address_to_text(address, addr);
    hex_encode(digest, mm_bytes_hash(sha256));
    return (size_t)snprintf(out, AVATAR_TEXT_MAX + 1,
                            "mintmark: set my profile picture\naddress: %s\nchain: %llu\n"
                            "sha256: %s\nexpires: %llu",
                            address, (unsigned long long)chain_id, digest,
                            (unsigned long long)expires_s);
}
