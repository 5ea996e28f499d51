/* The ordinary course of a height, and rounds that fail. */
#include <criterion/criterion.h>

#include "council.h"

static void expect_heads(const struct council *council, uint64_t head)
{
    for (size_t i = 0; i <= council->count; i++) {
        const struct member *member = &council->members[i];
        if (member->machine == NULL)
            continue;
        cr_assert_eq(member->head, head, "member %zu is at %llu", i,
                     (unsigned long long)member->head);
        if (head > 0)
            cr_assert(
                mm_hash_equal(&member->chain[head]->hash, &council->members[0].chain[head]->hash));
    }
}

Test(qbft, a_validator_alone_decides_in_one_step_and_sends_nothing)
{
    struct council *council = council_new(1);
    council->builds_max = 1;
    council_give(council, 0, &(struct qbft_event){ .kind = QBFT_PENDING, .flag = true });
    cr_assert_eq(council->members[0].head, 1);
    cr_assert_not(council_status(council, 0).is_due, "there is nothing to build from");
    cr_assert_eq(council->mail_count, 0);
    cr_assert_null(council->members[0].record);
    cr_assert_eq(council->members[0].certificates[1].seal_count, 1);
    council_free(council);
}

Test(qbft, each_size_of_council_decides_height_after_height)
{
    for (size_t count = 2; count <= MM_VALIDATORS_MAX; count++) {
        struct council *council = council_new(count);
        council->options.min_period_ms = 0;
        for (uint64_t height = 1; height <= 3; height++) {
            council_pending(council, true);
            council_pending(council, false);
            council_deliver_code(council, QBFT_PROPOSAL);
            council_deliver(council);
            /* An observer has no vote, and decides by those of others. */
            cr_assert_geq(council->members[count].head, height, "of %zu", count);
            cr_assert_geq(council->members[0].certificates[height].seal_count,
                          validators_quorum(count));
        }
        council_free(council);
    }
}

Test(qbft, proposers_take_turns)
{
    struct qbft_height height = { .height = 1, .set = stub_validator_set(4) };
    for (size_t round = 0; round < 9; round++) {
        const mm_addr expected = stub_validator_addr(round % 4);
        cr_assert(mm_addr_equal(qbft_proposer(&height, round), &expected));
    }
    height.height = 2;
    for (size_t builder = 0; builder < 4; builder++) {
        height.parent_builder = stub_validator_addr(builder);
        const mm_addr expected = stub_validator_addr((builder + 1) % 4);
        cr_assert(mm_addr_equal(qbft_proposer(&height, 0), &expected));
    }
    /* One that left the set: the first address above it. */
    height.parent_builder = stub_validator_addr(1);
    height.set.addrs[1] = stub_validator_addr(2);
    height.set.addrs[2] = stub_validator_addr(3);
    height.set.count = 3;
    const mm_addr expected = stub_validator_addr(2);
    cr_assert(mm_addr_equal(qbft_proposer(&height, 0), &expected));
}

Test(qbft, timeouts_double_up_to_a_cap_and_never_overflow)
{
    cr_assert_eq(qbft_timeout_ms(1000, 30000, 0), 1000);
    cr_assert_eq(qbft_timeout_ms(1000, 30000, 4), 16000);
    cr_assert_eq(qbft_timeout_ms(1000, 30000, 5), 30000);
    for (uint64_t round = 5; round < 200; round++)
        cr_assert_eq(qbft_timeout_ms(1000, 30000, round), 30000);
    cr_assert_eq(qbft_timeout_ms(1, UINT64_MAX, 63), UINT64_C(1) << 63);
    cr_assert_eq(qbft_timeout_ms(3, UINT64_MAX, 63), UINT64_MAX);
}

Test(qbft, a_silent_proposer_costs_one_round)
{
    struct council *council = council_new(4);
    council_kill(council, 0);
    council_pending(council, true);
    council_deliver(council);
    expect_heads(council, 0);
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    council_pending(council, false);
    council_deliver(council);
    for (size_t i = 1; i <= 4; i++) {
        cr_assert_geq(council->members[i].head, 1);
        cr_assert_eq(council->members[i].certificates[1].round, 1);
    }
    cr_assert(mm_addr_equal(&council->members[1].chain[1]->builder, &council->members[1].addr));
    council_free(council);
}

Test(qbft, a_prepared_block_is_proposed_again_unchanged)
{
    struct council *council = council_new(4);
    council_pending(council, true);
    council_pending(council, false);
    council_deliver_code(council, QBFT_PROPOSAL);
    council_deliver_code(council, QBFT_PREPARE);
    council_drop(council); /* every COMMIT is lost */
    cr_assert(council_status(council, 2).is_prepared);
    const mm_hash32 first = council->blocks[0]->hash;
    council_kill(council, 0);
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    council_deliver(council);
    for (size_t i = 1; i <= 4; i++) {
        cr_assert_eq(council->members[i].head, 1);
        cr_assert(mm_hash_equal(&council->members[i].chain[1]->hash, &first));
        cr_assert_eq(council->members[i].certificates[1].round, 1);
    }
    cr_assert(mm_addr_equal(&council->members[1].chain[1]->builder, &council->members[0].addr),
              "who built it did");
    cr_assert_eq(council->block_count, 1);
    council_free(council);
}

Test(qbft, a_validator_that_lost_its_memory_to_a_crash_keeps_its_lock)
{
    struct council *council = council_new(4);
    council_pending(council, true);
    council_pending(council, false);
    council_deliver_code(council, QBFT_PROPOSAL);
    council_deliver_code(council, QBFT_PREPARE);
    council_drop(council);
    const mm_hash32 first = council->blocks[0]->hash;
    for (size_t i = 0; i < 4; i++) {
        council_kill(council, i);
        council_revive(council, i);
    }
    council_drop(council); /* what they say again, too */
    council_wait(council, QBFT_BASE_TIMEOUT_MS);
    council_deliver(council);
    expect_heads(council, 1);
    cr_assert(mm_hash_equal(&council->members[2].chain[1]->hash, &first));
    council_free(council);
}
