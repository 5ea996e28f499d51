/* Safe transfers: asking a recipient that has code (ERC-721, onERC721Received). */
#include "contracts-native/erc721/erc721.h"

static struct abi_signature receiver;

void erc721_receiver_init(void)
{
    abi_signature_init(&receiver, "onERC721Received(address,address,uint256,bytes)");
}

/* The recipient's answer: one bytes4. What is no bytes4 fails in the caller's decoder, without data. */
static enum exec_status check_answer(struct abi_call *call, mm_bytes answer, const mm_addr *to)
{
    static const struct abi_type type = { .kind = ABI_BYTES_FIXED, .bytes = ABI_SELECTOR };
    struct abi_value value;
    uint8_t word[ABI_WORD];
    if (abi_decode(&value, answer, &type, 1, ABI_MEMORY) != ABI_OK)
        return abi_revert_raw(call, (mm_bytes){ 0 });
    u256_to_be32(word, &value.word);
    if (!mm_bytes_equal(mm_bytes_from(word, ABI_SELECTOR), abi_selector(&receiver)))
        return erc721_refuse_addr(call, ERC721_INVALID_RECEIVER, to);
    return EXEC_OK;
}

enum exec_status erc721_check_received(struct abi_call *call,
                                       const struct erc721_delivery *delivery)
{
    const mm_u256 no_value = { 0 };
    size_t code_len;
    mm_bytes input;
    mm_bytes answer;
    enum exec_status result;
    HOST_TRY(host_code_len(call->host, &code_len, &delivery->to));
    if (code_len == 0)
        return EXEC_OK;
    const struct abi_value args[] = { abi_addr(host_caller(call->host)), abi_addr(&delivery->from),
                                      abi_word(&delivery->id), abi_bytes(delivery->data) };
    if (abi_encode(host_arena(call->host), &input, abi_selector(&receiver), receiver.types,
                   receiver.count, args) != MM_OK)
        return host_fail(call->host, MM_ERR_LIMIT);
    HOST_TRY(host_call(call->host, &result, &answer, &delivery->to, &no_value, input));
    if (result == EXEC_OK)
        return check_answer(call, answer, &delivery->to);
    if (result == EXEC_REVERT && answer.len > 0)
        return abi_revert_raw(call, answer); /* the recipient's own reason */
    return erc721_refuse_addr(call, ERC721_INVALID_RECEIVER, &delivery->to);
}
