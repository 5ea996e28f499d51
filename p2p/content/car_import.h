/* CAR import: the blocks of a CAR file into the store, as the file arrives.
 *
 *     bytes --car_import_feed--> sections --hash--> store           a file of any length: a section and a batch are in memory
 *     end   --car_import_finish--> synced; each root is looked through; root records and pins synced
 *
 * Every block is hashed before it is stored. A file with a section that is cut short, is no section, or is not what its CID says is
 * refused with the offset where that section begins; what came before it may then be stored, and is garbage that nothing refers
 * to. Blocks that hang from no root are taken like others, and are garbage as well unless something else names them. A file may
 * hold a part of a DAG: then the root's record says so (CONTENT_ROOT_PARTIAL), and it is not pinned. What is missing in the file and
 * in the store already counts as there.
 *
 * Memory: that of a CAR reader and a writer (store.h), and at the end of a walk (walk.h). Threads: an import belongs to one. */
#ifndef P2P_CONTENT_CAR_IMPORT_H
#define P2P_CONTENT_CAR_IMPORT_H

#include "p2p/content/car.h"
#include "p2p/content/store.h"
#include "p2p/content/walk.h"

struct car_import;

/* NULL when there is no memory. */
struct car_import *car_import_new(struct content *content);
/* Abandons what was not finished. */
void car_import_free(struct car_import *import);

/* The next bytes of the file. MM_ERR_INVALID: it is refused, *reason says where and why. Anything else: those of a writer. After a
 * failure every call gives it again. reason may be NULL. */
MM_MUST_USE mm_err car_import_feed(struct car_import *import, mm_bytes bytes,
                                   struct mm_reason *reason);

struct car_import_options {
    /* NULL: nothing is pinned. Its root is not looked at: one such pin for each root that is whole. */
    const struct content_pin *pin;
};
/* The end of the file. Returns when its blocks, and then root records and pins, are on disk. */
MM_MUST_USE mm_err car_import_finish(struct car_import *import,
                                     const struct car_import_options *options,
                                     struct mm_reason *reason);

struct car_import_root {
    struct cid cid;
    enum read_verdict verdict; /* READ_OK: whole, and pinned if that was asked; else why not */
    struct walk_totals totals; /* of what is below it in the store */
};
/* After finish: the roots of the file in its order. Owned by the import. */
const struct car_import_root *car_import_roots(const struct car_import *import, size_t *count);

struct car_import_totals {
    uint64_t blocks; /* sections; a block that comes twice is two */
    uint64_t bytes;  /* of them */
};
struct car_import_totals car_import_totals(const struct car_import *import);

#endif
