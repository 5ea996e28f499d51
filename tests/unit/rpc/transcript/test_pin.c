/* Whose a transcript is. */
#include <criterion/criterion.h>
#include <string.h>

#include "rpc/transcript/pin.h"

static const mm_addr collection = { { 0x6d, 0x69, [18] = 0x07, [19] = 0x21 } };

Test(transcript_pin, names_collection_and_token)
{
    char owner[TRANSCRIPT_PIN_OWNER_MAX + 1];
    mm_u256 token = u256_from_u64(42);
    cr_assert_eq(transcript_pin_owner(owner, &collection, &token), strlen(owner));
    cr_assert_str_eq(owner, "chat:6d69000000000000000000000000000000000721:2a");
    token = u256_from_u64(UINT64_MAX);
    cr_assert_eq(transcript_pin_owner(owner, &collection, &token), 62);
}

Test(transcript_pin, of_a_number_beyond_all_counting_is_none)
{
    char owner[TRANSCRIPT_PIN_OWNER_MAX + 1];
    const mm_u256 token = { .limb = { 42, 1, 0, 0 } };
    cr_assert_eq(transcript_pin_owner(owner, &collection, &token), 0);
    cr_assert_str_eq(owner, "");
}
