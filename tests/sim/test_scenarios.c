/* Stories of a council of four, with an observer, in the simulator: the same nodes and the same network as in drawn runs, hurt by
 * hand. Nodes 0 to 3 are the validators, and height 1 begins with node 0. */
#include <criterion/criterion.h>

#include "tests/lib/stub_validator.h"
#include "tests/sim/sim.h"

enum { VALIDATORS = 4, OBSERVER = 4, NODES = 5 };

static struct sim *sim;

static void open_sim(void)
{
    sim = sim_new(&(struct sim_options){ .seed = 7, .validators = VALIDATORS, .is_calm = true });
}

static void close_sim(void)
{
    sim_free(sim);
}

TestSuite(scenario, .init = open_sim, .fini = close_sim);

/* ---- what scenarios ask ---- */

static void expect_no_problem(void)
{
    cr_assert_null(sim_problem(sim), "%s", sim_problem(sim));
}

/* Those of the mask have the same block at a height. */
static void expect_agreement(uint32_t mask, uint64_t height)
{
    const mm_hash32 *first = NULL;
    mm_hash32 hashes[NODES];
    for (size_t i = 0; i < NODES; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        cr_assert_geq(sim_head(sim, i), height, "node %zu", i);
        hashes[i] = sim_hash_at(sim, i, height);
        if (first == NULL)
            first = &hashes[i];
        cr_assert(mm_hash_equal(first, &hashes[i]), "node %zu", i);
    }
}

static uint64_t rounds_up_to(size_t node, uint64_t height)
{
    uint64_t rounds = 0;
    for (uint64_t at = 1; at <= height; at++)
        rounds += sim_round_at(sim, node, at);
    return rounds;
}

static bool loses_all_of_first_height(void *ctx, size_t from, size_t to,
                                      const struct sim_letter *letter)
{
    (void)from, (void)to;
    return sim_letter_code(letter) == *(unsigned *)ctx && sim_letter_height(letter) == 1;
}

/* ---- nodes that die ---- */

Test(scenario, a_quiet_network_loses_no_round)
{
    cr_assert(sim_run_to(sim, OBSERVER, 40, 60000));
    cr_assert(sim_run_to(sim, 1, 40, 1000));
    cr_assert_eq(rounds_up_to(1, 40), 0);
    expect_no_problem();
}

Test(scenario, a_leader_that_dies_after_its_proposal_costs_one_round_when_its_turn_comes_again)
{
    sim_stop_when(sim, 0, QBFT_PROPOSAL);
    cr_assert(sim_run_to(sim, 1, 7, 60000));
    cr_assert_eq(sim_round_at(sim, 1, 1), 0, "its proposal has all that is needed");
    cr_assert_eq(sim_round_at(sim, 1, 5), 1, "its next turn");
    cr_assert_eq(rounds_up_to(1, 7), 1);
    expect_no_problem();
}

/* The proposal gets to one validator alone, and is forgotten. */
static bool loses_proposal_but_to_one(void *ctx, size_t from, size_t to,
                                      const struct sim_letter *letter)
{
    (void)ctx, (void)from;
    return sim_letter_code(letter) == QBFT_PROPOSAL && from == 0 && to != 1;
}

Test(scenario, a_leader_that_dies_while_it_proposes_costs_one_round)
{
    sim_lose(sim, loses_proposal_but_to_one, NULL);
    sim_stop_when(sim, 0, QBFT_PROPOSAL);
    cr_assert(sim_run_to(sim, 3, 1, 10000));
    cr_assert_eq(sim_round_at(sim, 3, 1), 1);
    expect_no_problem();
}

Test(scenario, one_of_four_may_be_down)
{
    sim_stop(sim, 2);
    cr_assert(sim_run_to(sim, 0, 40, 120000));
    cr_assert_leq(rounds_up_to(0, 40), 14, "a turn in three is its own, and goes to the next");
    sim_start(sim, 2);
    cr_assert(sim_run_to(sim, 2, 40, 10000), "it catches up");
    expect_agreement(0x1f, 40);
    expect_no_problem();
}

Test(scenario, with_two_of_four_down_nothing_is_decided_until_one_returns)
{
    cr_assert(sim_run_to(sim, 0, 5, 10000));
    sim_stop(sim, 1);
    sim_stop(sim, 2);
    sim_run_ms(sim, 100); /* what is on its way */
    const uint64_t head = sim_head(sim, 0);
    sim_run_ms(sim, 300000);
    cr_assert_eq(sim_head(sim, 0), head);
    cr_assert_leq(sim_head(sim, 3), head + 1);
    sim_start(sim, 2);
    cr_assert(sim_run_to(sim, 0, head + 10, 10 * 32000));
    sim_run_ms(sim, 1000);
    expect_agreement(0xd, head + 10);
    expect_no_problem();
}

/* ---- power cuts ---- */

