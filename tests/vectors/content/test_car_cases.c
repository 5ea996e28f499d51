/* The published gateway cases that ask for a CAR, without the gateway: the blocks of the export are those of the case. */
#include <criterion/criterion.h>
#include <dirent.h>

#include "p2p/content/car_export.h"
#include "p2p/content/car_import.h"
#include "shared.h"
#include "vectors_json.h"

#define CASES SHARED_IPFS "gateway-conformance/"

static void import_file_of(struct content *content, const char *path)
{
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    struct car_import *import = car_import_new(content);
    struct mm_reason reason = { "" };
    uint8_t bytes[5000];
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, file)) > 0;)
        cr_assert_eq(car_import_feed(import, (mm_bytes){ bytes, len }, &reason), MM_OK, "%s",
                     reason.text);
    const struct car_import_options unpinned = { .pin = NULL };
    cr_assert_eq(car_import_finish(import, &unpinned, &reason), MM_OK, "%s", reason.text);
    size_t count;
    const struct car_import_root *roots = car_import_roots(import, &count);
    for (size_t i = 0; i < count; i++) {
        const bool is_whole =
            strstr(path, "missing-block") == NULL && strstr(path, "partial") == NULL;
        cr_assert_eq(roots[i].verdict, is_whole ? READ_OK : READ_NO_BLOCK, "%s", path);
    }
    car_import_free(import);
    (void)fclose(file);
}

static size_t import_folder(struct content *content, const char *folder)
{
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir);
    size_t files = 0;
    char path[600];
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".car") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        import_file_of(content, path);
        files++;
    }
    (void)closedir(dir);
    return files;
}

