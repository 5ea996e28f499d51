/* CAR files into a store: the first byte is the size of the pieces. What is taken hashes to its names, pieces do not matter, a refusal
 * says where, and a root that is whole comes out as a file that another store takes whole. */
#include "p2p/content/car_export.h"
#include "p2p/content/car_import.h"
#include "state/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct content *open_memory(void)
{
    struct content *content;
    MM_ASSERT(content_open(&content, &(struct content_options){ .path = NULL }, NULL) == MM_OK);
    return content;
}

static struct car_import *import_all(struct content *content, mm_err *err, mm_bytes car,
                                     size_t piece)
{
    struct car_import *import = car_import_new(content);
    struct mm_reason reason = { "" };
    *err = MM_OK;
    for (size_t at = 0; at < car.len && *err == MM_OK; at += piece) {
        const size_t len = car.len - at < piece ? car.len - at : piece;
        *err = car_import_feed(import, (mm_bytes){ car.ptr + at, len }, &reason);
    }
    if (*err == MM_OK)
        *err = car_import_finish(import, &(struct car_import_options){ .pin = NULL }, &reason);
    MM_ASSERT(*err == MM_OK || (*err == MM_ERR_INVALID && strstr(reason.text, "CAR") != NULL));
    return import;
}

static void export_and_import(struct content *content, const struct car_import_root *root, bool v2)
{
    const struct block_source source = content_source(content);
    struct car_export *export = car_export_new(&source, &(struct car_export_options){ .v2 = v2 });
    struct content *other = open_memory();
    struct car_import *import = car_import_new(other);
    car_export_begin(export, &root->cid);
    mm_bytes piece;
    enum read_verdict verdict;
    while ((verdict = car_export_next(export, &piece)) == READ_OK)
        MM_ASSERT(car_import_feed(import, piece, NULL) == MM_OK);
    MM_ASSERT(verdict == READ_END);
    MM_ASSERT(car_import_finish(import, &(struct car_import_options){ .pin = NULL }, NULL) ==
              MM_OK);
    size_t count;
    const struct car_import_root *again = car_import_roots(import, &count);
    MM_ASSERT(count == 1 && cid_equal(&again->cid, &root->cid) && again->verdict == READ_OK);
    MM_ASSERT(again->totals.blocks == root->totals.blocks);
    MM_ASSERT(content_totals(other).blocks == root->totals.blocks);
    car_import_free(import);
    car_export_free(export);
    content_close(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes car = { data + 1, size - 1 };
    struct content *whole = open_memory();
    struct content *pieces = open_memory();
    mm_err err, same;
    struct car_import *import = import_all(whole, &err, car, size);
    struct car_import *in_pieces = import_all(pieces, &same, car, (size_t)data[0] + 1);
    MM_ASSERT(err == same);
    MM_ASSERT(car_import_totals(import).blocks == car_import_totals(in_pieces).blocks);
    size_t count;
    const struct car_import_root *roots = car_import_roots(import, &count);
    for (size_t i = 0; err == MM_OK && i < count && i < 4; i++)
        if (roots[i].verdict == READ_OK)
            export_and_import(whole, &roots[i], i % 2 == 1);
    car_import_free(import);
    car_import_free(in_pieces);
    content_close(whole);
    content_close(pieces);
    return 0;
}
