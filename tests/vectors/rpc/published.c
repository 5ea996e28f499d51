#include "published.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

const struct json *published_json(struct mm_arena *arena, const char *name)
{
    char path[1000];
    (void)snprintf(path, sizeof path, "%s/fixtures/ethereum/%s", MINTMARK_SHARED, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        cr_assert(getenv("CI") == NULL, "%s is not there", path);
        (void)printf("SKIPPED: %s is not there\n", path);
        cr_skip_test("no shared folder");
    }
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    const long len = ftell(file);
    rewind(file);
    uint8_t *text = mm_arena_alloc(arena, (size_t)len);
    cr_assert(text != NULL && fread(text, 1, (size_t)len, file) == (size_t)len);
    (void)fclose(file);
    struct json *value = MM_ARENA_NEW(arena, struct json);
    struct mm_reason reason = { { 0 } };
    cr_assert_eq(json_parse(arena, value, mm_bytes_from(text, (size_t)len), NULL, &reason), JSON_OK,
                 "%s: %s", name, reason.text);
    return value;
}
