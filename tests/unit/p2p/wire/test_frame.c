/* The table of kinds, and frames that are counted. */
#include <criterion/criterion.h>

#include "node/qbft/message.h"
#include "p2p/wire/frame.h"

Test(frame, kinds_of_consensus_are_the_codes_that_are_signed)
{
    cr_assert_eq((int)FRAME_PROPOSAL, (int)QBFT_PROPOSAL);
    cr_assert_eq((int)FRAME_PREPARE, (int)QBFT_PREPARE);
    cr_assert_eq((int)FRAME_COMMIT, (int)QBFT_COMMIT);
    cr_assert_eq((int)FRAME_ROUND_CHANGE, (int)QBFT_ROUND_CHANGE);
    cr_assert_eq((int)FRAME_DECIDED, (int)QBFT_DECIDED);
    for (unsigned code = FRAME_PROPOSAL; code <= FRAME_DECIDED; code++)
        cr_assert_eq(frame_rule_of(code)->class, FRAME_CONSENSUS);
    cr_assert_geq(frame_rule_of(FRAME_PROPOSAL)->payload_bytes_max, QBFT_MESSAGE_BYTES_MAX);
    cr_assert_geq(frame_rule_of(FRAME_ROUND_CHANGE)->payload_bytes_max, QBFT_MESSAGE_BYTES_MAX);
    cr_assert_geq(frame_rule_of(FRAME_DECIDED)->payload_bytes_max, QBFT_MESSAGE_BYTES_MAX);
}

Test(frame, the_table_ascends_and_every_payload_fits_a_frame)
{
    size_t count;
    const struct frame_rule *rules = frame_rules(&count);
    for (size_t i = 0; i < count; i++) {
        cr_assert(i == 0 || rules[i - 1].kind < rules[i].kind);
        cr_assert_leq(rules[i].payload_bytes_max, FRAME_PAYLOAD_BYTES_MAX);
        cr_assert_eq(frame_rule_of(rules[i].kind), &rules[i]);
        cr_assert_eq(rules[i].class == FRAME_CONTENT, rules[i].kind >= 0x40,
                     "all of content, and nothing else, is in the lowest class");
    }
    size_t known = 0;
    for (unsigned kind = 0; kind < 256; kind++)
        known += frame_rule_of(kind) != NULL;
    cr_assert_eq(known, count);
}

static size_t given_up_bytes;

static void give_up(void *owner, const struct frame *frame)
{
    *(size_t *)owner += frame->payload.len;
}

Test(frame, the_last_reference_tells_who_made_it)
{
    struct frame *frame = frame_of(FRAME_STATUS, MM_BYTES_LIT("abc"));
    frame->given_up = give_up;
    frame->owner = &given_up_bytes;
    cr_assert_eq(frame_ref(frame), frame);
    frame_unref(frame);
    cr_assert_eq(given_up_bytes, 0);
    cr_assert(mm_bytes_equal(frame->payload, MM_BYTES_LIT("abc")));
    frame_unref(frame);
    cr_assert_eq(given_up_bytes, 3);
    frame_unref(NULL);
}
