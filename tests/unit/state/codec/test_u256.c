#include "state/codec/u256.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char MAX_TEXT[] =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";

static mm_u256 number(const char *decimal)
{
    mm_u256 value;
    cr_assert(u256_from_decimal(&value, mm_bytes_str(decimal)), "%s", decimal);
    return value;
}

static mm_u256 max(void)
{
    return (mm_u256){ { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
}

static bool equal(mm_u256 a, mm_u256 b)
{
    return u256_equal(&a, &b);
}

/* A fixed sequence (splitmix64): every run tests the same numbers. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Numbers of every length, with many limbs of all zeros and all ones: those are where carries go wrong. */
static mm_u256 random_number(uint64_t *seed)
{
    static const uint64_t edges[] = {
        0, 1, 2, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1
    };
    mm_u256 value = { { 0 } };
    const uint64_t shape = next_random(seed);
    const size_t limbs = 1 + shape % 4;
    for (size_t i = 0; i < limbs; i++) {
        const uint64_t random = next_random(seed);
        if ((shape >> (8 + i) & 1) != 0)
            value.limb[i] = edges[random % MM_COUNT_OF(edges)];
        else
            value.limb[i] = random >> (shape >> (16 + 6 * i) & 63);
    }
    return value;
}

Test(u256, bytes_are_big_endian)
{
    uint8_t bytes[32];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i + 1);
    const mm_u256 value = u256_from_be32(bytes);
    cr_assert_eq(value.limb[3], UINT64_C(0x0102030405060708));
    cr_assert_eq(value.limb[0], UINT64_C(0x191a1b1c1d1e1f20));
    uint8_t back[32];
    u256_to_be32(back, &value);
    cr_assert_arr_eq(back, bytes, sizeof bytes);
    mm_hash32 hash;
    memcpy(hash.b, bytes, sizeof bytes);
    cr_assert(equal(u256_from_hash(&hash), value));
    const mm_hash32 hash_back = u256_to_hash(&value);
    cr_assert(mm_hash_equal(&hash_back, &hash));
}

Test(u256, an_address_is_its_low_twenty_bytes)
{
    mm_addr addr;
    for (size_t i = 0; i < sizeof addr.b; i++)
        addr.b[i] = (uint8_t)(0xf0 + i);
    mm_u256 value = u256_from_addr(&addr);
    uint8_t bytes[32];
    u256_to_be32(bytes, &value);
    for (size_t i = 0; i < 12; i++)
        cr_assert_eq(bytes[i], 0);
    cr_assert_arr_eq(bytes + 12, addr.b, sizeof addr.b);
    value.limb[3] = UINT64_MAX;
    value.limb[2] |= UINT64_C(0xffffffff00000000);
    const mm_addr back = u256_to_addr(&value);
    cr_assert(mm_addr_equal(&back, &addr));
}

Test(u256, reads_up_to_32_bytes_and_refuses_33)
{
    static const uint8_t bytes[33] = { [31] = 0xaa, [32] = 0xbb };
    mm_u256 value;
    cr_assert(u256_from_be(&value, mm_bytes_from(NULL, 0)));
    cr_assert(u256_is_zero(&value));
    cr_assert(u256_from_be(&value, mm_bytes_from(bytes + 31, 2)));
    cr_assert_eq(value.limb[0], 0xaabb);
    cr_assert(u256_from_be(&value, mm_bytes_from(bytes + 1, 32)));
    cr_assert_eq(value.limb[0], 0xaabb);
    cr_assert_not(u256_from_be(&value, MM_BYTES_OF(bytes)));
    cr_assert(u256_is_zero(&value));
}

Test(u256, lengths_count_from_the_highest_bit)
{
    mm_u256 value = u256_from_u64(0);
    cr_assert_eq(u256_bit_len(&value), 0);
    cr_assert_eq(u256_byte_len(&value), 0);
    for (unsigned bit = 0; bit < 256; bit++) {
        value = u256_from_u64(bit > 0);
        value.limb[bit / 64] |= UINT64_C(1) << bit % 64;
        cr_assert_eq(u256_bit_len(&value), bit + 1);
        cr_assert_eq(u256_byte_len(&value), bit / 8 + 1);
    }
}

Test(u256, compares_by_the_highest_limb_that_differs)
{
    const mm_u256 low = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, 1 } };
    const mm_u256 high = { { 0, 0, 0, 2 } };
    cr_assert_lt(u256_compare(&low, &high), 0);
    cr_assert_gt(u256_compare(&high, &low), 0);
    cr_assert_eq(u256_compare(&low, &low), 0);
    cr_assert(equal(u256_min(&low, &high), low));
    cr_assert(equal(u256_min(&high, &low), low));
}

