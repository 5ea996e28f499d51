#include "tests/lib/chain_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "contracts-native/natives/natives.h"
#include "node/keys/hdwallet.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"

enum { GENESIS_BYTES_MAX = 64 << 10 };

const mm_addr CHAIN_FIXTURE_COLLECTION = { { 'm', 'i', 'n', 't', 'm', 'a', 'r', 'k', 0,    0,
                                             0,   0,   0,   0,   0,   0,   0,   0,   0x07, 0x21 } };
const mm_addr CHAIN_FIXTURE_FACTORY = { { 'm', 'i', 'n', 't', 'm', 'a', 'r', 'k', 0,    0,
                                          0,   0,   0,   0,   0,   0,   0,   0,   0xf7, 0x21 } };

static void must(mm_err err, const char *what)
{
    if (err == MM_OK)
        return;
    (void)fprintf(stderr, "chain_fixture: %s: %s\n", what, mm_err_text(err));
    abort();
}

/* ---- transactions that wait ---- */

static struct account account_of(struct chain_fixture *f, const mm_addr *addr)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(f->chain));
    struct ledger_state state;
    struct account account;
    ledger_state_init(&state, view, ledger_latest(view));
    const struct exec_view exec_view = ledger_exec_view(&state);
    const mm_hash32 key = keccak256(mm_bytes_addr(addr));
    const mm_err err = exec_view.account(exec_view.ctx, &account, &key);
    if (err == MM_ERR_NOT_FOUND)
        account = account_none();
    else
        must(err, "account");
    ledger_state_fini(&state);
    ledger_release(view);
    return account;
}

/* The first that does not come before (sender, nonce). */
static size_t place_of(const struct chain_fixture *f, const mm_addr *sender, uint64_t nonce)
{
    size_t place = 0;
    while (place < f->waiting_count) {
        const struct tx *tx = &f->waiting[place];
        const int order = memcmp(tx->sender.b, sender->b, sizeof sender->b);
        if (order > 0 || (order == 0 && tx->nonce >= nonce))
            break;
        place++;
    }
    return place;
}

static bool stands_at(const struct chain_fixture *f, size_t place, const mm_addr *sender,
                      uint64_t nonce)
{
    return place < f->waiting_count && f->waiting[place].nonce == nonce &&
           mm_addr_equal(&f->waiting[place].sender, sender);
}

static void drop(struct chain_fixture *f, size_t place)
{
    f->waiting_count--;
    memmove(&f->waiting[place], &f->waiting[place + 1],
            (f->waiting_count - place) * sizeof f->waiting[0]);
}

static void insert(struct chain_fixture *f, size_t place, const struct tx *tx)
{
    struct tx copy;
    MM_ASSERT(f->waiting_count < CHAIN_FIXTURE_WAITING_MAX);
    MM_ASSERT(tx_decode(&f->arena, &copy, tx->raw, NULL) == TX_OK);
    copy.sender = tx->sender;
    memmove(&f->waiting[place + 1], &f->waiting[place],
            (f->waiting_count - place) * sizeof f->waiting[0]);
    f->waiting[place] = copy;
    f->waiting_count++;
}

static uint64_t nonce_of(void *ctx, const mm_addr *addr, uint64_t state_nonce)
{
    const struct chain_fixture *f = ctx;
    while (stands_at(f, place_of(f, addr, state_nonce), addr, state_nonce))
        state_nonce++;
    return state_nonce;
}

static const struct tx *find_waiting(const struct chain_fixture *f, const mm_hash32 *hash)
{
    for (size_t i = 0; i < f->waiting_count; i++) {
        if (mm_hash_equal(&f->waiting[i].hash, hash))
            return &f->waiting[i];
    }
    return NULL;
}

/* ---- blocks ---- */

struct source {
    struct chain_fixture *f;
    size_t next;
};

static const struct tx *source_next(void *ctx)
{
    struct source *source = ctx;
    return source->next < source->f->waiting_count ? &source->f->waiting[source->next] : NULL;
}

/* What may still go into a later block stays. The rest is only marked: the block borrows it until it is done. */
static void source_tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    struct source *source = ctx;
    const bool stays =
        verdict == TX_NONCE_TOO_HIGH || verdict == TX_FEE_BELOW_BASE || verdict == TX_BLOCK_GAS;
    MM_ASSERT(tx == &source->f->waiting[source->next]);
    source->f->is_done[source->next++] = !stays;
}

