/* A node that is behind, and puppets and peers that say they are not. */
#ifndef TESTS_UNIT_P2P_SYNC_COURT_H
#define TESTS_UNIT_P2P_SYNC_COURT_H

#include <criterion/criterion.h>

#include "state/crypto/keccak.h"
#include "tests/lib/mesh.h"

/* Node 0 at the genesis, and puppets 1 … puppets linked to it. The chain goes with the mesh. */
struct mesh *court_new(const struct stub_chain_options *options, size_t puppets);
/* The same without puppets: nodes 1 … peers have the whole chain. */
struct mesh *court_peers(const struct stub_chain_options *options, size_t peers);
void court_free(struct mesh *mesh);

void court_status(struct mesh *mesh, size_t from, uint64_t height, uint64_t pruned_below);
/* What the puppet was asked for last. False: nothing. */
bool court_asked_headers(const struct mesh *mesh, size_t puppet, struct payload_get_headers *get);
bool court_asked_bodies(const struct mesh *mesh, size_t puppet, struct payload_get_bodies *get);

/* Answers with blocks of a chain, from a height on. */
void court_headers(struct mesh *mesh, size_t from, uint64_t id, const struct stub_chain *chain,
                   uint64_t height, uint64_t count);
void court_bodies(struct mesh *mesh, size_t from, uint64_t id, const struct stub_chain *chain,
                  uint64_t height, uint64_t count);
void court_decided(struct mesh *mesh, size_t from, const struct stub_block *block);
/* Answers the newest GET_HEADERS and every GET_BODIES of the puppet truly, and forgets them. */
void court_serve(struct mesh *mesh, size_t puppet);

/* Two puppets claim a whole chain of 40 blocks, and the first one is asked for headers. */
extern const struct stub_chain_options COURT_CHAIN;
struct mesh *court_begin(struct payload_get_headers *get);
/* The first one was banned for its lie. The second one tells the truth, and that is enough. */
void court_end(struct mesh *mesh);

struct sync_status court_read(const struct mesh *mesh);
void court_expect_banned(const struct mesh *mesh, size_t puppet, enum sync_verdict verdict);

#endif
