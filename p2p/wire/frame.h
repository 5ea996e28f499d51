/* Frames: what nodes say to each other, one after another over a link (docs/P2P.md).
 *
 *     on the link     length (4 bytes, big-endian) | body
 *     body, sealed    encrypted (kind | payload) and its tag      17 bytes more than what it hides
 *     body, plain     kind | payload
 *
 * Each kind has a class and a largest payload, in one table. Classes are strict priorities: while a consensus frame waits, no other
 * is sent. Within a class the order is kept; between classes it is not. What is in a payload is in payload.h; consensus payloads are
 * opaque here, node/qbft reads them.
 *
 * A frame that came in, or waits in queues of several links, is counted: who wants to keep it takes a reference. Whoever made it may
 * ask to be told when the last one is given up, which is how a link knows what its owner still holds.
 *
 * Threads: references from any; a frame does not change after it was made. Limits: FRAME_BYTES_MAX and the table. */
#ifndef P2P_WIRE_FRAME_H
#define P2P_WIRE_FRAME_H

#include <stdatomic.h>

#include "state/base/buf.h"
#include "state/base/bytes.h"
#include "state/base/limits.h"

enum {
    FRAME_LENGTH_BYTES = 4,
    FRAME_SEAL_BYTES = 17,     /* crypto_secretstream's: a byte of tag, 16 that authenticate */
    FRAME_BYTES_MAX = 4 << 20, /* of a body: a block and all that a proposal brings with it fit */
    FRAME_PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - FRAME_SEAL_BYTES - 1,
    FRAME_ANSWER_BYTES =
        2 << 20, /* what answers aim at: the items after that are for the next one */
};

/* The codes of consensus are those that its signatures name. */
enum frame_kind {
    FRAME_BYE = 0x01,
    FRAME_STATUS = 0x02,
    FRAME_GET_PEERS = 0x03,
    FRAME_PEERS = 0x04,
    FRAME_PROPOSAL = 0x12,
    FRAME_PREPARE = 0x13,
    FRAME_COMMIT = 0x14,
    FRAME_ROUND_CHANGE = 0x15,
    FRAME_DECIDED = 0x16,
    FRAME_TX = 0x20,
    FRAME_TX_HASHES = 0x21,
    FRAME_GET_TX = 0x22,
    FRAME_GET_HEADERS = 0x30,
    FRAME_HEADERS = 0x31,
    FRAME_GET_BODIES = 0x32,
    FRAME_BODIES = 0x33,
    FRAME_GET_STATE = 0x34,
    FRAME_STATE = 0x35,
    FRAME_GET_VALIDATORS = 0x36,
    FRAME_VALIDATORS = 0x37,
    FRAME_HAVE = 0x40,
    FRAME_WANT = 0x41,
    FRAME_BLOCK = 0x42,
    FRAME_MISSING = 0x43,
};

/* Lower is sent first. */
enum frame_class { FRAME_CONSENSUS, FRAME_BLOCKS, FRAME_TXS, FRAME_CONTENT };
enum { FRAME_CLASSES = 4 };

struct frame_rule {
    enum frame_kind kind;
    enum frame_class class;
    size_t payload_bytes_max;
    const char *name; /* as docs/P2P.md has it */
};

/* NULL: no such kind. */
const struct frame_rule *frame_rule_of(unsigned kind);
/* All of them, in the order of their kinds. */
const struct frame_rule *frame_rules(size_t *count);

/* ---- counted frames ---- */

struct frame {
    atomic_size_t users;
    enum frame_kind kind;
    mm_bytes payload; /* in `bytes` */
    /* Called when the last reference goes, just before the memory does; or NULL. */
    void (*given_up)(void *owner, const struct frame *frame);
    void *owner;
    size_t size; /* of `bytes` */
    uint8_t bytes[];
};

/* Room for `size` bytes, one user, no payload yet. NULL: no memory. */
struct frame *frame_new(size_t size);
/* A frame with a copy of the payload. NULL: no memory. */
struct frame *frame_of(enum frame_kind kind, mm_bytes payload);
struct frame *frame_ref(struct frame *frame);
/* NULL is fine. */
void frame_unref(struct frame *frame);

#endif
