#include <criterion/criterion.h>

#include "p2p/content/gc.h"
#include "p2p/content/mint.h"
#include "state/base/endian.h"
#include "tests/unit/node/content/followed.h"

static struct content_token token_of(uint64_t number)
{
    struct content_token token = { .contract = DEV_COLLECTION };
    mm_put_be64(token.token_id.b + 24, number);
    return token;
}

static uint64_t mint(struct followed *f, uint32_t number)
{
    char uri[128];
    return dev_chain_mint_uri(&f->dev, 0, 0, followed_uri(uri, number));
}

/* Whether the token needs what mint(number) named. */
static bool needs(struct followed *f, uint64_t token, uint32_t number)
{
    char uri[128];
    struct content_token_record record;
    const struct content_token key = token_of(token);
    return content_token_get(f->content, &record, &key) == MM_OK &&
           mm_bytes_equal(mm_bytes_from(record.uri, record.uri_len), followed_uri(uri, number));
}

Test(follow, a_mint_is_needed_and_a_token_without_content_is_not)
{
    struct followed f;
    followed_init(&f);
    const uint64_t first = mint(&f, 1);
    const uint64_t second = dev_chain_mint_uri(&f.dev, 0, 1, MM_BYTES_LIT("https://example.org"));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, first, 1));
    struct content_token_record record;
    const struct content_token key = token_of(second);
    cr_assert_eq(content_token_get(f.content, &record, &key), MM_ERR_NOT_FOUND);
    struct content_follow place;
    cr_assert_eq(content_follow_get(f.content, &place), MM_OK);
    cr_assert_eq(place.block_num, 1);
    followed_fini(&f);
}

Test(follow, metadata_that_is_here_is_read_with_the_block)
{
    struct followed f;
    followed_init(&f);
    struct minted minted;
    const struct mint_request request = { .name = MM_BYTES_LIT("Cat"), .lease_expires_ms = 1 };
    cr_assert_eq(
        content_store_token(f.content, &minted, MM_BYTES_LIT("GIF89a a picture"), &request, NULL),
        MM_OK);
    const uint64_t token = dev_chain_mint_uri(&f.dev, 0, 0, mm_bytes_str(minted.metadata_uri));
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    struct content_token_record record;
    const struct content_token key = token_of(token);
    cr_assert_eq(content_token_get(f.content, &record, &key), MM_OK);
    cr_assert(record.is_read);
    cr_assert_eq(record.count, 2);
    cr_assert(cid_same_block(&record.roots[1], &minted.image.cid));
    followed_fini(&f);
}

Test(follow, a_burned_token_needs_nothing_after_its_block)
{
    struct followed f;
    followed_init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, token, 1));
    dev_chain_burn(&f.dev, 0, token);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert_not(needs(&f, token, 1));
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 1); /* for its day */
    cr_assert_eq(content_gc_run(f.content, NULL,
                                &(struct content_gc_options){ .now_ms = NOW_MS + NEEDS_GRACE_MS }),
                 MM_OK);
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 0);
    followed_fini(&f);
}

Test(follow, a_transfer_changes_nothing)
{
    struct followed f;
    followed_init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    dev_chain_transfer(&f.dev, 0, 1, token);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, token, 1));
    followed_fini(&f);
}

Test(follow, many_blocks_are_followed_in_steps_and_a_start_goes_on_where_it_was)
{
    struct followed f;
    folder_make(f.path, "content");
    dev_chain_init(&f.dev, DEV_MEMORY, UINT64_MAX);
    followed_open(&f);
    followed_begin(&f);
    enum { BLOCKS = 3 * FOLLOW_BLOCKS_A_STEP };
    for (uint32_t i = 0; i < BLOCKS; i++) {
        (void)mint(&f, i);
        (void)dev_chain_block(&f.dev);
    }
    bool is_over;
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(follow_step(f.follow, NOW_MS, &is_over), MM_OK);
    cr_assert_not(is_over);
    follow_free(f.follow);
    content_close(f.content);

    followed_open(&f);
    followed_begin(&f);
    struct content_follow place;
    cr_assert_eq(content_follow_get(f.content, &place), MM_OK);
    cr_assert_eq(place.block_num, FOLLOW_BLOCKS_A_STEP);
    cr_assert_eq(followed_catch_up(&f), 3);
    const uint64_t first = f.dev.minted - BLOCKS + 1;
    for (uint32_t i = 0; i < BLOCKS; i++)
        cr_assert(needs(&f, first + i, i), "token %u", (unsigned)i);
    cr_assert_eq(followed_catch_up(&f), 1);
    followed_fini(&f);
    folder_remove(f.path);
}

