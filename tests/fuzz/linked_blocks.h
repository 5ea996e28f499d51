/* A handful of hostile blocks that link to each other, for targets that follow links. The blocks stand one behind the other in the
 * input, each after a codec byte and two bytes of length; every CID with a 32-byte digest names the one whose number its digest begins
 * with: hashes are not what is looked at there. */
#ifndef TESTS_FUZZ_LINKED_BLOCKS_H
#define TESTS_FUZZ_LINKED_BLOCKS_H

#include "p2p/content/block.h"

enum { LINKED_BLOCKS_MAX = 16 };

struct linked_blocks {
    size_t count;
    mm_bytes blocks[LINKED_BLOCKS_MAX]; /* borrowed from the input */
    uint64_t codecs[LINKED_BLOCKS_MAX];
};

void linked_blocks_parse(struct linked_blocks *blocks, mm_bytes in);
struct block_source linked_blocks_source(struct linked_blocks *blocks);
/* The first one. */
struct cid linked_blocks_root(const struct linked_blocks *blocks);

#endif
