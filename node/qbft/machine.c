#include "node/qbft/qbft.h"

#include "node/qbft/qbft_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* What one step may send: a proposal and a ROUND-CHANGE, each with a block, and votes. */
enum { OUT_BYTES_MAX = 3 * QBFT_MESSAGE_BYTES_MAX, RECORD_BYTES_MAX = 64 << 10 };

uint64_t qbft_timeout_ms(uint64_t base_ms, uint64_t cap_ms, uint64_t round)
{
    if (round >= 64 || base_ms > cap_ms >> round)
        return cap_ms;
    return base_ms << round;
}

static uint64_t later(uint64_t time_ms, uint64_t by_ms)
{
    return by_ms > UINT64_MAX - time_ms ? UINT64_MAX : time_ms + by_ms;
}

/* ---- rounds ---- */

static void start_round_timer(struct qbft *m)
{
    const struct qbft_options *o = &m->options;
    m->round_deadline_ms =
        later(m->now_ms, qbft_timeout_ms(o->base_timeout_ms, o->cap_timeout_ms, m->round));
}

/* The timer of round 0 starts when the height becomes due, not before. */
void qbft_become_due(struct qbft *m)
{
    if (m->is_due)
        return;
    m->is_due = true;
    start_round_timer(m);
}

void qbft_wait_no_more(struct qbft *m)
{
    if (!m->is_waiting)
        return;
    m->is_waiting = false;
    start_round_timer(m);
}

static void clear_round(struct qbft *m)
{
    qbft_message_fini(&m->accepted);
    m->is_accepted = false;
    m->is_idle = false;
    m->is_mute = false;
    m->is_waiting = false;
}

void qbft_enter_round(struct qbft *m, uint64_t round)
{
    MM_ASSERT(round > m->round);
    clear_round(m);
    m->round = round;
    m->is_dirty = true;
    if (m->is_due)
        start_round_timer(m);
}

/* ---- heights ---- */

static void clear_height(struct qbft *m)
{
    clear_round(m);
    m->round = 0;
    m->is_due = false;
    qbft_block_unref(m->prepared.block);
    m->prepared.block = NULL;
    qbft_forget_own(m);
    memset(m->votes, 0, sizeof m->votes);
    memset(m->is_reported, 0, sizeof m->is_reported);
    m->has_refused = false;
    qbft_drop_changes(m->changes);
}

void qbft_decide(struct qbft *m, struct qbft_block *block, const struct certificate *certificate)
{
    MM_ASSERT(m->has_head && m->committed == NULL && block->height == m->at.height);
    m->committed = qbft_block_ref(block);
    m->commit = (struct qbft_commit){ m->committed, *certificate, false };
    clear_height(m);
    m->has_head = false;
}

static bool has_own(const struct qbft *m)
{
    return m->own.has_change || m->own.has_vote[VOTE_PROPOSAL] || m->own.has_vote[VOTE_PREPARE] ||
           m->own.has_vote[VOTE_COMMIT];
}

/* The run before was in this height. */
static void resume(struct qbft *m)
{
    if (m->restored_round > 0)
        qbft_enter_round(m, m->restored_round);
    if (m->restored_round > 0 || has_own(m))
        qbft_become_due(m);
    if (qbft_has_said(m, VOTE_PROPOSAL))
        qbft_receive(m, &m->own.proposal);
    for (size_t kind = VOTE_PREPARE; kind < VOTE_KINDS; kind++) {
        if (m->own.has_vote[kind] && m->self < m->at.set.count)
            qbft_keep_vote(m, &m->own.votes[kind], (enum vote_kind)kind, m->self);
    }
    if (m->own.has_change && m->self < m->at.set.count)
        qbft_keep_change(m, &m->changes[m->self], &m->is_reported[m->self], &m->own.change);
    m->is_waiting = !m->is_accepted && m->own.has_change && m->own.change.change.round == m->round;
    m->is_dirty = false;
    qbft_say_again(m);
}

