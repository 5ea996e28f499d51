/* What the files of the governor share. */
#ifndef CONTRACTS_NATIVE_GOVERNOR_GOVERNOR_INTERNAL_H
#define CONTRACTS_NATIVE_GOVERNOR_GOVERNOR_INTERNAL_H

#include "contracts-native/checkpoints/checkpoints.h"
#include "contracts-native/eip712/eip712.h"
#include "contracts-native/governor/governor.h"

enum governor_event {
    GOVERNOR_PROPOSAL_CREATED,
    GOVERNOR_PROPOSAL_QUEUED,
    GOVERNOR_PROPOSAL_EXECUTED,
    GOVERNOR_PROPOSAL_CANCELED,
    GOVERNOR_VOTE_CAST,
    GOVERNOR_VOTE_CAST_WITH_PARAMS,
    GOVERNOR_VOTING_DELAY_SET,
    GOVERNOR_VOTING_PERIOD_SET,
    GOVERNOR_PROPOSAL_THRESHOLD_SET,
    GOVERNOR_QUORUM_NUMERATOR_UPDATED,
    GOVERNOR_TIMELOCK_DELAY_SET,
    GOVERNOR_EVENTS, /* how many */
};

extern struct abi_signature governor_events[GOVERNOR_EVENTS];

void governor_signatures_init(void);
void governor_allowed_init(void);

extern const mm_u256 GOVERNOR_NONCES;     /* address => uint256 */
extern const mm_u256 GOVERNOR_NAME;       /* string */
extern const mm_u256 GOVERNOR_PROPOSALS;  /* uint256 => Core */
extern const mm_u256 GOVERNOR_THRESHOLD;  /* uint256 */
extern const mm_u256 GOVERNOR_TIMES;      /* uint48 votingDelay, uint32 votingPeriod */
extern const mm_u256 GOVERNOR_VOTES;      /* uint256 => Votes */
extern const mm_u256 GOVERNOR_QUORUM;     /* checkpoints */
extern const mm_u256 GOVERNOR_COLLECTION; /* address collection, uint48 timelockDelay */
extern const mm_u256 GOVERNOR_GUARDIAN;   /* address guardian, uint64 guardianUntil */

MM_MUST_USE enum exec_status governor_refuse(struct abi_call *call, enum governor_error error,
                                             const struct abi_value *args);
MM_MUST_USE enum exec_status governor_now(struct abi_call *call, uint64_t *now);
/* A word of a struct that begins at the slot. */
mm_u256 governor_word(const mm_u256 *slot, uint64_t index);

/* ---- settings.c ---- */

MM_MUST_USE enum exec_status governor_collection(struct abi_call *call, mm_addr *collection);
MM_MUST_USE enum exec_status governor_timelock_delay(struct abi_call *call, uint64_t *seconds);
/* Whose veto holds now; nobody's when the term is over. */
MM_MUST_USE enum exec_status governor_guardian(struct abi_call *call, mm_addr *guardian);
struct governor_times {
    uint64_t delay;
    uint64_t period;
};
MM_MUST_USE enum exec_status governor_load_times(struct abi_call *call,
                                                 struct governor_times *times);

/* ---- states.c ---- */

struct governor_proposal {
    mm_u256 id;
    mm_addr proposer;
    uint64_t vote_start;    /* 48 bits; 0: there is no such proposal */
    uint64_t vote_duration; /* 32 bits */
    bool is_executed;
    bool is_canceled;
    uint64_t eta; /* 48 bits; 0: not queued */
};
MM_MUST_USE enum exec_status governor_load(struct abi_call *call,
                                           struct governor_proposal *proposal, const mm_u256 *id);
MM_MUST_USE enum exec_status governor_store(struct abi_call *call,
                                            const struct governor_proposal *proposal);
/* Panic(0x11) beyond 48 bits. */
MM_MUST_USE enum exec_status governor_deadline(struct abi_call *call, uint64_t *deadline,
                                               const struct governor_proposal *proposal);
/* GovernorNonexistentProposal. */
MM_MUST_USE enum exec_status governor_state_of(struct abi_call *call, enum governor_state *state,
                                               const struct governor_proposal *proposal);
/* GovernorUnexpectedProposalState unless its state is one of these bits. */
MM_MUST_USE enum exec_status governor_require_state(struct abi_call *call,
                                                    const struct governor_proposal *proposal,
                                                    uint64_t states);

/* ---- counting.c ---- */

enum { GOVERNOR_HAS_VOTED = 3 }; /* word of Votes, behind the three sums */

