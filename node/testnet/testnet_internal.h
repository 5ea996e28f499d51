#ifndef NODE_TESTNET_TESTNET_INTERNAL_H
#define NODE_TESTNET_TESTNET_INTERNAL_H

#include "node/testnet/testnet.h"
#include "state/crypto/secp.h"

/* ---- process.c ---- */

/* As waitpid, whatever signals come meanwhile. */
pid_t testnet_wait(pid_t pid, int *status, int options);

/* ---- genesis.c ---- */

/* The built-in genesis with these validators, each with funds for votes. */
MM_MUST_USE mm_err testnet_make_genesis(struct mm_arena *arena, struct mm_buf *out,
                                        const mm_addr *validators, size_t count,
                                        uint64_t block_period_ms, struct mm_reason *reason);

/* ---- folder.c ---- */
MM_MUST_USE mm_err testnet_open_folder(struct testnet *testnet,
                                       const struct testnet_options *options,
                                       struct mm_reason *reason);

#endif