void chain_fixture_mine(struct chain_fixture *f)
{
    struct source source = { f, 0 };
    struct chain_block block;
    if (f->next_time != 0)
        f->time = f->next_time;
    f->next_time = 0;
    const struct chain_proposal proposal = { .timestamp = f->time,
                                             .source = { &source, source_next, source_tried } };
    must(chain_propose(f->chain, &block, &proposal), "chain_propose");
    for (size_t i = f->waiting_count; i-- > 0;) {
        if (f->is_done[i])
            drop(f, i);
    }
    if (f->waiting_count == 0)
        mm_arena_reset(&f->arena);
    f->turns++;
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

static void check_chain(struct chain_fixture *f, struct submit_outcome *outcome, struct tx *tx)
{
    mm_u256 have = u256_from_u64(0);
    mm_u256 want = u256_from_u64(0);
    enum tx_verdict verdict = tx_check(tx, f->backend.chain_id);
    if (verdict == TX_INTRINSIC_GAS) {
        have = u256_from_u64(tx->gas_limit);
        want = u256_from_u64(tx_intrinsic_gas(tx));
    } else if (verdict == TX_WRONG_CHAIN) {
        have = tx->chain_id;
        want = u256_from_u64(f->backend.chain_id);
    } else if (verdict == TX_OK && tx->gas_limit > chain_genesis(f->chain)->gas_limit) {
        verdict = TX_BLOCK_GAS;
        have = u256_from_u64(tx->gas_limit);
        want = u256_from_u64(chain_genesis(f->chain)->gas_limit);
    }
    if (verdict == TX_OK)
        verdict = tx_recover(tx, SECP_LOW_S);
    if (verdict != TX_OK)
        refuse(outcome, verdict, have, want);
}

static bool is_mined(struct chain_fixture *f, const mm_hash32 *hash)
{
    uint64_t block_num;
    size_t index;
    struct ledger_view *view = ledger_acquire(chain_ledger(f->chain));
    const mm_err err = ledger_find_tx(view, &block_num, &index, hash);
    ledger_release(view);
    return err == MM_OK;
}

static void check_state(struct chain_fixture *f, struct submit_outcome *outcome,
                        const struct tx *tx)
{
    const struct account account = account_of(f, &tx->sender);
    const uint64_t missing = nonce_of(f, &tx->sender, account.nonce);
    mm_u256 cost;
    if (find_waiting(f, &tx->hash) != NULL || is_mined(f, &tx->hash))
        outcome->verdict = SUBMIT_KNOWN;
    else if (tx->nonce < account.nonce)
        refuse(outcome, TX_NONCE_TOO_LOW, u256_from_u64(tx->nonce), u256_from_u64(account.nonce));
    else if (!tx_cost_max(&cost, tx) || u256_compare(&account.balance, &cost) < 0)
        refuse(outcome, TX_NO_FUNDS, cost, account.balance);
    else if (tx->nonce > missing && tx->nonce - missing > CHAIN_FIXTURE_GAP_MAX) {
        outcome->verdict = SUBMIT_GAP;
        outcome->have = u256_from_u64(tx->nonce);
        outcome->want = u256_from_u64(missing);
    } else if (f->waiting_count == CHAIN_FIXTURE_WAITING_MAX) {
        outcome->verdict = SUBMIT_POOL_FULL;
    }
}

/* new * 10 >= old * 11; fees of tests are far from 2^256. */
static bool is_dearer(const mm_u256 *fee, const mm_u256 *old)
{
    const mm_u256 ten = u256_from_u64(10);
    const mm_u256 eleven = u256_from_u64(11);
    const mm_u256 offered = u256_wrapping_mul(fee, &ten);
    const mm_u256 needed = u256_wrapping_mul(old, &eleven);
    return u256_compare(&offered, &needed) >= 0;
}

static void put(struct chain_fixture *f, struct submit_outcome *outcome, const struct tx *tx)
{
    const size_t place = place_of(f, &tx->sender, tx->nonce);
    if (stands_at(f, place, &tx->sender, tx->nonce)) {
        if (!is_dearer(&tx->max_fee, &f->waiting[place].max_fee) ||
            !is_dearer(&tx->priority_fee, &f->waiting[place].priority_fee)) {
            outcome->verdict = SUBMIT_UNDERPRICED;
            return;
        }
        drop(f, place);
    }
    insert(f, place, tx);
}

static void submit(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome, struct tx *tx)
{
    struct chain_fixture *f = ctx;
    (void)arena;
    /* A decoded transaction borrows its data from its raw bytes, and node/pool relies on it. */
    MM_ASSERT(tx->data.len == 0 || (tx->data.ptr >= tx->raw.ptr &&
                                    tx->data.ptr + tx->data.len <= tx->raw.ptr + tx->raw.len));
    *outcome = (struct submit_outcome){ .hash = tx->hash };
    check_chain(f, outcome, tx);
    if (outcome->verdict == SUBMIT_OK)
        check_state(f, outcome, tx);
    if (outcome->verdict == SUBMIT_OK)
        put(f, outcome, tx);
    if (outcome->verdict != SUBMIT_OK || !f->is_automine ||
        tx->nonce > nonce_of(f, &tx->sender, account_of(f, &tx->sender).nonce))
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
    const struct tx *found = find_waiting(ctx, hash);
    if (found == NULL || tx_decode(arena, tx, found->raw, NULL) != TX_OK)
        return false;
    tx->sender = found->sender;
    return true;
}

static mm_err list(void *ctx, struct mm_arena *arena, const struct tx **txs, const bool **is_queued,
                   size_t *count)
{
    struct chain_fixture *f = ctx;
    struct tx *copies = MM_ARENA_ARRAY(arena, struct tx, f->waiting_count);
    bool *queued = MM_ARENA_ARRAY(arena, bool, f->waiting_count);
    if (copies == NULL || queued == NULL)
        return MM_ERR_NO_MEMORY;
    for (size_t i = 0; i < f->waiting_count; i++) {
        const mm_addr *sender = &f->waiting[i].sender;
        MM_ASSERT(find(f, arena, &copies[i], &f->waiting[i].hash));
        queued[i] = copies[i].nonce >= nonce_of(f, sender, account_of(f, sender).nonce);
    }
    *txs = copies;
    *is_queued = queued;
    *count = f->waiting_count;
    return MM_OK;
}

static mm_err edit(struct chain_fixture *f, const struct control *control)
{
    return chain_edit(f->chain, control->edits, control->edit_count);
}

static mm_err control(void *ctx, const struct control *control, uint64_t *ticket,
                      struct mm_reason *reason)
{
    struct chain_fixture *f = ctx;
    *ticket = f->turns;
    switch (control->kind) {
    case CONTROL_EDIT:
        return edit(f, control);
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
    case CONTROL_AUTOMINE:
        f->is_automine = control->on;
        return MM_OK;
    }
    MM_UNREACHABLE();
}

static uint64_t now(void *ctx)
{
    const struct chain_fixture *f = ctx;
    return f->next_time != 0 ? f->next_time : f->time;
}

/* ---- start and end ---- */

static void derive_keys(struct chain_fixture *f)
{
    struct hdwallet *master;
    struct hdwallet *place;
    MM_ASSERT(hdwallet_from_mnemonic(&master, mm_bytes_str(HDWALLET_DEV_MNEMONIC),
                                     (mm_bytes){ NULL, 0 }, NULL) == HDWALLET_OK);
    MM_ASSERT(hdwallet_accounts(f->secrets, CHAIN_FIXTURE_ACCOUNTS, 0, master) == HDWALLET_OK);
    for (size_t i = 0; i < CHAIN_FIXTURE_ACCOUNTS; i++)
        f->accounts[i] = (struct backend_account){ secp_secret_addr(f->secrets[i]), f->secrets[i] };
    MM_ASSERT(hdwallet_descend(&place, master, MM_BYTES_LIT("m/44'/60'/1'/0/0")) == HDWALLET_OK);
    f->validator = secp_secret_new(secp_secret_bytes(hdwallet_secret(place)));
    MM_ASSERT(f->validator != NULL);
    hdwallet_free(place);
    hdwallet_free(master);
}

static mm_bytes read_genesis(uint8_t text[GENESIS_BYTES_MAX])
{
    FILE *file = fopen(MINTMARK_SOURCE "/genesis.json", "rb");
    MM_ASSERT(file != NULL);
    const size_t len = fread(text, 1, GENESIS_BYTES_MAX, file);
    MM_ASSERT(len < GENESIS_BYTES_MAX);
    (void)fclose(file);
    return mm_bytes_from(text, len);
}

void chain_fixture_open(struct chain_fixture *f, const struct chain_fixture_options *options)
{
    struct kv *kv;
    struct chain_opened opened;
    struct mm_reason reason = { { 0 } };
    const struct kv_options kv_options = { .families = LEDGER_FAMILIES,
                                           .family_count = LEDGER_FAMILY_COUNT };
    *f = (struct chain_fixture){ .time = CHAIN_FIXTURE_TIME, .is_automine = true };
    static uint8_t genesis_text[GENESIS_BYTES_MAX];
    derive_keys(f);
    must(kv_open_memory(&kv, &kv_options), "store");
    const struct chain_options chain_options = {
        .natives = natives_all(),
        .genesis_text = read_genesis(genesis_text),
        .sealer = f->validator,
        .ledger.proof_window = options->proof_window == 0 ? UINT64_MAX : options->proof_window,
    };
    must(chain_open(&f->chain, kv, &chain_options, &opened, &reason), reason.text);
    mm_arena_init(&f->arena, 64 << 20);
    f->backend = (struct rpc_backend){
        .ctx = f,
        .ledger = chain_ledger(f->chain),
        .natives = natives_all(),
        .chain_id = ledger_chain_id(chain_ledger(f->chain)),
        .client_version = "mintmark/test",
        .is_dev = !options->is_network,
        .coinbase = secp_secret_addr(f->validator),
        .accounts = f->accounts,
        .account_count = CHAIN_FIXTURE_ACCOUNTS,
        .ports.rpc = 8545,
        .started_at = CHAIN_FIXTURE_TIME,
        .submit = submit,
        .settle = settle,
        .pool_find = find,
        .pool_nonce = nonce_of,
        .pool_list = list,
        .control = control,
        .now = now,
    };
}

void chain_fixture_close(struct chain_fixture *f)
{
    chain_fixture_let_go(f);
    mm_arena_fini(&f->arena);
    must(chain_close(f->chain), "chain_close");
    for (size_t i = 0; i < CHAIN_FIXTURE_ACCOUNTS; i++)
        secp_secret_free(f->secrets[i]);
    secp_secret_free(f->validator);
}
