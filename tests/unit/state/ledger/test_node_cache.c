/* The cache of trie nodes by itself; that no view reads an old node through it, test_proofs.c, test_state.c and test_rewind.c show. */
#include <criterion/criterion.h>

#include "state/base/heap.h"
#include "state/ledger/node_cache.h"
#include "tests/lib/random.h"

enum { SMALL = 64 << 10 }; /* parts of 4 KiB */

struct fixture {
    struct node_cache *cache;
    struct mm_buf record;
};

static struct fixture open_cache(size_t bytes)
{
    struct fixture f = { .cache = node_cache_new(bytes) };
    cr_assert_not_null(f.cache);
    mm_buf_init(&f.record, 1 << 20);
    node_cache_restart(f.cache, 1);
    return f;
}

static void close_cache(struct fixture *f)
{
    node_cache_free(f->cache);
    mm_buf_fini(&f->record);
}

static mm_bytes key_of(uint8_t out[40], uint64_t number)
{
    memset(out, 0, 40);
    out[0] = 'S';
    memcpy(out + 1, &number, sizeof number);
    return mm_bytes_from(out, 40);
}

/* Keys with one hash stand in one set, as the worst of keys do. */
static void add(struct fixture *f, uint64_t turn, uint64_t hash, uint64_t number, const char *text)
{
    uint8_t key[40];
    const mm_bytes record = text == NULL ? (mm_bytes){ NULL, 0 } : mm_bytes_str(text);
    node_cache_add(f->cache, turn, hash, key_of(key, number), text == NULL ? NULL : &record);
}

static enum node_known find(struct fixture *f, uint64_t turn, uint64_t hash, uint64_t number)
{
    uint8_t key[40];
    return node_cache_find(f->cache, &f->record, turn, hash, key_of(key, number));
}

static bool has(struct fixture *f, uint64_t turn, uint64_t hash, uint64_t number, const char *text)
{
    return find(f, turn, hash, number) == NODE_PRESENT &&
           mm_bytes_equal(mm_buf_bytes(&f->record), mm_bytes_str(text));
}

Test(node_cache, gives_back_records_and_absences_of_its_turn)
{
    struct fixture f = open_cache(SMALL);
    add(&f, 1, 7, 1, "one");
    add(&f, 1, 7, 2, NULL);
    add(&f, 1, 7, 3, "");
    cr_assert(has(&f, 1, 7, 1, "one"));
    cr_assert_eq(find(&f, 1, 7, 2), NODE_ABSENT);
    cr_assert(has(&f, 1, 7, 3, ""));
    cr_assert_eq(find(&f, 1, 7, 4), NODE_UNKNOWN);
    cr_assert_eq(find(&f, 1, 8, 1), NODE_UNKNOWN);
    cr_assert_eq(find(&f, 0, 7, 1), NODE_UNKNOWN);
    cr_assert_eq(find(&f, 2, 7, 1), NODE_UNKNOWN);
    close_cache(&f);
}

Test(node_cache, takes_nothing_of_another_turn_and_keeps_what_it_knows)
{
    struct fixture f = open_cache(SMALL);
    add(&f, 1, 7, 1, "one");
    add(&f, 0, 7, 2, "two");
    add(&f, 2, 7, 3, "three");
    add(&f, 1, 7, 1, "another");
    cr_assert(has(&f, 1, 7, 1, "one"));
    cr_assert_eq(find(&f, 1, 7, 2), NODE_UNKNOWN);
    cr_assert_eq(find(&f, 1, 7, 3), NODE_UNKNOWN);
    close_cache(&f);
}

Test(node_cache, a_turn_keeps_what_did_not_change)
{
    struct fixture f = open_cache(SMALL);
    uint8_t key[40];
    add(&f, 1, 7, 1, "one");
    add(&f, 1, 7, 2, "two");
    node_cache_next(f.cache, 2);
    const mm_bytes record = MM_BYTES_LIT("new");
    node_cache_put(f.cache, 7, key_of(key, 1), &record);
    node_cache_put(f.cache, 7, key_of(key, 3), NULL);
    cr_assert_eq(find(&f, 1, 7, 2), NODE_UNKNOWN);
    cr_assert(has(&f, 2, 7, 1, "new"));
    cr_assert(has(&f, 2, 7, 2, "two"));
    cr_assert_eq(find(&f, 2, 7, 3), NODE_ABSENT);
    node_cache_put(f.cache, 7, key_of(key, 2), NULL);
    cr_assert_eq(find(&f, 2, 7, 2), NODE_ABSENT);
    close_cache(&f);
}

Test(node_cache, a_restart_forgets_everything)
{
    struct fixture f = open_cache(SMALL);
    for (uint64_t i = 0; i < 40; i++)
        add(&f, 1, i * 31, i, "before");
    node_cache_restart(f.cache, 2);
    for (uint64_t i = 0; i < 40; i++)
        cr_assert_eq(find(&f, 2, i * 31, i), NODE_UNKNOWN);
    add(&f, 2, 31, 1, "after");
    cr_assert(has(&f, 2, 31, 1, "after"));
    close_cache(&f);
}

