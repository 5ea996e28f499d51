#include "contracts-native/rules/number_internal.h"

bool number_is_negative(const mm_u256 *number)
{
    return number->limb[3] >> 63 != 0;
}

mm_u256 number_negated(const mm_u256 *number)
{
    const mm_u256 zero = u256_from_u64(0);
    return u256_wrapping_sub(&zero, number);
}

static mm_u256 magnitude_of(const mm_u256 *number)
{
    return number_is_negative(number) ? number_negated(number) : *number;
}

/* 2^(width - 1): the magnitude of the minimum, one more than the maximum. */
static mm_u256 half(enum rule_width width)
{
    mm_u256 number = u256_from_u64(0);
    number.limb[width == RULE_WIDTH_64 ? 0 : 3] = UINT64_C(1) << 63;
    return number;
}

static bool give(mm_u256 *out, const mm_u256 *number, bool fits)
{
    *out = fits ? *number : u256_from_u64(0);
    return fits;
}

bool number_int_of(mm_u256 *out, const mm_u256 *magnitude, bool is_negative, enum rule_width width)
{
    const mm_u256 limit = half(width);
    const int order = u256_compare(magnitude, &limit);
    const mm_u256 number = is_negative ? number_negated(magnitude) : *magnitude;
    return give(out, &number, order < 0 || (order == 0 && is_negative));
}

bool number_uint_fits(const mm_u256 *number, enum rule_width width)
{
    return width == RULE_WIDTH_256 || u256_fits_u64(number);
}

int number_int_compare(const mm_u256 *a, const mm_u256 *b)
{
    const bool a_is_negative = number_is_negative(a);
    if (a_is_negative != number_is_negative(b))
        return a_is_negative ? -1 : 1;
    return u256_compare(a, b);
}

/* Signed */

bool number_int_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    const mm_u256 sum = u256_wrapping_add(a, b);
    const bool sign = number_is_negative(a);
    if (sign == number_is_negative(b) && sign != number_is_negative(&sum))
        return give(out, &sum, false);
    const mm_u256 magnitude = magnitude_of(&sum);
    return number_int_of(out, &magnitude, number_is_negative(&sum), width);
}

bool number_int_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    const mm_u256 difference = u256_wrapping_sub(a, b);
    const bool sign = number_is_negative(a);
    if (sign != number_is_negative(b) && sign != number_is_negative(&difference))
        return give(out, &difference, false);
    const mm_u256 magnitude = magnitude_of(&difference);
    return number_int_of(out, &magnitude, number_is_negative(&difference), width);
}

bool number_int_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    const mm_u256 left = magnitude_of(a);
    const mm_u256 right = magnitude_of(b);
    mm_u256 product;
    if (!u256_mul(&product, &left, &right))
        return give(out, &product, false);
    return number_int_of(out, &product, number_is_negative(a) != number_is_negative(b), width);
}

static bool int_divmod(mm_u256 *quotient, mm_u256 *remainder, const mm_u256 *a, const mm_u256 *b,
                       enum rule_width width)
{
    const mm_u256 left = magnitude_of(a);
    const mm_u256 right = magnitude_of(b);
    const bool a_is_negative = number_is_negative(a);
    mm_u256 whole;
    mm_u256 rest;
    *quotient = *remainder = u256_from_u64(0);
    if (u256_is_zero(b))
        return false;
    u256_divmod(&whole, &rest, &left, &right);
    return number_int_of(quotient, &whole, a_is_negative != number_is_negative(b), width) &&
           number_int_of(remainder, &rest, a_is_negative, width);
}

bool number_int_div(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    mm_u256 remainder;
    return int_divmod(out, &remainder, a, b, width);
}

bool number_int_mod(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    mm_u256 quotient;
    return int_divmod(&quotient, out, a, b, width);
}

/* Unsigned */

bool number_uint_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    mm_u256 sum;
    const bool fits = u256_add(&sum, a, b) && number_uint_fits(&sum, width);
    return give(out, &sum, fits);
}

bool number_uint_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    (void)width; /* a difference is not larger than what it is of */
    return u256_sub(out, a, b);
}

bool number_uint_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    mm_u256 product;
    const bool fits = u256_mul(&product, a, b) && number_uint_fits(&product, width);
    return give(out, &product, fits);
}

bool number_uint_div(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    (void)width;
    if (u256_is_zero(b))
        return give(out, b, false);
    u256_divmod(out, NULL, a, b);
    return true;
}

bool number_uint_mod(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width)
{
    (void)width;
    if (u256_is_zero(b))
        return give(out, b, false);
    u256_divmod(NULL, out, a, b);
    return true;
}

size_t rule_number_text(char out[RULE_NUMBER_TEXT_MAX + 1], const struct rule_value *number)
{
    const bool has_sign = number->type.kind == RULE_INT && number_is_negative(&number->number);
    const mm_u256 magnitude = has_sign ? number_negated(&number->number) : number->number;
    out[0] = '-';
    return u256_to_decimal(out + has_sign, &magnitude) + has_sign;
}
