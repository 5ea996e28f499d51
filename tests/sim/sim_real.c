#include "tests/sim/sim_real.h"

#include "state/base/assert.h"
#include "state/base/heap.h"
#include "state/crypto/keccak.h"
#include "tests/sim/sim_real_internal.h"

/* ---- heads ---- */

static void read_nonces(const struct sim *sim, struct ledger_view *view, struct sim_state *state)
{
    struct ledger_state latest;
    ledger_state_init(&latest, view, ledger_latest(view));
    const struct exec_view exec = ledger_exec_view(&latest);
    for (size_t i = 0; i < SIM_ACCOUNTS && sim_real_sender(i) < DEV_SENDERS; i++) {
        struct account account;
        const mm_err err = exec.account(exec.ctx, &account, &sim->real->account_keys[i]);
        state->nonces[i] = err == MM_OK ? (uint32_t)account.nonce : 0;
    }
    ledger_state_fini(&latest);
}

void sim_real_read_head(const struct sim *sim, struct chain *chain, struct sim_state *state)
{
    struct ledger_view *view = ledger_acquire(chain_ledger(chain));
    const struct header *header = ledger_head_header(view);
    *state = (struct sim_state){ .height = ledger_head(view),
                                 .hash = *ledger_head_hash(view),
                                 .root = header->state_root,
                                 .builder = header->coinbase,
                                 .timestamp = header->timestamp,
                                 .set = *chain_validators(chain) };
    state->commitment = validators_commitment(&state->set);
    read_nonces(sim, view, state);
    ledger_release(view);
}

/* ---- signatures ---- */

static bool recover(void *ctx, mm_addr *signer, const struct secp_signature *signature,
                    const mm_hash32 *digest)
{
    struct sim_real *real = ctx;
    struct sim_recovery *known =
        &real->recoveries[(mm_get_be64(signature->r.b) ^ mm_get_be64(digest->b)) % SIM_RECOVERIES];
    if (!known->is_there || !mm_hash_equal(&known->digest, digest) ||
        memcmp(&known->signature, signature, sizeof *signature) != 0) {
        *known = (struct sim_recovery){ .digest = *digest, .is_there = true };
        memcpy(&known->signature, signature, sizeof *signature);
        known->is_valid =
            QBFT_SECP256K1.recover(QBFT_SECP256K1.ctx, &known->signer, signature, digest);
    }
    *signer = known->signer;
    return known->is_valid;
}

static mm_addr addr_of(const struct sim *sim, size_t index)
{
    return sim->real->council.addrs[DEV_PEOPLE + index];
}

static struct secp_signature sign_as(struct sim *sim, const mm_addr *signer,
                                     const mm_hash32 *digest)
{
    const struct dev_chain *council = &sim->real->council;
    for (size_t i = DEV_PEOPLE; i < DEV_SENDERS; i++) {
        if (mm_addr_equal(&council->addrs[i], signer))
            return secp_sign(council->people[i], digest);
    }
    MM_UNREACHABLE();
}

/* ---- transactions ---- */

static mm_bytes tx_raw(struct sim *sim, uint8_t memory[SIM_TX_BYTES], sim_tx tx)
{
    (void)memory;
    return sim_real_tx(sim, tx)->tx.raw;
}

static bool find_tx(struct sim *sim, sim_tx *tx, mm_bytes raw)
{
    const mm_hash32 hash = keccak256(raw);
    const struct sim_real_tx *found = sim_real_find_tx(sim->real, &hash);
    if (found != NULL)
        *tx = found->id;
    return found != NULL;
}

/* ---- the checker's chain ---- */

static bool execute(struct sim *sim, struct sim_state *after, const struct sim_state *parent,
                    const struct sim_decided *decided)
{
    struct chain *chain = sim->real->council.chain;
    const struct chain_decided block = { mm_bytes_from(decided->block->bytes, decided->block->len),
                                         decided->certificate };
    struct block_refusal refusal;
    size_t imported;
    (void)parent; /* its head */
    MM_ASSERT(chain_import(chain, &imported, &refusal, &block, 1) == MM_OK);
    if (imported == 0 && refusal.verdict == BLOCK_OK) {
        dev_chain_flush(&sim->real->council);
        MM_ASSERT(chain_import(chain, &imported, &refusal, &block, 1) == MM_OK);
    }
    if (imported == 1)
        sim_real_read_head(sim, chain, after);
    return imported == 1;
}

/* ---- life ---- */

static void begin(struct sim *sim, struct sim_state *genesis)
{
    struct sim_real *real = sim->real = mm_heap_zeroed(1, sizeof *real);
    MM_ASSERT(real != NULL);
    dev_chain_init_council(&real->council, DEV_MEMORY, sim->validators, 0);
    const struct chain_senders senders = sim_real_senders(sim);
    chain_know_senders(real->council.chain, &senders);
    for (size_t i = 0; i < SIM_ACCOUNTS && sim_real_sender(i) < DEV_SENDERS; i++)
        real->account_keys[i] = keccak256(mm_bytes_addr(&real->council.addrs[sim_real_sender(i)]));
    sim->domain = chain_seal_domain(real->council.chain);
    sim->crypto = (struct qbft_crypto){ real, recover };
    sim_real_read_head(sim, real->council.chain, genesis);
}

static void check_node(struct sim *sim, struct sim_node *node, enum chain_check_depth depth)
{
    if (!node->is_up)
        return;
    const uint64_t problems = dev_chain_check(&node->real->dev, depth);
    if (problems > 0)
        sim_checker_violated(sim, "db check: node %zu has %llu problems", node->index,
                             (unsigned long long)problems);
}

/* Two nodes that the seed draws: all that can be derived again is, and at one each block is executed again from genesis on. All nodes
 * would be two fifths of a run's time. */
static void finish(struct sim *sim)
{
    const size_t first = sim->options.seed % sim->node_count;
    check_node(sim, &sim->nodes[first], CHAIN_CHECK_REPLAY);
    if (sim->node_count > 1)
        check_node(sim, &sim->nodes[(first + 1) % sim->node_count], CHAIN_CHECK_STATE);
}

static void end(struct sim *sim)
{
    dev_chain_fini(&sim->real->council);
    mm_heap_free(sim->real->txs);
    mm_heap_free(sim->real);
}

const struct sim_world SIM_REAL = {
    .name = "real",
    .nodes_max = DEV_VALIDATORS,
    .begin = begin,
    .finish = finish,
    .end = end,
    .addr = addr_of,
    .sign = sign_as,
    .check = NULL,
    .tx_raw = tx_raw,
    .tx_decode = find_tx,
    .execute = execute,
    .forge = sim_real_forge,
    .boot = sim_real_boot,
    .tell = sim_real_tell,
    .import = sim_real_import,
    .read_status = sim_real_read_status,
    .down = sim_real_down,
    .fini = sim_real_fini,
};
