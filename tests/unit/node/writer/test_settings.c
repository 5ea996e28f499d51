/* What dev control sets: as a note, and through the writer over ends of the process. */
#include <criterion/criterion.h>
#include <stdatomic.h>
#include <time.h>

#include "node/log/log.h"
#include "node/writer/settings.h"
#include "node/writer/writer.h"
#include "tests/lib/dev_chain.h"
#include "tests/lib/random.h"

/* ---- the note ---- */

static struct settings random_settings(struct test_random *random)
{
    struct settings settings = settings_default(test_random_below(random, 2) * 500);
    settings.clock_offset_s = (int64_t)test_random_u64(random);
    settings.next_timestamp = test_random_below(random, 2) * test_random_u64(random);
    settings.step_s = test_random_below(random, 2) == 0 ? UINT64_MAX : 7;
    settings.has_mining = test_random_below(random, 2) == 0;
    settings.has_coinbase = test_random_below(random, 2) == 0;
    settings.impersonates_all = test_random_below(random, 2) == 0;
    settings.last_snapshot = test_random_below(random, 100);
    if (settings.has_coinbase)
        test_random_fill(random, &settings.coinbase, sizeof settings.coinbase);
    for (size_t i = test_random_below(random, 6); i > 0; i--) {
        mm_addr addr;
        test_random_fill(random, &addr, sizeof addr);
        cr_assert_eq(settings_impersonate(&settings, &addr, true), MM_OK);
    }
    return settings;
}

Test(settings, read_what_they_wrote)
{
    struct test_random random = { 61 };
    struct mm_buf buf;
    struct mm_buf again;
    mm_buf_init(&buf, 1 << 16);
    mm_buf_init(&again, 1 << 16);
    for (int i = 0; i < 300; i++) {
        struct settings settings = random_settings(&random);
        struct settings read;
        mm_buf_reset(&buf);
        mm_buf_reset(&again);
        settings_encode(&buf, &settings);
        cr_assert_eq(settings_decode(&read, mm_buf_bytes(&buf)), MM_OK);
        settings_encode(&again, &read);
        cr_assert(mm_bytes_equal(mm_buf_bytes(&buf), mm_buf_bytes(&again)));
        cr_assert_eq(read.clock_offset_s, settings.clock_offset_s);
        cr_assert_eq(read.impersonated_count, settings.impersonated_count);
        cr_assert_eq(read.has_mining && read.is_automine,
                     settings.has_mining && settings.is_automine);
        settings_fini(&read);
        const size_t less = test_random_below(&random, buf.len);
        cr_assert_eq(settings_decode(&read, mm_bytes_from(buf.ptr, less)), MM_ERR_CORRUPT);
        settings_fini(&settings);
    }
    mm_buf_fini(&buf);
    mm_buf_fini(&again);
}

Test(settings, know_who_is_impersonated)
{
    struct settings settings = settings_default(0);
    const mm_addr addrs[] = { { { 5 } }, { { 1 } }, { { 9 } }, { { 3 } } };
    for (size_t i = 0; i < MM_COUNT_OF(addrs); i++) {
        cr_assert_not(settings_impersonates(&settings, &addrs[i]));
        cr_assert_eq(settings_impersonate(&settings, &addrs[i], true), MM_OK);
        cr_assert_eq(settings_impersonate(&settings, &addrs[i], true), MM_OK, "twice is once");
        cr_assert(settings_impersonates(&settings, &addrs[i]));
    }
    cr_assert_eq(settings.impersonated_count, 4);
    cr_assert_eq(settings_impersonate(&settings, &addrs[0], false), MM_OK);
    cr_assert_eq(settings_impersonate(&settings, &addrs[0], false), MM_OK);
    cr_assert_not(settings_impersonates(&settings, &addrs[0]));
    cr_assert(settings_impersonates(&settings, &addrs[3]));
    settings.impersonates_all = true;
    cr_assert(settings_impersonates(&settings, &addrs[0]));
    settings_fini(&settings);
}

/* ---- the writer ---- */

static struct dev_chain dev;
static struct pool *pool;
static struct writer *writer;
static atomic_int called;

static void fail_loudly(void *ctx, mm_err err)
{
    (void)ctx;
    cr_assert_fail("the writer failed: %s", mm_err_text(err));
}

static void start(uint64_t block_time_ms)
{
    log_init(NODE_LOG_TEXT, true);
    pool = pool_new(chain_ledger(dev.chain));
    const struct writer_options options = {
        .chain = dev.chain, .pool = pool, .block_time_ms = block_time_ms, .failed = fail_loudly
    };
    cr_assert_eq(writer_start(&writer, &options), MM_OK);
}

static void stop(void)
{
    writer_stop(writer);
    pool_free(pool);
}

