/* Royalties (ERC-2981): a receiver and a fraction of the price, for all tokens or for one.
 *
 *      byte   31 ........ 20 19 ................. 0
 *             uint96 fraction | address receiver          fraction in 1/10000 */
#include "contracts-native/erc721/erc721.h"

enum { DENOMINATOR = 10000 };

struct royalty {
    mm_addr receiver;
    mm_u256 fraction;
};

static enum exec_status load_royalty(struct abi_call *call, struct royalty *royalty,
                                     const mm_u256 *slot)
{
    mm_u256 word;
    HOST_TRY(host_load(call->host, &word, slot));
    royalty->receiver = u256_to_addr(&word);
    royalty->fraction =
        (mm_u256){ { word.limb[2] >> 32 | word.limb[3] << 32, word.limb[3] >> 32, 0, 0 } };
    return EXEC_OK;
}

static enum exec_status store_royalty(struct abi_call *call, const mm_u256 *slot,
                                      const struct royalty *royalty)
{
    const uint64_t *fraction = royalty->fraction.limb;
    mm_u256 word = u256_from_addr(&royalty->receiver);
    word.limb[2] |= fraction[0] << 32;
    word.limb[3] = fraction[0] >> 32 | fraction[1] << 32;
    return host_store(call->host, slot, &word);
}

/* floor(price * fraction / 10000) without a product of more than 256 bits, unless the result is one. */
static bool amount_of(mm_u256 *amount, const mm_u256 *price, const mm_u256 *fraction)
{
    const mm_u256 denominator = u256_from_u64(DENOMINATOR);
    mm_u256 quotient;
    mm_u256 remainder;
    mm_u256 rest;
    u256_divmod(&quotient, &remainder, price, &denominator);
    if (!u256_mul(&quotient, &quotient, fraction) || !u256_mul(&rest, &remainder, fraction))
        return false;
    u256_divmod(&rest, NULL, &rest, &denominator);
    return u256_add(amount, &quotient, &rest);
}

/* args: id, price */
enum exec_status erc721_royalty_info(struct abi_call *call)
{
    const mm_u256 slot = storage_at_word(&call->args[0].word, &ERC721_TOKEN_ROYALTIES);
    struct royalty royalty;
    mm_u256 amount;
    HOST_TRY(load_royalty(call, &royalty, &slot));
    if (mm_addr_is_zero(&royalty.receiver))
        HOST_TRY(load_royalty(call, &royalty, &ERC721_DEFAULT_ROYALTY));
    if (!amount_of(&amount, &call->args[1].word, &royalty.fraction))
        return abi_panic(call,
                         ABI_PANIC_OVERFLOW); /* a fraction above 1, which no function stores */
    call->results[0] = abi_addr(&royalty.receiver);
    call->results[1] = abi_word(&amount);
    return EXEC_OK;
}

static bool is_too_large(const mm_u256 *fraction)
{
    const mm_u256 denominator = u256_from_u64(DENOMINATOR);
    return u256_compare(fraction, &denominator) > 0;
}

/* args: receiver, fraction */
enum exec_status erc721_put_default_royalty(struct abi_call *call)
{
    const struct royalty royalty = { .receiver = u256_to_addr(&call->args[0].word),
                                     .fraction = call->args[1].word };
    if (is_too_large(&royalty.fraction))
        return abi_revert(call, &erc721_errors[ERC721_INVALID_DEFAULT_ROYALTY],
                          ABI_VALUES(call->args[1], abi_u64(DENOMINATOR)));
    if (mm_addr_is_zero(&royalty.receiver))
        return erc721_refuse_addr(call, ERC721_INVALID_DEFAULT_ROYALTY_RECEIVER, &royalty.receiver);
    return store_royalty(call, &ERC721_DEFAULT_ROYALTY, &royalty);
}

/* args: id, receiver, fraction. The token need not exist. */
enum exec_status erc721_put_token_royalty(struct abi_call *call)
{
    const struct royalty royalty = { .receiver = u256_to_addr(&call->args[1].word),
                                     .fraction = call->args[2].word };
    if (is_too_large(&royalty.fraction))
        return abi_revert(call, &erc721_errors[ERC721_INVALID_TOKEN_ROYALTY],
                          ABI_VALUES(call->args[0], call->args[2], abi_u64(DENOMINATOR)));
    if (mm_addr_is_zero(&royalty.receiver))
        return abi_revert(call, &erc721_errors[ERC721_INVALID_TOKEN_ROYALTY_RECEIVER],
                          ABI_VALUES(call->args[0], call->args[1]));
    const mm_u256 slot = storage_at_word(&call->args[0].word, &ERC721_TOKEN_ROYALTIES);
    return store_royalty(call, &slot, &royalty);
}