static void begin_height(struct qbft *m, const struct qbft_height *height)
{
    MM_ASSERT(validators_is_valid(&height->set) && height->height > 0);
    if (height->height <= m->at.height)
        return; /* it is here, or over */
    const bool is_next = height->height == m->at.height + 1;
    const bool is_restored = m->is_restored && m->restored_height == height->height;
    if (!is_restored)
        clear_height(m);
    if (m->is_forgetful || (m->is_restored && m->restored_height > height->height)) {
        /* What was signed at this height, if anything, is not known. */
        m->sign_from = (m->is_forgetful ? height->height : m->restored_height) + 1;
        m->is_forgetful = false;
    }
    m->is_restored = false;
    m->at = *height;
    m->has_head = true;
    m->self =
        m->options.has_key ? validators_place(&height->set, &m->options.self) : MM_VALIDATORS_MAX;
    m->started_ms = m->now_ms;
    m->resend_ms = later(m->now_ms, m->options.resend_ms);
    if (is_restored)
        resume(m);
    if (is_next)
        qbft_receive_kept(m);
    else
        qbft_drop_kept(m);
}

/* ---- messages ---- */

/* Before a restart it took another proposal in this round, and said so. */
static bool has_prepared_another(const struct qbft *m, const struct qbft_vote *vote)
{
    const struct qbft_vote *own = &m->own.votes[VOTE_PREPARE];
    return m->own.has_vote[VOTE_PREPARE] && own->round == vote->round &&
           !mm_hash_equal(&own->digest, &vote->digest);
}

/* One block a round is executed, once: its proposer could make up ever new ones, or sign the same one anew. A quorum changed to the
 * round, so nothing is lost with those before it. */
static bool has_refused(const struct qbft *m, uint64_t round)
{
    return m->has_refused && m->refused_round >= round;
}

static bool is_valid(const struct qbft *m, struct qbft_block *block)
{
    return m->options.host.look(m->options.host.ctx, block) == QBFT_BLOCK_VALID;
}

/* What was not executed counts for nothing: who passed it on may have changed the body, and its time may come. */
static bool is_valid_proposal(struct qbft *m, const struct qbft_message *proposal)
{
    const enum qbft_look look = m->options.host.look(m->options.host.ctx, proposal->block);
    if (look == QBFT_BLOCK_INVALID) {
        m->has_refused = true;
        m->refused_round = proposal->vote.round;
    }
    return look == QBFT_BLOCK_VALID;
}

static void receive_proposal(struct qbft *m, const struct qbft_message *message, size_t place)
{
    const struct qbft_vote *vote = &message->vote;
    qbft_keep_vote(m, vote, VOTE_PROPOSAL, place);
    if (vote->round < m->round || (vote->round == m->round && m->is_accepted) ||
        has_prepared_another(m, vote) || has_refused(m, vote->round) ||
        !qbft_is_justified(m, message) || !is_valid_proposal(m, message))
        return;
    qbft_accept(m, message);
}

static void receive_change(struct qbft *m, const struct qbft_message *message, size_t place)
{
    /* The hash that was prepared does not cover the body that comes with it: whose turn it is would propose what nobody takes. */
    if (!qbft_is_sound_change(m, message) ||
        (message->block != NULL && !is_valid(m, message->block)))
        return;
    qbft_become_due(m);
    qbft_keep_change(m, &m->changes[place], &m->is_reported[place], message);
}

/* A block that a quorum sealed and that is not valid here cannot be helped by the machine: it stays where it is. */
static void receive_decided(struct qbft *m, const struct qbft_message *message)
{
    if (m->has_head && message->block->height == m->at.height &&
        certificate_check_signers(&m->at.set, message->sealers, message->certificate.seal_count) ==
            CERTIFICATE_OK &&
        is_valid(m, message->block))
        qbft_decide(m, message->block, &message->certificate);
}

