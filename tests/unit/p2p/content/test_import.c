#include <criterion/criterion.h>
#include <stdio.h>

#include "empty_heap.h"
#include "memory_blocks.h"
#include "p2p/content/import.h"
#include "tests/lib/random.h"

static const struct content_profile TINY = {
    .cid_version = 1, .raw_leaves = true, .chunk_bytes = 16, .links_max = 2, .hamt_above_bytes = 200
};

static struct import_result add_file(const struct content_profile *profile, mm_bytes bytes,
                                     size_t piece)
{
    struct import_file *file = import_file_new(profile, NULL);
    struct import_result result;
    for (size_t at = 0; at < bytes.len; at += piece) {
        const size_t len = bytes.len - at < piece ? bytes.len - at : piece;
        cr_assert_eq(import_file_write(file, (mm_bytes){ bytes.ptr + at, len }), MM_OK);
    }
    cr_assert_eq(import_file_finish(file, &result), MM_OK);
    import_file_free(file);
    return result;
}

Test(import, the_pieces_do_not_matter)
{
    uint8_t bytes[1000];
    struct test_random random = { 3 };
    test_random_fill(&random, bytes, sizeof bytes);
    const struct import_result whole = add_file(&TINY, MM_BYTES_OF(bytes), sizeof bytes);
    for (size_t piece = 1; piece < 40; piece++) {
        const struct import_result same = add_file(&TINY, MM_BYTES_OF(bytes), piece);
        cr_assert(cid_equal(&same.cid, &whole.cid));
    }
}

Test(import, a_builder_is_ready_for_the_next_file)
{
    struct import_file *file = import_file_new(CONTENT_PROFILE_DEFAULT, NULL);
    struct import_result first, second, third;
    cr_assert_eq(import_file_write(file, MM_BYTES_LIT("one")), MM_OK);
    cr_assert_eq(import_file_finish(file, &first), MM_OK);
    cr_assert_eq(import_file_write(file, MM_BYTES_LIT("thrown away")), MM_OK);
    import_file_reset(file);
    cr_assert_eq(import_file_write(file, MM_BYTES_LIT("one")), MM_OK);
    cr_assert_eq(import_file_finish(file, &second), MM_OK);
    cr_assert_eq(import_file_finish(file, &third), MM_OK);
    cr_assert(cid_equal(&first.cid, &second.cid));
    cr_assert_eq(third.content_bytes, 0);
    import_file_free(file);
}

Test(import, a_profile_has_limits)
{
    struct content_profile profile = *CONTENT_PROFILE_DEFAULT;
    cr_assert(content_profile_is_valid(&profile));
    profile.chunk_bytes = 0;
    cr_assert(!content_profile_is_valid(&profile));
    profile.chunk_bytes = BLOCK_CHUNK_BYTES_MAX + 1;
    cr_assert(!content_profile_is_valid(&profile));
    profile.chunk_bytes = 1;
    profile.links_max = 1;
    cr_assert(!content_profile_is_valid(&profile));
    profile.links_max = IMPORT_LINKS_MAX + 1;
    cr_assert(!content_profile_is_valid(&profile));
    cr_assert_null(content_profile_find(MM_BYTES_LIT("unixfs-v3")));
    cr_assert_null(content_profile_at(5));
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(content_profile_find(mm_bytes_str(content_profile_at(i)->name)),
                     content_profile_at(i));
}

Test(import, a_parent_of_the_most_links_fits)
{
    const struct content_profile widest = { .cid_version = 1,
                                            .raw_leaves = true,
                                            .chunk_bytes = 1,
                                            .links_max = IMPORT_LINKS_MAX,
                                            .hamt_above_bytes = 0 };
    static uint8_t bytes[IMPORT_LINKS_MAX + 1];
    const struct import_result result = add_file(&widest, MM_BYTES_OF(bytes), sizeof bytes);
    cr_assert_eq(result.dag_blocks, IMPORT_LINKS_MAX + 1 + 3);
}

Test(import, names_that_a_directory_may_not_hold)
{
    cr_assert(import_name_is_valid(MM_BYTES_LIT("a b?#.json")));
    cr_assert(import_name_is_valid(MM_BYTES_LIT("...")));
    cr_assert(!import_name_is_valid(MM_BYTES_LIT("")));
    cr_assert(!import_name_is_valid(MM_BYTES_LIT(".")));
    cr_assert(!import_name_is_valid(MM_BYTES_LIT("..")));
    cr_assert(!import_name_is_valid(MM_BYTES_LIT("a/b")));
    cr_assert(!import_name_is_valid(MM_BYTES_LIT("a\0b")));
    char name[256];
    memset(name, 'n', sizeof name);
    cr_assert(import_name_is_valid(mm_bytes_from(name, 255)));
    cr_assert(!import_name_is_valid(mm_bytes_from(name, 256)));
}