/* Ends as a killed process does, as far as the database is concerned. */
static void come_back(uint64_t block_time_ms)
{
    stop();
    dev_chain_come_back(&dev);
    start(block_time_ms);
}

static void note_call(void *arg)
{
    (void)arg;
    atomic_fetch_add(&called, 1);
}

static void order(const struct control *control)
{
    struct mm_reason reason = { "" };
    uint64_t ticket = 0;
    const int before = atomic_load(&called);
    cr_assert_eq(writer_control(writer, control, &ticket, &reason), MM_OK, "%s", reason.text);
    if (writer_settle(writer, ticket, note_call, NULL))
        return;
    for (int i = 0; i < 10000 && atomic_load(&called) == before; i++)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    cr_assert_neq(atomic_load(&called), before);
}

static void mine(uint64_t count, uint64_t seconds)
{
    order(&(struct control){ .kind = CONTROL_MINE, .count = count, .seconds = seconds });
}

static uint64_t snapshot(void)
{
    uint64_t id = 0;
    order(&(struct control){ .kind = CONTROL_SNAPSHOT, .snapshot = &id });
    return id;
}

static bool revert(uint64_t id)
{
    bool is_known = false;
    order(&(struct control){ .kind = CONTROL_REVERT, .count = id, .is_known = &is_known });
    return is_known;
}

static struct header head(void)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const struct header header = *ledger_head_header(view);
    ledger_release(view);
    return header;
}

static bool is_near(uint64_t time, uint64_t expected)
{
    return time >= expected && time <= expected + 30;
}

