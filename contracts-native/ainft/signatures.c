/* Errors and events, by the texts that give their selectors and topics. */
#include "contracts-native/ainft/ainft_internal.h"

static const char *const error_texts[AINFT_ERRORS] = {
    [AINFT_RULE_DENIED] = "RuleDenied(bytes32)",
    [AINFT_RULE_FAILED] = "RuleFailed(bytes32,uint8)",
    [AINFT_RULE_MISSING] = "RuleMissing(bytes32)",
    [AINFT_RULE_INVALID] = "RuleInvalid(uint8,uint32)",
    [AINFT_RULE_COST_EXCEEDED] = "RuleCostExceeded(bytes32,uint256)",
    [AINFT_NOT_GOVERNANCE] = "NotGovernance(address)",
    [AINFT_UNKNOWN_HISTORY_KIND] = "UnknownHistoryKind(bytes32)",
    [AINFT_HISTORY_CONTENT_INVALID] = "HistoryContentInvalid(uint8,uint256)",
    [AINFT_HISTORY_INDEX_OUT_OF_BOUNDS] = "HistoryIndexOutOfBounds(uint256,uint256)",
    [AINFT_HISTORY_ALREADY_REDACTED] = "HistoryAlreadyRedacted(uint256,uint256)",
    [AINFT_AUTHOR_SIGNATURE_INVALID] = "AuthorSignatureInvalid(address)",
    [AINFT_SIGNATURE_EXPIRED] = "SignatureExpired(uint256)",
    [AINFT_UNKNOWN_ACTION] = "UnknownAction(bytes32)",
    [AINFT_PRICE_EXCEEDED] = "PriceExceeded(uint256,uint256)",
    [AINFT_INSUFFICIENT_TOKEN_CREDIT] = "InsufficientTokenCredit(uint256,uint256,uint256)",
    [AINFT_TRAIT_VALUE_UNCHANGED] = "TraitValueUnchanged()",
    [AINFT_TRAIT_VALUE_INVALID] = "TraitValueInvalid(bytes32,bytes32)",
    [AINFT_TRAIT_DOES_NOT_EXIST] = "TraitDoesNotExist(bytes32)",
    [AINFT_LIMIT_REACHED] = "LimitReached(bytes32,uint256)",
    [AINFT_FUTURE_LOOKUP] = "ERC5805FutureLookup(uint256,uint48)",
    [AINFT_VOTES_EXPIRED_SIGNATURE] = "VotesExpiredSignature(uint256)",
    [AINFT_INVALID_ACCOUNT_NONCE] = "InvalidAccountNonce(address,uint256)",
    [AINFT_ECDSA_INVALID_SIGNATURE] = "ECDSAInvalidSignature()",
    [AINFT_ECDSA_INVALID_SIGNATURE_S] = "ECDSAInvalidSignatureS(bytes32)",
    [AINFT_CAST_OVERFLOWED] = "SafeCastOverflowedUintDowncast(uint8,uint256)",
};

static const char *const event_texts[AINFT_EVENTS] = {
    [AINFT_SPECIFICATION_UPDATED] =
        "SpecificationUpdated(uint256 indexed,uint64 indexed,address indexed,string,bytes32)",
    [AINFT_HISTORY_APPENDED] = "HistoryAppended(uint256 indexed,bytes32 indexed,address indexed,"
                               "uint256,address,uint8,uint32,bytes32,bytes,bytes32)",
    [AINFT_HISTORY_REDACTED] =
        "HistoryRedacted(uint256 indexed,uint256 indexed,address indexed,bytes32)",
    [AINFT_HISTORY_KIND_DEFINED] = "HistoryKindDefined(bytes32 indexed,string,uint8,uint16,uint32)",
    [AINFT_RULE_CHANGED] =
        "RuleChanged(bytes32 indexed,uint64 indexed,bytes32,bytes32,string,string)",
    [AINFT_TRAIT_DEFINED] = "TraitDefined(bytes32 indexed,string,uint8,bytes32,bytes32)",
    [AINFT_TRAIT_METADATA_URI_UPDATED] = "TraitMetadataURIUpdated()",
    [AINFT_TRAIT_UPDATED] = "TraitUpdated(bytes32 indexed,uint256,bytes32)",
    [AINFT_ACTION_DEFINED] = "ActionDefined(bytes32 indexed,uint64 indexed,string,string,string,"
                             "(uint8,bytes32,string)[])",
    [AINFT_ACTION_PERFORMED] = "ActionPerformed(uint256 indexed,bytes32 indexed,address indexed,"
                               "uint64,uint256,uint256[])",
    [AINFT_TOKEN_CREDIT_CHANGED] =
        "TokenCreditChanged(uint256 indexed,address indexed,int256,uint256)",
    [AINFT_GOVERNOR_CHANGED] = "GovernorChanged(address indexed,address indexed)",
    [AINFT_GUARDIAN_CHANGED] = "GuardianChanged(address indexed,uint64)",
    [AINFT_METADATA_SET] = "MetadataSet(uint256 indexed,string indexed,string,bytes)",
    [AINFT_DELEGATE_CHANGED] = "DelegateChanged(address indexed,address indexed,address indexed)",
    [AINFT_DELEGATE_VOTES_CHANGED] = "DelegateVotesChanged(address indexed,uint256,uint256)",
    [AINFT_COLLECTION_CREATED] =
        "CollectionCreated(address indexed,address indexed,address,address,string,string)",
};

struct abi_signature ainft_errors[AINFT_ERRORS];
struct abi_signature ainft_events[AINFT_EVENTS];

void ainft_signatures_init(void)
{
    for (size_t i = 0; i < AINFT_ERRORS; i++)
        abi_signature_init(&ainft_errors[i], error_texts[i]);
    for (size_t i = 0; i < AINFT_EVENTS; i++)
        abi_signature_init(&ainft_events[i], event_texts[i]);
}
