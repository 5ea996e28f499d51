/* Errors and events, by the texts that give their selectors and topics; where each variable stands. */
#include "contracts-native/governor/governor_internal.h"

// clang-format off
static const char *const error_texts[GOVERNOR_ERRORS] = {
    [GOVERNOR_ALREADY_CAST_VOTE]           = "GovernorAlreadyCastVote(address)",
    [GOVERNOR_DISABLED_DEPOSIT]            = "GovernorDisabledDeposit()",
    [GOVERNOR_INSUFFICIENT_PROPOSER_VOTES] = "GovernorInsufficientProposerVotes(address,uint256,uint256)",
    [GOVERNOR_INVALID_PROPOSAL_LENGTH]     = "GovernorInvalidProposalLength(uint256,uint256,uint256)",
    [GOVERNOR_INVALID_QUORUM_FRACTION]     = "GovernorInvalidQuorumFraction(uint256,uint256)",
    [GOVERNOR_INVALID_SIGNATURE]           = "GovernorInvalidSignature(address)",
    [GOVERNOR_INVALID_VOTE_TYPE]           = "GovernorInvalidVoteType()",
    [GOVERNOR_INVALID_VOTING_PERIOD]       = "GovernorInvalidVotingPeriod(uint256)",
    [GOVERNOR_NONEXISTENT_PROPOSAL]        = "GovernorNonexistentProposal(uint256)",
    [GOVERNOR_ONLY_EXECUTOR]               = "GovernorOnlyExecutor(address)",
    [GOVERNOR_RESTRICTED_PROPOSER]         = "GovernorRestrictedProposer(address)",
    [GOVERNOR_UNABLE_TO_CANCEL]            = "GovernorUnableToCancel(uint256,address)",
    [GOVERNOR_UNEXPECTED_PROPOSAL_STATE]   = "GovernorUnexpectedProposalState(uint256,uint8,bytes32)",
    [GOVERNOR_UNMET_DELAY]                 = "GovernorUnmetDelay(uint256,uint256)",
    [GOVERNOR_FAILED_CALL]                 = "FailedCall()",
    [GOVERNOR_CAST_OVERFLOWED]             = "SafeCastOverflowedUintDowncast(uint8,uint256)",
    [GOVERNOR_CALL_NOT_ALLOWED]            = "ProposalCallNotAllowed(uint256,address,bytes4)",
    [GOVERNOR_VALUE_NOT_ALLOWED]           = "ProposalValueNotAllowed(uint256,uint256)",
    [GOVERNOR_TRIED]                       = "ProposalTried()",
    [GOVERNOR_LIMIT_REACHED]               = "LimitReached(bytes32,uint256)",
};

static const char *const event_texts[GOVERNOR_EVENTS] = {
    [GOVERNOR_PROPOSAL_CREATED]         = "ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256,string)",
    [GOVERNOR_PROPOSAL_QUEUED]          = "ProposalQueued(uint256,uint256)",
    [GOVERNOR_PROPOSAL_EXECUTED]        = "ProposalExecuted(uint256)",
    [GOVERNOR_PROPOSAL_CANCELED]        = "ProposalCanceled(uint256)",
    [GOVERNOR_VOTE_CAST]                = "VoteCast(address indexed,uint256,uint8,uint256,string)",
    [GOVERNOR_VOTE_CAST_WITH_PARAMS]    = "VoteCastWithParams(address indexed,uint256,uint8,uint256,string,bytes)",
    [GOVERNOR_VOTING_DELAY_SET]         = "VotingDelaySet(uint256,uint256)",
    [GOVERNOR_VOTING_PERIOD_SET]        = "VotingPeriodSet(uint256,uint256)",
    [GOVERNOR_PROPOSAL_THRESHOLD_SET]   = "ProposalThresholdSet(uint256,uint256)",
    [GOVERNOR_QUORUM_NUMERATOR_UPDATED] = "QuorumNumeratorUpdated(uint256,uint256)",
    [GOVERNOR_TIMELOCK_DELAY_SET]       = "TimelockDelaySet(uint256,uint256)",
};

const mm_u256 GOVERNOR_NONCES     = { { 2, 0, 0, 0 } };
const mm_u256 GOVERNOR_NAME       = { { 3, 0, 0, 0 } };
const mm_u256 GOVERNOR_PROPOSALS  = { { 4, 0, 0, 0 } };
const mm_u256 GOVERNOR_THRESHOLD  = { { 7, 0, 0, 0 } };
const mm_u256 GOVERNOR_TIMES      = { { 8, 0, 0, 0 } };
const mm_u256 GOVERNOR_VOTES      = { { 9, 0, 0, 0 } };
const mm_u256 GOVERNOR_QUORUM     = { { 10, 0, 0, 0 } };
const mm_u256 GOVERNOR_COLLECTION = { { 11, 0, 0, 0 } };
const mm_u256 GOVERNOR_GUARDIAN   = { { 12, 0, 0, 0 } };
// clang-format on

struct abi_signature governor_errors[GOVERNOR_ERRORS];
struct abi_signature governor_events[GOVERNOR_EVENTS];

void governor_signatures_init(void)
{
    for (size_t i = 0; i < GOVERNOR_ERRORS; i++)
        abi_signature_init(&governor_errors[i], error_texts[i]);
    for (size_t i = 0; i < GOVERNOR_EVENTS; i++)
        abi_signature_init(&governor_events[i], event_texts[i]);
}

enum exec_status governor_refuse(struct abi_call *call, enum governor_error error,
                                 const struct abi_value *args)
{
    return abi_revert(call, &governor_errors[error], args);
}

mm_u256 governor_word(const mm_u256 *slot, uint64_t index)
{
    const mm_u256 distance = u256_from_u64(index);
    return u256_wrapping_add(slot, &distance);
}
