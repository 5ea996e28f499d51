#include "state/crypto/address.h"

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"

/* EIP-55: digit i is upper case where nibble i of the Keccak-256 of the 40 lower-case digits is 8 or more. */
static void checksum_case(char digits[40])
{
    const mm_hash32 hash = keccak256(mm_bytes_from(digits, 40));
    for (size_t i = 0; i < 40; i++) {
        const unsigned nibble = i % 2 == 0 ? hash.b[i / 2] >> 4 : hash.b[i / 2] & 15u;
        if (nibble >= 8 && digits[i] >= 'a')
            digits[i] = (char)(digits[i] - 'a' + 'A');
    }
}

void address_to_text(char out[ADDRESS_TEXT + 1], const mm_addr *addr)
{
    out[0] = '0';
    out[1] = 'x';
    hex_encode(out + 2, mm_bytes_addr(addr));
    checksum_case(out + 2);
    out[ADDRESS_TEXT] = '\0';
}

enum address_verdict address_from_text(mm_addr *out, mm_bytes text)
{
    memset(out, 0, sizeof *out);
    mm_addr addr;
    if (!hex_read_addr(&addr, text))
        return ADDRESS_MALFORMED;
    bool has_lower = false;
    bool has_upper = false;
    for (size_t i = 2; i < ADDRESS_TEXT; i++) {
        has_lower = has_lower || (text.ptr[i] >= 'a' && text.ptr[i] <= 'f');
        has_upper = has_upper || (text.ptr[i] >= 'A' && text.ptr[i] <= 'F');
    }
    if (has_lower && has_upper) {
        char expected[ADDRESS_TEXT + 1];
        address_to_text(expected, &addr);
        if (memcmp(expected + 2, text.ptr + 2, 40) != 0)
            return ADDRESS_BAD_CHECKSUM;
    }
    *out = addr;
    return ADDRESS_OK;
}

/* The list [20 bytes, integer] takes at most 1 + 21 + 9 bytes, always in the short forms of RLP, so it is written in place: a
 * function that gives an address must not be able to run out of memory. Its test compares it with codec/rlp. */
mm_addr address_of_create(const mm_addr *creator, uint64_t nonce)
{
    uint8_t list[1 + 21 + 9];
    size_t len = 1;
    list[len++] = 0x80 + 20;
    memcpy(list + len, creator->b, sizeof creator->b);
    len += sizeof creator->b;
    size_t nonce_bytes = 0;
    while (nonce_bytes < 8 && nonce >> (8 * nonce_bytes) != 0)
        nonce_bytes++;
    if (nonce_bytes != 1 || nonce >= 0x80)
        list[len++] = (uint8_t)(0x80 + nonce_bytes);
    for (size_t i = nonce_bytes; i > 0; i--)
        list[len++] = (uint8_t)(nonce >> (8 * (i - 1)));
    list[0] = (uint8_t)(0xc0 + len - 1);

    const mm_hash32 hash = keccak256(mm_bytes_from(list, len));
    mm_addr addr;
    memcpy(addr.b, hash.b + 12, sizeof addr.b);
    return addr;
}
