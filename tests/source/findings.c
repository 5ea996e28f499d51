#include "tests/source/findings.h"

#include <criterion/criterion.h>

struct mm_buf findings;

void findings_init(void)
{
    mm_buf_init(&findings, 1 << 20);
}

void findings_fini(void)
{
    mm_buf_fini(&findings);
}

const char *found(void)
{
    mm_buf_add_byte(&findings, 0);
    cr_assert_eq(mm_buf_err(&findings), MM_OK);
    return (const char *)findings.ptr;
}
