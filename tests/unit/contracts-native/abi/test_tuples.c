/* Tuples: where they stand, what is refused, and that what was read is what was written. */
#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"

static struct abi_signature parsed(const char *text)
{
    struct abi_signature signature;
    cr_assert(abi_signature_parse(&signature, text), "%s", text);
    return signature;
}

/* Of the published interface (docs/AINFT.md). */
Test(abi_tuples, selectors_are_those_of_the_interface)
{
    const struct abi_signature define =
        parsed("defineAction(string,string,string,(uint8,bytes32,string)[])");
    static const uint8_t expected[] = { 0x11, 0x17, 0x1b, 0x91 };
    cr_assert(mm_bytes_equal(abi_selector(&define), MM_BYTES_OF(expected)));
    cr_assert_eq(define.count, 7);
    cr_assert_eq(define.types[3].kind, ABI_TUPLE);
    cr_assert_eq(define.types[3].bytes, 3);
    cr_assert(define.types[3].is_array);
    cr_assert_eq(abi_type_span(&define.types[3]), 4);
}

Test(abi_tuples, results_may_begin_with_one)
{
    cr_assert_eq(parsed("(uint8,string)[],uint64").count, 4);
    cr_assert_eq(parsed("string,(uint8,string)").count, 4);
}

Test(abi_tuples, nesting_and_tuples_of_words_are_refused)
{
    static const char *const bad[] = {
        "f((uint8))",    "f((uint8)[])",   "f(((string)))",   "f((string)[][])",
        "f((string[]))", "f((string)",     "f((string,))",    "f(())",
        "f((string),)",  "f((string)[2])", "f((string)uint)",
    };
    for (size_t i = 0; i < MM_COUNT_OF(bad); i++) {
        struct abi_signature signature;
        cr_expect(!abi_signature_parse(&signature, bad[i]), "%s", bad[i]);
    }
}

/* f((uint8,string),uint256) of ((7, "abc"), 9), written out by hand. */
Test(abi_tuples, one_stands_in_the_tail_with_offsets_of_its_own)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    const struct abi_signature s = parsed("f((uint8,string),uint256)");
    const struct abi_value values[] = {
        { .bytes = { NULL, 0 } }, abi_u64(7), abi_bytes(MM_BYTES_LIT("abc")), abi_u64(9)
    };
    static const uint64_t words[] = { 0x40, 9, 7, 0x40, 3 };
    mm_bytes out;
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, values), MM_OK);
    cr_assert_eq(out.len, 6 * ABI_WORD);
    for (size_t i = 0; i < MM_COUNT_OF(words); i++) {
        const mm_u256 word = u256_from_be32(out.ptr + i * ABI_WORD);
        const mm_u256 expected = u256_from_u64(words[i]);
        cr_assert(u256_equal(&word, &expected), "%zu", i);
    }
    cr_assert_eq(memcmp(out.ptr + 5 * ABI_WORD, "abc", 4), 0);
    struct abi_value read[ABI_ARGS_MAX];
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(read[1].word.limb[0], 7);
    cr_assert(mm_bytes_equal(read[2].bytes, MM_BYTES_LIT("abc")));
    cr_assert_eq(read[3].word.limb[0], 9);
    mm_arena_fini(&arena);
}

Test(abi_tuples, an_array_is_read_element_by_element)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    const struct abi_signature s = parsed("f(uint256,(uint8,string)[])");
    const struct abi_value members[] = { abi_u64(1), abi_bytes(MM_BYTES_LIT("one")), abi_u64(2),
                                         abi_bytes(MM_BYTES_LIT("")) };
    struct abi_value values[] = { abi_u64(5), { .bytes = { NULL, 0 } } };
    struct abi_value read[ABI_ARGS_MAX];
    struct abi_value element[2];
    mm_bytes out;
    cr_assert_eq(abi_encode_tuples(&arena, &values[1], &s.types[1], 2, members), MM_OK);
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, values), MM_OK);
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(read[1].word.limb[0], 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(abi_tuple_at(element, &read[1], &s.types[1], i), ABI_OK);
        cr_assert(u256_equal(&element[0].word, &members[2 * i].word));
        cr_assert(mm_bytes_equal(element[1].bytes, members[2 * i + 1].bytes));
    }
    mm_arena_fini(&arena);
}

Test(abi_tuples, what_does_not_reach_is_refused)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 1 << 20);
    const struct abi_signature s = parsed("f((uint8,string)[])");
    const struct abi_value members[] = { abi_u64(1), abi_bytes(MM_BYTES_LIT("one")) };
    struct abi_value value;
    struct abi_value read[ABI_ARGS_MAX];
    mm_bytes out;
    cr_assert_eq(abi_encode_tuples(&arena, &value, &s.types[0], 1, members), MM_OK);
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, &value), MM_OK);
    for (size_t len = 0; len < out.len; len++) {
        const enum abi_verdict verdict =
            abi_decode(read, mm_bytes_from(out.ptr, len), s.types, s.count, ABI_CALLDATA);
        cr_assert(verdict != ABI_OK || abi_tuple_at(read + 3, &read[0], &s.types[0], 0) != ABI_OK ||
                      len >= out.len - 29, /* padding may be missing */
                  "%zu", len);
    }
    uint8_t *bytes = (uint8_t *)(uintptr_t)out.ptr;
    bytes[ABI_WORD + 24] = 1; /* 2^56 elements */
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_CALLDATA), ABI_TAIL_SHORT);
    bytes[ABI_WORD] = 1;
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_CALLDATA), ABI_LENGTH_TOO_LARGE);
    bytes[0] = 1;
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_CALLDATA), ABI_OFFSET_TOO_LARGE);
    mm_arena_fini(&arena);
}
