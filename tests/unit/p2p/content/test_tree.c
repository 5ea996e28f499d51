#include <criterion/criterion.h>
#include <stdio.h>

#include "empty_heap.h"
#include "p2p/content/canonical.h"
#include "p2p/content/dagpb.h"
#include "p2p/content/import.h"
#include "p2p/content/refs.h"
#include "p2p/content/store.h"
#include "p2p/content/tar.h"
#include "p2p/content/unixfs.h"

/* A store of its own for each test, and blocks put together by hand. */
static struct content *content;
static struct content_writer *writer;

static void open_all(void)
{
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    writer = content_writer_new(content);
}

static void close_all(void)
{
    content_writer_free(writer);
    content_close(content);
}

TestSuite(tree, .init = open_all, .fini = close_all, .timeout = 60);
TestSuite(tar, .init = open_all, .fini = close_all, .timeout = 60);
TestSuite(refs, .init = open_all, .fini = close_all, .timeout = 60);

static struct cid put_block(uint64_t codec, mm_bytes block)
{
    struct cid cid = { .version = 1, .codec = codec };
    struct multihasher *hasher = multihasher_new();
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, MULTIHASH_SHA2_256, &block, 1), MM_OK);
    multihasher_free(hasher);
    cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    return cid;
}

static struct cid put_raw(const char *text)
{
    return put_block(CID_RAW, mm_bytes_str(text));
}

struct link {
    const char *name;
    struct cid cid;
};

static struct cid put_node(const struct link *links, size_t count, const struct unixfs *data)
{
    struct mm_buf block, inner;
    mm_buf_init(&block, 1 << 20);
    mm_buf_init(&inner, 1 << 20);
    for (size_t i = 0; i < count; i++)
        dagpb_add_link(&block, &(struct dagpb_link){ .cid = links[i].cid,
                                                     .name = mm_bytes_str(links[i].name),
                                                     .has_name = true });
    unixfs_encode(&inner, data);
    dagpb_add_data(&block, mm_buf_bytes(&inner));
    const struct cid cid = put_block(CID_DAG_PB, mm_buf_bytes(&block));
    mm_buf_fini(&block);
    mm_buf_fini(&inner);
    return cid;
}

static struct cid put_dir(const struct link *links, size_t count)
{
    return put_node(links, count, &(struct unixfs){ .type = UNIXFS_DIRECTORY });
}

static struct cid put_symlink(const char *target)
{
    return put_node(
        NULL, 0,
        &(struct unixfs){ .type = UNIXFS_SYMLINK, .has_data = true, .data = mm_bytes_str(target) });
}

/* "path path path verdict" */
static void walk_text(char *out, size_t out_bytes, const struct cid *root, bool climbs)
{
    const struct block_source source = content_source(content);
    struct content_tree *tree = content_tree_new(&source);
    struct tree_entry entry;
    size_t len = 0;
    enum tree_verdict verdict;
    content_tree_begin(tree, root, MM_BYTES_LIT("r"));
    if (climbs)
        content_tree_climb(tree);
    while ((verdict = content_tree_next(tree, &entry)) == TREE_OK)
        len += (size_t)snprintf(out + len, out_bytes - len, "%.*s%s ", (int)entry.path.len,
                                (const char *)entry.path.ptr,
                                entry.kind == CONTENT_DIRECTORY ? "/" : "");
    (void)snprintf(out + len, out_bytes - len, "%d", verdict);
    cr_assert_eq(content_tree_next(tree, &entry), verdict);
    content_tree_free(tree);
}

static void expect_walk(const struct cid *root, const char *text)
{
    char out[4096];
    walk_text(out, sizeof out, root, false);
    cr_expect_str_eq(out, text);
}

/* As an archive has it. */
static void expect_climb(const struct cid *root, const char *text)
{
    char out[4096];
    walk_text(out, sizeof out, root, true);
    cr_expect_str_eq(out, text);
}

