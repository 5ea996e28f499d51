/* A checkpoint as a word. How they are pushed and looked up, votes show (unit/contracts-native/ainft). */
#include <criterion/criterion.h>

#include "contracts-native/checkpoints/checkpoints.h"

Test(checkpoints, a_word_holds_48_bits_of_time_and_208_of_value)
{
    const struct checkpoint whole = { CHECKPOINTS_KEY_MAX,
                                      { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT16_MAX } } };
    const mm_u256 all = { { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    const mm_u256 word = checkpoint_to_word(&whole);
    cr_assert(u256_equal(&word, &all));
    const struct checkpoint odd = { 0x123456789abc,
                                    { { 0x1122334455667788, 0x99aabbccddeeff00, 7, 0x8001 } } };
    const mm_u256 odd_word = checkpoint_to_word(&odd);
    const struct checkpoint again = checkpoint_from_word(&odd_word);
    cr_assert_eq(again.key, odd.key);
    cr_assert(u256_equal(&again.value, &odd.value));
    const mm_u256 too_large = { { 0, 0, 0, UINT64_C(1) << 16 } };
    cr_assert(!checkpoint_value_fits(&too_large));
}
