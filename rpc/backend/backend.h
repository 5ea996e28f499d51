/* What the doors need from the node: a small table of functions that `node` fills.
 *
 * Reads do not pass here: they take views of the ledger. What passes is what changes something (transactions, dev control) or
 * what only the node knows (its pool, its accounts, its ports). Every function may be called from several threads at once and
 * returns without waiting for a block; whoever must answer only after a block asks `settle` to be called back.
 * Memory: outputs are in the caller's arena. */
#ifndef RPC_BACKEND_BACKEND_H
#define RPC_BACKEND_BACKEND_H

#include "state/base/arena.h"
#include "state/chain/tx.h"
#include "state/codec/json.h"
#include "state/exec/edits.h"
#include "state/exec/host.h"
#include "state/ledger/ledger.h"

/* Why a transaction was not taken. One value a rule; rpc/eth has the codes and words that clients know. */
enum submit_verdict {
    SUBMIT_OK = 0,
    SUBMIT_TX, /* a rule of chain or state: outcome.tx says which; have and want where it compares two numbers */
    SUBMIT_KNOWN,       /* the same transaction is pooled already */
    SUBMIT_UNDERPRICED, /* same sender and nonce as a pooled one, and not 10 % dearer in both fees */
    SUBMIT_GAP, /* nonce more than 64 above the next one that is missing; have: nonce, want: that one */
    SUBMIT_POOL_FULL, /* and it pays no more than the cheapest that is there */
    SUBMIT_STOPPED,   /* the node is shutting down */
};

struct submit_outcome {
    enum submit_verdict verdict;
    enum tx_verdict tx;
    mm_u256 have; /* what the transaction has: nonce, gas limit, cost … */
    mm_u256 want; /* what is there or needed: account nonce, intrinsic gas, balance … */
    mm_hash32 hash;
    uint64_t
        ticket; /* for settle; 0: nothing to wait for (it is queued behind a gap, or blocks come by the clock) */
};

/* An account that the node may sign for. */
struct backend_account {
    mm_addr addr;
    const struct secp_secret *secret;
};

struct backend_ports {
    uint16_t rpc;
    uint16_t gateway; /* 0: closed */
    uint16_t api;     /* 0: closed */
};

/* Dev control: what changes the state or the clock from outside the chain. */
enum control_kind {
    CONTROL_EDIT,            /* edits, visible at `latest` at once and part of the next block */
    CONTROL_MINE,            /* count blocks, seconds apart */
    CONTROL_INCREASE_TIME,   /* seconds */
    CONTROL_NEXT_TIME,       /* timestamp of the next block */
    CONTROL_SET_TIME,        /* seconds: what the clock shows now */
    CONTROL_TIME_STEP,       /* on: each block's timestamp is its parent's and so many seconds */
    CONTROL_AUTOMINE,        /* on: seal when a transaction arrives */
    CONTROL_INTERVAL,        /* a block every `count` milliseconds; 0: none by the clock */
    CONTROL_COINBASE,        /* addr, of the blocks to come */
    CONTROL_CHAIN_ID,        /* count, of transactions from now on; what waits is dropped */
    CONTROL_IMPERSONATE,     /* on: addr may send without a key */
    CONTROL_IMPERSONATE_ALL, /* on: anyone may */
    CONTROL_SNAPSHOT,        /* *snapshot: its id, known at once */
    CONTROL_REVERT, /* snapshot `count`; *is_known: whether there is such a one, else nothing is done */
    CONTROL_RESET, /* back to genesis, settings and all */
};

enum { BACKEND_MINE_MAX = 100000 }; /* blocks in one request: seconds of work */

struct control {
    enum control_kind kind;
    const struct edit *edits;
    size_t edit_count;
    uint64_t count;
    uint64_t seconds;
    bool on;
    mm_addr addr;
    uint64_t *snapshot; /* out */
    bool *is_known;     /* out */
};

/* Whoever wants to hear of what happens. The calls come from the threads that make it happen: they are to be quick, and do not
 * call the backend. */
struct backend_listener {
    void *ctx;
    void (*head)(void *ctx); /* the chain has another head, which is visible */
    /* The chain is about to be taken back to this block: what can be seen during the call is the last of what goes. */
    void (*going_back)(void *ctx, uint64_t block_num);
    void (*pooled)(void *ctx, const struct tx *tx); /* a transaction came into the pool; borrowed */
};

/* What has happened since the start, and what waits. */
struct backend_counts {
    uint64_t blocks;
    uint64_t txs; /* in them */
    uint64_t ready;
    uint64_t queued; /* behind a gap */
};

/* What dev control has set. */
struct backend_settings {
    bool is_automine;
    uint64_t block_time_ms;
    mm_addr coinbase;
    size_t snapshot_count;
};

/* ---- of a network ---- */

struct backend_peer {
    char id[65]; /* hex */
    char client[65];
    char address[321]; /* tcp://host:port */
    bool is_inbound;
    uint64_t up_ms;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t queued_bytes;
    uint64_t dropped; /* frames */
    bool has_status;  /* height, round and head count */
    uint64_t height;
    uint64_t round;
    mm_hash32 head;
};

