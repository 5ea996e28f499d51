#ifndef NODE_IMPORT_CHAIN_INTERNAL_H
#define NODE_IMPORT_CHAIN_INTERNAL_H

#include <stdatomic.h>

#include "node/import/candidate.h"

/* What execution makes of a block; in the arena it was given. */
struct executed {
    struct block_result result; /* with the whole header */
    struct ledger_nodes *nodes;
    bool has_new_validators;
    struct validator_set validators; /* after it, when has_new_validators */
};

struct chain_candidate {
    uint64_t age; /* the higher the younger; 0: the place is free */
    struct mm_arena arena;
    struct executed executed; /* its set is filled in any case */
    mm_hash32 hash;
    mm_bytes encoded; /* in the arena; empty until asked for */
};

struct chain {
    struct ledger *ledger; /* owned */
    const struct exec_natives *natives;
    const struct secp_secret *sealer;
    struct mm_arena genesis_arena; /* of `genesis` */
    struct genesis genesis;
    struct validator_set validators; /* of the next block */
    struct mm_arena arena;           /* of the work at hand */
    struct edit *edits;              /* owned; they wait for the next block */
    size_t edit_count;
    atomic_uint_fast64_t tx_chain_id; /* of the blocks to come */
    struct chain_senders senders;     /* find may be NULL */
    struct chain_snapshots snapshots;
    struct chain_candidate candidates[CHAIN_CANDIDATES_MAX + 1]; /* one place is free for work */
    uint64_t candidates_made;
};

/* The hash of block 0 that this genesis gives. */
MM_MUST_USE mm_err chain_make_genesis(struct mm_arena *arena, struct header *header,
                                      struct exec_changes *changes, const struct genesis *genesis,
                                      const struct exec_natives *natives, struct mm_reason *reason);

/* Executes a stored block on the ledger's head and applies it. Used by recovery and by the replay of `db check`. */
MM_MUST_USE mm_err chain_replay_block(struct ledger *ledger, const struct exec_natives *natives,
                                      struct mm_arena *arena, const struct block *block,
                                      const struct certificate *certificate, mm_bytes edits,
                                      struct mm_reason *reason);

/* Those that the ledger has waiting, instead of what the chain holds. */
MM_MUST_USE mm_err chain_load_edits(struct chain *chain);

/* Before anything is flushed: it decides what trie history is kept. */
MM_MUST_USE mm_err chain_load_snapshots(struct chain *chain, struct mm_reason *reason);

/* ---- validators.c ---- */

/* The system account whose storage has the set: 0x6d696e746d61726b…0bf7. */
extern const mm_addr CHAIN_VALIDATORS_ADDR;

/* That of the head, into the chain. */
MM_MUST_USE mm_err chain_load_validators(struct chain *chain, struct mm_reason *reason);
MM_MUST_USE mm_err chain_genesis_validators(struct validator_set *set,
                                            const struct exec_changes *changes,
                                            struct mm_reason *reason);
/* What these changes make of the set as of the view's head; *set is filled only when they change it. */
MM_MUST_USE mm_err chain_validators_after(struct ledger_view *view, struct validator_set *set,
                                          bool *is_changed, const struct exec_changes *changes);

/* ---- execute.c ---- */

/* A block on top of the view's head. */
struct execution {
    const struct exec_natives *natives;
    struct ledger_view *view;
    struct mm_arena *arena; /* of the block */
    uint64_t chain_id;      /* that its transactions name */
    uint64_t timestamp;
    uint64_t gas_limit;
    mm_addr coinbase;
    const struct edit *edits;
    size_t edit_count;
    const struct chain_senders *senders; /* NULL: each is recovered */
    bool skip_empty;                     /* MM_ERR_NOT_FOUND when no transaction got in */
    mm_err (*offer)(void *ctx, struct block_run *run); /* its transactions */
    void *ctx;
};

MM_MUST_USE mm_err chain_execute(struct executed *executed, const struct execution *execution);

/* A block that is there already. In-out: *refusal, BLOCK_OK before; *executed counts only when it still is. What header_check
 * looks at is checked before. Of the execution natives, view, arena and edits are given. */
MM_MUST_USE mm_err chain_execute_block(struct executed *executed, struct block_refusal *refusal,
                                       struct execution *execution, const struct block *block);

/* ---- candidate.c ---- */

void chain_candidates_init(struct chain *chain);
void chain_candidates_fini(struct chain *chain);
void chain_drop_all(struct chain *chain);

/* A place to execute in, and what was executed there as a candidate; the oldest makes room for it. */
struct chain_candidate *chain_free_place(struct chain *chain);
void chain_keep_candidate(struct chain *chain, struct chain_candidate *candidate);
/* Until then its transactions belong to whoever gave them. What an executed one is still needed for is its bytes, hash and sender;
 * what else it borrowed is dropped. */
MM_MUST_USE mm_err chain_own_txs(struct chain_candidate *candidate);

enum certificate_verdict chain_check_certificate(const struct chain *chain,
                                                 const struct certificate *certificate,
                                                 const struct header *header,
                                                 const mm_hash32 *hash);
/* For the ledger; without edits and notes. */
struct ledger_block chain_ledger_block(const struct chain_candidate *candidate,
                                       const struct certificate *certificate);
/* It is the head now. */
void chain_committed(struct chain *chain, const struct chain_candidate *candidate);

/* ---- verify.c ---- */

/* On top of the view's head; the certificate may be NULL. */
MM_MUST_USE mm_err chain_verify_on(struct chain *chain, struct ledger_view *view,
                                   struct chain_candidate **candidate,
                                   struct block_refusal *refusal, mm_bytes encoded,
                                   const struct certificate *certificate);

/* ---- edits.c ---- */

/* Blocks that are made now have edits, or will: such blocks are this node's own. */
bool chain_is_edited(const struct chain *chain);

/* Those that waited for the block, the chain id where it is not the ledger's, and the senders in it that dev control speaks for. */
MM_MUST_USE mm_err chain_encode_edits(struct chain *chain, struct mm_arena *arena,
                                      mm_bytes *encoded, const struct block_result *result);

/* ---- restore.c ---- */

/* The header of a block of the view's chain, with its certificate and, where it is another than `before`, the set after it. In-out:
 * *before, that set. */
struct ledger_restore;
MM_MUST_USE mm_err chain_restore_header_of(struct ledger_restore *restore, struct mm_arena *arena,
                                           struct ledger_view *view, struct validator_set *before,
                                           uint64_t block_num);

/* check_replay.c: all blocks again, in memory; what differs is reported. */
struct ledger_check;
MM_MUST_USE mm_err chain_check_replay(struct chain *chain, struct ledger_check *check);

#endif
