/* Two sessions and what is between them: bytes wait in `wire` until a test hands them over, so that it can cut, change, repeat or
 * keep them. All keys come from small numbers: the same test is the same bytes every time. */
#ifndef TESTS_UNIT_P2P_WIRE_PAIR_H
#define TESTS_UNIT_P2P_WIRE_PAIR_H

#include "p2p/wire/session.h"

enum { PAIR_A = HANDSHAKE_INITIATOR, PAIR_B = HANDSHAKE_RESPONDER, PAIR_FRAMES_MAX = 64 };

struct pair {
    struct node_key *keys[2];
    struct handshake_options options[2];
    struct session *sessions[2];
    struct mm_buf wire[2];                 /* what each has sent and the other has not got */
    struct frame *frames[PAIR_FRAMES_MAX]; /* that either has received */
    size_t frame_count;
    size_t met_count;
    size_t up_count[2];
};

struct node_key *pair_key(uint8_t seed);
/* The handshake's options of a node, by its seed. */
struct handshake_options pair_options(enum handshake_role role, const struct node_key *key,
                                      uint8_t ephemeral);
/* The sessions are made by pair_start, so that a test can change options before. */
void pair_init(struct pair *pair);
void pair_start(struct pair *pair);
void pair_fini(struct pair *pair);

/* Feeds bytes to one of them, in pieces of `piece` bytes; its answers go to its wire. The last event. */
enum session_event pair_feed(struct pair *pair, int to, mm_bytes bytes, size_t piece);
/* Hands over everything until nobody has anything to say. */
void pair_run(struct pair *pair, size_t piece);
/* pair_init, pair_start and a whole handshake. */
void pair_up(struct pair *pair, bool is_plain);
/* Seals into the wire of `from`. */
void pair_seal(struct pair *pair, int from, enum frame_kind kind, mm_bytes payload);
/* What waits on a wire, taken off it; owned by the test (free). */
mm_bytes pair_take(struct pair *pair, int from);

#endif
