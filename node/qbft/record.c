/* The safety record: what was signed in a height, and on what lock.
 *
 *     record   = rlp([1, height, round, proposal, prepare, commit, change, prepared])
 *     proposal = [] or [vote, [change …], [prepare …]]              a vote is [[height, round, digest], signature]
 *     prepare, commit = [] or vote        change = [] or [signed change, [prepare …]]
 *     prepared = [] or [round, digest, [prepare …]]
 *
 * Blocks are named by hash and stored beside it: that of the own proposal, the prepared one, and the one that a ROUND-CHANGE
 * claimed, which may be older. A validator alone needs no record: what it signs and the block are one write. */
#include "node/qbft/message_internal.h"
#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"

enum { RECORD_VERSION = 1 };

/* ---- writing ---- */

static void add_proposal(struct mm_buf *buf, const struct qbft *m)
{
    const size_t list = rlp_open_list(buf);
    if (m->own.has_vote[VOTE_PROPOSAL]) {
        const struct qbft_message *proposal = &m->own.proposal;
        qbft_vote_encode(buf, &proposal->vote);
        qbft_changes_encode(buf, proposal);
        qbft_votes_encode(buf, &proposal->prepares);
    }
    rlp_close_list(buf, list);
}

static void add_vote(struct mm_buf *buf, const struct qbft *m, enum vote_kind kind)
{
    if (m->own.has_vote[kind])
        qbft_vote_encode(buf, &m->own.votes[kind]);
    else
        rlp_add_list_header(buf, 0);
}

static void add_change(struct mm_buf *buf, const struct qbft *m)
{
    const size_t list = rlp_open_list(buf);
    if (m->own.has_change) {
        qbft_change_encode(buf, &m->own.change.change);
        qbft_votes_encode(buf, &m->own.change.prepares);
    }
    rlp_close_list(buf, list);
}

static void add_prepared(struct mm_buf *buf, const struct qbft *m)
{
    const size_t list = rlp_open_list(buf);
    if (m->prepared.block != NULL) {
        rlp_add_u64(buf, m->prepared.round);
        rlp_add_hash(buf, &m->prepared.block->hash);
        qbft_votes_encode(buf, &m->prepared.prepares);
    }
    rlp_close_list(buf, list);
}

static void name_block(struct qbft_result *result, struct qbft_block *block)
{
    for (size_t i = 0; i < result->record_block_count; i++) {
        if (block == result->record_blocks[i])
            return;
    }
    if (block == NULL)
        return;
    MM_ASSERT(result->record_block_count < QBFT_RECORD_BLOCKS_MAX);
    result->record_blocks[result->record_block_count++] = block;
}

void qbft_write_record(struct qbft *m, struct qbft_result *result)
{
    struct mm_buf *buf = &m->record;
    mm_buf_reset(buf);
    const size_t list = rlp_open_list(buf);
    rlp_add_u64(buf, RECORD_VERSION);
    rlp_add_u64(buf, m->at.height);
    rlp_add_u64(buf, m->round);
    add_proposal(buf, m);
    add_vote(buf, m, VOTE_PREPARE);
    add_vote(buf, m, VOTE_COMMIT);
    add_change(buf, m);
    add_prepared(buf, m);
    rlp_close_list(buf, list);
    result->has_record = true;
    result->record = mm_buf_bytes(buf);
    if (m->own.has_vote[VOTE_PROPOSAL])
        name_block(result, m->own.proposal.block);
    if (m->own.has_change)
        name_block(result, m->own.change.block);
    name_block(result, m->prepared.block);
}

/* ---- reading ---- */

struct reading {
    struct qbft *m;
    struct qbft_block *(*find)(void *ctx, const mm_hash32 *hash);
    void *ctx;
    bool is_damaged; /* beyond what the cursor says */
};

/* The block is another, or not there: the record is of no use. */
static struct qbft_block *find_block(struct reading *reading, const mm_hash32 *hash)
{
    struct qbft_block *block = reading->find(reading->ctx, hash);
    if (block == NULL || !mm_hash_equal(&block->hash, hash))
        reading->is_damaged = true;
    return block;
}

static void read_proposal(struct rlp *r, struct reading *reading)
{
    struct own *own = &reading->m->own;
    struct qbft_message *proposal = &own->proposal;
    struct rlp list = rlp_read_list(r);
    if (rlp_more(&list)) {
        proposal->code = QBFT_PROPOSAL;
        qbft_vote_read(&list, &proposal->vote);
        qbft_changes_read(&list, proposal);
        qbft_votes_read(&list, &proposal->prepares);
        own->has_vote[VOTE_PROPOSAL] = true;
        own->votes[VOTE_PROPOSAL] = proposal->vote;
        if (list.verdict == RLP_OK)
            proposal->block = find_block(reading, &proposal->vote.digest);
    }
    (void)rlp_join(r, &list);
}

