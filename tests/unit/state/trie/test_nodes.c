/* What bytes are a node, and what bytes are a stored one: each rule broken once. */
#include <criterion/criterion.h>

#include "state/codec/rlp.h"
#include "state/crypto/keccak.h"
#include "state/trie/proof.h"
#include "state/trie/trie_internal.h"
#include "tests/lib/node_table.h"

static struct mm_arena arena;
static struct mm_buf buf;

static void open_arena(void)
{
    mm_arena_init(&arena, 16 << 20);
    mm_buf_init(&buf, 1 << 20);
}

static void close_arena(void)
{
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
}

TestSuite(nodes, .init = open_arena, .fini = close_arena);

static const uint8_t zeros[80];

static mm_bytes zeros_of(size_t len)
{
    return mm_bytes_from(zeros, len);
}

static mm_bytes built(void)
{
    mm_bytes bytes;
    cr_assert_eq(mm_arena_copy(&arena, &bytes, mm_buf_bytes(&buf)), MM_OK);
    mm_buf_reset(&buf);
    return bytes;
}

/* [first, second], both strings. */
static mm_bytes pair(mm_bytes first, mm_bytes second)
{
    const size_t list = rlp_open_list(&buf);
    rlp_add_string(&buf, first);
    rlp_add_string(&buf, second);
    rlp_close_list(&buf, list);
    return built();
}

/* A list of so many strings: the first `hashes` of 32 bytes, the rest empty. */
static mm_bytes row(size_t count, size_t hashes)
{
    const size_t list = rlp_open_list(&buf);
    for (size_t i = 0; i < count; i++)
        rlp_add_string(&buf, zeros_of(i < hashes ? 32 : 0));
    rlp_close_list(&buf, list);
    return built();
}

static mm_err decode(mm_bytes bytes)
{
    struct trie_node *node = NULL;
    const mm_err err = trie_node_decode(&arena, &node, bytes);
    cr_assert((err == MM_OK) == (node != NULL));
    if (err != MM_OK)
        return err;
    const mm_bytes again = trie_node_encode(&arena, node);
    cr_assert(mm_bytes_equal(again, bytes), "a node has one encoding");
    return MM_OK;
}

static mm_err decode_stored(mm_bytes bytes)
{
    struct trie_node *node = NULL;
    mm_bytes rlp;
    const mm_err err = trie_stored_decode(&arena, &node, &rlp, bytes);
    cr_assert((err == MM_OK) == (node != NULL), "a failed decoding leaves nothing");
    if (err != MM_OK)
        return err;
    cr_assert(mm_bytes_equal(trie_stored_encode(&arena, node, rlp), bytes));
    return MM_OK;
}

Test(nodes, a_leaf_has_a_value)
{
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x20"), MM_BYTES_LIT("v"))), MM_OK);
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x31"), zeros_of(80))), MM_OK);
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x20"), MM_BYTES_LIT(""))), MM_ERR_CORRUPT);
}

Test(nodes, an_extension_has_a_path_and_a_child)
{
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x11"), zeros_of(32))), MM_OK);
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x00\x12"), zeros_of(32))), MM_OK);
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x00"), zeros_of(32))), MM_ERR_CORRUPT);
    cr_assert_eq(decode(pair(MM_BYTES_LIT("\x11"), zeros_of(0))), MM_ERR_CORRUPT);
}

Test(nodes, a_child_is_a_hash_a_short_list_or_nothing)
{
    for (size_t len = 1; len < 70; len++)
        cr_assert_eq(decode(pair(MM_BYTES_LIT("\x11"), zeros_of(len))),
                     len == 32 ? MM_OK : MM_ERR_CORRUPT);
    for (size_t len = 0; len < 60; len++) {
        const size_t list = rlp_open_list(&buf);
        rlp_add_string(&buf, MM_BYTES_LIT("\x11"));
        const size_t child = rlp_open_list(&buf);
        mm_buf_add_zeros(&buf, len);
        rlp_close_list(&buf, child);
        rlp_close_list(&buf, list);
        cr_assert_eq(decode(built()), len + 1 < 32 ? MM_OK : MM_ERR_CORRUPT, "%zu", len);
    }
}

Test(nodes, a_child_of_a_branch_is_no_string_and_no_long_list)
{
    for (size_t place = 0; place < 16; place++) {
        for (size_t len = 1; len < 40; len++) {
            for (int is_list = 0; is_list < 2; is_list++) {
                const size_t list = rlp_open_list(&buf);
                for (size_t i = 0; i < 17; i++) {
                    if (i == place && is_list != 0) {
                        const size_t child = rlp_open_list(&buf);
                        mm_buf_add_zeros(&buf, len - 1);
                        rlp_close_list(&buf, child);
                    } else {
                        rlp_add_string(&buf, zeros_of(i == place ? len : 0));
                    }
                }
                rlp_close_list(&buf, list);
                const bool is_legal = is_list != 0 ? len < 32 : len == 32;
                cr_assert_eq(decode(built()), is_legal ? MM_OK : MM_ERR_CORRUPT);
            }
        }
    }
}

