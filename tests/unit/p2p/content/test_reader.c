#include <criterion/criterion.h>
#include <stdio.h>

#include "memory_blocks.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "p2p/content/unixfs.h"
#include "tests/lib/random.h"

static const struct content_profile TINY = {
    .cid_version = 1, .raw_leaves = true, .chunk_bytes = 16, .links_max = 3, .hamt_above_bytes = 400
};
static const struct content_profile TINY_V0 = {
    .cid_version = 0, .raw_leaves = false, .chunk_bytes = 7, .links_max = 2, .hamt_above_bytes = 400
};

struct world {
    struct memory_blocks *blocks;
    struct block_sink sink;
    struct content_reader *reader;
};

static struct world world_new(void)
{
    struct world w = { .blocks = memory_blocks_new(true) };
    w.sink = memory_blocks_sink(w.blocks);
    const struct block_source source = memory_blocks_source(w.blocks);
    w.reader = content_reader_new(&source);
    return w;
}

static void world_free(struct world *w)
{
    content_reader_free(w->reader);
    memory_blocks_free(w->blocks);
}

static struct import_result add_file(struct world *w, const struct content_profile *profile,
                                     mm_bytes bytes)
{
    struct import_file *file = import_file_new(profile, &w->sink);
    struct import_result result;
    cr_assert_eq(import_file_write(file, bytes), MM_OK);
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    return result;
}

/* A block put together by hand. */
static struct cid put_block(struct world *w, enum cid_codec codec, mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = codec };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    cr_assert_eq(w->sink.put(w->sink.context, &cid, block), MM_OK);
    multihasher_free(hasher);
    return cid;
}

static enum read_verdict read_range(struct world *w, struct mm_buf *out, uint64_t offset,
                                    uint64_t len)
{
    mm_bytes piece;
    enum read_verdict verdict;
    mm_buf_reset(out);
    content_file_range(w->reader, offset, len);
    while ((verdict = content_file_next(w->reader, &piece)) == READ_OK) {
        cr_assert_gt(piece.len, 0);
        mm_buf_add(out, piece);
    }
    return verdict;
}

Test(reader, every_range_of_a_file_is_the_slice_of_its_bytes)
{
    struct test_random random = { 11 };
    static uint8_t bytes[1200];
    test_random_fill(&random, bytes, sizeof bytes);
    struct mm_buf out;
    mm_buf_init(&out, sizeof bytes);
    for (size_t size = 0; size <= sizeof bytes; size = size * 3 / 2 + 1) {
        struct world w = world_new();
        const struct import_result file =
            add_file(&w, size % 2 == 0 ? &TINY : &TINY_V0, (mm_bytes){ bytes, size });
        uint64_t file_bytes;
        cr_assert_eq(content_file_open(w.reader, &file_bytes, &file.cid), READ_OK);
        cr_assert_eq(file_bytes, size);
        for (size_t round = 0; round < 60; round++) {
            const size_t offset = test_random_below(&random, size + 2);
            const size_t len = test_random_below(&random, size + 2);
            cr_assert_eq(read_range(&w, &out, offset, len), READ_END);
            const size_t from = offset < size ? offset : size;
            const size_t left = size - from;
            cr_assert(mm_bytes_equal(mm_buf_bytes(&out),
                                     (mm_bytes){ bytes + from, len < left ? len : left }));
        }
        world_free(&w);
    }
    mm_buf_fini(&out);
}

Test(reader, a_range_reads_only_the_blocks_it_needs)
{
    struct world w = world_new();
    static uint8_t bytes[16 * 27];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 >> 2);
    const struct import_result file =
        add_file(&w, &TINY, MM_BYTES_OF(bytes)); /* 27 leaves: root, 3, 9, 27 */
    cr_assert_eq(file.dag_blocks, 1 + 3 + 9 + 27);
    uint64_t file_bytes;
    struct mm_buf out;
    mm_buf_init(&out, sizeof bytes);
    cr_assert_eq(content_file_open(w.reader, &file_bytes, &file.cid), READ_OK);
    cr_assert_eq(memory_blocks_gets(w.blocks), 1);
    cr_assert_eq(read_range(&w, &out, 16 * 26, 16), READ_END); /* the last leaf */
    cr_assert_eq(memory_blocks_gets(w.blocks), 1 + 3);
    cr_assert_eq(content_reader_blocks(w.reader), 4);
    cr_assert_eq(read_range(&w, &out, 40, 0), READ_END);
    cr_assert_eq(memory_blocks_gets(w.blocks), 4);
    cr_assert_eq(read_range(&w, &out, 15, 2), READ_END); /* two leaves of one parent */
    cr_assert_eq(memory_blocks_gets(w.blocks), 4 + 4);
    mm_buf_fini(&out);
    world_free(&w);
}

