/* Adding under any options and reading back: one property over random files and folders. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "memory_blocks.h"
#include "p2p/content/import.h"
#include "p2p/content/reader.h"
#include "p2p/content/walk.h"
#include "tests/lib/random.h"

enum { FILES_MAX = 40, FILE_BYTES_MAX = 60000 };

struct upload {
    struct content_profile profile;
    size_t files;
    mm_bytes contents[FILES_MAX];
    char paths[FILES_MAX][40];
};

static uint8_t pool[4 * FILE_BYTES_MAX];

static size_t pick(struct test_random *random, const size_t *sizes, size_t count)
{
    return sizes[test_random_below(random, count)];
}

static struct content_profile random_profile(struct test_random *random)
{
    const size_t named = test_random_below(random, 10);
    if (named < 5)
        return *content_profile_at(named);
    static const size_t chunks[] = { 1, 7, 64, 1000, 4096, 1 << 20 };
    static const size_t links[] = { 2, 3, 11, 174, IMPORT_LINKS_MAX };
    return (struct content_profile){
        .cid_version = (uint8_t)test_random_below(random, 2),
        .raw_leaves = test_random_below(random, 2) == 1,
        .chunk_bytes = (uint32_t)pick(random, chunks, MM_COUNT_OF(chunks)),
        .links_max = (uint32_t)pick(random, links, MM_COUNT_OF(links)),
        .hamt_rule =
            test_random_below(random, 2) == 1 ? IMPORT_HAMT_BY_BLOCK : IMPORT_HAMT_BY_LINKS,
        .hamt_above_bytes = (uint32_t)test_random_below(random, 2000),
    };
}

static void random_upload(struct upload *upload, struct test_random *random)
{
    upload->profile = random_profile(random);
    upload->files = test_random_below(random, FILES_MAX);
    const bool is_tiny = upload->profile.chunk_bytes < 64;
    for (size_t i = 0; i < upload->files; i++) {
        const size_t limit = test_random_below(random, 4) > 0 || is_tiny ? 300 : FILE_BYTES_MAX;
        const size_t len = test_random_below(random, limit);
        const size_t start = test_random_below(random, sizeof pool - len);
        upload->contents[i] = (mm_bytes){ pool + start, len };
        static const char *const folders[] = { "", "a/", "a/b c/", "z/y/x/" };
        (void)snprintf(upload->paths[i], sizeof upload->paths[i], "%s%zu.bin",
                       folders[test_random_below(random, 4)], i);
    }
}

/* All of it; sink NULL: the CID alone. Bytes come in pieces of random lengths. */
static struct import_result add_all(const struct upload *upload, const struct block_sink *sink,
                                    struct test_random *random)
{
    struct import_file *file = import_file_new(&upload->profile, sink);
    struct import_tree *tree = import_tree_new(&upload->profile, sink);
    struct import_result result;
    for (size_t i = 0; i < upload->files; i++) {
        mm_bytes left = upload->contents[i];
        while (left.len > 0) {
            const size_t len = 1 + test_random_below(random, left.len);
            cr_assert_eq(import_file_write(file, (mm_bytes){ left.ptr, len }), MM_OK);
            left = (mm_bytes){ left.ptr + len, left.len - len };
        }
        cr_assert_eq(import_file_finish(file, &result), MM_OK);
        cr_assert_eq(result.content_bytes, upload->contents[i].len);
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(upload->paths[i]), &result), MM_OK);
    }
    cr_assert_eq(import_tree_finish(tree, &result, NULL), MM_OK);
    import_tree_free(tree);
    import_file_free(file);
    return result;
}

static void expect_files(const struct upload *upload, const struct block_source *source,
                         const struct cid *root)
{
    struct content_reader *reader = content_reader_new(source);
    struct mm_buf out;
    mm_buf_init(&out, FILE_BYTES_MAX);
    for (size_t i = 0; i < upload->files; i++) {
        struct content_node node;
        cr_assert_eq(
            content_resolve(reader, &node, NULL, root, mm_bytes_str(upload->paths[i]), NULL),
            READ_OK);
        mm_buf_reset(&out);
        cr_assert_eq(content_file_read(reader, &out, &node.cid), READ_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&out), upload->contents[i]));
    }
    mm_buf_fini(&out);
    content_reader_free(reader);
}

