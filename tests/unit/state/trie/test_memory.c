/* Memory that ends anywhere is MM_ERR_NO_MEMORY: never corruption, never a wrong root, and the stored trie still stands. */
#include <criterion/criterion.h>

#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "state/trie/stream.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 40 };

struct fixture {
    struct node_table table;
    mm_hash32 root;
    uint8_t keys[KEYS][4];
    uint8_t values[KEYS][40];
    struct trie_update updates[KEYS];
};

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static void set_up(struct fixture *fixture)
{
    struct test_random random = { 61 };
    *fixture = (struct fixture){ 0 };
    for (size_t i = 0; i < KEYS; i++) {
        test_random_fill(&random, fixture->keys[i], 4);
        fixture->keys[i][0] &= 0x11;
        test_random_fill(&random, fixture->values[i], 40);
        fixture->updates[i] = (struct trie_update){ MM_BYTES_OF(fixture->keys[i]),
                                                    mm_bytes_from(fixture->values[i], 1 + i) };
    }
    qsort(fixture->updates, KEYS, sizeof *fixture->updates, by_key);
    fixture->root = node_table_update(&fixture->table, &KECCAK_EMPTY_TRIE, fixture->updates, KEYS);
}

struct result {
    mm_hash32 root;
    const struct trie_change *changes;
    size_t count;
};

static mm_err update(const struct trie_reader *reader, struct mm_arena *arena,
                     struct result *result, const struct trie_update *updates, size_t count)
{
    struct trie *trie = trie_new(arena, reader, &result->root);
    if (trie == NULL)
        return MM_ERR_NO_MEMORY;
    MM_TRY(trie_apply(trie, updates, count));
    MM_TRY(trie_hash_all(&trie, 1));
    result->root = trie_root(trie);
    return trie_changes(trie, &result->changes, &result->count);
}

static bool is_same(const struct result *a, const struct result *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (!mm_bytes_equal(a->changes[i].path, b->changes[i].path) ||
            !mm_bytes_equal(a->changes[i].old_node, b->changes[i].old_node) ||
            !mm_bytes_equal(a->changes[i].new_node, b->changes[i].new_node))
            return false;
    }
    return a->count == b->count && mm_hash_equal(&a->root, &b->root);
}

/* Half of the keys go, a quarter changes, a quarter stays. */
static size_t draw(struct trie_update *out, const struct fixture *fixture)
{
    size_t count = 0;
    for (size_t i = 0; i < KEYS; i++) {
        out[count] = fixture->updates[i];
        if (i % 4 < 2)
            out[count++].value = (mm_bytes){ NULL, 0 };
        else if (i % 4 == 2)
            out[count++].value = MM_BYTES_LIT("another");
    }
    return count;
}

Test(memory, an_update_without_enough_memory_says_so)
{
    struct fixture fixture;
    struct trie_update updates[KEYS];
    set_up(&fixture);
    const size_t count = draw(updates, &fixture);
    const struct trie_reader reader = node_table_reader(&fixture.table);
    struct result expected = { .root = fixture.root };
    struct mm_arena plenty;
    mm_arena_init(&plenty, 16 << 20);
    cr_assert_eq(update(&reader, &plenty, &expected, updates, count), MM_OK);
    size_t failures = 0;
    for (size_t bytes = 0; bytes < 160000; bytes += 40) {
        struct result result = { .root = fixture.root };
        struct mm_arena arena;
        mm_arena_init(&arena, bytes);
        const mm_err err = update(&reader, &arena, &result, updates, count);
        cr_assert(err == MM_ERR_NO_MEMORY || (err == MM_OK && is_same(&result, &expected)),
                  "%zu bytes: %s", bytes, mm_err_text(err));
        failures += err != MM_OK;
        mm_arena_fini(&arena);
    }
    mm_arena_fini(&plenty);
    cr_assert_gt(failures, 800);
    cr_assert_lt(failures, 4000);
    node_table_fini(&fixture.table);
}

