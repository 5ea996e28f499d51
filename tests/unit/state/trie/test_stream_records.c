/* The stream hands out exactly the nodes that a batch would have stored, children first, each once. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "state/trie/stream.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

enum { KEYS = 200 };

struct kept {
    struct node_table table;
    size_t calls;
    size_t fail_at; /* the call that fails with MM_ERR_IO; SIZE_MAX: none */
};

static mm_err keep(void *ctx, mm_bytes path, mm_bytes node)
{
    struct kept *kept = ctx;
    if (kept->calls++ == kept->fail_at)
        return MM_ERR_IO;
    cr_assert_eq(node_table_find(&kept->table, path).len, 0, "a node is handed out once");
    /* Children first: what comes later stands on another branch or above. */
    uint8_t above[TRIE_PATH_MAX];
    memcpy(above, path.ptr, path.len);
    for (size_t len = 0; len < path.len; len++)
        cr_assert_eq(node_table_find(&kept->table, mm_bytes_from(above, len)).len, 0);
    node_table_put(&kept->table, path, node);
    return MM_OK;
}

struct entries {
    uint8_t keys[KEYS][TRIE_KEY_MAX];
    uint8_t values[KEYS][90];
    struct trie_update updates[KEYS];
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static void draw(struct entries *entries, struct test_random *random, size_t count, size_t key_len)
{
    const size_t value_max = 1 + test_random_below(random, 90);
    struct trie_update drawn[KEYS];
    *entries = (struct entries){ 0 };
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < key_len; j++)
            entries->keys[i][j] =
                (uint8_t)(test_random_below(random, 8) == 0 ? test_random_u64(random)
                                                            : test_random_below(random, 2) * 0x21);
        test_random_fill(random, entries->values[i], sizeof entries->values[i]);
        drawn[i] = (struct trie_update){
            mm_bytes_from(entries->keys[i], key_len),
            mm_bytes_from(entries->values[i], 1 + test_random_below(random, value_max)),
        };
    }
    qsort(drawn, count, sizeof *drawn, by_key);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !mm_bytes_equal(drawn[i - 1].key, drawn[i].key))
            entries->updates[entries->count++] = drawn[i];
    }
}

static mm_err stream_all(struct trie_stream *stream, const struct entries *entries, mm_hash32 *root)
{
    for (size_t i = 0; i < entries->count; i++)
        MM_TRY(trie_stream_add(stream, entries->updates[i].key, entries->updates[i].value));
    return trie_stream_finish(stream, root);
}

Test(stream_records, are_those_of_a_batch_for_every_length_of_key)
{
    struct test_random random = { 71 };
    struct kept kept = { .fail_at = SIZE_MAX };
    struct trie_stream *stream = trie_stream_new(&(struct trie_sink){ &kept, keep });
    static struct entries entries;
    for (size_t key_len = 1; key_len <= TRIE_KEY_MAX; key_len++) {
        for (size_t round = 0; round < 6; round++) {
            struct node_table batch = { 0 };
            draw(&entries, &random, round < 3 ? round : test_random_below(&random, KEYS), key_len);
            const mm_hash32 expected =
                node_table_update(&batch, &KECCAK_EMPTY_TRIE, entries.updates, entries.count);
            mm_hash32 root;
            cr_assert_eq(stream_all(stream, &entries, &root), MM_OK); /* one stream, used again */
            cr_assert(mm_hash_equal(&root, &expected), "%zu bytes, round %zu", key_len, round);
            cr_assert(node_table_equal(&kept.table, &batch), "%zu bytes, round %zu", key_len,
                      round);
            node_table_fini(&batch);
            node_table_fini(&kept.table);
        }
    }
    trie_stream_free(stream);
}

Test(stream_records, a_sink_that_fails_is_heard_and_the_stream_starts_afresh)
{
    struct test_random random = { 72 };
    static struct entries entries;
    draw(&entries, &random, 60, 32);
    /* The last keys share much, so that branches are open at the end. */
    static uint8_t last[4][32];
    for (size_t i = 0; i < 4; i++) {
        const size_t at = entries.count - 4 + i;
        memset(last[i], 0xff, sizeof last[i]);
        last[i][8 * i + 7] = i == 3 ? 0xff : 0xf0;
        entries.updates[at] =
            (struct trie_update){ MM_BYTES_OF(last[i]), MM_BYTES_OF(entries.values[i]) };
    }
    struct kept kept = { .fail_at = SIZE_MAX };
    struct trie_stream *stream = trie_stream_new(&(struct trie_sink){ &kept, keep });
    mm_hash32 expected;
    mm_hash32 root;
    cr_assert_eq(stream_all(stream, &entries, &expected), MM_OK);
    const size_t calls = kept.calls;
    cr_assert_gt(calls, 3);
    for (size_t fail_at = 0; fail_at < calls; fail_at++) {
        node_table_fini(&kept.table);
        kept.calls = 0;
        kept.fail_at = fail_at;
        cr_assert_eq(stream_all(stream, &entries, &root), MM_ERR_IO);
        kept.fail_at = SIZE_MAX;
        (void)!trie_stream_finish(stream, &root);
        node_table_fini(&kept.table);
        cr_assert_eq(stream_all(stream, &entries, &root), MM_OK);
        cr_assert(mm_hash_equal(&root, &expected));
    }
    /* One key alone is the root. */
    node_table_fini(&kept.table);
    kept.calls = 0;
    kept.fail_at = 0;
    entries.count = 1;
    cr_assert_eq(stream_all(stream, &entries, &root), MM_ERR_IO);
    trie_stream_free(stream);
    node_table_fini(&kept.table);
}

Test(stream_records, keys_of_another_length_are_refused_wherever_they_would_stand)
{
    struct trie_stream *stream = trie_stream_new(NULL);
    const mm_bytes value = MM_BYTES_LIT("v");
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bb"), value), MM_OK);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("c"), value), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bcd"), value), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bc"), value), MM_OK);
    trie_stream_free(stream);
}

Test(stream_records, keys_are_one_byte_at_least_and_the_longest_at_most)
{
    static const uint8_t key[TRIE_KEY_MAX + 1] = { 0 };
    struct trie_stream *stream = trie_stream_new(NULL);
    mm_hash32 root;
    const mm_bytes value = MM_BYTES_LIT("v");
    cr_assert_eq(trie_stream_add(stream, mm_bytes_from(key, 0), value), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_OF(key), value), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, mm_bytes_from(key, 1), mm_bytes_from(key, 0)),
                 MM_ERR_INVALID);
    cr_assert_eq(trie_stream_finish(stream, &root), MM_OK);
    cr_assert(mm_hash_equal(&root, &KECCAK_EMPTY_TRIE), "what was refused is not there");
    cr_assert_eq(trie_stream_add(stream, mm_bytes_from(key, TRIE_KEY_MAX), value), MM_OK);
    cr_assert_eq(trie_stream_finish(stream, &root), MM_OK);
    struct node_table table = { 0 };
    const struct trie_update update = { mm_bytes_from(key, TRIE_KEY_MAX), value };
    const mm_hash32 expected = node_table_update(&table, &KECCAK_EMPTY_TRIE, &update, 1);
    cr_assert(mm_hash_equal(&root, &expected));
    node_table_fini(&table);
    trie_stream_free(stream);
    trie_stream_free(NULL);
}