void qbft_receive(struct qbft *m, const struct qbft_message *message)
{
    if (message->code == QBFT_DECIDED) {
        receive_decided(m, message);
        return;
    }
    const size_t place = validators_place(&m->at.set, qbft_message_signer(message));
    const uint64_t height = qbft_message_height(message);
    if (place == m->at.set.count)
        return;
    if (height == m->at.height + 1) {
        qbft_keep_for_later(m, message);
        return;
    }
    if (height != m->at.height || !m->has_head)
        return;
    switch (message->code) {
    case QBFT_PROPOSAL:
        receive_proposal(m, message, place);
        return;
    case QBFT_PREPARE:
        qbft_keep_vote(m, &message->vote, VOTE_PREPARE, place);
        return;
    case QBFT_COMMIT:
        qbft_keep_vote(m, &message->vote, VOTE_COMMIT, place);
        return;
    case QBFT_ROUND_CHANGE:
        receive_change(m, message, place);
        return;
    }
    MM_UNREACHABLE();
}

bool qbft_wants(const struct qbft *m, unsigned code, uint64_t height, uint64_t round)
{
    if (code == QBFT_DECIDED)
        return m->has_head && height == m->at.height;
    if (m->at.height == 0 || (height != m->at.height && height != m->at.height + 1))
        return false;
    if (height != m->at.height)
        return code == QBFT_PROPOSAL || code == QBFT_ROUND_CHANGE || round <= QBFT_ROUNDS_AHEAD;
    /* Rounds that are over here are not over for those behind us, who may hear of them through us alone. */
    return m->has_head && (code == QBFT_PROPOSAL || code == QBFT_ROUND_CHANGE ||
                           round <= m->round || round - m->round <= QBFT_ROUNDS_AHEAD);
}

bool qbft_status_wants(const struct qbft_status *status, const struct qbft_message *message)
{
    const uint64_t height = qbft_message_height(message);
    return height == status->height || height == status->height + 1;
}

/* ---- time ---- */

/* When the height becomes due by itself. */
static uint64_t due_ms(const struct qbft *m)
{
    const struct qbft_options *o = &m->options;
    uint64_t due = UINT64_MAX;
    if (o->empty_period_ms > 0)
        due = later(m->started_ms, o->empty_period_ms);
    if (m->has_pending && !m->is_idle && later(m->started_ms, o->min_period_ms) < due)
        due = later(m->started_ms, o->min_period_ms);
    return due;
}

/* R5: its time is over. Who signs nothing follows the others' rounds. */
static void time_out(struct qbft *m)
{
    if (m->round == UINT64_MAX)
        return;
    qbft_enter_round(m, m->round + 1);
    qbft_say_change(m);
}

/* What the event leads to, with the time that it is. */
static void react(struct qbft *m)
{
    if (!m->has_head)
        return;
    if (!m->is_due && m->now_ms >= due_ms(m))
        qbft_become_due(m);
    qbft_advance(m);
    if (m->has_head && m->is_due && !m->is_waiting && qbft_can_sign(m) &&
        m->now_ms >= m->round_deadline_ms)
        time_out(m);
    qbft_advance(m);
    if (m->has_head && m->now_ms >= m->resend_ms) {
        m->resend_ms = later(m->now_ms, m->options.resend_ms);
        if (m->send_count == 0) /* else it has just been said */
            qbft_say_again(m);
    }
}

static uint64_t deadline_ms(const struct qbft *m)
{
    if (!m->has_head)
        return UINT64_MAX;
    uint64_t deadline = UINT64_MAX;
    if (!m->is_due)
        deadline = due_ms(m);
    else if (qbft_can_sign(m) && !m->is_waiting)
        deadline = m->round_deadline_ms;
    if (m->at.set.count > 1 && has_own(m) && m->resend_ms < deadline)
        deadline = m->resend_ms;
    return deadline;
}

/* ---- steps ---- */

static void begin_step(struct qbft *m, const struct qbft_event *event)
{
    MM_ASSERT(event->now_ms >= m->now_ms);
    m->now_ms = event->now_ms;
    mm_buf_reset(&m->out);
    m->send_count = 0;
    m->evidence_count = 0;
    qbft_block_unref(m->committed);
    m->committed = NULL;
}

