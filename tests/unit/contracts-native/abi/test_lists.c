/* Lists: arrays whose elements are bytes or strings. */
#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"

static struct abi_signature parsed(const char *text)
{
    struct abi_signature signature;
    cr_assert(abi_signature_parse(&signature, text), "%s", text);
    return signature;
}

Test(abi_lists, are_parsed_and_have_the_selector_that_everybody_computes)
{
    const struct abi_signature propose = parsed("propose(address[],uint256[],bytes[],string)");
    static const uint8_t expected[] = { 0x7d, 0x5e, 0x81, 0xe2 };
    cr_assert_arr_eq(abi_selector(&propose).ptr, expected, sizeof expected);
    cr_assert_eq(propose.count, 4);
    cr_assert(abi_type_has_offsets(&propose.types[2]));
    cr_assert(!abi_type_has_offsets(&propose.types[1]));
}

/* f(bytes[]) of ["abc", "", 33 bytes], written out by hand. */
Test(abi_lists, their_elements_stand_behind_offsets)
{
    static const uint64_t words[] = { 0x20, 3, 0x60, 0xa0, 0xc0, 3 };
    const mm_bytes elements[] = { MM_BYTES_LIT("abc"),
                                  { NULL, 0 },
                                  MM_BYTES_LIT("thirty-three bytes of a long text") };
    const struct abi_signature s = parsed("f(bytes[])");
    struct mm_arena arena;
    struct abi_value list;
    struct abi_value read;
    mm_bytes out;
    mm_bytes element;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(abi_encode_list(&arena, &list, elements, 3), MM_OK);
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, &list), MM_OK);
    cr_assert_eq(out.len, (MM_COUNT_OF(words) + 1 + 1 + 3) * ABI_WORD);
    for (size_t i = 0; i < MM_COUNT_OF(words); i++) {
        const mm_u256 word = u256_from_be32(out.ptr + i * ABI_WORD);
        cr_assert_eq(word.limb[0], words[i], "%zu", i);
    }
    cr_assert_eq(abi_decode(&read, out, s.types, s.count, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(read.word.limb[0], 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(abi_list_at(&element, &read, i), ABI_OK);
        cr_assert(mm_bytes_equal(element, elements[i]));
    }
    mm_arena_fini(&arena);
}

Test(abi_lists, an_empty_one_is_a_word)
{
    const struct abi_signature s = parsed("f(string[],uint8)");
    struct mm_arena arena;
    struct abi_value values[2];
    struct abi_value read[2];
    mm_bytes out;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(abi_encode_list(&arena, &values[0], NULL, 0), MM_OK);
    values[1] = abi_u64(7);
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, values), MM_OK);
    cr_assert_eq(out.len, 3 * ABI_WORD);
    cr_assert_eq(abi_decode(read, out, s.types, s.count, ABI_MEMORY), ABI_OK);
    cr_assert(u256_is_zero(&read[0].word));
    cr_assert_eq(read[1].word.limb[0], 7);
    mm_arena_fini(&arena);
}

Test(abi_lists, what_does_not_reach_is_refused)
{
    const mm_bytes elements[] = { MM_BYTES_LIT("abc") };
    const struct abi_signature s = parsed("f(bytes[])");
    struct mm_arena arena;
    struct abi_value list;
    struct abi_value read;
    mm_bytes out;
    mm_bytes element;
    mm_arena_init(&arena, 1 << 20);
    cr_assert_eq(abi_encode_list(&arena, &list, elements, 1), MM_OK);
    cr_assert_eq(abi_encode(&arena, &out, (mm_bytes){ 0 }, s.types, s.count, &list), MM_OK);
    for (size_t len = 0; len < out.len; len++) {
        const enum abi_verdict verdict =
            abi_decode(&read, mm_bytes_from(out.ptr, len), s.types, s.count, ABI_CALLDATA);
        cr_assert(verdict != ABI_OK || abi_list_at(&element, &read, 0) != ABI_OK ||
                      len >= out.len - 29, /* padding may be missing */
                  "%zu", len);
    }
    uint8_t *bytes = (uint8_t *)(uintptr_t)out.ptr;
    bytes[2 * ABI_WORD] = 1; /* an offset beyond all */
    cr_assert_eq(abi_decode(&read, out, s.types, s.count, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(abi_list_at(&element, &read, 0), ABI_OFFSET_TOO_LARGE);
    cr_assert_eq(element.len, 0);
    mm_arena_fini(&arena);
}
