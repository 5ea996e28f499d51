/* A collection at work. Private to p2p/content.
 *
 * Rows of the family `mark`, all without a value:
 *
 *     1 | CID                  links still to be followed, beyond those that memory has room for
 *     2 | multihash            marked: it stays
 *     3 | multihash | codec    its links were followed as this codec's
 *     4 | multihash | codec    linked and not here: whoever puts it says so */
#ifndef P2P_CONTENT_GC_INTERNAL_H
#define P2P_CONTENT_GC_INTERNAL_H

#include "p2p/content/gc.h"
#include "p2p/content/store_internal.h"

enum gc_row { GC_ROW_OPEN = 1, GC_ROW_KEPT, GC_ROW_FOLLOWED, GC_ROW_MISSING };

enum gc_phase {
    GC_PINS,
    GC_MARK,
    GC_ROOTS,
    GC_SWEEP,
    GC_STRAYS,
    GC_CLEAR,
    GC_OVER,
};

enum {
    GC_KEY_MAX = 1 + CID_BYTES_MAX + 2,
    GC_OPEN_MAX = 4096, /* in memory: 700 KiB; what is more goes to the disk */
    GC_TOLD_MAX = 1024, /* likewise */
};

struct gc_key {
    uint8_t bytes[GC_KEY_MAX];
    size_t len;
};

/* The last key of a family that was looked at. */
struct gc_cursor {
    uint8_t bytes[MULTIHASH_BYTES_MAX + 1 + CONTENT_OWNER_MAX];
    size_t len; /* 0: begin at the first */
};

struct content_gc {
    struct content *content;
    struct content_gc_options options;
    struct content_gc_report report;
    enum gc_phase phase;
    enum gc_phase after_mark; /* GC_ROOTS, or where it was interrupted */
    uint64_t limit;           /* blocks of this epoch and later stay */
    struct gc_cursor cursor;
    struct gc_cursor resume; /* of a sweep that was interrupted */
    struct kv_batch *batch;  /* owned */
    struct mm_buf block;
    mm_err err;       /* of a link's listener */
    bool left_strays; /* some may be a writer's */
    struct cid *open; /* owned: links still to be followed, the last first */
    size_t open_count;
    bool has_spilled; /* there may be rows of the first kind */

    /* Under the store's lock: what others told it. */
    struct cid *told; /* owned: to be marked; of a direct pin as raw */
    size_t told_count;
    bool told_rows;   /* there were more: rows of the first kind */
    uint64_t missing; /* rows of the fourth kind, at most */
};

static inline mm_bytes gc_key_bytes(const struct gc_key *key)
{
    return (mm_bytes){ key->bytes, key->len };
}

struct gc_key gc_key_of_cid(enum gc_row row, const struct cid *cid);
struct gc_key gc_key_of_block(enum gc_row row, mm_bytes multihash);
/* Rows of the third and fourth kind. */
struct gc_key gc_key_of_codec(enum gc_row row, mm_bytes multihash, uint64_t codec);
bool gc_has_links(uint64_t codec);

/* ---- gc_mark.c ---- */
MM_MUST_USE mm_err gc_scan_pins(struct content_gc *gc);
MM_MUST_USE mm_err gc_mark(struct content_gc *gc);
/* Marks what was told, and what hangs from it, if that is little. Out: *is_done, nothing is left to be marked, unless something has
 * been told meanwhile. */
MM_MUST_USE mm_err gc_mark_told(struct content_gc *gc, bool *is_done);

/* ---- gc_sweep.c ---- */
MM_MUST_USE mm_err gc_drop_roots(struct content_gc *gc);
MM_MUST_USE mm_err gc_sweep(struct content_gc *gc);

/* ---- gc_strays.c ---- */
MM_MUST_USE mm_err gc_remove_strays(struct content_gc *gc);

/* ---- gc.c ---- */
/* An iterator behind the cursor, or at the first key from `first` on. NULL: no memory. */
struct kv_iter *gc_iter(const struct content_gc *gc, enum content_family family, mm_bytes first);
void gc_move_to(struct content_gc *gc, mm_bytes key);
void gc_begin_phase(struct content_gc *gc, enum gc_phase phase);
/* Whether something was told that is not open yet. The caller holds the lock. */
bool gc_is_told(const struct content_gc *gc);
MM_MUST_USE mm_err gc_has_row(struct content_gc *gc, bool *has, const struct gc_key *key);
MM_MUST_USE mm_err gc_write(struct content_gc *gc);

#endif
