/* What a liar says instead of the truth: answers of an honest node, each bent in one way.
 *
 *     frame of the honest node  ──►  lie_bend  ──►  as it was | another payload | nothing
 *
 * A lie is about one kind of frame. `after` of them are passed on as they are first, so that the sync is under way; from then on
 * each is bent that can be. What is bent decodes and is well formed but for what the lie is about, so that it is found out by what
 * it says and not by how it is written.
 * Memory: the caller's buffers. Threads: pure functions. */
#ifndef TESTS_E2E_LIARS_LIES_H
#define TESTS_E2E_LIARS_LIES_H

#include "p2p/wire/frame.h"
#include "p2p/wire/payload.h"

/* How new nodes begin: --sync. */
enum lie_sync { LIE_OF_BLOCKS, LIE_OF_SNAPSHOT };

enum lie_end {
    LIE_IS_BANNED,      /* no honest node can say that: its link ends, and does not come again */
    LIE_IS_PASSED_OVER, /* slow, or has not what it claims: others are asked */
};

enum lie_bent { LIE_TRUE, LIE_BENT, LIE_WITHHELD };

struct lie {
    const char *name;
    enum lie_sync sync;
    enum frame_kind kind; /* of the answers */
    unsigned after;
    enum lie_end end;
    const char *found; /* the reason that the node's log has */
    /* Appends what is said instead. Only for LIE_BENT is anything appended. */
    enum lie_bent (*bend)(struct mm_buf *out, mm_bytes payload);
    /* The question that is passed on instead; NULL: the one that was asked. */
    void (*twist)(struct mm_buf *out, mm_bytes payload);
};

extern const struct lie LIES[];
extern const size_t LIE_COUNT;

/* The same payload with another id: the first item of all questions and answers of sync. Out: *old, the one it had. False: it is
 * not a list that begins with one. */
bool lie_with_id(struct mm_buf *out, uint64_t *old, mm_bytes payload, uint64_t id);

#endif
