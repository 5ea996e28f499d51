#include <criterion/criterion.h>
#include <dirent.h>

#include "p2p/content/car.h"
#include "p2p/content/reader.h"
#include "p2p/content/store.h"
#include "shared.h"
#include "vectors_json.h"

static mm_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    static uint8_t bytes[4 << 20];
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    cr_assert_lt(len, sizeof bytes);
    (void)fclose(file);
    return (mm_bytes){ bytes, len };
}

static struct content *open_memory(void)
{
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    return content;
}

/* Every block into the store, which hashes it. Returns how many; the first root. */
static size_t import(struct content *content, struct cid *root, mm_bytes car, size_t piece)
{
    struct car_reader *reader = car_reader_new();
    struct content_writer *writer = content_writer_new(content);
    size_t blocks = 0;
    for (size_t at = 0; at < car.len; at += piece) {
        mm_bytes in = { car.ptr + at, car.len - at < piece ? car.len - at : piece };
        struct cid cid;
        mm_bytes block;
        enum car_verdict verdict;
        for (; (verdict = car_feed(reader, &cid, &block, &in)) == CAR_BLOCK; blocks++)
            cr_assert_eq(content_writer_put(writer, &cid, block), MM_OK);
        cr_assert_eq(verdict, CAR_MORE);
    }
    cr_assert_eq(car_finish(reader), CAR_OK);
    size_t roots;
    const struct cid *all = car_roots(reader, &roots);
    if (roots > 0)
        *root = all[0];
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    content_writer_free(writer);
    car_reader_free(reader);
    return blocks;
}

Test(car_vectors, every_published_file_is_read_and_every_block_hashes)
{
    shared_or_skip();
    static const char *const folders[] = { "boxo", "car", "kubo", "gateway-conformance" };
    size_t files = 0;
    for (size_t i = 0; i < MM_COUNT_OF(folders); i++) {
        char path[600];
        (void)snprintf(path, sizeof path, SHARED_IPFS "%s", folders[i]);
        DIR *dir = opendir(path);
        cr_assert_not_null(dir);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            const char *dot = strrchr(entry->d_name, '.');
            if (dot == NULL || strcmp(dot, ".car") != 0)
                continue;
            (void)snprintf(path, sizeof path, SHARED_IPFS "%s/%s", folders[i], entry->d_name);
            const mm_bytes car = read_file(path);
            struct content *content = open_memory();
            struct cid root;
            const size_t blocks = import(content, &root, car, car.len);
            cr_assert_eq(import(content, &root, car, 37), blocks);
            content_close(content);
            files++;
        }
        (void)closedir(dir);
    }
    cr_assert_geq(files, 3 + 2 + 3 + 24);
}

/* The JSON beside the file has the root and, for each block, its CID and where it stands. */
static void expect_fixture(const char *name)
{
    char path[600];
    (void)snprintf(path, sizeof path, SHARED_IPFS "car/%s.json", name);
    const yajl_val map = json_from_file(path);
    (void)snprintf(path, sizeof path, SHARED_IPFS "car/%s.car", name);
    mm_bytes in = read_file(path);
    const uint8_t *start = in.ptr;
    struct car_reader *reader = car_reader_new();
    const yajl_val blocks = json_at(map, "blocks");
    struct cid cid, expected;
    mm_bytes block;
    for (size_t i = 0; i < YAJL_GET_ARRAY(blocks)->len; i++) {
        const yajl_val one = YAJL_GET_ARRAY(blocks)->values[i];
        cr_assert_eq(car_feed(reader, &cid, &block, &in), CAR_BLOCK);
        cr_assert_eq(cid_parse(&expected, mm_bytes_str(json_text(json_at(one, "cid"), "/"))),
                     CID_OK);
        cr_assert(cid_equal(&cid, &expected));
        cr_assert_eq(block.ptr - start, json_number(one, "blockOffset"));
        cr_assert_eq((long long)block.len, json_number(one, "blockLength"));
    }
    cr_assert_eq(car_feed(reader, &cid, &block, &in), CAR_MORE);
    cr_assert_eq(car_finish(reader), CAR_OK);
    size_t count;
    const struct cid *roots = car_roots(reader, &count);
    yajl_val header = json_at(map, "header");
    const yajl_val expected_roots = json_at(header, "roots");
    cr_assert_eq(count, YAJL_GET_ARRAY(expected_roots)->len);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(cid_parse(&expected, mm_bytes_str(json_text(
                                              YAJL_GET_ARRAY(expected_roots)->values[i], "/"))),
                     CID_OK);
        cr_assert(cid_equal(&roots[i], &expected));
    }
    car_reader_free(reader);
}

