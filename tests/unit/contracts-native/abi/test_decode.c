/* One test a rule of solc's decoder (the verdicts of abi.h), at both sides of its boundary. */
#include <criterion/criterion.h>

#include "contracts-native/abi/abi.h"
#include "state/base/endian.h"

enum { WORDS_MAX = 16 };

/* Arguments as words of small numbers. */
struct words {
    uint8_t bytes[WORDS_MAX * ABI_WORD];
    size_t len;
};

static struct words words_of(const uint64_t *numbers, size_t count)
{
    struct words words = { .len = count * ABI_WORD };
    for (size_t i = 0; i < count; i++)
        mm_put_be64(words.bytes + i * ABI_WORD + 24, numbers[i]);
    return words;
}

#define WORDS(...)                                                                                 \
    words_of((const uint64_t[]){ __VA_ARGS__ }, sizeof((const uint64_t[]){ __VA_ARGS__ }) / 8)

static enum abi_verdict decode(struct abi_value *values, const char *types, const void *bytes,
                               size_t len, enum abi_location location)
{
    struct abi_signature signature;
    cr_assert(abi_signature_parse(&signature, types));
    return abi_decode(values, mm_bytes_from(bytes, len), signature.types, signature.count,
                      location);
}

static enum abi_verdict verdict_of(const char *types, const struct words *words,
                                   enum abi_location location)
{
    struct abi_value values[ABI_ARGS_MAX];
    return decode(values, types, words->bytes, words->len, location);
}

static enum abi_verdict word_verdict(const char *type, uint8_t fill, size_t at, uint8_t byte)
{
    struct words words = { .len = ABI_WORD };
    memset(words.bytes, fill, ABI_WORD);
    words.bytes[at] = byte;
    return verdict_of(type, &words, ABI_CALLDATA);
}

Test(abi_decode, the_head_must_be_whole_and_more_is_ignored)
{
    const struct words words = WORDS(1, 2, 3);
    struct abi_value values[2];
    cr_assert_eq(decode(values, "uint256,uint256", words.bytes, 63, ABI_CALLDATA), ABI_HEAD_SHORT);
    cr_assert_eq(decode(values, "uint256,uint256", words.bytes, 64, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(decode(values, "uint256,uint256", words.bytes, 95, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(values[1].word.limb[0], 2);
    cr_assert_eq(decode(values, "", NULL, 0, ABI_CALLDATA), ABI_OK);
}

Test(abi_decode, bits_above_the_type_must_be_zero)
{
    cr_assert_eq(word_verdict("address", 0, 11, 1), ABI_DIRTY_WORD);
    cr_assert_eq(word_verdict("address", 0, 12, 0x80), ABI_OK);
    cr_assert_eq(word_verdict("uint96", 0, 19, 1), ABI_DIRTY_WORD);
    cr_assert_eq(word_verdict("uint96", 0, 20, 0xff), ABI_OK);
    cr_assert_eq(word_verdict("uint256", 0xff, 0, 0xff), ABI_OK);
    cr_assert_eq(word_verdict("bool", 0, 31, 1), ABI_OK);
    cr_assert_eq(word_verdict("bool", 0, 31, 2), ABI_DIRTY_WORD);
    cr_assert_eq(word_verdict("bool", 0, 0, 1), ABI_DIRTY_WORD);
}

Test(abi_decode, fixed_bytes_stand_at_the_left)
{
    cr_assert_eq(word_verdict("bytes4", 0, 3, 1), ABI_OK);
    cr_assert_eq(word_verdict("bytes4", 0, 4, 1), ABI_DIRTY_WORD);
    cr_assert_eq(word_verdict("bytes4", 0, 31, 1), ABI_DIRTY_WORD);
    cr_assert_eq(word_verdict("bytes32", 0xff, 0, 0), ABI_OK);
}

Test(abi_decode, signed_integers_are_sign_extended)
{
    cr_assert_eq(word_verdict("int8", 0xff, 31, 0x80), ABI_OK);         /* -128 */
    cr_assert_eq(word_verdict("int8", 0xff, 31, 0x7f), ABI_DIRTY_WORD); /* would be -129 */
    cr_assert_eq(word_verdict("int8", 0, 31, 0x7f), ABI_OK);
    cr_assert_eq(word_verdict("int8", 0, 31, 0x80), ABI_DIRTY_WORD); /* 128 */
    cr_assert_eq(word_verdict("int256", 0xff, 0, 0x7f), ABI_OK);
}

Test(abi_decode, an_offset_has_64_bits)
{
    struct words words = WORDS(0x20, 0);
    words.bytes[23] = 1;
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_OFFSET_TOO_LARGE);
    cr_assert_eq(verdict_of("string", &words, ABI_MEMORY), ABI_OFFSET_TOO_LARGE);
    words = WORDS(UINT64_MAX, 0);
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_LENGTH_OUTSIDE);
}

Test(abi_decode, the_length_word_must_be_whole)
{
    struct words words = WORDS(0x20, 0);
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_OK);
    words = WORDS(0x21, 0);
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_LENGTH_OUTSIDE);
    words = WORDS(0x20, 0);
    words.len--;
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_LENGTH_OUTSIDE);
    cr_assert_eq(verdict_of("string", &words, ABI_MEMORY), ABI_LENGTH_OUTSIDE);
}

