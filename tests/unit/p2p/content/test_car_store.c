#include <criterion/criterion.h>
#include <stdio.h>

#include "empty_heap.h"
#include "memory_blocks.h"
#include "p2p/content/car_export.h"
#include "p2p/content/car_import.h"
#include "p2p/content/import.h"
#include "tests/lib/random.h"

static const struct content_profile TINY = {
    .cid_version = 1, .raw_leaves = true, .chunk_bytes = 16, .links_max = 3, .hamt_above_bytes = 400
};
static const struct content_profile TINY_V0 = {
    .cid_version = 0, .raw_leaves = false, .chunk_bytes = 7, .links_max = 2, .hamt_above_bytes = 400
};

static struct content *open_memory(void)
{
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .path = NULL }, NULL), MM_OK);
    return content;
}

/* A folder with files of random lengths in the store. */
static struct import_result add_folder(struct content *content,
                                       const struct content_profile *profile,
                                       struct test_random *random, size_t files)
{
    struct content_writer *writer = content_writer_new(content);
    const struct block_sink sink = content_writer_sink(writer);
    struct import_file *file = import_file_new(profile, &sink);
    struct import_dir *dir = import_dir_new(profile, &sink);
    struct import_result result;
    uint8_t bytes[300];
    for (size_t i = 0; i < files; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", i);
        const size_t len = test_random_below(random, sizeof bytes);
        test_random_fill(random, bytes, len);
        cr_assert_eq(import_file_write(file, (mm_bytes){ bytes, len }), MM_OK);
        cr_assert_eq(import_file_finish(file, &result), MM_OK);
        cr_assert_eq(import_dir_add(dir, mm_bytes_str(name), &result), MM_OK);
    }
    cr_assert_eq(import_dir_finish(dir, &result), MM_OK);
    cr_assert_eq(content_writer_commit(writer, NULL), MM_OK);
    import_dir_free(dir);
    import_file_free(file);
    content_writer_free(writer);
    return result;
}

static enum read_verdict export_whole(struct content *content, struct mm_buf *car,
                                      const struct car_export_options *options,
                                      const struct cid *root)
{
    const struct block_source source = content_source(content);
    struct car_export *export = car_export_new(&source, options);
    mm_buf_reset(car);
    car_export_begin(export, root);
    mm_bytes piece;
    enum read_verdict verdict;
    while ((verdict = car_export_next(export, &piece)) == READ_OK) {
        cr_assert_gt(piece.len, 0);
        mm_buf_add(car, piece);
    }
    cr_assert_eq(car_export_next(export, &piece), verdict);
    cr_assert_eq(mm_buf_err(car), MM_OK);
    uint64_t bytes;
    car_export_begin(export, root);
    cr_assert_eq(car_export_measure(export, &bytes), verdict == READ_END ? READ_OK : verdict);
    cr_assert_eq(bytes, verdict == READ_END ? mm_buf_bytes(car).len : 0);
    car_export_free(export);
    return verdict;
}

static mm_err import_pieces(struct car_import *import, mm_bytes car, size_t piece,
                            struct mm_reason *reason)
{
    for (size_t at = 0; at < car.len; at += piece) {
        const size_t len = car.len - at < piece ? car.len - at : piece;
        MM_TRY(car_import_feed(import, (mm_bytes){ car.ptr + at, len }, reason));
    }
    return car_import_finish(import, &(struct car_import_options){ .pin = NULL }, reason);
}

