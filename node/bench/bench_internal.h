/* What the phases share. */
#ifndef NODE_BENCH_BENCH_INTERNAL_H
#define NODE_BENCH_BENCH_INTERNAL_H

#include <stdatomic.h>

#include "contracts-native/abi/abi.h"
#include "node/bench/bench.h"
#include "node/keyring.h"
#include "rpc/client/flow.h"
#include "rpc/client/jsonrpc.h"
#include "state/chain/tx.h"

enum {
    BENCH_READ_CONNECTIONS = 16,
    BENCH_READ_BATCH = 50,
    BENCH_SAMPLE = 1000, /* tokens that are read, receipts that are looked at */
};

struct bench_token {
    mm_u256 id;
    size_t owner; /* index of the account */
    mm_hash32 tx_hash;
};

struct bench {
    struct bench_options options;
    struct bench_sink sink;
    struct client *client; /* owned */
    struct keyring keyring;
    struct mm_arena arena;   /* of a slice, or of a phase of reads */
    struct mm_arena replies; /* of one question */
    uint64_t chain_id;
    uint64_t nonces[KEYRING_ACCOUNTS];
    atomic_uint_fast64_t uris;  /* made so far */
    struct bench_token *tokens; /* owned: the newest that were minted, in the order of minting */
    size_t token_count;
};

void bench_figure(const struct bench *bench, const char *phase, const char *name, double value);
uint64_t bench_now_ns(void);
void bench_pause_ms(unsigned ms);
/* Sorts them; at least one. */
struct bench_waits bench_waits(uint64_t *ns, size_t count);
/* Whether a receipt is that of a success with a Transfer log; adds its gas. */
bool bench_is_done(const struct json *receipt, uint64_t *gas_used, mm_u256 *token);

/* One question; params is a JSON array. MM_ERR_IO with a reason when there is no answer or the node refuses. The result lasts until
 * the next question. */
MM_MUST_USE mm_err bench_ask(struct bench *bench, struct json *result, const char *method,
                             mm_bytes params, struct mm_reason *reason);
MM_MUST_USE mm_err bench_ask_u64(struct bench *bench, uint64_t *value, const char *method,
                                 mm_bytes params, struct mm_reason *reason);
/* The receipts of `count` transactions, at most JSONRPC_BATCH_MAX; JSON_NULL where there is none. */
MM_MUST_USE mm_err bench_receipts(struct bench *bench, struct jsonrpc_reply *receipts,
                                  const mm_hash32 *hashes, size_t count, struct mm_reason *reason);

/* ---- transactions (transactions.c) ---- */

struct bench_sender {
    size_t account; /* index of it */
    uint64_t nonce;
};

/* With its next nonce, which is used up. Not for several threads. */
struct bench_sender bench_next_of(struct bench *bench, size_t account);
/* In the arena. Several threads may sign at once. */
MM_MUST_USE mm_err bench_sign(const struct bench *bench, struct mm_arena *arena, struct tx *tx,
                              struct bench_sender sender, mm_bytes data);
/* To the account itself, of a URI of 66 characters that no other has. */
MM_MUST_USE mm_err bench_sign_mint(struct bench *bench, struct mm_arena *arena, struct tx *tx,
                                   struct bench_sender sender);
/* Of the token to the next account; in bench->arena. */
MM_MUST_USE mm_err bench_sign_transfer(struct bench *bench, struct tx *tx,
                                       const struct bench_token *token);
MM_MUST_USE mm_err bench_calldata(struct mm_arena *arena, mm_bytes *data, const char *signature,
                                  const struct abi_value *values);

/* ---- phases ---- */

MM_MUST_USE mm_err bench_latency(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_mint(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_transfer(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_reads(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_logs(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_steady(struct bench *bench, struct mm_reason *reason);
MM_MUST_USE mm_err bench_proof(struct bench *bench, struct mm_reason *reason);

#endif
