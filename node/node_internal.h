/* What a node is made of, for node.c (start and end), what that starts, and backend.c (what its doors ask of it). */
#ifndef NODE_NODE_INTERNAL_H
#define NODE_NODE_INTERNAL_H

#include <stdatomic.h>

#include "node/content/tend.h"
#include "node/doors.h"
#include "node/files.h"
#include "node/keyring.h"
#include "node/membership.h"
#include "node/node.h"
#include "node/pool/pool.h"
#include "node/replication/replication.h"
#include "node/writer/writer.h"
#include "rpc/chat/chat.h"

struct node {
    const struct node_options *options;
    struct keyring keyring;
    struct mm_buf genesis_text;
    char genesis_path[FILE_PATH_BYTES]; /* of that text; empty for the built-in one */
    struct chain *chain;
    struct pool *pool;
    struct writer *writer;
    struct membership *membership; /* NULL: a development chain */
    struct content *content;
    struct tend *tend;
    struct replication *replication; /* NULL: a development chain */
    struct secp_secret *chat_key;    /* owned; NULL: a development account's, or nobody's */
    struct url chat_remote;
    char chat_remote_key[CHAT_REMOTE_KEY_MAX + 1]; /* wiped at the end */
    struct doors *doors;
    struct rpc_backend backend;
    struct backend_network backend_network; /* of a network */
    char id_text[65];                       /* hex */
    atomic_uint_fast64_t sync_starting;     /* the head when it last did not lag */
    _Atomic(const struct backend_listener *) listener;
    mm_err failure; /* of the writer */
};

/* ---- open_chain.c ---- */
/* The file that was named; else the one that this data folder was made with; else the default. */
MM_MUST_USE mm_err node_load_genesis(struct node *node, struct mm_reason *reason);
/* Once the genesis is there, and who takes part. */
MM_MUST_USE mm_err node_open_chain(struct node *node, struct mm_reason *reason);

/* ---- content.c ---- */
/* Over a chain that is open. */
MM_MUST_USE mm_err node_open_content(struct node *node, struct mm_reason *reason);
/* Once the network is there, before it starts. */
MM_MUST_USE mm_err node_new_replication(struct node *node, struct mm_reason *reason);
/* Before the chain is closed, after the doors, the network and the writer. */
void node_close_content(struct node *node);

/* ---- chat.c ---- */
/* Keys and URL that the options name. Out: *chat, borrowing from the node. */
MM_MUST_USE mm_err node_open_chat(struct node *node, struct doors_chat *chat,
                                  struct mm_reason *reason);
void node_close_chat(struct node *node);

/* ---- backend.c ---- */
/* What it calls itself. */
const char *node_client_version(const struct node_options *options);
void node_fill_backend(struct node *node);
/* Once the network runs. */
void node_fill_backend_network(struct node *node);
/* A transaction of a peer; ctx is the node. */
void node_submit_of_peer(void *ctx, struct submit_outcome *outcome, struct tx *tx);

#endif
