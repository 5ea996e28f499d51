/* Nodes with links between them, for tests of gossip and sync: real machines, a stub chain and a stub pool behind them, a network
 * in memory and a clock that the test moves.
 *
 *     struct mesh *mesh = mesh_new(chain, 4, 1);        mesh_connect(mesh, 0, 1);
 *     mesh_puppet(mesh, 3);                             what node 3 hears is written down, and the test speaks for it
 *     mesh_run(mesh, 1000);                             a second of the mesh's time
 *
 * A transaction is valid unless its second byte says otherwise (TX_IS_…), a message of consensus is what its first byte says. All
 * nodes have the same chain, each up to its own head. Frames take latency_ms, in order; some are lost, come twice or out of order if so asked. */
#ifndef TESTS_LIB_MESH_H
#define TESTS_LIB_MESH_H

#include "p2p/gossip/gossip.h"
#include "tests/lib/random.h"
#include "tests/lib/stub_chain.h"

enum { TX_IS_INVALID = 0xbb, TX_IS_LATER = 0xcc };
enum { MESSAGE_RELAY = 'R', MESSAGE_IGNORE = 'I', MESSAGE_REFUSE = 'X' };
enum { MESH_NODES_MAX = 80, MESH_KINDS = 256 };

struct mesh;

struct mesh_tx {
    mm_hash32 hash;
    mm_bytes raw; /* owned */
};

struct mesh_frame {
    enum frame_kind kind;
    mm_bytes payload; /* owned */
};

struct mesh_node {
    struct mesh *mesh;
    size_t index;
    node_id id;
    bool is_puppet;
    struct gossip *gossip;
    struct sync *sync;
    uint64_t head;
    /* What it does to what it sends. False: it does not send it. */
    bool (*bend)(struct mesh_node *node, enum frame_kind kind, struct mm_buf *payload);
    struct mesh_tx *pool;
    size_t pool_count;
    const struct sync_block *importing;
    size_t importing_count;
    uint64_t import_ms;   /* when it is done; UINT64_MAX: nothing is imported */
    uint64_t refuse_from; /* blocks from here on are refused by execution; 0: none */
    /* What happened. */
    struct mesh_frame *heard; /* puppets */
    size_t heard_count;
    size_t received[MESH_KINDS]; /* frames by kind */
    size_t txs_taken;            /* take_tx asked */
    size_t whole_copies;         /* transactions in TX frames, each time */
    size_t messages_taken;
    size_t imports; /* blocks */
    size_t import_batch_max;
    size_t bodies_bytes_max;
    size_t lagging_calls;
    bool is_lagging;
    const char *stuck_reason; /* the last; NULL: never */
    size_t stuck_calls;
    enum sync_verdict misbehaved; /* the last that this node saw */
    enum bye_reason bye;          /* the last with which it disconnected a peer */
    uint64_t ban_ms;
    size_t byes;
    size_t slow_calls;
    size_t dials;
    node_id dialed; /* the last */
};

struct mesh_link;
struct mesh_mail;

struct mesh {
    const struct stub_chain *chain;
    uint64_t now_ms;
    uint64_t latency_ms;
    uint64_t loss_percent;
    uint64_t repeat_percent; /* frames that come twice */
    uint64_t jitter_ms;      /* up to so much later, which changes their order */
    uint64_t import_takes_ms;
    size_t peers_wanted;
    struct test_random random;
    struct mesh_node nodes[MESH_NODES_MAX];
    size_t count;
    struct mesh_link *links;
    size_t link_count, link_capacity;
    struct mesh_mail *mail; /* a heap, earliest first */
    size_t mail_count, mail_capacity;
    uint64_t next_seq;
};

/* Heads are at the genesis. Nothing is linked. */
struct mesh *mesh_new(const struct stub_chain *chain, size_t nodes, uint64_t seed);
void mesh_free(struct mesh *mesh);
/* Gives a node its machines, by the options of the mesh: mesh_new does, before a test could set them. */
void mesh_start(struct mesh *mesh, size_t node);
/* Before it is linked. */
void mesh_puppet(struct mesh *mesh, size_t node);

void mesh_connect(struct mesh *mesh, size_t from, size_t to);
/* Though there may be a link already. */
void mesh_connect_again(struct mesh *mesh, size_t from, size_t to);
void mesh_connect_all(struct mesh *mesh);
void mesh_cut(struct mesh *mesh, size_t a, size_t b);
bool mesh_is_linked(const struct mesh *mesh, size_t a, size_t b);
size_t mesh_link_count(const struct mesh *mesh, size_t node);
/* The id by which a node knows another, or 0. */
uint64_t mesh_peer_id(const struct mesh *mesh, size_t node, size_t other);
/* The address that a node is dialed by. */
struct gossip_address mesh_address(const struct mesh *mesh, size_t node);

void mesh_run(struct mesh *mesh, uint64_t ms);
void mesh_set_head(struct mesh *mesh, size_t node, uint64_t height);
void mesh_new_tx(struct mesh *mesh, size_t node, mm_bytes raw);
bool mesh_has_tx(const struct mesh *mesh, size_t node, const mm_hash32 *hash);
/* Puts it into the pool and tells nobody. */
void mesh_put_tx(struct mesh *mesh, size_t node, mm_bytes raw);

/* A puppet speaks, and is heard at once. */
void mesh_say(struct mesh *mesh, size_t from, size_t to, enum frame_kind kind, mm_bytes payload);
size_t mesh_heard_count(const struct mesh *mesh, size_t node, enum frame_kind kind);
/* The newest. Its payload is there until mesh_forget. */
mm_bytes mesh_heard(const struct mesh *mesh, size_t node, enum frame_kind kind);
void mesh_forget(struct mesh *mesh, size_t node);

#endif