Test(follow, a_chain_that_was_taken_back_is_followed_again)
{
    struct followed f;
    followed_init(&f);
    const uint64_t stays = mint(&f, 1);
    const uint64_t burned = mint(&f, 2);
    const uint64_t back = dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    dev_chain_flush(&f.dev);
    const uint64_t minted = f.dev.minted;
    const uint64_t goes = mint(&f, 3);
    dev_chain_burn(&f.dev, 0, burned);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, goes, 3) && !needs(&f, burned, 2));

    cr_assert_eq(dev_chain_rewind_ledger(&f.dev, back), MM_OK);
    f.dev.minted = minted;
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, stays, 1));
    cr_assert(needs(&f, burned, 2)); /* it was not burned on this chain */
    cr_assert_not(needs(&f, goes, 3));

    /* As many blocks as before, and others. */
    cr_assert_eq(mint(&f, 4), goes);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    cr_assert(needs(&f, goes, 4));
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    followed_fini(&f);
}

Test(follow, another_chain_over_the_same_content_lets_go_of_the_first_ones_tokens)
{
    struct followed f;
    followed_init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    (void)followed_catch_up(&f);
    follow_free(f.follow);
    dev_chain_fini(&f.dev);

    dev_chain_init(&f.dev, DEV_MEMORY, UINT64_MAX);
    followed_begin(&f);
    (void)followed_catch_up(&f);
    cr_assert_not(needs(&f, token, 1));
    followed_fini(&f);
}

/* "createCollection(string,string,bool)" with empty texts, open to all. */
static void create_collection(struct followed *f)
{
    const mm_u256 words[] = { u256_from_u64(96), u256_from_u64(128), u256_from_u64(1),
                              u256_from_u64(0), u256_from_u64(0) };
    dev_chain_send(&f->dev, 0, &DEV_FACTORY, 0,
                   dev_calldata(&f->dev, "createCollection(string,string,bool)", words, 5));
}

static mm_addr collection_at(struct followed *f, struct ledger_view *view, uint64_t index)
{
    mm_u256 word;
    bool has;
    const struct follow_question question = { DEV_FACTORY, "collections(uint256)", index };
    cr_assert_eq(follow_ask_word(f->follow, &has, &word, view, &question), MM_OK);
    cr_assert(has);
    return u256_to_addr(&word);
}

Test(follow, a_state_without_logs_has_the_tokens_of_every_collection)
{
    struct followed f;
    followed_init(&f);
    enum { TOKENS = 700 };
    char uri[128];
    create_collection(&f);
    create_collection(&f);
    (void)dev_chain_block(&f.dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(f.dev.chain));
    const mm_addr second = collection_at(&f, view, 1);
    ledger_release(view);
    for (uint32_t i = 0; i < TOKENS; i++) {
        (void)mint(&f, i);
        if (i % 100 == 99)
            (void)dev_chain_block(&f.dev);
    }
    dev_chain_burn(&f.dev, 0, 5);
    dev_chain_mint_uri_at(&f.dev, &second, 0, 0, followed_uri(uri, 9000));
    (void)dev_chain_block(&f.dev);

    struct follow_round round = { .follow = f.follow,
                                  .view = ledger_acquire(chain_ledger(f.dev.chain)),
                                  .now_ms = NOW_MS };
    size_t steps = 0;
    for (bool is_over = false; !is_over; steps++)
        cr_assert_eq(follow_read_state(&round, &is_over), MM_OK);
    ledger_release(round.view);
    cr_assert_gt(steps, 2);
    for (uint32_t i = 0; i < TOKENS; i++)
        cr_assert_eq(needs(&f, i + 1, i), i + 1 != 5, "token %u", (unsigned)i + 1);
    struct content_token_record record;
    struct content_token token = { .contract = second, .token_id = { { [31] = 1 } } };
    cr_assert_eq(content_token_get(f.content, &record, &token), MM_OK);
    followed_fini(&f);
}
