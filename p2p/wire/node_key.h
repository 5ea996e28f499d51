/* Who a node is to other nodes: an Ed25519 key of its own, apart from any validator's.
 *
 * The public half names the node (node_id). The secret half lives in locked memory and signs; there is no function that prints it
 * or gives it out. A validator may bind the two by a statement that both sign; nothing here knows of that.
 * Memory: a key is a page of libsodium's, wiped when it is freed. Threads: a key may be used by several. */
#ifndef P2P_WIRE_NODE_KEY_H
#define P2P_WIRE_NODE_KEY_H

#include "state/base/bytes.h"
#include "state/base/err.h"

typedef struct node_id {
    uint8_t b[32];
} node_id;

enum { NODE_KEY_SEED_BYTES = 32, NODE_KEY_SIGNATURE_BYTES = 64 };

static inline bool node_id_equal(const node_id *a, const node_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}
/* <0, 0, >0, as numbers. */
static inline int node_id_compare(const node_id *a, const node_id *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}
/* Whether this node signed it. */
bool node_id_verify(const node_id *id, const uint8_t signature[NODE_KEY_SIGNATURE_BYTES],
                    mm_bytes message);

struct node_key;

/* The caller wipes the seed. */
MM_MUST_USE mm_err node_key_new(struct node_key **key, const uint8_t seed[NODE_KEY_SEED_BYTES]);
/* NULL is fine. */
void node_key_free(struct node_key *key);
node_id node_key_id(const struct node_key *key);
void node_key_sign(const struct node_key *key, uint8_t signature[NODE_KEY_SIGNATURE_BYTES],
                   mm_bytes message);

#endif
