/* Serving the state in ranges, to nodes that begin with it (docs/P2P.md, "Snapshots").
 *
 * A state is served as of a block of the proof window. Who has begun to fetch one needs it for longer than the window may last, so
 * the view from which it was served first is held: SERVE_VIEWS_MAX of them, each until nobody asked for it for SERVE_IDLE_MS, and
 * for SERVE_HOLD_MS at most. What a view holds is what RocksDB keeps of old rows, and the tails that it was made with.
 *
 * An answer has SERVE_BYTES_MAX of leaves and code at most, or one leaf.
 * Memory: the views; an arena of SERVE_ARENA_BYTES_MAX and two buffers during a call. Threads: one at a time. */
#ifndef NODE_SNAPSHOT_SERVE_H
#define NODE_SNAPSHOT_SERVE_H

#include "p2p/wire/payload.h"
#include "state/ledger/ledger.h"

enum {
    SERVE_VIEWS_MAX =
        2, /* nodes that begin at about the same time fetch the same block or its neighbour */
    SERVE_IDLE_MS = 30 * 1000,
    SERVE_HOLD_MS = 60 * 60 * 1000,
    SERVE_BYTES_MAX = 512 << 10, /* some 50 ms of one thread, behind which votes wait */
    SERVE_ARENA_BYTES_MAX = 64 << 20,
};

struct serve;

/* NULL: no memory. */
struct serve *serve_new(struct ledger *ledger);
/* Before the ledger is closed. NULL is fine. */
void serve_free(struct serve *serve);

/* Writes the payload of a STATE. False: that state is not to be had here. */
MM_MUST_USE bool serve_state(struct serve *serve, const struct payload_get_state *get,
                             struct mm_buf *payload, uint64_t now_ms);
/* Lets go of views that nobody asks for any more. */
void serve_tick(struct serve *serve, uint64_t now_ms);
size_t serve_view_count(const struct serve *serve);

#endif
