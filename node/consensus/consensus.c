#include "node/consensus/consensus.h"

#include "node/consensus/consensus_internal.h"
#include "state/base/assert.h"
#include "state/base/heap.h"

/* ---- what a step leads to ---- */

/* What a new folder signs at block 1 says nothing of what is beyond: there may be others who have that block, and not be heard yet. */
static mm_err write_record(struct consensus *c, const struct qbft_result *result)
{
    struct record_notes notes;
    consensus_record_notes(c, &notes, result);
    MM_TRY(consensus_write_notes(c, &notes));
    c->has_signed = c->is_born && ledger_stored(chain_ledger(c->options.chain)) == 0;
    c->is_born = c->has_signed;
    return MM_OK;
}

/* With the block on disk nothing is signed for its height any more. A validator that stays alone has no record that could end. */
static bool ends_record(const struct consensus *c, const struct chain_candidate *candidate)
{
    return c->options.key != NULL && (c->is_born || chain_validators(c->options.chain)->count > 1 ||
                                      chain_candidate_validators(candidate)->count > 1);
}

static void forget_built(struct consensus *c)
{
    qbft_block_unref(c->own);
    c->own = NULL;
    c->has_built = false;
}

/* A height is over. */
static void end_look(struct consensus *c, size_t tx_count)
{
    if (c->has_looked)
        pace_note(&c->pace, tx_count, c->options.host.now_ms(c->options.host.ctx) - c->looked_ms);
    c->has_looked = false;
}

static mm_err commit(struct consensus *c, const struct qbft_commit *commit)
{
    struct chain *chain = c->options.chain;
    struct record_notes notes = { .count = 0 };
    struct block_refusal refusal;
    struct chain_candidate *candidate = chain_find_candidate(chain, &commit->block->hash);
    if (candidate == NULL) /* others took its place: it is executed once more */
        MM_TRY(chain_verify(chain, &candidate, &refusal,
                            mm_bytes_from(commit->block->bytes, commit->block->len)));
    MM_ASSERT(candidate != NULL);
    const struct chain_block block = { chain_candidate_header(candidate)->number,
                                       commit->block->hash, chain_candidate_tx_count(candidate) };
    const enum birth birth = consensus_birth_after(c, candidate);
    const bool is_heard = commit->is_counted && !c->is_lagging;
    const bool ends = birth == BIRTH_OVER && ends_record(c, candidate);
    if (birth == BIRTH_FINDS)
        consensus_birth_notes(c, &notes);
    else if (ends)
        consensus_clean_notes(c, &notes);
    if (c->has_note && mm_hash_equal(&c->built, &commit->block->hash))
        notes.notes[notes.count++] = c->note;
    MM_TRY(chain_commit(chain, candidate, &commit->certificate, notes.notes, notes.count));
    if (birth == BIRTH_FINDS || ends)
        c->kept = notes.kept;
    consensus_set_birth(c, birth, is_heard);
    forget_built(c);
    end_look(c, block.tx_count);
    c->options.host.committed(c->options.host.ctx, &block);
    return MM_OK;
}

static mm_err carry_out(struct consensus *c, const struct qbft_result *result)
{
    const struct consensus_host *host = &c->options.host;
    if (result->has_record)
        MM_TRY(write_record(c, result));
    if (result->commit != NULL)
        MM_TRY(commit(c, result->commit));
    for (size_t i = 0; i < result->send_count; i++)
        host->send(host->ctx, result->sends[i].code, result->sends[i].bytes);
    for (size_t i = 0; i < result->evidence_count && host->evidence != NULL; i++)
        host->evidence(host->ctx, &result->evidence[i]);
    c->deadline_ms = result->deadline_ms;
    return MM_OK;
}

/* ---- steps ---- */

static mm_err step_once(struct consensus *c, struct qbft_event *event, bool *has_committed)
{
    struct qbft_result result;
    event->now_ms = c->options.host.now_ms(c->options.host.ctx);
    c->has_note = false;
    MM_TRY(qbft_step(c->machine, &result, event));
    MM_TRY(c->err);
    *has_committed = result.commit != NULL;
    return carry_out(c, &result);
}

static struct qbft_height next_height(const struct consensus *c)
{
    struct qbft_height next = { .set = *chain_validators(c->options.chain) };
    struct ledger_view *view = ledger_acquire(chain_ledger(c->options.chain));
    next.height = ledger_head(view) + 1;
    next.parent_builder = ledger_head_header(view)->coinbase;
    ledger_release(view);
    return next;
}

