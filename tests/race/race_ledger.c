/* Readers, the writer and the flusher at once: each block mints one token, so at block N every reader must find N tokens, N logs
 * and N receipts, whatever is in the tail, on its way to the disk, or on it. Now and then the chain goes back, and other blocks
 * get the numbers of the old ones: a view must show those of one chain. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/lib/dev_chain.h"

enum { READERS = 3, BLOCKS = 250 };

static struct dev_chain dev;
static atomic_bool is_done;
static atomic_bool flush_wanted;
static atomic_bool flush_running;
static atomic_ulong reads;

/* The token counter is in one of the first slots: the one that reads N at block N. */
static uint64_t tokens_at(struct ledger_view *view, uint64_t block_num, uint64_t slot)
{
    struct ledger_state state;
    ledger_state_init(&state, view, block_num);
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_u256 number = u256_from_u64(slot);
    const mm_hash32 word = u256_to_hash(&number);
    const mm_hash32 slot_key = keccak256(mm_bytes_hash(&word));
    const mm_hash32 addr_key = keccak256(mm_bytes_addr(&DEV_COLLECTION));
    mm_u256 value;
    MM_ASSERT(exec_view.slot(exec_view.ctx, &value, &addr_key, &slot_key) == MM_OK);
    ledger_state_fini(&state);
    return value.limb[0];
}

static uint64_t counter_slot;
static uint64_t first_value; /* before the first block */

static void find_counter(void)
{
    uint64_t before[32];
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    for (uint64_t slot = 0; slot < 32; slot++)
        before[slot] = tokens_at(view, 0, slot);
    ledger_release(view);
    dev_chain_mint(&dev, 0, 1);
    (void)dev_chain_block(&dev);
    dev_chain_mint(&dev, 0, 1);
    (void)dev_chain_block(&dev);
    view = ledger_acquire(chain_ledger(dev.chain));
    for (counter_slot = 0; counter_slot < 32; counter_slot++) {
        if (tokens_at(view, 1, counter_slot) == before[counter_slot] + 1 &&
            tokens_at(view, 2, counter_slot) == before[counter_slot] + 2)
            break;
    }
    ledger_release(view);
    MM_ASSERT(counter_slot < 32);
    first_value = before[counter_slot];
}

static mm_err count_hit(void *ctx, const struct log_hit *hit)
{
    (void)hit;
    ++*(size_t *)ctx;
    return MM_OK;
}

static void read_once(struct test_random *random, struct mm_arena *arena)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(dev.chain));
    const uint64_t head = ledger_head(view);
    const uint64_t block_num = test_random_below(random, head + 1);
    MM_ASSERT(tokens_at(view, head, counter_slot) == first_value + head);
    MM_ASSERT(tokens_at(view, block_num, counter_slot) == first_value + block_num);
    size_t hits = 0;
    const struct log_filter filter = {
        .from_block = block_num, .to_block = head, .addrs = &DEV_COLLECTION, .addr_count = 1
    };
    MM_ASSERT(ledger_logs(view, &filter, count_hit, &hits) == MM_OK);
    const size_t blocks = head - block_num + (block_num > 0);
    MM_ASSERT(hits >= blocks &&
              hits % (blocks == 0 ? 1 : blocks) == 0); /* the same number for each mint */
    if (block_num > 0) {
        const struct ledger_tx *txs;
        uint64_t found;
        size_t index;
        MM_ASSERT(ledger_txs(view, arena, &txs, block_num, 0, 1) == MM_OK);
        MM_ASSERT(ledger_find_tx(view, &found, &index, &txs[0].tx.hash) == MM_OK &&
                  found == block_num);
        mm_arena_reset(arena);
    }
    ledger_release(view);
    atomic_fetch_add(&reads, 1);
}

static void *read_on(void *arg)
{
    struct test_random random = { (uint64_t)(uintptr_t)arg };
    struct mm_arena arena;
    mm_arena_init(&arena, SIZE_MAX);
    while (!atomic_load(&is_done))
        read_once(&random, &arena);
    mm_arena_fini(&arena);
    return NULL;
}

static void *flush_on(void *arg)
{
    (void)arg;
    while (!atomic_load(&is_done)) {
        atomic_store(&flush_running, true);
        if (atomic_exchange(&flush_wanted, false))
            MM_ASSERT(ledger_flush(chain_ledger(dev.chain)) == MM_OK);
        atomic_store(&flush_running, false);
    }
    return NULL;
}

static void go_back(struct test_random *random)
{
    const uint64_t head = ledger_stored(chain_ledger(dev.chain));
    const uint64_t back = 1 + test_random_below(random, 6);
    while (atomic_load(&flush_wanted) || atomic_load(&flush_running))
        ;
    if (head > back + 2)
        MM_ASSERT(dev_chain_rewind_ledger(&dev, head - back) == MM_OK);
}

int main(void)
{
    pthread_t readers[READERS];
    pthread_t flusher;
    struct test_random random = { 7 };
    dev_chain_init(
        &dev, DEV_MEMORY,
        64); /* RocksDB is not built with the sanitizer: it would see races where there are none */
    find_counter();
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_create(&readers[i], NULL, read_on, (void *)(i + 1)) == 0);
    MM_ASSERT(pthread_create(&flusher, NULL, flush_on, NULL) == 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        dev_chain_mint(&dev, 0, 1);
        (void)dev_chain_block(&dev);
        if (test_random_below(&random, 6) == 0 && ledger_rotate(chain_ledger(dev.chain)))
            atomic_store(&flush_wanted, true);
        if (test_random_below(&random, 8) == 0)
            go_back(&random);
    }
    atomic_store(&is_done, true);
    for (size_t i = 0; i < READERS; i++)
        MM_ASSERT(pthread_join(readers[i], NULL) == 0);
    MM_ASSERT(pthread_join(flusher, NULL) == 0);
    (void)printf("%lu reads while %d blocks were made\n", atomic_load(&reads), BLOCKS);
    dev_chain_fini(&dev);
    return 0;
}
