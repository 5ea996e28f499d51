/* A chain without execution, for tests of what carries blocks: headers that link, bodies that they commit to, certificates with
 * made-up signatures (stub_validator.h). Block 0 is the genesis and has no certificate. */
#ifndef TESTS_LIB_STUB_CHAIN_H
#define TESTS_LIB_STUB_CHAIN_H

#include "p2p/sync/sync.h"
#include "state/chain/header.h"

struct stub_block {
    mm_hash32 hash;
    struct validator_set next;          /* seals the block after it */
    mm_bytes header, body, certificate; /* owned by the chain */
};

struct stub_chain {
    struct seal_domain domain;
    struct stub_block *blocks;
    size_t count;    /* with the genesis */
    uint32_t *index; /* by hash */
    size_t index_count;
};

struct stub_chain_options {
    uint64_t height; /* of the last block */
    size_t validators;
    size_t change_every; /* another set each so many blocks; 0: never */
    size_t txs_of_block;
    size_t tx_bytes;
    uint8_t distinction; /* in each header: chains with others are forks from the first block on */
};

struct stub_chain *stub_chain_new(const struct stub_chain_options *options);
void stub_chain_free(struct stub_chain *chain);
/* NULL: no such block. */
const struct stub_block *stub_chain_find(const struct stub_chain *chain, const mm_hash32 *hash);
struct sync_head stub_chain_head(const struct stub_chain *chain, uint64_t height);
/* Appends the payload of a DECIDED. */
void stub_chain_decided(struct mm_buf *payload, const struct stub_block *block);

/* Seals a header as a quorum of the set, and gives the certificate's item. The caller frees it. */
mm_bytes stub_chain_seal(const struct seal_domain *domain, const struct validator_set *set,
                         uint64_t height, const mm_hash32 *hash);
/* For sync_host.check: certificate_check with made-up signatures. */
enum certificate_verdict stub_chain_check(void *ctx, const struct certificate *certificate,
                                          const struct seal_domain *domain,
                                          const struct validator_set *set,
                                          const mm_hash32 *commitment, uint64_t height,
                                          const mm_hash32 *hash);

#endif
