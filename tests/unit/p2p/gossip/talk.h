/* What puppets say to nodes, and what they heard. */
#ifndef TESTS_UNIT_P2P_GOSSIP_TALK_H
#define TESTS_UNIT_P2P_GOSSIP_TALK_H

#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/lib/mesh.h"

/* Node 0 and puppets 1 … puppets, linked to it, on a chain of ten blocks. What was said at the beginning is forgotten. */
struct mesh *talk_new(size_t puppets);
void talk_free(struct mesh *mesh);

struct talk_tx {
    uint8_t bytes[MM_TX_BYTES_MAX];
    size_t len;
    mm_hash32 hash;
};
/* A valid one of this size, which is 16 at least. */
void talk_tx(struct talk_tx *tx, uint32_t number, size_t size);
mm_bytes talk_raw(const struct talk_tx *tx);

void talk_say_tx(struct mesh *mesh, size_t from, const struct talk_tx *tx);
void talk_say_no_tx(struct mesh *mesh, size_t from);
/* Of a size that need not be the true one. */
void talk_announce(struct mesh *mesh, size_t from, const struct talk_tx *tx, uint32_t size);
void talk_announce_many(struct mesh *mesh, size_t from, uint32_t first, uint32_t count,
                        uint32_t size);
void talk_ask_tx(struct mesh *mesh, size_t from, const struct talk_tx *tx);
void talk_status(struct mesh *mesh, size_t from, uint64_t height);
void talk_message(struct mesh *mesh, size_t from, const char *text);

/* How often these were in what the puppet heard. */
size_t talk_heard_whole(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash);
size_t talk_heard_hash(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash);
size_t talk_heard_wish(const struct mesh *mesh, size_t puppet, const mm_hash32 *hash);

#endif
