/* The governor's table of functions. */
#include "contracts-native/governor/governor_internal.h"

static enum exec_status name(struct abi_call *call)
{
    return storage_load_string(call, &call->results[0].bytes, &GOVERNOR_NAME);
}

static enum exec_status version(struct abi_call *call)
{
    call->results[0] = abi_bytes(MM_BYTES_LIT("1"));
    return EXEC_OK;
}

static enum exec_status clock_now(struct abi_call *call)
{
    uint64_t now;
    HOST_TRY(governor_now(call, &now));
    call->results[0] = abi_u64(now);
    return EXEC_OK;
}

static enum exec_status clock_mode(struct abi_call *call)
{
    call->results[0] = abi_bytes(MM_BYTES_LIT("mode=timestamp"));
    return EXEC_OK;
}

static enum exec_status domain(struct abi_call *call)
{
    mm_bytes text;
    HOST_TRY(storage_load_string(call, &text, &GOVERNOR_NAME));
    eip712_give_domain(call, text);
    return EXEC_OK;
}

/* ERC-165. */
static enum exec_status supports_interface(struct abi_call *call)
{
    static const uint32_t supported[] = {
        0x01ffc9a7, /* ERC-165 */
        0xcdbdfcee, /* IGovernor */
        0x65455a86, /* the same without getProposalId */
    };
    const uint64_t id = call->args[0].word.limb[3] >> 32; /* bytes4 stands at the high end */
    bool found = false;
    for (size_t i = 0; i < MM_COUNT_OF(supported); i++)
        found = found || id == supported[i];
    call->results[0] = abi_bool(found);
    return EXEC_OK;
}

/* Whatever is sent here could never leave. */
static enum exec_status refuse_deposit(struct abi_call *call)
{
    return governor_refuse(call, GOVERNOR_DISABLED_DEPOSIT, NULL);
}

#define CALLS "address[],uint256[],bytes[],bytes32"

// clang-format off
static const struct abi_function functions[] = {
    { "name()", "string", ABI_VIEW, ABI_CALLDATA, name },
    { "version()", "string", ABI_VIEW, ABI_CALLDATA, version },
    { "supportsInterface(bytes4)", "bool", ABI_VIEW, ABI_CALLDATA, supports_interface },
    { "eip712Domain()", EIP712_DOMAIN_RESULTS, ABI_VIEW, ABI_CALLDATA, domain },
    { "nonces(address)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_nonces },
    { "CLOCK_MODE()", "string", ABI_VIEW, ABI_CALLDATA, clock_mode },
    { "clock()", "uint48", ABI_VIEW, ABI_CALLDATA, clock_now },
    { "token()", "address", ABI_VIEW, ABI_CALLDATA, governor_token },

    /* proposals */
    { "propose(address[],uint256[],bytes[],string)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_propose },
    { "queue(" CALLS ")", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_queue },
    { "execute(" CALLS ")", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_execute },
    { "cancel(" CALLS ")", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_cancel },
    { "hashProposal(" CALLS ")", "uint256", ABI_VIEW, ABI_CALLDATA, governor_hash_proposal },
    { "getProposalId(" CALLS ")", "uint256", ABI_VIEW, ABI_CALLDATA, governor_hash_proposal },
    { "tryCalls(address[],bytes[])", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_try_calls },
    { "state(uint256)", "uint8", ABI_VIEW, ABI_CALLDATA, governor_state_view },
    { "proposalSnapshot(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_snapshot },
    { "proposalDeadline(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_deadline_view },
    { "proposalProposer(uint256)", "address", ABI_VIEW, ABI_CALLDATA, governor_proposer },
    { "proposalEta(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_eta },
    { "proposalNeedsQueuing(uint256)", "bool", ABI_VIEW, ABI_CALLDATA, governor_needs_queuing },

    /* votes */
    { "BALLOT_TYPEHASH()", "bytes32", ABI_VIEW, ABI_CALLDATA, governor_ballot_typehash },
    { "EXTENDED_BALLOT_TYPEHASH()", "bytes32", ABI_VIEW, ABI_CALLDATA, governor_extended_ballot_typehash },
    { "COUNTING_MODE()", "string", ABI_VIEW, ABI_CALLDATA, governor_counting_mode },
    { "castVote(uint256,uint8)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_cast_vote },
    { "castVoteWithReason(uint256,uint8,string)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_cast_vote_with_reason },
    { "castVoteWithReasonAndParams(uint256,uint8,string,bytes)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_cast_vote_with_params },
    { "castVoteBySig(uint256,uint8,address,bytes)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, governor_cast_vote_by_sig },
    { "castVoteWithReasonAndParamsBySig(uint256,uint8,address,string,bytes,bytes)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA,
      governor_cast_vote_with_params_by_sig },
    { "getVotes(address,uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_get_votes },
    { "getVotesWithParams(address,uint256,bytes)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_get_votes },
    { "hasVoted(uint256,address)", "bool", ABI_VIEW, ABI_CALLDATA, governor_has_voted },
    { "proposalVotes(uint256)", "uint256,uint256,uint256", ABI_VIEW, ABI_CALLDATA, governor_proposal_votes },
    { "quorum(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_quorum },
    { "quorumNumerator()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_quorum_numerator },
    { "quorumNumerator(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, governor_quorum_numerator_at },
    { "quorumDenominator()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_quorum_denominator },

    /* settings */
    { "votingDelay()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_voting_delay },
    { "votingPeriod()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_voting_period },
    { "proposalThreshold()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_proposal_threshold },
    { "timelockDelay()", "uint256", ABI_VIEW, ABI_CALLDATA, governor_timelock_delay_view },
    { "proposalGuardian()", "address", ABI_VIEW, ABI_CALLDATA, governor_guardian_view },
    { "proposalGuardianUntil()", "uint64", ABI_VIEW, ABI_CALLDATA, governor_guardian_until },
    { "setVotingDelay(uint48)", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_set_voting_delay },
    { "setVotingPeriod(uint32)", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_set_voting_period },
    { "setProposalThreshold(uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_set_proposal_threshold },
    { "setTimelockDelay(uint48)", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_set_timelock_delay },
    { "updateQuorumNumerator(uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, governor_update_quorum_numerator },

    /* deposits */
    { "onERC721Received(address,address,uint256,bytes)", "bytes4", ABI_NONPAYABLE, ABI_CALLDATA, refuse_deposit },
    { "onERC1155Received(address,address,uint256,uint256,bytes)", "bytes4", ABI_NONPAYABLE, ABI_CALLDATA, refuse_deposit },
    { "onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)", "bytes4", ABI_NONPAYABLE, ABI_CALLDATA, refuse_deposit },
};
// clang-format on

static struct abi_contract contract;

void governor_init(void)
{
    governor_signatures_init();
    governor_allowed_init();
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

/* A governor without its collection would govern nothing. */
static enum exec_status genesis(struct host *host, const struct json *native,
                                struct mm_reason *reason)
{
    (void)host, (void)native;
    (void)mm_fail(reason, MM_ERR_INVALID, "contract: governors are made by an ainft-factory alone");
    return EXEC_REVERT;
}

const struct exec_native governor_native = {
    .module = GOVERNOR_MODULE,
    .version = GOVERNOR_VERSION,
    .name = "ainft-governor",
    .call = dispatch,
    .genesis = genesis,
};
