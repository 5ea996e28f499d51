/* The governor of a collection: its token holders propose, vote and carry out what only governance may do (docs/AINFT.md).
 *
 *      propose ──► Pending ──votingDelay──► Active ──votingPeriod──► Succeeded ──queue──► Queued ──timelockDelay──► execute ──► Executed
 *         │            │                      │                └──► Defeated                │
 *         │            └── proposer           └───────────── guardian, until his term ends ─┴──► Canceled
 *         ├── only calls that are governance's: ProposalCallNotAllowed
 *         └── and that would do now: they are tried, and undone
 *
 * Its executable specification is OpenZeppelin's Governor with GovernorSettings, GovernorCountingSimple, GovernorVotes,
 * GovernorVotesQuorumFraction and GovernorProposalGuardian: the same checks in the same order, errors, events and storage, slot by
 * slot. What is ours: a timelock that is built in, a guardian whose term ends, proposals that are checked when they are made, and
 * that it holds nothing: it takes neither ether nor tokens, and nothing that it can call moves any.
 *
 *     slot  0, 1  of EIP712, unused                  8  uint48 votingDelay, uint32 votingPeriod
 *           2  account => uint256 nonces             9  proposal => Votes
 *           3  string name                          10  checkpoints of the quorum's numerator
 *           4  proposal => Core                     11  address collection, uint48 timelockDelay
 *           5, 6  of Governor, unused               12  address guardian, uint64 guardianUntil
 *           7  uint256 proposalThreshold
 *
 *     Core   { address proposer; uint48 voteStart; uint32 voteDuration; bool executed; bool canceled; uint48 eta }
 *     Votes  { uint256 against; uint256 for; uint256 abstain; account => bool hasVoted }
 *
 * Votes are the collection's, asked of it by calls (ERC-5805), as is everything that is carried out. The clock is the block's time.
 *
 * Memory: nothing outlives a call. Threads: governor_init once, before any call. Limits: GOVERNOR_…_MAX.
 * Source: OpenZeppelin Contracts 5.7.0, governance; ERC-5805, 6372, EIP-712. */
#ifndef CONTRACTS_NATIVE_GOVERNOR_GOVERNOR_H
#define CONTRACTS_NATIVE_GOVERNOR_GOVERNOR_H

#include "contracts-native/storage/storage.h"

enum {
    GOVERNOR_MODULE = 0x07,
    GOVERNOR_VERSION = 1,
    GOVERNOR_CALLS_MAX =
        16, /* of a proposal: calldata may name the same bytes again and again, and all are hashed */
    GOVERNOR_QUORUM_DENOMINATOR = 100,
};

enum governor_state {
    GOVERNOR_PENDING,
    GOVERNOR_ACTIVE,
    GOVERNOR_CANCELED,
    GOVERNOR_DEFEATED,
    GOVERNOR_SUCCEEDED,
    GOVERNOR_QUEUED,
    GOVERNOR_EXPIRED, /* never */
    GOVERNOR_EXECUTED,
    GOVERNOR_STATES, /* how many */
};

enum governor_support { GOVERNOR_AGAINST, GOVERNOR_FOR, GOVERNOR_ABSTAIN };

enum governor_error {
    GOVERNOR_ALREADY_CAST_VOTE,
    GOVERNOR_DISABLED_DEPOSIT,
    GOVERNOR_INSUFFICIENT_PROPOSER_VOTES,
    GOVERNOR_INVALID_PROPOSAL_LENGTH,
    GOVERNOR_INVALID_QUORUM_FRACTION,
    GOVERNOR_INVALID_SIGNATURE,
    GOVERNOR_INVALID_VOTE_TYPE,
    GOVERNOR_INVALID_VOTING_PERIOD,
    GOVERNOR_NONEXISTENT_PROPOSAL,
    GOVERNOR_ONLY_EXECUTOR,
    GOVERNOR_RESTRICTED_PROPOSER,
    GOVERNOR_UNABLE_TO_CANCEL,
    GOVERNOR_UNEXPECTED_PROPOSAL_STATE,
    GOVERNOR_UNMET_DELAY,
    GOVERNOR_FAILED_CALL,
    GOVERNOR_CAST_OVERFLOWED,
    GOVERNOR_CALL_NOT_ALLOWED,
    GOVERNOR_VALUE_NOT_ALLOWED,
    GOVERNOR_TRIED, /* how a trial ends that went well; nobody outside sees it */
    GOVERNOR_LIMIT_REACHED,
    GOVERNOR_ERRORS, /* how many */
};

/* By the text that gives their selector. */
extern struct abi_signature governor_errors[GOVERNOR_ERRORS];

/* What a proposal may consist of, by its text: of the collection, then the governor's own settings. */
enum { GOVERNOR_MAY_CALL_COLLECTION = 8, GOVERNOR_MAY_CALL = 13 };
extern const char *const governor_may_call[GOVERNOR_MAY_CALL];

void governor_init(void);

/* Arguments of the constructor. */
struct governor_params {
    mm_bytes name;
    mm_addr collection;
    uint64_t voting_delay;   /* seconds, 48 bits */
    uint64_t voting_period;  /* 32 bits */
    uint64_t timelock_delay; /* 48 bits */
    mm_u256 proposal_threshold;
    uint64_t quorum_percent;
    mm_addr guardian;
    uint64_t guardian_until;
};
/* GovernorInvalidVotingPeriod(0), GovernorInvalidQuorumFraction(percent, 100). */
MM_MUST_USE enum exec_status governor_construct(struct abi_call *call,
                                                const struct governor_params *params);

extern const struct exec_native governor_native;

#endif