Test(node_cache, an_entry_that_is_too_long_is_left_out_and_harms_none)
{
    struct fixture f = open_cache(SMALL);
    static char text[3000];
    memset(text, 'x', sizeof text - 1);
    add(&f, 1, 7, 1, "one");
    add(&f, 1, 7, 2, text);
    cr_assert_eq(find(&f, 1, 7, 2), NODE_UNKNOWN);
    cr_assert(has(&f, 1, 7, 1, "one"));
    close_cache(&f);
}

/* Against a plain array of what each key should be, over many rounds of the rings. */
Test(node_cache, never_gives_anything_but_what_was_put_in_last)
{
    enum { KEYS = 300, STEPS = 60000 };
    struct fixture f = open_cache(SMALL);
    struct test_random random = { 20 };
    static char texts[KEYS][400];
    uint64_t turn = 1;
    size_t found = 0;
    for (size_t step = 0; step < STEPS; step++) {
        const uint64_t number = test_random_below(&random, KEYS);
        const uint64_t hash = number % 50 * UINT64_C(0x9e3779b97f4a7c15);
        uint8_t key[40];
        switch (test_random_below(&random, 8)) {
        case 0: /* it changes, as a flush tells */
            node_cache_next(f.cache, ++turn);
            memset(texts[number], 'a' + (int)(step % 26), sizeof texts[number]);
            texts[number][test_random_below(&random, sizeof texts[number])] = '\0';
            const mm_bytes record = mm_bytes_str(texts[number]);
            node_cache_put(f.cache, hash, key_of(key, number), &record);
            break;
        case 1:
        case 2:
            add(&f, turn, hash, number, texts[number]);
            break;
        default:
            if (find(&f, turn, hash, number) == NODE_PRESENT) {
                found++;
                cr_assert(has(&f, turn, hash, number, texts[number]));
            }
        }
        if (test_random_below(&random, 5000) == 0)
            node_cache_restart(f.cache, ++turn);
        if (test_random_below(&random, 5000) == 0)
            cr_assert(node_cache_resize(f.cache, SMALL + test_random_below(&random, SMALL)));
    }
    cr_assert_gt(found, STEPS / 20, "%zu", found);
    close_cache(&f);
}

static char *text_of(char out[200], size_t len)
{
    memset(out, 'x', len);
    out[len] = '\0';
    return out;
}

Test(node_cache, keeps_what_it_knows_when_it_grows_and_then_holds_more)
{
    enum { NODES = 2000 };
    struct fixture f = open_cache(SMALL);
    char text[200];
    size_t held[3] = { 0 };
    for (size_t round = 0; round < 3; round++) {
        if (round == 1)
            cr_assert(node_cache_resize(f.cache, 16 * SMALL));
        for (uint64_t i = 0; i < NODES && round != 1; i++)
            add(&f, 1, i, i, text_of(text, 199));
        for (uint64_t i = 0; i < NODES; i++)
            held[round] += has(&f, 1, i, i, text_of(text, 199));
    }
    cr_assert_lt(held[0], NODES / 4, "%zu", held[0]);
    cr_assert_gt(held[1], held[0] * 9 / 10, "%zu", held[1]);
    cr_assert_gt(held[2], NODES * 9 / 10, "%zu", held[2]);
    close_cache(&f);
}

/* A few that change all the time leave those alone that do not. */
Test(node_cache, what_changes_is_written_over_itself)
{
    enum { STILL = 60, BUSY = 20, ROUNDS = 500 };
    struct fixture f = open_cache(SMALL);
    char text[200];
    size_t held = 0;
    for (uint64_t i = 0; i < STILL + BUSY; i++)
        add(&f, 1, i, i, text_of(text, 150));
    for (size_t round = 0; round < ROUNDS; round++) {
        node_cache_next(f.cache, 2 + round);
        for (uint64_t i = STILL; i < STILL + BUSY; i++) {
            uint8_t key[40];
            const mm_bytes record = mm_bytes_str(text_of(text, 150 + round % 40));
            node_cache_put(f.cache, i, key_of(key, i), &record);
        }
    }
    for (uint64_t i = 0; i < STILL; i++)
        held += has(&f, 1 + ROUNDS, i, i, text_of(text, 150));
    cr_assert_eq(held, STILL, "%zu", held);
    close_cache(&f);
}

#ifdef MINTMARK_CHECKED
Test(node_cache, without_memory_it_does_not_grow_and_loses_nothing_that_is_true)
{
    struct fixture f = open_cache(SMALL);
    for (size_t i = 0; i < 8; i++) {
        add(&f, 1, 7, 1, "one");
        mm_heap_fail_after(i);
        cr_assert_not(node_cache_resize(f.cache, 2 * SMALL));
        mm_heap_fail_after(SIZE_MAX);
        add(&f, 1, 7, 1, "one");
        cr_assert(has(&f, 1, 7, 1, "one"));
    }
    close_cache(&f);
}

Test(node_cache, without_memory_there_is_none)
{
    for (size_t i = 0; i < 4; i++) {
        mm_heap_fail_after(i);
        cr_assert_null(node_cache_new(SMALL));
        mm_heap_fail_after(SIZE_MAX);
    }
}
#endif
