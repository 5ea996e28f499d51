#include "tests/lib/stub_validator.h"

#include "state/base/assert.h"
#include "state/base/endian.h"
#include "state/chain/block.h"

mm_addr stub_validator_addr(size_t index)
{
    mm_addr addr = { { 0x5e, 0xa1 } };
    mm_put_be64(addr.b + 12, index + 1);
    return addr;
}

struct validator_set stub_validator_set(size_t count)
{
    struct validator_set set = { .count = count };
    for (size_t i = 0; i < count; i++)
        set.addrs[i] = stub_validator_addr(i);
    return set;
}

/* The digest is a hash already; mixing the signer into it (splitmix64) is a tenth of hashing again. */
static mm_hash32 mix(const mm_addr *addr, const mm_hash32 *digest)
{
    mm_hash32 mixed;
    uint64_t z = mm_get_be64(addr->b) ^ mm_get_be64(addr->b + 12);
    for (size_t i = 0; i < sizeof mixed.b; i += 8) {
        z += mm_get_be64(digest->b + i) + UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
        mm_put_be64(mixed.b + i, z);
    }
    return mixed;
}

struct secp_signature stub_validator_sign(const mm_addr *addr, const mm_hash32 *digest)
{
    struct secp_signature signature = { .parity = 0 };
    signature.r = mix(addr, digest);
    memcpy(signature.s.b + 12, addr->b, sizeof addr->b);
    return signature;
}

static bool recover(void *ctx, mm_addr *signer, const struct secp_signature *signature,
                    const mm_hash32 *digest)
{
    mm_addr addr;
    (void)ctx;
    memcpy(addr.b, signature->s.b + 12, sizeof addr.b);
    const struct secp_signature right = stub_validator_sign(&addr, digest);
    *signer = addr;
    return memcmp(&right, signature, sizeof right) == 0;
}

const struct qbft_crypto STUB_VALIDATOR_CRYPTO = { NULL, recover };

struct qbft_block *stub_validator_block(uint64_t height, const mm_hash32 *parent,
                                        const mm_addr *builder, uint64_t timestamp,
                                        uint64_t distinction)
{
    struct qbft_block *block = NULL;
    enum rlp_verdict verdict;
    struct mm_buf buf;
    struct header header = { .field_count = HEADER_FIELDS_CANCUN,
                             .parent_hash = *parent,
                             .coinbase = *builder,
                             .number = height,
                             .timestamp = timestamp,
                             .extra_len = MM_EXTRA_BYTES };
    mm_put_be64(header.extra, distinction);
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    block_encode(&buf, &header, NULL, 0);
    MM_ASSERT(qbft_block_new(&block, mm_buf_bytes(&buf), &verdict));
    mm_buf_fini(&buf);
    return block;
}

mm_hash32 stub_validator_parent(const struct qbft_block *block)
{
    struct rlp outer = rlp_over(mm_bytes_from(block->bytes, block->len));
    struct rlp fields = rlp_read_list(&outer);
    struct header header;
    header_read(&fields, &header);
    MM_ASSERT(fields.verdict == RLP_OK);
    return header.parent_hash;
}
