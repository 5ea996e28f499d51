/* Published account sets and the state roots they must give: storage tries, accounts, account trie. The same through batches, key by
 * key, through the stream, and as the block that turns one set into the next. */
#include <criterion/criterion.h>

#include "state/codec/hex.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "state/trie/stream.h"
#include "tests/lib/node_table.h"
#include "tests/vectors/chain/fixture.h"
#include "tests/vectors/state/alloc.h"

static struct mm_arena arena;

static void open_arena(void)
{
    mm_arena_init(&arena, 512 << 20);
}

static void close_arena(void)
{
    mm_arena_fini(&arena);
}

TestSuite(alloc_roots, .init = open_arena, .fini = close_arena);

/* A way to make the root of a sorted list of keys and values. */
typedef mm_hash32 (*root_fn)(const struct trie_update *updates, size_t count);

static mm_hash32 root_at_once(const struct trie_update *updates, size_t count)
{
    struct node_table table = { 0 };
    const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, count);
    node_table_fini(&table);
    return root;
}

/* From the last to the first, a block each. */
static mm_hash32 root_key_by_key(const struct trie_update *updates, size_t count)
{
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    for (size_t i = count; i-- > 0;)
        root = node_table_update(&table, &root, &updates[i], 1);
    node_table_fini(&table);
    return root;
}

static mm_hash32 root_streamed(const struct trie_update *updates, size_t count)
{
    static struct trie_stream *stream; /* one for all: a finished stream is used again */
    mm_hash32 root;
    if (stream == NULL)
        stream = trie_stream_new(NULL);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(trie_stream_add(stream, updates[i].key, updates[i].value), MM_OK);
    cr_assert_eq(trie_stream_finish(stream, &root), MM_OK);
    return root;
}

/* The account trie's keys and values. */
static size_t leaves(struct trie_update *out, const struct alloc *alloc, root_fn storage_root)
{
    for (size_t i = 0; i < alloc->count; i++) {
        struct account account = alloc->accounts[i].account;
        struct mm_buf buf;
        account.storage_root =
            storage_root(alloc->accounts[i].slots, alloc->accounts[i].slot_count);
        mm_buf_init(&buf, 256);
        account_encode(&buf, &account);
        out[i].key = mm_bytes_hash(&alloc->accounts[i].key);
        cr_assert_eq(mm_arena_copy(&arena, &out[i].value, mm_buf_bytes(&buf)), MM_OK);
        mm_buf_fini(&buf);
    }
    return alloc->count;
}

static void check_all(root_fn root_of, const char *way)
{
    const struct allocs allocs = allocs_read(&arena);
    cr_assert_eq(allocs.count, 359);
    for (size_t i = 0; i < allocs.count; i++) {
        struct trie_update updates[ALLOC_ACCOUNTS_MAX];
        const size_t count = leaves(updates, &allocs.items[i], root_of);
        const mm_hash32 root = root_of(updates, count);
        cr_assert(mm_hash_equal(&root, &allocs.items[i].root), "%.*s, %s",
                  (int)allocs.items[i].name.len, (const char *)allocs.items[i].name.ptr, way);
    }
}

Test(alloc_roots, each_set_built_at_once)
{
    check_all(root_at_once, "at once");
}

Test(alloc_roots, each_set_built_key_by_key)
{
    check_all(root_key_by_key, "key by key");
}

Test(alloc_roots, each_set_streamed)
{
    check_all(root_streamed, "streamed");
}

/* What turns one sorted list into another. */
static size_t difference(struct trie_update *out, const struct trie_update *from, size_t from_count,
                         const struct trie_update *to, size_t to_count)
{
    size_t count = 0;
    for (size_t i = 0, j = 0; i < from_count || j < to_count;) {
        const int order = i == from_count ? 1
                          : j == to_count ? -1
                                          : mm_bytes_compare(from[i].key, to[j].key);
        if (order < 0)
            out[count++] = (struct trie_update){ from[i].key, { NULL, 0 } };
        else
            out[count++] = to[j];
        i += order <= 0;
        j += order >= 0;
    }
    return count;
}

