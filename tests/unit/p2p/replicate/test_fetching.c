/* What is lacking is found, asked for, and stored; who fails is passed over; a restart goes on. */
#include "p2p/content/mint.h"
#include "p2p/content/verify.h"
#include "scene.h"

Test(fetching, a_token_that_was_minted_elsewhere_comes_with_its_picture)
{
    const struct content_token token = { .contract = { { 1 } }, .token_id = { { [31] = 7 } } };
    struct yard *yard = yard_new(3, 0, 0);
    struct minted minted;
    const struct mint_request request = { .name = MM_BYTES_LIT("cat"),
                                          .lease_expires_ms = UINT64_MAX };
    cr_assert_eq(content_store_token(yard->nodes[1].content, &minted,
                                     MM_BYTES_LIT("\x89PNG\r\n\x1a\n a picture"), &request, NULL),
                 MM_OK);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(needs_set_token(yard->nodes[i].content, &token,
                                     mm_bytes_str(minted.metadata_uri), 1000),
                     MM_OK);
    cr_assert_eq(yard_state(yard, 0, &minted.metadata.cid), CONTENT_ROOT_WANT);
    yard_run(yard, 20000);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(yard_state(yard, i, &minted.metadata.cid), CONTENT_ROOT_WHOLE);
        cr_assert_eq(yard_state(yard, i, &minted.image.cid), CONTENT_ROOT_WHOLE);
    }
    cr_assert_eq(replicate_holders(yard->nodes[1].replicate, &minted.image.cid), 1,
                 "the one that it is linked with");
    cr_assert_eq(yard_state(yard, 2, &minted.image.cid), CONTENT_ROOT_WHOLE,
                 "from one that had to fetch it itself");
    cr_assert_eq(yard_counts(yard, 0).replicas[2], 2, "both roots are at two others");
    cr_assert_eq(yard_counts(yard, 0).wanting, 0);
    yard_free(yard);
}

Test(fetching, three_thousand_blocks_come_whole)
{
    struct yard *yard = yard_new(3, 0, 0);
    const struct cid root = yard_add(yard, 1, 1, 3000);
    yard_want(yard, 0, &root);
    yard_run(yard, 20000);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    cr_assert_geq(yard_counts(yard, 0).fetched_blocks, 3001);
    cr_assert_leq(yard_counts(yard, 0).fetched_blocks, 3010, "each once");
    yard_free(yard);
}

Test(fetching, what_nobody_announced_is_asked_of_anybody_now_and_then)
{
    struct scene scene = scene_begin(1, 1);
    struct yard *yard = scene.yard;
    size_t asks = 0;
    for (size_t s = 0; s < 60; s++) {
        yard_run(yard, 1000);
        for (; yard_asked(yard, 1, &scene.asked); asks++)
            yard_answer(yard, 1, &scene.asked, NULL);
    }
    cr_assert(asks >= 3 && asks <= 10, "%zu", asks);
    for (size_t s = 0; s < 20; s++) {
        yard_run(yard, 1000);
        if (yard_asked(yard, 1, &scene.asked))
            yard_answer(yard, 1, &scene.asked, scene.elsewhere);
    }
    cr_assert_eq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    scene_end(&scene);
}

Test(fetching, a_peer_that_is_silent_costs_five_seconds_and_another_one_is_asked)
{
    struct scene scene = scene_begin(2, 1);
    struct yard *yard = scene.yard;
    scene_ask(&scene);
    yard_say_have(yard, 2, &scene.root);
    yard_run(yard, 2000);
    cr_assert_not(yard_asked(yard, 2, &scene.asked), "it is waited for");
    yard_run(yard, 4000);
    cr_assert_eq(yard->nodes[0].slow, 1);
    cr_assert(yard_asked(yard, 2, &scene.asked));
    yard_answer(yard, 2, &scene.asked, scene.elsewhere);
    yard_run(yard, 2000);
    cr_assert_eq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    cr_assert_eq(yard_counts(yard, 0).late, 1);
    cr_assert_eq(yard->nodes[0].cuts, 0);
    scene_end(&scene);
}

