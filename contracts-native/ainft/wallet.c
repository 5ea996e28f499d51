/* A token's agent (ERC-8004): the account that speaks for it, `service` in rules. Its owner sets it with a proof that the account
 * agrees, and when the token goes to somebody else it is gone. */
#include "contracts-native/ainft/ainft_internal.h"

/* MetadataSet(token, "agentWallet", "agentWallet", the account's bytes), as the reference of ERC-8004 has it. */
static enum exec_status emit_wallet(struct abi_call *call, const mm_u256 *token, mm_bytes wallet)
{
    const struct abi_value key = abi_bytes(MM_BYTES_LIT("agentWallet"));
    return abi_emit(call, &ainft_events[AINFT_METADATA_SET],
                    ABI_VALUES(abi_word(token), key, key, abi_bytes(wallet)));
}

enum exec_status wallet_clear(struct abi_call *call, const mm_u256 *token)
{
    static const mm_addr nobody;
    const mm_u256 slot = layout_at(LAYOUT_AGENT_WALLET, token);
    mm_addr wallet;
    HOST_TRY(storage_load_addr(call, &wallet, &slot));
    if (mm_addr_is_zero(&wallet))
        return EXEC_OK;
    HOST_TRY(storage_store_addr(call, &slot, &nobody));
    return emit_wallet(call, token, (mm_bytes){ 0 });
}

/* args: token */
enum exec_status ainft_get_agent_wallet(struct abi_call *call)
{
    const mm_u256 slot = layout_at(LAYOUT_AGENT_WALLET, &call->args[0].word);
    mm_addr owner;
    mm_addr wallet;
    HOST_TRY(erc721_owner_of(call, &owner, &call->args[0].word));
    HOST_TRY(storage_load_addr(call, &wallet, &slot));
    call->results[0] = abi_addr(&wallet);
    return EXEC_OK;
}

/* The owner is in what is signed, so that no later owner can use it again. */
static mm_u256 consent_of(const mm_u256 *token, const mm_addr *wallet, const mm_addr *owner,
                          const mm_u256 *deadline)
{
    const mm_bytes type = MM_BYTES_LIT(
        "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");
    const mm_u256 words[] = { layout_id(type), *token, u256_from_addr(wallet),
                              u256_from_addr(owner), *deadline };
    return eip712_hash_words(words, MM_COUNT_OF(words));
}

/* args: token, wallet, deadline, signature of the wallet */
enum exec_status ainft_set_agent_wallet(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    const mm_addr wallet = u256_to_addr(&call->args[1].word);
    const mm_u256 slot = layout_at(LAYOUT_AGENT_WALLET, token);
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, token));
    HOST_TRY(erc721_check_authorized(call, &owner, token));
    HOST_TRY(signer_check_deadline(call, &call->args[2].word));
    const mm_u256 hash = consent_of(token, &wallet, &owner, &call->args[2].word);
    HOST_TRY(signer_check(call, &wallet, &hash, call->args[3].bytes));
    HOST_TRY(storage_store_addr(call, &slot, &wallet));
    return emit_wallet(call, token, mm_bytes_addr(&wallet));
}

/* args: token */
enum exec_status ainft_unset_agent_wallet(struct abi_call *call)
{
    const mm_u256 *token = &call->args[0].word;
    mm_addr owner;
    HOST_TRY(erc721_owner_of(call, &owner, token));
    HOST_TRY(erc721_check_authorized(call, &owner, token));
    return wallet_clear(call, token);
}
