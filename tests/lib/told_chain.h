/* What a node tells of its chain, block by block, for tests of those who follow it: headers and certificates as bytes, and the sets.
 *
 *     told_chain_init(4) ─► dev_chain_mint(&told->dev, …) … ─► told_chain_block ─► told->blocks[n], which a test may bend
 *
 * A council's chain as in dev_chain.h; every block has the seals of a quorum. What goes wrong here is a failed assertion. Threads:
 * one. */
#ifndef TESTS_LIB_TOLD_CHAIN_H
#define TESTS_LIB_TOLD_CHAIN_H

#include "tests/lib/dev_chain.h"

enum { TOLD_BLOCKS_MAX = 16, TOLD_BYTES_MAX = 2048 };

struct told {
    uint8_t header[TOLD_BYTES_MAX];
    size_t header_len;
    uint8_t certificate[TOLD_BYTES_MAX];
    size_t certificate_len;
    struct validator_set set; /* that sealed it; of block 0 none */
    mm_hash32 hash;
};

struct told_chain {
    struct dev_chain dev;
    struct seal_domain domain;
    struct told blocks[TOLD_BLOCKS_MAX];
    uint64_t head;
};

void told_chain_init(struct told_chain *told, size_t validators);
void told_chain_fini(struct told_chain *told);
/* What is pending, in a block. */
void told_chain_block(struct told_chain *told);
/* Seven blocks of four validators with a mint each: in block 2 a fifth one joins, in block 4 the second one leaves. */
void told_chain_story(struct told_chain *told);

mm_bytes told_header(const struct told *told);
mm_bytes told_certificate(const struct told *told);
/* Puts others in their place. */
void told_set_header(struct told *told, const struct header *header);
void told_set_certificate(struct told *told, const struct certificate *certificate);

#endif