/* Export, import into an empty store, export again: the same bytes, v1 and v2, whatever the pieces. */
Test(car_store, what_is_exported_can_be_imported_and_exported_again)
{
    struct test_random random = { 77 };
    struct mm_buf car, again;
    mm_buf_init(&car, 1 << 20);
    mm_buf_init(&again, 1 << 20);
    for (size_t round = 0; round < 24; round++) {
        const bool v2 = round % 2 == 1;
        const struct car_export_options options = { .v2 = v2,
                                                    .walk = { .repeats = round % 3 == 1 } };
        struct content *first = open_memory();
        const struct import_result folder = add_folder(first, round % 4 < 2 ? &TINY : &TINY_V0,
                                                       &random, test_random_below(&random, 60));
        cr_assert_eq(export_whole(first, &car, &options, &folder.cid), READ_END);
        cr_assert_eq(
            memcmp(mm_buf_bytes(&car).ptr + 1, v2 ? "\xa1\x67version\x02" : "\xa2\x65roots", 7), 0);

        struct content *second = open_memory();
        struct car_import *import = car_import_new(second);
        struct mm_reason reason = { "" };
        cr_assert_eq(
            import_pieces(import, mm_buf_bytes(&car), 1 + test_random_below(&random, 500), &reason),
            MM_OK, "%s", reason.text);
        size_t count;
        const struct car_import_root *roots = car_import_roots(import, &count);
        cr_assert(count == 1 && cid_equal(&roots[0].cid, &folder.cid) &&
                  roots[0].verdict == READ_OK);
        cr_assert_eq(roots[0].totals.blocks, content_totals(first).blocks);
        cr_assert_eq(content_totals(second).blocks, content_totals(first).blocks);
        cr_assert_eq(content_totals(second).bytes, content_totals(first).bytes);
        car_import_free(import);
        cr_assert_eq(export_whole(second, &again, &options, &folder.cid), READ_END);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&car), mm_buf_bytes(&again)));
        content_close(first);
        content_close(second);
    }
    mm_buf_fini(&car);
    mm_buf_fini(&again);
}

Test(car_store, an_export_ends_at_a_block_that_is_not_there)
{
    struct content *content = open_memory();
    struct test_random random = { 3 };
    struct mm_buf car;
    mm_buf_init(&car, 1 << 20);
    const struct car_export_options whole = { .v2 = false };
    const struct import_result folder = add_folder(content, &TINY, &random, 5);
    struct cid absent = folder.cid;
    absent.hash.digest[0] ^= 1;
    cr_assert_eq(export_whole(content, &car, &whole, &absent), READ_NO_BLOCK);
    const struct block_source source = content_source(content);
    struct car_export *export = car_export_new(&source, &whole);
    struct content_node node;
    mm_bytes piece;
    cr_assert_eq(car_export_next(export, &piece), READ_END); /* not begun */
    cr_assert_eq(
        car_export_resolve(export, &node, NULL, &folder.cid, MM_BYTES_LIT("nothing"), NULL),
        READ_NO_NAME);
    cr_assert_eq(car_export_next(export, &piece), READ_NO_NAME);
    cr_assert_eq(car_export_resolve(export, &node, NULL, &absent, MM_BYTES_LIT("1"), NULL),
                 READ_NO_BLOCK);
    cr_assert(cid_equal(car_export_at(export), &absent));
    car_export_free(export);
    mm_buf_fini(&car);
    content_close(content);
}

/* Sections by hand. */
static void add_section(struct mm_buf *car, const struct cid *cid, mm_bytes block)
{
    uint8_t head[CAR_SECTION_HEAD_MAX];
    const size_t len = car_section_head(head, cid, block.len);
    mm_buf_add(car, (mm_bytes){ head, len });
    mm_buf_add(car, block);
}

static struct cid cid_of(uint64_t codec, uint64_t code, mm_bytes block)
{
    struct multihasher *hasher = multihasher_new();
    struct cid cid = { .version = 1, .codec = codec };
    cr_assert_eq(multihasher_digest(hasher, &cid.hash, code, &block, 1), MM_OK);
    multihasher_free(hasher);
    return cid;
}

static struct content_pin USER = { .kind = CONTENT_PIN_USER, .depth = CONTENT_PIN_RECURSIVE };

static bool is_pinned(struct content *content, const struct cid *root)
{
    struct content_pins *pins = content_pins_new(content, root);
    struct content_pin pin;
    const mm_err err = content_pins_next(pins, &pin);
    content_pins_free(pins);
    return err == MM_OK;
}