Test(tree, gives_a_directory_before_what_is_in_it)
{
    const struct cid file = put_raw("x");
    const struct cid inner = put_dir((struct link[]){ { "c", file } }, 1);
    const struct cid empty = put_dir(NULL, 0);
    const struct cid root =
        put_dir((struct link[]){ { "a", inner }, { "b", file }, { "e", empty } }, 3);
    expect_walk(&root, "r/ r/a/ r/b r/e/ r/a/c 1");
    expect_walk(&file, "r 1");
    expect_walk(&empty, "r/ 1");
}

Test(tree, refuses_names_that_leave_the_root_or_are_there_twice)
{
    static const char *const names[] = { "..", ".", "", "a/b", "/etc", "../x", "a/../../b" };
    const struct cid file = put_raw("x");
    const struct cid sub = put_dir((struct link[]){ { "passwd", file } }, 1);
    for (size_t i = 0; i < MM_COUNT_OF(names); i++) {
        const struct cid root = put_dir((struct link[]){ { "good", file }, { names[i], file } }, 2);
        expect_walk(&root, "r/ 2"); /* not even the good one */
    }
    char long_name[300];
    memset(long_name, 'n', sizeof long_name);
    long_name[256] = '\0';
    const struct cid longer = put_dir((struct link[]){ { long_name, file } }, 1);
    expect_walk(&longer, "r/ 2");
    const struct cid link = put_symlink("b");
    const struct cid twice = put_dir((struct link[]){ { "a", link }, { "a", sub } }, 2);
    expect_walk(&twice, "r/ 2");
}

Test(tree, lets_names_of_files_climb_in_an_archive_and_none_out_of_it)
{
    static const struct {
        const char *name;
        const char *walk; /* of r/s/t/NAME */
    } CASES[] = {
        { "../x", "r/ r/s/ r/s/t/ r/s/x r/s/t/y 1" },
        { "../../x", "r/ r/s/ r/s/t/ r/x r/s/t/y 1" },
        { "../t", "r/ r/s/ r/s/t/ r/s/t r/s/t/y 1" }, /* who unpacks it cannot make it */
        { "../../../x", "r/ r/s/ r/s/t/ 2" },
        { "../../../r", "r/ r/s/ r/s/t/ 2" },
        { "..", "r/ r/s/ r/s/t/ 2" },
        { "../", "r/ r/s/ r/s/t/ 2" },
        { "../..", "r/ r/s/ r/s/t/ 2" },
        { "../../", "r/ r/s/ r/s/t/ 2" },
        { "../.", "r/ r/s/ r/s/t/ 2" },
        { "..//x", "r/ r/s/ r/s/t/ 2" },
        { "./x", "r/ r/s/ r/s/t/ 2" },
        { "a/x", "r/ r/s/ r/s/t/ 2" },
        { "../a/x", "r/ r/s/ r/s/t/ 2" },
        { "/x", "r/ r/s/ r/s/t/ 2" },
    };
    const struct cid file = put_raw("x");
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const struct cid t = put_dir((struct link[]){ { CASES[i].name, file }, { "y", file } }, 2);
        const struct cid s = put_dir((struct link[]){ { "t", t } }, 1);
        const struct cid root = put_dir((struct link[]){ { "s", s } }, 1);
        expect_climb(&root, CASES[i].walk);
        expect_walk(&root, "r/ r/s/ r/s/t/ 2");
    }
    const struct cid not_files[] = { put_symlink("y"), put_dir(NULL, 0) };
    for (size_t i = 0; i < MM_COUNT_OF(not_files); i++) {
        const struct cid s = put_dir((struct link[]){ { "../x", not_files[i] } }, 1);
        const struct cid root = put_dir((struct link[]){ { "s", s } }, 1);
        expect_climb(&root, "r/ r/s/ 2");
    }
}

