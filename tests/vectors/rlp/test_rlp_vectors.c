/* The RLP vectors of ethereum/tests: rlptest.json, invalidRLPTest.json, random_example.json. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/limits.h"
#include "state/codec/hex.h"
#include "state/codec/json.h"
#include "state/codec/rlp.h"
#include "tests/lib/rlp_walk.h"

static struct mm_arena arena;
static struct mm_buf buf;

static void setup(void)
{
    mm_arena_init(&arena, 64 << 20);
    mm_buf_init(&buf, 16 << 20);
}

static void teardown(void)
{
    mm_arena_fini(&arena);
    mm_buf_fini(&buf);
}

TestSuite(rlp_vectors, .init = setup, .fini = teardown);

/* The file as a tree; skips the test where the vectors are not there, but not where they must be. */
static const struct json *load(const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/fixtures/ethereum/rlp/%s", MINTMARK_SHARED, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        cr_assert_null(getenv("CI"), "%s is missing", path);
        (void)fprintf(stderr, "SKIPPED: %s is missing\n", path);
        cr_skip_test("no vectors");
    }
    struct mm_buf text;
    mm_buf_init(&text, 16 << 20);
    for (;;) {
        uint8_t *room = mm_buf_reserve(&text, 65536);
        cr_assert_not_null(room);
        const size_t len = fread(room, 1, 65536, file);
        if (len == 0)
            break;
        mm_buf_advance(&text, len);
    }
    (void)fclose(file);
    struct json *value = MM_ARENA_NEW(&arena, struct json);
    static const struct json_options unique = { .unique_keys = true };
    struct mm_reason reason = { "" };
    cr_assert_eq(json_parse(&arena, value, mm_buf_bytes(&text), &unique, &reason), JSON_OK,
                 "%s: %s", name, reason.text);
    mm_buf_fini(&text);
    cr_assert_eq(value->kind, JSON_OBJECT);
    cr_assert_gt(value->count, 0);
    return value;
}

/* The bytes of "out", which has its prefix only sometimes. */
static mm_bytes out_bytes(const struct json *vector)
{
    const struct json *out = json_find(vector, "out");
    cr_assert(out != NULL && out->kind == JSON_STRING);
    mm_bytes digits = out->text;
    if (digits.len >= 2 && digits.ptr[1] == 'x')
        digits = mm_bytes_from(digits.ptr + 2, digits.len - 2);
    uint8_t *bytes = mm_arena_alloc(&arena, digits.len / 2);
    cr_assert_not_null(bytes);
    cr_assert(hex_decode(bytes, digits));
    return mm_bytes_from(bytes, digits.len / 2);
}

/* A number, or a string that is `#` and a decimal number. */
static bool is_integer(const struct json *value, mm_u256 *integer)
{
    mm_bytes digits = value->text;
    if (value->kind == JSON_STRING) {
        if (digits.len == 0 || digits.ptr[0] != '#')
            return false;
        digits = mm_bytes_from(digits.ptr + 1, digits.len - 1);
    } else if (value->kind != JSON_NUMBER) {
        return false;
    }
    return u256_from_decimal(integer, digits);
}

/* 2^256, the one integer of the vectors that is above our type: its bytes are written as a string. */
static const uint8_t TWO_POW_256[33] = { 1 };
static const char TWO_POW_256_TEXT[] =
    "#115792089237316195423570985008687907853269984665640564039457584007913129639936";

struct level {
    const struct json *list;
    size_t next;
    size_t opened;
    struct rlp cursor;
};

static void write_scalar(const struct json *value)
{
    mm_u256 integer;
    if (is_integer(value, &integer)) {
        rlp_add_u256(&buf, &integer);
        if (u256_fits_u64(&integer)) { /* the narrow writer gives the same bytes */
            const size_t len = rlp_size_u256(&integer);
            rlp_add_u64(&buf, integer.limb[0]);
            const mm_bytes bytes = mm_buf_bytes(&buf);
            cr_assert_arr_eq(bytes.ptr + bytes.len - len, bytes.ptr + bytes.len - 2 * len, len);
            buf.len -= len;
        }
    } else if (json_is_text(value, TWO_POW_256_TEXT)) {
        rlp_add_string(&buf, MM_BYTES_OF(TWO_POW_256));
    } else {
        cr_assert_eq(value->kind, JSON_STRING);
        rlp_add_string(&buf, value->text);
    }
}

/* Writes "in" by what it is. */
static void write_value(const struct json *value)
{
    struct level levels[MM_JSON_DEPTH_MAX];
    size_t depth = 0;
    mm_buf_reset(&buf);
    for (const struct json *at = value; at != NULL;) {
        if (at->kind == JSON_ARRAY)
            levels[depth++] = (struct level){ .list = at, .opened = rlp_open_list(&buf) };
        else
            write_scalar(at);
        while (depth > 0 && levels[depth - 1].next == levels[depth - 1].list->count)
            rlp_close_list(&buf, levels[--depth].opened);
        at = depth == 0 ? NULL : &levels[depth - 1].list->items[levels[depth - 1].next++];
    }
    cr_assert_eq(mm_buf_err(&buf), MM_OK);
}

