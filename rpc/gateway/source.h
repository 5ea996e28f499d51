/* The store as one request sees it: the large block that it read last is not read and hashed a second time.
 *
 *     resolve the path   reads the file's root         a picture of 1 MiB is one block, and this is it
 *     open the file      reads the root again          from here
 *     look for its type  reads the first leaf
 *     send it            reads the first leaf again    from here
 *
 * Hashing a block of 1 MiB takes most of the time that a client waits for its first byte. A kept block is handed over, not copied, so
 * it is there for one more reader; small ones are not worth their copy.
 * Memory: one block. Threads: a source belongs to one request. */
#ifndef RPC_GATEWAY_SOURCE_H
#define RPC_GATEWAY_SOURCE_H

#include "p2p/content/store.h"

enum { SOURCE_KEPT_BYTES_MIN = 64 << 10 };

struct source;

/* NULL when there is no memory. content outlives it. */
struct source *source_new(struct content *content);
void source_free(struct source *source);
/* For a reader; valid as long as the source. */
struct block_source source_blocks(struct source *source);
/* From now on nothing is kept: each block is going to be read once. What was kept is still handed over. */
void source_keep_no_more(struct source *source);

#endif
