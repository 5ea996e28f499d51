/* The mint that figures are of: mint(address,string) to somebody, with a URI of the length of ipfs:// and a CID of version 1 that
 * no other number has. */
#ifndef TESTS_BENCH_LIB_MINT_H
#define TESTS_BENCH_LIB_MINT_H

#include "state/chain/tx.h"

enum { MINT_DATA_BYTES = 4 + 6 * 32 };

/* The collection of the repository's genesis. */
extern const mm_addr MINT_COLLECTION;

mm_bytes mint_data(uint8_t out[MINT_DATA_BYTES], const mm_addr *to, uint64_t number);
/* Not signed; borrows the data. */
struct tx mint_tx(uint64_t chain_id, uint64_t nonce, mm_bytes data);

#endif
