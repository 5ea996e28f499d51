/* Tokens: minting by rule, transfers, burning, and which interfaces there are. */
#include "contracts-native/ainft/ainft_internal.h"

/* The first specification comes with the token when there is one. */
static enum exec_status put_first_spec(struct abi_call *call, const mm_u256 *token)
{
    const mm_bytes uri = call->args[2].bytes;
    const mm_u256 *digest = &call->args[3].word;
    uint64_t version;
    return uri.len == 0 && u256_is_zero(digest) ? EXEC_OK
                                                : spec_put(call, token, uri, digest, &version);
}

/* args: to, uri, specUri, specDigest. The rule sees the id that is to be and nobody as its owner. */
enum exec_status ainft_mint(struct abi_call *call)
{
    const mm_u256 next_slot = layout_slot(LAYOUT_NEXT_TOKEN_ID);
    const mm_u256 supply_slot = layout_slot(LAYOUT_SUPPLY);
    struct erc721_mint mint = { .to = u256_to_addr(&call->args[0].word),
                                .uri = call->args[1].bytes,
                                .supply_slot = &supply_slot,
                                .moved = votes_move };
    HOST_TRY(host_load(call->host, &mint.id, &next_slot));
    const struct rule_subject subject = { .caller = *host_caller(call->host),
                                          .token = mint.id,
                                          .to = mint.to };
    HOST_TRY(rule_require(call, "mint", (mm_bytes){ 0 }, &subject));
    HOST_TRY(storage_count(call, &mint.id, &next_slot, true));
    HOST_TRY(erc721_mint(call, &mint));
    HOST_TRY(put_first_spec(call, &mint.id));
    call->results[0] = abi_word(&mint.id);
    return EXEC_OK;
}

/* args: token */
enum exec_status ainft_burn(struct abi_call *call)
{
    static const mm_addr nobody;
    const mm_u256 supply_slot = layout_slot(LAYOUT_SUPPLY);
    mm_addr from;
    HOST_TRY(erc721_burn(call, &from, &call->args[0].word, &supply_slot));
    HOST_TRY(votes_move(call, &from, &nobody));
    return wallet_clear(call, &call->args[0].word);
}

/* args: from, to, token */
enum exec_status ainft_transfer_from(struct abi_call *call)
{
    const mm_addr from = u256_to_addr(&call->args[0].word);
    const mm_addr to = u256_to_addr(&call->args[1].word);
    HOST_TRY(erc721_transfer_from(call));
    HOST_TRY(votes_move(call, &from, &to));
    return wallet_clear(call, &call->args[2].word);
}

enum exec_status ainft_safe_transfer_from(struct abi_call *call)
{
    HOST_TRY(ainft_transfer_from(call));
    return erc721_transfer_received(call, (mm_bytes){ 0 });
}

/* args: from, to, token, data */
enum exec_status ainft_safe_transfer_from_with_data(struct abi_call *call)
{
    HOST_TRY(ainft_transfer_from(call));
    return erc721_transfer_received(call, call->args[3].bytes);
}

enum exec_status ainft_total_supply(struct abi_call *call)
{
    const mm_u256 slot = layout_slot(LAYOUT_SUPPLY);
    return host_load(call->host, &call->results[0].word, &slot);
}

/* ERC-165. */
enum exec_status ainft_supports_interface(struct abi_call *call)
{
    static const uint32_t supported[] = {
        0x01ffc9a7, /* ERC-165 */
        0x80ac58cd, /* ERC-721 */
        0x5b5e139f, /* ERC-721 Metadata */
        0x49064906, /* ERC-4906: its number, twice */
        0x2a55205a, /* ERC-2981 */
        0xaf332f3e, /* ERC-7496 */
        0x84b0196e, /* EIP-5267: its one function */
        0xe90fb3f6, /* IVotes */
        0xda287a1d, /* ERC-6372 */
        0xe21a75ff, /* all that is AINFT's own (docs/AINFT.md) */
    };
    const uint64_t id = call->args[0].word.limb[3] >> 32; /* bytes4 stands at the high end */
    bool found = false;
    for (size_t i = 0; i < MM_COUNT_OF(supported); i++)
        found = found || id == supported[i];
    call->results[0] = abi_bool(found);
    return EXEC_OK;
}