Test(u256, sums_that_do_not_fit_are_refused_and_leave_zero)
{
    const mm_u256 one = u256_from_u64(1);
    const mm_u256 zero = u256_from_u64(0);
    const mm_u256 most = max();
    mm_u256 out;
    cr_assert_not(u256_add(&out, &most, &one));
    cr_assert(u256_is_zero(&out));
    cr_assert(u256_add(&out, &most, &zero));
    cr_assert(equal(out, most));
    out = most;
    cr_assert_not(u256_sub(&out, &zero, &one));
    cr_assert(u256_is_zero(&out));
    cr_assert(equal(u256_wrapping_add(&most, &one), zero));
    cr_assert(equal(u256_wrapping_sub(&zero, &one), most));
}

Test(u256, products_that_do_not_fit_are_refused_and_leave_zero)
{
    const mm_u256 half = { { 0, 0, 1, 0 } }; /* 2^128 */
    const mm_u256 below = { { UINT64_MAX, UINT64_MAX, 0, 0 } };
    const mm_u256 two = u256_from_u64(2);
    const mm_u256 top = { { 0, 0, 0, UINT64_C(1) << 63 } };
    mm_u256 out = two;
    cr_assert_not(u256_mul(&out, &half, &half));
    cr_assert(u256_is_zero(&out));
    cr_assert_not(u256_mul(&out, &top, &two));
    cr_assert_not(u256_mul(&out, &top, &top)); /* 2^510: only the highest limb is not zero */
    cr_assert(equal(u256_wrapping_mul(&top, &two), u256_from_u64(0)));
    cr_assert(u256_mul(&out, &half, &below));
    cr_assert(equal(out, (mm_u256){ { 0, 0, UINT64_MAX, UINT64_MAX } }));
    cr_assert(u256_mul(&out, &below, &below)); /* (2^128-1)^2 = 2^256 - 2^129 + 1 */
    cr_assert(equal(out, (mm_u256){ { 1, 0, UINT64_MAX - 1, UINT64_MAX } }));
    const mm_u256 most = max(); /* (2^256-1)^2 = 1 modulo 2^256 */
    cr_assert(equal(u256_wrapping_mul(&most, &most), u256_from_u64(1)));
}

