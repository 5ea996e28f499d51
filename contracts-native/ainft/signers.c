/* Who signed something for this collection (EIP-712; the domain's name is the collection's), and accounts' nonces. */
#include "contracts-native/ainft/ainft_internal.h"

enum exec_status signer_check(struct abi_call *call, const mm_addr *signer,
                              const mm_u256 *struct_hash, mm_bytes signature)
{
    mm_addr recovered;
    mm_bytes name;
    HOST_TRY(storage_load_string(call, &name, &ERC721_NAME));
    const mm_hash32 digest = eip712_digest(call, name, struct_hash);
    HOST_TRY(eip712_signer(call, &recovered, &digest, signature));
    if (!mm_addr_is_zero(&recovered) && mm_addr_equal(&recovered, signer))
        return EXEC_OK;
    return ainft_refuse(call, AINFT_AUTHOR_SIGNATURE_INVALID, ABI_VALUES(abi_addr(signer)));
}

enum exec_status signer_check_deadline(struct abi_call *call, const mm_u256 *deadline)
{
    const mm_u256 now = u256_from_u64(host_block(call->host)->timestamp);
    return u256_compare(&now, deadline) <= 0
               ? EXEC_OK
               : ainft_refuse(call, AINFT_SIGNATURE_EXPIRED, ABI_VALUES(abi_word(deadline)));
}

/* args: account */
enum exec_status ainft_nonces(struct abi_call *call)
{
    const mm_addr account = u256_to_addr(&call->args[0].word);
    const mm_u256 slot = layout_nonce(&account);
    return host_load(call->host, &call->results[0].word, &slot);
}

enum exec_status ainft_eip712_domain(struct abi_call *call)
{
    mm_bytes name;
    HOST_TRY(storage_load_string(call, &name, &ERC721_NAME));
    eip712_give_domain(call, name);
    return EXEC_OK;
}
