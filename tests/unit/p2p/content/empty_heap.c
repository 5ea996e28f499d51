#include "empty_heap.h"

#include <criterion/criterion.h>

#include "state/base/heap.h"

size_t empty_heap_failures(mm_err (*use)(void))
{
#ifndef MINTMARK_CHECKED
    cr_skip_test("allocations are made to fail in checked builds alone");
#endif
    mm_err err = MM_ERR_NO_MEMORY;
    size_t failures = 0;
    for (size_t n = 0; err != MM_OK; n++) {
        mm_heap_fail_after(n);
        err = use();
        mm_heap_fail_after(SIZE_MAX);
        cr_assert(err == MM_OK || err == MM_ERR_NO_MEMORY, "%s after %zu", mm_err_text(err), n);
        failures += err != MM_OK;
    }
    return failures;
}
