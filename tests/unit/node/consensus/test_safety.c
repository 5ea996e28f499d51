/* What a node has signed binds it after a crash. */
#include <criterion/criterion.h>

#include "tests/unit/node/consensus/parliament.h"

static struct parliament p;

static mm_err count_note(void *ctx, mm_bytes name, mm_bytes value)
{
    (void)name;
    (void)value;
    ++*(size_t *)ctx;
    return MM_OK;
}

static size_t count_notes(struct seat *seat, const char *prefix)
{
    size_t count = 0;
    cr_assert_eq(ledger_each_note(chain_ledger(seat->dev.chain), prefix, count_note, &count),
                 MM_OK);
    return count;
}

static bool nobody_commits(const struct parliament *parliament, size_t from, size_t to,
                           unsigned code)
{
    (void)parliament;
    (void)from;
    (void)to;
    return code != QBFT_COMMIT;
}

/* One of four decides, the other three have prepared; then the power fails everywhere. */
static bool only_the_first_hears_commits(const struct parliament *parliament, size_t from,
                                         size_t to, unsigned code)
{
    (void)parliament;
    (void)from;
    return code != QBFT_COMMIT || to == 0;
}

Test(safety, a_block_that_one_has_decided_is_decided_by_all_after_a_power_cut)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    p.lets = only_the_first_hears_commits;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    cr_assert_eq(parliament_height(&p.seats[1]), 0);
    p.lets = NULL;
    p.letter_count = 0;
    for (size_t i = 0; i < 4; i++)
        parliament_stop(&p.seats[i]);
    for (size_t i = 1; i < 4; i++)
        parliament_start(&p.seats[i]); /* without the one that knows */
    parliament_mint(&p, 5);            /* what they would build now is another block */
    parliament_pass(&p, 30000);
    parliament_start(&p.seats[0]);
    cr_assert_eq(parliament_height(&p.seats[1]), 1);
    cr_assert(parliament_agrees(&p));
    parliament_end(&p);
}

Test(safety, a_record_and_its_blocks_are_kept_until_the_block_is_there)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    p.lets = nobody_commits;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(count_notes(&p.seats[i], "qbft/record"), 1);
        cr_assert_eq(count_notes(&p.seats[i], "qbft/block/"), 1);
    }
    p.lets = NULL;
    parliament_pass(&p, 1100); /* until it is said again, and no longer */
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(parliament_height(&p.seats[i]), 1);
        cr_assert_eq(count_notes(&p.seats[i], "qbft/block/"), 0);
        parliament_stop(&p.seats[i]);
        parliament_start(&p.seats[i]);
        cr_assert_not(p.seats[i].is_forgetful, "it ended well");
    }
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    cr_assert_eq(parliament_height(&p.seats[3]), 2);
    cr_assert(parliament_agrees(&p));
    parliament_end(&p);
}

static void set_record(struct seat *seat, mm_bytes value)
{
    const struct ledger_note note = { "qbft/record", value };
    cr_assert_eq(ledger_set_notes(chain_ledger(seat->dev.chain), &note, 1), MM_OK);
}

/* A quorum needs it, and it signs nothing for so many heights, which are decided when the third one is back. It hears how. */
static void signs_nothing_for(struct seat *seat, size_t heights)
{
    const uint64_t height = parliament_height(&p.seats[0]);
    memset(seat->said, 0, sizeof seat->said);
    for (size_t i = 0; i < heights; i++) {
        p.seats[2].is_cut = true;
        parliament_mint(&p, 0);
        parliament_pass(&p, 20000);
        cr_assert_eq(parliament_height(&p.seats[0]), height + i);
        for (size_t code = 0; code < 256; code++)
            cr_assert_eq(seat->said[code], 0);
        p.seats[2].is_cut = false;
        parliament_pass(&p, 60000);
        cr_assert_eq(parliament_height(seat), height + i + 1);
    }
    p.seats[2].is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 20000);
    cr_assert_eq(parliament_height(seat), height + heights + 1);
    p.seats[2].is_cut = false;
    parliament_sync(&p, 0, 2);
    cr_assert(parliament_agrees(&p));
}