Test(reader, a_missing_block_is_named_and_does_no_harm_to_other_ranges)
{
    struct world w = world_new();
    uint8_t bytes[48];
    memset(bytes, 'a', 16);
    memset(bytes + 16, 'b', 16);
    memset(bytes + 32, 'c', 16);
    const struct import_result file = add_file(&w, &TINY, MM_BYTES_OF(bytes));
    const struct cid middle = put_block(&w, CID_RAW, (mm_bytes){ bytes + 16, 16 });
    memory_blocks_remove(w.blocks, &middle);
    uint64_t file_bytes;
    struct mm_buf out;
    mm_buf_init(&out, 100);
    cr_assert_eq(content_file_open(w.reader, &file_bytes, &file.cid), READ_OK);
    cr_assert_eq(read_range(&w, &out, 0, 48), READ_NO_BLOCK);
    cr_assert(cid_equal(content_reader_at(w.reader), &middle));
    cr_assert_eq(mm_buf_bytes(&out).len, 16);
    mm_bytes piece;
    cr_assert_eq(content_file_next(w.reader, &piece), READ_END);
    cr_assert_eq(read_range(&w, &out, 32, 16), READ_END);
    cr_assert_eq(mm_buf_bytes(&out).len, 16);
    mm_buf_fini(&out);
    world_free(&w);
}

Test(reader, identity_cids_need_no_source)
{
    struct world w = world_new();
    struct cid cid;
    cr_assert_eq(cid_parse(&cid, MM_BYTES_LIT("bafkqaaa")), CID_OK);
    struct mm_buf out;
    mm_buf_init(&out, 100);
    cr_assert_eq(content_file_read(w.reader, &out, &cid), READ_OK);
    cr_assert_eq(mm_buf_bytes(&out).len, 0);
    const struct cid hello = { .version = 1,
                               .codec = CID_RAW,
                               .hash = {
                                   .code = MULTIHASH_IDENTITY, .len = 5, .digest = "hello" } };
    cr_assert_eq(content_file_read(w.reader, &out, &hello), READ_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&out), MM_BYTES_LIT("hello")));
    cr_assert_eq(memory_blocks_gets(w.blocks), 0);
    cr_assert_eq(content_reader_blocks(w.reader), 2);
    mm_buf_fini(&out);
    world_free(&w);
}

Test(reader, a_file_above_the_buffers_maximum_is_refused_before_it_is_read)
{
    struct world w = world_new();
    static const uint8_t bytes[100];
    const struct import_result file = add_file(&w, &TINY, MM_BYTES_OF(bytes));
    struct mm_buf out;
    mm_buf_init(&out, 99);
    cr_assert_eq(content_file_read(w.reader, &out, &file.cid), READ_FAILED);
    cr_assert_eq(content_reader_err(w.reader), MM_ERR_LIMIT);
    cr_assert_eq(memory_blocks_gets(w.blocks), 1);
    mm_buf_fini(&out);
    world_free(&w);
}

/* --- trees --- */

enum { TREE_FILES = 400 };

struct model {
    char path[40];
    uint8_t bytes[100];
    size_t len;
};

