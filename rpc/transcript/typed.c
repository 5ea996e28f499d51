#include "rpc/transcript/typed.h"

#include "state/base/assert.h"
#include "state/crypto/keccak.h"

enum { WORD = 32, WORDS_MAX = 8 };

static mm_u256 id(mm_bytes text)
{
    const mm_hash32 hash = keccak256(text);
    return u256_from_hash(&hash);
}

static mm_hash32 hash_words(const mm_u256 *words, size_t count)
{
    uint8_t bytes[WORDS_MAX * WORD];
    MM_ASSERT(count <= WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        u256_to_be32(bytes + i * WORD, &words[i]);
    return keccak256(mm_bytes_from(bytes, count * WORD));
}

static mm_hash32 digest_of(const struct typed_domain *domain, const mm_u256 *words, size_t count)
{
    const mm_u256 of_domain[] = {
        id(MM_BYTES_LIT(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")),
        id(domain->name),
        id(MM_BYTES_LIT("1")),
        u256_from_u64(domain->chain_id),
        u256_from_addr(&domain->collection),
    };
    const mm_hash32 separator = hash_words(of_domain, MM_COUNT_OF(of_domain));
    const mm_hash32 structure = hash_words(words, count);
    uint8_t bytes[2 + 2 * WORD] = { 0x19, 0x01 };
    memcpy(bytes + 2, separator.b, WORD);
    memcpy(bytes + 2 + WORD, structure.b, WORD);
    return keccak256(MM_BYTES_OF(bytes));
}

mm_hash32 typed_request_digest(const struct typed_domain *domain,
                               const struct typed_request *request)
{
    const mm_u256 words[] = {
        id(MM_BYTES_LIT("HistoryRequest(uint256 tokenId,bytes32 kind,uint32 weight,bytes32 "
                        "requestHash,uint256 nonce,uint256 deadline)")),
        request->token,
        u256_from_hash(&request->kind),
        u256_from_u64(request->weight),
        u256_from_hash(&request->request_hash),
        request->nonce,
        u256_from_u64(request->deadline),
    };
    return digest_of(domain, words, MM_COUNT_OF(words));
}

mm_hash32 typed_wallet_digest(const struct typed_domain *domain, const struct typed_wallet *wallet)
{
    const mm_u256 words[] = {
        id(MM_BYTES_LIT(
            "AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)")),
        wallet->token,
        u256_from_addr(&wallet->wallet),
        u256_from_addr(&wallet->owner),
        u256_from_u64(wallet->deadline),
    };
    return digest_of(domain, words, MM_COUNT_OF(words));
}

mm_hash32 typed_reply_digest(const struct typed_domain *domain, const struct typed_reply *reply)
{
    const mm_u256 words[] = {
        id(MM_BYTES_LIT("ChatReply(uint256 tokenId,address asker,uint64 block,uint64 specVersion,"
                        "bytes32 promptHash,bytes32 replyHash)")),
        reply->token,
        u256_from_addr(&reply->asker),
        u256_from_u64(reply->block_num),
        u256_from_u64(reply->spec_version),
        u256_from_hash(&reply->prompt_hash),
        u256_from_hash(&reply->reply_hash),
    };
    return digest_of(domain, words, MM_COUNT_OF(words));
}

void typed_sign(uint8_t out[SECP_SIGNATURE_BYTES], const struct secp_secret *secret,
                const mm_hash32 *digest)
{
    const struct secp_signature signature = secp_sign(secret, digest);
    secp_signature_to_bytes(out, &signature);
    out[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(27 + signature.parity);
}

bool typed_signer(mm_addr *signer, const uint8_t signature[SECP_SIGNATURE_BYTES],
                  const mm_hash32 *digest)
{
    uint8_t bytes[SECP_SIGNATURE_BYTES];
    struct secp_signature parsed;
    memcpy(bytes, signature, sizeof bytes);
    if (bytes[SECP_SIGNATURE_BYTES - 1] >= 27)
        bytes[SECP_SIGNATURE_BYTES - 1] = (uint8_t)(bytes[SECP_SIGNATURE_BYTES - 1] - 27);
    *signer = (mm_addr){ { 0 } };
    return secp_signature_from_bytes(&parsed, bytes) &&
           secp_recover(signer, &parsed, digest, SECP_LOW_S);
}