static void signs_nothing_until_heights_are_decided(mm_bytes record, size_t heights)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    struct seat *seat = &p.seats[3];
    parliament_stop(seat);
    set_record(seat, record);
    parliament_start(seat);
    cr_assert(seat->is_forgetful);
    signs_nothing_for(seat, heights);
    parliament_end(&p);
}

/* It is of a folder that began where others were, or was lost with some of them: what it signed elsewhere is not known. */
Test(safety,
     without_a_record_nothing_is_signed_at_the_heights_that_an_earlier_life_may_have_come_to)
{
    signs_nothing_until_heights_are_decided((mm_bytes){ NULL, 0 }, 2);
}

/* Nothing was signed beyond the height after this folder's head. */
Test(safety, with_a_damaged_record_nothing_is_signed_until_a_height_was_decided)
{
    signs_nothing_until_heights_are_decided(MM_BYTES_LIT("damaged"), 1);
}

/* The folder was lost and the key was not: what it signed before is not known, once there are blocks that it has not seen. */
Test(safety, a_new_folder_signs_nothing_at_the_heights_that_it_finds)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *seat = &p.seats[3];
    seat->is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 20000);
    seat->is_cut = false;
    parliament_sync(&p, 0, 3);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

/* One block more than the height that nothing may be signed at. */
static void let_one_be_decided_without(struct seat *seat)
{
    seat->is_cut = true;
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    seat->is_cut = false;
    parliament_sync(&p, 0, seat->index);
}

static bool signs_next(struct seat *seat)
{
    memset(seat->said, 0, sizeof seat->said);
    parliament_mint(&p, 0);
    parliament_pass(&p, 20000);
    return seat->said[QBFT_PREPARE] > 0;
}

Test(safety, a_new_folder_that_is_restarted_before_that_height_is_over_still_signs_nothing_at_it)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    struct seat *seat = &p.seats[3];
    let_one_be_decided_without(seat);
    parliament_stop(seat);
    parliament_start(seat);
    cr_assert(seat->is_forgetful);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

/* Or two of which one is new would wait for each other for ever. */
Test(safety, a_folder_that_has_followed_from_the_start_may_sign_after_a_restart)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    struct seat *seat = &p.seats[3];
    for (size_t i = 0; i < 4; i++)
        let_one_be_decided_without(seat);
    parliament_stop(seat);
    parliament_start(seat);
    cr_assert_not(seat->is_forgetful);
    cr_assert(signs_next(seat));
    parliament_end(&p);
}

Test(safety, a_new_folder_at_block_0_may_sign_at_once_and_after_a_restart)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    for (size_t i = 0; i < 4; i++) {
        parliament_stop(&p.seats[i]);
        parliament_start(&p.seats[i]);
        cr_assert_not(p.seats[i].is_forgetful);
    }
    cr_assert(signs_next(&p.seats[0]));
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
    parliament_end(&p);
}

static void tell_lagging(struct seat *seat, bool lagging)
{
    cr_assert_eq(consensus_lagging(seat->consensus, lagging), MM_OK);
}

/* A first batch of blocks, and a second that ends at the head. */
static void catch_up_in_two_batches(struct seat *seat)
{
    tell_lagging(seat, true);
    let_one_be_decided_without(seat);
    for (size_t i = 0; i < 2; i++) {
        seat->is_cut = true;
        parliament_mint(&p, 0);
        parliament_pass(&p, 60000);
    }
    seat->is_cut = false;
    parliament_sync(&p, 0, seat->index);
    tell_lagging(seat, false);
}

Test(safety, a_new_folder_that_catches_up_in_batches_signs_nothing_at_the_height_that_it_finds)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *seat = &p.seats[3];
    catch_up_in_two_batches(seat);
    cr_assert_eq(parliament_height(seat), 3);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