Test(tree, refuses_symlinks_that_could_lead_out)
{
    static const struct {
        const char *target;
        bool at_top, in_sub; /* whether it is taken there */
    } CASES[] = {
        { "b", true, true },         { "./b/./c", true, true },  { "..", false, true },
        { "../b", false, true },     { "../..", false, false },  { "/etc/passwd", false, false },
        { "b/..", false, false },    { "b/../c", false, false }, { ".././b", false, true },
        { "../b/..", false, false }, { "", false, false },
    };
    for (size_t i = 0; i < MM_COUNT_OF(CASES); i++) {
        const struct cid link = put_symlink(CASES[i].target);
        const struct cid top = put_dir((struct link[]){ { "l", link } }, 1);
        const struct cid sub = put_dir((struct link[]){ { "s", top } }, 1);
        expect_walk(&top, CASES[i].at_top ? "r/ r/l 1" : "r/ 2");
        expect_walk(&sub, CASES[i].in_sub ? "r/ r/s/ r/s/l 1" : "r/ r/s/ 2");
    }
    const struct cid alone = put_symlink("../x");
    expect_walk(&alone, "2");
}

Test(tree, ends_where_a_block_is_missing_or_no_file)
{
    const struct cid file = put_raw("x");
    struct cid missing = file;
    missing.hash.digest[0] ^= 1;
    const struct cid root = put_dir((struct link[]){ { "a", file }, { "b", missing } }, 2);
    expect_walk(&root, "r/ r/a 4");
    const struct cid cbor = put_block(CID_DAG_CBOR, MM_BYTES_LIT("\xa0"));
    const struct cid other = put_dir((struct link[]){ { "a", cbor } }, 1);
    expect_walk(&other, "r/ 3");
    const struct block_source source = content_source(content);
    struct content_tree *tree = content_tree_new(&source);
    struct tree_entry entry;
    content_tree_begin(tree, &missing, MM_BYTES_LIT("r"));
    cr_assert_eq(content_tree_next(tree, &entry), TREE_UNREADABLE);
    cr_assert_eq(content_tree_read(tree), READ_NO_BLOCK);
    cr_assert(cid_equal(content_tree_at(tree), &missing));
    content_tree_free(tree);
}

/* 70 directories, one in the other. */
Test(tree, ends_at_its_depth)
{
    struct cid dir = put_dir(NULL, 0);
    for (int i = 0; i < 70; i++)
        dir = put_dir((struct link[]){ { "d", dir } }, 1);
    const struct block_source source = content_source(content);
    struct content_tree *tree = content_tree_new(&source);
    struct tree_entry entry;
    size_t count = 0;
    content_tree_begin(tree, &dir, MM_BYTES_LIT("r"));
    while (content_tree_next(tree, &entry) == TREE_OK)
        count++;
    cr_assert_eq(content_tree_read(tree), READ_TOO_DEEP);
    cr_assert_eq(count, READ_DEPTH_MAX);
    content_tree_free(tree);
}

/* ---- tar ---- */

static struct mm_buf tar_of(const struct cid *root, const char *name, enum tree_verdict expected)
{
    const struct block_source source = content_source(content);
    struct content_tar *tar = content_tar_new(&source);
    struct mm_buf out;
    mm_bytes piece;
    enum tree_verdict verdict;
    mm_buf_init(&out, 8 << 20);
    content_tar_begin(tar, root, mm_bytes_str(name));
    while ((verdict = content_tar_next(tar, &piece)) == TREE_OK) {
        cr_assert_gt(piece.len, 0);
        mm_buf_add(&out, piece);
    }
    cr_expect_eq(verdict, expected);
    cr_expect_eq(content_tar_next(tar, &piece), verdict);
    content_tar_free(tar);
    return out;
}

