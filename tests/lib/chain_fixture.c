#include "tests/lib/chain_fixture.h"
#include "tests/lib/seal_alone.h"

#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "state/base/assert.h"

static void must(mm_err err, const char *what)
{
    if (err == MM_OK)
        return;
    (void)fprintf(stderr, "chain_fixture: %s: %s\n", what, mm_err_text(err));
    abort();
}

/* ---- blocks ---- */

struct source {
    struct pool_batch batch;
    size_t next;
};

static const struct tx *source_next(void *ctx)
{
    struct source *source = ctx;
    return source->next < source->batch.count ? pool_batch_tx(&source->batch, source->next) : NULL;
}

static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct source *source = ctx;
    (void)tx;
    source->batch.verdicts[source->next++] = verdict;
}

void chain_fixture_mine(struct chain_fixture *f)
{
    struct source source = { .next = 0 };
    struct chain_block block;
    struct ledger_view *view = ledger_acquire(chain_ledger(f->dev.chain));
    const mm_u256 base_fee = ledger_next(view).base_fee;
    ledger_release(view);
    must(pool_take(f->pool, &source.batch, &base_fee), "pool_take");
    if (f->next_time != 0)
        f->time = f->next_time;
    f->next_time = 0;
    const struct chain_proposal proposal = { .timestamp = f->time,
                                             .coinbase = &f->coinbase,
                                             .source = { &source, source_next, source_tried } };
    must(seal_alone(f->dev.chain, &block, &proposal), "seal_alone");
    if (f->seen != NULL)
        f->seen(f->seen_ctx);
    pool_finish(f->pool, &source.batch);
    f->turns++;
    if (f->listener != NULL)
        f->listener->head(f->listener->ctx);
}

/* ---- the backend ---- */

static void refuse(struct submit_outcome *outcome, enum tx_verdict verdict, mm_u256 have,
                   mm_u256 want)
{
    outcome->verdict = SUBMIT_TX;
    outcome->tx = verdict;
    outcome->have = have;
    outcome->want = want;
}

static bool impersonates(void *ctx, const mm_addr *addr)
{
    const struct chain_fixture *f = ctx;
    for (size_t i = 0; i < f->impersonated_count; i++) {
        if (mm_addr_equal(&f->impersonated[i], addr))
            return true;
    }
    return f->impersonates_all;
}

static void check_chain(struct chain_fixture *f, struct submit_outcome *outcome, struct tx *tx)
{
    mm_u256 have = u256_from_u64(0);
    mm_u256 want = u256_from_u64(0);
    struct ledger_view *view = ledger_acquire(chain_ledger(f->dev.chain));
    const uint64_t gas_limit = ledger_next(view).gas_limit;
    ledger_release(view);
    enum tx_verdict verdict = tx_check(tx, chain_tx_chain_id(f->dev.chain));
    if (verdict == TX_INTRINSIC_GAS) {
        have = u256_from_u64(tx->gas_limit);
        want = u256_from_u64(tx_intrinsic_gas(tx));
    } else if (verdict == TX_WRONG_CHAIN) {
        have = tx->chain_id;
        want = u256_from_u64(chain_tx_chain_id(f->dev.chain));
    } else if (verdict == TX_OK && tx->gas_limit > gas_limit) {
        verdict = TX_BLOCK_GAS;
        have = u256_from_u64(tx->gas_limit);
        want = u256_from_u64(gas_limit);
    }
    if (verdict == TX_OK && tx->is_impersonated)
        verdict = impersonates(f, &tx->sender) ? TX_OK : TX_SENDER;
    else if (verdict == TX_OK)
        verdict = tx_recover(tx, SECP_LOW_S);
    if (verdict != TX_OK)
        refuse(outcome, verdict, have, want);
}

static void submit(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome, struct tx *tx)
{
    struct chain_fixture *f = ctx;
    bool is_ready = false;
    (void)arena;
    *outcome = (struct submit_outcome){ .hash = tx->hash };
    check_chain(f, outcome, tx);
    if (outcome->verdict != SUBMIT_OK)
        return;
    pool_add(f->pool, outcome, tx, &is_ready);
    if (outcome->verdict == SUBMIT_OK && f->listener != NULL)
        f->listener->pooled(f->listener->ctx, tx);
    if (outcome->verdict != SUBMIT_OK || !is_ready || !f->is_automine)
        return;
    chain_fixture_mine(f);
    outcome->ticket = f->turns;
}

static bool settle(void *ctx, uint64_t ticket, void (*done)(void *arg), void *arg)
{
    struct chain_fixture *f = ctx;
    MM_ASSERT(ticket <= f->turns);
    if (ticket == 0 || !f->holds)
        return true;
    MM_ASSERT(f->held_count < CHAIN_FIXTURE_HELD_MAX);
    f->held[f->held_count].done = done;
    f->held[f->held_count++].arg = arg;
    return false;
}

