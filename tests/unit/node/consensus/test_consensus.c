/* From transactions to a head that all nodes have. */
#include <criterion/criterion.h>

#include "tests/unit/node/consensus/parliament.h"

static struct parliament p;

Test(consensus, of_a_validator_alone_seals_within_one_call)
{
    parliament_begin(&p, DEV_MEMORY, 1);
    parliament_mint(&p, 0);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    cr_assert_eq(p.letter_count, 0);
    cr_assert_eq(consensus_deadline_ms(p.seats[0].consensus), UINT64_MAX);
    parliament_end(&p);
}

Test(consensus, of_a_validator_alone_builds_for_whom_it_likes_and_keeps_the_note_of_the_block)
{
    struct mm_arena arena;
    mm_bytes value;
    mm_arena_init(&arena, SIZE_MAX);
    parliament_begin(&p, DEV_MEMORY, 1);
    struct seat *seat = &p.seats[0];
    seat->note = (struct ledger_note){ "mine", MM_BYTES_LIT("said") };
    seat->coinbase = (mm_addr){ { 0xab } };
    seat->ahead_s = 1000000;
    parliament_mint(&p, 0);
    cr_assert_eq(parliament_height(seat), 1);
    struct ledger_view *view = ledger_acquire(chain_ledger(seat->dev.chain));
    cr_assert(mm_addr_equal(&ledger_head_header(view)->coinbase, &seat->coinbase));
    ledger_release(view);
    cr_assert_eq(ledger_note(chain_ledger(seat->dev.chain), &arena, &value, "mine"), MM_OK);
    cr_assert(mm_bytes_equal(value, MM_BYTES_LIT("said")));
    cr_assert_eq(ledger_note(chain_ledger(seat->dev.chain), &arena, &value, "qbft/record"), MM_OK);
    cr_assert_eq(value.len, 0, "a validator alone has none");
    mm_arena_fini(&arena);
    parliament_end(&p);
}

Test(consensus, of_four_takes_a_block_in_round_0)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    for (uint64_t i = 1; i <= 5; i++) {
        parliament_mint(&p, 0);
        parliament_talk(&p);
        for (size_t j = 0; j < 4; j++)
            cr_assert_eq(parliament_height(&p.seats[j]), i);
        cr_assert(parliament_agrees(&p));
    }
    cr_assert_eq(p.seats[0].said[QBFT_ROUND_CHANGE], 0);
    parliament_end(&p);
}

Test(consensus, rests_when_what_waited_is_in_a_block)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(parliament_height(&p.seats[i]), 1);
        cr_assert_eq(p.seats[i].said[QBFT_ROUND_CHANGE], 0);
    }
    parliament_end(&p);
}

/* Clocks that were ahead have decided a block of their time: it must not stop the others until they have come there. */
Test(consensus, votes_for_the_time_of_the_parent_however_far_it_is_ahead)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    for (size_t i = 0; i < 4; i++)
        p.seats[i].ahead_s = p.seats[i].clock_ahead_s = 1000;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    for (size_t i = 0; i < 4; i++)
        p.seats[i].ahead_s = p.seats[i].clock_ahead_s = 0;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[0]), 2);
    parliament_end(&p);
}

Test(consensus, goes_on_when_the_proposer_is_down)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct qbft_status status;
    consensus_status(p.seats[0].consensus, &status);
    size_t proposer = 0;
    while (!mm_addr_equal(&p.seats[proposer].dev.addrs[DEV_PEOPLE + proposer], &status.proposer))
        proposer++;
    p.seats[proposer].is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 900);
    cr_assert_eq(parliament_height(&p.seats[(proposer + 1) % 4]), 0);
    parliament_pass(&p, 200);
    cr_assert_eq(parliament_height(&p.seats[(proposer + 1) % 4]), 1);
    parliament_end(&p);
}

Test(consensus, stops_without_a_quorum_and_goes_on_with_one)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    p.seats[2].is_cut = p.seats[3].is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    cr_assert_eq(parliament_height(&p.seats[0]), 0);
    p.seats[2].is_cut = false;
    parliament_mint(&p, 0);
    parliament_pass(&p, 40000);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    cr_assert_eq(parliament_height(&p.seats[2]), 1);
    parliament_end(&p);
}

Test(consensus, does_not_vote_for_a_time_that_is_far_ahead)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    for (size_t i = 0; i < 4; i++)
        p.seats[i].ahead_s = CONSENSUS_AHEAD_S;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    for (size_t i = 0; i < 4; i++)
        p.seats[i].ahead_s = CONSENSUS_AHEAD_S + 1;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    parliament_end(&p);
}

Test(consensus, of_an_observer_follows_and_says_nothing)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *observer = &p.seats[3];
    consensus_free(observer->consensus);
    observer->is_observer = true;
    parliament_start(observer);
    for (int i = 0; i < 5; i++) {
        parliament_mint(&p, 0);
        parliament_pass(&p, 10000);
    }
    cr_assert_eq(parliament_height(observer), 5);
    cr_assert(parliament_agrees(&p));
    for (size_t code = 0; code < 256; code++)
        cr_assert_eq(observer->said[code], 0);
    parliament_end(&p);
}

Test(consensus, takes_up_a_head_that_was_imported)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    p.seats[3].is_cut = true;
    for (int i = 0; i < 4; i++) {
        parliament_mint(&p, 0);
        parliament_pass(&p, 5000);
    }
    cr_assert_eq(parliament_height(&p.seats[3]), 0);
    parliament_sync(&p, 0, 3);
    cr_assert_eq(parliament_height(&p.seats[3]), 4);
    p.seats[3].is_cut = false;
    for (int i = 0; i < 4; i++) {
        parliament_mint(&p, 0);
        parliament_pass(&p, 5000);
    }
    cr_assert_eq(parliament_height(&p.seats[3]), 8);
    cr_assert(parliament_agrees(&p));
    cr_assert_gt(p.seats[3].said[QBFT_COMMIT], 0);
    parliament_end(&p);
}

/* The chain is at another height than the machine then: what would be built is not for the height that it would be signed for. */
Test(consensus, of_who_had_the_turn_signs_nothing_for_a_height_that_is_imported)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct qbft_status status;
    consensus_status(p.seats[0].consensus, &status);
    size_t proposer = 0;
    while (!mm_addr_equal(&p.seats[proposer].dev.addrs[DEV_PEOPLE + proposer], &status.proposer))
        proposer++;
    struct seat *seat = &p.seats[proposer];
    seat->is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    dev_chain_mint(&seat->dev, 5, 5);
    seat->has_work = true; /* and nobody has told it yet */
    parliament_sync(&p, (proposer + 1) % 4, proposer);
    consensus_status(seat->consensus, &status);
    cr_assert_eq(status.height, 2);
    for (size_t code = 0; code < 256; code++)
        cr_assert_eq(seat->said[code], 0, "0x%zx", code);
    parliament_end(&p);
}
