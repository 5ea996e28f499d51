/* A value of the flat state, as execution reads it: of the newest block, after a flush, from the cache and where there is none. */
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "tests/bench/micro/micro.h"
#include "tests/lib/dev_chain.h"

enum { BLOCKS = 10, A_BLOCK = 100, TOKENS = BLOCKS * A_BLOCK, OWNERS_SLOT = 2 };

struct flat_bench {
    struct dev_chain dev;
    struct ledger_state state;
    struct exec_view view;
    mm_hash32 addr_key;
    mm_hash32 keys[TOKENS]; /* of owners */
    mm_hash32 absent[TOKENS];
};

static void read_all(struct flat_bench *bench, const mm_hash32 *keys, bool is_there, size_t ops)
{
    mm_u256 value;
    for (size_t i = 0; i < ops; i++) {
        MM_ASSERT(bench->view.slot(bench->view.ctx, &value, &bench->addr_key, &keys[i % TOKENS]) ==
                  MM_OK);
        MM_ASSERT(u256_is_zero(&value) != is_there);
    }
}

static void run_present(void *ctx, size_t ops)
{
    struct flat_bench *bench = ctx;
    read_all(bench, bench->keys, true, ops);
}

static void run_absent(void *ctx, size_t ops)
{
    struct flat_bench *bench = ctx;
    read_all(bench, bench->absent, false, ops);
}

/* keccak256(keccak256(id . slot)): the slot of a mapping, and the key that it is stored under. */
static mm_hash32 owner_key(uint64_t id)
{
    const mm_u256 wide = u256_from_u64(id);
    const mm_u256 base = u256_from_u64(OWNERS_SLOT);
    const mm_hash32 words[] = { u256_to_hash(&wide), u256_to_hash(&base) };
    const mm_hash32 slot = keccak256_pair(mm_bytes_hash(&words[0]), mm_bytes_hash(&words[1]));
    return keccak256(mm_bytes_hash(&slot));
}

static void open_chain(struct flat_bench *bench)
{
    dev_chain_init(&bench->dev, DEV_ROCKSDB, 0);
    for (size_t i = 0; i < TOKENS; i++) {
        dev_chain_mint(&bench->dev, i % DEV_PEOPLE, i % DEV_PEOPLE);
        if (i % A_BLOCK == A_BLOCK - 1)
            (void)dev_chain_block(&bench->dev);
        bench->keys[i] = owner_key(i + 1);
        bench->absent[i] = owner_key(i + 1 + TOKENS);
    }
    dev_chain_flush(&bench->dev);
    bench->addr_key = keccak256(mm_bytes_addr(&DEV_COLLECTION));
}

void micro_flat(struct figures *figures)
{
    static struct flat_bench bench;
    size_t permutation = 1;
    if (!figures_want(figures, "flat"))
        return;
    open_chain(&bench);
    struct ledger_view *view = ledger_acquire(chain_ledger(bench.dev.chain));
    ledger_state_init(&bench.state, view, ledger_head(view));
    bench.view = ledger_exec_view(&bench.state);
    struct figure figure = { .name = "flat-read",
                             .step = TOKENS,
                             .counted_steps = 20,
                             .work = { run_present, &bench },
                             .limit = "1 permutation",
                             .limit_work = { micro_run_permutations, &permutation } };
    figures_add(figures, &figure);
    figure.name = "flat-read-absent";
    figure.work.run = run_absent;
    figures_add(figures, &figure);
    ledger_state_fini(&bench.state);
    ledger_release(view);
    dev_chain_fini(&bench.dev);
}
