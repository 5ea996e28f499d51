/* Casting and withdrawing votes, and what a quorum of them does to the set. */
#include "contracts-native/validators/validators_internal.h"

/* What a vote is judged by. */
struct council {
    struct validator_set set;
    struct validators_ballot ballots[MM_VALIDATORS_MAX]; /* of each of the set, in its order */
    size_t caller;                                       /* its place */
};

static enum exec_status refuse_addr(struct abi_call *call, enum validators_error error,
                                    const mm_addr *addr)
{
    return abi_revert(call, &validators_errors[error], ABI_VALUES(abi_addr(addr)));
}

static enum exec_status refuse_vote(struct abi_call *call, enum validators_error error,
                                    const struct validators_vote *vote)
{
    return abi_revert(call, &validators_errors[error],
                      ABI_VALUES(abi_addr(host_caller(call->host)), abi_addr(&vote->candidate),
                                 abi_bool(vote->add)));
}

static enum exec_status emit_vote(struct abi_call *call, enum validators_event event,
                                  const struct validators_vote *vote)
{
    return abi_emit(call, &validators_events[event],
                    ABI_VALUES(abi_addr(host_caller(call->host)), abi_addr(&vote->candidate),
                               abi_bool(vote->add)));
}

/* args: candidate, add */
static struct validators_vote vote_of(const struct abi_call *call)
{
    return (struct validators_vote){ .candidate = u256_to_addr(&call->args[0].word),
                                     .add = !u256_is_zero(&call->args[1].word) };
}

/* NotAValidator unless the caller is of the set. */
static enum exec_status find_caller(struct abi_call *call, size_t *place,
                                    const struct validator_set *set)
{
    const mm_addr *caller = host_caller(call->host);
    for (*place = 0; *place < set->count; ++*place) {
        if (mm_addr_equal(&set->addrs[*place], caller))
            return EXEC_OK;
    }
    return refuse_addr(call, VALIDATORS_NOT_A_VALIDATOR, caller);
}

/* Whether the set could be changed so. */
static enum exec_status check_change(struct abi_call *call, const struct validator_set *set,
                                     const struct validators_vote *vote)
{
    const bool is_member = validators_has(set, &vote->candidate);
    if (mm_addr_is_zero(&vote->candidate)) /* nobody has its key */
        return refuse_addr(call, VALIDATORS_INVALID_VALIDATOR, &vote->candidate);
    if (vote->add && is_member)
        return refuse_addr(call, VALIDATORS_ALREADY_A_VALIDATOR, &vote->candidate);
    if (!vote->add && !is_member)
        return refuse_addr(call, VALIDATORS_NOT_A_VALIDATOR, &vote->candidate);
    if (vote->add && set->count == MM_VALIDATORS_MAX)
        return abi_revert(call, &validators_errors[VALIDATORS_SET_FULL],
                          ABI_VALUES(abi_u64(MM_VALIDATORS_MAX)));
    if (!vote->add && set->count == 1)
        return refuse_addr(call, VALIDATORS_LAST_VALIDATOR, &vote->candidate);
    return EXEC_OK;
}

static size_t count_votes(const struct council *council, const struct validators_vote *vote)
{
    size_t count = 0;
    for (size_t i = 0; i < council->set.count; i++)
        count += validators_has_vote(&council->ballots[i], vote);
    return count;
}

/* The votes for it are spent, and who leaves takes its own along. */
static enum exec_status decide(struct abi_call *call, struct council *council,
                               const struct validators_vote *vote)
{
    for (size_t i = 0; i < council->set.count; i++) {
        struct validators_ballot *ballot = &council->ballots[i];
        const size_t place = validators_find_vote(ballot, vote);
        if (place < ballot->count)
            HOST_TRY(validators_remove_vote(call, ballot, place));
        if (mm_addr_equal(&council->set.addrs[i], &vote->candidate))
            HOST_TRY(validators_delete_ballot(call, ballot));
    }
    HOST_TRY(vote->add ? validators_insert(call, &council->set, &vote->candidate)
                       : validators_remove(call, &council->set, &vote->candidate));
    return abi_emit(call, &validators_events[vote->add ? VALIDATORS_ADDED : VALIDATORS_REMOVED],
                    ABI_VALUES(abi_addr(&vote->candidate)));
}

static enum exec_status propose(struct abi_call *call, struct council *council,
                                const struct validators_vote *vote)
{
    struct validators_ballot *own = &council->ballots[council->caller];
    const bool is_new = !validators_has_vote(own, vote);
    const size_t count = count_votes(council, vote) + is_new;
    const bool is_decided = count >= validators_quorum(council->set.count);
    if (!is_new && !is_decided)
        return refuse_vote(call, VALIDATORS_ALREADY_VOTED, vote);
    if (is_new)
        HOST_TRY(emit_vote(call, VALIDATORS_VOTED, vote));
    if (is_decided) /* the deciding vote is spent before it is written */
        return decide(call, council, vote);
    if (own->count == VALIDATORS_VOTES_MAX)
        return abi_revert(
            call, &validators_errors[VALIDATORS_TOO_MANY_VOTES],
            ABI_VALUES(abi_addr(host_caller(call->host)), abi_u64(VALIDATORS_VOTES_MAX)));
    return validators_add_vote(call, own, vote);
}

enum exec_status validators_propose(struct abi_call *call)
{
    const struct validators_vote vote = vote_of(call);
    struct council council;
    HOST_TRY(validators_load(call, &council.set));
    HOST_TRY(find_caller(call, &council.caller, &council.set));
    HOST_TRY(check_change(call, &council.set, &vote));
    HOST_TRY(validators_load_ballots(call, council.ballots, &council.set));
    return propose(call, &council, &vote);
}

enum exec_status validators_withdraw(struct abi_call *call)
{
    const struct validators_vote vote = vote_of(call);
    struct validator_set set;
    struct validators_ballot ballot;
    size_t caller;
    HOST_TRY(validators_load(call, &set));
    HOST_TRY(find_caller(call, &caller, &set));
    HOST_TRY(validators_load_ballot(call, &ballot, &set.addrs[caller]));
    const size_t place = validators_find_vote(&ballot, &vote);
    if (place == ballot.count)
        return refuse_vote(call, VALIDATORS_VOTE_NOT_FOUND, &vote);
    HOST_TRY(validators_remove_vote(call, &ballot, place));
    return emit_vote(call, VALIDATORS_VOTE_WITHDRAWN, &vote);
}
