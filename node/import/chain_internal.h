#ifndef NODE_IMPORT_CHAIN_INTERNAL_H
#define NODE_IMPORT_CHAIN_INTERNAL_H

#include "node/import/chain.h"

struct chain {
    struct ledger *ledger; /* owned */
    const struct exec_natives *natives;
    const struct secp_secret *sealer;
    struct mm_arena genesis_arena; /* of `genesis` */
    struct genesis genesis;
    struct validator_set validators; /* of the next block */
    struct mm_arena arena;           /* of the block in work */
    struct edit *edits;              /* owned; they wait for the next block */
    size_t edit_count;
    struct chain_snapshots snapshots;
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

/* The validator set in the state as of a block: it seals the next one. */
MM_MUST_USE mm_err chain_read_validators(struct ledger_view *view, struct validator_set *set,
                                         uint64_t block_num);

/* check_replay.c: all blocks again, in memory; what differs is reported. */
struct ledger_check;
MM_MUST_USE mm_err chain_check_replay(struct chain *chain, struct ledger_check *check);

/* The system account whose storage has the set: 0x6d696e746d61726b…0bf7. */
extern const mm_addr CHAIN_VALIDATORS_ADDR;

#endif
