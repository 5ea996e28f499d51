#include <criterion/criterion.h>
#include <time.h>

#include "contracts-native/natives/natives.h"
#include "node/content/tend.h"
#include "node/log/log.h"
#include "p2p/content/gc.h"
#include "p2p/content/mint.h"
#include "state/base/heap.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/folder.h"
#include "tests/lib/random.h"

struct tended {
    struct dev_chain dev;
    struct content *content;
    struct tend *tend;
};

static void open_at(struct tended *t, const char *path)
{
    log_init(NODE_LOG_TEXT, true);
    dev_chain_init(&t->dev, DEV_MEMORY, UINT64_MAX);
    cr_assert_eq(content_open(&t->content, &(struct content_options){ .path = path }, NULL), MM_OK);
}

static void start(struct tended *t, uint64_t collect_every_ms)
{
    const struct tend_options options = { .ledger = chain_ledger(t->dev.chain),
                                          .natives = natives_all(),
                                          .content = t->content,
                                          .collect_every_ms = collect_every_ms };
    cr_assert_eq(tend_start(&t->tend, &options), MM_OK);
}

static void init(struct tended *t, uint64_t collect_every_ms)
{
    open_at(t, NULL);
    start(t, collect_every_ms);
}

static void fini(struct tended *t)
{
    tend_stop(t->tend);
    content_close(t->content);
    dev_chain_fini(&t->dev);
}

/* Until it holds; ten seconds at most. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        for (int tries_ = 0; tries_ < 1000 && !(condition); tries_++)                              \
            (void)nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);                      \
        cr_assert(condition);                                                                      \
    } while (0)

static uint64_t followed(struct tended *t)
{
    struct tend_counts counts;
    tend_count(t->tend, &counts);
    return counts.followed;
}

static bool holds(struct tended *t, const struct cid *root)
{
    struct content_pins *pins = content_pins_new(t->content, root);
    struct content_pin pin;
    const bool found = content_pins_next(pins, &pin) == MM_OK && pin.kind == CONTENT_PIN_CHAIN;
    content_pins_free(pins);
    return found;
}

Test(tend, a_minted_token_holds_its_picture_when_the_leases_are_gone)
{
    struct tended t;
    init(&t, 20);
    struct minted minted;
    const struct mint_request request = { .name = MM_BYTES_LIT("Cat"), .lease_expires_ms = 1 };
    struct mint_request long_lease = request;
    long_lease.lease_expires_ms = UINT64_MAX;
    cr_assert_eq(content_store_token(t.content, &minted, MM_BYTES_LIT("GIF89a a picture"),
                                     &long_lease, NULL),
                 MM_OK);
    (void)dev_chain_mint_uri(&t.dev, 0, 0, mm_bytes_str(minted.metadata_uri));
    const uint64_t block_num = dev_chain_block(&t.dev);
    tend_head_moved(t.tend);
    WAIT_FOR(followed(&t) == block_num);
    WAIT_FOR(holds(&t, &minted.metadata.cid));
    WAIT_FOR(holds(&t, &minted.image.cid));
    cr_assert_eq(
        content_store_token(t.content, &minted, MM_BYTES_LIT("GIF89a a picture"), &request, NULL),
        MM_OK); /* the same leases, which have run out */
    struct tend_counts before, counts;
    tend_count(t.tend, &before);
    do
        tend_count(t.tend, &counts);
    while (counts.collections < before.collections + 3);
    uint64_t bytes;
    cr_assert_eq(content_find(t.content, &bytes, &minted.image.cid), MM_OK);
    cr_assert_eq(content_find(t.content, &bytes, &minted.metadata.cid), MM_OK);
    fini(&t);
}

Test(tend, what_nobody_pins_goes_by_itself)
{
    struct tended t;
    init(&t, 20);
    struct minted minted;
    const struct mint_request request = { .name = MM_BYTES_LIT("Cat"), .lease_expires_ms = 1 };
    cr_assert_eq(
        content_store_token(t.content, &minted, MM_BYTES_LIT("GIF89a a picture"), &request, NULL),
        MM_OK);
    WAIT_FOR(content_totals(t.content).blocks == 0);
    fini(&t);
}

enum { PICTURE_BYTES = 24 << 20, PICTURES = 6 };

/* Pictures of which the last is pinned for good. */
static struct cid store_pictures(struct content *content)
{
    struct test_random random = { 1 };
    struct minted minted;
    uint8_t *picture = mm_heap_alloc(PICTURE_BYTES);
    for (unsigned i = 1; i <= PICTURES; i++) {
        const struct mint_request request = { .name = MM_BYTES_LIT("Cat"),
                                              .lease_expires_ms = i < PICTURES ? 1 : UINT64_MAX };
        test_random_fill(&random, picture, PICTURE_BYTES);
        memcpy(picture, "GIF89a", 6);
        cr_assert_eq(content_store_token(content, &minted, mm_bytes_from(picture, PICTURE_BYTES),
                                         &request, NULL),
                     MM_OK);
    }
    mm_heap_free(picture);
    return minted.image.cid;
}

Test(tend, what_was_removed_is_given_back_to_the_disk)
{
    struct tended t;
    char path[FOLDER_PATH_BYTES];
    folder_make(path, "tend");
    open_at(&t, path);
    const struct cid kept =
        store_pictures(t.content); /* before anything is collected: it is given back once */
    start(&t, 20);
    WAIT_FOR(content_totals(t.content).bytes < PICTURE_BYTES * 3 / 2);
    struct tend_counts counts;
    WAIT_FOR((tend_count(t.tend, &counts), counts.shrinks == 1));
    WAIT_FOR(content_totals(t.content).disk_bytes <
             (uint64_t)PICTURE_BYTES * 2); /* files go a moment later */
    cr_assert_not(content_wants_compaction(t.content));
    uint64_t bytes;
    cr_assert_eq(content_find(t.content, &bytes, &kept), MM_OK);
    fini(&t);
    folder_remove(path);
}