static void end_step(struct qbft *m, struct qbft_result *result)
{
    *result = (struct qbft_result){ .commit = m->committed != NULL ? &m->commit : NULL,
                                    .sends = m->sends,
                                    .send_count = m->send_count,
                                    .evidence = m->evidence,
                                    .evidence_count = m->evidence_count,
                                    .deadline_ms = deadline_ms(m) };
    for (size_t i = 0; i < m->send_count; i++) {
        const struct send_place *place = &m->places[i];
        m->sends[i] =
            (struct qbft_send){ place->code, mm_bytes_from(m->out.ptr + place->at, place->len) };
    }
    /* With the block on disk nothing is signed for its height any more: that says all that the record would. Where it is not known
     * what was signed, no record says that nothing was: the damaged one, or none, stays until a height that may be signed for. */
    if (m->is_dirty && m->committed == NULL && m->self < m->at.set.count && m->at.set.count > 1 &&
        m->at.height >= m->sign_from)
        qbft_write_record(m, result);
    m->is_dirty = false;
    if (m->err == MM_OK && (mm_buf_err(&m->out) != MM_OK || mm_buf_err(&m->record) != MM_OK))
        m->err = MM_ERR_NO_MEMORY;
}

static void hear_pending(struct qbft *m, bool is_pending)
{
    m->has_pending = is_pending;
    m->is_idle = false;
}

mm_err qbft_step(struct qbft *m, struct qbft_result *result, const struct qbft_event *event)
{
    begin_step(m, event);
    switch (event->kind) {
    case QBFT_TICK:
        break;
    case QBFT_MESSAGE:
        qbft_receive(m, event->message);
        break;
    case QBFT_PENDING:
        hear_pending(m, event->flag);
        break;
    case QBFT_HEAD:
        if (event->has_pending_flag)
            hear_pending(m, event->flag);
        begin_height(m, event->head);
        break;
    case QBFT_LAGGING:
        m->is_lagging = event->flag;
        break;
    }
    react(m);
    end_step(m, result);
    if (m->err != MM_OK)
        *result = (struct qbft_result){ .deadline_ms = UINT64_MAX };
    return m->err;
}

/* ---- life ---- */

mm_err qbft_new(struct qbft **out, const struct qbft_options *options)
{
    struct qbft *m = *out = mm_heap_zeroed(1, sizeof *m);
    if (m == NULL)
        return MM_ERR_NO_MEMORY;
    m->options = *options;
    m->self = MM_VALIDATORS_MAX;
    mm_buf_init(&m->out, OUT_BYTES_MAX);
    mm_buf_init(&m->record, RECORD_BYTES_MAX);
    return MM_OK;
}

void qbft_free(struct qbft *m)
{
    if (m == NULL)
        return;
    clear_height(m);
    qbft_drop_kept(m);
    qbft_block_unref(m->committed);
    mm_buf_fini(&m->out);
    mm_buf_fini(&m->record);
    mm_heap_free(m);
}

void qbft_forget(struct qbft *m)
{
    m->is_forgetful = true;
}

void qbft_read_status(const struct qbft *m, struct qbft_status *status)
{
    *status = (struct qbft_status){ .height = m->at.height, .round = m->round };
    if (m->at.height == 0)
        return;
    const mm_hash32 *digest = &m->accepted.vote.digest;
    status->is_due = m->is_due;
    status->is_proposed = m->is_accepted;
    status->is_prepared = m->prepared.block != NULL;
    status->can_sign = qbft_can_sign(m);
    status->proposer = *qbft_proposer(&m->at, m->round);
    status->prepares = m->is_accepted ? qbft_count_votes(m, VOTE_PREPARE, digest) : 0;
    status->commits = m->is_accepted ? qbft_count_votes(m, VOTE_COMMIT, digest) : 0;
    for (size_t i = 0; i < m->at.set.count; i++)
        status->changes += m->changes[i] != NULL && m->changes[i]->change.round > m->round;
}
