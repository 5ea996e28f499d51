/* The pool against the plainest model of it, on a chain that goes on: a list of what is there, sorted anew for every question. */
#include "state/chain/header.h"
#include "tests/lib/seal_alone.h"
#include "tests/unit/node/pool/given.h"

enum { STEPS = 6000, PEOPLE = 5, POOLED_MAX = 512 };

struct pooled {
    size_t from;
    uint64_t nonce;
    uint64_t max_fee;
    uint64_t tip;
    uint64_t arrival;
    mm_hash32 hash;
};

static struct given g;
static struct pooled pooled[POOLED_MAX];
static size_t pooled_count;
static uint64_t arrivals;
static uint64_t nonces[PEOPLE]; /* of the state */

static struct pooled *find(size_t from, uint64_t nonce)
{
    for (size_t i = 0; i < pooled_count; i++) {
        if (pooled[i].from == from && pooled[i].nonce == nonce)
            return &pooled[i];
    }
    return NULL;
}

static uint64_t missing(size_t from)
{
    uint64_t nonce = nonces[from];
    while (find(from, nonce) != NULL)
        nonce++;
    return nonce;
}

static bool is_ready(const struct pooled *tx)
{
    return tx->nonce < missing(tx->from);
}

static void expect_same(void)
{
    struct mm_arena arena;
    const struct tx *txs;
    const bool *is_queued;
    size_t count;
    size_t ready = 0;
    mm_arena_init(&arena, 1 << 26);
    cr_assert_eq(pool_list(g.pool, &arena, &txs, &is_queued, &count), MM_OK);
    cr_assert_eq(count, pooled_count);
    for (size_t i = 0; i < count; i++) {
        size_t from = 0;
        while (!mm_addr_equal(&g.dev.addrs[from], &txs[i].sender))
            from++;
        const struct pooled *tx = find(from, txs[i].nonce);
        cr_assert_not_null(tx);
        cr_assert(mm_hash_equal(&tx->hash, &txs[i].hash));
        cr_assert_eq(is_queued[i], !is_ready(tx));
        ready += is_ready(tx);
    }
    cr_assert_eq(pool_ready_count(g.pool), ready);
    for (size_t i = 0; i < PEOPLE; i++)
        cr_assert_eq(pool_nonce(g.pool, &g.dev.addrs[i], nonces[i]), missing(i));
    mm_arena_fini(&arena);
}

static void add(struct test_random *random)
{
    const size_t from = test_random_below(random, PEOPLE);
    const uint64_t max_fee = 50 + test_random_below(random, 20) * 100;
    const uint64_t tip = test_random_below(random, max_fee + 1) / 50 * 50;
    uint64_t nonce = missing(from);
    if (test_random_below(random, 3) == 0)
        nonce = nonces[from] + test_random_below(random, 6);
    if (test_random_below(random, 12) == 0)
        nonce += 60 + test_random_below(random, 10);
    if (test_random_below(random, 20) == 0 && nonces[from] > 0)
        nonce = nonces[from] - 1;
    struct pooled *old = find(from, nonce);
    if (pooled_count == POOLED_MAX && old == NULL)
        return;
    bool got_ready;
    const struct tx tx = given_tx(&g, from, nonce, max_fee, tip);
    const enum submit_verdict verdict = given_add(&g, &tx, &got_ready).verdict;
    if (old != NULL && mm_hash_equal(&old->hash, &tx.hash)) {
        cr_assert_eq(verdict, SUBMIT_KNOWN);
    } else if (nonce < nonces[from]) {
        cr_assert_eq(verdict, SUBMIT_TX);
    } else if (old != NULL) {
        const bool is_dearer = max_fee > old->max_fee && tip > old->tip &&
                               10 * max_fee >= 11 * old->max_fee && 10 * tip >= 11 * old->tip;
        cr_assert_eq(verdict, is_dearer ? SUBMIT_OK : SUBMIT_UNDERPRICED);
    } else {
        cr_assert_eq(verdict, nonce > missing(from) + POOL_GAP_MAX ? SUBMIT_GAP : SUBMIT_OK);
    }
    if (verdict != SUBMIT_OK)
        return;
    if (old == NULL)
        old = &pooled[pooled_count++];
    *old = (struct pooled){ from, nonce, max_fee, tip, arrivals++, tx.hash };
    cr_assert_eq(got_ready, is_ready(old));
}