static bool loses_commits_but_to_first(void *ctx, size_t from, size_t to,
                                       const struct sim_letter *letter)
{
    (void)ctx, (void)from;
    return to != 0 && sim_letter_code(letter) == QBFT_COMMIT && sim_letter_height(letter) == 1;
}

Test(scenario, a_power_cut_after_three_prepared_and_one_committed_forks_nothing)
{
    sim_lose(sim, loses_commits_but_to_first, NULL);
    cr_assert(sim_run_to(sim, 0, 1, 10000));
    for (size_t i = 1; i < VALIDATORS; i++) {
        cr_assert_eq(sim_head(sim, i), 0);
        cr_assert(sim_status(sim, i).is_prepared);
    }
    for (size_t i = 0; i < NODES; i++)
        sim_stop(sim, i);
    sim_lose(sim, NULL, NULL);
    for (size_t i = 1; i < VALIDATORS; i++)
        sim_start(sim, i);
    cr_assert(sim_run_to(sim, 3, 5, 120000), "the three go on alone");
    sim_start(sim, 0);
    cr_assert(sim_run_to(sim, 0, 5, 10000));
    expect_agreement(0xf, 1);
    expect_agreement(0xf, 5);
    expect_no_problem();
}

struct heard {
    uint64_t ids[2][16]; /* of the first PREPARE and COMMIT for height 1, by round */
    size_t others;       /* that were not the same */
    size_t again;
};

static bool remembers(void *ctx, size_t from, size_t to, const struct sim_letter *letter)
{
    struct heard *heard = ctx;
    const unsigned code = sim_letter_code(letter);
    if (from != 2 || to != 0 || (code != QBFT_PREPARE && code != QBFT_COMMIT) ||
        sim_letter_height(letter) != 1 || sim_letter_signer(letter) != 2)
        return code == QBFT_COMMIT;
    uint64_t *first = &heard->ids[code - QBFT_PREPARE][sim_letter_round(letter) % 16];
    if (*first == 0)
        *first = sim_letter_id(letter);
    else if (*first == sim_letter_id(letter))
        heard->again++;
    else
        heard->others++;
    return code == QBFT_COMMIT; /* so that the height stays open */
}

Test(scenario, a_restart_says_the_same_bytes_again)
{
    struct heard heard = { .others = 0 };
    sim_lose(sim, remembers, &heard);
    sim_run_ms(sim, 500);
    cr_assert(sim_status(sim, 2).is_prepared);
    cr_assert(heard.ids[0][0] != 0 && heard.ids[1][0] != 0);
    for (size_t i = 0; i < 6; i++) {
        sim_stop(sim, 2);
        sim_run_ms(sim, 10);
        sim_start(sim, 2);
        sim_run_ms(sim,
                   1500); /* there is nobody to hear it at once: it is said again after a second */
    }
    cr_assert_geq(heard.again, 6, "both, more than once");
    cr_assert_eq(heard.others, 0);
    expect_no_problem();
}

/* ---- networks that part ---- */

Test(scenario, a_partition_in_halves_decides_nothing_and_heals)
{
    cr_assert(sim_run_to(sim, 0, 5, 10000));
    sim_part(sim, 0x3);
    sim_run_ms(sim, 100);
    uint64_t head = sim_head(sim, 0);
    for (size_t i = 1; i < NODES; i++)
        head = sim_head(sim, i) > head ? sim_head(sim, i) : head;
    sim_run_ms(sim, 120000);
    for (size_t i = 0; i < NODES; i++)
        cr_assert_leq(sim_head(sim, i), head, "node %zu", i);
    sim_heal(sim);
    cr_assert(sim_run_to(sim, OBSERVER, head + 10, 10 * 32000));
    cr_assert(sim_run_to(sim, 0, head + 10, 32000));
    expect_agreement(0x1f, head);
    expect_no_problem();
}

Test(scenario, a_healed_network_moves_within_the_longest_timeout_and_two_seconds)
{
    cr_assert(sim_run_to(sim, 0, 3, 10000));
    sim_part(sim, 0x3);
    sim_run_ms(sim, 600000);
    uint64_t head = 0;
    for (size_t i = 0; i < NODES; i++)
        head = sim_head(sim, i) > head ? sim_head(sim, i) : head;
    sim_heal(sim);
    for (size_t i = 0; i < VALIDATORS; i++)
        cr_assert(sim_run_to(sim, i, head + 1, QBFT_CAP_TIMEOUT_MS + 2000), "node %zu", i);
    expect_no_problem();
}

/* The three are all that there are: they must come to be in one round, and one of them has had the time to run ahead. */
Test(scenario, three_of_four_go_on_although_one_of_them_was_alone_for_long)
{
    cr_assert(sim_run_to(sim, 2, 3, 10000));
    for (size_t i = 0; i < NODES; i++) {
        if (i != 2)
            sim_stop(sim, i);
    }
    sim_run_ms(sim, 600000);
    const uint64_t head = sim_head(sim, 2);
    sim_start(sim, 0);
    sim_start(sim, 1);
    for (size_t i = 0; i < 3; i++)
        cr_assert(sim_run_to(sim, i, head + 1, QBFT_CAP_TIMEOUT_MS + 2000), "node %zu", i);
    cr_assert_leq(sim_round_at(sim, 2, head + 1), 2);
    expect_no_problem();
}

