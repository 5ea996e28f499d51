#include "tests/vectors/abi/vector_json.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

enum { FILE_BYTES_MAX = 1 << 20 };

struct json vector_json(struct mm_arena *arena, const char *path)
{
    char full[1024];
    struct json json = { 0 };
    struct mm_reason reason;
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SHARED, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        printf("SKIPPED: %s is not there\n", full);
        cr_assert(getenv("CI") == NULL, "%s must be there in CI", full);
        cr_skip_test("no published vectors");
    }
    uint8_t *text = mm_arena_alloc(arena, FILE_BYTES_MAX);
    cr_assert(text != NULL);
    const size_t len = fread(text, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    cr_assert(len > 0 && len < FILE_BYTES_MAX);
    const struct json_options options = { .unique_keys = true };
    cr_assert_eq(json_parse(arena, &json, mm_bytes_from(text, len), &options, &reason), JSON_OK,
                 "%s: %s", full, reason.text);
    return json;
}
