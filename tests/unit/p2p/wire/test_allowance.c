/* Allowances: so much a second, and so much at once. */
#include <criterion/criterion.h>

#include "p2p/wire/allowance.h"

static const struct allowance_rule RULE = { .per_s = 10, .at_once = 30 };

Test(allowance, gives_so_much_at_once_and_then_so_much_a_second)
{
    struct allowance a = allowance_full(RULE, 1000);
    for (size_t i = 0; i < 30; i++) {
        cr_assert(allowance_has(&a, RULE, 1000));
        allowance_spend(&a, 1);
    }
    cr_assert_not(allowance_has(&a, RULE, 1000));
    cr_assert(allowance_has(&a, RULE, 1001), "a hundredth is more than nothing");
    allowance_spend(&a, 1);
    cr_assert_not(allowance_has(&a, RULE, 1099));
    cr_assert(allowance_has(&a, RULE, 1101));
}

Test(allowance, never_has_more_than_at_once)
{
    struct allowance a = allowance_full(RULE, 0);
    cr_assert(allowance_has(&a, RULE, UINT64_MAX));
    cr_assert_eq(a.left_milli, 30000);
    allowance_give(&a, RULE, 5);
    cr_assert_eq(a.left_milli, 30000);
    allowance_spend(&a, 7);
    allowance_give(&a, RULE, 5);
    cr_assert_eq(a.left_milli, 28000);
}

Test(allowance, what_was_too_much_is_waited_for)
{
    struct allowance a = allowance_full(RULE, 0);
    allowance_spend(&a, 130);
    const uint64_t ready_ms = allowance_ready_ms(&a, RULE);
    cr_assert_eq(ready_ms, 10001);
    cr_assert_not(allowance_has(&a, RULE, ready_ms - 1));
    cr_assert(allowance_has(&a, RULE, ready_ms));
}

Test(allowance, a_time_that_goes_back_gives_nothing)
{
    struct allowance a = allowance_full(RULE, 5000);
    allowance_spend(&a, 30);
    cr_assert_not(allowance_has(&a, RULE, 1000));
    cr_assert_not(allowance_has(&a, RULE, 5000));
    cr_assert(allowance_has(&a, RULE, 5001));
}
