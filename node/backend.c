/* What the doors ask of the node. */
#include <string.h>
#include <time.h>

#include "mintmark_version.h"
#include "node/node_internal.h"

void node_submit_of_peer(void *ctx, struct submit_outcome *outcome, struct tx *tx)
{
    struct node *node = ctx;
    *outcome = (struct submit_outcome){ .hash = tx->hash };
    enum tx_verdict verdict = tx_check(tx, chain_tx_chain_id(node->chain));
    struct ledger_view *view = ledger_acquire(node->backend.ledger);
    const uint64_t gas_limit = ledger_next(view).gas_limit;
    ledger_release(view);
    if (verdict == TX_OK && tx->gas_limit > gas_limit) {
        verdict = TX_BLOCK_GAS;
        outcome->have = u256_from_u64(tx->gas_limit);
        outcome->want = u256_from_u64(gas_limit);
    } else if (verdict == TX_INTRINSIC_GAS) {
        outcome->have = u256_from_u64(tx->gas_limit);
        outcome->want = u256_from_u64(tx_intrinsic_gas(tx));
    } else if (verdict == TX_WRONG_CHAIN) {
        outcome->have = tx->chain_id;
        outcome->want = u256_from_u64(chain_tx_chain_id(node->chain));
    }
    if (verdict == TX_OK && tx->is_impersonated)
        verdict = writer_impersonates(node->writer, &tx->sender) ? TX_OK : TX_SENDER;
    else if (verdict == TX_OK)
        verdict = tx_recover(tx, SECP_LOW_S);
    if (verdict != TX_OK) {
        outcome->verdict = SUBMIT_TX;
        outcome->tx = verdict;
        return;
    }
    bool is_ready = false;
    pool_add(node->pool, outcome, tx, &is_ready);
    const struct backend_listener *listener = atomic_load(&node->listener);
    if (outcome->verdict == SUBMIT_OK && listener != NULL)
        listener->pooled(listener->ctx, tx);
    if (outcome->verdict == SUBMIT_OK && is_ready)
        outcome->ticket = writer_wake(node->writer);
}

static void backend_submit(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome,
                           struct tx *tx)
{
    const struct node *node = ctx;
    (void)arena;
    node_submit_of_peer(ctx, outcome, tx);
    if (outcome->verdict == SUBMIT_OK && node->membership != NULL)
        network_tell_tx(node->membership->network, &outcome->hash);
}

static bool backend_settle(void *ctx, uint64_t ticket, void (*done)(void *arg), void *arg)
{
    return writer_settle(((struct node *)ctx)->writer, ticket, done, arg);
}

static bool backend_pool_find(void *ctx, struct mm_arena *arena, struct tx *tx,
                              const mm_hash32 *hash)
{
    return pool_find(((struct node *)ctx)->pool, arena, tx, hash);
}

static uint64_t backend_pool_nonce(void *ctx, const mm_addr *addr, uint64_t state_nonce)
{
    return pool_nonce(((struct node *)ctx)->pool, addr, state_nonce);
}

static mm_err backend_pool_list(void *ctx, struct mm_arena *arena, const struct tx **txs,
                                const bool **is_queued, size_t *count)
{
    return pool_list(((struct node *)ctx)->pool, arena, txs, is_queued, count);
}

static mm_err backend_control(void *ctx, const struct control *control, uint64_t *ticket,
                              struct mm_reason *reason)
{
    return writer_control(((struct node *)ctx)->writer, control, ticket, reason);
}

static bool backend_pool_drop(void *ctx, const mm_hash32 *hash)
{
    return pool_drop(((struct node *)ctx)->pool, hash);
}

static void backend_pool_drop_all(void *ctx)
{
    pool_drop_all(((struct node *)ctx)->pool);
}

static uint64_t backend_chain_id(void *ctx)
{
    return chain_tx_chain_id(((struct node *)ctx)->chain);
}

static void backend_settings_of(void *ctx, struct backend_settings *settings)
{
    struct node *node = ctx;
    writer_settings(node->writer, settings, &node->backend.coinbase);
}

static mm_err backend_validators(void *ctx, struct ledger_view *view, struct validator_set *set,
                                 uint64_t block_num)
{
    (void)ctx;
    return chain_validators_at(view, set, block_num);
}

static void backend_consensus_of(void *ctx, struct backend_consensus *consensus)
{
    struct writer_standing standing;
    writer_standing(((struct node *)ctx)->writer, &standing);
    const struct qbft_status *status = &standing.status;
    *consensus = (struct backend_consensus){
        .height = status->height,
        .round = status->round,
        .proposer = status->proposer,
        .is_due = status->is_due,
        .is_proposed = status->is_proposed,
        .is_prepared = status->is_prepared,
        .can_sign = status->can_sign,
        .prepares = status->prepares,
        .commits = status->commits,
        .round_changes = status->changes,
    };
}

static bool backend_impersonates(void *ctx, const mm_addr *addr)
{
    return writer_impersonates(((struct node *)ctx)->writer, addr);
}

static void backend_listen(void *ctx, const struct backend_listener *listener)
{
    struct node *node = ctx;
    atomic_store(&node->listener, listener);
}

static void backend_counts(void *ctx, struct backend_counts *counts)
{
    const struct node *node = ctx;
    writer_counts(node->writer, &counts->blocks, &counts->txs);
    pool_counts(node->pool, &counts->ready, &counts->queued);
}

static uint64_t backend_now(void *ctx)
{
    return writer_now(((struct node *)ctx)->writer);
}

/* An observer builds no blocks. */
static mm_addr own_coinbase(const struct node *node)
{
    const struct secp_secret *key = chain_sealer(node->chain);
    return key == NULL ? (mm_addr){ { 0 } } : secp_secret_addr(key);
}

const char *node_client_version(const struct node_options *options)
{
    return options->client_version != NULL ? options->client_version
                                           : "mintmark/" MINTMARK_VERSION "-" MINTMARK_COMMIT;
}

void node_fill_backend(struct node *node)
{
    const struct node_options *options = node->options;
    node->backend = (struct rpc_backend){
        .ctx = node,
        .ledger = chain_ledger(node->chain),
        .natives = chain_natives(node->chain),
        .client_version = node_client_version(options),
        /* Signing with the node's public development keys is for those on this machine. */
        .is_dev = node->membership == NULL &&
                  (options->allow_unlocked || node_options_are_local(options)),
        .coinbase = own_coinbase(node),
        .accounts = node->keyring.accounts,
        .account_count = KEYRING_ACCOUNTS,
        .started_at = (uint64_t)time(NULL),
        .submit = backend_submit,
        .settle = backend_settle,
        .pool_find = backend_pool_find,
        .pool_nonce = backend_pool_nonce,
        .pool_list = backend_pool_list,
        .pool_drop = backend_pool_drop,
        .pool_drop_all = backend_pool_drop_all,
        .control = backend_control,
        .chain_id = backend_chain_id,
        .settings = backend_settings_of,
        .validators = backend_validators,
        .consensus = backend_consensus_of,
        .impersonates = backend_impersonates,
        .listen = backend_listen,
        .counts = backend_counts,
        .now = backend_now,
    };
}
