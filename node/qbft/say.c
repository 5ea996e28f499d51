/* Signing and sending. What is said is kept until the height is over: it is said again, byte for byte, and nothing else is said
 * in its place. */
#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"

bool qbft_has_said(const struct qbft *m, enum vote_kind kind)
{
    return m->own.has_vote[kind] && m->own.votes[kind].round == m->round;
}

void qbft_forget_own(struct qbft *m)
{
    qbft_message_fini(&m->own.change);
    qbft_message_fini(&m->own.proposal);
    m->own = (struct own){ .has_change = false };
}

/* ---- sending ---- */

/* A validator alone has nobody to say it to. */
static void send(struct qbft *m, const struct qbft_message *message)
{
    if (m->at.set.count == 1)
        return;
    MM_ASSERT(m->send_count < SENDS_MAX);
    const size_t at = m->out.len;
    qbft_message_encode(&m->out, message);
    m->places[m->send_count++] = (struct send_place){ message->code, at, m->out.len - at };
}

static void send_vote(struct qbft *m, enum vote_kind kind)
{
    const struct qbft_message message = { .code = vote_code(kind), .vote = m->own.votes[kind] };
    send(m, &message);
}

/* ---- signing ---- */

static struct secp_signature sign(const struct qbft *m, const mm_hash32 *digest)
{
    return m->options.host.sign(m->options.host.ctx, digest);
}

/* Fills the vote. False: it must not be signed, since another was, of this round or a later one. The seal of a validator alone is
 * all that anyone will ever see of its votes. */
static bool sign_vote(struct qbft *m, struct qbft_vote *vote, enum vote_kind kind,
                      const mm_hash32 *digest)
{
    *vote = (struct qbft_vote){
        .height = m->at.height, .round = m->round, .digest = *digest, .signer = m->options.self
    };
    if (!qbft_can_sign(m))
        return false;
    if (m->own.has_vote[kind]) {
        const struct qbft_vote *own = &m->own.votes[kind];
        if (own->round > vote->round ||
            (own->round == vote->round && !mm_hash_equal(&own->digest, digest)))
            return false;
    }
    if (m->at.set.count > 1 || kind == VOTE_COMMIT) {
        const mm_hash32 signed_digest = qbft_vote_digest(&m->options.domain, vote_code(kind), vote);
        vote->signature = sign(m, &signed_digest);
    }
    m->own.has_vote[kind] = true;
    m->own.votes[kind] = *vote;
    m->is_dirty = true;
    return true;
}

void qbft_say_vote(struct qbft *m, enum vote_kind kind, const mm_hash32 *digest)
{
    struct qbft_vote vote;
    if (!sign_vote(m, &vote, kind, digest)) {
        m->is_mute = true;
        return;
    }
    qbft_keep_vote(m, &vote, kind, m->self);
    send_vote(m, kind);
}

void qbft_say_proposal(struct qbft *m, struct qbft_message *proposal)
{
    if (!sign_vote(m, &proposal->vote, VOTE_PROPOSAL, &proposal->block->hash))
        return;
    qbft_message_fini(&m->own.proposal);
    qbft_message_copy(&m->own.proposal, proposal);
    send(m, proposal);
    qbft_receive(m, proposal);
}

void qbft_say_change(struct qbft *m)
{
    struct qbft_message message = { .code = QBFT_ROUND_CHANGE };
    struct qbft_change *change = &message.change;
    if (!qbft_can_sign(m) || (m->own.has_change && m->own.change.change.round >= m->round))
        return;
    *change = (struct qbft_change){ .height = m->at.height,
                                    .round = m->round,
                                    .signer = m->options.self };
    if (m->prepared.block != NULL) {
        change->is_prepared = true;
        change->prepared_round = m->prepared.round;
        change->prepared_digest = m->prepared.block->hash;
        message.block = m->prepared.block;
        message.prepares = m->prepared.prepares;
    }
    const mm_hash32 digest = qbft_change_digest(&m->options.domain, change);
    change->signature = sign(m, &digest);
    qbft_message_fini(&m->own.change);
    qbft_message_copy(&m->own.change, &message);
    m->own.has_change = true;
    m->is_dirty = true;
    m->is_waiting = true;
    send(m, &message);
    qbft_receive(m, &message);
}

void qbft_say_again(struct qbft *m)
{
    if (qbft_has_said(m, VOTE_PROPOSAL))
        send(m, &m->own.proposal);
    if (qbft_has_said(m, VOTE_PREPARE))
        send_vote(m, VOTE_PREPARE);
    if (qbft_has_said(m, VOTE_COMMIT))
        send_vote(m, VOTE_COMMIT);
    if (m->own.has_change && m->own.change.change.round == m->round)
        send(m, &m->own.change);
}
