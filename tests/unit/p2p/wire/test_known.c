/* The set of hashes that a peer knows. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "p2p/wire/known.h"
#include "state/base/heap.h"
#include "tests/lib/random.h"

static const uint8_t key[KNOWN_KEY_BYTES] = { 7 };

static mm_hash32 numbered(uint64_t number)
{
    mm_hash32 hash = { { 0 } };
    memcpy(hash.b, &number, sizeof number);
    return hash;
}

Test(known, keeps_the_newest_and_forgets_the_oldest)
{
    struct known *known;
    cr_assert_eq(known_new(&known, 3, key), MM_OK);
    for (uint64_t i = 0; i < 5; i++) {
        const mm_hash32 hash = numbered(i);
        cr_assert_not(known_has(known, &hash));
        cr_assert(known_add(known, &hash));
        cr_assert_not(known_add(known, &hash));
        cr_assert(known_has(known, &hash));
    }
    cr_assert_eq(known_count(known), 3);
    for (uint64_t i = 0; i < 5; i++) {
        const mm_hash32 hash = numbered(i);
        cr_assert_eq(known_has(known, &hash), i >= 2);
    }
    known_free(known);
}

/* Goal: the table says at every moment what a plain list of the last hashes says.
 * Method: hashes from a small range, so that they come again and leave in every order; small tables, so that runs wrap around. */
static void compare_with_a_list(bool is_keyed)
{
    struct test_random random = { 1 };
    for (size_t capacity = 1; capacity <= 40; capacity += 3) {
        struct known *known;
        uint64_t list[64];
        size_t count = 0;
        cr_assert_eq(is_keyed ? known_new_of_keyed(&known, capacity)
                              : known_new(&known, capacity, key),
                     MM_OK);
        for (size_t turn = 0; turn < 20000; turn++) {
            const uint64_t number = test_random_below(&random, capacity * 2 + 1);
            const mm_hash32 hash = numbered(number);
            size_t at = 0;
            while (at < count && list[at] != number)
                at++;
            cr_assert_eq(known_has(known, &hash), at < count);
            cr_assert_eq(known_add(known, &hash), at == count);
            if (at < count)
                continue;
            if (count == capacity)
                memmove(list, list + 1, --count * sizeof *list);
            list[count++] = number;
            cr_assert_eq(known_count(known), count);
        }
        known_free(known);
    }
}

Test(known, agrees_with_a_list_over_long_histories)
{
    compare_with_a_list(false);
}

Test(known, of_hashes_that_are_keyed_agrees_with_a_list)
{
    compare_with_a_list(true);
}

Test(known, takes_a_million_hashes_without_growing)
{
    struct known *known;
    cr_assert_eq(known_new(&known, KNOWN_HASHES, key), MM_OK);
#ifdef MINTMARK_CHECKED
    mm_heap_fail_after(0);
#endif
    for (uint64_t i = 0; i < 1000000; i++) {
        const mm_hash32 hash = numbered(i);
        (void)known_add(known, &hash);
    }
#ifdef MINTMARK_CHECKED
    mm_heap_fail_after(SIZE_MAX);
#endif
    cr_assert_eq(known_count(known), KNOWN_HASHES);
    const mm_hash32 oldest = numbered(1000000 - KNOWN_HASHES);
    const mm_hash32 older = numbered(1000000 - KNOWN_HASHES - 1);
    cr_assert(known_has(known, &oldest) && !known_has(known, &older));
    known_free(known);
}

#ifdef MINTMARK_CHECKED
Test(known, without_memory_there_is_no_set)
{
    for (size_t successes = 0; successes < 2; successes++) {
        struct known *known;
        mm_heap_fail_after(successes);
        cr_assert_eq(known_new(&known, 16, key), MM_ERR_NO_MEMORY);
        mm_heap_fail_after(SIZE_MAX);
        cr_assert_null(known);
    }
}
#endif
