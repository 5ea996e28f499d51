/* A proposal as it is stored, and what became of it.
 *
 *     byte   31        30        29 ... 26     25 .... 20  19 ...... 0
 *            canceled  executed  voteDuration  voteStart   proposer        and eta in the next slot */
#include "contracts-native/governor/governor_internal.h"
#include "state/base/assert.h"

enum exec_status governor_load(struct abi_call *call, struct governor_proposal *proposal,
                               const mm_u256 *id)
{
    const mm_u256 slot = storage_at_word(id, &GOVERNOR_PROPOSALS);
    const mm_u256 eta_slot = governor_word(&slot, 1);
    mm_u256 word;
    mm_u256 eta;
    HOST_TRY(host_load(call->host, &word, &slot));
    HOST_TRY(host_load(call->host, &eta, &eta_slot));
    *proposal = (struct governor_proposal){
        .id = *id,
        .proposer = u256_to_addr(&word),
        .vote_start = word.limb[2] >> 32 | (word.limb[3] & UINT16_MAX) << 32,
        .vote_duration = word.limb[3] >> 16 & UINT32_MAX,
        .is_executed = (word.limb[3] >> 48 & UINT8_MAX) != 0,
        .is_canceled = word.limb[3] >> 56 != 0,
        .eta = eta.limb[0] & CHECKPOINTS_KEY_MAX,
    };
    return EXEC_OK;
}

enum exec_status governor_store(struct abi_call *call, const struct governor_proposal *proposal)
{
    const mm_u256 slot = storage_at_word(&proposal->id, &GOVERNOR_PROPOSALS);
    const mm_u256 eta_slot = governor_word(&slot, 1);
    const mm_u256 eta = u256_from_u64(proposal->eta);
    mm_u256 word = u256_from_addr(&proposal->proposer);
    MM_ASSERT(proposal->vote_start <= CHECKPOINTS_KEY_MAX && proposal->eta <= CHECKPOINTS_KEY_MAX &&
              proposal->vote_duration <= UINT32_MAX);
    word.limb[2] |= proposal->vote_start << 32;
    word.limb[3] = proposal->vote_start >> 32 | proposal->vote_duration << 16 |
                   (uint64_t)proposal->is_executed << 48 | (uint64_t)proposal->is_canceled << 56;
    HOST_TRY(host_store(call->host, &slot, &word));
    return proposal->eta == 0 ? EXEC_OK : host_store(call->host, &eta_slot, &eta);
}

enum exec_status governor_deadline(struct abi_call *call, uint64_t *deadline,
                                   const struct governor_proposal *proposal)
{
    *deadline = proposal->vote_start + proposal->vote_duration;
    return *deadline <= CHECKPOINTS_KEY_MAX ? EXEC_OK : abi_panic(call, ABI_PANIC_OVERFLOW);
}

/* When the vote is over: whether enough took part, and more were for it than against. */
static enum exec_status outcome_of(struct abi_call *call, enum governor_state *state,
                                   const struct governor_proposal *proposal)
{
    const mm_u256 snapshot = u256_from_u64(proposal->vote_start);
    struct governor_tally tally;
    mm_u256 quorum;
    mm_u256 counted;
    HOST_TRY(governor_quorum_at(call, &quorum, &snapshot));
    HOST_TRY(governor_load_tally(call, &tally, &proposal->id));
    if (!u256_add(&counted, &tally.sums[GOVERNOR_FOR], &tally.sums[GOVERNOR_ABSTAIN]))
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    const bool is_for = u256_compare(&tally.sums[GOVERNOR_FOR], &tally.sums[GOVERNOR_AGAINST]) > 0;
    *state = u256_compare(&quorum, &counted) > 0 || !is_for ? GOVERNOR_DEFEATED
             : proposal->eta == 0                           ? GOVERNOR_SUCCEEDED
                                                            : GOVERNOR_QUEUED;
    return EXEC_OK;
}

enum exec_status governor_state_of(struct abi_call *call, enum governor_state *state,
                                   const struct governor_proposal *proposal)
{
    uint64_t deadline;
    uint64_t now;
    *state = proposal->is_executed ? GOVERNOR_EXECUTED : GOVERNOR_CANCELED;
    if (proposal->is_executed || proposal->is_canceled)
        return EXEC_OK;
    if (proposal->vote_start == 0)
        return governor_refuse(call, GOVERNOR_NONEXISTENT_PROPOSAL,
                               ABI_VALUES(abi_word(&proposal->id)));
    HOST_TRY(governor_now(call, &now));
    *state = GOVERNOR_PENDING;
    if (proposal->vote_start >= now)
        return EXEC_OK;
    HOST_TRY(governor_deadline(call, &deadline, proposal));
    *state = GOVERNOR_ACTIVE;
    return deadline >= now ? EXEC_OK : outcome_of(call, state, proposal);
}

enum exec_status governor_require_state(struct abi_call *call,
                                        const struct governor_proposal *proposal, uint64_t states)
{
    enum governor_state state;
    HOST_TRY(governor_state_of(call, &state, proposal));
    if ((states >> state & 1) != 0)
        return EXEC_OK;
    return governor_refuse(call, GOVERNOR_UNEXPECTED_PROPOSAL_STATE,
                           ABI_VALUES(abi_word(&proposal->id), abi_u64(state), abi_u64(states)));
}

/* ---- functions; args: proposal ---- */

enum exec_status governor_state_view(struct abi_call *call)
{
    struct governor_proposal proposal;
    enum governor_state state;
    HOST_TRY(governor_load(call, &proposal, &call->args[0].word));
    HOST_TRY(governor_state_of(call, &state, &proposal));
    call->results[0] = abi_u64(state);
    return EXEC_OK;
}

enum exec_status governor_snapshot(struct abi_call *call)
{
    struct governor_proposal proposal;
    HOST_TRY(governor_load(call, &proposal, &call->args[0].word));
    call->results[0] = abi_u64(proposal.vote_start);
    return EXEC_OK;
}

enum exec_status governor_deadline_view(struct abi_call *call)
{
    struct governor_proposal proposal;
    uint64_t deadline;
    HOST_TRY(governor_load(call, &proposal, &call->args[0].word));
    HOST_TRY(governor_deadline(call, &deadline, &proposal));
    call->results[0] = abi_u64(deadline);
    return EXEC_OK;
}

enum exec_status governor_proposer(struct abi_call *call)
{
    struct governor_proposal proposal;
    HOST_TRY(governor_load(call, &proposal, &call->args[0].word));
    call->results[0] = abi_addr(&proposal.proposer);
    return EXEC_OK;
}

enum exec_status governor_eta(struct abi_call *call)
{
    struct governor_proposal proposal;
    HOST_TRY(governor_load(call, &proposal, &call->args[0].word));
    call->results[0] = abi_u64(proposal.eta);
    return EXEC_OK;
}

enum exec_status governor_needs_queuing(struct abi_call *call)
{
    call->results[0] = abi_bool(true);
    return EXEC_OK;
}