/* ---- blocks ---- */

static uint64_t tip_at(const struct pooled *tx, uint64_t base_fee)
{
    const uint64_t room = tx->max_fee * 1000000 - base_fee;
    return room < tx->tip * 1000000 ? room : tx->tip * 1000000;
}

/* The best of the next ones of all senders. */
static struct pooled *best(const uint64_t *next, uint64_t base_fee)
{
    struct pooled *found = NULL;
    for (size_t i = 0; i < PEOPLE; i++) {
        struct pooled *tx = find(i, next[i]);
        if (tx == NULL || tx->max_fee * 1000000 < base_fee)
            continue;
        if (found == NULL || tip_at(tx, base_fee) > tip_at(found, base_fee) ||
            (tip_at(tx, base_fee) == tip_at(found, base_fee) && tx->arrival < found->arrival))
            found = tx;
    }
    return found;
}

struct source {
    struct pool_batch batch;
    size_t at;
    size_t stop; /* as if the block were full from there on */
};

static const struct tx *source_next(void *ctx)
{
    struct source *source = ctx;
    return source->at < source->stop ? pool_batch_tx(&source->batch, source->at) : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct source *source = ctx;
    (void)tx;
    cr_assert_eq(verdict, TX_OK);
    source->batch.verdicts[source->at++] = verdict;
}

static void make_block(struct test_random *random)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(g.dev.chain));
    const mm_u256 fee = header_next_base_fee(ledger_head_header(view));
    ledger_release(view);
    const uint64_t base_fee = fee.limb[0];
    struct source source = { .at = 0 };
    cr_assert_eq(pool_take(g.pool, &source.batch, &fee), MM_OK);
    uint64_t next[PEOPLE];
    memcpy(next, nonces, sizeof next);
    for (size_t i = 0; i < source.batch.count; i++) {
        const struct pooled *tx = best(next, base_fee);
        cr_assert_not_null(tx);
        cr_assert(mm_hash_equal(&tx->hash, &pool_batch_tx(&source.batch, i)->hash), "place %zu", i);
        next[tx->from]++;
    }
    cr_assert_null(best(next, base_fee), "nobody who pays is left out");
    source.stop = test_random_below(random, source.batch.count + 1);
    struct chain_block block;
    const struct chain_proposal proposal = { .source = { &source, source_next, source_tried } };
    cr_assert_eq(seal_alone(g.dev.chain, &block, &proposal), MM_OK);
    cr_assert_eq(block.tx_count, source.stop);
    for (size_t i = 0; i < source.stop; i++) {
        size_t from = 0;
        while (!mm_addr_equal(&g.dev.addrs[from], &pool_batch_tx(&source.batch, i)->sender))
            from++;
        struct pooled *mined = find(from, nonces[from]++);
        *mined = pooled[--pooled_count];
    }
    pool_finish(g.pool, &source.batch);
}

static void set_nonce(struct test_random *random)
{
    const size_t from = test_random_below(random, PEOPLE);
    const uint64_t nonce = nonces[from] + test_random_below(random, 5);
    dev_chain_edit(&g.dev, EDIT_NONCE, &g.dev.addrs[from], 0, nonce);
    pool_reset_nonce(g.pool, &g.dev.addrs[from], nonce);
    nonces[from] = nonce;
    for (size_t i = 0; i < pooled_count;) {
        if (pooled[i].from == from && pooled[i].nonce < nonce)
            pooled[i] = pooled[--pooled_count];
        else
            i++;
    }
}

Test(pool_model, does_what_a_list_would)
{
    struct test_random random = { 95 };
    given_init(&g);
    for (int step = 0; step < STEPS; step++) {
        const uint64_t what = test_random_below(&random, 40);
        if (what == 0)
            make_block(&random);
        else if (what == 1 && test_random_below(&random, 4) == 0)
            set_nonce(&random);
        else
            add(&random);
        if (step % 8 == 0)
            expect_same();
        if (step % 64 == 0)
            mm_arena_reset(&g.dev.arena);
    }
    expect_same();
    cr_assert_gt(arrivals, STEPS / 8);
    given_fini(&g);
}
