/* The search for an account's transactions against the plainest model of it: all blocks walked, each transaction asked. */
#include "tests/unit/state/ledger/look.h"

enum { BLOCKS = 120, ASKED = DEV_PEOPLE + 4 };

static mm_addr asked[ASKED];
static bool takes_part[ASKED][BLOCKS + 1];

/* Written again from the words of the header, not shared with the ledger. */
static bool is_of(const struct ledger_tx *tx, const mm_addr *addr)
{
    bool found = memcmp(&tx->tx.sender, addr, 20) == 0 || memcmp(&tx->tx.to, addr, 20) == 0;
    for (size_t i = 0; i < tx->log_count; i++)
        found |= memcmp(&tx->logs[i].addr, addr, 20) == 0;
    return found;
}

static void learn(const struct dev_chain *dev, uint64_t block_num)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev->chain));
    struct mm_arena arena;
    const struct ledger_tx *txs = NULL;
    size_t count = 0;
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(ledger_tx_count(view, &count, block_num), MM_OK);
    cr_assert_eq(ledger_txs(view, &arena, &txs, block_num, 0, count), MM_OK);
    for (size_t i = 0; i < ASKED; i++) {
        for (size_t j = 0; j < count; j++) {
            cr_assert_eq(ledger_tx_is_of(&txs[j], &asked[i]), is_of(&txs[j], &asked[i]));
            takes_part[i][block_num] |= is_of(&txs[j], &asked[i]);
        }
    }
    mm_arena_fini(&arena);
    ledger_release(view);
}

static size_t ask_once(struct ledger_view *view, size_t who, uint64_t from, bool is_backward,
                       size_t max)
{
    const struct account_search search = { asked[who], from, is_backward, max };
    const uint64_t head = ledger_head(view);
    struct mm_arena arena;
    const uint64_t *blocks = NULL;
    size_t count = 0;
    size_t at = 0;
    mm_arena_init(&arena, SIZE_MAX);
    cr_assert_eq(ledger_account_blocks(view, &arena, &blocks, &count, &search), MM_OK);
    for (uint64_t i = from; i <= head && at < max; i += is_backward ? UINT64_MAX : 1) {
        if (!takes_part[who][i])
            continue;
        cr_assert_lt(at, count, "block %llu of account %zu is missing", (unsigned long long)i, who);
        cr_assert_eq(blocks[at++], i);
    }
    cr_assert_eq(at, count, "a block that the model does not have");
    mm_arena_fini(&arena);
    return count;
}

static void ask_many(struct ledger_view *view, struct test_random *random, size_t times)
{
    size_t hits = 0;
    for (size_t i = 0; i < times; i++)
        hits += ask_once(view, test_random_below(random, ASKED),
                         test_random_below(random, ledger_head(view) + 1),
                         test_random_below(random, 2) == 0, 1 + test_random_below(random, 60));
    cr_assert_gt(hits, times, "the searches must find something");
}

static void run(enum dev_store store, uint64_t seed)
{
    static struct dev_chain dev;
    struct test_random random = { seed };
    struct ledger_view *old = NULL;
    memset(takes_part, 0, sizeof takes_part);
    dev_chain_init(&dev, store, 16);
    memcpy(asked, dev.addrs, DEV_PEOPLE * sizeof *dev.addrs);
    asked[DEV_PEOPLE] = DEV_COLLECTION;
    asked[DEV_PEOPLE + 1] = DEV_FACTORY;
    asked[DEV_PEOPLE + 2] = (mm_addr){ { 9 } };
    asked[DEV_PEOPLE + 3] = (mm_addr){ { 0xed } }; /* whom random edits make */
    for (uint64_t i = 1; i <= BLOCKS; i++) {
        learn(&dev, dev_chain_random_block(&dev, &random));
        struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
        if (i == 30) /* all in the tail */
            ask_many(view, &random, 200);
        if (i == 40)
            dev_chain_flush(&dev);
        if (i == 70)
            cr_assert(ledger_rotate(chain_ledger(dev.chain)));
        if (i == 90)
            old = ledger_acquire(chain_ledger(dev.chain));
        if (i == BLOCKS) /* flushed, closed tail, open tail */
            ask_many(view, &random, 400);
        ledger_release(view);
    }
    ask_many(old, &random, 200); /* its open tail has blocks above its head */
    dev_chain_flush(&dev);
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    ask_many(view, &random, 400);
    ask_many(old, &random, 200);
    ledger_release(old);
    ledger_release(view);
    dev_chain_fini(&dev);
}

Test(ledger_accounts, finds_the_blocks_that_a_walk_over_all_transactions_finds)
{
    run(DEV_MEMORY, 31);
    run(DEV_ROCKSDB, 32);
}
