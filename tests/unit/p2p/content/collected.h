/* Content for tests of what removes it: files and folders with a known number of blocks, in a store.
 * Everything aborts on failure: it is test equipment. */
#ifndef TESTS_UNIT_P2P_CONTENT_COLLECTED_H
#define TESTS_UNIT_P2P_CONTENT_COLLECTED_H

#include "p2p/content/gc.h"
#include "p2p/content/import.h"
#include "p2p/content/store.h"
#include "p2p/content/walk.h"

struct content *collected_open(const char *path, uint64_t quota_bytes);

/* A file of so many chunks of 1 KiB, told apart by its number: that many blocks and one above them, or one alone. */
struct cid collected_file(struct block_sink sink, uint32_t number, size_t chunks);
/* The same in a writer of its own, committed, with a pin of this kind (0: none). */
struct cid collected_add(struct content *content, uint32_t number, size_t chunks,
                         enum content_pin_kind kind, uint64_t expires_ms);
void collected_pin(struct content *content, const struct cid *root, enum content_pin_kind kind,
                   uint64_t expires_ms);
void collected_unpin(struct content *content, const struct cid *root, enum content_pin_kind kind);
/* Whether all of it is there. */
bool collected_is_whole(struct content *content, const struct cid *root);
/* A whole collection; nothing but success. */
struct content_gc_report collected_run(struct content *content, uint64_t now_ms);
/* Other bytes under a block's key, as a failing disk would have. */
void collected_corrupt(struct content *content, const struct cid *cid);

#endif
