/* Blocks, and what travels beside them: the first byte chooses. Whatever decodes encodes to the same bytes, and its hashes are those of
 * its bytes. Header rules and base fees must be computable for any header. */
#include <stdlib.h>

#include "state/base/limits.h"
#include "state/chain/account.h"
#include "state/chain/block.h"
#include "state/chain/certificate.h"
#include "state/chain/receipt.h"
#include "state/crypto/keccak.h"

#define REQUIRE(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_block(struct mm_arena *arena, struct mm_buf *buf, mm_bytes raw)
{
    struct block block;
    struct block_problem problem;
    if (!block_decode(arena, &block, raw, &problem)) {
        REQUIRE(problem.rlp != RLP_OK || problem.tx != TX_OK);
        REQUIRE(block.tx_count == 0 && block.header.field_count == 0);
        return;
    }
    block_encode_whole(buf, &block);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(buf), raw));
    const mm_hash32 hash = header_hash(&block.header);
    REQUIRE(mm_hash_equal(&hash, &block.hash));
    for (size_t i = 0; i < block.tx_count; i++) {
        const mm_hash32 tx_hash = keccak256(block.txs[i].raw);
        REQUIRE(mm_hash_equal(&tx_hash, &block.txs[i].hash));
    }
    (void)header_next_base_fee(&block.header);
    REQUIRE(header_check(&block.header, &block.header, &block.hash) != HEADER_OK);
    if (block_has_only_txs(&block))
        REQUIRE(block_encoded_len(&block.header, block.txs, block.tx_count) == raw.len);
}

static void fuzz_receipt(struct mm_arena *arena, struct mm_buf *buf, mm_bytes raw)
{
    struct receipt receipt;
    if (receipt_decode(arena, &receipt, raw) != RLP_OK)
        return;
    receipt_encode(buf, &receipt);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(buf), raw));
    struct bloom bloom;
    receipt_bloom(&bloom, receipt.logs, receipt.log_count);
}

static void fuzz_certificate(struct mm_buf *buf, mm_bytes raw)
{
    struct rlp r = rlp_over(raw);
    struct certificate certificate;
    certificate_read(&r, &certificate);
    if (rlp_finish(&r) != RLP_OK)
        return;
    certificate_encode(buf, &certificate);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(buf), raw));
    const struct validator_set set = { .addrs = { { { 1 } } }, .count = 1 };
    const struct seal_domain domain = { .chain_id = 1 };
    const mm_hash32 commitment = validators_commitment(&set);
    const mm_hash32 hash = { { 0 } };
    REQUIRE(certificate_check(&certificate, &domain, &set, &commitment, 1, &hash) !=
            CERTIFICATE_OK); /* nobody has that key */
}

static void fuzz_account(struct mm_buf *buf, mm_bytes raw)
{
    struct account account;
    if (account_decode(&account, raw) != RLP_OK)
        return;
    account_encode(buf, &account);
    REQUIRE(mm_bytes_equal(mm_buf_bytes(buf), raw));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const mm_bytes raw = mm_bytes_from(data + 1, size - 1);
    struct mm_arena arena;
    struct mm_buf buf;
    mm_arena_init(&arena, 64 << 20);
    mm_buf_init(&buf, MM_BLOCK_BYTES_MAX);
    switch (data[0]) {
    case 'b':
        fuzz_block(&arena, &buf, raw);
        break;
    case 'r':
        fuzz_receipt(&arena, &buf, raw);
        break;
    case 'c':
        fuzz_certificate(&buf, raw);
        break;
    case 'a':
        fuzz_account(&buf, raw);
        break;
    default:
        break;
    }
    mm_buf_fini(&buf);
    mm_arena_fini(&arena);
    return 0;
}