Test(tar, writes_headers_that_add_up)
{
    const struct cid file = put_raw("hello world");
    const struct cid root = put_dir((struct link[]){ { "a.txt", file } }, 1);
    struct mm_buf out = tar_of(&root, "cats", TREE_END);
    const mm_bytes tar = mm_buf_bytes(&out);
    cr_assert_eq(tar.len, 512 + 512 + 512 + 1024);
    cr_assert_str_eq((const char *)tar.ptr, "cats/");
    cr_assert_eq(tar.ptr[156], '5');
    cr_assert_str_eq((const char *)tar.ptr + 512, "cats/a.txt");
    cr_assert_str_eq((const char *)tar.ptr + 512 + 124, "00000000013");
    cr_assert_eq(memcmp(tar.ptr + 1024, "hello world\0", 12), 0);
    for (size_t at = 0; at < 1024; at += 512) {
        unsigned sum = 0;
        unsigned told = 0;
        for (size_t i = 0; i < 512; i++)
            sum += i >= 148 && i < 156 ? ' ' : tar.ptr[at + i];
        cr_assert_eq(sscanf((const char *)tar.ptr + at + 148, "%o", &told), 1);
        cr_assert_eq(sum, told);
    }
    mm_buf_fini(&out);
}

Test(tar, pads_a_file_to_whole_blocks_and_no_further)
{
    char text[1025];
    memset(text, 'x', sizeof text);
    static const size_t sizes[] = { 0, 1, 511, 512, 513, 1024 };
    for (size_t i = 0; i < MM_COUNT_OF(sizes); i++) {
        const struct cid file = put_block(CID_RAW, mm_bytes_from(text, sizes[i]));
        struct mm_buf out = tar_of(&file, "r", TREE_END);
        cr_expect_eq(mm_buf_bytes(&out).len, 512 + (sizes[i] + 511) / 512 * 512 + 1024, "%zu",
                     sizes[i]);
        mm_buf_fini(&out);
    }
}

Test(tar, puts_what_does_not_fit_into_a_header_in_front)
{
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    const struct cid file = put_raw("x");
    const struct cid root = put_dir((struct link[]){ { name, file } }, 1);
    struct mm_buf out = tar_of(&root, "r", TREE_END);
    const mm_bytes tar = mm_buf_bytes(&out);
    cr_assert_eq(tar.ptr[512 + 156], 'x');
    cr_assert_eq(memcmp(tar.ptr + 1024, "212 path=r/nnn", 14), 0); /* 212 counts itself */
    cr_assert_eq(tar.ptr[1024 + 211], '\n');
    cr_assert_eq(tar.ptr[1024 + 212], 0);
    cr_assert_eq(tar.ptr[1536 + 156], '0');
    mm_buf_fini(&out);
}

Test(tar, stops_at_what_cannot_be_written)
{
    const struct cid file = put_raw("x");
    struct cid missing = file;
    missing.hash.digest[0] ^= 1;
    const struct cid bad = put_dir((struct link[]){ { "..", file } }, 1);
    const struct cid hole = put_dir((struct link[]){ { "a", file }, { "b", missing } }, 2);
    struct mm_buf out = tar_of(&bad, "r", TREE_BAD_NAME);
    mm_buf_fini(&out);
    out = tar_of(&hole, "r", TREE_UNREADABLE);
    mm_buf_fini(&out);
}

/* ---- refs ---- */

static void expect_refs(const struct cid *root, const struct refs_options *options,
                        const char *names)
{
    const struct block_source source = content_source(content);
    struct content_refs *refs = content_refs_new(&source, options);
    struct ref ref;
    char out[1024] = "";
    size_t len = 0;
    enum read_verdict verdict;
    content_refs_begin(refs, root);
    while ((verdict = content_refs_next(refs, &ref)) != READ_END && len < 900)
        len += verdict == READ_OK ? (size_t)snprintf(out + len, sizeof out - len, "%.*s ",
                                                     (int)ref.name.len, (const char *)ref.name.ptr)
                                  : (size_t)snprintf(out + len, sizeof out - len, "!%d ", verdict);
    cr_expect_str_eq(out, names);
    content_refs_free(refs);
}

