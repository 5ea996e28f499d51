/* A store in memory that outlives its process as a disk would: what was not synced when it is closed is gone, and writes fail when a
 * test wants them to.
 *
 *     lossy_store_new ─► lossy_store_open ─► struct kv, as any other ─► kv_close ─► lossy_store_open: as of the last synced write
 *
 * One is open at a time. Memory: the heap. Threads: one. */
#ifndef TESTS_LIB_LOSSY_STORE_H
#define TESTS_LIB_LOSSY_STORE_H

#include "state/store/kv.h"

enum lossy_fate {
    LOSSY_PASSES,
    LOSSY_FAILS,      /* MM_ERR_IO, and nothing of it is on the disk */
    LOSSY_FAILS_LATE, /* MM_ERR_IO, and it is, with all before it */
    LOSSY_FULL,       /* MM_ERR_NO_SPACE */
};

struct lossy_store;

/* fate is asked of each write; NULL: all pass. */
struct lossy_store *
lossy_store_new(enum lossy_fate (*fate)(void *ctx, enum kv_durability durability), void *ctx);
/* When it is closed. */
void lossy_store_free(struct lossy_store *store);
struct kv *lossy_store_open(struct lossy_store *store, const struct kv_options *options);

#endif
