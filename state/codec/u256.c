#include "state/codec/u256.h"

#include "state/base/assert.h"
#include "state/base/endian.h"

__extension__ typedef unsigned __int128 u128;

enum { LIMBS = 4 };

static const uint64_t TEN_POW_19 = UINT64_C(10000000000000000000);
enum { DIGITS_A_CHUNK = 19 }; /* decimal digits that always fit 64 bits */

int u256_compare(const mm_u256 *a, const mm_u256 *b)
{
    for (int i = LIMBS - 1; i >= 0; i--) {
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

/* Bytes */

mm_u256 u256_from_be32(const uint8_t bytes[32])
{
    return (mm_u256){ { mm_get_be64(bytes + 24), mm_get_be64(bytes + 16), mm_get_be64(bytes + 8),
                        mm_get_be64(bytes) } };
}

void u256_to_be32(uint8_t bytes[32], const mm_u256 *a)
{
    const mm_u256 value = *a; /* bytes may lie over it */
    mm_put_be64(bytes, value.limb[3]);
    mm_put_be64(bytes + 8, value.limb[2]);
    mm_put_be64(bytes + 16, value.limb[1]);
    mm_put_be64(bytes + 24, value.limb[0]);
}

mm_u256 u256_from_hash(const mm_hash32 *hash)
{
    return u256_from_be32(hash->b);
}

mm_hash32 u256_to_hash(const mm_u256 *a)
{
    mm_hash32 hash;
    u256_to_be32(hash.b, a);
    return hash;
}

mm_u256 u256_from_addr(const mm_addr *addr)
{
    return (mm_u256){ { mm_get_be64(addr->b + 12), mm_get_be64(addr->b + 4), mm_get_be32(addr->b),
                        0 } };
}

mm_addr u256_to_addr(const mm_u256 *a)
{
    mm_addr addr;
    mm_put_be32(addr.b, (uint32_t)a->limb[2]);
    mm_put_be64(addr.b + 4, a->limb[1]);
    mm_put_be64(addr.b + 12, a->limb[0]);
    return addr;
}

bool u256_from_be(mm_u256 *out, mm_bytes bytes)
{
    uint8_t padded[32] = { 0 };
    *out = u256_from_u64(0);
    if (bytes.len > sizeof padded)
        return false;
    if (bytes.len > 0)
        memcpy(padded + sizeof padded - bytes.len, bytes.ptr, bytes.len);
    *out = u256_from_be32(padded);
    return true;
}

unsigned u256_bit_len(const mm_u256 *a)
{
    for (unsigned i = LIMBS; i-- > 0;) {
        if (a->limb[i] != 0)
            return 64 * i + 64 - (unsigned)__builtin_clzll(a->limb[i]);
    }
    return 0;
}

size_t u256_byte_len(const mm_u256 *a)
{
    return (u256_bit_len(a) + 7) / 8;
}

/* Sums */

static bool add_overflows(mm_u256 *out, const mm_u256 *a, const mm_u256 *b)
{
    u128 carry = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        carry += (u128)a->limb[i] + b->limb[i];
        out->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry != 0;
}

static bool sub_borrows(mm_u256 *out, const mm_u256 *a, const mm_u256 *b)
{
    uint64_t borrow = 0;
    for (size_t i = 0; i < LIMBS; i++) {
        const u128 difference = (u128)a->limb[i] - b->limb[i] - borrow;
        out->limb[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    return borrow != 0;
}

bool u256_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b)
{
    if (!add_overflows(out, a, b))
        return true;
    *out = u256_from_u64(0);
    return false;
}

bool u256_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b)
{
    if (!sub_borrows(out, a, b))
        return true;
    *out = u256_from_u64(0);
    return false;
}

mm_u256 u256_wrapping_add(const mm_u256 *a, const mm_u256 *b)
{
    mm_u256 sum;
    (void)add_overflows(&sum, a, b);
    return sum;
}

mm_u256 u256_wrapping_sub(const mm_u256 *a, const mm_u256 *b)
{
    mm_u256 difference;
    (void)sub_borrows(&difference, a, b);
    return difference;
}

/* Products */

bool u256_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b)
{
    if (u256_fits_u64(a) && u256_fits_u64(b)) { /* gas times price, count times size */
        const u128 product = (u128)a->limb[0] * b->limb[0];
        *out = (mm_u256){ { (uint64_t)product, (uint64_t)(product >> 64), 0, 0 } };
        return true;
    }
    uint64_t product[2 * LIMBS] = { 0 };
    for (size_t i = 0; i < LIMBS; i++) {
        if (a->limb[i] == 0)
            continue; /* amounts are mostly short */
        u128 carry = 0;
        for (size_t j = 0; j < LIMBS; j++) {
            /* At most (2^64-1)^2 + 2 (2^64-1) = 2^128 - 1: it fits. */
            carry += (u128)a->limb[i] * b->limb[j] + product[i + j];
            product[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        product[i + LIMBS] = (uint64_t)carry;
    }
    if ((product[4] | product[5] | product[6] | product[7]) != 0) {
        *out = u256_from_u64(0);
        return false;
    }
    memcpy(out->limb, product, sizeof out->limb);
    return true;
}

mm_u256 u256_wrapping_mul(const mm_u256 *a, const mm_u256 *b)
{
    mm_u256 product = u256_from_u64(0);
    for (size_t i = 0; i < LIMBS; i++) {
        u128 carry = 0;
        for (size_t j = 0; i + j < LIMBS; j++) {
            carry += (u128)a->limb[i] * b->limb[j] + product.limb[i + j];
            product.limb[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    return product;
}

/* Quotients */

/* Divides in place by one limb, returns the remainder. */
static uint64_t div_by_u64(mm_u256 *a, uint64_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = LIMBS; i-- > 0;) {
        if (rest == 0 && a->limb[i] < divisor) {
            rest =
                a->limb[i]; /* leading zeros, and all of a small number, cost no 128-bit division */
            a->limb[i] = 0;
            continue;
        }
        const u128 part = (u128)rest << 64 | a->limb[i];
        a->limb[i] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    return rest;
}

/* Shifts `count` limbs left by 0 to 63 bits, returns what falls out. */
static uint64_t shift_left(uint64_t *limbs, size_t count, unsigned bits)
{
    uint64_t out = 0;
    for (size_t i = 0; i < count && bits != 0; i++) {
        const uint64_t limb = limbs[i];
        limbs[i] = limb << bits | out;
        out = limb >> (64 - bits);
    }
    return out;
}

static void shift_right(uint64_t *limbs, size_t count, unsigned bits)
{
    uint64_t in = 0;
    for (size_t i = count; i-- > 0 && bits != 0;) {
        const uint64_t limb = limbs[i];
        limbs[i] = limb >> bits | in;
        in = limb << (64 - bits);
    }
}

/* One quotient limb: divides u[0..n] by v[0..n-1], whose top bit is set, and leaves the remainder in u.
 * Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D, steps D3 to D6. */
static uint64_t quotient_limb(uint64_t *u, const uint64_t *v, size_t n)
{
    const u128 top = (u128)u[n] << 64 | u[n - 1];
    u128 guess = u[n] >= v[n - 1] ? UINT64_MAX : top / v[n - 1];
    u128 rest = top - guess * v[n - 1];
    while (rest >> 64 == 0 && guess * v[n - 2] > (rest << 64 | u[n - 2])) {
        guess--;
        rest += v[n - 1];
    }
    uint64_t carry = 0;
    uint64_t borrow = 0;
    for (size_t i = 0; i < n; i++) {
        const u128 product = guess * v[i] + carry;
        carry = (uint64_t)(product >> 64);
        const u128 difference = (u128)u[i] - (uint64_t)product - borrow;
        u[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    const u128 difference = (u128)u[n] - carry - borrow;
    u[n] = (uint64_t)difference;
    if (difference >> 64 == 0)
        return (uint64_t)guess;
    /* The guess was one too large, about twice in 2^64: add the divisor back. */
    u128 sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (u128)u[i] + v[i];
        u[i] = (uint64_t)sum;
        sum >>= 64;
    }
    u[n] += (uint64_t)sum;
    return (uint64_t)guess - 1;
}

void u256_divmod(mm_u256 *quotient, mm_u256 *remainder, const mm_u256 *a, const mm_u256 *divisor)
{
    MM_ASSERT(!u256_is_zero(divisor));
    mm_u256 result = *a;
    mm_u256 rest;
    if (u256_fits_u64(divisor)) {
        rest = u256_from_u64(div_by_u64(&result, divisor->limb[0]));
    } else if (u256_compare(a, divisor) < 0) {
        rest = *a;
        result = u256_from_u64(0);
    } else {
        mm_u256 v = *divisor;
        const unsigned shift = (256 - u256_bit_len(&v)) % 64;
        const size_t n = (u256_bit_len(&v) + 63) / 64;
        uint64_t u[LIMBS + 1];
        memcpy(u, a->limb, sizeof a->limb);
        u[LIMBS] = shift_left(u, LIMBS, shift);
        (void)shift_left(v.limb, LIMBS, shift);
        result = u256_from_u64(0);
        for (size_t j = LIMBS - n + 1; j-- > 0;)
            result.limb[j] = quotient_limb(u + j, v.limb, n);
        shift_right(u, LIMBS, shift);
        memcpy(rest.limb, u, sizeof rest.limb);
    }
    if (quotient != NULL)
        *quotient = result;
    if (remainder != NULL)
        *remainder = rest;
}

mm_u256 u256_min(const mm_u256 *a, const mm_u256 *b)
{
    return u256_compare(a, b) <= 0 ? *a : *b;
}

/* Decimal */

size_t u256_to_decimal(char out[U256_DECIMAL_MAX + 1], const mm_u256 *a)
{
    char reversed[U256_DECIMAL_MAX + 2]; /* five chunks of 19 are cut short by the last one */
    size_t len = 0;
    mm_u256 left = *a;
    do {
        uint64_t chunk = div_by_u64(&left, TEN_POW_19);
        const bool last = u256_is_zero(&left);
        for (int i = 0; i < DIGITS_A_CHUNK && !(last && chunk == 0 && i > 0); i++) {
            reversed[len++] = (char)('0' + chunk % 10);
            chunk /= 10;
        }
    } while (!u256_is_zero(&left));
    MM_ASSERT(len <= U256_DECIMAL_MAX);
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    out[len] = '\0';
    return len;
}

bool u256_from_decimal(mm_u256 *out, mm_bytes text)
{
    mm_u256 value = u256_from_u64(0);
    *out = value;
    if (text.len == 0)
        return false;
    for (size_t at = 0; at < text.len;) {
        uint64_t chunk = 0;
        uint64_t scale = 1;
        for (int i = 0; i < DIGITS_A_CHUNK && at < text.len; i++, at++) {
            const unsigned digit = text.ptr[at] - (unsigned)'0';
            if (digit > 9)
                return false;
            chunk = chunk * 10 + digit;
            scale *= 10;
        }
        const mm_u256 wide_scale = u256_from_u64(scale);
        const mm_u256 wide_chunk = u256_from_u64(chunk);
        if (!u256_mul(&value, &value, &wide_scale) || !u256_add(&value, &value, &wide_chunk))
            return false;
    }
    *out = value;
    return true;
}