/* With what waits: or the height would be due for transactions that are in the chain already. */
static mm_err tell_head(struct consensus *c, bool *has_committed)
{
    const struct consensus_host *host = &c->options.host;
    const struct qbft_height next = next_height(c);
    struct qbft_event head = { .kind = QBFT_HEAD,
                               .head = &next,
                               .has_pending_flag = true,
                               .flag = host->is_pending(host->ctx) };
    return step_once(c, &head, has_committed);
}

static mm_err tell_heads(struct consensus *c)
{
    bool has_committed = true;
    while (has_committed)
        MM_TRY(tell_head(c, &has_committed));
    return MM_OK;
}

/* And what a new head leads to, until nothing is decided any more. */
static mm_err step(struct consensus *c, struct qbft_event event)
{
    bool has_committed;
    MM_TRY(step_once(c, &event, &has_committed));
    return has_committed ? tell_heads(c) : MM_OK;
}

static mm_err take_up_head(struct consensus *c)
{
    const struct qbft_height next = next_height(c);
    return step(c, (struct qbft_event){ .kind = QBFT_HEAD, .head = &next });
}

mm_err consensus_tick(struct consensus *c)
{
    return step(c, (struct qbft_event){ .kind = QBFT_TICK });
}

mm_err consensus_message(struct consensus *c, const struct qbft_message *message)
{
    return step(c, (struct qbft_event){ .kind = QBFT_MESSAGE, .message = message });
}

mm_err consensus_pending(struct consensus *c, bool pending)
{
    return step(c, (struct qbft_event){ .kind = QBFT_PENDING, .flag = pending });
}

mm_err consensus_lagging(struct consensus *c, bool lagging)
{
    c->is_lagging = lagging;
    return step(c, (struct qbft_event){ .kind = QBFT_LAGGING, .flag = lagging });
}

mm_err consensus_imported(struct consensus *c)
{
    c->has_looked = false;
    MM_TRY(consensus_grow_up(c));
    return tell_heads(c);
}

/* ---- life ---- */

static mm_err new_machine(struct consensus *c)
{
    const struct consensus_options *o = &c->options;
    const struct qbft_options options = {
        .host = consensus_host_of(c),
        .crypto = QBFT_SECP256K1,
        .domain = chain_seal_domain(o->chain),
        .has_key = o->key != NULL,
        .self = o->key != NULL ? secp_secret_addr(o->key) : (mm_addr){ { 0 } },
        .base_timeout_ms = o->base_timeout_ms,
        .cap_timeout_ms = o->cap_timeout_ms,
        .min_period_ms = o->min_period_ms,
        .empty_period_ms = o->empty_period_ms,
        .resend_ms = QBFT_RESEND_MS,
    };
    qbft_free(c->machine);
    c->machine = NULL;
    forget_built(c);
    return qbft_new(&c->machine, &options);
}

static mm_err begin(struct consensus *c, bool *is_forgetful)
{
    MM_TRY(new_machine(c));
    MM_TRY(consensus_begin_record(c, is_forgetful));
    return take_up_head(c);
}

mm_err consensus_new(struct consensus **out, const struct consensus_options *options,
                     bool *is_forgetful)
{
    bool forgetful = false;
    struct consensus *c = *out = mm_heap_zeroed(1, sizeof *c);
    if (c == NULL)
        return MM_ERR_NO_MEMORY;
    c->options = *options;
    c->pace = pace_begin(options->base_timeout_ms);
    const mm_err err = begin(c, &forgetful);
    if (is_forgetful != NULL)
        *is_forgetful = forgetful;
    if (err != MM_OK) {
        consensus_free(c);
        *out = NULL;
    }
    return err;
}

mm_err consensus_restart(struct consensus *c)
{
    MM_TRY(new_machine(c));
    return take_up_head(c);
}

void consensus_free(struct consensus *c)
{
    if (c == NULL)
        return;
    forget_built(c);
    qbft_free(c->machine);
    mm_heap_free(c);
}

/* ---- questions ---- */

uint64_t consensus_deadline_ms(const struct consensus *c)
{
    return c->deadline_ms;
}

void consensus_status(const struct consensus *c, struct qbft_status *status)
{
    qbft_read_status(c->machine, status);
}

bool consensus_wants(const struct consensus *c, unsigned code, uint64_t height, uint64_t round)
{
    return qbft_wants(c->machine, code, height, round);
}
