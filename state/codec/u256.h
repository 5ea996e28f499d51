/* 256-bit unsigned integers: balances, fees, token ids, storage words.
 *
 * Four 64-bit limbs, the least significant first. Values are copied. Arithmetic that can overflow comes in two kinds:
 * the checked one returns false (and leaves *out zero) and its result must be looked at; the wrapping one is named so and is
 * for Solidity's unchecked arithmetic and for slot numbers. Nothing here is constant-time: no secrets. */
#ifndef STATE_CODEC_U256_H
#define STATE_CODEC_U256_H

#include "state/base/bytes.h"
#include "state/base/err.h"

typedef struct mm_u256 {
    uint64_t limb[4];
} mm_u256;

enum { U256_DECIMAL_MAX = 78 }; /* digits of 2^256 - 1 */

static inline mm_u256 u256_from_u64(uint64_t value)
{
    return (mm_u256){ { value, 0, 0, 0 } };
}

static inline bool u256_is_zero(const mm_u256 *a)
{
    return (a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]) == 0;
}

static inline bool u256_equal(const mm_u256 *a, const mm_u256 *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* <0, 0, >0 */
int u256_compare(const mm_u256 *a, const mm_u256 *b);

/* Whether it fits 64 bits; then it is limb[0]. */
static inline bool u256_fits_u64(const mm_u256 *a)
{
    return (a->limb[1] | a->limb[2] | a->limb[3]) == 0;
}

/* Big-endian, 32 bytes. */
mm_u256 u256_from_be32(const uint8_t bytes[32]);
void u256_to_be32(uint8_t bytes[32], const mm_u256 *a);
mm_u256 u256_from_hash(const mm_hash32 *hash);
mm_hash32 u256_to_hash(const mm_u256 *a);
/* An address as a number, as the EVM pads it, and the low 20 bytes of a number. */
mm_u256 u256_from_addr(const mm_addr *addr);
mm_addr u256_to_addr(const mm_u256 *a);
/* Big-endian of at most 32 bytes; leading zeros allowed. False when longer. */
MM_MUST_USE bool u256_from_be(mm_u256 *out, mm_bytes bytes);
/* Number of bytes without leading zeros: 0 to 32. */
size_t u256_byte_len(const mm_u256 *a);
/* Number of bits: 0 to 256. */
unsigned u256_bit_len(const mm_u256 *a);

MM_MUST_USE bool u256_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b);
MM_MUST_USE bool u256_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b);
MM_MUST_USE bool u256_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b);
mm_u256 u256_wrapping_add(const mm_u256 *a, const mm_u256 *b);
mm_u256 u256_wrapping_sub(const mm_u256 *a, const mm_u256 *b);
mm_u256 u256_wrapping_mul(const mm_u256 *a, const mm_u256 *b);
/* Quotient and remainder; divisor is not zero (asserted). Either output may be NULL; outputs may alias inputs. */
void u256_divmod(mm_u256 *quotient, mm_u256 *remainder, const mm_u256 *a, const mm_u256 *divisor);
mm_u256 u256_min(const mm_u256 *a, const mm_u256 *b);

/* Decimal text, terminated. Returns its length. */
size_t u256_to_decimal(char out[U256_DECIMAL_MAX + 1], const mm_u256 *a);
/* Digits only, at least one, no sign; false on anything else or on overflow. */
MM_MUST_USE bool u256_from_decimal(mm_u256 *out, mm_bytes text);

#endif
