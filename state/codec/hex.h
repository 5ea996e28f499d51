/* Hexadecimal text: data and quantities of JSON-RPC (execution-apis, "Encoding").
 *
 * Data is `0x` and an even number of digits; a quantity is `0x` and digits without leading zeros, zero is `0x0`. Output is
 * lower case. Input takes both cases. */
#ifndef STATE_CODEC_HEX_H
#define STATE_CODEC_HEX_H

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/codec/u256.h"

/* Digits without prefix; out holds 2 * bytes.len characters and no terminator. */
void hex_encode(char *out, mm_bytes bytes);
/* Digits without prefix, an even number, into out[text.len / 2]. False on anything else; out is then undefined. */
MM_MUST_USE bool hex_decode(uint8_t *out, mm_bytes text);

/* `0x` and the digits. */
void hex_add_data(struct mm_buf *buf, mm_bytes bytes);
void hex_add_u64(struct mm_buf *buf, uint64_t value);
void hex_add_u256(struct mm_buf *buf, const mm_u256 *value);

/* `0x`-prefixed data of exactly `len` bytes. */
MM_MUST_USE bool hex_read_fixed(uint8_t *out, size_t len, mm_bytes text);
/* Whether it looks like data (`0x` and an even number of characters), and of how many bytes. The digits are not looked at
 * yet: hex_decode of what follows the prefix does. */
MM_MUST_USE bool hex_data_len(size_t *len, mm_bytes text);
/* `0x`-prefixed quantity without leading zeros. False on anything else and when it does not fit. */
MM_MUST_USE bool hex_read_u64(uint64_t *out, mm_bytes text);
MM_MUST_USE bool hex_read_u256(mm_u256 *out, mm_bytes text);

static inline bool hex_read_addr(mm_addr *out, mm_bytes text)
{
    return hex_read_fixed(out->b, sizeof out->b, text);
}
static inline bool hex_read_hash(mm_hash32 *out, mm_bytes text)
{
    return hex_read_fixed(out->b, sizeof out->b, text);
}

#endif