struct governor_tally {
    mm_u256 sums[3]; /* by enum governor_support */
};
MM_MUST_USE enum exec_status governor_load_tally(struct abi_call *call,
                                                 struct governor_tally *tally, const mm_u256 *id);
MM_MUST_USE enum exec_status governor_past_votes(struct abi_call *call, mm_u256 *votes,
                                                 const mm_addr *account, const mm_u256 *time);
MM_MUST_USE enum exec_status governor_quorum_at(struct abi_call *call, mm_u256 *quorum,
                                                const mm_u256 *time);

/* ---- calls.c: what a proposal would do ---- */

struct governor_calls {
    const struct abi_value *targets;
    const struct abi_value *values;
    size_t target_count;
    size_t value_count;
    size_t count; /* of data */
    mm_bytes data[GOVERNOR_CALLS_MAX];
    struct abi_value list; /* the data, as one value */
};
/* Of the first three arguments. LimitReached("calls", 16). */
MM_MUST_USE enum exec_status governor_read_calls(struct abi_call *call,
                                                 struct governor_calls *calls);
MM_MUST_USE enum exec_status governor_id_of(struct abi_call *call, mm_u256 *id,
                                            const struct governor_calls *calls,
                                            const mm_u256 *description_hash);
/* Does them, in their order. What one of them refuses is refused with its words, FailedCall() when it has none. */
MM_MUST_USE enum exec_status governor_do_calls(struct abi_call *call,
                                               const struct governor_calls *calls);
/* allowed.c: ProposalValueNotAllowed, ProposalCallNotAllowed; then what they are refused with when they are tried now. */
MM_MUST_USE enum exec_status governor_check_calls(struct abi_call *call,
                                                  const struct governor_calls *calls);
/* GovernorOnlyExecutor unless the governor calls itself. */
MM_MUST_USE enum exec_status governor_check_executor(struct abi_call *call);

/* ---- functions, as the table in governor.c names them ---- */

enum exec_status governor_propose(struct abi_call *call);
enum exec_status governor_hash_proposal(struct abi_call *call);
enum exec_status governor_queue(struct abi_call *call);
enum exec_status governor_execute(struct abi_call *call);
enum exec_status governor_cancel(struct abi_call *call);
enum exec_status governor_try_calls(struct abi_call *call);

enum exec_status governor_state_view(struct abi_call *call);
enum exec_status governor_snapshot(struct abi_call *call);
enum exec_status governor_deadline_view(struct abi_call *call);
enum exec_status governor_proposer(struct abi_call *call);
enum exec_status governor_eta(struct abi_call *call);
enum exec_status governor_needs_queuing(struct abi_call *call);

enum exec_status governor_cast_vote(struct abi_call *call);
enum exec_status governor_cast_vote_with_reason(struct abi_call *call);
enum exec_status governor_cast_vote_with_params(struct abi_call *call);
enum exec_status governor_cast_vote_by_sig(struct abi_call *call);
enum exec_status governor_cast_vote_with_params_by_sig(struct abi_call *call);
enum exec_status governor_ballot_typehash(struct abi_call *call);
enum exec_status governor_extended_ballot_typehash(struct abi_call *call);
enum exec_status governor_nonces(struct abi_call *call);

enum exec_status governor_counting_mode(struct abi_call *call);
enum exec_status governor_get_votes(struct abi_call *call);
enum exec_status governor_has_voted(struct abi_call *call);
enum exec_status governor_proposal_votes(struct abi_call *call);
enum exec_status governor_quorum(struct abi_call *call);
enum exec_status governor_quorum_numerator(struct abi_call *call);
enum exec_status governor_quorum_numerator_at(struct abi_call *call);
enum exec_status governor_quorum_denominator(struct abi_call *call);

enum exec_status governor_token(struct abi_call *call);
enum exec_status governor_voting_delay(struct abi_call *call);
enum exec_status governor_voting_period(struct abi_call *call);
enum exec_status governor_proposal_threshold(struct abi_call *call);
enum exec_status governor_timelock_delay_view(struct abi_call *call);
enum exec_status governor_guardian_view(struct abi_call *call);
enum exec_status governor_guardian_until(struct abi_call *call);
enum exec_status governor_set_voting_delay(struct abi_call *call);
enum exec_status governor_set_voting_period(struct abi_call *call);
enum exec_status governor_set_proposal_threshold(struct abi_call *call);
enum exec_status governor_set_timelock_delay(struct abi_call *call);
enum exec_status governor_update_quorum_numerator(struct abi_call *call);

#endif
