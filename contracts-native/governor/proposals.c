/* The life of a proposal: made, queued, carried out or called off. */
#include "contracts-native/governor/governor_internal.h"
#include "state/codec/hex.h"

/* ---- making one ---- */

enum { MARK_BYTES = 52, ADDRESS_BYTES = 42 };

/* A description that ends with "#proposer=0x…" is that account's to propose, so that nobody makes it before him only to call it
 * off. What is no address there says nothing. */
static bool is_for_proposer(const mm_addr *proposer, mm_bytes description)
{
    const mm_bytes mark = MM_BYTES_LIT("#proposer=");
    mm_addr named;
    if (description.len < MARK_BYTES)
        return true;
    const uint8_t *end = description.ptr + description.len;
    if (!mm_bytes_equal(mm_bytes_from(end - MARK_BYTES, mark.len), mark))
        return true;
    const uint8_t *text = end - ADDRESS_BYTES;
    if (text[0] != '0' || text[1] != 'x' ||
        !hex_decode(named.b, mm_bytes_from(text + 2, 2 * sizeof named.b)))
        return true;
    return mm_addr_equal(&named, proposer);
}

static enum exec_status check_proposer(struct abi_call *call, const mm_addr *proposer,
                                       mm_bytes description)
{
    mm_u256 threshold;
    mm_u256 votes;
    uint64_t now;
    if (!is_for_proposer(proposer, description))
        return governor_refuse(call, GOVERNOR_RESTRICTED_PROPOSER, ABI_VALUES(abi_addr(proposer)));
    HOST_TRY(host_load(call->host, &threshold, &GOVERNOR_THRESHOLD));
    if (u256_is_zero(&threshold))
        return EXEC_OK;
    HOST_TRY(governor_now(call, &now));
    if (now == 0)
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    const mm_u256 before = u256_from_u64(now - 1);
    HOST_TRY(governor_past_votes(call, &votes, proposer, &before));
    return u256_compare(&votes, &threshold) >= 0
               ? EXEC_OK
               : governor_refuse(
                     call, GOVERNOR_INSUFFICIENT_PROPOSER_VOTES,
                     ABI_VALUES(abi_addr(proposer), abi_word(&votes), abi_word(&threshold)));
}

/* A new one of these calls: whether there is one already, and when it is voted about. */
static enum exec_status plan(struct abi_call *call, struct governor_proposal *proposal,
                             const struct governor_calls *calls)
{
    enum governor_state state;
    struct governor_times times;
    uint64_t now;
    if (calls->target_count != calls->value_count || calls->target_count != calls->count ||
        calls->count == 0)
        return governor_refuse(call, GOVERNOR_INVALID_PROPOSAL_LENGTH,
                               ABI_VALUES(abi_u64(calls->target_count), abi_u64(calls->count),
                                          abi_u64(calls->value_count)));
    const mm_u256 id = proposal->id;
    HOST_TRY(governor_load(call, proposal, &id));
    if (proposal->vote_start != 0) {
        HOST_TRY(governor_state_of(call, &state, proposal));
        return governor_refuse(call, GOVERNOR_UNEXPECTED_PROPOSAL_STATE,
                               ABI_VALUES(abi_word(&id), abi_u64(state), abi_u64(0)));
    }
    HOST_TRY(governor_now(call, &now));
    HOST_TRY(governor_load_times(call, &times));
    const uint64_t start = now + times.delay;
    if (start > CHECKPOINTS_KEY_MAX)
        return governor_refuse(call, GOVERNOR_CAST_OVERFLOWED,
                               ABI_VALUES(abi_u64(48), abi_u64(start)));
    *proposal = (struct governor_proposal){ .id = id,
                                            .proposer = *host_caller(call->host),
                                            .vote_start = start,
                                            .vote_duration = times.period };
    return EXEC_OK;
}