struct backend_consensus {
    uint64_t height; /* that is being agreed on */
    uint64_t round;
    mm_addr proposer;
    bool is_due;      /* there is something to agree on */
    bool is_proposed; /* a proposal of this round is accepted */
    bool is_prepared; /* a quorum prepared a block of this height */
    bool can_sign;
    size_t prepares; /* of this round's proposal */
    size_t commits;
    size_t round_changes; /* for later rounds */
};

/* Two payloads that one validator signed for one height, round and code. */
struct backend_evidence {
    unsigned code;
    mm_addr validator;
    uint64_t height;
    uint64_t round;
    mm_hash32 digests[2]; /* of ROUND-CHANGE: what it claims as prepared, or zero */
    uint8_t signatures[2][65];
};

struct backend_sync {
    uint64_t starting;
    uint64_t current;
    uint64_t highest; /* that is known to be certified */
};

/* NULL in rpc_backend: a development chain. */
struct backend_network {
    const char *id; /* hex */
    uint16_t port;  /* 0: nobody can dial this node */
    const char *listen_host;
    size_t (*peer_count)(void *ctx);
    mm_err (*peers)(void *ctx, struct mm_arena *arena, const struct backend_peer **peers,
                    size_t *count);
    /* False: it does not lag. */
    bool (*syncing)(void *ctx, struct backend_sync *sync);
    mm_err (*evidence)(void *ctx, struct mm_arena *arena, const struct backend_evidence **evidence,
                       size_t *count);
};

/* Who can check a saved conversation (rpc/chat). */
struct backend_persona {
    void *ctx;
    /* Writes an object: what of the entry holds and what does not. transcript: the text of one that is not stored openly, or empty.
     * MM_ERR_NOT_FOUND, with a reason: there is no such entry. May wait for another node's content. */
    mm_err (*verify)(void *ctx, struct mm_arena *arena, struct json_writer *w,
                     const mm_addr *collection, const mm_u256 *token, uint64_t index,
                     mm_bytes transcript, struct mm_reason *reason);
};

struct rpc_backend {
    void *ctx;
    struct ledger *ledger;
    const struct exec_natives *natives;
    const char *client_version;
    bool is_dev;      /* signing with the node's keys and dev control are allowed */
    mm_addr coinbase; /* unless dev control has set another: settings */
    const struct backend_account *accounts;
    size_t account_count;
    const struct backend_network *network; /* or NULL */
    const struct backend_persona *persona; /* NULL: nobody here can */
    struct backend_ports ports;
    uint64_t started_at; /* seconds since 1970 */

    /* Checks, pools and announces a decoded transaction (tx_check not yet done, sender not yet recovered, unless it is
     * impersonated): tx->data lies inside tx->raw, as tx_decode leaves it. */
    void (*submit)(void *ctx, struct mm_arena *arena, struct submit_outcome *outcome,
                   struct tx *tx);
    /* True: the ticket's block is synced and visible (or the ticket is 0). False: done(arg) will be called once, from
     * another thread, when it is, or when the node stops. */
    bool (*settle)(void *ctx, uint64_t ticket, void (*done)(void *arg), void *arg);
    /* A pooled transaction by hash; false when it is not there. */
    bool (*pool_find)(void *ctx, struct mm_arena *arena, struct tx *tx, const mm_hash32 *hash);
    /* The nonce after the sender's pooled, gapless transactions; state_nonce when there are none. */
    uint64_t (*pool_nonce)(void *ctx, const mm_addr *addr, uint64_t state_nonce);
    /* All pooled transactions, by sender and nonce. is_queued[i]: behind a gap. */
    mm_err (*pool_list)(void *ctx, struct mm_arena *arena, const struct tx **txs,
                        const bool **is_queued, size_t *count);
    /* False: it is not there, or a block with it is being made. */
    bool (*pool_drop)(void *ctx, const mm_hash32 *hash);
    void (*pool_drop_all)(void *ctx);
    /* Only when is_dev. MM_ERR_INVALID with a reason; *ticket as in submit. */
    mm_err (*control)(void *ctx, const struct control *control, uint64_t *ticket,
                      struct mm_reason *reason);
    /* What transactions name as their chain. */
    uint64_t (*chain_id)(void *ctx);
    void (*settings)(void *ctx, struct backend_settings *settings);
    /* Whether this address may send without a key. */
    bool (*impersonates)(void *ctx, const mm_addr *addr);
    /* One at a time; NULL: nobody any more. Not while blocks are made or transactions submitted. The listener is borrowed. */
    void (*listen)(void *ctx, const struct backend_listener *listener);
    void (*counts)(void *ctx, struct backend_counts *counts);
    /* The set in the state as of a block, which seals the next one. */
    mm_err (*validators)(void *ctx, struct ledger_view *view, struct validator_set *set,
                         uint64_t block_num);
    void (*consensus)(void *ctx, struct backend_consensus *consensus);
    /* The time a pending block would have, in seconds. */
    uint64_t (*now)(void *ctx);
};

/* NULL: the node has no key for this address. */
const struct backend_account *backend_find_account(const struct rpc_backend *backend,
                                                   const mm_addr *addr);

#endif