static void read_scalar(struct rlp *cursor, const struct json *value)
{
    mm_u256 integer;
    if (is_integer(value, &integer)) {
        const mm_u256 read = rlp_read_u256(cursor);
        cr_assert(u256_equal(&read, &integer));
    } else if (json_is_text(value, TWO_POW_256_TEXT)) {
        struct rlp narrow = *cursor;
        (void)rlp_read_u256(&narrow);
        cr_assert_eq(narrow.verdict, RLP_TOO_LARGE);
        cr_assert(mm_bytes_equal(rlp_read_string(cursor, 33), MM_BYTES_OF(TWO_POW_256)));
    } else {
        cr_assert(mm_bytes_equal(rlp_read_string(cursor, SIZE_MAX), value->text));
    }
    cr_assert_eq(cursor->verdict, RLP_OK);
}

/* Reads "out" as what "in" is. */
static void read_value(mm_bytes bytes, const struct json *value)
{
    struct level levels[MM_JSON_DEPTH_MAX];
    size_t depth = 0;
    struct rlp root = rlp_over(bytes);
    for (const struct json *at = value; at != NULL;) {
        struct rlp *cursor = depth == 0 ? &root : &levels[depth - 1].cursor;
        if (at->kind == JSON_ARRAY) {
            cr_assert(rlp_next_is_list(cursor));
            levels[depth] = (struct level){ .list = at, .cursor = rlp_read_list(cursor) };
            cr_assert_eq(rlp_count(levels[depth].cursor), at->count);
            depth++;
        } else {
            read_scalar(cursor, at);
        }
        while (depth > 0 && levels[depth - 1].next == levels[depth - 1].list->count) {
            depth--;
            cr_assert(
                rlp_join(depth == 0 ? &root : &levels[depth - 1].cursor, &levels[depth].cursor));
        }
        at = depth == 0 ? NULL : &levels[depth - 1].list->items[levels[depth - 1].next++];
    }
    cr_assert_eq(rlp_finish(&root), RLP_OK);
}

Test(rlp_vectors, rlptest_is_written_and_read_as_it_says)
{
    const struct json *vectors = load("rlptest.json");
    for (size_t i = 0; i < vectors->count; i++) {
        const struct json *vector = &vectors->members[i].value;
        const struct json *in = json_find(vector, "in");
        cr_assert_not_null(in);
        const mm_bytes out = out_bytes(vector);
        const mm_bytes name = vectors->members[i].key;
        write_value(in);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), out), "%.*s", (int)name.len,
                  (const char *)name.ptr);
        read_value(out, in);
    }
    printf("rlptest.json: %zu vectors\n", vectors->count);
}

Test(rlp_vectors, random_example_is_read_and_written_again)
{
    const struct json *vectors = load("random_example.json");
    for (size_t i = 0; i < vectors->count; i++) {
        const mm_bytes out = out_bytes(&vectors->members[i].value);
        cr_assert_eq(rlp_walk(out, &buf), RLP_OK);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), out));
    }
}

/* Which rule a vector breaks, by the beginning of its name. */
static enum rlp_verdict verdict_by_name(mm_bytes name)
{
    static const struct {
        const char *prefix;
        enum rlp_verdict verdict;
    } rows[] = {
        { "int32Overflow", RLP_SHORT },
        { "lessThan", RLP_SHORT },
        { "emptyEncoding", RLP_MISSING },
        { "wrongSizeList", RLP_NOT_CANONICAL },
        { "incorrectLengthInArray", RLP_NOT_CANONICAL },
        { "randomRLP", RLP_NOT_CANONICAL },
        { "bytesShouldBeSingleByte", RLP_NOT_CANONICAL },
        { "leadingZerosInLongLength", RLP_NOT_CANONICAL },
        { "nonOptimalLongLength", RLP_NOT_CANONICAL },
    };
    for (size_t i = 0; i < MM_COUNT_OF(rows); i++) {
        const size_t len = strlen(rows[i].prefix);
        if (name.len >= len && memcmp(name.ptr, rows[i].prefix, len) == 0)
            return rows[i].verdict;
    }
    return RLP_OK; /* a vector that this test does not know: the comparison fails */
}

Test(rlp_vectors, invalid_vectors_are_refused_for_their_reason)
{
    const struct json *vectors = load("invalidRLPTest.json");
    for (size_t i = 0; i < vectors->count; i++) {
        const struct json *vector = &vectors->members[i].value;
        cr_assert(json_is_text(json_find(vector, "in"), "INVALID"));
        const mm_bytes name = vectors->members[i].key;
        const enum rlp_verdict verdict = rlp_walk(out_bytes(vector), &buf);
        cr_expect_neq(verdict, RLP_OK, "%.*s", (int)name.len, (const char *)name.ptr);
        cr_expect_eq(verdict, verdict_by_name(name), "%.*s: %s", (int)name.len,
                     (const char *)name.ptr, rlp_verdict_text(verdict));
    }
    printf("invalidRLPTest.json: %zu vectors\n", vectors->count);
}
