/* Checked integers at both widths: against the compiler's own at 64 bits, and at the edges of 256. */
#include <criterion/criterion.h>
#include <string.h>

#include "contracts-native/rules/number_internal.h"
#include "tests/lib/random.h"
#include "tests/unit/contracts-native/rules/fixture.h"

__extension__ typedef __int128 i128;

static mm_u256 wide(i128 value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;
    return (mm_u256){ { (uint64_t)value, (uint64_t)(value >> 64), sign, sign } };
}

/* Many small ones, many at the edges. */
static int64_t draw(struct test_random *random)
{
    const uint64_t bits = test_random_u64(random);
    switch (test_random_u64(random) % 4) {
    case 0:
        return (int64_t)bits;
    case 1:
        return INT64_MIN + (int64_t)(bits % 3);
    case 2:
        return INT64_MAX - (int64_t)(bits % 3);
    default:
        return (int64_t)(bits % 7) - 3;
    }
}

static void check(number_op op, int64_t a, int64_t b, bool is_defined, i128 expected)
{
    const mm_u256 left = wide(a);
    const mm_u256 right = wide(b);
    const mm_u256 result = wide(expected);
    const bool fits = is_defined && expected >= INT64_MIN && expected <= INT64_MAX;
    mm_u256 out;
    cr_assert_eq(op(&out, &left, &right, RULE_WIDTH_64), fits, "%lld %lld", (long long)a,
                 (long long)b);
    cr_assert(fits ? u256_equal(&out, &result) : u256_is_zero(&out));
}

Test(rule_numbers, signed_arithmetic_of_64_bits_is_that_of_the_machine)
{
    struct test_random random = { 20261126 };
    for (size_t i = 0; i < 200000; i++) {
        const int64_t a = draw(&random);
        const int64_t b = draw(&random);
        check(number_int_add, a, b, true, (i128)a + b);
        check(number_int_sub, a, b, true, (i128)a - b);
        check(number_int_mul, a, b, true, (i128)a * b);
        check(number_int_div, a, b, b != 0, b == 0 ? 0 : (i128)a / b);
        const bool wraps =
            a == INT64_MIN && b == -1; /* the quotient does not fit, so neither is there */
        check(number_int_mod, a, b, b != 0 && !wraps, b == 0 ? 0 : (i128)a % b);
    }
}

static void gives(const char *source, const char *expected)
{
    cr_assert_str_eq(said(source), expected, "%s\n  %s", source, said(source));
}

#define INT_MAX_256 "57896044618658097711785492504343953926634992332820282019728792003956564819967"
#define INT_MIN_256 "-57896044618658097711785492504343953926634992332820282019728792003956564819968"
#define UINT_MAX_256                                                                               \
    "115792089237316195423570985008687907853269984665640564039457584007913129639935u"

Test(rule_numbers, the_edges_of_256_bits_are_exact)
{
    gives(INT_MAX_256, "ok " INT_MAX_256);
    gives(INT_MIN_256, "ok " INT_MIN_256);
    gives(UINT_MAX_256, "ok " UINT_MAX_256);
    gives(INT_MAX_256 " + 1", "fault 1 at 78");
    gives(INT_MIN_256 " - 1", "fault 1 at 79");
    gives("-(" INT_MIN_256 ")", "fault 1 at 0");
    gives(INT_MIN_256 " / -1", "fault 1 at 79");
    gives(INT_MIN_256 " % -1", "fault 1 at 79");
    gives(INT_MIN_256 " * -1", "fault 1 at 79");
    gives(UINT_MAX_256 " + 1u", "fault 1 at 80");
    gives("0u - 1u", "fault 1 at 3");
    gives("uint(-1)", "fault 4 at 0");
    gives("int(" UINT_MAX_256 ")", "fault 4 at 0");
    gives("uint(" INT_MAX_256 ") + 1u > 0u", "ok true");
    gives("int(uint(" INT_MAX_256 "))", "ok " INT_MAX_256);
    gives(INT_MIN_256 " < 0 && 0 < " INT_MAX_256, "ok true");
    gives("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffu == " UINT_MAX_256,
          "ok true");
    gives("57896044618658097711785492504343953926634992332820282019728792003956564819968",
          "number at 0: the number is too large for int, which has 256 bits and a sign; with 'u' "
          "behind it, it would be a uint");
    gives("0x10000000000000000000000000000000000000000000000000000000000000000u",
          "number at 0: the number is too large for uint, which has 256 bits");
}

Test(rule_numbers, division_truncates_and_a_remainder_has_the_sign_of_the_dividend)
{
    gives("-7 / 2", "ok -3");
    gives("-7 % 2", "ok -1");
    gives("7 % -2", "ok 1");
    gives("7 / -2", "ok -3");
    gives("1 / 0", "fault 2 at 2");
    gives("1u % 0u", "fault 2 at 3");
}

Test(rule_numbers, the_narrow_profile_has_64_bits)
{
    cr_assert_str_eq(said_in("9223372036854775807 + 1", RULE_WIDTH_64), "fault 1 at 20");
    cr_assert_str_eq(said_in("-9223372036854775808", RULE_WIDTH_64), "ok -9223372036854775808");
    cr_assert_str_eq(said_in("18446744073709551615u + 1u", RULE_WIDTH_64), "fault 1 at 22");
    cr_assert_eq(strncmp(said_in("9223372036854775808", RULE_WIDTH_64), "number at 0", 11), 0);
    cr_assert_eq(strncmp(said_in("0x10000000000000000u", RULE_WIDTH_64), "number at 0", 11), 0);
    cr_assert_str_eq(said_in("int(9223372036854775808u)", RULE_WIDTH_64), "fault 4 at 0");
}

Test(rule_numbers, text_becomes_a_number_only_when_it_is_digits)
{
    gives("int('-12')", "ok -12");
    gives("uint('12')", "ok 12u");
    gives("int('007')", "ok 7");
    gives("int('')", "fault 4 at 0");
    gives("int('-')", "fault 4 at 0");
    gives("int('+1')", "fault 4 at 0");
    gives("int(' 1')", "fault 4 at 0");
    gives("uint('-1')", "fault 4 at 0");
    gives("int('0x10')", "fault 4 at 0");
    gives("string(-12) + string(12u)", "ok \"-1212\"");
    gives("bool('True')", "ok true");
    gives("bool('yes')", "fault 4 at 0");
    gives("string(true)", "ok \"true\"");
}