Test(import, a_name_twice_is_refused_flat_and_sharded)
{
    const struct import_result file = add_file(&TINY, MM_BYTES_LIT("x"), 1);
    struct import_dir *dir = import_dir_new(&TINY, NULL);
    for (size_t extra = 0; extra < 20; extra += 10) { /* ten entries are above TINY's threshold */
        struct import_result result;
        char name[24];
        for (size_t i = 0; i < extra; i++) {
            (void)snprintf(name, sizeof name, "%zu", i);
            cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &file), MM_OK);
        }
        cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("same"), &file), MM_OK);
        cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("same"), &file), MM_OK);
        cr_assert_eq(import_dir_finish(dir, &result), MM_ERR_EXISTS);
        cr_assert_eq(result.dag_blocks, 0);
        import_dir_reset(dir);
    }
    import_dir_free(dir);
}

Test(import, the_order_of_entries_does_not_matter)
{
    const struct import_result file = add_file(&TINY, MM_BYTES_LIT("x"), 1);
    struct import_result there, back;
    for (size_t count = 3; count <= 3000; count *= 10) {
        struct import_dir *dir = import_dir_new(&TINY, NULL);
        char name[24];
        for (size_t i = 0; i < count; i++) {
            (void)snprintf(name, sizeof name, "%zu", i);
            cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &file), MM_OK);
        }
        cr_assert_eq(import_dir_finish(dir, &there), MM_OK);
        for (size_t i = count; i-- > 0;) {
            (void)snprintf(name, sizeof name, "%zu", i);
            cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &file), MM_OK);
        }
        cr_assert_eq(import_dir_finish(dir, &back), MM_OK);
        cr_assert(cid_equal(&there.cid, &back.cid) && there.dag_bytes == back.dag_bytes);
        import_dir_free(dir);
    }
}

/* --- trees --- */

struct heard {
    char text[200];
};

static void hear(void *context, mm_bytes path, const struct import_result *directory)
{
    struct heard *heard = context;
    cr_assert_gt(directory->dag_blocks, 0);
    (void)snprintf(heard->text + strlen(heard->text), sizeof heard->text - strlen(heard->text),
                   "/%.*s;", (int)path.len, path.len == 0 ? "" : (const char *)path.ptr);
}

Test(import, a_tree_is_its_directories_nested)
{
    const struct import_result file = add_file(&TINY, MM_BYTES_LIT("x"), 1);
    struct import_tree *tree = import_tree_new(CONTENT_PROFILE_DEFAULT, NULL);
    /* "a b" and "a.b" sort between "a" and "a/…" by bytes, not by path */
    static const char *const paths[] = { "a/b/deep", "a b/c", "a/z", "a.b/c", "top", "a/b/other" };
    for (size_t i = 0; i < MM_COUNT_OF(paths); i++)
        cr_assert_eq(import_tree_add(tree, mm_bytes_str(paths[i]), &file), MM_OK);
    cr_assert_eq(import_tree_add_dir(tree, MM_BYTES_LIT("empty/inner")), MM_OK);
    cr_assert_eq(import_tree_add_dir(tree, MM_BYTES_LIT("a/b")), MM_OK);
    cr_assert_eq(import_tree_add_dir(tree, MM_BYTES_LIT("a/b")), MM_OK);
    struct import_result root;
    struct heard heard = { "" };
    cr_assert_eq(import_tree_finish(tree, &root, &(struct import_listener){ &heard, hear }), MM_OK);
    cr_assert_str_eq(heard.text, "/a/b;/a;/a b;/a.b;/empty/inner;/empty;/;");
    cr_assert_eq(root.dag_blocks, 6 + 7);

    struct import_dir *dir = import_dir_new(CONTENT_PROFILE_DEFAULT, NULL);
    struct import_result b, a, c, inner, empty, by_hand;
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("deep"), &file), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("other"), &file), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &b), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("b"), &b), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("z"), &file), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &a), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("c"), &file), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &c), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &inner), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("inner"), &inner), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &empty), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("empty"), &empty), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("top"), &file), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("a"), &a), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("a.b"), &c), MM_OK);
    cr_assert_eq(import_dir_add(dir, MM_BYTES_LIT("a b"), &c), MM_OK);
    cr_assert_eq(import_dir_finish(dir, &by_hand), MM_OK);
    cr_assert(cid_equal(&by_hand.cid, &root.cid));
    cr_assert_eq(by_hand.dag_bytes, root.dag_bytes);
    import_dir_free(dir);
    import_tree_free(tree);
}