static struct import_result random_tree(struct world *w, struct model *files,
                                        const struct content_profile *profile,
                                        struct test_random *random)
{
    struct import_tree *tree = import_tree_new(profile, &w->sink);
    for (size_t i = 0; i < TREE_FILES; i++) {
        static const char *const directories[] = { "",       "one/",   "one/two/",
                                                   "large/", "large/", "large/deep/in/here/" };
        (void)snprintf(files[i].path, sizeof files[i].path, "%sf%zu",
                       directories[test_random_below(random, 6)], i);
        files[i].len = test_random_below(random, sizeof files[i].bytes);
        test_random_fill(random, files[i].bytes, files[i].len);
        const struct import_result file =
            add_file(w, profile, (mm_bytes){ files[i].bytes, files[i].len });
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(files[i].path), &file), MM_OK);
    }
    struct import_result root;
    cr_assert_eq(import_tree_finish(tree, &root, NULL), MM_OK);
    import_tree_free(tree);
    return root;
}

/* Files under a directory, by listing it and the directories in it. */
static size_t count_files(struct world *w, const struct cid *root)
{
    static struct cid pending[64];
    size_t pending_count = 1;
    size_t files = 0;
    pending[0] = *root;
    const struct block_source source = memory_blocks_source(w->blocks);
    struct content_reader *looker = content_reader_new(&source);
    while (pending_count > 0) {
        const struct cid dir = pending[--pending_count];
        cr_assert_eq(content_dir_open(w->reader, &dir), READ_OK);
        struct content_entry entry;
        enum read_verdict verdict;
        while ((verdict = content_dir_next(w->reader, &entry)) == READ_OK) {
            struct content_node node, same;
            cr_assert_eq(content_stat(looker, &node, &entry.cid), READ_OK);
            cr_assert_eq(content_resolve(looker, &same, NULL, &dir, entry.name, NULL), READ_OK);
            cr_assert(cid_equal(&node.cid, &same.cid));
            if (node.kind == CONTENT_FILE)
                files++;
            else
                pending[pending_count++] = entry.cid;
        }
        cr_assert_eq(verdict, READ_END);
    }
    content_reader_free(looker);
    return files;
}

Test(reader, a_random_tree_reads_back_as_it_was_written)
{
    static struct model files[TREE_FILES];
    struct test_random random = { 5 };
    const struct content_profile *profiles[] = { &TINY, &TINY_V0, CONTENT_PROFILE_DEFAULT };
    struct mm_buf out;
    mm_buf_init(&out, 1000);
    for (size_t p = 0; p < MM_COUNT_OF(profiles); p++) {
        struct world w = world_new();
        const struct import_result root = random_tree(&w, files, profiles[p], &random);
        cr_assert_eq(root.dag_blocks, memory_blocks_puts(w.blocks));
        for (size_t i = 0; i < TREE_FILES; i++) {
            struct content_node node;
            cr_assert_eq(content_resolve(w.reader, &node, NULL, &root.cid,
                                         mm_bytes_str(files[i].path), NULL),
                         READ_OK);
            cr_assert_eq(node.kind, CONTENT_FILE);
            cr_assert_eq(node.bytes, files[i].len);
            mm_buf_reset(&out);
            cr_assert_eq(content_file_read(w.reader, &out, &node.cid), READ_OK);
            cr_assert(
                mm_bytes_equal(mm_buf_bytes(&out), (mm_bytes){ files[i].bytes, files[i].len }));
        }
        cr_assert_eq(count_files(&w, &root.cid), TREE_FILES);
        struct content_node node;
        cr_assert_eq(content_stat(w.reader, &node, &root.cid), READ_OK);
        cr_assert_eq(node.kind, p < 2 ? CONTENT_SHARDED : CONTENT_DIRECTORY);
        world_free(&w);
    }
    mm_buf_fini(&out);
}

static void count_passed(void *context, const struct cid *cid)
{
    (void)cid;
    ++*(size_t *)context;
}

