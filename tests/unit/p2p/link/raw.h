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
/* A listening socket on loopback; out: the url that leads to it. Nobody accepts until raw_answer does. */
int raw_listen(char url[64]);
/* Accepts and does the handshake as the responder, up to its last message, which waits for raw_flush. */
struct raw raw_answer(const struct node *node, int listener, uint8_t seed);
void raw_flush(struct raw *raw);
void raw_send(struct raw *raw, enum frame_kind kind, mm_bytes payload);
void raw_close(struct raw *raw);

#endif
