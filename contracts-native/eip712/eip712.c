#include "contracts-native/eip712/eip712.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"
#include "state/crypto/secp.h"
#include "state/exec/gas.h"

_Static_assert((int)EIP712_SIGNATURE_BYTES == (int)SECP_SIGNATURE_BYTES, "r, s, v");

mm_u256 eip712_hash(mm_bytes bytes)
{
    const mm_hash32 hash = keccak256(bytes);
    return u256_from_hash(&hash);
}

mm_u256 eip712_hash_words(const mm_u256 *words, size_t count)
{
    uint8_t bytes[EIP712_WORDS_MAX * ABI_WORD];
    MM_ASSERT(count <= EIP712_WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        u256_to_be32(bytes + i * ABI_WORD, &words[i]);
    return eip712_hash(mm_bytes_from(bytes, count * ABI_WORD));
}

static mm_u256 domain_of(const struct abi_call *call, mm_bytes name)
{
    const mm_bytes type = MM_BYTES_LIT(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    const mm_u256 words[] = {
        eip712_hash(type),
        eip712_hash(name),
        eip712_hash(MM_BYTES_LIT("1")),
        u256_from_u64(host_block(call->host)->chain_id),
        u256_from_addr(host_self(call->host)),
    };
    return eip712_hash_words(words, MM_COUNT_OF(words));
}

mm_hash32 eip712_digest(const struct abi_call *call, mm_bytes name, const mm_u256 *struct_hash)
{
    uint8_t bytes[2 + 2 * ABI_WORD] = { 0x19, 0x01 };
    const mm_u256 domain = domain_of(call, name);
    u256_to_be32(bytes + 2, &domain);
    u256_to_be32(bytes + 2 + ABI_WORD, struct_hash);
    return keccak256(MM_BYTES_OF(bytes));
}

bool eip712_is_low_s(const mm_hash32 *s)
{
    return secp_is_low_s(s);
}

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

enum exec_status eip712_signer(struct abi_call *call, mm_addr *signer, const mm_hash32 *digest,
                               mm_bytes signature)
{
    struct secp_signature parsed;
    HOST_TRY(host_charge(call->host, GAS_RECOVER));
    if (!read_signature(&parsed, signature) || !secp_recover(signer, &parsed, digest, SECP_LOW_S))
        *signer = (mm_addr){ { 0 } };
    return EXEC_OK;
}

/* Fields: name, version, chainId, verifyingContract; these, no salt, no extensions. */
void eip712_give_domain(struct abi_call *call, mm_bytes name)
{
    static const uint8_t fields[ABI_WORD] = { 0x0f };
    const mm_u256 word = u256_from_be32(fields);
    call->results[0] = abi_word(&word);
    call->results[1] = abi_bytes(name);
    call->results[2] = abi_bytes(MM_BYTES_LIT("1"));
    call->results[3] = abi_u64(host_block(call->host)->chain_id);
    call->results[4] = abi_addr(host_self(call->host));
    call->results[5] = abi_u64(0);
    call->results[6] = abi_bytes((mm_bytes){ 0 });
}
