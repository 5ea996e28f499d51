/* A node as its clients have it: a process with a JSON-RPC door, and connections that send batches and keep the answers. */
#ifndef TESTS_LIB_DOOR_H
#define TESTS_LIB_DOOR_H

#include <sys/types.h>

#include "state/codec/json.h"

struct node_process {
    pid_t pid;
    unsigned port;
    unsigned p2p_port; /* of a node of a network */
};

/* Starts the binary on the folder. wait_ms 0: does not wait until it is ready. False: it ended, or was not ready in time. */
bool node_start(struct node_process *node, const char *binary, const char *folder,
                unsigned wait_ms);
/* The same with more options, the last of them NULL. */
bool node_start_with(struct node_process *node, const char *binary, const char *folder,
                     unsigned wait_ms, const char *const *options);
/* Waits for one that was started with wait_ms 0. */
bool node_wait(struct node_process *node, const char *folder, unsigned wait_ms);
/* kill -9, and waits for the end. */
void node_kill(struct node_process *node);
/* SIGTERM, and waits for the end: whether it was the orderly one, status 0. */
bool node_stop(struct node_process *node);

struct door {
    int socket; /* -1: none */
    struct mm_buf request;
    struct mm_buf answer;
    struct mm_arena arena; /* of the parsed answer */
};

void door_init(struct door *door);
void door_fini(struct door *door);
bool door_connect(struct door *door, unsigned port);
/* Opens a batch in door->request; calls are put with door_call, the answers come with door_send. */
void door_begin(struct door *door);
/* params: JSON text of the array. */
void door_call(struct door *door, const char *method, const char *params);
/* Out: as many answers as calls, in their order. False: the connection is gone (the node was killed). */
bool door_send(struct door *door, const struct json **answers, size_t *count);

#endif