Test(settings, outlive_the_process)
{
    const mm_addr addr = { { 0xab } };
    struct backend_settings shown;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    start(0);
    const uint64_t now = (uint64_t)time(NULL);
    order(&(struct control){ .kind = CONTROL_INCREASE_TIME, .seconds = 100000 });
    order(&(struct control){ .kind = CONTROL_NEXT_TIME, .seconds = now + 500000 });
    order(&(struct control){ .kind = CONTROL_AUTOMINE, .on = false });
    order(&(struct control){ .kind = CONTROL_COINBASE, .addr = addr });
    order(&(struct control){ .kind = CONTROL_CHAIN_ID, .count = 777 });
    order(&(struct control){ .kind = CONTROL_IMPERSONATE, .addr = addr, .on = true });
    come_back(0);
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert_not(shown.is_automine);
    cr_assert(mm_addr_equal(&shown.coinbase, &addr));
    cr_assert(writer_impersonates(writer, &addr));
    cr_assert_eq(chain_tx_chain_id(dev.chain), 777);
    cr_assert_eq(writer_now(writer), now + 500000);
    mine(1, 0);
    cr_assert_eq(head().timestamp, now + 500000);
    const struct header made = head();
    cr_assert(mm_addr_equal(&made.coinbase, &addr));
    come_back(0);
    cr_assert(is_near(writer_now(writer), now + 500000), "used once, and the clock goes on");
    mine(3, 1000);
    cr_assert(is_near(head().timestamp, now + 502000));
    come_back(0);
    cr_assert(is_near(writer_now(writer), now + 502000));
    order(&(struct control){ .kind = CONTROL_SET_TIME, .seconds = now + 700000 });
    order(&(struct control){ .kind = CONTROL_TIME_STEP, .seconds = 12, .on = true });
    mine(1, 0);
    const uint64_t before = head().timestamp;
    mine(2, 0);
    cr_assert_eq(head().timestamp, before + 24);
    come_back(0);
    cr_assert_eq(writer_now(writer), before + 36);
    order(&(struct control){ .kind = CONTROL_TIME_STEP, .on = false });
    cr_assert(is_near(writer_now(writer), now + 700000));
    stop();
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(settings, of_mining_yield_to_the_command_line)
{
    struct backend_settings shown;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    start(100000);
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert(!shown.is_automine && shown.block_time_ms == 100000);
    order(&(struct control){ .kind = CONTROL_INCREASE_TIME, .seconds = 1 });
    come_back(0);
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert(shown.is_automine && shown.block_time_ms == 0, "that was the last start's");
    order(&(struct control){ .kind = CONTROL_INTERVAL, .count = 200000 });
    come_back(0);
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert_eq(shown.block_time_ms, 200000);
    come_back(300000);
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert_eq(shown.block_time_ms, 300000);
    stop();
    dev_chain_fini(&dev);
}

Test(settings, make_blocks_by_the_clock)
{
    dev_chain_init(&dev, DEV_MEMORY, 16);
    start(0);
    order(&(struct control){ .kind = CONTROL_INTERVAL, .count = 10 });
    for (int i = 0; i < 10000 && head().number < 5; i++)
        (void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    cr_assert_geq(head().number, 5);
    order(&(struct control){ .kind = CONTROL_INTERVAL, .count = 0 });
    const uint64_t number = head().number;
    (void)nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
    cr_assert_eq(head().number, number);
    stop();
    dev_chain_fini(&dev);
}

Test(settings, space_mined_blocks_exactly_while_seconds_pass)
{
    dev_chain_init(&dev, DEV_MEMORY, 16);
    start(0);
    const time_t end = time(NULL) + 2;
    while (time(NULL) < end) { /* two turns of the machine's second are in it */
        mine(50, 12);
        const struct header last = head();
        struct header first;
        mm_hash32 hash;
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        cr_assert_eq(ledger_header(view, &first, &hash, last.number - 49), MM_OK);
        ledger_release(view);
        cr_assert_eq(last.timestamp - first.timestamp, 49 * 12);
    }
    stop();
    dev_chain_fini(&dev);
}

static void goes_back(bool crashes)
{
    const mm_addr addr = { { 0xab } };
    const mm_addr other = { { 0xcd } };
    struct backend_settings shown;
    dev_chain_init(&dev, DEV_ROCKSDB, 16);
    start(0);
    order(&(struct control){ .kind = CONTROL_COINBASE, .addr = addr });
    order(&(struct control){ .kind = CONTROL_INCREASE_TIME, .seconds = 1000 });
    mine(2, 0);
    const uint64_t then = writer_now(writer);
    const uint64_t first = snapshot();
    order(&(struct control){ .kind = CONTROL_COINBASE, .addr = other });
    order(&(struct control){ .kind = CONTROL_CHAIN_ID, .count = 777 });
    order(&(struct control){ .kind = CONTROL_AUTOMINE, .on = false });
    order(&(struct control){ .kind = CONTROL_INCREASE_TIME, .seconds = 90000 });
    mine(3, 0);
    const uint64_t second = snapshot();
    cr_assert_gt(second, first);
    mine(400, 1);
    if (crashes)
        come_back(0);
    cr_assert_not(revert(second + 1));
    cr_assert_eq(head().number, 405);
    cr_assert(revert(second));
    cr_assert_not(revert(second));
    cr_assert_eq(head().number, 5);
    if (crashes)
        come_back(0);
    mine(1, 0);
    cr_assert(revert(first));
    if (crashes)
        come_back(0);
    cr_assert_eq(head().number, 2);
    cr_assert(is_near(writer_now(writer), then), "the clock goes back");
    writer_settings(writer, &shown, &dev.addrs[0]);
    cr_assert(mm_addr_equal(&shown.coinbase, &addr));
    cr_assert_eq(chain_tx_chain_id(dev.chain), 31337);
    cr_assert_not(shown.is_automine, "that stays");
    cr_assert_eq(shown.snapshot_count, 0);
    mine(1, 0);
    cr_assert_gt(snapshot(), second, "no id twice");
    order(&(struct control){ .kind = CONTROL_RESET });
    if (crashes)
        come_back(0);
    cr_assert_eq(head().number, 0);
    cr_assert(is_near(writer_now(writer), (uint64_t)time(NULL) - 1));
    cr_assert_gt(snapshot(), second + 1);
    mine(2, 0);
    stop();
    cr_assert_eq(dev_chain_check(&dev, CHAIN_CHECK_REPLAY), 0);
    dev_chain_fini(&dev);
}

Test(settings, of_a_snapshot_come_back_with_it)
{
    goes_back(false);
    goes_back(true);
}

/* A snapshot that is asked for and one that is taken back in the same turn: the answers are those of the order of asking. */
Test(settings, are_judged_in_the_order_of_the_orders)
{
    struct mm_reason reason = { "" };
    uint64_t ids[3];
    bool is_known[3];
    uint64_t ticket;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    start(0);
    mine(1, 0);
    order(&(struct control){ .kind = CONTROL_MINE, .count = 50 });
    for (size_t i = 0; i < 3; i++) {
        const struct control take = { .kind = CONTROL_SNAPSHOT, .snapshot = &ids[i] };
        cr_assert_eq(writer_control(writer, &take, &ticket, &reason), MM_OK);
    }
    static const size_t asked[] = { 1, 2, 0 };
    for (size_t i = 0; i < 3; i++) {
        const struct control back = { .kind = CONTROL_REVERT,
                                      .count = ids[asked[i]],
                                      .is_known = &is_known[i] };
        cr_assert_eq(writer_control(writer, &back, &ticket, &reason), MM_OK);
    }
    cr_assert(is_known[0] && !is_known[1] && is_known[2]);
    mine(1, 0);
    cr_assert_eq(head().number, 52);
    stop();
    dev_chain_fini(&dev);
}
