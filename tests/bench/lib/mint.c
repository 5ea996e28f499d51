#include "tests/bench/lib/mint.h"

#include <stdio.h>

const mm_addr MINT_COLLECTION = { { 0x6d, 0x69, 0x6e, 0x74, 0x6d, 0x61, 0x72, 0x6b, 0, 0,
                                    0,    0,    0,    0,    0,    0,    0,    0,    7, 0x21 } };

mm_bytes mint_data(uint8_t out[MINT_DATA_BYTES], const mm_addr *to, uint64_t number)
{
    static const uint8_t selector[4] = { 0xd0, 0xde, 0xf5, 0x21 };
    char uri[80];
    const int len =
        snprintf(uri, sizeof uri, "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuz%013llu",
                 (unsigned long long)(number % 10000000000000));
    memset(out, 0, MINT_DATA_BYTES);
    memcpy(out, selector, sizeof selector);
    memcpy(out + 4 + 12, to->b, sizeof to->b);
    out[4 + 63] = 64;
    out[4 + 95] = (uint8_t)len;
    memcpy(out + 4 + 96, uri, (size_t)len);
    return mm_bytes_from(out, MINT_DATA_BYTES);
}

struct tx mint_tx(uint64_t chain_id, uint64_t nonce, mm_bytes data)
{
    return (struct tx){
        .type = TX_DYNAMIC_FEE,
        .has_chain_id = true,
        .chain_id = u256_from_u64(chain_id),
        .nonce = nonce,
        .max_fee = u256_from_u64(100000000000),
        .priority_fee = u256_from_u64(1000000000),
        .gas_limit = 400000,
        .to = MINT_COLLECTION,
        .data = data,
    };
}
