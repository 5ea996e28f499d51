/* The search for logs against the plainest model of it: all logs in a list, each asked whether it matches. */
#include "state/ledger/ledger_internal.h"
#include "tests/unit/state/ledger/look.h"

enum { BLOCKS = 120, LOGS_MAX = 8192 };

struct known {
    uint64_t block_num;
    size_t tx_index;
    size_t log_index;
    struct log log; /* data left out */
    mm_hash32 tx_hash;
};

static struct known all[LOGS_MAX];
static size_t all_count;

static void learn(const struct dev_chain *dev, uint64_t block_num)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct mm_arena arena;
    const struct ledger_tx *txs = NULL;
    size_t count = 0;
    size_t index = 0;
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(ledger_tx_count(view, &count, block_num), MM_OK);
    cr_assert_eq(ledger_txs(view, &arena, &txs, block_num, 0, count), MM_OK);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < txs[i].log_count; j++) {
            cr_assert_lt(all_count, LOGS_MAX);
            all[all_count] =
                (struct known){ block_num, i, index++, txs[i].logs[j], txs[i].tx.hash };
            all[all_count++].log.data = (mm_bytes){ NULL, 0 };
        }
    }
    mm_arena_fini(&arena);
    ledger_release(view);
}

/* A filter with its lists. */
struct ask {
    struct log_filter filter;
    mm_addr addrs[3];
    mm_hash32 topics[LOG_TOPICS_MAX][3];
};

/* Half of what it asks for was seen somewhere, so that there are hits. */
static void make_ask(struct ask *ask, struct test_random *random, uint64_t head)
{
    *ask = (struct ask){ 0 };
    ask->filter.from_block = test_random_below(random, head + 1);
    ask->filter.to_block =
        ask->filter.from_block + test_random_below(random, head + 1 - ask->filter.from_block);
    if (test_random_below(random, 4) == 0) {
        ask->filter.from_block = 0;
        ask->filter.to_block = head;
    }
    ask->filter.addr_count = test_random_below(random, 3);
    ask->filter.addrs = ask->addrs;
    for (size_t i = 0; i < ask->filter.addr_count; i++)
        ask->addrs[i] = test_random_below(random, 4) == 0
                            ? (mm_addr){ { 9 } }
                            : all[test_random_below(random, all_count)].log.addr;
    ask->filter.topic_count = test_random_below(random, LOG_TOPICS_MAX + 1);
    for (size_t i = 0; i < ask->filter.topic_count; i++) {
        ask->filter.topics[i].count = test_random_below(random, 3);
        ask->filter.topics[i].any_of = ask->topics[i];
        for (size_t j = 0; j < ask->filter.topics[i].count; j++) {
            const struct log *log = &all[test_random_below(random, all_count)].log;
            ask->topics[i][j] = i < log->topic_count ? log->topics[i] : (mm_hash32){ { 7 } };
        }
    }
}

struct check {
    const struct log_filter *filter;
    size_t at; /* in `all` */
    size_t hits;
};

/* Written again from the words of eth_getLogs, not shared with the ledger. */
static bool matches(const struct log_filter *filter, const struct known *known)
{
    if (known->block_num < filter->from_block || known->block_num > filter->to_block)
        return false;
    bool fits = filter->addr_count == 0;
    for (size_t i = 0; i < filter->addr_count; i++)
        fits |= memcmp(&filter->addrs[i], &known->log.addr, 20) == 0;
    for (size_t i = 0; i < filter->topic_count; i++) {
        bool any = filter->topics[i].count == 0 && i < known->log.topic_count;
        for (size_t j = 0; j < filter->topics[i].count; j++)
            any |= i < known->log.topic_count &&
                   memcmp(&filter->topics[i].any_of[j], &known->log.topics[i], 32) == 0;
        fits &= any;
    }
    return fits;
}

static mm_err on_hit(void *ctx, const struct log_hit *hit)
{
    struct check *check = ctx;
    while (check->at < all_count && !matches(check->filter, &all[check->at]))
        check->at++;
    cr_assert_lt(check->at, all_count, "a hit that the model does not have");
    const struct known *known = &all[check->at++];
    cr_assert_eq(hit->block_num, known->block_num);
    cr_assert_eq(hit->tx_index, known->tx_index);
    cr_assert_eq(hit->log_index, known->log_index);
    cr_assert(mm_hash_equal(&hit->tx_hash, &known->tx_hash));
    cr_assert_eq(memcmp(hit->log.topics, known->log.topics, sizeof known->log.topics), 0);
    check->hits++;
    return MM_OK;
}

static size_t ask_once(struct ledger_view *view, const struct ask *ask)
{
    struct check check = { .filter = &ask->filter };
    cr_assert_eq(ledger_logs(view, &ask->filter, on_hit, &check), MM_OK);
    while (check.at < all_count) {
        cr_assert_not(matches(&ask->filter, &all[check.at]), "block %llu, log %zu is missing",
                      (unsigned long long)all[check.at].block_num, all[check.at].log_index);
        check.at++;
    }
    return check.hits;
}

static void ask_many(struct dev_chain *dev, struct ledger_view *view, struct test_random *random,
                     size_t times)
{
    size_t hits = 0;
    (void)dev;
    for (size_t i = 0; i < times; i++) {
        struct ask ask;
        make_ask(&ask, random, ledger_head(view));
        hits += ask_once(view, &ask);
    }
    cr_assert_gt(hits, times, "the filters must find something");
}