Test(car_vectors, blocks_stand_where_the_fixture_says)
{
    shared_or_skip();
    expect_fixture("carv1-basic");
    expect_fixture("carv2-basic");
}

/* --- every path of the boxo files --- */

struct expectation {
    const char *path;
    enum content_kind kind;
    long long bytes; /* -1: a directory */
    const char *begins;
};

static void expect_paths(const char *car, const struct expectation *expected, size_t count)
{
    struct content *content = open_memory();
    struct cid root = { .version = 1 };
    char path[600];
    (void)snprintf(path, sizeof path, SHARED_IPFS "boxo/%s.car", car);
    const mm_bytes bytes = read_file(path);
    (void)import(content, &root, bytes, bytes.len);
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    struct mm_buf out;
    mm_buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const struct expectation *e = &expected[i];
        struct content_node node;
        cr_assert_eq(content_resolve(reader, &node, NULL, &root, mm_bytes_str(e->path), NULL),
                     READ_OK, "%s", e->path);
        cr_assert_eq(node.kind, e->kind, "%s", e->path);
        mm_buf_reset(&out);
        if (e->kind == CONTENT_FILE)
            cr_assert_eq(content_file_read(reader, &out, &node.cid), READ_OK);
        else if (e->kind == CONTENT_SYMLINK)
            cr_assert_eq(content_symlink_read(reader, &out, &node.cid), READ_OK);
        else
            continue;
        cr_assert_eq((long long)node.bytes, e->bytes, "%s", e->path);
        cr_assert_eq((long long)mm_buf_bytes(&out).len, e->bytes, "%s", e->path);
        cr_assert(e->begins[0] == '\0' ||
                      memcmp(mm_buf_bytes(&out).ptr, e->begins, strlen(e->begins)) == 0,
                  "%s", e->path);
    }
    mm_buf_fini(&out);
    content_reader_free(reader);
    content_close(content);
}

Test(car_vectors, every_path_of_the_boxo_files_is_readable)
{
    shared_or_skip();
    static const struct expectation special[] = {
        { "", CONTENT_DIRECTORY, -1, "" },
        { "file.txt", CONTENT_FILE, 1, "1" },
        { "foo? #<'", CONTENT_DIRECTORY, -1, "" },
        { "foo? #<'/file.txt", CONTENT_FILE, 1, "2" },
        { "foo? #<'/bar", CONTENT_DIRECTORY, -1, "" },
        { "foo? #<'/bar/file.txt", CONTENT_FILE, 1, "3" },
    };
    expect_paths("dir-special-chars", special, MM_COUNT_OF(special));
    static const struct expectation hamt[] = {
        { "basicDir", CONTENT_DIRECTORY, -1, "" },
        { "basicDir/exampleA", CONTENT_FILE, 1026, "Lorem ipsum" },
        { "basicDir/exampleB", CONTENT_FILE, 887, "Irure veniam" },
        { "hamtDir", CONTENT_SHARDED, -1, "" },
        { "hamtDir/exampleA", CONTENT_FILE, 1026, "Lorem ipsum" },
        { "hamtDir/exampleB", CONTENT_FILE, 887, "Irure veniam" },
        { "hamtDir/exampleC-hamt-collide-exampleA-seed-52", CONTENT_FILE, 962, "Tempor mollit" },
        { "hamtDir/exampleD-hamt-collide-exampleB-seed-364", CONTENT_FILE, 1283, "Quis ex" },
    };
    expect_paths("directory-with-multilayer-hamt-and-multiblock-files", hamt, MM_COUNT_OF(hamt));
    static const struct expectation times[] = {
        { "dir1", CONTENT_DIRECTORY, -1, "" },
        { "dir2/sub1/link1", CONTENT_SYMLINK, 13, "../sub2/file3" },
        { "dir2/sub1/sub2/file3", CONTENT_FILE, 0, "" },
        { "dir3/file2", CONTENT_FILE, 0, "" },
        { "file1", CONTENT_FILE, 0, "" },
    };
    expect_paths("unixfs-dir-with-mode-mtime", times, MM_COUNT_OF(times));
}
