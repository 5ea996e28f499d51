/* Collection of garbage: blocks that no pin reaches, removed in steps beside whoever writes.
 *
 *     pins ──► marks ──► root records ──► sweep ──► strays ──► the marks go
 *      │         │            │             │
 *      │         │            │             `─ each row of `size` that has no mark and whose epoch is below the limit
 *      │         │            `─ those of roots that nobody pins
 *      │         `─ what a marked block links to, until no more is found; blocks without links are not read
 *      `─ leases that ran out go; the others are marked
 *
 * Marks are on disk (the family `mark`): that a block stays, and that its links were followed. Links still to be followed are in memory,
 * and beyond GC_OPEN_MAX of them on disk too.
 * What keeps a block, whatever happens beside the collection (the tests have each line):
 *
 *     it hangs from a pin                                it is marked
 *     it was written, or touched, since the collection   its epoch is not below the limit (store.h)
 *       began, or by a writer that was at work then
 *     it hangs from a pin that was put since             the pin's write tells the collection (store_tell_collection), which marks
 *     it hangs from a pinned block that came since       what hangs from it before it removes anything more; so does a block that
 *                                                        was missing where a link to it was met
 *     it is kept by content_writer_keep                  that is a touch
 *
 * So a pin protects all that is there at the moment when it is put, and who finds afterwards that all is there (needs_settle)
 * may rely on it. Who merely read a block that nobody pins may find it gone.
 * A pinned block that is corrupt ends a collection before it removes anything (MM_ERR_CORRUPT): what hung from it is not known and
 * must not go. One that is missing does not: what hangs from it is fetched with it.
 *
 * There is one collection at a time. It may be abandoned, or the process killed, at any step: what was removed was garbage, marks
 * are no content, and the next collection begins anew.
 *
 * Memory: a block and its links, and a megabyte, whatever is stored. Disk: 35 to 75 bytes a block while it is at work. The
 * store's lock is held for a batch of at most GC_BATCH_ROWS rows. Threads: a collection belongs to one. Time is given.
 * Why so: docs/decisions/0026. */
#ifndef P2P_CONTENT_GC_H
#define P2P_CONTENT_GC_H

#include "p2p/content/store.h"

enum { GC_BATCH_ROWS = 256 };

struct content_gc;

struct content_gc_options {
    uint64_t now_ms; /* pins that expire until then are gone */
    bool is_dry;     /* nothing is removed; what would be is told */
    /* Told each block that is removed, or would be, as a raw CID v1: what its codec was is not known. May be NULL. */
    void (*removed)(void *context, const struct cid *cid, uint64_t bytes);
    void *context;
};

struct content_gc_report {
    uint64_t kept_blocks; /* that a pin reaches */
    uint64_t removed_blocks;
    uint64_t removed_bytes;
    uint64_t expired_pins;
    uint64_t strays;  /* removed blocks that were never counted (store.h) */
    uint64_t missing; /* blocks that a pin reaches and that are not here */
    uint64_t damaged; /* pinned blocks that are corrupt: nothing was removed */
    struct cid damaged_at;
};

/* MM_ERR_BUSY: another one is at work. */
MM_MUST_USE mm_err content_gc_new(struct content_gc **gc, struct content *content,
                                  const struct content_gc_options *options);
/* A little of the work, mostly some milliseconds. Out: *is_over. After an error it is only to be freed. */
MM_MUST_USE mm_err content_gc_step(struct content_gc *gc, bool *is_over);
const struct content_gc_report *content_gc_report(const struct content_gc *gc);
/* Before content_close. */
void content_gc_free(struct content_gc *gc);

enum {
    CONTENT_SLACK_BYTES = 64 << 20, /* on the disk, for logs and buffers: not worth a compaction */
};

/* All of it. report may be NULL. */
MM_MUST_USE mm_err content_gc_run(struct content *content, struct content_gc_report *report,
                                  const struct content_gc_options *options);

/* Whether half of what the store takes on the disk is nobody's, and more than a little. Looks at each file's size. */
bool content_wants_compaction(struct content *content);
/* Gives the bytes of removed blocks back to the disk: rewrites what is left, in one long step, while others read and write.
 * MM_ERR_NO_SPACE: there is no room for that. MM_ERR_STOPPED: content_compact_stop was called. */
MM_MUST_USE mm_err content_compact(struct content *content);
/* From any thread: ends one at work soon, and lets none begin any more. */
void content_compact_stop(struct content *content);

#endif
