/* The chain in the node: open it, execute blocks, seal and commit them.
 *
 *     open ──► genesis (first time) or recovery: blocks behind the flushed point are executed again, roots must agree
 *     next block: transactions ─► block_run ─► state root ─► header ─► seals ─► ledger_store (synced) ─► ledger_apply (visible)
 *
 * The steps of the next block are in candidate.h; who takes them, in which order, is node/consensus. Building, verifying and
 * replaying run the same executor; nothing is shown before it is synced.
 * Memory: one arena a block, kept between blocks. Threads: the writer's alone; readers take views of chain_ledger. */
#ifndef NODE_IMPORT_CHAIN_H
#define NODE_IMPORT_CHAIN_H

#include "state/chain/genesis.h"
#include "state/exec/host.h"
#include "state/ledger/ledger.h"

struct chain;

struct chain_options {
    const struct exec_natives *natives;
    mm_bytes genesis_text;    /* genesis.json; must be of the chain in the store, if there is one */
    const char *genesis_path; /* of that text, to say what is wrong where; may be NULL or empty */
    uint64_t chain_id;        /* instead of the genesis text's; 0: that one, or the store's */
    /* Validator key; NULL: the chain can be read and replayed only. */
    const struct secp_secret *sealer;
    struct ledger_options ledger;
};

/* What opening found, for the log. */
struct chain_opened {
    bool is_new;
    uint64_t replayed; /* blocks executed again */
};

/* Takes the store over, and closes it on failure. MM_ERR_INVALID: the genesis text, with the path of the key, or another genesis than the
 * store's. MM_ERR_CORRUPT: replaying gave another root than the block says. */
MM_MUST_USE mm_err chain_open(struct chain **chain, struct kv *kv,
                              const struct chain_options *options, struct chain_opened *opened,
                              struct mm_reason *reason);
/* Flushes and closes. */
MM_MUST_USE mm_err chain_close(struct chain *chain);
/* Closes without writing: after a failure, when what the disk has is unknown. The next start repeats what is missing. */
void chain_abandon(struct chain *chain);

struct ledger *chain_ledger(const struct chain *chain);
const struct genesis *chain_genesis(const struct chain *chain);
/* They seal the next block: the set in the state of the head. */
const struct validator_set *chain_validators(const struct chain *chain);
/* The set in the state as of a block, which seals the next one; any thread. MM_ERR_CORRUPT: it is none. */
MM_MUST_USE mm_err chain_validators_at(struct ledger_view *view, struct validator_set *set,
                                       uint64_t block_num);
struct seal_domain chain_seal_domain(const struct chain *chain);
/* What transactions of the next block name as their chain: the ledger's id, unless dev control says another. Then each block has
 * it in its edits, and seals go on naming the ledger's. Setting it is for the writer, asking for any thread; it is not kept. */
uint64_t chain_tx_chain_id(const struct chain *chain);
void chain_set_tx_chain_id(struct chain *chain, uint64_t chain_id);
/* The key that it seals with; NULL: none. */
const struct secp_secret *chain_sealer(const struct chain *chain);
const struct exec_natives *chain_natives(const struct chain *chain);

/* Senders that are known already. Whoever has recovered them for another reason (the pool) spares a block from outside its
 * recoveries: 43 µs each, most of what verifying costs. The hash of a transaction covers its signature, so it has one sender. */
struct chain_senders {
    void *ctx;
    bool (*find)(void *ctx, mm_addr *sender, const mm_hash32 *tx_hash);
    /* A candidate was committed and is visible: a sender in it has this nonce now. Once for transactions of one sender that follow each
     * other, and the last time counts. Not called for chain_import. */
    void (*mined)(void *ctx, const mm_addr *sender, uint64_t nonce);
};
/* Copied. For the writer. */
void chain_know_senders(struct chain *chain, const struct chain_senders *senders);

/* Where a proposer's transactions come from, in the order in which they are to be tried. */
struct chain_source {
    void *ctx;
    /* The next one, or NULL: no more. It lives until the proposal is done. */
    const struct tx *(*next)(void *ctx);
    /* What became of it: TX_OK is in the block. After TX_BLOCK_GAS smaller ones may still fit. */
    void (*tried)(void *ctx, const struct tx *tx, enum tx_verdict verdict);
};

struct chain_proposal {
    uint64_t timestamp; /* raised to the parent's when below */
    uint64_t gas_limit; /* 0: the parent's */
    struct chain_source source;
    /* No block when no transaction got in: MM_ERR_NOT_FOUND, and nothing happened. */
    bool skip_empty;
    size_t txs_max;          /* 0: as many as fit */
    const mm_addr *coinbase; /* NULL: the sealer's */
    const struct ledger_note
        *note; /* for whoever commits the block to write with it; may be NULL */
};

struct chain_block {
    uint64_t number;
    mm_hash32 hash;
    size_t tx_count;
};

/* Whether the validators are the chain's own sealer alone, so that its seal is a quorum. Votes can end that, and bring it back. */
bool chain_seals_alone(const struct chain *chain);

/* False: a slot of the validators account (blocks are sealed by the set that its storage has, so with another one the chain could
 * not be opened any more), a sender, or a gas limit below 5 000 or above 2^63 - 1. */
bool chain_may_edit(const struct edit *edit);
/* Edits by dev control, each of which chain_may_edit allows: synced, visible at `latest`, and part of the next block. They add to
 * those that wait already. */
MM_MUST_USE mm_err chain_edit(struct chain *chain, const struct edit *edits, size_t count);

/* ---- snapshots ----
 *
 * All of this is the writer's, with no flusher at work. `note` is one of the node's own, written in the same batch. */

struct chain_snapshot {
    uint64_t id;
    uint64_t block_num;
};
struct chain_snapshots {
    struct chain_snapshot *items; /* owned; ascending by both */
    size_t count;
    size_t capacity;
};
const struct chain_snapshots *chain_snapshots(const struct chain *chain);

/* Of the chain as it is, edits that wait included. The id is above those that there are; `extra` (64 KiB at most) is kept for
 * chain_read_snapshot. */
MM_MUST_USE mm_err chain_take_snapshot(struct chain *chain, uint64_t id, mm_bytes extra,
                                       const struct ledger_note *note);
MM_MUST_USE mm_err chain_read_snapshot(struct chain *chain, struct mm_arena *arena, mm_bytes *extra,
                                       uint64_t id);
/* Takes the chain back to the snapshot, and drops it and those after it. MM_ERR_NOT_FOUND: there is none with this id. Other
 * errors are fatal as those of chain_commit. */
MM_MUST_USE mm_err chain_revert(struct chain *chain, uint64_t id, const struct ledger_note *note);
/* Back to genesis, without snapshots and without other notes than this. */
MM_MUST_USE mm_err chain_reset(struct chain *chain, const struct ledger_note *note);

/* ---- db check ---- */

struct chain_problem_sink {
    void *ctx;
    void (*problem)(void *ctx, const char *text);
    void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
};

enum chain_check_depth {
    CHAIN_CHECK_STATE,  /* roots from the flat state, headers, certificates, receipts, indexes */
    CHAIN_CHECK_REPLAY, /* and every block executed again from genesis, in memory */
};

/* Derives again what can be derived and reports what does not agree. *problems counts them. Needs everything flushed, which it
 * sees to. */
MM_MUST_USE mm_err chain_check(struct chain *chain, uint64_t *problems,
                               enum chain_check_depth depth, const struct chain_problem_sink *sink);

#endif
