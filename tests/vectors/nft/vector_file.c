#include "tests/vectors/nft/vector_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "state/base/assert.h"
#include "state/codec/hex.h"

enum { LINE_BYTES_MAX = 16 << 20 };

struct vector_file {
    gzFile gz;
    char *line; /* LINE_BYTES_MAX */
};

struct vector_file *vector_file_open(const char *path)
{
    struct vector_file *file = calloc(1, sizeof *file);
    MM_ASSERT(file != NULL);
    file->line = malloc(LINE_BYTES_MAX);
    file->gz = gzopen(path, "rb");
    MM_ASSERT(file->line != NULL && file->gz != NULL);
    return file;
}

void vector_file_close(struct vector_file *file)
{
    MM_ASSERT(gzclose(file->gz) == Z_OK);
    free(file->line);
    free(file);
}

bool vector_file_next(struct vector_file *file, struct mm_arena *arena, struct json *record)
{
    const struct json_options options = { .unique_keys = true };
    struct mm_reason reason;
    mm_bytes text;
    if (gzgets(file->gz, file->line, LINE_BYTES_MAX) == NULL) {
        MM_ASSERT(gzeof(file->gz));
        return false;
    }
    MM_ASSERT(strlen(file->line) + 1 < LINE_BYTES_MAX);
    MM_ASSERT(mm_arena_copy(arena, &text, mm_bytes_str(file->line)) == MM_OK);
    const enum json_verdict verdict = json_parse(arena, record, text, &options, &reason);
    if (verdict != JSON_OK) {
        (void)fprintf(stderr, "%s: %s\n", json_verdict_text(verdict), reason.text);
        abort();
    }
    return true;
}

const struct json *field(const struct json *record, const char *key)
{
    const struct json *value = json_find(record, key);
    if (value == NULL) {
        (void)fprintf(stderr, "field missing: %s\n", key);
        abort();
    }
    return value;
}

bool field_bool(const struct json *record, const char *key)
{
    const struct json *value = field(record, key);
    MM_ASSERT(value->kind == JSON_TRUE || value->kind == JSON_FALSE);
    return value->kind == JSON_TRUE;
}

mm_bytes field_text(const struct json *record, const char *key)
{
    const struct json *value = field(record, key);
    MM_ASSERT(value->kind == JSON_STRING);
    return value->text;
}

mm_bytes data_of(struct mm_arena *arena, const struct json *text)
{
    size_t len;
    MM_ASSERT(text->kind == JSON_STRING && hex_data_len(&len, text->text));
    uint8_t *bytes = mm_arena_alloc(arena, len);
    MM_ASSERT(bytes != NULL);
    MM_ASSERT(hex_decode(bytes, mm_bytes_from(text->text.ptr + 2, text->text.len - 2)));
    return mm_bytes_from(bytes, len);
}

mm_bytes field_data(struct mm_arena *arena, const struct json *record, const char *key)
{
    return data_of(arena, field(record, key));
}

mm_addr field_addr(const struct json *record, const char *key)
{
    mm_addr addr;
    MM_ASSERT(hex_read_addr(&addr, field_text(record, key)));
    return addr;
}

mm_hash32 field_hash(const struct json *record, const char *key)
{
    mm_hash32 hash;
    MM_ASSERT(hex_read_hash(&hash, field_text(record, key)));
    return hash;
}

mm_u256 field_quantity(const struct json *record, const char *key)
{
    mm_u256 value;
    MM_ASSERT(hex_read_u256(&value, field_text(record, key)));
    return value;
}

bool field_is(const struct json *record, const char *key, const char *text)
{
    return json_is_text(field(record, key), text);
}