static enum exec_status emit_created(struct abi_call *call,
                                     const struct governor_proposal *proposal,
                                     const struct governor_calls *calls, mm_bytes description)
{
    static const mm_bytes empty[GOVERNOR_CALLS_MAX];
    struct abi_value signatures;
    if (abi_encode_list(host_arena(call->host), &signatures, empty, calls->count) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    return abi_emit(call, &governor_events[GOVERNOR_PROPOSAL_CREATED],
                    ABI_VALUES(abi_word(&proposal->id), abi_addr(&proposal->proposer),
                               *calls->targets, *calls->values, signatures, calls->list,
                               abi_u64(proposal->vote_start),
                               abi_u64(proposal->vote_start + proposal->vote_duration),
                               abi_bytes(description)));
}

/* args: targets, values, calldatas, description */
enum exec_status governor_propose(struct abi_call *call)
{
    const mm_bytes description = call->args[3].bytes;
    const mm_u256 description_hash = eip712_hash(description);
    struct governor_proposal proposal;
    struct governor_calls calls;
    HOST_TRY(check_proposer(call, host_caller(call->host), description));
    HOST_TRY(governor_read_calls(call, &calls));
    HOST_TRY(governor_id_of(call, &proposal.id, &calls, &description_hash));
    HOST_TRY(plan(call, &proposal, &calls));
    HOST_TRY(governor_check_calls(call, &calls));
    HOST_TRY(governor_store(call, &proposal));
    HOST_TRY(emit_created(call, &proposal, &calls, description));
    call->results[0] = abi_word(&proposal.id);
    return EXEC_OK;
}

/* ---- afterwards; args: targets, values, calldatas, descriptionHash ---- */

static enum exec_status find(struct abi_call *call, struct governor_proposal *proposal,
                             struct governor_calls *calls)
{
    mm_u256 id;
    HOST_TRY(governor_read_calls(call, calls));
    HOST_TRY(governor_id_of(call, &id, calls, &call->args[3].word));
    call->results[0] = abi_word(&id);
    return governor_load(call, proposal, &id);
}

enum exec_status governor_hash_proposal(struct abi_call *call)
{
    struct governor_calls calls;
    HOST_TRY(governor_read_calls(call, &calls));
    return governor_id_of(call, &call->results[0].word, &calls, &call->args[3].word);
}

enum exec_status governor_queue(struct abi_call *call)
{
    struct governor_proposal proposal;
    struct governor_calls calls;
    uint64_t delay;
    uint64_t now;
    HOST_TRY(find(call, &proposal, &calls));
    HOST_TRY(governor_require_state(call, &proposal, UINT64_C(1) << GOVERNOR_SUCCEEDED));
    HOST_TRY(governor_now(call, &now));
    HOST_TRY(governor_timelock_delay(call, &delay));
    proposal.eta = now + delay;
    if (proposal.eta > CHECKPOINTS_KEY_MAX)
        return abi_panic(call, ABI_PANIC_OVERFLOW);
    HOST_TRY(governor_store(call, &proposal));
    return abi_emit(call, &governor_events[GOVERNOR_PROPOSAL_QUEUED],
                    ABI_VALUES(abi_word(&proposal.id), abi_u64(proposal.eta)));
}

enum exec_status governor_execute(struct abi_call *call)
{
    struct governor_proposal proposal;
    struct governor_calls calls;
    uint64_t now;
    HOST_TRY(find(call, &proposal, &calls));
    HOST_TRY(governor_require_state(call, &proposal, UINT64_C(1) << GOVERNOR_QUEUED));
    HOST_TRY(governor_now(call, &now));
    if (now < proposal.eta)
        return governor_refuse(call, GOVERNOR_UNMET_DELAY,
                               ABI_VALUES(abi_word(&proposal.id), abi_u64(proposal.eta)));
    proposal.is_executed = true; /* before the calls: none of them finds it to be done */
    HOST_TRY(governor_store(call, &proposal));
    HOST_TRY(governor_do_calls(call, &calls));
    return abi_emit(call, &governor_events[GOVERNOR_PROPOSAL_EXECUTED],
                    ABI_VALUES(abi_word(&proposal.id)));
}

/* The guardian while his term lasts; the proposer until the vote begins, or at any time when there is no guardian. */
static enum exec_status may_cancel(struct abi_call *call, bool *allowed,
                                   const struct governor_proposal *proposal)
{
    const mm_addr *caller = host_caller(call->host);
    const bool is_proposer = mm_addr_equal(caller, &proposal->proposer);
    enum governor_state state;
    mm_addr guardian;
    HOST_TRY(governor_guardian(call, &guardian));
    *allowed = mm_addr_equal(caller, &guardian) || (mm_addr_is_zero(&guardian) && is_proposer);
    if (*allowed)
        return EXEC_OK;
    HOST_TRY(governor_state_of(call, &state, proposal));
    *allowed = state == GOVERNOR_PENDING && is_proposer;
    return EXEC_OK;
}

enum exec_status governor_cancel(struct abi_call *call)
{
    const uint64_t final_states = UINT64_C(1) << GOVERNOR_CANCELED |
                                  UINT64_C(1) << GOVERNOR_EXPIRED |
                                  UINT64_C(1) << GOVERNOR_EXECUTED;
    const uint64_t all = (UINT64_C(1) << GOVERNOR_STATES) - 1;
    struct governor_proposal proposal;
    struct governor_calls calls;
    bool allowed;
    HOST_TRY(find(call, &proposal, &calls));
    HOST_TRY(may_cancel(call, &allowed, &proposal));
    if (!allowed)
        return governor_refuse(
            call, GOVERNOR_UNABLE_TO_CANCEL,
            ABI_VALUES(abi_word(&proposal.id), abi_addr(host_caller(call->host))));
    HOST_TRY(governor_require_state(call, &proposal, all ^ final_states));
    proposal.is_canceled = true;
    HOST_TRY(governor_store(call, &proposal));
    return abi_emit(call, &governor_events[GOVERNOR_PROPOSAL_CANCELED],
                    ABI_VALUES(abi_word(&proposal.id)));
}