Test(memory, a_proof_without_enough_memory_says_so)
{
    struct fixture fixture;
    struct mm_arena arena;
    set_up(&fixture);
    const struct trie_reader reader = node_table_reader(&fixture.table);
    size_t failures = 0;
    for (size_t bytes = 0; bytes < 20000; bytes += 16) {
        struct trie_proof proof;
        mm_arena_init(&arena, bytes);
        const mm_err err =
            trie_prove(&arena, &proof, &reader, &fixture.root, fixture.updates[KEYS / 2].key);
        cr_assert(err == MM_OK ? mm_bytes_equal(proof.value, fixture.updates[KEYS / 2].value)
                               : err == MM_ERR_NO_MEMORY && proof.count == 0,
                  "%zu bytes: %s", bytes, mm_err_text(err));
        failures += err != MM_OK;
        mm_arena_fini(&arena);
    }
    cr_assert_gt(failures, 50);
    cr_assert_lt(failures, 1250);
    node_table_fini(&fixture.table);
}

/* The longest key over a trie of one short leaf: the list of nodes is the largest thing there is to allocate. */
Test(memory, a_proof_of_the_longest_key_without_enough_memory_says_so)
{
    static const uint8_t key[TRIE_KEY_MAX] = { 1 };
    const struct trie_update update = { MM_BYTES_LIT("k"), MM_BYTES_LIT("v") };
    struct node_table table = { 0 };
    struct mm_arena arena;
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, &update, 1);
    const struct trie_reader reader = node_table_reader(&table);
    for (size_t bytes = 0; bytes < 4096; bytes += 16) {
        struct trie_proof proof;
        mm_arena_init(&arena, bytes);
        const mm_err err = trie_prove(&arena, &proof, &reader, &root, MM_BYTES_OF(key));
        cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY, "%s", mm_err_text(err));
        mm_arena_fini(&arena);
    }
    node_table_fini(&table);
}

#ifdef MINTMARK_CHECKED /* other builds cannot make the heap fail */
static mm_err keep_nothing(void *ctx, mm_bytes path, mm_bytes node)
{
    (void)ctx, (void)path, (void)node;
    return MM_OK;
}

static mm_err stream_all(const struct trie_update *updates, size_t count, mm_hash32 *root)
{
    struct trie_stream *stream = trie_stream_new(&(struct trie_sink){ NULL, keep_nothing });
    if (stream == NULL)
        return MM_ERR_NO_MEMORY;
    mm_err err = MM_OK;
    for (size_t i = 0; i < count && err == MM_OK; i++)
        err = trie_stream_add(stream, updates[i].key, updates[i].value);
    if (err == MM_OK)
        err = trie_stream_finish(stream, root);
    trie_stream_free(stream);
    return err;
}

/* Values of many sizes, so that the arena grows at many places. */
Test(memory, a_stream_without_enough_memory_says_so)
{
    static uint8_t bytes[1 << 20];
    static uint8_t keys[48][2];
    struct trie_update updates[48];
    struct node_table table = { 0 };
    size_t failures = 0;
    memset(bytes, 7, sizeof bytes);
    for (size_t i = 0; i < 48; i++) {
        keys[i][0] = (uint8_t)(i / 3);
        keys[i][1] = (uint8_t)(i % 3 * 5);
        updates[i] = (struct trie_update){ MM_BYTES_OF(keys[i]),
                                           mm_bytes_from(bytes, 1 + i * i * i * i % 500009) };
    }
    const mm_hash32 expected = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, 48);
    for (;; failures++) {
        mm_hash32 root;
        mm_heap_fail_after(failures);
        const mm_err err = stream_all(updates, 48, &root);
        mm_heap_fail_after(SIZE_MAX);
        if (err == MM_OK) {
            cr_assert(mm_hash_equal(&root, &expected));
            break;
        }
        cr_assert_eq(err, MM_ERR_NO_MEMORY, "%s", mm_err_text(err));
    }
    cr_assert_geq(failures, 10);
    node_table_fini(&table);
}
#endif