Test(reader, a_path_ends_with_a_reason)
{
    static struct model files[TREE_FILES];
    struct test_random random = { 9 };
    struct world w = world_new();
    const struct import_result root = random_tree(&w, files, &TINY, &random);
    struct content_node node;
    mm_bytes rest;
    size_t passed = 0;
    const struct content_path_listener listener = { &passed, count_passed };
#define RESOLVE(path)                                                                              \
    content_resolve(w.reader, &node, &rest, &root.cid, MM_BYTES_LIT(path), &listener)
    cr_assert_eq(RESOLVE(""), READ_OK);
    cr_assert_eq(RESOLVE("/"), READ_OK);
    cr_assert_eq(passed, 2);
    passed = 0;
    cr_assert_eq(RESOLVE("/large/deep/in/"), READ_OK);
    cr_assert_eq(passed, 4);
    cr_assert(rest.len == 0 && node.kind == CONTENT_DIRECTORY);
    cr_assert_eq(RESOLVE("large//deep"), READ_BAD_PATH);
    cr_assert_eq(RESOLVE("large/nothing/../deep"), READ_BAD_PATH);
    cr_assert_eq(RESOLVE("//large"), READ_BAD_PATH);
    cr_assert_eq(RESOLVE("."), READ_BAD_PATH);
    cr_assert_eq(RESOLVE("large/deep/nothing/more"), READ_NO_NAME);
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("nothing/more")));
    cr_assert_eq(node.kind, CONTENT_DIRECTORY);
    char beyond[60];
    (void)snprintf(beyond, sizeof beyond, "%s/more", files[0].path);
    cr_assert_eq(content_resolve(w.reader, &node, &rest, &root.cid, mm_bytes_str(beyond), NULL),
                 READ_NOT_A_DIRECTORY);
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("more")));
    cr_assert_eq(content_dir_open(w.reader, &node.cid), READ_NOT_A_DIRECTORY);
    uint64_t bytes;
    cr_assert_eq(content_file_open(w.reader, &bytes, &root.cid), READ_NOT_A_FILE);
    world_free(&w);
}

/* --- blocks that lie --- */

