/* Transactions of the real world: made and signed when first asked for, and kept, so that nobody recovers a sender. */
#include "state/base/assert.h"
#include "state/base/heap.h"
#include "tests/sim/sim_real_internal.h"

size_t sim_real_sender(size_t account)
{
    return account < SIM_CLIENTS ? account : DEV_PEOPLE + account - SIM_CLIENTS;
}

/* ---- making ---- */

/* Mints most of all; transfers, some of which revert; payments. */
static void make_of_client(struct dev_chain *dev, size_t from, uint32_t payload)
{
    const size_t to = payload / 8 % DEV_PEOPLE;
    dev->minted = payload;
    if (payload % 8 < 5)
        dev_chain_mint(dev, from, to);
    else if (payload % 8 < 7)
        dev_chain_transfer(dev, from, to, 1 + payload % 64);
    else
        dev_chain_pay(dev, from, to, payload);
}

static struct tx make(struct dev_chain *dev, sim_tx tx)
{
    const size_t from = sim_real_sender(sim_tx_account(tx));
    const uint32_t payload = sim_tx_payload(tx);
    MM_ASSERT(dev->pending_count == 0);
    dev->nonces[from] = sim_tx_nonce(tx);
    if (from < DEV_PEOPLE)
        make_of_client(dev, from, payload);
    else
        dev_chain_vote(dev, from - DEV_PEOPLE, &dev->addrs[DEV_PEOPLE + (payload & 0xff)],
                       (payload & SIM_VOTE_ADD) != 0);
    dev->pending_count = 0;
    return dev->pending[0]; /* in the arena of the council, which lasts */
}

/* ---- finding ---- */

static size_t bucket_of_id(sim_tx tx)
{
    return sim_mix(tx, 0) % SIM_REAL_BUCKETS;
}

static size_t bucket_of_hash(const mm_hash32 *hash)
{
    return mm_get_be64(hash->b) % SIM_REAL_BUCKETS;
}

const struct sim_real_tx *sim_real_find_tx(const struct sim_real *real, const mm_hash32 *hash)
{
    for (uint32_t at = real->by_hash[bucket_of_hash(hash)]; at != 0;
         at = real->txs[at - 1].next_by_hash) {
        if (mm_hash_equal(&real->txs[at - 1].tx.hash, hash))
            return &real->txs[at - 1];
    }
    return NULL;
}

const struct sim_real_tx *sim_real_tx(struct sim *sim, sim_tx tx)
{
    struct sim_real *real = sim->real;
    uint32_t *first = &real->by_id[bucket_of_id(tx)];
    for (uint32_t at = *first; at != 0; at = real->txs[at - 1].next_by_id) {
        if (real->txs[at - 1].id == tx)
            return &real->txs[at - 1];
    }
    if (real->count == real->capacity) {
        real->txs = mm_heap_grow(real->txs, &real->capacity, 256, sizeof *real->txs);
        MM_ASSERT(real->txs != NULL);
    }
    struct sim_real_tx *new = &real->txs[real->count];
    *new = (struct sim_real_tx){ .id = tx, .tx = make(&real->council, tx), .next_by_id = *first };
    uint32_t *same = &real->by_hash[bucket_of_hash(&new->tx.hash)];
    new->next_by_hash = *same;
    *first = *same = (uint32_t)++real->count;
    return new;
}

static bool find_sender(void *ctx, mm_addr *sender, const mm_hash32 *tx_hash)
{
    const struct sim_real_tx *tx = sim_real_find_tx(ctx, tx_hash);
    if (tx != NULL)
        *sender = tx->tx.sender;
    return tx != NULL;
}

struct chain_senders sim_real_senders(struct sim *sim)
{
    return (struct chain_senders){ sim->real, find_sender };
}

/* ---- the pool, for a block ---- */

static const struct tx *next(void *ctx)
{
    struct sim_real_node *r = ctx;
    const struct sim_node *node = r->node;
    for (; r->next_account < SIM_ACCOUNTS; r->next_account++) {
        const sim_tx tx = node->pool[r->next_account];
        if (!node->has_tx[r->next_account] ||
            sim_tx_nonce(tx) != node->state.nonces[r->next_account])
            continue;
        r->offered = sim_real_tx(node->sim, tx)->tx;
        return &r->offered;
    }
    return NULL;
}

static void tried(void *ctx, const struct tx *tx, enum tx_verdict verdict)
{
    (void)tx, (void)verdict; /* what is not taken now is in the pool still */
    ((struct sim_real_node *)ctx)->next_account++;
}

struct chain_source sim_real_source(struct sim_real_node *r)
{
    r->next_account = 0;
    return (struct chain_source){ r, next, tried };
}
