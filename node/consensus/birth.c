/* A new folder of a key that may have had a life before: where it signs nothing, and until when (consensus.h). */
#include "node/consensus/consensus_internal.h"

static uint64_t stored(const struct consensus *c)
{
    return ledger_stored(chain_ledger(c->options.chain));
}

enum {
    /* Where an earlier life may have signed, when this one has come to some head and does not lag: at the height after the head of
     * the others, which may be a block ahead of this one; and as it may have decided that height alone before it ended, at the next. */
    FORGOTTEN_HEIGHTS = 3,
    /* When the others voted while this node listened, they had not decided the block before. So an earlier life may have decided that
     * one, and signed at the next, and no more is possible. */
    FORGOTTEN_HEIGHTS_HEARD = 1,
    /* Who is not of the set there has signed at no height that is yet to come, unless votes for it are in blocks that this node does
     * not know. */
    FORGOTTEN_HEIGHTS_OF_OTHERS = 1,
};

static bool is_validator(const struct consensus *c)
{
    if (c->options.key == NULL)
        return false;
    const mm_addr self = secp_secret_addr(c->options.key);
    return validators_has(chain_validators(c->options.chain), &self);
}

/* Others have gone on: what this key has signed at their next heights, in a life that is forgotten, is not known. */
static void forget_next(struct consensus *c)
{
    c->forgets_height =
        stored(c) + (is_validator(c) ? FORGOTTEN_HEIGHTS : FORGOTTEN_HEIGHTS_OF_OTHERS);
    qbft_forget(c->machine);
}

/* Of two validators each is needed for everything. So what the other one signed binds both, and a new folder may sign at once; if it
 * did not, nothing would ever be decided without it, and it would wait for ever. */
static bool is_pair(const struct validator_set *set)
{
    return set->count == 2;
}

static bool is_one_of_two(const struct consensus *c)
{
    return is_pair(chain_validators(c->options.chain));
}

/* Blocks that were decided without this node, the first of them or while it catches up: the heights that it finds are yet to come.
 * Who signed at block 1 has taken part in it, unless others have several blocks. */
static bool is_finding(const struct consensus *c)
{
    const bool is_first = c->forgets_height == 0 && (!c->has_signed || stored(c) > 1);
    return c->is_born && !is_one_of_two(c) && (is_first || c->is_lagging);
}

enum birth consensus_birth_after(const struct consensus *c, const struct chain_candidate *candidate)
{
    if (is_finding(c))
        return BIRTH_FINDS;
    return c->is_born && chain_candidate_header(candidate)->number < c->forgets_height &&
                   !is_pair(chain_candidate_validators(candidate))
               ? BIRTH_WAITS
               : BIRTH_OVER;
}

void consensus_set_birth(struct consensus *c, enum birth birth, bool is_heard)
{
    const uint64_t heard = stored(c) + FORGOTTEN_HEIGHTS_HEARD;
    if (birth == BIRTH_FINDS)
        forget_next(c);
    else if (birth == BIRTH_WAITS)
        qbft_forget(c->machine);
    if (is_heard && heard < c->forgets_height)
        c->forgets_height = heard;
    c->is_born = birth != BIRTH_OVER;
    c->has_signed = false;
}

/* A record of block 1 is of no more use, and would be taken for what was signed last. */
static mm_err find_height(struct consensus *c)
{
    struct record_notes notes;
    if (c->has_signed) {
        consensus_birth_notes(c, &notes);
        MM_TRY(consensus_write_notes(c, &notes));
    }
    c->has_signed = false;
    forget_next(c);
    return MM_OK;
}

/* The heights that nothing was signed at are over, or it has taken part in the first block. */
static mm_err end_birth(struct consensus *c)
{
    struct record_notes notes;
    consensus_clean_notes(c, &notes);
    MM_TRY(consensus_write_notes(c, &notes));
    c->is_born = false;
    c->has_signed = false;
    return MM_OK;
}

/* One that is not lagging, and finds several blocks at once that end beyond what it waited for, was. */
mm_err consensus_grow_up(struct consensus *c)
{
    const uint64_t height = stored(c);
    if (!c->is_born)
        return MM_OK;
    if (is_finding(c) || (c->forgets_height > 0 && height > c->forgets_height && !is_one_of_two(c)))
        return find_height(c);
    if (height < c->forgets_height && !is_one_of_two(c))
        qbft_forget(c->machine);
    else if (c->has_signed || (c->forgets_height > 0 && height >= c->forgets_height))
        return end_birth(c);
    return MM_OK;
}

/* ---- at the start ---- */

/* A chain that one validator seals alone says by its head all that a record would. */
static bool needs_record(const struct consensus *c)
{
    return c->options.key != NULL && !chain_seals_alone(c->options.chain);
}

/* By what is on disk. *is_forgetful: what was signed at the height after the head is not known. */
mm_err consensus_begin_record(struct consensus *c, bool *is_forgetful)
{
    const bool has_blocks = ledger_stored(chain_ledger(c->options.chain)) > 0;
    enum record_state state;
    MM_TRY(consensus_restore(c, &state));
    *is_forgetful = false;
    if (!needs_record(c))
        return MM_OK;
    c->has_signed = state == RECORD_KNOWN && !has_blocks;
    c->is_born = c->has_signed || state == RECORD_BORN ||
                 state == RECORD_NONE; /* with blocks: of a snapshot, say */
    if (state == RECORD_KNOWN)
        return MM_OK;
    if (state == RECORD_NONE && !has_blocks) {
        struct record_notes notes;
        consensus_birth_notes(c, &notes);
        return consensus_write_notes(c, &notes);
    }
    *is_forgetful =
        (has_blocks || state == RECORD_UNREADABLE) && !(state == RECORD_BORN && is_one_of_two(c));
    if (*is_forgetful)
        forget_next(c);
    return MM_OK;
}