static void run(enum dev_store store, uint64_t seed)
{
    static struct dev_chain dev;
    struct test_random random = { seed };
    all_count = 0;
    dev_chain_init(&dev, store, 16);
    struct ledger_view *old = NULL;
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        learn(&dev, dev_chain_random_block(&dev, &random));
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        if (i == 30) /* all in the tail */
            ask_many(&dev, view, &random, 150);
        if (i == 40)
            dev_chain_flush(&dev);
        if (i == 70)
            cr_assert(ledger_rotate(chain_ledger(dev.chain)));
        if (i == 90)
            old = ledger_acquire(chain_ledger(dev.chain));
        if (i == BLOCKS) /* flushed, closed tail, open tail */
            ask_many(&dev, view, &random, 300);
        ledger_release(view);
    }
    dev_chain_flush(&dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    ask_many(&dev, view, &random, 300);
    ask_many(&dev, old, &random, 150); /* its tails, though all is on disk by now */
    ledger_release(old);
    ledger_release(view);
    dev_chain_fini(&dev);
}

Test(ledger_logs, finds_what_a_walk_over_all_logs_finds)
{
    run(DEV_MEMORY, 21);
    run(DEV_ROCKSDB, 22);
}

static mm_err stop_at_third(void *ctx, const struct log_hit *hit)
{
    size_t *count = ctx;
    (void)hit;
    return ++*count == 3 ? MM_ERR_LIMIT : MM_OK;
}

Test(ledger_logs, stops_when_it_is_told_to)
{
    static struct dev_chain dev;
    dev_chain_init(&dev, DEV_MEMORY, 16);
    for (int i = 0; i < 8; i++)
        dev_chain_mint(&dev, 0, 1);
    (void)dev_chain_block(&dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    size_t count = 0;
    const struct log_filter filter = { .to_block = 1 };
    cr_assert_eq(ledger_logs(view, &filter, stop_at_third, &count), MM_ERR_LIMIT);
    cr_assert_eq(count, 3);
    ledger_release(view);
    dev_chain_fini(&dev);
}

/* ---- a block of more receipts than one pack has ---- */

enum { MANY = 3 * PACK_ITEMS + 1 };

static void mint_many(struct dev_chain *dev)
{
    dev_chain_init(dev, DEV_ROCKSDB, 16);
    for (int i = 0; i < MANY; i++)
        dev_chain_mint(dev, 0, 1);
    (void)dev_chain_block(dev);
    dev_chain_flush(dev);
}

struct expected {
    const struct ledger_tx *txs;
    size_t index;
    size_t hits;
};

static mm_err expect_hit(void *ctx, const struct log_hit *hit)
{
    struct expected *expected = ctx;
    const struct ledger_tx *tx = &expected->txs[expected->index];
    cr_assert_eq(hit->tx_index, expected->index);
    cr_assert_eq(hit->log_index, tx->first_log);
    cr_assert(mm_hash_equal(&hit->tx_hash, &tx->tx.hash));
    cr_assert(mm_bytes_equal(hit->log.data, tx->logs[0].data));
    expected->hits++;
    return MM_OK;
}

Test(ledger_logs, finds_one_token_in_every_pack_of_a_block)
{
    static struct dev_chain dev;
    struct mm_arena arena;
    struct expected expected = { .hits = 0 };
    mint_many(&dev);
    mm_arena_init(&arena, SIZE_MAX);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    cr_assert_eq(ledger_txs(view, &arena, &expected.txs, 1, 0, MANY), MM_OK);
    for (size_t i = 0; i < MANY; i++) {
        const struct log *log = &expected.txs[i].logs[0]; /* Transfer(from, to, id) */
        struct log_filter filter = { .to_block = 1, .topic_count = 4 };
        filter.topics[3].any_of = &log->topics[3];
        filter.topics[3].count = 1;
        cr_assert_eq(log->topic_count, 4);
        expected.index = i;
        cr_assert_eq(ledger_logs(view, &filter, expect_hit, &expected), MM_OK);
        cr_assert_eq(expected.hits, i + 1);
    }
    ledger_release(view);
    mm_arena_fini(&arena);
    dev_chain_fini(&dev);
}

static mm_err count_hit(void *ctx, const struct log_hit *hit)
{
    (void)hit;
    ++*(size_t *)ctx;
    return MM_OK;
}

static mm_err search_without(enum ledger_family family, const struct ledger_key *key)
{
    static struct dev_chain dev;
    const struct log_filter filter = { .to_block = 1 };
    size_t count = 0;
    mint_many(&dev);
    struct kv_batch *batch = kv_batch_new(dev.kv);
    kv_batch_del(batch, family, key_bytes(key));
    cr_assert_eq(kv_write(dev.kv, batch, KV_BUFFERED), MM_OK);
    kv_batch_free(batch);
    dev_chain_come_back(&dev); /* a snapshot that has it */
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const mm_err err = ledger_logs(view, &filter, count_hit, &count);
    ledger_release(view);
    dev_chain_fini(&dev);
    return err;
}

Test(ledger_logs, a_pack_that_is_missing_is_damage)
{
    const struct ledger_key receipts = key_receipts(1, 2);
    const struct ledger_key bodies = key_body(1, 2);
    cr_assert_eq(search_without(LEDGER_RECEIPT, &receipts), MM_ERR_CORRUPT);
    cr_assert_eq(search_without(LEDGER_BLOCK, &bodies), MM_ERR_CORRUPT);
}