/* ---- rounds ---- */

static struct qbft_message change_of(size_t signer, uint64_t round)
{
    const struct seal_domain domain = { 31337, { { 7, 7, 7 } } };
    struct qbft_message message = { .code = QBFT_ROUND_CHANGE,
                                    .change = { .height = 1, .round = round } };
    const mm_addr addr = stub_validator_addr(signer);
    const mm_hash32 digest = qbft_change_digest(&domain, &message.change);
    message.change.signature = stub_validator_sign(&addr, &digest);
    return message;
}

Test(scenario, others_rounds_are_joined_at_the_smallest)
{
    sim_stop(sim, 0);
    sim_stop(sim, 1);
    const struct qbft_message far = change_of(0, 7);
    const struct qbft_message near = change_of(1, 5);
    sim_say(sim, 0, &far);
    sim_run_ms(sim, 50);
    cr_assert_eq(sim_status(sim, 3).round, 0, "one may lie");
    sim_say(sim, 1, &near);
    sim_run_ms(sim, 50);
    cr_assert_eq(sim_status(sim, 2).round, 5);
    cr_assert_eq(sim_status(sim, 3).round, 5);
    cr_assert_eq(sim_status(sim, OBSERVER).round, 5);
    expect_no_problem();
}

Test(scenario, lost_commits_lose_rounds_and_never_the_block)
{
    unsigned code = QBFT_COMMIT;
    sim_lose(sim, loses_all_of_first_height, &code);
    sim_run_ms(sim, 20000);
    cr_assert_eq(sim_head(sim, 0), 0);
    cr_assert_geq(sim_status(sim, 0).round, 3);
    sim_lose(sim, NULL, NULL);
    for (size_t i = 0; i < NODES; i++)
        cr_assert(sim_run_to(sim, i, 2, 40000));
    expect_agreement(0x1f, 1);
    expect_no_problem();
}

/* ---- lies ---- */

Test(scenario, two_proposals_of_a_round_fork_nothing_and_are_evidence)
{
    static const enum sim_fault faults[] = { SIM_TWO_PROPOSALS, SIM_TWO_VOTES };
    sim_corrupt(sim, 0, faults, 2);
    cr_assert(sim_run_to(sim, 1, 40, 300000));
    for (size_t i = 1; i < NODES; i++)
        cr_assert(sim_run_to(sim, i, 40, 30000));
    expect_agreement(0x1e, 40);
    cr_assert_gt(sim_evidence(sim, 1) + sim_evidence(sim, 2) + sim_evidence(sim, 3), 0);
    expect_no_problem();
}

Test(scenario, two_votes_of_a_validator_are_evidence_to_who_hears_both)
{
    const struct seal_domain domain = { 31337, { { 7, 7, 7 } } };
    const mm_addr addr = stub_validator_addr(3);
    struct qbft_message message = { .code = QBFT_PREPARE, .vote = { .height = 1 } };
    sim_stop(sim, 0);
    sim_stop(sim, 3);
    for (size_t i = 0; i < 2; i++) {
        message.vote.digest.b[0] = (uint8_t)(i + 1);
        const mm_hash32 digest = qbft_vote_digest(&domain, QBFT_PREPARE, &message.vote);
        message.vote.signature = stub_validator_sign(&addr, &digest);
        sim_say(sim, 3, &message);
    }
    sim_run_ms(sim, 100);
    cr_assert_eq(sim_evidence(sim, 1), 1);
    cr_assert_eq(sim_evidence(sim, 2), 1);
    expect_no_problem();
}

/* ---- the set ---- */

Test(scenario, a_validator_is_added_while_another_is_down_and_one_removed_while_it_is)
{
    cr_assert(sim_run_to(sim, 1, 3, 10000));
    sim_stop(sim, 0);
    sim_vote(sim, OBSERVER);
    sim_run_ms(sim, 20000);
    cr_assert_eq(sim_set_size(sim, 1), 5);
    cr_assert(sim_status(sim, OBSERVER).can_sign);
    sim_vote(sim, 0);
    sim_run_ms(sim, 20000);
    cr_assert_eq(sim_set_size(sim, 1), 4);
    sim_start(sim, 0);
    const uint64_t head = sim_head(sim, 1);
    cr_assert(sim_run_to(sim, 0, head + 10, 60000), "who left follows");
    cr_assert_not(sim_status(sim, 0).can_sign);
    sim_stop(sim, OBSERVER);
    cr_assert(sim_run_to(sim, 1, head + 30, 120000), "one of the new four may be down");
    expect_agreement(0xf, head + 10);
    expect_no_problem();
}