/* Quotients worked out elsewhere, one for each way that a guessed limb is corrected in algorithm D. */
Test(u256, divides_as_long_division_by_another_program_did)
{
    static const struct {
        const char *a, *divisor, *quotient, *remainder;
    } rows[] = {
        { "6277101735386680763835789423207666416102355444464034512896",
          "170141183460469231750134047789593657346", "36893488147419103228", "8" },
        { "6277101735386680763835789423207666416102355444464034512896",
          "170141183460469231750134047789593657347", "36893488147419103227",
          "170141183460469231713240559642174554127" },
        { "6277101735386680764176071790128604879565730051895802724352",
          "170141183460469231740910675752738881537", "36893488147419103231",
          "170141183460469231704017187605319778305" },
        { "6277101735386680763835789423207666416102355444464034512896",
          "6277101735386680763495507056286727952703544441290249732097", "1",
          "340282366920938463398811003173784780799" },
        { "6277101735386680763835789423207666416102355444464034512896",
          "3138550867693340382088035895064302439810535142058465689599", "1",
          "3138550867693340381747753528143363976291820302405568823297" },
        { "115792089237316195417293883273301227089434195242432897623355228563449095127040",
          "6277101735386680763495507056286727952657427581105975853057", "18446744073709551615",
          "6277101735386680763155224689365789489175606229600498089985" },
        { "57896044618658097705508390768957273162799202909612615603626436559492530307072",
          "6277101735386680763155224689365789489194052973674207641599", "9223372036854775807",
          "6277101735386680762985083505905320257471589041995178311679" },
        { "57896044618658097708646941636650613544717097621216448811714507769871966666752",
          "3138550867693340382088035895064302439819758514095320465406", "18446744073709551613",
          "3138550867693340381747753528143363976503957859253228666874" },
        { "57896044618658097705508390768957273163479767643454492530553185774356066729984",
          "3138550867693340381577612344682894744624696602947668148226", "18446744073709551615",
          "3138550867693340381577612344682894744587803114800249044994" },
        { "57896044618658097711785492504343953926975274699741220483155273123240913928193",
          "3138550867693340382088035895064302439810535142058465689600", "18446744073709551614",
          "3138550867693340382088035895064302439801311770021610913793" },
        { "12554203470773361527671578846415332832204710888928069025792",
          "6277101735386680764686495340510012574779238707117164593154", "1",
          "6277101735386680762985083505905320257425472181810904432638" },
        { "12554203470773361527671578846415332832204710888928069025792",
          "6277101735386680764176071790128604879584176795969512275967", "1",
          "6277101735386680763495507056286727952620534092958556749825" },
        { "115792089237316195423570985008687907852929702298719625575994209400481361428480",
          "18831305206160042292528215370385814638752530387908536827904", "6148914691236517204",
          "18831305206160042292187933003464876175307602524550478168064" },
        { "115792089237316195423570985008687907853269984665640564039457584007913129639935", "10",
          "11579208923731619542357098500868790785326998466564056403945758400791312963993", "5" },
        { "115792089237316195423570985008687907853269984665640564039457584007913129639935", "1",
          "115792089237316195423570985008687907853269984665640564039457584007913129639935", "0" },
        { "7", "115792089237316195423570985008687907853269984665640564039457584007913129639935",
          "0", "7" },
        { "0", "18446744073709551616", "0", "0" },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        const mm_u256 a = number(rows[i].a);
        const mm_u256 divisor = number(rows[i].divisor);
        mm_u256 quotient;
        mm_u256 remainder;
        u256_divmod(&quotient, &remainder, &a, &divisor);
        cr_assert(equal(quotient, number(rows[i].quotient)), "quotient of row %zu", i);
        cr_assert(equal(remainder, number(rows[i].remainder)), "remainder of row %zu", i);
    }
}

Test(u256, quotient_times_divisor_plus_remainder_is_the_dividend)
{
    uint64_t seed = 1;
    for (int i = 0; i < 300000; i++) {
        const mm_u256 a = random_number(&seed);
        const mm_u256 divisor = random_number(&seed);
        if (u256_is_zero(&divisor))
            continue;
        mm_u256 quotient;
        mm_u256 remainder;
        mm_u256 back;
        u256_divmod(&quotient, &remainder, &a, &divisor);
        cr_assert_lt(u256_compare(&remainder, &divisor), 0);
        cr_assert(u256_mul(&back, &quotient, &divisor));
        cr_assert(u256_add(&back, &back, &remainder));
        cr_assert(equal(back, a), "case %d", i);
    }
}

Test(u256, division_may_write_over_its_inputs_and_leave_either_result_out)
{
    mm_u256 a = number("1000000000000000000000000000000000000000000000");
    mm_u256 divisor = number("999999999999999999999999");
    mm_u256 quotient;
    mm_u256 remainder;
    u256_divmod(&quotient, NULL, &a, &divisor);
    u256_divmod(NULL, &remainder, &a, &divisor);
    u256_divmod(&divisor, &a, &a, &divisor);
    cr_assert(equal(divisor, quotient));
    cr_assert(equal(a, remainder));
}