Test(car_store, roots_that_are_whole_are_pinned_and_the_others_say_what_is_missing)
{
    const mm_bytes leaf = MM_BYTES_LIT("leaf"), alone = MM_BYTES_LIT("hangs from no root");
    struct cid roots[5];
    roots[0] = cid_of(CID_RAW, MULTIHASH_SHA2_512, leaf);
    roots[1] = cid_of(CID_RAW, MULTIHASH_SHA2_256, MM_BYTES_LIT("is not in the file"));
    roots[2] = cid_of(CID_RAW, MULTIHASH_IDENTITY, MM_BYTES_LIT("in its name"));
    roots[3] = roots[1];
    roots[3].hash.code = 0x11;
    const struct cid outside = cid_of(CID_RAW, MULTIHASH_BLAKE2B_256, alone);
    /* A list that has the missing one in it. */
    uint8_t list[6 + CID_BYTES_MAX] = { 0x81, 0xd8, 0x2a, 0x58, 37 };
    const size_t list_len = 6 + cid_encode(list + 6, &roots[1]);
    roots[4] = cid_of(CID_DAG_CBOR, MULTIHASH_SHA2_256, (mm_bytes){ list, list_len });

    struct mm_buf car;
    mm_buf_init(&car, 4096);
    car_add_header(&car, roots, 5);
    add_section(&car, &roots[0], leaf);
    add_section(&car, &outside, alone);
    add_section(&car, &roots[2], MM_BYTES_LIT("in its name"));
    add_section(&car, &roots[4], (mm_bytes){ list, list_len });
    add_section(&car, &roots[0], leaf);

    struct content *content = open_memory();
    struct car_import *import = car_import_new(content);
    cr_assert_eq(car_import_feed(import, mm_buf_bytes(&car), NULL), MM_OK);
    cr_assert_eq(car_import_finish(import, &(struct car_import_options){ .pin = &USER }, NULL),
                 MM_OK);
    size_t count;
    const struct car_import_root *found = car_import_roots(import, &count);
    cr_assert_eq(count, 5);
    static const enum read_verdict expected[] = { READ_OK, READ_NO_BLOCK, READ_OK, READ_UNSUPPORTED,
                                                  READ_NO_BLOCK };
    for (size_t i = 0; i < 5; i++) {
        struct content_root record;
        cr_assert(cid_equal(&found[i].cid, &roots[i]) && found[i].verdict == expected[i], "%zu", i);
        if (expected[i] == READ_UNSUPPORTED)
            continue;
        cr_assert_eq(is_pinned(content, &roots[i]), expected[i] == READ_OK);
        cr_assert_eq(content_root_get(content, &record, &roots[i]), MM_OK);
        cr_assert_eq(record.state,
                     expected[i] == READ_OK ? CONTENT_ROOT_WHOLE : CONTENT_ROOT_PARTIAL);
    }
    cr_assert(cid_equal(&found[4].totals.first_at, &roots[1]) && found[4].totals.missing == 1);
    uint64_t bytes;
    cr_assert_eq(content_find(content, &bytes, &outside), MM_OK);
    cr_assert_eq(content_totals(content).blocks, 3);
    cr_assert_eq(car_import_totals(import).blocks, 5);
    car_import_free(import);
    mm_buf_fini(&car);
    content_close(content);
}

static mm_err import_bytes(mm_bytes car, struct mm_reason *reason)
{
    struct content *content = open_memory();
    struct car_import *import = car_import_new(content);
    const mm_err err = import_pieces(import, car, car.len + 1, reason);
    struct mm_reason same = { "" };
    if (err != MM_OK) {
        cr_assert_eq(car_import_feed(import, MM_BYTES_LIT("more"), &same), err);
        cr_assert_str_eq(same.text, reason->text);
    }
    car_import_free(import);
    content_close(content);
    return err;
}

