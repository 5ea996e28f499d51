/* A set of blocks in memory: sink and source for tests of the importer and the reader, and a counter of distinct blocks.
 * Everything aborts on failure: it is test equipment. */
#ifndef TESTS_UNIT_P2P_CONTENT_MEMORY_BLOCKS_H
#define TESTS_UNIT_P2P_CONTENT_MEMORY_BLOCKS_H

#include "p2p/content/block.h"

struct memory_blocks;

/* keeps: the bytes too, or only CIDs and sizes. */
struct memory_blocks *memory_blocks_new(bool keeps);
void memory_blocks_free(struct memory_blocks *blocks);
struct block_sink memory_blocks_sink(struct memory_blocks *blocks);
struct block_source memory_blocks_source(struct memory_blocks *blocks);

size_t memory_blocks_count(const struct memory_blocks *blocks);
uint64_t memory_blocks_bytes(const struct memory_blocks *blocks);
/* Calls of put, repeats included; and of get. */
size_t memory_blocks_puts(const struct memory_blocks *blocks);
size_t memory_blocks_gets(const struct memory_blocks *blocks);
/* What was put last (kept whether or not bytes are). */
mm_bytes memory_blocks_last(const struct memory_blocks *blocks);
/* Empty with a NULL pointer when it is not there. */
mm_bytes memory_blocks_find(const struct memory_blocks *blocks, const struct cid *cid);
void memory_blocks_remove(struct memory_blocks *blocks, const struct cid *cid);

#endif