Test(u256, checked_and_wrapping_arithmetic_agree_when_nothing_overflows)
{
    uint64_t seed = 2;
    for (int i = 0; i < 100000; i++) {
        const mm_u256 a = random_number(&seed);
        const mm_u256 b = random_number(&seed);
        mm_u256 out;
        const mm_u256 sum = u256_wrapping_add(&a, &b);
        cr_assert_eq(u256_add(&out, &a, &b), u256_compare(&sum, &a) >= 0);
        if (u256_add(&out, &a, &b))
            cr_assert(equal(out, sum));
        cr_assert(equal(u256_wrapping_sub(&sum, &b), a));
        cr_assert_eq(u256_sub(&out, &a, &b), u256_compare(&a, &b) >= 0);
        if (u256_sub(&out, &a, &b))
            cr_assert(equal(out, u256_wrapping_sub(&a, &b)));
        const mm_u256 product = u256_wrapping_mul(&a, &b);
        cr_assert(equal(u256_wrapping_mul(&b, &a), product));
        /* a * b fits exactly when dividing the wrapped product by b gives a back. */
        mm_u256 back = a;
        mm_u256 rest = u256_from_u64(0);
        if (!u256_is_zero(&b))
            u256_divmod(&back, &rest, &product, &b);
        const bool fits = equal(back, a) && u256_is_zero(&rest);
        cr_assert_eq(u256_mul(&out, &a, &b), fits);
        if (fits)
            cr_assert(equal(out, product));
    }
}

Test(u256, multiplication_distributes_over_addition)
{
    uint64_t seed = 3;
    for (int i = 0; i < 100000; i++) {
        const mm_u256 a = random_number(&seed);
        const mm_u256 b = random_number(&seed);
        const mm_u256 c = random_number(&seed);
        const mm_u256 sum = u256_wrapping_add(&b, &c);
        const mm_u256 ab = u256_wrapping_mul(&a, &b);
        const mm_u256 ac = u256_wrapping_mul(&a, &c);
        cr_assert(equal(u256_wrapping_mul(&a, &sum), u256_wrapping_add(&ab, &ac)));
    }
}

Test(u256, decimal_text_makes_the_round_trip)
{
    uint64_t seed = 4;
    for (int i = 0; i < 100000; i++) {
        const mm_u256 value = random_number(&seed);
        char text[U256_DECIMAL_MAX + 1];
        const size_t len = u256_to_decimal(text, &value);
        cr_assert_eq(strlen(text), len);
        cr_assert(len == 1 || text[0] != '0', "%s", text);
        cr_assert(equal(number(text), value), "%s", text);
    }
    char text[U256_DECIMAL_MAX + 1];
    const mm_u256 most = max();
    cr_assert_eq(u256_to_decimal(text, &most), U256_DECIMAL_MAX);
    cr_assert_str_eq(text, MAX_TEXT);
}

Test(u256, powers_of_ten_have_all_their_zeros)
{
    const mm_u256 ten = u256_from_u64(10);
    mm_u256 value = u256_from_u64(1);
    for (size_t zeros = 0; zeros < U256_DECIMAL_MAX; zeros++) {
        char text[U256_DECIMAL_MAX + 1];
        cr_assert_eq(u256_to_decimal(text, &value), zeros + 1);
        cr_assert_eq(text[0], '1');
        cr_assert_eq(strspn(text + 1, "0"), zeros);
        cr_assert_eq(u256_mul(&value, &value, &ten), zeros + 1 < U256_DECIMAL_MAX);
    }
}

Test(u256, refuses_decimal_text_that_is_not_a_number_or_too_large)
{
    static const char *const bad[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "0x1",
        "1e3",
        "1.0",
        "12345678901234567890123456789a",
        "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        "1000000000000000000000000000000000000000000000000000000000000000000000000000000",
        "340282366920938463463374607431768211456340282366920938463463374607431768211456",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        mm_u256 value = max();
        cr_assert_not(u256_from_decimal(&value, mm_bytes_str(bad[i])), "%s", bad[i]);
        cr_assert(u256_is_zero(&value));
    }
    cr_assert(equal(number(MAX_TEXT), max()));
    cr_assert(equal(number("00000000000000000000000000000000000000000000000000000000000000000000000"
                           "000000000000000000000000000000000007"),
                    u256_from_u64(7)));
}
