/* The nodes of a test network as processes, for figures: their doors, and mints that are signed before. What goes wrong ends the
 * program. */
#ifndef TESTS_BENCH_CREW_H
#define TESTS_BENCH_CREW_H

#include "node/keyring.h"
#include "node/testnet/testnet.h"
#include "tests/lib/door.h"

struct crew {
    struct testnet *testnet;
    struct door doors[TESTNET_NODES_MAX];
    struct keyring keyring;
    struct mm_arena arena; /* of what is signed */
    uint64_t nonces[KEYRING_ACCOUNTS];
};

/* Validators run and are linked with each other; observers wait for crew_start. */
void crew_open(struct crew *crew, const char *program, const struct testnet_options *options);
void crew_close(struct crew *crew);
void crew_start(struct crew *crew, size_t node);
/* Until it answers and has so many peers. */
void crew_wait(struct crew *crew, size_t node, size_t peers);

/* mint(to, "ipfs://…66 characters"), as a JSON array of its hex. */
const char *crew_sign_mint(struct crew *crew, size_t from, uint64_t number);
/* The result. */
const struct json *crew_ask(struct crew *crew, size_t node, const char *method, const char *params);
uint64_t crew_head(struct crew *crew, size_t node);

#endif