/* What the importer says of the DAG is what a walk finds. */
static void expect_sizes(const struct import_result *result, const struct block_source *source)
{
    struct content_walk *walk =
        content_walk_new(source, &(struct walk_options){ .scope = WALK_ALL, .repeats = true });
    struct cid cid;
    mm_bytes block;
    uint64_t blocks = 0, bytes = 0;
    content_walk_begin(walk, &result->cid);
    enum read_verdict verdict;
    while ((verdict = content_walk_next(walk, &cid, &block)) == READ_OK) {
        blocks++;
        bytes += block.len;
        cr_assert_leq(block.len, (size_t)BLOCK_BYTES_MAX);
    }
    cr_assert_eq(verdict, READ_END);
    cr_assert_eq(blocks, result->dag_blocks);
    cr_assert_eq(bytes, result->dag_bytes);
    content_walk_free(walk);
}

Test(add, what_is_added_under_any_options_reads_back_and_only_hash_gives_the_same_cid)
{
    struct test_random random = { 20251 };
    test_random_fill(&random, pool, sizeof pool);
    static struct upload upload;
    for (size_t round = 0; round < 60; round++) {
        random_upload(&upload, &random);
        struct memory_blocks *blocks = memory_blocks_new(true);
        const struct block_sink sink = memory_blocks_sink(blocks);
        const struct block_source source = memory_blocks_source(blocks);
        const struct import_result stored = add_all(&upload, &sink, &random);
        const struct import_result hashed = add_all(&upload, NULL, &random);
        cr_assert(cid_equal(&stored.cid, &hashed.cid));
        cr_assert(stored.dag_bytes == hashed.dag_bytes && stored.dag_blocks == hashed.dag_blocks &&
                  stored.content_bytes == hashed.content_bytes);
        expect_files(&upload, &source, &stored.cid);
        expect_sizes(&stored, &source);
        memory_blocks_free(blocks);
    }
}

/* Folders of a collection: where each profile goes over from one block to shards. */
static bool is_sharded(const struct content_profile *profile, size_t files)
{
    struct memory_blocks *blocks = memory_blocks_new(true);
    const struct block_sink sink = memory_blocks_sink(blocks);
    const struct block_source source = memory_blocks_source(blocks);
    struct import_file *file = import_file_new(profile, NULL);
    struct import_dir *dir = import_dir_new(profile, &sink);
    struct import_result entry, folder;
    char name[32];
    cr_assert_eq(import_file_write(file, MM_BYTES_LIT("{}")), MM_OK);
    cr_assert_eq(import_file_finish(file, &entry), MM_OK);
    for (size_t i = 0; i < files; i++) {
        (void)snprintf(name, sizeof name, "%zu.json", i);
        cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &entry), MM_OK);
    }
    cr_assert_eq(import_dir_finish(dir, &folder), MM_OK);
    struct content_reader *reader = content_reader_new(&source);
    struct content_node node;
    cr_assert_eq(content_stat(reader, &node, &folder.cid), READ_OK);
    struct content_entry listed;
    size_t count = 0;
    cr_assert_eq(content_dir_open(reader, &folder.cid), READ_OK);
    while (content_dir_next(reader, &listed) == READ_OK)
        count++;
    cr_assert_eq(count, files);
    content_reader_free(reader);
    import_dir_free(dir);
    import_file_free(file);
    memory_blocks_free(blocks);
    return node.kind == CONTENT_SHARDED;
}

Test(add, five_thousand_files_are_flat_under_kubos_profiles_and_ten_thousand_under_none)
{
    for (size_t i = 0; content_profile_at(i) != NULL; i++) {
        const struct content_profile *profile = content_profile_at(i);
        cr_assert(is_sharded(profile, 10000), "%s", profile->name);
        cr_assert_eq(is_sharded(profile, 5000), profile->hamt_rule == IMPORT_HAMT_BY_BLOCK, "%s",
                     profile->name);
    }
}