/* Lagging is more than a block behind, so there may be one more when it ends. */
Test(safety,
     a_new_folder_that_misses_a_block_when_it_lags_no_more_signs_nothing_at_the_height_after)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *seat = &p.seats[3];
    tell_lagging(seat, true);
    seat->is_cut = true;
    for (size_t i = 0; i < 4; i++) {
        parliament_mint(&p, 0);
        parliament_pass(&p, 60000);
    }
    parliament_sync_up_to(&p, 0, 3, 3);
    tell_lagging(seat, false);
    seat->is_cut = false;
    parliament_sync(&p, 0, 3);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

/* An earlier life may have been a block ahead of all others, and they a block ahead of what this one has. */
Test(safety, a_new_folder_that_gets_block_after_block_from_others_signs_nothing_at_the_third)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *seat = &p.seats[3];
    for (size_t i = 0; i < 3; i++)
        let_one_be_decided_without(seat);
    signs_nothing_for(seat, 1);
    parliament_end(&p);
}

static bool the_last_hears_no_proposal(const struct parliament *parliament, size_t from, size_t to,
                                       unsigned code)
{
    (void)parliament;
    (void)from;
    return code != QBFT_PROPOSAL || to != 3;
}

/* The others voted for it just now, so no earlier life was beyond the height after it. */
Test(safety, a_new_folder_that_hears_the_votes_for_block_1_signs_nothing_at_one_height)
{
    static uint8_t memory[4096];
    struct mm_buf proposal = mm_buf_over(memory, sizeof memory);
    parliament_begin(&p, DEV_MEMORY, 4);
    p.lets = the_last_hears_no_proposal;
    parliament_mint(&p, 0);
    struct letter letter = p.letters[0];
    cr_assert_eq(letter.code, QBFT_PROPOSAL);
    mm_buf_add(&proposal, letter.bytes);
    letter.bytes = mm_buf_bytes(&proposal);
    parliament_talk(&p);
    p.lets = NULL;
    p.letters[p.letter_count++] = letter;
    parliament_talk(&p);
    cr_assert_eq(parliament_height(&p.seats[3]), 1);
    cr_assert_eq(p.seats[3].said[QBFT_PREPARE], 0);
    signs_nothing_for(&p.seats[3], 1);
    parliament_end(&p);
}

/* Before it heard of anyone: transactions came in by its own door, say, and it thought that there was nobody. */
static void sign_at_block_1_alone(struct seat *seat)
{
    parliament_mint(&p, 0);
    seat->is_cut = true;
    parliament_pass(&p, 60000);
    cr_assert_eq(parliament_height(seat), 0);
    cr_assert_gt(seat->said[QBFT_ROUND_CHANGE], 0);
    cr_assert_eq(parliament_height(&p.seats[0]), 1);
}

static void signs_nothing_where_others_are(bool is_restarted)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    struct seat *seat = &p.seats[3];
    sign_at_block_1_alone(seat);
    if (is_restarted) {
        parliament_stop(seat);
        parliament_start(seat);
    }
    tell_lagging(seat, true);
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    seat->is_cut = false;
    parliament_sync(&p, 0, 3);
    tell_lagging(seat, false);
    parliament_stop(seat);
    parliament_start(seat);
    cr_assert(seat->is_forgetful, "and that is on disk");
    cr_assert_eq(count_notes(seat, "qbft/block/"), 0);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

Test(safety, a_new_folder_that_signed_at_block_1_signs_nothing_at_the_heights_that_it_finds)
{
    signs_nothing_where_others_are(false);
}

Test(safety, a_new_folder_that_signed_and_was_restarted_signs_nothing_at_the_heights_it_finds)
{
    signs_nothing_where_others_are(true);
}

/* Or a network that begins would stop after its first block, when more than may fail have missed the last votes for it. */
Test(safety, a_new_folder_that_signed_at_block_1_and_gets_it_from_others_signs_at_the_next)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    struct seat *seat = &p.seats[3];
    sign_at_block_1_alone(seat);
    seat->is_cut = false;
    parliament_sync(&p, 0, 3);
    signs_nothing_for(seat, 0);
    parliament_stop(seat);
    parliament_start(seat);
    cr_assert_not(seat->is_forgetful);
    signs_nothing_for(seat, 0);
    parliament_end(&p);
}

