/* What a proposal and a ROUND-CHANGE must have, and making proposals. */
#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

const mm_addr *qbft_proposer(const struct qbft_height *height, uint64_t round)
{
    const struct validator_set *set = &height->set;
    MM_ASSERT(set->count > 0);
    size_t start = 0; /* of the first height, and when the builder was the last of the set */
    for (size_t i = set->count; height->height > 1 && i-- > 0;) {
        /* The first address above the builder's, whether that is still in the set or not. */
        if (mm_bytes_compare(mm_bytes_addr(&set->addrs[i]),
                             mm_bytes_addr(&height->parent_builder)) > 0)
            start = i;
    }
    return &set->addrs[(start + round % set->count) % set->count];
}

/* ---- checks ---- */

/* At least a quorum of distinct validators prepared exactly this. */
static bool is_prepared_by_quorum(const struct qbft *m, const struct qbft_votes *prepares,
                                  uint64_t round, const mm_hash32 *digest)
{
    bool seen[MM_VALIDATORS_MAX] = { false };
    for (size_t i = 0; i < prepares->count; i++) {
        const struct qbft_vote *vote = &prepares->items[i];
        const size_t place = validators_place(&m->at.set, &vote->signer);
        if (place == m->at.set.count || seen[place] || vote->height != m->at.height ||
            vote->round != round || !mm_hash_equal(&vote->digest, digest))
            return false;
        seen[place] = true;
    }
    return prepares->count >= qbft_quorum(m);
}

bool qbft_is_sound_change(const struct qbft *m, const struct qbft_message *message)
{
    const struct qbft_change *change = &message->change;
    if (!change->is_prepared)
        return message->block == NULL && message->prepares.count == 0;
    return change->prepared_round < change->round && message->block != NULL &&
           message->block->height == m->at.height &&
           mm_hash_equal(&message->block->hash, &change->prepared_digest) &&
           is_prepared_by_quorum(m, &message->prepares, change->prepared_round,
                                 &change->prepared_digest);
}

/* Whether a quorum of distinct validators changed to the proposal's round. *highest: the one that prepared last; NULL: none did. */
static bool is_changed_by_quorum(const struct qbft *m, const struct qbft_message *proposal,
                                 const struct qbft_change **highest)
{
    bool seen[MM_VALIDATORS_MAX] = { false };
    *highest = NULL;
    for (size_t i = 0; i < proposal->change_count; i++) {
        const struct qbft_change *change = &proposal->changes[i];
        const size_t place = validators_place(&m->at.set, &change->signer);
        if (place == m->at.set.count || seen[place] || change->height != m->at.height ||
            change->round != proposal->vote.round ||
            (change->is_prepared && change->prepared_round >= change->round))
            return false;
        seen[place] = true;
        if (change->is_prepared &&
            (*highest == NULL || change->prepared_round > (*highest)->prepared_round))
            *highest = change;
    }
    return proposal->change_count >= qbft_quorum(m);
}

/* Of the payloads with the highest prepared round, one names this digest. */
static bool is_highest_prepared(const struct qbft_message *proposal, uint64_t round)
{
    for (size_t i = 0; i < proposal->change_count; i++) {
        const struct qbft_change *change = &proposal->changes[i];
        if (change->is_prepared && change->prepared_round == round &&
            mm_hash_equal(&change->prepared_digest, &proposal->vote.digest))
            return true;
    }
    return false;
}

bool qbft_is_justified(const struct qbft *m, const struct qbft_message *proposal)
{
    const struct qbft_vote *vote = &proposal->vote;
    const struct qbft_change *highest = NULL;
    /* A validator alone answers to nobody for whom it builds, and its turn comes in any case. */
    const bool is_fresh =
        m->at.set.count == 1 || mm_addr_equal(&proposal->block->builder, &vote->signer);
    if (!mm_addr_equal(&vote->signer, qbft_proposer(&m->at, vote->round)) ||
        proposal->block->height != m->at.height ||
        !mm_hash_equal(&proposal->block->hash, &vote->digest))
        return false;
    if (vote->round == 0)
        return proposal->change_count == 0 && proposal->prepares.count == 0 && is_fresh;
    if (!is_changed_by_quorum(m, proposal, &highest))
        return false;
    if (highest == NULL)
        return proposal->prepares.count == 0 && is_fresh;
    return is_highest_prepared(proposal, highest->prepared_round) &&
           is_prepared_by_quorum(m, &proposal->prepares, highest->prepared_round, &vote->digest);
}

void qbft_accept(struct qbft *m, const struct qbft_message *proposal)
{
    if (proposal->vote.round > m->round)
        qbft_enter_round(m, proposal->vote.round);
    qbft_become_due(m);
    qbft_wait_no_more(m);
    MM_ASSERT(!m->is_accepted);
    qbft_message_copy(&m->accepted, proposal);
    m->is_accepted = true;
}

/* ---- making one ---- */

/* What the ROUND-CHANGEs of this round say; *prepared: the one of the highest prepared round, NULL when none claims any. */
static void gather_changes(const struct qbft *m, struct qbft_message *proposal,
                           const struct qbft_message **prepared)
{
    *prepared = NULL;
    for (size_t i = 0; i < m->at.set.count; i++) {
        const struct qbft_message *change = m->changes[i];
        if (change == NULL || change->change.round != m->round)
            continue;
        proposal->changes[proposal->change_count++] = change->change;
        if (change->change.is_prepared &&
            (*prepared == NULL ||
             change->change.prepared_round > (*prepared)->change.prepared_round))
            *prepared = change;
    }
}

void qbft_propose(struct qbft *m)
{
    struct qbft_message proposal = { .code = QBFT_PROPOSAL };
    const struct qbft_message *prepared = NULL;
    if (m->round > 0)
        gather_changes(m, &proposal, &prepared);
    if (prepared != NULL) {
        proposal.block = qbft_block_ref(prepared->block);
        proposal.prepares = prepared->prepares;
    } else {
        proposal.block = m->options.host.build(m->options.host.ctx);
    }
    if (proposal.block == NULL) {
        m->is_idle = true;
        m->is_due = m->is_due && m->at.set.count > 1;
        return;
    }
    qbft_say_proposal(m, &proposal);
    qbft_message_fini(&proposal);
}