static mm_err tree_of(const char *first, const char *second)
{
    const struct import_result file = add_file(&TINY, MM_BYTES_LIT("x"), 1);
    struct import_tree *tree = import_tree_new(&TINY, NULL);
    mm_err err = import_tree_add(tree, mm_bytes_str(first), &file);
    if (err == MM_OK)
        err = import_tree_add(tree, mm_bytes_str(second), &file);
    struct import_result root;
    if (err == MM_OK)
        err = import_tree_finish(tree, &root, NULL);
    import_tree_free(tree);
    return err;
}

Test(import, paths_that_are_none_and_paths_that_clash)
{
    cr_assert_eq(tree_of("a", "b"), MM_OK);
    cr_assert_eq(tree_of("", "b"), MM_ERR_INVALID);
    cr_assert_eq(tree_of("/a", "b"), MM_ERR_INVALID);
    cr_assert_eq(tree_of("a/", "b"), MM_ERR_INVALID);
    cr_assert_eq(tree_of("a//c", "b"), MM_ERR_INVALID);
    cr_assert_eq(tree_of("a/../c", "b"), MM_ERR_INVALID);
    cr_assert_eq(tree_of("a", "a"), MM_ERR_EXISTS);
    cr_assert_eq(tree_of("a", "a/b"), MM_ERR_EXISTS);
    cr_assert_eq(tree_of("a/b", "a"), MM_ERR_EXISTS);
    char deep[200];
    for (size_t i = 0; i < sizeof deep; i += 2)
        memcpy(deep + i, "d/", 2);
    deep[2 * IMPORT_PATH_SEGMENTS_MAX - 1] = '\0';
    cr_assert_eq(tree_of(deep, "b"), MM_OK);
    deep[2 * IMPORT_PATH_SEGMENTS_MAX - 1] = '/';
    deep[2 * IMPORT_PATH_SEGMENTS_MAX + 1] = '\0';
    cr_assert_eq(tree_of(deep, "b"), MM_ERR_INVALID);
}

/* --- failures --- */

static mm_err import_everything(const struct block_sink *sink)
{
    struct import_file *file = import_file_new(&TINY, sink);
    struct import_tree *tree = import_tree_new(&TINY, sink);
    mm_err err = file == NULL || tree == NULL ? MM_ERR_NO_MEMORY : MM_OK;
    struct import_result result;
    for (size_t i = 0; err == MM_OK && i < 12; i++) {
        char path[30];
        (void)snprintf(path, sizeof path, "%s%zu", i % 2 == 0 ? "sub/" : "", i);
        err = import_file_write(
            file, MM_BYTES_LIT("more than the bytes of one chunk, more than those of two"));
        if (err == MM_OK)
            err = import_file_finish(file, &result);
        if (err == MM_OK)
            err = import_tree_add(tree, mm_bytes_str(path), &result);
    }
    if (err == MM_OK)
        err = import_tree_finish(tree, &result, NULL);
    import_file_free(file);
    import_tree_free(tree);
    return err;
}

static mm_err import_into_nothing(void)
{
    return import_everything(NULL);
}

Test(import, an_empty_heap_is_an_error_and_loses_nothing)
{
    cr_assert_gt(empty_heap_failures(import_into_nothing), 20);
}

static mm_err refuse(void *context, const struct cid *cid, mm_bytes block)
{
    size_t *left = context;
    (void)cid;
    (void)block;
    return (*left)-- == 0 ? MM_ERR_NO_SPACE : MM_OK;
}

Test(import, a_failing_sink_ends_the_import_with_its_error)
{
    size_t total = 0;
    for (size_t n = 0;; n++, total++) {
        size_t left = n;
        const mm_err err = import_everything(&(struct block_sink){ &left, refuse });
        if (err == MM_OK)
            break;
        cr_assert_eq(err, MM_ERR_NO_SPACE);
    }
    cr_assert_gt(total, 40);
}
