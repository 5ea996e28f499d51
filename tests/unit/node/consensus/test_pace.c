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
    pace_note(&pace, 1, 1);
    cr_assert_eq(pace.txs_max, PACE_TXS_MAX);
    pace_note(&pace, 2000, ROUND_MS);
    pace_note(&pace, 300, ROUND_MS - 1);
    pace_note(&pace, 300, 1);
    cr_assert_eq(pace.txs_max, 1000);
}

Test(pace, is_half_of_what_lost_a_round)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 2000, ROUND_MS);
    cr_assert_eq(pace.txs_max, 1000);
    pace_note(&pace, 5000, ROUND_MS); /* of another proposer: fewer were too many already */
    cr_assert_eq(pace.txs_max, 1000);
    pace_note(&pace, 1000, 60 * ROUND_MS); /* once is once, however late */
    cr_assert_eq(pace.txs_max, 500);
}

Test(pace, makes_blocks_larger_again_while_there_is_time_left)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, 1000, ROUND_MS);
    for (size_t last = pace.txs_max; last < 4000; last = pace.txs_max) {
        pace_note(&pace, last, ROUND_MS * 3 / 4);
        cr_assert_eq(pace.txs_max, last + last / 4);
        pace_note(&pace, pace.txs_max, ROUND_MS * 3 / 4 + 1);
        cr_assert_eq(pace.txs_max, last + last / 4, "a block that was just in time is what fits");
    }
}

Test(pace, of_a_few_that_are_late_makes_none_smaller)
{
    struct pace pace = pace_begin(ROUND_MS);
    pace_note(&pace, PACE_TXS_MIN - 1, 60 * ROUND_MS);
    cr_assert_eq(pace.txs_max, PACE_TXS_MAX);
}

/* On a machine where a block of any size takes most of a round, smaller ones would only make fewer of them. */
Test(pace, has_a_floor_and_is_not_stuck_there)
{
    struct pace pace = pace_begin(ROUND_MS);
    for (int i = 0; i < 30; i++)
        pace_note(&pace, pace.txs_max, ROUND_MS);
    cr_assert_eq(pace.txs_max, PACE_TXS_MIN);
    for (int i = 0; i < 10; i++)
        pace_note(&pace, pace.txs_max, 600);
    cr_assert_gt(pace.txs_max, 2000);
}