Test(fetching, a_peer_that_leaves_in_the_middle_is_replaced)
{
    struct scene scene = scene_begin(2, 40);
    struct yard *yard = scene.yard;
    struct mm_buf block;
    mm_buf_init(&block, BLOCK_BYTES_MAX);
    scene_ask(&scene);
    yard_answer(yard, 1, &scene.asked, scene.elsewhere);
    yard_run(yard, 100);
    cr_assert(yard_asked(yard, 1, &scene.asked));
    cr_assert_eq(scene.asked.count, 40);
    for (size_t i = 0; i < 10; i++) {
        cr_assert_eq(content_get(scene.elsewhere, &block, &scene.asked.blocks[i]), MM_OK);
        yard_say_block(yard, 1, scene.asked.id, &scene.asked.blocks[i], mm_buf_bytes(&block));
    }
    yard_say_have(yard, 2, &scene.root);
    yard_unlink(yard, 0, 1);
    yard_run(yard, 1000);
    cr_assert(yard_asked(yard, 2, &scene.asked));
    cr_assert_eq(scene.asked.count, 30, "what came is not asked for again");
    yard_answer(yard, 2, &scene.asked, scene.elsewhere);
    yard_run(yard, 2000);
    cr_assert_eq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    mm_buf_fini(&block);
    scene_end(&scene);
}

Test(fetching, after_a_restart_in_the_middle_only_the_rest_is_fetched)
{
    struct scene scene = scene_begin(1, 300);
    struct yard *yard = scene.yard;
    yard_say_have(yard, 1, &scene.root);
    yard_run(yard, 2000);
    for (size_t i = 0; i < 3; i++) { /* the root, and two times 64 */
        cr_assert(yard_asked(yard, 1, &scene.asked));
        yard_answer(yard, 1, &scene.asked, scene.elsewhere);
        yard_run(yard, 1);
    }
    yard_run(yard, 1500); /* what came is on disk a second later */
    cr_assert_neq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    cr_assert_eq(yard_counts(yard, 0).fetched_blocks, 1 + 2 * PAYLOAD_WANTED_MAX);
    while (yard_asked(yard, 1, &scene.asked))
        continue;
    yard_restart(yard, 0);
    yard_say_have(yard, 1, &scene.root);
    scene_answer_all(&scene, 1, 4);
    cr_assert_eq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    cr_assert_eq(yard_counts(yard, 0).fetched_blocks,
                 content_totals(scene.elsewhere).blocks - (1 + 2 * PAYLOAD_WANTED_MAX));
    scene_end(&scene);
}

Test(fetching, a_block_that_is_found_corrupt_is_fetched_again)
{
    struct yard *yard = yard_new(2, 0, 0);
    const struct cid root = yard_add(yard, 1, 1, 20);
    yard_want(yard, 0, &root);
    yard_run(yard, 5000);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    struct content *content = yard->nodes[0].content;
    collected_corrupt(content, &root);
    struct content_verify *verify =
        content_verify_new(content, &(struct content_verify_options){ .drops = false });
    for (bool is_over = false; !is_over;)
        cr_assert_eq(content_verify_step(verify, &is_over), MM_OK);
    cr_assert_eq(content_verify_report(verify)->corrupt, 1);
    content_verify_free(verify);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_PARTIAL);
    yard_run(yard, 5000);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    yard_free(yard);
}

Test(fetching, who_has_not_what_it_said_is_believed_no_more)
{
    struct scene scene = scene_begin(2, 1);
    struct yard *yard = scene.yard;
    yard_say_have(yard, 1, &scene.root);
    cr_assert_eq(replicate_holders(yard->nodes[0].replicate, &scene.root), 1);
    yard_run(yard, 2000);
    cr_assert(yard_asked(yard, 1, &scene.asked));
    yard_answer(yard, 1, &scene.asked, NULL);
    cr_assert_eq(replicate_holders(yard->nodes[0].replicate, &scene.root), 0);
    yard_run(yard, 1000);
    cr_assert(yard_asked(yard, 2, &scene.asked), "who said nothing may have it");
    yard_answer(yard, 2, &scene.asked, scene.elsewhere);
    yard_run(yard, 1000);
    cr_assert_eq(yard_state(yard, 0, &scene.root), CONTENT_ROOT_WHOLE);
    cr_assert_eq(yard->nodes[0].cuts, 0);
    scene_end(&scene);
}