Test(nodes, a_branch_has_17_items)
{
    for (size_t count = 0; count < 20; count++) {
        const mm_err err = decode(row(count, count < 3 ? 0 : count < 16 ? count : 16));
        cr_assert_eq(err, count == 17 ? MM_OK : MM_ERR_CORRUPT, "%zu", count);
    }
    cr_assert_eq(decode(row(17, 0)), MM_OK);
    cr_assert_eq(decode(row(17, 3)), MM_OK);
}

Test(nodes, nothing_stands_behind_a_node_and_nothing_is_missing)
{
    const mm_bytes node = row(17, 2);
    mm_buf_add(&buf, node);
    mm_buf_add_byte(&buf, 0x80);
    cr_assert_eq(decode(built()), MM_ERR_CORRUPT);
    for (size_t len = 0; len < node.len; len++)
        cr_assert_eq(decode(mm_bytes_from(node.ptr, len)), MM_ERR_CORRUPT);
    cr_assert_eq(decode(MM_BYTES_LIT("\x83"
                                     "abc")),
                 MM_ERR_CORRUPT);
}

Test(nodes, a_path_has_known_flags_and_no_stray_nibble)
{
    for (unsigned first = 0; first < 256; first++) {
        const uint8_t path[2] = { (uint8_t)first, 0x12 };
        const bool is_leaf = (first & 0x20) != 0;
        const bool is_odd = (first & 0x10) != 0;
        const bool is_legal = first < 0x40 && (is_odd || (first & 0x0f) == 0);
        const mm_err err = decode(pair(MM_BYTES_OF(path), zeros_of(is_leaf ? 3 : 32)));
        cr_assert_eq(err, is_legal ? MM_OK : MM_ERR_CORRUPT, "%02x", first);
    }
    cr_assert_eq(decode(pair(MM_BYTES_LIT(""), zeros_of(32))), MM_ERR_CORRUPT);
    cr_assert_eq(decode(MM_BYTES_LIT("\xc2\xc0\x76")), MM_ERR_CORRUPT, "a list is no path");
}

Test(nodes, a_path_is_no_longer_than_a_key)
{
    static uint8_t path[TRIE_KEY_MAX + 2] = { 0x20 };
    cr_assert_eq(decode(pair(mm_bytes_from(path, TRIE_KEY_MAX + 1), zeros_of(3))), MM_OK);
    cr_assert_eq(decode(pair(mm_bytes_from(path, TRIE_KEY_MAX + 2), zeros_of(3))), MM_ERR_CORRUPT);
    path[0] = 0x30; /* one nibble more than the longest key has */
    cr_assert_eq(decode(pair(mm_bytes_from(path, TRIE_KEY_MAX + 1), zeros_of(3))), MM_ERR_CORRUPT);
}

/* ---- leaves behind their branch ---- */

/* A branch of four hashes, a mask, and so many leaves of a length. */
static mm_bytes stored(unsigned mask, size_t leaves, size_t leaf_len)
{
    const mm_bytes branch = row(17, 4);
    mm_buf_add(&buf, branch);
    mm_buf_add_byte(&buf, (uint8_t)(mask >> 8));
    mm_buf_add_byte(&buf, (uint8_t)mask);
    for (size_t i = 0; i < leaves; i++)
        rlp_add_string(&buf, zeros_of(leaf_len - 1));
    return built();
}

Test(nodes, a_stored_branch_has_the_leaves_its_mask_says)
{
    cr_assert_eq(decode_stored(row(17, 4)), MM_OK);
    cr_assert_eq(decode_stored(stored(0x0001, 1, 33)), MM_OK);
    cr_assert_eq(decode_stored(stored(0x000f, 4, 40)), MM_OK);
    cr_assert_eq(decode_stored(stored(0x000a, 2, 32)), MM_OK);
    cr_assert_eq(decode_stored(stored(0x000a, 1, 32)), MM_ERR_CORRUPT);
    cr_assert_eq(decode_stored(stored(0x000a, 3, 32)), MM_ERR_CORRUPT);
    cr_assert_eq(decode_stored(stored(0x000a, 2, 31)), MM_ERR_CORRUPT);
    cr_assert_eq(decode_stored(stored(0x0010, 1, 33)), MM_ERR_CORRUPT); /* of an empty place */
    cr_assert_eq(decode_stored(stored(0x8000, 1, 33)), MM_ERR_CORRUPT);
    cr_assert_eq(decode_stored(stored(0x0000, 0, 0)), MM_ERR_CORRUPT); /* no leaves, no mask */
}

