/* CAR export: a DAG, or the part of it that was asked for, as a CAR file, piece by piece.
 *
 *     source --walk (walk.h)--> blocks --> header | head block | head block | …     pulled: the caller takes a piece when it has
 *                                                                                 room for one
 *
 * The blocks are those of the walk and stand in its order, depth first; its options decide scope, range and repeats. The header
 * names what was begun at, or where the path ended. A v2 has its length in front, so its blocks are read twice; it has no
 * index.
 * An export ends at the first block that it cannot have: a file with a hole in it would not say so. A caller that must answer before
 * the first byte takes the first pieces first.
 *
 * Memory: that of a walk. No block is copied. Threads: an export belongs to one.
 * Source: IPLD CARv1 and CARv2 specifications; Trustless Gateway specification. */
#ifndef P2P_CONTENT_CAR_EXPORT_H
#define P2P_CONTENT_CAR_EXPORT_H

#include "p2p/content/car.h"
#include "p2p/content/walk.h"

struct car_export_options {
    struct walk_options walk;
    bool v2; /* else v1 */
};

struct car_export;

/* source and options are copied. NULL when there is no memory. */
struct car_export *car_export_new(const struct block_source *source,
                                  const struct car_export_options *options);
void car_export_free(struct car_export *export);

/* Begins a file with this root. Reads nothing yet. */
void car_export_begin(struct car_export *export, const struct cid *root);
/* A file with several roots, one to CAR_ROOTS_MAX, which outlive it: what hangs from the first, then what else hangs from the second,
 * and so on. */
void car_export_begin_roots(struct car_export *export, const struct cid *roots, size_t count);
/* The same after a path: content_walk_resolve, and what it answers. */
MM_MUST_USE enum read_verdict car_export_resolve(struct car_export *export,
                                                 struct content_node *out, mm_bytes *rest,
                                                 const struct cid *root, mm_bytes path,
                                                 const struct content_path_listener *listener);
/* How long the file is: reads all of its blocks. To be asked before the first piece is taken. */
MM_MUST_USE enum read_verdict car_export_measure(struct car_export *export, uint64_t *bytes);

/* READ_OK: the next bytes, never none, borrowed until the next call. READ_END: the file is whole. Anything else: why it cannot be,
 * with the block in car_export_at; it stays at that. */
MM_MUST_USE enum read_verdict car_export_next(struct car_export *export, mm_bytes *piece);
/* Blocks given so far, and their bytes. */
void car_export_totals(const struct car_export *export, uint64_t *blocks, uint64_t *bytes);
const struct cid *car_export_at(const struct car_export *export);
/* What READ_FAILED stands for. */
mm_err car_export_err(const struct car_export *export);

#endif
