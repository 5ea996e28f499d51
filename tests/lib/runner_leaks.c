#include <stdlib.h>

// Criterion runs each test in a process of its own, an execution of the same program that BoxFort marks in its environment.
// The process that starts them runs no code of ours, and Criterion 2.4.1 sometimes ends it with the record of a test's time
// limit still held by the thread that waits for it: 48 bytes. LeakSanitizer asks this function, before it looks for leaks,
// whether it should; the answer is no there and yes in every test.
int __lsan_is_turned_off(void);

static int runs_a_test;

__attribute__((constructor(101))) static void look_where_we_are(void)
{
    runs_a_test = getenv("BXFI_MAP") != NULL;
}

int __lsan_is_turned_off(void)
{
    return !runs_a_test;
}