Test(nodes, only_a_branch_has_something_behind_it)
{
    const mm_bytes leaf = pair(MM_BYTES_LIT("\x20"), zeros_of(40));
    cr_assert_eq(decode_stored(leaf), MM_OK);
    mm_buf_add(&buf, leaf);
    mm_buf_add(&buf, MM_BYTES_LIT("\x00\x01"));
    rlp_add_string(&buf, zeros_of(40));
    cr_assert_eq(decode_stored(built()), MM_ERR_CORRUPT);
    const mm_bytes whole = stored(0x0003, 2, 33);
    for (size_t len = 0; len < whole.len; len++) {
        const mm_err err = decode_stored(mm_bytes_from(whole.ptr, len));
        cr_assert_eq(err, len == row(17, 4).len ? MM_OK : MM_ERR_CORRUPT, "%zu", len);
    }
}

/* ---- stored nodes that no writer of ours wrote ---- */

/* A trie whose one stored node is this, updated at this key. */
static mm_err update_over(mm_bytes node, mm_bytes key)
{
    struct node_table table = { 0 };
    struct rlp r = rlp_over(node);
    const mm_hash32 root = keccak256(rlp_read_raw(&r));
    node_table_put(&table, (mm_bytes){ NULL, 0 }, node);
    const struct trie_reader reader = node_table_reader(&table);
    struct trie *trie = trie_new(&arena, &reader, &root);
    const struct trie_update update = { key, MM_BYTES_LIT("new") };
    mm_err err = trie_apply(trie, &update, 1);
    if (err == MM_OK)
        err = trie_hash_all(&trie, 1);
    node_table_fini(&table);
    return err;
}

/* [path of 126 nibbles, child]: the child stands where the longest keys have two nibbles left. */
static mm_bytes deep_extension(mm_bytes child)
{
    static const uint8_t path[64] = { 0 };
    const size_t list = rlp_open_list(&buf);
    rlp_add_string(&buf, MM_BYTES_OF(path));
    mm_buf_add(&buf, child);
    rlp_close_list(&buf, list);
    return built();
}

static mm_bytes short_leaf(mm_bytes path)
{
    return pair(path, MM_BYTES_LIT("v"));
}

Test(nodes, a_path_that_leads_below_the_longest_key_is_corruption)
{
    static const uint8_t key[64] = { 0 };
    const mm_bytes longest = MM_BYTES_OF(key);
    cr_assert_eq(update_over(deep_extension(short_leaf(MM_BYTES_LIT("\x20\x12"))), longest), MM_OK);
    cr_assert_eq(update_over(deep_extension(short_leaf(MM_BYTES_LIT("\x31\x23"))), longest),
                 MM_ERR_CORRUPT);
    cr_assert_eq(update_over(deep_extension(short_leaf(MM_BYTES_LIT("\x20\x12\x34"))), longest),
                 MM_ERR_CORRUPT);
    /* An extension over all nibbles there are, and a branch below: its children are nowhere. */
    const mm_bytes branch = row(17, 0);
    const size_t list = rlp_open_list(&buf);
    rlp_add_string(&buf, MM_BYTES_LIT("\x00\x00"));
    mm_buf_add(&buf, branch);
    rlp_close_list(&buf, list);
    const mm_bytes too_deep = built();
    cr_assert_eq(update_over(deep_extension(too_deep), longest), MM_ERR_CORRUPT);
}

/* The same where the node has a record of its own. */
Test(nodes, a_stored_node_below_the_longest_key_is_corruption)
{
    static const uint8_t key[64] = { 0 };
    static const uint8_t deep_path[126] = { 0 };
    for (size_t nibbles = 1; nibbles <= 4; nibbles++) {
        struct node_table table = { 0 };
        const uint8_t path[3] = { nibbles % 2 == 0 ? 0x00 : 0x10, 0, 0 };
        const mm_bytes below = pair(mm_bytes_from(path, nibbles / 2 + 1), zeros_of(32));
        const mm_hash32 hash = keccak256(below);
        const size_t list = rlp_open_list(&buf);
        rlp_add_string(&buf, mm_bytes_from(key, 64));
        rlp_add_hash(&buf, &hash);
        rlp_close_list(&buf, list);
        const mm_bytes above = built();
        const mm_hash32 root = keccak256(above);
        node_table_put(&table, (mm_bytes){ NULL, 0 }, above);
        node_table_put(&table, MM_BYTES_OF(deep_path), below);
        const struct trie_reader reader = node_table_reader(&table);
        struct trie *trie = trie_new(&arena, &reader, &root);
        uint8_t other[64] = { [63] = 0x11 }; /* leaves the path where the two nibbles begin */
        const struct trie_update update = { MM_BYTES_OF(other), MM_BYTES_LIT("new") };
        const mm_err err = trie_apply(trie, &update, 1);
        cr_assert_eq(err, nibbles <= 2 ? MM_OK : MM_ERR_CORRUPT, "%zu", nibbles);
        if (err == MM_OK)
            cr_assert_eq(trie_hash_all(&trie, 1), MM_OK);
        node_table_fini(&table);
    }
}

