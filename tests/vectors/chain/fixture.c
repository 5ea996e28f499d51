#include "tests/vectors/chain/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

mm_bytes fixture_read(struct mm_arena *arena, const char *path)
{
    char full[4096];
    (void)snprintf(full, sizeof full, "%s/%s", MINTMARK_SHARED, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        if (getenv("CI") != NULL)
            cr_assert_fail("%s is absent", full);
        (void)fprintf(stderr, "SKIPPED: %s is absent\n", full);
        cr_skip_test("%s is absent", full);
    }
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    cr_assert_gt(size, 0);
    rewind(file);
    uint8_t *bytes = mm_arena_alloc(arena, (size_t)size);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
    (void)fclose(file);
    return mm_bytes_from(bytes, (size_t)size);
}
