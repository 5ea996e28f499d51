#include <criterion/criterion.h>

#include "node/consensus/pace.h"

enum { ROUND_MS = 1000 };

Test(pace, has_no_opinion_before_the_first_block)
{
    cr_assert_eq(pace_begin(ROUND_MS).txs_max, PACE_TXS_MAX);
}

Test(pace, of_a_block_in_time_makes_none_smaller)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 1, ROUND_MS / 2);
    cr_assert_eq(pace.txs_max, PACE_TXS_MAX);
    pace_note(&pace, 1000, ROUND_MS);
    pace_note(&pace, 3, ROUND_MS / 2);
    cr_assert_eq(pace.txs_max, 500);
}

Test(pace, gives_a_late_block_what_would_have_been_in_time)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 2000, ROUND_MS);
    cr_assert_eq(pace.txs_max, 1000);
    pace_note(&pace, 1000, 5 * ROUND_MS);
    cr_assert_eq(pace.txs_max, 100);
    pace_note(&pace, 5000, ROUND_MS); /* of another proposer: smaller ones were late already */
    cr_assert_eq(pace.txs_max, 100);
}

Test(pace, makes_them_larger_again_step_by_step)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 1000, 5 * ROUND_MS);
    for (size_t last = pace.txs_max; last < 4000; last = pace.txs_max) {
        pace_note(&pace, last, ROUND_MS / 2);
        cr_assert_eq(pace.txs_max, last + last / 8);
    }
}

Test(pace, has_a_floor_and_is_not_stuck_there)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 3, UINT64_MAX);
    cr_assert_eq(pace.txs_max, PACE_TXS_MIN);
    pace_note(&pace, PACE_TXS_MIN, 1);
    cr_assert_gt(pace.txs_max, PACE_TXS_MIN);
}
