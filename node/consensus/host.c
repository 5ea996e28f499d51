/* What the machine asks of the chain while it makes a step. A block that cannot be looked at (no memory, a disk that fails) counts
 * as one that is not valid, and the error ends the step. */
#include "node/consensus/consensus_internal.h"
#include "state/base/assert.h"

static struct qbft_block *to_block(struct consensus *c, struct chain_candidate *candidate)
{
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    mm_bytes encoded;
    c->err = chain_candidate_encoded(candidate, &encoded);
    if (c->err != MM_OK)
        return NULL;
    if (!qbft_block_new(&block, encoded, &verdict)) {
        MM_ASSERT(verdict == RLP_OK); /* our own encoding */
        c->err = MM_ERR_NO_MEMORY;
    }
    return block;
}

/* What a block takes is counted from here on. */
static void begin_look(struct consensus *c)
{
    if (c->has_looked)
        return;
    c->has_looked = true;
    c->looked_ms = c->options.host.now_ms(c->options.host.ctx);
}

static struct qbft_block *build(void *ctx)
{
    struct consensus *c = ctx;
    const struct consensus_host *host = &c->options.host;
    struct chain_candidate *candidate = NULL;
    struct chain_proposal proposal = { .timestamp = 0 };
    const mm_addr self = secp_secret_addr(c->options.key);
    if (c->err != MM_OK || !host->begin_block(host->ctx, &proposal))
        return NULL;
    if (proposal.coinbase == NULL)
        proposal.coinbase = &self;
    if (!chain_seals_alone(c->options.chain)) {
        begin_look(c);
        proposal.txs_max = c->pace.txs_max;
    }
    const mm_err err = chain_build(c->options.chain, &candidate, &proposal);
    host->end_block(host->ctx);
    if (err == MM_ERR_NOT_FOUND)
        return NULL;
    c->err = err;
    if (err != MM_OK)
        return NULL;
    c->has_note = proposal.note != NULL;
    if (c->has_note)
        c->note = *proposal.note;
    c->has_built = true;
    c->built = *chain_candidate_hash(candidate);
    struct qbft_block *block = to_block(c, candidate);
    qbft_block_unref(c->own);
    c->own = qbft_block_ref(block);
    return block;
}

static mm_bytes bytes_of(const struct qbft_block *block)
{
    return mm_bytes_from(block->bytes, block->len);
}

/* It was executed when it was built, and is on top of the head as long as it is there. Its time is what the host said. Others may
 * say its hash with another body. */
static bool is_own(const struct consensus *c, const struct qbft_block *block)
{
    return c->has_built && c->own != NULL && mm_hash_equal(&c->own->hash, &block->hash) &&
           (block == c->own || mm_bytes_equal(bytes_of(block), bytes_of(c->own))) &&
           chain_find_candidate(c->options.chain, &block->hash) != NULL;
}

/* A timestamp may always be the parent's: or clocks that were ahead would stop the chain until all others have come there. */
static bool is_too_early(const struct consensus *c, const struct qbft_block *block)
{
    const struct consensus_host *host = &c->options.host;
    struct ledger_view *view = ledger_acquire(chain_ledger(c->options.chain));
    const uint64_t parent = ledger_head_header(view)->timestamp;
    ledger_release(view);
    return block->timestamp > parent &&
           block->timestamp > host->clock_s(host->ctx) + CONSENSUS_AHEAD_S;
}

static enum qbft_look look(void *ctx, struct qbft_block *block)
{
    struct consensus *c = ctx;
    struct chain_candidate *candidate = NULL;
    struct block_refusal refusal;
    if (c->err != MM_OK)
        return QBFT_BLOCK_UNUSABLE;
    if (is_own(c, block))
        return QBFT_BLOCK_VALID;
    if (is_too_early(c, block))
        return QBFT_BLOCK_UNUSABLE;
    begin_look(c);
    c->err = chain_verify(c->options.chain, &candidate, &refusal, bytes_of(block));
    if (c->err == MM_OK && candidate != NULL)
        return QBFT_BLOCK_VALID;
    return refusal.is_executed ? QBFT_BLOCK_INVALID : QBFT_BLOCK_UNUSABLE;
}

static struct secp_signature sign(void *ctx, const mm_hash32 *digest)
{
    const struct consensus *c = ctx;
    return secp_sign(c->options.key, digest);
}

struct qbft_host consensus_host_of(struct consensus *consensus)
{
    return (struct qbft_host){ consensus, build, look, sign };
}
