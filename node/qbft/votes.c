/* Who said what in this height: the first vote of each kind, round and validator counts. */
#include "node/qbft/qbft_internal.h"
#include "state/base/heap.h"

/* ---- evidence ---- */

static struct qbft_evidence *new_evidence(struct qbft *m, enum qbft_code code)
{
    if (m->evidence_count == EVIDENCE_MAX)
        return NULL;
    struct qbft_evidence *evidence = &m->evidence[m->evidence_count++];
    *evidence = (struct qbft_evidence){ .code = code };
    return evidence;
}

static void report_vote(struct qbft *m, struct vote_slot *slot, const struct qbft_vote *vote,
                        enum vote_kind kind)
{
    struct qbft_evidence *evidence = slot->is_reported ? NULL : new_evidence(m, vote_code(kind));
    if (evidence == NULL)
        return;
    slot->is_reported = true;
    evidence->votes[0] = slot->vote;
    evidence->votes[1] = *vote;
}

static bool is_same_change(const struct qbft_change *a, const struct qbft_change *b)
{
    return a->is_prepared == b->is_prepared && a->prepared_round == b->prepared_round &&
           mm_hash_equal(&a->prepared_digest, &b->prepared_digest);
}

/* Once a height: a liar has rounds without end to sign two things for, and each would be a write and a line of the log. */
static void report_change(struct qbft *m, bool *is_reported, const struct qbft_change *first,
                          const struct qbft_change *second)
{
    struct qbft_evidence *evidence = *is_reported ? NULL : new_evidence(m, QBFT_ROUND_CHANGE);
    if (evidence == NULL)
        return;
    *is_reported = true;
    evidence->changes[0] = *first;
    evidence->changes[1] = *second;
}

/* ---- votes ---- */

static const struct vote_slot *slot_of(const struct qbft *m, enum vote_kind kind, size_t place)
{
    return &m->votes[kind][m->round % ROUNDS_KEPT][place];
}

/* A slot is used again for the round ROUNDS_KEPT later: what is in it for a round before the own is of the past. */
void qbft_keep_vote(struct qbft *m, const struct qbft_vote *vote, enum vote_kind kind, size_t place)
{
    if (vote->round < m->round || vote->round - m->round > QBFT_ROUNDS_AHEAD)
        return;
    struct vote_slot *slot = &m->votes[kind][vote->round % ROUNDS_KEPT][place];
    if (!slot->is_there || slot->vote.round != vote->round)
        *slot = (struct vote_slot){ .is_there = true, .vote = *vote };
    else if (!mm_hash_equal(&slot->vote.digest, &vote->digest))
        report_vote(m, slot, vote, kind);
}

static bool counts(const struct qbft *m, const struct vote_slot *slot, const mm_hash32 *digest)
{
    return slot->is_there && slot->vote.round == m->round &&
           mm_hash_equal(&slot->vote.digest, digest);
}

void qbft_collect_votes(const struct qbft *m, struct qbft_votes *votes, enum vote_kind kind,
                        const mm_hash32 *digest)
{
    votes->count = 0;
    for (size_t i = 0; i < m->at.set.count; i++) {
        const struct vote_slot *slot = slot_of(m, kind, i);
        if (counts(m, slot, digest))
            votes->items[votes->count++] = slot->vote;
    }
}

size_t qbft_count_votes(const struct qbft *m, enum vote_kind kind, const mm_hash32 *digest)
{
    size_t count = 0;
    for (size_t i = 0; i < m->at.set.count; i++)
        count += counts(m, slot_of(m, kind, i), digest);
    return count;
}

/* ---- ROUND-CHANGEs ---- */

void qbft_keep_change(struct qbft *m, struct qbft_message **kept, bool *is_reported,
                      const struct qbft_message *message)
{
    const struct qbft_change *change = &message->change;
    if (*kept != NULL && (*kept)->change.round == change->round &&
        !is_same_change(&(*kept)->change, change))
        report_change(m, is_reported, &(*kept)->change, change);
    if (*kept != NULL && (*kept)->change.round >= change->round)
        return;
    if (*kept == NULL)
        *kept = mm_heap_zeroed(1, sizeof **kept);
    if (*kept == NULL) {
        m->err = MM_ERR_NO_MEMORY;
        return;
    }
    qbft_message_fini(*kept);
    qbft_message_copy(*kept, message);
}

void qbft_drop_changes(struct qbft_message *changes[MM_VALIDATORS_MAX])
{
    for (size_t i = 0; i < MM_VALIDATORS_MAX; i++) {
        if (changes[i] != NULL)
            qbft_message_fini(changes[i]);
        mm_heap_free(changes[i]);
        changes[i] = NULL;
    }
}