static void read_vote(struct rlp *r, struct reading *reading, enum vote_kind kind)
{
    struct own *own = &reading->m->own;
    struct rlp look = *r;
    struct rlp list = rlp_read_list(&look);
    own->has_vote[kind] = rlp_more(&list);
    if (own->has_vote[kind])
        qbft_vote_read(r, &own->votes[kind]);
    else
        *r = look;
}

static void read_change(struct rlp *r, struct reading *reading)
{
    struct own *own = &reading->m->own;
    struct qbft_message *change = &own->change;
    struct rlp list = rlp_read_list(r);
    own->has_change = rlp_more(&list);
    if (own->has_change) {
        change->code = QBFT_ROUND_CHANGE;
        qbft_change_read(&list, &change->change);
        qbft_votes_read(&list, &change->prepares);
        if (list.verdict == RLP_OK && change->change.is_prepared)
            change->block = find_block(reading, &change->change.prepared_digest);
    }
    (void)rlp_join(r, &list);
}

static void read_prepared(struct rlp *r, struct reading *reading)
{
    struct prepared *prepared = &reading->m->prepared;
    struct rlp list = rlp_read_list(r);
    if (rlp_more(&list)) {
        prepared->round = rlp_read_u64(&list);
        const mm_hash32 digest = rlp_read_hash(&list);
        qbft_votes_read(&list, &prepared->prepares);
        if (list.verdict == RLP_OK)
            prepared->block = find_block(reading, &digest);
    }
    (void)rlp_join(r, &list);
}

/* Signers are not written: the own ones are this node's, the others' are in the way they were when they were checked. */
static bool recover_signers(struct qbft *m)
{
    const struct seal_domain *domain = &m->options.domain;
    const struct qbft_crypto *crypto = &m->options.crypto;
    struct qbft_message prepared = { .code = QBFT_PREPARE };
    for (size_t i = 0; i < m->prepared.prepares.count; i++) {
        prepared.vote = m->prepared.prepares.items[i];
        if (!qbft_message_authenticate(&prepared, domain, crypto, NULL))
            return false;
        m->prepared.prepares.items[i].signer = prepared.vote.signer;
    }
    for (size_t kind = VOTE_PREPARE; kind < VOTE_KINDS; kind++)
        m->own.votes[kind].signer = m->options.self;
    return (!m->own.has_vote[VOTE_PROPOSAL] ||
            qbft_message_authenticate(&m->own.proposal, domain, crypto, NULL)) &&
           (!m->own.has_change || qbft_message_authenticate(&m->own.change, domain, crypto, NULL));
}

/* What belongs to it, belongs to its height, round and signer. */
static bool is_consistent(const struct qbft *m)
{
    const struct own *own = &m->own;
    for (size_t kind = 0; kind < VOTE_KINDS; kind++) {
        const struct qbft_vote *vote = &own->votes[kind];
        if (own->has_vote[kind] &&
            (vote->height != m->restored_height || vote->round > m->restored_round))
            return false;
    }
    if (own->has_vote[VOTE_PROPOSAL] &&
        !mm_addr_equal(&own->proposal.vote.signer, &m->options.self))
        return false;
    return !own->has_change || (own->change.change.height == m->restored_height &&
                                own->change.change.round <= m->restored_round &&
                                mm_addr_equal(&own->change.change.signer, &m->options.self));
}

bool qbft_restore(struct qbft *m, mm_bytes record,
                  struct qbft_block *(*find)(void *ctx, const mm_hash32 *hash), void *ctx)
{
    MM_ASSERT(m->at.height == 0 && !m->is_restored);
    struct reading reading = { m, find, ctx, false };
    struct rlp outer = rlp_over(record);
    struct rlp list = rlp_read_list(&outer);
    if (rlp_read_u64(&list) != RECORD_VERSION)
        rlp_refuse(&list, RLP_TOO_LARGE);
    m->restored_height = rlp_read_u64(&list);
    m->restored_round = rlp_read_u64(&list);
    read_proposal(&list, &reading);
    read_vote(&list, &reading, VOTE_PREPARE);
    read_vote(&list, &reading, VOTE_COMMIT);
    read_change(&list, &reading);
    read_prepared(&list, &reading);
    (void)rlp_join(&outer, &list);
    m->is_restored = rlp_finish(&outer) == RLP_OK && !reading.is_damaged;
    m->is_restored = m->is_restored && recover_signers(m) && is_consistent(m);
    if (!m->is_restored) {
        qbft_forget_own(m);
        qbft_block_unref(m->prepared.block);
        m->prepared = (struct prepared){ .block = NULL };
    }
    return m->is_restored;
}
