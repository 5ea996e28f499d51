/* The collection's table of functions. */
#include "contracts-native/ainft/ainft_internal.h"
#include "contracts-native/ainft/rule_cache.h"
#include "contracts-native/credit/credit.h"
#include "contracts-native/governor/governor.h"

// clang-format off
static const struct abi_function functions[] = {
    /* ERC-165, 721, 721Metadata, 2981, 7572 */
    { "supportsInterface(bytes4)", "bool", ABI_VIEW, ABI_CALLDATA, ainft_supports_interface },
    { "approve(address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, erc721_approve },
    { "balanceOf(address)", "uint256", ABI_VIEW, ABI_CALLDATA, erc721_balance },
    { "burn(uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_burn },
    { "getApproved(uint256)", "address", ABI_VIEW, ABI_CALLDATA, erc721_get_approved },
    { "isApprovedForAll(address,address)", "bool", ABI_VIEW, ABI_CALLDATA, erc721_is_approved_for_all },
    { "mint(address,string,string,bytes32)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, ainft_mint },
    { "name()", "string", ABI_VIEW, ABI_CALLDATA, erc721_name },
    { "ownerOf(uint256)", "address", ABI_VIEW, ABI_CALLDATA, erc721_token_owner },
    { "safeTransferFrom(address,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_safe_transfer_from },
    { "safeTransferFrom(address,address,uint256,bytes)", "", ABI_NONPAYABLE, ABI_MEMORY, ainft_safe_transfer_from_with_data },
    { "setApprovalForAll(address,bool)", "", ABI_NONPAYABLE, ABI_CALLDATA, erc721_set_approval_for_all },
    { "symbol()", "string", ABI_VIEW, ABI_CALLDATA, erc721_symbol },
    { "tokenURI(uint256)", "string", ABI_VIEW, ABI_CALLDATA, erc721_token_uri },
    { "totalSupply()", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_total_supply },
    { "transferFrom(address,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_transfer_from },
    { "royaltyInfo(uint256,uint256)", "address,uint256", ABI_VIEW, ABI_CALLDATA, erc721_royalty_info },
    { "setDefaultRoyalty(address,uint96)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_default_royalty },
    { "setTokenRoyalty(uint256,address,uint96)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_token_royalty },
    { "contractURI()", "string", ABI_VIEW, ABI_CALLDATA, ainft_contract_uri },
    { "setContractURI(string)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_contract_uri },

    /* specification */
    { "specification(uint256)", "string,bytes32,uint64,uint64", ABI_VIEW, ABI_CALLDATA, ainft_specification },
    { "specificationDigest(uint256,uint64)", "bytes32", ABI_VIEW, ABI_CALLDATA, ainft_specification_digest },
    { "setSpecification(uint256,string,bytes32)", "uint64", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_specification },

    /* history */
    { "appendHistory(uint256,bytes32,uint8,uint32,bytes)", "uint256,bytes32", ABI_NONPAYABLE, ABI_CALLDATA, ainft_append_history },
    { "appendHistoryFor(uint256,bytes32,uint8,uint32,bytes,address,bytes32,uint256,bytes)", "uint256,bytes32", ABI_NONPAYABLE,
      ABI_CALLDATA, ainft_append_history_for },
    { "historyLength(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_history_length },
    { "historyEntry(uint256,uint256)", "bytes32,bool", ABI_VIEW, ABI_CALLDATA, ainft_history_entry },
    { "historyHead(uint256)", "bytes32", ABI_VIEW, ABI_CALLDATA, ainft_history_head },
    { "historyStats(uint256,bytes32)", "uint64,uint64,uint64,uint64", ABI_VIEW, ABI_CALLDATA, ainft_history_stats },
    { "historyCountBy(uint256,bytes32,address)", "uint64", ABI_VIEW, ABI_CALLDATA, ainft_history_count_by },
    { "redactHistory(uint256,uint256,bytes32)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_redact_history },
    { "defineHistoryKind(string,uint8,uint16,uint32)", "bytes32", ABI_NONPAYABLE, ABI_CALLDATA, ainft_define_history_kind },

    /* rules */
    { "setRule(string,string)", "bytes32,uint64", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_rule },
    { "getRule(bytes32)", "string,string,bytes32,uint64,uint64", ABI_VIEW, ABI_CALLDATA, ainft_get_rule },
    { "ruleHash(bytes32,uint64)", "bytes32", ABI_VIEW, ABI_CALLDATA, ainft_rule_hash },
    { "ruleTargets()", "bytes32[]", ABI_VIEW, ABI_CALLDATA, ainft_rule_targets },
    { "compileRule(string,string)", "bytes32,string,uint256", ABI_VIEW, ABI_CALLDATA, ainft_compile_rule },
    { "checkRule(bytes32,address,uint256,bytes)", "bool,uint8,uint256", ABI_VIEW, ABI_CALLDATA, ainft_check_rule },

    /* traits (ERC-7496) and actions */
    { "defineTrait(string,uint8,bytes32,bytes32)", "bytes32", ABI_NONPAYABLE, ABI_CALLDATA, ainft_define_trait },
    { "traitKeys()", "bytes32[]", ABI_VIEW, ABI_CALLDATA, ainft_trait_keys },
    { "getTraitValue(uint256,bytes32)", "bytes32", ABI_VIEW, ABI_CALLDATA, ainft_get_trait_value },
    { "getTraitValues(uint256,bytes32[])", "bytes32[]", ABI_VIEW, ABI_CALLDATA, ainft_get_trait_values },
    { "setTrait(uint256,bytes32,bytes32)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_trait },
    { "getTraitMetadataURI()", "string", ABI_VIEW, ABI_CALLDATA, ainft_trait_metadata_uri },
    { "defineAction(string,string,string,(uint8,bytes32,string)[])", "bytes32,uint64", ABI_NONPAYABLE, ABI_CALLDATA, ainft_define_action },
    { "getAction(bytes32)", "string,string,string,(uint8,bytes32,string)[],uint64", ABI_VIEW, ABI_CALLDATA, ainft_get_action },
    { "actions()", "bytes32[]", ABI_VIEW, ABI_CALLDATA, ainft_actions },
    { "perform(uint256,bytes32,uint256[],uint256)", "uint256", ABI_NONPAYABLE, ABI_CALLDATA, ainft_perform },
    { "quote(uint256,bytes32,address,uint256[])", "bool,uint256,uint256", ABI_VIEW, ABI_CALLDATA, ainft_quote },

    /* credits */
    { "credit()", "address", ABI_VIEW, ABI_CALLDATA, ainft_credit },
    { "tokenCredit(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_token_credit },
    { "depositCredit(uint256,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_deposit_credit },
    { "withdrawCredit(uint256,address,uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_withdraw_credit },

    /* governance */
    { "creator()", "address", ABI_VIEW, ABI_CALLDATA, ainft_creator },
    { "governor()", "address", ABI_VIEW, ABI_CALLDATA, ainft_governor_of },
    { "guardian()", "address,uint64", ABI_VIEW, ABI_CALLDATA, ainft_guardian },
    { "setGovernor(address)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_governor },

    /* votes (ERC-5805, ERC-6372) */
    { "CLOCK_MODE()", "string", ABI_VIEW, ABI_CALLDATA, ainft_clock_mode },
    { "clock()", "uint48", ABI_VIEW, ABI_CALLDATA, ainft_clock },
    { "delegate(address)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_delegate },
    { "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_delegate_by_sig },
    { "delegates(address)", "address", ABI_VIEW, ABI_CALLDATA, ainft_delegates },
    { "getPastTotalSupply(uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_get_past_total_supply },
    { "getPastVotes(address,uint256)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_get_past_votes },
    { "getVotes(address)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_get_votes },

    /* EIP-712 and ERC-8004 */
    { "nonces(address)", "uint256", ABI_VIEW, ABI_CALLDATA, ainft_nonces },
    { "eip712Domain()", EIP712_DOMAIN_RESULTS, ABI_VIEW, ABI_CALLDATA, ainft_eip712_domain },
    { "getAgentWallet(uint256)", "address", ABI_VIEW, ABI_CALLDATA, ainft_get_agent_wallet },
    { "setAgentWallet(uint256,address,uint256,bytes)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_set_agent_wallet },
    { "unsetAgentWallet(uint256)", "", ABI_NONPAYABLE, ABI_CALLDATA, ainft_unset_agent_wallet },
};
// clang-format on

static struct abi_contract contract;

void collection_table_init(void)
{
    abi_contract_init(&contract, functions, MM_COUNT_OF(functions));
}

void ainft_init(void)
{
    layout_init();
    rule_cache_init();
    erc721_init();
    credit_init();
    governor_init();
    ainft_signatures_init();
    collection_table_init();
    factory_table_init();
}

static enum exec_status dispatch(struct host *host, mm_bytes input, mm_bytes *output)
{
    return abi_dispatch(&contract, host, input, output);
}

/* A collection needs its credit and its governor beside it. */
static enum exec_status no_genesis(struct host *host, const struct json *native,
                                   struct mm_reason *reason)
{
    (void)host, (void)native;
    (void)mm_fail(reason, MM_ERR_INVALID, "contract: is made by an ainft-factory alone");
    return EXEC_REVERT;
}

const struct exec_native ainft_collection = {
    .module = AINFT_COLLECTION_MODULE,
    .version = AINFT_VERSION,
    .name = "ainft-collection",
    .call = dispatch,
    .genesis = no_genesis,
};
