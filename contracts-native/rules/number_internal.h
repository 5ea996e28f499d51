/* Checked integers of 64 or 256 bits, signed and unsigned, over mm_u256 (value.h).
 *
 * Every function returns false when the result does not fit the width, or for a quotient when the divisor is zero; *out is then
 * zero. Division truncates and a remainder has the sign of the dividend, as in C and CEL; minimum / -1 and minimum % -1 do not
 * fit. */
#ifndef CONTRACTS_NATIVE_RULES_NUMBER_INTERNAL_H
#define CONTRACTS_NATIVE_RULES_NUMBER_INTERNAL_H

#include "contracts-native/rules/rules.h"

bool number_is_negative(const mm_u256 *number);
mm_u256 number_negated(const mm_u256 *number); /* wrapping */

/* Of what a text says: a magnitude and a sign. */
MM_MUST_USE bool number_int_of(mm_u256 *out, const mm_u256 *magnitude, bool is_negative,
                               enum rule_width width);
MM_MUST_USE bool number_uint_fits(const mm_u256 *number, enum rule_width width);

int number_int_compare(const mm_u256 *a, const mm_u256 *b);

typedef bool (*number_op)(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);

bool number_int_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_int_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_int_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_int_div(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_int_mod(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_uint_add(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_uint_sub(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_uint_mul(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_uint_div(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);
bool number_uint_mod(mm_u256 *out, const mm_u256 *a, const mm_u256 *b, enum rule_width width);

#endif
