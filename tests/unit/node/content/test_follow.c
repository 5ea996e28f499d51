#include <criterion/criterion.h>
#include <stdio.h>

#include "contracts-native/natives/natives.h"
#include "node/content/follow.h"
#include "p2p/content/gc.h"
#include "state/base/endian.h"
#include "tests/lib/dev_chain.h"

enum { NOW_MS = 1000000 };

struct followed {
    struct dev_chain dev;
    struct content *content;
    struct follow *follow;
    char path[FOLDER_PATH_BYTES]; /* of the content; empty: in memory */
};

static void open_content(struct followed *f)
{
    const struct content_options options = { .path = f->path[0] == '\0' ? NULL : f->path };
    cr_assert_eq(content_open(&f->content, &options, NULL), MM_OK);
}

static void begin(struct followed *f)
{
    const struct follow_options options = { .ledger = chain_ledger(f->dev.chain),
                                            .natives = natives_all(),
                                            .content = f->content };
    f->follow = follow_new(&options);
    cr_assert_not_null(f->follow);
}

static void init(struct followed *f)
{
    f->path[0] = '\0';
    dev_chain_init(&f->dev, DEV_MEMORY, UINT64_MAX);
    open_content(f);
    begin(f);
}

static void fini(struct followed *f)
{
    follow_free(f->follow);
    content_close(f->content);
    dev_chain_fini(&f->dev);
}

/* To the head; how many steps it took. */
static size_t catch_up(struct followed *f)
{
    size_t steps = 0;
    for (bool is_over = false; !is_over; steps++)
        cr_assert_eq(follow_step(f->follow, NOW_MS, &is_over), MM_OK);
    return steps;
}

static struct content_token token_of(uint64_t number)
{
    struct content_token token = { .contract = DEV_COLLECTION };
    mm_put_be64(token.token_id.b + 24, number);
    return token;
}

/* A URI whose root nobody has, told apart by a number. Terminated. */
static mm_bytes uri_of(char out[128], uint32_t number)
{
    struct cid root = { .version = 1,
                        .codec = CID_DAG_PB,
                        .hash = { .code = MULTIHASH_SHA2_256, .len = 32 } };
    mm_put_be64(root.hash.digest, number);
    char text[CID_TEXT_MAX + 1];
    (void)cid_to_text(text, &root, MULTIBASE_BASE32);
    (void)snprintf(out, 128, "ipfs://%.64s/metadata.json", text);
    return mm_bytes_str(out);
}

static uint64_t mint(struct followed *f, uint32_t number)
{
    char uri[128];
    return dev_chain_mint_uri(&f->dev, 0, 0, uri_of(uri, number));
}

/* Whether the token needs what mint(number) named. */
static bool needs(struct followed *f, uint64_t token, uint32_t number)
{
    char uri[128];
    struct content_token_record record;
    const struct content_token key = token_of(token);
    return content_token_get(f->content, &record, &key) == MM_OK &&
           mm_bytes_equal(mm_bytes_from(record.uri, record.uri_len), uri_of(uri, number));
}

Test(follow, a_mint_is_needed_and_a_token_without_content_is_not)
{
    struct followed f;
    init(&f);
    const uint64_t first = mint(&f, 1);
    const uint64_t second = dev_chain_mint_uri(&f.dev, 0, 1, MM_BYTES_LIT("https://example.org"));
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert(needs(&f, first, 1));
    struct content_token_record record;
    const struct content_token key = token_of(second);
    cr_assert_eq(content_token_get(f.content, &record, &key), MM_ERR_NOT_FOUND);
    struct content_follow place;
    cr_assert_eq(content_follow_get(f.content, &place), MM_OK);
    cr_assert_eq(place.block_num, 1);
    fini(&f);
}

Test(follow, a_burned_token_needs_nothing_after_its_block)
{
    struct followed f;
    init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert(needs(&f, token, 1));
    dev_chain_burn(&f.dev, 0, token);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert_not(needs(&f, token, 1));
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 1); /* for its day */
    cr_assert_eq(content_gc_run(f.content, NULL,
                                &(struct content_gc_options){ .now_ms = NOW_MS + NEEDS_GRACE_MS }),
                 MM_OK);
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    cr_assert_eq(counts.pins[CONTENT_PIN_CHAIN], 0);
    fini(&f);
}

Test(follow, a_transfer_changes_nothing)
{
    struct followed f;
    init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    dev_chain_transfer(&f.dev, 0, 1, token);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert(needs(&f, token, 1));
    fini(&f);
}

Test(follow, many_blocks_are_followed_in_steps_and_a_start_goes_on_where_it_was)
{
    struct followed f;
    folder_make(f.path, "content");
    dev_chain_init(&f.dev, DEV_MEMORY, UINT64_MAX);
    open_content(&f);
    begin(&f);
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

    open_content(&f);
    begin(&f);
    struct content_follow place;
    cr_assert_eq(content_follow_get(f.content, &place), MM_OK);
    cr_assert_eq(place.block_num, FOLLOW_BLOCKS_A_STEP);
    cr_assert_eq(catch_up(&f), 3);
    const uint64_t first = f.dev.minted - BLOCKS + 1;
    for (uint32_t i = 0; i < BLOCKS; i++)
        cr_assert(needs(&f, first + i, i), "token %u", (unsigned)i);
    cr_assert_eq(catch_up(&f), 1);
    fini(&f);
    folder_remove(f.path);
}

Test(follow, a_chain_that_was_taken_back_is_followed_again)
{
    struct followed f;
    init(&f);
    const uint64_t stays = mint(&f, 1);
    const uint64_t burned = mint(&f, 2);
    const uint64_t back = dev_chain_block(&f.dev);
    (void)catch_up(&f);
    dev_chain_flush(&f.dev);
    const uint64_t minted = f.dev.minted;
    const uint64_t goes = mint(&f, 3);
    dev_chain_burn(&f.dev, 0, burned);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert(needs(&f, goes, 3) && !needs(&f, burned, 2));

    cr_assert_eq(dev_chain_rewind_ledger(&f.dev, back), MM_OK);
    f.dev.minted = minted;
    (void)catch_up(&f);
    cr_assert(needs(&f, stays, 1));
    cr_assert(needs(&f, burned, 2)); /* it was not burned on this chain */
    cr_assert_not(needs(&f, goes, 3));

    /* As many blocks as before, and others. */
    cr_assert_eq(mint(&f, 4), goes);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    cr_assert(needs(&f, goes, 4));
    struct needs_counts counts;
    cr_assert_eq(needs_count(f.content, &counts), MM_OK);
    fini(&f);
}

Test(follow, another_chain_over_the_same_content_lets_go_of_the_first_ones_tokens)
{
    struct followed f;
    init(&f);
    const uint64_t token = mint(&f, 1);
    (void)dev_chain_block(&f.dev);
    (void)catch_up(&f);
    follow_free(f.follow);
    dev_chain_fini(&f.dev);

    dev_chain_init(&f.dev, DEV_MEMORY, UINT64_MAX);
    begin(&f);
    (void)catch_up(&f);
    cr_assert_not(needs(&f, token, 1));
    fini(&f);
}