void chain_fixture_let_go(struct chain_fixture *f)
{
    for (size_t i = 0; i < f->held_count; i++)
        f->held[i].done(f->held[i].arg);
    f->held_count = 0;
}

static bool find(void *ctx, struct mm_arena *arena, struct tx *tx, const mm_hash32 *hash)
{
    return pool_find(((struct chain_fixture *)ctx)->pool, arena, tx, hash);
}

static uint64_t nonce_of(void *ctx, const mm_addr *addr, uint64_t state_nonce)
{
    return pool_nonce(((struct chain_fixture *)ctx)->pool, addr, state_nonce);
}

static mm_err list(void *ctx, struct mm_arena *arena, const struct tx **txs, const bool **is_queued,
                   size_t *count)
{
    return pool_list(((struct chain_fixture *)ctx)->pool, arena, txs, is_queued, count);
}

static mm_err edit(struct chain_fixture *f, const struct control *control, struct mm_reason *reason)
{
    for (size_t i = 0; i < control->edit_count; i++) {
        if (!chain_may_edit(&control->edits[i]))
            return mm_fail(reason, MM_ERR_INVALID, "not to be edited");
    }
    MM_TRY(chain_edit(f->dev.chain, control->edits, control->edit_count));
    for (size_t i = 0; i < control->edit_count; i++) {
        if (control->edits[i].kind == EDIT_NONCE)
            pool_reset_nonce(f->pool, &control->edits[i].addr, control->edits[i].value.limb[0]);
    }
    return MM_OK;
}

/* ---- dev control, as the writer has it, at once and without settings on disk ---- */

static const struct ledger_note NOTE = { "settings", MM_BYTES_LIT("of the fixture") };

static mm_err impersonate(struct chain_fixture *f, const struct control *control,
                          struct mm_reason *reason)
{
    size_t place = 0;
    while (place < f->impersonated_count && !mm_addr_equal(&f->impersonated[place], &control->addr))
        place++;
    const bool is_there = place < f->impersonated_count;
    if (is_there && !control->on)
        f->impersonated[place] = f->impersonated[--f->impersonated_count];
    if (is_there || !control->on)
        return MM_OK;
    if (f->impersonated_count == CHAIN_FIXTURE_IMPERSONATED_MAX)
        return mm_fail(reason, MM_ERR_INVALID, "too many");
    f->impersonated[f->impersonated_count++] = control->addr;
    return MM_OK;
}

static uint64_t block_of(const struct chain_fixture *f, uint64_t snapshot)
{
    const struct chain_snapshots *snapshots = chain_snapshots(f->dev.chain);
    for (size_t i = 0; i < snapshots->count; i++) {
        if (snapshots->items[i].id == snapshot)
            return snapshots->items[i].block_num;
    }
    MM_UNREACHABLE();
}

static void goes_back(struct chain_fixture *f, uint64_t block_num)
{
    if (f->listener != NULL)
        f->listener->going_back(f->listener->ctx, block_num);
}

static void went_back(struct chain_fixture *f)
{
    pool_drop_all(f->pool);
    dev_chain_read_nonces(&f->dev);
    f->turns++;
    if (f->listener != NULL)
        f->listener->head(f->listener->ctx);
}

static mm_err revert(struct chain_fixture *f, const struct control *control)
{
    struct mm_arena arena;
    mm_bytes moment;
    mm_arena_init(&arena, SIZE_MAX);
    mm_err err = chain_read_snapshot(f->dev.chain, &arena, &moment, control->count);
    *control->is_known = err == MM_OK;
    if (err == MM_OK) {
        memcpy(&f->time, moment.ptr, sizeof f->time);
        memcpy(&f->next_time, moment.ptr + sizeof f->time, sizeof f->next_time);
        goes_back(f, block_of(f, control->count));
        err = chain_revert(f->dev.chain, control->count, &NOTE);
        went_back(f);
    }
    mm_arena_fini(&arena);
    return err == MM_ERR_NOT_FOUND ? MM_OK : err;
}

static mm_err snapshot(struct chain_fixture *f, const struct control *control)
{
    const uint64_t moment[] = { f->time, f->next_time };
    *control->snapshot = ++f->last_snapshot;
    return chain_take_snapshot(f->dev.chain, f->last_snapshot, MM_BYTES_OF(moment), &NOTE);
}

static mm_err reset(struct chain_fixture *f)
{
    f->time = CHAIN_FIXTURE_TIME;
    f->next_time = 0;
    f->impersonated_count = 0;
    f->impersonates_all = false;
    goes_back(f, 0);
    MM_TRY(chain_reset(f->dev.chain, &NOTE));
    went_back(f);
    return MM_OK;
}