Test(abi_decode, the_content_may_end_with_the_calldata)
{
    struct words words = WORDS(0x20, 5, 0);
    struct abi_value value;
    memcpy(words.bytes + 64, "abcde", 5);
    cr_assert_eq(decode(&value, "string", words.bytes, 69, ABI_CALLDATA), ABI_OK);
    cr_assert(mm_bytes_equal(value.bytes, MM_BYTES_LIT("abcde")));
    cr_assert_eq(decode(&value, "string", words.bytes, 68, ABI_CALLDATA), ABI_TAIL_SHORT);
    cr_assert_eq(decode(&value, "bytes", words.bytes, 68, ABI_MEMORY), ABI_TAIL_SHORT);
}

Test(abi_decode, a_calldata_length_of_more_than_64_bits_is_refused)
{
    struct words words = WORDS(0x20, 0);
    words.bytes[32 + 23] = 1;
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_LENGTH_TOO_LARGE);
    words = WORDS(0x20, UINT64_MAX);
    cr_assert_eq(verdict_of("string", &words, ABI_CALLDATA), ABI_TAIL_SHORT);
}

Test(abi_decode, memory_ends_at_64_bits)
{
    struct words words = WORDS(0x20, UINT64_MAX - 190); /* 2^64 - 191 */
    cr_assert_eq(verdict_of("bytes", &words, ABI_MEMORY), ABI_MEMORY_END);
    words = WORDS(0x20, UINT64_MAX - 191);
    cr_assert_eq(verdict_of("bytes", &words, ABI_MEMORY), ABI_TAIL_SHORT);
    words = WORDS(0x20, 0);
    words.bytes[32] = 1;
    cr_assert_eq(verdict_of("bytes", &words, ABI_MEMORY), ABI_MEMORY_END);
}

Test(abi_decode, memory_arguments_lie_behind_one_another)
{
    /* The first takes 64 bytes, so the second has 64 fewer. */
    struct words words = WORDS(0x40, 0x80, 1, 0, UINT64_MAX - 191 - 64 + 1);
    cr_assert_eq(verdict_of("bytes,bytes", &words, ABI_MEMORY), ABI_MEMORY_END);
    words = WORDS(0x40, 0x80, 1, 0, UINT64_MAX - 191 - 64);
    cr_assert_eq(verdict_of("bytes,bytes", &words, ABI_MEMORY), ABI_TAIL_SHORT);
}

Test(abi_decode, offsets_may_overlap_go_back_and_be_odd)
{
    /* Both strings are the head itself: the length word is argument 0, which is 0x00. */
    struct words words = WORDS(0, 0, 1);
    struct abi_value values[3];
    cr_assert_eq(decode(values, "uint256,string,bytes", words.bytes, words.len, ABI_CALLDATA),
                 ABI_OK);
    cr_assert_eq(values[1].bytes.len, 0);
    cr_assert_eq(values[2].bytes.len,
                 0); /* the word at offset 1 ends with argument 1's first byte */
    words = WORDS(0x20, 0x20);
    cr_assert_eq(decode(values, "string,string", words.bytes, words.len, ABI_CALLDATA),
                 ABI_TAIL_SHORT);
}

Test(abi_decode, arguments_are_read_from_first_to_last)
{
    struct words words = WORDS(2, UINT64_MAX);
    cr_assert_eq(verdict_of("bool,string", &words, ABI_CALLDATA), ABI_DIRTY_WORD);
    words = WORDS(UINT64_MAX, 2);
    cr_assert_eq(verdict_of("string,bool", &words, ABI_CALLDATA), ABI_LENGTH_OUTSIDE);
}

Test(abi_decode, arrays_are_words_one_behind_the_other)
{
    struct words words = WORDS(0x20, 2, 7, 8);
    struct abi_value value;
    cr_assert_eq(decode(&value, "uint8[]", words.bytes, words.len, ABI_CALLDATA), ABI_OK);
    cr_assert_eq(value.bytes.len, 64);
    cr_assert_eq(abi_array_at(&value, 0).limb[0], 7);
    cr_assert_eq(abi_array_at(&value, 1).limb[0], 8);
    cr_assert_eq(decode(&value, "uint8[]", words.bytes, words.len - 1, ABI_CALLDATA),
                 ABI_TAIL_SHORT);
    words = WORDS(0x20, 2, 7, 256);
    cr_assert_eq(verdict_of("uint8[]", &words, ABI_CALLDATA), ABI_DIRTY_WORD);
    words = WORDS(0x20, UINT64_MAX, 7);
    cr_assert_eq(verdict_of("uint256[]", &words, ABI_CALLDATA), ABI_TAIL_SHORT);
    cr_assert_eq(verdict_of("uint256[]", &words, ABI_MEMORY), ABI_MEMORY_END);
    words = WORDS(0x20, UINT64_MAX / 32 -
                            5); /* 160 bytes of memory are taken, the length word included */
    cr_assert_eq(verdict_of("uint256[]", &words, ABI_MEMORY), ABI_TAIL_SHORT);
    words = WORDS(0x20, UINT64_MAX / 32 - 4);
    cr_assert_eq(verdict_of("uint256[]", &words, ABI_MEMORY), ABI_MEMORY_END);
}