Test(refs, tell_links_depth_first_as_often_as_they_are_linked_or_once)
{
    const struct cid file = put_raw("x");
    const struct cid inner = put_dir((struct link[]){ { "x", file }, { "y", file } }, 2);
    const struct cid root = put_dir((struct link[]){ { "a", inner }, { "b", inner } }, 2);
    expect_refs(&root, &(struct refs_options){ .depth_max = 1 }, "a b ");
    expect_refs(&root, &(struct refs_options){ .depth_max = 0 }, "a x y b x y ");
    expect_refs(&root, &(struct refs_options){ .depth_max = 0, .unique = true }, "a x ");
    expect_refs(&root, &(struct refs_options){ .depth_max = 2 }, "a x y b x y ");
    expect_refs(&file, &(struct refs_options){ .depth_max = 0 }, "");
}

Test(refs, go_on_where_a_block_is_missing)
{
    const struct cid file = put_raw("x");
    const struct cid inner = put_dir((struct link[]){ { "x", file } }, 1);
    struct cid missing = inner;
    missing.hash.digest[0] ^= 1;
    const struct cid root = put_dir((struct link[]){ { "a", missing }, { "b", inner } }, 2);
    char expected[64];
    (void)snprintf(expected, sizeof expected, "a !%d b x ", READ_NO_BLOCK);
    expect_refs(&root, &(struct refs_options){ .depth_max = 0 }, expected);
}

/* 40 blocks that each link twice to the next: 2^40 links if nobody counts. */
Test(refs, of_a_dag_that_unfolds_without_end_come_to_one)
{
    struct cid dir = put_dir(NULL, 0);
    for (int i = 0; i < 40; i++)
        dir = put_dir((struct link[]){ { "a", dir }, { "b", dir } }, 2);
    const struct block_source source = content_source(content);
    struct content_refs *refs = content_refs_new(&source, &(struct refs_options){ .unique = true });
    struct ref ref;
    size_t count = 0;
    content_refs_begin(refs, &dir);
    while (content_refs_next(refs, &ref) == READ_OK)
        count++;
    cr_assert_eq(count, 40);
    content_refs_free(refs);
}

/* ---- memory that ends ---- */

static struct cid heap_root;

static mm_err tar_all(void)
{
    const struct block_source source = content_source(content);
    struct content_tar *tar = content_tar_new(&source);
    mm_bytes piece;
    enum tree_verdict verdict;
    if (tar == NULL)
        return MM_ERR_NO_MEMORY;
    content_tar_begin(tar, &heap_root, MM_BYTES_LIT("r"));
    while ((verdict = content_tar_next(tar, &piece)) == TREE_OK)
        continue;
    mm_err err = MM_OK;
    if (verdict != TREE_END) {
        cr_assert_eq(verdict, TREE_UNREADABLE);
        cr_assert_eq(content_tar_read(tar), READ_FAILED);
        err = content_tar_err(tar);
    }
    content_tar_free(tar);
    return err;
}

static mm_err refer_all(void)
{
    const struct block_source source = content_source(content);
    struct content_refs *refs = content_refs_new(&source, &(struct refs_options){ .unique = true });
    struct ref ref;
    enum read_verdict verdict;
    if (refs == NULL)
        return MM_ERR_NO_MEMORY;
    content_refs_begin(refs, &heap_root);
    while ((verdict = content_refs_next(refs, &ref)) == READ_OK)
        continue;
    const mm_err err = verdict == READ_END ? MM_OK : content_refs_err(refs);
    content_refs_free(refs);
    return err;
}

Test(tree, an_empty_heap_is_an_error_and_loses_nothing)
{
    char name[201];
    memset(name, 'n', 200);
    name[200] = '\0';
    const struct cid file = put_raw("x");
    const struct cid inner = put_dir((struct link[]){ { "c", file }, { name, file } }, 2);
    heap_root = put_dir((struct link[]){ { "a", inner }, { "b", file } }, 2);
    cr_assert_gt(empty_heap_failures(tar_all), 8);
    cr_assert_gt(empty_heap_failures(refer_all), 4);
}

