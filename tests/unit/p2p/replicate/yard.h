/* Nodes with a store in memory and the machine that fetches, and puppets that say what a test has them say.
 *
 * Frames arrive when time passes (yard_run), in the order in which they were sent. Node i is peer 1 + i to the others, and has another
 * number each time that it is linked again.
 * Everything aborts on failure: it is test equipment. */
#ifndef TESTS_UNIT_P2P_REPLICATE_YARD_H
#define TESTS_UNIT_P2P_REPLICATE_YARD_H

#include <criterion/criterion.h>

#include "p2p/content/needs.h"
#include "p2p/replicate/replicate.h"
#include "tests/unit/p2p/content/collected.h"

enum { YARD_NODES = 6, YARD_HEARD = 4096 };

struct yard;

struct yard_frame {
    size_t from, to;
    enum frame_kind kind;
    uint8_t *bytes; /* owned */
    size_t len;
};

struct yard_node {
    struct yard *yard;
    struct content *content;     /* NULL: a puppet */
    struct replicate *replicate; /* likewise */
    uint64_t peers[YARD_NODES];  /* number of the others here; 0: not linked */
    /* what the machine did */
    size_t cuts;
    enum replicate_verdict verdict; /* of the last */
    uint64_t cut_ms;
    size_t slow;
    size_t fetched, not_fetched;
    size_t failed;
    size_t frames[256]; /* sent, by kind */
};

struct yard {
    struct yard_node nodes[YARD_NODES];
    size_t count;
    uint64_t now_ms;
    uint64_t next_peer;
    bool is_jammed; /* what is sent is refused: the queue is full */
    struct yard_frame frames[YARD_HEARD];
    size_t frame_count;
    struct yard_frame heard[YARD_HEARD]; /* by puppets */
    size_t heard_count;
};

/* The first `nodes` have a store, the others are puppets; all puppets and nodes are linked with node 0 if `linked`. */
struct yard *yard_new(size_t nodes, size_t puppets, uint64_t quota_bytes);
void yard_free(struct yard *yard);
void yard_link(struct yard *yard, size_t a, size_t b);
void yard_unlink(struct yard *yard, size_t a, size_t b);
/* The process ends and begins again: the store stays, links and the machine's memory go. */
void yard_restart(struct yard *yard, size_t node);
void yard_run(struct yard *yard, uint64_t ms);

/* A root that must be held and of which nothing is known. */
void yard_want(struct yard *yard, size_t node, const struct cid *root);
/* A file of so many chunks (collected.h) that the node has whole and keeps. */
struct cid yard_add(struct yard *yard, size_t node, uint32_t number, size_t chunks);
enum content_root_state yard_state(struct yard *yard, size_t node, const struct cid *root);
struct replicate_counts yard_counts(struct yard *yard, size_t node);

/* What a puppet says to node 0. */
void yard_say(struct yard *yard, size_t puppet, enum frame_kind kind, mm_bytes payload);
void yard_say_have(struct yard *yard, size_t puppet, const struct cid *root);
void yard_say_block(struct yard *yard, size_t puppet, uint64_t id, const struct cid *cid,
                    mm_bytes bytes);
void yard_say_missing(struct yard *yard, size_t puppet, uint64_t id, const struct cid *blocks,
                      size_t count);
void yard_say_want(struct yard *yard, size_t puppet, uint64_t id, const struct cid *blocks,
                   size_t count);

struct yard_asked {
    uint64_t id;
    struct cid blocks[PAYLOAD_WANTED_MAX];
    size_t count;
};
/* The oldest WANT that the puppet heard and did not look at. False: none. */
bool yard_asked(struct yard *yard, size_t puppet, struct yard_asked *asked);
/* Answers with what is in a store; nothing of it when that is NULL. */
void yard_answer(struct yard *yard, size_t puppet, const struct yard_asked *asked,
                 struct content *content);
/* How many frames of a kind the puppet heard, and their bytes; forgets them. */
size_t yard_heard(struct yard *yard, size_t puppet, enum frame_kind kind, size_t *bytes);

#endif
