/* The rules as guards over what is known. */
#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"

static bool may_speak(const struct qbft *m)
{
    return qbft_can_sign(m) && !m->is_mute;
}

/* R1: the height is due, and it is this validator's turn. */
static bool may_propose_first(const struct qbft *m)
{
    return m->is_due && m->round == 0 && !m->is_accepted && !m->is_idle && may_speak(m) &&
           qbft_is_proposer(m) && !qbft_has_said(m, VOTE_PROPOSAL);
}

/* R7: a quorum changed to this round, and it is this validator's turn. */
static bool may_propose_again(const struct qbft *m)
{
    if (m->round == 0 || m->is_accepted || m->is_idle || !may_speak(m) || !qbft_is_proposer(m) ||
        qbft_has_said(m, VOTE_PROPOSAL))
        return false;
    size_t count = 0;
    for (size_t i = 0; i < m->at.set.count; i++)
        count += m->changes[i] != NULL && m->changes[i]->change.round == m->round;
    return count >= qbft_quorum(m);
}

/* R2, its last part. */
static bool may_prepare(const struct qbft *m)
{
    return m->is_accepted && may_speak(m) && !qbft_has_said(m, VOTE_PREPARE);
}

/* R3: a quorum prepared the proposal. */
static bool may_commit(const struct qbft *m)
{
    return m->is_accepted && may_speak(m) && !qbft_has_said(m, VOTE_COMMIT) &&
           qbft_count_votes(m, VOTE_PREPARE, &m->accepted.vote.digest) >= qbft_quorum(m);
}

static void commit(struct qbft *m)
{
    const struct qbft_message *accepted = &m->accepted;
    qbft_block_unref(m->prepared.block);
    m->prepared.block = qbft_block_ref(accepted->block);
    m->prepared.round = m->round;
    qbft_collect_votes(m, &m->prepared.prepares, VOTE_PREPARE, &accepted->vote.digest);
    m->is_dirty = true;
    qbft_say_vote(m, VOTE_COMMIT, &accepted->vote.digest);
}

/* R4: a quorum committed to it. */
static bool is_decided(const struct qbft *m)
{
    return m->is_accepted &&
           qbft_count_votes(m, VOTE_COMMIT, &m->accepted.vote.digest) >= qbft_quorum(m);
}

static void decide(struct qbft *m)
{
    struct qbft_votes commits;
    struct certificate certificate = { .round = m->round };
    qbft_collect_votes(m, &commits, VOTE_COMMIT, &m->accepted.vote.digest);
    for (size_t i = 0; i < commits.count; i++) /* in the order of the set, which ascends */
        certificate.seals[certificate.seal_count++] = commits.items[i].signature;
    qbft_decide(m, m->accepted.block, &certificate);
    m->commit.is_counted = true;
}

/* R6: more validators than may lie are beyond this round, so an honest one is. The smallest of their rounds; 0: too few. */
static uint64_t round_to_join(const struct qbft *m)
{
    size_t count = 0;
    uint64_t smallest = UINT64_MAX;
    for (size_t i = 0; i < m->at.set.count; i++) {
        if (m->changes[i] == NULL || m->changes[i]->change.round <= m->round)
            continue;
        count++;
        if (m->changes[i]->change.round < smallest)
            smallest = m->changes[i]->change.round;
    }
    return count > validators_faulty_max(m->at.set.count) ? smallest : 0;
}

/* R5: the time of a round begins when a quorum has come as far. Who would go on alone, a round a timeout, could be ahead of the
 * others by more than a timeout when they are back; and where all of them are needed and fewer than f + 1 are ahead, they would
 * never meet. So no one is more than a round ahead of where a quorum was, and what f + 1 honest ones of that quorum said brings
 * everyone else there (R6). */
static bool has_company(const struct qbft *m)
{
    size_t count = 0;
    for (size_t i = 0; i < m->at.set.count; i++)
        count += m->changes[i] != NULL && m->changes[i]->change.round >= m->round;
    return count >= qbft_quorum(m);
}

void qbft_advance(struct qbft *m)
{
    /* Every pass but the last says something that is said once in a round, falls silent or starts to run in it, or enters a later
     * round or height. */
    while (m->has_head && m->err == MM_OK) {
        const uint64_t join = round_to_join(m);
        if (is_decided(m)) {
            decide(m);
        } else if (join > 0) {
            qbft_become_due(m);
            qbft_enter_round(m, join);
            qbft_say_change(m);
        } else if (m->is_waiting && has_company(m)) {
            qbft_wait_no_more(m);
        } else if (may_propose_first(m) || may_propose_again(m)) {
            qbft_propose(m);
            m->is_mute |= !m->is_accepted && !m->is_idle; /* its own proposal was refused */
        } else if (may_prepare(m)) {
            qbft_say_vote(m, VOTE_PREPARE, &m->accepted.vote.digest);
        } else if (may_commit(m)) {
            commit(m);
        } else {
            return;
        }
    }
}