Test(car_store, a_file_is_refused_with_the_offset_of_its_bad_section)
{
    struct mm_reason reason;
    struct mm_buf car;
    mm_buf_init(&car, 4096);
    const struct cid good = cid_of(CID_RAW, MULTIHASH_SHA2_256, MM_BYTES_LIT("good"));
    struct cid sha1 = { .version = 1, .codec = CID_RAW, .hash = { .code = 0x11, .len = 20 } };
    char expected[60];
    car_add_header(&car, &good, 1);
    add_section(&car, &good, MM_BYTES_LIT("good"));
    const size_t at = mm_buf_bytes(&car).len;
    (void)snprintf(expected, sizeof expected, "CAR offset %zu: ", at);
    static const char *const words[] = {
        "does not hash to its CID", "hash function", "without a CID",
        "CAR ends early",           "too large",     "bad length"
    };
    for (size_t i = 0; i < MM_COUNT_OF(words); i++) {
        mm_buf_cut(&car, at);
        if (i == 0)
            add_section(&car, &good, MM_BYTES_LIT("bad"));
        else if (i == 1)
            add_section(&car, &sha1, MM_BYTES_LIT("bad"));
        else if (i == 2)
            mm_buf_add(&car, MM_BYTES_LIT("\x03\x02\x02\x02"));
        else if (i == 3)
            mm_buf_add(&car, MM_BYTES_LIT("\x30\x01\x55"));
        else if (i == 4)
            mm_buf_add(&car, MM_BYTES_LIT("\xff\xff\xff\xff\x7f"));
        else
            mm_buf_add(&car, MM_BYTES_LIT("\x80\x00"));
        cr_assert_eq(import_bytes(mm_buf_bytes(&car), &reason), MM_ERR_INVALID);
        cr_assert_eq(strncmp(reason.text, expected, strlen(expected)), 0, "%s", reason.text);
        cr_assert_not_null(strstr(reason.text, words[i]), "%s", reason.text);
    }
    mm_buf_fini(&car);
}

/* Cut anywhere, or with any one bit wrong: refused, or what was stored is what was named. */
Test(car_store, a_file_that_is_cut_or_bent_is_refused)
{
    struct test_random random = { 9 };
    struct mm_buf car;
    mm_buf_init(&car, 1 << 20);
    struct content *content = open_memory();
    const struct import_result folder = add_folder(content, &TINY, &random, 3);
    struct mm_reason reason;
    for (size_t v2 = 0; v2 < 2; v2++) {
        const struct car_export_options options = { .v2 = v2 == 1 };
        cr_assert_eq(export_whole(content, &car, &options, &folder.cid), READ_END);
        uint8_t *bytes = car.ptr;
        const size_t len = car.len;
        size_t whole = 0;
        for (size_t cut = 0; cut < len; cut++)
            whole += import_bytes((mm_bytes){ bytes, cut }, &reason) == MM_OK;
        /* Between two sections a v1 may end; a v2 says how long it is. */
        cr_assert_eq(whole, v2 == 1 ? 0 : content_totals(content).blocks);
        size_t taken = 0;
        for (size_t i = 0; i < len; i++) {
            bytes[i] ^= (uint8_t)(1u << i % 8);
            const mm_err err = import_bytes((mm_bytes){ bytes, len }, &reason);
            bytes[i] ^= (uint8_t)(1u << i % 8);
            cr_assert(err == MM_OK || err == MM_ERR_INVALID);
            taken += err == MM_OK;
        }
        /* A bent codec or root names the same bytes otherwise, and a v2 has bytes that nobody reads. */
        cr_assert_lt(taken, 36 + content_totals(content).blocks + (v2 == 1 ? 40 : 0));
    }
    mm_buf_fini(&car);
    content_close(content);
}

Test(car_store, a_store_that_is_full_says_so)
{
    struct content *content;
    cr_assert_eq(content_open(&content, &(struct content_options){ .quota_bytes = 3 }, NULL),
                 MM_OK);
    struct mm_buf car;
    mm_buf_init(&car, 1000);
    const struct cid cid = cid_of(CID_RAW, MULTIHASH_SHA2_256, MM_BYTES_LIT("four"));
    car_add_header(&car, &cid, 1);
    add_section(&car, &cid, MM_BYTES_LIT("four"));
    struct car_import *import = car_import_new(content);
    cr_assert_eq(import_pieces(import, mm_buf_bytes(&car), 1000, NULL), MM_ERR_NO_SPACE);
    car_import_free(import);
    mm_buf_fini(&car);
    content_close(content);
}

