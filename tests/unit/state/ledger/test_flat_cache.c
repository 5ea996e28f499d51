/* The cache of the flat state by itself; that no view reads an old value through it, test_state.c and test_rewind.c show. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "state/ledger/flat_cache.h"
#include "tests/lib/random.h"

enum { SMALL = 64 << 10 }; /* 64 sets: the least */

static mm_bytes key_of(uint8_t out[33], uint64_t number)
{
    memset(out, 0, 33);
    out[0] = 'a';
    memcpy(out + 1, &number, sizeof number);
    return mm_bytes_from(out, 33);
}

static void add(struct flat_cache *cache, uint64_t turn, uint64_t hash, uint64_t number,
                const char *value)
{
    uint8_t key[33];
    const mm_bytes text = value == NULL ? (mm_bytes){ NULL, 0 } : mm_bytes_str(value);
    flat_cache_add(cache, turn, hash, key_of(key, number), value == NULL ? NULL : &text);
}

static bool has(struct flat_cache *cache, uint64_t turn, uint64_t hash, uint64_t number,
                const char *value)
{
    uint8_t key[33];
    struct flat_value found;
    if (!flat_cache_find(cache, &found, turn, hash, key_of(key, number)))
        return false;
    cr_assert_eq(found.is_present, value != NULL);
    cr_assert_eq(found.len, value == NULL ? 0 : strlen(value));
    cr_assert(value == NULL || memcmp(found.b, value, found.len) == 0);
    return true;
}

Test(flat_cache, gives_back_values_and_absences_of_its_turn)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    const uint64_t turn = flat_cache_restart(cache);
    add(cache, turn, 7, 1, "one");
    add(cache, turn, 7, 2, NULL);
    add(cache, turn, 7, 3, "");
    cr_assert(has(cache, turn, 7, 1, "one"));
    cr_assert(has(cache, turn, 7, 2, NULL));
    cr_assert(has(cache, turn, 7, 3, ""));
    cr_assert_not(has(cache, turn, 7, 4, NULL));
    cr_assert_not(has(cache, turn - 1, 7, 1, "one"));
    cr_assert_not(has(cache, turn + 1, 7, 1, "one"));
    flat_cache_free(cache);
}

Test(flat_cache, takes_nothing_of_another_turn)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    const uint64_t old = flat_cache_restart(cache);
    const uint64_t turn = flat_cache_next(cache);
    add(cache, old, 7, 1, "old");
    cr_assert_not(has(cache, turn, 7, 1, "old"));
    cr_assert_not(has(cache, old, 7, 1, "old"));
    flat_cache_free(cache);
}

Test(flat_cache, keeps_over_a_turn_what_was_not_forgotten)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    uint8_t key[33];
    const uint64_t old = flat_cache_restart(cache);
    add(cache, old, 7, 1, "one");
    add(cache, old, 7, 2, "two");
    const uint64_t turn = flat_cache_next(cache);
    flat_cache_forget(cache, 7, key_of(key, 2));
    flat_cache_forget(cache, 7, key_of(key, 3));
    cr_assert(has(cache, turn, 7, 1, "one"));
    cr_assert_not(has(cache, turn, 7, 2, "two"));
    flat_cache_free(cache);
}

Test(flat_cache, knows_nothing_after_a_restart)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    const uint64_t old = flat_cache_restart(cache);
    add(cache, old, 7, 1, "one");
    const uint64_t turn = flat_cache_restart(cache);
    cr_assert_not(has(cache, turn, 7, 1, "one"));
    add(cache, turn, 7, 2, "two");
    cr_assert_not(has(cache, turn, 7, 1, "one"));
    cr_assert(has(cache, turn, 7, 2, "two"));
    flat_cache_free(cache);
}

Test(flat_cache, does_not_hold_what_is_too_long)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    const uint64_t turn = flat_cache_restart(cache);
    char text[FLAT_BYTES];
    memset(text, 'x', sizeof text);
    text[FLAT_BYTES - 33 + 1] = '\0';
    add(cache, turn, 7, 1, text);
    cr_assert_not(has(cache, turn, 7, 1, text));
    text[FLAT_BYTES - 33] = '\0';
    add(cache, turn, 7, 1, text);
    cr_assert(has(cache, turn, 7, 1, text));
    flat_cache_free(cache);
}

Test(flat_cache, lets_go_first_of_what_was_not_found_lately)
{
    struct flat_cache *cache = flat_cache_new(SMALL);
    const uint64_t turn = flat_cache_restart(cache);
    for (uint64_t i = 0; i < FLAT_WAYS; i++)
        add(cache, turn, 7, i, "x");
    cr_assert(has(cache, turn, 7, 3, "x"));
    for (uint64_t i = 100; i < 100 + FLAT_WAYS - 1; i++) {
        add(cache, turn, 7, i, "x");
        cr_assert(has(cache, turn, 7, 3, "x"));
    }
    size_t left = 0;
    for (uint64_t i = 0; i < FLAT_WAYS; i++)
        left += has(cache, turn, 7, i, "x");
    cr_assert_eq(left, 1);
    flat_cache_free(cache);
}

/* Against a table with every value: what is found is always what the turn has, and most is found. */
Test(flat_cache, is_never_wrong_over_many_turns)
{
    enum { KEYS = 300, STEPS = 200000 };
    static unsigned now[KEYS];
    struct test_random random = { 11 };
    struct flat_cache *cache = flat_cache_new(SMALL);
    uint64_t turn = flat_cache_restart(cache);
    size_t hits = 0;
    for (size_t step = 0; step < STEPS; step++) {
        uint8_t bytes[33];
        char text[16];
        struct flat_value found;
        const uint64_t number = test_random_below(&random, KEYS);
        const uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);
        const mm_bytes key = key_of(bytes, number);
        (void)snprintf(text, sizeof text, "%u", now[number]);
        const mm_bytes value = mm_bytes_str(text);
        if (test_random_below(&random, 50) == 0) {
            now[number]++;
            turn = test_random_below(&random, 20) == 0 ? flat_cache_restart(cache)
                                                       : flat_cache_next(cache);
            flat_cache_forget(cache, hash, key);
        } else if (flat_cache_find(cache, &found, turn, hash, key)) {
            cr_assert(found.is_present && found.len == value.len &&
                      memcmp(found.b, value.ptr, value.len) == 0);
            hits++;
        } else {
            flat_cache_add(cache, turn, hash, key, &value);
        }
    }
    cr_assert_gt(hits, STEPS / 2);
    flat_cache_free(cache);
}