/* As one that began with a snapshot. */
Test(safety, a_folder_without_a_record_that_catches_up_signs_nothing_at_the_height_that_it_finds)
{
    parliament_begin(&p, DEV_ROCKSDB, 4);
    struct seat *seat = &p.seats[3];
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    parliament_stop(seat);
    set_record(seat, (mm_bytes){ NULL, 0 });
    parliament_start(seat);
    catch_up_in_two_batches(seat);
    cr_assert_eq(parliament_height(seat), 4);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

Test(safety, a_new_folder_that_hears_a_block_decided_without_it_signs_nothing_at_the_next_height)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *seat = &p.seats[3];
    tell_lagging(seat, true);
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    cr_assert_eq(parliament_height(seat), 1);
    tell_lagging(seat, false);
    signs_nothing_for(seat, 2);
    parliament_end(&p);
}

/* Nothing is decided without the other one, which has forgotten nothing: what it signed binds both. If the new one waited for a
 * height to be decided without it, they would wait for ever. */
Test(safety, a_new_folder_of_two_validators_signs_at_once)
{
    parliament_begin(&p, DEV_MEMORY, 2);
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    cr_assert_eq(parliament_height(&p.seats[1]), 1);
    parliament_stop(&p.seats[1]); /* in memory: the folder is gone */
    parliament_start(&p.seats[1]);
    cr_assert_eq(parliament_height(&p.seats[1]), 0);
    parliament_sync(&p, 0, 1);
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    cr_assert_eq(parliament_height(&p.seats[0]), 2);
    cr_assert(parliament_agrees(&p));
    parliament_end(&p);
}

Test(safety, a_new_folder_of_two_validators_signs_after_a_restart_too)
{
    parliament_begin(&p, DEV_ROCKSDB, 2);
    struct seat *seat = &p.seats[1];
    parliament_mint(&p, 0);
    parliament_pass(&p, 5000);
    const struct ledger_note born = { "qbft/record", MM_BYTES_LIT("\xc1\xc0") };
    cr_assert_eq(ledger_set_notes(chain_ledger(seat->dev.chain), &born, 1), MM_OK);
    parliament_stop(seat);
    parliament_start(seat);
    cr_assert_not(seat->is_forgetful);
    parliament_mint(&p, 0);
    parliament_pass(&p, 60000);
    cr_assert_eq(parliament_height(seat), 2);
    cr_assert(parliament_agrees(&p));
    parliament_end(&p);
}

/* ---- a validator that claims what was prepared, with another body ---- */

static size_t liar;
static uint64_t silence_ends_ms; /* no COMMIT before */

static size_t seat_of_place(size_t place)
{
    const struct validator_set *set = chain_validators(p.seats[0].dev.chain);
    for (size_t i = 0; i < p.count; i++) {
        if (mm_addr_equal(&p.seats[0].dev.addrs[DEV_PEOPLE + i], &set->addrs[place]))
            return i;
    }
    cr_assert_fail("nobody has this place");
    return 0;
}

/* Its signature does not cover the block: the header stays, the transactions go. */
static void bend(struct letter *letter)
{
    static uint8_t memory[QBFT_MESSAGE_BYTES_MAX];
    struct qbft_message message;
    enum rlp_verdict verdict;
    struct mm_buf bent = mm_buf_over(memory, sizeof memory);
    cr_assert(qbft_message_decode(&message, letter->code, letter->bytes, &verdict));
    if (message.block != NULL) {
        struct rlp outer = rlp_over(mm_bytes_from(message.block->bytes, message.block->len));
        struct rlp fields = rlp_read_list(&outer);
        const size_t list = rlp_open_list(&bent);
        mm_buf_add(&bent, rlp_read_raw(&fields));
        for (size_t i = 0; i < 3; i++)
            rlp_add_list_header(&bent, 0);
        rlp_close_list(&bent, list);
        qbft_block_unref(message.block);
        cr_assert(qbft_block_new(&message.block, mm_buf_bytes(&bent), &verdict));
        mm_buf_reset(&bent);
        qbft_message_encode(&bent, &message);
        cr_assert_eq(mm_arena_copy(&p.arena, &letter->bytes, mm_buf_bytes(&bent)), MM_OK);
    }
    qbft_message_fini(&message);
}