static mm_err control(void *ctx, const struct control *control, uint64_t *ticket,
                      struct mm_reason *reason)
{
    struct chain_fixture *f = ctx;
    *ticket = f->turns;
    switch (control->kind) {
    case CONTROL_EDIT:
        return edit(f, control, reason);
    case CONTROL_MINE:
        if (control->count > 100) /* a fuzz target has no hours */
            return mm_fail(reason, MM_ERR_INVALID, "more than 100 blocks");
        for (uint64_t i = 0; i < control->count; i++) {
            if (i > 0)
                f->time += control->seconds;
            chain_fixture_mine(f);
        }
        *ticket = f->turns;
        return MM_OK;
    case CONTROL_INCREASE_TIME:
        f->time += control->seconds;
        return MM_OK;
    case CONTROL_NEXT_TIME:
        f->next_time = control->seconds;
        return MM_OK;
    case CONTROL_SET_TIME:
        f->time = control->seconds;
        return MM_OK;
    case CONTROL_TIME_STEP: /* the writer's own */
        return MM_OK;
    case CONTROL_AUTOMINE:
        f->is_automine = control->on;
        return MM_OK;
    case CONTROL_INTERVAL:
        f->block_time_ms = control->count;
        return MM_OK;
    case CONTROL_COINBASE:
        f->coinbase = control->addr;
        return MM_OK;
    case CONTROL_CHAIN_ID:
        chain_set_tx_chain_id(f->dev.chain, control->count);
        pool_drop_all(f->pool);
        return MM_OK;
    case CONTROL_IMPERSONATE:
        return impersonate(f, control, reason);
    case CONTROL_IMPERSONATE_ALL:
        f->impersonates_all = control->on;
        return MM_OK;
    case CONTROL_SNAPSHOT:
        return snapshot(f, control);
    case CONTROL_REVERT:
        return revert(f, control);
    case CONTROL_RESET:
        return reset(f);
    }
    MM_UNREACHABLE();
}

static bool drop(void *ctx, const mm_hash32 *hash)
{
    return pool_drop(((struct chain_fixture *)ctx)->pool, hash);
}

static void drop_all(void *ctx)
{
    pool_drop_all(((struct chain_fixture *)ctx)->pool);
}

static uint64_t chain_id(void *ctx)
{
    return chain_tx_chain_id(((struct chain_fixture *)ctx)->dev.chain);
}

static void settings(void *ctx, struct backend_settings *out)
{
    const struct chain_fixture *f = ctx;
    *out = (struct backend_settings){ f->is_automine, f->block_time_ms, f->coinbase,
                                      chain_snapshots(f->dev.chain)->count };
}

static mm_err validators(void *ctx, struct ledger_view *view, struct validator_set *set,
                         uint64_t block_num)
{
    (void)ctx;
    return chain_validators_at(view, set, block_num);
}

static void consensus(void *ctx, struct backend_consensus *consensus)
{
    const struct chain_fixture *f = ctx;
    *consensus = (struct backend_consensus){
        .height = ledger_stored(chain_ledger(f->dev.chain)) + 1,
        .proposer = f->backend.coinbase,
        .can_sign = true,
    };
}

static void listen(void *ctx, const struct backend_listener *listener)
{
    ((struct chain_fixture *)ctx)->listener = listener;
}

static uint64_t now(void *ctx)
{
    const struct chain_fixture *f = ctx;
    return f->next_time != 0 ? f->next_time : f->time;
}

/* ---- start and end ---- */

void chain_fixture_open(struct chain_fixture *f, const struct chain_fixture_options *options)
{
    *f = (struct chain_fixture){ .time = CHAIN_FIXTURE_TIME, .is_automine = true };
    dev_chain_init(&f->dev, options->store,
                   options->proof_window == 0 ? UINT64_MAX : options->proof_window);
    for (size_t i = 0; i < DEV_PEOPLE; i++)
        f->accounts[i] = (struct backend_account){ f->dev.addrs[i], f->dev.people[i] };
    struct ledger *ledger = chain_ledger(f->dev.chain);
    f->coinbase = secp_secret_addr(f->dev.validator);
    f->pool = pool_new(ledger);
    MM_ASSERT(f->pool != NULL);
    f->backend = (struct rpc_backend){
        .ctx = f,
        .ledger = ledger,
        .natives = natives_all(),
        .client_version = "mintmark/test",
        .is_dev = !options->is_network,
        .coinbase = secp_secret_addr(f->dev.validator),
        .accounts = f->accounts,
        .account_count = DEV_PEOPLE,
        .ports.rpc = 8545,
        .started_at = CHAIN_FIXTURE_TIME,
        .submit = submit,
        .settle = settle,
        .pool_find = find,
        .pool_nonce = nonce_of,
        .pool_list = list,
        .pool_drop = drop,
        .pool_drop_all = drop_all,
        .control = control,
        .chain_id = chain_id,
        .settings = settings,
        .validators = validators,
        .consensus = consensus,
        .impersonates = impersonates,
        .listen = listen,
        .now = now,
    };
}

void chain_fixture_close(struct chain_fixture *f)
{
    chain_fixture_let_go(f);
    pool_free(f->pool);
    dev_chain_fini(&f->dev);
}
