/* Messages that came early: of the next height, while this one is not over. Who its validators are is not certain yet; kept are
 * those of this height's, and what a new one says comes again. */
#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

static void drop(struct qbft_message **kept)
{
    if (*kept != NULL)
        qbft_message_fini(*kept);
    mm_heap_free(*kept);
    *kept = NULL;
}

static void keep_proposal(struct qbft *m, struct qbft_message **kept,
                          const struct qbft_message *message)
{
    if (*kept != NULL)
        return;
    *kept = mm_heap_zeroed(1, sizeof **kept);
    if (*kept == NULL)
        m->err = MM_ERR_NO_MEMORY;
    else
        qbft_message_copy(*kept, message);
}

static void keep_vote(struct future *future, const struct qbft_vote *vote, enum vote_kind kind,
                      size_t place)
{
    if (vote->round >= ROUNDS_KEPT)
        return;
    struct vote_slot *slot = &future->votes[kind - VOTE_PREPARE][vote->round][place];
    if (!slot->is_there)
        *slot = (struct vote_slot){ .is_there = true, .vote = *vote };
}

void qbft_keep_for_later(struct qbft *m, const struct qbft_message *message)
{
    const size_t place = validators_place(&m->at.set, qbft_message_signer(message));
    MM_ASSERT(place < m->at.set.count);
    switch (message->code) {
    case QBFT_PROPOSAL:
        keep_proposal(m, &m->future.proposals[place], message);
        return;
    case QBFT_PREPARE:
        keep_vote(&m->future, &message->vote, VOTE_PREPARE, place);
        return;
    case QBFT_COMMIT:
        keep_vote(&m->future, &message->vote, VOTE_COMMIT, place);
        return;
    case QBFT_ROUND_CHANGE:
        qbft_keep_change(m, &m->future.changes[place], &m->future.is_reported[place], message);
        return;
    }
    MM_UNREACHABLE();
}

static void receive_votes(struct qbft *m, const struct future *future, enum vote_kind kind)
{
    for (size_t round = 0; round < ROUNDS_KEPT; round++) {
        for (size_t i = 0; i < MM_VALIDATORS_MAX; i++) {
            const struct vote_slot *slot = &future->votes[kind - VOTE_PREPARE][round][i];
            if (!slot->is_there)
                continue; /* as most are: a message is some kilobytes to fill */
            const struct qbft_message message = { .code = vote_code(kind), .vote = slot->vote };
            qbft_receive(m, &message);
        }
    }
}

void qbft_receive_kept(struct qbft *m)
{
    for (size_t i = 0; i < MM_VALIDATORS_MAX; i++) {
        if (m->future.changes[i] != NULL)
            qbft_receive(m, m->future.changes[i]);
    }
    for (size_t i = 0; i < MM_VALIDATORS_MAX; i++) {
        if (m->future.proposals[i] != NULL)
            qbft_receive(m, m->future.proposals[i]);
    }
    receive_votes(m, &m->future, VOTE_PREPARE);
    receive_votes(m, &m->future, VOTE_COMMIT);
    qbft_drop_kept(m);
}

void qbft_drop_kept(struct qbft *m)
{
    for (size_t i = 0; i < MM_VALIDATORS_MAX; i++)
        drop(&m->future.proposals[i]);
    qbft_drop_changes(m->future.changes);
    memset(m->future.votes, 0, sizeof m->future.votes);
    memset(m->future.is_reported, 0, sizeof m->future.is_reported);
}