#ifdef MINTMARK_CHECKED
Test(nodes, a_stored_node_hashes_to_its_name_to_the_last_byte)
{
    struct node_table table = { 0 };
    const struct trie_update update = { MM_BYTES_LIT("k"), MM_BYTES_LIT("v") };
    mm_hash32 root = node_table_update(&table, &KECCAK_EMPTY_TRIE, &update, 1);
    const struct trie_reader reader = node_table_reader(&table);
    for (size_t i = 0; i < sizeof root.b; i++) {
        root.b[i] ^= 1;
        cr_assert_eq(trie_apply(trie_new(&arena, &reader, &root), &update, 1), MM_ERR_CORRUPT);
        root.b[i] ^= 1;
    }
    cr_assert_eq(trie_apply(trie_new(&arena, &reader, &root), &update, 1), MM_OK);
    node_table_fini(&table);
}
#endif

/* Only checked builds hash what they read. */
#ifdef MINTMARK_CHECKED
enum { BENT_HASHES = 2 };
#else
enum { BENT_HASHES = 1 };
#endif

Test(nodes, what_stands_behind_a_branch_is_a_leaf_and_hashes_to_its_name)
{
    const mm_bytes leaf = pair(MM_BYTES_LIT("\x31"), zeros_of(40));
    const mm_bytes extension = pair(MM_BYTES_LIT("\x11"), zeros_of(32));
    const mm_bytes children[] = { leaf, extension };
    for (size_t i = 0; i < 2; i++) {
        for (size_t bent = 0; bent < BENT_HASHES; bent++) {
            mm_hash32 hash = keccak256(children[i]);
            hash.b[7] ^= (uint8_t)bent;
            const size_t list = rlp_open_list(&buf);
            rlp_add_hash(&buf, &hash);
            rlp_add_string(&buf, zeros_of(32));
            for (size_t j = 2; j < 17; j++)
                rlp_add_string(&buf, zeros_of(0));
            rlp_close_list(&buf, list);
            mm_buf_add(&buf, MM_BYTES_LIT("\x00\x01"));
            mm_buf_add(&buf, children[i]);
            cr_assert_eq(update_over(built(), MM_BYTES_LIT("\x00")),
                         i == 0 && bent == 0 ? MM_OK : MM_ERR_CORRUPT);
        }
    }
}

/* What `db check` asks of a row: it decodes, and what stands behind it are leaves that hash to their names. */
Test(nodes, a_stored_node_is_sound_when_its_leaves_are)
{
    const mm_bytes leaf = pair(MM_BYTES_LIT("\x31"), zeros_of(40));
    const mm_bytes extension = pair(MM_BYTES_LIT("\x11"), zeros_of(32));
    const mm_bytes no_node = row(3, 2);
    const mm_bytes children[] = { leaf, extension, no_node };
    cr_assert(trie_stored_is_sound(&arena, leaf));
    cr_assert(trie_stored_is_sound(&arena, extension));
    cr_assert(trie_stored_is_sound(&arena, row(17, 4)));
    cr_assert(!trie_stored_is_sound(&arena, no_node));
    cr_assert(!trie_stored_is_sound(&arena, (mm_bytes){ NULL, 0 }));
    for (size_t i = 0; i < MM_COUNT_OF(children); i++) {
        for (size_t bent = 0; bent <= 32; bent++) {
            const size_t list = rlp_open_list(&buf);
            for (size_t j = 0; j < 17; j++) {
                mm_hash32 hash = keccak256(j == 15 ? children[i] : leaf);
                if (j == 15 && bent < 32)
                    hash.b[bent] ^= 1;
                rlp_add_string(&buf, j == 2 || j == 15 ? mm_bytes_hash(&hash) : zeros_of(0));
            }
            rlp_close_list(&buf, list);
            mm_buf_add(&buf, MM_BYTES_LIT("\x80\x04"));
            mm_buf_add(&buf, leaf);
            mm_buf_add(&buf, children[i]);
            cr_assert_eq(trie_stored_is_sound(&arena, built()), i == 0 && bent == 32);
        }
    }
}