Test(fetching, a_store_that_is_full_says_so_and_rests)
{
    struct yard *yard = yard_new(2, 0, 10 << 10);
    const struct cid root = yard_add(yard, 1, 1, 100);
    yard_want(yard, 0, &root);
    yard_run(yard, 20000);
    cr_assert_eq(yard->nodes[0].failed, 1);
    cr_assert_neq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    yard_run(yard, 20000);
    cr_assert_eq(yard->nodes[0].failed, 2);
    yard_free(yard);
}

Test(fetching, one_block_is_fetched_for_somebody_who_waits)
{
    struct yard *yard = yard_new(2, 0, 0);
    const struct cid root = yard_add(yard, 1, 1, 5);
    const struct cid other = { .version = 1,
                               .codec = CID_RAW,
                               .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    struct replicate *replicate = yard->nodes[0].replicate;
    cr_assert_not(replicate_fetch(replicate, &root, &root, yard->now_ms), "nobody told of it yet");
    yard_run(yard, 1000);
    cr_assert(replicate_fetch(replicate, &root, &root, yard->now_ms));
    cr_assert_not(replicate_fetch(replicate, &other, &root, yard->now_ms));
    yard_run(yard, 100);
    cr_assert_eq(yard->nodes[0].fetched, 1);
    cr_assert(replicate_fetch(replicate, &root, &other, yard->now_ms));
    yard_run(yard, 100);
    cr_assert_eq(yard->nodes[0].not_fetched, 1, "it is below no root of anybody's");
    yard_free(yard);
}

Test(fetching, what_a_full_queue_refused_is_told_later)
{
    struct yard *yard = yard_new(2, 0, 0);
    yard->is_jammed = true;
    const struct cid root = yard_add(yard, 1, 1, 5);
    yard_want(yard, 0, &root);
    yard_run(yard, 3000);
    cr_assert_eq(replicate_holders(yard->nodes[0].replicate, &root), 0);
    yard->is_jammed = false;
    yard_run(yard, 5000);
    cr_assert_eq(replicate_holders(yard->nodes[0].replicate, &root), 1);
    cr_assert_eq(yard_state(yard, 0, &root), CONTENT_ROOT_WHOLE);
    yard_free(yard);
}

Test(fetching, whoever_waits_for_a_block_is_told_when_a_peer_is_silent)
{
    struct yard *yard = yard_new(1, 1, 0);
    struct content *elsewhere = collected_open(NULL, 0);
    const struct cid root = collected_add(elsewhere, 1, 1, 0, 0);
    yard_say_have(yard, 1, &root);
    cr_assert(replicate_fetch(yard->nodes[0].replicate, &root, &root, yard->now_ms));
    yard_run(yard, REPLICATE_REQUEST_MS + 1000);
    cr_assert_eq(yard->nodes[0].not_fetched, 1);
    content_close(elsewhere);
    yard_free(yard);
}

/* Goal: a root of very many blocks that do not come leaves room for others. */
Test(fetching, a_large_root_does_not_keep_a_small_one_waiting)
{
    struct scene scene = scene_begin(2, 3000);
    struct yard *yard = scene.yard;
    const struct cid small = collected_add(scene.elsewhere, 2, 1, 0, 0);
    yard_say_have(yard, 1, &scene.root);
    for (size_t i = 0; i < 4; i++) { /* the blocks above its leaves */
        yard_run(yard, 500);
        if (yard_asked(yard, 1, &scene.asked) && scene.asked.count < PAYLOAD_WANTED_MAX)
            yard_answer(yard, 1, &scene.asked, scene.elsewhere);
    }
    yard_want(yard, 0, &small);
    yard_say_have(yard, 2, &small);
    yard_run(yard, 1500);
    cr_assert(yard_asked(yard, 2, &scene.asked));
    cr_assert(scene.asked.count == 1 && cid_same_block(&scene.asked.blocks[0], &small));
    scene_end(&scene);
}