Test(alloc_roots, each_set_becomes_the_next_in_one_batch)
{
    const struct allocs allocs = allocs_read(&arena);
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    struct trie_update before[ALLOC_ACCOUNTS_MAX];
    size_t before_count = 0;
    for (size_t i = 0; i < allocs.count; i++) {
        struct trie_update after[ALLOC_ACCOUNTS_MAX];
        struct trie_update batch[2 * ALLOC_ACCOUNTS_MAX];
        const size_t after_count = leaves(after, &allocs.items[i], root_at_once);
        const size_t count = difference(batch, before, before_count, after, after_count);
        root = node_table_update(&table, &root, batch, count);
        cr_assert(mm_hash_equal(&root, &allocs.items[i].root), "%.*s",
                  (int)allocs.items[i].name.len, (const char *)allocs.items[i].name.ptr);
        memcpy(before, after, after_count * sizeof *after);
        before_count = after_count;
    }
    node_table_fini(&table);
}

/* The storage tries of all accounts of a set, one behind the other in one table: a set's storage is turned into the next one's too. */
Test(alloc_roots, the_storage_of_one_account_becomes_that_of_another)
{
    const struct allocs allocs = allocs_read(&arena);
    struct node_table table = { 0 };
    mm_hash32 root = KECCAK_EMPTY_TRIE;
    const struct alloc_account *before = NULL;
    size_t turns = 0;
    for (size_t i = 0; i < allocs.count; i++) {
        for (size_t j = 0; j < allocs.items[i].count; j++) {
            const struct alloc_account *after = &allocs.items[i].accounts[j];
            struct trie_update batch[2 * ALLOC_SLOTS_MAX];
            if (after->slot_count == 0)
                continue;
            const size_t count = difference(batch, before == NULL ? NULL : before->slots,
                                            before == NULL ? 0 : before->slot_count, after->slots,
                                            after->slot_count);
            root = node_table_update(&table, &root, batch, count);
            const mm_hash32 expected = root_streamed(after->slots, after->slot_count);
            cr_assert(mm_hash_equal(&root, &expected));
            before = after;
            turns++;
        }
    }
    cr_assert_gt(turns, 300);
    node_table_fini(&table);
}

Test(alloc_roots, every_account_is_proven_and_a_stranger_is_proven_absent)
{
    const struct allocs allocs = allocs_read(&arena);
    for (size_t i = 0; i < allocs.count; i++) {
        struct trie_update updates[ALLOC_ACCOUNTS_MAX];
        struct node_table table = { 0 };
        const size_t count = leaves(updates, &allocs.items[i], root_at_once);
        const mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, updates, count);
        const struct trie_reader reader = node_table_reader(&table);
        for (size_t j = 0; j <= count; j++) {
            const mm_hash32 stranger = keccak256(MM_BYTES_LIT("stranger"));
            const mm_bytes key = j < count ? updates[j].key : mm_bytes_hash(&stranger);
            const mm_bytes expected = j < count ? updates[j].value : (mm_bytes){ NULL, 0 };
            struct trie_proof proof;
            mm_bytes value;
            cr_assert_eq(trie_prove(&arena, &proof, &reader, &root, key), MM_OK);
            cr_assert(mm_bytes_equal(proof.value, expected));
            cr_assert_eq(trie_verify(&arena, &value, &root, key, proof.nodes, proof.count),
                         j < count ? PROOF_PRESENT : PROOF_ABSENT);
            cr_assert(mm_bytes_equal(value, expected));
        }
        node_table_fini(&table);
    }
}

/* The genesis of the RPC compatibility chain, against the state root of its block 0. */
Test(alloc_roots, the_genesis_of_a_published_chain)
{
    const struct json *genesis = fixture_json(&arena, "rpc-compat/genesis.json");
    const struct json *file = fixture_json(&arena, "rpc-compat/chain-vectors.json");
    struct alloc *alloc = MM_ARENA_NEW(&arena, struct alloc);
    struct trie_update updates[ALLOC_ACCOUNTS_MAX];
    mm_hash32 expected = { { 0 } };
    size_t found = 0;
    for (size_t i = 0; i < file->count; i++) {
        if (!json_is_text(fixture_get(&file->items[i], "name"), "eth_getBlockByNumber/get-genesis"))
            continue;
        const struct json *exchange = &fixture_get(&file->items[i], "exchanges")->items[0];
        const struct json *block = fixture_get(fixture_get(exchange, "response"), "result");
        cr_assert(hex_read_hash(&expected, fixture_get(block, "stateRoot")->text));
        found++;
    }
    cr_assert_eq(found, 1);
    alloc_read(&arena, alloc, fixture_get(genesis, "alloc"));
    const mm_hash32 root = root_streamed(updates, leaves(updates, alloc, root_key_by_key));
    cr_assert(mm_hash_equal(&root, &expected));
}