static struct cid put_node(struct world *w, const struct dagpb_link *links, size_t count,
                           const struct unixfs *data)
{
    struct mm_buf block, inner;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    mm_buf_init(&inner, BLOCK_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        dagpb_add_link(&block, &links[i]);
    unixfs_encode(&inner, data);
    dagpb_add_data(&block, mm_buf_bytes(&inner));
    const struct cid cid = put_block(w, CID_DAG_PB, mm_buf_bytes(&block));
    mm_buf_fini(&block);
    mm_buf_fini(&inner);
    return cid;
}

/* A parent of one leaf of four bytes that claims `size` for it and `filesize` altogether. */
static enum read_verdict read_claim(const char *sizes, size_t sizes_len, uint64_t filesize)
{
    struct world w = world_new();
    const struct cid leaf = put_block(&w, CID_RAW, MM_BYTES_LIT("leaf"));
    const struct unixfs data = { .type = UNIXFS_FILE,
                                 .has_filesize = true,
                                 .filesize = filesize,
                                 .blocksizes = mm_bytes_from(sizes, sizes_len) };
    const struct cid root = put_node(&w, &(struct dagpb_link){ .cid = leaf }, 1, &data);
    struct mm_buf out;
    mm_buf_init(&out, 100);
    const enum read_verdict verdict = content_file_read(w.reader, &out, &root);
    mm_buf_fini(&out);
    world_free(&w);
    return verdict;
}

Test(reader, a_parent_that_lies_about_sizes_is_malformed)
{
    cr_assert_eq(read_claim("\x20\x04", 2, 4), READ_OK);
    cr_assert_eq(read_claim("\x20\x05", 2, 5), READ_MALFORMED); /* the leaf is shorter */
    cr_assert_eq(read_claim("\x20\x03", 2, 3), READ_MALFORMED); /* the leaf is longer */
    cr_assert_eq(read_claim("\x20\x04", 2, 5), READ_MALFORMED); /* filesize is not the sum */
    cr_assert_eq(read_claim("", 0, 0), READ_MALFORMED);         /* a link without a size */
    cr_assert_eq(read_claim("\x20\x02\x20\x02", 4, 4), READ_MALFORMED);
}

Test(reader, a_node_may_have_content_of_its_own_before_its_children)
{
    struct world w = world_new();
    const struct cid leaf = put_block(&w, CID_RAW, MM_BYTES_LIT("tail"));
    const struct unixfs data = { .type = UNIXFS_FILE,
                                 .has_data = true,
                                 .data = MM_BYTES_LIT("head "),
                                 .blocksizes = MM_BYTES_LIT("\x20\x04") };
    const struct cid inner = put_node(&w, &(struct dagpb_link){ .cid = leaf }, 1, &data);
    const struct unixfs twice = { .type = UNIXFS_FILE,
                                  .blocksizes = MM_BYTES_LIT("\x20\x09\x20\x09") };
    const struct cid root =
        put_node(&w, (struct dagpb_link[]){ { .cid = inner }, { .cid = inner } }, 2, &twice);
    uint64_t bytes;
    struct mm_buf out;
    mm_buf_init(&out, 100);
    cr_assert_eq(content_file_open(w.reader, &bytes, &root), READ_OK);
    const mm_bytes whole = MM_BYTES_LIT("head tailhead tail");
    for (size_t from = 0; from <= whole.len; from++) {
        for (size_t len = 0; len <= whole.len - from; len++) {
            cr_assert_eq(read_range(&w, &out, from, len), READ_END);
            cr_assert(mm_bytes_equal(mm_buf_bytes(&out), (mm_bytes){ whole.ptr + from, len }));
        }
    }
    mm_buf_fini(&out);
    world_free(&w);
}

Test(reader, depth_ends_at_its_limit)
{
    struct world w = world_new();
    struct cid cid = put_block(&w, CID_RAW, MM_BYTES_LIT("x"));
    const struct unixfs data = { .type = UNIXFS_FILE, .blocksizes = MM_BYTES_LIT("\x20\x01") };
    struct mm_buf out;
    mm_buf_init(&out, 10);
    for (size_t depth = 2; depth <= READ_DEPTH_MAX + 1;
         depth++) { /* blocks on the way to the leaf, it included */
        cid = put_node(&w, &(struct dagpb_link){ .cid = cid }, 1, &data);
        mm_buf_reset(&out);
        cr_assert_eq(content_file_read(w.reader, &out, &cid),
                     depth <= READ_DEPTH_MAX ? READ_OK : READ_TOO_DEEP);
    }
    const struct unixfs directory = { .type = UNIXFS_DIRECTORY };
    cid = put_node(&w, NULL, 0, &directory);
    char path[2 * READ_DEPTH_MAX + 2];
    for (size_t depth = 1; depth <= READ_DEPTH_MAX + 1; depth++) { /* names in the path */
        const struct dagpb_link link = { .cid = cid, .has_name = true, .name = MM_BYTES_LIT("d") };
        cid = put_node(&w, &link, 1, &directory);
        memcpy(path + 2 * (depth - 1), "d/", 2);
        struct content_node node;
        cr_assert_eq(
            content_resolve(w.reader, &node, NULL, &cid, mm_bytes_from(path, 2 * depth), NULL),
            depth <= READ_DEPTH_MAX ? READ_OK : READ_TOO_DEEP);
    }
    mm_buf_fini(&out);
    world_free(&w);
}

/* Parents of 1.5 MiB each, one under the other. */
Test(reader, the_bytes_held_by_a_deep_walk_are_bounded)
{
    struct world w = world_new();
    static uint8_t padding[1536 << 10];
    struct cid cid = put_block(&w, CID_RAW, MM_BYTES_LIT("x"));
    uint64_t below = 1;
    struct mm_buf sizes, out;
    mm_buf_init(&sizes, 100);
    mm_buf_init(&out, 64 << 20);
    enum read_verdict verdict = READ_OK;
    size_t depth = 0;
    for (; verdict == READ_OK && depth < 20; depth++) {
        padding[0]++;
        mm_buf_reset(&sizes);
        unixfs_add_blocksize(&sizes, below);
        const struct unixfs data = { .type = UNIXFS_FILE,
                                     .has_data = true,
                                     .data = MM_BYTES_OF(padding),
                                     .blocksizes = mm_buf_bytes(&sizes) };
        cid = put_node(&w, &(struct dagpb_link){ .cid = cid }, 1, &data);
        below += sizeof padding;
        mm_buf_reset(&out);
        verdict = content_file_read(w.reader, &out, &cid);
    }
    cr_assert_eq(verdict, READ_TOO_DEEP);
    cr_assert_eq(depth, READ_STACK_BYTES_MAX / sizeof padding + 1);
    mm_buf_fini(&sizes);
    mm_buf_fini(&out);
    world_free(&w);
}

static struct cid put_shard(struct world *w, const struct dagpb_link *links, size_t count,
                            mm_bytes bitfield)
{
    const struct unixfs data = { .type = UNIXFS_HAMT_SHARD,
                                 .has_data = true,
                                 .data = bitfield,
                                 .has_hash_type = true,
                                 .hash_type = UNIXFS_HASH_MURMUR3_X64_64,
                                 .has_fanout = true,
                                 .fanout = 256 };
    return put_node(w, links, count, &data);
}

static enum read_verdict list_all(struct world *w, const struct cid *cid)
{
    enum read_verdict verdict = content_dir_open(w->reader, cid);
    struct content_entry entry;
    while (verdict == READ_OK)
        verdict = content_dir_next(w->reader, &entry);
    return verdict;
}

Test(reader, a_shard_with_an_entry_in_the_wrong_slot_is_malformed)
{
    struct world w = world_new();
    const struct cid file = put_block(&w, CID_RAW, MM_BYTES_LIT("x"));
    /* murmur3("hello") begins with cb */
    const struct dagpb_link right = { .cid = file,
                                      .has_name = true,
                                      .name = MM_BYTES_LIT("CBhello") };
    const struct dagpb_link wrong = { .cid = file,
                                      .has_name = true,
                                      .name = MM_BYTES_LIT("CAhello") };
    uint8_t bits[26] = { 0 }; /* slots 0xca and 0xcb are in the 26th byte from the end */
    bits[0] = 1 << 3;
    struct cid cid = put_shard(&w, &right, 1, MM_BYTES_OF(bits));
    cr_assert_eq(list_all(&w, &cid), READ_END);
    bits[0] = 1 << 2;
    cid = put_shard(&w, &wrong, 1, MM_BYTES_OF(bits));
    cr_assert_eq(list_all(&w, &cid), READ_MALFORMED);
    struct content_node node;
    cr_assert_eq(content_resolve(w.reader, &node, NULL, &cid, MM_BYTES_LIT("hello"), NULL),
                 READ_NO_NAME);
    world_free(&w);
}

Test(reader, shards_without_entries_are_no_endless_work)
{
    struct world w = world_new();
    /* each level links the one below from all 256 slots: 256^7 ways down */
    struct dagpb_link links[256];
    char names[256][2];
    uint8_t all[32];
    memset(all, 0xff, sizeof all);
    struct cid cid = put_shard(&w, NULL, 0, (mm_bytes){ NULL, 0 });
    for (size_t level = 0; level < 8; level++) {
        for (size_t i = 0; i < 256; i++) {
            names[i][0] = "0123456789ABCDEF"[i >> 4];
            names[i][1] = "0123456789ABCDEF"[i & 15];
            links[i] = (struct dagpb_link){ .cid = cid,
                                            .has_name = true,
                                            .name = mm_bytes_from(names[i], 2) };
        }
        cid = put_shard(&w, links, 256, MM_BYTES_OF(all));
        cr_assert_eq(list_all(&w, &cid), READ_MALFORMED);
    }
    cr_assert_lt(content_reader_blocks(w.reader), 100);
    world_free(&w);
}

Test(reader, other_codecs_are_served_as_they_are)
{
    struct world w = world_new();
    const struct cid cbor = put_block(&w, CID_DAG_CBOR, MM_BYTES_LIT("\xa0"));
    struct content_node node;
    mm_bytes rest;
    cr_assert_eq(content_stat(w.reader, &node, &cbor), READ_OK);
    cr_assert(node.kind == CONTENT_OTHER && node.bytes == 1);
    cr_assert_eq(content_resolve(w.reader, &node, &rest, &cbor, MM_BYTES_LIT("a/b"), NULL),
                 READ_NO_NAME);
    cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("a/b")));
    const struct cid plain = put_block(&w, CID_CBOR, MM_BYTES_LIT("\xa0"));
    cr_assert_eq(content_resolve(w.reader, &node, &rest, &plain, MM_BYTES_LIT("a/b"), NULL),
                 READ_UNSUPPORTED);
    const struct cid broken = put_block(&w, CID_DAG_PB, MM_BYTES_LIT("not protobuf"));
    cr_assert_eq(content_stat(w.reader, &node, &broken), READ_MALFORMED);
    const struct cid symlink =
        put_node(&w, NULL, 0,
                 &(struct unixfs){
                     .type = UNIXFS_SYMLINK, .has_data = true, .data = MM_BYTES_LIT("../there") });
    cr_assert_eq(content_resolve(w.reader, &node, &rest, &symlink, MM_BYTES_LIT("a"), NULL),
                 READ_NOT_A_DIRECTORY);
    struct mm_buf target;
    mm_buf_init(&target, 100);
    cr_assert_eq(content_symlink_read(w.reader, &target, &symlink), READ_OK);
    cr_assert(mm_bytes_equal(mm_buf_bytes(&target), MM_BYTES_LIT("../there")));
    cr_assert_eq(content_symlink_read(w.reader, &target, &cbor), READ_NOT_A_FILE);
    mm_buf_fini(&target);
    world_free(&w);
}