/* ---- canonical ---- */

static void expect_canonical(uint64_t codec, mm_bytes block, enum canonical_verdict verdict)
{
    cr_expect_eq(content_canonical(codec, block), verdict, "%.*s", (int)block.len,
                 (const char *)block.ptr);
}

Test(canonical, knows_how_each_codec_is_written)
{
    const uint64_t json = CID_DAG_JSON, cbor = CID_DAG_CBOR;
    expect_canonical(json, MM_BYTES_LIT("{\"a\":1,\"b\":[\" x \",null]}"), CANONICAL_OK);
    expect_canonical(json, MM_BYTES_LIT("{\"a\": 1}"), CANONICAL_OTHERWISE);
    expect_canonical(json, MM_BYTES_LIT("{\"b\":1,\"a\":2}"), CANONICAL_OTHERWISE);
    expect_canonical(json, MM_BYTES_LIT("[{\"x\":{\"b\":1,\"a\":2}}]"), CANONICAL_OTHERWISE);
    expect_canonical(json, MM_BYTES_LIT("{\"a\":1,\"a\":2}"), CANONICAL_MALFORMED);
    expect_canonical(json, MM_BYTES_LIT("{\"/\":\"nothing\"}"), CANONICAL_MALFORMED);
    expect_canonical(json, MM_BYTES_LIT("{"), CANONICAL_MALFORMED);
    expect_canonical(CID_JSON, MM_BYTES_LIT("{ \"b\": 1, \"a\": 2 }"), CANONICAL_OK);
    expect_canonical(CID_JSON, MM_BYTES_LIT("nope"), CANONICAL_MALFORMED);
    expect_canonical(CID_RAW, MM_BYTES_LIT("anything"), CANONICAL_OK);
    expect_canonical(0x99, MM_BYTES_LIT("anything"), CANONICAL_UNKNOWN);
    expect_canonical(cbor,
                     MM_BYTES_LIT("\xa2\x61"
                                  "b\x01\x62"
                                  "aa\x02"),
                     CANONICAL_OK); /* the shorter key first */
    expect_canonical(cbor,
                     MM_BYTES_LIT("\xa2\x62"
                                  "aa\x02\x61"
                                  "b\x01"),
                     CANONICAL_OTHERWISE);
    expect_canonical(cbor, MM_BYTES_LIT("\xa1\x01\x01"), CANONICAL_MALFORMED); /* keys are text */
    expect_canonical(cbor, MM_BYTES_LIT("\x18\x01"), CANONICAL_MALFORMED);     /* not shortest */
    expect_canonical(cbor, MM_BYTES_LIT("\xfb\x3f\xf0\0\0\0\0\0\0"), CANONICAL_OK);
    expect_canonical(cbor, MM_BYTES_LIT("\xfb\x7f\xf0\0\0\0\0\0\0"), CANONICAL_MALFORMED);
    expect_canonical(cbor, MM_BYTES_LIT("\xf9\x3c\x00"), CANONICAL_OTHERWISE);
    expect_canonical(cbor, MM_BYTES_LIT("\xf7"), CANONICAL_MALFORMED); /* undefined */
    expect_canonical(cbor, MM_BYTES_LIT("\xf6\xf6"), CANONICAL_MALFORMED);
    expect_canonical(cbor, MM_BYTES_LIT("\x61\xff"), CANONICAL_MALFORMED);
    expect_canonical(CID_DAG_PB, MM_BYTES_LIT("\x0a\x02\x08\x01"), CANONICAL_OK);
    expect_canonical(CID_DAG_PB, MM_BYTES_LIT("\x0a\x82\x00\x08\x01"), CANONICAL_OTHERWISE);
    expect_canonical(CID_DAG_PB, MM_BYTES_LIT("\x0a"), CANONICAL_MALFORMED);
}