static struct {
    struct content *content;
    struct mm_buf car;
} failing;

static mm_err import_and_export(void)
{
    struct content *content;
    MM_TRY(content_open(&content, &(struct content_options){ .path = NULL }, NULL));
    struct car_import *import = car_import_new(content);
    const struct block_source source = content_source(content);
    struct car_export *export = car_export_new(&source, &(struct car_export_options){ .v2 = true });
    mm_err err = import == NULL || export == NULL
                     ? MM_ERR_NO_MEMORY
                     : car_import_feed(import, mm_buf_bytes(&failing.car), NULL);
    if (err == MM_OK)
        err = car_import_finish(import, &(struct car_import_options){ .pin = &USER }, NULL);
    size_t count;
    if (err == MM_OK) {
        car_export_begin(export, &car_import_roots(import, &count)[0].cid);
        mm_bytes piece;
        enum read_verdict verdict;
        while ((verdict = car_export_next(export, &piece)) == READ_OK)
            continue;
        cr_assert(verdict == READ_END || verdict == READ_FAILED);
        err = verdict == READ_END ? MM_OK : car_export_err(export);
    }
    car_export_free(export);
    car_import_free(import);
    content_close(content);
    return err;
}

Test(car_store, an_empty_heap_is_an_error_and_loses_nothing)
{
    struct test_random random = { 4 };
    mm_buf_init(&failing.car, 1 << 20);
    failing.content = open_memory();
    const struct import_result folder = add_folder(failing.content, &TINY, &random, 4);
    const struct car_export_options whole = { .v2 = false };
    cr_assert_eq(export_whole(failing.content, &failing.car, &whole, &folder.cid), READ_END);
    cr_assert_gt(empty_heap_failures(import_and_export), 20);
    mm_buf_fini(&failing.car);
    content_close(failing.content);
}

/* Three folders that share files: one file with three roots, each block once, and each root whole on the other side. */
Test(car_store, a_file_may_have_several_roots)
{
    struct test_random random = { 5 };
    struct content *first = open_memory();
    struct cid roots[4];
    for (size_t i = 0; i < 3; i++)
        roots[i] = add_folder(first, &TINY, &random, 5 + i).cid;
    roots[3] = roots[0]; /* named twice */
    const struct block_source source = content_source(first);
    for (size_t v2 = 0; v2 < 2; v2++) {
        struct car_export *export =
            car_export_new(&source, &(struct car_export_options){ .v2 = v2 == 1 });
        struct content *second = open_memory();
        struct car_import *import = car_import_new(second);
        mm_bytes piece;
        uint64_t bytes, given = 0;
        enum read_verdict verdict;
        car_export_begin_roots(export, roots, 4);
        cr_assert_eq(car_export_measure(export, &bytes), READ_OK);
        while ((verdict = car_export_next(export, &piece)) == READ_OK) {
            given += piece.len;
            cr_assert_eq(car_import_feed(import, piece, NULL), MM_OK);
        }
        cr_assert_eq(verdict, READ_END);
        cr_assert_eq(given, bytes);
        cr_assert_eq(car_import_finish(import, &(struct car_import_options){ .pin = NULL }, NULL),
                     MM_OK);
        size_t count;
        const struct car_import_root *found = car_import_roots(import, &count);
        cr_assert_eq(count, 4);
        for (size_t i = 0; i < count; i++)
            cr_assert(found[i].verdict == READ_OK && cid_equal(&found[i].cid, &roots[i]));
        cr_assert_eq(car_import_totals(import).blocks, content_totals(first).blocks);
        car_import_free(import);
        car_export_free(export);
        content_close(second);
    }
    content_close(first);
}