static bool with_bent_claims(const struct parliament *parliament, size_t from, size_t to,
                             unsigned code)
{
    (void)to;
    for (size_t i = 0; i < p.letter_count; i++) {
        if (p.letters[i].from == liar && p.letters[i].code == QBFT_ROUND_CHANGE)
            bend(&p.letters[i]);
    }
    return (code != QBFT_PROPOSAL || from != liar) &&
           (code != QBFT_COMMIT || parliament->now_ms >= silence_ends_ms);
}

/* What the liar says is heard first. */
static void pass_with_the_liar_first(uint64_t ms)
{
    const uint64_t end_ms = p.now_ms + ms;
    while (p.now_ms < end_ms) {
        p.now_ms += 50;
        cr_assert_eq(consensus_tick(p.seats[liar].consensus), MM_OK);
        parliament_talk(&p);
        for (size_t i = 0; i < p.count; i++)
            cr_assert_eq(consensus_tick(p.seats[i].consensus), MM_OK);
        parliament_talk(&p);
    }
}

Test(safety, a_claim_with_another_body_does_not_keep_the_others_from_what_they_prepared)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    liar = seat_of_place(0);
    p.lets = nobody_commits;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    silence_ends_ms = p.now_ms + 1500; /* the round is over then */
    p.lets = with_bent_claims;
    pass_with_the_liar_first(40000);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(parliament_height(&p.seats[i]), 1, "node %zu", i);
    cr_assert(parliament_agrees(&p));
    parliament_end(&p);
}

static bool with_a_bent_proposal(const struct parliament *parliament, size_t from, size_t to,
                                 unsigned code)
{
    (void)parliament, (void)from, (void)to;
    for (size_t i = 0; i < p.letter_count; i++) {
        if (p.letters[i].from == liar && p.letters[i].code == QBFT_PROPOSAL)
            bend(&p.letters[i]);
    }
    return code != QBFT_COMMIT;
}

Test(safety, its_own_block_with_another_body_gets_no_vote_of_who_built_it)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    struct seat *builder = &p.seats[seat_of_place(0)];
    liar = seat_of_place(1);
    p.lets = nobody_commits;
    parliament_mint(&p, 0);
    parliament_talk(&p);
    cr_assert_gt(builder->said[QBFT_PROPOSAL], 0);
    p.lets = with_a_bent_proposal;
    parliament_pass(&p, 1100); /* the next round, and the liar's proposal */
    memset(builder->said, 0, sizeof builder->said);
    p.seats[liar].said[QBFT_PROPOSAL] = 0;
    parliament_pass(&p, 1500);
    cr_assert_gt(p.seats[liar].said[QBFT_PROPOSAL], 0);
    cr_assert_eq(builder->said[QBFT_PREPARE], 0);
    parliament_end(&p);
}

/* Who passes a proposal on may change its body: what its proposer signed is looked at all the same when it comes. */
Test(safety, a_proposal_with_another_body_does_not_keep_its_own_from_being_taken)
{
    parliament_begin(&p, DEV_MEMORY, 4);
    parliament_mint(&p, 0);
    cr_assert_eq(p.letters[0].code, QBFT_PROPOSAL);
    memmove(&p.letters[1], &p.letters[0], p.letter_count * sizeof *p.letters);
    p.letter_count++;
    bend(&p.letters[0]);
    parliament_talk(&p);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(parliament_height(&p.seats[i]), 1, "node %zu", i);
    parliament_end(&p);
}
