/* A peer that is a bare socket and a session, driven by hand: for what no well-behaved node does. */
#ifndef TESTS_UNIT_P2P_LINK_RAW_H
#define TESTS_UNIT_P2P_LINK_RAW_H

#include "node.h"

struct raw {
    int fd;
    struct node_key *key;
    struct session *session;
    struct mm_buf out;
};

/* A socket to the node's port; -1 when it is refused. */
int raw_connect(const struct node *node);
void raw_write(int fd, mm_bytes bytes);
/* Whether the other side closes within so long; what it says until then is read and dropped. */
bool raw_is_closed(int fd, unsigned ms);

/* Connects and does the whole handshake as the initiator. */
struct raw raw_up(const struct node *node, uint8_t seed);
void raw_send(struct raw *raw, enum frame_kind kind, mm_bytes payload);
void raw_close(struct raw *raw);

#endif
