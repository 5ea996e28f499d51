/* EIP-712: what people sign for this collection, and who did. The domain is computed, not stored: the collection's name,
 * version "1", the chain, the collection. */
#include "contracts-native/ainft/ainft_internal.h"
#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/crypto/secp.h"
#include "state/exec/gas.h"

enum { WORDS_MAX = 16 };

mm_u256 typed_hash_words(const mm_u256 *words, size_t count)
{
    uint8_t bytes[WORDS_MAX * ABI_WORD];
    MM_ASSERT(count <= WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        u256_to_be32(bytes + i * ABI_WORD, &words[i]);
    return layout_id(mm_bytes_from(bytes, count * ABI_WORD));
}

static enum exec_status domain_of(struct abi_call *call, mm_u256 *separator)
{
    const mm_bytes type = MM_BYTES_LIT(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    mm_bytes name;
    HOST_TRY(storage_load_string(call, &name, &ERC721_NAME));
    const mm_u256 words[] = {
        layout_id(type),
        layout_id(name),
        layout_id(MM_BYTES_LIT("1")),
        u256_from_u64(host_block(call->host)->chain_id),
        u256_from_addr(host_self(call->host)),
    };
    *separator = typed_hash_words(words, MM_COUNT_OF(words));
    return EXEC_OK;
}

/* r, s, v as wallets write them: 65 bytes, v 27 or 28, s in the lower half. */
static bool read_signature(struct secp_signature *out, mm_bytes bytes)
{
    uint8_t copy[SECP_SIGNATURE_BYTES];
    if (bytes.len != sizeof copy)
        return false;
    memcpy(copy, bytes.ptr, sizeof copy);
    if (copy[sizeof copy - 1] != 27 && copy[sizeof copy - 1] != 28)
        return false;
    copy[sizeof copy - 1] = (uint8_t)(copy[sizeof copy - 1] - 27);
    return secp_signature_from_bytes(out, copy);
}

enum exec_status typed_check(struct abi_call *call, const mm_addr *signer,
                             const mm_u256 *struct_hash, mm_bytes signature)
{
    uint8_t bytes[2 + 2 * ABI_WORD] = { 0x19, 0x01 };
    struct secp_signature parsed;
    mm_u256 separator;
    mm_addr recovered;
    HOST_TRY(domain_of(call, &separator));
    HOST_TRY(host_charge(call->host, GAS_RECOVER));
    u256_to_be32(bytes + 2, &separator);
    u256_to_be32(bytes + 2 + ABI_WORD, struct_hash);
    const mm_hash32 digest = keccak256(MM_BYTES_OF(bytes));
    if (read_signature(&parsed, signature) &&
        secp_recover(&recovered, &parsed, &digest, SECP_LOW_S) && mm_addr_equal(&recovered, signer))
        return EXEC_OK;
    return ainft_refuse(call, AINFT_AUTHOR_SIGNATURE_INVALID, ABI_VALUES(abi_addr(signer)));
}

enum exec_status typed_check_deadline(struct abi_call *call, const mm_u256 *deadline)
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

/* EIP-5267: fields (name, version, chainId, verifyingContract), these, no salt, no extensions. */
enum exec_status ainft_eip712_domain(struct abi_call *call)
{
    static const uint8_t fields[ABI_WORD] = { 0x0f };
    const mm_u256 word = u256_from_be32(fields);
    mm_bytes name;
    HOST_TRY(storage_load_string(call, &name, &ERC721_NAME));
    call->results[0] = abi_word(&word);
    call->results[1] = abi_bytes(name);
    call->results[2] = abi_bytes(MM_BYTES_LIT("1"));
    call->results[3] = abi_u64(host_block(call->host)->chain_id);
    call->results[4] = abi_addr(host_self(call->host));
    call->results[5] = abi_u64(0);
    call->results[6] = abi_bytes((mm_bytes){ 0 });
    return EXEC_OK;
}
