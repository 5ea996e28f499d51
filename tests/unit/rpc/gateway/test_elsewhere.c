/* What the gateway makes of other nodes. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/rpc/gateway/house.h"

/* Another node: it has blocks of one root. */
static struct {
    struct cid root;
    struct cid cids[8];
    mm_bytes blocks[8];
    size_t count;
    bool is_late;
    size_t asked;
} other;

static mm_err fetch(void *ctx, const struct cid *root, const struct cid *block)
{
    (void)ctx;
    other.asked++;
    if (!cid_same_block(root, &other.root))
        return MM_ERR_NOT_FOUND;
    for (size_t i = 0; i < other.count && !other.is_late; i++) {
        if (!cid_same_block(&other.cids[i], block))
            continue;
        (void)house_put(other.cids[i].codec, other.blocks[i]);
        return MM_OK;
    }
    return MM_ERR_BUSY;
}

static const struct content_elsewhere ELSEWHERE = { .fetch = fetch };

static void open_all(void)
{
    house_open();
    house.gateway.elsewhere = &ELSEWHERE;
    memset(&other, 0, sizeof other);
}

TestSuite(gateway_elsewhere, .init = open_all, .fini = house_close, .timeout = 60);

static const mm_bytes TEXT = { (const uint8_t *)"hello", 5 };

static void other_has(const struct cid *root)
{
    other.root = *root;
    other.cids[0] = *root;
    other.blocks[0] = TEXT;
    other.count = 1;
}

Test(gateway_elsewhere, what_a_peer_has_is_fetched_once)
{
    const struct cid cid = house_name(CID_RAW, TEXT);
    other_has(&cid);
    house_expect(&cid, "", "", 200, NULL);
    cr_assert_eq(other.asked, 1);
    house_expect(&cid, "", "", 200, NULL);
    cr_assert_eq(other.asked, 1, "it is here now");
}

Test(gateway_elsewhere, blocks_and_archives_are_fetched_too)
{
    const struct cid cid = house_name(CID_RAW, TEXT);
    other_has(&cid);
    house_expect(&cid, "?format=raw", "", 200, NULL);
    cr_assert_eq(other.asked, 1);
    const struct cid second = house_name(CID_RAW, MM_BYTES_LIT("second"));
    other.root = other.cids[0] = second;
    other.blocks[0] = MM_BYTES_LIT("second");
    house_expect(&second, "?format=car", "", 200, NULL);
    cr_assert_eq(other.asked, 2);
    const struct cid third = house_name(CID_RAW, MM_BYTES_LIT("third"));
    other.root = other.cids[0] = third;
    other.blocks[0] = MM_BYTES_LIT("third");
    house_expect(&third, "?format=tar", "", 200, NULL);
    cr_assert_eq(other.asked, 3);
}

Test(gateway_elsewhere, what_no_peer_has_is_404)
{
    const struct cid cid = house_name(CID_RAW, TEXT);
    house_expect(&cid, "", "", 404, "Cache-Control: no-store");
    cr_assert_eq(other.asked, 1);
}

Test(gateway_elsewhere, what_does_not_come_in_time_is_504_in_every_form)
{
    const struct cid cid = house_name(CID_RAW, TEXT);
    other_has(&cid);
    other.is_late = true;
    house_expect(&cid, "", "", 504, "Cache-Control: no-store");
    house_expect(&cid, "?format=raw", "", 504, NULL);
    house_expect(&cid, "?format=car", "", 504, NULL);
    house_expect(&cid, "?format=tar", "", 504, NULL);
    cr_assert_eq(other.asked, 4, "once a request");
}

Test(gateway_elsewhere, only_if_cached_asks_nobody)
{
    const struct cid cid = house_name(CID_RAW, TEXT);
    other_has(&cid);
    house_expect(&cid, "", "Cache-Control: only-if-cached\r\n", 412, NULL);
    house_expect(&cid, "?format=car", "Cache-Control: only-if-cached\r\n", 412, NULL);
    house_expect(&cid, "?format=tar", "Cache-Control: only-if-cached\r\n", 412, NULL);
    cr_assert_eq(other.asked, 0);
}

Test(gateway_elsewhere, what_is_below_a_root_is_asked_for_by_the_root)
{
    const struct cid file = house_name(CID_RAW, TEXT);
    const struct house_entry entries[] = { { "hello.txt", file } };
    const struct cid folder = house_directory(entries, 1);
    other_has(&file);
    other.root = folder;
    house_expect(&folder, "/hello.txt", "", 200, NULL);
    cr_assert_eq(other.asked, 1);
}

/* The archive has begun by then: what is late is found below its top. */
Test(gateway_elsewhere, archives_fetch_what_is_below_their_top)
{
    const struct cid file = house_name(CID_RAW, TEXT);
    const struct house_entry entries[] = { { "hello.txt", file } };
    const struct cid folder = house_directory(entries, 1);
    other_has(&file);
    other.root = folder;
    other.is_late = true;
    house_expect(&folder, "?format=tar", "", 504, "Cache-Control: no-store");
    house_expect(&folder, "?format=car", "", 504, "Cache-Control: no-store");
    house_expect(&folder, "?format=tar", "Cache-Control: only-if-cached\r\n", 412, NULL);
    cr_assert_eq(other.asked, 2);
    other.is_late = false;
    house_expect(&folder, "?format=tar", "", 200, NULL);
    cr_assert_eq(other.asked, 3);
    house_expect(&folder, "?format=car", "", 200, NULL);
    cr_assert_eq(other.asked, 3, "it is here now");
}