static bool has(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

static struct car_export_options options_of(const char *path, const char *accept)
{
    struct car_export_options options = { .v2 = false };
    if (has(path, "dag-scope=entity"))
        options.walk.scope = WALK_ENTITY;
    if (has(path, "dag-scope=block"))
        options.walk.scope = WALK_BLOCK;
    options.walk.repeats = has(accept, "dups=y");
    const char *bytes = strstr(path, "entity-bytes=");
    if (bytes != NULL) {
        options.walk.has_range = true;
        cr_assert(walk_range_parse(&options.walk.range, mm_bytes_str(strchr(bytes, '=') + 1)));
    }
    return options;
}

/* The file's blocks against the case's. */
static void expect_blocks(mm_bytes car, yajl_val expected, const char *id)
{
    const yajl_val blocks = json_at(expected, "blocks");
    const size_t count = YAJL_GET_ARRAY(blocks)->len;
    const bool is_ordered = YAJL_IS_TRUE(json_at(expected, "ordered"));
    struct car_reader *reader = car_reader_new();
    struct cid cid, named;
    mm_bytes block;
    size_t at = 0;
    for (; car_feed(reader, &cid, &block, &car) == CAR_BLOCK; at++) {
        cr_assert_lt(at, count, "%s: more blocks than %zu", id, count);
        bool is_there = false;
        for (size_t i = is_ordered ? at : 0; i < (is_ordered ? at + 1 : count); i++) {
            const char *text = YAJL_GET_STRING(YAJL_GET_ARRAY(blocks)->values[i]);
            cr_assert_eq(cid_parse(&named, mm_bytes_str(text)), CID_OK);
            is_there = is_there || cid_equal(&cid, &named);
        }
        cr_assert(is_there, "%s: block %zu", id, at);
    }
    cr_assert_eq(car_finish(reader), CAR_OK);
    cr_assert_eq(at, count, "%s", id);
    car_reader_free(reader);
}

static void run_case(struct content *content, yajl_val one, struct mm_buf *car)
{
    const yajl_val request = json_at(one, "request");
    const char *path = json_text(request, "path");
    const char *id = json_text(one, "id");
    const yajl_val headers = json_at(request, "headers");
    const struct car_export_options options =
        options_of(path, headers == NULL ? NULL : json_text(headers, "Accept"));
    const char *start = path + strlen("/ipfs/");
    const size_t cid_len = strcspn(start, "/?");
    const size_t len = strcspn(start, "?");
    struct cid root;
    cr_assert_eq(cid_parse(&root, mm_bytes_from(start, cid_len)), CID_OK);
    const struct block_source source = content_source(content);
    struct car_export *export = car_export_new(&source, &options);
    struct content_node node;
    cr_assert_eq(car_export_resolve(export, &node, NULL, &root,
                                    mm_bytes_from(start + cid_len, len - cid_len), NULL),
                 READ_OK, "%s", id);
    mm_buf_reset(car);
    mm_bytes piece;
    enum read_verdict verdict;
    while ((verdict = car_export_next(export, &piece)) == READ_OK)
        mm_buf_add(car, piece);
    cr_assert_eq(verdict, READ_END, "%s: %s", id, read_verdict_text(verdict));
    cr_assert_eq(mm_buf_err(car), MM_OK);
    expect_blocks(mm_buf_bytes(car), json_at(json_at(one, "expect"), "car"), id);
    car_export_free(export);
}

Test(car_cases, an_export_has_the_blocks_that_the_gateway_suite_expects)
{
    shared_or_skip();
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    cr_assert_eq(import_folder(content, CASES), 24);
    const yajl_val cases = json_at(json_from_file(CASES "cases.json"), "cases");
    struct mm_buf car;
    mm_buf_init(&car, 1 << 20);
    size_t run = 0;
    for (size_t i = 0; i < YAJL_GET_ARRAY(cases)->len; i++) {
        const yajl_val one = YAJL_GET_ARRAY(cases)->values[i];
        if (json_at(json_at(one, "expect"), "car") == NULL)
            continue;
        run_case(content, one, &car);
        run++;
    }
    cr_assert_eq(run, 50);
    mm_buf_fini(&car);
    content_close(content);
}

Test(car_cases, the_other_published_files_are_imported_and_say_what_they_lack)
{
    shared_or_skip();
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    cr_assert_eq(import_folder(content, SHARED_IPFS "kubo/"), 3);
    cr_assert_eq(import_folder(content, SHARED_IPFS "boxo/"), 3);
    cr_assert_eq(import_folder(content, SHARED_IPFS "car/"), 2);
    content_close(content);
}

/* The suite's paths through dag-cbor and dag-json documents: /foo ends inside, /foo/link/bar goes over two links. */
Test(car_cases, paths_go_through_the_published_documents)
{
    shared_or_skip();
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    cr_assert_eq(import_folder(content, CASES), 24);
    const struct block_source source = content_source(content);
    struct content_reader *reader = content_reader_new(&source);
    static const char *const roots[] = {
        "bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim",
        "baguqeeram5ujjqrwheyaty3w5gdsmoz6vittchvhk723jjqxk7hakxkd47xq",
    };
    for (size_t i = 0; i < MM_COUNT_OF(roots); i++) {
        struct cid root;
        struct content_node node;
        mm_bytes rest;
        cr_assert_eq(cid_parse(&root, mm_bytes_str(roots[i])), CID_OK);
        cr_assert_eq(content_resolve(reader, &node, &rest, &root, MM_BYTES_LIT("/foo"), NULL),
                     READ_INSIDE);
        cr_assert(mm_bytes_equal(rest, MM_BYTES_LIT("foo")) && cid_equal(&node.cid, &root));
        cr_assert_eq(
            content_resolve(reader, &node, &rest, &root, MM_BYTES_LIT("/foo/i-do-not-exist"), NULL),
            READ_NO_NAME);
        cr_assert_eq(
            content_resolve(reader, &node, &rest, &root, MM_BYTES_LIT("/foo/link/bar"), NULL),
            READ_OK);
        cr_assert(node.kind == CONTENT_OTHER && node.cid.codec == root.codec && node.bytes > 0);
    }
    content_reader_free(reader);
    content_close(content);
}
