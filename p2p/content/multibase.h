/* Multibase: bytes as text, with the alphabet named by the first character.
 *
 *     f  base16      68656c6c6f        k  base36      big number, case-insensitive
 *     b  base32      RFC 4648, lower   z  base58btc   big number, Bitcoin's alphabet
 *     u  base64url   RFC 4648, no padding
 *
 * One value has one text: padding, left-over bits that are not zero and lengths that no encoder makes are
 * refused. base16, base32 and base36 read both cases (the multibase table demands it) and write the lower
 * one. Other prefixes of the table are refused. base36 and base58 convert a number, which costs the square of
 * its length; so the bytes are bounded. Nothing allocates. Threads: pure functions.
 * Source: multiformats/multibase; RFC 4648. */
#ifndef P2P_CONTENT_MULTIBASE_H
#define P2P_CONTENT_MULTIBASE_H

#include "state/base/bytes.h"
#include "state/base/err.h"

enum {
    MULTIBASE_BYTES_MAX = 256, /* twice the longest CID */
    MULTIBASE_TEXT_MAX =
        1 + 2 * MULTIBASE_BYTES_MAX, /* the prefix and base16, the longest of them */
};

enum multibase {
    MULTIBASE_BASE16 = 'f',
    MULTIBASE_BASE32 = 'b',
    MULTIBASE_BASE36 = 'k',
    MULTIBASE_BASE58BTC = 'z',
    MULTIBASE_BASE64URL = 'u',
};

enum multibase_verdict {
    MULTIBASE_OK = 0,
    MULTIBASE_UNKNOWN,       /* no prefix, or one of an alphabet not read here */
    MULTIBASE_BAD_CHARACTER, /* not in the alphabet */
    MULTIBASE_NOT_CANONICAL, /* a length or left-over bits that no encoder makes */
    MULTIBASE_TOO_LONG,      /* more than MULTIBASE_BYTES_MAX bytes */
};

/* Returns the characters written, prefix included, without a terminator. bytes.len is at most MULTIBASE_BYTES_MAX. */
size_t multibase_encode(char out[MULTIBASE_TEXT_MAX], enum multibase base, mm_bytes bytes);
/* Out: *len bytes in out; 0 on failure. */
MM_MUST_USE enum multibase_verdict multibase_decode(uint8_t out[MULTIBASE_BYTES_MAX], size_t *len,
                                                    mm_bytes text);

/* base58btc without a prefix: how CIDv0 is written. */
size_t base58btc_encode(char out[MULTIBASE_TEXT_MAX], mm_bytes bytes);
MM_MUST_USE enum multibase_verdict base58btc_decode(uint8_t out[MULTIBASE_BYTES_MAX], size_t *len,
                                                    mm_bytes text);

#endif