/* --- documents --- */

static enum read_verdict path_of(struct world *w, const struct cid *root, const char *path,
                                 const char *expected_rest)
{
    struct content_node node;
    mm_bytes rest;
    const enum read_verdict verdict =
        content_resolve(w->reader, &node, &rest, root, mm_bytes_str(path), NULL);
    cr_assert(mm_bytes_equal(rest, mm_bytes_str(expected_rest)), "%s: %.*s", path, (int)rest.len,
              (const char *)rest.ptr);
    if (verdict == READ_OK)
        cr_assert(node.kind == CONTENT_FILE && node.cid.hash.digest[0] == 'x');
    return verdict;
}

#define X "\xd8\x2a\x46\x00\x01\x55\x00\x01x" /* a link to identity content */

Test(reader, a_path_goes_through_documents_along_links)
{
    struct world w = world_new();
    /* {"a": [0, {"b": "text", "link": X}], "c": X, "d": [[1, 2], X]} */
    const struct cid cbor = put_block(&w, CID_DAG_CBOR,
                                      MM_BYTES_LIT("\xa3\x61"
                                                   "a\x82\x00\xa2\x61"
                                                   "b\x64text\x64link" X "\x61"
                                                   "c" X "\x61"
                                                   "d\x82\x82\x01\x02" X));
    const struct cid json = put_block(
        &w, CID_DAG_JSON,
        MM_BYTES_LIT("{\"a\":[0,{\"b\":\"text\",\"link\":{\"/\":\"bafkqaaly\"}}],\"c\":{\"/\":"
                     "\"bafkqaaly\"},\"d\":[[1,2],{\"/\":\"bafkqaaly\"}]}"));
    const struct cid *roots[] = { &cbor, &json };
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(path_of(&w, roots[i], "c", ""), READ_OK);
        cr_assert_eq(path_of(&w, roots[i], "a/1/link", ""), READ_OK);
        cr_assert_eq(path_of(&w, roots[i], "/d/1/", ""), READ_OK);
        cr_assert_eq(path_of(&w, roots[i], "c/more", "more"), READ_NOT_A_DIRECTORY);
        cr_assert_eq(path_of(&w, roots[i], "a", "a"), READ_INSIDE);
        cr_assert_eq(path_of(&w, roots[i], "a/1/b", "a/1/b"), READ_INSIDE);
        cr_assert_eq(path_of(&w, roots[i], "a/1/b/c", "a/1/b/c"), READ_NO_NAME);
        cr_assert_eq(path_of(&w, roots[i], "a/2", "a/2"), READ_NO_NAME);
        cr_assert_eq(path_of(&w, roots[i], "a/01", "a/01"), READ_NO_NAME);
        cr_assert_eq(path_of(&w, roots[i], "x", "x"), READ_NO_NAME);
    }
    struct cid cut = put_block(&w, CID_DAG_CBOR,
                               MM_BYTES_LIT("\xa2\x61"
                                            "a\x82\x01"));
    cr_assert_eq(path_of(&w, &cut, "b", "b"), READ_MALFORMED);
    cr_assert_eq(path_of(&w, &cut, "a/1", "a/1"), READ_MALFORMED);
    cut = put_block(&w, CID_DAG_JSON, MM_BYTES_LIT("{\"a\":"));
    cr_assert_eq(path_of(&w, &cut, "a", "a"), READ_MALFORMED);
    world_free(&w);
}
