/* How often one may ask. */
#include <criterion/criterion.h>

#include "rpc/chat/chat_internal.h"

static struct chat_rate rate;

static void open_rate(void)
{
    rate = (struct chat_rate){ 0 };
    cr_assert_eq(pthread_mutex_init(&rate.lock, NULL), 0);
}

TestSuite(rate, .init = open_rate);

static mm_hash32 person(unsigned number)
{
    mm_hash32 who = { { 0 } };
    who.b[0] = (uint8_t)(number >> 8);
    who.b[1] = (uint8_t)number;
    who.b[31] = 1;
    return who;
}

Test(rate, as_many_as_a_minute_has_and_then_one_as_time_goes_by)
{
    const mm_hash32 who = person(1);
    for (int i = 0; i < 6; i++)
        cr_assert_eq(chat_rate_take(&rate, &who, 6, 1000), 0);
    const uint64_t wait_ms = chat_rate_take(&rate, &who, 6, 1000);
    cr_assert_geq(wait_ms, 10000);
    cr_assert_leq(wait_ms, 10001);
    cr_assert_neq(chat_rate_take(&rate, &who, 6, 1000 + 9000), 0);
    cr_assert_eq(chat_rate_take(&rate, &who, 6, 1000 + wait_ms), 0);
    cr_assert_neq(chat_rate_take(&rate, &who, 6, 1000 + wait_ms), 0);
}

Test(rate, silence_fills_no_more_than_a_minute)
{
    const mm_hash32 who = person(1);
    cr_assert_eq(chat_rate_take(&rate, &who, 2, 1), 0);
    for (uint64_t now = 1000000; now < 1000002; now++)
        cr_assert_eq(chat_rate_take(&rate, &who, 2, now), 0);
    cr_assert_neq(chat_rate_take(&rate, &who, 2, 1000002), 0);
}

Test(rate, one_is_not_another)
{
    const mm_hash32 bob = person(1);
    const mm_hash32 carol = person(2);
    cr_assert_eq(chat_rate_take(&rate, &bob, 1, 1), 0);
    cr_assert_neq(chat_rate_take(&rate, &bob, 1, 1), 0);
    cr_assert_eq(chat_rate_take(&rate, &carol, 1, 1), 0);
}

Test(rate, asking_often_while_refused_does_not_keep_one_out)
{
    const mm_hash32 who = person(1);
    unsigned taken = 0;
    for (uint64_t now = 1; now <= 600001; now += 10)
        taken += chat_rate_take(&rate, &who, 60, now) == 0;
    cr_assert_geq(taken, 600);
    cr_assert_leq(taken, 661);
}

Test(rate, of_many_those_who_were_silent_longest_are_forgotten)
{
    mm_hash32 who = person(7);
    for (unsigned i = 0; i < 100; i++) {
        who.b[30] = (uint8_t)i;
        cr_assert_eq(chat_rate_take(&rate, &who, 1, 1000 + i), 0);
    }
    cr_assert_neq(chat_rate_take(&rate, &who, 1, 1100), 0); /* the last one is known */
}

Test(rate, a_clock_that_goes_back_gives_nothing)
{
    const mm_hash32 who = person(1);
    cr_assert_eq(chat_rate_take(&rate, &who, 1, 100000), 0);
    cr_assert_neq(chat_rate_take(&rate, &who, 1, 5), 0);
}
