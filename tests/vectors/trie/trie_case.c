#include "tests/vectors/trie/trie_case.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "state/crypto/keccak.h"
#include "state/trie/stream.h"
#include "tests/lib/node_table.h"
#include "tests/vectors/chain/fixture.h"

/* ---- reading ---- */

/* Text, or the bytes of hexadecimal digits behind 0x. */
static mm_bytes bytes_of(struct mm_arena *arena, mm_bytes text)
{
    if (text.len < 2 || memcmp(text.ptr, "0x", 2) != 0)
        return text;
    const struct json json = { .kind = JSON_STRING, .text = text };
    return fixture_data(arena, &json);
}

static struct trie_update write_of(struct mm_arena *arena, mm_bytes key, const struct json *value,
                                   bool hashed)
{
    struct trie_update write = { .key = bytes_of(arena, key) };
    if (hashed) {
        const mm_hash32 hash = keccak256(write.key);
        cr_assert_eq(mm_arena_copy(arena, &write.key, mm_bytes_hash(&hash)), MM_OK);
    }
    if (value->kind != JSON_NULL) {
        cr_assert_eq(value->kind, JSON_STRING);
        write.value = bytes_of(arena, value->text);
        cr_assert_gt(write.value.len, 0);
    }
    return write;
}

static struct trie_case case_of(struct mm_arena *arena, const struct json_member *member,
                                bool hashed)
{
    const struct json *in = fixture_get(&member->value, "in");
    struct trie_case result = { .name = member->key, .count = in->count };
    result.writes = MM_ARENA_ARRAY(arena, struct trie_update, in->count);
    cr_assert_not_null(result.writes);
    for (size_t i = 0; i < in->count; i++) {
        if (in->kind == JSON_OBJECT) {
            result.writes[i] = write_of(arena, in->members[i].key, &in->members[i].value, hashed);
            continue;
        }
        cr_assert_eq(in->kind, JSON_ARRAY);
        cr_assert_eq(in->items[i].count, 2);
        result.writes[i] =
            write_of(arena, in->items[i].items[0].text, &in->items[i].items[1], hashed);
    }
    const mm_bytes root = fixture_data(arena, fixture_get(&member->value, "root"));
    cr_assert_eq(root.len, sizeof result.root);
    memcpy(result.root.b, root.ptr, sizeof result.root);
    return result;
}

struct trie_cases trie_cases_read(struct mm_arena *arena, const char *path, bool hashed)
{
    const struct json *file = fixture_json(arena, path);
    cr_assert_eq(file->kind, JSON_OBJECT);
    struct trie_cases cases = { MM_ARENA_ARRAY(arena, struct trie_case, file->count), file->count };
    cr_assert_not_null(cases.items);
    for (size_t i = 0; i < file->count; i++)
        cases.items[i] = case_of(arena, &file->members[i], hashed);
    return cases;
}

/* ---- settling ---- */

static int by_key(const void *a, const void *b)
{
    return mm_bytes_compare(((const struct trie_update *)a)->key,
                            ((const struct trie_update *)b)->key);
}

static struct trie_update *find(struct trie_update *writes, size_t count, mm_bytes key)
{
    for (size_t i = 0; i < count; i++) {
        if (mm_bytes_equal(writes[i].key, key))
            return &writes[i];
    }
    return NULL;
}

size_t trie_case_batch(struct trie_update *out, const struct trie_update *writes, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct trie_update *earlier = find(out, kept, writes[i].key);
        if (earlier != NULL)
            *earlier = writes[i];
        else
            out[kept++] = writes[i];
    }
    qsort(out, kept, sizeof *out, by_key);
    return kept;
}

size_t trie_case_settle(struct trie_update *out, const struct trie_update *writes, size_t count)
{
    const size_t all = trie_case_batch(out, writes, count);
    size_t kept = 0;
    for (size_t i = 0; i < all; i++) {
        if (out[i].value.len > 0)
            out[kept++] = out[i];
    }
    return kept;
}

/* ---- ways to a root ---- */

mm_hash32 trie_case_root_stored(const struct trie_update *writes, size_t count)
{
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    for (size_t i = 0; i < count; i++)
        root = node_table_update(&table, &root, &writes[i], 1);
    if (mm_hash_equal(&root, &KECCAK_EMPTY_TRIE))
        cr_assert_eq(table.count, 0, "an empty trie leaves no nodes behind");
    node_table_fini(&table);
    return root;
}

mm_hash32 trie_case_root_in_memory(const struct trie_update *writes, size_t count)
{
    struct mm_arena arena;
    mm_arena_init(&arena, 64 << 20);
    struct trie *trie = trie_new(&arena, NULL, &KECCAK_EMPTY_TRIE);
    cr_assert_not_null(trie);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(trie_apply(trie, &writes[i], 1), MM_OK);
    cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
    const mm_hash32 root = trie_root(trie);
    mm_arena_fini(&arena);
    return root;
}

mm_hash32 trie_case_root_at_once(const struct trie_update *writes, size_t count)
{
    struct node_table table = { 0 };
    struct trie_update *batch = calloc(count + 1, sizeof *batch);
    cr_assert_not_null(batch);
    const size_t batch_count = trie_case_batch(batch, writes, count);
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, batch, batch_count);
    node_table_fini(&table);
    free(batch);
    return root;
}

bool trie_case_has_one_length(const struct trie_update *writes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (writes[i].key.len != writes[0].key.len)
            return false;
    }
    return true;
}

mm_hash32 trie_case_root_streamed(const struct trie_update *writes, size_t count)
{
    struct trie_update *settled = calloc(count + 1, sizeof *settled);
    struct trie_stream *stream = trie_stream_new(NULL);
    cr_assert(settled != NULL && stream != NULL);
    const size_t settled_count = trie_case_settle(settled, writes, count);
    for (size_t i = 0; i < settled_count; i++)
        cr_assert_eq(trie_stream_add(stream, settled[i].key, settled[i].value), MM_OK);
    mm_hash32 root;
    cr_assert_eq(trie_stream_finish(stream, &root), MM_OK);
    trie_stream_free(stream);
    free(settled);
    return root;
}
