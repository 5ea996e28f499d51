/* A node for tests of links: real sockets on this machine, and a log of what its owner was told. */
#ifndef TESTS_UNIT_P2P_LINK_NODE_H
#define TESTS_UNIT_P2P_LINK_NODE_H

#include <pthread.h>

#include "p2p/link/link.h"

enum { NODE_LOG_MAX = 4096, NODE_WAIT_MS = 20000 };

struct node_entry {
    enum links_event_kind kind;
    uint64_t peer;
    node_id id;
    bool is_inbound;
    enum links_end end;
    enum bye_reason bye;
    enum session_verdict session;
    enum handshake_verdict handshake;
    char client[HELLO_CLIENT_BYTES_MAX + 1];
    uint16_t told_port;
};

struct node {
    struct links_options options;
    const char *url; /* where it listens */
    struct node_key *key;
    node_id id;
    struct links *links;

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t changed;
    struct node_entry log[NODE_LOG_MAX]; /* all but frames */
    size_t log_count;
    size_t frame_count;
    size_t frame_bytes;
    bool keeps_frames; /* until node_release */
    struct frame **kept;
    size_t kept_count;
    size_t kept_capacity;
};

/* Options may be changed between the two. The seed makes its key. */
struct node *node_new(uint8_t seed);
void node_open(struct node *node);
void node_close(struct node *node);
void node_free(struct node *node); /* closes, too */

/* "tcp://127.0.0.1:port"; four of them may be in use at once. */
const char *node_url(const struct node *node);
void node_dial(struct node *node, const struct node *to);

/* How many such events there were. */
size_t node_count(struct node *node, enum links_event_kind kind);
/* Waits for as many, and fails the test when they do not come. The newest such entry. */
struct node_entry node_wait(struct node *node, enum links_event_kind kind, size_t count);
void node_wait_frames(struct node *node, size_t count);
size_t node_frames(struct node *node);
/* Waits until there are so many peers. */
void node_wait_peers(struct node *node, size_t count);
/* The number of its only peer. */
uint64_t node_peer(struct node *node);
/* Gives up the frames that it kept, and keeps no more. */
void node_release(struct node *node);

void test_sleep_ms(unsigned ms);
uint64_t test_clock_ms(void);

#endif
