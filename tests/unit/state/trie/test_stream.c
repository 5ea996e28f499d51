#include "state/trie/stream.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "tests/lib/node_table.h"
#include "tests/lib/random.h"

static mm_err keep_node(void *ctx, mm_bytes path, mm_bytes node)
{
    node_table_put(ctx, path, node);
    return MM_OK;
}

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

Test(stream, gives_the_root_and_the_nodes_of_the_batch_trie)
{
    struct test_random random = { 11 };
    struct trie_stream *stream = NULL;
    for (size_t round = 0; round < 60; round++) {
        const size_t drawn = round < 20 ? round : test_random_below(&random, 400);
        const size_t key_len = round % 3 == 0 ? 2 : 32;
        uint8_t(*keys)[32] = calloc(drawn + 1, sizeof *keys);
        uint8_t(*values)[40] = calloc(drawn + 1, sizeof *values);
        struct trie_update *updates = calloc(drawn + 1, sizeof *updates);
        for (size_t i = 0; i < drawn; i++) {
            test_random_fill(&random, keys[i], key_len);
            test_random_fill(&random, values[i], 40);
            if (round % 2 == 0)
                keys[i][0] &= 0x31;
            updates[i] = (struct trie_update){ mm_bytes_from(keys[i], key_len),
                                               mm_bytes_from(values[i],
                                                             1 + test_random_below(&random, 40)) };
        }
        qsort(updates, drawn, sizeof *updates, by_key);
        size_t count = 0;
        for (size_t i = 0; i < drawn; i++) {
            if (count == 0 || !mm_bytes_equal(updates[count - 1].key, updates[i].key))
                updates[count++] = updates[i];
        }
        struct node_table batch = { 0 };
        struct node_table streamed = { 0 };
        const mm_hash32 expected = node_table_update(&batch, &KECCAK_EMPTY_TRIE, updates, count);
        stream = trie_stream_new(&(struct trie_sink){ &streamed, keep_node });
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(trie_stream_add(stream, updates[i].key, updates[i].value), MM_OK);
        mm_hash32 root;
        cr_assert_eq(trie_stream_finish(stream, &root), MM_OK);
        trie_stream_free(stream);
        cr_assert(mm_hash_equal(&root, &expected), "round %zu, %zu keys", round, count);
        cr_assert_eq(streamed.count, batch.count);
        struct mm_arena arena;
        mm_arena_init(&arena, SIZE_MAX);
        const struct trie_reader reader = node_table_reader(&streamed);
        struct trie *trie = trie_new(&arena, &reader, &root);
        for (size_t i = 0; i < count; i++)
            updates[i].value = (mm_bytes){ NULL, 0 };
        cr_assert_eq(trie_apply(trie, updates, count),
                     MM_OK); /* walks every node, and each hashes to its name */
        mm_arena_fini(&arena);
        node_table_fini(&batch);
        node_table_fini(&streamed);
        free(keys);
        free(values);
        free(updates);
    }
}

Test(stream, refuses_keys_out_of_order_or_of_another_length)
{
    struct trie_stream *stream = trie_stream_new(NULL);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bb"), MM_BYTES_LIT("x")), MM_OK);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bb"), MM_BYTES_LIT("x")), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("ba"), MM_BYTES_LIT("x")), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bbb"), MM_BYTES_LIT("x")), MM_ERR_INVALID);
    cr_assert_eq(trie_stream_add(stream, MM_BYTES_LIT("bc"), MM_BYTES_LIT("")), MM_ERR_INVALID);
    trie_stream_free(stream);
}
